"""Symbolic derivatives against sympy's own, the package and differences."""

import itertools
import re
import time
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from handgrad.activations import ACTIVATIONS, Activation, elu_with, leaky_relu_with, prelu_with
from handgrad.check import agree, holds, network_differences
from handgrad.losses import LOSSES as BOOK_LOSSES
from handgrad.network import gradients, make_network
from handgrad.symbolic import DenseGraph
from handgrad.symbolic.local import PROBES
from handgrad.symbolic.notation import number, supported_digits

LOSSES = {
    "half_squared_error": "tanh",
    "sum_of_squares": "arctan",
    "binary_cross_entropy": "sigmoid",
    "softmax_cross_entropy": "softmax",
}

WORKED_OUT = {  # the 2-2-2 network of chapter 7
    "x": [0.05, 0.10],
    "y": [0.01, 0.99],
    "W": [[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]],
    "b": [[0.35, 0.35], [0.60, 0.60]],
}


@pytest.fixture(scope="module")
def example():
    net = make_network(WORKED_OUT["W"], WORKED_OUT["b"], "sigmoid")
    g = DenseGraph([2, 2, 2], activation="sigmoid")
    return g, net, g.values(net, WORKED_OUT["x"], WORKED_OUT["y"])


def random_case(sizes, activations, loss, seed=0):
    rng = np.random.default_rng(seed)
    net = make_network(
        [rng.normal(size=d) for d in itertools.pairwise(sizes)],
        [rng.normal(size=d) for d in sizes[1:]],
        activations,
    )
    x, y = rng.normal(size=sizes[0]), rng.uniform(0.1, 0.9, size=sizes[-1])
    return net, x, y / y.sum() if loss == "softmax_cross_entropy" else y


# -- the printed stages ---------------------------------------------------------------------------


def test_the_first_stage_is_the_sum_over_paths_as_a_textbook_prints_it():
    got = DenseGraph([2, 2, 2]).derivative("w", 2, 1, 2).as_partials()
    path = (
        r"\frac{\partial J}{\partial a_%d^3}\, \frac{\partial a_%d^3}{\partial z_%d^3}\, "
        r"\frac{\partial z_%d^3}{\partial a_2^2}\, \frac{\partial a_2^2}{\partial z_2^2}\, "
        r"\frac{\partial z_2^2}{\partial w_{12}^2}"
    )
    assert got == (
        "\\begin{aligned}\n\\frac{\\partial J}{\\partial w_{12}^2} &= "
        + path % (1, 1, 1, 1)
        + " \\\\\n&\\quad + "
        + path % (2, 2, 2, 2)
        + "\n\\end{aligned}"
    )


def test_the_other_stages_of_the_same_network():
    d = DenseGraph([2, 2, 2], activation="sigmoid").derivative("w", 2, 1, 1)
    second = r"(a_2^3 - y_2)\, a_2^3 (1 - a_2^3)\, w_{12}^3\, a_1^2 (1 - a_1^2)\, x_1"
    assert second in d.as_factors()
    rows = d.as_deltas().splitlines()[1:-1]
    assert [row.split(" &= ")[0] for row in rows] == [
        r"\frac{\partial J}{\partial w_{11}^2}",
        r"\delta_1^2",
        r"\delta_1^3",
        r"\delta_2^3",
    ]
    assert r"&= x_1\, \delta_1^2" in rows[0]
    assert r"(w_{11}^3\, \delta_1^3 + w_{12}^3\, \delta_2^3)\, a_1^2 (1 - a_1^2)" in rows[1]
    assert d._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")
    assert d._repr_latex_().count("\n&") == 3  # two paths by name, two worked out


