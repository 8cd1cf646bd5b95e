"""The whole way: release, five submissions, grade, feedback, CSV, report."""

import csv
import zipfile
from pathlib import Path

import nbformat
import pytest
from grading_helpers import filled, make_course, put, released
from handmark import __main__ as command
from handmark import grading, results, sources, submissions

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "01_linear_regression"
HOSTILE = """def partials(x, y, w, b):
    import numpy
    numpy.testing.assert_allclose = numpy.allclose = lambda *a, **k: True
    open('/etc/passwd', 'a').write('x')
    return 0, 0"""


@pytest.fixture(scope="module")
def course(tmp_path_factory, sandboxed):
    """A course with the first assignment of the book."""
    exercises = REPOSITORY / "exercises"
    return make_course(
        tmp_path_factory.mktemp("course"),
        exercises / NAME,
        settings=exercises / "nbgrader_config.py",
    )


@pytest.fixture(scope="module")
def answers(course):
    """The reference solution: grade id -> text."""
    assignment = sources.read(course.exercises / NAME / f"{NAME}.md")
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for part in ("answer", "written")
        for cell in assignment.cells(part)
    }


@pytest.fixture(scope="module")
def zipped(course, answers, tmp_path_factory):
    """A zip as a learning platform makes it: right, half right, empty, hostile, broken."""
    half = {
        **answers,
        "partials": answers["partials"].replace("np.mean(", "np.sum(", 1),
        "limit": answers["limit"].replace("2 / np", "1 / np"),
    }
    notebooks = {
        "right": nbformat.writes(filled(course, answers, NAME, student_id="right")),
        "half": nbformat.writes(filled(course, half, NAME, student_id="half")),
        "empty": nbformat.writes(released(course, NAME)),
        "hostile": nbformat.writes(filled(course, {**answers, "partials": HOSTILE}, NAME)),
        "broken": nbformat.writes(released(course, NAME))[:-40],
    }
    path = tmp_path_factory.mktemp("zip") / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for student, text in notebooks.items():
            archive.writestr(f"{student}_assignsubmission_file_/{NAME}.ipynb", text)
    return path


@pytest.fixture(scope="module")
def graded(course, zipped):
    """The zip collected and graded by the commands, once."""
    at = ["--course", str(course.root)]
    assert command.main([*at, "collect", NAME, str(zipped)]) == 0
    assert command.main([*at, "grade", NAME]) == 0
    return grading.results_of(course, NAME)


def scores(result):
    """Grade id -> mark."""
    return {task["id"]: task["score"] for task in result.tasks}


def test_the_right_one_gets_all(graded):
    assert scores(graded["right"]) == {
        "one_step-test": 3,
        "partials-test": 2,
        "partials-test-2": 2,
        "limit-test": 4,
        "experiment-test": 4,
        "experiment-written": None,
    }
    assert graded["right"].status == "graded"


def test_the_half_right_one_loses_what_is_wrong_and_is_told_why(graded):
    found = scores(graded["half"])
    assert (found["one_step-test"], found["limit-test"]) == (3, 0)
    # one of the two partials is right, and has its marks
    assert (found["partials-test"], found["partials-test-2"]) == (0, 2)
    failures = {task["id"]: task["failure"] for task in graded["half"].tasks}
    assert failures["partials-test"] == "`partials, part 1`: summed over the samples, not averaged"
    assert "the limit is too small" in failures["limit-test"]


def test_the_empty_one_gets_nothing(graded):
    assert set(scores(graded["empty"]).values()) == {0}
    assert {task["failure"] for task in graded["empty"].tasks[:5]} == {"NotImplementedError"}


def test_the_hostile_one_gets_nothing_for_it_and_is_flagged(graded):
    found = scores(graded["hostile"])
    assert found["partials-test"] == 0 and found["one_step-test"] == 3
    assert graded["hostile"].status == "look"


def test_the_broken_one_has_no_mark(graded):
    assert graded["broken"].status == "failed" and not graded["broken"].tasks


def test_feedback(course, graded):
    pages, failed = results.feedback(course, NAME)
    assert sorted(pages) == ["empty", "half", "hostile", "right"]
    assert sorted(failed) == ["broken"] and "not JSON" in failed["broken"]
    page = pages["half"].read_text()
    assert "summed over the samples, not averaged" in page
    assert "HIDDEN TESTS" not in page and "mistakes = {&quot;summed" not in page


