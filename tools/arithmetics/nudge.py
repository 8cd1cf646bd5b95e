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


class Nudges:
    """Steps of −1, 0 and +1 units in the last place, as often the one as the other.

    On a processor the same numbers give the same result whenever they come, and tanh(−x) is
    −tanh(x). So a step isn't drawn but follows from the seed and the size of the result, by a
    function that scatters its bits: the order of a computation doesn't matter, and a cell that is
    run twice gives the same digits.
    """

    def __init__(self, seed):
        self.key = np.random.SeedSequence(seed).generate_state(1, np.uint64)

    def steps(self, size):
        """−1, 0 or 1 for each of an array of sizes: the bits of floats without their sign."""
        mixed = size.astype(np.uint64)
        mixed ^= self.key
        for factor, shift in ((0x9E3779B97F4A7C15, 29), (0xBF58476D1CE4E5B9, 32)):
            mixed *= np.uint64(factor)
            mixed ^= mixed >> np.uint64(shift)
        return (mixed % np.uint64(3)).astype(np.int64) - 1

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
            array = np.array([result])
            self._array(array, free)
            return type(result)(array[0])
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
        bits = array.reshape(1).view(integer) if array.ndim == 0 else array.view(integer)
        size = bits & np.iinfo(integer).max
        # infinite numbers and "not a number" end in zeros too
        move = ((size & low) != 0) & (size != largest)
        if free is not True:
            move &= free
        bits += (self.steps(size) * move).astype(integer, copy=False)


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