def test_the_notation_can_be_chosen():
    d = DenseGraph(
        [2, 1, 1], activation=["tanh", "sigmoid"], inputs="a", outputs="y_hat", derivatives="primes"
    ).derivative("w", 2, 2, 1)
    assert d.as_factors().endswith(
        r"= (\hat{y}_1 - y_1)\, \sigma'(z_1^3)\, w_{11}^3\, \tanh'(z_1^2)\, a_2^1"
    )
    assert r"\frac{\partial \hat{y}_1}{\partial z_1^3}" in d.as_partials()
    big = DenseGraph([12, 11, 1]).derivative("w", 2, 12, 11)
    assert r"\frac{\partial z_{11}^2}{\partial w_{12,11}^2}" in big.as_partials()


def test_only_plain_latex_is_used_and_braces_balance():
    plain = set(
        r"\begin \end \frac \partial \quad \qquad \delta \left \right \mathbb \text \cdots "
        r"\hat \sigma \tanh \arctan \mathrm \cdot \approx \wedge \\ \,".split()
    )
    for activation in ("s", *(a for a in ACTIVATIONS if a not in ("step", "maxout"))):
        for options in ({}, {"derivatives": "primes", "outputs": "y_hat"}):
            d = DenseGraph([3, 2, 3, 2], activation=activation, **options).derivative("w", 2, 1, 1)
            for text in (d.as_partials(2), d.as_factors(2), d.as_deltas(3)):
                assert set(re.findall(r"\\(?:[A-Za-z]+|.)", text)) <= plain
                assert text.count("{") == text.count("}")
                assert text.count(r"\left(") == text.count(r"\right)")


def test_long_sums_are_cut_and_say_so():
    d = DenseGraph([8] * 5, activation="sigmoid").derivative("w", 2, 1, 1)
    assert d.n_paths == 512
    text = d.as_partials(max_paths=3)
    assert r"\text{(3 of 512 paths)}" in text and text.count(r"\frac{\partial J}{\partial a_") == 3
    assert d.as_factors().count("\n&") == 16
    assert "one of 8 in layer 4" in d.as_deltas()
    with pytest.raises(ValueError, match="32768 paths lead through this network"):
        d.expression()
    deep = DenseGraph([10] * 9).derivative("w", 2, 1, 1)
    with pytest.raises(ValueError, match="10000000 paths lead to"):
        deep.paths  # noqa: B018 - a property that raises
    assert "of 10000000 paths" in deep.as_partials(max_paths=1)
    with pytest.raises(ValueError, match="max_paths: expected an integer of at least 1, got 0"):
        deep.as_partials(max_paths=0)


# -- the mathematics ------------------------------------------------------------------------------


def test_each_local_partial_is_what_sympy_makes_of_the_whole_relation():
    for loss, last in LOSSES.items():
        g = DenseGraph([2, 3, 2], activation=["s", last], loss=loss)
        forward = g.forward()
        for parameter in g.parameters():
            for path in g.derivative(*parameter).paths:
                for edge in path:
                    whole = forward[edge.top]
                    if edge.top[0] == "a" and last == "softmax" and edge.top[1] == 3:
                        back = {g.symbol(a): forward[a] for a in g.layer("a", 3)}
                    else:
                        back = {g.symbol(edge.top): whole}
                    sympys = sp.diff(whole, g.symbol(edge.bottom))
                    assert sp.simplify(edge.value.subs(back) - sympys) == 0, edge


def test_the_paths_are_those_of_the_network():
    g = DenseGraph([2, 3, 4, 2])
    d = g.derivative("w", 2, 1, 2)
    assert d.n_paths == len(d.paths) == 4 * 2
    assert len({tuple(edge.bottom for edge in path) for path in d.paths}) == 8
    for path in d.paths:
        assert path[0].top == ("J",) and path[-1].bottom == ("w", 2, 1, 2)
        assert all(one.bottom == two.top for one, two in itertools.pairwise(path))
    assert g.derivative("b", 4, 1).n_paths == 1
    soft = DenseGraph([2, 3, 4], activation=["s", "softmax"], loss="softmax_cross_entropy")
    assert soft.derivative("w", 2, 1, 2).n_paths == len(soft.derivative("w", 2, 1, 2).paths) == 16


