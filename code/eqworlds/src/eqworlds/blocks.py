r"""Sums and products over an index, matrices and cases."""

from __future__ import annotations

from . import clauses, expressions, symbols, words
from .cursor import Cursor
from .nodes import Add, Big, Cases, Matrix, Node, Optimum, Symbol
from .tokens import NEWLINE, EquationError, Token
from .vocabulary import ENDS_PRODUCT, RELATIONS, TEXTS

_MATRICES = {"bmatrix", "pmatrix", "matrix", "array"}


def big(c: Cursor, start: int, kind: str) -> Node:
    """A sum, product or extreme with what stands below and above it."""
    above: list[Token] | None = None
    if c.peek() == "^":  # \sum^N_{i=1}
        c.take()
        above = c.group()
    c.expect("_")
    group = c.group()
    below = c.inner(group)
    if kind not in ("sum", "prod") and below.peek() not in c.letters:
        return _optimum(c, below, kind, start)
    letters, low, members, conditions = big_index(below)
    high = None
    if c.peek() == "^" and above is None:
        c.take()
        above = c.group()
    if above is not None:
        high = c.whole(above, expressions.expression)
    if (low is None) != (high is None):
        raise EquationError("a sum needs both of its bounds or neither", start)
    if low is not None and len(letters) > 1:
        raise EquationError("bounds belong to one index: write one sum for each", start)
    if c.peek() == "-":
        c.take()
        body: Node = Add(((-1, expressions.term(c)),), start=c.position, end=c.last_end)
    else:
        body = _product_body(c, letters) if kind == "prod" else expressions.term(c)
    for letter in reversed(letters):
        last = letter == letters[-1]
        body = Big(
            kind, letter, low, high, members, tuple(conditions) if last else (), body,
            **c.span(start),
        )  # fmt: skip
    return body


def _optimum(c: Cursor, below: Cursor, kind: str, start: int) -> Node:
    r"""``\min_{w, b} J``: an extreme over quantities, not over an index."""
    by = []
    while not below.done:
        symbol = symbols.read_symbol(below)
        if not isinstance(symbol, Symbol):
            raise EquationError("an extreme is taken over symbols", symbol.start)
        by.append(symbol)
        below.skip({","})
    return Optimum(kind, tuple(by), expressions.term(c), **c.span(start))


def big_index(c: Cursor) -> tuple[list[str], Node | None, Node | None, list[Node]]:
    r"""What stands below a ``\sum``: indices, lower bound, set, conditions."""
    letters: list[str] = []
    low: Node | None = None
    members: Node | None = None
    conditions: list[Node] = []
    while not c.done:
        if c.peek() == ",":
            c.take()
            continue
        letter = c.peek()
        if letter not in c.letters:
            c.fail(f"{letter!r} is not an index in this world")
        if c.peek(1) in RELATIONS and c.peek(1) not in ("=", r"\in"):
            if letter not in letters:
                letters.append(letter)
            conditions.append(clauses.condition(c))
            continue
        letters.append(c.take())
        if c.peek() == "=":
            c.take()
            low = expressions.expression(c)
        elif c.peek() == r"\in":
            c.take()
            members = expressions.expression(c)
    if not letters:
        c.fail("a sum without an index")
    return letters, low, members, conditions


def _product_body(c: Cursor, letters: list[str]) -> Node:
    r"""Factors after ``\prod`` as long as they hold its index."""
    start, factors = c.position, [expressions.factor(c)]
    while c.peek() not in ENDS_PRODUCT | {r"\cdot", r"\odot", "/", r"\sum", r"\prod"}:
        before = c.i
        factor = expressions.factor(c)
        if not factor.letters & set(letters):
            c.i = before
            break
        factors.append(factor)
    return expressions.joined(c, factors, [False] * len(factors), start)


# -------------------------------------------------------------- matrices and cases


def environment(c: Cursor, start: int) -> Node:
    r"""``\begin{bmatrix}`` or ``\begin{cases}``."""
    c.take()
    name = "".join(token.text for token in c.group())
    if name == "cases":
        branches = tuple(_branches(c))
        _end(c)
        return Cases(branches, **c.span(start))
    if name == "array":
        c.group()  # {cc}
    if name in _MATRICES:
        rows = tuple(_matrix_rows(c, name))
        _end(c)
        return Matrix(rows, **c.span(start))
    raise EquationError(f"environment {name} is not read", start)


def _end(c: Cursor) -> None:
    c.expect(r"\end")
    c.group()


def _matrix_rows(c: Cursor, name: str) -> list[tuple[Node, ...]]:
    rows, row = [], []
    while c.peek() != r"\end":
        row.append(expressions.expression(c))
        if c.peek() == "&":
            c.take()
        elif c.peek() == NEWLINE:
            c.take()
            rows.append(tuple(row))
            row = []
        elif c.peek() != r"\end":
            c.fail(f"not understood in a {name}: {c.peek()!r}")
    if row:
        rows.append(tuple(row))
    if len({len(row) for row in rows}) != 1:
        c.fail("the rows of this matrix differ in length")
    return rows


def _branches(c: Cursor) -> list[tuple[Node, tuple[Node, ...]]]:
    branches: list[tuple[Node, tuple[Node, ...]]] = []
    while c.peek() != r"\end":
        value, otherwise = expressions.expression(c), False
        conditions: list[Node] = []
        while c.peek() not in (NEWLINE, r"\end"):
            if c.peek() in (",", "&", r"\quad", r"\qquad", ".", ";"):
                c.take()
            elif c.peek() in TEXTS:
                c.take()
                place, group = c.position, c.group()
                text = c.source[group[0].start : group[-1].end] if group else ""
                otherwise |= words.in_case(text, place)
            else:
                conditions.append(clauses.condition(c))
        if not conditions and not otherwise:
            c.fail(r"a case needs its condition, or \text{otherwise}")
        if conditions and otherwise:
            c.fail("a case has its condition or 'otherwise', not both")
        branches.append((value, tuple(conditions)))
        if c.peek() == NEWLINE:
            c.take()
    return branches
