"""Chapter 5: the networks of a source with several neurons a layer, through the package."""

import itertools

import numpy as np
import pytest
from handgrad import check, network, training
from handgrad.symbolic import DenseGraph

ONE_INPUT = [[[0.7, 0.5]], [[0.4, 0.6], [0.5, 0.2]], [[0.1], [0.1]]]
TWO_INPUTS = [[[0.7, 0.5], [0.1, 0.9]], [[0.4, 0.6], [0.5, 0.2]], [[0.8], [0.4]]]
# sk2020, rows S2-21 to S2-26: weights, input, target, learning rate, updates, printed, how it holds
PRINTED = [
    (ONE_INPUT, [2.0], 1.0, 0.1, 5, "0.9272", "rounded"),
    (ONE_INPUT, [2.0], 1.0, 0.1, 10, "0.9989", "rounded"),
    (ONE_INPUT, [2.0], 1.0, 0.1, 15, "0.9999", "cut"),
    (TWO_INPUTS, [2.0, 4.0], 8.0, 0.005, 5, "7.7814", "rounded"),
    (TWO_INPUTS, [2.0, 4.0], 8.0, 0.005, 10, "7.9992", "rounded"),
    (TWO_INPUTS, [2.0, 4.0], 8.0, 0.005, 15, "8.0", "rounded"),
]
SIZES, X4, Y4, RATE4, CLOSE = (2, 4, 3, 2, 4), [[2.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]], 0.002, 0.005


def linear(W):
    return network.make_network(W, activation="identity")


def trained(W, x, y, rate, updates):
    net, _ = training.train(
        linear(W),
        np.array([x]),
        np.array([[y]]),
        learning_rate=rate,
        epochs=updates,
        train_biases=False,
    )
    return network.forward(net, np.array([x])).y_hat.item()


@pytest.mark.parametrize("W, x, y, rate, updates, text, how", PRINTED)
def test_outputs_of_the_source(W, x, y, rate, updates, text, how):
    assert check.holds(text, trained(W, x, y, rate, updates)) == how


def one_path_only(W, x, y, rate, updates):
    """As trained, but each hidden delta is that of the last path alone."""
    W = [np.array(M) for M in W]
    for _ in range(updates):
        a = [np.array([x])]
        for M in W:
            a.append(a[-1] @ M)
        delta, dW = a[-1] - y, []
        for M, before in zip(W[::-1], a[-2::-1], strict=True):
            dW.insert(0, before.T @ delta)
            delta = delta[:, -1:] * M[:, -1]
        W = [M - rate * d for M, d in zip(W, dW, strict=True)]
    out = np.array([x])
    for M in W:
        out = out @ M
    return out.item()


def middle_turned(W, x, y, rate, updates):
    """As trained, but with the middle matrix not transposed on the way back."""
    W = [np.array(M) for M in W]
    for _ in range(updates):
        a = [np.array([x])]
        for M in W:
            a.append(a[-1] @ M)
        d4 = a[3] - y
        d3 = d4 @ W[2].T
        dW = [a[0].T @ (d3 @ W[1]), a[1].T @ d3, a[2].T @ d4]
        W = [M - rate * d for M, d in zip(W, dW, strict=True)]
    out = np.array([x])
    for M in W:
        out = out @ M
    return out.item()


@pytest.mark.parametrize("wrong", [one_path_only, middle_turned])
@pytest.mark.parametrize("W, x, y, rate, updates, text, how", [PRINTED[0], PRINTED[3]])
def test_wrong_deltas_do_not_reproduce_the_source(wrong, W, x, y, rate, updates, text, how):
    assert check.holds(text, wrong(W, x, y, rate, updates)) is None


