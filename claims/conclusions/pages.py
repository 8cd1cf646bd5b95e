r"""Which sentences of the pages point to which claim, and which should and do not.

A pointer is the role ``{claim}`…` `` behind a sentence, or in a code cell a comment ``# claim: …``
on the line before a caption or a description. It names

    ch06-fastest       a conclusion of this folder
    eq:ch06-link       a displayed formula that is checked
    cell:four-ways     a code cell that says ``# check: four-ways`` and does compare (`check.agree`,
                       `book_says`)
    test:tour_xor      a test of tests/test_playground.py, for what the page's own script does
    ledger:S2-07       a row of the ledger; ``{claim}`S2-07` `` shows a link to it
"""

import ast
import hashlib
import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from eqworlds import read_chapter
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from claims.conclusions import results
from claims.conclusions.digest import ROOT, shape, state

LEDGER_ROW = re.compile(r"S\d-\d+")
COMMENT = re.compile(r"^\s*# (claim|check): (\S+)\s*$")
WORDS = re.compile(
    r"\b(best|better|worst|worse|fastest|faster|slowest|slower|only|never|always|all|none|most|"
    r"least|enough|every)\b",
    re.I,
)
ROLE_END = re.compile(r"\{([a-z][\w:.-]*)\}$")
MOST_REVIEWED = 0.1
_DIRECTIVE = re.compile(r"^\{([\w:.-]+)\}\s*(.*)$")
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")


@dataclass(frozen=True)
class Pointer:
    """A place that names a claim."""

    page: str
    line: int
    name: str
    shown: bool = False  # a link to the ledger, which readers see
    section: int = 0  # counted by the headings of the second level


@dataclass
class Item:
    """Something on a page that needs a claim: a bullet, a box, a caption, a solution."""

    page: str
    line: int
    kind: str
    text: str = ""
    pointers: list = field(default_factory=list)


@dataclass
class Page:
    """What the claims need to know of a page."""

    path: Path
    pointers: list = field(default_factory=list)
    items: list = field(default_factory=list)
    checks: dict = field(default_factory=dict)  # name of a cell -> (line, does it compare)
    settings: dict = field(default_factory=dict)  # section -> what its cells set to given values

    @property
    def name(self):
        return self.path.stem


@cache
def _markdown():
    parser = MarkdownIt("commonmark").enable("table")
    for plugin in (front_matter_plugin, colon_fence_plugin, dollarmath_plugin, myst_block_plugin):
        parser.use(plugin)
    return parser


def read(path):
    """Return what a page points to, and what on it needs a claim."""
    page = Page(Path(path))
    _Reader(page).text(page.path.read_text("utf-8"), 0)
    return page


