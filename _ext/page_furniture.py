"""What every page wears: style, fonts, favicon, a description for search engines, folded boxes.

Boxes of class `dropdown` and the solutions of exercises become `<details>`: they fold without a
script, are found by the keyboard and by the browser's search, and open in print.
"""

import json
import re
import sys
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import temml_math
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tools"))
import address  # noqa: E402
import insides  # noqa: E402
from elements import replaced  # noqa: E402

FIRST_VIEW_FONTS = [
    f"stix-two-text-{name}.woff2" for name in ("400-normal", "600-normal", "400-italic")
]
# Fetched early, so that nothing moves when the fonts come. By a script, since browsers call a
# <link rel="preload"> of a font an error where the page is read from disk.
PRELOAD = """<script>if (location.protocol !== "file:") %s.forEach(function (font) {
  var link = document.createElement("link");
  link.rel = "preload"; link.as = "font"; link.type = "font/woff2"; link.crossOrigin = "";
  link.href = "%s" + font; document.head.append(link); });</script>"""
DESCRIPTION_LENGTH = 155  # what search engines show


class folded(nodes.General, nodes.Element):
    """A box that the reader opens."""


class folded_title(nodes.General, nodes.TextElement):
    """Its title, always in view."""


class heard(nodes.General, nodes.Element):
    """What is seen, with `words` for those who hear it."""


class FoldBoxes(SphinxPostTransform):
    default_priority = 990  # after sphinx-exercise has resolved the titles
    formats = ("html",)

    def run(self, **kwargs):
        for box in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in box["classes"]:
                continue
            title = next((c for c in box.children if isinstance(c, nodes.title)), None)
            words = title.astext() if title else "Show"
            new = folded(ids=box["ids"], classes=["admonition", *box["classes"]])
            new["classes"] = list(dict.fromkeys(new["classes"]))
            # plain text: a link within something that is pressed confuses keyboard and reader
            new += folded_title(words, words)
            new += [child for child in box.children if child is not title]
            box.replace_self(new)


def visit_folded(self, node):
    self.body.append(self.starttag(node, "details"))


def depart_folded(self, node):
    self.body.append("</details>\n")


def visit_folded_title(self, node):
    self.body.append('<summary class="admonition-title">')


def depart_folded_title(self, node):
    self.body.append("</summary>\n")


def visit_heard(self, node):
    words = f'<span class="visually-hidden">{escape(node["words"])}</span>'
    self.body.append(words + '<span aria-hidden="true">')


def depart_heard(self, node):
    self.body.append("</span>")


def first_words(doctree, length=DESCRIPTION_LENGTH):
    """The beginning of the page's first paragraph, cut between words."""
    for paragraph in doctree.findall(nodes.paragraph):
        formulas = paragraph.next_node(nodes.math) or paragraph.next_node(nodes.image)
        words = " ".join(paragraph.astext().split())
        if formulas or len(words) < 40:
            continue
        if len(words) <= length:
            return words
        return words[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"
    return ""


def site_address(config):
    """Where GitHub Pages puts the book, from the address of the repository."""
    given = config.html_baseurl
    if given:
        return given.rstrip("/") + "/"
    url = config.html_theme_options.get("repository_url", "")
    return address.pages(url) if url else ""


def head(app, pagename, templatename, context, doctree):
    """Description, social preview, fonts of the first view."""
    context["script_files"][:] = [f for f in context["script_files"] if "thebe" not in str(f)]
    tags, pathto = [], context["pathto"]
    maths = ["maths.woff2"] if "<math" in (context.get("body") or "") else []
    tags.append(PRELOAD % (json.dumps(FIRST_VIEW_FONTS + maths), pathto("_static/fonts/", 1)))
    title = context.get("title") or pagename.capitalize()
    title = BeautifulSoup(title, "html.parser").get_text()
    description = (context.get("meta") or {}).get("description")
    if not description and doctree is not None:
        description = first_words(doctree)
    description = description or f"{title} – {app.config.project}"
    address = site_address(app.config)
    title = escape(title)
    for name, value in (
        ("og:type", "article"),
        ("og:site_name", app.config.project),
        ("og:title", title),
        ("og:description", escape(description)),
        ("og:image", address and address + "_static/social_preview.png"),
        (
            "og:image:alt",
            "A small network with its weights on the wires, under the title of the book",
        ),
    ):
        if value:
            tags.append(f'<meta property="{name}" content="{value}">')
    tags.append('<meta name="twitter:card" content="summary_large_image">')
    tags.append(f'<meta name="description" content="{escape(description)}">')
    tags.append('<meta name="color-scheme" content="light dark">')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags) + "\n"


