r"""How the book writes a name, a number and an expression.

A name is a tuple, the same everywhere in this package:

=====================  ==============  ==========================================
name                   printed         meaning
=====================  ==============  ==========================================
``("J",)``             J               cost of one sample
``("w", l, i, j)``     w_{ij}^l        weight from neuron i of layer l-1 to j of l
``("b", l, j)``        b_j^l           bias of neuron j of layer l
``("z", l, j)``        z_j^l           weighted sum
``("a", l, j)``        a_j^l           output of the neuron
``("delta", l, j)``    \delta_j^l      ∂J/∂z_j^l
``("x", i)``           x_i             input i (the same thing as ``("a", 1, i)``)
``("y_hat", j)``       \hat{y}_j       prediction j (the same as ``("a", L, j)``)
``("y", j)``           y_j             target j
``("d", *parameter)``                  the derivative of J with respect to that parameter
=====================  ==============  ==========================================
"""

import math
import re

import sympy as sp
from sympy.printing.latex import LatexPrinter

LETTERS = {"delta": r"\delta", "y_hat": r"\hat{y}"}
LAYERED = ("w", "b", "z", "a", "delta")


def symbol(name):
    """The sympy symbol of a name; ``sympy.latex`` already prints it as the book does."""
    kind, *where = name
    if kind == "d":
        return sp.Symbol(identifier(name), real=True)
    text = LETTERS.get(kind, kind)
    layer = where.pop(0) if kind in LAYERED else None
    if where:
        comma = "," if max(where) > 9 else ""
        text += "_{" + comma.join(map(str, where)) + "}"
    if layer is not None:
        text += f"^{{{layer}}}"
    return sp.Symbol(text, real=True)


def identifier(name):
    """The name as a Python identifier: ``("w", 2, 1, 1)`` becomes ``w_2_1_1``."""
    return "_".join(map(str, name))


def _slim(text):
    """w_{1}^{2} -> w_1^2: braces around a single character are noise."""
    return re.sub(r"([_^])\{(\w)\}", r"\1\2", text)


def number(value, digits=6):
    """A number to so many significant digits, in LaTeX: 0.000439, 1.2 \\cdot 10^{-7}."""
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return text


def rounded(value, digits=6):
    """The value as :func:`number` shows it."""
    return float(f"{float(value):.{digits}g}")


def is_exact(value, digits=6):
    """Does ``number(value, digits)`` show all of the value (rounding noise apart)?"""
    return math.isclose(rounded(value, digits), float(value), rel_tol=1e-13)


def supported_digits(value, printed, digits):
    """The most digits of ``value``, at least 2, that every number of ``printed`` rounds to."""
    for k in range(digits, 2, -1):
        unit = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - k) if value else 0.0
        if all(abs(p - rounded(value, k)) <= unit / 2 for p in printed):
            return k
    return 2


class _Book(LatexPrinter):
    """sympy's LaTeX with the book's habits: 1 - a, (ŷ - y), s_l'(z), 𝟙[z > 0]."""

    def __init__(self, numbers=None, digits=6):
        super().__init__({"mul_symbol": r" \cdot " if numbers else None})
        self.numbers, self.digits = numbers, digits

    def _print_Symbol(self, expr, style="plain"):
        if self.numbers and expr in self.numbers:
            text = number(self.numbers[expr], self.digits)
            return f"({text})" if text.startswith("-") else text
        return _slim(expr.name)

    def _as_ordered_terms(self, expr, order=None):
        # What is added before what is taken away, and numbers first: 1 - a, never -a + 1.
        return sorted(
            expr.args, key=lambda t: (t.could_extract_minus_sign(), not t.is_number, _natural(t))
        )

    def _print_Add(self, expr, order=None):
        content, rest = expr.as_content_primitive()
        if content != 1:  # 2(a - y) rather than 2a - 2y
            separator = r" \cdot " if self.numbers else r"\,"
            return f"{self._print(content)}{separator}({super()._print_Add(rest)})"
        # a negative number needs its brackets only behind a sign
        return re.sub(r"^\((-[^()]*)\)", r"\1", super()._print_Add(expr))

    def _print_Pow(self, expr):
        base, exponent = expr.args
        if base.is_Symbol and exponent.is_Integer and exponent > 0:
            return f"({self._print(base)})^{exponent}"
        return super()._print_Pow(expr)

    def _print_Derivative(self, expr):
        function, variable = expr.args[0], expr.args[1][0]
        return f"{function.func.__name__}'({self._print(variable)})"

    def _print_Piecewise(self, expr):
        *pieces, (other, _) = expr.args
        if [value for value, _ in pieces] == [1] and other == 0:
            return rf"\mathbb{{1}}[{self._print(pieces[0][1])}]"
        lines = [rf"{self._print(v)} & \text{{if }} {self._print(c)}" for v, c in pieces]
        lines.append(rf"{self._print(other)} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"


def _natural(expr):
    """Sort key in which w_{2,10} follows w_{2,9}."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(expr))]


def latex(expr, numbers=None, digits=6):
    """LaTeX of a sympy expression in the book's notation.

    Parameters
    ----------
    expr : sympy.Expr
    numbers : dict, optional
        Symbol -> number: printed in place of the symbol (nothing is evaluated).
    digits : int
        Significant digits of those numbers.
    """
    text = _Book(numbers, digits).doprint(expr)
    tall = any(word in text for word in (r"\frac", r"\begin", r"\sqrt"))
    return text if tall else text.replace(r"\left(", "(").replace(r"\right)", ")")


def product(factors, numbers=None, digits=6):
    r"""LaTeX of a product, factor by factor and in the order given.

    A factor is a sympy expression or LaTeX ready to stand in a product.  Factors equal to 1 are
    dropped; sums and negative factors are put in brackets.
    """
    factors = [f for f in factors if f != 1]
    printed = []
    for factor in factors:
        text = factor if isinstance(factor, str) else latex(factor, numbers, digits)
        if len(factors) > 1 and not isinstance(factor, str):
            is_sum = factor.is_Add and factor.as_content_primitive()[0] == 1
            if is_sum or text.startswith(("-", r"\begin")):
                text = brackets(text)
        printed.append(text)
    return (r" \cdot " if numbers else r"\, ").join(printed) or "1"


def brackets(text):
    r"""(text), as tall as what stands in it."""
    tall = r"\frac" in text or r"\begin" in text
    return rf"\left({text}\right)" if tall else f"({text})"


def aligned(left, lines):
    r"""``left = line, = line, + line`` … one under the other.

    ``lines`` are (relation, text) pairs; a line whose relation is "+" continues the one above.
    """
    if len(lines) == 1:
        return f"{left} {lines[0][0]} {lines[0][1]}"
    rows = [
        rf"&\quad + {text}" if relation == "+" else f"&{relation} {text}"
        for relation, text in lines
    ]
    return "\\begin{aligned}\n" + left + " " + " \\\\\n".join(rows) + "\n\\end{aligned}"
