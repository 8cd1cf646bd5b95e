"""What a screen reader is given for the formulas: the Speech Rule Engine says every one of them."""

import re
from xml.etree import ElementTree

import book_search
import heard
import heard_maths
import pytest
from temml_math import convert

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("heard")]
KINDS = heard.kinds()
LABEL = re.compile(r' aria-label="[^"]*"')
INVISIBLE = re.compile("<mo>[\u2061\u2062]</mo>|[\u2061\u2062]")
# what no formula of the book may be heard as: names of signs instead of meanings, a layer as a power, nothing
WRONG = re.compile(
    r"[^\x00-\x7f]|undefined|null|unknown|NaN|circled dot|down tack|metric|numerator partial|double struck 1"
    r"|bottom brace|to the l-th|to the L power|delta (sub \S+ )?(squared|cubed|to the)"
)
RIGHT = "delta sub j squared"  # a power, where chapter 10 asks how large deltas are on average


@pytest.fixture(scope="module")
def rows(site):
    """MathML of the formula of each kind."""
    return {kind: heard.labelled(site, row["page"], row["label"]) for kind, row in KINDS.items()}


@pytest.fixture(scope="module")
def said(rows):
    return dict(zip(rows, heard.listen(rows.values()), strict=True))


@pytest.fixture(scope="module")
def unhelped(rows):
    """What would be said without the words that the build adds."""
    bare = (INVISIBLE.sub("", LABEL.sub("", formula)) for formula in rows.values())
    return dict(zip(rows, heard.listen(bare), strict=True))


def faults(kind, words):
    row = KINDS[kind]
    missing = [must for must in row["must"] if must not in words]
    return missing + [never for never in row["never"] if never in words]


def test_there_are_kinds_enough():
    assert len(KINDS) >= 12 and all(row["must"] for row in KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_formula_is_said_as_a_teacher_says_it(said, kind):
    assert not faults(kind, said[kind]), said[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_prints_what_is_said(said, site, kind):
    assert KINDS[kind]["said"] == said[kind], "run `make heard`"
    page = (site / "chapters/how_checked.html").read_text("utf-8")
    assert said[kind].replace("&", "&amp;") in page


def test_without_help_most_are_said_otherwise(unhelped):
    """The help is needed, and its loss would be noticed."""
    lost = [kind for kind, words in unhelped.items() if faults(kind, words)]
    assert {"derivative", "layer", "hat", "transpose", "norm", "product"} <= set(lost)


@pytest.mark.parametrize("domain", ["clearspeak", "mathspeak"])
def test_every_formula_is_said(site, domain):
    found = heard.formulas(site)
    assert len(found) > 1000
    wrong = []
    for (formula, page), words in zip(found.items(), heard.listen(found, domain), strict=True):
        seen = WRONG.search(words.replace("script l", ""))
        if not words.strip() or (seen and seen[0] != RIGHT):
            wrong.append((page, heard_maths.MARKUP.sub("", formula)[:60], words[:200]))
    assert not wrong, f"{len(wrong)} formulas"


# -- the words themselves -----------------------------------------------------------------------


def labels(tex, layered=""):
    mathml, error = convert(tex, True)
    assert not error
    helped = heard_maths.helped(mathml, layered)
    return [
        e.get("aria-label") for e in ElementTree.fromstring(helped).iter() if e.get("aria-label")
    ]


@pytest.mark.parametrize(
    ("tex", "layered", "words"),
    [
        (r"w^2", "w", ["w of layer 2"]),
        (r"w^2", "", []),
        (r"h^2 + w^t", "w", []),
        (r"w_{12}^3", "w", ["w sub 1 2 of layer 3"]),
        (r"w_{12}^3 + w_2^2", "", ["w sub 1 2 of layer 3"]),
        (r"x_{12}^2", "w", []),
        (r"d_1^4 + d^2", "", ["d sub 1 of layer 4"]),
        (r"\delta_j^{l+1}", "", ["delta sub j of layer l plus 1,"]),
        (r"(W^{l+1})^\top", "", ["W of layer l plus 1, transpose"]),
        (r"(a (W^3)^\top)", "W", ["W of layer 3 transpose"]),
        (r"w_{12}^{(1)}", "w", ["w sub 12 superscript 1 in parentheses"]),
        (r"\frac{\partial J}{\partial \hat{y}}", "", ["the partial derivative of J with respect to y hat"]),
        (r"\frac{\partial^2 J}{\partial w \, \partial b}", "",
         ["the second partial derivative of J with respect to w and b"]),
        (r"\frac{\partial^2 J}{\partial w^2}", "", ["the second partial derivative of J with respect to w"]),
        (r"\partial J / \partial w", "", ["the partial derivative of J with respect to w"]),
        (r"\frac{\partial}{\partial w} J", "", ["the partial derivative with respect to w"]),
        (r"\| g \| + \|u\|^2", "", ["the norm of g", "the squared norm of u"]),
        (r"\underbrace{x}_{1 \times 2}", "", ["x marked 1 by 2"]),
        (r"\hat{y}, \; A \odot B", "", ["hat", "elementwise times"]),
    ],
)  # fmt: skip
def test_words(tex, layered, words):
    assert labels(tex, layered) == words


@pytest.mark.parametrize("tex", [r"g_i v_i", r"h \frac{1}{2}", r"g \, \frac{a}{b}"])
def test_a_product_is_no_function(tex):
    assert heard_maths.TIMES in heard_maths.helped(convert(tex, True)[0])


@pytest.mark.parametrize("tex", [r"f(x)", r"f'(x)", r"g_i + 1", r"w_i v_i", r"g / 2", r"g ."])
def test_what_is_no_product_of_such_letters_stays(tex):
    assert heard_maths.TIMES not in heard_maths.helped(convert(tex, True)[0])


@pytest.mark.parametrize(
    "tex", [r"w^2 g_i v_i + \| u \| (W^l)^\top", r"\mathbb{1}[k = j] < 1 \& 2"]
)
def test_nothing_that_is_seen_changes(tex):
    """But for invisible operators, which neither the search nor the eye meets."""
    mathml, _ = convert(tex, True)
    helped = heard_maths.helped(mathml, "w")
    assert helped != mathml
    shown = [
        INVISIBLE.sub("", "".join(ElementTree.fromstring(m).itertext())) for m in (mathml, helped)
    ]
    assert shown[0] == shown[1]
    found = [book_search.typed(ElementTree.fromstring(m)) for m in (mathml, helped)]
    assert found[0] == found[1]
