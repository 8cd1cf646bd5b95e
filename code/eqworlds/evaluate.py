"""Evaluation of parsed equations, with strict shapes.

Nothing is broadcast but what the world declares: a bias to the rows of a matrix, a printed
number to an array.  Every function below evaluates one kind of node: ``(node, scope) -> array``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from . import nodes as n
from .environment import Environment, function_derivative
from .indices import Ranges
from .scope import Scope
from .tokens import EquationError
from .vocabulary import FUNCTIONS

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
    """A relation between values, entry by entry; equality to rounding."""
    if left.dtype == object or right.dtype == object:
        return np.asarray(COMPARE[relation](left, right))
    left, right = np.real(left), np.real(right)
    if relation in ("=", "!="):
        close = np.abs(left - right) <= TINY * np.maximum(1, np.abs(left))
        return close if relation == "=" else ~close
    return COMPARE[relation](left, right)


def _must_be_whole(index: n.Node, value: np.ndarray, node: n.Node) -> None:
    if isinstance(index, n.Index) and (value.ndim or abs(value - np.round(value)) > TINY):
        message = f"the index {index.letter} is compared with something that is not a whole number"
        raise EquationError(message, node.start)


def contains(node: n.Node, value: np.ndarray, scope: Scope) -> np.ndarray:
    """Whether entries lie in an interval or a set of values."""
    if isinstance(node, n.Interval):
        low, high = np.real(evaluate(node.low, scope)), np.real(evaluate(node.high, scope))
        real = np.real(value)
        above = real >= low if node.closed[0] else real > low
        below = real <= high if node.closed[1] else real < high
        return above & below
    if isinstance(node, n.Choice):
        choices = [evaluate(choice, scope) for choice in node.values]
        return np.any([related("=", value, choice) for choice in choices], axis=0)
    raise EquationError("an interval or a set of values is expected here", node.start)


def whole(node: n.Node, scope: Scope):
    """Value of an index: a whole number, or a member of a set."""
    if isinstance(node, n.Index) and isinstance(scope.bound.get(node.letter), tuple):
        return scope.bound[node.letter]
    value = evaluate(node, scope)
    if value.dtype == object or value.ndim or abs(value - np.round(value)) > TINY:
        raise EquationError("an index is not a whole number", node.start)
    return round(float(np.real(value)))


RANGES = Ranges(truth, whole)


def locate(node: n.Symbol, value: np.ndarray, scope: Scope) -> tuple[int, ...] | None:
    """Position of an entry in its array; None outside a quantity that is padded with zeros."""
    declaration = scope.env.world.declarations[node.name]
    printed = [whole(index, scope) for index in node.indices]
    at = [i - declaration.first for i in printed]
    at = [0] * declaration.row + at
    if len(at) == value.ndim and all(0 <= i < size for i, size in zip(at, value.shape)):
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


@rule(n.Group)
def _group(node, scope):
    return evaluate(node.of, scope)


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
    for name, value, argument in zip(declaration.arguments, values, node.arguments):
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
    if len(at) != value.ndim or any(not 0 <= i < size for i, size in zip(at, value.shape)):
        raise EquationError(f"no such entry in something of shape {value.shape}")
    return value[tuple(at)]


# -------------------------------------------------------------------- arithmetic


def is_literal(node: n.Node) -> bool:
    """A printed number, which may stand for an array of it."""
    if isinstance(node, n.Group):
        return is_literal(node.of)
    if isinstance(node, n.Quotient):
        return is_literal(node.top) and is_literal(node.bottom)
    return isinstance(node, n.Number)


def _broadcasts(node: n.Node, scope: Scope) -> bool:
    """Whether the world allows this one-row matrix to be added to every row."""
    if isinstance(node, n.Group):
        return _broadcasts(node.of, scope)
    if isinstance(node, n.Symbol):
        return not node.indices and scope.env.world.declarations[node.name].broadcast
    if isinstance(node, (n.Add, n.Root, n.Quotient, n.Hadamard)):
        return all(_broadcasts(child, scope) or is_literal(child) for child in node.children())
    return False


def _check_shapes(left, right, left_node, right_node, scope: Scope, doing: str) -> None:
    """Two arrays must have one shape, but for declared broadcasting and printed numbers."""
    if left.shape == right.shape:
        return
    if doing == "a sum":
        alone = (left.ndim == 0 and is_literal(left_node)) or (right.ndim == 0 and is_literal(right_node))
        if alone:
            return
    if doing == "a quotient" and right.ndim == 0:
        return
    for one, other, node in ((left, right, left_node), (right, left, right_node)):
        if one.ndim == other.ndim == 2 and one.shape[0] == 1 and one.shape[1] == other.shape[1]:
            if _broadcasts(node, scope):
                return
    raise EquationError(f"shapes {left.shape} and {right.shape} do not fit in {doing}", right_node.start)


def multiply(left, right, node: n.Node, dot: bool = False) -> np.ndarray:
    r"""Product of scalars and matrices; ``\cdot`` between vectors is their dot product."""
    if left.ndim == 0 or right.ndim == 0:
        return left * right
    vectors = left.ndim == right.ndim == 1
    if (not vectors or dot) and left.shape[-1] == right.shape[0]:
        return left @ right
    raise EquationError(f"shapes {left.shape} and {right.shape} do not fit in a product", node.start)


@rule(n.Add)
def _add(node, scope):
    (sign, first), *rest = node.terms
    total = sign * evaluate(first, scope)
    widest = first
    for sign, term in rest:
        value = evaluate(term, scope)
        _check_shapes(total, value, widest, term, scope, "a sum")
        total = total + sign * value
        if total.shape == value.shape:
            widest = term
    return total


@rule(n.Product)
def _product(node, scope):
    total = evaluate(node.factors[0], scope)
    for factor, dot in zip(node.factors[1:], node.dotted[1:]):
        total = multiply(total, evaluate(factor, scope), factor, dot)
    return total


@rule(n.Hadamard)
def _hadamard(node, scope):
    total, before = evaluate(node.factors[0], scope), node.factors[0]
    for factor in node.factors[1:]:
        value = evaluate(factor, scope)
        _check_shapes(total, value, before, factor, scope, r"\odot")
        if total.ndim == 0:
            raise EquationError(r"\odot between numbers: write a product", factor.start)
        total, before = total * value, factor
    return total


@rule(n.Quotient)
def _quotient(node, scope):
    top, bottom = evaluate(node.top, scope), evaluate(node.bottom, scope)
    if not (top.ndim == 0 and is_literal(node.top)):
        _check_shapes(top, bottom, node.top, node.bottom, scope, "a quotient")
    if np.any(bottom == 0):
        raise EquationError("division by zero", node.bottom.start)
    return top / bottom


@rule(n.Power)
def _power(node, scope):
    base, exponent = evaluate(node.base, scope), evaluate(node.exponent, scope)
    if exponent.ndim or exponent.dtype == object:
        raise EquationError("an exponent is one number", node.exponent.start)
    if base.ndim and not node.elementwise:
        square = base.ndim == 2 and base.shape[0] == base.shape[1]
        if square and exponent.imag == 0 and exponent.real == int(exponent.real) >= 0:
            return np.linalg.matrix_power(base, int(exponent.real))
        raise EquationError(r"a power of an array: write ^{\odot 2} or a product")
    if exponent.imag == 0 and exponent.real == int(exponent.real):
        if np.any(base == 0) and exponent.real < 0:
            raise EquationError("division by zero", node.base.start)
        return base ** int(exponent.real)
    return base**exponent


@rule(n.Transpose)
def _transpose(node, scope):
    value = evaluate(node.of, scope)
    if value.ndim != 2:
        raise EquationError(f"transpose of something that is not a matrix: shape {value.shape}")
    return value.T


@rule(n.Root)
def _root(node, scope):
    return np.sqrt(evaluate(node.of, scope))


def _magnitude(value):
    return np.where(np.real(value) < 0, -value, value)


@rule(n.Absolute)
def _absolute(node, scope):
    return _magnitude(evaluate(node.of, scope))


@rule(n.Norm)
def _norm(node, scope):
    value = evaluate(node.of, scope)
    if node.order == 1:
        return _magnitude(value).sum()
    return np.sqrt((value**2).sum())


@rule(n.Matrix)
def _matrix(node, scope):
    rows = [[evaluate(entry, scope) for entry in row] for row in node.rows]
    for row, entries in zip(node.rows, rows):
        for entry, value in zip(row, entries):
            if value.ndim:
                raise EquationError("an entry of a matrix is one number", entry.start)
    return np.array(rows, complex)


# -------------------------------------------------------------------- functions and derivatives


@rule(n.Apply)
def _apply(node, scope):
    values = [evaluate(argument, scope) for argument in node.arguments]
    if node.name in (r"\max", r"\min"):
        return _extreme_of(values, node, scope)
    if node.order and len(values) > 1:
        raise EquationError("a prime on a function of several arguments")
    function = _function(node, scope)
    if node.order:
        return function_derivative(function, values[0], node.order)
    return function(*values)


def _function(node: n.Apply, scope: Scope) -> Callable:
    if node.name in FUNCTIONS and node.name not in scope.env.world.functions:
        function = FUNCTIONS[node.name]
        if node.key is None:
            return function
        base = evaluate(node.key, scope)
        return lambda z: function(z) / np.log(base)
    function = scope.env.world.functions[node.name]
    keys = scope.env.world.keys[node.name]
    if keys is None:
        return function
    if node.key is None:
        raise EquationError(f"{node.name} needs its layer index")
    key = whole(node.key, scope)
    if key not in keys:
        raise EquationError(f"{node.name} does not exist for layer or step {key}")
    return function(key)


def _larger(left, right):
    return np.where(np.real(left) >= np.real(right), left, right)


def _extreme_of(values, node: n.Apply, scope: Scope):
    sign = 1 if node.name == r"\max" else -1
    if len(values) == 1:
        flat = values[0].ravel()
        return flat[np.argmax(sign * np.real(flat))]
    total = sign * values[0]
    for value, argument in zip(values[1:], node.arguments[1:]):
        if total.ndim and value.ndim and total.shape != value.shape:
            message = f"shapes {total.shape} and {value.shape} do not fit in {node.name}"
            raise EquationError(message, argument.start)
        total = _larger(total, sign * value)
    return sign * total


@rule(n.Derivative)
def _derivative(node, scope):
    def of(env: Environment):
        return evaluate(node.of, scope.within(env))

    for symbol in node.by:
        of = _differentiated(of, symbol, scope)
    return of(scope.env)


def _differentiated(of: Callable, by: n.Symbol, scope: Scope) -> Callable:
    """The function of an environment that is the derivative of ``of``."""
    key = key_of(by, scope)
    value = scope.env(by.name, key)
    place = locate(by, value, scope) if by.indices or not value.ndim else None
    return lambda env: env.derivative(of, by.name, key, place)


@rule(n.Change)
def _change(node, scope):
    before = scope.within(scope.env)  # without what the display has updated
    return next_value(node.of, scope) - evaluate(node.of, before)


def next_value(symbol: n.Symbol, scope: Scope) -> np.ndarray:
    """Value of a quantity after the world's step."""
    whole_value = next_array(symbol, scope)
    return whole_value[locate(symbol, whole_value, scope)] if symbol.indices else whole_value


