r"""Draws on purpose: where a condition or an inequality of a display is just met, and beside it.

Random numbers never meet ``z = 0``, so ``z > 0`` and ``z \ge 0`` would look the same.  Quantities
that a world declares *free* are moved until the two sides of a comparison are equal, then a
little and a good way to either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from . import nodes as n
from .environment import Environment
from .evaluate import RANGES, evaluate
from .scope import Scope, Trace
from .tokens import EquationError

OFFSETS = (0.0, -1e-5, 1e-5, -0.01, 0.01, -0.6, 0.6)  # of the size of the moved quantity
NEWTON = 45  # steps; at a tangent each one halves the distance
FAR = 10  # times where it was, beyond which a threshold is not looked for
MOVED = 2  # free quantities tried for one comparison
MOST = 30  # draws for one statement
_ORDERED = {"<", ">", "<=", ">="}
Pair = tuple[n.Node, n.Node]


def thresholds(statement: n.Node, env: Environment, trace: Trace) -> Iterator[tuple]:
    """Environments on and beside each threshold of a statement, with a word where they are."""
    free = [name for name, one in env.world.declarations.items() if one.free]
    if free and (pairs := list(_comparisons(statement))):
        yield from islice(_environments(statement, pairs, free, env, trace), MOST)


def _environments(statement, pairs: list[Pair], free: list[str], env, trace) -> Iterator[tuple]:
    seen = set()
    for scope in _scopes(statement, env, trace):
        for left, right in pairs:
            if not (left.letters | right.letters) <= scope.bound.keys():
                continue
            for name, key, place, value in islice(_roots(left, right, free, scope), MOVED):
                size = max(1.0, abs(value))
                for offset in OFFSETS:
                    tag = (name, key, place, round(value + offset * size, 9))
                    moved = value + offset * size
                    low, high = env.world.declarations[name].free
                    if tag not in seen and low < moved < high:
                        seen.add(tag)
                        yield env.having(name, key, place, moved), f"with {name} = {moved:.6g}"


def _comparisons(statement: n.Node) -> Iterator[Pair]:
    """Pairs of sides that are compared in size or used as a condition."""
    for part in n.walk(statement):
        if isinstance(part, n.Condition):
            left = part.left
            for relation, right in part.links:
                yield from _pair(left, relation, right)
                left = right
        elif isinstance(part, n.Statement):
            ordered = any(r in _ORDERED or r == "in" for r in part.relations)
            if ordered or isinstance(statement, n.Equivalence):
                for left, relation, right in zip(
                    part.sides, part.relations, part.sides[1:], strict=False
                ):
                    yield from _pair(left, relation, right)


def _pair(left: n.Node, relation: str, right: n.Node) -> Iterator[Pair]:
    if isinstance(right, n.Interval):
        yield left, right.low
        yield left, right.high
    elif relation in _ORDERED and not isinstance(left, n.Index):
        yield left, right


def _scopes(statement, env: Environment, trace: Trace) -> Iterator[Scope]:
    """Assignments of the indices, conditions left aside; nothing where there is none."""
    if isinstance(statement, n.Equivalence):
        sides = statement.left.sides + statement.right.sides
    else:
        sides = statement.sides
    try:
        yield from islice(RANGES.assignments(sides, (), Scope(env, {}, trace)), 3)
    except EquationError:
        return


def _roots(left: n.Node, right: n.Node, free: list[str], scope: Scope) -> Iterator[tuple]:
    """Free quantities, each with the value at which the two sides are equal."""

    def gap(env: Environment):
        inner = scope.within(env)
        difference = evaluate(left, inner) - evaluate(right, inner)
        return difference if difference.ndim == 0 else difference.ravel()[0]

    for name in free:
        for key in scope.env.world.keys[name] or [None]:
            for place in islice(np.ndindex(*scope.env(name, key).shape), 2):
                value = _root(gap, scope.env, name, key, place)
                if value is not None:
                    yield name, key, place, value


def _root(gap: Callable, env: Environment, name: str, key, place: tuple) -> float | None:
    """Newton's method on one entry of one quantity."""
    start = value = float(np.real(env(name, key)[place]))
    for _ in range(NEWTON):
        here = env.having(name, key, place, value)
        try:
            at, slope = gap(here), here.derivative(gap, name, key, place)
        except (EquationError, ArithmeticError, ValueError, TypeError):
            return None
        distance, slope = float(np.real(at)), float(np.real(slope))
        if abs(distance) < 1e-15:
            return value
        if not np.isfinite(distance) or abs(slope) < 1e-14:
            return value if abs(distance) < 1e-12 else None
        step = distance / slope
        value -= step
        if abs(value) > FAR * (1 + abs(start)):
            return None  # on its way to an asymptote
        if abs(step) <= 1e-15 * max(1.0, abs(value)):
            break
    return value if abs(np.real(gap(env.having(name, key, place, value)))) < 1e-10 else None
