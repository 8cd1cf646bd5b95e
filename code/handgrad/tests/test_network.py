"""Networks: the formulas by loops, gradients by central differences, making, vectors, bad input."""

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from handgrad import _core, _trust, activations, check, datasets, network
from handgrad.losses import LOSSES, Loss

LAST = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}


def example(activation="tanh", loss="half_squared_error", sizes=(3, 4, 2, 3), n=5, seed=0):
    """A network with random weights and biases, samples, and targets that suit the loss."""
    rng = np.random.default_rng(seed)
    s = [activation] * (len(sizes) - 2) + [LAST.get(loss, activation)]
    net = network.random_network(sizes, s, rng=rng, scheme="normal", scale=0.7)
    net = network.from_vector(net, rng.normal(scale=0.7, size=network.to_vector(net).size))
    Y = rng.uniform(size=(n, sizes[-1]))
    return net, rng.normal(size=(n, sizes[0])), Y / Y.sum(axis=1, keepdims=True)


def far_from_kinks(net, X, distance=1e-4):
    """No z, and no difference between the pieces of a maxout neuron, is nearly 0."""
    cache = network.forward(net, X)
    for l in net.W:
        z = cache.z[l]
        if net.s[l].pieces > 1:
            z = z[:, ::2] - z[:, 1::2]
        if abs(z).min() < distance:
            return False
    return True


def differences(f, v, h=1e-6):
    """Central differences of f with respect to each entry of v."""
    dv = np.zeros_like(v)
    for i in np.ndindex(v.shape):
        e = np.zeros_like(v)
        e[i] = h
        dv[i] = (f(v + e) - f(v - e)) / (2 * h)
    return dv


# ---- forward and backward ------------------------------------------------------------------


