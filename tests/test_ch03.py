"""Chapter 3: the one-weight example of a source, through the package, and its closed form."""

import numpy as np
import pytest
from handgrad import check, network, training
from handgrad.draw.nudges import answers

X, Y = np.array([[2.0]]), np.array([[1.0]])
START, RATE = 0.95, 0.1
PRINTED = {1: "0.77", 10: "0.5027", 15: "0.5002", 20: "0.5000"}  # sk2020, rows S2-03 to S2-06


def one_weight(w):
    return network.make_network([[[w]]], activation="identity")


def path(w, x, y, learning_rate, updates):
    """Weights w_0, …, w_updates by the package's gradient; there is no bias to move."""
    weights = [w]
    for _ in range(updates):
        _, grads = network.gradients(one_weight(weights[-1]), np.array([[x]]), np.array([[y]]))
        weights.append(weights[-1] - learning_rate * grads.dW[2].item())
    return np.array(weights)


def test_closed_form_for_random_networks():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y, w, rate = rng.uniform(0.5, 2), rng.normal(), rng.normal(), rng.uniform(0.01, 0.6)
        t = np.arange(13)
        expected = y / x + (1 - rate * x**2) ** t * (w - y / x)
        np.testing.assert_allclose(path(w, x, y, rate, 12), expected, rtol=1e-8, atol=1e-10)


def test_source_values():
    assert check.holds("1.9", network.forward(one_weight(START), X).y_hat.item())
    weights = path(START, 2.0, 1.0, RATE, 20)
    for updates, text in PRINTED.items():
        assert check.holds(text, weights[updates]) == "rounded", updates


def test_train_walks_the_same_path():
    for updates, text in PRINTED.items():
        net, _ = training.train(
            one_weight(START), X, Y, learning_rate=RATE, epochs=updates, train_biases=False
        )
        assert check.holds(text, net.W[2].item()) == "rounded"


@pytest.mark.parametrize("updates", [9, 11])
def test_off_by_one_update_does_not_reproduce_the_source(updates):
    assert check.holds(PRINTED[10], path(START, 2.0, 1.0, RATE, 20)[updates]) is None


@pytest.mark.parametrize(
    "wrong_slope",
    [lambda w: w * 2 - 1, lambda w: 2 * (w * 2 - 1) * 2, lambda w: -(w * 2 - 1) * 2],
    ids=["input missing", "no half", "sign"],
)
def test_wrong_derivatives_do_not_reproduce_the_source(wrong_slope):
    assert check.holds(PRINTED[1], START - RATE * wrong_slope(START)) is None


def test_the_limit_is_sharp():
    limit = 2 / 2.0**2
    assert abs(path(START, 2.0, 1.0, 0.99 * limit, 1500)[-1] - 0.5) < 1e-9
    np.testing.assert_allclose(np.abs(path(START, 2.0, 1.0, limit, 50) - 0.5), 0.45, rtol=1e-9)
    assert abs(path(START, 2.0, 1.0, 1.01 * limit, 1500)[-1]) > 1e9
    assert path(START, 2.0, 1.0, limit / 2, 1)[-1] == pytest.approx(0.5)


def test_the_gap_of_a_nudge_is_half_the_second_derivative_times_its_square():
    rng = np.random.default_rng(2)
    for _ in range(10):
        x, y, w, h = rng.normal(size=4)
        factors = [x, 1.0, w * x - y]
        found = answers(lambda v: [v, v * x, v * x, (v * x - y) ** 2 / 2], w, factors, h)
        np.testing.assert_allclose(found[-1].gap, x**2 * h**2 / 2, rtol=1e-9, atol=1e-11)
        assert [a.gap for a in found[:-1]] == [0, 0, 0]
