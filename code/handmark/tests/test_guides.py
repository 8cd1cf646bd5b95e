"""The marking guide stands beside the answer in Formgrader, and nowhere else."""

import nbformat
import pytest
from grading_helpers import RIGHT, filled, make_course, put
from handmark import grading, results
from handmark.guides import guides_of
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

GUIDE = "1 for a reason, 1 for a right one."
MODEL = "Because twice x is x plus x."
NAME = "tiny"


@pytest.fixture(scope="module")
def course(tmp_path_factory, tiny, sandboxed):
    course = make_course(tmp_path_factory.mktemp("course"), tiny)
    put(course, "anna", filled(course, RIGHT, student_id="anna"))
    grading.grade(course, NAME)
    return course


def marker_sees(course):
    """Formgrader's page of Anna's notebook, made as its server makes it."""
    config = course.config()
    config.merge(FormgradeExtension().build_extra_config())
    resources = {
        **dict.fromkeys(("base_url", "first_name", "last_name", "notebook_path"), ""),
        "assignment_id": NAME,
        "notebook_id": NAME,
        "submission_id": "1",
        "student": "anna",
        "index": 0,
        "total": 1,
    }
    path = course.notebook("autograded", NAME, "anna")
    return HTMLExporter(config=config).from_filename(str(path), resources=resources)[0]


@pytest.mark.slow
def test_the_marker_sees_guide_and_model_answer_below_the_students(course):
    page = marker_sees(course)
    assert 'id="why-written"' in page, "not the page with places for marks"
    places = [page.index(text) for text in (RIGHT["why-written"], GUIDE, MODEL)]
    assert places == sorted(places), "the student's own answer comes first"
    assert page.count(GUIDE) == 1 and "MARK SCHEME" not in page


@pytest.mark.slow
def test_the_student_sees_neither_in_any_feedback_nor_in_a_file(course):
    pages, failed = results.feedback(course, NAME)
    assert not failed
    ours = pages["anna"].read_text("utf-8")
    config = course.config(CourseDirectory={"assignment_id": NAME, "student_id": "anna"})
    plain = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    plain.force = True
    plain.start()
    theirs = pages["anna"].read_text("utf-8")
    assert ours != theirs, "nbgrader's own command has written nothing"
    for page in (ours, theirs):
        assert RIGHT["why-written"] in page and GUIDE not in page and MODEL not in page
    for step in ("submitted", "autograded"):
        assert GUIDE not in course.notebook(step, NAME, "anna").read_text("utf-8")


def test_without_an_instructors_copy_there_is_nothing_to_show(tmp_path):
    assert guides_of(tmp_path / "none.ipynb") == {}


def test_each_line_of_a_guide_is_quoted(tmp_path):
    about = {"grade": True, "grade_id": "why-written"}
    text = "An answer.\n\nIn two.\n### BEGIN MARK SCHEME\n1 for it.\n### END MARK SCHEME"
    cell = nbformat.v4.new_markdown_cell(text, metadata={"nbgrader": about})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "source.ipynb")
    (guide,) = guides_of(tmp_path / "source.ipynb").values()
    assert all(line.startswith(">") for line in guide.split("\n"))
    assert guide.index("1 for it.") < guide.index("An answer.") < guide.index("In two.")
