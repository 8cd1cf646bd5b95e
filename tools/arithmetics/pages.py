"""A page's cells, run one after the other as in a notebook, and the text that a reader sees."""

import builtins
import html
import io
import os
import re
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import jupytext
from notebooks import Block, front_matter, is_notebook, pieces

from . import rewriting

ROOT = Path(__file__).resolve().parents[2]
PICTURE = re.compile(r"data:image/[\w.+-]+(?:;[\w=-]+)*,[^\"'\\)\s]+")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
RECORD = "application/papermill.record/"


@dataclass(frozen=True)
class Cell:
    """Code and the line of the file on which it starts."""

    line: int
    source: str


def pages(root=ROOT):
    """Every page with code, and the exercises' sources, as paths from the root."""
    chapters = [p for p in sorted((root / "chapters").glob("*.md")) if is_notebook(p)]
    exercises = sorted((root / "exercises").glob("*/*.md"))
    return [p.relative_to(root).as_posix() for p in (*chapters, *exercises)]


def code_lines(text):
    """The line on which the code of each cell starts, counted from 1."""
    _, body = front_matter(text)
    found = pieces(body.split("\n"), 1 + text.count("\n") - body.count("\n"))
    cells = [piece for piece in found if isinstance(piece, Block) and piece.name == "code-cell"]
    # jupytext drops empty lines at the top of a cell
    return [c.body_line + next((n for n, x in enumerate(c.body) if x.strip()), 0) for c in cells]


def cells(path):
    """The cells of a page; of an exercise's source those of the instructor's copy."""
    path = Path(path)
    text = path.read_text("utf-8")
    if path.parent.parent.name == "exercises":
        from handmark import sources

        notebook = sources.read(path).notebook
    else:
        notebook = jupytext.reads(text, fmt="md:myst")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    lines = code_lines(text)
    if len(lines) != len(code):
        raise ValueError(f"{path}: {len(code)} cells in the notebook, {len(lines)} in the text")
    return [Cell(line, source) for line, source in zip(lines, code, strict=True)]


# -- what a reader sees ---------------------------------------------------------------------------


def words_of(output):
    """The text of one thing displayed, without its pictures, as lines."""
    data, metadata = output["data"], output.get("metadata") or {}
    name = (metadata.get("scrapbook") or {}).get("name")
    found = []
    for kind in sorted(data):
        value = data[kind]
        if kind.startswith("image/") or not isinstance(value, (str, list, dict)):
            continue
        text = value if isinstance(value, str) else repr(value)
        text = ADDRESS.sub("an address", PICTURE.sub("a picture", text))
        if kind == "text/html":
            text = re.sub(r"(<tr|<figcaption|<p\b|<script|<caption)", r"\n\1", text)
            # in a figure that moves: which frames are the same picture to the byte is no text
            text = re.sub(r'"frames":\[[^]]*\],"frame":\[[^]]*\]', "", text)
            text = html.unescape(text)
        what = f"glued {name}" if name else kind.removeprefix(RECORD)
        found += [f"{what}: {line}" for line in text.split("\n")]
    return found


def text_in(figure):
    """What is written in a figure of matplotlib: titles, labels, numbers at the ticks in view."""
    from matplotlib.text import Text

    found = []
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            places, labels = axis.get_majorticklocs(), axis.get_majorticklabels()
            found += [
                label.get_text()
                for place, label in zip(places, labels, strict=False)
                if low <= place <= high and label.get_visible()
            ]
    ticks = {
        id(label)
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for label in (*axis.get_majorticklabels(), *axis.get_minorticklabels())
    }
    texts = [t for t in figure.findobj(Text) if t.get_visible() and id(t) not in ticks]
    return [" ".join(text.split()) for text in (*found, *(t.get_text() for t in texts)) if text]


@contextmanager
def written_in_pictures():
    """Collect what is written in the book's pictures, which are set up but not painted.

    To lay out and paint them takes most of the time of most pages, and the same everywhere.
    """
    from handgrad import draw, explore
    from matplotlib.figure import Figure

    written, painted = [], explore.Picture.frame

    def frame(self, **values):
        with draw.style():
            figure = Figure(figsize=(self.size[0] / 100, self.size[1] / 100))
            self._draw(figure.subplots(*(self.axes or ())), **values)
            text = " | ".join(text_in(figure))
        written.append(text)
        return text.encode()

    explore.Picture.frame = frame
    try:
        yield written
    finally:
        explore.Picture.frame = painted


def run_cells(code, folder):
    """Run cells in a fresh shell of IPython.

    Parameters
    ----------
    code : list of Cell
    folder : Path
        Where they run.

    Returns
    -------
    list of list of str
        For each cell the lines that a reader sees. What goes to the error stream starts with
        ``stderr: ``, an exception with ``error: ``; after an exception the rest isn't run.
    """
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.showtraceback = lambda *args, **options: None  # the error is in the result
    shell.display_pub = CapturingDisplayPublisher()
    shell.display_trap.hook = CapturingDisplayHook(shell, shell.display_pub.outputs)
    if hasattr(builtins, rewriting.NAME):
        shell.ast_transformers.append(rewriting.Rewrite())
    results, before = [], Path.cwd()
    os.chdir(folder)
    try:
        for cell in code:
            out, err = io.StringIO(), io.StringIO()
            shell.display_pub.outputs.clear()
            with written_in_pictures() as written, redirect_stdout(out), redirect_stderr(err):
                done = shell.run_cell(cell.source, store_history=False)
            lines = [line for output in shell.display_pub.outputs for line in words_of(output)]
            lines += out.getvalue().splitlines()
            lines += [f"stderr: {line}" for line in err.getvalue().splitlines()]
            lines += [f"in the picture: {text}" for text in written]
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                lines += f"error: {type(error).__name__}: {error}".splitlines()
            results.append(lines)
            if error is not None:
                break
    finally:
        os.chdir(before)
    return results


def run_page(path, root=ROOT):
    """Run a page: {"seconds": … of the processor, "cells": [{"line": …, "text": […]}]}."""
    start = time.process_time()
    path = root / path
    code = cells(path)
    texts = run_cells(code, path.parent)
    return {
        "seconds": time.process_time() - start,
        "cells": [{"line": c.line, "text": t} for c, t in zip(code, texts, strict=False)],
    }
