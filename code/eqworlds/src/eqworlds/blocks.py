r"""Sums and products over an index, matrices and cases."""

from __future__ import annotations

from .derivatives import Derivatives
from .nodes import Big, Cases, Matrix, Node
from .tokens import NEWLINE, EquationError
from .vocabulary import ENDS_PRODUCT, RELATIONS, TEXTS

_MATRICES = {"bmatrix", "pmatrix", "matrix"}


class Blocks(Derivatives):
    """The part of the parser that reads what stands above and below, and rows of things."""

    def big(self, start: int, kind: str) -> Node:
        """A sum, product or extreme with what stands below and above it."""
        self.expect("_")
        below = self.inner(self.group())
        letters, low, members, conditions = below.big_index()
        high = None
        if self.peek() == "^":
            self.take()
            high = self.parse_all(self.group())
        if (low is None) != (high is None):
            raise EquationError("a sum needs both of its bounds or neither", start)
        if low is not None and len(letters) > 1:
            raise EquationError("bounds belong to one index: write one sum for each", start)
        body = self._product_body(letters) if kind == "prod" else self.term()
        for letter in reversed(letters):
            last = letter == letters[-1]
            body = Big(
                kind, letter, low, high, members, tuple(conditions) if last else (), body,
                **self.span(start),
            )  # fmt: skip
        return body

    def big_index(self) -> tuple[list[str], Node | None, Node | None, list[Node]]:
        r"""What stands below a ``\sum``: indices, lower bound, set, conditions."""
        letters, low, members, conditions = [], None, None, []
        while not self.done:
            if self.peek() == ",":
                self.take()
                continue
            letter = self.peek()
            if letter not in self.letters:
                self.fail(f"{letter!r} is not an index in this world")
            if self.peek(1) in RELATIONS and self.peek(1) not in ("=", r"\in"):
                if letter not in letters:
                    letters.append(letter)
                conditions.append(self.condition())
                continue
            letters.append(self.take())
            if self.peek() == "=":
                self.take()
                low = self.expression()
            elif self.peek() == r"\in":
                self.take()
                members = self.expression()
        if not letters:
            self.fail("a sum without an index")
        return letters, low, members, conditions

    def _product_body(self, letters: list[str]) -> Node:
        r"""Factors after ``\prod`` as long as they hold its index."""
        start, factors = self.position, [self.factor()]
        while self.peek() not in ENDS_PRODUCT | {r"\cdot", r"\odot", "/", r"\sum", r"\prod"}:
            before = self.i
            factor = self.factor()
            if not factor.letters & set(letters):
                self.i = before
                break
            factors.append(factor)
        return self._joined(factors, [False] * len(factors), start)

    # -------------------------------------------------------------- matrices and cases

    def environment(self, start: int) -> Node:
        r"""``\begin{bmatrix}`` or ``\begin{cases}``."""
        self.take()
        name = "".join(token.text for token in self.group())
        if name == "cases":
            kind, content = Cases, self._branches()
        elif name in _MATRICES:
            kind, content = Matrix, self._matrix_rows(name)
        else:
            raise EquationError(f"environment {name} is not read", start)
        self.expect(r"\end")
        self.group()
        return kind(tuple(content), **self.span(start))

    def _matrix_rows(self, name: str) -> list[tuple[Node, ...]]:
        rows, row = [], []
        while self.peek() != r"\end":
            row.append(self.expression())
            if self.peek() == "&":
                self.take()
            elif self.peek() == NEWLINE:
                self.take()
                rows.append(tuple(row))
                row = []
            elif self.peek() != r"\end":
                self.fail(f"not understood in a {name}: {self.peek()!r}")
        if row:
            rows.append(tuple(row))
        if len({len(row) for row in rows}) != 1:
            self.fail("the rows of this matrix differ in length")
        return rows

    def _branches(self) -> list[tuple[Node, tuple[Node, ...]]]:
        branches = []
        while self.peek() != r"\end":
            value, conditions, otherwise = self.expression(), [], False
            while self.peek() not in (NEWLINE, r"\end"):
                if self.peek() in (",", "&", r"\quad", r"\qquad", ".", ";"):
                    self.take()
                elif self.peek() in TEXTS:
                    self.take()
                    word = "".join(token.text for token in self.group())
                    if word.strip() == "or":
                        self.fail("two conditions joined by 'or': write two branches")
                    otherwise |= word.startswith(("otherwise", "else"))
                else:
                    conditions.append(self.condition())
            if not conditions and not otherwise:
                self.fail(r"a case needs its condition, or \text{otherwise}")
            branches.append((value, tuple(conditions)))
            if self.peek() == NEWLINE:
                self.take()
        return branches
