"""The search of the book finds what is in it, served and from disk."""

import pytest

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]


def results(page):
    page.wait_for_selector("#search-results li a", timeout=15000)
    return page.locator("#search-results li a").all_text_contents()


def test_finds_a_word(fresh, base):
    page = fresh("search")
    page.goto(f"{base}/search.html?q=perceptron")
    assert any("perceptron" in title.lower() for title in results(page))


def test_finds_from_disk(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "search.html").resolve().as_uri() + "?q=residual")
    assert any("linear regression" in title.lower() for title in results(page))
    context.close()


def test_search_from_a_chapter(fresh):
    """The button, a word, Enter: as a reader does it."""
    page = fresh("chapters/01_linear_regression")
    page.keyboard.press("Control+k")
    page.keyboard.type("threshold")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html*")
    assert results(page)
