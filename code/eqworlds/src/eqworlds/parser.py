r"""One displayed equation to statements.

A display holds lines; a line holds chains of relations (``a = b = c``, ``0 < p \le 1``), each
with its conditions (``l = L-1, \dots, 2``, ``\text{if } i \ne j``).  A condition on a line holds
for every chain of that line.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from . import clauses, expressions, symbols, words
from .cursor import Cursor
from .declarations import Declaration
from .limits import check_depth, check_length
from .macros import Macro, expand, without_definitions
from .nodes import (
    Condition,
    Equivalence,
    Implication,
    Index,
    Listed,
    Node,
    Span,
    Statement,
    Symbol,
)  # fmt: skip
from .spelling import respell
from .symbols import plain
from .tokens import NEWLINE, EquationError, NoRelation, Token, tokenize, without_alignment
from .vocabulary import EQUIVALENCES, IMPLICATIONS, REFUSED, RELATIONS, SEPARATORS, SPACES, TEXTS


def line(c: Cursor) -> list[Statement | Equivalence]:
    """Statements of one line."""
    statements: list[Statement | Equivalence] = []
    conditions: list[Node] = []
    while not c.done:
        if c.peek() in SEPARATORS:
            c.take()
        elif c.peek() in TEXTS:
            if _text_asks_condition(c, bool(conditions)):
                conditions.append(clauses.condition(c))
        elif statements and _is_index_condition(c):
            bracket = c.peek() == "("
            c.i += bracket
            conditions.append(clauses.condition(c))
            if bracket:
                c.expect(")")
        else:
            statements.append(statement(c))
            if not c.done and c.peek() not in SEPARATORS | TEXTS:
                bracketed = c.peek() == "(" and _is_index_condition(c)
                if not bracketed:
                    c.fail(REFUSED.get(c.peek(), f"not understood: {c.peek()!r}"))
    return _with_conditions(statements, conditions)


def _text_asks_condition(c: Cursor, after_condition: bool) -> bool:
    """Read ``\\text{...}`` and say whether a condition must follow it."""
    c.take()
    start = c.position
    group = c.group()
    text = c.source[group[0].start : group[-1].end] if group else ""
    asks = words.in_line(text, start, after_condition)
    if c.peek() in c.letters and c.peek(1) not in RELATIONS:
        c.take()  # \text{for every } j
        return False
    return not (not asks or c.done or c.peek() in SEPARATORS | TEXTS)


def _is_index_condition(c: Cursor) -> bool:
    bracket = c.peek() == "("
    return c.peek(bracket) in c.letters and c.peek(bracket + 1) in RELATIONS


def statement(c: Cursor) -> Statement | Equivalence:
    """A chain, or two chains that hold together, or one wherever the other holds."""
    start, left = c.position, chain(c)
    if c.peek() in SPACES and _after(c, SPACES) in IMPLICATIONS:
        c.skip(SPACES)
    if c.peek() in EQUIVALENCES:
        c.take()
        return Equivalence(left, chain(c), start=start, end=c.last_end)
    steps: Statement | Equivalence = left
    while c.peek() in IMPLICATIONS:  # A implies B, and B implies C
        c.take()
        c.skip(SPACES)
        right = chain(c)
        more = steps.conditions if isinstance(steps, Implication) else ()
        steps = Implication(left, right, more, start=start, end=c.last_end)
        left = right
    return steps


def _after(c: Cursor, texts: set[str]) -> str:
    """The first token that is none of these."""
    ahead = 0
    while c.peek(ahead) in texts:
        ahead += 1
    return c.peek(ahead)


def chain(c: Cursor) -> Statement:
    """``a = b = c``, ``0 < p \\le 1``, ``W \\in \\mathbb{R}^{n \\times d}``."""
    start, relations = c.position, []
    sides = [_left_side(c)]
    while c.peek() in RELATIONS or (c.peek() == ":" and c.peek(1) == "="):
        if c.peek() == ":":
            c.take()
        relations.append(RELATIONS[c.take()])
        if relations[-1] == "in":
            sides.append(clauses.membership(c))
            break
        sides.append(expressions.expression(c))
    if not relations:
        found = c.peek() or "the end"
        if c.done or found in SEPARATORS:
            raise NoRelation("an expression without a relation: it claims nothing", start)
        c.fail(REFUSED.get(found, f"a relation is expected here, found {found!r}"))
    return Statement(tuple(sides), tuple(relations), start=start, end=c.last_end)


def _left_side(c: Cursor) -> Node:
    if not c.new_symbols:
        return expressions.expression(c)
    start, before = c.position, c.i
    try:
        name = symbols.read_name(c)
    except EquationError:
        c.i = before
        return expressions.expression(c)
    letters: list[str] = []
    if name not in c.declarations and c.peek() == "_":
        c.take()
        group = c.group()
        letters = [token.text for token in group if token.text != ","]
        if not set(letters) <= c.letters:
            name, letters = f"{name}_{plain(group)}", []
    if name in c.declarations or c.peek() not in ("=", ":"):
        c.i = before
        return expressions.expression(c)
    c.declarations[name] = Declaration(name, len(letters), meaning="defined in the text")
    indices = tuple(Index(letter) for letter in letters)
    return Symbol(name, None, indices, **c.span(start))


def _with_conditions(statements: list, conditions: list[Node]) -> list:
    """Give each statement the conditions of its line; one on an index only where it occurs."""
    given: list[list[Node]] = [[] for _ in statements]
    for condition in conditions:
        letter = _letter_of(condition)
        concerned = [
            own
            for own, s in zip(given, statements, strict=False)
            if letter is None or letter in s.letters
        ]
        if not concerned:
            raise EquationError(
                f"no statement on this line has the index {letter}", condition.start
            )
        for own in concerned:
            own.append(condition)
    return [replace(s, conditions=tuple(own)) for s, own in zip(statements, given, strict=False)]


def _letter_of(condition: Node) -> str | None:
    """The index that a condition is about, None if it is about a quantity."""
    if isinstance(condition, (Span, Listed)):
        return condition.letter
    left = condition.left if isinstance(condition, Condition) else None
    return left.letter if isinstance(left, Index) else None


def parse(
    source: str,
    declarations: MutableMapping[str, Declaration],
    letters,
    new_symbols: bool = False,
    macros: Mapping[str, Macro] | None = None,
) -> list[Statement | Equivalence]:
    r"""Statements of one displayed equation.

    Parameters
    ----------
    source : str
        LaTeX of the display, without its delimiters.
    declarations : mapping of str to Declaration
        Symbols that may occur.  With ``new_symbols`` it is extended by those that are defined.
    letters : collection of str
        Index letters.
    new_symbols : bool
        Whether a symbol on the left may be new (``% define``).
    macros : mapping of str to Macro
        Commands that the text has defined.

    Raises
    ------
    EquationError
        If something is not understood, with its position.
    """
    statements = []
    check_length(source)
    tokens, own = without_definitions(tokenize(source))
    known = {**(macros or {}), **own}
    found = respell(without_alignment(expand(tokens, known) if known else tokens))
    check_depth(found)
    for tokens in _lines(found):
        statements += line(Cursor(tokens, source, declarations, letters, new_symbols))
    if not statements:
        raise EquationError("an empty equation", 0)
    return statements


def _lines(tokens: list[Token]) -> list[list[Token]]:
    r"""Cut at ``\\``; a line that continues the one before is joined to it."""
    lines: list[list[Token]] = [[]]
    for token, braces, brackets in _with_depth(tokens):
        if braces:
            lines[-1].append(token)
        elif token.text == NEWLINE:
            if not brackets:  # a bracket may go over several lines
                lines.append([])
        elif token.text != "&" and not (brackets and token.text in SPACES):
            lines[-1].append(token)
    joined: list[list[Token]] = []
    for line in lines:
        while line and line[0].text in SPACES:
            line = line[1:]
        if line and joined and _continues(line):
            joined[-1] += line
        elif line:
            joined.append(line)
    return joined


def _continues(line: list[Token]) -> bool:
    starts = line[0].text in RELATIONS.keys() | EQUIVALENCES | IMPLICATIONS
    relations = set(RELATIONS) | {":"}
    return starts or not any(t.text in relations and not a + b for t, a, b in _with_depth(line))


def _with_depth(tokens: list[Token]):
    """Each token with the depth of the braces or environments and of the brackets around it."""
    braces = brackets = 0
    for token in tokens:
        braces -= token.text in ("}", r"\end")
        brackets -= token.text in (")", "]", r"\}")
        yield token, max(braces, 0), max(brackets, 0)
        braces += token.text in ("{", r"\begin")
        brackets += token.text in ("(", "[", r"\{")
