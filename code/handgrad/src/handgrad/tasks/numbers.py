"""Numbers that differ from student to student and are the same each time.

A task that asks for a result asks each student for another one, and the test computes the key
from the same student id.
"""

import hashlib

import numpy as np

from handgrad._arrays import as_number


def rng_of(student_id, task):
    """A random generator that depends on the student and the task only.

    Parameters
    ----------
    student_id : str
        Upper and lower case and blanks around it make no difference.
    task : str

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError
        If one of them is not a text.
    """
    for name, given in (("student_id", student_id), ("task", task)):
        if not isinstance(given, str):
            raise TypeError(f"{name}: expected a text in quotes, got {given!r}")
    key = f"{student_id.strip().lower()}\n{task}".encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))


def own_numbers(student_id, task, **ranges):
    """One number for each keyword, from its range, for this student and this task.

    Parameters
    ----------
    student_id, task : str
    **ranges : (low, high, step)
        The number is low, low + step, … or high.

    Returns
    -------
    dict of float, in the order of the keywords; the decimals are those of `step`
    """
    rng = rng_of(student_id, task)
    numbers = {}
    for name, given in ranges.items():
        low, high, step = _range(name, given)
        count = round((high - low) / step)
        numbers[name] = round(low + step * int(rng.integers(count + 1)), 10)
    return numbers


def _range(name, given):
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise TypeError(f"{name}: expected (low, high, step), got {given!r}")
    low, high, step = given
    as_number(f"{name}, step", step, above=0)
    if as_number(f"{name}, low", low) > as_number(f"{name}, high", high):
        raise ValueError(f"{name}: expected (low, high, step) with low <= high, got {given!r}")
    return low, high, step
