"""Hold one displayed equation against its worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from . import nodes as n
from .arithmetic import is_literal
from .chains import check_chains
from .definitions import define, shift
from .environment import Environment
from .evaluate import RANGES, contains, evaluate, key_of, related, whole
from .mutants import twins
from .operators import next_array, next_value
from .parser import parse
from .printed import half_unit, has_decimals, has_symbols
from .scope import Scope
from .tokens import EquationError
from .worked import assignments, is_worked, rounding

TOLERANCE = 1e-8  # relative
LOOSE = 1e-3  # relative, for \approx between expressions
SHIFT = (0.2, 0.5)
ORDER_SLACK = 0.3  # of the power with which a difference shrinks
_WORDS = {"=": ",", "~": " \\approx", "<-": " <-", "<": " <", ">": " >", "<=": " <=",
          ">=": " >=", "!=": " !="}  # fmt: skip


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
    """

    source: str
    worlds: tuple[str, ...]
    also: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ()
    orders: tuple[tuple[str, int], ...] = ()
    defines: bool = False


@dataclass
class _Tally:
    """What has been seen while an equation was held against its draws."""

    comparisons: int = 0
    branches: dict[int, bool] = field(default_factory=dict)
    links: dict[int, bool] = field(default_factory=dict)  # place of a right side: not all zero
    reached: dict[int, bool] = field(default_factory=dict)  # place of a statement: was checked
    outcomes: dict[int, set] = field(default_factory=dict)  # place of an equivalence
    orders: dict[int, int] = field(default_factory=dict)  # place of a right side: which order


class Checker:
    """Checks claims; keeps the worlds it has made, with the values found in them.

    Parameters
    ----------
    worlds : mapping of str to WorldMaker
        See ``load_worlds``.
    """

    def __init__(self, worlds: Mapping):
        self.worlds = worlds
        self._prepared: dict[tuple, tuple] = {}
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
        tally = _Tally()
        for name in claim.worlds:
            self._in_world(claim, name, tally, symbolic=False)
        for name in claim.also:
            self._in_world(claim, name, tally, symbolic=True)
        _check_tally(tally)
        return tally.comparisons

    def twins(self, name: str) -> set:
        """Pairs of symbols of a world that have the same value in every draw."""
        if name not in self._twins:
            self._twins[name] = twins(self.worlds[name], self.worlds[name].draws)
        return self._twins[name]

    def statements(self, claim: Claim, name: str) -> list:
        """The parsed statements of a claim in a world."""
        world, _ = self.prepare(claim, name, 1)
        return parse(claim.source, world.declarations, world.letters)

    def prepare(self, claim: Claim, name: str, draw: int) -> tuple:
        """World and environment of one draw, with what the text defines and displaces."""
        definitions = claim.definitions + ((claim.source,) if claim.defines else ())
        tag = (name, draw, definitions, claim.shifts)
        if tag not in self._prepared:
            self._prepared[tag] = self._made(claim, name, draw)
        return self._prepared[tag]

    def _made(self, claim: Claim, name: str, draw: int) -> tuple:
        if name not in self.worlds:
            known = ", ".join(sorted(self.worlds))
            raise EquationError(f"there is no world {name!r}; there are: {known}", 0)
        try:
            world = self.worlds[name](draw)
            world.declarations  # noqa: B018  (finds the axes)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise EquationError(f"the world {name} cannot be made: {error}", 0) from error
        for source in claim.definitions:
            try:
                define(source, world)
            except EquationError as error:
                message = f"a definition above is not understood: {error.message}"
                raise EquationError(message, 0) from None
        if claim.defines:
            define(claim.source, world)
        rng = np.random.default_rng(draw)
        for latex in claim.shifts:
            shift(latex, world, rng.uniform(*SHIFT))
        return world, Environment(world)

    def _in_world(self, claim: Claim, name: str, tally: _Tally, symbolic: bool) -> None:
        world, _ = self.prepare(claim, name, 1)
        statements = self.statements(claim, name)
        for statement in statements:
            check_chains(statement, world.original)
        if symbolic:
            statements = [part for s in statements if (part := symbolic_part(s)) is not None]
        for statement in statements:
            tally.reached.setdefault(statement.start, False)
        for draw in range(1, self.worlds[name].draws + 1):
            world, env = self.prepare(claim, name, draw)
            with np.errstate(all="ignore"):
                place = f"in world {name} (draw {draw})"
                _Draw(env, tally, place, claim.orders).run(statements)


