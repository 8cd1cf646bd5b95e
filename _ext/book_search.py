"""The search of the book: sections of all pages, with their formulas as a person would type them.

Sphinx finds pages by their words, and shows the formulas in what it found as letters without fractions
or indices. Here each section of each page is written to one file, `_static/search_sections.js`, which
the search page alone loads; `assets/book_search.js` looks into it. In a section's text a formula reads
`1/4` or `w_ij^l`; beside the text stand words for it, "derivative of J with respect to w".
"""

import json
import re
import unicodedata
import zlib
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from fresh_pages import written

SECTIONS = "search_sections.js"
NOT_BOOK = {"search", "genindex", "py-modindex", "index"}
ARTICLE = re.compile(r"<article\b.*</article>", re.S)
MATH = re.compile(r"<math\b.*?</math>", re.S)
VOID = {"br", "hr", "img", "input", "wbr", "source", "col"}
# parts without anything to find: buttons, controls, how a formula was checked
SKIPPED = {"script", "style", "button"}
SKIPPED_CLASSES = {"headerlink", "run-chapter", "hg-controls", "visually-hidden"}
HEADS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = HEADS | {"p", "li", "tr", "td", "th", "div", "pre", "dt", "dd", "figcaption", "summary"}

SPACED = set("=≈≠<>≤≥←→∝∈+−±⋅·×⊙≪≫⟺⇒")
COMBINING = {"ˆ": "\u0302", "^": "\u0302", "¯": "\u0304", "˜": "\u0303", "~": "\u0303"}
ACCENTS = {"ˆ": "hat", "^": "hat", "¯": "bar", "˜": "tilde", "~": "tilde"}
BRACES = set("⏟⏞︸︷")
NAMES = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ϵ": "epsilon", "ε": "epsilon",
    "η": "eta", "λ": "lambda", "μ": "mu", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi",
    "∇": "gradient nabla", "∑": "sum", "⊙": "elementwise hadamard product", "⊤": "transpose",
    "′": "prime derivative", "‖": "norm",
}  # fmt: skip


def tag(element):
    return element.tag.rpartition("}")[2]


def grouped(text):
    """`text` in brackets, if signs in it would be read with what stands beside it."""
    whole = text.startswith("(") and text.endswith(")") and ")" not in text[1:-1]
    return text if whole or not re.search(r"[ /+−=,]", text) else f"({text})"


def typed(element):
    """A formula as a person would type it, from its MathML: `w_ij^l`, `1/4`."""
    kind = tag(element)
    if kind in ("mi", "mn", "mtext", "ms"):
        return (element.text or "").replace("\xa0", " ")
    if kind == "mo":
        return re.sub("[\u2061-\u2064\ufe0e]", "", element.text or "")
    if kind == "mspace":
        return "" if element.get("width", "").startswith("-") else " "
    if kind == "mtable":
        rows = (" ".join(filter(None, map(typed, row))) for row in element)
        return "; ".join(" ".join(row.split()) for row in rows)
    parts = [typed(child).strip() for child in element]
    if kind == "mfrac":
        return "/".join(grouped(part) for part in parts)
    if kind in ("msqrt", "mroot"):
        return f"√({parts[0]})" if kind == "mroot" else f"√({row_of(element)})"
    if kind in ("mover", "munder") and len(parts) == 2:
        if parts[1] in COMBINING:
            return unicodedata.normalize("NFC", parts[0] + COMBINING[parts[1]])
        if BRACES & set(parts[1]):
            return parts[0]
        if tag(element[0]) in ("mover", "munder") and BRACES & set(typed(element[0][1])):
            return f"{parts[0]} ({parts[1]})"  # what stands under a brace
    if kind in ("msub", "munder"):
        return f"{parts[0]}_{grouped(parts[1])}"
    if kind in ("msup", "mover"):
        return parts[0] + (
            "'" * len(parts[1]) if set(parts[1]) == {"′"} else f"^{grouped(parts[1])}"
        )
    if kind in ("msubsup", "munderover"):
        return f"{parts[0]}_{grouped(parts[1])}^{grouped(parts[2])}"
    return row_of(element)


def row_of(element):
    """The parts of a row, with spaces around signs that stand between two others."""
    out, between = "", False
    for child in element:
        text = typed(child)
        sign = tag(child) == "mo" and text.strip() in SPACED
        if sign and (between or text not in "+−±"):
            out += f" {text} "
        else:
            out += text + (" " if text in (",", ";") else "")
        if text.strip():
            between = not sign and text not in ("(", "[", "{", ",", ";")
    return out


