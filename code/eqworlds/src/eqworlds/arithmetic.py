"""Evaluation of sums, products, powers and matrices, with strict shapes."""

from __future__ import annotations

import math

import numpy as np

from . import nodes as n
from .evaluate import evaluate, rule, whole
from .scope import Scope
from .tokens import EquationError


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
        return all(_broadcasts(child, scope) or is_literal(child) for child in node.children)
    return False


def number_of(value: np.ndarray, other: np.ndarray, node: n.Node) -> np.ndarray:
    r"""The number that a row times a column, ``v^\top x``, is beside another number."""
    while isinstance(node, n.Group):
        node = node.of
    is_number = value.shape == (1, 1) and other.ndim == 0 and not isinstance(node, n.Symbol)
    return value[0, 0] if is_number else value


def _check_shapes(left, right, left_node, right_node, scope: Scope, doing: str) -> None:
    """Two arrays must have one shape, but for declared broadcasting and printed numbers."""
    if left.shape == right.shape:
        return
    if doing == "a sum":
        alone = (left.ndim == 0 and is_literal(left_node)) or (
            right.ndim == 0 and is_literal(right_node)
        )
        if alone:
            return
    if doing == "a quotient" and right.ndim == 0:
        return
    for one, other, node in ((left, right, left_node), (right, left, right_node)):
        one_row = one.ndim == other.ndim == 2 and one.shape == (1, other.shape[1])
        if one_row and _broadcasts(node, scope):
            return
    raise EquationError(
        f"shapes {left.shape} and {right.shape} do not fit in {doing}", right_node.start
    )


def multiply(left, right, node: n.Node, dot: bool = False) -> np.ndarray:
    r"""Product of scalars and matrices; ``\cdot`` between vectors is their dot product."""
    if left.ndim == 0 or right.ndim == 0:
        return left * right
    if left.shape == (1, 1) and right.shape[0] != 1:  # (v^\\top x)\\, x: a number times a column
        return left[0, 0] * right
    if right.shape == (1, 1) and left.shape[-1] != 1:
        return left * right[0, 0]
    vectors = left.ndim == right.ndim == 1
    if (not vectors or dot) and left.shape[-1] == right.shape[0]:
        return left @ right
    raise EquationError(
        f"shapes {left.shape} and {right.shape} do not fit in a product", node.start
    )


@rule(n.Add)
def _add(node, scope):
    (sign, first), *rest = node.terms
    total = sign * evaluate(first, scope)
    widest = first
    for sign, term in rest:
        value = evaluate(term, scope)
        total, value = number_of(total, value, widest), number_of(value, total, term)
        _check_shapes(total, value, widest, term, scope, "a sum")
        total = total + sign * value
        if total.shape == value.shape:
            widest = term
    return total


@rule(n.Product)
def _product(node, scope):
    total = evaluate(node.factors[0], scope)
    for factor, dot in zip(node.factors[1:], node.dotted[1:], strict=False):
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
    top, bottom = number_of(top, bottom, node.top), number_of(bottom, top, node.bottom)
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
        if square and exponent.imag == 0 and exponent.real == int(exponent.real):
            try:
                return np.linalg.matrix_power(base, int(exponent.real))
            except np.linalg.LinAlgError:
                raise EquationError("this matrix has no inverse", node.base.start) from None
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


@rule(n.Factorial)
def _factorial(node, scope):
    number = whole(node.of, scope)
    if not isinstance(number, int) or not 0 <= number <= 170:
        raise EquationError("a factorial is that of a whole number from 0 to 170", node.start)
    return complex(math.factorial(number))


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
    if node.order == "max":
        sizes = _magnitude(value).ravel()
        return sizes[np.argmax(np.real(sizes))]
    if node.order == 2:
        return np.sqrt((value**2).sum())
    return (_magnitude(value) ** node.order).sum() ** (1 / node.order)


@rule(n.Matrix)
def _matrix(node, scope):
    rows = [[evaluate(entry, scope) for entry in row] for row in node.rows]
    for row, entries in zip(node.rows, rows, strict=False):
        for entry, value in zip(row, entries, strict=False):
            if value.ndim:
                raise EquationError("an entry of a matrix is one number", entry.start)
    return np.array(rows, complex)
