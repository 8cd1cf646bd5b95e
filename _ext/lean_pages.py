"""Make the built pages light, as the last step of a build.

No script that the page does not use, none that blocks the page, one style sheet instead of a
dozen, and an icon font with only the icons that are shown.
"""

import hashlib
import json
import logging
import posixpath
import re
from pathlib import Path

import insides
import tinycss2
from fresh_pages import written

UNUSED_SCRIPTS = ("scripts/fontawesome.js", "thebe", "togglebutton.js")
UNUSED_CODE = ("THEBE_JS_URL", "thebe_selector", "togglebuttonSelector", "toggleHint", "toggleOpen")
SEARCH_SCRIPTS = ("searchtools.js", "language_data.js", "searchindex.js")
UNUSED_STYLES = ("sphinx-thebe.css", "togglebutton.css")

SCRIPT = re.compile(r"[ \t]*<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>\n?", re.S)
JOINED = re.compile(r"book\.[0-9a-f]{8}\.css")
STYLE = re.compile(r'[ \t]*<link[^>]*rel="stylesheet"[^>]*/?>\n?')
PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"[^>]*/?>\n?')
SOURCE = re.compile(r'(?:src|href)="([^"?]*)')
ICON = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"\\([0-9a-f]+)"\}')
ICON_CHARACTER = re.compile(r'"\\(f[0-9a-f]{3})"')
ICON_NAME = re.compile(r"fa-[\w-]+")
ELSEWHERE = re.compile(r"data:|https?:|#|/")  # an address that stays as it is
WORD = re.compile(r"[\w-]+")
# what the theme measures on every page as soon as it opens
MEASURED = (
    '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
    '".pst-scrollable-table-container"].join(", ")'
)
# where the theme leaves a page without colours until its deferred script has run
NO_COLOURS = {
    ' data-theme="auto"': ' data-theme="light"',  # stays where scripts are off
    'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";': "document.documentElement.dataset.theme = "  # noqa: E501
    '{light: "light", dark: "dark"}[localStorage.getItem("mode")]\n'
    '      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");',
}

