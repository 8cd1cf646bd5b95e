"""Where a node is evaluated: an environment, the values of the indices, what has been seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .environment import Environment
from .limits import STEPS
from .tokens import EquationError


@dataclass
class Trace:
    """What has been met while one display was evaluated.

    Parameters
    ----------
    branches : dict of int to bool
        For each branch of a ``cases`` (by its place in the source), whether it has been taken.
    sums : dict of int to bool
        For each sum or product over an index, whether it has ever had a term.
    steps : int
        Evaluations made.
    """

    branches: dict[int, bool] = field(default_factory=dict)
    sums: dict[int, bool] = field(default_factory=dict)
    steps: int = 0

    def spend(self, place: int) -> None:
        """Count an evaluation, and stop when there have been too many."""
        self.steps += 1
        if self.steps > STEPS:
            message = (
                f"this display takes more than {STEPS:,} evaluations: "
                "use a smaller world, fewer draws, or cut the display in two"
            )
            raise EquationError(message, place)


class Scope:
    """An environment with index letters bound to values.

    Parameters
    ----------
    env : Environment
        Values of the quantities.
    bound : dict of str to int or tuple
        Values of the index letters (tuples for members of a set, such as paths).
    trace : Trace
        What has been met so far.
    updated : dict of (name, key) to array
        Quantities that an earlier line of the display has replaced.  Only where they are
        printed do they have the new value: what was computed from the old one stays.
    """

    __slots__ = ("bound", "env", "trace", "updated")

    def __init__(
        self,
        env: Environment,
        bound: dict,
        trace: Trace,
        updated: dict[tuple, np.ndarray] | None = None,
    ):
        self.env = env
        self.bound = bound
        self.trace = trace
        self.updated = updated or {}

    def bind(self, letter: str, value) -> Scope:
        """The same scope with one more index bound."""
        return Scope(self.env, {**self.bound, letter: value}, self.trace, self.updated)

    def within(self, env: Environment) -> Scope:
        """The same indices in another environment."""
        return Scope(env, self.bound, self.trace)

    def where(self) -> str:
        """The values of the indices, for a message."""
        return ", ".join(f"{letter}={value}" for letter, value in self.bound.items())
