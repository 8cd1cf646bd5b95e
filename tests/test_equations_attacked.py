r"""Displays of the book, each changed into something false, or into words nobody can check.

Every line is a mistake that once passed.  The display is looked up by its label, so a chapter
that is rewritten is attacked as it now stands; a line whose piece is gone fails, and wants a new one.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from eqworlds import Checker, EquationError, load_worlds, read_chapter

CHAPTERS = sorted((Path(__file__).resolve().parent.parent / "chapters").glob("*.md"))

ATTACKS = [
    # numbers put in after an equals sign, with a minus, as a sum
    ("ch05-gradient-numbers", r"1.4 \cdot (-0.079)", r"0.7 \cdot (-0.158)"),
    ("ch05-forward-numbers", r"1.4 \cdot 0.4 + 1 \cdot 0.5", r"0.7 \cdot 0.8 + 1 \cdot 0.5"),
    (
        "ch05-forward-numbers",
        r"1.06 \cdot 0.1 + 1.04 \cdot 0.1",
        r"1.05 \cdot 0.1 + 1.05 \cdot 0.1",
    ),
    ("ch03-numbers", r"0.95 \cdot 2", r"0.475 \cdot 4"),
    ("ch03-numbers", r"0.95 - 0.1 \cdot 1.8", r"0.95 - 0.2 \cdot 0.9"),
    ("ch04-delta-numbers", r"-0.476 \cdot 0.1", r"-0.238 \cdot 0.2"),
    ("ch07-delta-output", r"-0.217072 \cdot 0.175510", r"-0.434144 \cdot 0.087755"),
    # what a page defines is what it uses
    ("ch02-error", r"y - \hat{y}", r"\hat{y} - y"),
    ("ch02-error", r"y - \hat{y}", "17"),
    # words
    ("ch02-step", r"\text{if } z \ge 0", r"\text{unless } z \ge 0"),
    ("ch02-step", r"\text{if } z \ge 0", r"\text{if not } z \ge 0"),
    ("ch02-step", r"\text{if } z \ge 0", r"\text{never if } z \ge 0"),
    ("ch02-step", r"\text{if } z \ge 0", r"\text{except when } z \ge 0"),
    ("ch09-jacobian-off", r"\text{for } i \ne j", r"\text{only if } i \ne j"),
    ("ch09-jacobian-off", r"\text{for } i \ne j", r"\text{is false for } i \ne j"),
    # cases that overlap or leave something out
    ("ch02-step", r"z < 0 \end", r"z \le 0 \end"),
    ("ch02-step", r"\text{if } z \ge 0", r"\text{if } z > 0"),
    # strict inequalities
    ("ch06-plus-minus", r"\operatorname{softplus}''(z) = ", r"\operatorname{softplus}''(z) < "),
    ("ch10-slope", r"\le \frac{1}{4}", r"< \frac{1}{4}"),
    # under braces
    ("ch07-three-factors", r"}_{\hat{y}_1 - y_1}", r"}_{y_1 - \hat{y}_1}"),
    ("ch07-three-factors", r"}_{a_1^2}", r"}_{17 a_2^2}"),
    # digits as TeX groups them
    ("ch07-three-factors", r"w_{11}^3", r"w_11^3"),
    ("ch10-nine", r"^9", r"^09"),
    # narrow worlds and quantities that never varied
    ("ch02-length", "R^2", "R^3"),
    ("ch02-forward", r"+ \gamma", r"+ \gamma^2"),
    ("ch02-not", "w_1 + b < 0", "w_1 + b^2 < 0"),
    ("ch10-clip-value", "g_i > c", "g_i > 1"),
    ("ch10-clip-length", r"\|g\| > c", r"\|g\| > 1"),
    ("ch01-update", r"\eta \frac{\partial J}{\partial w}", r"0.1 \frac{\partial J}{\partial w}"),
    ("ch03-update", r"\eta", "0.13"),
    ("ch12-decay", r"- \eta \left(", r"- 0.07 \left("),
    ("ch13-alpha", r"\alpha = n \beta", r"1.8 = n \beta"),
    ("ch13-alpha", r"\alpha = n \beta", r"\alpha = 6 \beta"),
    ("ch11-forward", r"\frac{1}{n} \sum_{i=1}^{n} x_i", r"\frac{1}{6} \sum_{i=1}^{n} x_i"),
    ("how-delta", r"L-1", "3"),
    # nothing said
    ("ch11-ones", r"\sum_{j=1}^{n}", r"\sum_{j=1}^{-n}"),
    ("ch11-sum", r"\sum_{i=1}^{n} \frac{\partial J}{\partial x_i} = 0", "1 = 1"),
    # relations that make no condition
    ("ch02-step", r"z \ge 0", r"z \approx 0"),
    ("ch02-step", r"z \ge 0", r"z \leftarrow 0"),
]


@pytest.fixture(scope="module")
def checker():
    return Checker(load_worlds("claims.worlds"))


@cache
def equations():
    """Displays by label, and for each file the displays that follow a definition."""
    return {e.label: e for path in CHAPTERS for e in read_chapter(path)}


def relying_on(equation):
    """Displays that are read with a definition."""
    source = equation.claim.source
    return [e for e in equations().values() if source in e.claim.definitions]


def check_changed(equation, source, checker):
    """Check a changed display, and those that rely on it if it defines something."""
    checker.check(replace(equation.claim, source=source))
    if equation.kind == "define":
        old = equation.claim.source
        for other in relying_on(equation):
            definitions = tuple(source if d == old else d for d in other.claim.definitions)
            checker.check(replace(other.claim, definitions=definitions))


@pytest.mark.parametrize(
    "label, piece, changed", ATTACKS, ids=[f"{i}-{a[0]}" for i, a in enumerate(ATTACKS)]
)
def test_a_changed_display_is_noticed(label, piece, changed, checker):
    equation = equations()[label]
    source = equation.claim.source
    assert piece in source, f"{label} no longer has {piece}: attack what stands there now"
    check_changed(equation, source, checker)
    with pytest.raises(EquationError) as caught:
        check_changed(equation, source.replace(piece, changed, 1), checker)
    assert caught.value.message
