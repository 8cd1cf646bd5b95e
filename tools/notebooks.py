"""The notebooks that students open, made from the chapters.

    python tools/notebooks.py [CHAPTER.md ...] [--out notebooks] [--glue _build/jupyter_execute]

A chapter is MyST Markdown. JupyterLab and Colab show plain Markdown, so directives become block
quotes, headings and `<details>`, references become the words that the page shows, and numbers that
the prose takes from the code are filled in: from the last build where there is one, else by running
the chapter. A directive or role that is not known here is an error: it would be seen raw.
"""

import argparse
import base64
import json
import mimetypes
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import address
import citing
import nbformat
import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_inline import backtick, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

ROOT = Path(__file__).resolve().parent.parent

DIRECTIVE = re.compile(r"^\{(?P<name>[\w:.-]+)\}\s*(?P<argument>.*)$")
OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
TARGET = re.compile(r"^(.*?)\s*<([^<>]+)>$", re.S)
LETTERS = "bcdefghijklmnopqrstuvwxyz"  # of pages below a chapter
LEDGER_ROW = re.compile(r"S\d-\d+")
POINTER = re.compile(r"^\s*# (claim|check): \S+\s*$")  # comments that only the checks read
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}((?!\\begin).)*?\\end\{\1\}", re.S)

BOXES = {
    "note": "Note",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "attention": "Attention",
    "danger": "Danger",
    "error": "Error",
    "seealso": "See also",
}
PROOFS = (
    "theorem",
    "lemma",
    "proof",
    "definition",
    "remark",
    "example",
    "algorithm",
    "property",
    "corollary",
    "conjecture",
    "criterion",
    "axiom",
    "assumption",
    "observation",
    "proposition",
)
LEFT_OUT = {
    "bibliography",
    "tableofcontents",
    "toctree",
    "contents",
    "index",
    "raw",
    "figclass",
    "automodule",
    "autofunction",
    "autoclass",
    "autosummary",
    "currentmodule",
}
TRANSPARENT = {"div", "grid", "container", "only", "tab-set", "card-carousel", "eval-rst"}

FIRST_CELL = """\
# On Google Colab this fetches the package of the book; on Binder and at home it is there already.
try:
    import handgrad
except ModuleNotFoundError:
    %pip install --quiet "handgrad[all] @ git+{url}@{branch}#subdirectory=code/handgrad"
"""


class NotPlain(ValueError):
    """Something in a chapter that has no plain form."""


@dataclass
class Block:
    """A directive: its name, argument, options, the lines it holds; where it and they stand."""

    name: str
    argument: str
    options: dict
    body: list
    line: int
    body_line: int

    @property
    def classes(self):
        return self.options.get("class", "").split()


@dataclass
class Words:
    """Lines with words in them: of a paragraph, of a row of a table, of a heading."""

    lines: list
    level: int = 0  # of a heading
    title: str = ""  # of a heading, without its signs


@dataclass
class Label:
    """A label of what comes next: `(name)=`."""

    name: str


@dataclass
class Target:
    """What a label stands for: the words of a reference to it, and the chapter it stands in."""

    words: str
    chapter: str
    title: str = ""


# -- reading a chapter ----------------------------------------------------------------------------


def block_reader():
    """Reads a text into blocks; what stands within their lines is left for `line_reader`."""
    reader = (
        MarkdownIt("commonmark")
        .enable("table")
        .use(dollarmath_plugin, allow_labels=True, double_inline=True)
        .use(amsmath_plugin)
        .use(colon_fence_plugin)
        .use(myst_block_plugin)
        .use(attrs_block_plugin)
    )
    reader.core.ruler.disable(["inline", "attr"])
    return reader


def as_it_is(rule):
    """The rule, its token holding all that it took, signs and line ends too."""

    def taken(state, silent):
        start, known = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and len(state.tokens) > known:
            state.tokens[-1].content = state.src[start : state.pos]
        return found

    return taken


class LineReader(MarkdownIt):
    """Reads what a notebook writes in other words; all else is text to it, as it stands."""

    def __init__(self):
        super().__init__("zero")
        self.enable(["escape", "backticks", "link"])
        self.use(dollarmath_plugin, double_inline=True).use(myst_role_plugin)
        self.use(attrs_plugin, after=(), spans=True)
        self.inline.ruler.at("escape", as_it_is(escape))
        self.inline.ruler.at("backticks", as_it_is(backtick))

    def normalizeLink(self, url):
        return url


