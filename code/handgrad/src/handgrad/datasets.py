"""Data sets of the book: made by a formula and a seed, or bundled with scikit-learn.

Samples are rows: X is (n, d_in), Y is (n, d_out). Data for one unit, which the chapters on
regression and on the perceptron use, are vectors (n,).
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number, as_rng

NOISE = "to draw the noise"
_GATES = (  # the name, then the outputs for the inputs 00, 01, 10, 11
    "FALSE 0000|AND 0001|X1 AND NOT X2 0010|X1 0011|NOT X1 AND X2 0100|X2 0101|XOR 0110|OR 0111|"
    "NOR 1000|XNOR 1001|NOT X2 1010|X1 OR NOT X2 1011|NOT X1 1100|NOT X1 OR X2 1101|NAND 1110|"
    "TRUE 1111"
)


def gate_inputs():
    """Return the four rows of a truth table, shape (4, 2): 00, 01, 10, 11."""
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def gates():
    """Return all 16 gates with two inputs: name -> outputs for `gate_inputs()`, shape (4,)."""
    named = (gate.rsplit(" ", 1) for gate in _GATES.split("|"))
    return {name: np.array([int(bit) for bit in bits]) for name, bits in named}


def xor():
    """Return X (4, 2) and Y (4, 1) of the gate that no single unit computes."""
    return gate_inputs(), gates()["XOR"].astype(float)[:, None]


def line(n=20, *, rng, slope=2.0, intercept=1.0, noise=0.3):
    """Return x and y, both (n,): y = slope x + intercept + noise, x evenly spread over [0, 2].

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    slope, intercept : float
    noise : float
        Standard deviation of the normal noise on y.
    """
    n, noise = as_count("n", n, low=1), as_number("noise", noise, low=0)
    x = np.linspace(0, 2, n)
    return x, slope * x + intercept + noise * as_rng(rng, NOISE).standard_normal(n)


def sine(n, *, rng, noise=0.0):
    """Return X and Y, both (n, 1): y = sin(πx) + noise, x evenly spread over [−1, 1]."""
    n, noise = as_count("n", n, low=1), as_number("noise", noise, low=0)
    X = np.linspace(-1, 1, n)[:, None]
    return X, np.sin(np.pi * X) + noise * as_rng(rng, NOISE).standard_normal((n, 1))


def circles(n, *, rng, noise=0.1):
    """Return X (n, 2) and Y (n, 1): an inner circle of radius ½ (class 1) in one of radius 1 (0).

    Parameters
    ----------
    n : int
        Samples in all, at least 2; the inner circle gets half of them, rounded up.
    rng : numpy.random.Generator
    noise : float
        Standard deviation of the normal noise on both coordinates.
    """
    n, noise = as_count("n", n, low=2), as_number("noise", noise, low=0)
    Y = (np.arange(n) % 2 == 0).astype(float)[:, None]
    radius = np.where(Y == 1, 0.5, 1.0)
    angle = as_rng(rng, NOISE).uniform(0, 2 * np.pi, (n, 1))
    X = radius * np.hstack([np.cos(angle), np.sin(angle)])
    return X + noise * rng.standard_normal((n, 2)), Y


def five_samples():
    """Return X and Y, both (5, 1): 0 → 0, 0.20 → 0.50, 0.50 → 0.60, 0.70 → 0.75, 0.85 → 0.80."""
    pairs = np.array([[0.0, 0.0], [0.2, 0.5], [0.5, 0.6], [0.7, 0.75], [0.85, 0.8]])
    return pairs[:, :1], pairs[:, 1:]


def digits():
    """Return scikit-learn's 1797 written digits: X (1797, 64) in [0, 1], Y (1797, 10) one-hot.

    A row of X is an image of 8 × 8 pixels, row by row, 1 for full ink. The file is part of
    scikit-learn: nothing is downloaded.
    """
    table = _bundled("digits.csv.gz", delimiter=",")
    return table[:, :-1] / 16, one_hot(table[:, -1], 10)


def diabetes():
    """Return scikit-learn's diabetes study: X (442, 10) in its own units, Y (442, 1).

    The columns are age in years, sex (1 or 2), body mass index in kg/m², mean blood pressure in
    mmHg and six blood serum measurements; Y is the progression of the disease one year later
    (25 to 346, no unit). Use `standardise` after the split. Nothing is downloaded.
    """
    return _bundled("diabetes_data_raw.csv.gz"), _bundled("diabetes_target.csv.gz")[:, None]


def _bundled(name, delimiter=None):
    """A table that comes with scikit-learn, whose import would take half a second."""
    package = find_spec("sklearn")
    if package is None:
        raise ModuleNotFoundError("scikit-learn brings this data set; install it with pip")
    return np.loadtxt(Path(package.origin).parent / "datasets/data" / name, delimiter=delimiter)


def split(X, Y, *, fraction, rng):
    """Shuffle the samples and hold a part of them out.

    Parameters
    ----------
    X : array_like, shape (n, d_in)
    Y : array_like, shape (n, d_out)
    fraction : float
        Part to hold out, between 0 and 1; at least one sample goes to either side.
    rng : numpy.random.Generator

    Returns
    -------
    X_train, Y_train, X_test, Y_test : ndarrays
    """
    X = as_floats("X", X, ("n", "d_in"))
    Y = as_floats("Y", Y, (len(X), "d_out"))
    if not 0 < as_number("fraction", fraction) < 1:
        raise ValueError(f"fraction: expected a number between 0 and 1, got {fraction:g}")
    if len(X) < 2:
        raise ValueError(f"X: expected at least two samples to split, got {len(X)}")
    held_out = min(max(round(fraction * len(X)), 1), len(X) - 1)
    order = as_rng(rng, "to shuffle the samples").permutation(len(X))
    test, train = order[:held_out], order[held_out:]
    return X[train], Y[train], X[test], Y[test]


def standardise(X_train, *others):
    """Shift and scale each column to mean 0 and standard deviation 1 *on the training part*.

    The other parts get the same shift and scale, so that nothing of them leaks into training.

    Parameters
    ----------
    X_train : array_like, shape (n, d)
    *others : array_like, shape (m, d)

    Returns
    -------
    list of ndarrays, one for each argument
    """
    X_train = as_floats("X_train", X_train, ("n", "d"))
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    if (deviation == 0).any():
        constant = ", ".join(str(j) for j in np.flatnonzero(deviation == 0))
        raise ValueError(f"X_train: expected columns that vary, got constant ones at {constant}")
    parts = [X_train] + [as_floats("X", X, ("m", X_train.shape[1])) for X in others]
    return [(part - mean) / deviation for part in parts]


def one_hot(y, K):
    """Return Y (n, K) with a 1 in column y and 0 elsewhere.

    Parameters
    ----------
    y : array_like of int, shape (n,)
        Classes 0 to K − 1.
    K : int
        Number of classes.
    """
    K, classes = as_count("K", K, low=1), as_floats("y", y, ("n",))
    if not (np.isin(classes, np.arange(K))).all():
        raise ValueError(f"y: expected whole numbers from 0 to {K - 1}, got {np.unique(y)}")
    return np.eye(K)[classes.astype(int)]
