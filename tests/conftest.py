"""What tests share: the built site, made once in a session if it is not there, and a browser."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from browser import NoBrowser, chromium
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure():
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("HANDGRAD_CHECKS", "strict")


def pytest_collection_modifyitems(items):
    for item in items:
        if {"browser", "built_site"} & set(item.fixturenames) or item.get_closest_marker("site"):
            item.add_marker("slow")


def alone(file):
    """Wait until no other process holds this file, and hold it; Windows runs one process of tests."""
    with suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


@pytest.fixture(scope="session")
def root():
    """Folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def built_site():
    """Folder of the built site: $BOOK_SITE, or _build/html, built first if it is not there."""
    given = os.environ.get("BOOK_SITE")
    if given:
        return Path(given).resolve()
    site = ROOT / "_build/html"
    (ROOT / "_build").mkdir(exist_ok=True)
    with (ROOT / "_build/.lock").open("w", encoding="utf-8") as lock:
        alone(lock)  # several test processes, one build
        if not (site / "index.html").exists():
            done = subprocess.run(
                [sys.executable, ROOT / "tools/build.py", "--quiet"], capture_output=True, text=True
            )
            if done.returncode:
                pytest.fail(f"the book could not be built:\n{done.stdout}{done.stderr}")
    return site


@pytest.fixture(scope="session")
def browser():
    """The machine's Chromium, one for a test process: Playwright starts only once in it."""
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    try:
        with chromium() as running:
            yield running
    except NoBrowser as problem:
        pytest.fail(str(problem), pytrace=False)
