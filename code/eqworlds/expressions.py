"""Sums, products, fractions, derivatives, big operators, matrices and cases."""

from __future__ import annotations

from dataclasses import fields

from .nodes import (
    RUN_LETTER, Absolute, Add, Apply, Big, Cases, Component, Derivative, Group, Hadamard, Index,
    Iverson, Matrix, Node, Norm, Number, Power, Product, Quotient, Root, Run, Symbol, Transpose,
    Where,
)  # fmt: skip
from .symbols import Symbols, plain
from .tokens import NEWLINE, EquationError, Token, number_text
from .vocabulary import (
    CLOSING, DOTS, ENDS_PRODUCT, FUNCTIONS, REFUSED, RELATIONS, STYLES, TEXTS,
)  # fmt: skip

_FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
_BRACES = {r"\underbrace", r"\overbrace"}
_COLOURS = {r"\color", r"\textcolor", r"\class"}
_MATRICES = {"bmatrix", "pmatrix", "matrix"}
_BARS = {"|", r"\|", r"\vert", r"\Vert"}


class Expressions(Symbols):
    """The part of the parser that reads values."""

    no_times = False  # within \mathbb{R}^{n \times d}

    def span(self, start: int) -> dict[str, int]:
        """Place of a node that began at ``start`` and ends with the last token read."""
        return {"start": start, "end": self.last_end}

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
        return sign, self._run("sum", first[1], self.term())

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
            run = text in DOTS or (dot and self.peek(1) in DOTS)
            if run and self.peek(1 + dot) not in ENDS_PRODUCT:
                self.i += 1 + dot
                if self.peek() == r"\cdot":
                    self.take()
                factors[-1] = self._run("prod", factors[-1], self.factor())
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

    def _run(self, kind: str, first: Node, last: Node) -> Node:
        """What goes from ``first`` to ``last``, which may differ only in indices."""
        ends: list[tuple[Node, Node]] = []
        body = _align(first, last, ends)
        if body is None or not ends:
            message = r"the factors before and after \cdots must differ in their indices only"
            raise EquationError(message, last.start)
        return Run(kind, body, tuple(ends), start=first.start, end=last.end)

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

    # -------------------------------------------------------------- fractions and derivatives

    def fraction(self, start: int) -> Node:
        r"""``\frac``: a quotient or a derivative."""
        self.take()
        top, bottom = self.group(), self.group()
        order, of_tokens = _differential(top)
        below, _ = _differential(bottom)
        if not order or not below:
            node = Quotient(self.parse_all(top), self.parse_all(bottom))
            return Quotient(node.top, node.bottom, **self.span(start))
        by = self._variables(bottom, order)
        if of_tokens:
            of = self._function_name(of_tokens, by[0]) or self.parse_all(of_tokens, "factor")
        else:
            of = self.product()
        return Derivative(of, by, **self.span(start))

    def _variables(self, tokens: list[Token], order: int) -> tuple[Symbol, ...]:
        r"""The quantities below: ``\partial w``, ``\partial w^2``, ``\partial w \partial b``."""
        by: list[Symbol] = []
        rest = tokens
        while rest:
            taken, rest = _split_differential(rest)
            by += self._variable(taken)
        if len(by) != order:
            message = f"{order} derivatives above, {len(by)} variables below"
            raise EquationError(message, tokens[0].start)
        if order > 2:
            raise EquationError("only first and second derivatives are read", tokens[0].start)
        return tuple(by)

    def _variable(self, tokens: list[Token]) -> list[Symbol]:
        if not tokens:
            self.fail("a derivative with respect to nothing")
        node, times = self.parse_all(tokens, "factor"), 1
        if isinstance(node, Power) and node.exponent == Number(2, "2"):
            node, times = node.base, 2
        while isinstance(node, Group):
            node = node.of
        if not isinstance(node, Symbol):
            message = "derivative with respect to something that is not a symbol"
            raise EquationError(message, tokens[0].start)
        return [node] * times

    def _function_name(self, tokens: list[Token], by: Symbol) -> Node | None:
        r"""``\frac{d\sigma}{dz}`` means the derivative of ``\sigma(z)``."""
        inner = self.inner(tokens)
        if inner.peek() not in STYLES and inner.peek() not in self.declarations | FUNCTIONS:
            return None
        name = inner.name()
        declaration = self.declarations.get(name)
        if not (name in FUNCTIONS or (declaration and declaration.function)):
            return None
        key = None
        if inner.peek() == "_" and declaration and declaration.key:
            inner.take()
            key = inner.index_list(inner.group(), 1)[0]
        if not inner.done:
            return None
        place = {"start": tokens[0].start, "end": tokens[-1].end}
        return Apply(name, key, 0, (by,), **place)

    def _nabla(self, start: int) -> Node:
        self.take()
        self.expect("_")
        by = self._variable(self.group())
        return Derivative(self.factor(), tuple(by), **self.span(start))

    # -------------------------------------------------------------- big operators

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


def _align(first, last, ends: list, in_index: bool = False):
    """The common shape of two nodes that differ in indices only; None if they differ more."""
    if first == last:
        return first
    if in_index:
        ends.append((first, last))
        return Add(((1, first), (1, Index(RUN_LETTER))), start=first.start, end=first.end)
    if isinstance(first, tuple) and isinstance(last, tuple) and len(first) == len(last):
        parts = [_align(a, b, ends) for a, b in zip(first, last)]
        return None if any(part is None for part in parts) else tuple(parts)
    if type(first) is not type(last) or not isinstance(first, Node):
        return None
    values = {"start": first.start, "end": first.end}
    for f in fields(first):
        if f.name in values:
            continue
        a, b = getattr(first, f.name), getattr(last, f.name)
        if f.name == "indices" and len(a) == len(b):
            values[f.name] = tuple(_align(x, y, ends, True) for x, y in zip(a, b))
        elif a is None and b is None:
            values[f.name] = None
        else:
            values[f.name] = _align(a, b, ends, f.name == "key")
            if values[f.name] is None:
                return None
    return type(first)(**values)
