"""Where a node is evaluated: an environment, the values of the indices, the branches taken."""

from __future__ import annotations

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
    """

    __slots__ = ("env", "bound", "branches")

    def __init__(self, env: Environment, bound: dict, branches: dict[int, bool]):
        self.env = env
        self.bound = bound
        self.branches = branches

    def bind(self, letter: str, value) -> Scope:
        """The same scope with one more index bound."""
        return Scope(self.env, {**self.bound, letter: value}, self.branches)

    def within(self, env: Environment) -> Scope:
        """The same indices in another environment."""
        return Scope(env, self.bound, self.branches)

    def where(self) -> str:
        """The values of the indices, for a message."""
        return ", ".join(f"{letter}={value}" for letter, value in self.bound.items())