def test_forward_is_the_double_sum():
    net, X, _ = example("sigmoid")
    cache = network.forward(net, X)
    for k in range(len(X)):
        a = list(X[k])
        for l in (2, 3, 4):
            z = [
                sum(a[i] * net.W[l][i, j] for i in range(len(a))) + net.b[l][j]
                for j in range(net.sizes[l - 1])
            ]
            a = [1 / (1 + math.exp(-value)) for value in z]
            np.testing.assert_allclose(cache.z[l][k], z, rtol=1e-13)
            np.testing.assert_allclose(cache.a[l][k], a, rtol=1e-13)
    assert set(cache.a) == {1, 2, 3, 4} and set(cache.z) == {2, 3, 4}
    np.testing.assert_array_equal(cache.a[1], X)
    assert cache.y_hat is cache.a[4]


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_all_gradients_by_central_differences(activation, loss):
    net, X, Y = next(
        case
        for case in (example(activation, loss, seed=seed) for seed in range(100))
        if far_from_kinks(case[0], case[1])
    )
    J, grads = network.gradients(net, X, Y, loss)
    assert J == network.cost(net, X, Y, loss)
    v = network.to_vector(net)
    dv = differences(lambda v: network.cost(network.from_vector(net, v), X, Y, loss), v)
    np.testing.assert_allclose(network.gradient_vector(grads), dv, rtol=1e-6, atol=1e-9)
    dx = differences(lambda X: network.cost(net, X, Y, loss), X)
    np.testing.assert_allclose(grads.dx, dx, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_gradients_are_shaped_like_what_they_belong_to(activation):
    net, X, Y = example(activation)
    cache = network.forward(net, X)
    grads = network.backward(net, cache, network.output_delta(net, cache, Y))
    for l in net.W:
        assert grads.dW[l].shape == net.W[l].shape
        assert grads.db[l].shape == net.b[l].shape
        assert grads.delta[l].shape == cache.z[l].shape
        assert cache.a[l].shape == (len(X), net.sizes[l - 1])
    assert grads.dx.shape == X.shape
    assert list(grads.dW) == list(grads.db) == list(net.W)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_the_mean_over_the_samples(loss):
    net, X, Y = example(loss=loss)
    J, grads = network.gradients(net, X, Y, loss)
    alone = [network.gradients(net, X[k : k + 1], Y[k : k + 1], loss) for k in range(len(X))]
    assert J == pytest.approx(np.mean([J_k for J_k, _ in alone]), rel=1e-13)
    mean = np.mean([network.gradient_vector(g) for _, g in alone], axis=0)
    np.testing.assert_allclose(network.gradient_vector(grads), mean, rtol=1e-12, atol=1e-15)


def test_output_delta_of_the_cross_entropies_is_the_error_over_n():
    for loss in LAST:
        net, X, Y = example(loss=loss)
        cache = network.forward(net, X)
        delta = network.output_delta(net, cache, Y, loss)
        np.testing.assert_allclose(delta, (cache.y_hat - Y) / len(X), rtol=1e-13)


def test_backward_is_linear_in_the_upstream():
    net, X, _ = example()
    cache = network.forward(net, X)
    one, two = np.random.default_rng(1).normal(size=(2, 5, 3))

    def vector(delta_L):
        grads = network.backward(net, cache, delta_L)
        return np.concatenate([network.gradient_vector(grads), grads.dx.ravel()])

    np.testing.assert_allclose(vector(2 * one - two), 2 * vector(one) - vector(two), atol=1e-14)


def test_the_core_behind_the_checks_gives_the_same_numbers():
    for loss in LOSSES:
        net, X, Y = example(loss=loss)
        J, grads = network.gradients(net, X, Y, loss)
        trusted = _trust.loss(network.loss_for(net, loss), net.s[net.L])
        a, z = _core.forward(net, X)
        dW, db = {}, {}
        _core.backward(net, a, z, _core.output_delta(net, a, z, Y, trusted), dW, db)
        assert _core.cost(net, a, z, Y, trusted) == network.cost(net, X, Y, loss) == J
        for l in net.W:
            np.testing.assert_array_equal(dW[l], grads.dW[l])
            np.testing.assert_array_equal(db[l], grads.db[l])
        assert list(grads.dW) == list(grads.db) == list(grads.delta) == list(net.W)


def test_the_input_gradient_by_central_differences():
    net, X, Y = example()
    expected = check.central_difference(lambda X: network.cost(net, X, Y), X)
    np.testing.assert_allclose(network.gradients(net, X, Y)[1].dx, expected, rtol=1e-6, atol=1e-9)


def test_prelu_slopes_by_central_differences():
    for last in ("prelu", "sigmoid"):
        net, X, Y = example("prelu")
        net = replace(net, s=net.s | {4: activations.get(last)})

        def cost(slope, l):
            moved = replace(net, s=net.s | {l: activations.prelu_with(slope)})
            return network.cost(moved, X, Y)

        found = network.slope_gradients(net, X, Y)
        assert list(found) == ([2, 3, 4] if last == "prelu" else [2, 3])
        for l, dslope in found.items():
            expected = (cost(0.25 + 1e-6, l) - cost(0.25 - 1e-6, l)) / 2e-6
            assert dslope == pytest.approx(expected, rel=1e-6)


def test_update_goes_downhill_and_leaves_the_old_network():
    net, X, Y = example()
    before = network.to_vector(net)
    J, grads = network.gradients(net, X, Y)
    new = network.update(net, grads, 0.01)
    np.testing.assert_array_equal(
        network.to_vector(new), before - 0.01 * network.gradient_vector(grads)
    )
    np.testing.assert_array_equal(network.to_vector(net), before)
    squared_slope = np.sum(network.gradient_vector(grads) ** 2)
    assert network.cost(new, X, Y) - J == pytest.approx(-0.01 * squared_slope, rel=0.05)


def test_nothing_given_is_touched():
    net, X, Y = example()
    copies = X.copy(), Y.copy(), network.to_vector(net)
    cache = network.forward(net, X)
    delta_L = network.output_delta(net, cache, Y)
    delta_copy = delta_L.copy()
    network.backward(net, cache, delta_L)
    network.gradients(net, X, Y)
    for now, then in zip(
        (X, Y, network.to_vector(net), delta_L), (*copies, delta_copy), strict=True
    ):
        np.testing.assert_array_equal(now, then)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss", LOSSES)
def test_no_warning_where_the_last_layer_is_certain(loss):
    last = LAST.get(loss, "identity")
    net = network.make_network([np.diag([1.0, 1.0])], activation=last)
    X = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]])
    J, grads = network.gradients(net, X, np.eye(2)[::-1], loss)
    assert np.isfinite(J) and np.isfinite(network.gradient_vector(grads)).all()


