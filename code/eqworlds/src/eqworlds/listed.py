r"""The list of what is to be known of single formulas within lines: a TOML file.

cap = 12                                  how many exceptions there may be

[names]                                   what a symbol is called in code
'\eta' = ["learning_rate"]

[supposed]                                settings that neither a world nor the code gives
03_one_weight = ['x = 200', 'r = 0']

[case.fastest_rate]                       hold in this world: a case that the sentence supposes
03_one_weight = ['\eta = 1/x^2']

[mistake.dense_alike]                     quoted as wrong: in this world they must fail
06_biases_and_activations = ["..."]

[[exception]]                             not checked
file = '09_classification'
formula = 'i \ne j'
reason = 'says which entries are meant; it claims nothing'
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Tag = tuple[str, str]  # stem of the file, formula with single spaces


@dataclass
class Listed:
    """What a list says; each formula is named by its file's stem and its LaTeX."""

    cap: int = 0
    names: dict[str, list[str]] = field(default_factory=dict)
    supposed: set[Tag] = field(default_factory=set)
    cases: dict[Tag, str] = field(default_factory=dict)
    mistakes: dict[Tag, str] = field(default_factory=dict)
    exceptions: dict[Tag, str] = field(default_factory=dict)

    def tags(self) -> set[Tag]:
        """All formulas that are listed."""
        return self.supposed | self.cases.keys() | self.mistakes.keys() | self.exceptions.keys()


def read_listed(path) -> Listed:
    """Read a list of formulas within lines.

    Raises
    ------
    ValueError
        If an entry lacks something, or the list has a table of another name.
    """
    data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    unknown = data.keys() - {"cap", "names", "supposed", "case", "mistake", "exception"}
    if unknown:
        raise ValueError(
            f"{path}: no such table: {', '.join(sorted(unknown))}; there are cap, [names], "
            "[supposed], [case.WORLD], [mistake.WORLD] and [[exception]]"
        )
    exceptions = {}
    for entry in data.get("exception", ()):
        if not all(str(entry.get(key, "")).strip() for key in ("file", "formula", "reason")):
            raise ValueError(f"{path}: an exception needs file, formula and reason: {entry}")
        exceptions[entry["file"], _spaced(entry["formula"])] = entry["reason"]
    return Listed(
        cap=data.get("cap", len(exceptions)),
        names=data.get("names", {}),
        supposed=set(_tags(data.get("supposed", {}))),
        cases=_by_formula(data.get("case", {})),
        mistakes=_by_formula(data.get("mistake", {})),
        exceptions=exceptions,
    )


def _spaced(formula: str) -> str:
    return " ".join(formula.split())


def _tags(files: dict[str, list[str]]) -> Iterator[Tag]:
    """Formulas by file, each as its tag."""
    for stem, formulas in files.items():
        for formula in formulas:
            yield stem, _spaced(formula)


def _by_formula(worlds: dict[str, dict[str, list[str]]]) -> dict[Tag, str]:
    return {tag: world for world, files in worlds.items() for tag in _tags(files)}
