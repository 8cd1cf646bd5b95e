"""axe-core finds nothing in the colours of dark pages, and does find planted faults.

A dark page differs from the light one in colours only, so only the rules about colours are asked.
All rules are asked of the light pages, in test_pages.py.
"""

import pytest
from pages import SHOW_ALL, WIDE, axe_faults, axe_source, book_pages

pytestmark = [pytest.mark.site]


@pytest.fixture(scope="module")
def in_scheme(browser):
    """in_scheme("dark"): a page in this colour scheme, used for all pages of the site."""
    contexts = {}

    def page_in(scheme):
        if scheme not in contexts:
            contexts[scheme] = browser.new_context(viewport=WIDE, color_scheme=scheme)
            contexts[scheme].add_init_script(axe_source())
            contexts[scheme].new_page()
        return contexts[scheme].pages[0]

    yield page_in
    for context in contexts.values():
        context.close()


def show(page, address):
    page.goto(address, wait_until="load")
    page.evaluate(SHOW_ALL)


@pytest.mark.parametrize("name", book_pages())
def test_axe_in_the_dark(in_scheme, base, name):
    page = in_scheme("dark")
    show(page, f"{base}/{name}.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert not axe_faults(page, colours_only=True)


def test_axe_finds_planted_faults(in_scheme, base):
    for scheme in ("light", "dark"):
        page = in_scheme(scheme)
        show(page, f"{base}/search.html")
        page.evaluate("""() => {
          document.querySelector("main").append(new Image());
          document.querySelector("main").insertAdjacentHTML("beforeend",
            "<p style='color: #777; background: #888'>hard to read</p>");
        }""")
        kinds = {fault.split(":")[0] for fault in axe_faults(page, colours_only=scheme == "dark")}
        assert kinds == {"color-contrast", *(["image-alt"] if scheme == "light" else [])}


def test_a_pale_word_is_found_among_many_that_are_alike(in_scheme, base):
    page = in_scheme("dark")
    show(page, f"{base}/chapters/03_one_weight.html")
    page.evaluate("""() => {
      const words = document.querySelectorAll("article .highlight .n");
      words[words.length >> 1].style.color = "#333";
    }""")
    (fault,) = axe_faults(page, colours_only=True)
    assert fault.startswith("color-contrast") and "51, 51, 51" in fault
