r"""Fractions and derivatives: ``\frac``, ``\partial``, ``\mathrm{d}``, ``\nabla``."""

from __future__ import annotations

from . import expressions, symbols
from .cursor import Cursor
from .nodes import Apply, Derivative, Gradient, Group, Node, Number, Power, Quotient, Symbol
from .tokens import EquationError, Token
from .vocabulary import FUNCTIONS, STYLES


def fraction(c: Cursor, start: int) -> Node:
    r"""``\frac``: a quotient or a derivative."""
    c.take()
    top, bottom = c.group(), c.group()
    order, of_tokens = _differential(top)
    below, _ = _differential(bottom)
    if not order or not below:
        node = Quotient(
            c.whole(top, expressions.expression), c.whole(bottom, expressions.expression)
        )
        return Quotient(node.top, node.bottom, **c.span(start))
    by = _variables(c, bottom, order)
    if of_tokens:
        of = _function_name(c, of_tokens, by[0]) or c.whole(of_tokens, expressions.factor)
    else:
        of = expressions.product(c)
    return Derivative(of, by, **c.span(start))


def _variables(c: Cursor, tokens: list[Token], order: int) -> tuple[Symbol, ...]:
    r"""The quantities below: ``\partial w``, ``\partial w^2``, ``\partial w \partial b``."""
    by: list[Symbol] = []
    rest = tokens
    while rest:
        taken, rest = _split_differential(rest)
        by += _variable(c, taken)
    if len(by) != order:
        message = f"{order} derivatives above, {len(by)} variables below"
        raise EquationError(message, tokens[0].start)
    if order > 2:
        raise EquationError("only first and second derivatives are read", tokens[0].start)
    return tuple(by)


def _variable(c: Cursor, tokens: list[Token]) -> list[Symbol]:
    if not tokens:
        c.fail("a derivative with respect to nothing")
    node, times = c.whole(tokens, expressions.factor), 1
    if isinstance(node, Power) and node.exponent == Number(2, "2"):
        node, times = node.base, 2
    while isinstance(node, Group):
        node = node.of
    if not isinstance(node, Symbol):
        message = "derivative with respect to something that is not a symbol"
        raise EquationError(message, tokens[0].start)
    return [node] * times


def _function_name(c: Cursor, tokens: list[Token], by: Symbol) -> Node | None:
    r"""``\frac{d\sigma}{dz}`` means the derivative of ``\sigma(z)``."""
    inner = c.inner(tokens)
    if inner.peek() not in STYLES and inner.peek() not in c.declarations.keys() | FUNCTIONS.keys():
        return None
    name = symbols.read_name(inner)
    declaration = c.declarations.get(name)
    if not (name in FUNCTIONS or (declaration and declaration.function)):
        return None
    key = None
    if inner.peek() == "_" and declaration and declaration.key:
        inner.take()
        key = symbols.index_list(inner, inner.group(), 1)[0]
    if not inner.done:
        return None
    place = {"start": tokens[0].start, "end": tokens[-1].end}
    return Apply(name, key, 0, (by,), **place)


def slash(c: Cursor, start: int) -> Node:
    r"""``\partial J / \partial w`` within a line."""
    sign = c.take()
    of = expressions.factor(c)
    if c.peek() != "/" or c.peek(1) != sign:
        c.fail(
            rf"a derivative is written \frac{{{sign} ...}}{{{sign} ...}} or {sign} ... / {sign} ..."
        )
    c.take()
    c.take()
    by = expressions.factor(c)
    if not isinstance(by, Symbol):
        raise EquationError("derivative with respect to something that is no symbol", by.start)
    return Derivative(of, (by,), **c.span(start))


def nabla(c: Cursor, start: int) -> Node:
    c.take()
    if c.peek() != "_":
        return Gradient(expressions.factor(c), **c.span(start))
    c.take()
    by = _variable(c, c.group())
    return Derivative(expressions.factor(c), tuple(by), **c.span(start))


def _differential(tokens: list[Token]) -> tuple[int, list[Token]]:
    r"""Order and rest of ``\partial J``, ``d^2 f``, ``\mathrm{d} z``; order 0 if it is none."""
    texts = [token.text for token in tokens]
    if texts[:1] == [r"\partial"]:
        rest = tokens[1:]
    elif texts[:4] == [r"\mathrm", "{", "d", "}"]:
        rest = tokens[4:]
    elif texts[:1] == ["d"] and texts[1:2] != ["_"]:
        rest = tokens[1:]
    else:
        return 0, tokens
    if len(rest) > 1 and rest[0].text == "^":
        if rest[1].text == "2":
            return 2, rest[2:]
        if [token.text for token in rest[1:4]] == ["{", "2", "}"]:
            return 2, rest[4:]
        raise EquationError("only first and second derivatives are read", rest[1].start)
    return 1, rest


def _split_differential(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    r"""Cut ``\partial w \partial b`` into the variable and what follows it."""
    order, rest = _differential(tokens)
    if order != 1:
        raise EquationError("a differential is expected here", tokens[0].start)
    depth = 0
    for at, token in enumerate(rest):
        depth += (token.text == "{") - (token.text == "}")
        if at and not depth and _differential(rest[at:])[0]:
            return rest[:at], rest[at:]
    return rest, []