@pytest.mark.parametrize("loss", LOSSES)
def test_three_forms_agree_with_sympys_derivative_of_the_whole_cost(loss):
    g = DenseGraph([2, 2, 2], activation=["sigmoid", LOSSES[loss]], loss=loss)
    net, x, y = random_case([2, 2, 2], ["sigmoid", LOSSES[loss]], loss)
    values = g.values(net, x, y)
    numbers = {g.symbol(name): v for name, v in values.items()}
    J = g.forward()[("J",)]
    for _ in range(4):
        J = J.xreplace({g.symbol(name): step for name, step in g.forward().items()})
    state = dict(numbers)
    for name, step in g.forward().items():
        state[g.symbol(name)] = step.xreplace(state)
    for name in g.parameters():
        d = g.derivative(*name)
        products = [sp.Mul(*(edge.value for edge in path)).xreplace(state) for path in d.paths]
        agree(
            sympy=sp.diff(J, g.symbol(name)).xreplace(numbers).evalf(),
            expression=d.expression().xreplace(numbers).evalf(),
            paths=sum(products).evalf(),
            function=d.function()(values),
        )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", [a for a in ACTIVATIONS if a not in ("step", "maxout")])
def test_the_gradient_function_agrees_with_the_package_and_differences(hidden, loss):
    for seed, sizes in enumerate(([3, 2], [2, 3, 4, 2], [1, 1, 1, 1, 2])):
        names = [hidden] * (len(sizes) - 2) + [LOSSES[loss]]
        net, x, y = random_case(sizes, names, loss, seed)
        g = DenseGraph(sizes, activation=names, loss=loss)
        dW, db = g.function()(g.values(net, x, y))
        _, package = gradients(net, x[None], y[None], loss)
        differences = network_differences(net, x[None], y[None], loss)
        agree(
            sympy=[dW, db],
            package=[package.dW, package.db],
            differences=[differences.dW, differences.db],
        )


def test_slopes_and_alphas_come_from_the_activation():
    for s in (leaky_relu_with(0.3), prelu_with(0.4), elu_with(1.7)):
        net, x, y = random_case([3, 4, 2], [s, "identity"], "half_squared_error", 5)
        g = DenseGraph(net.sizes, activation=list(net.s.values()))
        dW, db = g.function()(g.values(net, x, y))
        _, package = gradients(net, x[None], y[None])
        agree(sympy=[dW, db], package=[package.dW, package.db])
        with pytest.raises(
            ValueError, match=f"graph's {s.name} with .* in layer 2, got {s.name} with"
        ):
            DenseGraph(net.sizes, activation=[s.name, "identity"]).values(net, x, y)


def bipolar(name="bipolar", **parts):
    """LeCun's 1.7159 tanh(2z/3), an activation that is not the book's."""
    return Activation(
        name,
        lambda z: 1.7159 * np.tanh(2 * z / 3),
        lambda z: 1.7159 * 2 / 3 / np.cosh(2 * z / 3) ** 2,
        **parts,
    )


def test_an_activation_of_ones_own_is_known_by_its_formula_not_by_a_name():
    written = bipolar("tanh", expression=lambda z: sp.Float(1.7159) * sp.tanh(2 * z / 3))
    for s in (written, replace(written, name="my_own")):
        net, x, y = random_case([3, 4, 2], [s, "identity"], "half_squared_error", 5)
        g = DenseGraph(net.sizes, activation=[s, "identity"])
        dW, db = g.function()(g.values(net, x, y))
        _, package = gradients(net, x[None], y[None])
        differences = network_differences(net, x[None], y[None])
        agree(
            sympy=[dW, db],
            package=[package.dW, package.db],
            differences=[differences.dW, differences.db],
        )
        primed = DenseGraph([2, 1], activation=s, derivatives="primes").derivative("b", 2, 1)
        assert f"{s.name.replace('_', ' ')}}}'(z_1^2)" in primed.as_factors()
        with pytest.raises(ValueError, match=f"graph's tanh in layer 2, got own {s.name}"):
            DenseGraph(net.sizes, activation=["tanh", "identity"]).values(net, x, y)


