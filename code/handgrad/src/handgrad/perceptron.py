"""The perceptron: a weighted sum, a threshold, a rule that learns, and a proof that it can't.

======  ==========================================  ==========  =================
symbol  meaning                                     shape       Python name
======  ==========================================  ==========  =================
x       inputs, a row for each sample               (n, d)      ``X``
y       targets, 1 and 0 (or 1 and −1)              (n,)        ``y``
w       weights                                     (d,)        ``w``
b       bias, minus the threshold                   ()          ``b``
z       weighted sum xw + b                         (n,)        ``z``
ŷ       output of the step function                 (n,)        ``output``
η       learning rate                               ()          ``learning_rate``
t       class as a sign, 1 or −1                    (n,)        ``sign``
λ       multipliers of the inequalities             (n,)        ``multipliers``
======  ==========================================  ==========  =================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number
from handgrad._extras import need
from handgrad._types import Array, ArrayLike
from handgrad.activations import sigmoid


@dataclass(frozen=True)
class Step:
    """One look at one sample: what came out, and the weights before and after."""

    epoch: int
    sample: int
    x: np.ndarray
    z: float
    output: int
    target: int
    w_before: np.ndarray
    b_before: float
    w: np.ndarray
    b: float

    @property
    def changed(self):
        """Whether the sample was wrong, so that the weights moved."""
        return self.output != self.target


@dataclass(frozen=True)
class Run:
    """The result of `train`: last weights, every step, whether a whole cycle changed nothing."""

    w: np.ndarray
    b: float
    steps: tuple
    converged: bool
    epochs: int


def _weights(X, w, b):
    X, b = as_floats("X", X, ("n", "d")), as_number("b", b)
    return X, as_floats("w", w, (X.shape[1],)), b


def _targets(X, y):
    X = as_floats("X", X, ("n", "d"))
    y = as_floats("y", y, (len(X),))
    if not (np.isin(y, (0, 1)).all() or np.isin(y, (-1, 1)).all()):
        raise ValueError(f"y: expected 0 and 1, or -1 and 1, got {np.unique(y)}")
    return X, y.astype(int)


def weighted_sum(X: ArrayLike, w: ArrayLike, b: float) -> Array:
    """Return z = X w + b, shape (n,), for X (n, d), w (d,) and a number b."""
    X, w, b = _weights(X, w, b)
    return X @ w + b


def predict(
    X: ArrayLike, w: ArrayLike, b: float, *, fires_at_zero: bool = True, low: float = 0
) -> Array:
    """Return the outputs of the unit, 1 where it fires and `low` where not, shape (n,).

    Parameters
    ----------
    X : array_like, shape (n, d)
    w : array_like, shape (d,)
    b : float
    fires_at_zero : bool
        True: 1 for z ≥ 0. False: 1 for z > 0 only. Texts disagree, and on data such as the gates,
        where z is often exactly zero on the way, the two learn different weights.
    low : {0, -1}
    """
    if low not in (0, -1):
        raise ValueError(f"low: expected 0 or -1, got {low!r}")
    z = weighted_sum(X, w, b)
    return np.where(z >= 0 if fires_at_zero else z > 0, 1, low)


def train(
    X,
    y,
    *,
    w,
    b,
    learning_rate=1.0,
    fires_at_zero=True,
    fixed_threshold=False,
    max_epochs=100,
):
    """Go through the samples in turn until a whole cycle changes nothing.

    For each sample w ← w + η (y − ŷ) x and b ← b + η (y − ŷ): nothing happens where ŷ = y.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Targets 0 and 1, or −1 and 1. With −1 and 1 a mistake is ±2, so a step is twice as long.
    w : array_like, shape (d,)
        Weights to start from.
    b : float
        Bias to start from.
    learning_rate : float
        η > 0.
    fires_at_zero : bool
        As in `predict`.
    fixed_threshold : bool
        True leaves b, minus the threshold, as it is: only the weights learn. The line can then
        turn but not move freely, and some data that a line separates are out of reach.
    max_epochs : int
        Cycles after which to give up: on data that no line separates the rule never ends.

    Returns
    -------
    Run
    """
    X, y = _targets(X, y)
    X, w, b = _weights(X, w, b)
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    low = -1 if -1 in y else 0
    steps = []
    for epoch in range(1, as_count("max_epochs", max_epochs, low=1) + 1):
        changes = 0
        for i, (x, target) in enumerate(zip(X, y, strict=True)):
            z = float(x @ w + b)
            output = int(predict(x[None, :], w, b, fires_at_zero=fires_at_zero, low=low)[0])
            error = int(target) - output
            w_new = w + learning_rate * error * x
            b_new = b if fixed_threshold else b + learning_rate * error
            steps.append(Step(epoch, i, x, z, output, int(target), w, b, w_new, b_new))
            w, b = w_new, b_new
            changes += error != 0
        if changes == 0:
            return Run(w, b, tuple(steps), True, epoch)
    return Run(w, b, tuple(steps), False, max_epochs)


def _inequalities(X, y):
    """Return A (n, d + 1) with rows t (x, 1): the unit is right everywhere if A (w, b) > 0."""
    X, y = _targets(X, y)
    sign = np.where(y == 1, 1.0, -1.0)
    return sign[:, None] * np.column_stack([X, np.ones(len(X))])


def separate(X, y):
    """Return weights of a unit that is right on every sample, or None if there are none.

    Solves the linear program: least Σ|w| such that t (x w + b) ≥ 1 for every sample. The margin 1
    is no restriction (multiply w and b), and it makes > and ≥ at zero agree.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        0 and 1, or −1 and 1.

    Returns
    -------
    (w, b) : ndarray of shape (d,) and float, or None
    """
    A = _inequalities(X, y)
    d = A.shape[1] - 1
    # |w| is linear once w is written as a difference of two parts that are not negative
    split = np.hstack([A[:, :d], -A[:, :d], A[:, d:]])
    result = need("scipy", "scipy.optimize").linprog(
        c=np.r_[np.ones(2 * d), 0.0],
        A_ub=-split,
        b_ub=-np.ones(len(A)),
        bounds=[(0, None)] * (2 * d) + [(None, None)],
        method="highs-ds",
    )
    if result.status == 2:
        return None
    if not result.success:
        raise RuntimeError(f"the linear program was not solved: {result.message}")
    return result.x[:d] - result.x[d : 2 * d], float(result.x[-1])


def certificate(X, y):
    """Return multipliers that add the inequalities up to 0 > 0, or None if there are none.

    Each sample asks for t (x w + b) > 0. Multipliers λ ≥ 0, not all zero, with
    Σ λ t (x, 1) = 0 turn these demands into 0 > 0 whatever w and b are: no unit exists. By
    Gordan's theorem there are such λ exactly if `separate` finds nothing.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)

    Returns
    -------
    multipliers : ndarray, shape (n,), or None
        Scaled so that the smallest that is not zero is 1.
    """
    A = _inequalities(X, y)
    n = len(A)
    result = need("scipy", "scipy.optimize").linprog(
        c=np.zeros(n),
        A_eq=np.vstack([A.T, np.ones(n)]),
        b_eq=np.r_[np.zeros(A.shape[1]), 1.0],
        bounds=[(0, None)] * n,
        method="highs-ds",
    )
    if result.status == 2:
        return None
    if not result.success:
        raise RuntimeError(f"the linear program was not solved: {result.message}")
    multipliers = np.where(result.x < 1e-12, 0.0, result.x)
    return multipliers / multipliers[multipliers > 0].min()


def logistic(X: ArrayLike, w: ArrayLike, b: float) -> Array:
    """Return σ(X w + b), shape (n,): the smooth unit, ½ exactly where the perceptron switches."""
    return sigmoid(weighted_sum(X, w, b))
