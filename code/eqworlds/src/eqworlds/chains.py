"""Neighbouring partial derivatives must chain: ``dA/dB . dB/dC`` or, reversed, ``dB/dC . dA/dB``.

The values cannot tell a broken chain from a sound one if two factors happen to be equal; the
names can.  Indices count: ``dJ/dz_j . dz_k/dw`` is broken.  A product of partials alone must also
lead from the top of the derivative on the left to its bottom.
"""

from __future__ import annotations

import itertools
from typing import TypeGuard

from .nodes import Big, Derivative, Group, Node, Product, Statement, Symbol, walk
from .tokens import EquationError


def check_chains(statement: Node, original) -> None:
    """Complain about neighbouring partials that do not telescope.

    Parameters
    ----------
    statement : Node
        A statement or any part of one.
    original : callable
        The quantity that a name stands for (``w`` for ``W``).

    Raises
    ------
    EquationError
        At the factor that does not chain with the one before it.
    """
    parts = list(walk(statement))
    for node in parts:
        if isinstance(node, Product):
            _check_factors(_flat(node), original)
    for node in parts:
        if isinstance(node, Statement):
            _check_ends(node, original)


def _check_ends(statement: Statement, original) -> None:
    """A derivative equal to a product of partials: they must lead from its top to its bottom."""
    whole = statement.sides[0]
    if not _is_plain(whole) or set(statement.relations) - {"="}:
        return
    for side in statement.sides[1:]:
        factors = _flat(side)
        plain = [factor for factor in factors if _is_plain(factor)]
        if len(factors) < 2 or len(plain) < len(factors):
            continue
        first, last = plain[0], plain[-1]
        if _step(first, plain[1], original) == -1:
            first, last = last, first
        if not (_same(first.of, whole.of, original) and _same(last.by[0], whole.by[0], original)):
            message = "these partials do not lead from what is above on the left to what is below"
            raise EquationError(message, side.start)


def _is_plain(node: Node) -> TypeGuard[Derivative]:
    """A first derivative of a quantity."""
    return isinstance(node, Derivative) and len(node.by) == 1 and isinstance(node.of, Symbol)


def _flat(node: Node) -> list[Node]:
    """Factors of a product, the body of a sum at its end included."""
    if isinstance(node, Product):
        return [factor for part in node.factors for factor in _flat(part)]
    if isinstance(node, Big) and node.kind == "sum":
        return _flat(node.body)
    if isinstance(node, Group) and isinstance(node.of, (Product, Derivative, Big)):
        return _flat(node.of)
    return [node]


def _check_factors(factors: list[Node], original) -> None:
    direction = 0
    for before, after in itertools.pairwise(factors):
        if not (isinstance(before, Derivative) and isinstance(after, Derivative)):
            direction = 0
            continue
        step = _step(before, after, original)
        if step is None:
            continue
        if step == 0 or step * direction < 0:
            message = "these partials do not chain: below the one must stand what is above the next"
            raise EquationError(message, after.start)
        direction = step


def _step(before: Derivative, after: Derivative, original) -> int | None:
    """1 if the pair chains, -1 if it chains from the right, 0 if not; None if it need not."""
    if len(before.by) > 1 or len(after.by) > 1:
        return None
    if not isinstance(before.of, Symbol) or not isinstance(after.of, Symbol):
        return None
    if _same(before.by[0], after.of, original):
        return 1
    if _same(after.by[0], before.of, original):
        return -1
    if _same(before.of, after.of, original):
        return None  # a product of two slopes of one quantity, as in a Hessian
    return 0


def _same(one: Node, other: Node, original) -> bool:
    if not (isinstance(one, Symbol) and isinstance(other, Symbol)):
        return False
    names = original(one.name) == original(other.name)
    return names and one.key == other.key and one.indices == other.indices
