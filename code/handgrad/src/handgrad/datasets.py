"""Data sets of the book: made by a formula and a seed, or tables that come with the package.

Samples are rows: X is (n, d_in), Y is (n, d_out). Data for one unit, which the chapters on
regression and on the perceptron use, are vectors (n,).
"""

from importlib.resources import as_file, files

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number, as_rng

NOISE = "to draw the noise"
# values that differ by so many units in the last place differ by rounding and nothing else
ROUNDING = 8
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
    slope, intercept = as_number("slope", slope), as_number("intercept", intercept)
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
    """Return 1797 written digits: X (1797, 64) in [0, 1], Y (1797, 10) one-hot.

    A row of X is an image of 8 × 8 pixels, row by row, 1 for full ink. They are the test set of
    "Optical Recognition of Handwritten Digits" by Alpaydin and Kaynak (1998), as scikit-learn has
    them. The file is part of this package: nothing is downloaded.
    """
    table = _bundled("digits.csv.gz", delimiter=",")
    return table[:, :-1] / 16, one_hot(table[:, -1], 10)


def diabetes():
    """Return the diabetes study: X (442, 10) in its own units, Y (442, 1).

    The columns are age in years, sex (1 or 2), body mass index in kg/m², mean blood pressure in
    mmHg and six blood serum measurements; Y is the progression of the disease one year later
    (25 to 346, no unit). Use `standardise` after the split. The data are those of Efron, Hastie,
    Johnstone and Tibshirani (2004), as scikit-learn has them; nothing is downloaded.
    """
    return _bundled("diabetes_data_raw.csv.gz"), _bundled("diabetes_target.csv.gz")[:, None]


def _bundled(name, delimiter=None):
    """A table that comes with this package: see data/README.md for its source."""
    with as_file(files("handgrad") / "data" / name) as path:
        return np.loadtxt(path, delimiter=delimiter)


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
    X = as_floats("X", X, ("n", "d_in"), dtype=None)
    Y = as_floats("Y", Y, (len(X), "d_out"), dtype=None)
    if not 0 < as_number("fraction", fraction) < 1:
        raise ValueError(f"fraction: expected a number between 0 and 1, got {fraction:g}")
    if len(X) < 2:
        raise ValueError(f"X: expected at least two samples to split, got {len(X)}")
    held_out = min(max(round(fraction * len(X)), 1), len(X) - 1)
    order = as_rng(rng, "to shuffle the samples").permutation(len(X))
    test, train = order[:held_out], order[held_out:]
    return X[train], Y[train], X[test], Y[test]


def standardise(X_train, *others, constant="refuse"):
    """Shift and scale each column to mean 0 and standard deviation 1 *on the training part*.

    The other parts get the same shift and scale, so that nothing of them leaks into training.

    Parameters
    ----------
    X_train : array_like, shape (n, d)
    *others : array_like, shape (m, d)
    constant : {"refuse", "centre", "drop"}
        What becomes of a column that does not vary on the training part, such as a pixel that is
        always empty: an error, the mean taken away and nothing divided, or the column left out of
        every part. Values a few units in the last place apart count as equal. (The deviation does
        not tell: that of 14.62, thirty times, comes out as 2 · 10⁻¹⁵.)

    Returns
    -------
    list of ndarrays, one for each argument
        Each has the dtype of its argument where that is float32, else float64.

    Raises
    ------
    ValueError
        If columns are constant and `constant` is "refuse", or all are and it is "drop".
    """
    if constant not in ("refuse", "centre", "drop"):
        raise ValueError(f"constant: expected 'refuse', 'centre' or 'drop', got {constant!r}")
    X_train = as_floats("X_train", X_train, ("n", "d"), dtype=None)
    parts = [X_train] + [
        as_floats("others", X, ("m", X_train.shape[1]), dtype=None) for X in others
    ]
    # in float64, whatever comes: a sum of many float32 loses digits
    wide = X_train.astype(np.float64, copy=False)
    mean, deviation = wide.mean(axis=0), wide.std(axis=0)
    unit = np.finfo(X_train.dtype).eps * np.abs(wide).max(axis=0)
    varies = np.ptp(wide, axis=0) > ROUNDING * unit
    if constant == "refuse" and not varies.all():
        columns = ", ".join(str(j) for j in np.flatnonzero(~varies))
        raise ValueError(
            f"X_train: expected columns that vary, got constant ones at {columns}; "
            "try constant='centre' or constant='drop'"
        )
    if constant == "drop" and not varies.any():
        raise ValueError(f"X_train: expected a column that varies, got {len(varies)} constant ones")
    scale = np.where(varies, deviation, 1.0)
    keep = varies if constant == "drop" else slice(None)
    scaled = ((part - mean) / scale for part in parts)
    return [
        new[:, keep].astype(part.dtype, copy=False) for new, part in zip(scaled, parts, strict=True)
    ]


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
    wrong = ~np.isin(classes, np.arange(K))
    if wrong.any():
        raise ValueError(f"y: expected whole numbers from 0 to {K - 1}, got {classes[wrong][0]:g}")
    return np.eye(K)[classes.astype(int)]
