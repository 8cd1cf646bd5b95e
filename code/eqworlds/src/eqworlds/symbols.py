"""Names, indices and decorations of symbols: ``\\hat{y}_j``, ``w_{ij}^{l+1}``, ``s_l'(z)``."""

from __future__ import annotations

import re

from .cursor import Cursor
from .nodes import Add, Apply, At, Change, Index, Node, Number, Power, Symbol, Transpose
from .tokens import EquationError, Token, tokenize
from .vocabulary import (
    ACCENTS,
    CLOSING,
    ENDS_PRODUCT,
    FUNCTIONS,
    GREEK,
    REFUSED,
    SAME_ACCENT,
    STYLES,
)  # fmt: skip

ONES = r"\mathbf{1}"
_KEPT_STYLE = {r"\mathcal", r"\mathbb"}
_PLAIN = STYLES | {"{", "}"}


def plain(tokens: list[Token]) -> str:
    """Text of tokens without braces and styles, to recognise names such as ``J_0``."""
    return "".join(token.text for token in tokens if token.text not in _PLAIN)


class _Scripts:
    """What was found below and above a symbol."""

    def __init__(self):
        self.below: list[Node] | None = None
        self.key: Node | None = None
        self.power: Node | None = None
        self.sample: list[Node] = []
        self.primes = 0
        self.transposed = False
        self.elementwise = False
        self.raised = False


