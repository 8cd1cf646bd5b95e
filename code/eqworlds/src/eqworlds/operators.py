"""Evaluation of functions, derivatives, updates, sums and products over an index, and cases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import nodes as n
from .arithmetic import multiply
from .environment import COMPLEX_STEP, Environment, function_derivative
from .evaluate import RANGES, TINY, evaluate, key_of, locate, rule, truth, whole
from .limits import check_values
from .scope import Scope
from .tokens import EquationError, Uncovered
from .vocabulary import FUNCTIONS


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
    for value, argument in zip(values[1:], node.arguments[1:], strict=False):
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


@rule(n.Gradient)
def _gradient(node, scope):
    of = node.of
    while isinstance(of, n.Group):
        of = of.of
    if isinstance(of, n.Apply) and len(of.arguments) == 1 and not of.order:
        value, function = evaluate(of.arguments[0], scope), _function(of, scope)
        slopes = np.zeros(value.shape, complex)
        for at in np.ndindex(*value.shape):
            moved = np.array(value, complex)
            moved[at] += 1j * COMPLEX_STEP
            slopes[at] = np.imag(function(moved)) / COMPLEX_STEP
        return slopes
    symbol = of.symbol if isinstance(of, n.At) else of
    arguments = (
        scope.env.world.declarations[symbol.name].arguments if isinstance(symbol, n.Symbol) else ()
    )
    if len(arguments) != 1:
        raise EquationError(r"say by what the derivatives are taken: \nabla_w")
    inner = scope
    if isinstance(of, n.At):
        value, env = evaluate(of.arguments[0], scope), scope.env
        for at in np.ndindex(*value.shape):
            env = env.having(arguments[0], None, at, value[at])
        inner = scope.within(env)
    return inner.env.grad(symbol.name, arguments[0])


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


# -------------------------------------------------------------------- sums, products, cases


@rule(n.Big)
def _big(node, scope):
    values = _index_values(node, scope)
    check_values(len(values), f"the index {node.letter}", node.start)
    scopes = [scope.bind(node.letter, value) for value in values]
    scopes = [s for s in scopes if all(truth(c, s) for c in node.conditions)]
    scope.trace.sums[node.start] = scope.trace.sums.get(node.start, False) or bool(scopes)
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
        members = scope.env.world.sets.get(getattr(node.members, "name", ""))
        if members is None:
            raise EquationError("no set over which to run", node.members.start)
        return members
    if node.low is not None and node.high is not None:
        low, high = whole(node.low, scope), whole(node.high, scope)
        if high < low - 1:
            raise EquationError(f"{node.letter} would run from {low} up to {high}", node.low.start)
        return range(low, high + 1)
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
    check_values(abs(span), r"what \cdots stands for", node.start)
    steps = range(0, span + (1 if span >= 0 else -1), 1 if span >= 0 else -1)
    terms = [evaluate(node.body, scope.bind(n.RUN_LETTER, step)) for step in steps]
    return _accumulate(node.kind, terms, node.body)


@rule(n.Cases)
def _cases(node, scope):
    for value, _ in node.branches:
        scope.trace.branches.setdefault(value.start, False)
    numbers = RANGES.branches(node, scope)
    if not numbers:
        raise Uncovered("no case applies")
    value = node.branches[numbers[0]][0]
    scope.trace.branches[value.start] = True
    found = evaluate(value, scope)
    for number in numbers[1:]:
        other = evaluate(node.branches[number][0], scope)
        if other.shape != found.shape or np.any(np.abs(other - found) > TINY * (1 + np.abs(found))):
            place = node.branches[number][0].start
            raise EquationError("two cases apply, and they say different things", place)
        scope.trace.branches[node.branches[number][0].start] = True
    return found


@rule(n.Iverson)
def _iverson(node, scope):
    return 1 + 0j if truth(node.condition, scope) else 0j