BLOCKS, LINES = block_reader(), LineReader()


def front_matter(text):
    """The settings at the top of a chapter, and the text below them."""
    found = re.match(r"---\n(.*?)\n---\n", text, re.S)
    return (yaml.safe_load(found[1]) or {}, text[found.end() :]) if found else ({}, text)


def options_of(lines):
    """Options and body of a directive."""
    options, at = {}, 0
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        if end:
            given = yaml.safe_load("\n".join(lines[1:end])) or {}
            return given, lines[end + 1 :]
    while at < len(lines) and (found := OPTION.match(lines[at].strip())):
        options[found[1]] = found[2].strip()
        at += 1
    return options, lines[at:]


def fence(token, lines, first_line):
    """The directive of a fence; of one without a directive its lines."""
    start, end = token.map
    here = f"line {first_line + start}"
    if end - start != token.content.count("\n") + 2:
        raise NotPlain(f"{here}: this fence has no end: {lines[start].strip()}")
    found = DIRECTIVE.match(token.info.strip())
    if not found:
        return lines[start:end]
    if not lines[start].lstrip().startswith(token.markup):
        raise NotPlain(f"{here}: a directive within a quotation has no plain form")
    options, body = options_of(token.content.split("\n")[:-1])
    line = first_line + start
    body_line = line + end - start - 1 - len(body)
    return Block(found["name"], found["argument"].strip(), options, body, line, body_line)


def pieces(lines, first_line=1):
    """What a text is made of: each Block, Label and Words, and the other lines as they are (list).

    Comments, breaks between cells and lines of attributes are left out.
    """
    done, heading = 0, None
    for token in BLOCKS.parse("\n".join([*lines, ""])):
        if token.type == "heading_open" and token.level == 0:
            heading = token
        if token.map is None or token.nesting or token.map[0] < done:
            continue
        start, end = token.map
        if token.type in ("fence", "colon_fence"):
            piece = fence(token, lines, first_line)
        elif token.type == "myst_target":
            piece = Label(token.content)
        elif token.type in ("myst_line_comment", "myst_block_break", "attrs_block"):
            piece = []
        elif token.type == "inline" and heading:
            piece = Words(lines[start:end], int(heading.tag[1:]), token.content)
            heading = None
        elif token.type == "inline":
            piece = Words(lines[start:end])
        else:
            continue
        if done < start:
            yield lines[done:start]
        yield piece
        done = end
    if done < len(lines):
        yield lines[done:]


def blocks(found):
    """All directives, those inside others too, in the order of the page."""
    for piece in found:
        if isinstance(piece, Block):
            yield piece
            if piece.name not in ("code-cell", "math"):
                yield from blocks(pieces(piece.body, piece.body_line))


# -- the book: what labels stand for --------------------------------------------------------------


def chapter_order(toc):
    """(name, number) of every page, numbered as the site numbers them; None where it doesn't."""
    pages, number = [(toc["root"], None)], 0

    def walk(entries, inherited, numbered):
        nonlocal number
        for entry in entries or ():
            mine = inherited
            if numbered:
                number += 1
                mine = number
            pages.append((entry["file"], mine))
            walk(entry.get("sections"), mine, False)

    for part in toc.get("parts") or [toc]:
        walk(part.get("chapters"), None, part.get("numbered"))
    return pages


