"""Which values an index takes: those for which every term that uses it exists.

A subscript without an offset fixes the range exactly (``x_i``: all entries of ``x``); a layer
or a subscript with an offset (``a^{l-1}``) only limits it.  All exact ranges must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from .limits import check_values
from .nodes import (
    POINT_LETTER,
    Add,
    Apply,
    Cases,
    Condition,
    Index,
    Listed,
    Node,
    Number,
    Space,
    Span,
    Symbol,
)
from .scope import Scope
from .tokens import EquationError

# where functions without argument are evaluated
POINTS = (-1.7, -0.6, 0.45, 1.3)
# how an occurrence limits an index: exactly, by an offset, or as a layer
EXACT, OFFSET, LAYER = "exact", "offset", "layer"


def with_offset(node: Node) -> tuple[str | None, int]:
    """Letter and offset of an index such as ``l+1``; letter None if it is something else."""
    if isinstance(node, Index):
        return node.letter, 0
    if isinstance(node, Add) and len(node.terms) == 2:
        (sign, first), (second_sign, second) = node.terms
        if sign == 1 and isinstance(first, Index) and isinstance(second, Number):
            return first.letter, second_sign * int(second.value)
    return None, 0


class Ranges:
    """Finds ranges of indices; ``truth`` and ``whole`` evaluate conditions and indices."""

    def __init__(self, truth: Callable, whole: Callable):
        self.truth = truth
        self.whole = whole

    def range_of(self, letter: str, nodes, scope: Scope, place: int) -> list:
        """Values of a letter for which the given nodes exist."""
        found = list(chain.from_iterable(self._uses(node, letter, scope) for node in nodes))
        if not found:
            raise EquationError(f"index {letter} has no range: nothing carries it", place)
        exact = [values for kind, values in found if kind == EXACT]
        if not exact and any(kind == OFFSET for kind, _ in found):
            raise EquationError(f"index {letter} is nowhere used without an offset", place)
        if any(values != exact[0] for values in exact):
            sizes = sorted({len(values) for values in exact})
            raise EquationError(f"index {letter} runs over axes of different sizes {sizes}", place)
        return sorted(set.intersection(*(values for _, values in found)))

    def _uses(self, node: Node, letter: str, scope: Scope) -> Iterator[tuple[str, set]]:
        """Every place where a letter is used, with the values that the place allows."""
        if letter not in node.letters:
            return
        if isinstance(node, Cases):
            limited = self._cases_range(node, letter, scope)
            if limited is not None:
                yield from limited
                return
        if isinstance(node, (Symbol, Apply)):
            yield from self._symbol_uses(node, letter, scope)
        for child in node.children:
            yield from self._uses(child, letter, scope)

    def _symbol_uses(self, node, letter: str, scope: Scope) -> Iterator[tuple[str, set]]:
        world = scope.env.world
        declaration = world.declarations.get(node.name)
        if declaration is None:
            return
        name = world.original(node.name)
        if node.key is not None:
            used, offset = with_offset(node.key)
            if used == letter:
                keys = world.keys.get(name) or range(1, 99)
                yield LAYER, {key - offset if offset else key for key in keys}
        for axis, index in enumerate(getattr(node, "indices", ())):
            used, offset = with_offset(index)
            if used != letter:
                continue
            size = self._axis_size(node, name, axis + declaration.row, scope)
            if size is not None:
                allowed = {declaration.first + i - offset for i in range(size)}
                yield (OFFSET if offset else EXACT), allowed

    def _axis_size(self, node: Symbol, name: str, axis: int, scope: Scope) -> int | None:
        """Size of an axis; None while the layer is not known or does not exist."""
        if node.key is not None and not node.key.letters <= scope.bound.keys():
            return None
        try:
            key = None if node.key is None else self.whole(node.key, scope)
            return scope.env(name, key).shape[axis]
        except EquationError:
            return None

    def _cases_range(self, node: Cases, letter: str, scope: Scope):
        """A branch limits an index only where its condition holds.

        None if the conditions hold other free letters: then every branch limits it.
        """
        known = scope.bound.keys() | {letter}
        conditions = [c for _, conds in node.branches for c in conds]
        if any(not c.letters <= known for c in conditions):
            return None
        if not any(letter in c.letters for c in conditions):
            branch = self.branch(node, scope)
            return (
                [] if branch is None else list(self._uses(node.branches[branch][0], letter, scope))
            )
        allowed: list[set] = []
        for value, _ in node.branches:
            sets = [values for _, values in self._uses(value, letter, scope)]
            if not sets:
                return []
            allowed.append(set.intersection(*sets))
        candidates = set().union(*allowed)
        fits = {v for v in candidates if self._fits(node, allowed, scope.bind(letter, v), v)}
        return [(LAYER, fits)]

    def _fits(self, node: Cases, allowed: list[set], scope: Scope, value) -> bool:
        branch = self.branch(node, scope)
        return branch is not None and value in allowed[branch]

    def branches(self, node: Cases, scope: Scope) -> list[int]:
        """Numbers of the branches that apply; "otherwise" only if no other does."""
        stated = [
            number
            for number, (_, conditions) in enumerate(node.branches)
            if conditions and all(self.truth(c, scope) for c in conditions)
        ]
        rest = [number for number, (_, conditions) in enumerate(node.branches) if not conditions]
        return stated or rest

    def branch(self, node: Cases, scope: Scope) -> int | None:
        """Number of the branch that applies."""
        return next(iter(self.branches(node, scope)), None)

    def assignments(self, sides, conditions, scope: Scope) -> Iterator[Scope]:
        """Every assignment of free letters for which the sides exist and the conditions hold."""
        nodes = [side for side in sides if not isinstance(side, Space)]
        nodes += [c for c in conditions if isinstance(c, Condition)]
        letters = set().union(*(node.letters for node in (*sides, *conditions)))
        free = letters - scope.bound.keys()
        layers_first = sorted(free, key=lambda v: (not any(_is_layer(n, v) for n in nodes), v))
        enumerations = [c for c in conditions if not isinstance(c, Condition)]
        tests = [c for c in conditions if isinstance(c, Condition)]
        yield from self._assign(layers_first, nodes, enumerations, tests, scope)

    def _assign(self, letters, nodes, enumerations, tests, scope: Scope) -> Iterator[Scope]:
        if not letters:
            if all(self.truth(test, scope) for test in tests):
                yield scope
            return
        letter, *rest = letters
        if letter == POINT_LETTER:
            for number in range(len(POINTS)):
                inner = scope.bind(letter, number)
                yield from self._assign(rest, nodes, enumerations, tests, inner)
            return
        values = self.range_of(letter, nodes, scope, nodes[0].start)
        for enumeration in enumerations:
            if enumeration.letter == letter:
                self._same_values(enumeration, values, scope)
        for value in values:
            yield from self._assign(rest, nodes, enumerations, tests, scope.bind(letter, value))

    def _same_values(self, node: Span | Listed, values: list, scope: Scope) -> None:
        """The values that the text states must be those for which the terms exist."""
        if isinstance(node, Listed):
            stated = sorted(self.whole(value, scope) for value in node.values)
        else:
            first, last = self.whole(node.first, scope), self.whole(node.last, scope)
            check_values(abs(last - first), f"the index {node.letter}", node.start)
            step = 1 if last >= first else -1
            if node.second is not None and self.whole(node.second, scope) != first + step:
                raise EquationError("this enumeration does not go by ones", node.start)
            stated = sorted(range(first, last + step, step))
        if stated != values:
            says = f"the text says {node.letter} = {_spell(stated)}"
            message = f"{says}, the terms exist for {_spell(values)}"
            raise EquationError(message, node.start)


def _spell(values: list) -> str:
    return ", ".join(map(str, values)) or "none"


def _is_layer(node: Node, letter: str) -> bool:
    if isinstance(node, (Symbol, Apply)) and node.key is not None and letter in node.key.letters:
        return True
    return any(_is_layer(child, letter) for child in node.children)
