"""Names, indices and decorations of symbols: ``\\hat{y}_j``, ``w_{ij}^{l+1}``, ``s_l'(z)``."""

from __future__ import annotations

import re

from . import expressions
from .cursor import Cursor
from .nodes import (
    Add,
    Apply,
    At,
    Change,
    Group,
    Index,
    Node,
    Number,
    Point,
    Power,
    Product,
    Symbol,
    Transpose,
    walk,
)
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


def read_name(c: Cursor) -> str:
    """Canonical name of the symbol that stands here, without its indices."""
    text = c.take()
    if text == "{":
        c.i -= 1
        return plain(c.group())
    if text in ACCENTS:
        return SAME_ACCENT.get(text, text) + "{" + plain(c.group()) + "}"
    if text in STYLES:
        return _styled(c, text)
    if text in GREEK or text in FUNCTIONS or re.fullmatch("[A-Za-z]", text):
        return text
    c.i -= 1
    c.fail(REFUSED.get(text, f"not understood: {text!r}"))


def _styled(c: Cursor, style: str) -> str:
    group = c.group()
    word = plain(group)
    if word == "1":
        return ONES
    if style in _KEPT_STYLE:
        return style + "{" + word + "}"
    if len(group) == 1 or (group and group[0].text in ACCENTS | STYLES):
        return c.whole(group, read_name)
    if len(group) == 2 and group[1].text in ("'", "*"):
        return word  # \mathbf{x'}
    if not re.fullmatch("[A-Za-z ]+", word):
        raise EquationError(f"a name made of {word!r}", c.tokens[c.i - 1].start)
    return word


def index_list(c: Cursor, tokens: list[Token], wanted: int) -> list[Node]:
    """Indices as printed: ``ij``, ``i,j``, ``i+1``, ``12`` (two digits if two are wanted)."""
    inner, found = c.inner(tokens), []
    while not inner.done:
        if inner.peek() == ",":
            inner.take()
        else:
            found += index_expression(inner, wanted)
    return found


def index_expression(c: Cursor, wanted: int) -> list[Node]:
    """One index with its offset, or several digits that stand for one index each."""
    start, text = c.position, c.peek()
    if text == "-":
        c.fail("an index cannot be negative")
    if text.isdigit() and len(text) > 1 and wanted > 1:
        c.take()
        return [
            Number(int(one), one, start=start + at, end=start + at + 1)
            for at, one in enumerate(text)
        ]
    index = _index_atom(c)
    while c.peek() in ("+", "-"):
        sign = 1 if c.take() == "+" else -1
        terms = ((1, index), (sign, _index_atom(c)))
        index = Add(terms, start=start, end=c.last_end)
    return [index]


def _index_atom(c: Cursor) -> Node:
    start, text = c.position, c.peek()
    if text == "(":
        c.take()
        index = expressions.expression(c)
        c.expect(")")
        return index
    if text.isdigit():
        c.take()
        return Number(int(text), text, start=start, end=c.last_end)
    if text in c.letters or text in c.declarations or _begins_a_name(c, text, text):
        return expressions.factor(c)
    c.fail(f"{text!r} is not an index in this world")


def read_symbol(c: Cursor) -> Node:
    """A symbol with everything that is written around it."""
    start = c.position
    if c.peek() == r"\Delta" and r"\Delta" not in c.declarations and _names(c, 1):
        c.take()
        return _change(c, start)
    name = read_name(c)
    if c.new_symbols and name not in c.declarations and name not in c.letters:
        raise EquationError(f"a new symbol {name} may stand only on the left", start)
    name, scripts = _scripts(c, name)
    node = _bare(c, name, scripts, start)
    if scripts.primes == 1 and isinstance(node, Symbol) and c.declarations[name].axes:
        scripts.transposed, scripts.primes = True, 0  # X'X, the transpose of statistics
    if scripts.primes and not isinstance(node, (Apply, Product)):
        raise EquationError(f"a prime on {name}, which is no function", start)
    if scripts.transposed:
        node = Transpose(node, start=start, end=c.last_end)
    if scripts.power is not None:
        place = {"start": start, "end": c.last_end}
        node = Power(node, scripts.power, scripts.elementwise, **place)
    return node


