"""Figures that move: by mouse, touch and keyboard, by themselves, and still where asked."""

import re

import letters
import pytest
from pages import PHONE, book_pages, has_code

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]
CHAPTERS = [name for name in book_pages() if has_code(name)]
NUMBERED = [name for name in CHAPTERS if name.split("/")[-1][:2].isdigit()]


def state(figure):
    return figure.evaluate("""f => ({at: f.dataset.at, src: f.querySelector("img").getAttribute("src"),
      alt: f.querySelector("img").alt, say: f.querySelector(".hg-say").textContent,
      shown: f.querySelector("img").complete && f.querySelector("img").naturalWidth > 0})""")


def settled(page, figure):
    """The state once the picture is that of the controls."""
    page.wait_for_function(
        """f => {
      const data = JSON.parse(f.querySelector("script").textContent);
      const at = [...f.querySelectorAll("input[type=range], select")].reduce(
        (at, c, i) => at * data.shape[i] + (c.type === "range" ? +c.value : c.selectedIndex), 0);
      return +f.dataset.at === at;
    }""",
        arg=figure.element_handle(),
    )
    return state(figure)


def moving(page, selector):
    """The first moving figure that holds such a control."""
    figure = page.locator("figure.hg-explore").filter(has=page.locator(selector)).first
    figure.scroll_into_view_if_needed()
    return figure


def with_control(site, selector):
    """A page of the site whose figures have such a control."""
    marks = {"input[type=range]": 'type="range"', "select": "<select", "button": "<button"}
    for name in CHAPTERS:
        html = (site / f"{name}.html").read_text("utf-8")
        if any(
            marks[selector] in part.split("</figure>")[0] for part in html.split("hg-explore")[1:]
        ):
            return name
    pytest.fail(f"no page has a figure with {selector}")


def wait_for_change(page, figure, before):
    page.wait_for_function(
        "([f, src]) => f.querySelector('img').getAttribute('src') !== src",
        arg=[figure.element_handle(), before["src"]],
    )


@pytest.mark.parametrize("name", CHAPTERS)
def test_frames_are_files_of_the_site(site, name):
    html = (site / f"{name}.html").read_text("utf-8")
    assert "data:image/svg+xml;base64" not in html and "data:image/webp" not in html


@pytest.mark.parametrize("name", CHAPTERS)
def test_letters_can_be_read_on_a_phone(site, name):
    """Every frame: at 350 px no letters of less than 9 px, indices and exponents aside."""
    html = (site / f"{name}.html").read_text("utf-8")
    sizes = {}
    for figure in re.findall(r'<figure class="hg-figure.*?</figure>', html, re.S):
        width = int(re.search(r'<img[^>]* width="(\d+)"', figure)[1])
        for frame in set(re.findall(r"_images/figures/(\w+\.svg)", figure)):
            svg = (site / "_images/figures" / frame).read_text("utf-8")
            sizes[frame] = letters.least_on_a_phone(svg, width)
    assert sizes or name not in NUMBERED
    assert None not in sizes.values()
    small = {frame: round(size, 1) for frame, size in sizes.items() if size < 8.99}
    assert not small


def test_figures_take_the_width_of_a_phone(fresh):
    page = fresh(NUMBERED[0], viewport=PHONE)
    found = page.locator(".hg-figure img").evaluate_all(
        "all => all.filter(i => !i.closest('details, .admonition')).map(i => "
        "[i.getBoundingClientRect().left, i.getBoundingClientRect().right])"
    )
    assert found
    for left, right in found:
        assert left >= 0 and right <= PHONE["width"] and right - left >= letters.PHONE


def test_keyboard(fresh, site):
    page = fresh(with_control(site, "input[type=range]"))
    figure = moving(page, "input[type=range]")
    slider = figure.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("Home")
    before = settled(page, figure)
    page.keyboard.press("ArrowRight")
    wait_for_change(page, figure, before)
    after = state(figure)
    assert after["at"] != before["at"] and after["shown"]
    assert after["say"] == after["alt"] != before["alt"]
    text = slider.get_attribute("aria-valuetext")
    assert text and text == figure.locator("output").first.text_content()


def test_focus_is_visible(fresh, site):
    page = fresh(with_control(site, "input[type=range]"))
    slider = moving(page, "input[type=range]").locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    style = slider.evaluate(
        "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]"
    )
    assert style[0] not in ("none", "") and float(style[1].removesuffix("px")) >= 2