class _Draw:
    """One draw of one world: statements are held against it one after the other."""

    def __init__(self, env: Environment, tally: _Tally, name: str, orders: tuple = ()):
        self.env = env
        self.tally = tally
        self.name = name
        self.orders = orders

    def run(self, statements: list) -> None:
        """Check statements; later ones see the symbols that earlier ones have updated."""
        replaced: dict[tuple, np.ndarray] = {}
        for statement in statements:
            updated: dict[tuple, np.ndarray] = {}
            seen = self._seen_by(statement, replaced)
            base = Scope(self.env, {}, self.tally.branches, seen)
            for scope in self._assignments(statement, base):
                try:
                    self._statement(statement, scope, updated)
                except EquationError as error:
                    error.message = self._placed(error.message, scope)
                    raise
                except (ArithmeticError, ValueError, TypeError, np.linalg.LinAlgError) as error:
                    message = self._placed(f"cannot be evaluated: {error}", scope)
                    raise EquationError(message, statement.start) from error
            replaced = {**replaced, **updated}

    def _seen_by(self, statement, replaced: dict) -> dict:
        """Values that earlier lines replaced; what a statement replaces itself is still old."""
        if not isinstance(statement, n.Statement) or "<-" not in statement.relations:
            return replaced
        own = getattr(statement.sides[0], "name", None)
        original = self.env.world.original
        return {
            tag: v
            for tag, v in replaced.items()
            if own is None or original(tag[0]) != original(own)
        }

    def _placed(self, message: str, scope: Scope) -> str:
        where = scope.where()
        return f"{message} at {where} {self.name}" if where else f"{message} {self.name}"

    def _assignments(self, statement, base: Scope):
        if isinstance(statement, n.Equivalence):
            sides = statement.left.sides + statement.right.sides
        else:
            sides = statement.sides
        try:
            yield from RANGES.assignments(sides, statement.conditions, base)
        except EquationError as error:
            if self.name not in error.message:
                error.message = f"{error.message} {self.name}"
            raise

    def _statement(self, statement, scope: Scope, updated: dict) -> None:
        self.tally.reached[statement.start] = True
        if isinstance(statement, n.Equivalence):
            self._equivalence(statement, scope)
            return
        exact = None  # the last side that was not made of rounded numbers
        links = zip(statement.sides, statement.relations, statement.sides[1:], strict=False)
        for left, relation, right in links:
            self.tally.comparisons += 1
            if not is_worked(left):
                exact = left
            if relation == "in":
                self._membership(left, right, scope)
            elif relation == "~" and exact is not None and is_worked(right):
                self._worked(exact, right, scope)
                self._link(exact, relation, right, scope, updated)
            else:
                self._link(left, relation, right, scope, updated)

    def _equivalence(self, statement: n.Equivalence, scope: Scope) -> None:
        self.tally.comparisons += 1
        left, right = _holds(statement.left, scope), _holds(statement.right, scope)
        self.tally.outcomes.setdefault(statement.start, set()).add(left)
        if left != right:
            words = {True: "holds", False: "does not hold"}
            message = f"the left of the equivalence {words[left]}, the right {words[right]}"
            raise EquationError(message, statement.right.start)

    def _membership(self, left: n.Node, right: n.Node, scope: Scope) -> None:
        value = evaluate(left, scope)
        sizes = right.sizes if isinstance(right, (n.Space, n.Choice)) else ()
        if sizes is not None and not isinstance(right, n.Interval):
            stated = tuple(whole(size, scope) for size in sizes)
            if value.shape != stated:
                message = f"the shape is {value.shape}, the text says {stated}"
                raise EquationError(message, left.start)
        if not isinstance(right, n.Space) and not np.all(contains(right, value, scope)):
            raise EquationError(f"{show(value)} is not in what stands on the right", left.start)
        self.tally.links[right.start] = True

    def _link(self, left_node, relation, right_node, scope: Scope, updated: dict) -> None:
        left = self._left_value(left_node, relation, scope, updated)
        right = evaluate(right_node, scope)
        self._same_shapes(left, right, left_node, right_node)
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
            raise EquationError("a side is not finite", right_node.start)
        self._note_nonzero(left, right, left_node, right_node)
        if self.orders and relation == "~" and has_symbols(right_node):
            self._shrinks(left_node, right_node, left - right, scope)
            return
        tolerance = None
        if relation == "~" and is_worked(right_node) and half_unit(right_node) is None:
            exact = _values_of_symbols(left_node, scope)
            near = rounding(right_node, right, lambda node: evaluate(node, scope), exact)
            tolerance = np.minimum(LOOSE * np.abs(right).max(), near * 1.01 + TOLERANCE)
        holds = _agree(left, relation, right, left_node, right_node, tolerance)
        if not np.all(holds):
            raise EquationError(
                _accusation(left, relation, right, holds, right_node), right_node.start
            )

    def _worked(self, symbolic: n.Node, numeric: n.Node, scope: Scope) -> None:
        """Printed numbers that were put in for symbols are the values of these symbols."""
        if half_unit(numeric) is not None:
            return
        first = None
        for pairs in assignments(symbolic, numeric):
            wrong = self._wrong_number(pairs, scope)
            if wrong is None:
                return
            first = first or wrong
        if first is not None:
            raise first

    def _wrong_number(self, pairs: list, scope: Scope) -> EquationError | None:
        for symbol, number, sign in pairs:
            value, printed = evaluate(symbol, scope), sign * evaluate(number, scope)
            unit = half_unit(number)
            if not has_decimals(number):
                unit = TOLERANCE
            fits = value.shape == printed.shape
            if not fits or np.any(np.abs(value - printed) > unit * (1 + 1e-6)):
                message = f"{show(printed)} is put in for something that is {show(value)}"
                return EquationError(message, number.start)
        return None

    def _shrinks(self, left: n.Node, right: n.Node, difference, scope: Scope) -> None:
        """The difference of the sides shrinks with the stated power of a quantity."""
        seen = self.tally.orders
        number = seen.setdefault(right.start, min(len(seen), len(self.orders) - 1))
        latex, power = self.orders[number]
        name = scope.env.world.original(latex)
        half = scope.within(scope.env.having(name, None, (), complex(scope.env(name)) / 2))
        smaller = np.abs(evaluate(left, half) - evaluate(right, half)).max()
        found = np.log2(np.abs(difference).max() / smaller) if smaller else np.inf
        if not abs(found - power) < ORDER_SLACK:
            message = f"with {latex} the difference shrinks like {latex}^{found:.2f}, not {power}"
            raise EquationError(message, right.start)

    def _left_value(self, node, relation, scope: Scope, updated: dict) -> np.ndarray:
        if relation != "<-":
            return evaluate(node, scope)
        if not isinstance(node, n.Symbol):
            raise EquationError("only a symbol can be updated", node.start)
        name = scope.env.world.original(node.name)
        for alias in (name, node.name):
            updated[alias, key_of(node, scope)] = next_array(node, scope)
        return np.asarray(next_value(node, scope))

    def _same_shapes(self, left, right, left_node, right_node) -> None:
        if left.shape == right.shape:
            return
        if (right.ndim == 0 and is_literal(right_node)) or (
            left.ndim == 0 and is_literal(left_node)
        ):
            return
        message = f"the left side has shape {left.shape}, the right side {right.shape}"
        raise EquationError(message, right_node.start)

    def _note_nonzero(self, left, right, left_node, right_node) -> None:
        seen = np.abs(left).max() > 1e-12 or np.abs(right).max() > 1e-12
        seen = seen or not has_symbols(right_node) or not has_symbols(left_node)
        links = self.tally.links
        links[right_node.start] = links.get(right_node.start, False) or bool(seen)


