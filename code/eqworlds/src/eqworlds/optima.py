r"""``\\min_w J`` and ``\\arg\\min_w J`` over quantities of a world, by Newton's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import nodes as n
from .environment import Environment
from .evaluate import evaluate, key_of, rule
from .scope import Scope
from .tokens import EquationError

STEPS = 60
SMALL = 1e-11
Entry = tuple[str, object, tuple]  # name, layer or step, place


@rule(n.Optimum)
def _optimum(node, scope: Scope):
    largest = node.kind.endswith("max")
    entries = [entry for symbol in node.by for entry in _entries(symbol, scope)]
    if len(entries) > 12:
        raise EquationError("an extreme over more than 12 numbers is not looked for")

    def height(env: Environment):
        value = evaluate(node.body, scope.within(env))
        if value.ndim:
            raise EquationError("an extreme is that of one number", node.body.start)
        return -value if largest else value

    env = _lowest(height, entries, scope.env, node)
    if not node.kind.startswith("arg"):
        return evaluate(node.body, scope.within(env))
    if len(node.by) > 1:
        return np.array([env(name, key)[place] for name, key, place in entries])
    return evaluate(node.by[0], scope.within(env))


def _entries(symbol: n.Symbol, scope: Scope) -> list[Entry]:
    if symbol.indices:
        raise EquationError("an extreme is taken over a whole quantity", symbol.start)
    name, key = scope.env.world.original(symbol.name), key_of(symbol, scope)
    if name not in scope.env.world.leaves:
        raise EquationError(f"{symbol.name} is computed in this world: it can't be varied")
    return [(name, key, place) for place in np.ndindex(*scope.env(name, key).shape)]


def _lowest(height: Callable, entries: list[Entry], env: Environment, node: n.Node) -> Environment:
    """The environment in which the entries are where all slopes vanish and the height is least."""
    for _ in range(STEPS):
        slope = np.array([env.derivative(height, *entry).real for entry in entries])
        curve = np.array(
            [
                [env.derivative(lambda e, a=a: e.derivative(height, *a), *b).real for b in entries]
                for a in entries
            ]
        )
        if np.abs(slope).max() < SMALL * (1 + abs(float(np.real(height(env))))):
            if np.linalg.eigvalsh(curve).min() < 0:
                raise EquationError("the slope vanishes here, but this is no extreme")
            return env
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            raise EquationError("this extreme is not found: its place is not one point") from None
        for (name, key, place), by in zip(entries, step, strict=True):
            env = env.having(name, key, place, env(name, key)[place] - by)
        env = _flat(env, entries)
    raise EquationError("this extreme is not found from where the world starts", node.start)


def _flat(env: Environment, entries: list[Entry]) -> Environment:
    """The same values, one displacement for each entry."""
    outer = env
    while outer.outer is not None:
        outer = outer.outer
    for name, key, place in entries:
        outer = outer.having(name, key, place, env(name, key)[place])
    return outer
