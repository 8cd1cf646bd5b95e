r"""Formulas within lines of text: those that claim something are held in the worlds of their page.

A relation such as ``$a^l = s_l(z^l)$`` is checked in the world in force; where that does not know
its symbols, in the other worlds of its file.  What is true only in the case that a sentence
supposes is checked in a world of that case, and a mistake that the text quotes must fail; a list
names both.  A *setting* such as ``$\eta = 0.1$`` must be a number that the world or the code of its
page gives; where neither gives one, the list names it as supposed.  Whatever else is not checked
stands on the list as an exception, with the reason.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import nodes as n
from .chapters import Equation, read_lines
from .check import Checker, Claim
from .listed import Listed, read_listed
from .parser import parse
from .settings import agrees_with_code, numbers_in_code, setting
from .tokens import EquationError, tokenize
from .vocabulary import EQUIVALENCES, RELATIONS
from .worlds import load_worlds

LETTERS = frozenset("ijklmnt")  # index letters of text that a world need not declare
KINDS = {
    "held": "checked in the world in force",
    "elsewhere": "in another world of their file",
    "case": "in a world of the case supposed",
    "refuted": "quoted mistakes that fail as they should",
    "setting": "settings that the world or the code gives",
    "glued": "names of a number that code has put there",
    "supposed": "settings of a case supposed",
    "name": "give a name",
    "excepted": "exceptions",
}


@dataclass
class InlineReport:
    """What was found within lines; ``found`` counts the relations of each kind (``KINDS``)."""

    found: Counter = field(default_factory=Counter)
    formulas: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def checked(self) -> int:
        """Relations that were held in a world."""
        return sum(self.found[kind] for kind in ("held", "elsewhere", "case", "refuted"))

    @property
    def relations(self) -> int:
        """All formulas that have a relation."""
        return self.found.total() + len(self.problems)

    def summary(self) -> str:
        """The counts in one line."""
        counts = ", ".join(
            f"{self.found[kind]} {KINDS[kind]}" for kind in KINDS if self.found[kind]
        )
        return (
            f"{self.formulas} formulas within lines, {self.relations} with a relation: "
            f"{counts or 'none is sound'}; {len(self.problems)} failed"
        )


def check_inline(paths: Iterable, worlds: str | Checker, listed=None) -> InlineReport:
    """Check the formulas within lines of files.

    Parameters
    ----------
    paths : iterable of path
        Markdown files or notebooks.
    worlds : str or Checker
        The module, package or file that holds the worlds.
    listed : path, optional
        TOML file with what is to be known of single formulas, see ``read_listed``.
    """
    start, report = time.perf_counter(), InlineReport()
    checker = worlds if isinstance(worlds, Checker) else Checker(load_worlds(worlds))
    known = read_listed(listed) if listed else Listed()
    used = set()
    for path in paths:
        formulas, code = read_lines(path)
        page = _Page(formulas, code, checker, known)
        report.formulas += len(formulas)
        for formula in formulas:
            if not has_relation(formula.claim.source):
                continue
            kind, complaint = page.outcome(formula)
            if complaint:
                report.problems.append(_complaint(formula, complaint))
            else:
                report.found[kind] += 1
            if kind in ("case", "refuted", "supposed", "excepted"):
                used.add(_tag(formula))
    report.problems += [
        f"{listed}: listed, but it is checked or gone: {stem}: ${formula}$"
        for stem, formula in sorted(known.tags() - used)
    ]
    if report.found["excepted"] > known.cap:
        report.problems.append(
            f"{report.found['excepted']} formulas within lines are exceptions; the cap is {known.cap}"
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


class _Page:
    """One file: its worlds, and the numbers in its code."""

    def __init__(self, formulas: list[Equation], code: list[str], checker: Checker, known: Listed):
        self.checker = checker
        self.known = known
        self.worlds = tuple(dict.fromkeys(name for f in formulas for name in f.claim.worlds))
        self.code: Mapping[str, set[float]] = numbers_in_code(code)

    def outcome(self, formula: Equation) -> tuple[str, str]:
        """Kind of a formula (one of ``KINDS``) and what is wrong with it, empty if nothing is."""
        tag, claim = _tag(formula), formula.claim
        if tag in self.known.cases:
            return "case", self._fails(claim, self.known.cases[tag]) or ""
        if tag in self.known.mistakes:
            return "refuted", self._stands(claim, self.known.mistakes[tag])
        number = setting(claim.source)
        if number and number[1] is None:
            return "glued", "" if formula.kind == "glued" else "nothing stands after its relation"
        first, false = "", ""
        for name in claim.worlds:
            wrong = self._fails(claim, name)
            if wrong is None:
                return ("setting" if number and self._of_given_numbers(name) else "held"), ""
            first = first or wrong
            false = false or (wrong if wrong.startswith("left ") else "")
        if false and not number:  # understood, and not true there: no other world makes up for it
            return ("excepted", "") if tag in self.known.exceptions else ("", false)
        given = [name for name in claim.worlds if self._of_given_numbers(name)]
        elsewhere = any(self._fails(claim, name) is None for name in self.worlds)
        if elsewhere:
            return ("setting" if number else "elsewhere"), ""
        against = agrees_with_code(claim.source, self.known.names, self.code)
        if against == "":
            return "setting", ""
        if number and tag in self.known.supposed:
            return "supposed", ""
        if number and number[1]:
            return "", against or (first if given else "neither a world nor the code gives it")
        if any(self._gives_name(claim, name) for name in self.worlds):
            return "name", ""
        if tag in self.known.exceptions:
            return "excepted", ""
        return "", first or "no world on this page"

    def _of_given_numbers(self, name: str) -> bool:
        return name in self.checker.worlds and self.checker.worlds[name].draws == 1

    def _fails(self, claim: Claim, name: str) -> str | None:
        """What is wrong with a claim in one world; None if it holds there."""
        letters = "".join(sorted(LETTERS))
        try:
            self.checker.check(replace(claim, worlds=(name,), also=(), letters=letters))
        except EquationError as error:
            return error.message
        return None

    def _stands(self, claim: Claim, name: str) -> str:
        """Complaint about a quoted mistake: that it holds, or is not even understood."""
        wrong = self._fails(claim, name)
        if wrong is None:
            return f"listed as a mistake, but it holds in world {name}"
        if not wrong.startswith("left "):
            return f"listed as a mistake, but not understood in world {name}: {wrong}"
        return ""

    def _gives_name(self, claim: Claim, name: str) -> bool:
        r"""Whether ``r = 1 - \eta x^2`` gives a new name to something that the world knows."""
        try:
            world, _ = self.checker.prepare(claim, name, 1)
            known = dict(world.declarations)
            letters = world.letters | (LETTERS - world.declarations.keys())
            statements = parse(claim.source, known, letters, new_symbols=True, macros=claim.macros)
        except EquationError:
            return False
        new = known.keys() - world.declarations.keys()
        if len(statements) != 1 or len(new) != 1 or not isinstance(statements[0], n.Statement):
            return False
        left, *_others = statements[0].sides
        if not isinstance(left, n.Symbol) or set(statements[0].relations) != {"="}:
            return False
        return left.name in new and not any(self._knows(claim, left.name, w) for w in self.worlds)

    def _knows(self, claim: Claim, symbol: str, name: str) -> bool:
        """Whether a world declares a symbol: then it needs no name any more."""
        try:
            return symbol in self.checker.prepare(claim, name, 1)[0].declarations
        except EquationError:
            return False


def _tag(formula: Equation) -> tuple[str, str]:
    """File and formula, as a list names them."""
    stem = Path(formula.path.partition("[cell ")[0]).stem
    return stem, " ".join(formula.claim.source.split())


def _complaint(formula: Equation, wrong: str) -> str:
    stem, source = _tag(formula)
    return (
        f"{formula.path}:{formula.line}  ${source}$  {wrong}; "
        "mend it, or list it with a reason:\n"
        f"[[exception]]\nfile = '{stem}'\nformula = '{source}'\nreason = ''\n"
    )
