"""Linear regression with one input, by gradient descent.

==========  =======================================  =====  ===============
symbol      meaning                                  shape  Python name
==========  =======================================  =====  ===============
x           inputs                                   (n,)   ``x``
y           targets                                  (n,)   ``y``
w, b        slope and intercept                      ()     ``w``, ``b``
ŷ = wx + b  predictions                              (n,)   ``y_hat``
J           cost, mean over samples of ½(ŷ − y)²     ()     ``cost``
∂J/∂w       partial for the slope                    ()     ``dw``
∂J/∂b       partial for the intercept                ()     ``db``
η           learning rate                            ()     ``learning_rate``
==========  =======================================  =====  ===============
"""

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number


def _data(x, y):
    x = as_floats("x", x, ("n",))
    return x, as_floats("y", y, (len(x),))


def predict(x, w, b):
    """Return the line ŷ = w x + b at `x`, shape (n,)."""
    return w * as_floats("x", x, ("n",)) + b


def cost(x, y, w, b):
    """Return J = 1/n Σ ½(ŷ − y)².

    Parameters
    ----------
    x, y : array_like, shape (n,)
    w, b : float
    """
    x, y = _data(x, y)
    return float(np.mean((predict(x, w, b) - y) ** 2) / 2)


def gradient(x, y, w, b):
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
    residual = predict(x, w, b) - y
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
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    path = [(as_number("w", w), as_number("b", b))]
    for _ in range(as_count("steps", steps, low=0)):
        w, b = path[-1]
        with np.errstate(over="ignore", invalid="ignore"):
            dw, db = gradient(x, y, w, b)
            path.append((w - learning_rate * dw, b - learning_rate * db))
        if not np.isfinite(path[-1]).all():
            raise ValueError(
                f"the path left the floating-point numbers in step {len(path) - 1}: learning_rate "
                f"{learning_rate:g} is above the limit {largest_learning_rate(x):.4g} of these data"
            )
    return np.array(path)


def hessian(x):
    """Return the second derivatives of J in (w, b), shape (2, 2): [[mean x², mean x], [mean x, 1]].

    They don't depend on w, b or the targets: the surface is one bowl for given inputs.
    """
    x = as_floats("x", x, ("n",))
    return np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1.0]])


def largest_learning_rate(x):
    """Return 2/λ_max of the Hessian: descent converges exactly for 0 < η < this.

    Along the eigenvector of λ the distance to the minimum is multiplied by 1 − ηλ in every step,
    and −1 < 1 − ηλ < 1 for all λ means η < 2/λ_max.
    """
    return float(2 / np.linalg.eigvalsh(hessian(x))[-1])


def least_squares(x, y):
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
