"""The figures that the sources print of the examples of chapter 7, and that wrong variants miss them."""

from functools import cache

import numpy as np
import pytest
from handgrad import check, network, symbolic, training

X, Y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
ETA = 0.5


def mazur():
    """The 2-2-2 network."""
    W = [[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]]
    return network.make_network(W, [[0.35, 0.35], [0.60, 0.60]], "sigmoid")


def step(net, *, early=False, biases=False):
    """One round: all gradients from the old weights, or the hidden ones from updated weights."""
    c = network.forward(net, X)
    _, grads = network.gradients(net, X, Y)
    W3 = net.W[3] - ETA * grads.dW[3]
    hidden = (grads.delta[3] @ (W3 if early else net.W[3]).T) * c.a[2] * (1 - c.a[2])
    W = {2: net.W[2] - ETA * X.T @ hidden, 3: W3}
    b = {2: net.b[2] - ETA * hidden[0], 3: net.b[3] - ETA * grads.db[3]} if biases else net.b
    return network.make_network(W, b, "sigmoid")


def cost(net):
    return network.cost(net, X, Y)


# ---- the worked step ---------------------------------------------------------------------------

PRINTED = {
    ("z", 2, 0): "0.3775", ("a", 2, 1): "0.596884378", ("z", 3, 0): "1.1059",
    ("a", 3, 0): "0.7513", ("a", 3, 1): "0.7729",
}  # fmt: skip


@pytest.mark.parametrize("place, printed", PRINTED.items())
def test_forward_pass(place, printed):
    c = network.forward(mazur(), X)
    kind, l, j = place
    assert check.holds(printed, getattr(c, kind)[l][0, j])


def test_one_hidden_output_is_misprinted_by_a_dropped_nine():
    h1 = network.forward(mazur(), X).a[2][0, 0]
    assert check.holds("0.59326992", h1) is None
    assert check.holds("0.5932", h1) == "cut" and check.holds("0.593269992", h1)


@pytest.mark.parametrize("l, printed", [
    (3, [["0.3589", "0.51130"], ["0.4086", "0.5613"]]),
    (2, [["0.1497", "0.2497"], ["0.1995", "0.2995"]]),
])  # fmt: skip
def test_all_eight_new_weights(l, printed):
    W = step(mazur()).W[l]
    assert all(check.holds(printed[i][j], W[i, j]) for i in (0, 1) for j in (0, 1))


def test_new_output_weights_do_not_hold_for_the_plain_sum_of_squares():
    _, plain = network.gradients(mazur(), X, Y, "sum_of_squares")
    assert not check.holds("0.3589", 0.40 - ETA * plain.dW[3][0, 0])


def test_costs_of_both_conventions_are_one_and_two():
    J, half = network.gradients(mazur(), X, Y)
    S, plain = network.gradients(mazur(), X, Y, "sum_of_squares")
    assert S == pytest.approx(2 * J, rel=1e-12)
    for l in (2, 3):
        np.testing.assert_allclose(plain.dW[l], 2 * half.dW[l], rtol=1e-12)
        np.testing.assert_allclose(plain.db[l], 2 * half.db[l], rtol=1e-12)


def test_factors_of_one_derivative():
    net = mazur()
    c, (_, grads) = network.forward(net, X), network.gradients(net, X, Y)
    out = c.a[3][0, 0]
    assert check.holds("0.7413", out - 0.01) == "cut"
    assert check.holds("0.1868", out * (1 - out)) == "rounded"
    assert check.holds("0.0821", grads.dW[3][0, 0]) == "cut"
    by_o1, by_o2 = grads.delta[3][0] * net.W[3][0]
    assert check.holds("0.0553", by_o1) and check.holds("-0.0190", by_o2)
    assert check.holds("0.0363", by_o1 + by_o2) and not check.holds("0.0363", by_o1 - by_o2)
    assert check.holds("0.00043", grads.dW[2][0, 0])


# ---- one round and ten thousand ----------------------------------------------------------------


@cache
def long_run(early, biases=False):
    """Costs after 9,999 and 10,000 rounds, and the outputs after these, by a bare loop."""
    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    net = mazur()
    W2, W3, b2, b3 = net.W[2], net.W[3], net.b[2], net.b[3]
    costs = []
    for _ in range(10_001):
        h = sigmoid(X @ W2 + b2)
        o = sigmoid(h @ W3 + b3)
        costs = [*costs[-1:], float(((o - Y) ** 2).sum() / 2)]
        d3 = (o - Y) * o * (1 - o)
        new_W3 = W3 - ETA * h.T @ d3
        d2 = (d3 @ (new_W3 if early else W3).T) * h * (1 - h)
        W2, W3 = W2 - ETA * X.T @ d2, new_W3
        if biases:
            b2, b3 = b2 - ETA * d2[0], b3 - ETA * d3[0]
    return *costs, o[0]


def test_cost_before_and_after_one_round():
    assert check.holds("0.298371109", cost(mazur()))
    assert check.holds("0.291027924", cost(step(mazur(), early=True)))
    assert not check.holds("0.291027924", cost(step(mazur())))
    assert not check.holds("0.291027924", cost(step(mazur(), early=True, biases=True)))


def test_outputs_after_ten_thousand_rounds_come_from_updated_weights():
    printed = ("0.015912196", "0.984065734")
    *_, updated = long_run(early=True)
    *_, old = long_run(early=False)
    assert all(check.holds(p, v) for p, v in zip(printed, updated, strict=True))
    assert not any(check.holds(p, v) for p, v in zip(printed, old, strict=True))


