"""The playground in the browser: trained, stepped, clicked, sent as a link, saved as a notebook."""

import json
import re

import numpy as np
import pytest
from handgrad import network
from handgrad.symbolic import DenseGraph
from pages import PHONE
from playwright.sync_api import expect

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]
PAGE = "chapters/14_playground"


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def status(page):
    return page.locator(".pg-status")


@pytest.fixture
def at(fresh):
    """The page with this set-up."""

    def opened(setup="", **options):
        page = fresh(PAGE, f"#{setup}" if setup else "", **options)
        expect(status(page)).to_contain_text("Update 0")
        return page

    return opened


def formulas(page):
    return page.locator(".pg-formula math").evaluate_all("list => list.map(m => m.textContent)")


def test_chapter_7_by_one_update(at):
    page = at("data=worked")
    expect(status(page)).to_contain_text("J = 0.298")
    named, numbers, deltas, difference = formulas(page)
    assert named.count("∂") == 2 * 5 * 2 + 2  # two paths of five factors, and the left side
    assert "≈0.0004386" in numbers and "≈0.0004386" in difference
    press(page, "One update")
    expect(status(page)).to_contain_text("Update 1 ")
    assert formulas(page) != [named, numbers, deltas, difference]
    page.get_by_role("button", name="Back to update").click()
    expect(status(page)).to_contain_text("Update 0 ")
    assert formulas(page) == [named, numbers, deltas, difference]


def test_a_click_on_a_wire_and_on_a_neuron(at):
    page = at("data=worked")
    before = formulas(page)
    page.locator(".pg-touch").nth(5).dispatch_event("click")
    assert formulas(page) != before
    graph = DenseGraph([2, 2, 2], activation="sigmoid")
    net = network.make_network(
        [np.array([[0.15, 0.25], [0.2, 0.3]]), np.array([[0.4, 0.5], [0.45, 0.55]])],
        [np.array([0.35, 0.35]), np.array([0.6, 0.6])],
    )
    chosen = [page.locator(f"#pg-{k}").input_value() for k in ("kind", "layer", "from", "to")]
    assert chosen == ["w", "3", "1", "2"]
    values = graph.values(net, [0.05, 0.1], [0.01, 0.99])
    value = graph.derivative("w", 3, 1, 2).function()(values)
    assert f"{value:.4g}".lstrip("-") in formulas(page)[1]
    page.locator(".pg-neuron").nth(2).click()
    assert page.locator("#pg-kind").input_value() == "z"


