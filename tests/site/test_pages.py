"""Every page: offline, without errors, readable on a phone, light, in order."""

import itertools
import re
from collections import Counter
from urllib.parse import unquote

import notebooks
import pytest
from pages import ROOT, WIDE, book_pages, has_code

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("pages")]
PAGES = [*book_pages(), "py-modindex"]
TEXT_PAGE_KB, HEAVIEST_KB = 300, 1500
each_page = pytest.mark.parametrize("name", PAGES)


@each_page
def test_nothing_leaves_the_site_and_nothing_fails(wide, name):
    seen = wide(name)
    assert not seen.outside, "requests that left the site"
    assert not seen.failed, "files that the page asks for and does not get"
    assert not seen.errors, "errors in the console"


@each_page
def test_axe_finds_nothing(wide, name):
    assert not wide(name).axe


@each_page
def test_works_from_disk(from_disk, name):
    seen = from_disk(name)
    assert not seen.outside and not seen.errors and not seen.failed


@each_page
def test_no_sideways_scrolling_on_a_phone(phone, name):
    facts = phone(name).facts
    assert not facts["sticksOut"], "elements wider than the screen that do not scroll in themselves"
    assert facts["contentWidth"] <= facts["pageWidth"]


@each_page
def test_what_scrolls_can_be_reached_by_the_keyboard(phone, name):
    assert not phone(name).facts["deaf"]


@each_page
def test_nothing_jumps(wide, phone, name):
    for screen in (wide, phone):
        facts = screen(name).facts
        most = 0.05 if facts["standIn"] else 0.25  # without Times and its likes lines break anew
        assert sum(shift["by"] for shift in facts["shifts"]) < most, facts["shifts"]


@each_page
def test_room_is_kept_for_the_longest_words_of_a_figure(wide, phone, name):
    """What stands below a figure stays where it is, whatever the figure shows."""
    for screen in (wide, phone):
        for figure, heights in enumerate(screen(name).rooms):
            assert min(heights) == max(heights) > 0, (
                f"moving figure {figure} of the page: {heights}"
            )


@pytest.mark.parametrize("name", [page for page in PAGES if page.split("/")[-1][:2].isdigit()])
def test_each_chapter_has_figures_that_move(wide, name):
    least = {"07b": 1, "14": 0}.get(name.split("/")[-1].split("_")[0], 2)  # all of 14 is one figure
    assert len(wide(name).rooms) >= least


@pytest.mark.parametrize("read_from", ["a server", "disk"])
def test_text_and_formulas_are_set_in_the_faces_of_the_book(browser, base, site, read_from):
    address = base if read_from == "a server" else site.resolve().as_uri()
    with browser.new_context(viewport=WIDE) as context:
        page = context.new_page()
        page.goto(f"{address}/chapters/02_perceptron.html", wait_until="load")
        page.evaluate("document.fonts.ready.then(() => 0)")
        devtools = context.new_cdp_session(page)
        devtools.send("DOM.enable")
        devtools.send("CSS.enable")
        root = devtools.send("DOM.getDocument")["root"]["nodeId"]
        for selector, face in {
            "article section p": "STIX Two Text",
            "article em": "STIX Two Text",
            "article h1": "STIX Two Text",
            "article math": "STIX Two Math",
        }.items():
            found = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})
            fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": found["nodeId"]})[
                "fonts"
            ]
            assert fonts and all(font["familyName"].startswith(face) for font in fonts), selector


COLOURS = """() => ["body", ".run-link", ".admonition", ".highlight .kn"].map(part => {
  const style = getComputedStyle(document.querySelector(part));
  return [style.backgroundColor, style.color, style.borderColor, style.borderWidth];
})"""


def test_colours_do_not_wait_for_scripts(browser, base):
    """No white flash in the dark, nothing that moves when the colours come, colours without scripts."""

    def colours(scripts=True, **options):
        with browser.new_context(**options) as context:
            context.route("**/*.js*", lambda asked: asked.continue_() if scripts else asked.abort())
            page = context.new_page()
            page.goto(f"{base}/chapters/01_linear_regression.html", wait_until="load")
            return page.evaluate(COLOURS)

    light, dark = (colours(color_scheme=scheme) for scheme in ("light", "dark"))
    assert light != dark
    assert colours(scripts=False, color_scheme="light") == light
    assert colours(scripts=False, color_scheme="dark") == dark
    assert colours(java_script_enabled=False) == light


@each_page
def test_weight_of_the_first_view(phone, name):
    assert phone(name).facts["bytes"] / 1000 < HEAVIEST_KB


