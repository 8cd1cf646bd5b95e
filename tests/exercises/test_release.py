"""Every assignment through the real nbgrader: released without its solutions, graded both ways."""

from pathlib import Path

import nbformat
import pytest
from grading_helpers import make_course
from handmark import release, soundness, sources
from handmark.course import CourseError

pytestmark = pytest.mark.slow

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
NAMES = sorted(path.stem for path in EXERCISES.glob("*/*.md"))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with all assignments of the book."""
    return make_course(
        tmp_path_factory.mktemp("book"),
        *[EXERCISES / name for name in NAMES],
        settings=EXERCISES / "nbgrader_config.py",
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_released_copy_holds_stubs_and_no_solution(course, name):
    assignment = sources.read(course.exercises / name / f"{name}.md")
    notebook = nbformat.read(course.notebook("release", name), as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert sources.leaks(assignment, notebook) == []
    for word in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "Marking guide"):
        assert word not in text
    answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    for cell in answers:
        stub = "raise NotImplementedError" if cell.cell_type == "code" else "YOUR ANSWER HERE"
        assert stub in cell.source
    assert len(answers) == len(assignment.cells("answer")) + len(assignment.cells("written"))


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_gets_full_marks_and_the_stub_none(course, sandboxed, name):
    """In two sandboxed kernels, as submissions are graded."""
    assert soundness.check(course, name) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_copies_differ_as_they_should(course, name):
    instructor = course.notebook("instructor", name).read_text()
    solution = course.notebook("solution", name).read_text()
    for word in ("HIDDEN TESTS", "Marking guide"):
        assert word in instructor and word not in solution
    assert "BEGIN SOLUTION" in instructor and "BEGIN SOLUTION" not in solution
    assert 'NotImplementedError"' not in solution


def test_the_same_source_gives_the_same_file(course):
    before = course.notebook("release", NAMES[0]).read_bytes()
    release.release(course, NAMES[0], execute=False)
    assert course.notebook("release", NAMES[0]).read_bytes() == before


def test_the_solution_copy_runs(course):
    release.release(course, NAMES[0], execute=True)
    notebook = nbformat.read(course.notebook("solution", NAMES[0]), as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells)
    assert not any(
        output.output_type == "error"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def test_an_unknown_name_lists_the_assignments(course):
    with pytest.raises(CourseError, match="there is no assignment 'nothing'; there are: 01_"):
        release.release(course, "nothing")