def _agree(left, relation, right, left_node, right_node, tolerance=None) -> np.ndarray:
    """Whether a relation holds, entry by entry."""
    if tolerance is not None:
        return np.abs(left - right) <= tolerance
    scale = max(1e-6, np.abs(left).max(), np.abs(right).max())
    tolerance = TOLERANCE * scale
    if relation in ("<=", ">="):
        return related(relation, left, right) | (np.abs(left - right) <= tolerance)
    if relation not in ("=", "<-", "~"):
        return related(relation, left, right)
    if relation == "~":
        unit = half_unit(right_node)
        if unit is None:
            unit = half_unit(left_node)
        tolerance = LOOSE * np.abs(right).max() if unit is None else unit * (1 + 1e-6)
    return np.abs(left - right) <= tolerance


def _values_of_symbols(node: n.Node, scope: Scope) -> set[float]:
    """Values of the numbers that stand in a side, to twelve digits."""
    found = set()
    for part in n.walk(node):
        if isinstance(part, n.Symbol) and part.letters <= scope.bound.keys():
            value = evaluate(part, scope)
            found |= {round(float(v), 12) for v in np.real(value).ravel()}
    return found


def _holds(statement: n.Statement, scope: Scope) -> bool:
    """Whether every relation of a chain holds."""
    links = tuple(zip(statement.relations, statement.sides[1:], strict=False))
    for (relation, right_node), left_node in zip(links, statement.sides, strict=False):
        left = evaluate(left_node, scope)
        if relation == "in":
            holds = contains(right_node, left, scope)
        else:
            holds = _agree(left, relation, evaluate(right_node, scope), left_node, right_node)
        if not np.all(holds):
            return False
    return True


