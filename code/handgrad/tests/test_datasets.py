"""Data sets: shapes, seeds, and what the chapters rely on."""

import socket

import numpy as np
import pytest
from handgrad import datasets


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
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
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


def test_bundled_data_are_those_of_scikit_learn_bit_for_bit():
    theirs_of = pytest.importorskip("sklearn.datasets")
    X, Y = datasets.digits()
    theirs = theirs_of.load_digits()
    assert np.array_equal(16 * X, theirs.data) and np.array_equal(Y.argmax(axis=1), theirs.target)
    X, Y = datasets.diabetes()
    theirs = theirs_of.load_diabetes(scaled=False)
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


@pytest.mark.parametrize("n", [3, 30, 1000, 100_000])
@pytest.mark.parametrize("value", [14.62, 0.1, 0.0, -3e7])
def test_a_constant_column_is_found_whatever_its_sum_rounds_to(n, value):
    X = np.column_stack([np.full(n, value), np.arange(n)])
    with pytest.raises(
        ValueError, match=r"columns that vary, got constant ones at 0; try constant="
    ):
        datasets.standardise(X)
    centred, test = datasets.standardise(X, [[value + 30, 1.0]], constant="centre")
    assert abs(centred[:, 0]).max() <= 1e-9 * abs(value) and test[0, 0] == pytest.approx(30)
    assert np.array_equal(centred[:, 1:], datasets.standardise(X[:, 1:])[0])
    dropped, test = datasets.standardise(X, X[:2] + 1, constant="drop")
    assert np.array_equal(dropped, centred[:, 1:]) and test.shape == (2, 1)


def test_a_column_that_varies_by_rounding_only_is_constant():
    X = np.array([[0.3, 1.0], [0.1 + 0.2, 2.0]])
    assert X[0, 0] != X[1, 0]
    with pytest.raises(ValueError, match="constant ones at 0;"):
        datasets.standardise(X)
    # a small spread on a large value is data: a million and a few thousandths
    spread = 1e6 + np.array([[1e-3], [2e-3], [4e-3]])
    assert abs(datasets.standardise(spread)[0]).max() > 1


def test_in_float32_rounding_is_coarser():
    # the unit of 10^6 in float32 is 1/16
    with pytest.raises(ValueError, match="constant ones at 0;"):
        datasets.standardise((1e6 + np.array([[0.0], [0.0625]])).astype(np.float32))
    (column,) = datasets.standardise((1e6 + np.array([[0.0], [1.0]])).astype(np.float32))
    assert column.tolist() == [[-1], [1]] and column.dtype == np.float32


def test_nothing_left_to_drop_and_a_way_that_is_none():
    with pytest.raises(ValueError, match="expected a column that varies, got 2 constant ones"):
        datasets.standardise(np.ones((4, 2)), constant="drop")
    with pytest.raises(ValueError, match="'refuse', 'centre' or 'drop', got 'ignore'"):
        datasets.standardise(np.ones((4, 2)), constant="ignore")


def test_digits_can_be_standardised_though_some_pixels_are_always_empty():
    X, _ = datasets.digits()
    with pytest.raises(ValueError, match="constant ones at 0, 32, 39"):
        datasets.standardise(X)
    (centred,) = datasets.standardise(X, constant="centre")
    (dropped,) = datasets.standardise(X, constant="drop")
    assert centred.shape == X.shape and not centred[:, [0, 32, 39]].any()
    assert np.array_equal(np.delete(centred, [0, 32, 39], axis=1), dropped)


def test_each_part_keeps_its_own_float():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) + 1000
    wide, narrow = datasets.standardise(X, X.astype(np.float32))
    assert wide.dtype == np.float64 and narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, atol=1e-3)


def test_one_hot():
    assert datasets.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    for wrong in ([3], [-1], [0.5]):
        with pytest.raises(ValueError, match=f"whole numbers from 0 to 2, got {wrong[0]}"):
            datasets.one_hot(wrong, 3)
