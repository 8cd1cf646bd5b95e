"""What the package prints as LaTeX holds in the book's worlds, and the site's renderer takes it."""

import pytest
from eqworlds import Checker, Claim, EquationError, load_worlds, world
from handgrad.network import make_network
from handgrad.symbolic import DenseGraph
from temml_math import convert

from claims.worlds import common

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


@world
def four_layers(rng, draw):
    """One sample through the sizes of the graph below, which the world `dense` draws anew."""
    return common.network(rng, 1, (4, 3, 5, 2), one_sample=True)


@pytest.fixture(scope="module")
def checker():
    return Checker(load_worlds("claims.worlds") | {"four_layers": four_layers})


@pytest.mark.parametrize("stage", ["as_partials", "as_factors", "as_deltas"])
@pytest.mark.parametrize(
    "name",
    [
        ("w", 2, 1, 1),
        ("w", 2, 4, 3),
        ("w", 3, 2, 5),
        ("w", 4, 5, 2),
        ("b", 2, 1),
        ("b", 3, 4),
        ("b", 4, 2),
    ],
)
def test_what_is_printed_holds_in_the_books_world(stage, name, checker):
    d = DenseGraph([4, 3, 5, 2]).derivative(*name)
    assert checker.check(Claim(getattr(d, stage)(), ("four_layers",))) > 0


@pytest.mark.parametrize(
    "options", [{}, {"derivatives": "primes"}, {"inputs": "a", "outputs": "y_hat"}]
)
def test_every_derivative_of_the_sigmoid_network_holds_as_printed(options, checker, example):
    g = DenseGraph([2, 2, 2], activation="sigmoid", **options)
    for name in g.parameters():
        d = g.derivative(*name)
        shown = d._repr_latex_().removeprefix(r"$\displaystyle ").removesuffix("$")
        for text in (d.as_partials(), d.as_factors(), d.as_deltas(), shown):
            assert checker.check(Claim(text, ("net222",))) > 0
        assert checker.check(Claim(d.with_numbers(example[2]), ("ex222",))) > 0
    g = DenseGraph([2, 2, 2], activation="sigmoid", loss="sum_of_squares", **options)
    d = g.derivative("w", 2, 2, 1)
    assert checker.check(Claim(d.as_factors(), ("net222_sum",))) > 0


def test_the_checker_would_notice_a_wrong_line(checker):
    text = DenseGraph([4, 3, 5, 2]).derivative("w", 2, 1, 1).as_factors()
    for right, wrong in (
        ("a_1^4 - y_1", "y_1 - a_1^4"),
        ("w_{11}^3", "w_{12}^3"),
        ("s_3'", "s_3"),
        ("x_1", "x_2"),
    ):
        assert right in text
        with pytest.raises(EquationError):
            checker.check(Claim(text.replace(right, wrong, 1), ("four_layers",)))


@pytest.mark.parametrize(
    "activation",
    [
        "s",
        "sigmoid",
        "elu",
        "relu",
        "leaky_relu",
        "arctan",
        "swish",
        "selu",
        "softsign",
        "hard_sigmoid",
    ],
)
def test_the_sites_renderer_takes_every_stage(activation, example):
    d = DenseGraph([3, 2, 2], activation=activation).derivative("w", 2, 3, 2)
    long = DenseGraph([9] * 4, activation=activation).derivative("w", 2, 1, 1)
    numbers = example[0].derivative("w", 2, 1, 1).with_numbers(example[2])
    for text in (
        d.as_partials(),
        d.as_factors(),
        d.as_deltas(),
        numbers,
        long.as_factors(2),
        long.as_deltas(),
    ):
        mathml, error = convert(text, True)
        assert mathml and not error, text