def _accusation(left, relation, right, holds, right_node) -> str:
    """Both values, at the entry where they differ most."""
    where, rounded = "", ""
    left, right = np.broadcast_arrays(left, right)
    if left.ndim:
        worst = np.abs(left - right) * ~holds
        at = np.unravel_index(np.argmax(worst), worst.shape)
        where = f" (entry {', '.join(str(int(i) + 1) for i in at)})"
        left, right = left[at], right[at]
    unit = half_unit(right_node)
    if relation == "=" and unit is not None and np.all(np.abs(left - right) <= unit):
        rounded = r"; rounded they agree: write \approx"
    word = _WORDS[relation]
    return f"left {show(left)}{word} right {show(right)}{where}{rounded}"


def show(value) -> str:
    """A value for a message."""
    real = np.real(np.asarray(value))
    if real.ndim == 0:
        return f"{float(real):.8g}"
    return np.array2string(real, precision=6, threshold=8, separator=", ")


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


def _check_tally(tally: _Tally) -> None:
    """What must have happened while all draws were seen."""
    for place, reached in tally.reached.items():
        if not reached:
            raise EquationError(
                "no draw and no index for which all the terms exist and the condition holds", place
            )
    for place, taken in tally.branches.items():
        if not taken:
            raise EquationError("this case occurs in no draw: nothing checks it", place)
    for place, seen in tally.links.items():
        if not seen:
            raise EquationError("both sides are zero everywhere: this checks nothing", place)
    for place, outcomes in tally.outcomes.items():
        if len(outcomes) < 2:
            word = "holds" if True in outcomes else "holds nowhere"
            raise EquationError(f"each side always {word}: an equivalence must go both ways", place)
