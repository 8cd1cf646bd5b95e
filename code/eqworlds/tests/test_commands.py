"""The command, the Sphinx extension, a first world file, formulas within lines."""

import json
import subprocess
import sys

import pytest
from eqworlds.__main__ import main
from eqworlds.inline import check_inline

WORLDS = '''
from eqworlds import World, world

@world
def line(rng, draw):
    """A line."""
    w = World("i")
    w.q("n", 3 + draw, "number of samples")
    w.q("x", rng.normal(size=3 + draw), "inputs")
    w.q("w", rng.normal(), "slope")
    w.q(r"\\eta", rng.uniform(0.1, 0.9), "learning rate")
    w.q("y", lambda q: q("w") * q("x"), "outputs")
    w.q("J", lambda q: (q("y") ** 2).sum() / 2, "cost")
    return w

@world(draws=1, generic="line")
def example(rng, draw):
    """Given numbers."""
    w = World("i")
    w.q(r"\\eta", 0.1, "learning rate")
    w.q("w", 2.0, "slope")
    return w
'''
PAGE = r"""
% world: line

$$ y_i = w x_i $$ (outputs)

$$ \frac{\partial J}{\partial w} = \sum_{i=1}^{n} y_i x_i $$ (gradient)
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    # a name of its own for each test: modules are kept by name
    (tmp_path / f"worlds_{tmp_path.name}.py").write_text(WORLDS, "utf-8")
    (tmp_path / "page.md").write_text(PAGE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(book, *arguments, worlds=True):
    given = ["--worlds", f"worlds_{book.name}.py"] if worlds else []
    return main([*map(str, arguments), *given])


def test_check_by_path_and_by_module(book, capsys):
    assert run(book, "check", "page.md") == 0
    assert "2 displayed equations: 2 checked" in capsys.readouterr().out
    assert main(["check", "page.md", "--worlds", f"worlds_{book.name}"]) == 0
    (book / "page.md").write_text(PAGE.replace("= w x_i", "= -w x_i"), "utf-8")
    assert run(book, "check", "page.md") == 1
    assert "page.md:4:8  (outputs)  left" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["check", "nowhere.md", "--worlds", "WORLDS"], "there is no file nowhere.md"),
        (["check", "page.md", "--worlds", "nowhere.py"], "there is no file nowhere.py"),
        (["check", "page.md", "--worlds", "no_such_module"], "no worlds in 'no_such_module'"),
        (["check", "bad.ipynb", "--worlds", "WORLDS"], "this notebook cannot be read"),
        (["init", "page.md", "--output", "page.md"], "page.md exists already"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(book, capsys, arguments, says):
    (book / "bad.ipynb").write_text("{", "utf-8")
    given = [f"worlds_{book.name}.py" if a == "WORLDS" else a for a in arguments]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_the_command_alone():
    shown = subprocess.run(
        [sys.executable, "-m", "eqworlds", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(word in shown for word in ("check", "explain", "mutate", "symbols", "init"))


def test_explain_tells_how_a_display_was_read_and_all_sides(book, capsys):
    assert run(book, "explain", "gradient", "page.md") == 0
    shown = capsys.readouterr().out
    assert "in world line: A line." in shown and "3 comparisons in draws: 3 of line" in shown
    assert r"\sum_{i=1}^{n} y_i x_i" in shown and "line, draw 1" in shown
    assert run(book, "explain", "grad", "page.md") == 1
    assert "labelled alike: gradient" in capsys.readouterr().out


def test_symbols(book, capsys):
    assert run(book, "symbols") == 0
    assert "inputs" in capsys.readouterr().out


def test_a_first_world_file_can_be_used(book, capsys):
    assert run(book, "init", "page.md", "--output", "first.py", worlds=False) == 0
    text = (book / "first.py").read_text("utf-8")
    assert 'w.q("x", rng.normal(size=(n,)), "what it is")' in text and "World('i')" in text
    assert main(["symbols", "--worlds", "first.py"]) == 0
    assert main(["check", "page.md", "--worlds", "first.py"]) == 1  # there is no world 'line'
    assert "there is no world 'line'" in capsys.readouterr().out


def test_mutate_writes_what_was_tried(book, capsys):
    assert run(book, "mutate", "page.md", "--processes", "1", "--results", "found.json") == 0
    found = json.loads((book / "found.json").read_text("utf-8"))
    tried, noticed, of = found["gradient"]
    assert tried >= noticed > 20 and len(of) == 8
    assert "0 survive" in capsys.readouterr().out


LINES = r"""
% world: line

