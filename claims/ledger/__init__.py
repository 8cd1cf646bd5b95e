"""The claims ledger: what the sources claim, recomputed.

`claims.json` holds the claims, `core` judges them, `worlds` holds what the checks share, the
other modules hold the checks, each named after its source, and `page` writes the table. `rows()` is
the ledger.

A claim of `claims.json`:

=========  ======================================================================
id         source and number, "S2-11"
where      a place in the source to find it by
claim      what is claimed, in our words
inputs     what it is recomputed from
printed    the printed figure or formula; a list where there are several figures
kind       numerical, formula or algorithm
reading    how the place was read, where that is not plain
=========  ======================================================================
"""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from claims.ledger import (  # noqa: F401 (each puts its checks into CHECKS)
    madarasmi_neural_networks,
    numerical_example,
    sk_deep_learning,
    yeum_neural_network_2,
    zhu_training,
)
from claims.ledger.core import CHECKS, FAILS, HOLDS, UNKNOWN, Check, Verdict

VERDICTS = (HOLDS, FAILS, UNKNOWN)


@dataclass(frozen=True)
class Source:
    """A source: its key in the bibliography, and what its text tells about itself."""

    key: str
    author: str
    title: str
    year: str


SOURCES = {
    "S0": Source("yeum2021", "C. M. Yeum", "Neural Network II", "2021"),
    "S1": Source("mazurnotes", "unsigned", "Backpropagation: Numerical Example", "no date"),
    "S2": Source("sk2020", "SK", "Deep Learning Neural Networks", "2020"),
    "S3": Source("zhu2022", "Y. Zhu", "Neural Networks Training", "2022"),
    "S4": Source("madarasmi2024", "S. Madarasmi", "Intro to Neural Networks", "2024"),
}


@dataclass(frozen=True)
class Row:
    """A claim, its check and the verdict."""

    id: str
    source: str
    where: str
    claim: str
    inputs: str
    printed: tuple
    kind: str
    reading: str
    check: Check
    verdict: Verdict
    computed_note: str

    @property
    def note(self):
        """Everything there is to say beside the verdict, in full sentences."""
        verdict, check = self.verdict, self.check
        parts = []
        if verdict.verdict == FAILS and check.right:
            parts.append(f"Right: {check.right}.")
        if verdict.slip:
            parts.append(f"Likely slip, it gives exactly what is printed: {verdict.slip}.")
        if verdict.missing:
            parts.append(f"Not given: {', '.join(verdict.missing)}.")
        return " ".join([*parts, *filter(None, (check.note, self.computed_note, self.reading))])


def claims():
    """The claims as a list of dictionaries; `printed` is always a tuple of strings."""
    found = json.loads((Path(__file__).parent / "claims.json").read_text("utf-8"))
    for claim in found:
        printed = claim["printed"]
        claim["printed"] = (printed,) if isinstance(printed, str) else tuple(printed)
    return found


@cache
def rows():
    """The ledger: a Row for each claim, in order. Recomputes everything, once a process.

    Raises
    ------
    LookupError
        If a claim has no check, or a check no claim.
    """
    found = claims()
    names = [claim["id"] for claim in found]
    unmatched = set(names) ^ set(CHECKS)
    if unmatched:
        raise LookupError(f"claims without a check or checks without a claim: {sorted(unmatched)}")
    ledger = []
    for claim in found:
        check = CHECKS[claim["id"]]
        computation = check.run()
        ledger.append(
            Row(
                **{"reading": "", **claim},
                check=check,
                verdict=computation.judge(claim["printed"]),
                computed_note=computation.note,
            )
        )
    return tuple(ledger)


def counts():
    """Counter of (source, verdict)."""
    return Counter((row.source, row.verdict.verdict) for row in rows())


def agreements():
    """Counter of how the printed figures that hold agree: exactly, rounded, cut."""
    return Counter(row.verdict.how for row in rows() if row.verdict.how)
