"""Every mistake is made here by hand, in a student's backward pass, and must be named."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.check import MISTAKES, diagnose
from handgrad.network import forward, gradients, make_network, random_network

LOSSES = ["half_squared_error", "sum_of_squares", "binary_cross_entropy", "softmax_cross_entropy"]
SEEDS = range(8)


def problem(seed, activation=None, loss="half_squared_error", sizes=None, n=None):
    """A random network, samples and targets; layer sizes, n and d_L are all different."""
    rng = np.random.default_rng(seed)
    sizes = sizes or [int(d) for d in rng.permutation([3, 4, 5, 6])]
    L = len(sizes)
    names = [activation or str(rng.choice(["sigmoid", "tanh", "softplus"])) for _ in range(L - 1)]
    last = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}.get(loss)
    names[-1] = last or names[-1]
    if activation == "maxout":
        net = random_network(sizes, names, rng=rng)
    else:
        W = [rng.normal(size=d) for d in itertools.pairwise(sizes)]
        net = make_network(W, [rng.normal(size=d) for d in sizes[1:]], names)
    n = n or 7
    X, Y = rng.normal(size=(n, sizes[0])), rng.uniform(0.1, 0.9, size=(n, sizes[-1]))
    if loss == "softmax_cross_entropy":
        Y /= Y.sum(axis=1, keepdims=True)
    return net, X, Y


def student(net, X, Y, *, start=None, slope=None, back=None, weights_from=None, s=None):
    """A student's backward pass for ½ (ŷ - y)², with places where it can go wrong.

    ``start(y_hat, Y)`` is the first step, ``slope(l, z, a)`` the factor of layer l, ``back(l)``
    what carries delta from layer l to l-1, ``weights_from(l, z, a)`` what dW takes for a, and
    ``s(l, z)`` the activation of the forward pass.
    """
    s = s or (lambda l, z: net.s[l].value(z))
    slope = slope or (lambda l, z, a: net.s[l].derivative(z))
    a, z = {1: X}, {}
    for l in range(2, net.L + 1):
        z[l] = a[l - 1] @ net.W[l] + net.b[l]
        a[l] = s(l, z[l])
    start = start or (lambda y_hat, Y: y_hat - Y)
    delta = {net.L: start(a[net.L], Y) / len(X) * slope(net.L, z[net.L], a[net.L])}
    for l in range(net.L, 2, -1):
        carry = back(l) if back else net.W[l].T
        delta[l - 1] = delta[l] @ carry * slope(l - 1, z[l - 1], a[l - 1])
    source = weights_from or (lambda l, z, a: a)
    dW = {l: (source(l - 1, z.get(l - 1), a[l - 1]) if l > 2 else X).T @ delta[l] for l in delta}
    return dW, {l: delta[l].sum(axis=0) for l in delta}


def scaled(net, X, Y, factor):
    dW, db = student(net, X, Y)
    return {l: factor * d for l, d in dW.items()}, {l: factor * d for l, d in db.items()}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_right_gradient_is_never_accused(loss):
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        names = [a for a in ACTIVATIONS if a != "step"]
        L = int(rng.integers(2, 6))
        sizes = [int(d) for d in rng.integers(1, 6, size=L)]
        net, X, Y = problem(seed, str(rng.choice(names)), loss, sizes, int(rng.integers(1, 9)))
        shuffled = rng.permutation(len(X))
        _, g = gradients(net, X[shuffled], Y[shuffled], loss)  # summed in another order
        found = diagnose(net, X, Y, g.dW, g.db, loss)
        assert found.right and found.names == () and found.name == "right", (seed, found)
        if loss == "half_squared_error" and net.s[2].pieces == 1:
            assert diagnose(net, X, Y, *student(net, X, Y)).right, seed


def test_a_right_gradient_of_saturated_and_dead_networks_is_never_accused():
    for activation in ("sigmoid", "tanh", "relu", "maxout"):
        for seed in SEEDS:
            net, X, Y = problem(seed, activation, sizes=[3, 4, 4, 2])
            for scale in (1e-8, 30.0, 1e4):
                _, g = gradients(net, scale * X, Y)
                assert diagnose(net, scale * X, Y, g.dW, g.db).right


def test_rounding_noise_in_a_part_that_is_zero_is_no_mistake():
    # An odd network on symmetric data: the bias gradients cancel, but for rounding.
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        net = random_network([2, 4, 2], "tanh", rng=rng)
        X, Y = rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
        X, Y = np.vstack([X, -X]), np.vstack([Y, -Y])
        order = rng.permutation(40)
        _, g = gradients(net, X[order], Y[order])
        assert 0 < np.abs(g.db[2]).max() < 1e-15
        assert diagnose(net, X, Y, g.dW, g.db).right


@pytest.mark.parametrize("seed", SEEDS)
def test_our_student_is_right_when_nothing_goes_wrong(seed):
    net, X, Y = problem(seed)
    assert diagnose(net, X, Y, *student(net, X, Y)).right


@pytest.mark.parametrize("seed", SEEDS)
def test_sign_and_swapped_target_are_both_named(seed):
    net, X, Y = problem(seed)
    found = diagnose(net, X, Y, *student(net, X, Y, start=lambda y_hat, Y: Y - y_hat))
    assert found.names == ("target and prediction swapped", "sign")
    assert "y_hat - Y" in found.message and " Or: " in found.message


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sign_in_one_layer_is_no_swapped_target(seed):
    net, X, Y = problem(seed)
    dW, db = student(net, X, Y)
    found = diagnose(net, X, Y, dW | {3: -dW[3]}, db)
    assert (found.names, found.layers) == (("sign",), (3,))
    assert "dW of layer 3" in found.message
    found = diagnose(net, X, Y, dW | {3: -dW[3], 2: -dW[2]}, db)
    assert (found.names, found.layers) == (("sign",), (2, 3))
    assert "dW of layers 2 and 3" in found.message  # one mistake, not two


@pytest.mark.parametrize(
    "factor, name",
    [(2, "factor 2"), (0.5, "factor ½"), (7, "sum for mean"), (1 / 7, "mean for sum")],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_factors(factor, name, seed):
    net, X, Y = problem(seed)
    assert diagnose(net, X, Y, *scaled(net, X, Y, factor)).names == (name,)


def test_a_mean_over_the_outputs_too():
    net, X, Y = problem(0, sizes=[2, 4, 3])
    found = diagnose(net, X, Y, *scaled(net, X, Y, 1 / 3))
    assert found.names == ("mean for sum",) and "number of outputs" in found.message


def test_with_two_samples_a_factor_2_and_a_sum_for_mean_cannot_be_told_apart():
    net, X, Y = problem(0, n=2)
    assert diagnose(net, X, Y, *scaled(net, X, Y, 2)).names == ("factor 2", "sum for mean")


@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_dW(seed):
    net, X, Y = problem(seed)
    dW, db = student(net, X, Y)
    assert diagnose(net, X, Y, {l: d.T for l, d in dW.items()}, db).names == ("transpose",)
    found = diagnose(net, X, Y, dW | {4: dW[4].T}, db)
    assert (found.names, found.layers) == (("transpose",), (4,))


@pytest.mark.parametrize("seed", SEEDS)
def test_square_weights_not_transposed_on_the_way_back(seed):
    net, X, Y = problem(seed, sizes=[2, 3, 3, 3])
    for wrong in ([3], [4], [3, 4]):
        got = student(net, X, Y, back=lambda l: net.W[l] if l in wrong else net.W[l].T)
        found = diagnose(net, X, Y, *got)
        assert found.names == ("transpose",)
        assert found.layers == tuple(l - 1 for l in wrong)


def test_no_more_layers_are_named_than_needed():
    net, X, Y = problem(0, sizes=[2, 3, 3, 3])
    net.W[4][:] = net.W[4] + net.W[4].T  # its own transpose: innocent
    got = student(net, X, Y, back=lambda l: net.W[l])
    assert diagnose(net, X, Y, *got).layers == (2,)


def in_layers(net, wrong, factor):
    """A slope that goes wrong in some layers only."""

    def slope(l, z, a):
        return factor(l, z, a) if l in wrong else net.s[l].derivative(z)

    return slope


@pytest.mark.parametrize("wrong", [(2,), (3,), (4,), (2, 3), (2, 3, 4)])
@pytest.mark.parametrize("seed", SEEDS)
def test_slopes_that_go_wrong(wrong, seed):
    net, X, Y = problem(seed)
    for name, factor in {
        "s'(z) missing": lambda l, z, a: np.ones_like(z),
        "s' taken of a": lambda l, z, a: net.s[l].derivative(a),
        "s where s' belongs": lambda l, z, a: net.s[l].value(z),
    }.items():
        found = diagnose(net, X, Y, *student(net, X, Y, slope=in_layers(net, wrong, factor)))
        assert (found.names, found.layers) == ((name,), wrong)
        assert f"delta[{wrong[0]}]" in found.message


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "softmax_cross_entropy"])
def test_a_slope_missing_in_a_hidden_layer_of_a_classifier(loss):
    net, X, Y = problem(3, "tanh", loss)
    _, g = gradients(net, X, Y, loss)
    delta2 = g.delta[3] @ net.W[3].T
    found = diagnose(net, X, Y, g.dW | {2: X.T @ delta2}, g.db | {2: delta2.sum(0)}, loss)
    assert (found.names, found.layers) == (("s'(z) missing",), (2,))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "softmax_cross_entropy"])
def test_the_slope_of_the_output_that_the_cross_entropy_has_cancelled(loss, seed):
    net, X, Y = problem(seed, "tanh", loss, sizes=[3, 4, 5])
    (h, y_hat), W3 = [forward(net, X).a[l] for l in (2, 3)], net.W[3]
    delta3 = (y_hat - Y) / len(X) * y_hat * (1 - y_hat)
    delta2 = delta3 @ W3.T * (1 - h**2)
    found = diagnose(
        net, X, Y, {2: X.T @ delta2, 3: h.T @ delta3}, {2: delta2.sum(0), 3: delta3.sum(0)}, loss
    )
    assert found.names == ("s'(z) once more",)
    assert "delta[3] = (y_hat - Y) / len(X)" in found.message


@pytest.mark.parametrize("seed", SEEDS)
def test_the_derivative_where_the_activation_belongs(seed):
    net, X, Y = problem(seed)
    found = diagnose(
        net,
        X,
        Y,
        *student(net, X, Y, weights_from=lambda l, z, a: net.s[l].derivative(z) if l == 3 else a),
    )
    assert (found.names, found.layers) == (("s' where s belongs",), (3,))
    found = diagnose(net, X, Y, *student(net, X, Y, s=lambda l, z: net.s[l].derivative(z)))
    assert (found.names, found.layers) == (("s' where s belongs",), (2, 3, 4))
    assert "forward pass" in found.message


@pytest.mark.parametrize("rate", [0.5, 0.01, 0.1237])
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_delta_from_updated_weights(rate, given, seed):
    net, X, Y = problem(seed)
    new = {}

    def back(l):  # layer l has just been updated
        new[l] = net.W[l] - rate * student(net, X, Y, back=lambda k: new.get(k, net.W[k]).T)[0][l]
        return new[l].T

    got = student(net, X, Y, back=back)
    found = diagnose(net, X, Y, *got, learning_rate=rate if given else None)
    assert found.names == ("delta from updated weights",)
    assert f"learning rate {rate:.4g}" in found.message


def test_a_plain_factor_is_not_blamed_on_some_learning_rate():
    net, X, Y = problem(1, sizes=[1, 1, 1])
    dW, db = student(net, X, Y)
    for factor in (0.9137, 1.0863):
        wrong = dW | {2: factor * dW[2]}, db | {2: factor * db[2]}
        assert diagnose(net, X, Y, *wrong).name == "none of these"


def test_in_a_chain_a_learning_rate_must_be_given_or_be_a_round_number():
    net, X, Y = problem(1, sizes=[1, 1, 1])
    dW, _ = student(net, X, Y)
    for rate, given, name in [
        (0.1, None, "delta from updated weights"),
        (0.1237, None, "none of these"),
        (0.1237, 0.1237, "delta from updated weights"),
    ]:
        wrong = student(net, X, Y, back=lambda l: (net.W[l] - rate * dW[l]).T)
        assert diagnose(net, X, Y, *wrong, learning_rate=given).name == name


@pytest.mark.parametrize("seed", SEEDS)
def test_bias_gradients(seed):
    net, X, Y = problem(seed)
    dW, db = student(net, X, Y)
    for wrong, name in [
        ({}, "bias gradient forgotten"),
        ({l: np.zeros_like(d) for l, d in db.items()}, "bias gradient forgotten"),
        ({l: d / len(X) for l, d in db.items()}, "bias gradient averaged"),
        ({l: d.sum() for l, d in db.items()}, "bias gradient one scalar"),
        ({l: np.full_like(d, d.sum()) for l, d in db.items()}, "bias gradient one scalar"),
    ]:
        assert diagnose(net, X, Y, dW, wrong).names == (name,)
    found = diagnose(net, X, Y, dW, {l: d for l, d in db.items() if l != 3})
    assert (found.name, found.layers) == ("bias gradient forgotten", (3,))
    assert diagnose(net, X, Y, dW).right  # without db the biases are not looked at


@pytest.mark.parametrize("seed", SEEDS)
def test_relu_mask_from_the_output(seed):
    net, X, Y = problem(seed, "relu", sizes=[3, 6, 5, 4])
    found = diagnose(
        net, X, Y, *student(net, X, Y, slope=in_layers(net, (2, 3), lambda l, z, a: (a >= 0) * 1.0))
    )
    # On a ReLU the open mask and no mask at all are the same numbers.
    assert found.names == ("ReLU mask from >= on the output", "s'(z) missing")
    assert found.layers == (2, 3)
    leaky, X, Y = problem(seed, "leaky_relu")
    right = student(leaky, X, Y, slope=lambda l, z, a: np.where(a >= 0, 1.0, 0.01))
    assert diagnose(leaky, X, Y, *right).right


@pytest.mark.parametrize("high, total", [(0, 0), (0, 1), (1, 0), (1, None)])
@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_over_the_wrong_axis(high, total, seed):
    net, X, Y = problem(seed, "tanh", "softmax_cross_entropy", sizes=[3, 5, 4])
    a2 = np.tanh(X @ net.W[2] + net.b[2])
    z = a2 @ net.W[3] + net.b[3]
    e = np.exp(z - z.max(axis=high, keepdims=True))
    delta3 = (e / e.sum(axis=total, keepdims=True) - Y) / len(X)
    delta2 = delta3 @ net.W[3].T * (1 - a2**2)
    found = diagnose(
        net,
        X,
        Y,
        {2: X.T @ delta2, 3: a2.T @ delta3},
        {2: delta2.sum(0), 3: delta3.sum(0)},
        "softmax_cross_entropy",
    )
    assert found.names == ("softmax over the wrong axis",)
    assert {
        0: "sum over the samples",
        1: "maximum is taken over the samples",
        None: "sum over everything",
    }[total] in found.message


@pytest.mark.parametrize("seed", range(30))
def test_a_gradient_that_fits_nothing(seed):
    rng = np.random.default_rng(seed)
    net, X, Y = problem(seed)
    dW, db = student(net, X, Y)
    spoiled = {l: d.copy() for l, d in dW.items()}
    l = int(rng.integers(2, 5))
    spoiled[l][0, 0] += 0.01 + abs(spoiled[l][0, 0])
    noise = {l: rng.normal(size=d.shape) for l, d in dW.items()}
    for wrong in (spoiled, noise, {l: 1.7 * d for l, d in dW.items()}):
        found = diagnose(net, X, Y, wrong, db)
        assert (found.name, found.names) == ("none of these", ())
    assert f"dW[{l}]" in diagnose(net, X, Y, spoiled, db).message


def test_two_mistakes_in_two_layers_are_both_named():
    net, X, Y = problem(0)
    dW, db = student(net, X, Y)
    found = diagnose(net, X, Y, dW | {4: -dW[4], 2: dW[2].T}, db)
    assert set(found.names) == {"sign", "transpose"} and found.name == "sign"
    spoiled = dW | {4: -dW[4], 2: dW[2] + 1}
    found = diagnose(net, X, Y, spoiled, db)
    assert found.name == "none of these" and "dW[4]: sign" in found.message


def zeros(parts, layers=None):
    return parts | {l: np.zeros_like(parts[l]) for l in layers or parts}


def test_a_bias_gradient_may_come_as_a_row():
    net, X, Y = problem(0)
    dW, db = student(net, X, Y)
    assert diagnose(net, X, Y, dW, {l: d[None, :] for l, d in db.items()}).right
    with pytest.raises(ValueError, match=r"db\[2\]: expected shape"):
        diagnose(net, X, Y, dW, {l: d[:, None] for l, d in db.items()})


def test_a_message_names_the_layers_beside_the_one_found():
    net, X, Y = problem(0)
    dW, db = student(net, X, Y)
    found = diagnose(net, X, Y, dW | {3: dW[3].T}, db)
    assert "dW[3] = a[2].T @ delta[3]" in found.message
    assert "delta[4] @ W[4].T" in found.message
    last = diagnose(net, X, Y, dW | {4: dW[4].T}, db)
    assert "dW[4] = a[3].T @ delta[4]" in last.message and "W[5]" not in last.message
    wrong = student(net, X, Y, slope=in_layers(net, (3,), lambda l, z, a: 1.0))
    assert "where da is delta[4] @ W[4].T" in diagnose(net, X, Y, *wrong).message
    wrong = student(net, X, Y, slope=in_layers(net, (4,), lambda l, z, a: 1.0))
    assert "where da is ∂J/∂ŷ" in diagnose(net, X, Y, *wrong).message
    both = diagnose(net, X, Y, dW | {2: -dW[2], 3: -dW[3]}, db)
    assert "(in dW of layers 2 and 3)" in both.message


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_what_is_not_filled_in_is_no_mistake_by_coincidence(seed, activation):
    net, X, Y = problem(seed, activation, sizes=[3, 6, 5, 4])
    dW, db = student(net, X, Y)
    wrong = tuple(l for l in dW if dW[l].any())
    for given in ((zeros(dW), zeros(db)), (zeros(dW), None), (zeros(dW), db), (zeros(dW), {})):
        found = diagnose(net, X, Y, *given)
        assert found.names == ("not filled in",)
        assert "zero everywhere" in found.message
    found = diagnose(net, X, Y, zeros(dW, [3]), db)
    assert (found.names, found.layers) == (("not filled in",), (3,))
    assert "dW of layer 3" in found.message
    found = diagnose(net, X, Y, zeros(dW, [2]) | {4: -dW[4]}, db)
    assert set(found.names) == {"not filled in", "sign"} and found.name == "sign"
    assert wrong


def test_zeros_where_the_gradient_is_zero_are_right():
    net = make_network([np.zeros((2, 3)), np.zeros((3, 1))], activation=["tanh", "identity"])
    X, Y = np.ones((4, 2)), np.ones((4, 1))
    dW, db = student(net, X, Y)
    assert not dW[2].any() and not dW[3].any() and db[3].any()
    assert diagnose(net, X, Y, dW, db).right
    assert "bias gradient forgotten" in diagnose(net, X, Y, dW, zeros(db)).names


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [-1, 0])
@pytest.mark.parametrize("layers", [(2,), (3,), (2, 3)])
def test_one_path_only(seed, k, layers):
    """``d = …`` in the loop for ``d += …``: of the sum over the next layer one term is left."""
    net, X, Y = problem(seed)

    def back(l):
        if l - 1 not in layers:
            return net.W[l].T
        alone = np.zeros_like(net.W[l])
        alone[:, k] = net.W[l][:, k]
        return alone.T

    found = diagnose(net, X, Y, *student(net, X, Y, back=back))
    assert (found.names, found.layers) == (("one path only",), layers)
    assert ("last term" if k else "first term") in found.message
    assert f"delta[{layers[0]}]" in found.message


def test_one_path_is_right_where_there_is_one():
    net, X, Y = problem(0, sizes=[3, 4, 1])
    back = lambda l: net.W[l].T
    assert diagnose(net, X, Y, *student(net, X, Y, back=back)).right


def test_a_gradient_of_float32_is_judged_in_float64():
    net, X, Y = problem(0)
    single = make_network(net.W, net.b, net.s, dtype="float32")
    double = make_network(single.W, single.b, single.s, dtype="float64")
    dW, db = student(double, X, Y)
    assert diagnose(single, X, Y, dW, db).right
    assert diagnose(single, X, Y, {l: -d for l, d in dW.items()}).names[-1] == "sign"


def test_an_activation_called_relu_is_not_taken_for_one():
    """Its mask has nothing to do with z > 0; what would be one mistake of the ReLU is none here."""
    net, X, Y = problem(0, "tanh")
    tanh = ACTIVATIONS["tanh"]
    named = Activation("relu", tanh.value, tanh.derivative)
    net = make_network(net.W, net.b, [named, named, "tanh"])
    slope = in_layers(net, (2,), lambda l, z, a: (a >= 0) * 1.0)
    found = diagnose(net, X, Y, *student(net, X, Y, slope=slope))
    assert found.name == "none of these"


def test_every_mistake_of_the_table_is_tried_above():
    source = Path(__file__).read_text("utf-8")
    assert [m.name for m in MISTAKES if f'"{m.name}"' not in source] == []
    assert len({m.name for m in MISTAKES}) == len(MISTAKES)


def test_bad_input_is_refused():
    net, X, Y = problem(0, sizes=[3, 4, 2])
    dW, db = student(net, X, Y)
    with pytest.raises(TypeError, match="dW: expected a dict"):
        diagnose(net, X, Y, list(dW.values()), db)
    with pytest.raises(ValueError, match=r"dW\[2\]: expected an array \(3, 4\), got nothing"):
        diagnose(net, X, Y, {3: dW[3]}, db)
    with pytest.raises(ValueError, match=r"dW\[2\]: expected shape \(3, 4\), got \(5, 4\)"):
        diagnose(net, X, Y, dW | {2: np.zeros((5, 4))}, db)
    with pytest.raises(ValueError, match="finite"):
        diagnose(net, X, Y, dW | {2: dW[2] * np.nan}, db)
    with pytest.raises(ValueError, match="layers 2 to 3, got 4"):
        diagnose(net, X, Y, dW | {4: dW[2]}, db)
    with pytest.raises(ValueError, match=r"db\[2\]: expected shape \(4,\)"):
        diagnose(net, X, Y, dW, db | {2: np.zeros(3)})
    with pytest.raises(ValueError, match="learning_rate"):
        diagnose(net, X, Y, dW, db, learning_rate=-1.0)
