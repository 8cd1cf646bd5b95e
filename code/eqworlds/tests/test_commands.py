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
"""


def within(book, text, exceptions=""):
    (book / "lines.md").write_text(text, "utf-8")
    (book / "list.toml").write_text(exceptions, "utf-8")
    return check_inline(["lines.md"], f"worlds_{book.name}.py", "list.toml")


def test_formulas_within_lines(book):
    found = within(book, LINES)
    assert found.problems == []
    assert (found.checked, found.settings, found.names) == (2, 1, 1)


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
    assert within(book, text.format("0.1")).settings == 1
    (problem,) = within(book, text.format("0.2")).problems
    assert "in world example it has another value" in problem


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