def _names(c: Cursor, ahead: int) -> bool:
    """Whether a symbol begins some tokens ahead."""
    text = c.peek(ahead)
    return text in ACCENTS | STYLES | GREEK or (len(text) == 1 and text.isalpha())


def _change(c: Cursor, start: int) -> Node:
    of = read_symbol(c)
    if not isinstance(of, Symbol):
        raise EquationError(r"\Delta needs a symbol", start)
    return Change(of, start=start, end=c.last_end)


def _scripts(c: Cursor, name: str) -> tuple[str, _Scripts]:
    """Read subscripts, superscripts and primes; some belong to the name itself."""
    scripts = _Scripts()
    while c.peek() in ("_", "^", "'"):
        mark = c.take()
        if mark == "'":
            if f"{name}'" in c.declarations:
                name += "'"
            else:
                scripts.primes += 1
            continue
        start = c.position
        group = c.group()
        if not group:
            raise EquationError("nothing stands in these braces", start)
        longer = f"{name}{mark}{plain(group)}"
        if longer in c.declarations or _begins_a_name(c, name, longer):
            name = longer
        elif mark == "_":
            _subscript(c, name, group, scripts, start)
        else:
            _superscript(c, name, group, scripts, start)
    if scripts.sample:
        scripts.below = scripts.sample + (scripts.below or [])
    return name, scripts


def _begins_a_name(c: Cursor, name: str, longer: str) -> bool:
    """Whether a declared name with several scripts, such as ``a_1^2``, begins like this."""
    if name in c.declarations:
        return False
    return any(known.startswith((longer + "^", longer + "_")) for known in c.declarations)


def _subscript(c: Cursor, name: str, group: list[Token], scripts: _Scripts, start: int) -> None:
    if scripts.below is not None:
        raise EquationError("a second subscript", start)
    declaration = c.declarations.get(name)
    wanted = 9 if declaration is None else declaration.written_axes + (declaration.key == "_")
    if name == r"\log" and len(group) == 1:
        wanted = 1
    if group and group[0].text in STYLES and plain(group) not in c.declarations:
        raise EquationError(_unknown(c, f"{name}_{plain(group)}"), start)
    scripts.below = index_list(c, group, wanted)


def _superscript(c: Cursor, name: str, group: list[Token], scripts: _Scripts, start: int) -> None:
    declaration = c.declarations.get(name)
    text = plain(group)
    if text == r"\prime":
        scripts.primes += 1
        return
    if text == "*":
        raise EquationError(_unknown(c, f"{name}^*"), start)
    if group and (group[-1].text == r"\top" or (text == "T" and "T" not in c.declarations)):
        scripts.transposed = True
        group = group[:-1]
        if not group:
            return
    if scripts.raised:
        raise EquationError("a second superscript", start)
    scripts.raised = True
    if declaration and declaration.axes:
        group = _sample_index(c, group, declaration, scripts)
        if not group:
            return
    if declaration and declaration.key == "^":
        keys = index_list(c, group, 1)
        if len(keys) != 1:
            raise EquationError(f"{name} takes one superscript", start)
        scripts.key = keys[0]
    elif group[0].text == r"\odot":
        scripts.elementwise = True
        scripts.power = c.whole(group[1:], expressions.expression)
    else:
        scripts.power = c.whole(group, expressions.expression)


def _sample_index(c: Cursor, group, declaration, scripts: _Scripts) -> list[Token]:
    """Take ``(k)`` off a superscript: row k of the samples, as in ``x_i^{(k)}``."""
    texts = [token.text for token in group]
    if texts[-1] != ")":
        return group
    if texts[0] == "(" and declaration.key != "^":
        scripts.sample = index_list(c, group[1:-1], 1)
        return []
    for at in range(len(texts) - 1):
        if texts[at] == "," and texts[at + 1] == "(":
            scripts.sample = index_list(c, group[at + 2 : -1], 1)
            return group[:at]
    return group


