"""Results moved by one unit in the last place, where processors may differ, and nowhere else.

IEEE 754 fixes the last digit of ``+ - * /`` and of the square root: every processor rounds them
alike, and here they are never touched. It says nothing about

- the order in which the terms of a sum are added, and whether a product within it is rounded
  (matrix products, sums, means, variances): that is the library's and the processor's choice;
- the last digit of exp, log, tanh, powers and their kind.

Even there some results are the same everywhere. A sum of at most two terms other than zero is
rounded once, or not at all; so is a product of matrices with at most one such product in an entry.
And where all terms are *short* (whole numbers, halves, quarters), so are all partial sums: each is
exact in whatever order. Such a result is short itself, that is its mantissa ends in zeros. So
results that end in at least half a mantissa of zeros stay: 0, 1, 0.75, 1024, exp(0), tanh(0). A
result that isn't exact ends like this once in a hundred million times.

A nudge is one unit of the *result*. Where large terms cancel, a real processor may move a result by
more: the kernels of OpenBLAS show that, this does not.
"""

import math

import numpy as np

# dtype -> the integers of its size, mask of the bits below half the mantissa, largest finite bits
BITS = {
    np.dtype(np.float64): (np.int64, (1 << 26) - 1, 0x7FEFFFFFFFFFFFFF),
    np.dtype(np.float32): (np.int32, (1 << 12) - 1, 0x7F7FFFFF),
}
COMPLEX = {np.dtype(np.complex128): np.float64, np.dtype(np.complex64): np.float32}
STORE = 100_003  # steps drawn beforehand: a prime, so that no loop falls in with it


class Nudges:
    """A source of steps of −1, 0 and +1 units in the last place, the same for the same seed."""

    def __init__(self, seed):
        self.steps = np.random.default_rng(seed).integers(-1, 2, STORE)
        self.at = 0

    def take(self, count):
        """The next `count` steps, an array of integers."""
        start, self.at = self.at, self.at + count
        if self.at <= STORE:
            return self.steps[start : self.at]
        self.at %= STORE
        return np.take(self.steps, np.arange(start, start + count), mode="wrap")

    def __call__(self, result, free=True):
        """Return `result` nudged; an array in place.

        Parameters
        ----------
        result : anything
            Floats, arrays of floats or complex numbers, tuples of these. All else comes back as
            it is.
        free : bool or array of bool that fits `result`
            Where an entry may move.
        """
        if isinstance(result, np.ndarray):
            self._array(result, free)
            return result
        if isinstance(result, (float, np.floating, np.complexfloating, complex)):
            if isinstance(result, (float, np.floating)) and (not free or _short(result)):
                return result
            array = np.array(result)
            self._array(array, free)
            return type(result)(array[()])
        if isinstance(result, tuple) and not isinstance(result, str):
            items = [self(item, free) for item in result]
            return type(result)(*items) if hasattr(result, "_fields") else tuple(items)
        return result

    def _array(self, array, free):
        if array.dtype in COMPLEX:
            for part in (array.real, array.imag):
                self._array(part, free)
            return
        if array.dtype not in BITS or not array.size or not array.flags.writeable:
            return
        integer, low, largest = BITS[array.dtype]
        bits = array.view(integer)
        # infinite numbers and "not a number" end in zeros too
        move = (bits & low) != 0
        if free is not True:
            move &= free
        move &= (bits & np.iinfo(integer).max) != largest
        steps = self.take(array.size).reshape(array.shape)
        bits += (steps * move).astype(integer, copy=False)


def _short(x):
    if isinstance(x, np.float32):
        return not int(x.view(np.int32)) & BITS[np.dtype(np.float32)][1]
    if isinstance(x, float):  # np.float64 is one
        if not math.isfinite(x) or x == 0:
            return True
        mantissa, _ = math.frexp(x)
        return (mantissa * 2**27).is_integer()
    return False


def several_products(a, b):
    """Where an entry of the matrix product of `a` and `b` has two terms other than zero or more."""
    a, b = np.asarray(a), np.asarray(b)
    inner = a.shape[-1] if a.ndim else 1
    if inner < 2:
        return False
    if a.all() and b.all():
        return True
    return np.matmul((a != 0).astype(np.float32), (b != 0).astype(np.float32)) > 1.5


def several_terms(a, axis, keepdims, where=True):
    """Where a sum of `a` along `axis` has three terms other than zero or more."""
    a = np.asarray(a)
    count = np.sum(a != 0, axis=axis, keepdims=keepdims, where=where)
    return count > 2