def words(element):
    """Words for what a formula says beside its letters."""
    for part in element.iter():
        kind = tag(part)
        if kind == "mfrac":
            over, under = (typed(child).strip() for child in part)
            if over.startswith("∂") and under.startswith("∂"):
                yield f"derivative of {over[1:]} with respect to {under[1:]}"
        elif kind == "mover" and (part[1].text or "") in ACCENTS:
            yield f"{typed(part[0])} {ACCENTS[part[1].text]}"
        elif kind in ("mi", "mo") and (part.text or "") in NAMES:
            yield NAMES[part.text]


class Sections(HTMLParser):
    """Reads an article; `found` is a list of [id, title, text] of its sections."""

    def __init__(self):
        super().__init__()
        self.found, self.open, self.skipping, self.stack, self.in_head = [], [], 0, [], False

    def handle_starttag(self, name, attributes):
        if name in VOID:
            return
        given = dict(attributes)
        classes = set((given.get("class") or "").split())
        parent = self.stack[-1] if self.stack else ("", set())
        skip = (
            self.skipping
            or name in SKIPPED
            or classes & SKIPPED_CLASSES
            or (name == "details" and "held" in classes)
            or (name == "summary" and "hide" in parent[1])  # "Show the code"
        )
        self.stack.append((name, classes))
        self.skipping += bool(skip)
        if name == "section" and not skip:
            place = given.get("id", "")
            if place.endswith("-content") and self.open:  # of an exercise: it has no title
                self.open.append(self.open[-1])
            else:
                self.open.append(len(self.found))
                self.found.append([place, "", ""])
        if name in HEADS:
            self.in_head = True
        if name in BLOCKS:
            self.handle_data(" ")

    def handle_endtag(self, name):
        if name in VOID or not self.stack:
            return
        while self.stack:
            last, _ = self.stack.pop()
            self.skipping -= self.skipping > 0
            if last == "section" and self.open and not self.skipping:
                self.open.pop()
            if last == name:
                break
        if name in HEADS:
            self.in_head = False
        if name in BLOCKS:
            self.handle_data(" ")

    def handle_data(self, text):
        if self.open and not self.skipping:
            self.found[self.open[-1]][1 if self.in_head else 2] += text


def sections(html):
    """Yield id, title, text and phrases for the formulas of each section of a page."""
    article = ARTICLE.search(html)
    if not article:
        return
    more = []

    def text_of(found):
        formula = ElementTree.fromstring(found[0].replace("&nbsp;", "\xa0"))
        more.append(list(words(formula)))
        return escape(" ".join(typed(formula).split())) + f"\x00{len(more) - 1}\x00"

    reader = Sections()
    reader.feed(MATH.sub(text_of, article[0]))
    for place, title, text in reader.found:
        numbers = dict.fromkeys(re.findall("\x00(\\d+)\x00", text))
        further = dict.fromkeys(phrase for n in numbers for phrase in more[int(n)])
        clean = [" ".join(re.sub("\x00\\d+\x00", "", part).split()) for part in (title, text)]
        yield place, *clean, list(further)


def write(app, exception):
    """Write the sections of all pages, as the search page reads them."""
    if exception or app.builder.format != "html" or not written:
        return
    out, rows = Path(app.outdir), []
    for name in sorted(app.env.found_docs - NOT_BOOK):
        found = list(sections((out / f"{name}.html").read_text("utf-8")))
        title = found[0][1] if found else ""
        rows += [[name, place, title, *rest] for place, *rest in found]
    data = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    script = f"window.bookSections={data};\n".encode()
    (out / f"_static/{SECTIONS}").write_bytes(script)
    # Sphinx wrote the search page before: it knew no script, or that of the last build
    page = out / "search.html"
    asked = re.compile(rf'_static/{re.escape(SECTIONS)}(\?v=\w*)?"')
    text, found = asked.subn(
        f'_static/{SECTIONS}?v={zlib.crc32(script):08x}"', page.read_text("utf-8")
    )
    if not found:
        raise ValueError(f"search.html: expected it to ask for {SECTIONS}, and it does not")
    page.write_text(text, "utf-8")


def furnish(app, pagename, templatename, context, doctree):
    if pagename == "search":
        for name in (SECTIONS, "book_search.js"):
            app.add_js_file(name, loading_method="defer")  # for this page: Sphinx takes it back


def setup(app):
    app.connect("html-page-context", furnish)
    app.connect("build-finished", write, priority=800)  # before lean_pages
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