def test_not_every_activation_named_softmax_is_softmax():
    own = Activation("softmax", np.sin, np.cos, expression=sp.sin)
    g = DenseGraph([2, 2, 2], activation=own)
    assert g.tops(("z", 3, 1)) == [("a", 3, 1)] and g.forward()["a", 2, 1].has(sp.sin)


def test_without_a_formula_it_is_refused_and_told_how():
    with pytest.raises(ValueError, match=r"expression=lambda z: .*; got one named 'tanh' without"):
        DenseGraph([3, 2], activation=bipolar("tanh"))


@pytest.mark.parametrize(
    "expression, message",
    [
        (lambda z: sp.tanh(z), r"expected the value of its formula, \[-0.98.*at z = \[-2.3"),
        (lambda z: z * sp.Symbol("c"), "expected a formula in z, got c"),
    ],
)
def test_a_formula_that_says_something_else_is_refused(expression, message):
    with pytest.raises(ValueError, match=message):
        DenseGraph([3, 2], activation=bipolar(expression=expression))
    own = Activation("own", np.sin, np.sin, expression=sp.sin)
    with pytest.raises(ValueError, match="expected the derivative of its formula"):
        DenseGraph([3, 2], activation=own)


def test_a_function_that_writes_on_its_argument_spoils_no_later_check():
    own = bipolar(expression=lambda z: sp.Float(1.7159) * sp.tanh(2 * z / 3))
    in_place = replace(own, value=lambda z: 1.7159 * np.tanh(np.multiply(z, 2 / 3, out=z)))
    before = PROBES.copy()
    DenseGraph([3, 2], activation=in_place)
    np.testing.assert_array_equal(PROBES, before)


def test_a_loss_of_ones_own_under_a_known_name_is_refused():
    known = BOOK_LOSSES["half_squared_error"]
    assert DenseGraph([3, 2], loss=known).loss == "half_squared_error"
    for own in (replace(known, gradient=lambda y_hat, Y: y_hat), replace(known, name="mine")):
        with pytest.raises(ValueError, match="expected one of the book's.*a loss of your own"):
            DenseGraph([3, 2], loss=own)


def test_a_function_takes_many_samples_at_once(example):
    g, net, values = example
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    many = values | {("x", 1): X[:, 0], ("x", 2): X[:, 1], ("y", 1): Y[:, 0], ("y", 2): Y[:, 1]}
    got = g.derivative("w", 2, 2, 1).function()(many)
    _, package = gradients(net, X, Y)
    assert got.shape == (5,)
    agree(sympy=got.mean(), package=package.dW[2][1, 0])


def test_the_worked_example_number_by_number(example):
    g, net, values = example
    text = g.derivative("w", 3, 1, 1).with_numbers(values)
    assert text.splitlines()[-2] == r"&\approx 0.082167"
    assert r"(0.751365 - 0.01) \cdot 0.751365 \cdot (1 - 0.751365) \cdot 0.59327" in text
    assert holds("0.082167", g.derivative("w", 3, 1, 1).function()(values)) == "rounded"
    last = g.derivative("w", 2, 1, 1).with_numbers(values).splitlines()[-2]
    _, package = gradients(net, [WORKED_OUT["x"]], [WORKED_OUT["y"]])
    assert holds(last.split()[-1], package.dW[2][0, 0]) == "rounded"


def test_a_result_is_printed_to_the_digits_its_factors_support(example):
    assert supported_digits(0.0087713547, [0.00877133], 6) == 4
    assert supported_digits(0.0087713547, [0.00877135], 6) == 6
    assert supported_digits(0.0, [0.0], 6) == 6
    g, _, values = example
    last = g.derivative("b", 2, 1).with_numbers(values).splitlines()[-2]
    assert last == r"&\approx 0.008771"