@dataclass
class Book:
    """Everything about the book that one chapter needs to know of the others."""

    root: Path = ROOT
    pages: list = field(default_factory=list)

    def __post_init__(self):
        if not self.pages:
            self.pages = chapter_order(yaml.safe_load((self.root / "_toc.yml").read_text("utf-8")))

    def path(self, page):
        return self.root / f"{page}.md"

    def number_of(self, page):
        """The number of a page as the site shows it: "7", "7b" for a page below it, "" for none."""
        number = dict(self.pages)[page]
        if number is None:
            return ""
        place = [p for p, n in self.pages if n == number].index(page)
        return f"{number}{LETTERS[place - 1] if place else ''}"

    @cached_property
    def with_notebook(self):
        """The pages that a student opens as a notebook: the numbered chapters, if they have code."""
        return [
            page
            for page, number in self.pages
            if number and self.path(page).exists() and is_notebook(self.path(page))
        ]

    @cached_property
    def config(self):
        return yaml.safe_load((self.root / "_config.yml").read_text("utf-8"))

    @cached_property
    def repository(self):
        return self.config["repository"]

    @cached_property
    def targets(self):
        """Label -> Target, for equations, exercises, theorems, sections and pages."""
        targets, counters = {}, {}
        for page, number in self.pages:
            if not self.path(page).exists():
                continue
            _, text = front_matter(self.path(page).read_text("utf-8"))
            name, waiting, found = Path(page).stem, [], list(pieces(text.split("\n")))
            titles = [p.title for p in found if isinstance(p, Words) and p.level]
            targets[name] = Target(titles[0] if titles else name, name)
            for piece in found:
                if isinstance(piece, Label):
                    waiting.append(piece.name)
                elif isinstance(piece, Words) and piece.level:
                    targets |= {label: Target(piece.title, name) for label in waiting}
                    waiting = []
            for block in blocks(found):
                kind = {"math": "equation", "exercise": "Exercise", "exercise-start": "Exercise"}
                kind = kind.get(block.name)
                if block.name.startswith("prf:"):
                    kind = block.name[4:].capitalize()
                label = block.options.get("label")
                if not kind or (kind == "equation" and not label) or "nonumber" in block.options:
                    continue
                # where pages are not numbered, the site counts through all of them
                counters[kind, number] = counters.get((kind, number), 0) + 1
                shown = f"{number}.{counters[kind, number]}" if number else counters[kind, number]
                block_target = Target(
                    f"({shown})" if kind == "equation" else f"{kind} {shown}",
                    name,
                    block.argument.strip("() "),
                )
                if label:
                    targets[label] = block_target
        return targets

    @cached_property
    def citations(self):
        """Key -> (authors, year)."""
        return {
            key: (citing.names(work), work.fields.get("year", "no year"))
            for path in self.config.get("bibtex_bibfiles", ())
            for key, work in citing.works(self.root / path).items()
        }

    def site_address(self):
        given = (self.config.get("html") or {}).get("baseurl")
        if given:
            return given.rstrip("/") + "/"
        return address.pages(self.repository["url"])


# -- plain Markdown -------------------------------------------------------------------------------