def spoken(element):
    """Words for a small formula, from its MathML: `w_{ij}` is "w sub ij"."""
    tag = element.tag.split("}")[-1]
    parts = [spoken(child) for child in element]
    joined = {"mfrac": " over ", "msub": " sub ", "msup": " superscript ", "munder": " under "}
    if tag in joined and len(parts) == 2:
        return joined[tag].join(parts)
    if tag == "msubsup" and len(parts) == 3:
        return f"{parts[0]} sub {parts[1]} superscript {parts[2]}"
    if tag == "mover" and len(parts) == 2:
        return f"{parts[0]} {'hat' if parts[1] in '^ˆ' else parts[1]}"
    return (element.text or "").strip() + "".join(parts)


def words_of(node, config):
    """The words of a part of the page, with words for its formulas."""
    if isinstance(node, nodes.math):
        mathml, _ = temml_math.convert(node.astext(), False, temml_math.macros(config))
        return f" {spoken(ElementTree.fromstring(mathml))} " if mathml else node.astext()
    if isinstance(node, nodes.Text):
        return node.astext()
    return " ".join(words_of(child, config) for child in node.children)


def heads_something(entry):
    """True if this cell of a table is the head of a column or of a row."""
    row = entry.parent
    stubs = [column.get("stub") for column in row.parent.parent.findall(nodes.colspec)]
    at = row.index(entry)
    return isinstance(row.parent, nodes.thead) or (at < len(stubs) and stubs[at])


class NameHeaders(SphinxPostTransform):
    """Words in heads of tables that are formulas: not every reader finds those in MathML."""

    default_priority = 990
    formats = ("html",)

    def run(self, **kwargs):
        for entry in self.document.findall(nodes.entry):
            if heads_something(entry) and entry.next_node(nodes.math):
                words = " ".join(words_of(entry, self.config).split())
                seen = heard("", *entry.children, words=words)
                entry.children = []
                entry += seen


def with_room(body, images):
    """Give hand-made pictures the size that stands in their file, so that room is kept for them.

    As attributes: a size that Sphinx writes is a style, and a picture keeps it on a narrow screen.
    """

    def sized(text, image):
        folder, _, name = image.get("src", "").rpartition("/")
        path = images / name
        if not folder.endswith("_images") or path.suffix != ".svg" or image.get("width"):
            return text
        drawing = ElementTree.parse(path).getroot()
        size = f'width="{drawing.get("width")}" height="{drawing.get("height")}"'
        return text.replace("<img ", f"<img {size} ", 1)

    return replaced(body, "<img ", ">", sized)


def mend(app, pagename, templatename, context, doctree):
    """Small faults of what others write, for those who hear the page, and for its first sight."""
    if context.get("body"):
        body = insides.plain_roles(context["body"])
        context["body"] = with_room(body, HERE.parent / "images")


def formulas_in_docstrings(app, what, name, obj, options, lines):
    """Docstrings write formulas between dollar signs, as the chapters do; leave literals alone."""
    text = re.sub(
        r"(``.*?``)|\$([^$\n]+)\$",
        lambda m: m[1] or f":math:`{m[2]}`",
        "\n".join(lines),
        flags=re.S,
    )
    lines[:] = text.split("\n")


def assets(app, config):
    config.html_static_path += [
        str(HERE / "static"),
        str(HERE.parent / "images/social_preview.png"),
    ]
    config.templates_path.append(str(HERE / "templates"))


def setup(app):
    app.add_node(folded, html=(visit_folded, depart_folded))
    app.add_node(heard, html=(visit_heard, depart_heard))
    app.add_node(folded_title, html=(visit_folded_title, depart_folded_title))
    for transform in (FoldBoxes, NameHeaders):
        app.add_post_transform(transform)
    app.add_css_file("book.css", priority=900)
    app.add_js_file("page.js", loading_method="defer")
    app.connect("config-inited", assets)
    app.connect("autodoc-process-docstring", formulas_in_docstrings)
    app.connect("html-page-context", mend, priority=600)
    app.connect("html-page-context", head, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