# ---- making networks -----------------------------------------------------------------------


def test_make_network_from_lists_and_dicts():
    W, b = [[[1, 2], [3, 4], [5, 6]], [[7], [8]]], [[1, 2], [3]]
    net = network.make_network(W, b, ["tanh", "identity"])
    by_layer = network.make_network(
        {3: W[1], 2: W[0]}, {3: b[1], 2: b[0]}, {3: "identity", 2: "tanh"}
    )
    for made in (net, by_layer):
        assert made.sizes == (3, 2, 1) and made.L == 3
        assert list(made.W) == list(made.b) == list(made.s) == [2, 3]
        assert made.W[2].dtype == made.b[3].dtype == np.float64
        assert [made.s[l].name for l in (2, 3)] == ["tanh", "identity"]
        np.testing.assert_array_equal(network.to_vector(made), [1, 2, 3, 4, 5, 6, 1, 2, 7, 8, 3])


def test_biases_are_zero_if_left_out_and_one_activation_serves_all_layers():
    net = network.make_network([np.ones((2, 3)), np.ones((3, 1))])
    assert all(not b.any() for b in net.b.values())
    assert {s.name for s in net.s.values()} == {"sigmoid"}


def test_network_keeps_copies():
    W = np.ones((2, 2))
    b = np.ones(2)
    net = network.make_network([W], [b])
    W[:], b[:] = 7, 7
    assert (net.W[2] == 1).all() and (net.b[2] == 1).all()
    cache, grads = network.forward(net, W), network.gradients(net, W, W)[1]
    for thing, part in ((net, "W"), (cache, "a"), (grads, "dW")):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, part, {})


def test_maxout_layers_have_more_columns_than_neurons():
    rng = np.random.default_rng(0)
    net = network.random_network((3, 4, 2), ["maxout", activations.maxout_with(3)], rng=rng)
    assert net.sizes == (3, 4, 2)
    assert [net.W[l].shape for l in (2, 3)] == [(3, 8), (4, 6)]
    cache = network.forward(net, np.ones((5, 3)))
    assert cache.z[2].shape == (5, 8) and cache.a[2].shape == (5, 4)


@pytest.mark.parametrize(
    "scheme, deviation",
    [
        ("xavier", math.sqrt(2 / 300)),
        ("he", math.sqrt(2 / 100)),
        ("normal", 1),
        ("uniform", math.sqrt(1 / 3)),
    ],
)
def test_schemes(scheme, deviation):
    for scale in (None, 0.5):
        net = network.random_network(
            (100, 200), rng=np.random.default_rng(0), scheme=scheme, scale=scale
        )
        wanted = deviation * (scale or 1)
        assert net.W[2].std() == pytest.approx(wanted, rel=0.03)
        assert abs(net.W[2].mean()) < 0.03 * wanted
        assert not net.b[2].any()
    if scheme == "uniform":
        assert 0.49 < abs(net.W[2]).max() <= 0.5


