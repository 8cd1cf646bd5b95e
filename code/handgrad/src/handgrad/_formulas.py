"""Formulas of a picture, each read once for all frames.

matplotlib takes 2 to 5 ms to turn a formula into outlines. It remembers the last fifty, but begins
every vector file, and every layout of one, with an empty memory. Frames of a figure share most of
their formulas, so here they share the memory too.
"""

from contextlib import contextmanager
from threading import Lock

from handgrad import _matplotlib


class _Sharing:
    """Who shares the memory now: matplotlib is changed for the first and put back for the last.

    Contexts may overlap in any order, in threads as well: with each putting back what it found,
    the one that ends last would put back what the other had set.
    """

    def __init__(self):
        self.lock, self.open = Lock(), 0
        self.reader = _matplotlib.remembering(1000) if _matplotlib.AS_KNOWN else None

    def enter(self):
        with self.lock:
            self.open += 1
            if self.open == 1:
                self.former = _matplotlib.set_reader(lambda: self.reader)

    def leave(self):
        with self.lock:
            self.open -= 1
            if self.open == 0:
                _matplotlib.set_reader(self.former)


_sharing = _Sharing()


@contextmanager
def read_once():
    """Let the vector files drawn in this context remember the formulas of earlier ones."""
    if _sharing.reader is None:
        yield
        return
    _sharing.enter()
    try:
        yield
    finally:
        _sharing.leave()
