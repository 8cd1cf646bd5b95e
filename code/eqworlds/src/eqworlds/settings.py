r"""Formulas such as ``\eta = 0.1``, which take a number, and the numbers that a page's code takes.

A setting claims nothing of a random world.  It is held against the code of its page: where the code
gives a number to ``learning_rate``, the text may give no other one to ``\eta``.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterable, Mapping

from .tokens import EquationError, Token, number_text, tokenize
from .vocabulary import RELATIONS

_NAME = re.compile(
    r"(?:\\(?:hat|bar|tilde|mathbf|operatorname)\{[^{}]*\}|\\(?!frac|tfrac|dfrac)[A-Za-z]+|[A-Za-z])"
    r"(?:[_^](?:\{[^{}]*\}|\\?\w+))*'*"
)
_NUMBER = re.compile(
    r"(-?)(?:(\d+(?:\.\d+)?)(?:/(\d+))?|\\[td]?frac\{(\d+)\}\{(\d+)\}|10\^\{(-?\d+)\})"
)


_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip


def sides_of(source: str) -> list[list[Token]]:
    """Tokens of a formula, cut at the relations outside all brackets."""
    sides: list[list[Token]] = [[]]
    depth = 0
    for token in tokenize(source):
        depth += (token.text in ("{", "(", "[", r"\{")) - (token.text in ("}", ")", "]", r"\}"))
        if depth == 0 and token.text in RELATIONS:
            sides.append([])
        else:
            sides[-1].append(token)
    return sides


def setting(source: str) -> tuple[list[str], list[float] | None] | None:
    r"""The names and the number of ``w = b = 0``; None if the formula is no setting.

    Returns
    -------
    names : list of str
        What takes the number, as printed: ``\eta``, ``w_1``.
    values : list of float or None
        The number, or those of a tuple; none where the name takes another (``i = j``); None where
        the number follows the formula (``$J =$``).
    """
    try:
        *left, right = (_joined(side) for side in sides_of(source))
    except EquationError:
        return None
    names = [re.sub(r"^\\lvert(.*)\\rvert$", r"\1", side) for side in left]
    if not left or not all(_is_name(name) for name in names):
        return None
    if not right:
        return names, None
    if _is_name(right):
        return names, []
    values = [_number(part) for part in _parts(right)]
    known = [value for value in values if value is not None]
    return (names, known) if len(known) == len(values) else None


def _joined(side: Iterable[Token]) -> str:
    return "".join(number_text(token.text) for token in side)


def _is_name(text: str) -> bool:
    return all(_NAME.fullmatch(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    """Entries of a tuple, or the text itself."""
    whole = text.startswith("(") and text.endswith(")")
    return text[1:-1].split(",") if whole else [text]


def _number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    sign, top, bottom, above, below, power = match.groups()
    size = 10.0 ** int(power) if power else float(top or above) / float(bottom or below or 1)
    return -size if sign else size


def numbers_in_code(cells: Iterable[str]) -> dict[str, set[float]]:
    """Numbers that code gives to names: by ``=``, as arguments, as defaults, in a loop over numbers.

    Cells that are no Python, such as those with commands of IPython, are read without these lines.
    """
    found: dict[str, set[float]] = {}
    for cell in cells:
        code = "\n".join(line for line in cell.split("\n") if not re.match(r"\s*[%!:]", line))
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            for name, value in _given(node):
                found.setdefault(name, set()).update(_literals(value))
    return found


def _given(node: ast.AST) -> Iterable[tuple[str, ast.expr]]:
    """Names that a piece of code sets, each with what it is set to."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _matched(target, node.value)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield from _matched(node.target, node.iter)
    elif isinstance(node, ast.arguments):
        places = [*node.posonlyargs, *node.args]
        given = node.defaults
        yield from zip((a.arg for a in places[len(places) - len(given) :]), given, strict=True)
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            if default is not None:
                yield argument.arg, default


def _matched(target: ast.expr, value: ast.expr) -> Iterable[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _matched(one, its)


def _literals(node: ast.expr) -> list[float]:
    """The numbers of ``0.1``, ``-1 / 8`` or ``[0.1, 0.2]``."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return [number for item in node.elts for number in _literals(item)]
    value = _value(node)
    return [] if value is None else [value]


def _value(node: ast.expr) -> float | None:
    """Value of a number, or of numbers with signs and operators; None if names occur."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            return float(node.value)
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left), _value(node.right)
        if left is None or right is None:
            return None
        try:
            return float(_OPERATORS[type(node.op)](left, right))
        except (ArithmeticError, TypeError):  # no number, or a complex one
            return None
    return None


def agrees_with_code(
    source: str, python_names: Mapping[str, list[str]], code: Mapping[str, set[float]]
) -> str | None:
    """Hold a setting against the numbers of the code.

    A symbol that ``python_names`` does not list is called as it is spelt: ``w_0``, ``alpha``.

    Returns
    -------
    str or None
        Empty if it agrees, else what the code gives; None if the code gives no number to its names.
    """
    found = setting(source)
    if found is None or found[1] is None or len(found[1]) != 1 or not re.search("=|approx", source):
        return None
    (value,) = found[1]
    compared = False
    for name in found[0]:
        called = python_names.get(name, [re.sub(r"[\\{}]", "", name)])
        given = {v for known in called for v in code.get(known, ())}
        if given and not any(abs(v - value) <= 1e-9 * max(1, abs(v)) for v in given):
            numbers = ", ".join(f"{v:g}" for v in sorted(given))
            return f"the code of this page gives {' or '.join(called)} {numbers}"
        compared = compared or bool(given)
    return "" if compared else None