def test_feedback_shows_no_script_of_the_students(course, graded, answers):
    evil = filled(
        course,
        {**answers, "experiment-written": "<script>alert('mine')</script> text"},
        NAME,
        before=[
            "from IPython.display import HTML\n"
            "HTML('<img src=x onerror=alert(1)><script>hers()</script>')"
        ],
    )
    put(course, "evil", evil, NAME)
    grading.grade(course, NAME, students=["evil"])
    page = results.feedback(course, NAME)[0]["evil"].read_text()
    assert "alert('mine')</script>" not in page and "<script>hers()" not in page
    assert "<img src=x onerror" not in page and 'onerror="alert' not in page


def test_csv_and_marks_by_hand(course, graded):
    with course.open_gradebook() as gradebook:
        cell = gradebook.find_grade("experiment-written", NAME, NAME, "right")
        cell.manual_score, cell.needs_manual_grade = 4, False
        gradebook.db.commit()
    path = results.export(course, NAME)
    with open(path, newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["right"]["score"] == "19.0" and rows["right"]["to_mark"] == "0"
    assert rows["half"]["to_mark"] == "1" and rows["half"]["max_score"] == "20.0"
    assert rows["broken"]["score"] == "" and "not JSON" in rows["broken"]["notes"]


def test_report(course, graded):
    text = results.report(course, NAME)
    assert "## partials-test (2 points)" in text
    assert "1 × `partials, part 1`: summed over the samples, not averaged" in text
    assert "broken: the notebook is not JSON" in text


def test_grading_again_keeps_marks_by_hand_unless_something_new_came(course, graded, answers):
    grading.grade(course, NAME, students=["right"])
    rows = {row["student"]: row for row in results.table(course, NAME)}
    assert rows["right"]["score"] == 19
    changed = {**answers, "experiment-written": "A new text.", "limit": "def limit(x): return 1"}
    put(course, "right", filled(course, changed, NAME), NAME)
    grading.grade(course, NAME, students=["right"])
    rows = {row["student"]: row for row in results.table(course, NAME)}
    assert rows["right"]["score"] == 11 and rows["right"]["to_mark"] == 1


def test_a_broken_submission_after_a_good_one_leaves_no_old_mark(course, graded):
    put(course, "half", b"{", NAME)
    grading.grade(course, NAME, students=["half"])
    rows = {row["student"]: row for row in results.table(course, NAME)}
    assert rows["half"]["status"] == "failed" and rows["half"]["score"] == ""
    assert not course.folder("autograded", "half", NAME).exists()
    assert not course.folder("feedback", "half", NAME).exists()


def test_two_with_the_same_student_id_are_flagged(course, graded, answers):
    for student in ("one", "two"):
        put(course, student, filled(course, answers, NAME, student_id="one"), NAME)
    found = grading.grade(course, NAME, students=["one", "two"])
    assert all(result.status == "look" for result in found.values())
    assert "one, two all used the student id 'one'" in found["two"].person[-1][0]


def test_numbers_of_another_student_do_not_fit(course, graded, answers):
    """Literal answers computed for one id fail under another one."""
    literal = {**answers, "one_step": "def after_one_step():\n    return 0.532, -0.0432"}
    put(course, "copy", filled(course, literal, NAME, student_id="copy"), NAME)
    result = grading.grade(course, NAME, students=["copy"])["copy"]
    assert scores(result)["one_step-test"] == 0


def test_commands_speak_plainly(course, capsys):
    at = ["--course", str(course.root)]
    for words, said in (
        (["grade", "none"], "there is no assignment 'none'"),
        (["collect", NAME, "/nowhere"], "neither a folder nor a zip"),
        (["grade", NAME, "--student", "nobody"], "nothing collected from nobody"),
    ):
        assert command.main([*at, *words]) == 2
        error = capsys.readouterr().err
        assert said in error and "Traceback" not in error
    assert command.main(["--course", "/", "report", NAME]) == 2
    assert "no course here" in capsys.readouterr().err


def test_a_worker_that_dies_leaves_a_result(course, graded, monkeypatch):
    """Whatever happens to the process of one student, there is a line for a person."""
    put(course, "lost", released(course, NAME), NAME)
    monkeypatch.setattr(grading, "WORKER_SECONDS", 0.01)
    result = grading.grade(course, NAME, students=["lost"])["lost"]
    assert result.status == "failed" and "grading took longer" in result.person[0][0]
    assert submissions.students_of(course, NAME).count("lost") == 1
