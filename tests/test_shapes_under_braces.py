r"""The shapes printed under the matrices of a display are those that its worlds have.

``\underbrace{W^l}_{d_{l-1} \times d_l}`` is read as the statement
``W^l \in \mathbb{R}^{d_{l-1} \times d_l}`` and checked in the worlds of its display.
"""

import re
from pathlib import Path

import pytest
from eqworlds import Checker, check_equations, load_worlds, read_text
from eqworlds.chapters import read_chapter

CHAPTERS = sorted((Path(__file__).resolve().parent.parent / "chapters").glob("[0-9]*.md"))


def group(source, start):
    """The text in the braces that open at ``start``, and where they end."""
    depth = 0
    for at in range(start, len(source)):
        depth += {"{": 1, "}": -1}.get(source[at], 0)
        if depth == 0:
            return source[start + 1 : at], at + 1
    raise ValueError(f"no closing brace: {source[start:]}")


def shapes(source):
    r"""(expression, shape) for every ``\underbrace{expression}_{rows \times columns}``."""
    for brace in re.finditer(r"\\underbrace(?={)", source):
        inside, end = group(source, brace.end())
        remark = re.match(r"\s*_(?={)", source[end:])
        if remark:
            shape, _ = group(source, end + remark.end())
            if r"\times" in shape:
                yield inside, shape


def displays(equations):
    """One display for every shape, with the worlds of the display that it comes from."""
    lines = []
    for equation in equations:
        if equation.kind != "check":
            continue
        for k, (inside, shape) in enumerate(shapes(equation.claim.source), 1):
            lines += [
                f"% world: {', '.join(equation.claim.worlds)}",
                "",
                "```{math}",
                f":label: {equation.label}-{k}",
                rf"{inside} \in \mathbb{{R}}^{{{shape}}}",
                "```",
                "",
            ]
    return "\n".join(lines)


def failures(equations, checker):
    report = check_equations(read_text(displays(equations)), checker)
    return [str(failure) for failure in report.failures]


@pytest.fixture(scope="module")
def checker():
    return Checker(load_worlds("claims.worlds"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_shapes_under_braces(path, checker):
    wrong = failures(read_chapter(path), checker)
    assert not wrong, "\n".join(wrong)


def test_nested_braces_and_remarks_that_are_no_shapes():
    source = r"\underbrace{\frac{a}{b^{c}}}_{d_{l-1} \times d_l} + \underbrace{e}_{\text{path}}"
    assert list(shapes(source)) == [(r"\frac{a}{b^{c}}", r"d_{l-1} \times d_l")]


@pytest.mark.parametrize(
    "shape, right", [(r"d_{l-1} \times d_l", True), (r"d_l \times d_{l-1}", False)]
)
def test_a_wrong_shape_is_found(shape, right, checker):
    text = rf"""
% world: layers_linear

```{{math}}
:label: one
\underbrace{{W^l}}_{{{shape}}} = W^l
```
"""
    assert (failures(read_text(text), checker) == []) == right