def next_array(symbol: n.Symbol, scope: Scope) -> np.ndarray:
    """All entries of a quantity after the world's step."""
    world = scope.env.world
    name = world.original(symbol.name)
    if name not in world.steps:
        raise EquationError(f"this world declares no step of {symbol.name}", symbol.start)
    key = key_of(symbol, scope)
    arguments = () if key is None else (key,)
    return np.asarray(world.steps[name](Environment(world), *arguments), complex)


# -------------------------------------------------------------------- big operators


@rule(n.Big)
def _big(node, scope):
    values = _index_values(node, scope)
    scopes = [scope.bind(node.letter, value) for value in values]
    scopes = [s for s in scopes if all(truth(c, s) for c in node.conditions)]
    terms = [evaluate(node.body, s) for s in scopes]
    if node.kind in ("sum", "prod"):
        return _accumulate(node.kind, terms, node.body)
    if not terms:
        raise EquationError("the extreme of an empty range")
    sign = -1 if node.kind.endswith("min") else 1
    best = int(np.argmax([sign * np.real(term) for term in terms]))
    return complex(scopes[best].bound[node.letter]) if node.kind.startswith("arg") else terms[best]


def _index_values(node: n.Big, scope: Scope):
    if isinstance(node.members, n.Index):
        members = scope.bound.get(node.members.letter)
        if not isinstance(members, tuple):
            raise EquationError("no set over which to run", node.members.start)
        return members
    if node.members is not None:
        members = scope.env.world.compute.get(getattr(node.members, "name", ""))
        if not isinstance(members, list):
            raise EquationError("no set over which to run", node.members.start)
        return members
    if node.low is not None:
        return range(whole(node.low, scope), whole(node.high, scope) + 1)
    return RANGES.range_of(node.letter, [node.body], scope, node.start)


def _accumulate(kind: str, terms: list, body: n.Node):
    if not terms:
        return 0j if kind == "sum" else 1 + 0j
    total = terms[0]
    for term in terms[1:]:
        total = total + term if kind == "sum" else multiply(total, term, body)
    return total


@rule(n.Run)
def _run(node, scope):
    spans = {whole(last, scope) - whole(first, scope) for first, last in node.ends}
    if len(spans) != 1:
        raise EquationError(r"the indices before and after \cdots are not the same way apart")
    span = spans.pop()
    steps = range(0, span + (1 if span >= 0 else -1), 1 if span >= 0 else -1)
    terms = [evaluate(node.body, scope.bind(n.RUN_LETTER, step)) for step in steps]
    return _accumulate(node.kind, terms, node.body)


@rule(n.Cases)
def _cases(node, scope):
    for value, _ in node.branches:
        scope.branches.setdefault(value.start, False)
    number = RANGES.branch(node, scope)
    if number is None:
        raise EquationError("no case applies")
    value = node.branches[number][0]
    scope.branches[value.start] = True
    return evaluate(value, scope)


@rule(n.Iverson)
def _iverson(node, scope):
    return 1 + 0j if truth(node.condition, scope) else 0j
