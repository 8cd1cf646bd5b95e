r"""Gradients from function values alone, and how far another gradient is from them.

=========  =====================================  ==========================
symbol     meaning                                in code
=========  =====================================  ==========================
f          a function of x with one number        ``f(x) -> float``
h_i        step of parameter i                    ``step``
ε          distance from 1 to the next float      ``EPSILON``, 2.2e-16
=========  =====================================  ==========================

∂f/∂x_i ≈ (f(x + h_i e_i) - f(x - h_i e_i)) / 2h_i
"""

from dataclasses import dataclass

import numpy as np

from handgrad._arrays import as_floats, as_number
from handgrad.network import cost, from_vector, loss_for, to_vector

EPSILON = np.finfo(float).eps
FLOOR = 1e-3


def steps(x):
    """A step for each parameter, scaled to its size: ε^{1/3} max(1, |x_i|).

    The formula is wrong by about h² f'''/6 (it cuts the Taylor series) and by about ε f/h (f is
    rounded).  Their sum is least near h = (3 ε f/f''')^{1/3}: the cube root of ε, 6e-6, times the
    length over which f changes.  That length grows with a large parameter, but does not shrink to
    nothing for one near zero: hence the 1.
    """
    return np.cbrt(EPSILON) * np.maximum(1.0, np.abs(x))


def central_difference(f, x, step=None):
    """The gradient of f at x by central differences, one parameter at a time.

    Parameters
    ----------
    f : callable
        Takes an array like x, returns one number.
    x : array_like, any shape
    step : float or array_like shaped like x, optional
        Default: see :func:`steps`.

    Returns
    -------
    array shaped like x
    """
    x = as_floats("x", x)
    return _one_by_one(f, x, _steps_for(x, step), lambda up, here, down, h: (up - down) / (2 * h))


def _steps_for(x, step):
    if step is None:
        return steps(x)
    step = np.broadcast_to(as_floats("step", step), x.shape)
    if (step <= 0).any():
        raise ValueError(f"step: expected positive numbers, got {step.min()}")
    return step


def _one_by_one(f, x, h, formula):
    """``formula(f(x + h), f(x), f(x - h), h)`` for each entry of x."""
    here = _number(f(x.copy()))
    result = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        values = []
        for side in (+1, -1):
            moved = x.copy()
            moved[place] += side * h[place]
            values.append((_number(f(moved)), moved[place]))
        (up, above), (down, below) = values
        # half the distance really moved: x + h is rounded to a float
        result[place] = formula(up, here, down, (above - below) / 2)
    return result


def _number(value):
    value = np.asarray(value, dtype=float)
    if value.size != 1:
        raise ValueError(f"f: expected one number, got shape {value.shape}")
    return value.item()


def kinks(f, x, tolerance=1e-6):
    """Where f has a kink within a step of x, so that a central difference means nothing.

    The gap between the two one-sided differences, (f(x+h) - 2f(x) + f(x-h)) / h, is about h f''
    where f is smooth: a tenth of the step gives a tenth of the gap.  At a kink the gap stays as it
    is; at a kink a little to the side it vanishes.  Both break the proportion.

    Parameters
    ----------
    f, x
        As in :func:`central_difference`.
    tolerance : float
        Gaps out of proportion by less than this, compared with the slopes, are let pass.

    Returns
    -------
    array of bool, shaped like x
    """
    x = as_floats("x", x)

    def gap(up, here, down, h):
        return ((up - here) - (here - down)) / h

    h = steps(x)
    wide, narrow = _one_by_one(f, x, h, gap), _one_by_one(f, x, h / 10, gap)
    slope = np.abs(central_difference(f, x))
    rounding = 100 * EPSILON * abs(_number(f(x.copy()))) / (h / 10)
    return np.abs(wide - 10 * narrow) > tolerance * np.maximum(1.0, slope) + 10 * rounding


