"""A gradebook in PostgreSQL: a real server, and two graders who write at once."""

import os
import subprocess
import sys

import postgres_server
import pytest
from grading_helpers import RIGHT, filled, make_course, put
from handmark import __main__ as command
from handmark import gradebook as database
from handmark import grading, results
from handmark.course import Course, CourseError
from nbgrader.api import MissingEntry

CONFIG = """from handmark.settings import settle
c = get_config()
settle(c, __file__, gradebook={address!r})
c.CourseDirectory.course_id = "small"
"""
STUDENTS = ("anna", "ben", "cleo", "dora")
NONE = "no PostgreSQL server's programs here (Debian, Ubuntu: apt install postgresql)"
LEFT_OUT = "postgresql" in os.environ.get("WITHOUT", "").split()


@pytest.fixture(scope="session")
def server():
    """A server for the session; in CI there must be one."""
    if postgres_server.programs() is None:
        if os.environ.get("CI") and not LEFT_OUT:
            pytest.fail(NONE, pytrace=False)
        pytest.skip(NONE)
    with postgres_server.running() as started:
        yield started


def settings(folder, address):
    """A file of settings whose gradebook is at `address`."""
    path = folder / "nbgrader_config.py"
    path.write_text(CONFIG.format(address=address), "utf-8")
    return path


def course_of(folder, address):
    """A course with an assignment of no cells, for what needs only a gradebook."""
    (folder / "exercises").mkdir()
    settings(folder / "exercises", address)
    (folder / "_grading").mkdir()
    return Course(folder)


@pytest.fixture(scope="module")
def course(server, sandboxed, tiny, tmp_path_factory):
    """The tiny assignment, released into a new database, with four submissions that differ."""
    folder = tmp_path_factory.mktemp("shared")
    made = make_course(folder / "course", tiny, settings=settings(folder, server.new("shared")))
    half = {**RIGHT, "own": "def next_number():\n    return own['a']"}
    for student, answers in zip(STUDENTS, (RIGHT, half, RIGHT, half), strict=True):
        put(made, student, filled(made, answers, student_id=student))
    return made


