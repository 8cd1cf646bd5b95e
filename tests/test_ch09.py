"""Chapter 9: what the sources print, overflow, and digits that are held out."""

import numpy as np
import pytest
from handgrad import check, datasets, losses
from handgrad.activations import sigmoid
from handgrad.network import forward, gradients, random_network
from handgrad.optimizers import Adam
from handgrad.training import train

SCORES = np.array([2.33, -1.46, 0.56])
PRINTED = ["0.83827314", "0.01894129", "0.14278557"]


def test_softmax_of_the_printed_scores():
    found = losses.softmax(SCORES)
    assert [check.holds(text, p) for text, p in zip(PRINTED, found, strict=True)].count(None) == 0
    base_2 = 2**SCORES / (2**SCORES).sum()
    assert None in [check.holds(text, p) for text, p in zip(PRINTED, base_2, strict=True)]


def test_scores_that_overflow_plainly_do_not_when_shifted():
    for z in (np.array([1000.0, 1020.0, 1030.0]), np.array([-1000.0, 0.0, 1000.0])):
        with np.errstate(over="ignore", invalid="ignore"):
            plain = np.exp(z) / np.exp(z).sum()
        assert not np.isfinite(plain).all()
        with np.errstate(all="raise", under="ignore"):
            p = losses.softmax(z)
            J = losses.softmax_cross_entropy(z[None, :], np.array([[1.0, 0.0, 0.0]]))
        assert np.isfinite(p).all() and p.sum() == pytest.approx(1)
        assert J == pytest.approx(z.max() - z[0], rel=1e-5)


def test_the_example_of_the_source_needs_no_shift():
    z = np.array([20.0, 40.0, 50.0])
    assert np.allclose(np.exp(z) / np.exp(z).sum(), losses.softmax(z), rtol=1e-12)


def test_rows_and_columns_of_the_jacobian_sum_to_zero():
    jacobian = losses.softmax_jacobian(np.random.default_rng(0).normal(size=(5, 4)))
    assert np.abs(jacobian.sum(axis=1)).max() < 1e-15
    assert np.abs(jacobian.sum(axis=2)).max() < 1e-15
    assert np.abs(jacobian).min() > 1e-4


def test_printed_gradients_of_one_logistic_output():
    rng = np.random.default_rng(1)
    net = random_network([3, 4, 1], "sigmoid", rng=rng)
    x, y = rng.normal(size=(1, 3)), np.array([[1.0]])
    _, grads = gradients(net, x, y, "binary_cross_entropy")
    h = sigmoid(x @ net.W[2])
    error = forward(net, x).y_hat - y
    assert np.allclose(grads.dW[3], h.T * error)
    assert np.allclose(grads.dW[2], x.T @ (error * net.W[3].T * h * (1 - h)))
    assert not np.allclose(grads.dW[2], x.T @ (error * net.W[3].T * h))


def test_digits_that_are_held_out_are_read():
    X, Y = datasets.digits()
    right = []
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        X_train, Y_train, X_test, Y_test = datasets.split(X, Y, fraction=0.25, rng=rng)
        net = random_network([64, 64, 10], ["relu", "softmax"], rng=rng, scheme="he")
        net, _ = train(
            net,
            X_train,
            Y_train,
            loss="softmax_cross_entropy",
            epochs=40,
            batch_size=32,
            rng=rng,
            optimizer=Adam(0.002),
            record=40,
        )
        right.append(np.mean(forward(net, X_test).y_hat.argmax(1) == Y_test.argmax(1)))
    assert np.mean(right) >= 0.97, right
