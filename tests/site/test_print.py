"""Every chapter on paper: printed by Chromium, and the PDF read."""

import re
from dataclasses import dataclass

import pypdfium2
import pytest
from pages import WIDE, book_pages, has_code
from paper import flat, words

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]
CHAPTERS = [name for name in book_pages() if has_code(name)]
HEADS = re.compile(r"(Show|Hide) the code|Solution to|Hint \d|Exercise \d")


@dataclass(frozen=True)
class Sheet:
    """The words of one sheet of paper, and whether a figure stands on it."""

    text: str
    figure: bool


FIGURE = 30  # lines and areas at the least; a frame around words has a few


def printed(page):
    """The sheets of the page on A4."""
    drawn = pypdfium2.raw.FPDF_PAGEOBJ_PATH, pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    with pypdfium2.PdfDocument(page.pdf(format="A4", print_background=False)) as document:
        return [
            Sheet(
                words(sheet),
                sum(1 for _ in sheet.get_objects(filter=drawn)) >= FIGURE,
            )
            for sheet in document
        ]


def whole(sheets):
    return flat("".join(sheet.text for sheet in sheets))


def lonely(sheets):
    """Numbers of the pages that hold no more than the head of a folded box."""
    found = []
    for number, sheet in enumerate(sheets, 1):
        text = " ".join(sheet.text.split())
        if HEADS.search(text) and len(text) < 60 and not sheet.figure:
            found.append(number)
    return found


@pytest.fixture(scope="module")
def paper(browser, base):
    """Gives the PDF of a chapter and what the page itself showed; each is printed once."""
    known = {}
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()

    def of(name):
        if name not in known:
            page.goto(f"{base}/{name}.html", wait_until="load")
            facts = page.evaluate("""() => ({title: document.querySelector("article h1").textContent,
              figures: document.querySelectorAll(".hg-figure").length,
              lines: [...document.querySelectorAll(".cell_input pre")].map(p => p.textContent.trim().split("\\n").pop().trim()),
              said: [...document.querySelectorAll(".hg-explore")].filter(f => !f.closest("details")).map(f => f.querySelector(".hg-say").textContent)})""")
            known[name] = printed(page), facts
        return known[name]

    yield of
    context.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_on_paper(paper, name):
    sheets, facts = paper(name)
    text = whole(sheets)
    title = flat(facts["title"].replace("#", "").replace("¶", ""))
    assert flat(sheets[0].text).find(title) in range(200), "the title stands first"
    assert not lonely(sheets), "pages that hold only a head"
    assert "Showthecode" not in text, "a button on paper"
    missing = [line for line in facts["lines"] if flat(line) not in text]
    assert not missing, f"{len(missing)} pieces of code that do not end on paper"
    for said in facts["said"]:
        assert flat(said) in text, "a figure without its words"


def nearly_empty(sheets):
    """Numbers of the sheets that hold no figure and hardly a word, without the last."""
    return [
        number
        for number, sheet in enumerate(sheets[:-1], 1)
        if len(flat(sheet.text)) < 40 and not sheet.figure
    ]


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_sheet_but_the_last_is_nearly_empty(paper, name):
    """Code breaks where it must: what comes next does not leave a sheet of white behind."""
    assert not nearly_empty(paper(name)[0])


def test_a_figure_is_printed_at_the_value_shown(fresh):
    page = fresh("chapters/03_one_weight")
    figure = page.locator("figure.hg-explore").filter(has=page.locator("input[type=range]")).first
    figure.scroll_into_view_if_needed()
    figure.locator("input[type=range]").first.focus()
    before = figure.locator("output").first.text_content()
    page.keyboard.press("End")
    page.wait_for_function(
        "([f, old]) => f.querySelector('output').textContent !== old",
        arg=[figure.element_handle(), before],
    )
    page.wait_for_function(
        "f => { const i = f.querySelector('img'); return i.complete && i.naturalWidth && f.dataset.at > 0; }",
        arg=figure.element_handle(),
    )
    label, value = (
        figure.locator(part).first.text_content() for part in ("label > span", "output")
    )
    said = figure.locator(".hg-say").text_content()
    text = whole(printed(page))
    assert flat(f"{label}{value}") in text, "the value is not named"
    assert flat(said) in text
    assert "Play" not in text and "Pause" not in text, "a button on paper"


def test_a_page_with_only_a_head_is_found(fresh):
    """The fault itself, planted: code that must stay together, under a head that stays behind."""
    page = fresh("chapters/03_one_weight")
    page.add_style_tag(
        content="""@media print {
      div.cell details.hide > summary { display: flex !important; break-before: page; break-after: page !important; } }"""
    )
    assert lonely(printed(page))


def test_a_chapter_without_its_title_is_found(fresh):
    page = fresh("chapters/03_one_weight")
    page.add_style_tag(content="@media print { h1 { display: none !important } }")
    first = flat(printed(page)[0].text)
    assert flat(page.locator("article h1").text_content().strip("#¶")) not in first


def test_a_sheet_of_white_is_found(fresh):
    page = fresh("chapters/03_one_weight")
    alone = "break-before: page !important; break-after: page !important"
    page.add_style_tag(content=f"@media print {{ article h2 {{ {alone} }} }}")
    assert nearly_empty(printed(page))
