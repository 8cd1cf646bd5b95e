"""The search of the book finds what is in it, served and from disk."""

import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import book_search
import pytest
import temml_math
from playwright.sync_api import expect

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("figures")]

# what readers ask, and where the first answer must lead: a page, or a place on it; any of several
QUERIES = {
    "derivative of J with respect to w": "01_|03_|06_|derivations",
    "chain rule": "03_.*#one-step-by-the-chain-rule|derivations.*#the-chain-rule|glossary",
    "what is a delta": "05_.*#collecting-the-paths-delta|glossary",
    "vanishing gradients": "10_",
    "softmax derivative": "09_|derivations",
    "cross entropy": "09_|glossary|derivations.*#losses",
    "batch normalization backward": "11_",
    "momentum": "12_.*#momentum",
    "adam": "12_.*#adam",
    "early stopping": "12_.*#early-stopping",
    "xor": "02_.*#what-one-unit-cant-do|07_.*#xor-at-last",
    "perceptron convergence proof": "02_.*#why-it-stops",
    "learning rate too large": "01_.*#how-large|03_.*#which-learning-rates-work|04_.*#how-large",
    "gradient check step size": "07_.*#(the-step|the-best-step)|api.*#module-handgrad.check",
    "relu": "06_",
    "dead relu": "06_.*#(when-relu|the-ones-with-a-kink)",
    "tanh derivative": "06_.*#tanh|derivations.*#activations",
    "minibatch noise": "08_.*#how-noisy",
    "weight initialization": "10_.*#the-right-size-of-the-starting-weights",
    "residual connections": "10_.*#residual-connections",
    "gradient clipping": "10_.*#(clipping|what-clipping-is-for)",
    "w_ij^l": "notation|05_",
    "1/4": "10_|06_",
    "y hat": "notation|glossary|01_",
    "hadamard product": "notation.*#operations|glossary",
    "L-BFGS": "12_.*#l-bfgs",
    "samples as columns": "05_.*#samples-as-columns",
}
AT_LEAST = 25


def await_title(page, words):
    """Wait until a title with these words is among what was found."""
    expect(page.locator("#search-results li a", has_text=words).first).to_be_visible()


def test_finds_a_word(fresh, base):
    page = fresh("search")
    page.goto(f"{base}/search.html?q=perceptron")
    await_title(page, "perceptron")


def test_finds_from_disk(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "search.html").resolve().as_uri() + "?q=residual")
    await_title(page, "Residual connections")
    context.close()


def test_search_from_a_chapter(fresh):
    """The button, a word, Enter: as a reader does it."""
    page = fresh("chapters/01_linear_regression")
    page.keyboard.press("Control+k")
    page.keyboard.type("threshold")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html*")
    await_title(page, "")


def test_the_first_answer_is_right(fresh, base):
    page = fresh("search")
    assert len(QUERIES) == 27
    wrong = {}
    for query, right in QUERIES.items():
        page.goto(f"{base}/search.html?{urlencode({'q': query})}")
        link = page.locator("#search-results li a").first
        link.wait_for()
        if not re.search(right, link.get_attribute("href")):
            wrong[query] = link.get_attribute("href")
    assert len(QUERIES) - len(wrong) >= AT_LEAST, wrong


def test_what_was_found_is_there_and_can_be_read(fresh, base, site):
    """Formulas as typed, no words of buttons, places that exist, the words asked for marked."""
    page = fresh("search")
    for query, sign in {"w_ij^l": "w_ij^l", "derivative of J": "∂J/∂", "code gradient": ""}.items():
        page.goto(f"{base}/search.html?q={query.replace('^', '%5E')}")
        found = page.locator("#search-results li")
        found.first.wait_for()
        texts = found.locator("p.context").all_text_contents()
        assert not [t for t in texts if re.search("Show the code|Hide the code|Play\\b", t)]
        assert sign in " ".join(texts)
        assert sign or page.locator("#search-results mark").count() > 3
        for href in [link.get_attribute("href") for link in found.locator("a").all()][:10]:
            path, _, place = href.partition("#")
            html = (site / path).read_text("utf-8")
            assert not place or f'id="{place}"' in html
    page.goto(f"{base}/search.html?q=zzzyx")
    expect(page.locator(".search-summary")).to_contain_text("Nothing was found")


def typed(tex):
    mathml, error = temml_math.convert(tex, True)
    assert not error
    return " ".join(book_search.typed(ElementTree.fromstring(mathml)).split())


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1}{4}", "1/4"),
        (r"w_{ij}^{l}", "w_ij^l"),
        (r"\frac{\partial J}{\partial w_{ij}^{l}}", "∂J/∂w_ij^l"),
        (r"\frac{1 - z}{1 + z}", "(1 − z)/(1 + z)"),
        (r"\hat{y} = \sigma'(z)", "ŷ = σ'(z)"),
        (r"e^{-z}", "e^(−z)"),
        (r"(W^{l+1})^\top", "(W^(l + 1))^⊤"),
        (r"\sqrt{v + \epsilon}", "√(v + ϵ)"),
        (r"\sum_{i=1}^n x_i", "∑_(i = 1)^n x_i"),
        (r"\underbrace{W x}_{d \times 1}", "Wx (d × 1)"),
        (r"\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}", "a = 1; b = 2"),
    ],
)
def test_a_formula_reads_as_a_person_would_type_it(tex, text):
    assert typed(tex) == text


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\frac{\partial J}{\partial w}", "derivative of J with respect to w"),
        (r"\hat{y}", "y hat"),
        (r"\delta^l \odot s'", "delta elementwise hadamard product prime derivative"),
    ],
)
def test_a_formula_is_found_by_its_words(tex, said):
    mathml, _ = temml_math.convert(tex, True)
    assert " ".join(book_search.words(ElementTree.fromstring(mathml))) == said


def test_sections_of_a_page():
    page = """<article><section id="a"><h1>One <span>two</span><a class="headerlink">#</a></h1><p>First
      <math><mfrac><mn>1</mn><mn>4</mn></mfrac></math>.</p><img alt="x"><section id="b"><h2>Below</h2>
      <details class="hide"><summary>Show the code</summary><pre>x = 1</pre></details>
      <details class="held"><summary>✓</summary><p>Held</p></details>
      <section id="exercise-content"><p>Task</p></section></section><p>Last &amp; least</p></section></article>"""
    assert list(book_search.sections(page)) == [
        ("a", "One two", "First 1/4. Last & least", []),
        ("b", "Below", "x = 1 Task", []),
    ]
