"""Terms, products and factors: what a value is made of."""

from __future__ import annotations

from . import blocks, clauses, derivatives, symbols, words
from .cursor import Cursor
from .nodes import (
    Absolute,
    Add,
    Apply,
    Component,
    Factorial,
    Group,
    Hadamard,
    Iverson,
    Node,
    Norm,
    Noted,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Symbol,
    Transpose,
    Tuple,
    Where,
)
from .runs import run
from .symbols import plain
from .tokens import EquationError, Token, number_text
from .vocabulary import BARS, CLOSING, DOTS, ENDS_PRODUCT, REFUSED, TEXTS

_FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
_BRACES = {r"\underbrace", r"\overbrace"}
_COLOURS = {r"\color", r"\textcolor", r"\class"}
_BY_ENTRIES = {r"\odot", r"\circ"}


# -------------------------------------------------------------- sums and products


def expression(c: Cursor) -> Node:
    """Terms with signs."""
    start, sign = c.position, 1
    if c.peek() in ("+", "-"):
        sign = -1 if c.take() == "-" else 1
    terms = [(sign, term(c))]
    while c.peek() in ("+", "-"):
        sign = -1 if c.take() == "-" else 1
        if c.peek() in DOTS:
            terms[-1] = _run_of_terms(c, terms[-1], sign)
        else:
            terms.append((sign, term(c)))
    if len(terms) == 1 and terms[0][0] == 1:
        return terms[0][1]
    return Add(tuple(terms), **c.span(start))


def _run_of_terms(c: Cursor, first: tuple[int, Node], sign: int) -> tuple[int, Node]:
    """``first + \\cdots + last``."""
    c.take()
    if c.peek() != ("+" if sign == 1 else "-") or first[0] != sign:
        if c.peek() in ENDS_PRODUCT - {"+", "-"} or c.done:
            c.fail("a sum that ends in dots claims nothing that can be checked: give its last term")
        c.fail(r"the same sign must stand before and after \cdots")
    c.take()
    return sign, run("sum", first[1], term(c))


def term(c: Cursor) -> Node:
    r"""Products joined by ``\odot``; factors side by side bind tighter."""
    start, factors = c.position, [product(c)]
    while c.peek() in _BY_ENTRIES:
        c.take()
        factors.append(product(c))
    return factors[0] if len(factors) == 1 else Hadamard(tuple(factors), **c.span(start))


def product(c: Cursor) -> Node:
    """Factors side by side, with dots or a slash between them."""
    start, factors, dotted, slash = c.position, [factor(c)], [False], False
    while True:
        text = c.peek()
        dot = text in (r"\cdot", "*") or (text == r"\times" and not c.no_times)
        dots = text in DOTS or (dot and c.peek(1) in DOTS)
        if dots and c.peek(1 + dot) not in ENDS_PRODUCT:
            c.i += 1 + dot
            if c.peek() == r"\cdot":
                c.take()
            factors[-1] = run("prod", factors[-1], factor(c))
        elif dot:
            c.take()
            factors.append(factor(c))
            dotted.append(text == r"\cdot")
        elif text == "/":
            c.take()
            top = joined(c, factors, dotted, start)
            factors, dotted = [Quotient(top, factor(c), **c.span(start))], [False]
            slash = True
        elif (text not in ENDS_PRODUCT and text not in _BY_ENTRIES) or _opens_bar(c):
            if slash:
                c.fail(r"a product after '/': write \frac")
            if text[0].isdigit():
                c.fail(r"a number after a factor: write \cdot before it")
            factors.append(factor(c))
            dotted.append(False)
        else:
            return joined(c, factors, dotted, start)


def joined(c: Cursor, factors: list[Node], dotted: list[bool], start: int) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(tuple(factors), tuple(dotted), **c.span(start))


# -------------------------------------------------------------- factors


def factor(c: Cursor) -> Node:
    """An atom with what is raised, lowered or barred after it."""
    start, node = c.position, atom(c)
    while True:
        mark = c.peek()
        if mark in ("|", r"\vert", r"\rvert") and c.peek(1) == "_" and not c.open_bars:
            c.i += 2
            node = Where(node, _settings(c, c.group()), **c.span(start))
        elif mark == "_":
            c.take()
            indices = tuple(symbols.index_list(c, c.group(), 9))
            node = Component(node, indices, **c.span(start))
        elif mark == "^":
            c.take()
            node = _raised(c, node, c.group(), start)
        elif mark == "!":
            c.take()
            node = Factorial(node, **c.span(start))
        elif mark == "'" and isinstance(node, Group):
            c.take()
            node = Transpose(node, **c.span(start))
        elif mark == "'":
            c.fail("a prime here belongs to no function")
        else:
            return node


