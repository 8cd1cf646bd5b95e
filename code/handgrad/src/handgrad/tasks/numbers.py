"""Numbers that differ from student to student and are the same each time.

A task that asks for a result asks each student for another one, and the test computes the key
from the same student id.
"""

import hashlib

import numpy as np


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
        If `student_id` is not a text.
    """
    if not isinstance(student_id, str):
        raise TypeError(f"student_id must be a text in quotes, not {student_id!r}")
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
    for name, (low, high, step) in ranges.items():
        count = round((high - low) / step)
        numbers[name] = round(low + step * int(rng.integers(count + 1)), 10)
    return numbers
