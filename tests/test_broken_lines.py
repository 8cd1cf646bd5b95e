"""A line of a paragraph that happens to begin with "1." would end the paragraph and begin a list."""

import re

import pytest

FIRST_POINT = re.compile(r"\s*1[.)] ")
MAY_STAND_BEFORE = re.compile(r"\s*(`{3,}|:{3,}|#|<|:\w|\|)|\s*$")


def accidents(text):
    """Numbers of the lines that begin a list in the middle of a paragraph."""
    before, found, in_code = "", [], False
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\s*`{3,}", line):
            in_code = bool(re.match(r"\s*`{3,}\{(code|math)", line))
        elif not in_code and FIRST_POINT.match(line) and not MAY_STAND_BEFORE.match(before):
            found.append(number)
        before = line
    return found


def test_no_paragraph_becomes_a_list(root):
    pages = [*root.glob("chapters/*.md"), *root.glob("exercises/*/*.md")]
    found = {str(p.relative_to(root)): accidents(p.read_text("utf-8")) for p in pages}
    assert len(found) > 30 and not {page: lines for page, lines in found.items() if lines}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("each update moves it by nearly\n1. With the squared error", [2]),
        ("the rules are\n\n1. one\n2. two", []),
        ("```{code-cell}\na = \\\n1. + 2\n```\n1. one", []),
        ("three times\n1.5 is more", []),
    ],
)
def test_an_accident_is_found(text, lines):
    assert accidents(text) == lines
