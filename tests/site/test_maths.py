"""Formulas: rendered at build time, numbered, and an error where they can't be."""

import re

import pytest
import temml_math
from docutils import nodes
from docutils.utils import new_document
from pages import PHONE
from playwright.sync_api import expect

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("pages")]
CHAPTER = "chapters/01_linear_regression"
FORMULAS = [
    r"\frac{\partial J}{\partial w} = \frac{\partial J}{\partial a}\,\frac{\partial a}{\partial z}",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    r"\begin{cases} z & \text{if } z > 0, \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{pmatrix} w_{11} & w_{12} \\ w_{21} & w_{22}\end{pmatrix}",
    r"\left[\begin{matrix}\frac{x}{2} & 0\end{matrix}\right]",
    r"\underbrace{W}_{d \times k}\,x = \overbrace{z}^{\text{sum}}",
    r"\boxed{\delta^l = (\delta^{l+1} (W^{l+1})^\top) \odot s'(z^l)}",
    r"\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
    r"\lVert x \rVert_2^2,\; \hat{y},\; \mathbf{W},\; \mathbb{R}^n,\; \bm{\delta}",
    r"\left.\frac{\partial J}{\partial w}\right|_{w=w_0}",
    r"\sqrt{v_t}+\epsilon,\; \sqrt[3]{x},\; \binom{n}{k}",
    r"\class{up}{\frac{\partial J}{\partial a}}\cdot x",
]


@pytest.mark.parametrize("tex", FORMULAS)
def test_renders(tex):
    mathml, error = temml_math.convert(tex, True)
    assert not error
    assert mathml.startswith("<math") and mathml.endswith("</math>")
    # no content is lost: every letter of the source that is shown is in the result
    letters = re.sub(
        r"\\(begin|end)\{\w+\}|\\(class|text|bm|math\w+|operatorname)\{\w*\}|\\[a-zA-Z]+", "", tex
    )
    shown = re.sub(r"<[^>]+>", "", mathml)
    for letter in set(re.findall(r"[a-zA-Z]", letters)):
        assert letter in shown or letter in mathml, letter


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\unknowncommand x", r"\left( x", "x^2^3"])
def test_what_cannot_be_rendered_is_an_error(tex):
    mathml, error = temml_math.convert(tex, True)
    assert error and not mathml


def test_the_space_beside_a_sum_is_written_down():
    """Firefox forgets it where it measures a cell of a table, and the cell is too narrow."""
    space = temml_math.SUM_SPACE
    for tex in (r"\sum_{i=1}^n x_i", r"\sum_j w_j", r"a \prod_{k=1}^{n} \frac{1}{k} b"):
        mathml, _ = temml_math.convert(tex, True)
        assert mathml.count(space) == 2 and mathml.count('lspace="0em" rspace="0em"') == 1
        before, _, behind = mathml.partition("<munder")
        assert before.endswith(space) and f"</munder{behind.partition('>')[0]}>{space}" in mathml
    for tex in (r"\sum_j w_j", r"a + b"):
        assert space not in temml_math.convert(tex, False)[0], "it has no limits in a sentence"


def test_sphinx_numbers_equations_not_the_renderer():
    assert (
        temml_math.display_tex(r"\begin{align} a &= b \end{align}")
        == r"\begin{align*} a &= b \end{align*}"
    )
    assert temml_math.display_tex(r"a \\ b").startswith(r"\begin{split}")
    assert temml_math.display_tex(r"\begin{cases} a \\ b \end{cases}").startswith(r"\begin{cases}")


def test_punctuation_stays_with_its_formula():
    before, rest = "for all layers (", "), and then."
    paragraph = nodes.paragraph(
        "",
        "",
        nodes.Text(before),
        nodes.math("", "l"),
        nodes.Text(rest),
        nodes.math("", "k"),
        nodes.Text(" is next"),
    )
    document = new_document("a page")
    document += paragraph
    text = document.astext()
    temml_math.hold_punctuation(None, document, "a page")
    assert document.astext() == text
    (held,) = document.findall(nodes.inline)
    assert held.astext() == "(l)," and held["classes"] == ["held"]


def test_no_line_begins_with_the_punctuation_of_a_formula(fresh):
    page = fresh(CHAPTER, viewport=PHONE)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    page.evaluate("document.fonts.ready.then(() => 0)")
    torn = page.evaluate("""() => [...document.querySelectorAll("article span.math")].filter(m => {
      const sign = m.nextSibling, range = document.createRange();
      if (!sign || !/^[,.;:!?)]/.test(sign.data || "")) return false;
      range.setStart(sign, 0);
      range.setEnd(sign, 1);
      return range.getBoundingClientRect().top >= m.getBoundingClientRect().bottom;
    }).map(m => m.parentElement.textContent)""")
    assert page.locator("article span.held").count() > 5 and not torn


def test_references_to_equations_say_their_number(fresh):
    page = fresh(CHAPTER)
    numbers = page.locator(".eqno").all_text_contents()
    numbers = [re.search(r"\(([\d.]+)\)", text)[1] for text in numbers]
    assert len(numbers) == len(set(numbers)) > 3
    assert all(re.fullmatch(r"1\.\d+", number) for number in numbers)
    for link in page.locator("a[href^='#equation-']:not(.headerlink)").all():
        target = page.locator(f"[id='{link.get_attribute('href')[1:]}'] .eqno")
        assert link.text_content().strip("()") in target.text_content()


def test_output_of_sympy_is_a_formula(fresh):
    page = fresh("chapters/01_linear_regression")
    assert page.locator(".cell_output math").count() > 0


def test_wide_formulas_scroll_within_themselves(browser, base):
    """At 390 px and 360 px, also formulas far wider than the screen."""
    for width in (390, 360):
        context = browser.new_context(viewport={**PHONE, "width": width})
        page = context.new_page()
        page.goto(f"{base}/{CHAPTER}.html")
        page.evaluate("""() => { const f = document.querySelector('.math-scroll');
          for (let i = 0; i < 5; i++) f.firstChild.append(f.firstChild.firstChild.cloneNode(true));
          f.scrollIntoView(); }""")
        page.evaluate("window.dispatchEvent(new Event('resize'))")
        wide = page.locator(".math-scroll").first
        assert wide.evaluate("e => e.scrollWidth > e.clientWidth")
        expect(wide).to_have_attribute("tabindex", "0")
        assert wide.get_attribute("aria-label")
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        wide.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("e => e.scrollLeft > 0", arg=wide.element_handle())
        context.close()


def test_the_maths_font_is_used_and_small(fresh, site):
    page = fresh(CHAPTER)
    page.evaluate("document.fonts.ready.then(() => 0)")
    assert page.evaluate("document.fonts.check('16px \"Book Math\"', '\U0001d465')")
    assert (site / "_static/fonts/maths.woff2").stat().st_size < 130_000
