r"""A first world file: every symbol that the displays of some files use, with random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .chapters import Equation
from .cursor import Cursor
from .symbols import plain, read_name
from .tokens import EquationError, tokenize, without_alignment
from .vocabulary import ACCENTS, FUNCTIONS, GREEK, STYLES

_NO_QUANTITY = {"e", "d", r"\pi", r"\Delta", *FUNCTIONS}
_HEAD = '''\
"""First worlds, written by ``eqworlds init``: put what is computed in place of what is drawn.

A quantity that is computed from others is a function of q:

    w.q("z", lambda q: q("w") * q("x") + q("b"), "weighted sum")

Then give each part of the text its world with a line ``% world: name`` above its displays.
"""

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
    letters: set[str] = field(default_factory=set)


def first_world(equations: Iterable[Equation]) -> str:
    """Python source of a world that declares the symbols of displays.

    Parameters
    ----------
    equations : iterable of Equation
        What was read; displays that cannot be cut into tokens are passed over.
    """
    uses: dict[str, _Use] = {}
    for equation in equations:
        try:
            _gather(equation.claim.source, uses)
        except EquationError:
            continue
    letters = set().union(*(use.letters for use in uses.values())) & set("ijklmnt")
    names = [name for name in uses if name not in letters]
    lines = [_HEAD.replace("{letters!r}", repr("".join(sorted(letters)) or "ij"))]
    for name in sorted(names, key=str.lower):
        use = uses[name]
        size = ", ".join(["n"] * min(use.below, 2))
        value = f"rng.normal(size=({size},))" if size else "rng.normal()"
        if use.above:
            value = f"{{k: {value} for k in range(1, 4)}}"
        lines.append(f'    w.q({_quoted(name)}, {value}, "what it is")\n')
    return "".join([*lines, "    return w\n"])


def _quoted(name: str) -> str:
    return f'r"{name}"' if "\\" in name else f'"{name}"'


def _gather(source: str, uses: dict[str, _Use]) -> None:
    tokens = [t for t in without_alignment(tokenize(source)) if t.text != "&"]
    c = Cursor(tokens, source, {}, ())
    while not c.done:
        text = c.peek()
        if text in (r"\text", r"\textrm", r"\mbox", r"\operatorname", r"\begin", r"\end"):
            c.take()
            c.group()
        elif text in ACCENTS | STYLES | GREEK or (len(text) == 1 and text.isalpha()):
            name = read_name(c)
            if name not in _NO_QUANTITY:
                _scripts(c, uses.setdefault(name, _Use()))
        else:
            c.take()


def _scripts(c: Cursor, use: _Use) -> None:
    while c.peek() in ("_", "^", "'"):
        mark = c.take()
        if mark == "'":
            continue
        written = plain(c.group())
        letters = {one for one in written if one in "ijklmnt"}
        use.letters |= letters
        if mark == "_" and (letters or written.isdigit()):
            use.below = max(use.below, len([one for one in written if one.isalnum()]))
        elif mark == "^" and letters:
            use.above = True
