"""The site in the machine's Chromium. Without one the tests fail and say how to install it."""

import pytest
from pages import PHONE, WIDE, Visits
from server import serving


@pytest.fixture(scope="session")
def site(built_site):
    return built_site


@pytest.fixture(scope="session")
def base(site):
    """Address of the site on a plain static server that compresses."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def wide(browser, base):
    """Visits at the width of a laptop, with axe-core."""
    return Visits(browser, base, axe=True, viewport=WIDE)


@pytest.fixture(scope="session")
def phone(browser, base):
    """Visits at the width of a phone, with a finger for a pointer."""
    return Visits(browser, base, viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture(scope="session")
def from_disk(browser, site):
    """Visits of the files themselves, with no server."""
    return Visits(browser, site.resolve().as_uri(), viewport=WIDE)


@pytest.fixture
def fresh(browser, base):
    """Opens pages in a context of their own: fresh("chapters/intro", "#a-place", reduced_motion="reduce")."""
    contexts = []

    def visit(name, place="", **options):
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{base}/{name}.html{place}", wait_until="load")
        return page

    yield visit
    for context in contexts:
        context.close()
