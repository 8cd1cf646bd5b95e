"""What a screen reader is given where MathML alone would be misread.

Speech is made from MathML by rules that know school mathematics: $w^2$ is "w squared", though here it is
the weight of layer 2. Which superscripts are layers is declared by the worlds in which the formulas are
held, so it is asked there. Such parts get words of their own in `aria-label`, which speech engines take
instead of what stands below: layers, partial derivatives, transposes, norms. Signs get their name where
the engines have none or another (ˆ, ⊙, ⊤), and a product that would be read as the application of
a function gets an invisible times. Nothing that is seen, copied or found changes.

`tests/site/test_heard.py` listens to every formula of the book.
"""

import itertools
import re
import unicodedata
from functools import cache
from xml.etree import ElementTree

from docutils import nodes

WORLD = re.compile(r"world:\s*(.+)")
NAME = re.compile(r"\\?\w+?(_\{?\w+\}?)?\^\{?\d\}?")
MARKUP = re.compile(r"<[^>]+>")
NAMED = {"ˆ": "hat", "←": "becomes", "⊙": "elementwise times", "⊤": "transpose", "𝟙": "indicator"}
ACCENTS = {"ˆ": "hat", "¯": "bar", "˜": "tilde", "~": "tilde"}
SIGNS = {
    "+": "plus", "−": "minus", "=": "equals", "⊙": "elementwise times", "⋅": "times", "×": "times",
    ",": "comma", "(": "open paren", ")": "close paren", "[": "open bracket", "]": "close bracket",
    "/": "over", "∗": "star", "…": "dot dot dot", "∇": "nabla", "←": "becomes",
}  # fmt: skip
PARENTHESISED = re.compile(r"\((\w+)\)")
GREEK = {"LAMDA": "lambda"}  # as Unicode spells it
POWERS = {"2": "squared", "3": "cubed"}
USUAL = "Waδ"  # have a layer where no world of a page knows them
INDEXED = "d"  # has one where it is indexed: a source's delta; else a number of neurons
CALLED = set("fghFGH")  # letters that are taken for functions
NORM, BRACE = "‖", "⏟"
TIMES, APPLIED = "\u2062", "\u2061"
ONE_THING = ("mi", "msub", "msup", "msubsup", "mtable")
ROWS = ("math", "mrow", "mstyle", "mtd")


@cache
def declared(world):
    """The symbols of a world as MathML shows them, and whether their superscript is a layer."""
    from formula_marks import checker
    from temml_math import convert

    worlds = checker().worlds
    make = worlds.get(world) or worlds.get(world.replace("-", "_"))
    if make is None:
        return {}
    known = make(1).declarations.items()
    return {MARKUP.sub("", convert(name, False)[0]): d.key == "^" for name, d in known}


def note_layers(app, doctree):
    r"""Tell each formula of a page which symbols have a layer there.

    `% world:` holds until the next; what it doesn't know is asked of the page's other worlds, and so
    is a lone name in a sentence, such as $\delta^3$: it is often of what stands further up.
    """
    kinds = nodes.comment | nodes.math | nodes.math_block
    found = list(doctree.findall(lambda n: isinstance(n, kinds)))
    named = [WORLD.match(n.astext()) if isinstance(n, nodes.comment) else None for n in found]
    worlds = [[w.strip() for w in m[1].split(",")] for m in named if m]
    rest = {}
    for world in itertools.chain(*worlds):
        for symbol, keyed in declared(world).items():
            rest[symbol] = keyed or rest.get(symbol, False)
    rest = dict.fromkeys(USUAL, True) | rest
    now = worlds[0] if worlds else []
    for node, match in zip(found, named, strict=True):
        if match:
            now = [w.strip() for w in match[1].split(",")]
        elif not isinstance(node, nodes.comment):
            known = dict(rest)
            for world in () if NAME.fullmatch(node.astext()) else now:
                known |= declared(world)
            node["layered"] = "".join(sorted(s for s, keyed in known.items() if keyed))


def text_of(element):
    return "".join(element.itertext())


def layer(base, script, layered):
    """True where this superscript of this base says the layer."""
    letters = list(base.iter("mi"))
    if len(letters) != 1 or base.tag not in ("mi", "mover"):
        return False
    said = text_of(script)
    if re.fullmatch(r"[lL]([+−]1)?|1", said):
        return True  # a first power is never written
    plain = unicodedata.normalize("NFKC", letters[0].text or "")
    return plain in layered and bool(re.fullmatch(r"\d|[km]([+−]1)?", said))


def indexed(script):
    """What has a layer above whenever it has this index: w with two, and a source's delta."""
    return INDEXED + "w" * (len(text_of(script)) == 2)