def test_cost_after_ten_thousand_rounds_is_of_no_run_but_of_two_slips():
    before, old, _ = long_run(early=False)
    _, updated, _ = long_run(early=True)
    assert not check.holds("0.0000351085", old) and not check.holds("0.0000351085", updated)
    assert check.holds("0.0000351085", before)  # one round early
    nine = f"{updated:.9f}"
    assert any(nine[:k] + "1" + nine[k:] == "0.0000351085" for k in range(2, len(nine)))


def test_the_loop_of_the_package_is_the_run_with_old_weights():
    net, _ = training.train(mazur(), X, Y, learning_rate=ETA, epochs=50, train_biases=False)
    other = mazur()
    for _ in range(50):
        other = step(other)
    np.testing.assert_allclose(network.to_vector(net), network.to_vector(other), rtol=1e-12)


# ---- the plain sum of squares of another source ------------------------------------------------


def test_printed_derivatives_of_the_plain_sum():
    f = lambda z: 1 / (1 + np.exp(-z))
    z1, z2, h = 0.5546, 0.7188, 0.3775
    errors = 2 * (f(z1) - 0.01), 2 * (f(z2) - 0.99)
    assert check.holds("1.2504", errors[0]) and not check.holds("1.2504", errors[0] / 2)
    d1, d2 = errors[0] * f(z1) * f(-z1), errors[1] * f(z2) * f(-z2)
    assert check.holds("0.1719", d1 * f(h))
    inner = f(h) * f(-h) * 0.05
    assert check.holds("0.0048", 0.4 * inner) and check.holds("0.006", 0.5 * inner)
    assert not check.holds("5.5090e-04", d1 * 0.4 * inner + d2 * 0.5 * inner)
    coarse = 2 * (0.6352 - 0.01) * f(z1) * f(-z1) * 0.0048
    coarse += 2 * (0.6723 - 0.99) * f(z2) * f(-z2) * 0.006
    assert check.holds("5.5090e-04", coarse)


def test_printed_matrix_product_needs_a_transpose():
    net = mazur()
    c, (_, grads) = network.forward(net, X), network.gradients(net, X, Y, "sum_of_squares")
    out, h, ones = c.a[3].T, c.a[2].T, np.ones((1, 2))
    O_EO, O_ON, O_NW = 2 * (out - Y.T) @ ones, out * (1 - out) @ ones, h @ ones
    np.testing.assert_allclose(O_EO.T * O_ON.T * O_NW, grads.dW[3], rtol=1e-12)
    wrong = ~np.isclose(O_EO * O_ON * O_NW, grads.dW[3])
    np.testing.assert_array_equal(wrong, [[False, True], [True, False]])


# ---- the 2-3-2-2 network -----------------------------------------------------------------------


def test_every_partial_of_the_2322_network():
    g = symbolic.DenseGraph([2, 3, 2, 2], activation="sigmoid")
    rng = np.random.default_rng(2)
    net = network.random_network([2, 3, 2, 2], "sigmoid", rng=rng, scale=2.0)
    x, y = rng.normal(size=(1, 2)), rng.uniform(size=(1, 2))
    values = g.values(net, x[0], y[0])
    assert len(g.parameters()) == 23
    by_symbols = {p: g.derivative(*p).function()(values) for p in g.parameters()}
    d = check.network_differences(net, x, y)
    for (kind, l, *where), value in by_symbols.items():
        at = tuple(k - 1 for k in where)
        expected = (d.dW if kind == "w" else d.db)[l][at]
        assert value == pytest.approx(expected, rel=1e-6, abs=1e-9)


# ---- the best step, and XOR --------------------------------------------------------------------


@pytest.mark.parametrize("order, power", [(2, 1 / 3), (1, 1 / 2)])
def test_error_of_a_difference_is_least_near_the_rule(order, power):
    """Far from ε^{power} to either side the error is larger, on many functions."""
    rng = np.random.default_rng(0)
    a, at = rng.uniform(0.5, 2, size=(2, 300))

    def error(h):
        f = lambda v: np.exp(a * v)
        slope = (f(at + h) - f(at - h)) / (2 * h) if order == 2 else (f(at + h) - f(at)) / h
        return np.median(np.abs(slope / (a * f(at)) - 1))

    best = np.finfo(float).eps ** power
    assert error(best) < error(best * 100) / 10 and error(best) < error(best / 100) / 10


def test_xor_by_hand():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    for c, right in ((20.0, True), (1.0, False)):
        net = network.make_network(
            [c * np.array([[1.0, -1.0], [1.0, -1.0]]), c * np.array([[1.0], [1.0]])],
            [c * np.array([-0.5, 1.5]), c * np.array([-1.5])],
        )
        y_hat = network.forward(net, corners).y_hat[:, 0]
        assert np.array_equal(y_hat >= 0.5, [False, True, True, False]) == right


def test_the_first_round_lowers_the_cost_by_more_than_the_slope_promises():
    net = mazur()
    _, grads = network.gradients(net, X, Y)
    promised = ETA * sum((grads.dW[l] ** 2).sum() for l in (2, 3))
    fell = cost(net) - cost(step(net))
    assert check.holds("0.007308", promised) and check.holds("0.007343", fell)


def test_at_zero_weights_only_weights_updated_early_give_hidden_deltas():
    rng = np.random.default_rng(0)
    net = network.make_network([np.zeros((3, 4)), np.zeros((4, 2))], activation="sigmoid")
    x, y = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    _, grads = network.gradients(net, x, y)
    assert not grads.delta[2].any()
    updated = grads.delta[3] @ (net.W[3] - ETA * grads.dW[3]).T
    assert np.abs(updated).max() > 1e-4