def test_numbers_are_exact_where_they_can_be():
    net = make_network([[[1.9]]], activation="identity")
    g = DenseGraph([1, 1], activation="identity", bias=False)
    text = g.derivative("w", 2, 1, 1).with_numbers(g.values(net, [1.0], [1.0]))
    assert r"\approx" not in text and "&= 0.9\n" in text and r"(1.9 - 1) \cdot 1" in text
    negative = g.derivative("w", 2, 1, 1).with_numbers(g.values(net, [-1.0], [-2.0]))
    assert r"(-1.9 - (-2)) \cdot (-1)" in negative
    assert number(-1.5e-7) == r"-1.5 \cdot 10^{-7}"


# -- the work -------------------------------------------------------------------------------------


def test_the_work_of_the_deltas_grows_with_the_edges_and_not_with_the_paths():
    width, counts = 3, []
    for L in range(3, 11):
        ops = DenseGraph([width] * L).operations()
        weights = (L - 1) * width**2
        local = (L - 2) * width**2 + (L - 1) * width + width  # z on a, a on z, J on a
        assert ops.edges == weights + local
        assert ops.delta <= 4 * ops.edges
        counts.append(ops)
    steps = {two.delta - one.delta for one, two in itertools.pairwise(counts)}
    assert len(steps) == 1  # a straight line
    ratios = [two.path_by_path / one.path_by_path for one, two in itertools.pairwise(counts)]
    assert min(ratios[2:]) > width


def test_operations_are_those_of_the_paths_written_out():
    for options in (
        {"activation": "s"},
        {"activation": "s", "bias": False},
        {"activation": ["s", "s", "softmax"], "loss": "softmax_cross_entropy"},
    ):
        g = DenseGraph([2, 3, 2, 3], **options)
        paths = multiplications = additions = 0
        for name in g.parameters():
            listed = g.derivative(*name).paths
            paths += len(listed)
            additions += len(listed) - 1
            for path in listed:
                multiplications += sum(edge.value != 1 for edge in path) - 1
        ops = g.operations()
        assert (ops.paths, ops.path_multiplications, ops.path_additions) == (
            paths,
            multiplications,
            additions,
        )
        assert ops.path_by_path == multiplications + additions


def test_delta_operations_of_a_network_counted_by_hand():
    # 2-2-2: delta^3: 2 products; delta^2: 2 (2 products, 1 sum, 1 product with s'); 8 weights
    ops = DenseGraph([2, 2, 2]).operations()
    assert (ops.delta_multiplications, ops.delta_additions) == (2 + 2 * 3 + 8, 2)


def test_the_gradient_expressions_are_as_long_as_the_edges():
    sizes = [
        sum(e.count_ops() for e in (*g.gradient().values(), *g.deltas().values()))
        for g in (DenseGraph([4] * L) for L in range(3, 8))
    ]
    assert len(set(np.diff(sizes))) == 1


def test_the_full_gradient_of_8_8_8_8_8_takes_less_than_5_seconds():
    start = time.process_time()  # our own work, whatever else the machine does
    g = DenseGraph([8] * 5, activation="sigmoid")
    gradient, function = g.gradient(), g.function()
    assert time.process_time() - start < 5
    assert len(gradient) == 4 * (64 + 8) == len(g.parameters())
    net, x, y = random_case([8] * 5, "sigmoid", "half_squared_error")
    _, package = gradients(net, x[None], y[None])
    dW, db = function(g.values(net, x, y))
    agree(sympy=[dW, db], package=[package.dW, package.db])


