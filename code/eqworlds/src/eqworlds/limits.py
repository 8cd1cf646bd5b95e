"""How long, how large and how deep one display may be: every limit has its message.

A checker that runs on other people's text must stop by itself.  The limits are counts, so that
they hold on a slow machine as on a fast one.
"""

from __future__ import annotations

from .tokens import EquationError, Token

LENGTH = 20_000  # characters of one display
DEPTH = 40  # brackets within brackets
VALUES = 10_000  # values of one index
STEPS = 200_000  # evaluations of one display in all its draws

_OPENING = {"{", "(", "[", r"\{", r"\lvert", r"\lVert", r"\begin"}
_CLOSING = {"}", ")", "]", r"\}", r"\rvert", r"\rVert", r"\end"}


def check_length(source: str) -> None:
    """Complain about a display that is too long to be one."""
    if len(source) > LENGTH:
        raise EquationError(
            f"this display has {len(source)} characters, the limit is {LENGTH}: cut it in two", 0
        )


def check_depth(tokens: list[Token]) -> None:
    """Complain at the bracket that opens one level too many."""
    depth = 0
    for token in tokens:
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth > DEPTH:
            message = f"brackets {DEPTH} deep is the limit: give a part of this formula a name"
            raise EquationError(message, token.start)


def check_values(number: int, what: str, place: int | None = None) -> None:
    """Complain about an index with more values than can be gone through."""
    if number > VALUES:
        message = f"{what} has {number:,} values, the limit is {VALUES:,}: use a smaller world"
        raise EquationError(message, place)
