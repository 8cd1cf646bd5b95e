r"""Formulas within lines of text: those that claim something are held in the worlds of their page.

A relation such as ``$a^l = s_l(z^l)$`` is checked in the world in force; where that does not know
its symbols, in the other worlds of its file.  A *setting* such as ``$\eta = 0.1$`` claims nothing
of a random world; in a world of given numbers it must be that number.  Whatever else is not checked
stands on a list of exceptions, a TOML file with the reason for each.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from . import nodes as n
from .chapters import Equation, read_inline
from .check import Checker, Claim
from .evaluate import evaluate
from .parser import parse
from .printed import half_unit
from .scope import Scope, Trace
from .tokens import EquationError, tokenize
from .vocabulary import EQUIVALENCES, RELATIONS
from .worked import is_numeric
from .worlds import load_worlds

CAP = 0.5  # share of the relations that may stand on the list of exceptions
LETTERS = frozenset("ijklmnt")  # index letters of text that a world need not declare


@dataclass
class InlineReport:
    """What was found within lines."""

    checked: int = 0
    elsewhere: int = 0  # of those checked, in another world of the file
    settings: int = 0
    names: int = 0
    excepted: int = 0
    formulas: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def summary(self) -> str:
        """The counts in one line."""
        counts = (self.checked, self.settings, self.names, self.excepted, len(self.problems))
        return (
            f"{self.formulas} formulas within lines, {sum(counts)} with a relation: {self.checked} "
            f"checked ({self.elsewhere} in another world of their file), "
            f"{self.settings} settings, {self.names} give a name, "
            f"{self.excepted} on the list of exceptions; {len(self.problems)} failed"
        )


def check_inline(paths: Iterable, worlds: str | Checker, exceptions=None) -> InlineReport:
    """Check the formulas within lines of files.

    Parameters
    ----------
    paths : iterable of path
        Markdown files.
    worlds : str or Checker
        The module, package or file that holds the worlds.
    exceptions : path, optional
        TOML file of ``[[exception]]`` tables: file (its stem), formula, reason.
    """
    start, report = time.perf_counter(), InlineReport()
    checker = worlds if isinstance(worlds, Checker) else Checker(load_worlds(worlds))
    listed = read_exceptions(exceptions) if exceptions else {}
    found: Counter = Counter()
    for path in paths:
        formulas = read_inline(path)
        others = tuple(dict.fromkeys(name for f in formulas for name in f.claim.worlds))
        report.formulas += len(formulas)
        for formula in formulas:
            if not has_relation(formula.claim.source):
                continue
            tag = (Path(path).stem, " ".join(formula.claim.source.split()))
            outcome = _outcome(formula, others, checker)
            if outcome == "":
                report.checked += 1
            elif outcome == "elsewhere":
                report.checked, report.elsewhere = report.checked + 1, report.elsewhere + 1
            elif outcome == "setting":
                report.settings += 1
            elif outcome == "name":
                report.names += 1
            elif tag in listed:
                report.excepted += 1
                found[tag] += 1
            else:
                report.problems.append(_complaint(formula, outcome))
    if exceptions:
        report.problems += [
            f"{exceptions}: listed, but it is checked or gone: {stem}: ${formula}$"
            for stem, formula in listed.keys() - found.keys()
        ]
        relations = report.checked + report.settings + report.names + report.excepted
        if report.excepted > CAP * relations:
            report.problems.append(
                f"{report.excepted} of {relations} relations are exceptions; the cap is {CAP:.0%}"
            )
    report.seconds = time.perf_counter() - start
    return report


def has_relation(source: str) -> bool:
    """Whether a formula claims something, outside its brackets and braces."""
    depth = 0
    try:
        tokens = tokenize(source)
    except EquationError:
        return False
    for number, token in enumerate(tokens):
        depth += (token.text in ("{", "(", "[", r"\{")) - (token.text in ("}", ")", "]", r"\}"))
        if depth == 0 and number and (token.text in RELATIONS or token.text in EQUIVALENCES):
            return True
    return False


def _outcome(formula: Equation, others: tuple[str, ...], checker: Checker) -> str:
    """Empty if it holds in the world in force, else "elsewhere", "setting" or what is wrong."""
    first = ""
    for number, name in enumerate(dict.fromkeys((*formula.claim.worlds, *others))):
        own = number < len(formula.claim.worlds)
        claim = replace(formula.claim, worlds=(name,), also=())
        try:
            setting = _as_setting(claim, name, checker)
            if setting:
                return "setting"
            if setting is None:
                checker.check(_with_letters(claim))
                return "" if own else "elsewhere"
            first = first or f"in world {name} it has another value"
            if own:
                return first
        except EquationError as error:
            if own or not first:
                first = f"{error.message}" if own or not first else first
    if _looks_like_setting(formula.claim.source):
        return "setting"
    if any(_gives_name(formula.claim, name, checker) for name in (*formula.claim.worlds, *others)):
        return "name"
    return first or "no world on this page"


def _with_letters(claim: Claim) -> Claim:
    return replace(claim, letters="".join(sorted(LETTERS)))


def _as_setting(claim: Claim, name: str, checker: Checker) -> bool | None:
    r"""Whether ``\eta = 0.1`` agrees with the world; None if it is no setting."""
    world, env = checker.prepare(claim, name, 1)
    statements = parse(claim.source, world.declarations, world.letters | _letters_for(world))
    settings = [s for s in statements if isinstance(s, n.Statement) and _is_setting(s)]
    if len(settings) < len(statements):
        return None
    if checker.worlds[name].draws > 1:
        return True
    for statement in settings:
        left, right = statement.sides
        scope = Scope(env, {}, Trace())
        value, stated = evaluate(left, scope), evaluate(right, scope)
        unit = half_unit(right)
        slack = 1e-9 if unit is None or statement.relations[0] == "=" else unit * 1.001
        if value.shape != stated.shape or np.any(np.abs(value - stated) > slack):
            return False
    return True


def _gives_name(claim: Claim, name: str, checker: Checker) -> bool:
    r"""Whether ``r = 1 - \eta x^2`` gives a new name to something that the world knows."""
    try:
        world, _ = checker.prepare(claim, name, 1)
        known = dict(world.declarations)
        statements = parse(
            claim.source, known, world.letters | _letters_for(world), new_symbols=True
        )
    except EquationError:
        return False
    new = known.keys() - world.declarations.keys()
    if len(statements) != 1 or len(new) != 1 or not isinstance(statements[0], n.Statement):
        return False
    left, *_others = statements[0].sides
    return isinstance(left, n.Symbol) and left.name in new and set(statements[0].relations) == {"="}


def _letters_for(world) -> frozenset[str]:
    return LETTERS - world.declarations.keys()


def _is_setting(statement: n.Statement) -> bool:
    if len(statement.sides) != 2:
        return False
    left, right = statement.sides
    plain = isinstance(left, n.Symbol) and all(isinstance(i, n.Number) for i in left.indices)
    return plain and statement.relations[0] in ("=", "~") and is_numeric(right)


_SETTING = re.compile(
    r"^\s*(?:\(?\\?[A-Za-z]+(?:\{[^{}]*\})?(?:[_^](?:\{[^{}]*\}|\S))*[\s,)]*)+"
    r"(?:=|\\approx|<|>|\\leq?(?![a-z])|\\geq?(?![a-z])|\\neq?(?![a-z]))\s*[-+({\d.\s\\,}eE)^]*(?:\\(?:dots|ldots|times|cdot|frac)[-+({\d.\s\\,})^]*)*$"
)


def _looks_like_setting(source: str) -> bool:
    """A symbol set to a number, or supposed to lie on one side of it: ``$T > 0$``."""
    return bool(_SETTING.match(source))


def _complaint(formula: Equation, outcome: str) -> str:
    source = " ".join(formula.claim.source.split())
    return (
        f"{formula.path}:{formula.line}  ${source}$  {outcome}; "
        "mend it, or list it with a reason:\n"
        f"[[exception]]\nfile = '{Path(formula.path).stem}'\nformula = '{source}'\nreason = ''\n"
    )


def read_exceptions(path) -> dict[tuple[str, str], str]:
    """Formulas that are not checked, with their reasons.

    Raises
    ------
    ValueError
        If an entry lacks its file, formula or reason.
    """
    entries = tomllib.loads(Path(path).read_text(encoding="utf-8")).get("exception", [])
    found = {}
    for entry in entries:
        if not all(str(entry.get(key, "")).strip() for key in ("file", "formula", "reason")):
            raise ValueError(f"{path}: an exception needs file, formula and reason: {entry}")
        found[entry["file"], " ".join(entry["formula"].split())] = entry["reason"]
    return found
