"""Conclusions: each has a fresh result that holds; what is missing, stale or wrong is noticed."""

import json
import shutil

import numpy as np
import pytest

from claims import conclusions
from claims.conclusions import __main__ as runner
from claims.conclusions import digest, pages

ROOT = digest.ROOT


@pytest.fixture(scope="module")
def claims():
    return pages.Claims()


def test_every_pointer_leads_to_a_claim_that_holds(claims):
    assert not claims.problems(), "\n".join(
        f"{path}:{line}: {message}" for path, line, message in claims.problems()
    )


def test_no_page_leaves_anything_unclaimed(claims):
    assert {page.name for page in claims.pages} == {p.stem for p in ROOT.glob("chapters/*.md")}
    assert not [f"{i.page}:{i.line}: {i.kind}: {i.text}" for i in claims.unclaimed()]


def test_the_reviewed_list_is_short_and_all_in_use(claims):
    listed = claims.reviewed()
    assert len(listed) <= pages.MOST_REVIEWED * len(claims.items())
    for (page, starts), reason in listed.items():
        assert reason.startswith(("definition", "opinion")), (page, starts)
        found = [i for i in claims.items() if i.page == page and starts in i.text]
        assert found and not any(claims.holding(i) for i in found), (page, starts)


# -- a small book, to break ---------------------------------------------------------------------

PAGE = """# One

(sec:one)=
## Text

Ours is fastest.{claim}`ch01-fast` A row, {claim}`S2-07`, is shown.{claim}`eq:one-sum`

% world: anything

```{math}
:label: one-sum
a = b
```

```{code-cell} python
# check: both
RATES = (0.1, 0.2)
# claim: ch01-fast
x = dict(caption="The fastest of all")
check.agree(1, 1)
```

In a solution: ``{claim}`not-one` `` is only quoted.{claim}`cell:both`{claim}`ledger:S2-07`

## Summary

- It is fast.{claim}`ch01-fast`
- By {eq}`one-sum` too.
- Nothing holds this up.

```{admonition} Mistake: one
:class: mistake
It never works.
```
"""
MODULE = """import numpy as np
from claims.conclusions import conclusion
from handgrad import losses

MARGIN = 2
OTHER = 3


def helper():
    return losses


@conclusion("ch01-fast", says="fast", seeds=20, budget="3", grid="2", paired="starts")
def fast():
    "Why."
    helper()  # with care
    assert MARGIN
    return {"n": 1}
"""


@pytest.fixture
def small(tmp_path):
    """A repository of one page, one conclusion, and one module of ours that it depends on."""
    for folder in ("chapters", "claims/conclusions", "code/handgrad/src/handgrad"):
        (tmp_path / folder).mkdir(parents=True)
    package = tmp_path / "code/handgrad/src/handgrad"
    (package / "__init__.py").write_text('"""Words."""\n')
    (package / "losses.py").write_text('"""Words."""\nHALF = 0.5\n')
    (package / "draw.py").write_text("A = 1\n")
    (tmp_path / "chapters/01_one.md").write_text(PAGE)
    (tmp_path / "claims/conclusions/ch01.py").write_text(MODULE)
    (tmp_path / "claims/conclusions/reviewed.toml").write_text("")
    shutil.copytree(ROOT / "claims/ledger", tmp_path / "claims/ledger")
    (given, found, _) = digest.state(tmp_path)["ch01-fast"]
    result = {"ch01-fast": {**given, "held": True, "measured": {"n": 1}, "digest": found}}
    result["ch01-fast"]["settings"] = pages.book_settings(tmp_path)["ch01-fast"]
    (tmp_path / "claims/conclusions/results.json").write_text(json.dumps(result))
    return tmp_path


def problems(root):
    return [message for _, _, message in pages.Claims(root).problems()]


def edit(root, path, before, after):
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after))


def test_a_book_in_order_has_no_problems(small):
    assert problems(small) == []
    page = pages.read(small / "chapters/01_one.md")
    lines = (small / "chapters/01_one.md").read_text().split("\n")
    for pointer in page.pointers:
        name = pointer.name.removeprefix("ledger:") if pointer.shown else pointer.name
        assert name in lines[pointer.line - 1]
    assert len(page.pointers) == 7 and not any("not-one" in p.name for p in page.pointers)


def test_what_points_to_nothing_is_found(small):
    left = pages.Claims(small).unclaimed()
    assert [(i.kind, i.text) for i in left] == [
        ("summary", "Nothing holds this up."),
        ("mistake box", "Mistake: one It never works."),
    ]
    (small / "claims/conclusions/reviewed.toml").write_text(
        '[[sentence]]\npage = "01_one"\nstarts = "Nothing holds"\nreason = "opinion"\n'
    )
    assert len(pages.Claims(small).unclaimed()) == 1
    edit(small, "chapters/01_one.md", "# claim: ch01-fast\n", "")
    assert next(i.kind for i in pages.Claims(small).unclaimed()) == "caption"
    assert "mistake box: Mistake: one" in pages.report(pages.Claims(small))


