"""The pages in the three engines that readers have: Chromium's, Firefox's, and WebKit, which every iPhone uses.

Every formula of every page is measured in each, and held against Chromium's; figures, folded boxes, search
and dark mode are used. Where an engine is not there, the tests fail and say how to get it.
"""

import itertools
import os
import time
from pathlib import Path

import engines
import pytest
from pages import book_pages
from system import LINUX

pytestmark = [
    pytest.mark.site,
    pytest.mark.xdist_group("engines"),
    pytest.mark.skipif(
        not LINUX or "engines" in os.environ.get("WITHOUT", "").split(),
        reason="left out: Firefox and WebKit are driven on Linux, unless WITHOUT=engines",
    ),
]
MEASURE = Path(__file__).with_name("measure.js").read_text("utf-8")
PAGES = [name for name in book_pages() if name not in ("search", "genindex")]
SLACK = 4  # px
# How far a symbol may stand from where Chromium has it, in em from the middle of its formula, with a part of its
# distance from there and of the formula's size: each engine leaves other room beside fractions and between rows.
ACROSS, DOWN, OF_DISTANCE, OF_SIZE, ACCENT = 0.6, 0.5, 0.07, 0.05, 0.2
ALL = ["Chromium", "Firefox", "WebKit"]
RIGHT = "\ue014"  # the arrow key, as WebDriver writes it
each_engine = pytest.mark.parametrize("name", ALL)


PATIENCE = 120_000  # milliseconds for one script


class InChromium:
    """Chromium's page with the commands of `engines.Driver`."""

    name = "Chromium"

    def __init__(self, page):
        self.page = page

    def open(self, address):
        self.page.goto(address)

    def run(self, script, *arguments):
        # of itself Playwright would wait for ever, and all tests with it
        late = f"setTimeout(no, {PATIENCE}, Error('no answer in two minutes'))"
        asked = f"(function () {{{script}}}).apply(null, a)"
        return self.page.evaluate(
            f"a => Promise.race([{asked}, new Promise((_, no) => {late})])", arguments
        )

    def click(self, selector):
        self.page.locator(selector).first.click()

    def keys(self, selector, text):
        self.page.locator(selector).first.press({RIGHT: "ArrowRight"}[text])


@pytest.fixture(scope="session")
def driven(browser):
    """Gives the driver of an engine, 1300 px wide; each is started once."""
    started, running = {}, []

    def drive(name):
        if name not in started:
            if name == "Chromium":
                page = browser.new_page(viewport={"width": 1300, "height": 1000})
                started[name] = InChromium(page)
            else:
                manager = getattr(engines, name.lower())()
                started[name] = manager.__enter__()
                running.append(manager)
                started[name].size(1300, 1000)
        return started[name]

    yield drive
    for manager in running:
        manager.__exit__(None, None, None)


@pytest.fixture(scope="session")
def measured(driven, base):
    """Gives what an engine makes of every formula of the book: {page: [formula, …]}."""
    known = {}

    def measure(name):
        if name not in known:
            known[name] = {page: look(driven(name), base, page) for page in PAGES}
        return known[name]

    return measure


def look(engine, base, page, before=""):
    """The formulas of a page as an engine draws them, after `before` was done to them."""
    engine.open(f"{base}/{page}.html")
    return engine.run(MEASURE, SLACK, before)


def displaced(formula, model):
    """What of this formula stands elsewhere than in the model, as words."""
    if formula["text"] != model["text"] or len(formula["tokens"]) != len(model["tokens"]):
        return ["another formula"]
    found = []
    wide, high = (max(places) - min(places) for places in zip(*model["tokens"], strict=True))
    for (x, y), (a, b) in zip(formula["tokens"], model["tokens"], strict=True):
        aside = abs(x - a) > ACROSS + OF_DISTANCE * abs(a) + OF_SIZE * wide
        if aside or abs(y - b) > DOWN + OF_DISTANCE * abs(b) + OF_SIZE * high:
            found.append(f"({x:.2f}, {y:.2f}) em from the middle, not ({a:.2f}, {b:.2f})")
    for accent, there in zip(formula["accents"], model["accents"], strict=True):
        if max(abs(p - q) for p, q in zip(accent, there, strict=True)) > ACCENT:
            found.append(f"an accent at {accent}, not {there}")
    return found


