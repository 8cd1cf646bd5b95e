"""Right answers written in other ways: each must get all points, in the notebook and when graded.

`STYLES` turns the reference answer of any task into one that works in another way or gives its
result in another form. `written.py` holds answers by hand for tasks whose result has few forms.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np


def _map(value, number, several):
    """`value` with each number changed by `number` and each sequence built anew by `several`."""
    if isinstance(value, dict):
        return {key: _map(part, number, several) for key, part in value.items()}
    if isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim):
        return several([_map(part, number, several) for part in value], value)
    return number(value)


def _same(value):
    return value


def _as_before(parts, value):
    return np.array(parts) if isinstance(value, np.ndarray) else type(value)(parts)


def _is_real(value):
    return isinstance(value, (float, np.floating))


def _is_whole(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _floats_as(kind):
    return lambda value: kind(float(value)) if _is_real(value) else value


def _in_single(value):
    """Arrays and floats in single precision; whole numbers, functions and texts as they are."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype.kind == "f" else value
    if isinstance(value, dict):
        return {key: _in_single(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(map(_in_single, value))
    return np.float32(value) if _is_real(value) else value


def _single(function):
    return lambda *args, **kwargs: _in_single(function(*_in_single(args), **kwargs))


def single_then_python(function):
    """Computes in single precision and gives Python's own numbers."""
    plain = _result(lambda value: float(value) if _is_real(value) else value, lambda p, v: p)
    return plain(_single(function))


def _result(number, several):
    def style(function):
        return lambda *args, **kwargs: _map(function(*args, **kwargs), number, several)

    return style


def in_place(function):
    """Works in the arrays that it was given: they hold something else afterwards."""

    def spoilt(*args, **kwargs):
        result = function(*args, **kwargs)
        for array in _arrays(args):
            same = [r for r in _arrays(result) if r.shape == array.shape and r is not array]
            if array.flags.writeable and array.dtype.kind == "f":
                array[...] = same[0] if same else 7e7
        return result

    return spoilt


def _arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _arrays(part)


def generator(function):
    """Gives what it has one after the other."""

    def yielding(*args, **kwargs):
        result = function(*args, **kwargs)
        if isinstance(result, (tuple, list)) or (isinstance(result, np.ndarray) and result.ndim):
            return (part for part in result)
        return result

    return yielding


def column(function):
    """Gives its numbers as a column."""

    def upright(*args, **kwargs):
        result = function(*args, **kwargs)
        if isinstance(result, dict):
            return result
        numbers = np.array(result) if not _has_parts(result) else None
        return result if numbers is None or numbers.ndim != 1 else numbers[:, None]

    return upright


def _has_parts(result):
    return isinstance(result, (tuple, list)) and any(
        np.ndim(part) or isinstance(part, dict) for part in result
    )


def array(function):
    """Gives a tuple or a list of numbers as an array."""

    def whole(*args, **kwargs):
        result = function(*args, **kwargs)
        return (
            np.array(result)
            if isinstance(result, (tuple, list)) and not _has_parts(result)
            else result
        )

    return whole


def _numpy(value):
    if isinstance(value, (bool, np.bool_)):
        return np.bool_(value)
    if isinstance(value, str):
        return np.str_(value)
    if _is_whole(value):
        return np.int64(value)
    return np.float64(value) if _is_real(value) else value


def _array_of_none(value):
    return np.array(value) if _is_real(value) or _is_whole(value) else value


STYLES = {
    "single precision": _single,
    "single precision, then Python's numbers": single_then_python,
    "fractions": _result(_floats_as(Fraction), lambda parts, value: parts),
    "decimals": _result(_floats_as(Decimal), lambda parts, value: tuple(parts)),
    "lists": _result(_same, lambda parts, value: parts),
    "tuples": _result(_same, lambda parts, value: tuple(parts)),
    "numbers of numpy": _result(_numpy, _as_before),
    "Python's numbers": _result(
        lambda value: value.item() if isinstance(value, np.generic) else value, _as_before
    ),
    "arrays of one number": _result(_array_of_none, lambda parts, value: list(parts)),
    "whole numbers as floats": _result(
        lambda value: float(value) if _is_whole(value) else value, _as_before
    ),
    "in place": in_place,
    "generator": generator,
    "array": array,
    "column": column,
}
#: Where the digits of the numbers themselves are the task, single precision is not right.
DOUBLE = {"best_step"}
#: Shapes that a task states: there a column is another answer.
STATED = {"stable", "jacobian", "gradient", "step_back", "forward", "backward", "running", "general",
          "penalty", "checker", "xor", "slopes", "false_formula", "adam", "cut", "clip", "prepare",
          "fit", "gates", "learn"}  # fmt: skip