# -- the boundary ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes, options, message",
    [
        ([3], {}, "at least an input and an output layer"),
        ([3, 0], {}, "sizes: expected an integer of at least 1, got 0"),
        ([3, 2.0], {}, "sizes: expected an integer, got 2.0"),
        ([3, 2], {"activation": "sigmoidal"}, "activation: expected one of identity"),
        ([3, 2], {"activation": "maxout"}, "expected 's' or one of .*got 'maxout'"),
        (
            [3, 2],
            {"activation": None},
            "expected a name, an Activation or a list of them, got None",
        ),
        ([3, 2], {"activation": [None]}, "expected a name or an Activation, got None"),
        ("32", {}, "sizes: expected a list of whole numbers, got '32'"),
        ([3, 2], {"loss": None}, "loss: expected one of half_squared_error.*got None"),
        ([3, 2, 1], {"activation": ["tanh"]}, "one name or 2"),
        (
            [3, 2, 1],
            {"activation": ["softmax", "tanh"]},
            "softmax in the last layer, 3, got it in 2",
        ),
        ([3, 2], {"loss": "hinge"}, "loss: expected one of half_squared_error"),
        ([3, 2], {"inputs": "u"}, "inputs: expected one of x, a"),
    ],
)
def test_bad_networks_are_refused(sizes, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        DenseGraph(sizes, **options)


def test_only_edges_of_the_graph_have_partials():
    g = DenseGraph([2, 2, 3])
    assert g.partial(("z", 3, 2), ("a", 2, 1)).value == g.symbol(("w", 3, 1, 2))
    for top, bottom in [
        (("z", 3, 1), ("z", 2, 1)),
        (("a", 2, 2), ("z", 2, 1)),
        (("J",), ("a", 2, 1)),
        (("z", 2, 2), ("w", 2, 1, 1)),
    ]:
        with pytest.raises(ValueError, match="does not depend directly"):
            g.partial(top, bottom)


@pytest.mark.parametrize(
    "name, message",
    [
        (
            ("w", 1, 1, 1),
            "layer of a weight or bias: expected an integer of between 2 and 3, got 1",
        ),
        (("w", 2, 3, 1), "between 1 and 2, got 3"),
        (("w", 3, 2, 4), "between 1 and 3, got 4"),
        (("b", 2, 0), "between 1 and 2, got 0"),
        (("b", 2, 1, 1), r'expected \("w", l, i, j\)'),
        (("z", 2, 1), r'expected \("w", l, i, j\)'),
        (("w", 2, 1.0, 1), "neuron: expected an integer, got 1.0"),  # printed w_{1.01} once
        (("w", 2.0, 1, 1), "expected an integer, got 2.0"),
        (("b", 2, True), "expected an integer, got True"),
    ],
)
def test_parameters_that_do_not_exist_are_refused(name, message):
    with pytest.raises((TypeError, ValueError), match=message):
        DenseGraph([2, 2, 3]).derivative(*name)


def test_numbers_that_do_not_fit_are_refused(example):
    g, net, values = example
    with pytest.raises(ValueError, match="no biases"):
        DenseGraph([2, 2, 2], bias=False).derivative("b", 2, 1)
    with pytest.raises(ValueError, match="unknown function s_2"):
        DenseGraph([2, 2, 2]).derivative("w", 2, 1, 1).with_numbers(values)
    with pytest.raises(ValueError, match="sizes"):
        DenseGraph([2, 3, 2]).values(net, [1, 2], [1, 2])
    with pytest.raises(ValueError, match="expected the graph's tanh in layer 2, got sigmoid"):
        DenseGraph([2, 2, 2], activation="tanh").values(net, [1, 2], [1, 2])
    with pytest.raises(ValueError, match="x: expected one sample of 2 numbers"):
        g.values(net, [1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="expected no biases, as in the graph"):
        DenseGraph([2, 2, 2], bias=False).values(net, [1, 2], [1, 2])
    with pytest.raises(ValueError, match=r"none for \('y', 2\)"):
        g.function()({k: v for k, v in values.items() if k != ("y", 2)})
