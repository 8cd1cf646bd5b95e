"""What a demand raises, and the few ways in which demands ask."""

import warnings
from contextlib import contextmanager

import numpy as np


class Unmet(AssertionError):
    """A demand is not met; the message says what was expected and what came."""


def always(_):
    """A demand on every thing of its kind."""
    return True


def expect(condition, message):
    """Raise Unmet with this message unless the condition holds."""
    if not condition:
        raise Unmet(message)


def expect_close(what, got, wanted, *, at, rtol, atol):
    """Raise Unmet unless two arrays agree; the first place where they don't is named with `at`."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    expect(got.shape == wanted.shape, f"{what}: expected shape {wanted.shape}, got {got.shape}")
    wrong = ~np.isclose(got, wanted, rtol=rtol, atol=atol)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        raise Unmet(f"{what}: expected {wanted[place]:.6g}, got {got[place]:.6g} {at(place)}")


def expect_finite(what, got, at):
    """Raise Unmet unless every entry is finite."""
    got = np.asarray(got)
    if not np.isfinite(got).all():
        place = tuple(np.argwhere(~np.isfinite(got))[0])
        raise Unmet(f"{what}: expected finite numbers, got {got[place]} {at(place)}")


def refuses(f, *arguments, **named):
    """Whether f raises TypeError or ValueError for these."""
    try:
        f(*arguments, **named)
    except (TypeError, ValueError):
        return True
    return False


@contextmanager
def quiet():
    """Turn numpy's warnings, and all others, into errors; numbers may underflow to 0."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield
