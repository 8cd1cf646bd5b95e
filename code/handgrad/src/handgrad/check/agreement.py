"""Do several ways to the same result agree, and does a printed figure agree with a value?"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import combinations

import numpy as np

from handgrad._arrays import as_number
from handgrad._types import ArrayLike

from .differences import relative_errors

# Central differences are good to about ε^{2/3} of the size of f, however small the slope.
DIFFERENCES_TOLERANCE, DIFFERENCES_FLOOR = 1e-6, 1e-3
EXACT_FLOOR = 1e-5


class Disagreement(AssertionError):
    """Two ways to the same result differ."""


class Agreement(str):
    """What :func:`agree` returns: a sentence, shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def agree(tolerance: float = 1e-9, **ways: ArrayLike) -> Agreement:
    """Raise where two ways to the same result differ, else say that they agree.

    Parameters
    ----------
    tolerance : float
        Largest relative error between two ways.  A way called ``differences`` (central
        differences) is allowed 1e-6 or ``tolerance``, whichever is larger.
    **ways
        The result of each way: a number, an array, or a dict or list of them (nested as you like);
        an object with ``dW`` and ``db`` stands for the two.

    Returns
    -------
    Agreement
        A sentence, the same on every machine.

    Raises
    ------
    Disagreement
        Naming the two ways, the place and both values.

    Examples
    --------
    >>> agree(hand=0.75, package=3 / 4)
    hand and package agree: 0.75
    """
    tolerance = as_number("tolerance", tolerance, low=0)
    if len(ways) < 2:
        raise ValueError(f"agree: expected at least two ways, got {len(ways)}")
    flat = {name: dict(_flatten(name, value)) for name, value in ways.items()}
    for name, arrays in flat.items():
        for place, array in arrays.items():
            if not np.isfinite(array).all():
                at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise Disagreement(f"{name}{place}{_index(at)} is {array[at]}: not a finite number")
    for one, other in combinations(ways, 2):
        _compare(one, flat[one], other, flat[other], tolerance)

    *most, last = ways
    sentence = f"{', '.join(most)} and {last} agree"
    first = flat[next(iter(ways))]
    count = sum(array.size for array in first.values())
    if count == 1:
        (array,) = first.values()
        value = array.item()
        return Agreement(f"{sentence}: {0.0 if abs(value) < 1e-12 else value:.6g}")
    return Agreement(f"{sentence}: {count} numbers")


def _flatten(name, value, place=""):
    """(place, array) for every array in nested dicts, lists and gradients."""
    if hasattr(value, "dW") and hasattr(value, "db"):
        value = {"dW": value.dW, "db": value.db}
    if isinstance(value, dict):
        for key in value:
            yield from _flatten(name, value[key], f"{place}[{key!r}]")
    elif isinstance(value, (list, tuple)) and any(np.ndim(v) or isinstance(v, dict) for v in value):
        for k, item in enumerate(value):
            yield from _flatten(name, item, f"{place}[{k}]")
    else:
        try:
            yield place, np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise TypeError(f"{name}{place}: expected numbers, got {value!r}") from None


def _compare(one, arrays, other, others, tolerance):
    if arrays.keys() != others.keys():
        odd = next(iter(arrays.keys() ^ others.keys()))
        raise Disagreement(f"{one} and {other} differ: only one of them has {odd or 'a number'}")
    floor = EXACT_FLOOR
    if "differences" in (one, other):
        tolerance, floor = max(tolerance, DIFFERENCES_TOLERANCE), DIFFERENCES_FLOOR
    for place in arrays:
        a, b = arrays[place], others[place]
        if a.shape != b.shape:
            raise Disagreement(f"{one}{place} has shape {a.shape}, {other}{place} {b.shape}")
        errors = relative_errors(a, b, floor)
        if errors.size and errors.max() > tolerance:
            at = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
            raise Disagreement(
                f"{one} and {other} differ: {one}{place}{_index(at)} = {a[at]:.12g}, "
                f"{other}{place}{_index(at)} = {b[at]:.12g} "
                f"(relative error {errors[at]:.1e}, allowed {tolerance:.0e})"
            )


def _index(at):
    return f"[{', '.join(map(str, at))}]" if at else ""


def holds(printed: str, value: float) -> str | None:
    """Does a value agree with a printed decimal, rounded or cut to the digits printed?

    Parameters
    ----------
    printed : str
        As in a book: "0.2317", "5.5090e-04", "8.0", "-0.0190".  Every digit counts: "8.0" speaks
        of tenths, "8" of units.
    value : float, int, Fraction or Decimal

    Returns
    -------
    str or None
        "rounded" if the value is within half a unit of the last digit (at exactly half, either
        neighbour is a fair rounding); "cut" if the printed digits are those of the value with the
        rest dropped; None if neither.
    """
    if not isinstance(printed, str):
        raise TypeError(f"printed: expected a string, digits as printed, got {printed!r}")
    try:
        decimal = Decimal(printed.strip().replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        raise ValueError(f"printed: expected a decimal number, got {printed!r}") from None
    if not decimal.is_finite():
        raise ValueError(f"printed: expected a finite number, got {printed!r}")
    exact, slack = _exact(value)
    unit = Fraction(10) ** int(decimal.as_tuple().exponent)
    figure = Fraction(decimal)
    if abs(exact - figure) <= unit / 2 + slack:
        return "rounded"
    same_sign = exact * figure > 0 or figure == 0
    if same_sign and -slack <= abs(exact) - abs(figure) < unit:
        return "cut"
    return None


def _exact(value):
    """The value as a fraction, and how far it may be from what was meant.

    A float stands for its shortest decimal (0.145, not 0.1449999999999999900...), and arithmetic
    may have moved it by a few units in the last place: 0.1 + 0.2 is a fair 0.3.
    """
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value), Fraction(0)
    if isinstance(value, Decimal) and value.is_finite():
        return Fraction(value), Fraction(0)
    number = as_number("value", value)
    return Fraction(repr(number)), 4 * Fraction(float(np.spacing(abs(number))))