class _Reader:
    def __init__(self, page):
        self.page = page
        self.open = []  # items that what comes belongs to
        self.in_summary = False
        self.section = 0

    def text(self, text, offset):
        tokens = _markdown().parse(text)
        depth = 0  # of lists
        for at, token in enumerate(tokens):
            line = offset + token.map[0] + 1 if token.map else None
            if token.type in ("fence", "colon_fence"):
                self.fence(token, offset + token.map[0] + 1)
            elif token.type == "heading_open":
                words = tokens[at + 1].content
                self.section += token.tag == "h2"
                if token.tag in ("h1", "h2"):
                    self.in_summary = words.strip() == "Summary"
            elif token.type == "list_item_open":
                depth += 1
                if depth == 1 and self.in_summary:
                    self.start("summary", line)
            elif token.type == "list_item_close":
                depth -= 1
                if depth == 0 and self.in_summary:
                    self.end()
            elif token.type == "inline":
                self.words(token, line)

    def start(self, kind, line):
        item = Item(self.page.name, line, kind)
        self.page.items.append(item)
        self.open.append(item)

    def end(self):
        item = self.open.pop()
        if item.kind == "solution" and not WORDS.search(item.text):
            self.page.items.remove(item)

    def pointer(self, name, line, shown=False):
        self.page.pointers.append(Pointer(self.page.name, line, name, shown, self.section))
        for item in self.open:
            item.pointers.append(name)

    def words(self, token, line):
        before, said = "", []
        for child in token.children:
            role = ROLE_END.search(before) if child.type == "code_inline" else None
            if role and role[1] == "claim":
                row = LEDGER_ROW.fullmatch(child.content)
                self.pointer(
                    f"ledger:{child.content}" if row else child.content, line, shown=bool(row)
                )
            elif role and role[1] == "eq":
                for item in self.open:
                    item.pointers.append(f"eq:{child.content}")
            said.append(" " if child.type in ("softbreak", "hardbreak") else child.content)
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            before = child.content if child.type == "text" else ""
        for item in self.open:
            item.text = f"{item.text} {' '.join(''.join(said).split())}".strip()

    def fence(self, token, line):
        directive = _DIRECTIVE.match(token.info.strip())
        if not directive:
            return
        name, argument = directive[1], directive[2]
        lines, options, first = token.content.split("\n"), {}, 0
        while first < len(lines) and (found := _OPTION.match(lines[first].strip())):
            options[found[1]] = found[2]
            first += 1
        body, below = "\n".join(lines[first:]), line + first
        classes = options.get("class", "").split()
        if name == "code-cell":
            self.cell(body, below)
        elif name == "math":
            for item in self.open:
                if "label" in options:
                    item.pointers.append(f"eq:{options['label']}")
        elif name == "solution-start":
            self.start("solution", line)
        elif name == "solution-end":
            self.end()
        elif name == "solution" or "mistake" in classes:
            self.start("solution" if name == "solution" else "mistake box", line)
            self.text(argument + "\n" * (1 + first) + body, line - 1)
            self.end()
        elif name in ("figure", "table", "glue:figure") and WORDS.search(argument + body):
            self.start("caption", line)
            self.text(body, below)
            self.end()
        elif name not in ("code", "code-block", "raw", "glossary", "bibliography"):
            outer, self.in_summary = self.in_summary, self.in_summary or "summary" in classes
            self.text(body, below)
            self.in_summary = outer
        elif name == "glossary":
            self.text(body, below)

    def cell(self, body, offset):
        """Pointers in comments, the name of a check, and captions with what must be claimed."""
        comments = {}
        for number, line in enumerate(body.split("\n"), 1):
            if found := COMMENT.match(line):
                comments.setdefault(number, []).append(found)
        tree = _python(body)
        self.page.settings.setdefault(self.section, []).extend(given_values(tree))
        for number, found in comments.items():
            for what in found:
                if what[1] == "claim":
                    self.pointer(what[2], offset + number)
                elif what[2] in self.page.checks:
                    raise ValueError(
                        f"{self.page.path}:{offset + number}: check {what[2]!r} is there twice"
                    )
                else:
                    self.page.checks[what[2]] = (offset + number, compares(tree))
        for node in ast.walk(tree):
            if not isinstance(node, ast.keyword) or node.arg != "caption":
                continue
            text = "".join(
                c.value
                for c in ast.walk(node.value)
                if isinstance(c, ast.Constant) and isinstance(c.value, str)
            )
            if not WORDS.search(text):
                continue
            names = [
                what[2]
                for number, found in comments.items()
                if node.value.lineno - 1 <= number <= node.value.end_lineno
                for what in found
                if what[1] == "claim"
            ]
            self.page.items.append(
                Item(self.page.name, offset + node.value.lineno, "caption", text, names)
            )


def _python(body):
    lines = [
        "pass" if re.match(r"\s*[%!]", line) else line.rstrip(";") for line in body.split("\n")
    ]
    return ast.parse("\n".join(lines))


def given_values(tree):
    """Return what a cell sets to values that are written out, as text: rates, sizes, budgets."""
    values = [s.value for s in tree.body if isinstance(s, ast.Assign)]
    return [
        shape(value)
        for value in values
        if {n.id for n in ast.walk(value) if isinstance(n, ast.Name)} <= {"np"}
    ]


def settings(pages):
    """Return conclusion -> digest of what is set in the sections of the pages that name it.

    A conclusion repeats an experiment of its page in code of its own. If the page's experiment is
    set up otherwise, somebody must look at the conclusion again. Names don't count, only values.
    """
    found = {}
    for page in pages:
        for pointer in page.pointers:
            values = page.settings.get(pointer.section, ())
            found.setdefault(pointer.name, set()).update(f"{page.name} {value}" for value in values)
    return {
        name: hashlib.sha256("\0".join(sorted(values)).encode()).hexdigest()[:16]
        for name, values in found.items()
    }


def book_settings(root=ROOT):
    """Return `settings` of the whole book."""
    return settings([read(path) for path in sorted((Path(root) / "chapters").glob("*.md"))])


def compares(tree):
    """True if a cell's code compares something and can fail."""
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "attr", None)
        name = name or getattr(getattr(node, "func", None), "id", None)
        if isinstance(node, ast.Assert) or name in ("agree", "book_says"):
            return True
    return False


