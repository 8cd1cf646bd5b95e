"""Answers that are alike are listed, and those that anybody would write are not."""

import ast
import random

import nbformat
import pytest
from handmark import copies, grading, results
from handmark.course import Course

NAME = "tiny"
LOOP = """def walk(x, steps):
    "Return all values."
    values = []
    for step in range(steps):
        x = x - 0.1 * (x * x - 3.0) * 2  # downhill
        values.append(x)
    return values
"""
RENAMED = """def walk(start, n):
    path = []
    for k in range(n):
        start = start - 0.1 * (start * start - 3.0) * 2
        path.append(start)

    return path
"""
OTHER = """def walk(x, steps):
    out = [x]
    while len(out) <= steps:
        slope = 2 * (out[-1] ** 2 - 3.0)
        out.append(out[-1] - slope * 0.1)
    return out[1:]
"""
SHORT = "def walk(x, steps):\n    return 2 * x"


@pytest.fixture
def course(tmp_path):
    """A course of which nothing has been made."""
    (tmp_path / "exercises" / NAME).mkdir(parents=True)
    return Course(tmp_path)


def send(course, **answers):
    """Let students have been graded with these answers to the task `walk`."""
    for student, source in answers.items():
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["nbgrader"] = {"grade_id": "walk", "solution": True, "grade": False}
        path = course.notebook("submitted", NAME, student)
        path.parent.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        grading.save(course, grading.Result(student, NAME, "graded"))


def test_a_copy_with_other_names_and_comments_is_found(course):
    send(course, anna=LOOP, ben=OTHER, cleo=RENAMED)
    assert copies.alike(course, NAME) == [(("anna", "cleo"), ["the code of walk"])]


def test_what_is_short_or_not_code_says_nothing(course):
    send(course, anna=SHORT, ben=SHORT, cleo="def walk(:", dora="def walk(:", emil="")
    assert copies.alike(course, NAME) == []


def test_the_usual_way_is_no_copy_and_a_ring_of_few_is_one_group(course):
    send(course, **{f"s{k}": LOOP for k in range(copies.FEW + 1)})
    assert copies.alike(course, NAME) == []
    send(course, **{f"t{k}": OTHER for k in range(3)})
    assert copies.alike(course, NAME) == [(("t0", "t1", "t2"), ["the code of walk"])]


def test_numbers_worked_out_by_hand_are_compared(course):
    by_hand = "def walk():\n    return {}, {}"
    send(
        course,
        anna=by_hand.format("0.532187", "-1.25"),
        ben=by_hand.format("-0.532187", "1.25"),
        cleo=by_hand.format("0.532188", "1.25"),
    )
    assert copies.alike(course, NAME) == [(("anna", "ben"), ["the number 0.532187"])]


def test_other_numbers_or_other_functions_are_another_structure():
    shapes = {
        copies.structure(ast.parse(source))[0]
        for source in (LOOP, LOOP.replace("0.1", "0.2"), LOOP.replace("range", "list"), OTHER)
    }
    assert len(shapes) == 4
    assert copies.structure(ast.parse(LOOP)) == copies.structure(ast.parse(RENAMED))


def test_those_that_share_most_come_first_in_the_report(course, monkeypatch):
    ids = [f"s{k}" for k in range(4)]
    random.Random(1).shuffle(ids)
    two = LOOP + "\n\nresult = 3.14159265"
    send(course, **dict(zip(ids, (two, OTHER, two, OTHER), strict=True)))
    found = copies.alike(course, NAME)
    assert found[0] == (tuple(sorted(ids[::2])), ["the code of walk", "the number 3.14159265"])
    monkeypatch.setattr(results, "table", lambda *a: [{"student": s, "status": ""} for s in ids])
    text = results.report(course, NAME)
    assert f"## Answers that are alike\n\n- {', '.join(found[0][0])}: the code of walk" in text