def letter(text):
    """A letter or figure by its name; None for any other sign."""
    if text == "ℓ":
        return "script l"
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) != 1:
        return plain if plain.isalnum() else None
    greek = re.fullmatch(r"GREEK SMALL LETTER (?:FINAL )?(\w+)", unicodedata.name(plain, ""))
    said = GREEK.get(greek[1], greek[1].lower()) if greek else plain
    bold = "bold " if "BOLD" in unicodedata.name(text, "") else ""
    return bold + said if plain.isalnum() else None


def joined(parts):
    return None if None in parts else " ".join(filter(None, parts))


def words(element, layered):
    """What a teacher says for this piece of a formula; None where that isn't known."""
    kind, parts = element.tag, list(element)
    if kind == "mi":
        text = element.text or ""
        return SIGNS.get(text) or letter(text)
    if kind in ("mn", "mtext"):
        text = " ".join((element.text or "").split())
        return text if len(text) != 1 else letter(text)
    if kind == "mspace":
        return ""
    if kind == "mo":
        sign = (element.text or "").strip("\ufe0e")
        if sign in (APPLIED, TIMES):
            return ""
        return "negative" if sign == "−" and element.get("form") == "prefix" else SIGNS.get(sign)
    if kind == "mover" and text_of(parts[1]) in ACCENTS:
        return joined([words(parts[0], layered), ACCENTS[text_of(parts[1])]])
    if kind in ("msub", "munder") and text_of(parts[0]) == "∑":
        return joined(["the sum over", words(parts[1], layered), "of"])
    if kind == "mtable":
        return matrix(parts, layered)
    if kind == "msub":
        return joined([words(parts[0], layered), "sub", words(parts[1], layered)])
    if kind in ("msup", "msubsup"):
        said = [words(parts[0], layered)]
        if kind == "msubsup":
            layered += indexed(parts[1])
            index = words(parts[1], layered)
            if index and re.fullmatch(r"\d\d", index) and layer(parts[0], parts[2], layered):
                index = " ".join(index)  # two indices of a weight, no two-digit number
            said += ["sub", index]
        return joined([*said, superscript(parts[0], parts[-1], layered)])
    if kind == "mfrac":
        over_under = joined([words(parts[0], layered), "over", words(parts[1], layered)])
        return derivative(element, layered) or over_under
    if kind == "munder" and marked(element):
        said = words(parts[1], layered)
        return joined([words(parts[0][0], layered), "marked", said and said.replace("times", "by")])
    if kind in ("mrow", "mstyle", "mtd"):
        return row(parts, layered)
    return None


def matrix(rows, layered):
    cells = [[words(cell, layered) for cell in row] for row in rows]
    if None in itertools.chain(*cells) or len({len(row) for row in cells}) != 1:
        return None
    said = ", ".join(f"row {k}: {' '.join(row)}" for k, row in enumerate(cells, 1))
    return f"the {len(cells)} by {len(cells[0])} matrix, {said}"


def marked(element):
    """True for what has a brace below and a remark under that."""
    inner = element[0]
    return inner.tag == "munder" and text_of(inner[1]) == BRACE and len(element) == 2


def superscript(base, script, layered):
    text = text_of(script)
    if set(text) == {"′"}:
        return " ".join(["prime"] * len(text))
    if text == "⊤":
        return "transpose"
    if layer(base, script, layered):
        said = words(script, layered)
        pause = "," if script.tag == "mrow" else ""  # where the index ends
        return said and f"of layer {said}{pause}"
    if match := PARENTHESISED.fullmatch(text):
        return f"superscript {match[1]} in parentheses"
    return POWERS.get(text)


def row(parts, layered):
    """The parts of a row, one after the other; brackets round one thing are heard as a pause would be."""
    if len(parts) == 3 and text_of(parts[0]) in ("(", "[") and parts[1].tag in ONE_THING:
        return words(parts[1], layered)
    return joined([words(part, layered) for part in parts])


def derivative(fraction, layered):
    """A fraction of two ∂ in words; None if it is none, or its parts can't be said."""
    over, under = fraction
    top, below = (list(part) if part.tag == "mrow" else [part] for part in (over, under))
    if not top or not below or text_of(below[0]) != "∂":
        return None
    order = ""
    if text_of(top[0]) == "∂2" and top[0].tag == "msup":
        order = "second "
    elif text_of(top[0]) != "∂":
        return None
    what = row(top[1:], layered) if top[1:] else ""
    by, at = [[]], below[1:]
    for part in at:
        if text_of(part) == "∂":
            by.append([])
        else:
            by[-1].append(part)
    if order and len(by) == 1 and len(by[0]) == 1 and by[0][0].tag == "msup":
        by = [[by[0][0][0]]]  # of ∂w², w
    last = [row(one, layered) if one else None for one in by]
    if what is None or None in last:
        return None
    of = f"of {what} " if what else ""
    return f"the {order}partial derivative {of}with respect to {' and '.join(last)}"