Here $y_i = w x_i$ and $\partial J / \partial w = \sum_i y_i x_i$, with $\eta = 0.3$, where
$r = w x_1$ is a name, $a \to b$ nothing, and $x$ no claim.

```{code-cell} ipython3
%matplotlib inline
eta = 0.3
```
"""


def within(book, text, exceptions=""):
    (book / "lines.md").write_text(text, "utf-8")
    (book / "list.toml").write_text(exceptions, "utf-8")
    return check_inline(["lines.md"], f"worlds_{book.name}.py", "list.toml")


def test_formulas_within_lines(book):
    found = within(book, LINES)
    assert found.problems == []
    assert found.found == {"held": 2, "setting": 1, "name": 1}


def test_a_wrong_formula_within_a_line_fails_or_is_listed(book):
    wrong = LINES.replace("y_i = w x_i", "y_i = -w x_i")
    (problem,) = within(book, wrong).problems
    assert problem.startswith("lines.md:4  $y_i = -w x_i$  left")
    entry = "[[exception]]\nfile = 'lines'\nformula = 'y_i = -w x_i'\nreason = 'on purpose'\n"
    assert within(book, wrong, entry).problems == []
    (stale,) = within(book, LINES, entry).problems
    assert "it is checked or gone" in stale
    with pytest.raises(ValueError, match="needs file, formula and reason"):
        within(book, wrong, entry.replace("on purpose", ""))


def test_a_setting_must_be_the_number_of_a_world_of_given_numbers(book):
    text = "% world: example\n\nWith $\\eta = {}$.\n"
    assert within(book, text.format("0.1")).found == {"setting": 1}
    (problem,) = within(book, text.format("0.2")).problems
    assert "left 0.1, right 0.2 in world example" in problem


CODE = """
% world: line

With $\\eta = {}$ and $J =$ {{glue:text}}`J`.

