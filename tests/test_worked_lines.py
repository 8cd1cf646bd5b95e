"""A line worked on paper: what stands on the right follows from the figures printed on the left.

The notation page says that a printed figure is rounded from the full value. So a product of printed factors
may miss its printed result in the last digit; where it does, the line needs a digit more.
"""

import ast
import operator
import re
from itertools import pairwise

import pytest

CELL = re.compile(r"^(`{3,})\{code-cell\}.*?^\1\s*$", re.S | re.M)
MATHS = re.compile(
    r"^(`{3,})\{math\}(?P<display>.*?)^\1\s*$|(?<![$\\])\$(?P<inline>[^$]+)\$(?!\$)", re.S | re.M
)
WORKED = re.compile(r"\\cdot|\\times|\\frac|[\d)]\s*[-+]")  # more than a number
NUMBER = re.compile(r"-?\s*\d+(?:\.(\d+))?")
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def plain(text):
    """LaTeX of a side of an equation as Python would write it."""
    text = re.sub(r"\\(left|right|bigl?|bigr?|Big|q?quad|[,;!])(?![a-z])", "", text)
    text = re.sub(r"(?<=\d)(\{,\}|,)(?=\d{3})", "", text)
    for _ in range(3):
        text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\^(?:\{([^{}]*)\}|(\d))", r"**(\1\2)", text)
    text = re.sub(r"\\cdot|\\times", "*", text)
    return text.replace("&", "").strip(" .,;\n")


def value(text):
    """The number that a side works out to, or None if it holds anything but figures."""

    def of(node):
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.BinOp(left, op, right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](of(left), of(right))
            case ast.UnaryOp(op, operand) if type(op) in OPERATORS:
                return OPERATORS[type(op)](of(operand))
        raise ValueError("not a sum of figures")

    if re.search(r"[^\d\s.*/+()-]", plain(text)):
        return None
    try:
        return of(ast.parse(plain(text), mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def lines(text):
    """Yield (line, left, right, what the left side works out to) of every worked line of a page."""
    text = CELL.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in MATHS.finditer(text):
        body = re.sub(r":label:.*|\\(begin|end)\{\w+\}", "", found["display"] or found["inline"])
        for row in re.split(r"\\\\|\\q?quad|,\s*&|&\s+&", body):
            sides = re.split(r"=|\\approx", row)
            for left, right in pairwise(sides):
                printed = NUMBER.fullmatch(plain(right))
                if printed and WORKED.search(left) and (worked := value(left)) is not None:
                    yield text.count("\n", 0, found.start()) + 1, left, printed, worked


def misses(text):
    """The worked lines whose printed figures don't give the printed result."""
    return [
        f"line {line}: {left.strip()} gives {worked:.10g}, printed is {printed[0]}"
        for line, left, printed, worked in lines(text)
        if abs(worked - float(printed[0].replace(" ", "")))
        > 0.500001 * 10.0 ** -len(printed[1] or "")
    ]


def test_every_worked_line_gives_what_it_prints(root):
    pages = [*root.glob("chapters/*.md"), *root.glob("exercises/*/*.md")]
    texts = {str(page.relative_to(root)): page.read_text("utf-8") for page in pages}
    assert sum(len(list(lines(text))) for text in texts.values()) > 50  # they are found at all
    assert {page: bad for page, text in texts.items() if (bad := misses(text))} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (r"so $0.36 \cdot 0.27 = 0.0972$", 0),
        (r"so $0.36 \cdot 0.27 \approx 0.097$", 0),
        (r"so $0.36 \cdot 0.27 \approx 0.098$", 1),
        (r"$\frac{1}{3} \approx 0.33$ and $\frac{1}{3} \approx 0.34$", 1),
        ("```{math}\nz &= 0.15 \\cdot 0.05 + 0.35 = 0.3575 , \\\\\n"
         "w &= 2 - 0.5 \\cdot 0.3 = 1.86\n```", 1),
        ("```{code-cell}\nx = '$2 \\cdot 2 = 5$'\n```\nand $a \\cdot 2 = 5$, $2^3 - 1 = 7$", 0),
    ],
)  # fmt: skip
def test_a_line_that_misses_is_found(text, wrong):
    assert len(misses(text)) == wrong
