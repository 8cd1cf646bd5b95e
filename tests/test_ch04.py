"""Chapter 4: the chain of four weights of a source, through the package."""

import numpy as np
import pytest
from handgrad import check, network, training
from handgrad.symbolic import DenseGraph

X, Y = np.array([[2.0]]), np.array([[1.0]])
START, RATE = (0.8, 0.6, 0.1, 0.5), 0.1
PRINTED = {10: "0.7235", 15: "0.992283", 20: "0.9999"}  # sk2020, rows S2-11 to S2-13


def chain(weights, activation="identity"):
    return network.make_network([[[w]] for w in weights], activation=activation)


def delta_and_gradient(weights, x, y):
    """δ^2, … and ∂J/∂w^2, …, from the package."""
    _, grads = network.gradients(chain(weights), np.array([[x]]), np.array([[y]]))
    layers = sorted(grads.dW)
    return [grads.delta[l].item() for l in layers], [grads.dW[l].item() for l in layers]


def trained(updates):
    net, _ = training.train(
        chain(START), X, Y, learning_rate=RATE, epochs=updates, train_biases=False
    )
    return network.forward(net, X).y_hat.item()


def test_deltas_and_gradients_of_random_chains():
    rng = np.random.default_rng(1)
    for length in (1, 2, 4, 9):
        w, x, y = rng.normal(size=length) + 0.5, rng.normal(), rng.normal()
        deltas, gradients = delta_and_gradient(w, x, y)
        e = x * w.prod() - y
        np.testing.assert_allclose(
            deltas, [e * w[k + 1 :].prod() for k in range(length)], rtol=1e-9
        )
        np.testing.assert_allclose(gradients * w, np.full(length, e * x * w.prod()), rtol=1e-9)
        slopes = check.central_difference(lambda v: (x * v.prod() - y) ** 2 / 2, w)
        np.testing.assert_allclose(gradients, slopes, rtol=1e-5, atol=1e-8)


def test_forward_values_of_the_source():
    cache = network.forward(chain(START), X)
    for layer, text in {2: "1.6", 3: "0.96", 4: "0.096", 5: "0.048"}.items():
        assert check.holds(text, cache.a[layer].item()) == "rounded"


def test_deltas_of_the_source():
    deltas, gradients = delta_and_gradient(START, 2.0, 1.0)
    np.testing.assert_allclose(deltas, [-0.02856, -0.0476, -0.476, -0.952], rtol=1e-12)
    np.testing.assert_allclose(gradients, [-0.05712, -0.07616, -0.45696, -0.091392], rtol=1e-12)
    graph = DenseGraph([1] * 5, activation="identity", bias=False)
    values = graph.values(chain(START), X[0], Y[0])
    for layer, expected in zip(range(2, 6), gradients, strict=True):
        found = graph.derivative("w", layer, 1, 1).function()(values)
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("updates, how", [(10, "cut"), (15, "rounded"), (20, "rounded")])
def test_outputs_of_the_source(updates, how):
    assert check.holds(PRINTED[updates], trained(updates)) == how


def too_early(updates):
    """Output if each weight is updated before the delta passes it."""
    w = np.array(START)
    for _ in range(updates):
        a = np.concatenate([[2.0], 2.0 * np.cumprod(w)])
        delta = a[-1] - 1.0
        for k in range(3, -1, -1):
            w[k] -= RATE * delta * a[k]
            delta *= w[k]
    return 2.0 * w.prod()


@pytest.mark.parametrize("updates", [10, 15])
def test_updated_weights_do_not_reproduce_the_source(updates):
    assert check.holds(PRINTED[updates], too_early(updates)) is None


def test_updated_weights_are_diagnosed():
    net = chain(START)
    right = network.gradients(net, X, Y)[1]
    assert check.diagnose(net, X, Y, right.dW).name == "right"
    wrong, delta, a = {}, right.delta[5].item(), network.forward(net, X).a
    for l in range(5, 1, -1):
        wrong[l] = np.array([[delta * a[l - 1].item()]])
        delta *= net.W[l].item() - RATE * wrong[l].item()
    assert "updated" in check.diagnose(net, X, Y, wrong).message


def test_the_curvature_at_a_solution():
    w = np.random.default_rng(3).uniform(0.4, 1.5, size=4)
    y = 2.0 * w.prod()

    def gradient(v):
        return np.array(delta_and_gradient(v, 2.0, y)[1])

    step = 1e-6
    H = np.array(
        [(gradient(w + step * e) - gradient(w - step * e)) / (2 * step) for e in np.eye(4)]
    )
    np.testing.assert_allclose(H, y**2 / np.outer(w, w), rtol=1e-6)
    assert np.linalg.eigvalsh(H)[-1] == pytest.approx(sum((y / w) ** 2), rel=1e-6)


def test_two_zero_weights_never_move():
    still, _ = training.train(
        chain((0.8, 0.0, 0.0, 0.5)), X, Y, learning_rate=RATE, epochs=50, train_biases=False
    )
    assert [still.W[l].item() for l in still.W] == [0.8, 0.0, 0.0, 0.5]
    moved, _ = training.train(
        chain((0.8, 0.6, 0.0, 0.5)), X, Y, learning_rate=RATE, epochs=50, train_biases=False
    )
    assert network.forward(moved, X).y_hat.item() == pytest.approx(1.0, abs=1e-6)
