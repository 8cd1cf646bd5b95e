"""What a reader may change: declared on every page, tried, and each way to fail is noticed."""

import textwrap
from pathlib import Path

import changes
import jupytext
import notebooks
import pytest

BOOK = notebooks.Book()
PAGES = [Path(page).stem for page in BOOK.with_notebook]
EVERY = changes.names()
CHAPTERS = sorted((changes.ROOT / "chapters").glob("*.md"))
ASSIGNMENTS = sorted((changes.ROOT / "exercises").glob("*/*.md"))


def test_every_page_and_assignment_says_what_may_be_changed():
    assignments = {"exercise_" + path.stem.split("_")[0] for path in ASSIGNMENTS}
    assert set(EVERY) == set(PAGES) | assignments


@pytest.mark.parametrize("name", EVERY)
def test_changes_are_declared_as_they_must(name):
    cells, known = changes.code_of(name, BOOK), changes.declared(name)
    assert known and sum(change.sample for change in known) <= 1
    for change in known:
        assert len(set(change.values)) >= changes.FEWEST_VALUES, change.what
        assert change.before not in change.values, change.what
        for value in change.values:
            changes.changed(cells, change.before, value)


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda path: path.stem)
def test_comparisons_stand_in_book_says(page):
    cells = jupytext.read(page, fmt="md:myst").cells
    assert changes.bare_asserts([c.source for c in cells if c.cell_type == "code"]) == []


@pytest.mark.parametrize("name", EVERY)
def test_what_may_be_changed_is_typed_once(name):
    assert changes.typed_again(changes.declared(name), changes.code_of(name, BOOK)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_plain_setting_may_be_changed(page):
    assert changes.undeclared(changes.declared(page), changes.code_of(page, BOOK)) == []


@pytest.mark.slow
def test_one_change_on_every_page():
    """The sample of `make changes`."""
    failed = [row for row in changes.try_all(EVERY, sample=True) if row[3]]
    assert not failed, "\n".join(f"{row[0]}: {row[1]}: {row[2]}: {row[3]}" for row in failed)


@pytest.mark.slow
def test_every_cell_can_be_run_twice():
    failed = {name: problems for name, problems in changes.try_twice(PAGES) if problems}
    assert not failed


# -- each way to fail, on small notebooks ---------------------------------------------------------


def cells(text):
    return [textwrap.dedent(cell).strip() for cell in text.split("%%")]


@pytest.fixture
def tried(monkeypatch):
    """tried(text, before, after) -> problems, sentences and messages of a small notebook."""

    def run(text, before, after):
        monkeypatch.setattr(changes, "code_of", lambda name, book=None: cells(text))
        change = changes.Change("x", before, (after,))
        monkeypatch.setattr(changes, "declared", lambda name: [change])
        ((_, _, _, problems, outcome),) = changes.try_all(["page"], jobs=1)
        return problems, outcome

    return run


GOOD = """
    n = 3
    %%
    from handgrad.book import book_says, table
    table(["n"], [[n]])
    %%
    with book_says("the notes print three"):
        assert n == 3
"""


def test_a_change_that_shows_is_fine(tried):
    problems, outcome = tried(GOOD, "n = 3", "n = 4")
    assert problems == [] and outcome == "runs, 1 not compared"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("n = 3\n%%\nassert n == 3", "cell 2: AssertionError: (no message)"),
        ("n = 3\n%%\nprint([0, 1, 2, 3][n + 0])\nprint([1] * 4, [1, 2, 3, 4][n])", "IndexError"),
        ("n = 3\n%%\nprint(1 / (n - 4))", "ZeroDivisionError"),
        ("n = 3\n%%\nimport numpy as np\nprint(n, np.float64(1) / (n - 4))", "stderr"),
        ("n = 3\n%%\nprint(3)", "changes nothing"),
        ("n = 3\n%%\na, b, c = range(n)\nprint(a)", "too many values to unpack"),
        (
            "n = 3\n%%\nfrom handgrad.book import table\nprint(n)\n"
            "table(['a'], [[1]]) if n == 3 else None",
            "a table is lost",
        ),
        (
            "n = 3\n%%\nprint(n)\nif n == 4: raise KeyError('expected 3, got 4, try 3')",
            "KeyError",
        ),
        ("n = 3\n%%\nprint(n)\nif n == 4: raise ValueError('no')", "ValueError: no"),
    ],
    ids=lambda value: value if len(value) < 30 else "",
)
def test_what_a_reader_must_not_meet(tried, text, says):
    after = "n = 5" if "IndexError" in says else "n = 4"
    problems, _ = tried(text, "n = 3", after)
    assert any(says in problem for problem in problems), problems


def test_a_name_that_nobody_defined_is_noticed(tried):
    problems, _ = tried("n = 3; m = 1\n%%\nprint(n, m)", "n = 3; m = 1", "n = 4")
    assert "NameError" in problems[0]


def test_a_message_that_explains_itself_is_fine_and_so_is_what_follows_from_it(tried):
    text = """
        n = 3
        %%
        if n != 3:
            raise ValueError(f"the drawing has 3 neurons: expected three, got {n}; try 3")
        drawing = n
        %%
        print(drawing)
    """
    problems, outcome = tried(text, "n = 3", "n = 4")
    assert problems == [] and "says: ValueError: the drawing has 3 neurons" in outcome


EXPLAINED = """
    n = 3
    %%
    if n != 3:
        raise ValueError(f"the drawing has 3 neurons: expected three, got {n}; try 3")
    open("made", "w").close()
    %%
    twice = [2, 4, 6][n - 1]
    %%
    print([1][twice - 6])
"""