FRONT_DOOR = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Backpropagation by Hand</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}"></head>
<body><main><h1>Backpropagation by Hand</h1><p><a href="{page}">Open the book</a></p></main></body>
</html>
"""


def lean_scripts(html, options_script, is_search):
    """`html` with each script it needs once, deferred; `options_script` is put in place."""
    seen = set()

    def keep(match):
        attributes, code = match["attributes"], match["code"]
        if "json" in attributes:  # data, not a script
            return match[0]
        found = SOURCE.search(attributes)
        source = found[1] if found else ""
        if any(name in source for name in UNUSED_SCRIPTS) or any(c in code for c in UNUSED_CODE):
            return ""
        if not is_search and source.endswith(SEARCH_SCRIPTS):
            return ""
        if (source or code) in seen:
            return ""
        seen.add(source or code)
        if source.endswith("documentation_options.js"):  # tiny, and other scripts need it at once
            return f"<script>{options_script}</script>\n"
        if source and not re.search(r"\b(defer|async)\b", attributes):
            return match[0].replace("<script", "<script defer", 1)
        return match[0]

    return PRELOAD.sub("", SCRIPT.sub(keep, html))


def without_comments(nodes):
    """The parts of a style sheet without comments, at any depth; a ValueError if one is no CSS."""
    kept = [node for node in nodes if node.type != "comment"]
    for node in kept:
        _no_error(node)
        for inner in ("content", "arguments"):
            if isinstance(getattr(node, inner, None), list):
                setattr(node, inner, without_comments(getattr(node, inner)))
    return kept


def css_rules(css):
    """The rules of a style sheet, given as text or as what stands within a rule.

    Raises
    ------
    ValueError
        If something in it is no CSS.
    """
    if isinstance(css, str):
        css = tinycss2.parse_component_value_list(css)
    rules = tinycss2.parse_stylesheet(
        without_comments(css), skip_comments=True, skip_whitespace=True
    )
    for rule in rules:
        _no_error(rule)
    return rules


def _no_error(node):
    if node.type == "error":
        raise ValueError(f"expected CSS, got in line {node.source_line}: {node.message}")


def css_text(nodes):
    """What these parts are in a style sheet."""
    return tinycss2.serialize(nodes).strip()


def split_selectors(prelude):
    """The selectors of a rule: its prelude, split at commas that stand outside brackets."""
    part = []
    for node in prelude:
        if node == ",":
            yield part
            part = []
        else:
            part.append(node)
    yield part


def names_in(selector):
    """Words of the classes and ids of a selector; those inside `:not(…)`, `:is(…)` and the like not."""
    before = None
    for node in selector:
        if node.type == "hash" or (node.type == "ident" and before == "."):
            yield from WORD.findall(node.value)
        elif node.type == "function" and node.lower_name not in ("not", "is", "where", "has"):
            yield from names_in(node.arguments)
        before = node


def used_rules(css, words):
    """The style sheet without rules for classes and ids that are not among `words`.

    A name inside `:not(…)`, `:is(…)` and the like does not make a rule needless.
    """
    out = []
    for rule in css_rules(css) if isinstance(css, str) else css:
        prelude = css_text(rule.prelude)
        if rule.type == "at-rule":
            head = f"@{rule.at_keyword} {prelude}".strip()
            if rule.content is None:
                out.append(head + ";")
            elif rule.lower_at_keyword in ("media", "supports", "layer", "container"):
                inside = used_rules(css_rules(rule.content), words)
                if inside:
                    out.append(f"{head}{{{inside}}}")
            else:
                out.append(f"{head}{{{css_text(rule.content)}}}")
        else:
            kept = [s for s in split_selectors(rule.prelude) if words.issuperset(names_in(s))]
            body = css_text(rule.content)
            if kept and body:
                out.append(f"{','.join(css_text(s) for s in kept)}{{{body}}}")
    return "\n".join(out)


def addresses(nodes):
    """The parts of a style sheet that hold an address, `url(…)` with quotes or without."""
    for node in nodes:
        if node.type == "url":
            yield node
        elif node.type == "function" and node.lower_name == "url":
            yield from (argument for argument in node.arguments if argument.type == "string")
        else:
            for inner in ("prelude", "content", "arguments"):
                yield from addresses(getattr(node, inner, None) or ())


class StyleSheets:
    """Joins style sheets, with what they import, into one file named by its content.

    Rules for names that are not among `words` are left out.
    """

    def __init__(self, static, words):
        self.static, self.words, self.made = static, words, {}

    def read(self, name, done):
        """The rules of a style sheet; what it imports comes in their place, once."""
        if name in done:
            return
        done.add(name)
        here = posixpath.dirname(name)
        for rule in css_rules((self.static / name).read_text("utf-8")):
            keyword = getattr(rule, "lower_at_keyword", None)
            if keyword == "charset":
                continue
            if keyword == "import":
                yield from self.read(self._imported(rule, here), done)
                continue
            for node in addresses([rule]):
                if not ELSEWHERE.match(node.value):
                    node.value = posixpath.normpath(posixpath.join(here, node.value))
                    quoted = tinycss2.serializer.serialize_string_value(node.value)
                    node.representation = (
                        f"url({node.value})" if node.type == "url" else f'"{quoted}"'
                    )
            yield rule

    def _imported(self, rule, here):
        """The file that an `@import` names, without what follows a question mark."""
        named = [*addresses(rule.prelude), *(n for n in rule.prelude if n.type == "string")]
        return posixpath.normpath(posixpath.join(here, named[0].value.split("?")[0]))

    def join(self, names):
        if names not in self.made:
            done = set()
            rules = (rule for name in names for rule in self.read(name, done))
            css = re.sub(r"\s*\n\s*", "\n", used_rules(rules, self.words))
            self.made[names] = "book." + hashlib.sha256(css.encode()).hexdigest()[:8] + ".css"
            (self.static / self.made[names]).write_text(css, "utf-8")
        return self.made[names]


def style_names(html, prefix):
    """The style sheets that a page as Sphinx wrote it asks for and needs."""
    links = [SOURCE.search(link)[1] for link in STYLE.findall(html)]
    names = [link.removeprefix(prefix).removeprefix("_static/") for link in links]
    return tuple(n for n in dict.fromkeys(names) if not n.endswith(UNUSED_STYLES))


def lean_styles(html, joined, prefix):
    """`html` with one style sheet in place of all."""
    link = f'<link rel="stylesheet" href="{prefix}_static/{joined}">\n'
    first, *others = STYLE.findall(html)
    for other in others:
        html = html.replace(other, "", 1)
    return html.replace(first, link, 1)


def own_scripts(static):
    """The scripts that pages may load."""
    return [
        p for p in static.rglob("*.js") if p.name != "fontawesome.js" and "vendor" not in p.parts
    ]


def coloured_at_once(html):
    """`html` that is light or dark from its first sight, as the reader or the system wants it.

    Raises
    ------
    RuntimeError
        If the theme's page no longer holds what is replaced.
    """
    for old, new in NO_COLOURS.items():
        if html.count(old) != 1:
            raise RuntimeError(
                f"expected {old.strip()} once in a page, found it {html.count(old)} times; "
                f"was the theme upgraded? See {Path(__file__).name}"
            )
        html = html.replace(old, new)
    return html


def cut_icons(static, pages):
    """Keep only the Font Awesome rules and glyphs that pages, scripts or style sheets can show."""
    from fontTools import subset

    sheet = static / "styles/pydata-sphinx-theme.css"
    theme = sheet.read_text("utf-8")
    text = "".join(p.read_text("utf-8", "ignore") for p in [*pages, *own_scripts(static)])
    used = set(ICON_NAME.findall(text))
    wanted = set()

    def rule(match):
        if used.isdisjoint(ICON_NAME.findall(match[1])):
            return ""
        wanted.add(match[2])
        return match[0]

    theme = ICON.sub(rule, theme)
    sheet.write_text(theme, "utf-8")
    for path in [*static.glob("*.css"), *static.glob("styles/*.css")]:
        css = path.read_text("utf-8")
        wanted |= set(ICON_CHARACTER.findall(ICON.sub("", css)))
    for path in static.glob("vendor/fontawesome/webfonts/*.woff2"):
        options = subset.Options(flavor="woff2", layout_features=[])
        font = subset.load_font(str(path), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[int(code, 16) for code in wanted])
        cut.subset(font)
        subset.save_font(font, str(path), options)


def measure_nothing_early(static):
    """Keep the theme from measuring every piece of code on a page as soon as it opens.

    It does so to let the keyboard reach what scrolls, and the browser must lay out a whole chapter
    for it. Our page.js does the same when a reader comes near.

    Raises
    ------
    RuntimeError
        If the theme's script no longer holds what is replaced.
    """
    script = static / "scripts/pydata-sphinx-theme.js"
    code = script.read_text("utf-8")
    if '"[data-measured]"' in code:  # an earlier build's copy
        return
    if code.count(MEASURED) != 1:
        raise RuntimeError(
            f"{script.name}: expected the theme's list of scrolling elements once, found it "
            f"{code.count(MEASURED)} times; was the theme upgraded? See {Path(__file__).name}"
        )
    script.write_text(code.replace(MEASURED, '"[data-measured]"'), "utf-8")


def write_front_door(out, root):
    """`index.html`: leads to the first page of the book."""
    (out / "index.html").write_text(FRONT_DOOR.format(page=f"{root}.html"), "utf-8")


def forget_words(index):
    """Leave words that only earlier builds had out of the search index; Sphinx keeps them, empty."""
    start, text = index.read_text("utf-8").split("(", 1)
    data = json.loads(text.removesuffix(")"))
    for name in ("terms", "titleterms"):
        data[name] = {word: pages for word, pages in data[name].items() if pages != []}
    index.write_text(f"{start}({json.dumps(data, sort_keys=True)})", "utf-8")


def pages_of(out, found_docs):
    """(name, path) of the pages in `out`; those of chapters that are gone are removed."""
    for path in sorted(p for p in out.rglob("*.html") if "_static" not in p.parts):
        name = path.relative_to(out).with_suffix("").as_posix()
        if name in written or name in found_docs:
            yield name, path
        elif name != "index":
            path.unlink()


def finish(app, exception):
    if exception or app.builder.format != "html" or not written:
        return
    out = Path(app.outdir)
    static = out / "_static"
    if app.config.root_doc != "index":
        write_front_door(out, app.config.root_doc)
    forget_words(out / "searchindex.js")
    pages = dict(pages_of(out, app.env.found_docs))
    for old in static.glob("book.????????.css"):
        old.unlink()
    measure_nothing_early(static)
    cut_icons(static, pages.values())
    words = set()
    for path in [*pages.values(), *own_scripts(static)]:
        words.update(WORD.findall(path.read_text("utf-8", "ignore")))
    sheets = StyleSheets(static, words)
    options_script = (static / "documentation_options.js").read_text("utf-8")
    styles = app.page_styles
    for name, path in pages.items():
        prefix = "../" * name.count("/")
        html = before = path.read_text("utf-8")
        if name in written:
            styles[name] = style_names(html, prefix)
            html = lean_scripts(
                coloured_at_once(insides.named_parts(html)), options_script, name == "search"
            )
            html = lean_styles(html, sheets.join(styles[name]), prefix)
        else:  # of an earlier build: only the name of its style sheet may differ
            html = JOINED.sub(sheets.join(tuple(styles[name])), html)
        if html != before:
            path.write_text(html, "utf-8")


def setup(app):
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table it cuts
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
