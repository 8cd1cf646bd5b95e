"""Evaluation of parsed equations, with strict shapes.

Nothing is broadcast but what the world declares: a bias to the rows of a matrix, a printed
number to an array.  A rule evaluates one kind of node, ``(node, scope) -> array``; those for
leaves stand here, the others in ``arithmetic`` and ``operators``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from . import nodes as n
from .indices import POINTS, Ranges
from .printed import half_unit, has_decimals
from .scope import Scope
from .tokens import EquationError

COMPARE = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
    "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
TINY = 1e-9
_RULES: dict[type, Callable] = {}


def rule(kind: type):
    """Register the function that evaluates a kind of node."""

    def register(function):
        _RULES[kind] = function
        return function

    return register


def evaluate(node: n.Node, scope: Scope) -> np.ndarray:
    """Value of a node; errors are placed at the innermost node that fails."""
    scope.trace.spend(node.start)
    try:
        evaluator = _RULES.get(type(node))
        if evaluator is None:
            raise EquationError("this cannot be evaluated here")
        return np.asarray(evaluator(node, scope))
    except EquationError as error:
        if error.position is None:
            error.position = node.start
        raise


# -------------------------------------------------------------------- conditions and indices


def truth(condition: n.Condition, scope: Scope) -> bool:
    """Whether a condition holds (for every entry, if it is about arrays)."""
    left_node = condition.left
    left = evaluate(left_node, scope)
    for relation, right_node in condition.links:
        if relation == "in":
            if not np.all(contains(right_node, left, scope)):
                return False
            continue
        right = evaluate(right_node, scope)
        if left.dtype != object:
            _must_be_whole(left_node, right, right_node)
            _must_be_whole(right_node, left, left_node)
        if not np.all(related(relation, left, right)):
            return False
        left_node, left = right_node, right
    return True


def related(relation: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A relation between values, entry by entry; "equal" means equal to rounding."""
    if left.dtype == object or right.dtype == object:
        return np.asarray(COMPARE[relation](left, right))
    if relation not in ("=", "!="):
        only_real(left)
        only_real(right)
    left, right = np.real(left), np.real(right)
    close = np.abs(left - right) <= TINY * np.maximum(1, np.abs(left))
    if relation in ("=", "<=", ">="):
        return close | COMPARE[relation](left, right)
    return ~close & COMPARE[relation](left, right)


def only_real(value: np.ndarray) -> None:
    """Complain about a complex value where an order is needed."""
    if np.any(np.abs(np.imag(value)) > TINY * np.maximum(1, np.abs(value))):
        raise EquationError("this is no real number here, so it is neither larger nor smaller")


def _must_be_whole(index: n.Node, value: np.ndarray, node: n.Node) -> None:
    if isinstance(index, n.Index) and (value.ndim or abs(value - np.round(value)) > TINY):
        message = f"the index {index.letter} is compared with something that is not a whole number"
        raise EquationError(message, node.start)


def contains(node: n.Node, value: np.ndarray, scope: Scope) -> np.ndarray:
    """Whether entries lie in an interval or a set of values."""
    if isinstance(node, n.Interval):
        low, high = np.real(evaluate(node.low, scope)), np.real(evaluate(node.high, scope))
        real = np.real(value)
        above = related(">=" if node.closed[0] else ">", real, low)
        below = related("<=" if node.closed[1] else "<", real, high)
        return above & below
    if isinstance(node, n.Choice):
        choices = [evaluate(choice, scope) for choice in node.values]
        return np.any([related("=", value, choice) for choice in choices], axis=0)
    raise EquationError("an interval or a set of values is expected here", node.start)


def whole(node: n.Node, scope: Scope):
    """Value of an index: a whole number, or a member of a set."""
    if isinstance(node, n.Index) and isinstance(scope.bound.get(node.letter), (int, tuple)):
        return scope.bound[node.letter]
    value = evaluate(node, scope)
    if value.dtype == object or value.ndim:
        raise EquationError("an index is not a whole number", node.start)
    number = value.item()
    if abs(number - round(number.real)) > TINY:
        raise EquationError("an index is not a whole number", node.start)
    return round(number.real)


RANGES = Ranges(truth, whole)


