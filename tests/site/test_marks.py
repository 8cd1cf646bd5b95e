"""The mark beside a numbered formula: one each, told apart, opened by key, without a script."""

import gzip
import re

import pytest
from pages import PHONE, book_pages, has_code

pytestmark = pytest.mark.site
PAGE = "chapters/05_layers_and_deltas"
MARK = re.compile(r'<details class="held">.*?</details>', re.S)


def test_each_numbered_formula_has_its_own(fresh):
    page = fresh(PAGE, java_script_enabled=False)
    numbers = page.locator(".eqno").evaluate_all("all => all.map(e => e.textContent)")
    names = page.locator("details.held > summary").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label'))"
    )
    assert names and len(set(names)) == len(names)
    told = {re.search(r"formula (\S+) was", name)[1] for name in names}
    assert told == {re.search(r"\((.*?)\)", number)[1] for number in numbers}


def test_it_opens_by_key_and_says_what_was_checked(fresh):
    page = fresh(PAGE, java_script_enabled=False, viewport=PHONE)
    mark = page.locator("details.held").first
    words = mark.locator("p")
    assert not words.is_visible()
    mark.locator("summary").focus()
    page.keyboard.press("Enter")
    assert words.is_visible()
    for said in (r"Held in the world \w+", r"\d+ draws?, [\d,]+ comparisons?", r"\d+ noticed"):
        assert re.search(said, words.text_content())
    box = words.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], "it runs off a phone"
    page.emulate_media(media="print")
    assert not mark.is_visible(), "on paper it would only take room"


@pytest.mark.parametrize("name", [name for name in book_pages() if has_code(name)])
def test_marks_weigh_little(site, phone, name):
    """Of all bytes that a visit of the page brings, at most three in a hundred more."""
    text = (site / f"{name}.html").read_text("utf-8")
    marks = len(gzip.compress(text.encode())) - len(gzip.compress(MARK.sub("", text).encode()))
    assert marks <= 0.03 * (phone(name).facts["bytes"] - marks)
