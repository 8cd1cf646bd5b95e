"""The search of the book finds what is in it, served and from disk."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]


def await_title(page, words):
    """Wait until a title with these words is among what was found: they come one by one."""
    expect(page.locator("#search-results li a", has_text=words).first).to_be_visible()


def test_finds_a_word(fresh, base):
    page = fresh("search")
    page.goto(f"{base}/search.html?q=perceptron")
    await_title(page, "perceptron")


def test_finds_from_disk(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "search.html").resolve().as_uri() + "?q=residual")
    await_title(page, "linear regression")
    context.close()


def test_search_from_a_chapter(fresh):
    """The button, a word, Enter: as a reader does it."""
    page = fresh("chapters/01_linear_regression")
    page.keyboard.press("Control+k")
    page.keyboard.type("threshold")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html*")
    await_title(page, "")
