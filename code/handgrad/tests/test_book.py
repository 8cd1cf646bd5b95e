"""Numbers, tables and stored values for the prose."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from handgrad import book
from html_tree import Tree


@pytest.mark.parametrize(
    "x, spec, text",
    [
        (-0.5, ".2f", "−0.50"),
        (-0.001, ".2f", "0.00"),
        (1.234e-5, ".1e", "1.2 × 10⁻⁵"),
        (-3.0e12, ".0e", "−3 × 10¹²"),
        (np.float64(2.5), ".3f", "2.500"),
        (np.array([[0.25]]), ".2f", "0.25"),
        (12345, ",", "12,345"),
        (Fraction(1, 3), ".3f", "0.333"),
        (float("-inf"), ".2f", "−∞"),
    ],
)
def test_num(x, spec, text):
    assert book.num(x, spec) == text


@pytest.mark.parametrize(
    "x, error",
    [
        (float("nan"), ValueError),
        ("1", TypeError),
        (True, TypeError),
        (np.ones(2), TypeError),
        (None, TypeError),
    ],
)
def test_num_refuses_what_is_no_result(x, error):
    with pytest.raises(error):
        book.num(x, ".2f")


def test_inline_formulas():
    assert book.inline("a < b") == "a &lt; b"
    assert book.inline(r"step $\eta$") == "step <i>η</i>"
    assert book.inline(r"$\eta = 0.4$") == "<i>η</i> = 0.4"
    assert book.inline("$w_{11}^2$") == "<i>w</i><sub>11</sub><sup>2</sup>"
    assert book.inline(r"$\partial J/\partial w$") == "∂<i>J</i>/∂<i>w</i>"
    assert book.inline("$s'$ left") == "<i>s</i>\u2032 left"
    assert book.inline("$a < -1$") == "<i>a</i> &lt; −1"
    assert book.plain(r"$\delta^{l+1} < w_1$") == "δ^{l+1} < w_1"
    for wrong in ("one $ sign", r"$\frac{1}{2}$"):
        with pytest.raises(ValueError):
            book.inline(wrong)


def test_table_is_accessible():
    table = book.table(
        ["step", "$w_1$", "word"], [[1, -0.5, "a<b"], [2, 1e-5, "c"]], caption="Steps"
    )
    tree = Tree(table._repr_html_())
    (region,) = tree.all("div")
    assert (
        region["tabindex"] == "0" and region["role"] == "region" and region["aria-label"] == "Steps"
    )
    assert [th["scope"] for th in tree.all("th")] == ["col"] * 3 + ["row"] * 2
    assert len(tree.all("caption")) == 1 and len(tree.all("td")) == 4
    sides = [attrs["style"] for attrs in tree.all("td")]
    assert sides == ["text-align:right", "text-align:left"] * 2
    assert "−0.5" in table._repr_html_() and "a&lt;b" in table._repr_html_()
    lines = repr(table).splitlines()
    assert lines[0] == "Steps" and len({line.index("w") for line in lines[1:2]}) == 1
    assert lines[2].split() == ["1", "−0.5", "a<b"]


def test_columns_of_numbers_share_their_decimals():
    lines = repr(
        book.table(["n", "w", "J"], [[1, 0.5, 2e-9], [20, -12.25, 1.0], [3, np.float64(2), 0.0]])
    )
    rows = [line.split("  ") for line in lines.splitlines()[1:]]
    cells = [[cell for cell in map(str.strip, row) if cell] for row in rows]
    assert cells == [["1", "0.50", "2 × 10⁻⁹"], ["20", "−12.25", "1"], ["3", "2.00", "0"]]


def test_table_without_caption_still_has_a_name():
    tree = Tree(book.table(["$x$", "y"], [[1, 2]])._repr_html_())
    assert tree.all("div")[0]["aria-label"] == "Table: x, y"


def test_table_refuses_rows_that_do_not_fit():
    with pytest.raises(ValueError, match="row 1 must have 2 cells, got 3"):
        book.table(["a", "b"], [[1, 2], [1, 2, 3]])
    with pytest.raises(ValueError, match="align"):
        book.table(["a", "b"], [[1, 2]], align=["left"])
    with pytest.raises(ValueError):
        book.table(["a"], [])


def test_glue_reaches_myst_nb_and_shows_nothing():
    """Runs cells in a kernel's shell, then reads the outputs as myst-nb does."""
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("myst_nb")
    code = (
        "import json\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from IPython.utils.capture import capture_output\n"
        "shell = InteractiveShell.instance()\n"
        "with capture_output() as out:\n"
        "    shell.run_cell('from handgrad.book import glue, num\\n'\n"
        '                   \'glue(ch01_w=num(0.5, ".2f"), ch01_n=12000, ch01_s="x", \'\n'
        "                   'ch01_e=num(1.2e-5, \".1e\"))')\n"
        "assert out.stdout == '', out.stdout\n"
        "print(json.dumps([[o.data, o.metadata] for o in out.outputs]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    outputs = json.loads(done.stdout.splitlines()[-1])
    assert not any(mime in ("text/plain", "text/html") for data, _ in outputs for mime in data)

    from myst_nb.core.variables import format_plain_text
    from myst_nb.ext.glue import extract_glue_data_cell

    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data=d, metadata=m) for d, m in outputs]
    )
    found = {key: value["data"]["text/plain"] for key, value in extract_glue_data_cell(cell)}
    texts = {key: format_plain_text(text, "s") for key, text in found.items()}
    assert texts == {
        "ch01_w": "0.50",
        "ch01_n": "12000",
        "ch01_s": "x",
        "ch01_e": "1.2\u00a0×\u00a010⁻⁵",  # no line of the prose ends within a number
    }


def test_glue_wants_a_format_for_a_float():
    with pytest.raises(TypeError, match="num"):
        book.glue(ch01_w=0.5)
    with pytest.raises(TypeError, match="num"):
        book.glue(ch01_w=np.float64(0.5))


# ---- what the book says of its own data ------------------------------------------------------------


def test_a_difference_from_print_stops_the_build(monkeypatch):
    monkeypatch.setenv("HANDGRAD_CHECKS", "strict")
    with pytest.raises(AssertionError), book.book_says("the notes print 1"):
        assert 1 + 1 == 1


@pytest.mark.parametrize("error", [AssertionError, IndexError, StopIteration, ZeroDivisionError])
def test_a_difference_from_print_never_stops_a_reader(monkeypatch, capsys, error):
    monkeypatch.delenv("HANDGRAD_CHECKS", raising=False)
    with book.book_says("the notes print 1"):
        raise error
    said = capsys.readouterr().out
    assert said == "Not compared, since the data are no longer the book's: the notes print 1.\n"


def test_what_agrees_says_nothing(capsys):
    with book.book_says("one and one are two"):
        assert 1 + 1 == 2
    assert capsys.readouterr().out == ""


def test_a_cell_that_was_not_run_is_no_change_of_data(monkeypatch):
    monkeypatch.delenv("HANDGRAD_CHECKS", raising=False)
    with pytest.raises(NameError), book.book_says("the weights"):
        assert not_yet_defined  # noqa: F821


@pytest.mark.parametrize("what", ["", " ", None, 3])
def test_what_is_compared_must_be_said(what):
    with pytest.raises(TypeError, match="in words"), book.book_says(what):
        pass


def test_cells_with_sentences_may_break_their_lines():
    rows = [["A sentence that is long.", 1]]
    assert "white-space:normal" in book.table(["says", "n"], rows, wrap=True)._repr_html_()
    assert "white-space" not in book.table(["says", "n"], rows)._repr_html_()
