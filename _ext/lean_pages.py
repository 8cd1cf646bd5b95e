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
from elements import elements, replaced
from fresh_pages import written

# the search of Sphinx too: the book has its own
UNUSED_SCRIPTS = (
    "scripts/fontawesome.js",
    "thebe",
    "togglebutton.js",
    "searchtools.js",
    "searchindex.js",
)
UNUSED_CODE = ("THEBE_JS_URL", "thebe_selector", "togglebuttonSelector", "toggleHint", "toggleOpen")
#: A script -> what a page holds that needs it. Bootstrap's shows the words of a button beside it, as
#: browsers do without it.
NEEDED_FOR = {
    "scripts/bootstrap.js": re.compile(r'data-bs-toggle="(?!tooltip")'),
    "design-tabs.js": re.compile("sd-tab-set"),
}
SEARCH_SCRIPTS = ("language_data.js",)
UNUSED_STYLES = ("sphinx-thebe.css", "togglebutton.css")

JOINED = re.compile(r"book\.[0-9a-f]{8}\.css")
COLON = "literal", ":"  # as `words_of` gives it
ICON_NAME = re.compile(r"fa-[\w-]+")
ELSEWHERE = re.compile(r"data:|https?:|#|/")  # an address that stays as it is
WORD = re.compile(r"[\w-]+")
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

    def keep(text, script):
        if "json" in script.get("type", ""):  # data, not a script
            return text
        source, code = file_of(script.get("src", "")), script.string or ""
        if any(name in source for name in UNUSED_SCRIPTS) or any(c in code for c in UNUSED_CODE):
            return ""
        if not is_search and source.endswith(SEARCH_SCRIPTS):
            return ""
        if any(
            source.endswith(name) and not sign.search(html) for name, sign in NEEDED_FOR.items()
        ):
            return ""
        if (source or code) in seen:
            return ""
        seen.add(source or code)
        if source.endswith("documentation_options.js"):  # tiny, and other scripts need it at once
            return f"<script>{options_script}</script>"
        if source and not (script.has_attr("defer") or script.has_attr("async")):
            return text.replace("<script", "<script defer", 1)
        return text

    def unless_early(text, link):
        return "" if link.get("rel") == ["preload"] and link.get("as") == "script" else text

    html = replaced(html, "<script", "</script>", keep)
    return in_head(html, unless_early)


def file_of(address):
    """An address without what follows a question mark."""
    return address.partition("?")[0]


def in_head(html, new):
    """`html` with ``new(text, link)`` in place of each `<link>` of its head."""
    head, end, body = html.partition("</head>")
    return replaced(head, "<link", ">", new) + end + body


def is_style(link):
    return "stylesheet" in link.get("rel", ())


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
        self.static, self.words, self.made, self.known = static, words, {}, {}

    def read(self, name, done):
        """The rules of a style sheet; what it imports comes in their place, once."""
        if name in done:
            return
        done.add(name)
        for rule in self.rules(name):
            keyword = getattr(rule, "lower_at_keyword", None)
            if keyword == "import":
                yield from self.read(self._imported(rule, posixpath.dirname(name)), done)
            elif keyword != "charset":
                yield rule

    def rules(self, name):
        """The rules of one style sheet, with addresses as from the folder of all."""
        if name not in self.known:
            here = posixpath.dirname(name)
            self.known[name] = css_rules((self.static / name).read_text("utf-8"))
            for node in addresses(r for r in self.known[name] if r.type != "at-rule" or r.content):
                if not ELSEWHERE.match(node.value):
                    node.value = posixpath.normpath(posixpath.join(here, node.value))
                    quoted = tinycss2.serializer.serialize_string_value(node.value)
                    node.representation = (
                        f"url({node.value})" if node.type == "url" else f'"{quoted}"'
                    )
        return self.known[name]

    def _imported(self, rule, here):
        """The file that an `@import` names, without what follows a question mark."""
        named = [*addresses(rule.prelude), *(n for n in rule.prelude if n.type == "string")]
        return posixpath.normpath(posixpath.join(here, file_of(named[0].value)))

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
    head = html.partition("</head>")[0]
    links = [file_of(x["href"]) for _, _, x in elements(head, "<link", ">") if is_style(x)]
    names = [link.removeprefix(prefix).removeprefix("_static/") for link in links]
    return tuple(n for n in dict.fromkeys(names) if not n.endswith(UNUSED_STYLES))