class Chapter:
    """A chapter and its plain form."""

    def __init__(self, book, page, values=None):
        self.book, self.page, self.name = book, page, Path(page).stem
        whole = book.path(page).read_text("utf-8")
        self.settings, self.text = front_matter(whole)
        self.first_line = 1 + whole.count("\n") - self.text.count("\n")
        self.values = values
        self.used = set()

    def fail(self, message):
        raise NotPlain(f"{self.page}.md: {message}")

    def target(self, label):
        if label not in self.book.targets:
            self.fail(f"unknown label {label!r}")
        return self.book.targets[label]

    def value(self, key):
        self.used.add(key)
        if self.values is None:
            return f"`{key}`"
        if key not in self.values:
            self.fail(f"no result is stored under {key!r}: is it glued?")
        return self.values[key]

    # roles

    def cite(self, keys, form):
        parts = []
        for key in (k.strip() for k in keys.split(",")):
            if key not in self.book.citations:
                self.fail(f"unknown citation {key!r}")
            names, year = self.book.citations[key]
            parts.append(f"{names} ({year})" if form == "t" else f"{names}, {year}")
        return "; ".join(parts) if form == "t" else f"({'; '.join(parts)})"

    def role(self, name, text):
        custom = TARGET.match(text)
        words, label = (custom[1], custom[2]) if custom else ("", text)
        if name == "eq":
            return self.target(label).words
        if name in ("ref", "numref", "prf:ref"):
            target = self.target(label)
            number = re.search(r"[\d.]+$", target.words)
            words = words.replace("%s", number[0] if number else "").replace("{number}", "%s")
            return self.link(words or target.words, label)
        if name == "doc":
            return self.link(words, Path(label).stem + ".md")
        if name.split(":")[0] == "cite":
            return self.cite(label, (name + ":p").split(":")[1][0])
        if name in ("glue:text", "glue", "glue:any"):
            return self.value(text.split(":")[0])
        if name == "glue:math":
            return f"${self.value(text).strip('$')}$"
        if name == "math":
            return f"${text}$"
        if name in ("term", "abbr"):
            return words or text
        if name == "claim":
            if not LEDGER_ROW.fullmatch(text):
                return ""  # a pointer for the checks alone
            return f"[{text}]({self.book.site_address()}chapters/ledger.html#{text.lower()})"
        if name == "play":
            return f"[{words}]({self.playground()}#{label})"
        if name in ("code", "kbd", "file", "command") or name.startswith("py:"):
            return f"`{text.lstrip('~')}`"
        if name in ("func", "class", "mod", "meth", "attr", "data", "obj"):
            return f"`{words or text.lstrip('~')}`"
        if name in ("sub", "sup"):
            return f"<{name}>{text}</{name}>"
        return self.fail(f"role {{{name}}} has no plain form: `{text}`")

    def playground(self):
        """The address of the playground."""
        return f"{self.book.site_address()}chapters/14_playground.html"

    def link(self, words, where):
        """A Markdown link that works between notebooks; plain words for pages without one."""
        if re.match(r"[a-z]+:/|mailto:", where):
            return f"[{words}]({where})"
        label = where.lstrip("#")
        name = Path(label).stem if label.endswith((".md", ".ipynb")) else label
        target = self.book.targets.get(name)
        if target is None:
            if label.endswith(".md") or where.startswith("#"):
                self.fail(f"link to something unknown: {where!r}")
            return f"[{words}]({where})"
        words = words or target.words
        if target.chapter == self.name:
            return words
        page = next(p for p, _ in self.book.pages if Path(p).stem == target.chapter)
        if page in self.book.with_notebook:
            return f"[{words}]({target.chapter}.ipynb)"
        return f"[{words}]({self.book.site_address()}{page}.html)"

    def inline(self, text):
        """Roles and links in running text put into words; formulas and code stay as they are."""
        out, opened = [""], []  # the text, and of each link that is open its words
        for token in LINES.parseInline(text)[0].children:
            if token.type == "link_open":
                out.append("")
                opened.append(token.attrs["href"])
            elif token.type == "link_close":
                words = out.pop()
                out[-1] += self.link(words, opened.pop())
            elif token.type == "myst_role":
                out[-1] += self.role(token.meta["name"], " ".join(token.content.split()))
            elif token.type.startswith("math"):
                out[-1] += token.markup + token.content + token.markup
            else:  # of words with attributes only the words
                out[-1] += token.content
        return out[0]

    # directives

    def plain(self, found):
        """These pieces as the lines of plain Markdown."""
        out = []
        for piece in found:
            if isinstance(piece, Block):
                out += ["", *self.directive(piece), ""]
            elif isinstance(piece, Words):
                out += self.inline("\n".join(piece.lines)).split("\n")
            elif isinstance(piece, list):
                out += piece
        return out

    def directive(self, block):
        name = block.name

        def inside():
            return trim(self.plain(pieces(block.body, block.body_line)))

        if name == "math":
            return self.display(block)
        if name in BOXES or name == "admonition":
            title = self.inline(block.argument) or BOXES.get(name, "Note")
            if "dropdown" in block.classes:
                return folded(title, inside())
            return quoted([f"**{title}**", "", *inside()])
        if name in ("dropdown", "toggle"):
            return folded(self.inline(block.argument) or "More", inside())
        if name in ("exercise", "exercise-start"):
            label = block.options.get("label")
            words = self.target(label).words if label else "Exercise"
            title = f"{words}: {self.inline(block.argument)}" if block.argument else words
            return [f"### {title}", "", *inside()]
        if name in ("solution", "solution-start"):
            title = f"Solution to {self.target(block.argument).words.lower()}"
            return folded(title, inside()) if name == "solution" else [f"**{title}.**"]
        if name in ("exercise-end", "solution-end"):
            return []
        if name.startswith("prf:") and name[4:] in PROOFS:
            label = block.options.get("label")
            words = self.target(label).words if label else name[4:].capitalize()
            title = f"{words} ({self.inline(block.argument)})" if block.argument else words
            return quoted([f"**{title}.**", "", *inside()])
        if name in ("margin", "sidebar", "epigraph", "pull-quote", "aside"):
            head = [f"**{self.inline(block.argument)}**", ""] if block.argument else []
            return quoted([*head, *inside()])
        if name in ("tab-item", "grid-item", "grid-item-card", "card"):
            words = self.inline(block.argument)
            if words and "link" in block.options:
                suffix = ".md" if block.options.get("link-type") == "doc" else ""
                words = self.link(words, block.options["link"] + suffix)
            return [*([f"**{words}**", ""] if words else []), *inside()]
        if name in ("button-link", "button-ref"):
            return [self.link(" ".join(inside()), block.argument)]
        if name in TRANSPARENT:
            return inside()
        if name == "glossary":
            return self.glossary(block)
        if name in ("figure", "image"):
            return [self.picture(block), "", *(inside() if name == "figure" else ())]
        if name == "table":
            return [f"**{self.inline(block.argument)}**", "", *inside()]
        if name == "list-table":
            return self.list_table(block)
        if name in ("code", "code-block", "sourcecode"):
            return [f"```{block.argument}", *block.body, "```"]
        if name in ("glue:text", "glue:math", "glue", "glue:figure"):
            return [
                f"$$ {self.value(block.argument).strip('$')} $$"
                if name == "glue:math"
                else self.value(block.argument)
            ]
        if name == "playground":  # its script runs on the page alone
            return [f"[The playground]({self.playground()}) stands on the book's page."]
        if name in LEFT_OUT:
            return []
        return self.fail(f"line {block.line}: directive {{{name}}} has no plain form")

    def display(self, block):
        tex = "\n".join(line for line in block.body if line.strip())
        bare, found = tex, 1
        while found:
            bare, found = ENVIRONMENT.subn("", bare)
        if "\\\\" in bare:
            tex = f"\\begin{{aligned}}\n{tex}\n\\end{{aligned}}"
        label = block.options.get("label")
        number = f" \\tag{{{self.target(label).words.strip('()')}}}" if label else ""
        return ["$$", tex + number, "$$"]

    def picture(self, block):
        """The picture itself, written into its address: a notebook that is sent on shows it still.

        Not as an attachment of the cell: JupyterLab shows no SVG that is attached.
        """
        path = self.book.path(self.page).parent / block.argument
        if not path.is_file():
            self.fail(f"line {block.line}: there is no picture {block.argument}")
        if not block.options.get("alt"):
            self.fail(f"line {block.line}: expected :alt: that says what is on {block.argument}")
        kind, _ = mimetypes.guess_type(path.name)
        data = base64.b64encode(path.read_bytes()).decode()
        alt = re.sub(r"([\[\]\\])", r"\\\1", block.options["alt"])
        return f"![{alt}](data:{kind};base64,{data})"

    def glossary(self, block):
        out, term = [], []
        for line in block.body:
            if not line.strip():
                continue
            if line[0] in " :":
                out += [f"**{self.inline(', '.join(term))}**: {self.inline(line.lstrip(' :'))}"]
                term = []
            else:
                term.append(line.strip())
        return [line for entry in out for line in (entry, "")]

    def list_table(self, block):
        rows = []
        for token in BLOCKS.parse("\n".join(block.body)):
            if token.type == "list_item_open" and token.level == 1:
                rows.append([])
            elif token.type == "list_item_open" and token.level == 3:
                rows[-1].append("")
            elif token.type == "inline":
                rows[-1][-1] = f"{rows[-1][-1]} {' '.join(token.content.split())}".lstrip()
        rows = ["| " + " | ".join(self.inline(cell) for cell in row) + " |" for row in rows]
        rule = "|" + "---|" * (rows[0].count("|") - 1)
        caption = [f"**{self.inline(block.argument)}**", ""] if block.argument else []
        return [*caption, rows[0], rule, *rows[1:]]

    # cells

    def cells(self):
        """Cells of the notebook: (kind, source, metadata)."""
        text, solution = [], False
        chapter, section = self.book.number_of(self.page), 0

        def prose():
            for part in sections(self.plain(text)):
                yield "markdown", part, {}
            text.clear()

        for piece in pieces(self.text.split("\n"), self.first_line):
            if isinstance(piece, Block) and piece.name == "code-cell":
                yield from prose()
                code = "\n".join(line for line in piece.body if not POINTER.match(line))
                yield "code", code.strip("\n"), cell_metadata(piece, solution)
                continue
            if isinstance(piece, Block) and piece.name in ("solution-start", "solution-end"):
                solution = piece.name == "solution-start"
            # as the site numbers them: chapters and sections
            if chapter and isinstance(piece, Words) and piece.level in (1, 2):
                section += piece.level == 2
                number = f"{chapter}.{section}" if piece.level == 2 else chapter
                piece = Words([f"{'#' * piece.level} {number} {piece.title}"])
            text.append(piece)
        yield from prose()

    def notebook(self):
        """The notebook, without outputs, the same on every run."""
        address = f"{self.book.site_address()}{self.page}.html"
        about = (
            f"*A chapter of [Backpropagation by Hand]({address}). Run the cells from the top "
            "(Shift+Enter), then change what you like and run them again.*"
        )
        first = FIRST_CELL.format(
            url=self.book.repository["url"], branch=self.book.repository.get("branch", "main")
        ).rstrip()
        cells = [*self.cells()]
        # the title first, then what the notebook needs
        cells[1:1] = [("markdown", about, {}), ("code", first, {"tags": ["setup"]})]
        out = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            }
        )
        for number, (kind, text, metadata) in enumerate(cells, 1):
            new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
            out.cells.append(new(text, id=f"cell-{number}", metadata=metadata))
        return out


