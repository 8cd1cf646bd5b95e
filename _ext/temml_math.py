"""Render TeX to MathML while the book is built: the pages need no script for their formulas.

Temml (`vendor/temml.min.js`) runs in V8, which the package mini-racer brings. A formula that Temml
cannot parse is a Sphinx warning with file and line. At the end of the build the maths font is cut
to the characters that the pages show.
"""

import atexit
import hashlib
import os
import re
import shutil
from functools import lru_cache
from html import unescape
from pathlib import Path

from docutils import nodes
from fresh_pages import written
from heard_maths import helped
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

log = logging.getLogger(__name__)
VENDOR = Path(__file__).parent / "vendor"
FONT = VENDOR / "STIXTwoMath-Regular.ttf"

NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather|multline|eqnarray)\}")
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}((?!\\begin).)*?\\end\{\1\}", re.S)
MATH = re.compile(r"<math.*?</math>", re.S)
TAG = re.compile(r"<[^>]+>")
NOT_SHOWN = re.compile(r"<(script|style|pre)\b.*?</\1>", re.S)
# function application, invisible times, comma and plus; variation selector; line end
INVISIBLE = set("\u2061\u2062\u2063\u2064\ufe0e\n\t")
# <mi>x</mi> is written x and shown as the italic letter of the mathematical alphabets
ITALIC = {0x1D434 + i for i in range(52)} | {0x210E} | {0x1D6E2 + i for i in range(58)}
RADICAL = "\u221a"  # <msqrt> draws it, no page holds it
# what browsers ask a maths font for; hinting is half of its bytes, and the text faces have none
CUT = {
    "layout_features": ["ssty", "dtls", "flac", "ccmp", "kern", "mark", "mkmk"],
    "hinting": False,
    "notdef_outline": True,
    "flavor": "woff2",
}
# closing signs that must not begin a line, and opening ones that must not end it
CLOSING = re.compile(r"[,.;:!?)\]’”…]+")
OPENING = re.compile(r"[(\[‘“]+$")
# a sum with limits alone in its row, as Temml writes it
SUM = re.compile(
    r"<mrow>(<(munder|munderover)><mo movablelimits=\"false\")(>[∑∏]</mo>(?:(?!</?munder).)*</\2>)</mrow>"
)
SUM_SPACE = '<mspace width="0.1667em"></mspace>'  # what MathML leaves beside it
RENDER = """function render(tex, display, macros) {
  try {
    return [temml.renderToString(tex, {displayMode: display, throwOnError: true, trust: true,
                                       macros: macros}), ""];
  } catch (error) { return ["", String(error.message)]; }
}"""


@lru_cache(None)
def engine(process):
    """One V8 for each process: a forked one is not expected to work."""
    from py_mini_racer import MiniRacer

    v8 = MiniRacer()
    atexit.register(v8.close)
    v8.eval((VENDOR / "temml.min.js").read_text("utf-8"))
    v8.eval(RENDER)
    return v8


@lru_cache(None)
def convert(tex, display, macros=()):
    """MathML of `tex` and an error message, one of which is empty."""
    mathml, error = engine(os.getpid()).call("render", tex, display, dict(macros))
    # a spacing overline (U+203E) would stretch in some fonts only; the macron stretches in ours
    return spaced_sums(mathml.replace("\u203e", "\u00af")), error


def spaced_sums(mathml):
    """`mathml` with the space beside a sum written down: Firefox forgets it when it measures cells."""
    return SUM.sub(rf'<mrow>{SUM_SPACE}\1 lspace="0em" rspace="0em"\3{SUM_SPACE}</mrow>', mathml)


def macros(config):
    """The book's own commands, as `convert` takes them."""
    return tuple(sorted(config.math_macros.items()))


def several_lines(tex):
    """True where ``\\\\`` stands outside every environment."""
    found = 1
    while found:
        tex, found = ENVIRONMENT.subn("", tex)
    return r"\\" in tex


def display_tex(tex, nowrap=False):
    """What the renderer gets: Sphinx numbers equations, and bare lines stand in a split."""
    tex = NUMBERED.sub(r"\\\1{\2*}", tex.strip())
    if not nowrap and several_lines(tex):
        tex = r"\begin{split}" + tex + r"\end{split}"
    return tex


