"""A number that prose gives as a bound is rounded away from what it bounds, or is exact.

"Within 2 × 10⁻⁶" is wrong of 2.4 × 10⁻⁶, although it rounds to that. So the number after such a word
is made with `np.floor` or `np.ceil`, or it is a count or a given number.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(ROOT.glob("chapters/*.md"))
BOUND = r"within|at most|at least|less than|more than|fewer than|no more than|between|below|above"
SAID = re.compile(rf"\b(?:{BOUND})\s+\**\s*\{{glue:text\}}`(\w+)`")
ROUNDED = re.compile(r"""["'],?\.\d+[ef%]["']""")


def rounded_bounds(text):
    """Names of glued numbers that the text gives as a bound and that are rounded to the nearest."""
    found = []
    for name in SAID.findall(text):
        made = re.search(rf"\b{name}=(.*?)(?=\b\w+=num\(|\)\n|\Z)", text, re.S)
        if made and ROUNDED.search(made[1]) and not re.search(r"np\.(floor|ceil)\(", made[1]):
            found.append(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_bound_in_prose_is_no_number_rounded_to_the_nearest(page):
    assert rounded_bounds(page.read_text("utf-8")) == []


def test_a_rounded_bound_is_found():
    cell = 'glue(gap=num(gap, "{}"), steps=num(steps, "d"))\n'
    said = "The {glue:text}`steps` steps end within {glue:text}`gap` of it."
    assert rounded_bounds(cell.format(".0e") + said) == ["gap"]
    assert rounded_bounds(cell.format("g") + said) == []
    outward = cell.format(".0e").replace("num(gap", "num(np.ceil(gap * 10) / 10")
    assert rounded_bounds(outward + said) == []
    assert rounded_bounds(cell.format(".0e") + said.replace("within", "about")) == []