def test_seeds_reproduce():
    one, two, other = (
        network.to_vector(network.random_network((3, 4, 1), rng=np.random.default_rng(seed)))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert (one[:12] != other[:12]).all()


def test_vectors_there_and_back():
    net, X, Y = example()
    v = np.arange(network.to_vector(net).size, dtype=float)
    moved = network.from_vector(net, v)
    np.testing.assert_array_equal(network.to_vector(moved), v)
    np.testing.assert_array_equal(moved.W[2], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(moved.b[2], [12, 13, 14, 15])
    v[:] = 0
    assert moved.W[2][0, 1] == 1
    _, grads = network.gradients(net, X, Y)
    as_network = network.from_vector(net, network.gradient_vector(grads))
    for l in net.W:
        np.testing.assert_array_equal(as_network.W[l], grads.dW[l])
        np.testing.assert_array_equal(as_network.b[l], grads.db[l])


# ---- bad input -----------------------------------------------------------------------------

M = np.ones


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (([M((2, 3)), M((2, 1))],), ValueError, r"W\[3\]: expected 3 rows.*got shape \(2, 1\)"),
        (([M(3)],), ValueError, r"W\[2\]: expected shape \(d_in, d_out\), got \(3,\)"),
        (([M((2, 0))],), ValueError, r"W\[2\]: .*got \(2, 0\) \(it is empty\)"),
        (([],), ValueError, r"W: expected layers 2\.\.L, got \[\]"),
        (({3: M((2, 2))},), ValueError, r"W: expected layers 2\.\.L, got \[3\]"),
        ((7,), TypeError, "W: expected a list for layers 2..L or a dict, got 7"),
        (([[[1, np.nan]]],), ValueError, r"W\[2\]: expected finite numbers, got nan at \(0, 1\)"),
        (([[[1, np.inf]]],), ValueError, r"W\[2\]: expected finite numbers, got inf"),
        (([[[1, 2], [3]]],), ValueError, r"W\[2\]: expected rows of equal length"),
        (([[["a"]]],), TypeError, r"W\[2\]: expected real numbers"),
        (([[[1j]]],), TypeError, r"W\[2\]: expected real numbers, got .*complex128"),
        (([[[2**53 + 1]]],), TypeError, r"W\[2\]: expected floats, got integers too large"),
        (([M((2, 3))], [M(2)]), ValueError, r"b\[2\]: expected shape \(3,\), got \(2,\)"),
        (([M((2, 3))], [M((1, 3))]), ValueError, r"b\[2\]: expected shape \(3,\), got \(1, 3\)"),
        (([M((2, 3))], [1.0]), ValueError, r"b\[2\]: expected shape \(3,\), got \(\)"),
        (([M((2, 3))], [M(3), M(3)]), ValueError, r"b: expected layers \[2\], got \[2, 3\]"),
        (([M((2, 3))], None, "sigmoyd"), ValueError, "expected one of .*got 'sigmoyd'"),
        (([M((2, 3))], None, ["relu"] * 2), ValueError, r"activation: expected layers \[2\]"),
        (([M((2, 3))], None, "maxout"), ValueError, r"multiple of 2 columns for maxout"),
        (([M((2, 2))] * 2, None, "softmax"), ValueError, "softmax in the last layer only.*in 2"),
    ],
)
def test_make_network_says_what_does_not_fit(arguments, error, message):
    with pytest.raises(error, match=message):
        network.make_network(*arguments)


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"sizes": (3,)}, ValueError, r"sizes: expected at least two layers, got \[3\]"),
        ({"sizes": (3, 0)}, ValueError, "sizes: expected an integer of at least 1, got 0"),
        ({"sizes": (3, 1.5)}, TypeError, "sizes: expected an integer, got 1.5"),
        ({"rng": 0}, TypeError, "rng: expected a numpy.random.Generator"),
        ({"scheme": "lecun"}, ValueError, "scheme: expected one of xavier, .*got 'lecun'"),
        ({"scale": -1.0}, ValueError, "scale: expected a finite number and > 0, got -1.0"),
        ({"activation": 5}, TypeError, "activation: expected"),
    ],
)
def test_random_network_says_what_does_not_fit(change, error, message):
    arguments = {"sizes": (3, 2), "rng": np.random.default_rng(0)} | change
    with pytest.raises(error, match=message):
        network.random_network(**arguments)


@pytest.mark.parametrize(
    "X, error, message",
    [
        (M((5, 4)), ValueError, r"X: expected shape \(n, 3\), got \(5, 4\)"),
        (M(3), ValueError, r"X: expected shape \(n, 3\), got \(3,\)"),
        (M((0, 3)), ValueError, r"X: expected shape \(n, 3\), got \(0, 3\) \(it is empty\)"),
        (M((2, 3)) * np.nan, ValueError, r"X: expected finite numbers, got nan at \(0, 0\)"),
        (M((2, 3)).astype(object), TypeError, "X: expected real numbers, got .*object"),
    ],
)
def test_bad_samples(X, error, message):
    net, _, Y = example()
    for call in (network.forward, lambda net, X: network.gradients(net, X, Y)):
        with pytest.raises(error, match=message):
            call(net, X)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(5,), (5, 1), (1, 3), (4, 3), (3, 5)])
