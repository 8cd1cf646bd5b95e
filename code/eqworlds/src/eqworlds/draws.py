"""Hold the statements of one display against one draw of a world."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from . import nodes as n
from . import optima  # noqa: F401, for the rule that it registers
from .arithmetic import number_of
from .boundaries import thresholds
from .comparing import (
    LOOSE,
    TOLERANCE,
    accusation,
    agree,
    holds,
    only_finite_reals,
    same_shapes,
    show,
)  # fmt: skip
from .environment import Environment
from .evaluate import RANGES, contains, evaluate, key_of, whole
from .operators import next_array, next_value
from .printed import half_unit, has_decimals, has_symbols
from .scope import Scope
from .tally import Observation, Tally
from .tokens import EquationError, Uncovered
from .worked import (
    Wrong,
    compare,
    decimals_in,
    is_numeric,
    is_put_in,
    is_worked,
    rounding,
    with_index,
)  # fmt: skip

ORDER_SLACK = 0.3  # of the power with which a difference shrinks
_ARITHMETIC = (ArithmeticError, ValueError, TypeError, np.linalg.LinAlgError)


class Draw:
    """One draw of one world: statements are held against it one after the other.

    Parameters
    ----------
    env : Environment
        Values of the quantities.
    tally : Tally
        Where counts are kept.
    world : str
        Name of the world.
    draw : str
        Which draw, in words for a message.
    orders : tuple
        See ``Claim``.
    """

    def __init__(self, env: Environment, tally: Tally, world: str, draw: str, orders: tuple = ()):
        self.env = env
        self.tally = tally
        self.world = world
        self.draw = draw
        self.name = f"in world {world} ({draw})"
        self.orders = orders
        self.statements: list = []
        self._known: list[float] | None = None
        self._chains: dict[int, list[tuple]] = {}

    def run(self, statements: list) -> None:
        """Check statements; later ones see the symbols that earlier ones have updated."""
        self.statements = statements
        replaced: dict[tuple, np.ndarray] = {}
        for statement in statements:
            updated: dict[tuple, np.ndarray] = {}
            seen = self._seen_by(statement, replaced)
            base = Scope(self.env, {}, self.tally.trace, seen)
            for scope in self._assignments(statement, base):
                self._placed(statement, scope, updated)
            replaced = {**replaced, **updated}

    def run_at_thresholds(self, statements: list) -> None:
        """Check statements again where a condition or an inequality is just met, or just not."""
        for statement in statements:
            if any(_updates(part) for part in n.walk(statement)):
                continue
            for env, where in thresholds(statement, self.env, self.tally.trace):
                draw = Draw(env, self.tally, self.world, f"{self.draw}, {where}", self.orders)
                draw.statements = statements
                self.tally.boundaries += 1
                base = Scope(env, {}, self.tally.trace)
                try:
                    for scope in draw._assignments(statement, base):
                        draw._placed(statement, scope, {})
                except Uncovered:
                    if not _has_slope(statement):  # at a kink there is none, and none is claimed
                        raise

    def _placed(self, statement, scope: Scope, updated: dict) -> None:
        """Check a statement; a complaint says where."""
        try:
            self._statement(statement, scope, updated)
        except EquationError as error:
            error.message = self._with_place(error.message, scope)
            raise
        except RecursionError:
            raise
        except Exception as error:  # a world's own functions may raise anything
            message = self._with_place(f"cannot be evaluated: {error}", scope)
            raise EquationError(message, statement.start) from error

    def _with_place(self, message: str, scope: Scope) -> str:
        where = scope.where()
        return f"{message} at {where} {self.name}" if where else f"{message} {self.name}"

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

    def _assignments(self, statement, base: Scope) -> Iterator[Scope]:
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

    # -------------------------------------------------------------- one statement

    def _statement(self, statement, scope: Scope, updated: dict) -> None:
        self.tally.reached[statement.start] = True
        if isinstance(statement, n.Equivalence):
            self._equivalence(statement, scope)
            return
        exact = None  # the last side that was not made of rounded numbers
        for number, (left, relation, right, worked, put_in) in enumerate(self._links(statement)):
            self.tally.comparisons += 1
            if not worked:
                exact = left
            if relation == "in":
                self._membership(left, right, scope)
                continue
            if put_in:
                before = statement.sides[: number + 1]
                exactly = relation != "~"
                self._put_in(before, right, exactly, scope, relation == "<-")
            rounded = relation == "~" and exact is not None and is_worked(right)
            self._link(exact if rounded else left, relation, right, scope, updated)

    def _links(self, statement: n.Statement) -> list[tuple]:
        """The links of a chain, with what is to be known of their sides, found once."""
        found = self._chains.get(id(statement))
        if found is None:
            _says_something(statement)
            links = zip(statement.sides, statement.relations, statement.sides[1:], strict=False)
            found = [
                (left, how, right, is_worked(left), how in ("=", "~", "<-") and is_put_in(right))
                for left, how, right in links
            ]
            self._chains[id(statement)] = found
        return found

    def _equivalence(self, statement: n.Equivalence, scope: Scope) -> None:
        self.tally.comparisons += 1
        left, right = holds(statement.left, scope), holds(statement.right, scope)
        if isinstance(statement, n.Implication):
            self.tally.one_way.add(statement.start)
        self.tally.outcomes.setdefault(statement.start, set()).add(left)
        if isinstance(statement, n.Implication) and not left:
            return
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
        left, right = number_of(left, right, left_node), number_of(right, left, right_node)
        same_shapes(left, right, left_node, right_node)
        only_finite_reals(left, right, right_node)
        self._note_nonzero(left, right, left_node, right_node, scope)
        self._observe(left_node, relation, right_node, left, right, scope)
        if self.orders and relation == "~" and has_symbols(right_node):
            self._shrinks(left_node, right_node, left - right, scope)
            return
        tolerance = None
        if relation == "~" and is_worked(right_node) and half_unit(right_node) is None:
            exact = _values_of_symbols(left_node, scope)
            near = rounding(right_node, right, lambda node: evaluate(node, scope), exact)
            tolerance = np.minimum(LOOSE * np.abs(right).max(), near * 1.01 + TOLERANCE)
        true = agree(left, relation, right, left_node, right_node, tolerance)
        if not np.all(true):
            message = accusation(left, relation, right, true, right_node)
            raise EquationError(message, right_node.start)

    def _observe(self, left_node, relation, right_node, left, right, scope: Scope) -> None:
        if len(self.tally.observations) < self.tally.keep:
            places = [(node.start, node.end) for node in (left_node, right_node)]
            seen = Observation(
                self.world, self.draw, scope.where(), places[0], relation, places[1], (left, right)
            )
            self.tally.observations.append(seen)

    # -------------------------------------------------------------- numbers put in

    def _put_in(self, before: tuple, numbers: n.Node, exactly: bool, scope: Scope, moved: bool):
        """Printed numbers that were put in for symbols are the values of these symbols."""

        def fits(symbols: n.Node, number: n.Node, sign: int) -> bool:
            value, printed = evaluate(symbols, scope), sign * evaluate(number, scope)
            if value.shape != printed.shape:
                return False
            slack = TOLERANCE * (1 + np.abs(value))
            if not exactly and has_decimals(number):
                slack = half_unit(number) * (1 + 1e-6)
                if is_worked(symbols):  # itself made of rounded numbers
                    slack = slack + rounding(symbols, value, lambda node: evaluate(node, scope))
            return bool(np.all(np.abs(value - printed) <= slack))

        first: Wrong | None = None
        alike = False
        for side in reversed(before[1:] if moved else before):
            outcome = compare(_written_out(side, scope), numbers, fits)
            if outcome is None:
                return
            if isinstance(outcome, Wrong):
                alike, first = True, first or outcome
        if alike and first is not None:
            self._complain_of(first, scope)
        for number in decimals_in(numbers):
            if not self._is_known(number, exactly, scope):
                message = (
                    f"{number.text} is put in, but it is the value of nothing "
                    "that this display or its world names"
                )
                raise EquationError(message, number.start)

    def _complain_of(self, wrong: Wrong, scope: Scope) -> None:
        value = evaluate(wrong.symbols, scope)
        printed = wrong.sign * evaluate(wrong.number, scope)
        message = f"{show(printed)} is put in for something that is {show(value)}"
        raise EquationError(message, wrong.number.start)

    def _is_known(self, number: n.Number, exactly: bool, scope: Scope) -> bool:
        slack = TOLERANCE if exactly else half_unit(number) * (1 + 1e-6)
        values = self._known_values(scope)
        return any(abs(abs(value) - number.value) <= slack for value in values)

    def _known_values(self, scope: Scope) -> list[float]:
        """Magnitudes of what the world and this display name, sides of numbers included."""
        if self._known is None:
            found = set(self.env.world_values())
            for statement in self.statements:
                if isinstance(statement, n.Statement):
                    found |= set(_values_within(statement.sides, scope))
            self._known = sorted(found)
        return self._known

    # -------------------------------------------------------------- orders and updates

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

    def _note_nonzero(self, left, right, left_node, right_node, scope: Scope) -> None:
        links = self.tally.links
        if links.get(right_node.start):
            return
        seen = np.abs(left).max() > 1e-12 or np.abs(right).max() > 1e-12
        if not seen:
            numeric = [is_numeric(node) for node in (left_node, right_node)]
            if any(numeric):
                other = right_node if numeric[0] else left_node
                seen = all(numeric) or _holds_something(other, scope)
        links[right_node.start] = bool(seen)


def _has_slope(statement: n.Node) -> bool:
    """Whether a derivative stands in a statement."""
    return any(
        isinstance(part, n.Derivative) or (isinstance(part, n.Apply) and part.order > 0)
        for part in n.walk(statement)
    )


def _updates(node: n.Node) -> bool:
    return isinstance(node, n.Change) or (isinstance(node, n.Statement) and "<-" in node.relations)


def _says_something(statement: n.Statement) -> None:
    """Complain about ``1 = 1`` and ``a = a``, which hold whatever the world is."""
    first, *others = statement.sides
    if "<-" not in statement.relations and all(side == first for side in others):
        raise EquationError("both sides are the same: this says nothing", others[0].start)
    if all(half_unit(side) is not None for side in statement.sides):
        raise EquationError("only printed numbers are compared: this says nothing", first.start)


def _holds_something(node: n.Node, scope: Scope) -> bool:
    """Whether a side that is zero is so by its terms, which are not all zero."""
    if isinstance(node, n.Symbol):
        return True
    for part in n.walk(node):
        if isinstance(part, n.Big):
            return scope.trace.sums.get(part.start, False)
        if part is not node and isinstance(part, (n.Symbol, n.Apply, n.Derivative)):
            if not part.letters <= scope.bound.keys():
                return True
            if np.any(np.abs(evaluate(part, scope)) > 1e-12):
                return True
    return False


def _written_out(node: n.Node, scope: Scope) -> n.Node:
    """A sum over an index as its terms."""
    bare = node
    while isinstance(bare, n.Group):
        bare = bare.of
    if isinstance(bare, n.Add):
        terms: list = []
        for sign, term in bare.terms:
            out = _written_out(term, scope)
            terms += (
                [(sign * s, t) for s, t in out.terms] if isinstance(out, n.Add) else [(sign, out)]
            )
        return n.Add(tuple(terms), start=bare.start, end=bare.end)
    if not isinstance(bare, n.Big) or bare.kind != "sum" or bare.members or bare.conditions:
        return node
    try:
        if bare.low is not None and bare.high is not None:
            values = list(range(whole(bare.low, scope), whole(bare.high, scope) + 1))
        else:
            values = list(RANGES.range_of(bare.letter, [bare.body], scope, bare.start))
    except EquationError:
        return node
    parts = tuple((1, with_index(bare.body, bare.letter, value)) for value in islice(values, 12))
    return n.Add(parts, start=bare.start, end=bare.end)


def _values_within(sides: tuple, scope: Scope) -> Iterator[float]:
    """Magnitudes of every part of some sides."""
    for side in sides:
        if isinstance(side, (n.Space, n.Choice, n.Interval)):
            continue
        for part in n.walk(side):
            if isinstance(part, n.Number) or not part.letters <= scope.bound.keys():
                continue
            try:
                value = evaluate(part, scope)
            except (EquationError, *_ARITHMETIC):
                continue
            if value.dtype != object:
                yield from (float(v) for v in np.abs(np.real(value)).ravel())


def _values_of_symbols(node: n.Node, scope: Scope) -> set[float]:
    """Values of the numbers that stand in a side, to twelve digits."""
    found = set()
    for part in n.walk(node):
        if isinstance(part, n.Symbol) and part.letters <= scope.bound.keys():
            value = evaluate(part, scope)
            found |= {round(float(v), 12) for v in np.real(value).ravel()}
    return found
