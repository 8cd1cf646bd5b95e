"""Elements of a page: found where they stand, read by BeautifulSoup, put back as text.

Only the elements in question are read. To read a chapter as a whole and to write it anew takes
seconds, and changes every byte of it.
"""

from bs4 import BeautifulSoup


def elements(html, begins, ends):
    """Yield (start, end, element) of each element that begins and ends with these words.

    Raises
    ------
    ValueError
        If one of them has no end.
    """
    at = html.find(begins)
    while at >= 0:
        end = html.find(ends, at)
        if end < 0:
            raise ValueError(f"expected {ends} behind {html[at : at + 60]!r}, found none")
        end += len(ends)
        yield at, end, BeautifulSoup(html[at:end], "html.parser").contents[0]
        at = html.find(begins, end)


def replaced(html, begins, ends, new):
    """`html` with ``new(text, element)`` in place of each element that begins and ends so.

    With an element that is left out goes its line, if it stands alone in it.
    """
    parts, done = [], 0
    for start, end, element in elements(html, begins, ends):
        text = new(html[start:end], element)
        before = html[done:start]
        if not text and html[end : end + 1] == "\n":
            before, end = before.rstrip(" \t"), end + 1
        parts += [before, text]
        done = end
    return "".join([*parts, html[done:]])
