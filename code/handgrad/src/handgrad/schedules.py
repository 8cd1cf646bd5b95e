"""Schedules: the learning rate as a function of the update's number.

=========  ==========================================  ====================
symbol     meaning                                     in code
=========  ==========================================  ====================
t          number of the update, from 1                ``t``
η_t        learning rate of update t                   ``schedule(t)``
η_1        learning rate of the first update           ``first``
=========  ==========================================  ====================

A schedule is any function t -> η_t. It stands where a learning rate stands: in `training.train` or
in an optimiser, as in ``Adam(step_decay(0.01, factor=0.5, every=200))``. With `per_epoch` the same
function counts epochs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from handgrad._arrays import as_count, as_number


def step_decay(first: float, *, factor: float, every: int) -> Callable[[int], float]:
    """η_t = η_1 · factor^k with k the number of full `every` updates before t: a staircase."""
    first, factor = as_number("first", first, above=0), as_number("factor", factor, above=0)
    every = as_count("every", every, low=1)
    return lambda t: first * factor ** ((t - 1) // every)


def exponential_decay(first: float, *, factor: float) -> Callable[[int], float]:
    """η_t = η_1 · factor^(t - 1)."""
    return step_decay(first, factor=factor, every=1)


def inverse_decay(first: float, *, decay: float) -> Callable[[int], float]:
    """η_t = η_1 / (1 + decay · (t - 1)): without limit in its sum, not in that of its squares."""
    first, decay = as_number("first", first, above=0), as_number("decay", decay, low=0)
    return lambda t: first / (1.0 + decay * (t - 1))


def cosine_decay(first: float, *, updates: int, last: float = 0.0) -> Callable[[int], float]:
    """Half a cosine from η_1 down to η = last at t = updates, where it stays.

    η_t = last + (η_1 - last) (1 + cos(π (t - 1) / (updates - 1))) / 2.
    """
    first, last = as_number("first", first, above=0), as_number("last", last, low=0)
    updates = as_count("updates", updates, low=2)

    def schedule(t):
        way = min((t - 1) / (updates - 1), 1.0)
        return last + (first - last) * (1.0 + math.cos(math.pi * way)) / 2.0

    return schedule


def warm_up(schedule: Callable[[int], float], *, updates: int) -> Callable[[int], float]:
    """η_t · t / updates for the first `updates` of a schedule (or of a number), then η_t itself."""
    updates = as_count("updates", updates, low=1)
    if not callable(schedule):
        number = as_number("schedule", schedule, above=0)
        return lambda t: number * min(t / updates, 1.0)
    return lambda t: schedule(t) * min(t / updates, 1.0)


def per_epoch(schedule: Callable[[int], float], *, updates: int) -> Callable[[int], float]:
    """The schedule by epochs 1, 2, ..., for a training with so many `updates` in an epoch.

    These are ceil(n / B) for n samples in batches of B.
    """
    updates = as_count("updates", updates, low=1)
    if not callable(schedule):
        raise TypeError(f"schedule: expected a function of t, got {schedule!r}")
    return lambda t: schedule((t - 1) // updates + 1)