@each_engine
def test_no_symbol_stands_outside_its_place_or_over_another(measured, name):
    formulas = {page: found for page, found in measured(name).items() if found}
    assert sum(map(len, formulas.values())) > 1500 and len(formulas) > 12
    wrong = [
        (page, formula["text"][:60], formula["faults"])
        for page, found in formulas.items()
        for formula in found
        if formula["faults"]
    ]
    assert not wrong, f"{len(wrong)} formulas"


@pytest.mark.parametrize("name", ALL[1:])
def test_formulas_are_set_as_in_chromium(measured, name):
    here, there = measured(name), measured("Chromium")
    wrong = []
    for page in PAGES:
        assert len(here[page]) == len(there[page]), page
        for formula, model in zip(here[page], there[page], strict=True):
            if found := displaced(formula, model):
                wrong.append((page, formula["text"][:60], found[:2]))
    assert not wrong, f"{len(wrong)} formulas"


# what is done to the first formula where it can be done, and what must be said of it
PLANTED = {
    "outside its cell": (
        "mtd mi:last-of-type",
        "translate(60px)",
        "outside its mtd",
    ),
    "outside its fraction": ("mfrac > mi, mfrac > mn", "translate(-40px)", "outside its mfrac"),
    "over another": (":scope > mrow > mi + mo", "translate(-16px)", "one over another in its mrow"),
    "a fraction turned over": (
        "mfrac > :first-child",
        "translate(0, 3em)",
        "the parts of a fraction are not one above the other",
    ),
    "an accent too high": (
        "mover > mo[class*=acc]",
        "translate(0, -.5em)",
        "an accent is not on its letter",
    ),
}


@each_engine
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(driven, base, name, fault):
    selector, moved, said = PLANTED[fault]
    plant = f"""for (const f of formulas) {{ const part = f.querySelector({selector!r});
      if (part) {{ part.style.transform = {moved!r}; break; }} }}"""
    hurt = look(driven(name), base, "chapters/01_linear_regression", plant)
    assert said in {fault for formula in hurt for fault in formula["faults"]}


@pytest.mark.parametrize("name", ALL[1:])
@pytest.mark.parametrize("moved", ["translate(0, .8em)", "translate(1em)"])
def test_a_symbol_that_stands_elsewhere_than_in_chromium_is_found(
    driven, measured, base, name, moved
):
    page = "chapters/01_linear_regression"
    plant = f"""const f = formulas.find(f => f.querySelectorAll("mi").length > 3);
      f.querySelector("mi").style.transform = {moved!r};"""
    found = look(driven(name), base, page, plant)
    pairs = zip(found, measured("Chromium")[page], strict=True)
    assert sum(bool(displaced(formula, model)) for formula, model in pairs) == 1


def until(engine, script, *arguments):
    """Wait until a script returns something that is true."""
    for _ in range(100):
        if found := engine.run(script, *arguments):
            return found
        time.sleep(0.2)
    return pytest.fail(f"{engine.name}: waited in vain for {script}")


def bring(engine, selector):
    """Scroll to an element and wait until it stays: what comes near is laid out on the way."""
    place = f"""const e = document.querySelector({selector!r}), box = e.getBoundingClientRect();
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return [box.top, document.readyState === "complete" && e.contains(hit)];"""
    seen = []
    for _ in range(40):
        engine.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
        time.sleep(0.3)
        seen.append(engine.run(place))
        if seen[-3:] == [[seen[-1][0], True]] * 3:  # a busy machine lays out late
            return
    pytest.fail(f"{engine.name}: {selector} does not come to rest: {seen[-3:]}")


@each_engine
def test_a_slider_moves_its_figure(driven, base, name):
    engine = driven(name)
    engine.open(f"{base}/chapters/03_one_weight.html")
    slider = "figure.hg-explore input[type=range]"
    state = f"""const f = document.querySelector({slider!r}).closest("figure"), i = f.querySelector("img");
      return [f.querySelector(".hg-say").textContent, i.getAttribute("src"), f.querySelector("input").value,
              i.complete && i.naturalWidth > 0, getComputedStyle(f.querySelector(".hg-controls")).visibility];"""
    bring(engine, slider)
    until(engine, f"return !document.querySelector({slider!r}).closest('.hg-controls').hidden")
    before = engine.run(state)
    engine.keys(slider, RIGHT)
    until(engine, f"return (() => {{{state}}})()[1] !== arguments[0]", before[1])
    until(engine, f"return (() => {{{state}}})()[3]")
    after = engine.run(state)
    assert float(after[2]) == float(before[2]) + 1 and after[0] != before[0]
    assert after[4] == "visible"


