"""Checks at the boundary: every array a user hands in passes through here once.

An error names the argument, what was expected and what came.
"""

import numbers

import numpy as np


def as_floats(name, value, shape=None):
    """Return `value` as a float64 array, or say why it cannot be one.

    Integers are taken where float64 holds them exactly. Nothing is copied needlessly and nothing
    is broadcast.

    Parameters
    ----------
    name : str
        What the argument is called in the message.
    value : array_like
    shape : tuple of int or str, optional
        The expected shape; a letter stands for any size of at least 1, as in ``("n", 3)``.

    Raises
    ------
    TypeError
        If the entries are not real numbers, or are integers that float64 would round.
    ValueError
        If the rows differ in length, the shape is another one, an axis is empty, or an entry is
        NaN or infinite.
    """
    try:
        given = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: expected rows of equal length, got ragged ones") from None
    if given.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected real numbers, got entries of type {given.dtype}")
    array = given.astype(np.float64, copy=False)
    if given.dtype.kind in "iu" and not all(map(_is_exact, given.flat, array.flat)):
        raise TypeError(f"{name}: expected floats, got integers too large to be exact in float64")
    if shape is not None:
        check_shape(name, array, shape)
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[place]} at {place}")
    return array


def _is_exact(integer, number):
    return int(integer) == int(number)


def check_shape(name, array, shape):
    """Raise ValueError unless `array` has `shape`, where a letter stands for any size but 0."""
    same = array.ndim == len(shape) and all(
        got > 0 if isinstance(expected, str) else got == expected
        for got, expected in zip(array.shape, shape)
    )
    if not same:
        wanted = ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "")
        why = " (it is empty)" if array.size == 0 else ""
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}{why}")


def as_number(name, value, *, low=None, above=None, high=None):
    """Return `value` as a finite float within the limits.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is not finite, less than `low`, not greater than `above`, or greater than `high`.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    number = float(value)
    limits = []
    if low is not None:
        limits.append((number >= low, f">= {low}"))
    if above is not None:
        limits.append((number > above, f"> {above}"))
    if high is not None:
        limits.append((number <= high, f"<= {high}"))
    if not np.isfinite(number) or not all(ok for ok, _ in limits):
        wanted = " and ".join(["a finite number", *(text for _, text in limits)])
        raise ValueError(f"{name}: expected {wanted}, got {number}")
    return number


def as_count(name, value, *, low=0, high=None):
    """Return `value` as an int between `low` and `high`.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is out of range.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    if value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"{name}: expected an integer of {limits}, got {value}")
    return int(value)


def as_rng(rng, why):
    """Return `rng`, which must be a numpy Generator; `why` says what it is needed for."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng: expected a numpy.random.Generator ({why}), as in "
            f"rng=numpy.random.default_rng(0); got {rng!r}"
        )
    return rng
