"""nbconvert's HTML pages, many in one process: what the templates are turned into is kept."""

from jinja2 import BytecodeCache
from nbconvert.exporters import HTMLExporter


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


class PageExporter(HTMLExporter):
    """nbconvert's exporter, which would compile its forty templates anew for every page."""

    @property
    def environment(self):
        found = super().environment
        found.bytecode_cache = KEPT
        return found
