"""Linear regression: one input by gradient descent, several by the closed form.

==========  =======================================  ======  ===============
symbol      meaning                                  shape   Python name
==========  =======================================  ======  ===============
x           inputs                                   (n,)    ``x``
y           targets                                  (n,)    ``y``
w, b        slope and intercept                      ()      ``w``, ``b``
ŷ = wx + b  predictions                              (n,)    ``y_hat``
J           cost, mean over samples of ½(ŷ − y)²     ()      ``cost``
∂J/∂w       partial for the slope                    ()      ``dw``
∂J/∂b       partial for the intercept                ()      ``db``
η           learning rate                            ()      ``learning_rate``
X           d inputs, the weights then being (d,)    (n, d)  ``X``
==========  =======================================  ======  ===============
"""

from __future__ import annotations

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number
from handgrad._types import Array, ArrayLike


def _data(x, y):
    x = as_floats("x", x, ("n",))
    return x, as_floats("y", y, (len(x),))


def predict(x: ArrayLike, w: float, b: float) -> Array:
    """Return the line ŷ = w x + b at `x`, shape (n,), for numbers w and b."""
    return as_number("w", w) * as_floats("x", x, ("n",)) + as_number("b", b)


def cost(x: ArrayLike, y: ArrayLike, w: float, b: float) -> float:
    """Return J = 1/n Σ ½(ŷ − y)².

    Parameters
    ----------
    x, y : array_like, shape (n,)
    w, b : float
    """
    x, y = _data(x, y)
    return float(np.mean((predict(x, w, b) - y) ** 2) / 2)


def gradient(x: ArrayLike, y: ArrayLike, w: float, b: float) -> tuple[float, float]:
    """Return the two partials of J.

    ∂J/∂w = 1/n Σ (ŷ − y) x and ∂J/∂b = 1/n Σ (ŷ − y).

    Parameters
    ----------
    x, y : array_like, shape (n,)
    w, b : float

    Returns
    -------
    dw, db : float
    """
    x, y = _data(x, y)
    return _gradient(x, y, as_number("w", w), as_number("b", b))


def _gradient(x, y, w, b):
    residual = w * x + b - y
    return float(np.mean(residual * x)), float(np.mean(residual))


def descend(x, y, w, b, *, learning_rate, steps):
    """Walk downhill: in each step w ← w − η ∂J/∂w and b ← b − η ∂J/∂b, both at once.

    Parameters
    ----------
    x, y : array_like, shape (n,)
    w, b : float
        Where to start.
    learning_rate : float
        η > 0. Above `largest_learning_rate(x)` the path runs away.
    steps : int

    Returns
    -------
    path : ndarray, shape (steps + 1, 2)
        The pairs (w, b), the first one the start.

    Raises
    ------
    ValueError
        If the learning rate is not positive or the path leaves the floating-point numbers.
    """
    x, y = _data(x, y)
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    path = [(as_number("w", w), as_number("b", b))]
    for _ in range(as_count("steps", steps, low=0)):
        w, b = path[-1]
        with np.errstate(over="ignore", invalid="ignore"):
            dw, db = _gradient(x, y, w, b)
            path.append((w - learning_rate * dw, b - learning_rate * db))
        if not np.isfinite(path[-1]).all():
            raise ValueError(
                f"the path left the floating-point numbers in step {len(path) - 1}: learning_rate "
                f"{learning_rate:g} is above the limit {largest_learning_rate(x):.4g} of these data"
            )
    return np.array(path)


def hessian(x: ArrayLike) -> Array:
    """Return the second derivatives of J in (w, b), shape (2, 2): [[mean x², mean x], [mean x, 1]].

    They don't depend on w, b or the targets: the surface is one bowl for given inputs.
    """
    x = as_floats("x", x, ("n",))
    return np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1.0]])


def largest_learning_rate(x: ArrayLike) -> float:
    """Return 2/λ_max of the Hessian: descent converges exactly for 0 < η < this.

    Along the eigenvector of λ the distance to the minimum is multiplied by 1 − ηλ in every step,
    and −1 < 1 − ηλ < 1 for all λ means η < 2/λ_max.
    """
    return float(2 / np.linalg.eigvalsh(hessian(x))[-1])


def least_squares(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Return the (w, b) at which both partials are zero, from the closed form.

    w = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)² and b = ȳ − w x̄.

    Raises
    ------
    ValueError
        If all inputs are equal: then every slope fits as well as another.
    """
    x, y = _data(x, y)
    if np.ptp(x) == 0:
        raise ValueError(f"x: expected at least two different values, got {len(x)} times {x[0]:g}")
    centred = x - x.mean()
    w = np.sum(centred * (y - y.mean())) / np.sum(centred**2)
    return float(w), float(y.mean() - w * x.mean())


def least_squares_several(X: ArrayLike, y: ArrayLike) -> tuple[Array, float]:
    """Return the weights w (d,) and the bias b at which every partial is zero: d inputs.

    All partials are zero where AᵀA (w, b) = Aᵀy, with A the inputs and a column of ones beside
    them. The inputs and the targets are centred first: then b drops out, and b = ȳ − x̄ w. What is
    left is solved from the singular values of A itself (`numpy.linalg.lstsq`): forming AᵀA would
    lose half of the digits.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)

    Returns
    -------
    w : ndarray, shape (d,)
    b : float

    Raises
    ------
    ValueError
        If the columns of X, with the one of ones, depend on one another: then many weights fit
        equally well. So it is with fewer than d + 1 samples.
    """
    X = as_floats("X", X, ("n", "d"))
    y = as_floats("y", y, (len(X),))
    n, d = X.shape
    x_mean, y_mean = X.mean(axis=0), y.mean()
    scale = np.abs(X).max(axis=0)  # a column in other units shall not look like a multiple of 0
    scale[scale == 0] = 1.0
    w, _, rank, _ = np.linalg.lstsq((X - x_mean) / scale, y - y_mean, rcond=None)
    if rank < d:
        raise ValueError(
            f"X: expected {d} columns none of which follows from the others and a constant, got "
            f"{rank} of them in {n} samples; try fewer columns or more samples"
        )
    w = w / scale
    return w, float(y_mean - x_mean @ w)
