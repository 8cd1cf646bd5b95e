r"""Commands that a text defines for itself: ``\newcommand{\loss}[1]{\mathcal{L}(#1)}``.

``\def``, ``\gdef``, ``\newcommand``, ``\renewcommand``, ``\providecommand`` and
``\DeclareMathOperator`` are read.  What is put in for a command stands, for a complaint, where
the command stands; its arguments keep their own places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .spelling import argument
from .tokens import EquationError, Token

_NEW = {r"\newcommand", r"\renewcommand", r"\providecommand", r"\newcommand*", r"\renewcommand*"}
_DEF = {r"\def", r"\gdef"}
_OPERATOR = {r"\DeclareMathOperator", r"\DeclareMathOperator*"}
_LIMIT = 10_000  # tokens of one display, expanded


@dataclass(frozen=True)
class Macro:
    """What a command stands for: its number of arguments, and tokens with ``#1`` in them."""

    arguments: int
    body: tuple[str, ...]


def without_definitions(tokens: list[Token]) -> tuple[list[Token], dict[str, Macro]]:
    """Take the definitions of commands out of a display."""
    kept: list[Token] = []
    found: dict[str, Macro] = {}
    i = 0
    while i < len(tokens):
        text = tokens[i].text
        if text in _NEW | _OPERATOR:
            name, i = argument(tokens, i + 1)
            count, i = _count(tokens, i)
            body, i = argument(tokens, i)
        elif text in _DEF:
            name, i = tokens[i + 1 : i + 2], i + 2
            count = 0
            while i + 1 < len(tokens) and tokens[i].text == "#":
                count, i = count + 1, i + 2
            body, i = argument(tokens, i)
        else:
            kept.append(tokens[i])
            i += 1
            continue
        written = tuple(token.text for token in body)
        if text in _OPERATOR:
            written = (r"\operatorname", "{", *written, "}")
        if len(name) == 1:
            found[name[0].text] = Macro(count, written)
    return kept, found


def _count(tokens: list[Token], i: int) -> tuple[int, int]:
    """The ``[2]`` behind the name of a new command."""
    texts = [token.text for token in tokens[i : i + 3]]
    if len(texts) == 3 and texts[0] == "[" and texts[1].isdigit() and texts[2] == "]":
        return int(texts[1]), i + 3
    return 0, i


def expand(tokens: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """Tokens with what commands of the text stand for in their place.

    Raises
    ------
    EquationError
        If a command calls itself, or what it stands for is too long.
    """
    out: list[Token] = []
    left = list(reversed(tokens))
    steps = 0
    while left:
        token = left.pop()
        macro = macros.get(token.text)
        if macro is None:
            out.append(token)
            continue
        steps += 1
        if steps + len(left) > _LIMIT:
            raise EquationError(f"{token.text} stands for too much, or for itself", token.start)
        given = []
        for _ in range(macro.arguments):
            rest = left[::-1]
            one, after = argument(rest, 0)
            given.append(one)
            left = rest[after:][::-1]
        left.extend(reversed(_filled(macro, given, token)))
    return out


def _filled(macro: Macro, given: list[list[Token]], at: Token) -> list[Token]:
    """The body of a command with its arguments put in."""
    filled: list[Token] = []
    i = 0
    while i < len(macro.body):
        text = macro.body[i]
        if text == "#" and i + 1 < len(macro.body) and macro.body[i + 1].isdigit():
            number = int(macro.body[i + 1])
            filled += given[number - 1] if 0 < number <= len(given) else []
            i += 2
        else:
            filled.append(Token(text, at.start, at.end))
            i += 1
    return filled
