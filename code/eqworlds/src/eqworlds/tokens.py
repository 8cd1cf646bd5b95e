"""LaTeX source to tokens.

A token knows where it stands in the source, so that every complaint can point at it.
Layout (spaces, ``\\left``, ``\\displaystyle``, alignment environments) is dropped here and
nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class EquationError(Exception):
    """An equation is wrong or is not understood.

    Parameters
    ----------
    message : str
        What is wrong, for the author of the equation.
    position : int, optional
        Column in the source of the equation, counted from 0.
    """

    def __init__(self, message: str, position: int | None = None):
        super().__init__(message)
        self.message = message
        self.position = position


class NoRelation(EquationError):
    """A display that is only an expression."""


class Uncovered(EquationError):
    """None of the cases of a formula applies."""


@dataclass(frozen=True)
class Token:
    """A piece of LaTeX and its place: ``source[start:end]``."""

    text: str
    start: int
    end: int


_PATTERN = re.compile(
    r"""(?P<layout>\s+ | %[^\n]* | \\[,;:!>\ \n] | ~
          | \\(?:left|right|[bB]igg?[lrm]?)\s*\. )
      | (?P<newline>\\\\(?:\[[^\]]*\])?)
      | (?P<command>\\[A-Za-z]+\*? | \\[{}|])
      | (?P<number>\d{1,3}(?:(?:\{,\}|\\,)\d{3})+(?:\.\d+)? | \d+(?:\.\d+)?)
      | (?P<letter>[A-Za-z])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)

_SIZES = {
    "\\" + size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
}
_LAYOUT_COMMANDS = _SIZES | {
    r"\left", r"\right", r"\middle", r"\displaystyle", r"\textstyle", r"\limits", r"\nonumber",
    r"\notag",
}  # fmt: skip
_ALIGNMENTS = {"aligned", "align", "alignedat", "split", "gather", "gathered", "equation"}
NEWLINE = r"\\"


def tokenize(source: str) -> list[Token]:
    """Cut LaTeX into tokens, leaving out what only concerns layout."""
    tokens = []
    for match in _PATTERN.finditer(source):
        text = NEWLINE if match.group("newline") else match.group()
        if match.lastgroup != "layout" and text not in _LAYOUT_COMMANDS:
            tokens.append(Token(text, match.start(), match.end()))
    return tokens


def number_text(text: str) -> str:
    """A printed number without its thousands separators: ``10{,}000`` is 10000."""
    return text.replace("{,}", "").replace(r"\,", "")


def without_alignment(tokens: list[Token]) -> list[Token]:
    r"""Drop ``\begin{aligned}``, ``\end{aligned}`` and their kin, ``\label`` and ``\tag``."""
    kept, i = [], 0
    while i < len(tokens):
        text = tokens[i].text
        if text in (r"\label", r"\tag"):
            i = _braced(tokens, i + 1)[1]
            continue
        if text in (r"\begin", r"\end"):
            name, after = _braced(tokens, i + 1)
            if name.rstrip("*") in _ALIGNMENTS:
                i = after
                continue
        kept.append(tokens[i])
        i += 1
    return kept


def _braced(tokens: list[Token], i: int) -> tuple[str, int]:
    """Text of the braces that open at token ``i`` and the index after them."""
    text = ""
    if i >= len(tokens) or tokens[i].text != "{":
        raise EquationError("expected '{' here", tokens[min(i, len(tokens) - 1)].start)
    i += 1
    while i < len(tokens) and tokens[i].text != "}":
        text += tokens[i].text
        i += 1
    if i >= len(tokens):
        raise EquationError("unclosed {", tokens[-1].start)
    return text, i + 1