def cell_metadata(block, solution):
    tags = block.options.get("tags", [])
    tags = [t.strip() for t in tags.strip("[]").split(",")] if isinstance(tags, str) else list(tags)
    tags = [t for t in tags if t]
    metadata = {}
    if solution:
        tags.append("solution")
        metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
    elif {"hide-input", "hide-cell", "remove-cell", "remove-input"} & set(tags):
        metadata["jupyter"] = {"source_hidden": True}
    if tags:
        metadata["tags"] = tags
    return metadata


def trim(lines):
    """Without empty lines at either end, and no two in a row."""
    out = []
    for line in lines:
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    while out and not out[-1].strip():
        out.pop()
    return out


def quoted(lines):
    return [("> " + line).rstrip() for line in trim(lines)]


def folded(title, lines):
    return ["<details>", f"<summary><b>{title}</b></summary>", "", *lines, "", "</details>"]


def sections(lines):
    """Text of the Markdown cells: one for each heading."""
    lines = trim("\n".join(lines).split("\n"))
    heads = [
        token.map[0]
        for token in BLOCKS.parse("\n".join(lines))
        if token.type == "heading_open" and token.level == 0
    ]
    for start, end in pairwise([0, *heads, len(lines)]):
        if part := trim(lines[start:end]):
            yield "\n".join(part)


