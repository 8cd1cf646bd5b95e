"""What has been seen while one display was held against its draws, and what must have been."""

from __future__ import annotations

from dataclasses import dataclass, field

from .scope import Trace
from .tokens import EquationError


@dataclass(frozen=True)
class Observation:
    """Two sides that were compared: where, in which world and draw, and their values."""

    world: str
    draw: str
    where: str
    left: tuple[int, int]  # place in the source
    relation: str
    right: tuple[int, int]
    values: tuple


@dataclass
class Tally:
    """Counts over all draws; keys are places in the source."""

    comparisons: int = 0
    draws: dict[str, int] = field(default_factory=dict)  # draws of each world
    boundaries: int = 0  # extra draws on and beside the thresholds of conditions
    trace: Trace = field(default_factory=Trace)
    links: dict[int, bool] = field(default_factory=dict)  # a right side: not all zero
    reached: dict[int, bool] = field(default_factory=dict)  # a statement: was checked
    outcomes: dict[int, set] = field(default_factory=dict)  # an equivalence: true, false
    one_way: set[int] = field(default_factory=set)  # implications
    orders: dict[int, int] = field(default_factory=dict)  # a right side: which order
    observations: list[Observation] = field(default_factory=list)
    keep: int = 1  # how many observations are kept

    def finish(self) -> None:
        """Complain about what has never happened, so that nothing was checked."""
        for place, reached in self.reached.items():
            if not reached:
                message = (
                    "no draw and no index for which all the terms exist and the condition holds"
                )
                raise EquationError(message, place)
        for place, taken in self.trace.branches.items():
            if not taken:
                raise EquationError("this case occurs in no draw: nothing checks it", place)
        for place, filled in self.trace.sums.items():
            if not filled:
                raise EquationError("this sum or product never has a term", place)
        for place, seen in self.links.items():
            if not seen:
                raise EquationError("both sides are zero everywhere: this checks nothing", place)
        for place, outcomes in self.outcomes.items():
            if place in self.one_way:
                if True not in outcomes:
                    raise EquationError("what is supposed here holds nowhere", place)
            elif len(outcomes) < 2:
                word = "holds" if True in outcomes else "holds nowhere"
                message = f"each side always {word}: an equivalence must go both ways"
                raise EquationError(message, place)
