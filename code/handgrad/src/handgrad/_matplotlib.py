"""What matplotlib keeps private or undocumented and this package uses: all of it, and only here.

A part that a later version moves costs a reader time and nothing else: `missing` names it, formulas
are read and axes placed anew for every frame. The tests fail, and say which part.
"""

from functools import lru_cache

from matplotlib import backend_bases, text, textpath, ticker
from matplotlib.mathtext import MathTextParser

#: (where, name of the attribute, what it is to us)
PARTS = (
    (MathTextParser, "_parse_cached", "reads a formula, with a memory of fifty"),
    (text, "TextToPath", "what a vector file makes outlines with"),
    (textpath.TextToPath(), "mathtext_parser", "the reader of formulas of such an object"),
    (backend_bases.RendererBase(), "_text2path", "where a renderer keeps one"),
    (ticker.FixedLocator([0]), "locs", "places of ticks set by hand"),
    (ticker.FixedFormatter(["0"]), "seq", "their names"),
    (ticker.FuncFormatter(str), "func", "the function that writes the labels"),
    (ticker.FormatStrFormatter("%d"), "fmt", "the pattern that writes them"),
    (ticker.StrMethodFormatter("{x}"), "fmt", "the same in the other style"),
    (text.Annotation("", (0, 0)), "xyann", "where the words of an annotation stand"),
    (text.Annotation("", (0, 0)), "anncoords", "and in which coordinates"),
)


def missing():
    """Return the parts that the installed matplotlib does not have, as "where.name: what"."""
    gone = [
        f"{getattr(where, '__name__', type(where).__name__)}.{name}: {what}"
        for where, name, what in PARTS
        if not hasattr(where, name)
    ]
    if not hasattr(getattr(MathTextParser, "_parse_cached", None), "__wrapped__"):
        gone.append("MathTextParser._parse_cached.__wrapped__: the same without a memory")
    return gone


#: whether all of it is where it was
AS_KNOWN = not missing()


def remembering(most):
    """Return a TextToPath that remembers the last `most` formulas it has read."""

    class Parser(MathTextParser):
        _parse_cached = lru_cache(maxsize=most)(MathTextParser._parse_cached.__wrapped__)

    reader = text.TextToPath()
    reader.mathtext_parser = Parser("path")
    return reader


def set_reader(make):
    """Let vector files drawn from now on take ``make()`` as their TextToPath; return the former."""
    former, text.TextToPath = text.TextToPath, make
    return former


def ticks(axis):
    """How the ticks are found and named: by themselves, from the limits, or by hand."""
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    places, names = getattr(locator, "locs", ()), getattr(formatter, "seq", ())
    # a function or a pattern that writes the labels
    by = getattr(formatter, "func", getattr(formatter, "fmt", None))
    return type(locator), type(formatter), tuple(places), tuple(names), by