def test_by_keyboard_alone(at):
    page = at("data=xor&hidden=3")
    page.locator("#pg-layer").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#pg-layer")).to_have_value("3")
    expect(page.locator("#pg-layer")).to_be_focused()
    button = page.get_by_role("button", name="One epoch", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("epoch 1,")


def test_a_phone_has_the_words_first(fresh):
    """Nothing is built till the reader comes near or does anything; what stands below stays where it is."""
    page = fresh(PAGE, viewport=PHONE, has_touch=True, is_mobile=True)
    assert page.locator("#playground").bounding_box()["y"] > PHONE["height"]
    assert page.evaluate("performance.now()") < 8000 and not status(page).count()
    page.evaluate("scrollTo(0, 60)")
    expect(status(page)).to_contain_text("Update 0")
    for sign in ("beforeprint", "keydown"):
        page.reload()
        page.evaluate("sign => dispatchEvent(new Event(sign))", sign)
        expect(status(page)).to_contain_text("Update 0")
    there = fresh(PAGE, "#sec:ch14-tour", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(status(there)).to_contain_text("Update 0")


def test_play_and_pause(at):
    page = at("data=xor&hidden=4")
    press(page, "Play")
    page.wait_for_function(
        "() => +document.querySelector('.pg-status').textContent.match(/Update (\\d+)/)[1] > 200"
    )
    press(page, "Pause")
    update = status(page).inner_text()
    assert float(re.search(r"J = ([\d.]+)", update)[1]) < 0.7
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert status(page).inner_text() == update
    looks = """() => [...document.querySelectorAll(".pg-main canvas")].map((c) => c.toDataURL())
        .concat(document.querySelector(".pg-net svg").innerHTML, document.querySelector(".pg-layers")?.innerHTML)"""
    paused = page.evaluate(looks)  # while it trains only a part is drawn in a frame
    page.locator("#pg-sample").dispatch_event("change")
    assert page.evaluate(looks) == paused


def test_one_sample_forward_and_back(at):
    page = at("data=worked")
    page.emulate_media(reduced_motion="reduce")
    press(page, "One sample, forward and back")
    labels = page.locator(".pg-label")
    expect(labels.last).to_have_text(re.compile(r"a 0\.773\s*δ −0\.0381"))
    expect(labels.first).to_have_text("a 0.05")


def test_the_link_brings_the_set_up_back(at):
    page = at("data=spiral&hidden=3-2&act=relu&eta=0.05&seed=4")
    page.locator("#pg-batch").fill("7")
    page.locator("#pg-batch").press("Tab")
    link = page.url
    assert "batch=7" in link and "hidden=3-2" in link
    press(page, "One epoch")
    after = status(page).inner_text()
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#pg-batch")).to_have_value("7")
    press(page, "One epoch")
    assert status(page).inner_text() == after


def test_what_cannot_be_is_marked_and_changes_nothing(at):
    page = at("data=xor&hidden=4")
    page.locator("#pg-hidden").fill("9-9")
    page.locator("#pg-hidden").press("Tab")
    expect(page.locator("#pg-hidden")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pg-hidden-wrong")).to_contain_text("up to six numbers from 1 to 8")
    assert "hidden=4" in page.url
    page.locator("#pg-eta").fill("50")
    page.locator("#pg-eta").press("Tab")
    expect(page.locator("#pg-eta-wrong")).to_have_text(
        "Not taken: this needs a number from 0.0001 to 20. 0.3 stays."
    )


def test_the_lengths_of_the_gradient_stay_when_the_set_up_changes(at):
    page = at("data=xor&hidden=4-2")
    bars = page.locator(".pg-layers .pg-layer")
    expect(bars).to_have_count(3)
    page.get_by_label("Learning rate").fill("0.1")
    page.get_by_label("Learning rate").press("Enter")
    press(page, "One update")
    expect(bars).to_have_count(3)
    expect(bars.first).to_be_visible()


def test_what_goes_through_and_what_stands_still_is_said(at):
    page = at("data=xor&hidden=2")
    press(page, "One sample, forward and back")
    expect(status(page)).to_contain_text("no weight moves")
    press(page, "Play")
    expect(page.locator(".pg-chosen")).to_contain_text("is of update 0")
    expect(status(page)).not_to_contain_text("no weight moves")
    press(page, "Pause")
    expect(page.locator(".pg-chosen")).to_contain_text("The weight is")


def test_a_cost_that_grows_is_said(at):
    page = at("data=line&hidden=&batch=500&eta=8")
    for _ in range(3):
        press(page, "One update")
    expect(status(page)).to_contain_text("times the cost at the start")


def test_numbers_of_a_deep_network_stand_apart(at):
    page = at("data=xor&hidden=4-4-4-4-4-4")
    press(page, "One sample, forward and back")
    expect(page.locator(".pg-label").first).to_contain_text("a ")
    page.wait_for_timeout(7000)
    over = page.evaluate("""() => {
      const boxes = [...document.querySelectorAll(".pg-label")].filter(e => e.textContent).map(e => e.getBoundingClientRect());
      return boxes.filter((a, k) => boxes.some((b, m) => m > k && a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
    }""")
    assert over == 0, f"{over} numbers lie over others"


def test_a_rate_too_large_is_said(at):
    page = at("data=line&hidden=&batch=500&eta=20")
    press(page, "Play")
    expect(status(page)).to_contain_text("the learning rate is too large")
    expect(page.locator(".pg-chain")).to_contain_text("no derivative to show")
    page.get_by_role("button", name="Back to update").click()
    expect(status(page)).to_have_text(re.compile(r"J = \d\.\d·10[⁰¹²³⁴⁵⁶⁷⁸⁹]+ on the training"))
    assert len(formulas(page)) >= 4


def test_as_a_notebook(at):
    page = at("data=xor&hidden=2&n=20")
    press(page, "One epoch")
    with page.expect_download() as download:
        press(page, "As a notebook")
    with open(download.value.path(), encoding="utf-8") as file:
        notebook = json.load(file)
    assert notebook["nbformat"] == 4 and "updates, batch_size" in "".join(
        "".join(cell["source"]) for cell in notebook["cells"]
    )


def test_a_tour_link_sets_it_up(at):
    page = at()
    page.get_by_role("link", name="the same with four hidden neurons").click()
    expect(page.locator("#pg-hidden")).to_have_value("4")
    expect(status(page)).to_contain_text("Set up: XOR, hidden layers 4.")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    expect(page.locator("#pg-data")).to_be_in_viewport()
    assert len(formulas(page)) >= 4, "a set-up begins with its chain rule"
    press(page, "One update")
    press(page, "Return to the text")
    question = page.get_by_role("link", name="the same with four hidden neurons")
    expect(question).to_be_focused()
    expect(question).to_be_in_viewport()
    expect(status(page)).to_contain_text("Update 1 ")


def test_where_nobody_came_by_a_link_of_the_page_there_is_no_way_back(at):
    page = at("data=xor&hidden=4")
    assert not page.get_by_role("button", name="Return to the text").count()


def test_what_is_chosen_is_written_out_again_after_each_change(at):
    page = at("data=xor&hidden=4")
    press(page, "One epoch")
    before = formulas(page)
    page.locator("#pg-act").select_option("relu")
    expect(status(page)).to_contain_text("Training starts over. Update 0")
    expect(page.locator("#pg-act")).to_be_focused()
    assert len(formulas(page)) == len(before) and formulas(page) != before


def test_the_sample_chosen_is_said_and_can_be_clicked(at):
    page = at("data=xor&hidden=2")
    chosen = page.locator(".pg-chosen")
    expect(chosen).to_contain_text("Sample 1: x = (")
    expect(chosen).to_contain_text("J is its cross-entropy. The weight is")
    page.emulate_media(reduced_motion="reduce")
    for number in ("1", "2"):
        press(page, "One sample, forward and back")
        expect(page.locator("#pg-sample")).to_have_value(number)
        expect(chosen).to_contain_text(f"Sample {number}: ")
    before = formulas(page)
    box = page.locator(".pg-surface").bounding_box()
    corner = {"x": box["width"] * 0.2, "y": box["height"] * 0.8}
    page.locator(".pg-surface").click(position=corner)
    x = [
        float(v.replace("−", "-"))
        for v in re.search(r"x = \((.*?), (.*?)\)", chosen.inner_text()).groups()
    ]
    assert np.allclose(x, [-0.72, -0.72], atol=0.3) and formulas(page) != before


def test_dark_and_narrow(at):
    page = at("data=circle&hidden=8-8-8-8-8-8")
    page.set_viewport_size({"width": 320, "height": 700})
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 320
    light = page.locator(".pg-surface").evaluate("c => c.toDataURL()")
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
    page.wait_for_function(
        "before => document.querySelector('.pg-surface').toDataURL() !== before", arg=light
    )


def test_without_a_script(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/{PAGE}.html")
    expect(page.locator("#playground")).to_contain_text("Without JavaScript")
    context.close()


def test_other_pages_do_not_load_it(site):
    loading = [p.stem for p in site.rglob("*.html") if "playground.js" in p.read_text("utf-8")]
    assert loading == ["14_playground"]
