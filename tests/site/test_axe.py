"""axe-core finds nothing, on any page, light and dark."""

import pytest
from pages import DOWN, WIDE, axe_faults, axe_source, book_pages

pytestmark = [pytest.mark.site]


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request, browser):
    """A page in this colour scheme, used for all pages of the site."""
    context = browser.new_context(viewport=WIDE, color_scheme=request.param)
    context.add_init_script(axe_source())
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", book_pages())
def test_axe(scheme, base, name):
    scheme.goto(f"{base}/{name}.html", wait_until="load")
    scheme.evaluate("document.fonts.ready.then(() => 0)")
    # what is folded away is read as well
    scheme.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    scheme.evaluate(DOWN)
    scheme.wait_for_timeout(200)
    assert not axe_faults(scheme)


def test_axe_finds_a_planted_fault(scheme, base):
    scheme.goto(f"{base}/search.html", wait_until="load")
    scheme.evaluate("document.querySelector('main').append(new Image())")
    assert any(fault.startswith("image-alt") for fault in axe_faults(scheme))
