"""The Chromium of the machine, driven by Playwright: for the tests and for pictures of pages."""

import os
import shutil
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = """No Chromium was found, and the tests of the site need one. Install it:
  Debian, Ubuntu:  sudo apt install chromium
  macOS:           brew install --cask chromium
or set CHROMIUM to the path of a Chromium or Chrome."""
# nothing that Chromium itself would fetch; no sandbox, since CI runs as root
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class NoBrowser(RuntimeError):
    """No Chromium on this machine."""


def find_chromium():
    """Path of the Chromium to use: $CHROMIUM, else the first known name on the path."""
    given = os.environ.get("CHROMIUM")
    if given:
        if shutil.which(given):
            return given
        raise NoBrowser(f"CHROMIUM is set to {given!r}, which cannot be run.\n{MISSING}")
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowser(MISSING)


@contextmanager
def chromium():
    """A running headless Chromium (a Playwright browser)."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
