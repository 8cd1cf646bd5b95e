r"""Displayed equations of MyST chapters, with the comments that say how they are checked.

    % world: dense, net222      the displays that follow live in these worlds
    % also: dense               their symbolic part must hold there, too (until the next world)
    % inline: unit              formulas within the lines that follow may also live in this one
    % define                    the next display introduces a symbol, for the rest of the file
    % forget: r                 from here on the name has another meaning
    % unchecked: reason         the next display is not checked
    % shift: \mu                the next display is checked with this quantity displaced
    % order: h^4                the sides of \approx in the next display differ by this order

In plain Markdown the same words stand in ``<!-- world: dense -->``.  A display is a ``{math}``
directive, ``$$...$$``, ``$$...$$ (label)`` or ``\begin{align}`` (and its kin); in a notebook it
stands in a Markdown cell, or it is LaTeX that a cell has put out.  A *strict* reader takes labelled
``{math}`` directives only and counts displays a second time in the raw text, so that none can
escape by the way it is written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from .check import Claim
from .definitions import defined_names
from .macros import Macro, without_definitions
from .symbols import canonical
from .tokens import EquationError, tokenize

HOW_TO_WRITE = (
    "write the display as ```{math} with :label: on the line below, so that it can be named"
)
_DIRECTIVE = re.compile(
    r"\s*%?\s*(world|also|inline|define|forget|unchecked|shift|order)\b\s*(:?)\s*(.*?)\s*$"
)
_OPTION = re.compile(r"^:([\w-]+):\s*(.*?)\s*$")
_HTML_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)
_COMMANDS = re.compile(r"\\(?:(?:new|renew|provide)command|g?def(?![A-Za-z])|DeclareMathOperator)")
_FENCES = ("fence", "colon_fence")
_LITERAL = ("code-cell", "code-block", "code", "literalinclude", "mermaid", "raw")


@dataclass(frozen=True)
class Equation:
    """A displayed equation of a chapter.

    Parameters
    ----------
    path : str
        File it stands in.
    line : int
        Line of the file where its LaTeX starts, counted from 1.
    label : str or None
        Its label.
    claim : Claim
        Its LaTeX and how to check it.
    kind : {"check", "define", "unchecked", "fault", "glued"}
        ``fault``: it cannot be read; ``reason`` says why.  ``glued``: it stands within a line, and
        behind it a number that code has put there.
    reason : str
        Why it is not checked.
    """

    path: str
    line: int
    label: str | None
    claim: Claim
    kind: str = "check"
    reason: str = ""


def read_chapter(path, strict: bool = False) -> list[Equation]:
    """Displayed equations of a Markdown file or a notebook.

    Parameters
    ----------
    path : path
        A ``.md`` or ``.ipynb`` file.
    strict : bool
        Whether every display must be a labelled ``{math}`` directive in a world.
    """
    text = Path(path).read_text(encoding="utf-8")
    if Path(path).suffix == ".ipynb":
        return read_notebook(text, str(path))
    return read_text(text, str(path), strict)


def read_lines(path) -> tuple[list[Equation], list[str]]:
    """Formulas within the lines of a file, each with the world in force there; its code cells."""
    text = Path(path).read_text(encoding="utf-8")
    reader = _Reader(str(path), strict=False)
    if Path(path).suffix == ".ipynb":
        reader.notebook(text)
    else:
        reader.read(text, 0)
    return reader.inlines, reader.code


def read_notebook(text: str, path: str = "notebook") -> list[Equation]:
    """Displayed equations of a notebook: in Markdown cells, and LaTeX that code has put out.

    Lines are those of the cell, whose number stands in the path.
    """
    reader = _Reader(path, strict=False)
    reader.notebook(text)
    return reader.equations


def read_text(text: str, path: str = "text", strict: bool = False) -> list[Equation]:
    """Displayed equations of a Markdown text, a fault for each that cannot be read."""
    reader = _Reader(path, strict)
    reader.read(text, 0)
    found = reader.equations
    expected = count_displays(text)
    if strict and expected != len(found) + reader.only_macros:
        reason = f"{expected} displays stand in the text, {len(found)} were read"
        found.append(Equation(path, 1, None, Claim("", ()), "fault", reason))
    return found


class _Reader:
    """Walks through the tokens of a chapter and of the directives within it."""

    def __init__(self, path: str, strict: bool):
        self.path = path
        self.strict = strict
        self.equations: list[Equation] = []
        self.inlines: list[Equation] = []
        self.code: list[str] = []
        self.macros: dict[str, Macro] = {}
        self.only_macros = 0  # displays that do nothing but define commands
        self.worlds: tuple[str, ...] = ()
        self.also: tuple[str, ...] = ()
        self.within: tuple[str, ...] = ()
        self.definitions: tuple[str, ...] = ()
        self.shifts: tuple[str, ...] = ()
        self.orders: tuple[tuple[str, int], ...] = ()
        self.kind, self.reason = "check", ""
        self.markdown = (
            MarkdownIt("commonmark")
            .use(front_matter_plugin)
            .use(dollarmath_plugin, allow_labels=True, double_inline=True)
            .use(amsmath_plugin)
            .use(myst_block_plugin)
            .use(colon_fence_plugin)
        )

    def read(self, text: str, offset: int) -> None:
        """Read Markdown that starts ``offset`` lines into the file."""
        for token in self.markdown.parse(text):
            line = offset + (token.map[0] if token.map else 0)
            if token.type == "myst_line_comment":
                self._comment(token.content, line)
            elif token.type in _FENCES:
                self._fence(token, line)
            elif token.type == "html_block":
                for remark in _HTML_COMMENT.findall(token.content):
                    self._comment(remark, line)
            elif token.type in ("math_block", "math_block_label", "amsmath"):
                self._bare(token.info or None, token.content, line)
            elif token.type == "inline":
                for child in token.children or ():
                    if child.type == "math_inline_double":
                        self._bare(None, child.content, line)
                    elif child.type == "math_inline":
                        self._within(child.content, token.content, line)

    def _within(self, source: str, text: str, line: int) -> None:
        """A formula within a line; its line is that of its first occurrence in the paragraph."""
        at = max(text.find(f"${source}$"), 0)
        line += text[:at].count("\n") + 1
        after = text[at + len(source) + 2 :]
        self._defines_commands(source)
        claim = Claim(
            source, (*self.worlds, *self.within), (), self.definitions, macros=self.macros
        )
        kind = "glued" if after.lstrip().startswith("{glue") else "check"
        self.inlines.append(Equation(self.path, line, None, claim, kind))

    def notebook(self, text: str) -> None:
        """Read the cells of a notebook, and LaTeX that its code has put out."""
        path = self.path
        for number, cell in enumerate(json.loads(text)["cells"], 1):
            self.path = f"{path}[cell {number}]"
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                self.read(source, 0)
            elif cell["cell_type"] == "code":
                self.code.append(source)
            for made, output in enumerate(cell.get("outputs", ()), 1):
                latex = "".join(output.get("data", {}).get("text/latex", ""))
                if latex:
                    self.output(latex, f"output {made} of cell {number}")

    def output(self, latex: str, label: str) -> None:
        """Read LaTeX that code has put out."""
        source = re.sub(r"^\s*\$+(?:\s*\\displaystyle)?|\$+\s*$", "", latex).strip()
        self._add(label, source, 1, self.kind, self.reason)

    def _bare(self, label: str | None, content: str, line: int) -> None:
        """A display that is no directive."""
        if self.strict:
            self._add(None, content, line + 1, "fault", HOW_TO_WRITE)
            return
        empty = len(content) - len(content.lstrip("\n"))
        within = re.search(r"\\label\{([^}]*)\}", content)
        label = label or (within[1] if within else None)
        self._add(label, content.strip("\n"), line + 1 + empty, self.kind, self.reason)

    def _comment(self, content: str, line: int) -> None:
        for _number, written in enumerate(content.splitlines()):
            match = _DIRECTIVE.match(written)
            if not match:
                continue
            word, _, value = match.groups()
            if word == "world":
                self.worlds, self.also = _names(value), ()
            elif word == "inline":
                self.within = _names(value)
            elif word == "also":
                self.also = _names(value)
            elif word == "forget":
                self._forget(value)
            elif word == "shift":
                self.shifts = tuple(value.split())
            elif word == "order":
                self._order(value)
            elif word == "unchecked" and len(value.split()) < 2:
                reason = "'% unchecked' needs a reason: % unchecked: why it cannot be checked"
                self.kind, self.reason = "fault", reason
            elif word == "define" or word == "unchecked":
                self.kind, self.reason = word, value

    def _forget(self, value: str) -> None:
        names = {canonical(name) for name in value.split()}
        self.definitions = tuple(
            s for s in self.definitions if not defined_names(s, self.macros) & names
        )

    def _order(self, value: str) -> None:
        pairs = [written.strip().partition("^") for written in value.split(",")]
        if all(name and power.isdigit() for name, _, power in pairs):
            self.orders = tuple((name, int(power)) for name, _, power in pairs)
        else:
            self.kind, self.reason = "fault", "'% order' needs powers: % order: h^2, h^4"

    def _fence(self, token, line: int) -> None:
        info = token.info.strip()
        if not info.startswith("{"):
            return
        name = info[1:].partition("}")[0]
        if name == "math":
            self._math(token.content, line + 1)
        elif name == "code-cell":
            self.code.append(token.content)
        elif name not in _LITERAL:
            self.read(token.content, line + 1)

    def _math(self, content: str, line: int) -> None:
        lines, label, used = content.split("\n"), None, 0
        while used < len(lines) and (_OPTION.match(lines[used]) or not lines[used].strip()):
            option = _OPTION.match(lines[used])
            if option and option[1] == "label":
                label = option[2]
            used += 1
        source = "\n".join(lines[used:]).rstrip()
        self._add(label, source, line + used + 1, self.kind, self.reason)

    def _defines_commands(self, source: str) -> bool:
        r"""Take note of ``\newcommand`` and its kin; whether a display holds nothing else."""
        if not _COMMANDS.search(source):
            return False
        rest, found = without_definitions(tokenize(source))
        self.macros = {**self.macros, **found}  # a new one: claims before keep theirs
        return not rest

    def _add(self, label, source: str, line: int, kind: str, reason: str) -> None:
        if self._defines_commands(source):
            self.only_macros += 1
            return
        claim = Claim(
            source,
            self.worlds,
            self.also,
            self.definitions,
            self.shifts,
            self.orders,
            kind == "define",
            macros=self.macros,
        )
        if kind != "fault" and not label and self.strict:
            kind, reason = "fault", "a displayed equation without a label: " + HOW_TO_WRITE
        elif kind in ("check", "define") and not self.worlds:
            kind = "fault" if self.strict else "unchecked"
            reason = "no world: write '% world: name' above it"
        self.equations.append(Equation(self.path, line, label, claim, kind, reason))
        if kind == "define":
            self.definitions += (source,)
        self.kind, self.reason, self.shifts, self.orders = "check", "", (), ()


def _names(value: str) -> tuple[str, ...]:
    names = (name.strip().replace("-", "_") for name in value.split(","))
    return tuple(name for name in names if name)


_MARKS = re.compile(r"^[\s>*+-]*(?:\d+[.)]\s+)?([`:~]{3,})\s*(.*?)\s*$")
_AMSMATH = re.compile(r"^\s*\\begin\{(?:equation|align|gather|multline|alignat)\*?\}")


def count_displays(text: str) -> int:
    """Displays in the raw text, found without a Markdown parser; code is left out."""
    count, dollars = 0, 0
    directives: list[str] = []  # marks of the directives that are open
    literal = ""  # marks of the code or formula that is open
    for line in text.split("\n"):
        match = _MARKS.match(line)
        marks, info = match.groups() if match else ("", "")
        if literal:
            if _closes(marks, info, literal):
                literal = ""
        elif not marks:
            count += bool(_AMSMATH.match(line))
            if not line.lstrip().startswith("%"):
                dollars += len(re.findall(r"(?<!\\)\$\$", re.sub(r"`[^`]*`", "", line)))
        elif directives and _closes(marks, info, directives[-1]):
            directives.pop()
        else:
            name = info[1:].partition("}")[0] if info.startswith("{") else None
            count += name == "math"
            if name == "math" or name in _LITERAL or (name is None and marks[0] != ":"):
                literal = marks
            elif name is not None:
                directives.append(marks)
    return count + dollars // 2


def _closes(marks: str, info: str, opening: str) -> bool:
    return not info and marks[:1] == opening[0] and len(marks) >= len(opening)


def place(equation: Equation, error: EquationError) -> tuple[int, int, str]:
    """Line of the file, column in that line (both from 1) and the text of that line."""
    position = min(error.position or 0, len(equation.claim.source))
    before = equation.claim.source[:position]
    number = before.count("\n")
    lines = equation.claim.source.split("\n")
    column = position - (before.rfind("\n") + 1)
    return equation.line + number, column + 1, lines[number] if lines else ""
