"""Checks of arguments, shared by the modules that take data sets.

Every check returns a float64 copy or raises an error that names what was expected and what came.
"""

import numpy as np


def array(name, value, ndim, columns=None):
    """Return `value` as a float64 array of `ndim` axes, finite and not empty.

    Parameters
    ----------
    name : str
        How the error calls the argument.
    value : array_like
    ndim : int
        1 for (n,), 2 for (n, d).
    columns : int, optional
        Size that the last axis of a matrix must have.

    Raises
    ------
    TypeError
        If `value` is not numeric.
    ValueError
        If it has another number of axes or columns, is empty, or is not finite.
    """
    try:
        result = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {value!r:.80}") from None
    shape = {0: "a number", 1: "a vector (n,)", 2: f"a matrix (n, {columns or 'd'})"}[ndim]
    if result.ndim != ndim or (columns and result.shape[-1] != columns):
        raise ValueError(f"{name} must be {shape}, got shape {result.shape}")
    if result.size == 0:
        raise ValueError(f"{name} must hold at least one sample, got shape {result.shape}")
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got {np.sum(~np.isfinite(result))} not-finite values")
    return result


def same_length(**arrays):
    """Raise ValueError unless all arrays have the same first axis."""
    lengths = {name: len(value) for name, value in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"one row for each sample in every array: {found}")


def number(name, value, *, above=-np.inf, at_least=-np.inf):
    """Return `value` as a finite float inside the bounds, or raise ValueError."""
    result = array(name, value, 0).item()
    if not result > above:
        raise ValueError(f"{name} must be above {above:g}, got {result:g}")
    if not result >= at_least:
        raise ValueError(f"{name} must be at least {at_least:g}, got {result:g}")
    return result


def count(name, value, *, at_least=1):
    """Return `value` as an int of at least `at_least`, or raise."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
    return int(value)


def generator(rng):
    """Return `rng` if it is a numpy Generator, else raise TypeError."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got {rng!r}"
        )
    return rng