def test_what_uses_the_changed_number_may_fail_after_the_message(tried):
    assert tried(EXPLAINED, "n = 3", "n = 4")[0] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("n = 3\n%%\nprint([1, 2, 3, 4][n], [0] * n, [1, 2, 3][n - 1])", "IndexError"),
        (EXPLAINED + "%%\nprint(open('made').read())", "FileNotFoundError"),
    ],
    ids=["before a message", "what has no part in it"],
)
def test_other_errors_count_all_the_same(tried, text, says):
    problems, _ = tried(text, "n = 3", "n = 4")
    assert any(says in problem for problem in problems), problems


def test_what_a_cell_stores_and_reads():
    cell = "import a.b\ndef f(x):\n    inner = x + outer\n    return inner\n%matplotlib\nc = [k for k in d]"
    assert changes.stored(cell) == {"a", "f", "c"}
    assert changes.read(cell) == {"outer", "d"}


def test_another_range_of_a_control_is_a_change_that_shows(tried):
    text = """
        n = 3
        %%
        import numpy as np
        from handgrad.explore import explore
        explore(lambda ax, k: ax.plot([0, 1]), alt=lambda k: "a line", k=np.arange(n))
    """
    assert tried(text, "n = 3", "n = 4")[0] == []


def test_figures_are_widgets_and_their_errors_are_seen(tried):
    text = """
        n = 3
        %%
        import numpy as np
        from handgrad.explore import explore
        explore(lambda ax, k: ax.plot([0, 1 / (4 - n)]), alt=lambda k: f"{n} {k}", k=np.arange(3))
    """
    assert tried(text, "n = 3", "n = 2")[0] == []
    problems, _ = tried(text, "n = 3", "n = 4")
    assert "ZeroDivisionError" in problems[0]


def test_changes_go_on_from_where_they_stand():
    book = cells("""
        before = open("ran", "a").write("once ")
        %%
        n = 3
        %%
        print(n, open("ran").read())
    """)
    change = changes.Change("n", "n = 3", ("n = 4", "n = 5"))
    found = list(changes.branches(book, [(change, value) for value in change.values]))
    assert [outs[-1].text for _, _, outs in found] == ["4 once \n", "5 once \n"]


def test_a_run_that_dies_is_said():
    change = changes.Change("n", "n = 3", ("import os; os._exit(3)",))
    with pytest.raises(RuntimeError, match="without saying why"):
        list(changes.branches(["n = 3"], [(change, change.values[0])]))


def test_a_change_that_is_not_there_or_twice_is_an_error():
    with pytest.raises(ValueError, match="exactly once, got 0"):
        changes.changed(["x = 1"], "y = 1", "y = 2")
    with pytest.raises(ValueError, match="exactly once, got 2"):
        changes.changed(["x = 1", "x = 1"], "x = 1", "x = 2")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("names = [1]\n%%\nfirst = names.pop()", "IndexError"),
        ("x = 1\n%%\nx = x + 1\nassert x == 2", "AssertionError"),
        (
            "from handgrad.book import book_says\nx = 1\n%%\nx = x + 1\n"
            'with book_says("two"):\n    assert x == 2',
            "Not compared",
        ),
        ("x = 1 / 0 if 'last' in globals() else 1\n%%\nlast = 2", "after the whole notebook"),
        (
            "import numpy as np\nfrom handgrad.explore import explore\n"
            "explore(lambda ax, k: ax.plot([0, 1 / (2 - k)]), alt=str, k=np.arange(3))",
            "a control moved",
        ),
    ],
)
def test_what_cannot_be_run_twice(monkeypatch, text, says):
    text = text.replace("alt=str", "alt=lambda k: str(k)")
    monkeypatch.setattr(changes, "code_of", lambda name, book=None: cells(text))
    ((_, problems),) = changes.try_twice(["page"], jobs=1)
    assert problems and says in problems[0]


def test_what_can_be_run_twice(monkeypatch):
    monkeypatch.setattr(changes, "code_of", lambda name, book=None: cells(GOOD))
    assert list(changes.try_twice(["page"], jobs=1)) == [("page", [])]


# -- what the text of cells tells -----------------------------------------------------------------


def test_bare_asserts_are_found():
    text = 'with book_says("a"):\n    assert 1\n\nfor x in y:\n    assert x, "words"'
    assert changes.bare_asserts(["%pip install x\nx = 1", text]) == [(1, 'assert x, "words"')]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("x = descend(0.1)", True),
        ("alt = 'at rate 0.1.'", True),
        ("alt = f'at rate 0.1 and {x}'", True),
        ("x = 0.1  # a step of its own", False),
        ("alt = 'at rate 0.15, 10.1 and 0.1.2'", False),
        ("x = 0.10001", False),
        ('with book_says("a"):\n    assert holds("0.1", x)', False),
    ],
)
def test_values_typed_again_are_found(cell, found):
    known = [changes.Change("rate", "rate = 0.1", ("rate = 1",))]
    assert bool(changes.typed_again(known, ["rate = 0.1  # how far", cell])) == found


def test_settings_that_no_change_takes_are_found():
    known = [changes.Change("rate", "rate = 0.1", ("rate = 1",))]
    found = changes.undeclared(known, ["rate = 0.1", "x = 3\nmy_epochs = 20  # few\nlast = 2"])
    assert found == ["my_epochs = 20  # few"]


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("rate = 0.1", 0.1),
        ("updates = 20", 20),
        ("n=1e-3,", 1e-3),
        ("n = 2", None),
        ("n = 0.5", None),
        ("x, y = 2.0, 1.0", None),
        ("X = [0.1]", None),
    ],
)
def test_numbers_that_tell_something(before, value):
    assert changes.telling(before) == value
