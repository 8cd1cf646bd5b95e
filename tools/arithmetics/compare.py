"""What differs between two runs of a page, in words."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

ROUND = 28  # characters shown on either side of what differs


@dataclass(frozen=True)
class Difference:
    """One cell of a page that reads differently, or that complains.

    Attributes
    ----------
    page, line : str, int
        Where the cell's code starts.
    arithmetic : str
    here, there : tuple of str
        What differs: in this machine's own arithmetic and in the other.
    """

    page: str
    line: int
    arithmetic: str
    here: tuple
    there: tuple

    def __str__(self):
        lines = [f"{self.page}:{self.line}: another text with {self.arithmetic}"]
        for here, there in zip_longest(self.here, self.there):
            lines += [f"    own    {here}"] if here is not None else []
            lines += [f"    other  {there}"] if there is not None else []
        return "\n".join(lines)


def differences(page, arithmetic, own, other):
    """Compare two runs of a page, each as `pages.run_page` returns it.

    Returns
    -------
    list of Difference
        One for each cell that differs. A warning or an error in the other run is one too, also
        where this machine's own run has it.
    """
    if "problem" in own or "problem" in other:
        problem = other.get("problem") or own["problem"]
        return [Difference(page, 1, arithmetic, (), (problem.strip().splitlines()[-1],))]
    found = []
    for mine, its in zip(own["cells"], other["cells"], strict=False):
        if mine["text"] != its["text"]:
            here, there = changed(mine["text"], its["text"])
            found.append(Difference(page, its["line"], arithmetic, here, there))
        elif said := complaints(its["text"]):
            found.append(Difference(page, its["line"], arithmetic, (), said))
    return found


def complaints(text):
    """The lines of a cell that no page may show: warnings and errors."""
    return tuple(line for line in text if line.startswith(("stderr: ", "error: ")))


def changed(here, there):
    """The places in which two lists of lines differ, each with a few characters around it."""
    mine, its = [], []
    for what, a, b, c, d in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for x, y in zip_longest(here[a:b], there[c:d]):
            x, y = (x, y) if x is None or y is None else _around(x, y)
            mine.append(_short(x))
            its.append(_short(y))
    return tuple(mine), tuple(its)


def _around(x, y):
    """The part of two lines from their first to their last different character."""
    shorter = min(len(x), len(y))
    first = next((i for i in range(shorter) if x[i] != y[i]), shorter)
    last = 0
    while last < shorter - first and x[-1 - last] == y[-1 - last]:
        last += 1
    kind = x[: x.find(": ") + 2] if ": " in x[:40] else ""
    start = max(first - ROUND, 0)

    def cut(line):
        end = len(line) - last + ROUND
        head = f"{kind if start >= len(kind) else line[:start]}…" if start else ""
        return head + line[start:end] + ("…" if end < len(line) else "")

    return cut(x), cut(y)


def _short(line, most=240):
    if line is None or len(line) <= most:
        return line
    return line[: most // 2] + " … " + line[-most // 2 :]
