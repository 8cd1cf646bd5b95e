"""Check chapters and say what was found: one readable message for each equation that fails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .chapters import Equation, place, read_chapter
from .check import Checker
from .tokens import EquationError
from .worlds import load_worlds

UNCHECKED_CAP = 0.03  # share of a book's equations that may go unchecked
_AROUND = 60  # characters shown to the left and right of the fault


@dataclass
class Failure:
    """An equation that fails, and why."""

    equation: Equation
    error: EquationError

    def __str__(self) -> str:
        line, column, text = place(self.equation, self.error)
        label = self.equation.label or "no label"
        head = f"{self.equation.path}:{line}:{column}  ({label})  {self.error.message}"
        if not text.strip() or self.equation.kind == "fault":
            return head
        first = max(0, column - 1 - _AROUND)
        shown = text[first : column - 1 + _AROUND]
        return f"{head}\n    {shown}\n    {' ' * (column - 1 - first)}^ here"


@dataclass
class Report:
    """What a run over chapters found."""

    equations: list[Equation] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    comparisons: int = 0
    seconds: float = 0.0

    def count(self, kind: str) -> int:
        """Number of displays of a kind: check, define, unchecked, fault."""
        return Counter(equation.kind for equation in self.equations)[kind]

    def summary(self) -> str:
        """The counts in one line."""
        return (
            f"{len(self.equations)} displayed equations: {self.count('check')} checked, "
            f"{self.count('define')} definitions, {self.count('unchecked')} unchecked; "
            f"{len(self.failures)} failed; {self.comparisons} comparisons"
        )


def check_equations(equations: Iterable[Equation], checker: Checker) -> Report:
    """Check displays that have been read."""
    start, report = time.perf_counter(), Report(list(equations))
    first_with: dict[str, Equation] = {}
    for equation in report.equations:
        try:
            _not_twice(equation, first_with)
            if equation.kind == "fault":
                raise EquationError(equation.reason, 0)
            if equation.kind != "unchecked":
                report.comparisons += checker.inspect(equation.claim).comparisons
        except EquationError as error:
            report.failures.append(Failure(equation, error))
        except Exception as error:  # never a traceback: the author is told which display it is
            message = f"the checker fails here, please report it: {type(error).__name__}: {error}"
            report.failures.append(Failure(equation, EquationError(message, 0)))
    report.seconds = time.perf_counter() - start
    return report


def _not_twice(equation: Equation, first_with: dict[str, Equation]) -> None:
    if equation.label is None:
        return
    first = first_with.setdefault(equation.label, equation)
    if first is not equation:
        where = f"{first.path}:{first.line}"
        raise EquationError(f"the label {equation.label} is already taken at {where}", 0)


def check_chapters(paths: Iterable, worlds: str | Checker, strict: bool = False) -> Report:
    """Check all displays of chapters.

    Parameters
    ----------
    paths : iterable of path
        Markdown files and notebooks.
    worlds : str or Checker
        The module, package or file that holds the worlds, such as ``claims.worlds``.
    strict : bool
        Whether every display must be a labelled ``{math}`` directive in a world.
    """
    checker = worlds if isinstance(worlds, Checker) else Checker(load_worlds(worlds))
    equations = [equation for path in paths for equation in read_chapter(path, strict)]
    return check_equations(equations, checker)


def too_many_unchecked(report: Report, cap: float = UNCHECKED_CAP) -> str | None:
    """The complaint if more than a share ``cap`` of the displays is unchecked."""
    number, total = report.count("unchecked"), len(report.equations)
    if number <= cap * total:
        return None
    return f"{number} of {total} displays are unchecked; the cap is {cap:.0%}"
