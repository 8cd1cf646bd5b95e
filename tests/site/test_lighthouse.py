"""Lighthouse on a laptop and on a phone: `make lighthouse` prints the figures.

A phone's score falls with the speed of the machine that plays the phone, so there the page is held
against itself: what it asks of the browser beyond its words and pictures.
"""

import lighthouse
import pytest

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]
LEAST = 97  # reached on a laptop: 100
# Work with a page as a multiple of its work without scripts and styles: 1.0 to 1.1 is reached; the
# theme's measuring of all code as a page opens, which the build takes out, makes it 1.7.
MOST = 1.3
PAGES = ["chapters/01_linear_regression", "heaviest"]


def page_of(site, name):
    return lighthouse.heaviest(site) if name == "heaviest" else name


def clean(found):
    """Nothing but speed is left to want."""
    assert not found["faults"], found
    assert found["accessibility"] == found["best-practices"] == found["seo"] == 100, found
    assert found["cls"] < 0.05, found


@pytest.mark.parametrize("name", PAGES)
def test_laptop(base, site, name):
    address = f"{base}/{page_of(site, name)}.html"
    found = lighthouse.best_of(address, "desktop", runs=3, enough=LEAST)
    clean(found)
    assert found["performance"] >= LEAST, found


@pytest.mark.parametrize("name", PAGES)
def test_phone(site, name):
    found, bare = lighthouse.compared(site, page_of(site, name), runs=2)
    clean(found)
    assert found["work"] <= MOST * bare["work"], (found, bare)