@pytest.mark.parametrize(
    ("path", "before", "after", "says"),
    [
        ("chapters/01_one.md", "claim}`ch01-fast`", "claim}`ch01-slow`", "no function in claims"),
        ("chapters/01_one.md", "claim}`eq:one-sum", "claim}`eq:two", "has the label 'two'"),
        ("chapters/01_one.md", "\n% world: anything", "\n% define", "no checked display"),
        ("chapters/01_one.md", "claim}`cell:both", "claim}`cell:all", "no code cell says"),
        ("chapters/01_one.md", "check.agree(1, 1)", "print(1)", "compares nothing"),
        ("chapters/01_one.md", "claim}`cell:both", "claim}`test:tour", "no test of the playground"),
        ("chapters/01_one.md", "claim}`ledger:S2-07", "claim}`ledger:S2-99", "no claim 'S2-99'"),
        ("chapters/01_one.md", "claim}`cell:", "claim}`sell:", "begins with eq:"),
        ("chapters/01_one.md", "ch01-fast", "cell:both", "no page names the conclusion"),
        ("claims/conclusions/ch01.py", "MARGIN = 2", "MARGIN = 1", "stale"),
        ("claims/conclusions/ch01.py", "return losses", "return 2", "stale"),
        ("claims/conclusions/ch01.py", 'budget="3"', 'budget="4"', "stale"),
        ("chapters/01_one.md", "(0.1, 0.2)", "(0.1, 0.3)", "set other values"),
        ("code/handgrad/src/handgrad/losses.py", "HALF = 0.5", "HALF = 1", "stale"),
        ("claims/conclusions/results.json", '"held": true', '"held": false', "does not hold"),
        ("claims/conclusions/results.json", "ch01-fast", "ch01-gone", "has no result"),
        ("claims/conclusions/results.json", "ch01-fast", "ch01-gone", "no page names"),
    ],
)
def test_what_is_broken_stops_the_build(small, path, before, after, says):
    edit(small, path, before, after)
    assert any(says in message for message in problems(small))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("claims/conclusions/ch01.py", "  # with care", "  # with more care"),
        ("claims/conclusions/ch01.py", '"Why."', '"For this reason."'),
        ("chapters/01_one.md", "RATES = (0.1, 0.2)", "rates = (0.1, 0.2)  # tried"),
        ("chapters/01_one.md", "The fastest of all", "The fastest of them all"),
        ("claims/conclusions/ch01.py", "OTHER = 3", "OTHER = 4"),
        ("code/handgrad/src/handgrad/losses.py", "Words.", "Other words."),
        ("code/handgrad/src/handgrad/draw.py", "A = 1", "A = 2"),
    ],
)
def test_words_and_what_is_not_used_make_no_result_stale(small, path, before, after):
    edit(small, path, before, after)
    assert problems(small) == []


def test_the_digest_follows_imports_of_imports(small):
    home = small / "code/handgrad/src/handgrad"
    (home / "losses.py").write_text("from handgrad._deep import HALF\nfrom handgrad import draw\n")
    (home / "_deep.py").write_text("HALF = 0.5\n")
    found = digest.all_modules(["handgrad.losses"], small)
    assert found == ["handgrad", "handgrad._deep", "handgrad.losses"]


# -- running ------------------------------------------------------------------------------------


def test_a_conclusion_that_holds_and_one_that_does_not(monkeypatch, capsys):
    def run(function):
        monkeypatch.setattr(conclusions, "_REGISTRY", {})
        conclusions.conclusion("x", says="s", seeds=20, budget="b", grid="g", paired="p")(function)
        monkeypatch.setattr(runner, "load", lambda: conclusions._REGISTRY)
        monkeypatch.setattr("resource.setrlimit", lambda *_: None)
        runner.run_here("x")
        return json.loads(capsys.readouterr().out)

    def wrong():
        assert 1 == 2, "one and two"

    def warns():
        np.float64(1) / np.float64(0)

    found = run(lambda: {"a": 0.123456, "b": np.arange(2), "c": 12345.6, "d": 7})
    assert found == {"held": True, "measured": {"a": 0.123, "b": [0, 1], "c": 12300.0, "d": 7}}
    assert not run(wrong)["held"] and "one and two" in run(wrong)["why"]
    assert not run(warns)["held"] and "RuntimeWarning" in run(warns)["why"]
    assert not run(lambda: None)["held"]


def test_a_declaration_must_be_complete():
    right = {"says": "s", "seeds": 20, "budget": "b", "grid": "g", "paired": "p"}
    for name in ("says", *conclusions.VARIED):
        with pytest.raises(TypeError, match="expected"):
            conclusions.conclusion("x", **{**right, name: " "})
    for name in conclusions.VARIED:
        conclusions.conclusion("x", **{**right, name: "none: nothing is trained"})
        for said in ("none", "none:", "none: "):
            with pytest.raises(ValueError, match="the reason"):
                conclusions.conclusion("x", **{**right, name: said})
    with pytest.raises(ValueError, match="at least 20 seeds, got 19"):
        conclusions.conclusion("x", **{**right, "seeds": 19})