def is_notebook(path):
    return "kernelspec" in front_matter(path.read_text("utf-8"))[0]


# -- results that the prose takes from the code ------------------------------------------------------


def stored_values(outputs):
    """Key -> text of the results in glue data: {key: output with its data}."""
    values = {}
    for key, output in outputs.items():
        data = {mime.split("papermill.record/")[-1]: v for mime, v in output["data"].items()}
        text = data.get("text/latex") or data.get("text/plain", "")
        values[key] = text[1:-1] if text[:1] == text[-1:] and text[:1] in "'\"" else text
    return values


def built_values(folder, page):
    """Results of the last build, or None."""
    path = folder / f"{page}.glue.json"
    return stored_values(json.loads(path.read_text("utf-8"))) if path.exists() else None


def run_values(notebook, folder):
    """Results of running the notebook in `folder`."""
    from nbclient import NotebookClient

    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name:
                outputs[name] = output
    return stored_values(outputs)


def make(book, page, glue_folder=None):
    """The student's notebook of a page."""
    chapter = Chapter(book, page)
    notebook = chapter.notebook()
    if not chapter.used:
        return notebook
    values = built_values(glue_folder, page) if glue_folder else None
    if values is None:
        os.environ.setdefault("HANDGRAD_FACE", "static")
        values = run_values(notebook, book.path(page).parent)
    return Chapter(book, page, values).notebook()


def write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="pages to make; all by default")
    parser.add_argument("--out", type=Path, default=ROOT / "notebooks")
    parser.add_argument(
        "--glue",
        type=Path,
        default=ROOT / "_build/jupyter_execute",
        help="folder with the results of a build, if there is one",
    )
    chosen = parser.parse_args()
    book = Book()
    wanted = {Path(c).stem for c in chosen.chapters}
    pages = [page for page in book.with_notebook if not wanted or Path(page).stem in wanted]
    if not pages:
        sys.exit(f"no such chapter: {', '.join(chosen.chapters)}")

    def work(page):
        path = chosen.out / f"{Path(page).stem}.ipynb"
        try:
            write(make(book, page, chosen.glue), path)
        except NotPlain as problem:
            return f"no notebook: {problem}"
        print(path, flush=True)
        return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(work, pages) if problem]
    if problems:  # the others are made all the same
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