def _bare(c: Cursor, name: str, scripts: _Scripts, start: int) -> Node:
    """The symbol, function application, index letter or constant itself."""
    declaration = c.declarations.get(name)
    place = {"start": start, "end": c.last_end}
    if declaration is None:
        if name in c.letters:
            return Index(name, **place)
        if name == "e":
            return Number(2.718281828459045, "e", **place)
        if name == r"\pi":
            return Number(3.141592653589793, "pi", **place)
    if name in FUNCTIONS or (declaration and declaration.function):
        return _application(c, name, scripts, start)
    if declaration is None:
        raise EquationError(_unknown(c, name), start)
    if declaration.variable:
        if scripts.below:
            raise EquationError(f"{name} is the argument of functions and takes no index", start)
        return Point(written=True, **place)
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
    if declaration.arguments and c.peek() == "(":
        return _at(c, symbol, declaration, start)
    return symbol


def _unknown(c: Cursor, name: str) -> str:
    near = sorted(
        known for known in c.declarations if known.strip("\\")[:1] == name.strip("\\")[:1]
    )
    hint = f" (declared: {', '.join(near)})" if near else ""
    return f"symbol {name} is not declared in this world{hint}"


def _at(c: Cursor, symbol: Symbol, declaration, start: int) -> Node:
    arguments = bracketed_list(c)
    if len(arguments) != len(declaration.arguments):
        expected = ", ".join(declaration.arguments)
        raise EquationError(f"{symbol.name} takes the arguments ({expected})", start)
    return At(symbol, tuple(arguments), start=start, end=c.last_end)


def _application(c: Cursor, name: str, scripts: _Scripts, start: int) -> Node:
    declaration = c.declarations.get(name)
    key = scripts.below[0] if scripts.below else None
    if key is not None and name != r"\log" and not (declaration and declaration.key):
        raise EquationError(f"the function {name} takes no index", start)
    if isinstance(scripts.power, Add) and scripts.power.terms[0][0] == -1:
        raise EquationError(f"inverse functions are not read: {name} to a negative power", start)
    here, after_name = c.position, c.last_end
    arguments = tuple(function_arguments(c))
    if len(arguments) == 1 and not isinstance(arguments[0], Point) and _is_bare(arguments[0]):
        # \sigma (1 - \sigma): the function without argument, times a bracket
        bare = Apply(
            name, key, scripts.primes, (Point(start=after_name, end=after_name),),
            start=start, end=after_name,
        )  # fmt: skip
        scripts.primes = 0
        bracket = Group(arguments[0], start=here, end=c.last_end)
        return Product((bare, bracket), (False, False), start=start, end=c.last_end)
    node = Apply(name, key, scripts.primes, arguments, start=start, end=c.last_end)
    scripts.primes = scripts.primes if arguments else 0
    return node


def _is_bare(node: Node) -> bool:
    """Whether a function without argument stands in something."""
    return any(isinstance(part, Point) and not part.written for part in walk(node))


def function_arguments(c: Cursor) -> list[Node]:
    """What a function is applied to: brackets, or one factor without them."""
    if c.peek() in ("(", "[", r"\{"):
        return bracketed_list(c)
    if c.peek() in ENDS_PRODUCT or c.peek() == "/":
        return [Point(start=c.last_end, end=c.last_end)]
    numeral = c.peek()[0].isdigit()
    argument = expressions.factor(c)
    if numeral and c.peek() not in ENDS_PRODUCT and c.peek() != r"\odot":
        c.fail("it is not clear how far the argument goes: use brackets")
    return [argument]


def bracketed_list(c: Cursor) -> list[Node]:
    """Expressions between brackets, parted by commas."""
    opening = c.take()
    parting, bars, c.parting, c.open_bars = c.parting, c.open_bars, True, 0
    items = [expressions.expression(c)]
    while c.peek() in (",", ";", "|", r"\mid", r"\vert"):
        c.take()
        items.append(expressions.expression(c))
    c.parting, c.open_bars = parting, bars
    c.expect(CLOSING[opening])
    return items


def canonical(latex: str) -> str:
    r"""Canonical name of a symbol as declared: ``\lambda_{\max}`` is ``\lambda_\max``."""
    cursor = Cursor(tokenize(latex), latex, {}, ())
    try:
        name = read_name(cursor)
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
    cursor = Cursor(tokenize(latex), latex, {}, ())
    name = read_name(cursor)
    names = {name}
    while cursor.peek() in ("_", "^", "'"):
        mark = cursor.take()
        script = "" if mark == "'" else plain(cursor.group())
        names |= {known + mark + script for known in names}
    return names