def test_a_wrong_transpose_is_diagnosed():
    net, X, Y = linear(ONE_INPUT), np.array([[2.0]]), np.array([[1.0]])
    right = network.gradients(net, X, Y)[1]
    turned = dict(right.dW)
    turned[2] = X.T @ (right.delta[3] @ net.W[3])
    assert check.diagnose(net, X, Y, right.dW).name == "right"
    assert check.diagnose(net, X, Y, turned).name == "transpose"


def test_every_derivative_is_the_sum_over_its_paths():
    rng = np.random.default_rng(3)
    net = network.random_network(SIZES, "identity", rng=rng)
    X, Y = rng.normal(size=(1, 2)), rng.normal(size=(1, 4))
    cache = network.forward(net, X)
    _, grads = network.gradients(net, X, Y)
    e = (cache.y_hat - Y)[0]
    for l in net.W:
        for i, j in np.ndindex(net.W[l].shape):
            total = 0.0
            for way in itertools.product(*(range(d) for d in SIZES[l:])):
                way = (j, *way)
                crossed = [net.W[k][way[k - l - 1], way[k - l]] for k in range(l + 1, net.L + 1)]
                total += cache.a[l - 1][0, i] * np.prod(crossed) * e[way[-1]]
            assert grads.dW[l][i, j] == pytest.approx(total, rel=1e-9, abs=1e-12)


