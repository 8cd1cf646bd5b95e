"""The list of mutants that survive because they are true, and how it is held to the run."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

from .mutate import Survivor


def read_survivors(path) -> list[dict]:
    """Entries of a TOML file of ``[[survivor]]`` tables: label, now, reason.

    Raises
    ------
    ValueError
        If an entry lacks one of the three.
    """
    entries = tomllib.loads(Path(path).read_text(encoding="utf-8")).get("survivor", [])
    for entry in entries:
        missing = {"label", "now", "reason"} - entry.keys()
        if missing or not entry["reason"].strip():
            raise ValueError(f"{path}: an entry needs label, now and reason: {entry}")
    return entries


def compare(survivors: list[Survivor], listed: list[dict], whole: bool = True) -> list[str]:
    """What is not on the list, as an entry to fill in, and what is listed but does not survive.

    With ``whole`` false only a sample was tried, and what is listed may be missing.
    """
    found = Counter((s.label, s.mutant.was, s.mutant.now) for s in survivors)
    known = Counter((entry["label"], entry["now"]) for entry in listed)
    problems = []
    for (label, was, now), times in sorted(found.items()):
        new = times - known[label, now]
        if new > 0:
            problems += [_entry(label, was, now)] * new
        known[label, now] -= times
    gone = [key for key, times in known.items() for _ in range(times)] if whole else []
    return problems + [f"listed but does not survive: ({label})  {now}" for label, now in gone]


def _entry(label: str, was: str, now: str) -> str:
    return (
        "survives and is not listed; wrong: mend the world; true: list it with the reason\n"
        f"[[survivor]]\nlabel = {_quoted(label)}\nwas = {_quoted(was)}\nnow = {_quoted(now)}\n"
        'reason = ""\n'
    )


def _quoted(text: str) -> str:
    """A TOML string: literal if it can be, so that LaTeX stays readable."""
    return json.dumps(text) if "'" in text else f"'{text}'"
