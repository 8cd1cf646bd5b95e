r"""One displayed equation to statements.

A display holds lines; a line holds chains of relations (``a = b = c``, ``0 < p \le 1``), each
with its conditions (``l = L-1, \dots, 2``, ``\text{if } i \ne j``).  A condition on a line holds
for every chain of that line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .declarations import Declaration
from .expressions import Expressions
from .nodes import (
    Choice,
    Condition,
    Equivalence,
    Index,
    Interval,
    Listed,
    Node,
    Space,
    Span,
    Statement,
    Symbol,
)  # fmt: skip
from .symbols import plain
from .tokens import NEWLINE, EquationError, Token, tokenize, without_alignment
from .vocabulary import DOTS, EQUIVALENCES, REFUSED, RELATIONS, SEPARATORS, SPACES, TEXTS

_CONDITION_WORDS = {"if", "when", "whenever", "for", "provided", "where", "unless"}
_NO_CONDITION = {"where", "unless"}


class Parser(Expressions):
    """The whole parser; ``line`` reads one line of a display."""

    def line(self) -> list[Statement | Equivalence]:
        """Statements of one line."""
        statements: list[Statement | Equivalence] = []
        conditions: list[Node] = []
        while not self.done:
            if self.peek() in SEPARATORS:
                self.take()
            elif self.peek() in TEXTS:
                if self._text_asks_condition(bool(conditions)):
                    conditions.append(self.condition())
            elif statements and self._is_index_condition():
                bracket = self.peek() == "("
                self.i += bracket
                conditions.append(self.condition())
                if bracket:
                    self.expect(")")
            else:
                statements.append(self.statement())
                if not self.done and self.peek() not in SEPARATORS | TEXTS:
                    bracketed = self.peek() == "(" and self._is_index_condition()
                    if not bracketed:
                        self.fail(REFUSED.get(self.peek(), f"not understood: {self.peek()!r}"))
        return _with_conditions(statements, conditions)

    def _text_asks_condition(self, after_condition: bool) -> bool:
        """Read ``\\text{...}`` and say whether a condition must follow it."""
        self.take()
        start = self.position
        group = self.group()
        words = self.source[group[0].start : group[-1].end].split() if group else []
        if "or" in words and after_condition:
            raise EquationError("conditions joined by 'or' are not read: write two lines", start)
        if "unless" in words:
            raise EquationError("write 'if' with the opposite condition", start)
        asks = bool(set(words) & (_CONDITION_WORDS - _NO_CONDITION))
        asks |= words == ["and"] and after_condition
        if self.peek() in self.letters and self.peek(1) not in RELATIONS:
            self.take()  # \text{for every } j
            return False
        if not asks or self.done or self.peek() in SEPARATORS | TEXTS:
            return False
        return True

    def _is_index_condition(self) -> bool:
        bracket = self.peek() == "("
        return self.peek(bracket) in self.letters and self.peek(bracket + 1) in RELATIONS

    def condition(self) -> Node:
        """``i \\ne j``, ``z > 0``, ``k = 1, \\dots, n`` or ``l = 3, 2``."""
        start, left = self.position, self.expression()
        if isinstance(left, Index) and self.peek() == "=":
            enumeration = self._enumeration(left.letter, start)
            if enumeration is not None:
                return enumeration
        links = []
        while self.peek() in RELATIONS:
            relation = RELATIONS[self.take()]
            right = self.membership() if relation == "in" else self.expression()
            links.append((relation, right))
        if not links:
            self.fail("a condition needs a relation")
        return Condition(left, tuple(links), **self.span(start))

    def _enumeration(self, letter: str, start: int) -> Node | None:
        r"""``= 1, 2, \dots, n`` or ``= 3, 2`` after an index; None if it is a plain equation."""
        before = self.i
        self.take()
        first, second = self.expression(), None
        if self.peek() == "," and self.peek(2) == "," and self.peek(3) in DOTS:
            self.take()
            second = self.expression()
        if self.peek() == "," and self.peek(1) in DOTS:
            self.i += 2
            self.expect(",")
            return Span(letter, first, second, self.expression(), **self.span(start))
        values = [first]
        while self.peek() == "," and self.peek(1).isdigit():
            self.take()
            values.append(self.factor())
        if len(values) > 1:
            return Listed(letter, tuple(values), **self.span(start))
        self.i = before
        return None

    def statement(self) -> Statement | Equivalence:
        """A chain, or two chains that hold together."""
        start, left = self.position, self.chain()
        if self.peek() not in EQUIVALENCES:
            return left
        self.take()
        return Equivalence(left, self.chain(), **self.span(start))

    def chain(self) -> Statement:
        """``a = b = c``, ``0 < p \\le 1``, ``W \\in \\mathbb{R}^{n \\times d}``."""
        start, relations = self.position, []
        sides = [self._left_side()]
        while self.peek() in RELATIONS or (self.peek() == ":" and self.peek(1) == "="):
            if self.peek() == ":":
                self.take()
            relations.append(RELATIONS[self.take()])
            if relations[-1] == "in":
                sides.append(self.membership())
                break
            sides.append(self.expression())
        if not relations:
            found = self.peek() or "the end"
            self.fail(REFUSED.get(found, f"a relation is expected here, found {found!r}"))
        return Statement(tuple(sides), tuple(relations), **self.span(start))

    def _left_side(self) -> Node:
        if not self.new_symbols:
            return self.expression()
        start, before = self.position, self.i
        try:
            name = self.name()
        except EquationError:
            self.i = before
            return self.expression()
        letters: list[str] = []
        if name not in self.declarations and self.peek() == "_":
            self.take()
            group = self.group()
            letters = [token.text for token in group if token.text != ","]
            if not set(letters) <= self.letters:
                name, letters = f"{name}_{plain(group)}", []
        if name in self.declarations or self.peek() not in ("=", ":"):
            self.i = before
            return self.expression()
        self.declarations[name] = Declaration(name, len(letters), meaning="defined in the text")
        indices = tuple(Index(letter) for letter in letters)
        return Symbol(name, None, indices, **self.span(start))

    def membership(self) -> Node:
        r"""What stands after ``\in``: a space, a set of values or an interval."""
        start, opening = self.position, self.peek()
        if opening == r"\mathbb":
            self.take()
            if plain(self.group()) != "R":
                self.fail(r"only \mathbb{R} is read here")
            return Space(self._sizes() or (), **self.span(start))
        if opening == r"\{":
            values = tuple(self.bracketed_list())
            return Choice(values, self._sizes(), **self.span(start))
        if opening in ("(", "["):
            self.take()
            low = self.expression()
            self.expect(",")
            high = self.expression()
            closing = self.take()
            if closing not in (")", "]"):
                raise EquationError("an interval ends with ) or ]", self.last_end - 1)
            return Interval(low, high, (opening == "[", closing == "]"), **self.span(start))
        self.fail(r"after \in: \mathbb{R}^{...}, a set \{...\} or an interval")

    def _sizes(self) -> tuple[Node, ...] | None:
        """``^{n \\times d}``"""
        if self.peek() != "^":
            return None
        self.take()
        inner = self.inner(self.group())
        inner.no_times = True
        sizes = [inner.expression()]
        while inner.peek() == r"\times":
            inner.take()
            sizes.append(inner.expression())
        if not inner.done:
            inner.fail(f"not understood in a shape: {inner.peek()!r}")
        return tuple(sizes)


def _with_conditions(statements: list, conditions: list[Node]) -> list:
    """Give each statement the conditions of its line; one on an index only where it occurs."""
    given: list[list[Node]] = [[] for _ in statements]
    for condition in conditions:
        letter = _letter_of(condition)
        concerned = [
            own for own, s in zip(given, statements) if letter is None or letter in s.letters
        ]
        if not concerned:
            raise EquationError(
                f"no statement on this line has the index {letter}", condition.start
            )
        for own in concerned:
            own.append(condition)
    return [replace(s, conditions=tuple(own)) for s, own in zip(statements, given)]


def _letter_of(condition: Node) -> str | None:
    """The index that a condition is about, None if it is about a quantity."""
    if isinstance(condition, Condition):
        return condition.left.letter if isinstance(condition.left, Index) else None
    return condition.letter


def parse(
    source: str,
    declarations: Mapping[str, Declaration],
    letters,
    new_symbols: bool = False,
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

    Raises
    ------
    EquationError
        If something is not understood, with its position.
    """
    statements = []
    for tokens in _lines(without_alignment(tokenize(source))):
        parser = Parser(tokens, source, declarations, letters, new_symbols)
        statements += parser.line()
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
    starts = line[0].text in RELATIONS or line[0].text in EQUIVALENCES
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
