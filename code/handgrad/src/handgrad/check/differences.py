r"""Gradients from function values alone, and how far another gradient is from them.

=========  =====================================  ==========================
symbol     meaning                                in code
=========  =====================================  ==========================
f          a function of x with one number        ``f(x) -> float``
h_i        step of parameter i                    ``step``
ε          distance from 1 to the next float      ``EPSILON``, 2.2e-16
=========  =====================================  ==========================

∂f/∂x_i ≈ (f(x + h_i e_i) - f(x - h_i e_i)) / 2h_i

All is computed in float64, whatever comes in: differences of float32 would be right to four digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from handgrad import _core
from handgrad._arrays import as_floats, as_function, as_number
from handgrad._types import Array, ArrayLike
from handgrad.network import (
    Network,
    check_network,
    from_vector,
    loss_for,
    make_network,
    to_vector,
)
from handgrad.training import objective

EPSILON = np.finfo(float).eps
FLOOR = 1e-3
TIE = 1e-3  # errors that differ by less than this share are equally large


def steps(x: ArrayLike) -> Array:
    """A step for each parameter, scaled to its size: ε^{1/3} max(1, |x_i|).

    The formula is wrong by about h² f'''/6 (it cuts the Taylor series) and by about ε f/h (f is
    rounded).  Their sum is least near h = (3 ε f/f''')^{1/3}: the cube root of ε, 6e-6, times the
    length over which f changes.  That length grows with a large parameter, but does not shrink to
    nothing for one near zero: hence the 1.
    """
    return np.cbrt(EPSILON) * np.maximum(1.0, np.abs(x))


def central_difference(f: Callable, x: ArrayLike, step: ArrayLike | None = None) -> Array:
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
    x = _place(x)
    _here(f, x)
    return _core.central_difference(_numbers(f), x, _steps_for(x, step))


def _place(x):
    """x as an array with something in it."""
    x = as_floats("x", x)
    if x.size == 0:
        raise ValueError(f"x: expected at least one number, got shape {x.shape}")
    return x


def _steps_for(x, step):
    if step is None:
        return steps(x)
    if np.asarray(step).dtype == bool:
        raise TypeError(f"step: expected a number, got {step!r}")
    step = as_floats("step", step)
    if step.shape not in ((), x.shape):
        raise ValueError(f"step: expected one number or shape {x.shape}, got {step.shape}")
    if (step <= 0).any():
        raise ValueError(f"step: expected positive numbers, got {step.min()}")
    return np.broadcast_to(step, x.shape)


def _here(f, x):
    """f(x), the first thing that is asked of f."""
    return _number(as_function("f", f)(x.copy()))


def _numbers(f):
    """f, asked for one number at each call."""
    return lambda x: _number(f(x))


def _number(value):
    value = np.asarray(value)
    if value.dtype.kind not in "fiub" or value.size != 1:
        raise ValueError(f"f: expected one number, got shape {value.shape} of {value.dtype}")
    return float(value.item())


def kinks(f: Callable, x: ArrayLike, tolerance: float = 1e-6) -> Array:
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
    x = _place(x)
    as_number("tolerance", tolerance, above=0)
    h, here = steps(x), _here(f, x)
    up, down, step = _core.sides(_numbers(f), x, h)
    wide = ((up - here) - (here - down)) / step
    slope = np.abs((up - down) / (2 * step))
    up, down, step = _core.sides(_numbers(f), x, h / 10)
    narrow = ((up - here) - (here - down)) / step
    rounding = 100 * EPSILON * abs(here) / (h / 10)
    return np.abs(wide - 10 * narrow) > tolerance * np.maximum(1.0, slope) + 10 * rounding


def relative_errors(a: ArrayLike, b: ArrayLike, floor: float = FLOOR) -> Array:
    """abs(a - b) entry by entry, compared with the size of what is compared.

    Each difference is divided by the larger of abs(a) and abs(b), but at least by ``floor`` times
    the largest entry (or times 1, if all are smaller): a number that ought to be zero is never
    exactly zero, and two such numbers differ by 100 % without meaning anything.

    Returns
    -------
    array shaped like a and b
    """
    a, b, floor = as_floats("a", a), as_floats("b", b), as_number("floor", floor, above=0)
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, got {a.shape} and {b.shape}")
    size = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.maximum(size, floor * max(1.0, size.max(initial=0.0)))


def relative_error(a: ArrayLike, b: ArrayLike, floor: float = FLOOR) -> float:
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
        Its index in x; of several that differ by less than a thousandth, the first.
    kinks : list of tuple
        Indices of the entries with a kink within a step: there the two sides are compared.
    numeric : array
        The central differences.
    outside : tuple of tuple
        Those of `kinks` where the gradient is beyond the slopes of both sides.
    """

    ok: bool
    error: float
    worst: tuple
    kinks: list
    numeric: np.ndarray
    tolerance: float
    outside: tuple = ()

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
        if self.outside:
            text += f", and it does not at {_listed(self.outside)}"
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
    x = _place(x)
    dx = as_floats("dx", dx, x.shape)
    as_number("tolerance", tolerance, above=0)
    numeric = central_difference(f, x)
    kink = kinks(f, x)
    errors = relative_errors(dx, numeric)
    smooth = np.where(kink, 0.0, errors)
    # among entries equally wrong but for rounding, the first: the same one on every machine
    worst = np.unravel_index((smooth >= (1 - TIE) * smooth.max(initial=0.0)).argmax(), x.shape)
    outside = kink & ~_between_the_sides(f, x, dx, tolerance) if kink.any() else kink
    return Report(
        bool((smooth <= tolerance).all() and not outside.any()),
        float(smooth.max()),
        tuple(int(i) for i in worst),
        _places(kink),
        numeric,
        tolerance,
        tuple(_places(outside)),
    )


def _between_the_sides(f, x, dx, tolerance):
    """Where dx lies between the slopes of the two sides, give or take what these are off.

    A slope of one side, (f(x + h) - f(x)) / h, is wrong by h f''/2 and by about ε f/h. Their sum is
    least near h = sqrt(ε), far below the step of a central difference; so a kink a little to the
    side is mostly beyond it.
    """
    here = _here(f, x)
    h = np.sqrt(EPSILON) * np.maximum(1.0, np.abs(x))
    up, down, h = _core.sides(_numbers(f), x, h)
    right, left = (up - here) / h, (here - down) / h
    low, high = np.minimum(left, right), np.maximum(left, right)
    slack = 10 * tolerance * np.maximum(1.0, np.maximum(-low, high)) + 4 * EPSILON * abs(here) / h
    return (low - slack <= dx) & (dx <= high + slack)


def _places(where):
    return [tuple(int(i) for i in place) for place in np.argwhere(where)]


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
    check_network(net)
    net, loss = make_network(net.W, net.b, net.s, dtype="float64"), loss_for(net, loss)
    J = objective(net, X, Y, loss=loss)
    v = to_vector(net)

    def at(v):
        return J.J(Network(*_core.views(net, v), J.net.s), J.X, J.Y)

    d = from_vector(net, central_difference(at, v, step))
    kink = from_vector(net, kinks(at, v).astype(float))
    names = []
    for l in net.W:
        names += [("w", l, int(i) + 1, int(j) + 1) for i, j in np.argwhere(kink.W[l])]
        names += [("b", l, int(j) + 1) for (j,) in np.argwhere(kink.b[l])]
    return Differences(d.W, d.b, names)
