r"""Conditions and what stands after ``\in``: ``i \ne j``, ``l = L-1, \dots, 2``, ``(0, 1]``."""

from __future__ import annotations

from . import expressions
from .cursor import Cursor
from .nodes import Choice, Condition, Index, Interval, Listed, Node, Space, Span
from .symbols import bracketed_list, plain
from .tokens import EquationError
from .vocabulary import DOTS, RELATIONS

CONDITIONS = {"=", "!=", "<", ">", "<=", ">=", "in"}


def condition(c: Cursor) -> Node:
    """``i \\ne j``, ``z > 0``, ``k = 1, \\dots, n`` or ``l = 3, 2``."""
    start, left = c.position, expressions.expression(c)
    if isinstance(left, Index) and c.peek() == "=":
        enumeration = _enumeration(c, left.letter, start)
        if enumeration is not None:
            return enumeration
    links = []
    while c.peek() in RELATIONS:
        relation = RELATIONS[c.peek()]
        if relation not in CONDITIONS:
            c.fail(f"{c.peek()} makes no condition: use =, \\ne, <, >, \\le, \\ge or \\in")
        c.take()
        right = membership(c) if relation == "in" else expressions.expression(c)
        links.append((relation, right))
    if not links:
        c.fail("a condition needs a relation")
    return Condition(left, tuple(links), **c.span(start))


def _enumeration(c: Cursor, letter: str, start: int) -> Node | None:
    r"""``= 1, 2, \dots, n`` or ``= 3, 2`` after an index; None if it is a plain equation."""
    before = c.i
    c.take()
    first, second = expressions.expression(c), None
    if c.peek() == "," and c.peek(2) == "," and c.peek(3) in DOTS:
        c.take()
        second = expressions.expression(c)
    if c.peek() == "," and c.peek(1) in DOTS:
        c.i += 2
        c.expect(",")
        return Span(letter, first, second, expressions.expression(c), **c.span(start))
    values = [first]
    while c.peek() == "," and c.peek(1).isdigit():
        c.take()
        values.append(expressions.factor(c))
    if len(values) > 1:
        return Listed(letter, tuple(values), **c.span(start))
    c.i = before
    return None


def membership(c: Cursor) -> Node:
    r"""What stands after ``\in``: a space, a set of values or an interval."""
    start, opening = c.position, c.peek()
    if opening == r"\mathbb":
        c.take()
        if plain(c.group()) != "R":
            c.fail(r"only \mathbb{R} is read here")
        return Space(_sizes(c) or (), **c.span(start))
    if opening == r"\{":
        values = tuple(bracketed_list(c))
        return Choice(values, _sizes(c), **c.span(start))
    if opening in ("(", "["):
        c.take()
        low = expressions.expression(c)
        c.expect(",")
        high = expressions.expression(c)
        closing = c.take()
        if closing not in (")", "]"):
            raise EquationError("an interval ends with ) or ]", c.last_end - 1)
        return Interval(low, high, (opening == "[", closing == "]"), **c.span(start))
    c.fail(r"after \in: \mathbb{R}^{...}, a set \{...\} or an interval")


def _sizes(c: Cursor) -> tuple[Node, ...] | None:
    """``^{n \\times d}``"""
    if c.peek() != "^":
        return None
    c.take()
    return sizes(c.inner(c.group()))


def sizes(c: Cursor) -> tuple[Node, ...]:
    r"""``n \times d``: everything that is left is the shape of something."""
    c.no_times = True
    found = [expressions.expression(c)]
    while c.peek() == r"\times":
        c.take()
        found.append(expressions.expression(c))
    if not c.done:
        c.fail(f"not understood in a shape: {c.peek()!r}")
    return tuple(found)
