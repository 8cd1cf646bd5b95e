"""Figures with two faces: what moves in a browser."""

import sys

import numpy as np
import pytest
from handgrad import book, explore
from handgrad.explore import ASSETS
from playwright.sync_api import expect
from test_explore import ETA, paint, say, static


@pytest.fixture
def face(monkeypatch):
    return lambda name: monkeypatch.setenv("HANDGRAD_FACE", name)


def write_page(figure, face, folder):
    target = folder / "page.html"
    style, script = ((ASSETS / name).read_text() for name in ("explore.css", "explore.js"))
    target.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>t</title><style>{style}</style>"
        f"{static(figure, face)}<script>{script}</script>"
    )
    return target.as_uri()


@pytest.fixture
def page_file(face, tmp_path):
    figure = explore.explore(paint, alt=say, eta=ETA, shape=["line", "curve"], play="eta")
    return write_page(figure, face, tmp_path)


def await_picture(page, *values):
    """Wait for the picture of these values; status and slider must agree with it."""
    alt = say(*values)
    expect(page.locator("img")).to_have_attribute("alt", alt)
    value = page.get_attribute("input", "aria-valuetext")
    assert page.inner_text(".hg-say") == alt and page.inner_text("output") == value
    assert float(value) == values[0]
    assert page.evaluate("document.querySelector('img').naturalWidth") > 0


def test_keys_mouse_and_menu_move_the_figure(browser, page_file):
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(page_file)
    assert page.is_visible(".hg-controls")
    await_picture(page, 0.1)
    source = page.get_attribute("img", "src")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    await_picture(page, 0.3)
    assert page.get_attribute("img", "src") != source
    page.keyboard.press("End")
    await_picture(page, 0.9)
    box = page.locator("input").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await_picture(page, 0.5)
    page.select_option("select", "curve")
    await_picture(page, 0.5, "curve")
    assert errors == []
    page.close()


def test_play_runs_to_the_end_and_can_be_stopped(browser, page_file):
    page = browser.new_page()
    page.goto(page_file)
    page.click("button")
    assert page.inner_text("button") == "Pause"
    assert page.get_attribute(".hg-say", "aria-live") == "off"
    page.click("button")
    assert page.inner_text("button") == "Play"
    stopped = page.get_attribute("input", "aria-valuetext")
    assert float(stopped) > 0.1
    page.wait_for_timeout(1000)
    await_picture(page, float(stopped))
    page.click("button")
    expect(page.locator("button")).to_have_text("Play")
    await_picture(page, 0.9)
    page.close()


def test_reduced_motion_moves_one_frame_a_press(browser, page_file):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(page_file)
    assert page.inner_text("button") == "Next"
    page.click("button")
    page.wait_for_timeout(1000)  # time to move on by itself
    await_picture(page, 0.3)
    page.close()


def test_without_scripts_the_first_frame_is_there(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file)
    assert page.is_visible("img") and page.inner_text(".hg-say") == say(0.1)
    assert not page.is_visible(".hg-controls")
    context.close()


def test_a_caption_is_no_wider_than_the_screen(browser, tmp_path):
    """Over a table that is wider and scrolls within itself."""
    wide = book.table(
        [f"column number {k}" for k in range(9)], [range(9)], caption="Words of a caption " * 9
    )
    css = (ASSETS / "explore.css").read_text("utf-8")
    (tmp_path / "page.html").write_text(f"<style>{css}</style>{wide._repr_html_()}", "utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("table").evaluate("e => e.offsetWidth") > 800
    assert page.locator("caption").evaluate("e => e.getBoundingClientRect().right") <= 390
    page.close()


def test_a_phone_needs_no_sideways_scrolling_and_nothing_jumps(browser, face, tmp_path):
    figure = explore.explore(
        lambda ax, k: ax.plot([0, k]), alt=lambda k: "A line, " * 20 * k + f"{k}", k=np.arange(1, 4)
    )
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(write_page(figure, face, tmp_path))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    height = page.evaluate("document.querySelector('figure').offsetHeight")
    page.focus("input")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.hg-say').textContent.endsWith('3')")
    assert page.evaluate("document.querySelector('figure').offsetHeight") == height
    page.close()


def test_frames_of_a_notebook_without_our_widgets_move(browser, face, monkeypatch, tmp_path):
    face("live")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    figure = explore.explore(paint, alt=say, eta=ETA)
    (tmp_path / "out.html").write_text(figure._repr_mimebundle_()["text/html"], "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "out.html").as_uri())
    page.focus("input")
    page.keyboard.press("End")
    await_picture(page, 0.9)
    page.close()
