"""Plausible wrong answers to the assignments: what each should cost and what students are told.

One module an assignment, with `WRONG`: task -> list of `Wrong`. Each is the reference solution with
a slip in it, written as the text that is replaced.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """One wrong answer.

    Attributes
    ----------
    slip : str
        What was done wrong.
    swaps : tuple of (old, new)
        Replaced in the reference solution, everywhere; each old text must occur.
    says : str
        Part of the message that must name it.
    keeps : float
        Points of the task that this answer keeps.
    """

    slip: str
    swaps: tuple
    says: str
    keeps: float = 0


def wrong(slip, *swaps, says, keeps=0):
    """`Wrong` with the swaps as old, new, old, new, …"""
    return Wrong(slip, tuple(zip(swaps[::2], swaps[1::2], strict=True)), says, keeps)
