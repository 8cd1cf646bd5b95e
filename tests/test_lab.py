"""What the launch button opens: a chapter in JupyterLab, every cell run, a slider moved.

The same as on Binder, where `.binder/postBuild` makes the notebooks. $LAB_PYTHON may name another
Python, for example one with the versions that Binder's own image has.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import matplotlib
import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("lab")]
CHAPTER = "01_linear_regression"
TOKEN = "books"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def lab(root, built_site, tmp_path_factory):
    """Address of a JupyterLab on a copy of the site's notebooks, with a home of its own."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    shutil.copytree(built_site / "notebooks", home / "notebooks")  # it leaves checkpoints there
    python = os.environ.get("LAB_PYTHON", sys.executable)
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "HANDGRAD_FACE": "live",
        # its list of fonts is there already: to make it takes long enough for a line on stderr
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [
            python,
            "-m",
            "jupyter",
            "lab",
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={home / 'notebooks'}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=home,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2)
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def page(lab, browser):
    """The chapter, opened in JupyterLab and run from top to bottom."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(f"{lab}/lab/tree/{CHAPTER}.ipynb?token={TOKEN}&reset")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=180_000)
    run_all(page)
    yield page
    page.close()


def run_all(page):
    """Choose Run, Run All Cells, and wait until no cell is left to run."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    prompts = page.locator(".jp-InputPrompt")
    expect(prompts.filter(has_text=re.compile(r"\[[*\d]"))).not_to_have_count(0)
    running = prompts.filter(has_text="[*]")
    top_to_bottom(page, lambda: expect(running).to_have_count(0, timeout=180_000))


def top_to_bottom(page, look):
    """Call look() on every screenful: JupyterLab draws only the cells in view."""
    panel = page.locator(".jp-Notebook .jp-WindowedPanel-outer").first
    y = 0
    while y <= panel.evaluate("e => e.scrollHeight"):
        panel.evaluate("(e, y) => { e.scrollTop = y; }", y)
        page.wait_for_timeout(300)
        if (found := look()) is not None:
            return found
        y += 600
    return None


def test_every_cell_ran_without_error(page):
    def errors():
        found = page.locator(
            ".jp-OutputArea-output[data-mime-type*='stderr'], .jp-RenderedText[data-mime-type*='error']"
        )
        return found.first.inner_text() if found.count() else None

    def not_run():
        found = page.locator(
            ".jp-CodeCell", has=page.locator(".jp-InputPrompt", has_text=re.compile(r"\[[ *]\]:"))
        )
        return found.first.inner_text() if found.count() else None

    assert top_to_bottom(page, lambda: errors() or not_run()) is None


def test_a_slider_moves_the_figure(page):
    def slider():
        found = page.locator(".jp-Notebook .widget-slider .noUi-handle:visible")
        return found.first if found.count() else None

    handle = top_to_bottom(page, slider)
    assert handle is not None, "no slider in the notebook"
    handle.scroll_into_view_if_needed()
    output = page.locator(".jp-OutputArea-output", has=page.locator(".noUi-handle")).first
    before = output.locator("img").first.get_attribute("alt")
    box = handle.bounding_box()
    track = output.locator(".noUi-target").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * 0.7, track["y"] + track["height"] / 2, steps=6)
    page.mouse.up()
    for _ in range(40):
        page.wait_for_timeout(250)
        if output.locator("img").first.get_attribute("alt") != before:
            return
    pytest.fail(f"the figure stayed as it was: {before}")


def test_a_hand_made_picture_comes_along(lab, browser):
    """The folder holds notebooks alone, as after a download."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(f"{lab}/lab/tree/02_perceptron.ipynb?token={TOKEN}&reset")
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=180_000)

    def picture():
        found = page.locator(".jp-MarkdownOutput img:visible")
        return found.first if found.count() else None

    shown = top_to_bottom(page, picture)
    assert shown is not None, "no picture in the notebook"
    assert "nerve cell" in shown.get_attribute("alt")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("e => e.naturalWidth") > 100
    page.close()


def test_nothing_is_shown_raw(page):
    text = page.locator(".jp-Notebook").inner_text()
    assert not re.search(r":::|\{(eq|ref|cite|glue|numref)[:}]", text)
