r"""Backpropagation in symbols: any derivative of any dense network, as a textbook prints it.

    g = DenseGraph([2, 2, 2], activation="sigmoid")
    d = g.derivative("w", 2, 1, 1)
    d.as_partials()            sum over paths of products of named partials
    d.as_factors()             every partial worked out by sympy
    d.as_deltas()              the paths collected: a_i^{l-1} δ_j^l and the recursion for δ
    d.with_numbers(values)     numbers put in, values = g.values(net, x, y)
    d.expression()             one sympy expression in the leaves
    d.function()(values)       the number, from a compiled numpy function

Rooms: ``notation`` (names and LaTeX), ``local`` (the local relations and their derivatives),
``graph`` (the network), ``derivation`` (one derivative), ``numeric`` (numpy functions).
"""

from .derivation import Derivation
from .graph import DenseGraph, Operations, Partial

__all__ = ["DenseGraph", "Derivation", "Operations", "Partial"]
