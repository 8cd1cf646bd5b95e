"""Reading MyST: which displays are found, with which label, line and world."""

import json
import textwrap

import pytest
from eqworlds import Checker, World, check_equations, read_text, world
from eqworlds.chapters import count_displays, read_notebook
from eqworlds.report import too_many_unchecked


def found(text, strict=True):
    return read_text(textwrap.dedent(text).lstrip("\n"), "page.md", strict)


@world
def plain(rng, draw):
    """Two numbers."""
    w = World("i")
    w.q("a", rng.normal(), "a number")
    w.q("b", rng.normal(), "another")
    return w


def messages(text, strict=True):
    report = check_equations(found(text, strict), Checker({"plain": plain}))
    return [str(failure) for failure in report.failures]


def test_a_display_with_its_label_line_and_world():
    (equation,) = found("""
        ---
        title: A page
        ---
        % world: plain, other-one
        % also: third

        Text with $a = b$ inline.

        ```{math}
        :label: one
        :class: wide

        a = a
        ```
        """)
    assert (equation.label, equation.line, equation.kind) == ("one", 13, "check")
    assert equation.claim.source == "a = a"
    assert equation.claim.worlds == ("plain", "other_one")
    assert equation.claim.also == ("third",)


@pytest.mark.parametrize(
    "opening, closing",
    [
        (":::{note}", ":::"),
        ("````{prf:theorem} Name", "````"),
        ("````{exercise}\n:label: ex-1", "````"),
        ("::::{dropdown} Hint\n:::{tip}", ":::\n::::"),
        ("`````{tab-set}\n````{tab-item} A", "````\n`````"),
        ("````{solution} ex-1\n:class: dropdown", "````"),
    ],
)
def test_displays_within_directives(opening, closing):
    text = f"% world: plain\n\n{opening}\n\nWords.\n\n```{{math}}\n:label: inner\na = a\n```\n{closing}\n"
    (equation,) = read_text(text)
    assert equation.label == "inner" and equation.claim.worlds == ("plain",)
    assert text.split("\n")[equation.line - 1] == "a = a"


def test_comments_hold_for_what_they_should():
    first, second, third, fourth = found(r"""
        % world: plain
        % shift: \mu
        % define

        ```{math}
        :label: one
        u = a
        ```

        ```{math}
        :label: two
        u = a
        ```

        % unchecked: a picture in symbols

        ```{math}
        :label: three
        u \to a
        ```

        % world: other

        ```{math}
        :label: four
        b = b
        ```
        """)
    assert [e.kind for e in (first, second, third, fourth)] == [
        "define",
        "check",
        "unchecked",
        "check",
    ]
    assert first.claim.shifts == (r"\mu",) and second.claim.shifts == ()
    assert second.claim.definitions == ("u = a",) and fourth.claim.definitions == ("u = a",)
    assert third.reason == "a picture in symbols"
    assert fourth.claim.worlds == ("other",)


@pytest.mark.parametrize(
    "display",
    [
        "$$\na = a\n$$",
        "$$ a = a $$ (eq)",
        "\\begin{align}\na &= a\n\\end{align}",
        "Words $$a = a$$ here.",
    ],
)
def test_a_strict_book_has_one_way_to_write_a_display(display):
    (message,) = messages(f"% world: plain\n\n{display}\n")
    assert "write the display as ```{math} with :label:" in message


def test_what_is_missing_is_said():
    assert "without a label" in messages("% world: plain\n\n```{math}\na = a\n```\n")[0]
    assert "no world: write '% world: name'" in messages("```{math}\n:label: x\na = a\n```\n")[0]
    assert (
        "there is no world 'nowhere'"
        in messages("% world: nowhere\n\n```{math}\n:label: x\na = a\n```\n")[0]
    )
    assert (
        "needs a reason"
        in messages("% world: plain\n% unchecked\n\n```{math}\n:label: x\na = a\n```\n")[0]
    )


def test_the_order_of_an_approximation_is_read():
    text = "% world: plain\n% order: h^2, h^4\n\n```{math}\n:label: x\na = a\n```\n"
    (equation,) = read_text(text)
    assert equation.claim.orders == (("h", 2), ("h", 4))
    assert "needs powers" in messages(text.replace("h^4", "small"))[0]


