"""Checks at the boundary: every array a user hands in passes through here once.

An error names the argument, what was expected and what came, and what to try where one can tell.
"""

import numbers

import numpy as np


def as_floats(name, value, shape=None, dtype=np.float64) -> np.ndarray:
    """Return `value` as an array of floats, or say why it cannot be one.

    Integers are taken where the floats hold them exactly. Nothing is copied needlessly and nothing
    is broadcast.

    Parameters
    ----------
    name : str
        What the argument is called in the message.
    value : array_like
    shape : tuple of int or str, optional
        The expected shape; a letter stands for any size of at least 1, as in ``("n", 3)``.
    dtype : numpy dtype or None
        What the entries become; None leaves float32 as it is and makes float64 of all else.

    Raises
    ------
    TypeError
        If the entries are not real numbers, or are integers that the floats would round.
    ValueError
        If the rows differ in length, the shape is another one, an axis is empty, or an entry is
        NaN or infinite.
    """
    given = as_reals(name, value)
    with np.errstate(over="ignore"):  # what float32 cannot hold is reported below
        array = given.astype(float_dtype(given) if dtype is None else dtype, copy=False)
    if shape is not None:
        check_shape(name, array, shape)
    if given.dtype.kind in "iu":
        if not _are_exact(given, array):
            raise TypeError(
                f"{name}: expected floats, got integers too large to be exact in {array.dtype}"
            )
    elif given.dtype.kind == "f" and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        now = f", which is {array[place]} in {array.dtype}" if np.isfinite(given[place]) else ""
        raise ValueError(f"{name}: expected finite numbers, got {given[place]} at {place}{now}")
    return array


def as_reals(name, value):
    """Return `value` as an array of real numbers of any type, finite or not.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the rows differ in length.
    """
    try:
        given = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: expected rows of equal length, got ragged ones") from None
    if given.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected real numbers, got {_entries(value, given)}")
    return given


def as_function(name, f):
    """Return `f` if it can be called, else raise TypeError."""
    if not callable(f):
        raise TypeError(f"{name}: expected a function, got {f!r}")
    return f


def _entries(value, given):
    """What came instead of numbers: the thing itself if it is one, else the type of its entries."""
    return repr(value) if given.ndim == 0 else f"entries of type {given.dtype}"


def _are_exact(integers, floats):
    """Whether `floats`, rounded from `integers`, are still the same numbers."""
    if np.iinfo(integers.dtype).bits <= np.finfo(floats.dtype).nmant:
        return True
    # Back again into integers, but for floats that were rounded up beyond the largest of them.
    beyond = floats >= 2.0 ** (np.iinfo(integers.dtype).bits - (integers.dtype.kind == "i"))
    return not beyond.any() and bool((floats.astype(integers.dtype) == integers).all())


def float_dtype(*arrays):
    """float32 if all of these are arrays of float32, else float64."""
    single = all(getattr(array, "dtype", None) == np.float32 for array in arrays)
    return np.dtype(np.float32 if arrays and single else np.float64)


def as_dtype(dtype):
    """Return `dtype` as float32 or float64.

    Raises
    ------
    TypeError, ValueError
        If it is another one.
    """
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if dtype is None or found not in (np.float32, np.float64):
        raise ValueError(f"dtype: expected 'float32' or 'float64', got {dtype!r}")
    return found


def check_shape(name, array, shape):
    """Raise ValueError unless `array` has `shape`, where a letter stands for any size but 0."""
    same = array.ndim == len(shape) and all(
        got > 0 if isinstance(expected, str) else got == expected
        for got, expected in zip(array.shape, shape, strict=True)
    )
    if not same:
        wanted = ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "")
        why = " (it is empty)" if array.size == 0 else _advice(name, array.shape, shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}{why}")


def _advice(name, got, shape):
    """What to try where the usual slips would give this shape."""

    def fits(other):
        return len(other) == len(shape) and all(
            isinstance(expected, str) or size == expected
            for size, expected in zip(other, shape, strict=True)
        )

    if len(got) == 1 and len(shape) == 2:
        if fits((*got, 1)):
            return f"; try {name}[:, None]"
        if fits((1, *got)):
            return f"; one sample is a row: try {name}[None, :]"
        if isinstance(shape[1], int) and fits((got[0], shape[1])):
            return (
                f"; if these are classes 0 to {shape[1] - 1}, "
                f"try datasets.one_hot({name}, {shape[1]})"
            )
    if len(got) == 2 and len(shape) == 2:
        if got[1] == 1 and isinstance(shape[1], int) and fits((got[0], shape[1])):
            return (
                f"; if these are classes 0 to {shape[1] - 1}, "
                f"try datasets.one_hot({name}[:, 0], {shape[1]})"
            )
        if fits(got[::-1]):
            return f"; try {name}.T"
    if not got and len(shape) == 1 and isinstance(shape[0], int):
        return f"; one number for each is asked for: try numpy.full({shape[0]}, {name})"
    if len(got) == 2 and len(shape) == 1 and 1 in got and fits((got[0] * got[1],)):
        return f"; try {name}.ravel()"
    return ""


def named(what, value, kind, examples):
    """The message for a `value` that is no `kind`; examples tell what would do."""
    if isinstance(value, type):
        came = f"the class {value.__name__}"
        examples = f"{value.__name__}(...), an object of it"
    else:
        came = repr(value)
        if len(came) > 70 or "\n" in came:
            came = f"a {type(value).__name__}"
    return f"{what}: expected {kind}, got {came}; try {examples}"


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
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        number = np.inf
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


def as_rate(learning_rate):
    """Return a learning rate: a number > 0, or a schedule (a function of t) as it is.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if callable(learning_rate) and not isinstance(learning_rate, type):
        return learning_rate
    return as_number("learning_rate", learning_rate, above=0)


def rate(learning_rate, t):
    """η of update t = 1, 2, ...: the number, or what the schedule gives, which may be 0."""
    if callable(learning_rate):
        return as_number(f"learning_rate({t})", learning_rate(t), low=0)
    return learning_rate


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
