"""Mutants that pass because they are true, recognised by rule."""

from __future__ import annotations

from collections.abc import Sequence

from . import nodes as n
from .check import Checker, Claim, symbolic_part
from .tokens import EquationError

WEAKER = {
    "=": {"<=", ">=", "~"}, "<": {"<=", "!="}, ">": {">=", "!="}, "<-": set(), "~": set(),
    "<=": set(), ">=": set(), "!=": set(), "in": set(),
}  # fmt: skip

SAYS_LESS = "a weaker relation"
OTHER_RANGE = "the same sides under another condition, where they agree as well"
FEWER_LINES = "some of the lines of the display"
EXACTLY = "equal to the last digit where the display says about"
IDENTITY = "an identity: it holds in every further draw"


def reason(
    claim: Claim, before: list, after: list, checker: Checker, further: Sequence[Checker]
) -> str | None:
    """Why a mutant that passes is true; None if no rule knows.

    Parameters
    ----------
    claim : Claim
        The mutant.
    before, after : list of Node
        Statements of the display and of the mutant.
    checker : Checker
        The one that the mutant has passed.
    further : sequence of Checker
        Checkers with other random numbers in the same worlds.
    """
    new = [s for s in after if s not in before]
    if not new:
        return FEWER_LINES
    old = [s for s in before if s not in after]
    if len(old) == len(new):
        pairs = list(zip(old, new, strict=True))
        if all(_is_weaker(a, b) for a, b in pairs):
            return SAYS_LESS
        if all(_same_sides(a, b) for a, b in pairs):
            return OTHER_RANGE
        if all(_is_exact(a, b) for a, b in pairs):
            return EXACTLY
    given = [name for name in claim.worlds if checker.worlds[name].draws == 1]
    if given and not all(checker.worlds[name].generic or claim.also for name in given):
        return None  # given numbers: a coincidence cannot be told from an identity
    if given and any(symbolic_part(s) != s for s in new):
        return None  # what stands beside the printed values is in no world of random numbers
    if any("~" in getattr(s, "relations", ()) for s in new):
        return None  # held to a few digits only
    for other in further:
        try:
            other.check(claim)
        except EquationError:
            return None
    return IDENTITY


def _is_weaker(before: n.Node, after: n.Node) -> bool:
    if not (isinstance(before, n.Statement) and isinstance(after, n.Statement)):
        return False
    if before.sides != after.sides or before.conditions != after.conditions:
        return False
    pairs = zip(before.relations, after.relations, strict=True)
    return all(a == b or b in WEAKER[a] for a, b in pairs)


def _is_exact(before: n.Node, after: n.Node) -> bool:
    if not (isinstance(before, n.Statement) and isinstance(after, n.Statement)):
        return False
    pairs = set(zip(before.relations, after.relations, strict=False))
    alike = before.sides == after.sides and before.conditions == after.conditions
    return alike and all(a == b or (a, b) == ("~", "=") for a, b in pairs)


def _same_sides(before: n.Node, after: n.Node) -> bool:
    if not (isinstance(before, n.Statement) and isinstance(after, n.Statement)):
        return False
    return before.sides == after.sides and before.relations == after.relations
