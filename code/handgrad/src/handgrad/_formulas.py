"""Formulas of a picture, each read once for all frames.

matplotlib takes 2 to 5 ms to turn a formula into outlines. It remembers the last fifty, but begins
every vector file, and every layout of one, with an empty memory. Frames of a figure share most of
their formulas, so here they share the memory too.
"""

from contextlib import contextmanager
from functools import lru_cache

from matplotlib import text
from matplotlib.mathtext import MathTextParser
from matplotlib.textpath import TextToPath


class _Parser(MathTextParser):
    _parse_cached = lru_cache(maxsize=1000)(MathTextParser._parse_cached.__wrapped__)


_shared = TextToPath()
_shared.mathtext_parser = _Parser("path")


@contextmanager
def read_once():
    """Let the vector files drawn in this context remember the formulas of earlier ones."""
    original = text.TextToPath
    text.TextToPath = lambda: _shared
    try:
        yield
    finally:
        text.TextToPath = original
