"""Where a node is evaluated: an environment, the values of the indices, the branches taken."""

from __future__ import annotations

import numpy as np

from .environment import Environment


class Scope:
    """An environment with index letters bound to values.

    Parameters
    ----------
    env : Environment
        Values of the quantities.
    bound : dict of str to int or tuple
        Values of the index letters (tuples for members of a set, such as paths).
    branches : dict of int to bool
        For each branch of a ``cases`` (by its place in the source), whether it has been taken.
    updated : dict of (name, key) to array
        Quantities that an earlier line of the display has replaced.  Only where they are
        printed do they have the new value: what was computed from the old one stays.
    """

    __slots__ = ("bound", "branches", "env", "updated")

    def __init__(
        self,
        env: Environment,
        bound: dict,
        branches: dict[int, bool],
        updated: dict[tuple, np.ndarray] | None = None,
    ):
        self.env = env
        self.bound = bound
        self.branches = branches
        self.updated = updated or {}

    def bind(self, letter: str, value) -> Scope:
        """The same scope with one more index bound."""
        return Scope(self.env, {**self.bound, letter: value}, self.branches, self.updated)

    def within(self, env: Environment) -> Scope:
        """The same indices in another environment."""
        return Scope(env, self.bound, self.branches)

    def where(self) -> str:
        """The values of the indices, for a message."""
        return ", ".join(f"{letter}={value}" for letter, value in self.bound.items())