def test_a_label_is_given_once():
    text = "% world: plain\n\n" + "```{math}\n:label: x\na + b = b + a\n```\n\n" * 2
    (message,) = messages(text)
    assert "the label x is already taken at page.md:5" in message


def test_code_is_not_read_and_what_is_read_is_counted_again():
    text = textwrap.dedent("""
        ```{code-cell} ipython3
        print("$$ a = b $$")
        ```

        ````md
        ```{math}
        a = b
        ```
        ````

        Words about `$$`.
        """)
    assert found(text) == []
    assert count_displays(text) == 0
    hidden = "Text\n\n    ```{math}\n    :label: x\n    a = a\n    ```\n"  # an indented block: code to Markdown
    assert "1 displays stand in the text, 0 were read" in messages(hidden)[0]


def test_a_message_points_at_the_place():
    (message,) = messages(
        "% world: plain\n\n```{math}\n:label: two-lines\n\\begin{aligned}\na &= a + b - b \\\\\nb &= -b\n\\end{aligned}\n```\n"
    )
    head, line, caret = message.split("\n")
    assert head.startswith("page.md:7:6  (two-lines)  left ")
    assert "in world plain (draw 1)" in head
    assert line.strip() == "b &= -b"
    assert line[caret.index("^")] == "-"


def test_too_much_unchecked():
    text = "% unchecked: no reason really\n\n```{math}\n:label: label\na = a\n```\n\n"
    many = "".join(text.replace("label\n", f"label{number}\n") for number in range(3))
    report = check_equations(read_text(many), Checker({"plain": plain}))
    assert "3 of 3 displays are unchecked; the cap is 3%" in too_many_unchecked(report)
    assert too_many_unchecked(report, cap=1.0) is None


# ------------------------------------------------------------------ any book


@pytest.mark.parametrize(
    "display, label, line",
    [
        ("$$\na + b = b + a\n$$", None, 4),
        ("$$\na + b = b + a\n$$ (eq)", "eq", 4),
        ("$$a + b = b + a$$", None, 3),
        ("\\begin{align}\na + b &= b + a \\label{eq}\n\\end{align}", "eq", 3),
        ("\\begin{equation*}\na + b = b + a\n\\end{equation*}", None, 3),
        ("Words $$a + b = b + a$$ here.", None, 3),
        ("```{math}\na + b = b + a\n```", None, 4),
    ],
)
def test_displays_as_other_books_write_them(display, label, line):
    (equation,) = found(f"% world: plain\n\n{display}\n", strict=False)
    assert (equation.label, equation.line, equation.kind) == (label, line, "check")
    assert messages(f"% world: plain\n\n{display}\n", strict=False) == []
    (message,) = messages(f"% world: plain\n\n{display.replace('b + a', 'b - a')}\n", strict=False)
    assert message.startswith((f"page.md:{line}:", f"page.md:{line + 1}:"))


def test_html_comments_name_the_world_too():
    (equation,) = found("<!-- world: plain -->\n\n$$a = b$$\n", strict=False)
    assert equation.claim.worlds == ("plain",)


def test_a_display_without_a_world_is_counted_as_unchecked():
    (equation,) = found("$$a = b$$\n", strict=False)
    assert equation.kind == "unchecked" and "no world" in equation.reason


def test_a_notebook_and_what_its_code_puts_out():
    cells = [
        {"cell_type": "markdown", "source": ["% world: plain\n", "\n", "$$a + b = b + a$$\n"]},
        {
            "cell_type": "code",
            "source": "Math(...)",
            "outputs": [
                {"data": {"text/latex": ["$\\displaystyle a - b = b - a$"]}},
                {"text": "x"},
            ],
        },
        {"cell_type": "markdown", "source": "$$a = b$$ (wrong)"},
    ]
    read = read_notebook(json.dumps({"cells": cells}), "page.ipynb")
    assert [e.path for e in read] == [f"page.ipynb[cell {k}]" for k in (1, 2, 3)]
    report = check_equations(read, Checker({"plain": plain}))
    made, typed = (str(failure) for failure in report.failures)
    assert made.startswith("page.ipynb[cell 2]:1:9  (output 1 of cell 2)  left")
    assert typed.startswith("page.ipynb[cell 3]:1:5  (wrong)  left")