def _raised(c: Cursor, node: Node, group: list[Token], start: int) -> Node:
    if plain(group) == r"\top" or (plain(group) == "T" and "T" not in c.declarations):
        return Transpose(node, **c.span(start))
    if group and group[0].text == r"\odot":
        return Power(node, c.whole(group[1:], expression), True, **c.span(start))
    return Power(node, c.whole(group, expression), start=start, end=c.last_end)


def _settings(c: Cursor, group: list[Token]) -> tuple[tuple[Symbol, Node], ...]:
    """``w = w_0, b = 0`` below an evaluation bar."""
    inner, settings = c.inner(group), []
    while not inner.done:
        symbol = symbols.read_symbol(inner)
        if not isinstance(symbol, Symbol):
            raise EquationError("an evaluation bar sets a symbol", symbol.start)
        inner.expect("=")
        settings.append((symbol, expression(inner)))
        if inner.peek() == ",":
            inner.take()
    return tuple(settings)


def atom(c: Cursor) -> Node:
    """What cannot be cut further without opening it."""
    start, text = c.position, c.peek()
    if text in BARS:
        return _between_bars(c, start)
    if text in TEXTS and _is_name(c):
        return symbols.read_symbol(c)
    if text in ENDS_PRODUCT:
        c.fail(REFUSED.get(text, f"expected a quantity, found {text or 'the end'!r}"))
    if text[0].isdigit():
        c.take()
        digits = number_text(text)
        value = float(digits) if "." in digits else int(digits)
        return Number(value, digits, **c.span(start))
    if text in _BRACES | _COLOURS | {r"\boxed"}:
        return _decorated(c, start)
    if text == "{" and _is_word(c):
        return symbols.read_symbol(c)
    if text == "{":
        return Group(c.whole(c.group(), expression), **c.span(start))
    if text in ("(", "[", r"\{"):
        return _bracketed(c, start)
    if text == r"\langle":
        left, right = symbols.bracketed_list(c)
        return Product((left, right), (False, True), **c.span(start))
    if text in (r"\lvert", r"\lVert"):
        return _between_bars(c, start)
    if text in _FRACTIONS:
        return derivatives.fraction(c, start)
    if text == r"\sqrt":
        c.take()
        if c.peek() == "[":
            c.fail(r"only square roots are read: write a power")
        return Root(c.whole(c.group(), expression), **c.span(start))
    if text in (r"\sum", r"\prod"):
        c.take()
        return blocks.big(c, start, text[1:])
    if text in (r"\max", r"\min", r"\arg", r"\operatorname", r"\operatorname*"):
        node = _extreme(c, start)
        if node is not None:
            return node
    if text == r"\partial" and c.peek(1) == "_":
        return derivatives.nabla(c, start)
    if text == r"\partial" or (text == "d" and _is_slash_derivative(c)):
        return derivatives.slash(c, start)
    if text == r"\nabla":
        return derivatives.nabla(c, start)
    if text == r"\mathbb" and "1" in (c.peek(1), c.peek(2)):
        return _iverson(c, start)
    if text == r"\begin":
        return blocks.environment(c, start)
    return symbols.read_symbol(c)


def _opens_bar(c: Cursor) -> bool:
    """Whether a bar opens an absolute value or norm that is one more factor."""
    bar = c.peek() in BARS and not c.open_bars and not c.parting
    return bar and c.peek(1) not in ENDS_PRODUCT | {"_", "^"}


def _is_name(c: Cursor) -> bool:
    r"""Whether ``\textrm{BN}`` where a quantity is expected is a name: a single word."""
    ahead = 2
    while c.peek(ahead).isalpha() and len(c.peek(ahead)) == 1:
        ahead += 1
    return c.peek(1) == "{" and ahead > 2 and c.peek(ahead) == "}"


