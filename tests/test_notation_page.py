"""The notation page and the declarations of the worlds name the same symbols.

On the page, a table whose head has the columns "symbol" and "shape" declares symbols: the formulas
in the first cell of a row, without their indices, are their names.  ``$W^l$, $w_{ij}^l$`` declares
W and w; a symbol whose name has an index needs it on the page as well: ``$w_\\ast$``.
"""

import re
from pathlib import Path

from eqworlds import load_worlds
from eqworlds.symbols import canonical, names_in

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "chapters/notation.md"


def table_rows(text):
    """First cells of the rows of the tables that declare symbols."""
    declares = False
    for line in text.split("\n"):
        if not line.startswith("|"):
            declares = False
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if {"symbol", "shape"} <= set(cells):
            declares = True
        elif declares and not set(cells[0]) <= set("-: "):
            yield cells[0]


def on_page(text):
    """For each formula of a first cell, the names that it may stand for."""
    return [
        names_in(formula) for row in table_rows(text) for formula in re.findall(r"\$(.+?)\$", row)
    ]


def declared():
    """Names of all symbols of all worlds, with the worlds that declare them."""
    found = {}
    for world, make in load_worlds("claims.worlds").items():
        for name in make(1).declarations:
            found.setdefault(name, []).append(world)
    return found


def test_names_are_read_off_formulas():
    assert "w" in names_in("w_{ij}^l") and r"w_\ast" in names_in(r"w_\ast")
    assert r"\hat{y}" in names_in(r"\hat{y}_j") and "step" in names_in(r"\operatorname{step}(z)")
    assert canonical(r"\lambda_{\max}") in names_in(r"\lambda_{\max}")
    rows = "| symbol | shape |\n|---|---|\n| $a^l$, $b$ | x |\n\n| symbol | code |\n|---|---|\n| $c$ | x |\n"
    assert list(table_rows(rows)) == ["$a^l$, $b$"]


def test_every_declared_symbol_stands_on_the_page():
    known = set().union(*on_page(PAGE.read_text(encoding="utf-8")))
    missing = {name: worlds for name, worlds in declared().items() if name not in known}
    lines = [f"{name}: {', '.join(worlds)}" for name, worlds in sorted(missing.items())]
    assert not missing, "declared in a world, not on the notation page:\n" + "\n".join(lines)


def test_every_symbol_on_the_page_is_declared():
    known = set(declared())
    unknown = [
        sorted(names) for names in on_page(PAGE.read_text(encoding="utf-8")) if not names & known
    ]
    assert not unknown, f"on the notation page, declared in no world: {unknown}"