class Symbols(Cursor):
    """The part of the parser that reads names with their indices."""

    def name(self) -> str:
        """Canonical name of the symbol that stands here, without its indices."""
        text = self.take()
        if text in ACCENTS:
            return SAME_ACCENT.get(text, text) + "{" + plain(self.group()) + "}"
        if text in STYLES:
            return self._styled(text)
        if text in GREEK or text in FUNCTIONS or re.fullmatch("[A-Za-z]", text):
            return text
        self.i -= 1
        self.fail(REFUSED.get(text, f"not understood: {text!r}"))

    def _styled(self, style: str) -> str:
        group = self.group()
        word = plain(group)
        if word == "1":
            return ONES
        if style in _KEPT_STYLE:
            return style + "{" + word + "}"
        if len(group) == 1 or (group and group[0].text in ACCENTS | STYLES):
            return self.parse_all(group, "name")
        if not re.fullmatch("[A-Za-z ]+", word):
            raise EquationError(f"a name made of {word!r}", self.tokens[self.i - 1].start)
        return word

    def index_list(self, tokens: list[Token], wanted: int) -> list[Node]:
        """Indices as printed: ``ij``, ``i,j``, ``i+1``, ``12`` (two digits if two are wanted)."""
        inner, found = self.inner(tokens), []
        while not inner.done:
            if inner.peek() == ",":
                inner.take()
            else:
                found += inner.index_expression(wanted)
        return found

    def index_expression(self, wanted: int) -> list[Node]:
        """One index with its offset, or several digits that stand for one index each."""
        start, text = self.position, self.peek()
        if text == "-":
            self.fail("an index cannot be negative")
        if text.isdigit() and len(text) > 1 and wanted > 1:
            self.take()
            return [Number(int(c), c, start=start, end=self.last_end) for c in text]
        index = self._index_atom()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            terms = ((1, index), (sign, self._index_atom()))
            index = Add(terms, start=start, end=self.last_end)
        return [index]

    def _index_atom(self) -> Node:
        start, text = self.position, self.peek()
        if text == "(":
            self.take()
            index = self.expression()
            self.expect(")")
            return index
        if text.isdigit():
            self.take()
            return Number(int(text), text, start=start, end=self.last_end)
        if text in self.letters or text in self.declarations:
            return self.factor()
        self.fail(f"{text!r} is not an index in this world")

    def symbol(self) -> Node:
        """A symbol with everything that is written around it."""
        start = self.position
        if self.peek() == r"\Delta" and r"\Delta" not in self.declarations:
            self.take()
            return self._change(start)
        name = self.name()
        if self.new_symbols and name not in self.declarations and name not in self.letters:
            raise EquationError(f"a new symbol {name} may stand only on the left", start)
        name, scripts = self._scripts(name)
        node = self._bare(name, scripts, start)
        if scripts.primes and not isinstance(node, Apply):
            raise EquationError(f"a prime on {name}, which is no function", start)
        if scripts.transposed:
            node = Transpose(node, start=start, end=self.last_end)
        if scripts.power is not None:
            place = {"start": start, "end": self.last_end}
            node = Power(node, scripts.power, scripts.elementwise, **place)
        return node

    def _change(self, start: int) -> Node:
        of = self.symbol()
        if not isinstance(of, Symbol):
            raise EquationError(r"\Delta needs a symbol", start)
        return Change(of, start=start, end=self.last_end)

    def _scripts(self, name: str) -> tuple[str, _Scripts]:
        """Read subscripts, superscripts and primes; some belong to the name itself."""
        scripts = _Scripts()
        while self.peek() in ("_", "^", "'"):
            mark = self.take()
            if mark == "'":
                if f"{name}'" in self.declarations:
                    name += "'"
                else:
                    scripts.primes += 1
                continue
            start = self.position
            group = self.group()
            if not group:
                raise EquationError("nothing stands in these braces", start)
            longer = f"{name}{mark}{plain(group)}"
            if longer in self.declarations or self._begins_a_name(name, longer):
                name = longer
            elif mark == "_":
                self._subscript(name, group, scripts, start)
            else:
                self._superscript(name, group, scripts, start)
        if scripts.sample:
            scripts.below = scripts.sample + (scripts.below or [])
        return name, scripts

    def _begins_a_name(self, name: str, longer: str) -> bool:
        """Whether a declared name with several scripts, such as ``a_1^2``, begins like this."""
        if name in self.declarations:
            return False
        return any(known.startswith((longer + "^", longer + "_")) for known in self.declarations)

    def _subscript(self, name: str, group: list[Token], scripts: _Scripts, start: int) -> None:
        if scripts.below is not None:
            raise EquationError("a second subscript", start)
        declaration = self.declarations.get(name)
        if declaration is None:
            wanted = 9
        else:
            wanted = declaration.written_axes + (declaration.key == "_")
        if name == r"\log" and len(group) == 1:
            wanted = 1
        scripts.below = self.index_list(group, wanted)

    def _superscript(self, name: str, group: list[Token], scripts: _Scripts, start: int) -> None:
        declaration = self.declarations.get(name)
        text = plain(group)
        if text == r"\prime":
            scripts.primes += 1
            return
        if group and group[-1].text == r"\top":
            scripts.transposed = True
            group = group[:-1]
            if not group:
                return
        if scripts.raised:
            raise EquationError("a second superscript", start)
        scripts.raised = True
        if declaration and declaration.axes:
            group = self._sample_index(group, declaration, scripts)
            if not group:
                return
        if declaration and declaration.key == "^":
            keys = self.index_list(group, 1)
            if len(keys) != 1:
                raise EquationError(f"{name} takes one superscript", start)
            scripts.key = keys[0]
        elif group[0].text == r"\odot":
            scripts.elementwise = True
            scripts.power = self.parse_all(group[1:])
        else:
            scripts.power = self.parse_all(group)

    def _sample_index(self, group, declaration, scripts: _Scripts) -> list[Token]:
        """Take ``(k)`` off a superscript: row k of the samples, as in ``x_i^{(k)}``."""
        texts = [token.text for token in group]
        if texts[-1] != ")":
            return group
        if texts[0] == "(" and declaration.key != "^":
            scripts.sample = self.index_list(group[1:-1], 1)
            return []
        for at in range(len(texts) - 1):
            if texts[at] == "," and texts[at + 1] == "(":
                scripts.sample = self.index_list(group[at + 2 : -1], 1)
                return group[:at]
        return group

    def _bare(self, name: str, scripts: _Scripts, start: int) -> Node:
        """The symbol, function application, index letter or constant itself."""
        declaration = self.declarations.get(name)
        place = {"start": start, "end": self.last_end}
        if declaration is None:
            if name in self.letters:
                return Index(name, **place)
            if name == "e":
                return Number(2.718281828459045, "e", **place)
            if name == r"\pi":
                return Number(3.141592653589793, "pi", **place)
        if name in FUNCTIONS or (declaration and declaration.function):
            return self._application(name, scripts, start)
        if declaration is None:
            raise EquationError(self._unknown(name), start)
        key, indices = scripts.key, scripts.below or []
        if declaration.key == "_":
            if not indices:
                raise EquationError(f"{name} needs an index", start)
            key, indices = indices[0], indices[1:]
        if declaration.key and key is None:
            raise EquationError(f"{name} needs its layer or step", start)
        if indices and len(indices) != declaration.written_axes:
            expected, found = declaration.written_axes, len(indices)
            raise EquationError(f"{name} takes {expected} indices, found {found}", start)
        symbol = Symbol(name, key, tuple(indices), **place)
        if declaration.arguments and self.peek() == "(":
            return self._at(symbol, declaration, start)
        return symbol

    def _unknown(self, name: str) -> str:
        near = sorted(
            known for known in self.declarations if known.strip("\\")[:1] == name.strip("\\")[:1]
        )
        hint = f" (declared: {', '.join(near)})" if near else ""
        return f"symbol {name} is not declared in this world{hint}"

    def _at(self, symbol: Symbol, declaration, start: int) -> Node:
        arguments = self.bracketed_list()
        if len(arguments) != len(declaration.arguments):
            expected = ", ".join(declaration.arguments)
            raise EquationError(f"{symbol.name} takes the arguments ({expected})", start)
        return At(symbol, tuple(arguments), start=start, end=self.last_end)

    def _application(self, name: str, scripts: _Scripts, start: int) -> Node:
        declaration = self.declarations.get(name)
        key = scripts.below[0] if scripts.below else None
        if key is not None and name != r"\log" and not (declaration and declaration.key):
            raise EquationError(f"the function {name} takes no index", start)
        if isinstance(scripts.power, Add) and scripts.power.terms[0][0] == -1:
            raise EquationError(
                f"inverse functions are not read: {name} to a negative power", start
            )
        arguments = tuple(self.function_arguments())
        node = Apply(name, key, scripts.primes, arguments, start=start, end=self.last_end)
        scripts.primes = scripts.primes if arguments else 0
        return node

    def function_arguments(self) -> list[Node]:
        """What a function is applied to: brackets, or one factor without them."""
        if self.peek() in ("(", "[", r"\{"):
            return self.bracketed_list()
        if self.peek() in ENDS_PRODUCT:
            self.fail("a function without its argument")
        numeral = self.peek()[0].isdigit()
        argument = self.factor()
        if numeral and self.peek() not in ENDS_PRODUCT and self.peek() != r"\odot":
            self.fail("it is not clear how far the argument goes: use brackets")
        return [argument]

    def bracketed_list(self) -> list[Node]:
        """Expressions between brackets, parted by commas."""
        opening = self.take()
        items = [self.expression()]
        while self.peek() == ",":
            self.take()
            items.append(self.expression())
        self.expect(CLOSING[opening])
        return items


def canonical(latex: str) -> str:
    r"""Canonical name of a symbol as declared: ``\lambda_{\max}`` is ``\lambda_\max``."""
    cursor = Symbols(tokenize(latex), latex, {}, ())
    try:
        name = cursor.name()
    except EquationError as error:
        raise ValueError(f"{latex!r} is no symbol: {error.message}") from None
    while not cursor.done:
        mark = cursor.take()
        if mark not in ("_", "^", "'"):
            raise ValueError(f"one symbol expected, without its indices; found {latex!r}")
        name += mark + ("" if mark == "'" else plain(cursor.group()))
    return name


def names_in(latex: str) -> set[str]:
    r"""Names that a formula such as ``w_{ij}^l`` may stand for: with and without its scripts."""
    cursor = Symbols(tokenize(latex), latex, {}, ())
    name = cursor.name()
    names = {name}
    while cursor.peek() in ("_", "^", "'"):
        mark = cursor.take()
        script = "" if mark == "'" else plain(cursor.group())
        names |= {known + mark + script for known in names}
    return names
