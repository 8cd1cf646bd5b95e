"""Symbols that the text itself introduces (``% define``) and displaced quantities (``% shift``)."""

from __future__ import annotations

import itertools

import numpy as np

from .environment import Environment
from .evaluate import RANGES, evaluate
from .nodes import Index, Statement, Symbol
from .parser import parse
from .scope import Scope
from .symbols import canonical
from .tokens import EquationError


def define(source: str, world) -> None:
    """Add the symbols that a display defines to a world.

    Their values are the right sides, computed again under displacement like any other.

    Raises
    ------
    EquationError
        If the display introduces nothing new.
    """
    before = set(world.declarations)
    new = None
    for statement in parse(source, world.declarations, world.letters, new_symbols=True):
        if not isinstance(statement, Statement):
            continue
        left = statement.sides[0]
        if isinstance(left, Symbol) and left.name not in before:
            _add(left, statement.sides[1], world)
            new = left
    if new is None:
        message = "a definition needs a new symbol on its left: if it is declared, check it"
        raise EquationError(message, 0)


def _add(left: Symbol, right, world) -> None:
    letters = [index.letter for index in left.indices if isinstance(index, Index)]

    def compute(env):
        scope = Scope(env, {}, {})
        if not letters:
            return evaluate(right, scope)
        ranges = [RANGES.range_of(letter, [right], scope, right.start) for letter in letters]
        entries = [
            evaluate(right, Scope(env, dict(zip(letters, values, strict=False)), {}))
            for values in itertools.product(*ranges)
        ]
        return np.array(entries).reshape([len(values) for values in ranges])

    world.compute[left.name] = compute
    world.keys[left.name] = None
    if not letters:
        world.declarations[left.name].axes = Environment(world)(left.name).ndim


def shift(latex: str, world, by: float) -> None:
    """Displace a computed quantity for good.

    Identities between partial derivatives still hold; terms that are zero by accident show.
    """
    name = canonical(latex)
    if name not in world.compute or world.keys[name] is not None:
        raise EquationError(f"cannot shift {latex}: no such quantity, or one of several layers", 0)
    before = world.compute[name]
    world.compute[name] = lambda q: before(q) + by