def test_targets_are_never_broadcast(loss, shape):
    net, X, _ = example(loss=loss)
    Y = np.full(shape, 1.0)
    expected = rf"Y: expected shape \(5, 3\), got \({', '.join(map(str, shape))}"
    for call in (network.gradients, network.cost):
        with pytest.raises(ValueError, match=expected):
            call(net, X, Y, loss)
    with pytest.raises(ValueError, match=expected):
        network.output_delta(net, network.forward(net, X), Y, loss)


def test_losses_and_last_layers_that_do_not_go_together():
    net, X, Y = example("tanh")
    with pytest.raises(ValueError, match="'binary_cross_entropy': expected activation 'sigmoid'"):
        network.cost(net, X, Y, "binary_cross_entropy")
    with pytest.raises(ValueError, match="expected activation 'softmax' in the last.*got 'tanh'"):
        network.gradients(net, X, Y, "softmax_cross_entropy")
    net, X, Y = example(loss="softmax_cross_entropy")
    with pytest.raises(ValueError, match="'softmax': expected the loss 'softmax_cross_entropy'"):
        network.gradients(net, X, Y, "half_squared_error")
    with pytest.raises(ValueError, match="loss: expected one of .*got 'mse'"):
        network.gradients(net, X, Y, "mse")


def test_vectors_and_deltas_that_do_not_fit():
    net, X, Y = example()
    m = network.to_vector(net).size
    with pytest.raises(ValueError, match=rf"v: expected shape \({m},\), got \({m + 1},\)"):
        network.from_vector(net, np.zeros(m + 1))
    with pytest.raises(ValueError, match=r"delta_L: expected shape \(5, 3\), got \(5, 1\)"):
        network.backward(net, network.forward(net, X), np.ones((5, 1)))


# ---- predictions ---------------------------------------------------------------------------


def test_predict_is_the_last_of_forward():
    net, X, _ = example()
    np.testing.assert_array_equal(network.predict(net, X), network.forward(net, X).y_hat)


def test_accuracy_counts_right_classes():
    net = network.make_network([np.eye(3)], activation="identity")
    X = np.array([[3.0, 1, 0], [0, 2, 1], [0, 2, 1], [1, 1, 0]])  # the tie goes to the first
    for classes, share in (([0, 1, 1, 0], 1.0), ([0, 1, 2, 1], 0.5), ([2, 2, 2, 2], 0.0)):
        assert network.accuracy(net, X, datasets.one_hot(classes, 3)) == share
    one = network.make_network([[[1.0]]], activation="identity")
    X = np.array([[0.5], [0.4], [0.6], [-2.0]])
    assert network.accuracy(one, X, [[1], [0], [1], [0]]) == 1.0
    assert network.accuracy(one, X, [[0], [0], [1], [0]]) == 0.75
    assert type(network.accuracy(one, X, [[0], [0], [1], [0]])) is float


def test_accuracy_asks_for_classes():
    net, X, Y = example()
    with pytest.raises(ValueError, match="Y: expected targets of 0 and 1, got 0.4"):
        network.accuracy(net, X, np.full_like(Y, 0.4))
    with pytest.raises(ValueError, match=r"rows with a single 1; try datasets\.one_hot"):
        network.accuracy(net, X, np.ones_like(Y))
    with pytest.raises(ValueError, match=r"try datasets\.one_hot\(Y, 3\)"):
        network.accuracy(net, X, np.zeros(5))


# ---- float32 -------------------------------------------------------------------------------


