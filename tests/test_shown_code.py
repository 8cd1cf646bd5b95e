"""Code that a page shows, folded or not, uses no name that only code left out of the page makes."""

import builtins
from pathlib import Path

import jupytext
import pytest
from changes import read, stored

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
PAGES = sorted(path.stem for path in CHAPTERS.glob("*.md"))
LEFT_OUT = {"remove-cell", "remove-input"}


def made_out_of_sight(cells):
    """Names that shown code reads and only cells left out make; `cells`: pairs of tags and source."""
    shown = [source for tags, source in cells if not LEFT_OUT & set(tags)]
    seen = set(dir(builtins)).union(*map(stored, shown))
    unseen = set().union(*(stored(source) for tags, source in cells if LEFT_OUT & set(tags)))
    return sorted((unseen - seen) & set().union(*map(read, shown)))


@pytest.mark.parametrize("page", PAGES)
def test_no_shown_cell_uses_a_name_from_a_cell_left_out(page):
    notebook = jupytext.read(CHAPTERS / f"{page}.md")
    cells = [
        (cell.metadata.get("tags", []), cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    assert made_out_of_sight(cells) == []


def test_a_name_made_out_of_sight_is_found():
    cells = [
        (["remove-cell"], "from math import pi\ndef f(): pass"),
        ([], "print(pi, f(), len([]))"),
    ]
    assert made_out_of_sight(cells) == ["f", "pi"]
    assert made_out_of_sight([*cells, (["hide-input"], "import math\nf, pi = abs, math.pi")]) == []