def label(element, layered):
    """The words of an element that speech engines would misread; None if they don't."""
    kind, parts = element.tag, list(element)
    if kind == "mfrac":
        return derivative(element, layered)
    if kind == "munder" and marked(element):
        return words(element, layered)
    if kind in ("msup", "msubsup"):
        layered += indexed(parts[1]) if kind == "msubsup" else ""
        of_brackets = parts[0].tag == "mo"
        script = text_of(parts[-1])
        named = script == "⊤" or PARENTHESISED.fullmatch(script)
        if layer(parts[0], parts[-1], layered) or (named and not of_brackets):
            return words(element, layered)
    elif kind == "mi" and element.get("mathvariant") == "normal" and (element.text or "").isascii():
        return element.text  # an upright letter is that letter
    elif kind in ("mi", "mo", "mn"):
        return NAMED.get((element.text or "").strip("\ufe0e"))
    return None


def pieces(parts, layered):
    """From, to, and words of what in a row is one piece though its MathML isn't: norms, transposed
    brackets, ∂J/∂w in a line. From the last to the first."""
    bars = [k for k, part in enumerate(parts) if text_of(part) in (NORM, NORM + "2")]
    for a, b in zip(bars[::2], bars[1::2], strict=False):
        said = row(parts[a + 1 : b], layered)
        if said and text_of(parts[a]) == NORM:
            yield a, b + 1, f"the {'squared ' * (text_of(parts[b]) != NORM)}norm of {said}"
    opened = []
    for k, part in enumerate(parts):
        text = text_of(part)
        if part.tag == "mo" and text == "(":
            opened.append(k)
        elif text.startswith(")") and opened:
            a = opened.pop()
            inner = parts[a + 1 : k]
            said = row(inner, layered)
            if text == ")⊤" and said:
                said = said if len(inner) == 1 else f"open paren {said} close paren"
                yield a, k + 1, f"{said} transpose"
    for a in range(len(parts) - 2):
        over, by, under = (words(part, layered) for part in parts[a : a + 3])
        if called(parts[a]) and by == "over" and over and under:
            yield a, a + 3, f"{over} over {under}"
    for a in range(len(parts) - 4):
        if [text_of(parts[a + k]) for k in (0, 2, 3)] == ["∂", "/", "∂"]:
            over, under = words(parts[a + 1], layered), words(parts[a + 4], layered)
            if over and under:
                yield a, a + 5, f"the partial derivative of {over} with respect to {under}"


def called(element):
    """True for a letter that speech takes for a function, with or without indices, but no prime."""
    base = element[0] if element.tag in ("msub", "msubsup", "msup") else element
    return base.tag == "mi" and base.text in CALLED and "′" not in text_of(element)


def help_row(element, layered):
    """Put into a row what it lacks: pieces with a name of their own, an invisible times after f, g, h."""
    parts = list(element)
    start = len(parts)
    for a, b, said in sorted(pieces(parts, layered), reverse=True):
        if b <= start:
            start = a
            piece = ElementTree.Element("mrow", {"aria-label": said})
            piece.extend(parts[a:b])
            parts[a:b] = [piece]
    out = []
    for k, part in enumerate(parts):
        out.append(part)
        after = next((other for other in parts[k + 1 :] if other.tag != "mspace"), None)
        if after is None:
            continue
        if called(part) and after.tag not in ("mo", "mtext") and text_of(after)[:1] not in "(/.":
            out.append(sign(TIMES))
        elif part.text == "𝟙" and text_of(after).startswith("["):
            out.append(sign(APPLIED))
    if out != list(element):
        element[:] = out


def sign(text):
    element = ElementTree.Element("mo")
    element.text = text
    return element


def helped(mathml, layered=""):
    """`mathml` with words where they are needed; the same text if they aren't.

    `layered`: the symbols whose superscript is a layer where it isn't `l` or `L`.
    """
    tree = ElementTree.fromstring(mathml)

    def go(element):
        if element.get("aria-label"):
            return
        said = label(element, layered)
        if said:
            element.set("aria-label", said)
            return
        if element.tag in ROWS:
            help_row(element, layered)
        for part in element:
            go(part)

    go(tree)
    return ElementTree.tostring(tree, encoding="unicode", short_empty_elements=False)


def setup(app):
    app.connect("doctree-read", note_layers)
    safe = {"parallel_read_safe": True, "parallel_write_safe": True}
    return {"version": "1", "env_version": 1, **safe}  # pages read without it are read again