def single(net):
    return network.make_network(net.W, net.b, net.s, dtype="float32")


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_network_of_float32_computes_in_float32(activation, loss):
    net, X, Y = example(activation, loss)
    half = single(net)
    assert half.dtype == np.float32 != net.dtype
    for samples in (X, X.astype(np.float32)):
        cache = network.forward(half, samples)
        J, grads = network.gradients(half, samples, Y, loss)
        arrays = [*cache.a.values(), *cache.z.values(), grads.dx, network.predict(half, samples)]
        for found in (grads.dW, grads.db, grads.delta):
            arrays += found.values()
        arrays += [network.gradient_vector(grads), network.to_vector(half)]
        arrays.append(network.to_vector(network.update(half, grads, np.float64(0.1))))
        arrays.append(network.to_vector(network.from_vector(half, network.to_vector(net))))
        assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
        assert type(J) is float
        assert J == pytest.approx(network.cost(net, X, Y, loss), rel=1e-4)


def test_the_weights_decide():
    X = np.ones((2, 3))
    W, W32 = np.ones((3, 2)), np.ones((3, 2), np.float32)
    b, b32 = np.ones(2), np.ones(2, np.float32)
    for weights, biases, dtype in (
        (W32, b32, np.float32),
        (W32, None, np.float32),
        (W32, b, np.float64),  # mixed
        (W, b32, np.float64),
        (W32.tolist(), b32, np.float64),
    ):
        net = network.make_network([weights], biases if biases is None else [biases])
        assert net.dtype == net.b[2].dtype == dtype
        assert network.predict(net, X.astype(np.float32)).dtype == dtype
    assert network.make_network([W], [b], dtype=np.float32).dtype == np.float32
    assert network.make_network([W32], [b32], dtype="float64").dtype == np.float64
    for wrong in ("float16", "int", None, 3, "single precision"):
        with pytest.raises(ValueError, match="dtype: expected 'float32' or 'float64', got"):
            network.random_network((3, 2), rng=np.random.default_rng(0), dtype=wrong)


def test_random_weights_of_float32_are_those_of_float64_rounded():
    double, half = (
        network.random_network((3, 4, 1), rng=np.random.default_rng(2), dtype=dtype)
        for dtype in ("float64", "float32")
    )
    for l in double.W:
        np.testing.assert_array_equal(half.W[l], double.W[l].astype(np.float32))
        assert half.b[l].dtype == np.float32


def test_numbers_that_float32_does_not_hold_are_refused():
    net = single(example()[0])
    with pytest.raises(ValueError, match=r"got 1e\+300 at \(0, 0\), which is inf in float32"):
        network.forward(net, np.full((1, 3), 1e300))
    with pytest.raises(TypeError, match="integers too large to be exact in float32"):
        network.forward(net, np.full((1, 3), 2**24 + 1))
    network.forward(net, np.full((1, 3), 2**24))


# ---- functions of one's own ----------------------------------------------------------------


def own(name="bent", value=lambda z: 0.5 * z, derivative=lambda z: np.full(z.shape, 0.5)):
    return activations.Activation(name, value, derivative)


def test_an_activation_of_ones_own_is_used_and_kept():
    s = own()
    net, X, Y = example(s)
    assert network.forward(net, X).a[2].shape == (5, 4)
    assert net.s[2] is s
    half = single(net)
    assert network.gradients(half, X, Y)[1].dW[2].dtype == np.float32


@pytest.mark.parametrize(
    "s, error, message",
    [
        (own(value=lambda z: 1.0), ValueError, r"'bent', value: expected shape \(5, 4\), got"),
        (own(value=lambda z: z[:1]), ValueError, r"value: expected .*got shape \(1, 4\)"),
        (own(value=lambda z: z + 0j), TypeError, "value: expected real numbers, got .*complex"),
        (own(derivative=lambda z: 1.0), ValueError, "derivative: expected shape .*full_like"),
        (own(derivative=lambda z: z[:, :1]), ValueError, r"derivative: .*got shape \(5, 1\)"),
        (own(derivative=lambda z: z.astype(str)), TypeError, "derivative: expected real numbers"),
    ],
)
def test_nothing_that_an_activation_of_ones_own_gives_is_broadcast(s, error, message):
    net, X, Y = example()
    net = replace(net, s=net.s | {2: s})
    with pytest.raises(error, match=message):
        network.gradients(net, X, Y)


