"""What an equation is made of once it is parsed.

Nodes are frozen and compare by structure; their place in the source (``start``, ``end``) does
not count in a comparison, so two printings of the same thing are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property


@dataclass(frozen=True)
class Node:
    """Anything that stands in an equation."""

    start: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)

    @cached_property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below this one."""
        parts = (getattr(self, f.name) for f in fields(self) if f.name not in ("start", "end"))
        return tuple(node for part in parts for node in _nodes_in(part))

    @cached_property
    def letters(self) -> frozenset[str]:
        """Index letters that are free in this node."""
        below = frozenset().union(*(child.letters for child in self.children))
        return below - self.bound_letters

    @property
    def bound_letters(self) -> frozenset[str]:
        """Index letters that this node binds (the index of a sum)."""
        return frozenset()


def _nodes_in(value) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for child in node.children:
        yield from walk(child)


@dataclass(frozen=True)
class Number(Node):
    """A printed number; ``text`` keeps its digits."""

    value: float
    text: str


@dataclass(frozen=True)
class Index(Node):
    """An index letter used as such."""

    letter: str

    @cached_property
    def letters(self) -> frozenset[str]:
        return frozenset({self.letter})


@dataclass(frozen=True)
class Symbol(Node):
    r"""A declared quantity, with its layer or step (``key``) and its indices: ``w_{ij}^l``."""

    name: str
    key: Node | None
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class At(Node):
    """A quantity at other arguments than its own: ``J(w + h, b)``."""

    symbol: Symbol
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Apply(Node):
    r"""A function applied: ``s_l'(z)`` has key ``l`` and order 1."""

    name: str
    key: Node | None
    order: int
    arguments: tuple[Node, ...]


POINT_LETTER = "point"


@dataclass(frozen=True)
class Point(Node):
    r"""Where a function without argument is evaluated: ``\sigma' = \sigma (1 - \sigma)``.

    ``written``: the point has a name of its own there, as in ``s = z \sigma``.
    """

    written: bool = False

    @cached_property
    def letters(self) -> frozenset[str]:
        return frozenset({POINT_LETTER})


@dataclass(frozen=True)
class Tuple(Node):
    """``(3, -2)``: numbers side by side."""

    entries: tuple[Node, ...]


@dataclass(frozen=True)
class Gradient(Node):
    r"""``\nabla f(x)``: the derivatives by the one argument of what follows."""

    of: Node


@dataclass(frozen=True)
class Component(Node):
    """An entry of an expression in brackets: ``(A B)_{ij}``."""

    of: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class Add(Node):
    """Terms with their signs."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product(Node):
    r"""Factors side by side; ``dotted`` says before which of them a ``\cdot`` stands."""

    factors: tuple[Node, ...]
    dotted: tuple[bool, ...]


@dataclass(frozen=True)
class Hadamard(Node):
    r"""Factors joined by ``\odot``."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Quotient(Node):
    """A fraction."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power(Node):
    """A power of a scalar, or (``elementwise``) of each entry of an array."""

    base: Node
    exponent: Node
    elementwise: bool = False


@dataclass(frozen=True)
class Transpose(Node):
    """A transposed matrix."""

    of: Node


@dataclass(frozen=True)
class Factorial(Node):
    """``n!`` of a whole number."""

    of: Node


@dataclass(frozen=True)
class Root(Node):
    """A square root."""

    of: Node


@dataclass(frozen=True)
class Absolute(Node):
    """Absolute value of each entry."""

    of: Node


@dataclass(frozen=True)
class Norm(Node):
    """The norm of all entries of some order; ``"max"`` is the largest magnitude."""

    of: Node
    order: int | str = 2


@dataclass(frozen=True)
class Group(Node):
    """Brackets."""

    of: Node


@dataclass(frozen=True)
class Noted(Group):
    """Something with its value (``remark``) or its shape (``sizes``) under a brace."""

    remark: Node | None
    sizes: tuple[Node, ...] | None


@dataclass(frozen=True)
class Derivative(Node):
    """First or second derivative with respect to one or two quantities."""

    of: Node
    by: tuple[Symbol, ...]


@dataclass(frozen=True)
class Where(Node):
    """An evaluation bar: an expression with quantities set to values."""

    of: Node
    settings: tuple[tuple[Symbol, Node], ...]


@dataclass(frozen=True)
class Change(Node):
    r"""``\Delta w``: the next value minus this one."""

    of: Symbol


@dataclass(frozen=True)
class Big(Node):
    """A sum, product, maximum, minimum or argmax over one index."""

    kind: str
    letter: str
    low: Node | None
    high: Node | None
    members: Node | None
    conditions: tuple[Node, ...]
    body: Node

    @property
    def bound_letters(self) -> frozenset[str]:
        return frozenset({self.letter})


@dataclass(frozen=True)
class Optimum(Node):
    r"""``\min_w J`` or ``\arg\min_w J`` over quantities of the world."""

    kind: str
    by: tuple[Symbol, ...]
    body: Node


RUN_LETTER = "..."


@dataclass(frozen=True)
class Run(Node):
    r"""``x_1 + \cdots + x_n`` or ``w_2 \cdots w_L``: ``body`` at each step from first to last.

    ``ends`` pairs each index of the first term with the same index of the last.
    """

    kind: str
    body: Node
    ends: tuple[tuple[Node, Node], ...]

    @property
    def bound_letters(self) -> frozenset[str]:
        return frozenset({RUN_LETTER})


@dataclass(frozen=True)
class Matrix(Node):
    """A matrix written out."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Cases(Node):
    """Branches with their conditions; the last may have none (otherwise)."""

    branches: tuple[tuple[Node, tuple[Node, ...]], ...]


@dataclass(frozen=True)
class Iverson(Node):
    """1 where the condition holds, else 0."""

    condition: Node


# ------------------------------------------------------------------ statements and conditions


@dataclass(frozen=True)
class Condition(Node):
    """``left rel right rel ...`` used as a condition."""

    left: Node
    links: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Span(Node):
    r"""``l = L-1, \dots, 2``: the values of an index, by ones; ``second`` may be printed."""

    letter: str
    first: Node
    second: Node | None
    last: Node

    @cached_property
    def letters(self) -> frozenset[str]:
        return super().letters | {self.letter}


@dataclass(frozen=True)
class Listed(Node):
    """``l = 3, 2``: the values of an index, written out."""

    letter: str
    values: tuple[Node, ...]

    @cached_property
    def letters(self) -> frozenset[str]:
        return super().letters | {self.letter}


@dataclass(frozen=True)
class Space(Node):
    r"""``\mathbb{R}^{n \times d}``: the shape of what stands on the left."""

    sizes: tuple[Node, ...]


@dataclass(frozen=True)
class Choice(Node):
    r"""``\{0, 1\}`` or ``\{0, 1\}^n``: every entry is one of these values."""

    values: tuple[Node, ...]
    sizes: tuple[Node, ...] | None


@dataclass(frozen=True)
class Interval(Node):
    """``(0, 1]``: every entry lies in it."""

    low: Node
    high: Node
    closed: tuple[bool, bool]


@dataclass(frozen=True)
class Statement(Node):
    """A chain of relations and the conditions under which it is claimed.

    ``sides`` has one more entry than ``relations``.
    """

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    conditions: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Equivalence(Node):
    r"""``A \iff B``: both hold or neither does."""

    left: Statement
    right: Statement
    conditions: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Implication(Equivalence):
    r"""``A \implies B``: wherever the one holds the other does."""