def relative_errors(a, b, floor=FLOOR):
    """abs(a - b) entry by entry, compared with the size of what is compared.

    Each difference is divided by the larger of abs(a) and abs(b), but at least by ``floor`` times the
    largest entry (or times 1, if all are smaller): a number that ought to be zero is never exactly
    zero, and two such numbers differ by 100 % without meaning anything.

    Returns
    -------
    array shaped like a and b
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, got {a.shape} and {b.shape}")
    size = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.maximum(size, floor * max(1.0, size.max(initial=0.0)))


def relative_error(a, b, floor=FLOOR):
    """The largest of the :func:`relative_errors` of two numbers or arrays, a float."""
    return float(relative_errors(a, b, floor).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Report:
    """What :func:`check_gradient` found.

    Attributes
    ----------
    ok : bool
        All entries agree; at a kink, the entry lies between the two one-sided slopes.
    error : float
        Largest relative error among the entries without a kink.
    worst : tuple
        Its index in x.
    kinks : list of tuple
        Indices of the entries with a kink within a step: there the two sides are compared.
    numeric : array
        The central differences.
    """

    ok: bool
    error: float
    worst: tuple
    kinks: list
    numeric: np.ndarray
    tolerance: float

    def __bool__(self):
        return self.ok

    def __str__(self):
        where = f" at {self.worst}" if self.error > self.tolerance else ""
        text = (
            f"{'right' if self.ok else 'wrong'}: largest relative error "
            f"{self.error:.0e}{where}, allowed {self.tolerance:.0e}"
        )
        if self.kinks:
            text += (
                f"; a kink within a step of {_listed(self.kinks)}: there the gradient is only "
                "asked to lie between the slopes of the two sides"
            )
        return text


def _listed(places, most=5):
    text = ", ".join(str(place) for place in places[:most])
    return text if len(places) <= most else f"{text} and {len(places) - most} more"


def check_gradient(f, x, dx, tolerance=1e-6):
    """Compare a gradient with central differences.

    Parameters
    ----------
    f, x
        As in :func:`central_difference`.
    dx : array_like shaped like x
        The gradient to check.
    tolerance : float
        Largest relative error allowed.

    Returns
    -------
    Report
        True in an ``if`` or ``assert`` when the gradient is right.
    """
    x = as_floats("x", x)
    dx = as_floats("dx", dx, x.shape)
    as_number("tolerance", tolerance, above=0)
    numeric = central_difference(f, x)
    kink = kinks(f, x)
    errors = relative_errors(dx, numeric)
    smooth = np.where(kink, 0.0, errors)
    worst = np.unravel_index(smooth.argmax(), x.shape)
    ok = bool((smooth <= tolerance).all())
    if kink.any():
        h = steps(x)
        right = _one_by_one(f, x, h, lambda up, here, down, h: (up - here) / h)
        left = _one_by_one(f, x, h, lambda up, here, down, h: (here - down) / h)
        slack = 10 * tolerance * np.maximum(1.0, np.abs(numeric))
        between = (dx >= np.minimum(left, right) - slack) & (dx <= np.maximum(left, right) + slack)
        ok = ok and bool(between[kink].all())
    return Report(
        ok,
        float(smooth.max()),
        tuple(int(i) for i in worst),
        [tuple(int(i) for i in place) for place in np.argwhere(kink)],
        numeric,
        tolerance,
    )


@dataclass(frozen=True, eq=False)
class Differences:
    """dW and db by central differences, keyed by the layer, and the names at kinks.

    ``kinks`` lists ``("w", l, i, j)`` and ``("b", l, j)`` of the parameters for which the cost has
    a kink within a step: their differences are not to be trusted.
    """

    dW: dict
    db: dict
    kinks: list


def network_differences(net, X, Y, loss="half_squared_error", step=None):
    """The gradients of a network from its costs alone.

    Parameters
    ----------
    net : Network
    X : array_like (n, d_1)
    Y : array_like (n, d_L)
    loss : str or Loss
    step : float, optional
        One step for all parameters; default as in :func:`steps`.

    Returns
    -------
    Differences
        ``dW[l]`` (d_{l-1}, d_l), ``db[l]`` (d_l,) and ``kinks``.
    """
    loss = loss_for(net, loss).unchecked()
    X = as_floats("X", X, ("n", net.sizes[0]))
    Y = as_floats("Y", Y, (len(X), net.sizes[-1]))

    def J(v):
        return cost(from_vector(net, v, check=False), X, Y, loss, check=False)

    v = to_vector(net)
    d = from_vector(net, central_difference(J, v, step))
    kink = from_vector(net, kinks(J, v).astype(float))
    names = []
    for l in net.W:
        names += [("w", l, int(i) + 1, int(j) + 1) for i, j in np.argwhere(kink.W[l])]
        names += [("b", l, int(j) + 1) for (j,) in np.argwhere(kink.b[l])]
    return Differences(d.W, d.b, names)
