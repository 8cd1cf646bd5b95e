"""When two values agree, and how a message shows that they don't."""

from __future__ import annotations

import numpy as np

from . import nodes as n
from .arithmetic import is_literal
from .evaluate import contains, evaluate, only_real, related
from .printed import half_unit
from .scope import Scope
from .tokens import EquationError

TOLERANCE = 1e-8  # relative
SMALL = 1e-4  # below this size values are compared absolutely: a sum that is 0 is so to rounding
LOOSE = 1e-3  # relative, for \approx between expressions
_WORDS = {"=": ",", "~": " \\approx", "<-": " <-", "<": " <", ">": " >", "<=": " <=",
          ">=": " >=", "!=": " !="}  # fmt: skip


def agree(left, relation, right, left_node, right_node, tolerance=None) -> np.ndarray:
    """Whether a relation holds, entry by entry; a strict one by a margin."""
    if tolerance is not None:
        return np.abs(left - right) <= tolerance
    scale = max(SMALL, np.abs(left).max(), np.abs(right).max())
    slack = TOLERANCE * scale
    if relation in ("<", ">", "<=", ">=", "!="):
        close = np.abs(left - right) <= slack
        if relation == "!=":
            return ~close
        only_real(left)
        only_real(right)
        if relation in ("<=", ">="):
            return related(relation, left, right) | close
        return related(relation, left, right) & ~close
    if relation == "~":
        unit = half_unit(right_node)
        if unit is None:
            unit = half_unit(left_node)
        slack = LOOSE * np.abs(right).max() if unit is None else unit * (1 + 1e-6)
    return np.abs(left - right) <= slack


def holds(statement: n.Statement, scope: Scope) -> bool:
    """Whether every relation of a chain holds."""
    links = zip(statement.sides, statement.relations, statement.sides[1:], strict=False)
    for left_node, relation, right_node in links:
        left = evaluate(left_node, scope)
        if relation == "<-":
            raise EquationError("an update has no truth value: use = or <", right_node.start)
        if relation == "in":
            true = contains(right_node, left, scope)
        else:
            true = agree(left, relation, evaluate(right_node, scope), left_node, right_node)
        if not np.all(true):
            return False
    return True


def same_shapes(left, right, left_node: n.Node, right_node: n.Node) -> None:
    """Complain about sides of different shapes, unless one is a printed number."""
    if left.shape == right.shape:
        return
    if (right.ndim == 0 and is_literal(right_node)) or (left.ndim == 0 and is_literal(left_node)):
        return
    message = f"the left side has shape {left.shape}, the right side {right.shape}"
    raise EquationError(message, right_node.start)


def only_finite_reals(left, right, right_node: n.Node) -> None:
    """Complain about a side that is infinite, undefined or complex."""
    for value in (left, right):
        if not np.isfinite(value).all():
            raise EquationError("a side is not finite", right_node.start)
        unreal = np.abs(value.imag).max(initial=0)
        if unreal > TOLERANCE and unreal > TOLERANCE * np.abs(value).max():
            raise EquationError("a side is no real number", right_node.start)


def accusation(left, relation, right, true, right_node) -> str:
    """Both values, at the entry where they differ most."""
    where, rounded = "", ""
    left, right = np.broadcast_arrays(left, right)
    if left.ndim:
        worst = np.abs(left - right) * ~true
        at = np.unravel_index(np.argmax(worst), worst.shape)
        where = f" (entry {', '.join(str(int(i) + 1) for i in at)})"
        left, right = left[at], right[at]
    unit = half_unit(right_node)
    if relation == "=" and unit is not None and np.all(np.abs(left - right) <= unit):
        rounded = r"; rounded they agree: write \approx"
    return f"left {show(left)}{_WORDS[relation]} right {show(right)}{where}{rounded}"


def show(value) -> str:
    """A value for a message."""
    real = np.real(np.asarray(value))
    if real.ndim == 0:
        return f"{float(real):.8g}"
    return np.array2string(real, precision=6, threshold=8, separator=", ")
