"""The mark beside a numbered formula: one each, told apart, opened by key, without a script."""

import gzip
import re

import pytest
from pages import PHONE, has_code

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


def test_all_marks_of_a_page_weigh_little(site):
    for path in sorted((site / "chapters").glob("*.html")):
        text = path.read_text("utf-8")
        if has_code(f"chapters/{path.stem}") and MARK.search(text):
            bare = len(gzip.compress(MARK.sub("", text).encode()))
            assert len(gzip.compress(text.encode())) <= 1.03 * bare, path.stem