class Claims:
    """All claims that a page may point to, and what is wrong with the pointers.

    Parameters
    ----------
    root : path
        The repository.
    folder : path, optional
        The pages that are looked at, by default `root/chapters`; targets are always the book's.
    """

    def __init__(self, root=ROOT, folder=None):
        self.root = Path(root)
        everything = sorted((self.root / "chapters").glob("*.md"))
        self.whole = folder is None or Path(folder).resolve() == (self.root / "chapters").resolve()
        mine = everything if self.whole else sorted(Path(folder).glob("*.md"))
        self.pages = [read(path) for path in mine]
        others = self.pages if self.whole else [read(path) for path in everything]
        self.checks = {name: found for page in others for name, found in page.checks.items()}
        self.everything = everything
        ledger = json.loads((self.root / "claims/ledger/claims.json").read_text("utf-8"))
        self.rows = {row["id"] for row in ledger}
        self.known = state(self.root)
        self.settings = settings(others)
        self.found = results(self.root / "claims/conclusions/results.json")

    @cached_property
    def equations(self):
        """Label -> kind of every display of the book, as the checker reads them."""
        found = {}
        for path in self.everything:
            found |= {e.label: e.kind for e in read_chapter(path) if e.label}
        return found

    @cached_property
    def tests(self):
        """Names of the playground's tests, without `test_`."""
        text = (ROOT / "tests/test_playground.py").read_text("utf-8")
        return set(re.findall(r"^def test_(\w+)\(", text, re.M))

    def wrong(self, name):
        """Say what is wrong with the claim of this name, or return None."""
        kind, colon, rest = name.partition(":")
        if colon and kind == "eq":
            found = self.equations.get(rest)
            return None if found == "check" else f"no checked display has the label {rest!r}"
        if colon and kind == "cell":
            if rest not in self.checks:
                return f"no code cell says `# check: {rest}`"
            compares = self.checks[rest][1]
            return None if compares else f"the cell `# check: {rest}` compares nothing"
        if colon and kind == "ledger":
            return None if rest in self.rows else f"the ledger has no claim {rest!r}"
        if colon and kind == "test":
            return None if rest in self.tests else f"no test of the playground is called {rest!r}"
        if colon:
            kinds = "eq:, cell:, test: or ledger:"
            return f"{name!r}: expected a conclusion, or what begins with {kinds}"
        if name not in self.known:
            return f"no function in claims/conclusions/ tries the conclusion {name!r}"
        return self.result_wrong(name)

    def result_wrong(self, name):
        """Say what is wrong with the result of a conclusion, or return None."""
        given, digest, where = self.known[name]
        if name not in self.found:
            return f"the conclusion {name!r} ({where}) has no result: run `make conclusions`"
        last = self.found[name]
        if not last["held"]:
            return f"the conclusion {name!r} ({where}) does not hold: {last.get('why')}"
        if last["digest"] != digest or any(last.get(key) != text for key, text in given.items()):
            return (
                f"the conclusion {name!r} ({where}) has a stale result: run "
                "`python -m claims.conclusions --changed`"
            )
        if last.get("settings") != self.settings.get(name):
            return (
                f"the conclusion {name!r} ({where}) was tried while its page set other values: hold "
                "its rates, sizes and budgets against the page's, then run "
                "`python -m claims.conclusions --changed`"
            )
        return None

    def problems(self):
        """Return (path, line, message) of everything that must stop the build."""
        found, named = [], set()
        for page in self.pages:
            for pointer in page.pointers:
                named.add(pointer.name)
                if message := self.wrong(pointer.name):
                    found.append((page.path, pointer.line, message))
        if self.whole:
            for name in sorted({*self.known, *self.found} - named):
                path, _, line = self.known.get(name, ("", "", ""))[2].partition(":")
                if path and not self.has_page_of(path):
                    continue  # a book of a few chapters
                path = path or "claims/conclusions/results.json"
                message = f"no page names the conclusion {name!r}"
                found.append((self.root / path, int(line or 1), message))
        return found

    def has_page_of(self, path):
        """True if the chapter of a module such as `ch06.py` is among the pages."""
        number = re.search(r"ch(\w+)\.py$", path)[1]
        return any(page.name.startswith(f"{number}_") for page in self.pages)

    def reviewed(self):
        """Return (page, start of the sentence) -> reason, from `reviewed.toml`."""
        path = self.root / "claims/conclusions/reviewed.toml"
        listed = tomllib.loads(path.read_text("utf-8")).get("sentence", [])
        return {(row["page"], row["starts"]): row["reason"] for row in listed}

    def items(self):
        return [item for page in self.pages for item in page.items]

    def unclaimed(self):
        """Return the items that point to nothing and are not on the reviewed list."""
        listed = self.reviewed()
        return [
            item
            for item in self.items()
            if not self.holding(item)
            and not any(item.page == page and starts in item.text for page, starts in listed)
        ]

    def holding(self, item):
        """The pointers of an item that lead to a claim; a definition is none."""
        return [
            name
            for name in item.pointers
            if not name.startswith("eq:") or self.equations.get(name[3:]) == "check"
        ]


def report(claims=None):
    """Return the items without a claim, and how many there are on each page, as text."""
    claims = claims or Claims()
    open_items, every = claims.unclaimed(), Counter(item.page for item in claims.items())
    lines = [f"{i.page}:{i.line}: {i.kind}: {i.text[:90]}" for i in open_items]
    kinds = ("summary", "mistake box", "caption", "solution")
    count = Counter((item.page, item.kind) for item in open_items)
    lines += ["", f"{'page':34s}{'items':>7s}{'open':>7s}" + "".join(f"{k:>13s}" for k in kinds)]
    for page, total in every.items():
        numbers = [count[page, kind] for kind in kinds]
        lines.append(
            f"{page:34s}{total:7d}{sum(numbers):7d}" + "".join(f"{n:13d}" for n in numbers)
        )
    listed = len(claims.reviewed())
    lines.append(f"{'together':34s}{every.total():7d}{len(open_items):7d}   reviewed: {listed}")
    return "\n".join(lines)
