"""Sphinx extension: a book whose displays do not hold is not built.

In ``conf.py`` (or ``_config.yml`` of a Jupyter Book):

    extensions = ["eqworlds.sphinx"]
    eqworlds_worlds = "worlds.py"   # a file, folder or module of worlds, from the source folder
    eqworlds_cap = 0.03             # share of the displays that may go unchecked
    eqworlds_strict = False         # every display is a labelled {math} in a world

Before anything is read, the displays of all Markdown files and notebooks of the book are checked;
``check_display`` checks LaTeX that code has made.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .check import Checker, Claim
from .report import UNCHECKED_CAP, check_chapters, too_many_unchecked
from .worlds import load_worlds

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SHOWN = 20  # failures


def check_display(latex: str, world: str, worlds: Any) -> int:
    """Check LaTeX that code has made; the number of comparisons.

    Parameters
    ----------
    latex : str
        Without its dollars.
    world : str
        Name of the world it lives in.
    worlds : Checker or str
        A checker, or the module, package or file that holds the worlds.

    Raises
    ------
    EquationError
        If it does not hold or is not understood.
    """
    checker = worlds if isinstance(worlds, Checker) else Checker(load_worlds(worlds))
    return checker.check(Claim(latex, (world,)))


def check_book(app: Sphinx) -> None:
    """Check all displays of a book; one error with all that fails."""
    from sphinx.errors import ExtensionError

    if not app.config.eqworlds_worlds:
        raise ExtensionError("eqworlds: say where the worlds are: eqworlds_worlds = 'worlds.py'")
    found = [Path(app.env.doc2path(name)) for name in sorted(app.project.docnames)]
    paths = [path for path in found if path.suffix in (".md", ".ipynb")]
    worlds = app.config.eqworlds_worlds
    beside = Path(app.srcdir) / worlds
    if str(app.srcdir) not in sys.path:
        sys.path.insert(0, str(app.srcdir))
    try:
        report = check_chapters(
            paths, str(beside) if beside.exists() else worlds, app.config.eqworlds_strict
        )
    except ValueError as error:
        raise ExtensionError(f"eqworlds: {error}") from None
    problems = [str(failure) for failure in report.failures]
    complaint = too_many_unchecked(report, app.config.eqworlds_cap)
    if complaint:
        problems.append(complaint)
    if problems:
        more = len(problems) - SHOWN
        text = "\n".join(problems[:SHOWN]) + (f"\nand {more} more" if more > 0 else "")
        raise ExtensionError(f"eqworlds: {report.summary()}\n{text}")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.add_config_value("eqworlds_worlds", None, "")
    app.add_config_value("eqworlds_cap", UNCHECKED_CAP, "")
    app.add_config_value("eqworlds_strict", False, "")
    app.connect("builder-inited", check_book)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