def test_a_text_chapter_is_light(phone):
    weights = {name: phone(name).facts["bytes"] / 1000 for name in PAGES if has_code(name)}
    light = [name for name, kb in weights.items() if kb <= TEXT_PAGE_KB]
    assert len(light) >= len(weights) * 0.75, weights


@each_page
def test_headings_are_in_order(wide, name):
    levels = [level for level, _ in wide(name).facts["headings"]]
    assert levels and levels[0] == 1, "the first heading is the title"
    assert levels.count(1) == 1, "one title"
    for above, below in itertools.pairwise(levels):
        assert below <= above + 1, f"a level is left out: {wide(name).facts['headings']}"


@each_page
def test_every_picture_says_what_there_is_to_see(wide, name):
    for image in wide(name).facts["images"]:
        assert image["alt"] is not None, image
        if image["figure"]:
            words = image["alt"].split()
            assert len(words) >= 5, f"too little: {image['alt']!r}"
            assert not re.search(
                r"\.(svg|png|webp)$|^(image|figure|picture|plot)$", image["alt"], re.I
            )
            assert image["width"] and image["height"], f"no room kept for {image['src']}"


@each_page
def test_titles_and_descriptions(wide, name):
    facts = wide(name).facts
    assert "Backpropagation by Hand" in facts["title"]
    assert 20 <= len(facts["description"]) <= 200, facts["description"]


def test_descriptions_differ(wide):
    counted = Counter(wide(name).facts["description"] for name in PAGES)
    assert counted.most_common(1)[0][1] == 1, counted.most_common(2)


@each_page
def test_links_within_the_book_lead_somewhere(wide, site, name):
    seen = wide(name)
    folder = (site / f"{name}.html").parent
    for href in seen.facts["links"]:
        if re.match(r"[a-z]+:", href):
            continue
        path, _, anchor = unquote(href).partition("#")
        target = (folder / path).resolve() if path else site.resolve() / f"{name}.html"
        assert target.exists(), f"{href} leads nowhere"
        if anchor.startswith("data="):  # a set-up, which the playground's tests read
            anchor = "playground"
        if anchor and target.suffix == ".html":
            there = target.relative_to(site.resolve()).with_suffix("").as_posix()
            ids = wide(there).facts["ids"] if there in PAGES else [anchor]
            assert anchor in ids, f"{href}: no such place on {there}"


def test_no_formula_is_left_as_text(wide):
    with_formulas = 0
    for name in PAGES:
        with_formulas += wide(name).facts["formulas"] > 0
        html = wide.context.request.get(f"{wide.base}/{name}.html").text()
        article = html.partition("<article")[2].partition("</article>")[0]
        prose = re.sub(r"<(pre|code|script|math|style)\b.*?</\1>", " ", article, flags=re.S)
        prose = re.sub(r'<dt class="sig.*?</dt>', " ", prose, flags=re.S)  # a signature is code
        prose = re.sub(r"<[^>]*>", " ", prose)
        left = re.findall(r"\\(?:frac|partial|hat|delta|sum)|\$[^$\s][^$]*\$", prose)
        assert not left, f"{name}: {left[:3]}"
    assert with_formulas > 1


def test_pages_carry_no_maths_or_notebook_scripts(site):
    for page in [*site.glob("*.html"), *site.glob("chapters/*.html")]:
        scripts = re.findall(r'<script[^>]*src="([^"]*)"', page.read_text("utf-8"))
        heavy = [
            s
            for s in scripts
            if re.search("mathjax|katex|require|thebe|embed|fontawesome", s, re.I)
        ]
        assert not heavy, f"{page.name}: {heavy}"


def test_only_pages_with_moving_figures_load_their_script(site):
    for page in site.rglob("chapters/*.html"):
        html = page.read_text("utf-8")
        loads = re.search(r'<script[^>]*src="[^"]*/explore\.js', html)
        assert bool(loads) == ('<figure class="hg-figure hg-explore' in html), page.name


def test_every_chapter_offers_its_notebook(site, wide):
    for name in notebooks.Book().with_notebook:
        links = wide(name).facts["links"]
        assert any(href.endswith(".ipynb") for href in links), name
        assert any("mybinder.org" in href and ".ipynb" in href for href in links), name
        assert not any("mybinder.org" in href and ".md" in href for href in links), name


def test_search_page_and_its_index_are_there(site):
    for file in ("search.html", "_static/search_sections.js", "_static/book_search.js"):
        assert (site / file).exists()


def test_sources_of_all_pages_exist():
    for name in book_pages()[:-2]:
        assert (ROOT / f"{name}.md").exists(), f"_toc.yml lists {name}"
