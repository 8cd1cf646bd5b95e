"""The same book on every machine: what moves is found, and the pages that iterate don't move."""

import json
import sys

import machines
import pytest
from arithmetics import pages
from arithmetics.compare import Difference, changed, complaints, differences
from arithmetics.settings import CannotRun, arithmetics, clean, probe, settled

ROOT = pages.ROOT
# An old kernel, without the fused multiplication that all newer ones have, and one of the nudges;
# each with the pages that it was first to move, as far as a minute goes. `make machines` runs all.
TELLING = {
    "Prescott": ["chapters/07b_broken_backprop.md", "chapters/12_regularisation_optimisers.md"],
    "nudges-1": [
        "chapters/07b_broken_backprop.md",
        "exercises/07_network_by_hand/07_network_by_hand.md",
    ],
}

HEAD = """\
---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A page

"""
CHAOTIC = """\
```{code-cell} ipython3
:tags: [hide-input]

import numpy as np
from handgrad.book import glue, num

mix = np.eye(40) * 0.9 + np.random.default_rng(0).uniform(size=(40, 40)) / 200
x = np.linspace(0.1, 0.9, 40)
```

Forty logistic maps, each with a little of the others.

```{code-cell} ipython3
for _ in range(400):
    x = mix @ (3.99 * x * (1 - x))
print("after 400 steps")
print(f"{x[0]:.3f} {x[1]:.3f}")
glue(first=num(x[0], ".3f"))
```
"""
STABLE = CHAOTIC.replace("3.99", "2.5")
WARNS = """\
```{code-cell} ipython3
import warnings
warnings.warn("too large")
```
"""


@pytest.fixture(scope="module")
def own():
    return probe(clean())


@pytest.fixture(params=TELLING)
def arithmetic(request, own):
    """One of the telling arithmetics and its environment."""
    (found,) = (a for a in arithmetics() if a.name == request.param)
    try:
        return found, settled(found, own)
    except CannotRun as reason:
        pytest.skip(f"{found.name}: {reason}")


def run_twice(names, environment, jobs=1):
    return machines.run(names, clean(), jobs), machines.run(names, environment, jobs)


def written(tmp_path, **texts):
    names = []
    for name, text in texts.items():
        path = tmp_path / f"{name}.md"
        path.write_text(HEAD + text, "utf-8")
        names.append(str(path))
    return names


@pytest.mark.slow
def test_a_chaotic_cell_is_found_and_a_stable_one_passes(tmp_path, arithmetic):
    chaotic, stable = written(tmp_path, chaotic=CHAOTIC, stable=STABLE)
    here, there = run_twice([chaotic, stable], arithmetic[1])
    assert differences(stable, "another", here[stable], there[stable]) == []
    (found,) = differences(chaotic, "another", here[chaotic], there[chaotic])
    lines = (HEAD + CHAOTIC).split("\n")
    assert lines[found.line - 1] == "for _ in range(400):"
    assert "after 400 steps" not in str(found)  # what is the same isn't shown
    numbers = here[chaotic]["cells"][1]["text"]
    assert any(numbers[-1].startswith(text.removesuffix("…")) for text in found.here)
    assert found.here != found.there
    assert f"{chaotic}:{found.line}: another text with another" in str(found)


@pytest.mark.slow
def test_pages_that_iterate_read_the_same(arithmetic):
    name, names = arithmetic[0].name, TELLING[arithmetic[0].name]
    here, there = run_twice(names, arithmetic[1], jobs=2)
    found = [d for page in names for d in differences(page, name, here[page], there[page])]
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.slow
def test_a_warning_is_found_though_it_comes_everywhere(tmp_path):
    (name,) = written(tmp_path, warns=WARNS)
    result = machines.run([name], clean(), 1)[name]
    (found,) = differences(name, "own", result, result)
    assert "UserWarning: too large" in str(found)


@pytest.mark.slow
def test_a_cell_that_stops_is_found(tmp_path):
    (name,) = written(tmp_path, stops="```{code-cell} ipython3\n1 / 0\n```\n")
    result = machines.run([name], clean(), 1)[name]
    (found,) = differences(name, "own", result, result)
    assert found.line == 8
    assert "error: ZeroDivisionError: division by zero" in str(found)


