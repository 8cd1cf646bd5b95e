"""Honest submissions of an unusual kind, through both kernels: nobody's mark suffers."""

import pytest
from grading_helpers import RIGHT, filled, grade_id, make_course, put
from handmark import grading, results
from nbformat.v4 import new_code_cell, new_markdown_cell

pytestmark = pytest.mark.slow

BESIDE = "Because twice x is x plus x."
OWN_TEST = "### BEGIN HIDDEN TESTS\nassert twice(2) == 4"
SINGLE = "def twice(x):\n    x = x.astype(np.float32)\n    x *= 2\n    return list(x)"


@pytest.fixture(scope="module")
def graded(tmp_path_factory, tiny, sandboxed):
    """The course and the results of two students, who are graded once."""
    course = make_course(tmp_path_factory.mktemp("course"), tiny)
    answers = {**RIGHT, "twice": SINGLE}
    del answers["why-written"]
    wang = filled(course, answers, before=[OWN_TEST], student_id="王小明")
    place = [grade_id(cell) for cell in wang.cells].index("why-written")
    wang.cells.insert(place, new_markdown_cell(BESIDE))
    put(course, "王小明", wang, extras={"timestamp.txt": "no time at all"})
    anna = filled(course, RIGHT, student_id="anna")
    place = [grade_id(cell) for cell in anna.cells].index("given-own")
    anna.cells.insert(place, new_code_cell("globals()['student' + '_id'] = '王小明'"))
    put(course, "anna", anna)
    return course, grading.grade(course, "tiny")


def scores(result):
    return [task["score"] for task in result.tasks]


def test_a_right_answer_in_single_precision_under_a_name_of_another_script(graded):
    course, found = graded
    assert scores(found["王小明"]) == [3, 2, None], found["王小明"].tasks


def test_a_written_answer_beside_its_cell_waits_for_a_mark_and_is_shown(graded):
    course, found = graded
    assert any("why-written is empty" in what for what, _ in found["王小明"].person)
    rows = {row["student"]: row for row in results.table(course, "tiny")}
    assert rows["王小明"]["to_mark"] == 1
    pages, failed = results.feedback(course, "tiny")
    assert sorted(pages) == ["anna", "王小明"] and not failed
    page = pages["王小明"].read_text("utf-8")
    assert page.count(BESIDE) >= 2 and "No response" not in page
    assert "BEGIN HIDDEN TESTS" in page  # the student's own; ours are not shown
    assert "squared, not doubled" not in page


def test_an_id_put_in_while_it_runs_is_noticed(graded):
    course, found = graded
    notes = " | ".join(what for what, _ in found["anna"].person)
    assert found["anna"].ids == ["王小明"] and found["anna"].typed == "anna"
    assert "numbers were drawn from '王小明'" in notes
    assert "anna, 王小明 all used the student id '王小明'" in notes
    assert found["王小明"].status == found["anna"].status == "look"
