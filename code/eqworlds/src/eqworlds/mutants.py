r"""Small changes to an equation, each a mistake that people make.

``text_mutants`` change the LaTeX by pattern (signs, primes, transposes, indices, layers,
numbers, bounds, hats); ``tree_mutants`` change what the parser found (factors, terms, sums, one
symbol for another).  Every mutant is LaTeX again, to be parsed and checked like the original.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from . import nodes as n
from .environment import Environment
from .tokens import EquationError


@dataclass(frozen=True)
class Mutant:
    """A changed equation.

    Parameters
    ----------
    kind : str
        The mistake.
    source : str
        LaTeX with the mistake.
    was, now : str
        The piece that was changed, with what stands around it.
    """

    kind: str
    source: str
    was: str
    now: str


def _next_digit(match: re.Match) -> str:
    return match[0][:-1] + str((int(match[1]) + 3) % 10)


def _raised_digit(match: re.Match) -> str:
    return "^" + str(int(match[1]) + 1)


def _lowered_digit(match: re.Match) -> str:
    return "_" + str(int(match[1]) % 4 + 1)


def _turned_offset(match: re.Match) -> str:
    return match[1] + ("-" if match[2] == "+" else "+")


_NAME_Y = r"(?<![a-zA-Z\\{])([yYx])(?![a-zA-Z}])"
# (kind, pattern, replacement)
_PATTERNS: list[tuple[str, str, str | Callable]] = [
    ("plus to minus", r"\+", "-"),
    ("minus to plus", r"(?<!\d)-", "+"),
    ("drop prime", r"'", ""),
    ("drop transpose", r"\^\{?\\top\}?", ""),
    ("drop transpose", r"\s\\top(?=\})", ""),
    ("drop layer offset", r"(?<=[\^_])\{([a-zL])[+-]\d\}", r"{\1}"),
    ("turn layer offset", r"(?<=[\^_]\{)([a-zL])([+-])(?=\d\})", _turned_offset),
    ("l to l+1", r"\^(?:l(?![a-z+-])|\{l\})", r"^{l+1}"),
    ("l to l-1", r"\^(?:l(?![a-z+-])|\{l\})", r"^{l-1}"),
    ("L to l", r"\^L", "^l"),
    ("step back", r"_([klt])(?![a-z+-])", r"_{\1-1}"),
    ("step on", r"_([klt])(?![a-z+-])", r"_{\1+1}"),
    ("swap indices", r"_\{([a-z\d])([a-z\d])\}", r"_{\2\1}"),
    ("other digit", r"_(\d)(?!\d)", _lowered_digit),
    ("other power", r"(?<=[a-z}\d)])\^(\d)(?!\d)", _raised_digit),
    ("drop fraction", r"\\[td]?frac\{1\}\{(2n|2|n|4)\}", "1"),
    ("2 to 1", r"(?<![\w^._])2(?![\d.])", "1"),
    ("1 to 2", r"(?<![\w^.=_])1(?![\d.}])", "2"),
    ("1 to 0", r"(?<![\w^.=_{])1(?![\d.}])", "0"),
    ("lower bound", r"=1\}", "=2}"),
    ("lower bound", r"=2\}", "=1}"),
    ("upper bound", r"\}\^\{?([nKLd])\}?(?=\s|\\|\()", r"}^{\1-1}"),
    ("odot to product", r"\\odot", " "),
    ("n to n-1", r"(?<![a-zA-Z\\_{])n(?![a-zA-Z])", "(n-1)"),
    ("drop power", r"\^2(?!\d)|\^\{-?\d(?:/\d)?\}", ""),
    ("y for y hat", r"\\hat\{([yYxmv])\}", r"\1"),
    ("y hat for y", _NAME_Y, r"\\hat{\1}"),
    ("drop bar", r"\\bar\{([a-z])\}", r"\1"),
    ("max to min", r"\\max", r"\\min"),
    ("drop exp", r"\\exp", ""),
    ("ln to exp", r"\\ln", r"\\exp"),
    ("sigma to tanh", r"\\sigma(?!')", r"\\tanh"),
    ("drop root", r"\\sqrt", ""),
    ("turn relation", r"\\neq?\b", "="),
    ("turn relation", r"\\leq?\b", r"\\ge "),
    ("turn relation", r"\\geq?\b", r"\\le "),
    ("turn relation", r"(?<= )<(?= )", ">"),
    ("turn relation", r"(?<= )>(?= )", "<"),
    ("printed digit", r"\d\.\d*(\d)", _next_digit),
]  # fmt: skip
_RELATIONS = {
    "=": (r"\ne", "<", ">"), r"\le": ("<", r"\ge", "="), r"\ge": (">", r"\le", "="),
    "<": (r"\le", ">"),
    ">": (r"\ge", "<"), r"\ne": ("=",), r"\approx": ("=",), r"\neq": ("=",),
    r"\leq": ("<",), r"\geq": (">",),
}  # fmt: skip
_CONDITIONS = {
    "=": (r"\ne",), r"\le": ("<", r"\ge", ">"), r"\ge": (">", r"\le", "<"),
    "<": (r"\le", ">", r"\ge"),
    ">": (r"\ge", "<", r"\le"), r"\ne": ("=",), r"\neq": ("=",),
}  # fmt: skip
_HATTED = {frozenset({letter, rf"\hat{{{letter}}}"}) for letter in "yYx"}
OTHERS = 4  # how many other symbols are tried in each place
_REMARK = re.compile(r"\\(?:text|textrm|mbox|operatorname\*?|mathrm|begin|end)\{[^}]*\}|%[^\n]*")


class Mutator:
    """Makes the mutants of one equation, none twice and none that reads the same.

    Parameters
    ----------
    source : str
        LaTeX of the display.
    world : World
        The world it lives in, for its symbols and letters.
    statements : list of Node
        What the parser makes of it.
    twins : set of frozenset of str
        Pairs of symbols that always have the same value.
    """

    def __init__(self, source: str, world, statements: list, twins: set):
        self.source = source
        self.world = world
        self.statements = statements
        self.twins = twins
        self.seen = {_squeezed(source)}
        self.remarks = [match.span() for match in _REMARK.finditer(source)]

    def mutants(self) -> Iterator[Mutant]:
        """All mutants."""
        yield from self.text_mutants()
        yield from self.tree_mutants()
        yield from self.word_mutants()

    def _made(self, kind: str, start: int, end: int, new: str) -> Iterator[Mutant]:
        """The mutant in which ``source[start:end]`` is replaced, if it is a new one."""
        inside = any(a < end and start < b for a, b in self.remarks)
        source = self.source[:start] + new + self.source[end:]
        if inside or _squeezed(source) in self.seen:
            return
        self.seen.add(_squeezed(source))
        before, after = self.source[max(0, start - 18) : start], self.source[end : end + 18]
        was = before + self.source[start:end] + after
        yield Mutant(kind, source, _one_line(was), _one_line(before + new + after))

    # -------------------------------------------------------------- by pattern

    def text_mutants(self) -> Iterator[Mutant]:
        """Mutants made by the table of patterns, and by moving indices."""
        for kind, pattern, new in (*_PATTERNS, *self._index_patterns()):
            if "hat" in kind and not self.twins.isdisjoint(_HATTED):
                continue
            for match in re.finditer(pattern, self.source):
                replacement = new(match) if callable(new) else match.expand(new)
                yield from self._made(kind, *match.span(), replacement)

    def _index_patterns(self) -> Iterator[tuple[str, str, str]]:
        letters = sorted(self.world.letters & set("ijk"))
        used = [a for a in letters if re.search(rf"[_{{a-z,]{a}\b|_{{?[a-z]?{a}", self.source)]
        for a in used:
            for b in letters:
                if a == b:
                    continue
                yield "move index", rf"(?<![a-z\\]sum)(?<!prod)_(?:{a}(?![a-z])|\{{{a}\}})", f"_{b}"
                yield "move index", rf"(?<=_\{{){a}(?=[a-z]\}})", b
                yield "move index", rf"(?<=_\{{[a-z]){a}(?=\}})", b
                yield "sum index", rf"(?<=\\sum_){a}|(?<=\\sum_\{{){a}", b

    # -------------------------------------------------------------- by what was parsed

    def tree_mutants(self) -> Iterator[Mutant]:
        """Mutants made from the parsed equation."""
        for statement in self.statements:
            for node in n.walk(statement):
                yield from self._of_node(node)

    def _of_node(self, node: n.Node) -> Iterator[Mutant]:
        if isinstance(node, (n.Product, n.Hadamard)):
            yield from self._drop_factors(node.factors)
        if isinstance(node, n.Product):
            yield from self._swap_factors(node.factors)
        if isinstance(node, n.Add):
            yield from self._drop_terms(node)
        if isinstance(node, n.Symbol):
            yield from self._other_symbols(node)
            yield from self._add_transpose(node)
        if isinstance(node, n.Big):
            yield from self._drop_sum(node)
            yield from self._bounds(node)
        if isinstance(node, n.Number):
            yield from self._numbers(node)
        if isinstance(node, n.Product):
            yield from self._put_in(node)
        if isinstance(node, n.Add):
            yield from self._double_terms(node)
        if isinstance(node, n.Apply):
            yield from self._functions(node)
        if isinstance(node, n.Condition):
            left = node.left
            for _, right in node.links:
                yield from self._relations("condition", left, right, _CONDITIONS)
                left = right
        if isinstance(node, n.Statement):
            for left, right in zip(node.sides, node.sides[1:], strict=False):
                yield from self._relations("relation", left, right, _RELATIONS)
        if isinstance(node, n.Cases):
            yield from self._branches(node)
        if isinstance(node, n.Quotient):
            yield from self._swapped("upside down", node.top, node.bottom)
        if isinstance(node, (n.Absolute, n.Norm, n.Root)):
            inside = self._text(node.of)
            yield from self._made("take away", node.start, node.end, f"({inside})")

    def _drop_factors(self, factors) -> Iterator[Mutant]:
        for factor in factors:
            if factor == n.Number(1, "1"):
                continue
            start, end = factor.start, factor.end
            before = re.search(r"(\\cdot|\\odot|\\,)\s*$", self.source[:start])
            after = re.match(r"\s*(\\cdot|\\odot|\\,)", self.source[end:])
            if factor is not factors[0] and before:
                start = before.start()
            elif after:
                end += after.end()
            yield from self._made("drop factor", start, end, " ")

    def _swap_factors(self, factors) -> Iterator[Mutant]:
        for one, other in itertools.pairwise(factors):
            if self._is_array(one) and self._is_array(other):
                text = self.source
                first, second = text[one.start : one.end], text[other.start : other.end]
                new = f"{second} {text[one.end : other.start]}{first} "
                yield from self._made("swap factors", one.start, other.end, new)

    def _is_array(self, node: n.Node) -> bool:
        if isinstance(node, n.Symbol):
            return not node.indices and self.world.declarations[node.name].axes == 2
        if isinstance(node, (n.Transpose, n.Group, n.Hadamard, n.Add, n.Product, n.Apply)):
            return any(self._is_array(child) for child in node.children)
        return False

    def _drop_terms(self, node: n.Add) -> Iterator[Mutant]:
        for _, term in node.terms[1:]:
            sign = re.search(r"[+-][\s{(\[]*(?:\\[a-zA-Z]+)?[\s{(\[]*$", self.source[: term.start])
            if sign:
                yield from self._made("drop term", sign.start(), term.end, "")

    def _other_symbols(self, node: n.Symbol) -> Iterator[Mutant]:
        """Other quantities that are written the same way, those declared nearest to it first."""
        if not self.source.startswith(node.name, node.start):
            return
        names = list(self.world.declarations)
        own = names.index(node.name)
        likely = [name for name in names if self._could_replace(name, node)]
        likely.sort(key=lambda name: abs(names.index(name) - own))
        for name in likely[:OTHERS]:
            space = " " if re.search(r"\\[a-zA-Z]+$", name) else ""
            end = node.start + len(node.name)
            yield from self._made("other symbol", node.start, end, name + space)

    def _could_replace(self, name: str, node: n.Symbol) -> bool:
        table = self.world.declarations
        own, other = table[node.name], table[name]
        if other.function or name in self.world.sets:
            return False
        if self.world.original(name) == self.world.original(node.name):
            return False
        if frozenset({name, node.name}) in self.twins or ("{" in name and "_" in name):
            return False
        return (other.axes, other.key, other.row) == (own.axes, own.key, own.row)

    def _add_transpose(self, node: n.Symbol) -> Iterator[Mutant]:
        if not node.indices and self.world.declarations[node.name].axes == 2:
            text = self.source[node.start : node.end]
            yield from self._made("add transpose", node.start, node.end, rf"({text})^\top ")

    def _text(self, node: n.Node) -> str:
        return self.source[node.start : node.end]

    def _swapped(self, kind: str, one: n.Node, other: n.Node) -> Iterator[Mutant]:
        """The mutant in which two pieces have changed places."""
        between = self.source[one.end : other.start]
        new = self._text(other) + between + self._text(one)
        yield from self._made(kind, one.start, other.end, new)

    def _numbers(self, node: n.Number) -> Iterator[Mutant]:
        """Nearby whole numbers; each digit of a decimal number."""
        text = self._text(node)
        if not text.isdigit() and "." not in text:
            return
        if "." in text:
            for at, digit in enumerate(text):
                if digit.isdigit():
                    changed = text[:at] + str((int(digit) + 1) % 10) + text[at + 1 :]
                    yield from self._made("digit", node.start, node.end, changed)
        else:
            for near in (node.value + 1, node.value - 1):
                if near >= 0:
                    yield from self._made("nearby number", node.start, node.end, str(near))

    def _put_in(self, node: n.Product) -> Iterator[Mutant]:
        """Two printed factors of which one is doubled and the other halved."""
        for one, other in zip(node.factors, node.factors[1:], strict=False):
            if isinstance(one, n.Number) and isinstance(other, n.Number):
                if not (one.text[0].isdigit() and other.text[0].isdigit()):
                    continue
                new = f"{2 * one.value:.10g}{self.source[one.end : other.start]}"
                changed = f"{new}{other.value / 2:.10g}"
                yield from self._made("other factors", one.start, other.end, changed)

    def _double_terms(self, node: n.Add) -> Iterator[Mutant]:
        for sign, term in node.terms:
            text = ("+ " if sign > 0 else "- ") + self._text(term)
            yield from self._made("double term", term.end, term.end, f" {text} ")
        if len(node.terms) > 1 and node.terms[1][0] < 0:
            (_, first), (_, second) = node.terms[:2]
            between = self.source[first.end : second.start]
            start = node.terms[0][1].start
            yield from self._made("drop term", start, first.end + between.index("-"), "")

    def _functions(self, node: n.Apply) -> Iterator[Mutant]:
        """Another function, one more prime, the argument alone."""
        match = re.match(r"\\operatorname\*?\{(\w+)\}|\\[a-zA-Z]+|[a-zA-Z]", self._text(node))
        if match is None:
            return
        start, end = node.start, node.start + match.end()
        others = [name for name in self.world.functions if name != node.name]
        for name in [*others, r"\exp", r"\tanh", r"\ln"][:OTHERS]:
            new = name + " " if name.startswith("\\") else rf"\operatorname{{{name}}}"
            yield from self._made("other function", start, end, new)
        if len(node.arguments) == 1:
            yield from self._made("more prime", end, end, "'")
            yield from self._made(
                "drop function", node.start, node.end, f"({self._text(node.arguments[0])})"
            )

    def _relations(self, kind: str, left: n.Node, right: n.Node, known: dict) -> Iterator[Mutant]:
        between = self.source[left.end : right.start]
        match = re.search("|".join(sorted(map(re.escape, known), key=len, reverse=True)), between)
        if match:
            at = left.end + match.start()
            for other in known[match[0]]:
                yield from self._made(kind, at, at + len(match[0]), other + " ")

    def _bounds(self, node: n.Big) -> Iterator[Mutant]:
        for bound in (node.low, node.high):
            if bound is not None:
                for change in ("+1", "-1"):
                    new = f"{{{self._text(bound)}{change}}}"
                    yield from self._made("bound", bound.start, bound.end, new)
        if node.kind in ("max", "min"):
            other = "\\min" if node.kind == "max" else "\\max"
            if self.source.startswith("\\" + node.kind, node.start):
                yield from self._made("min for max", node.start, node.start + 4, other)

    def _branches(self, node: n.Cases) -> Iterator[Mutant]:
        for (one, _), (other, _) in zip(node.branches, node.branches[1:], strict=False):
            yield from self._swapped("swap cases", one, other)
            yield from self._made("drop case", one.start, other.start, "")
        for value, conditions in node.branches:
            for condition in conditions:
                yield from self._swapped("case and condition", value, condition)

    def word_mutants(self) -> Iterator[Mutant]:
        """Conditions whose words are turned round."""
        for match in re.finditer(r"\\text\{\s*(if|for|when)\b", self.source):
            for words in ("if not", "unless", "only if", "except when"):
                source = self.source[: match.start(1)] + words + self.source[match.end(1) :]
                yield Mutant("words", source, match[1], words)

    def _drop_sum(self, node: n.Big) -> Iterator[Mutant]:
        match = re.match(
            r"\\(?:sum|prod)\s*_(?:\{[^}]*\}|.)(?:\^(?:\{[^}]*\}|.))?", self.source[node.start :]
        )
        if match:
            yield from self._made("drop sum", node.start, node.start + match.end(), "")


def _squeezed(source: str) -> str:
    return re.sub(r"\s", "", source)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def twins(make, draws: int) -> set[frozenset[str]]:
    """Pairs of symbols of a world that have the same value in every draw, wherever both exist."""
    pairs: set[frozenset[str]] | None = None
    for draw in range(1, draws + 1):
        world = make(draw)
        values = _values(world, Environment(world))
        names = sorted(values)
        equal = {
            frozenset({a, b})
            for number, a in enumerate(names)
            for b in names[number + 1 :]
            if _equal(values[a], values[b])
        }
        pairs = equal if pairs is None else pairs & equal
    return pairs or set()


def _values(world, env: Environment) -> dict[str, dict]:
    found = {}
    for name, declaration in world.declarations.items():
        if declaration.function or declaration.alias_of or name in world.sets:
            continue
        try:
            keys = world.keys[name]
            found[name] = {key: env(name, key) for key in keys or [None]}
        except EquationError:
            continue
    return found


def _equal(one: dict, other: dict) -> bool:
    common = one.keys() & other.keys()
    return bool(common) and all(
        one[key].shape == other[key].shape and np.allclose(one[key], other[key], rtol=1e-9, atol=0)
        for key in common
    )