def locate(node: n.Symbol, value: np.ndarray, scope: Scope) -> tuple[int, ...] | None:
    """Position of an entry in its array; None outside a quantity that is padded with zeros."""
    declaration = scope.env.world.declarations[node.name]
    printed = [whole(index, scope) for index in node.indices]
    at = [i - declaration.first for i in printed]
    at = [0] * declaration.row + at
    if len(at) == value.ndim and all(
        0 <= i < size for i, size in zip(at, value.shape, strict=False)
    ):
        return tuple(at)
    if declaration.padded and len(at) == value.ndim:
        return None
    last = [declaration.first + size - 1 for size in value.shape[declaration.row :]]
    message = f"{node.name} has no entry {_spell(printed)}: the last is {_spell(last)}"
    raise EquationError(message, node.start)


def _spell(numbers) -> str:
    return ", ".join(map(str, numbers))


def key_of(node, scope: Scope):
    """Layer or step of a symbol."""
    return None if node.key is None else whole(node.key, scope)


# -------------------------------------------------------------------- leaves


@rule(n.Number)
def _number(node, scope):
    return complex(node.value)


@rule(n.Point)
def _point(node, scope):
    if n.POINT_LETTER not in scope.bound:
        raise EquationError("a function without its argument")
    return complex(POINTS[scope.bound[n.POINT_LETTER]])


@rule(n.Tuple)
def _tuple(node, scope):
    values = [evaluate(entry, scope) for entry in node.entries]
    for entry, value in zip(node.entries, values, strict=True):
        if value.ndim:
            raise EquationError("an entry of a tuple is one number", entry.start)
    return np.array(values, complex)


@rule(n.Group)
def _group(node, scope):
    return evaluate(node.of, scope)


@rule(n.Noted)
def _noted(node, scope):
    value = evaluate(node.of, scope)
    if node.sizes is not None:
        stated = tuple(whole(size, scope) for size in node.sizes)
        if value.shape != stated:
            message = f"the shape is {value.shape}, under the brace stands {stated}"
            raise EquationError(message, node.sizes[0].start)
        return value
    noted = evaluate(node.remark, scope)
    unit = half_unit(node.remark) if has_decimals(node.remark) else None
    slack = TINY * (1 + np.abs(value)) if unit is None else unit * (1 + 1e-6)
    if noted.shape != value.shape or np.any(np.abs(noted - value) > slack):
        raise EquationError(
            "what stands under the brace is not what is above it", node.remark.start
        )
    return value


@rule(n.Index)
def _index(node, scope):
    if node.letter not in scope.bound:
        raise EquationError(f"index {node.letter} is not bound here", node.start)
    value = scope.bound[node.letter]
    if isinstance(value, tuple):
        held = np.empty((), object)
        held[()] = value
        return held
    return complex(value)


@rule(n.Symbol)
def _symbol(node, scope):
    key = key_of(node, scope)
    value = scope.updated.get((node.name, key))
    if value is None:
        value = scope.env(node.name, key)
    if not node.indices:
        return value
    place = locate(node, value, scope)
    return 0j if place is None else value[place]


@rule(n.At)
def _at(node, scope):
    declaration = scope.env.world.declarations[node.symbol.name]
    values = [evaluate(argument, scope) for argument in node.arguments]
    env = scope.env
    for name, value, argument in zip(declaration.arguments, values, node.arguments, strict=False):
        if value.shape != env(name).shape:
            expected = f"{name} has shape {env(name).shape}, this has {value.shape}"
            raise EquationError(expected, argument.start)
        for at in np.ndindex(*value.shape):
            env = env.having(name, None, at, value[at])
    return evaluate(node.symbol, scope.within(env))


@rule(n.Where)
def _where(node, scope):
    env = scope.env
    for symbol, value_node in node.settings:
        value = evaluate(value_node, scope)
        key = key_of(symbol, scope)
        place = locate(symbol, env(symbol.name, key), scope) if symbol.indices else ()
        if value.ndim or (place == () and env(symbol.name, key).ndim):
            raise EquationError("an evaluation bar sets one number", symbol.start)
        env = env.having(symbol.name, key, place, value[()])
    return evaluate(node.of, scope.within(env))


@rule(n.Component)
def _component(node, scope):
    value = evaluate(node.of, scope)
    at = [whole(index, scope) - 1 for index in node.indices]
    if len(at) == 1 and value.ndim == 2 and value.shape[0] == 1:
        at = [0, *at]
    if len(at) != value.ndim or any(
        not 0 <= i < size for i, size in zip(at, value.shape, strict=False)
    ):
        raise EquationError(f"no such entry in something of shape {value.shape}")
    return value[tuple(at)]