@pytest.mark.slow
def test_a_process_that_ends_is_found(tmp_path):
    (name,) = written(tmp_path, ends="```{code-cell} ipython3\nimport os\nos._exit(3)\n```\n")
    result = machines.run([name], clean(), 1)[name]
    (found,) = differences(name, "own", result, result)
    assert "the process ended with 3" in str(found)


@pytest.mark.slow
def test_what_is_written_in_a_picture_counts(tmp_path):
    page = """\
```{code-cell} ipython3
import numpy as np
from handgrad.explore import explore, picture
picture(lambda ax: ax.set(title="a title", xlim=(0, 1)), alt="nothing", caption="a caption")
```

```{code-cell} ipython3
explore(lambda ax, k: ax.set_title(f"step {k}"), alt=lambda k: f"frame {k}", k=np.arange(3))
```
"""
    (name,) = written(tmp_path, pictures=page)
    first, second = machines.run([name], clean(), 1)[name]["cells"]
    text = "\n".join(first["text"])
    for part in ("a title", "a caption", "nothing", "0.2 | 0.4"):
        assert part in text
    text = "\n".join(second["text"])
    for part in ("step 0", "step 2", "frame 2"):
        assert part in text


def test_lines_are_those_of_the_source():
    for page in pages.pages():
        text = (ROOT / page).read_text("utf-8").split("\n")
        for cell in pages.cells(ROOT / page):
            assert text[cell.line - 1].strip() == cell.source.lstrip("\n").split("\n")[0].strip()


def test_every_page_and_exercise_is_run():
    names = pages.pages()
    assert "chapters/ledger.md" in names
    assert sum(name.startswith("exercises/") for name in names) == len(
        [*(ROOT / "exercises").glob("*/*.md")]
    )


def test_only_what_differs_is_shown():
    here, there = changed(
        [
            "the same",
            "stdout: a long line of text that ends in 0.27 and goes on for a while after that",
        ],
        [
            "the same",
            "stdout: a long line of text that ends in 0.23 and goes on for a while after that",
        ],
    )
    assert here == ("stdout: …ine of text that ends in 0.27 and goes on for a while aft…",)
    assert there == ("stdout: …ine of text that ends in 0.23 and goes on for a while aft…",)
    assert changed(["a"], ["a", "b"]) == ((None,), ("b",))
    assert complaints(["fine", "stderr: too large"]) == ("stderr: too large",)
    both = Difference("page.md", 3, "Haswell", ("1",), ("2",))
    assert str(both) == "page.md:3: another text with Haswell\n    own    1\n    other  2"


def test_an_arithmetic_that_cannot_be_had_is_named(own):
    old = {"vector": [], "dispatch": ["X86_V3"], "openblas": []}
    for arithmetic in arithmetics():
        if arithmetic.name.startswith("nudges"):
            assert settled(arithmetic, old)["HANDGRAD_NUDGES"]
        else:
            with pytest.raises(CannotRun):
                settled(arithmetic, old)


def test_unknown_names_are_refused(monkeypatch, capsys):
    for arguments in (["--only", "Pentium"], ["no_such_page"]):
        monkeypatch.setattr(sys, "argv", ["machines.py", *arguments])
        with pytest.raises(SystemExit) as stopped:
            machines.main()
        assert stopped.value.code == 2
        assert arguments[-1] in capsys.readouterr().err


def test_the_report_that_the_book_shows_is_of_this_list(root):
    kept = json.loads((root / "claims/machines.json").read_text("utf-8"))
    names = [row["name"] for row in kept["rows"]]
    assert names[0] == "own"
    assert names[1:] == [a.name for a in arithmetics() if a.name in names]
    for row in kept["rows"]:
        assert row.get("cannot") or row["cells"] >= len(row["differences"])
        places = [place.rsplit(":", 1)[0] for place in row.get("differences", ())]
        assert set(places) <= set(pages.pages())
