"""What a reader finds in every chapter: exercises in three grades, goals that are met, questions first."""

import re

import notebooks
import pytest
import yaml

BOOK = notebooks.Book()
GRADES = ("By hand", "In code", "Think")
# the lab after chapter 7 has its own form, eight patients; chapter 14 has the playground's tour
CHAPTERS = [
    page
    for page, _ in notebooks.chapter_order(yaml.safe_load((BOOK.root / "_toc.yml").read_text()))
    if re.match(r"chapters/(0\d|1[0-3])_", page)
]


def pieces_of(page):
    chapter = notebooks.Chapter(BOOK, page)
    return list(notebooks.pieces(chapter.text.split("\n"), chapter.first_line))


def blocks_of(page):
    return list(notebooks.blocks(pieces_of(page)))


def exercises(blocks):
    """Each exercise of a page with the blocks that follow it, as far as the next."""
    found = []
    for block in blocks:
        if block.name == "exercise":
            found.append((block, []))
        elif found:
            found[-1][1].append(block)
    return found


def wanting(blocks):
    """What the exercises of a page lack, in words."""
    lacks, grades = [], []
    for exercise, after in exercises(blocks):
        title = exercise.argument
        grade = next((g for g in GRADES if title.startswith(f"{g}: ")), None)
        grades.append(grade)
        if grade is None:
            lacks.append(f"{title!r} doesn't begin with its grade: one of {GRADES}")
        hints = [b.argument for b in after if "hint" in b.classes]
        if hints != [f"Hint {i}" for i in range(1, len(hints) + 1)] or len(hints) < 2:
            lacks.append(f"{title!r} has hints {hints}, not Hint 1, Hint 2, …")
        solutions = [b for b in after if b.name == "solution-start"]
        if [b.argument for b in solutions] != [exercise.options.get("label")]:
            lacks.append(f"{title!r} needs one solution, of its own label")
        if not all("dropdown" in b.classes for b in after if b in solutions or "hint" in b.classes):
            lacks.append(f"{title!r} has a hint or a solution that isn't folded")
    if len(grades) < 8:
        lacks.append(f"{len(grades)} exercises, not eight")
    lacks += [f"only {grades.count(g)} of {g!r}" for g in GRADES if grades.count(g) < 2]
    return lacks


def goals(blocks):
    """The points of the box of goals, each as one line."""
    boxes = [b for b in blocks if "goals" in b.classes]
    assert len(boxes) == 1
    return [" ".join(point.split()) for point in re.split(r"(?m)^- ", "\n".join(boxes[0].body))[1:]]


def unmet(goal, sections, labels):
    """What a goal lacks: a section of its page and an exercise of its page."""
    places = set(re.findall(r"\]\((sec:[\w:-]+)\)", goal))
    tasks = set(re.findall(r"\{numref\}`([\w:-]+)`", goal))
    return [
        f"{goal[:60]!r} names no {what} of this page"
        for what, named, there in (("section", places, sections), ("exercise", tasks, labels))
        if not named & there
    ]


@pytest.mark.parametrize("page", CHAPTERS)
def test_exercises(page):
    assert not wanting(blocks_of(page))


@pytest.mark.parametrize("page", CHAPTERS)
def test_goals_are_met(page):
    pieces = pieces_of(page)
    blocks = list(notebooks.blocks(pieces))
    sections = {p.name for p in pieces if isinstance(p, notebooks.Label)}
    labels = {b.options["label"] for b in blocks if b.name == "exercise"}
    found = goals(blocks)
    assert len(found) >= 3 and not [lack for g in found for lack in unmet(g, sections, labels)]


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_reader_is_asked_first(page):
    """At least three questions before what answers them, and never after the exercises."""
    pieces = pieces_of(page)
    asked = [
        i for i, p in enumerate(pieces) if isinstance(p, notebooks.Block) and "predict" in p.classes
    ]
    end = next(
        i for i, p in enumerate(pieces) if isinstance(p, notebooks.Words) and p.title == "Exercises"
    )
    assert len(asked) >= 3 and asked[-1] < end
    assert all("?" in "\n".join(pieces[i].body) for i in asked)


SMALL = """
```{exercise} By hand: a step
:label: ex-a
Do.
```

:::{admonition} Hint 1
:class: hint dropdown
Look.
:::

:::{admonition} Hint 2
:class: hint dropdown
Look again.
:::

````{solution-start} ex-a
:class: dropdown
````

Done.

````{solution-end}
````
"""


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("By hand: a step", "A step", "begin with its grade"),
        ("Hint 2", "Hint", "has hints"),
        ("{solution-start} ex-a", "{solution-start} ex-b", "one solution"),
        ("{solution-start} ex-a\n:class: dropdown", "{solution-start} ex-a", "isn't folded"),
    ],
)
def test_what_an_exercise_lacks_is_said(there, instead, said):
    def lacks(text):
        return wanting(list(notebooks.blocks(notebooks.pieces(text.split("\n")))))

    assert lacks(SMALL) == [
        "1 exercises, not eight",
        *(f"only {int(g == 'By hand')} of {g!r}" for g in GRADES),
    ]
    assert there in SMALL
    assert any(said in lack for lack in lacks(SMALL.replace(there, instead)))


def test_a_goal_that_nothing_meets_is_said():
    goal = "do it ([A step](sec:step), {numref}`ex-a`)"
    assert not unmet(goal, {"sec:step"}, {"ex-a"})
    assert len(unmet(goal, {"sec:other"}, {"ex-a"})) == 1
    assert len(unmet(goal, {"sec:step"}, {"ex-b"})) == 1