def lean_styles(html, joined, prefix):
    """`html` with one style sheet in place of all."""
    links = iter([f'<link rel="stylesheet" href="{prefix}_static/{joined}">'])
    return in_head(html, lambda text, link: next(links, "") if is_style(link) else text)


def own_scripts(static, pages):
    """The scripts that pages, given as text, may load."""
    text = "".join(pages)
    left_out = ["fontawesome.js", *(name for name in NEEDED_FOR if name not in text)]
    return [
        p
        for p in static.rglob("*.js")
        if not p.as_posix().endswith(tuple(left_out)) and "vendor" not in p.parts
    ]


def words_of(nodes):
    """The parts of a style sheet without white space, each as its type and its value."""
    return [(n.type, getattr(n, "value", "")) for n in nodes if n.type != "whitespace"]


def icon(rule):
    """Names and character of a rule that does nothing but show an icon; none of another rule."""
    if rule.type != "qualified-rule":
        return [], ""
    match words_of(rule.content):
        case [("ident", "content"), ("literal", ":"), ("string", shown)] if len(shown) == 1:
            character = shown
        case _:
            return [], ""
    names = []
    for selector in split_selectors(rule.prelude):
        match words_of(selector):
            case [("literal", "."), ("ident", name), *colons, ("ident", "before")] if (
                name.startswith("fa-") and colons in ([COLON], [COLON, COLON])
            ):
                names.append(name)
            case _:
                return [], ""
    return names, character


def characters_shown(nodes):
    """Characters, each in a string of its own, that an icon font may have to show."""
    for node in nodes:
        if node.type == "string" and len(node.value) == 1 and "\uf000" <= node.value <= "\uffff":
            yield node.value
        for inner in ("content", "arguments"):
            yield from characters_shown(getattr(node, inner, None) or ())


def cut_icons(static, text):
    """Keep only the Font Awesome rules and glyphs that style sheets, or pages and scripts, can show.

    `text` is that of all pages and scripts.
    """
    from fontTools import subset

    used, wanted = set(ICON_NAME.findall(text)), set()
    theme = insides.theme_file(static, "styles/pydata-sphinx-theme.css")
    for path in [*static.glob("*.css"), *static.glob("styles/*.css")]:
        kept = []
        for rule in tinycss2.parse_stylesheet(path.read_text("utf-8")):  # licences are comments
            _no_error(rule)
            names, character = icon(rule)
            if not names:
                wanted.update(characters_shown([rule]))
            elif used.isdisjoint(names):
                continue
            else:
                wanted.add(character)
            kept.append(rule)
        if path == theme:
            path.write_text(css_text(kept), "utf-8")
    for path in insides.icon_fonts(static):
        options = subset.Options(flavor="woff2", layout_features=[])
        font = subset.load_font(str(path), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[ord(character) for character in wanted])
        cut.subset(font)
        subset.save_font(font, str(path), options)


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
    insides.measure_nothing_early(static)
    options_script = (static / "documentation_options.js").read_text("utf-8")
    styles, before, html = app.page_styles, {}, {}
    for name, path in pages.items():
        before[name] = html[name] = path.read_text("utf-8")
        if name in written:
            styles[name] = style_names(html[name], "../" * name.count("/"))
            html[name] = lean_scripts(of_the_theme(html[name]), options_script, name == "search")
    scripts = [p.read_text("utf-8", "ignore") for p in own_scripts(static, html.values())]
    text = "\n".join([*html.values(), *scripts])
    cut_icons(static, text)
    sheets = StyleSheets(static, set(WORD.findall(text)))
    for name, path in pages.items():
        joined = sheets.join(tuple(styles[name]))
        if name in written:
            html[name] = lean_styles(html[name], joined, "../" * name.count("/"))
        else:  # of an earlier build: only the name of its style sheet may differ
            html[name] = JOINED.sub(joined, html[name])
        if html[name] != before[name]:
            path.write_text(html[name], "utf-8")


def of_the_theme(html):
    """`html` with what the theme leaves to be mended."""
    for mend in (
        insides.named_parts,
        insides.said_index,
        insides.coloured_at_once,
        insides.titled_buttons,
    ):
        html = mend(html)
    return html


def setup(app):
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table it cuts
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