@pytest.mark.parametrize(
    "part, change, error, message",
    [
        ("gradient", lambda y_hat, Y: 1.0, ValueError, r"'own', gradient: expected shape \(5, 3\)"),
        ("gradient", lambda y_hat, Y: (y_hat - Y)[:1], ValueError, r"got shape \(1, 3\)"),
        ("gradient", lambda y_hat, Y: 1j * Y, TypeError, "gradient: expected real numbers"),
        ("value", lambda y_hat, Y: (y_hat - Y) ** 2, ValueError, "value: expected one number"),
    ],
)
def test_nothing_that_a_loss_of_ones_own_gives_is_broadcast(part, change, error, message):
    net, X, Y = example()
    parts = {"value": lambda y_hat, Y: np.sum(y_hat), "gradient": lambda y_hat, Y: y_hat * 0 + 1}
    with pytest.raises(error, match=message):
        network.gradients(net, X, Y, Loss("own", **parts | {part: change}))


def test_the_partner_of_a_loss_is_told_by_its_function_not_its_name():
    """Binary cross-entropy of z is that of the sigmoid: another one of that name changes it."""
    net, X, Y = example(loss="binary_cross_entropy")
    steep = activations.Activation(
        "sigmoid",
        lambda z: activations.sigmoid(2 * z),
        lambda z: 2 * activations.sigmoid_prime(2 * z),
    )
    net_own = replace(net, s=net.s | {4: steep})
    message = "expected activation 'sigmoid' in the last layer, got another function of the name"
    with pytest.raises(ValueError, match=message):
        network.cost(net_own, X, Y, "binary_cross_entropy")
    same = activations.Activation("mine", activations.sigmoid, activations.sigmoid_prime)
    renamed = replace(net, s=net.s | {4: same})
    assert network.cost(renamed, X, Y, "binary_cross_entropy") == network.cost(
        net, X, Y, "binary_cross_entropy"
    )


def test_softmax_is_told_by_its_function_too():
    net, X, Y = example(loss="softmax_cross_entropy")
    renamed = activations.Activation("mine", activations.softmax, activations.softmax_prime)
    with pytest.raises(ValueError, match="expected the loss 'softmax_cross_entropy'"):
        network.cost(replace(net, s=net.s | {4: renamed}), X, Y)
    with pytest.raises(ValueError, match="softmax in the last layer only, got it in 2"):
        network.make_network([np.ones((2, 2))] * 2, activation=[renamed, "identity"])
    called_so = activations.Activation("softmax", activations.tanh, activations.tanh_prime)
    own_net = replace(net, s=net.s | {4: called_so})
    assert check.agree(
        package=network.gradients(own_net, X, Y)[1],
        differences=check.network_differences(own_net, X, Y),
    )


def test_a_loss_may_want_an_activation_of_ones_own():
    net, X, Y = example()
    s = own()
    for last in (s, "bent"):
        loss = Loss("own", lambda z, Y: np.sum(z), lambda z, Y: z * 0 + 1, of="z", last=last)
        assert network.cost(replace(net, s=net.s | {4: s}), X, Y, loss) != 0
        with pytest.raises(ValueError, match="expected activation 'bent' in the last layer"):
            network.cost(net, X, Y, loss)
    z_of_softmax = Loss(
        "own", lambda z, Y: 0.0, lambda z, Y: z * 0, of="z", last=activations.SOFTMAX
    )
    net, X, Y = example(loss="softmax_cross_entropy")
    assert network.cost(net, X, Y, z_of_softmax) == 0


def test_a_gradient_of_the_books_in_a_loss_of_ones_own():
    """The slope cancels only with its partner: z's gradient is right with any last layer."""
    net, X, Y = example(loss="binary_cross_entropy")
    ours = LOSSES["binary_cross_entropy"]
    loss = Loss("own", ours.value, ours.gradient, of="z")
    tanh = replace(net, s=net.s | {4: activations.get("tanh")})
    for last in (net, tanh):
        delta = network.output_delta(last, network.forward(last, X), Y, loss)
        sigmoid = activations.sigmoid(network.forward(last, X).z[4])
        np.testing.assert_allclose(delta, (sigmoid - Y) / len(Y), rtol=1e-12)


