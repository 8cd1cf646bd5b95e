"""Data sets: shapes, seeds, and what the chapters rely on."""

import socket

import numpy as np
import pytest
from handgrad import datasets
from sklearn.datasets import load_diabetes, load_digits


def test_the_gates_are_all_sixteen_and_what_they_say():
    gates, (a, b) = datasets.gates(), datasets.gate_inputs().astype(bool).T
    never = np.zeros(4, dtype=bool)
    meaning = {
        "FALSE": never,
        "TRUE": ~never,
        "X1": a,
        "X2": b,
        "NOT X1": ~a,
        "NOT X2": ~b,
        "AND": a & b,
        "NAND": ~(a & b),
        "OR": a | b,
        "NOR": ~(a | b),
        "XOR": a ^ b,
        "XNOR": a == b,
        "X1 AND NOT X2": a & ~b,
        "NOT X1 AND X2": ~a & b,
        "X1 OR NOT X2": a | ~b,
        "NOT X1 OR X2": ~a | b,
    }
    assert len({tuple(y) for y in gates.values()}) == 16
    assert {name: tuple(y) for name, y in gates.items()} == {
        n: tuple(y) for n, y in meaning.items()
    }


def test_five_samples_are_those_of_the_source():
    X, Y = datasets.five_samples()
    assert X.ravel().tolist() == [0, 0.2, 0.5, 0.7, 0.85]
    assert Y.ravel().tolist() == [0, 0.5, 0.6, 0.75, 0.8]
    assert X.shape == Y.shape == (5, 1)


@pytest.mark.parametrize("make", [datasets.line, datasets.sine, datasets.circles])
def test_the_seed_decides(make):
    first, again, other = (
        make(30, rng=np.random.default_rng(seed), noise=0.5) for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[1], other[1]) or not np.array_equal(first[0], other[0])
    with pytest.raises(TypeError, match="Generator"):
        make(30, rng=1)
    with pytest.raises(ValueError, match="noise"):
        make(30, rng=np.random.default_rng(0), noise=-1.0)


def test_without_noise_the_formulas_hold():
    rng = np.random.default_rng(0)
    x, y = datasets.line(9, rng=rng, slope=3.0, intercept=-1.0, noise=0.0)
    assert np.allclose(y, 3 * x - 1) and x.shape == (9,)
    X, Y = datasets.sine(11, rng=rng)
    assert np.allclose(Y, np.sin(np.pi * X)) and X.shape == (11, 1)
    X, Y = datasets.circles(21, rng=rng, noise=0.0)
    assert np.allclose(np.hypot(*X.T)[:, None], np.where(Y == 1, 0.5, 1.0))
    assert Y.sum() == 11


def test_bundled_data_need_no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a data set asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    X, Y = datasets.digits()
    assert X.shape == (1797, 64) and Y.shape == (1797, 10)
    assert X.min() == 0 and X.max() == 1 and (Y.sum(axis=1) == 1).all()
    X, Y = datasets.diabetes()
    assert X.shape == (442, 10) and Y.shape == (442, 1)
    assert 18 <= X[:, 0].min() and X[:, 0].max() <= 80  # ages in years


def test_bundled_data_are_those_of_scikit_learn():
    X, Y = datasets.digits()
    theirs = load_digits()
    assert np.array_equal(16 * X, theirs.data) and np.array_equal(Y.argmax(axis=1), theirs.target)
    X, Y = datasets.diabetes()
    theirs = load_diabetes(scaled=False)
    assert np.array_equal(X, theirs.data) and np.array_equal(Y[:, 0], theirs.target)


def test_split_loses_and_repeats_nothing():
    X = np.arange(40.0).reshape(20, 2)
    parts = datasets.split(X, X[:, :1] * 10, fraction=0.25, rng=np.random.default_rng(0))
    X_train, Y_train, X_test, Y_test = parts
    assert len(X_test) == len(Y_test) == 5 and len(X_train) == 15
    assert sorted(np.vstack([X_train, X_test])[:, 0]) == sorted(X[:, 0])
    assert (Y_train[:, 0] == 10 * X_train[:, 0]).all() and (Y_test[:, 0] == 10 * X_test[:, 0]).all()
    assert not np.array_equal(X_test, X[:5])
    for wrong in (0, 1, -0.1):
        with pytest.raises(ValueError, match="fraction"):
            datasets.split(X, X, fraction=wrong, rng=np.random.default_rng(0))


def test_standardise_looks_at_the_training_part_only():
    rng = np.random.default_rng(0)
    train, test = rng.normal(5, 3, (40, 2)), rng.normal(-2, 1, (7, 2))
    scaled, other = datasets.standardise(train, test)
    assert np.allclose(scaled.mean(axis=0), 0) and np.allclose(scaled.std(axis=0), 1)
    assert np.allclose(other * train.std(axis=0) + train.mean(axis=0), test)
    with pytest.raises(ValueError, match="constant"):
        datasets.standardise(np.ones((4, 2)))


def test_one_hot():
    assert datasets.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    for wrong in ([3], [-1], [0.5]):
        with pytest.raises(ValueError, match="whole numbers from 0 to 2"):
            datasets.one_hot(wrong, 3)