@each_engine
def test_folded_boxes_open_and_close(driven, base, name):
    engine = driven(name)
    engine.open(f"{base}/chapters/03_one_weight.html")
    for box in ("details.admonition.solution", "details.hide"):
        tall = f"""const d = document.querySelector({box!r}); const inside = d.querySelector(":scope > :not(summary)");
          return [d.open, inside.getBoundingClientRect().height > 0 && (!inside.checkVisibility || inside.checkVisibility())];"""
        bring(engine, f"{box} > summary")
        assert engine.run(tall) == [False, False]
        for is_open in (True, False):
            engine.click(f"{box} > summary")
            until(engine, f"return (() => {{{tall}}})().every(x => x === arguments[0])", is_open)


@each_engine
def test_search_finds(driven, base, name):
    engine = driven(name)
    engine.open(f"{base}/search.html?q=perceptron")
    first = until(
        engine, "return (document.querySelector('#search-results li a') || {}).textContent"
    )
    assert "perceptron" in first


@each_engine
def test_dark_mode(driven, base, name):
    """By the button of the page; figures follow, and the choice is kept on the next page."""
    engine = driven(name)
    seen = """const style = e => getComputedStyle(document.querySelector(e));
      return [document.documentElement.dataset.theme, style("body").backgroundColor, style("article p").color,
              style("article math").color, style(".hg-figure img").filter];"""
    engine.open(f"{base}/chapters/03_one_weight.html")
    engine.run("localStorage.setItem('mode', 'light'); localStorage.setItem('theme', 'light')")
    engine.open(f"{base}/chapters/03_one_weight.html")
    light = engine.run(seen)
    assert light[0] == "light"
    for _ in range(3):  # light, dark, as the system has it
        engine.click("article ~ * .theme-switch-button, .theme-switch-button")
        if engine.run(seen)[0] == "dark":
            break
    dark = engine.run(seen)
    assert dark[0] == "dark" and all(a != b for a, b in zip(light, dark, strict=True))
    engine.open(f"{base}/chapters/04_chain_of_weights.html")
    assert engine.run(seen)[:2] == dark[:2]
    engine.run("localStorage.clear()")


# -- phones ---------------------------------------------------------------------------------------

# a page in a frame as wide as a phone: the windows of Firefox and WebKit are never so narrow
FRAME = """const [width, address] = arguments;
return new Promise(done => {
  document.body.innerHTML = `<iframe width=${width} height=900 style="border:0;display:block"></iframe>`;
  const frame = document.querySelector("iframe");
  frame.onload = () => done(frame.contentWindow.innerWidth);
  frame.src = address;
});"""
# What of its formulas cannot be seen, or scrolls without showing it. Arguments: a script to run before, and
# whether to go through the page as a reader does; at another width what has been near is looked at again.
CUT = """const [before, through] = arguments, w = document.querySelector("iframe").contentWindow, d = w.document;
const style = d.createElement("style");
style.textContent = ".bd-article section { content-visibility: visible !important }";
d.head.append(style);
d.querySelectorAll("details").forEach(e => { e.open = true; });
if (before) Function("d", before)(d);
const frames = n => new Promise(go => { // a busy browser may lose a frame
  const step = () => n-- ? Promise.race([new Promise(f => w.requestAnimationFrame(f)), new Promise(f => setTimeout(f, 1000))]).then(step) : go();
  step();
});
const look = () => {
  const wide = d.documentElement.clientWidth, wrong = [];
  for (const m of d.querySelectorAll("article math, article table, article pre")) {
    const box = m.getBoundingClientRect();
    if (!box.width) continue;
    let scroller = null, right = wide;
    for (let e = m; e && e !== d.body; e = e.parentElement) {
      const flow = w.getComputedStyle(e).overflowX;
      if (["auto", "scroll"].includes(flow)) { scroller = e; break; }
      if (["hidden", "clip"].includes(flow)) right = Math.min(right, e.getBoundingClientRect().right);
    }
    const said = m.textContent.slice(0, 40).trim();
    if (!scroller && box.right > right + 1) wrong.push("cut off: " + said);
    if (scroller && scroller.scrollWidth > scroller.clientWidth + 2 && !scroller.dataset.more)
      wrong.push("nothing shows that it scrolls: " + said);
    if (scroller && scroller.getBoundingClientRect().right > wide + 1) wrong.push("its frame is cut off: " + said);
    if (scroller && scroller.scrollWidth > scroller.clientWidth + 2 && scroller.tabIndex < 0 &&
        !scroller.querySelector("a[href], button, input, select, summary, [tabindex]")) wrong.push("no key reaches it: " + said);
  }
  return [wrong, d.querySelectorAll("[data-more]").length, d.querySelectorAll("span.math-wide").length];
};
return (async () => {
  for (let y = 0; through && y < d.documentElement.scrollHeight; y += 800) { w.scrollTo(0, y); await frames(2); }
  await d.fonts.ready;
  w.dispatchEvent(new w.Event("resize"));
  await frames(2);
  return look();
})();"""
# px; a page is gone through at the first, the widest: what becomes wide later must be noticed without that
PHONES = [390, 360, 320]
DESKS = [1920, 1600, 1300, 1100, 1000, 900]
WIDE_FORMULAS = ["chapters/07_network_by_hand", "chapters/notation"]