# ---- messages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda net: network.forward(net, [[1.0]]),
        lambda net: network.predict(net, [[1.0]]),
        lambda net: network.accuracy(net, [[1.0]], [[1.0]]),
        lambda net: network.cost(net, [[1.0]], [[1.0]]),
        lambda net: network.gradients(net, [[1.0]], [[1.0]]),
        lambda net: network.output_delta(net, None, [[1.0]]),
        lambda net: network.backward(net, None, [[1.0]]),
        lambda net: network.update(net, None, 0.1),
        lambda net: network.to_vector(net),
        lambda net: network.from_vector(net, [1.0]),
        lambda net: network.loss_for(net, "half_squared_error"),
        lambda net: network.slope_gradients(net, [[1.0]], [[1.0]]),
    ],
)
@pytest.mark.parametrize("wrong, got", [(None, "None"), ("2-1", "'2-1'"), (network.Network, "the")])
def test_what_is_no_network_is_said_to_be_none(call, wrong, got):
    with pytest.raises(TypeError, match=f"net: expected a Network, got {got}.*; try "):
        call(wrong)


def test_caches_and_gradients_of_another_kind():
    net, X, Y = example()
    cache = network.forward(net, X)
    with pytest.raises(TypeError, match="cache: expected a Cache, got .*; try network.forward"):
        network.backward(net, cache.a, Y)
    with pytest.raises(TypeError, match="cache: expected a Cache"):
        network.output_delta(net, None, Y)
    with pytest.raises(TypeError, match="grads: expected Gradients, got"):
        network.update(net, network.gradients(net, X, Y), 0.1)


@pytest.mark.parametrize(
    "rate, error", [(-1, ValueError), (0, ValueError), (np.nan, ValueError), (1j, TypeError)]
)
def test_learning_rates_of_an_update(rate, error):
    net, X, Y = example()
    with pytest.raises(error, match="learning_rate: expected a"):
        network.update(net, network.gradients(net, X, Y)[1], rate)


def test_gradients_of_another_network():
    net, X, Y = example()
    _, grads = network.gradients(net, X, Y)
    wrong = replace(grads, dW=grads.dW | {3: grads.dW[3][:, :1]})
    with pytest.raises(ValueError, match=r"grads\.dW\[3\]: expected shape \(4, 2\), got \(4, 1\)"):
        network.update(net, wrong, 0.1)
    with pytest.raises(ValueError, match=r"grads\.db: expected layers \[2, 3, 4\], got \[2, 3\]"):
        network.update(net, replace(grads, db={2: grads.db[2], 3: grads.db[3]}), 0.1)


@pytest.mark.parametrize(
    "call, advice",
    [
        (lambda net, X: network.cost(net, X, np.zeros(5)), r"try datasets\.one_hot\(Y, 3\)"),
        (lambda net, X: network.cost(net, X, np.zeros((5, 1))), r"one_hot\(Y\[:, 0\], 3\)"),
        (lambda net, X: network.cost(net, X, np.zeros((3, 5))), r"try Y\.T$"),
        (lambda net, X: network.forward(net, X[0]), r"one sample is a row: try X\[None, :\]"),
        (lambda net, X: network.forward(net, X.T), r"try X\.T$"),
    ],
)
def test_what_to_try(call, advice):
    net, X, _ = example()
    with pytest.raises(ValueError, match=advice):
        call(net, X)


def test_what_to_try_for_one_output_and_for_biases():
    net, X, _ = example(sizes=(3, 4, 1))
    with pytest.raises(
        ValueError, match=r"Y: expected shape \(5, 1\), got \(5,\); try Y\[:, None\]"
    ):
        network.cost(net, X, np.zeros(5))
    with pytest.raises(ValueError, match=r"b\[2\]: .*try numpy\.full\(3, b\[2\]\)"):
        network.make_network([np.ones((2, 3))], [0.5])
    with pytest.raises(ValueError, match=r"b\[2\]: .*got \(1, 3\); try b\[2\]\.ravel\(\)"):
        network.make_network([np.ones((2, 3))], [np.ones((1, 3))])
    for sizes in ("321", 3, None):
        with pytest.raises(TypeError, match="sizes: expected a sequence"):
            network.random_network(sizes, rng=np.random.default_rng(0))
