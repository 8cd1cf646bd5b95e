"""What a reader finds in every chapter: exercises in three grades, goals that are met, questions first."""

import re
from functools import cache
from pathlib import Path

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


# -- words: no term before it is built -------------------------------------------------------------

ROLE = re.compile(r"\{([\w:.-]+)\}`([^`]+)`")
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)\s]+\)")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.S)
SENTENCE = re.compile(r"(?<=[.?!:])[*)\"”]*\s+")
NO_PROSE = ("goals", "hint", "source-note")
NO_WORDS = ("code-cell", "math", "exercise", "exercise-start", "solution-start", "figure", "image")


def glossary_terms(text):
    """Each term of the glossary with the label of the section that its first link leads to."""
    (box,) = (
        b for b in notebooks.blocks(notebooks.pieces(text.split("\n"))) if b.name == "glossary"
    )
    entries = re.split(r"\n(?=\S)", "\n".join(box.body).strip("\n"))
    found = {}
    for entry in entries:
        name, _, meaning = entry.partition("\n")
        found[name.strip()] = next(iter(re.findall(r"\]\((sec:[\w:-]+)\)", meaning)), None)
    return found


def marked(text):
    """Prose without formulas and code; what is a link, or a role to the glossary, between bars."""

    def role(found):
        name, inside = found.groups()
        said = re.match(r"(.*?)\s*<(.*)>$", inside)
        return f"|{' '.join(said.groups()) if said else inside}|" if name == "term" else ""

    text = ROLE.sub(role, text.replace("|", " "))
    text = re.sub(r"`[^`]*`", "", text)
    text = LINK.sub(lambda found: f"|{found[1].replace('|', '')}|", text)
    return FORMULA.sub("", text)


@cache
def reading(text):
    """(labels of the section so far, words) of a page's prose, in the order in which it is read."""
    labels, waiting, in_exercises = [], [], False

    def words_of(found):
        nonlocal labels, waiting, in_exercises
        for piece in found:
            if isinstance(piece, notebooks.Label):
                waiting.append(piece.name)
            elif isinstance(piece, notebooks.Words) and piece.level:
                labels, waiting = [*labels, *waiting], []
                in_exercises = piece.title == "Exercises" or (in_exercises and piece.level > 2)
            elif in_exercises:
                continue
            elif isinstance(piece, notebooks.Words):
                yield tuple(labels), marked("\n".join(piece.lines))
            elif (
                isinstance(piece, notebooks.Block)
                and piece.name not in NO_WORDS
                and not set(piece.classes) & set(NO_PROSE)
            ):
                yield from words_of(notebooks.pieces(piece.body, piece.body_line))

    return list(words_of(notebooks.pieces(text.split("\n"))))


def pattern_of(term):
    """Finds the term, in the plural too; not as a part of a longer word."""
    stem = re.escape(term) if term != term.lower() else f"(?i:{re.escape(term)})"
    return re.compile(rf"(?<![\w-]){stem}(?:s|es)?(?![\w-])")


def too_early(terms, pages):
    """Terms whose first use in a page comes before the section that defines them, and unlinked."""
    lacks, patterns = [], {term: pattern_of(term) for term in terms}
    longest, seen = sorted(terms, key=len, reverse=True), set()
    for name, text in pages:
        open_terms = {term for term in terms if terms[term] not in seen}
        for labels, words in reading(text):
            seen.update(labels)
            for sentence in SENTENCE.split(words):
                rest = sentence
                for term in longest:
                    if term.lower() not in rest.lower():
                        continue
                    hit = patterns[term].search(rest)
                    rest = patterns[term].sub(" ", rest) if hit else rest
                    if not hit or term not in open_terms:
                        continue
                    open_terms.discard(term)  # once linked, free for the rest of the page
                    linked = any(patterns[term].search(part) for part in sentence.split("|")[1::2])
                    if not (
                        linked
                        or terms[term] in seen
                        or re.search(r"\bchapters? \d", sentence, re.I)
                    ):
                        lacks.append(f"{name}: {term!r} in {' '.join(sentence.split())[:90]!r}")
    return lacks


def test_no_term_is_used_before_it_is_built():
    terms = glossary_terms(BOOK.path("chapters/glossary").read_text("utf-8"))
    assert len(terms) > 60 and None not in terms.values()
    pages = [(Path(p).stem, BOOK.path(p).read_text("utf-8")) for p in CHAPTERS]
    assert not too_early(terms, pages)


def test_the_section_that_the_glossary_leads_to_uses_the_word():
    terms = glossary_terms(BOOK.path("chapters/glossary").read_text("utf-8"))
    words = {}
    for page in (*CHAPTERS, "chapters/how_checked"):
        for labels, said in reading(BOOK.path(page).read_text("utf-8")):
            for label in labels[-1:]:
                words[label] = words.get(label, "") + "\n" + said
    whole = {"sec:ch06", "sec:ch10", "sec:ch11"}
    for label in whole:
        words[label] = "\n".join(w for at, w in words.items() if at.startswith(label))
    assert not [t for t, at in terms.items() if not pattern_of(t).search(words.get(at, ""))]


GLOSSARY = """
```{glossary}
slope
  How steep. [Chapter 1](sec:steep).

slope error
  How wrong a slope is. [Chapter 1](sec:wrong).
```
"""


@pytest.mark.parametrize(
    ("before", "early"),
    [
        ("Nothing.", []),
        ("Its slopes are known.", ["slope"]),
        ("Its {term}`slope` is known.", []),
        ("Its {term}`slopes <slope>` are known.", []),
        ("Its [slope](sec:steep) is known.", []),
        ("Of slope in chapter 1.", []),
        ("Of [x](sec:steep), the slope.", ["slope"]),
        ("`slope` and $slope$ and {claim}`slope`.", []),
        ("The slope error is small.", ["slope error"]),
        ("```{code-cell} python\nslope\n```", []),
        (":::{admonition} Predict\n:class: predict\nWhich slope?\n:::", ["slope"]),
        (":::{admonition} Goals\n:class: goals\n- a slope\n:::", []),
        ("## Exercises\n\nA slope.\n\n## More", []),
    ],
)
def test_a_term_used_too_early_is_said(before, early):
    page = f"# One\n\n{before}\n\n(sec:steep)=\n## Steep\n\nA slope.\n\n(sec:wrong)=\n## Wrong\n\nA slope error.\n"
    found = too_early(glossary_terms(GLOSSARY), [("one", page)])
    assert [re.search("'([^']+)'", lack)[1] for lack in found] == early


def test_a_link_serves_for_its_own_page():
    terms = glossary_terms(GLOSSARY)
    first, second = ("one", "A {term}`slope`, a slope."), ("two", "A slope.")
    assert not too_early(terms, [first])
    assert [lack[:3] for lack in too_early(terms, [first, second])] == ["two"]
    assert not too_early(terms, [("one", "(sec:steep)=\n## Steep\n\nA slope."), second])