def test_deltas_of_the_1221_network():
    net = linear(ONE_INPUT)
    _, grads = network.gradients(net, np.array([[2.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(grads.delta[4], [[-0.79]], rtol=1e-12)
    np.testing.assert_allclose(grads.delta[3], [[-0.079, -0.079]], rtol=1e-12)
    np.testing.assert_allclose(grads.delta[2], [[-0.079, -0.0553]], rtol=1e-12)
    slopes = check.network_differences(net, np.array([[2.0]]), np.array([[1.0]]))
    for l in net.W:
        np.testing.assert_allclose(grads.dW[l], slopes.dW[l], rtol=1e-6)


def ends(draw, fixed_length, starts=400, updates=25):
    """Largest distance of an output from its target; the last printed step or the plain one."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(starts):
        net = linear([draw(rng, shape) for shape in itertools.pairwise(SIZES)])
        W, x = [net.W[l] for l in net.W], np.array(X4)
        for _ in range(updates):
            a = [x]
            for M in W:
                a.append(a[-1] @ M)
            delta, dW = a[-1] - Y4, []
            for M, before in zip(W[::-1], a[-2::-1], strict=True):
                dW.insert(0, before.T @ delta)
                delta = delta @ M.T
            size = np.sqrt(sum((d**2).sum() for d in dW)) if fixed_length else 1.0
            W = [M - RATE4 / size * d for M, d in zip(W, dW, strict=True)]
        found.append(np.abs(x @ np.linalg.multi_dot(W) - Y4).max())
    return np.array(found)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize(
    "draw",
    [lambda rng, shape: rng.uniform(0, 1, shape), lambda rng, shape: rng.uniform(-1, 1, shape)],
    ids=["uniform 0 to 1", "uniform -1 to 1"],
)
def test_four_outputs_come_close_by_the_plain_step_only(draw):
    assert (ends(draw, fixed_length=True) > CLOSE).all()
    assert np.mean(ends(draw, fixed_length=False) <= CLOSE) > 0.03


def test_the_printed_outputs_are_as_close_as_claimed():
    assert np.abs(np.array([5.0038, 5.9990, 7.0032, 7.9952]) - Y4).max() < CLOSE


@pytest.mark.parametrize("width", [1, 2, 5])
def test_work_of_the_deltas_grows_with_depth_and_that_of_the_paths_explodes(width):
    counts = [
        DenseGraph([width] * L, activation="identity", bias=False).operations() for L in range(3, 9)
    ]
    deltas = [c.delta for c in counts]
    assert len(set(np.diff(deltas))) == 1
    paths = np.array([c.path_by_path for c in counts])
    assert (paths > deltas).all()
    assert (paths[1:] / paths[:-1] > width).all()


def test_the_bias_as_a_row_gives_the_same_gradients():
    rng = np.random.default_rng(4)
    net = network.random_network([2, 5, 2, 1], "sigmoid", rng=rng)
    net = network.make_network(net.W, {l: rng.normal(size=len(net.b[l])) for l in net.b}, "sigmoid")
    X, Y = rng.normal(size=(7, 2)), rng.uniform(size=(7, 1))
    U = {l: np.vstack([net.b[l], net.W[l]]) for l in net.W}
    assert [M.shape for M in U.values()] == [(3, 5), (6, 2), (3, 1)]  # madarasmi2024, row S4-17
    _, grads = network.gradients(net, X, Y)
    cache = network.forward(net, X)
    for l in U:
        B = np.hstack([np.ones((7, 1)), cache.a[l - 1]])
        np.testing.assert_allclose(B @ U[l], cache.z[l], rtol=1e-12)
        np.testing.assert_allclose(
            B.T @ grads.delta[l], np.vstack([grads.db[l], grads.dW[l]]), rtol=1e-10, atol=1e-14
        )


def test_delta_with_the_other_sign_needs_a_plus_in_the_update():
    rng = np.random.default_rng(6)
    w, u = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    x, y = rng.normal(size=(1, 3)), rng.uniform(size=(1, 2))
    o = network.forward(network.make_network([w, u]), x).a[2]
    v = network.forward(network.make_network([w, u]), x).y_hat
    delta = (y - v) * v * (1 - v)
    phi = (delta @ u.T) * o * (1 - o)

    def cost_after(sign, rate=0.1):
        moved = network.make_network([w + sign * rate * x.T @ phi, u + sign * rate * o.T @ delta])
        return network.cost(moved, x, y)

    assert cost_after(1) < network.cost(network.make_network([w, u]), x, y) < cost_after(-1)


def evaluation(sizes):
    """Operations of one forward pass: a product for each weight, and the sums."""
    return sum(m * n + (m - 1) * n for m, n in itertools.pairwise(sizes))


@pytest.mark.parametrize("sizes, less", [
    ((2, 2, 2), True), ((5, 5, 5, 5), True), ((2, 2, 10), False), ((2, 2, 20), False),
])  # fmt: skip
def test_all_derivatives_cost_less_than_two_evaluations_if_layers_are_equal(sizes, less):
    operations = DenseGraph(list(sizes), activation="identity", bias=False).operations()
    assert (operations.delta < 2 * evaluation(sizes)) == less


@pytest.mark.slow
def test_all_derivatives_never_cost_more_than_four_evaluations():
    rng = np.random.default_rng(7)
    for _ in range(200):
        sizes = [int(d) for d in rng.integers(1, 30, size=rng.integers(2, 8))]
        sizes = [1 if rng.uniform() < 0.4 else d for d in sizes]
        operations = DenseGraph(sizes, activation="identity", bias=False).operations()
        assert operations.delta <= 4 * evaluation(sizes)


def test_neurons_with_equal_outgoing_weights_get_equal_gradients_for_what_comes_in():
    y = np.array([[1.0]])
    outgoing = linear([[[0.7, 0.5]], [[0.4, 0.6], [0.4, 0.6]], [[0.1], [0.3]]])
    dW = network.gradients(outgoing, np.array([[2.0]]), y)[1].dW
    assert dW[2][0, 0] == pytest.approx(dW[2][0, 1]) and abs(dW[3][0] - dW[3][1]).min() > 1e-3
    incoming = linear([[[0.5, 0.5]], [[0.4, 0.6], [0.5, 0.2]], [[0.1], [0.3]]])
    dW = network.gradients(incoming, np.array([[2.0]]), y)[1].dW
    assert abs(dW[2][0, 0] - dW[2][0, 1]) > 1e-2
    np.testing.assert_allclose(dW[3][0], dW[3][1])
