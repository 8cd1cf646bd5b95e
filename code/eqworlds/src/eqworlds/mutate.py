"""The mutation score: of the small mistakes one can make in each equation, how many fail?"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .chapters import Equation, read_chapter
from .check import Checker
from .mutants import Mutant, Mutator
from .parser import parse
from .tokens import EquationError
from .worlds import load_worlds


@dataclass(frozen=True)
class Survivor:
    """A mutant that passes the check."""

    label: str
    mutant: Mutant


@dataclass
class Score:
    """Mutants made and caught, by kind, and those that passed."""

    made: Counter = field(default_factory=Counter)
    caught: Counter = field(default_factory=Counter)
    survivors: list[Survivor] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    equations: int = 0
    seconds: float = 0.0

    def add(self, other: Score) -> None:
        """Add the mutants of another score."""
        self.made += other.made
        self.caught += other.caught
        self.survivors += other.survivors
        self.broken += other.broken
        self.equations += other.equations

    def table(self) -> str:
        """Caught of made for each kind, then the survivors."""
        lines = [
            f"{self.caught[kind]:6d} of {self.made[kind]:6d}  {kind}" for kind in sorted(self.made)
        ]
        for survivor in sorted(self.survivors, key=lambda s: s.label):
            mutant = survivor.mutant
            lines.append(
                f"survives  {survivor.label}  {mutant.kind}\n"
                f"    was  {mutant.was}\n    now  {mutant.now}"
            )
        lines += [
            f"does not pass unchanged, so it has no mutants: {label}" for label in self.broken
        ]
        return "\n".join(lines)

    def summary(self) -> str:
        """The counts in one line."""
        made, caught = self.made.total(), self.caught.total()
        share = 100 * caught / made if made else 0.0
        return (
            f"{made} mutants of {self.equations} equations, {caught} caught ({share:.1f} %), "
            f"{len(self.survivors)} survive"
        )


def mutate_equation(equation: Equation, checker: Checker) -> Score:
    """Mutate one equation."""
    score, claim = Score(equations=1), equation.claim
    try:
        checker.check(claim)
    except EquationError:
        score.broken.append(equation.label or "no label")
        return score
    name = claim.worlds[0]
    world, _ = checker.prepare(claim, name, 1)
    original = checker.statements(claim, name)
    mutator = Mutator(claim.source, world, original, checker.twins(name))
    for mutant in mutator.mutants():
        if _reads_the_same(mutant.source, world, original):
            continue
        score.made[mutant.kind] += 1
        try:
            checker.check(replace(claim, source=mutant.source))
        except EquationError:
            score.caught[mutant.kind] += 1
        else:
            score.survivors.append(Survivor(equation.label or "no label", mutant))
    return score


def _reads_the_same(source: str, world, original: list) -> bool:
    try:
        return parse(source, world.declarations, world.letters) == original
    except EquationError:
        return False


def mutate_equations(equations: Iterable[Equation], checker: Checker) -> Score:
    """Mutate every display that is checked (not definitions, not what is unchecked)."""
    start, score = time.perf_counter(), Score()
    for equation in equations:
        if equation.kind == "check":
            score.add(mutate_equation(equation, checker))
    score.seconds = time.perf_counter() - start
    return score


def start_method() -> str:
    """How processes start: by fork where that is safe, else afresh (Windows, macOS)."""
    safe = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return "fork" if safe else "spawn"


def mutate_chapters(
    paths: Iterable, worlds: str, processes: int = 2, start: str | None = None
) -> Score:
    """Mutate every display of chapters, in several processes.

    Parameters
    ----------
    paths : iterable of path
        MyST files.
    worlds : str
        The module or package that holds the worlds.
    processes : int
        How many processes share the work.
    start : str, optional
        How they start, ``"fork"`` or ``"spawn"``; by itself, whatever suits the system.
    """
    begun = time.perf_counter()
    equations = [e for path in paths for e in read_chapter(path) if e.kind == "check"]
    jobs = [(worlds, equations[first :: processes * 4]) for first in range(processes * 4)]
    score = Score()
    if processes == 1:
        score.add(_job((worlds, equations)))
    else:
        with multiprocessing.get_context(start or start_method()).Pool(processes) as pool:
            for part in pool.imap_unordered(_job, jobs):
                score.add(part)
    score.seconds = time.perf_counter() - begun
    return score


_CHECKERS: dict[str, Checker] = {}


def _job(task: tuple[str, list[Equation]]) -> Score:
    """One share of the work; a process keeps its worlds between shares."""
    worlds, equations = task
    if worlds not in _CHECKERS:
        _CHECKERS[worlds] = Checker(load_worlds(worlds))
    return mutate_equations(equations, _CHECKERS[worlds])
