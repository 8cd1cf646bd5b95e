r"""Numbers put in for symbols: ``a_1 \delta_1 \approx 0.593 \cdot 0.138 \approx 0.082``.

A side of printed numbers after ``\approx`` is held against the side with symbols before it in
two ways.  Where both are built alike, every printed number must be its symbol's value, rounded.
In any case the whole must be as near as the rounding of its numbers allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import combinations, pairwise, permutations

import numpy as np

from .nodes import Add, Group, Hadamard, Node, Number, Product, Quotient, walk
from .printed import half_unit, has_decimals, has_symbols

Pair = tuple[Node, Node, int]  # symbols, printed number, sign of the number


def is_worked(node: Node) -> bool:
    """Whether a side consists of printed numbers only, some of them rounded."""
    return has_decimals(node) and not has_symbols(node)


def assignments(symbolic: Node, numeric: Node, sign: int = 1) -> Iterator[list[Pair]]:
    """Ways in which printed numbers can stand for the parts of a side with symbols.

    Factors of a product may have been put in in another order, or several as one number.
    """
    symbolic, numeric = _bare(symbolic), _bare(numeric)
    if half_unit(numeric) is not None:
        yield [(symbolic, numeric, sign)]
    elif (isinstance(symbolic, Product) and isinstance(numeric, Product)) or (
        isinstance(symbolic, Hadamard) and isinstance(numeric, Hadamard)
    ):
        yield from _factors(symbolic.factors, numeric.factors, sign)
    elif isinstance(symbolic, Quotient) and isinstance(numeric, Quotient):
        parts = [(symbolic.top, numeric.top, sign), (symbolic.bottom, numeric.bottom, 1)]
        yield from _all_of(parts)
    elif isinstance(symbolic, Add) and isinstance(numeric, Add):
        if len(symbolic.terms) == len(numeric.terms):
            parts = [
                (s, v, sign * s_sign * v_sign)
                for (s_sign, s), (v_sign, v) in zip(symbolic.terms, numeric.terms, strict=False)
            ]
            yield from _all_of(parts)


def _bare(node: Node) -> Node:
    while isinstance(node, Group):
        node = node.of
    return node


def _factors(symbolic: tuple, numeric: tuple, sign: int) -> Iterator[list[Pair]]:
    if len(numeric) > len(symbolic) or len(symbolic) > 5:
        return
    for groups in _grouped(symbolic, len(numeric)):
        for order in permutations(numeric):
            parts = [(s, v, 1) for s, v in zip(groups, order, strict=False)]
            parts[0] = (*parts[0][:2], sign)
            yield from _all_of(parts)


def _grouped(factors: tuple, number: int) -> Iterator[list[Node]]:
    """Neighbouring factors taken together, in every way that leaves a given number."""
    for cuts in combinations(range(1, len(factors)), number - 1):
        edges = (0, *cuts, len(factors))
        yield [_product(factors[a:b]) for a, b in pairwise(edges)]


def _product(factors: tuple) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(factors, (False,) * len(factors), start=factors[0].start, end=factors[-1].end)


def _all_of(parts: list[Pair]) -> Iterator[list[Pair]]:
    """Every way to assign all parts at once."""
    if not parts:
        yield []
        return
    for first in assignments(*parts[0]):
        for rest in _all_of(parts[1:]):
            yield first + rest


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
            total = total + np.abs(evaluate(_with(numeric, part, moved)) - value)
    return total


def _with(node, old: Node, new: Node):
    """A node with one part of it replaced (that very part, not one that equals it)."""
    if node is old:
        return new
    if isinstance(node, tuple):
        return tuple(_with(item, old, new) for item in node)
    if not isinstance(node, Node):
        return node
    values = {f.name: _with(getattr(node, f.name), old, new) for f in fields(node)}
    return type(node)(**values)