def mathml(translator, node, tex, display):
    out, error = convert(tex, display, macros(translator.builder.config))
    if error:
        log.warning("formula not rendered: %s\n%s", error, tex, location=node, type="math")
        return f"<code>{translator.encode(tex)}</code>"
    return helped(out, node.get("layered", ""))


def visit_math(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate"))
    translator.body.append(mathml(translator, node, node.astext(), False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(translator, node):
    tex = display_tex(node.astext(), node.get("nowrap"))
    body = translator.body
    body.append(translator.starttag(node, "div", CLASS="math notranslate"))
    body.append('<div class="math-scroll">' + mathml(translator, node, tex, True) + "</div>")
    if node.get("number") and r"\tag" not in tex:
        body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        body.append("</span>")
    body.append("</div>\n")
    raise nodes.SkipNode


def hold_punctuation(app, doctree, docname):
    """Put each inline formula and the signs beside it into one span that doesn't wrap: browsers
    break lines before and after a formula, whatever follows it."""
    for node in list(doctree.findall(nodes.math)):
        parent, at = node.parent, node.parent.index(node)
        before, after = (
            parent[k]
            if 0 <= k < len(parent) and isinstance(parent[k], nodes.Text)
            else nodes.Text("")
            for k in (at - 1, at + 1)
        )
        opening, closing = OPENING.search(before), CLOSING.match(after)
        if not (opening or closing):
            continue
        held = nodes.inline("", "", classes=["held"])
        parent[at] = held
        if closing:
            parent[at + 1] = nodes.Text(after[closing.end() :])
        if opening:
            parent[at - 1] = nodes.Text(before[: opening.start()])
        held += [
            nodes.Text(opening[0] if opening else ""),
            node,
            nodes.Text(closing[0] if closing else ""),
        ]


def characters(pages, text_font):
    """Characters that the maths font must show: all in formulas, and in prose those that the
    text font lacks."""
    in_math, in_text = {RADICAL}, set()
    for html in pages:
        for formula in MATH.findall(html):
            in_math.update(unescape(TAG.sub("", formula)))
        in_text.update(unescape(TAG.sub(" ", NOT_SHOWN.sub(" ", MATH.sub(" ", html)))))
    return in_math - INVISIBLE, {c for c in in_text if ord(c) > 0xFF and ord(c) not in text_font}


def cut_to(unicodes, folder):
    """The maths font as WOFF2 with only these characters; kept in `folder`, since it takes time."""
    import fontTools
    from fontTools import subset

    wanted = f"{fontTools.version} {CUT} {sorted(unicodes)}".encode()
    kept = folder / (hashlib.sha256(FONT.read_bytes() + wanted).hexdigest()[:16] + ".woff2")
    if not kept.exists():
        options = subset.Options(**CUT)
        font = subset.load_font(str(FONT), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=unicodes)
        cut.subset(font)
        shutil.rmtree(folder, ignore_errors=True)  # of earlier builds
        folder.mkdir(parents=True)
        unfinished = kept.with_suffix(".tmp")
        subset.save_font(font, str(unfinished), options)
        unfinished.replace(kept)
    return kept


def cut_font(app, exception):
    """Write `_static/fonts/maths.woff2` with only the characters that the pages need."""
    if exception or app.builder.format != "html" or not written:
        return
    from fontTools.ttLib import TTFont

    out = Path(app.outdir)
    pages = [p.read_text("utf-8") for p in sorted(out.rglob("*.html")) if "_static" not in p.parts]
    text_font = TTFont(out / "_static/fonts/stix-two-text-400-normal.woff2").getBestCmap()
    in_math, in_text = characters(pages, text_font)
    known = TTFont(FONT).getBestCmap()
    missing = sorted(c for c in in_math if ord(c) not in known)
    if missing:
        named = " ".join(f"{c} U+{ord(c):04X}" for c in missing)
        log.warning("the maths font lacks %s", named, type="math")
    kept = cut_to({ord(c) for c in in_math | in_text} | ITALIC, out.parent / ".maths_font")
    target = out / "_static/fonts/maths.woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, target)


def setup(app):
    app.add_config_value("math_macros", {}, "html")
    app.add_html_math_renderer("temml", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-resolved", hold_punctuation)
    app.connect("build-finished", cut_font, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