def at_once(*lines):
    """Run several Python programs at the same moment; what each printed."""
    started = [
        subprocess.Popen(
            [sys.executable, *line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in lines
    ]
    said = [process.communicate(timeout=900)[0] for process in started]
    assert [process.returncode for process in started] == [0] * len(lines), "\n".join(said)
    return said


def grader(course, *students):
    """The command line of one who grades these students."""
    chosen = [word for student in students for word in ("--student", student)]
    return ["-m", "handmark", "--course", str(course.root), "grade", "tiny", *chosen]


#: One who marks by hand as Formgrader does: reads a grade, writes the mark, and a comment.
BY_HAND = """
import sys
from handmark.course import Course
course, word, students = Course.find(sys.argv[1]), sys.argv[2], sys.argv[3:]
for round in range(6):
    for student in students:
        with course.open_gradebook() as gradebook:
            grade = gradebook.find_grade("why-written", "tiny", "tiny", student)
            grade.manual_score, grade.needs_manual_grade = 2 - round % 2 / 2, False
            gradebook.db.commit()
            comment = gradebook.find_comment("why-written", "tiny", "tiny", student)
            comment.manual_comment = f"{word} {round}"
            gradebook.db.commit()
"""


@pytest.mark.slow
def test_two_graders_at_once_lose_nothing(course):
    """Both grade; then both mark by hand, while a third grades all of it once more."""
    at_once(grader(course, *STUDENTS[:2]), grader(course, *STUDENTS[2:]))
    marks = {row["student"]: row for row in results.table(course, "tiny")}
    assert {s: marks[s]["score"] for s in STUDENTS} == {"anna": 5, "ben": 3, "cleo": 5, "dora": 3}
    assert {marks[s]["to_mark"] for s in STUDENTS} == {1}

    by_hand = ["-c", BY_HAND, str(course.root)]
    at_once(
        [*by_hand, "first", *STUDENTS[:2]],
        [*by_hand, "second", *STUDENTS[2:]],
        grader(course, *STUDENTS),
    )
    rows = {row["student"]: row for row in results.table(course, "tiny")}
    assert {s: rows[s]["why-written"] for s in STUDENTS} == dict.fromkeys(STUDENTS, 1.5)
    assert {s: rows[s]["score"] for s in STUDENTS} == {
        "anna": 6.5,
        "ben": 4.5,
        "cleo": 6.5,
        "dora": 4.5,
    }
    with course.open_gradebook() as gradebook:
        said = {
            s: gradebook.find_comment("why-written", "tiny", "tiny", s).manual_comment
            for s in STUDENTS
        }
        # nbgrader's own sums, which Formgrader shows
        sums = {s["student"]: s["score"] for s in gradebook.submission_dicts("tiny")}
    assert said == dict(zip(STUDENTS, ["first 5"] * 2 + ["second 5"] * 2, strict=True))
    assert sums == {s: rows[s]["score"] for s in STUDENTS}


@pytest.mark.slow
def test_feedback_and_a_new_student_work_with_the_server(course):
    put(course, "émile", filled(course, RIGHT, student_id="émile"))
    assert command.main(["--course", str(course.root), "grade", "tiny", "--student", "émile"]) == 0
    pages, failed = results.feedback(course, "tiny")
    assert "émile" in pages and not failed


@pytest.mark.slow
def test_a_students_code_does_not_reach_the_server(course, server):
    answer = f"""def twice(x):
    import os, socket
    path = {str(server.folder)!r}
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path + "/.s.PGSQL.5432")
    return 2 * x"""
    assert (server.folder / ".s.PGSQL.5432").exists(), "the place that is tried is the right one"
    put(course, "eve", filled(course, {**RIGHT, "twice": answer}, student_id="eve"))
    result = grading.grade(course, "tiny", students=["eve"])["eve"]
    assert [task["score"] for task in result.tasks][:2] == [0, 2]
    assert "FileNotFoundError" in result.tasks[0]["failure"]


#: The database's part of a grading alone: what nbgrader writes when the tests of a submission have run.
BY_TESTS = """
import sys
from handmark.course import Course
course, students = Course.find(sys.argv[1]), sys.argv[2:]
for round in range(6):
    for student in students:
        with course.open_gradebook() as gradebook:
            for name, score in (("twice", 3), ("why-written", None)):
                grade = gradebook.find_grade(name, "tiny", "tiny", student)
                grade.auto_score = score
                grade.needs_manual_grade = grade.manual_score is not None or score is None
                gradebook.db.commit()
"""


@pytest.mark.slow
def test_marks_of_tests_and_of_two_persons_for_the_same_students_are_all_there(server, tmp_path):
    """Without kernels: four processes write into the rows of the same submissions at once."""
    course = course_of(tmp_path, server.new("rows"))
    database.prepare(course, STUDENTS)
    with course.open_gradebook() as gradebook:
        gradebook.add_assignment("tiny")
        gradebook.add_notebook("tiny", "tiny")
        for name, points, kind in (("twice", 3, "code"), ("why-written", 2, "markdown")):
            gradebook.add_grade_cell(name, "tiny", "tiny", max_score=points, cell_type=kind)
        gradebook.add_solution_cell("why-written", "tiny", "tiny")
        for student in STUDENTS:
            gradebook.add_submission("tiny", student)
    by_hand = ["-c", BY_HAND, str(course.root)]
    by_tests = ["-c", BY_TESTS, str(course.root), *STUDENTS]
    at_once(
        [*by_hand, "first", *STUDENTS[:2]], [*by_hand, "second", *STUDENTS[2:]], by_tests, by_tests
    )
    with course.open_gradebook() as gradebook:
        assert {
            s["student"]: s["score"] for s in gradebook.submission_dicts("tiny")
        } == dict.fromkeys(STUDENTS, 4.5)
        said = [
            gradebook.find_comment("why-written", "tiny", "tiny", s).manual_comment
            for s in STUDENTS
        ]
    assert said == ["first 5", "first 5", "second 5", "second 5"]


PREPARES = """
import os, sys, time
from pathlib import Path
from handmark import gradebook
from handmark.course import Course
import nbgrader.api, nbgrader.coursedir, sqlalchemy
course, ready = Course.find(sys.argv[1]), Path(sys.argv[2])
course.config()
(ready / str(os.getpid())).touch()
while len(list(ready.iterdir())) < 4:
    time.sleep(0.001)
gradebook.prepare(course, [f"s{number}" for number in range(30)])
"""


@pytest.mark.slow
def test_graders_who_begin_at_the_same_moment_make_everything_once(server, tmp_path):
    course, ready = course_of(tmp_path, server.new("begun")), tmp_path / "ready"
    ready.mkdir()
    at_once(*[["-c", PREPARES, str(tmp_path), str(ready)]] * 4)
    with course.open_gradebook() as gradebook:
        assert sorted(student.id for student in gradebook.students) == sorted(
            f"s{number}" for number in range(30)
        )
        with pytest.raises(MissingEntry):
            gradebook.find_student("s30")


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_named_and_nothing_runs(server, tmp_path, capsys):
    nowhere = tmp_path / "nowhere"
    made = course_of(tmp_path, server.address("shared", folder=nowhere).replace("grader", "g:pass"))
    with pytest.raises(CourseError, match="does not answer") as caught:
        database.prepare(made, ["anna"])
    assert str(nowhere) in str(caught.value) and "try: psql" in str(caught.value)
    assert "pass@" not in str(caught.value), "no password is shown"
    with pytest.raises(CourseError, match="does not answer"):
        made.open_gradebook()


@pytest.mark.parametrize(
    "text", ["gradebook.db", "mysql://host/course", "postgresql://", "sqlite:///x.db", ""]
)
def test_an_address_that_is_none_says_how_one_looks(text):
    with pytest.raises(CourseError, match=r"expected an address like postgresql://HOST/DATABASE"):
        database.address(text)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_usual_forms_of_an_address_are_taken(scheme):
    assert database.address(f"{scheme}://host/course") == "postgresql+psycopg://host/course"


def test_a_missing_driver_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr(database.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r"pip install 'handmark\[postgresql\]'"):
        database.address("postgresql://host/course")
