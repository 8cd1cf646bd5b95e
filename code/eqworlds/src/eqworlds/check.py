"""Hold one displayed equation against its worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from . import nodes as n
from .chains import check_chains
from .definitions import Definition, agreement, define, shift
from .draws import Draw
from .environment import Environment
from .honesty import check_honest
from .macros import Macro
from .mutants import twins
from .parser import parse
from .printed import has_decimals, has_symbols
from .tally import Tally
from .tokens import EquationError

SHIFT = (0.2, 0.5)


@dataclass(frozen=True)
class Claim:
    """A displayed equation and how it is to be checked.

    Parameters
    ----------
    source : str
        LaTeX of the display.
    worlds : tuple of str
        Worlds in which all of it must hold.
    also : tuple of str
        Worlds in which its symbolic part must hold: the sides without printed values.
    definitions : tuple of str
        Displays before it that introduce symbols.
    shifts : tuple of str
        Quantities to displace.
    orders : tuple of (str, int)
        For each ``\\approx`` between expressions, the quantity and the power of it with which
        the difference of the two sides shrinks; the last holds for those that follow.
    defines : bool
        Whether it introduces symbols itself.
    letters : str
        Further index letters, where the world gives them no other meaning.
    macros : mapping of str to Macro
        Commands that the text has defined.
    """

    source: str
    worlds: tuple[str, ...]
    also: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ()
    orders: tuple[tuple[str, int], ...] = ()
    defines: bool = False
    letters: str = ""
    macros: Mapping[str, Macro] = field(default_factory=dict, hash=False)


class Checker:
    """Checks claims; keeps the worlds it has made, with the values found in them.

    Parameters
    ----------
    worlds : mapping of str to WorldMaker
        See ``load_worlds``.
    seed : int
        Another one gives other random numbers in every draw.
    """

    def __init__(self, worlds: Mapping, seed: int = 0):
        self.worlds = worlds
        self.seed = seed
        self._prepared: dict[tuple, tuple] = {}
        self._honest: set[str] = set()
        self._twins: dict[str, set] = {}

    def check(self, claim: Claim) -> int:
        """Check a claim in all its worlds.

        Returns
        -------
        int
            Number of comparisons made.

        Raises
        ------
        EquationError
            If it does not hold or is not understood.
        """
        return self.inspect(claim).comparisons

    def inspect(self, claim: Claim, keep: int = 1) -> Tally:
        """Check a claim and return what was seen: draws, comparisons, the first pairs of values.

        Parameters
        ----------
        claim : Claim
            What is to be checked.
        keep : int
            How many pairs of values are kept.

        Raises
        ------
        EquationError
            If it does not hold or is not understood.
        """
        tally = Tally(keep=keep)
        try:
            for name in claim.worlds:
                self._in_world(claim, name, tally, symbolic=False)
            for name in self._also(claim):
                self._in_world(claim, name, tally, symbolic=True)
        except RecursionError:
            raise EquationError("this formula is too deep: give a part of it a name", 0) from None
        except (MemoryError, OverflowError) as error:
            raise EquationError(f"this formula is too large to be evaluated: {error}", 0) from None
        tally.finish()
        return tally

    def _also(self, claim: Claim) -> tuple[str, ...]:
        """Worlds for the symbolic part: those that the text names, and generic ones."""
        generic = [self.worlds[name].generic for name in claim.worlds if name in self.worlds]
        added = (name for name in generic if name and name not in claim.worlds)
        return tuple(dict.fromkeys((*claim.also, *added)))

    def twins(self, name: str) -> set:
        """Pairs of symbols of a world that have the same value in every draw."""
        if name not in self._twins:
            self._twins[name] = twins(self.worlds[name], self.worlds[name].draws)
        return self._twins[name]

    def statements(self, claim: Claim, name: str) -> list:
        """The parsed statements of a claim in a world."""
        world, _ = self.prepare(claim, name, 1)
        letters = world.letters | (set(claim.letters) - world.declarations.keys())
        return parse(claim.source, world.declarations, letters, macros=claim.macros)

    def prepare(self, claim: Claim, name: str, draw: int) -> tuple:
        """World and environment of one draw, with what the text defines and displaces."""
        definitions = claim.definitions + ((claim.source,) if claim.defines else ())
        commands = tuple(claim.macros.items()) if definitions else ()
        tag = (name, draw, definitions, claim.shifts, commands)
        if tag not in self._prepared:
            self._prepared[tag] = self._made(claim, name, draw)
        return self._prepared[tag]

    def _made(self, claim: Claim, name: str, draw: int) -> tuple:
        if name not in self.worlds:
            raise EquationError(f"there is no world {name!r}", 0)
        try:
            world = self.worlds[name](draw, self.seed)
            _ = world.declarations
            with np.errstate(all="ignore"):
                self._trust(name, world)
        except EquationError:
            raise
        except Exception as error:
            message = f"the world {name} cannot be made: {type(error).__name__}: {error}"
            raise EquationError(message, 0) from error
        for source in claim.definitions:
            Definition(source, claim.macros).enter(world)
        if claim.defines:
            define(claim.source, world, claim.macros)
        rng = np.random.default_rng(draw)
        for latex in claim.shifts:
            shift(latex, world, rng.uniform(*SHIFT))
        return world, Environment(world)

    def _trust(self, name: str, world) -> None:
        """Refuse a world whose derivatives by complex step are wrong, once for each world."""
        if name not in self._honest:
            check_honest(name, world)
            self._honest.add(name)

    def _in_world(self, claim: Claim, name: str, tally: Tally, symbolic: bool) -> None:
        world, _ = self.prepare(claim, name, 1)
        statements = self.statements(claim, name)
        for statement in statements:
            check_chains(statement, world.original)
        if symbolic:
            statements = [part for s in statements if (part := symbolic_part(s)) is not None]
        for statement in statements:
            tally.reached.setdefault(statement.start, False)
        relied_on = agreement(claim.definitions, statements, world, claim.macros)
        for number in range(1, self.worlds[name].draws + 1):
            _, env = self.prepare(claim, name, number)
            tally.draws[name] = number
            draw = Draw(env, tally, name, f"draw {number}", claim.orders)
            with np.errstate(all="ignore"):
                for definition in relied_on:
                    definition.hold(env, name, number)
                draw.run(statements)
                draw.run_at_thresholds(statements)


def symbolic_part(statement):
    """The part of a statement that holds in any world: its sides without printed values."""
    if isinstance(statement, n.Equivalence):
        sides = statement.left.sides + statement.right.sides
        return None if any(has_decimals(side) for side in sides) else statement
    sides, relations, pending = [], [], []
    for number, side in enumerate(statement.sides):
        if number:
            pending.append(statement.relations[number - 1])
        membership = isinstance(side, (n.Space, n.Choice, n.Interval))
        if has_decimals(side) or not (has_symbols(side) or membership):
            continue
        if sides and any(r != "=" for r in pending) and len(pending) > 1:
            break
        if sides:
            relations.append(pending[0])
        sides.append(side)
        pending = []
    if not relations:
        return None
    return replace(statement, sides=tuple(sides), relations=tuple(relations))
