r"""Symbols that the text itself introduces (``% define``) and displaced quantities (``% shift``).

What a display defines is what later displays of the same file mean by that name.  In a world
that does not declare the name the definition is its meaning; in one that does, the two must agree.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .comparing import TOLERANCE, show
from .environment import Environment
from .evaluate import RANGES, evaluate
from .macros import Macro, expand
from .nodes import Index, Statement, Symbol, walk
from .parser import parse
from .scope import Scope, Trace
from .symbols import canonical
from .tokens import EquationError, tokenize

Macros = Mapping[str, Macro] | None  # commands that the text has defined


def define(source: str, world, macros: Macros = None) -> None:
    """Add the symbols that a display defines to a world.

    Their values are the right sides, computed again under displacement like any other.

    Raises
    ------
    EquationError
        If the display introduces nothing new.
    """
    before = set(world.declarations)
    new = None
    read = parse(source, world.declarations, world.letters, new_symbols=True, macros=macros)
    for statement in read:
        if not isinstance(statement, Statement):
            continue
        left = statement.sides[0]
        if isinstance(left, Symbol) and left.name not in before:
            _add(left, statement.sides[1], world)
            new = left
    if new is None:
        message = "a definition needs a new symbol on its left: if it is declared, check it"
        raise EquationError(message, 0)


@dataclass(frozen=True)
class Definition:
    """A display above that defines symbols, as later displays see it."""

    source: str
    macros: Macros = None

    def enter(self, world) -> None:
        """Define in a world what the world does not declare, if it is understood there."""
        known = set(world.declarations)
        try:
            define(self.source, world, self.macros)
        except EquationError:
            # a world of other symbols: whoever uses the name there is told that it is unknown
            for name in set(world.declarations) - known - world.compute.keys():
                del world.declarations[name]

    def hold(self, env: Environment, name: str, draw: int) -> None:
        """Complain if the world declares a symbol with another value than the text gives it."""
        world = env.world
        read = parse(self.source, world.declarations, world.letters, macros=self.macros)
        for statement in read:
            if not isinstance(statement, Statement):
                continue
            left, right = statement.sides[:2]
            for scope in RANGES.assignments((left, right), (), Scope(env, {}, Trace())):
                own, defined = evaluate(left, scope), evaluate(right, scope)
                slack = TOLERANCE * (1 + np.abs(own).max(initial=0))
                if own.shape != defined.shape or np.any(np.abs(own - defined) > slack):
                    text = self.source[left.start : left.end]
                    raise EquationError(
                        f"above, this text defines {text} with the value {show(defined)}, in world "
                        f"{name} (draw {draw}) it is {show(own)}: mend one, or write "
                        f"'% forget: {text}' where the name gets another meaning",
                        0,
                    )


def agreement(
    sources: Iterable[str], statements: list, world, macros: Macros = None
) -> list[Definition]:
    """Definitions of names that these statements use and the world declares itself."""
    used = {part.name for s in statements for part in walk(s) if isinstance(part, Symbol)}
    used |= {world.original(name) for name in used}
    found = []
    for source in sources:
        names = defined_names(source, macros)
        if names & used & world.symbols.keys():
            try:
                parse(source, world.declarations, world.letters, macros=macros)
            except EquationError as error:
                listed = ", ".join(sorted(names))
                raise EquationError(
                    f"the definition of {listed} above is not understood in this world: "
                    f"{error.message}; write '% forget: {listed}' where it no longer holds",
                    0,
                ) from None
            found.append(Definition(source, macros))
    return found


def defined_names(source: str, macros: Macros = None) -> set[str]:
    """The name before the first equals sign, as it would be declared."""
    left = source.partition("=")[0].strip().rstrip(":").strip()
    if macros:
        left = " ".join(token.text for token in expand(tokenize(left), macros))
    try:
        return {canonical(left)}
    except ValueError:
        try:
            return {canonical(left.partition("_")[0])}
        except ValueError:
            return set()


def _add(left: Symbol, right, world) -> None:
    letters = [index.letter for index in left.indices if isinstance(index, Index)]

    def compute(env):
        scope = Scope(env, {}, Trace())
        if not letters:
            return evaluate(right, scope)
        ranges = [RANGES.range_of(letter, [right], scope, right.start) for letter in letters]
        entries = [
            evaluate(right, Scope(env, dict(zip(letters, values, strict=True)), Trace()))
            for values in itertools.product(*ranges)
        ]
        return np.array(entries).reshape([len(values) for values in ranges])

    world.compute[left.name] = compute
    world.keys[left.name] = None
    if not letters:
        world.declarations[left.name].axes = Environment(world)(left.name).ndim


def shift(latex: str, world, by: float) -> None:
    """Displace a computed quantity for good.

    Identities between partial derivatives still hold; terms that are zero by accident show.
    """
    name = canonical(latex)
    if name not in world.compute or world.keys[name] is not None:
        raise EquationError(f"cannot shift {latex}: no such quantity, or one of several layers", 0)
    before = world.compute[name]
    world.compute[name] = lambda q: before(q) + by