def _is_word(c: Cursor) -> bool:
    """Whether braces hold a word of three characters or more, such as ``{income}_i``."""
    ahead = 1
    while c.peek(ahead).isalnum():
        ahead += 1
    letters = [c.peek(k) for k in range(1, ahead)]
    word = "".join(letters)
    known = all(letter in c.declarations or letter in c.letters for letter in letters)
    return c.peek(ahead) == "}" and len(word) > 2 and word[0].isalpha() and not known


def _is_slash_derivative(c: Cursor) -> bool:
    """Whether ``dJ/dw`` begins here, ``d`` being no quantity."""
    if "d" in c.declarations:
        return False
    ahead = 1
    while c.peek(ahead) not in ENDS_PRODUCT | {"/", "("}:
        ahead += 1
    return c.peek(ahead) == "/" and c.peek(ahead + 1) == "d"


def _bracketed(c: Cursor, start: int) -> Node:
    opening, bars = c.take(), c.open_bars
    c.open_bars = 0
    node = expression(c)
    entries = [node]
    while opening in ("(", "[") and c.peek() == ",":
        c.take()
        entries.append(expression(c))
    c.open_bars = bars
    c.expect(CLOSING[opening])
    if len(entries) > 1:
        return Tuple(tuple(entries), **c.span(start))
    return Group(node, **c.span(start))


def _between_bars(c: Cursor, start: int) -> Node:
    opening = c.take()
    closing = CLOSING.get(opening, opening)
    c.open_bars += 1
    node = expression(c)
    c.open_bars -= 1
    c.expect(closing)
    if opening not in (r"\|", r"\Vert", r"\lVert"):
        return Absolute(node, **c.span(start))
    order: int | str = 2
    if c.peek() == "_":
        c.take()
        group = c.group()
        written = plain(group)
        named: dict[str, int | str] = {"F": 2, r"\infty": "max"}
        order = named.get(written, int(written) if written.isdigit() else 0)
        if not order:
            raise EquationError("a norm is that of a whole number, F or \\infty", group[0].start)
    return Norm(node, order, **c.span(start))


def _decorated(c: Cursor, start: int) -> Node:
    text = c.take()
    if text in _COLOURS:
        c.group()
    node = c.whole(c.group(), expression)
    if text in _BRACES and c.peek() in ("_", "^"):
        c.take()
        return _noted(c, node, start)
    return Group(node, **c.span(start))


def _noted(c: Cursor, node: Node, start: int) -> Node:
    """What stands under a brace: words, the shape of what is above it, or its value."""
    place, group = c.position, c.group()
    worded = [token for token in group if token.text in TEXTS]
    if worded:
        if group[0] is not worded[0] or group[-1].text != "}" or len(worded) > 1:
            raise EquationError("under a brace stand words or a formula, not both", place)
        words.under_brace(c.source[group[2].start : group[-1].start], place)
        return Group(node, **c.span(start))
    if group and group[0].text in ("=", r"\equiv"):
        group = group[1:]
    if any(token.text == r"\times" for token in group):
        sizes = clauses.sizes(c.inner(group))
        return Noted(node, None, sizes, **c.span(start))
    return Noted(node, c.whole(group, expression), None, **c.span(start))


def _extreme(c: Cursor, start: int) -> Node | None:
    r"""``\max_k ...``, ``\max(0, z)``, ``\arg\max_k ...``; None for other operator names."""
    before = c.i
    word = c.take()
    if word == r"\arg":
        word += c.take()
    elif word.startswith(r"\operatorname"):
        word = "".join(token.text for token in c.group()).replace(r"\,", "")
    kind = {r"\max": "max", r"\min": "min", "max": "max", "min": "min",
            r"\arg\max": "argmax", r"\arg\min": "argmin", "argmax": "argmax",
            "argmin": "argmin"}.get(word)  # fmt: skip
    if kind is None:
        c.i = before
        return None
    if c.peek() == "_":
        return blocks.big(c, start, kind)
    if kind.startswith("arg"):
        c.fail("argmax needs its index below it")
    return Apply("\\" + kind, None, 0, tuple(symbols.function_arguments(c)), **c.span(start))


def _iverson(c: Cursor, start: int) -> Node:
    c.take()
    c.group()
    opening = c.take()
    if opening == "_":
        condition = c.whole(c.group(), clauses.condition)
    else:
        condition = clauses.condition(c)
        c.expect(CLOSING.get(opening, opening))
    return Iverson(condition, **c.span(start))
