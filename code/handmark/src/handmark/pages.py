"""nbconvert's HTML pages, many in one process: what is the same on each is made once."""

from functools import lru_cache

from jinja2 import BytecodeCache
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML

NO_WORDS = "No description has been provided for this image"  # as nbconvert says it


class Kept(BytecodeCache):
    """The templates' code in memory, for as long as this process lives."""

    def __init__(self):
        self.code = {}

    def load_bytecode(self, bucket):
        code = self.code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.code = code

    def dump_bytecode(self, bucket):
        self.code[bucket.key, bucket.checksum] = bucket.code


KEPT = Kept()


class _Laid(TemplateExporter):
    """Keeps the page as the templates made it, and hands on an empty one."""

    def from_notebook_node(self, nb, resources=None, **options):
        self.page, resources = super().from_notebook_node(nb, resources, **options)
        return "", resources


class PageExporter(HTMLExporter, _Laid):
    """nbconvert's exporter, which would compile its forty templates anew for every page, colour the
    code that all students were given anew, and read each page as a whole to find pictures without words.

    Those get their words before; a picture that somebody wrote as HTML stays as it is. HTMLExporter asks
    the class that follows it for the page: that is `_Laid`, so what it reads is empty.
    """

    @property
    def environment(self):
        found = super().environment
        found.bytecode_cache = KEPT
        return found

    def from_notebook_node(self, nb, resources=None, **options):
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        self.filters = {**self.filters, "highlight_code": _colouring(lexer)}
        _, resources = super().from_notebook_node(_described(nb), resources, **options)
        return self.page, resources


def _described(nb):
    """The notebook with words for each picture that a cell shows and that has none."""
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            for kind in output.get("data", ()):
                if kind in ("image/png", "image/jpeg") and "alt" not in cell.metadata:
                    output.metadata.setdefault(kind, {}).setdefault("alt", NO_WORDS)
    return nb


def _colouring(lexer):
    """nbconvert's filter for code in this language, which remembers what it has coloured."""

    def highlight(source, language=None, metadata=None):
        if language or (metadata and "magics_language" in metadata):
            return Highlight2HTML(pygments_lexer=lexer)(source, language, metadata)
        return _coloured(source, lexer)

    return highlight


@lru_cache(maxsize=1000)
def _coloured(source, lexer):
    return Highlight2HTML(pygments_lexer=lexer)(source)
