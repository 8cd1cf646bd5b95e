"""How one display was read, where it was evaluated, and what its sides came to."""

from __future__ import annotations

import numpy as np

from . import nodes as n
from .chapters import Equation
from .check import Checker
from .comparing import show
from .report import Failure
from .tokens import EquationError

SHOWN = 60  # pairs of values


def explain(equation: Equation, checker: Checker) -> str:
    """A report on one display, for its author."""
    claim = equation.claim
    lines = [f"{equation.path}:{equation.line}  ({equation.label or 'no label'})", ""]
    lines += [f"    {line}" for line in claim.source.split("\n")]
    if equation.kind not in ("check", "define"):
        return "\n".join([*lines, "", f"not checked: {equation.reason}"])
    try:
        for name in claim.worlds:
            lines += ["", f"in world {name}: {checker.worlds[name].meaning}", ""]
            for number, statement in enumerate(checker.statements(claim, name), 1):
                lines += [f"  statement {number}", *_read(statement, claim.source)]
        tally = checker.inspect(claim, keep=SHOWN)
    except KeyError as error:
        return "\n".join([*lines, "", f"there is no world {error}"])
    except EquationError as error:
        return "\n".join([*lines, "", str(Failure(equation, error))])
    draws = ", ".join(f"{number} of {name}" for name, number in tally.draws.items())
    lines += ["", f"{tally.comparisons} comparisons in draws: {draws}"]
    if tally.boundaries:
        lines += [f"{tally.boundaries} more draws on and beside the thresholds of its conditions"]
    for seen in tally.observations:
        left, right = (" ".join(claim.source[a:b].split()) for a, b in (seen.left, seen.right))
        where = f" at {seen.where}" if seen.where else ""
        lines += [f"  {seen.world}, {seen.draw}{where}"]
        for text, value in zip((left, right), seen.values, strict=True):
            lines += [f"      {show(np.asarray(value)):>24}   {text}"]
    if tally.comparisons > len(tally.observations):
        lines += [f"  and {tally.comparisons - len(tally.observations)} more"]
    return "\n".join(lines)


def _read(statement: n.Node, source: str) -> list[str]:
    """The sides of a statement with their relations, and its conditions."""
    if isinstance(statement, n.Equivalence):
        left, right = _read(statement.left, source), _read(statement.right, source)
        return [*left, "      holds exactly when", *right]
    if not isinstance(statement, n.Statement):
        return []
    lines = []
    for relation, side in zip(("", *statement.relations), statement.sides, strict=True):
        lines.append(f"      {relation:3s} {' '.join(source[side.start : side.end].split())}")
    for condition in statement.conditions:
        lines.append(f"      if  {' '.join(source[condition.start : condition.end].split())}")
    free = sorted(statement.letters)
    return lines + ([f"      for every {', '.join(free)}"] if free else [])