def test_mouse(fresh, site):
    page = fresh(with_control(site, "input[type=range]"))
    figure = moving(page, "input[type=range]")
    slider = figure.locator("input[type=range]").first
    slider.evaluate("e => e.scrollIntoView({block: 'center'})")
    box, before = slider.bounding_box(), state(figure)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=4)
    page.mouse.up()
    wait_for_change(page, figure, before)
    assert state(figure)["alt"] != before["alt"]


def test_touch(fresh, site):
    page = fresh(
        with_control(site, "input[type=range]"), viewport=PHONE, has_touch=True, is_mobile=True
    )
    figure = moving(page, "input[type=range]")
    slider = figure.locator("input[type=range]").first
    slider.evaluate("e => e.scrollIntoView({block: 'center'})")
    box, before = slider.bounding_box(), state(figure)
    at = 0.85 if float(slider.input_value()) < float(slider.get_attribute("max")) / 2 else 0.15
    page.touchscreen.tap(box["x"] + box["width"] * at, box["y"] + box["height"] / 2)
    wait_for_change(page, figure, before)
    for control in figure.locator("input, select, button").all():
        size = control.bounding_box()
        assert size["height"] >= 24 and size["width"] >= 24, "too small for a finger"


def test_menu(fresh, site):
    page = fresh(with_control(site, "select"))
    figure = moving(page, "select")
    menu, before = figure.locator("select").first, state(figure)
    menu.focus()
    page.keyboard.press("End")
    wait_for_change(page, figure, before)
    assert state(figure)["shown"]


def test_play_and_pause(fresh, site):
    page = fresh(with_control(site, "button"))
    figure = moving(page, "button")
    button, before = figure.locator("button").first, state(figure)
    assert button.text_content() == "Play"
    button.click()
    assert button.text_content() == "Pause"
    wait_for_change(page, figure, before)
    button.click()
    paused = settled(page, figure)
    page.wait_for_timeout(1200)  # time to move on by itself
    assert state(figure)["at"] == paused["at"], "it goes on after a pause"


def test_nothing_runs_for_those_who_ask_for_less_motion(fresh, site):
    page = fresh(with_control(site, "button"), reduced_motion="reduce")
    figure = moving(page, "button")
    button, before = figure.locator("button").first, state(figure)
    assert button.text_content() == "Next"
    button.click()
    wait_for_change(page, figure, before)
    once = settled(page, figure)
    page.wait_for_timeout(1200)  # time to move on by itself
    assert state(figure)["at"] == once["at"], "one step for each press"


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_and_formulas_show_without_scripts(fresh, name):
    page = fresh(name, java_script_enabled=False)
    for figure in page.locator("figure.hg-figure").all():
        if figure.evaluate("f => !!f.closest('details:not([open])')"):
            continue  # in a solution that is still folded
        image = figure.locator("img")
        assert image.is_visible() and image.get_attribute("src")
    for control in page.locator(".hg-controls").all():
        assert not control.is_visible(), "a control that can do nothing"
    formulas = page.locator(
        "article > section > p math, article > section > section > :is(p, div.math) math"
    )
    for formula in formulas.all()[:20]:
        box = formula.bounding_box()
        assert box and box["height"] > 5 and box["width"] > 2


def test_frames_are_fetched_only_when_wanted(fresh, site):
    page = fresh(with_control(site, "input[type=range]"))
    count = "performance.getEntriesByType('resource').filter(e => e.name.includes('_images/figures')).length"
    before = page.evaluate(count)
    figure = moving(page, "input[type=range]")
    figure.locator("input[type=range]").first.focus()
    page.wait_for_function(f"{count} > {before}")


@pytest.mark.parametrize("name", NUMBERED[:3])
def test_dark_figures_sit_on_the_colour_of_the_page(fresh, name):
    page = fresh(name, color_scheme="dark")
    image = page.locator("figure.hg-figure img").first
    image.scroll_into_view_if_needed()
    image.evaluate("i => i.decode()")
    box = image.bounding_box()
    corner = page.screenshot(clip={"x": box["x"] + 1, "y": box["y"] + 1, "width": 2, "height": 2})
    beside = page.screenshot(clip={"x": box["x"] - 6, "y": box["y"] + 1, "width": 2, "height": 2})
    assert max(abs(a - b) for a, b in zip(colour(corner), colour(beside), strict=True)) <= 6


def colour(png):
    from io import BytesIO

    from PIL import Image

    return Image.open(BytesIO(png)).convert("RGB").getpixel((0, 0))
