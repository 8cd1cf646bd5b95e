"""The mutation score: of the small mistakes one can make in each equation, how many fail?"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from zlib import crc32

from .chapters import Equation, read_chapter
from .check import Checker, Claim
from .mutants import Mutant, Mutator
from .tokens import EquationError
from .truths import reason
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
    true: Counter = field(default_factory=Counter)  # passed and known to be true, by rule
    labels: dict[str, tuple] = field(default_factory=dict)  # tried, noticed, digest, by label
    survivors: list[Survivor] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)
    equations: int = 0
    seconds: float = 0.0

    def add(self, other: Score) -> None:
        """Add the mutants of another score."""
        self.made += other.made
        self.caught += other.caught
        self.true += other.true
        self.labels |= other.labels
        self.survivors += other.survivors
        self.broken += other.broken
        self.crashed += other.crashed
        self.equations += other.equations

    def table(self) -> str:
        """Caught of made for each kind, then the survivors."""
        lines = [
            f"{self.caught[kind]:6d} of {self.made[kind]:6d}  {kind}" for kind in sorted(self.made)
        ]
        lines += [f"{number:6d} pass and are true: {why}" for why, number in self.true.items()]
        for survivor in sorted(self.survivors, key=lambda s: s.label):
            mutant = survivor.mutant
            lines.append(
                f"survives  {survivor.label}  {mutant.kind}\n"
                f"    was  {mutant.was}\n    now  {mutant.now}"
            )
        lines += [
            f"does not pass unchanged, so it has no mutants: {label}" for label in self.broken
        ]
        lines += [f"the checker itself fails: {crash}" for crash in self.crashed]
        return "\n".join(lines)

    def summary(self) -> str:
        """The counts in one line."""
        made, caught = self.made.total(), self.caught.total()
        share = 100 * caught / made if made else 0.0
        return (
            f"{made} mutants of {self.equations} equations, {caught} caught ({share:.1f} %), "
            f"{self.true.total()} true by rule, {len(self.survivors)} survive"
        )


SEEDS = (1, 2, 3)  # further random numbers, to tell an identity from a coincidence


def digest(source: str) -> str:
    """Short name of a display's LaTeX, to tell whether counts are still those of it."""
    return f"{crc32(' '.join(source.split()).encode()):08x}"


class Mutation:
    """Mutates displays and holds the mutants against the worlds.

    Parameters
    ----------
    worlds : mapping of str to WorldMaker
        See ``load_worlds``.
    sample : float
        Share of the mutants that are tried, the same ones in every run.
    """

    def __init__(self, worlds, sample: float = 1.0):
        self.checker = Checker(worlds)
        self.further = [Checker(worlds, seed) for seed in SEEDS]
        self.sample = sample

    def of(self, equation: Equation, relying: Iterable[Equation] = ()) -> Score:
        """Mutate one display.

        Parameters
        ----------
        equation : Equation
            The display.
        relying : iterable of Equation
            Displays that are read with what it defines.
        """
        score, claim = Score(equations=1), equation.claim
        label, relying = equation.label or "no label", list(relying)
        try:
            self.checker.check(claim)
        except EquationError:
            score.broken.append(label)
            return score
        name = claim.worlds[0]
        world, _ = self.checker.prepare(claim, name, 1)
        original = self.checker.statements(claim, name)
        mutator = Mutator(claim.source, world, original, self.checker.twins(name))
        for mutant in mutator.mutants():
            if self.sample < 1 and crc32(mutant.source.encode()) % 1000 >= 1000 * self.sample:
                continue
            if self._reads_the_same(mutant.source, claim, original):
                continue
            score.made[mutant.kind] += 1
            changed = replace(claim, source=mutant.source)
            try:
                self._check(changed, claim, relying)
            except EquationError:
                score.caught[mutant.kind] += 1
            except Exception as error:
                score.crashed.append(f"{label}: {type(error).__name__} on {mutant.now}")
            else:
                self._survives(score, label, mutant, changed, original)
        counts = (score.made.total(), score.caught.total(), digest(claim.source))
        score.labels[label] = counts
        return score

    def _check(self, changed: Claim, claim: Claim, relying: list[Equation]) -> None:
        """Check a mutant, and what relies on it if it is a definition."""
        self.checker.check(changed)
        if changed.defines:
            for other in relying:
                definitions = tuple(
                    changed.source if d == claim.source else d for d in other.claim.definitions
                )
                self.checker.check(replace(other.claim, definitions=definitions))

    def _reads_the_same(self, source: str, claim: Claim, original: list) -> bool:
        try:
            changed = replace(claim, source=source)
            return self.checker.statements(changed, claim.worlds[0]) == original
        except (EquationError, RecursionError):
            return False

    def _survives(self, score: Score, label: str, mutant: Mutant, changed: Claim, original) -> None:
        after = self.checker.statements(changed, changed.worlds[0])
        why = reason(changed, original, after, self.checker, self.further)
        if why is None:
            score.survivors.append(Survivor(label, mutant))
        else:
            score.true[why] += 1


def mutate_equations(equations: Iterable[Equation], checker: Checker, sample: float = 1.0) -> Score:
    """Mutate displays in the worlds of a checker."""
    begun, score = time.perf_counter(), Score()
    read = list(equations)
    mutation = Mutation(checker.worlds, sample)
    for equation in read:
        if equation.kind in ("check", "define"):
            score.add(mutation.of(equation, _relying_on(equation, read)))
    score.seconds = time.perf_counter() - begun
    return score


def _relying_on(equation: Equation, equations: Iterable[Equation]) -> list[Equation]:
    """Displays that are read with the definition in this one."""
    if equation.kind != "define":
        return []
    source = equation.claim.source
    return [e for e in equations if e.kind == "check" and source in e.claim.definitions]


def start_method() -> str:
    """How processes start: by fork where that is safe, else afresh (Windows, macOS)."""
    safe = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return "fork" if safe else "spawn"


def mutate_chapters(
    paths: Iterable,
    worlds: str,
    processes: int = 2,
    start: str | None = None,
    sample: float = 1.0,
) -> Score:
    """Mutate every display of chapters, in several processes.

    Parameters
    ----------
    paths : iterable of path
        MyST files.
    worlds : str
        The module, package or file that holds the worlds.
    processes : int
        How many processes share the work.
    start : str, optional
        How they start, ``"fork"`` or ``"spawn"``; by itself, whatever suits the system.
    sample : float
        Share of the mutants that are tried.
    """
    begun = time.perf_counter()
    read = [e for path in paths for e in read_chapter(path)]
    tasks = [(e, _relying_on(e, read)) for e in read if e.kind in ("check", "define")]
    jobs = [(worlds, sample, tasks[first :: processes * 8]) for first in range(processes * 8)]
    score = Score()
    if processes == 1:
        score.add(_job((worlds, sample, tasks)))
    else:
        with multiprocessing.get_context(start or start_method()).Pool(processes) as pool:
            for part in pool.imap_unordered(_job, jobs):
                score.add(part)
    score.seconds = time.perf_counter() - begun
    return score


@cache
def _mutation(worlds: str, sample: float) -> Mutation:
    """A process keeps its worlds between shares of the work."""
    return Mutation(load_worlds(worlds), sample)


def _job(task: tuple[str, float, list[tuple[Equation, list[Equation]]]]) -> Score:
    """One share of the work."""
    worlds, sample, tasks = task
    score, mutation = Score(), _mutation(worlds, sample)
    for equation, relying in tasks:
        score.add(mutation.of(equation, relying))
    return score