def narrow(engine, base, page, widths, before=""):
    """What is cut off on this page at these widths, how much scrolls, and how many formulas in sentences."""
    engine.open(f"{base}/search.html")
    assert engine.run(FRAME, widths[0], f"{base}/{page}.html") == widths[0]
    found = [engine.run(CUT, before, True)]
    for width in widths[1:]:
        engine.run(f"document.querySelector('iframe').width = {width}")
        found.append(engine.run(CUT, "", False))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_on_a_phone(driven, base, page):
    for width, (wrong, *_) in zip(
        PHONES, narrow(driven("Chromium"), base, page, PHONES), strict=True
    ):
        assert not wrong, f"{width} px"


@each_engine
def test_what_is_wider_than_a_phone_scrolls_and_shows_it(driven, base, name):
    for page in WIDE_FORMULAS:
        found = narrow(driven(name), base, page, PHONES)
        assert not any(wrong for wrong, *_ in found), found
        assert all(scrolls > 3 for _, scrolls, _ in found)
        assert found[-1][2] or page != WIDE_FORMULAS[0], "formulas in sentences, at 320 px"


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        ("span.math { max-width: 60px !important; overflow: hidden !important }", "cut off"),
        (".math-scroll { overflow: visible !important }", "cut off"),
        ("", "nothing shows"),
        ("deaf", "no key"),
    ],
)
def test_a_planted_cut_is_found(driven, base, plant, said):
    before = f"const s = d.createElement('style'); s.textContent = {plant!r}; d.head.append(s);"
    if plant in ("", "deaf"):
        taken = "tabindex" if plant else "data-more"
        before = f"""new d.defaultView.MutationObserver(() => d.querySelectorAll("[{taken}]").forEach(
          e => e.removeAttribute("{taken}"))).observe(d.body, {{subtree: true, attributes: true}});"""
    wrong, *_ = narrow(driven("Chromium"), base, WIDE_FORMULAS[0], [320], before)[0]
    assert any(fault.startswith(said) for fault in wrong)


# -- a desk ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_on_a_desk(driven, base, page):
    """Tables, formulas and code of the page fit, or scroll, show it, and can be reached by key."""
    found = narrow(driven("Chromium"), base, page, DESKS)
    for width, (wrong, *_) in zip(DESKS, found, strict=True):
        assert not wrong, f"{width} px"


@pytest.mark.parametrize("width", DESKS)
def test_the_ledger_fits(browser, base, width):
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{base}/chapters/ledger.html")
        page.evaluate("document.fonts.ready.then(() => 0)")
        seen = page.evaluate("""() => [...document.querySelectorAll(".ledger-frame")].map(frame => ({
          scrolls: frame.scrollWidth - frame.clientWidth,
          narrow: [...frame.querySelectorAll("thead th")].filter(h => h.offsetWidth < 60).map(h => h.textContent),
          out: [...frame.querySelectorAll("td, th")].filter(c => c.offsetWidth && c.scrollWidth > c.clientWidth + 1)
            .map(c => c.textContent.trim().slice(0, 40))}))""")
        assert seen
        for frame in seen:
            assert frame["scrolls"] <= 1 and not frame["narrow"] and not frame["out"][:3]


def test_engines_are_what_they_say(driven):
    agents = [driven(name).run("return navigator.userAgent") for name in ALL]
    assert "Chrome" in agents[0] and "Firefox" in agents[1]
    assert "AppleWebKit" in agents[2] and "Chrome" not in agents[2]
    assert all(a != b for a, b in itertools.combinations(agents, 2))
