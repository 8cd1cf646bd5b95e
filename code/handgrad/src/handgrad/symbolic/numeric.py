r"""Numbers for the graph: values of the leaves, and numpy functions made from the named steps.

A function is compiled from the forward steps, the deltas and the gradient, each computed once: its
length grows with the edges of the network, not with the paths.
"""

from collections.abc import Mapping

import numpy as np
import sympy as sp

from handgrad._arrays import as_floats
from handgrad.network import Network

from .notation import identifier


def values(graph, net, x, y):
    """Numbers for the leaves, from a :class:`handgrad.network.Network` and one sample.

    Parameters
    ----------
    graph : DenseGraph
    net : Network
        Of the same sizes, and the same activations (unless the graph's are "s").
    x : array_like (d_1,)
    y : array_like (d_L,)

    Returns
    -------
    dict
        name -> float for every ``("w", l, i, j)``, ``("b", l, j)``, ``("x", i)``, ``("y", j)``.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net: expected a Network, got {net!r}")
    if tuple(net.sizes) != graph.sizes:
        raise ValueError(f"net: expected sizes {graph.sizes}, got {tuple(net.sizes)}")
    for l, known in graph.given.items():
        if known is not None and not _same(known, net.s[l]):
            raise ValueError(
                f"net: expected the graph's {_named(known)} in layer {l}, got {_named(net.s[l])}"
            )
    numbers = {}
    for l in range(2, graph.L + 1):
        numbers |= {("w", l, i + 1, j + 1): float(v) for (i, j), v in np.ndenumerate(net.W[l])}
        if graph.bias:
            numbers |= {("b", l, j): float(v) for j, v in enumerate(net.b[l], 1)}
        elif np.any(net.b[l]):
            raise ValueError(f"net: expected no biases, as in the graph, got b[{l}] = {net.b[l]}")
    for kind, sample, size in (("x", x, graph.sizes[0]), ("y", y, graph.sizes[-1])):
        sample = as_floats(kind, sample)
        if sample.size != size:
            raise ValueError(
                f"{kind}: expected one sample of {size} numbers, got shape {sample.shape}"
            )
        numbers |= {(kind, j): float(v) for j, v in enumerate(sample.ravel(), 1)}
    return numbers


def _same(one, other):
    """Do two activations compute the same thing?"""
    of_the_book = one.of_the_book and other.of_the_book
    return one == other or (
        of_the_book and (one.name, one.parameter) == (other.name, other.parameter)
    )


def _named(s):
    own = "" if s.of_the_book else "own "
    return f"{own}{s.name}" + ("" if s.parameter is None else f" with {s.parameter:g}")


def steps(graph):
    """Every named step, forward then backward: name -> sympy expression.

    The derivative with respect to a parameter is named ``("d", *parameter)``.
    """
    deltas, gradient = graph.backward()
    return graph.forward() | deltas | {("d", *name): e for name, e in gradient.items()}


def compile_steps(graph, targets):
    """A numpy function that computes the targets and only the steps they need.

    Parameters
    ----------
    targets : sequence of names
        For example ``[("z", 2, 1), ("delta", 3, 1), ("d", "w", 2, 1, 1)]``.

    Returns
    -------
    callable
        ``f(values) -> list of numbers``, in the order of the targets.
    """
    for l, name in graph.activation.items():
        if name == "s":
            raise ValueError(
                "activation: expected known ones where numbers are wanted, such as "
                f"activation='sigmoid', got the unknown function s_{l} in layer {l}"
            )
    every = steps(graph)
    plain = {graph.symbol(name): sp.Symbol(identifier(name)) for name in every}
    leaves = graph.leaves()
    plain |= {graph.symbol(name): sp.Symbol(identifier(name)) for name in leaves}

    needed = set(targets)
    for name in reversed(every):  # a step stands after all that it needs
        if name in needed:
            used = every[name].free_symbols
            needed |= {other for other in every if graph.symbol(other) in used}
    kept = [name for name in every if name in needed]
    assignments = [(plain[graph.symbol(name)], every[name].xreplace(plain)) for name in kept]
    compiled = sp.lambdify(
        [sp.Symbol(identifier(name)) for name in leaves],
        [sp.Symbol(identifier(name)) for name in targets],
        modules="numpy",
        cse=lambda wanted: (assignments, wanted),
    )

    def function(values):
        if not isinstance(values, Mapping):
            raise TypeError(f"values: expected a dict as from values(net, x, y), got {values!r}")
        missing = [name for name in leaves if name not in values]
        if missing:
            raise ValueError(
                f"values: expected a number for each of {len(leaves)} names, got none for "
                f"{missing[0]} ({len(missing)} are missing)"
            )
        return compiled(*(values[name] for name in leaves))

    return function


def gradient_function(graph):
    """The whole gradient as a numpy function, from the delta form.

    Returns
    -------
    callable
        ``f(values) -> (dW, db)``: ``values`` as from :func:`values`; ``dW[l]`` (d_{l-1}, d_l) and
        ``db[l]`` (d_l,) as in :mod:`handgrad.network`, of one sample.
    """
    names = graph.parameters()
    compiled = compile_steps(graph, [("d", *name) for name in names])

    def gradient(values):
        dW = {l: np.zeros(graph.sizes[l - 2 : l]) for l in range(2, graph.L + 1)}
        db = {l: np.zeros(graph.sizes[l - 1]) for l in range(2, graph.L + 1)}
        for (kind, l, *where), value in zip(names, compiled(values), strict=True):
            (dW if kind == "w" else db)[l][tuple(k - 1 for k in where)] = value
        return dW, db

    return gradient