```{{code-cell}} ipython3
for learning_rate in (1 / 8, 0.5):
    w, b = train(rate=learning_rate, steps=100)
```
"""
NAMES = "names = {'\\eta' = ['learning_rate']}\n"


@pytest.mark.parametrize("number", ["0.5", r"\tfrac{1}{8}", "1/8"])
def test_a_setting_may_be_a_number_of_the_code(book, number):
    assert within(book, CODE.format(number), NAMES).found == {"setting": 1, "glued": 1}


def test_a_setting_that_nothing_gives_fails_or_is_listed_as_supposed(book):
    (problem,) = within(book, CODE.format("0.2"), NAMES).problems
    assert "the code of this page gives learning_rate 0.125, 0.5" in problem
    (problem,) = within(book, CODE.format("0.2")).problems
    assert "neither a world nor the code gives it" in problem
    supposed = NAMES + "supposed = {lines = ['\\eta = 0.2']}\n"
    assert within(book, CODE.format("0.2"), supposed).found == {"supposed": 1, "glued": 1}
    (stale,) = within(book, CODE.format("0.5"), supposed).problems
    assert "it is checked or gone" in stale


def test_a_relation_without_a_right_side_needs_a_number_that_code_puts_there(book):
    (problem,) = within(book, "% world: line\n\nThe cost is $J =$ 3.\n").problems
    assert "nothing stands after its relation" in problem


def test_a_case_holds_in_its_world_and_a_quoted_mistake_fails_in_its_own(book):
    text = "% world: line\n\nIf so, $w = 2$. They print $y_i = -w x_i$.\n"
    case = "case = {example = {lines = ['w = 2']}}\n"
    mistake = "mistake = {line = {lines = ['y_i = -w x_i']}}\n"
    assert within(book, text, case + mistake).found == {"case": 1, "refuted": 1}
    (problem,) = within(
        book, text.replace("w = 2", "w = 3"), case.replace("2", "3") + mistake
    ).problems
    assert "left 2, right 3 in world example" in problem
    (problem,) = within(book, text.replace("-w", "w"), case + mistake.replace("-w", "w")).problems
    assert "listed as a mistake, but it holds in world line" in problem
    unknown = mistake.replace("y_i", "q_i")
    (problem,) = within(book, text.replace("y_i", "q_i"), case + unknown).problems
    assert "listed as a mistake, but not understood" in problem


def test_more_exceptions_than_the_cap_fail(book):
    entry = "[[exception]]\nfile = 'lines'\nformula = 'y_i = -w x_i'\nreason = 'on purpose'\n"
    wrong = LINES.replace("y_i = w x_i", "y_i = -w x_i")
    assert within(book, wrong, "cap = 1\n" + entry).problems == []
    (problem,) = within(book, wrong, "cap = 0\n" + entry).problems
    assert "the cap is 0" in problem
    with pytest.raises(ValueError, match="no such table: exceptions"):
        within(book, wrong, entry.replace("exception]", "exceptions]"))


def test_formulas_within_lines_of_a_notebook(book):
    cells = [
        {
            "cell_type": "markdown",
            "source": ["<!-- world: line -->\n", "\n", "With $y_i = -w x_i$\n"],
        },
        {"cell_type": "markdown", "source": ["and $\\eta = 0.3$."]},
        {"cell_type": "code", "source": ["eta = 0.3"], "outputs": []},
    ]
    (book / "lines.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    found = check_inline(["lines.ipynb"], f"worlds_{book.name}.py")
    assert found.found == {"setting": 1}
    assert found.problems[0].startswith("lines.ipynb[cell 1]:3  $y_i = -w x_i$  left")


def test_sphinx_builds_no_book_whose_displays_do_not_hold(book):
    sphinx = pytest.importorskip("sphinx.application")
    errors = pytest.importorskip("sphinx.errors")
    (book / "conf.py").write_text(
        "extensions = ['eqworlds.sphinx']\nsource_suffix = {'.md': 'restructuredtext'}\n"
        f"root_doc = 'page'\neqworlds_worlds = 'worlds_{book.name}.py'\n",
        "utf-8",
    )

    def start():
        folders = [str(book), str(book), str(book / "out"), str(book / "trees")]
        return sphinx.Sphinx(*folders, "dummy", status=None, warning=None)

    start()
    (book / "page.md").write_text(PAGE.replace("= w x_i", "= -w x_i"), "utf-8")
    with pytest.raises(errors.ExtensionError, match=r"\(outputs\)  left"):
        start()


def test_what_is_false_in_the_world_in_force_is_no_name_and_true_in_no_other(book):
    text = "% world: line\n\n$y_i = w x_i$\n\n% world: example\n\n$\\eta = 0.1$, {} and ${}$.\n"
    found = within(book, text.format("$y_i = w x_i$", r"r = w \eta"))
    assert found.found == {"held": 1, "setting": 1, "elsewhere": 1, "name": 1}
    (problem,) = within(book, text.format("no", r"w = w \eta")).problems
    assert "left 2, right 0.2 in world example" in problem  # nor a new name, though line has no r
    (problem,) = within(book, text.format("no", r"y_i = -w x_i")).problems
    assert "y is not declared in this world" in problem or "left" in problem
