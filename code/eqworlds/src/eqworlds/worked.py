r"""Numbers put in for symbols: ``a_1 \delta_1 \approx 0.593 \cdot 0.138 \approx 0.082``.

A side of printed numbers is held against the sides before it in three ways.  Where it is built
like one of them, every number must be the value of the part it stands for, exactly after ``=``
and rounded after ``\approx``.  Where it is built otherwise, every decimal number must at least be
the value of something that the display or its world names.  In any case the whole must be as near
as the rounding of its numbers allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations, pairwise, permutations
from typing import Any

import numpy as np

from .nodes import (
    Add,
    Apply,
    Group,
    Hadamard,
    Index,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    walk,
)
from .printed import half_unit, has_decimals

FACTORS = 6  # products of more factors are not matched number by number


@dataclass(frozen=True)
class Wrong:
    """A printed number that is not the value of what it stands for."""

    symbols: Node
    number: Node
    sign: int


class Unlike:
    """The two sides are not built alike, so nothing can be said number by number."""


UNLIKE = Unlike()
Outcome = Wrong | Unlike | None
Fits = Callable[[Node, Node, int], bool]


def is_numeric(node: Node) -> bool:
    """Whether a side holds printed numbers and no quantity of the world."""
    return not any(isinstance(part, (Symbol, Index)) for part in walk(node))


def is_worked(node: Node) -> bool:
    """Whether a side consists of printed numbers only, some of them rounded."""
    return has_decimals(node) and is_numeric(node)


def is_put_in(node: Node) -> bool:
    """Whether a side consists of several printed numbers."""
    return is_numeric(node) and half_unit(node) is None and not _is_ratio(node)


def _is_ratio(node: Node) -> bool:
    r"""A constant such as ``\frac{1}{4}`` or ``-\frac{1}{2}``, printed for its value."""
    node, _ = _bare(node, 1)
    if isinstance(node, Quotient):
        return not has_decimals(node)
    return isinstance(node, Number)


def compare(symbols: Node, numbers: Node, fits: Fits, sign: int = 1) -> Outcome:
    """Hold printed numbers against the parts of another side for which they stand.

    Parameters
    ----------
    symbols, numbers : Node
        The two sides.  Factors of a product may have been put in in another order, or several
        as one number.
    fits : callable
        ``fits(symbols, number, sign)``: whether a number is the value of a part.
    sign : int
        Sign of the numbers relative to the symbols.

    Returns
    -------
    None, Wrong or UNLIKE
        None if every number fits.
    """
    symbols, first = _bare(symbols, sign)
    numbers, sign = _bare(numbers, first)
    if half_unit(numbers) is not None:
        return None if fits(symbols, numbers, sign) else Wrong(symbols, numbers, sign)
    for kind in (Product, Hadamard):
        if isinstance(symbols, kind) and isinstance(numbers, kind):
            return _factors(symbols.factors, numbers.factors, fits, sign)
    if isinstance(symbols, Quotient) and isinstance(numbers, Quotient):
        above = compare(symbols.top, numbers.top, fits, sign)
        return _both([above, compare(symbols.bottom, numbers.bottom, fits)])
    if isinstance(symbols, Power) and isinstance(numbers, Power) and sign == 1:
        below = compare(symbols.base, numbers.base, fits)
        return _both([below, compare(symbols.exponent, numbers.exponent, fits)])
    if isinstance(symbols, Apply) and isinstance(numbers, Apply):
        alike = symbols.name == numbers.name and symbols.order == numbers.order
        if alike and len(symbols.arguments) == len(numbers.arguments) and sign == 1:
            pairs = zip(symbols.arguments, numbers.arguments, strict=True)
            return _both([compare(s, v, fits) for s, v in pairs])
    if isinstance(symbols, Add) and isinstance(numbers, Add):
        return _terms(symbols.terms, numbers.terms, fits, sign)
    if isinstance(symbols, Number) and isinstance(numbers, Number):
        return None if fits(symbols, numbers, sign) else Wrong(symbols, numbers, sign)
    return UNLIKE


def _bare(node: Node, sign: int) -> tuple[Node, int]:
    """A node without brackets and signs around it, with the sign that they had."""
    while True:
        if isinstance(node, Group):
            node = node.of
        elif isinstance(node, Add) and len(node.terms) == 1:
            sign, node = sign * node.terms[0][0], node.terms[0][1]
        else:
            return node, sign


def _both(outcomes: Iterable[Outcome]) -> Outcome:
    """The first wrong number; UNLIKE if a part is; None if all fit."""
    found = [outcome for outcome in outcomes if outcome is not None]
    wrong = [outcome for outcome in found if isinstance(outcome, Wrong)]
    return wrong[0] if wrong else (found[0] if found else None)


def _terms(symbols: tuple, numbers: tuple, fits: Fits, sign: int) -> Outcome:
    if len(symbols) != len(numbers):
        return UNLIKE
    return _both(
        compare(s, v, fits, sign * s_sign * v_sign)
        for (s_sign, s), (v_sign, v) in zip(symbols, numbers, strict=True)
    )


def _factors(symbols: tuple, numbers: tuple, fits: Fits, sign: int) -> Outcome:
    if len(numbers) > len(symbols) or len(symbols) > FACTORS:
        return UNLIKE
    nearest: Outcome = UNLIKE
    for groups in _grouped(symbols, len(numbers)):
        for order in permutations(numbers):
            for carries in range(len(order)) if sign < 0 else (0,):
                outcome = _in_turn(groups, order, fits, sign, carries)
                if outcome is None:
                    return None
                if isinstance(nearest, Unlike):
                    nearest = outcome
    return nearest


def _in_turn(groups: list[Node], order: tuple, fits: Fits, sign: int, carries: int) -> Outcome:
    """Compare factors one by one, and stop at the first that does not fit."""
    for number, (s, v) in enumerate(zip(groups, order, strict=True)):
        outcome = compare(s, v, fits, sign if number == carries else 1)
        if outcome is not None:
            return outcome
    return None


def _grouped(factors: tuple, number: int) -> Iterator[list[Node]]:
    """Neighbouring factors taken together, in every way that leaves a given number."""
    for cuts in combinations(range(1, len(factors)), number - 1):
        edges = (0, *cuts, len(factors))
        yield [_product(factors[a:b]) for a, b in pairwise(edges)]


def _product(factors: tuple) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(factors, (False,) * len(factors), start=factors[0].start, end=factors[-1].end)


def rounding(numeric: Node, value, evaluate, exact=()) -> np.ndarray:
    """How far the rounding of its printed numbers can move a value.

    Parameters
    ----------
    numeric : Node
        A side of printed numbers.
    value : array
        Its value.
    evaluate : callable
        Gives the value of a node.
    exact : collection of float
        Printed numbers that aren't rounded, since the symbols have just these values.
    """
    total = np.zeros(np.shape(value))
    for part in walk(numeric):
        if isinstance(part, Number) and "." in part.text and part.value not in exact:
            moved = replace(part, value=part.value + half_unit(part))
            total = total + np.abs(evaluate(replaced(numeric, part, moved)) - value)
    return total


def replaced(node, old: Node, new: Node):
    """A node with one part of it replaced (that very part, not one that equals it)."""
    if node is old:
        return new
    if isinstance(node, tuple):
        return tuple(replaced(item, old, new) for item in node)
    if not isinstance(node, Node):
        return node
    values: dict[str, Any] = {
        f.name: replaced(getattr(node, f.name), old, new) for f in fields(node)
    }
    return type(node)(**values)


def with_index(node, letter: str, value: int):
    """A node with an index letter replaced by a number, for a sum that is written out."""
    if isinstance(node, Index) and node.letter == letter:
        return Number(value, str(value), start=node.start, end=node.end)
    if isinstance(node, tuple):
        return tuple(with_index(item, letter, value) for item in node)
    if not isinstance(node, Node) or letter not in node.letters:
        return node
    values: dict[str, Any] = {
        f.name: with_index(getattr(node, f.name), letter, value) for f in fields(node)
    }
    return type(node)(**values)


def decimals_in(node: Node) -> list[Number]:
    """The printed numbers of a side that have a decimal point."""
    return [part for part in walk(node) if isinstance(part, Number) and "." in part.text]
