r"""A first world file: every symbol that the displays of some files use, with random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .chapters import Equation
from .cursor import Cursor
from .macros import expand, without_definitions
from .spelling import respell
from .symbols import plain, read_name
from .tokens import EquationError, tokenize, without_alignment
from .vocabulary import ACCENTS, FUNCTIONS, GREEK, STYLES

_NO_QUANTITY = {"e", "d", r"\pi", r"\Delta", *FUNCTIONS}
_RUN = {r"\sum", r"\prod", r"\max", r"\min"}
_AFTER = {"=", "}", r"\in", r"\ne", r"\neq", ",", "<", r"\le"}
_WORDS = {r"\text", r"\textrm", r"\mbox", r"\operatorname", r"\operatorname*", r"\begin", r"\end"}
_HEAD = '''\
"""First worlds, written by ``eqworlds init``: put what is computed in place of what is drawn.

A quantity that is computed from others is a function of q:

    w.q("z", lambda q: q("w") * q("x") + q("b"), "weighted sum")

Then give each part of the text its world with a line ``% world: name`` above its displays.
"""

import numpy as np
from eqworlds import World, world


@world
def first(rng, draw):
    """Every symbol of the displays, a random number or array each."""
    n = 3 + draw  # another size in each draw
    w = World({letters!r})
'''


@dataclass
class _Use:
    """How a symbol is written: index letters below it, and whether a letter stands above."""

    below: int = 0
    above: bool = False
    function: bool = False
    letters: set[str] = field(default_factory=set)


def first_world(equations: Iterable[Equation]) -> str:
    """Python source of a world that declares the symbols of displays.

    Parameters
    ----------
    equations : iterable of Equation
        What was read; displays that cannot be cut into tokens are passed over.
    """
    uses: dict[str, _Use] = {}
    equations = list(equations)
    for equation in equations:
        try:
            _gather(equation, uses)
        except EquationError:
            continue
    letters = set().union(*(use.letters for use in uses.values())) & set("ijklmnt")
    letters |= _running(equations)
    names = [name for name in uses if name not in letters]
    lines = [_HEAD.replace("{letters!r}", repr("".join(sorted(letters)) or "ij"))]
    for name in sorted(names, key=str.lower):
        use = uses[name]
        if use.function:
            lines.append(f'    w.function({_quoted(name)}, lambda z: np.tanh(z), "what it is")\n')
            continue
        size = ", ".join(["n"] * min(use.below, 2))
        value = f"rng.normal(size=({size},))" if size else "rng.normal()"
        if use.above:
            value = f"{{k: {value} for k in range(1, 4)}}"
        lines.append(f'    w.q({_quoted(name)}, {value}, "what it is")\n')
    return "".join([*lines, "    return w\n"])


def _quoted(name: str) -> str:
    if len(name) > 1 and name.isalpha():
        name = rf"\operatorname{{{name}}}"
    return f'r"{name}"' if "\\" in name else f'"{name}"'


def _gather(equation: Equation, uses: dict[str, _Use]) -> None:
    source = equation.claim.source
    written = expand(without_definitions(tokenize(source))[0], equation.claim.macros)
    tokens = [t for t in respell(without_alignment(written)) if t.text != "&"]
    c = Cursor(tokens, source, {}, ())
    while not c.done:
        text = c.peek()
        if text in _WORDS:
            c.take()
            word = plain(c.group())
            if c.peek() == "(" and word.isalpha() and text not in (r"\begin", r"\end"):
                uses.setdefault(word, _Use()).function = True  # \text{softmax}(z)
        elif text in ACCENTS | STYLES | GREEK or (len(text) == 1 and text.isalpha()):
            name = read_name(c)
            if name not in _NO_QUANTITY:
                _scripts(c, uses.setdefault(name, _Use()))
        else:
            c.take()


def _running(equations: Iterable[Equation]) -> set[str]:
    r"""Letters that run: ``p`` of ``\sum_{p = 1}^{P}``, ``c`` of ``\max_c``."""
    found: set[str] = set()
    for equation in equations:
        written = without_definitions(tokenize(equation.claim.source))[0]
        try:
            tokens = [t.text for t in respell(expand(written, equation.claim.macros))]
        except EquationError:
            continue
        for at, text in enumerate(tokens):
            if text not in _RUN or tokens[at + 1 : at + 2] != ["_"]:
                continue
            behind = [t for t in tokens[at + 2 : at + 5] if t != "{"][:2]
            if len(behind) == 2 and len(behind[0]) == 1 and behind[0].isalpha():
                found |= {behind[0]} if behind[1] in _AFTER or tokens[at + 2] != "{" else set()
    return found


def _scripts(c: Cursor, use: _Use) -> None:
    while c.peek() in ("_", "^", "'"):
        mark = c.take()
        if mark == "'":
            use.function = use.function or c.peek() == "("  # f'(x)
            continue
        written = plain(c.group())
        letters = {one for one in written if one in "ijklmnt"}
        use.letters |= letters
        if mark == "_" and (letters or written.isdigit()):
            use.below = max(use.below, len([one for one in written if one.isalnum()]))
        elif mark == "^" and letters:
            use.above = True
