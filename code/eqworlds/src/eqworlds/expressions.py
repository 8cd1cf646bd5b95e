"""Terms, products and factors: what a value is made of."""

from __future__ import annotations

from .blocks import Blocks
from .nodes import (
    Absolute,
    Add,
    Apply,
    Component,
    Group,
    Hadamard,
    Iverson,
    Node,
    Norm,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Symbol,
    Transpose,
    Where,
)
from .runs import run
from .symbols import plain
from .tokens import EquationError, Token, number_text
from .vocabulary import CLOSING, DOTS, ENDS_PRODUCT, REFUSED

_FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
_BRACES = {r"\underbrace", r"\overbrace"}
_COLOURS = {r"\color", r"\textcolor", r"\class"}
_BARS = {"|", r"\|", r"\vert", r"\Vert"}


class Expressions(Blocks):
    """The part of the parser that reads values."""

    no_times = False  # within \mathbb{R}^{n \times d}

    # -------------------------------------------------------------- sums and products

    def expression(self) -> Node:
        """Terms with signs."""
        start, sign = self.position, 1
        if self.peek() in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
        terms = [(sign, self.term())]
        while self.peek() in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
            if self.peek() in DOTS:
                terms[-1] = self._run_of_terms(terms[-1], sign)
            else:
                terms.append((sign, self.term()))
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        return Add(tuple(terms), **self.span(start))

    def _run_of_terms(self, first: tuple[int, Node], sign: int) -> tuple[int, Node]:
        """``first + \\cdots + last``."""
        self.take()
        if self.peek() != ("+" if sign == 1 else "-") or first[0] != sign:
            self.fail(r"the same sign must stand before and after \cdots")
        self.take()
        return sign, run("sum", first[1], self.term())

    def term(self) -> Node:
        r"""Products joined by ``\odot``; factors side by side bind tighter."""
        start, factors = self.position, [self.product()]
        while self.peek() == r"\odot":
            self.take()
            factors.append(self.product())
        return factors[0] if len(factors) == 1 else Hadamard(tuple(factors), **self.span(start))

    def product(self) -> Node:
        """Factors side by side, with dots or a slash between them."""
        start, factors, dotted, slash = self.position, [self.factor()], [False], False
        while True:
            text = self.peek()
            dot = text == r"\cdot" or (text == r"\times" and not self.no_times)
            dots = text in DOTS or (dot and self.peek(1) in DOTS)
            if dots and self.peek(1 + dot) not in ENDS_PRODUCT:
                self.i += 1 + dot
                if self.peek() == r"\cdot":
                    self.take()
                factors[-1] = run("prod", factors[-1], self.factor())
            elif dot:
                self.take()
                factors.append(self.factor())
                dotted.append(text == r"\cdot")
            elif text == "/":
                self.take()
                top = self._joined(factors, dotted, start)
                factors, dotted = [Quotient(top, self.factor(), **self.span(start))], [False]
                slash = True
            elif text not in ENDS_PRODUCT and text != r"\odot":
                if slash:
                    self.fail(r"a product after '/': write \frac")
                if text[0].isdigit():
                    self.fail(r"a number after a factor: write \cdot before it")
                factors.append(self.factor())
                dotted.append(False)
            else:
                return self._joined(factors, dotted, start)

    def _joined(self, factors: list[Node], dotted: list[bool], start: int) -> Node:
        if len(factors) == 1:
            return factors[0]
        return Product(tuple(factors), tuple(dotted), **self.span(start))

    # -------------------------------------------------------------- factors

    def factor(self) -> Node:
        """An atom with what is raised, lowered or barred after it."""
        start, node = self.position, self.atom()
        while True:
            mark = self.peek()
            if mark in ("|", r"\vert", r"\rvert") and self.peek(1) == "_" and not self.open_bars:
                self.i += 2
                node = Where(node, self._settings(self.group()), **self.span(start))
            elif mark == "_":
                self.take()
                indices = tuple(self.index_list(self.group(), 9))
                node = Component(node, indices, **self.span(start))
            elif mark == "^":
                self.take()
                node = self._raised(node, self.group(), start)
            elif mark == "'":
                self.fail("a prime here belongs to no function")
            else:
                return node

    def _raised(self, node: Node, group: list[Token], start: int) -> Node:
        if plain(group) == r"\top":
            return Transpose(node, **self.span(start))
        if group and group[0].text == r"\odot":
            return Power(node, self.parse_all(group[1:]), True, **self.span(start))
        return Power(node, self.parse_all(group), **self.span(start))

    def _settings(self, group: list[Token]) -> tuple[tuple[Symbol, Node], ...]:
        """``w = w_0, b = 0`` below an evaluation bar."""
        inner, settings = self.inner(group), []
        while not inner.done:
            symbol = inner.symbol()
            if not isinstance(symbol, Symbol):
                raise EquationError("an evaluation bar sets a symbol", symbol.start)
            inner.expect("=")
            settings.append((symbol, inner.expression()))
            if inner.peek() == ",":
                inner.take()
        return tuple(settings)

    def atom(self) -> Node:
        """What cannot be cut further without opening it."""
        start, text = self.position, self.peek()
        if text in _BARS:
            return self._between_bars(start)
        if text in ENDS_PRODUCT:
            self.fail(REFUSED.get(text, f"expected a quantity, found {text or 'the end'!r}"))
        if text[0].isdigit():
            self.take()
            digits = number_text(text)
            value = float(digits) if "." in digits else int(digits)
            return Number(value, digits, **self.span(start))
        if text in _BRACES | _COLOURS | {r"\boxed"}:
            return self._decorated(start)
        if text == "{":
            return Group(self.parse_all(self.group()), **self.span(start))
        if text in ("(", "[", r"\{"):
            return self._bracketed(start)
        if text in (r"\lvert", r"\lVert"):
            return self._between_bars(start)
        if text in _FRACTIONS:
            return self.fraction(start)
        if text == r"\sqrt":
            self.take()
            if self.peek() == "[":
                self.fail(r"only square roots are read: write a power")
            return Root(self.parse_all(self.group()), **self.span(start))
        if text in (r"\sum", r"\prod"):
            self.take()
            return self.big(start, text[1:])
        if text in (r"\max", r"\min", r"\arg", r"\operatorname", r"\operatorname*"):
            node = self._extreme(start)
            if node is not None:
                return node
        if text == r"\nabla":
            return self._nabla(start)
        if text == r"\mathbb" and "1" in (self.peek(1), self.peek(2)):
            return self._iverson(start)
        if text == r"\begin":
            return self.environment(start)
        return self.symbol()

    def _bracketed(self, start: int) -> Node:
        opening, bars = self.take(), self.open_bars
        self.open_bars = 0
        node = self.expression()
        self.open_bars = bars
        self.expect(CLOSING[opening])
        return Group(node, **self.span(start))

    def _between_bars(self, start: int) -> Node:
        opening = self.take()
        closing = CLOSING.get(opening, opening)
        self.open_bars += 1
        node = self.expression()
        self.open_bars -= 1
        self.expect(closing)
        if opening not in (r"\|", r"\Vert", r"\lVert"):
            return Absolute(node, **self.span(start))
        order = 2
        if self.peek() == "_":
            self.take()
            group = self.group()
            if plain(group) not in ("1", "2", "F"):
                raise EquationError("only the norms 1, 2 and F are read", group[0].start)
            order = 1 if plain(group) == "1" else 2
        return Norm(node, order, **self.span(start))

    def _decorated(self, start: int) -> Node:
        text = self.take()
        if text in _COLOURS:
            self.group()
        node = self.parse_all(self.group())
        if text in _BRACES and self.peek() in ("_", "^"):
            self.take()
            self.group()
        return Group(node, **self.span(start))

    def _extreme(self, start: int) -> Node | None:
        r"""``\max_k ...``, ``\max(0, z)``, ``\arg\max_k ...``; None for other operator names."""
        before = self.i
        word = self.take()
        if word == r"\arg":
            word += self.take()
        elif word.startswith(r"\operatorname"):
            word = "".join(token.text for token in self.group()).replace(r"\,", "")
        kind = {r"\max": "max", r"\min": "min", "max": "max", "min": "min",
                r"\arg\max": "argmax", r"\arg\min": "argmin", "argmax": "argmax",
                "argmin": "argmin"}.get(word)  # fmt: skip
        if kind is None:
            self.i = before
            return None
        if self.peek() == "_":
            return self.big(start, kind)
        if kind.startswith("arg"):
            self.fail("argmax needs its index below it")
        return Apply("\\" + kind, None, 0, tuple(self.function_arguments()), **self.span(start))

    def _iverson(self, start: int) -> Node:
        self.take()
        self.group()
        opening = self.take()
        if opening == "_":
            condition = self.parse_all(self.group(), "condition")
        else:
            condition = self.condition()
            self.expect(CLOSING.get(opening, opening))
        return Iverson(condition, **self.span(start))
