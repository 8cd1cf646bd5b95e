"""Merging and removing students, feedback as platforms take it back, the class in pictures."""

import csv
import json
import zipfile

import pytest
from handmark import __main__ as command
from handmark import class_page, grading, people, results, submissions
from handmark.course import Course, CourseError
from nbgrader.api import MissingEntry

pytestmark = pytest.mark.slow
NAMES = ("01", "02")
CONFIG = """from handmark.settings import settle
c = get_config()
settle(c, __file__)
"""


@pytest.fixture
def course(tmp_path):
    """A course with two assignments of one task, in a gradebook of its own."""
    for name in NAMES:
        (tmp_path / "exercises" / name).mkdir(parents=True)
        (tmp_path / "exercises" / name / f"{name}.md").write_text("")
    (tmp_path / "exercises" / "nbgrader_config.py").write_text(CONFIG)
    (tmp_path / "_grading").mkdir()
    made = Course(tmp_path)
    with made.open_gradebook() as gradebook:
        for name in NAMES:
            gradebook.add_assignment(name)
            gradebook.add_notebook(name, name)
            gradebook.add_grade_cell("slope", name, name, max_score=4, cell_type="code")
            gradebook.add_source_cell("slope", name, name, cell_type="code", source="")
    return made


def send(course, name, student, mark=None, failure=None, comment=None, **came):
    """Let a student have sent an assignment; with a mark it has been graded."""
    folder = course.folder("inbox", name, student)
    folder.mkdir(parents=True)
    (folder / f"{name}.ipynb").write_text(f"{name} by {student}")
    record = submissions.collected(course, name)
    record[student] = {"name": student, "person": [], "told": [], **came}
    submissions.write_record(course, name, record)
    if mark is None:
        return
    task = {"id": "slope", "points": 4, "score": mark, "failure": failure, "message": failure}
    grading.save(
        course,
        grading.Result(
            student, name, "graded", tasks=[task], digest=submissions.digest(folder), ids=[student]
        ),
    )
    page = course.notebook("feedback", name, student).with_suffix(".html")
    page.parent.mkdir(parents=True)
    page.write_text(f"for {student}")
    with course.open_gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.add_submission(name, student)
        grade = submission.notebooks[0].grades[0]
        grade.auto_score, grade.needs_manual_grade = mark, False
        grade.manual_score = comment
        gradebook.db.commit()


def marks(course, name):
    return {row["student"]: row["score"] for row in results.table(course, name)}


# -- merge ----------------------------------------------------------------------------------------


def test_merged_work_keeps_marks_and_a_persons_marks(course):
    send(course, "01", "anna.m", mark=2, comment=3)
    send(course, "02", "s1", mark=4)
    assert people.merge(course, "anna.m", "s1") == ["01"]
    assert marks(course, "01") == {"s1": 3} and marks(course, "02") == {"s1": 4}
    assert submissions.students_of(course, "01") == ["s1"]
    assert course.notebook("feedback", "01", "s1").with_suffix(".html").exists()
    assert list(submissions.collected(course, "01")) == ["s1"]
    result = grading.results_of(course, "01")["s1"]
    assert result.digest == submissions.digest(course.folder("inbox", "01", "s1"))
    with course.open_gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("anna.m")
    assert not course.folder("feedback", "anna.m").exists()


@pytest.mark.parametrize("keep, mark", [("anna.m", 1), ("s1", 4)])
def test_where_both_sent_something_a_person_says_whose_counts(course, keep, mark):
    send(course, "01", "anna.m", mark=1)
    send(course, "01", "s1", mark=4)
    before = sorted(path for path in course.work.rglob("*") if path.is_file())
    with pytest.raises(CourseError, match="both sent 01.*--keep anna.m or --keep s1"):
        people.merge(course, "anna.m", "s1")
    assert sorted(path for path in course.work.rglob("*") if path.is_file()) == before
    people.merge(course, "anna.m", "s1", keep=keep)
    assert marks(course, "01") == {"s1": mark}
    there = (course.folder("inbox", "01", "s1") / "01.ipynb").read_text()
    assert there == f"01 by {keep}"
    loser = {"anna.m": "s1", "s1": "anna.m"}[keep]
    (aside,) = course.folder("removed", loser).iterdir()
    assert (aside / "inbox" / "01.ipynb").read_text() == f"01 by {loser}"
    with open(aside / "marks.csv", newline="", encoding="utf-8") as file:
        assert [float(row["score"]) for row in csv.DictReader(file)] == [5 - mark]


@pytest.mark.parametrize(
    "old, new, keep, said",
    [
        ("s1", "s1", None, "the same id already"),
        ("nobody", "s1", None, "nothing in the course belongs to 'nobody'"),
        ("s1", "s2", "s3", "expected to keep 's1' or 's2', got 's3'"),
    ],
)
def test_a_merge_that_makes_no_sense_is_said(course, old, new, keep, said):
    send(course, "01", "s1", mark=1)
    with pytest.raises(CourseError, match=said):
        people.merge(course, old, new, keep)


# -- remove ---------------------------------------------------------------------------------------


def test_who_is_removed_has_no_row_and_nothing_is_lost(course):
    send(course, "01", "s1", mark=1)
    send(course, "02", "s1")  # collected and never graded
    send(course, "01", "s2", mark=4)
    kept = people.remove(course, "s1")
    assert marks(course, "01") == {"s2": 4} and submissions.students_of(course, "02") == []
    assert submissions.collected(course, "02") == {}
    assert sorted(path.name[:2] for path in kept.iterdir()) == ["01", "02"]
    assert len(list(kept.rglob("*.ipynb"))) == 2 and len(list(kept.rglob("marks.csv"))) == 1
    with pytest.raises(CourseError, match="nothing in the course belongs to 's1'"):
        people.remove(course, "s1")


def test_numbers_of_one_that_is_gone_are_no_longer_another_ones(course):
    send(course, "01", "s1", mark=1)
    send(course, "01", "s2", mark=1)
    copied = grading.results_of(course, "01")["s2"]
    copied.ids = ["s1"]
    grading.save(course, copied)
    assert grading.compare_ids(course, "01")["s2"].person
    people.remove(course, "s1")
    assert not grading.results_of(course, "01")["s2"].person


def test_the_commands_name_files_that_a_person_must_change(course, capsys):
    send(course, "01", "old", mark=1)
    course.folder("late.csv").write_text("student,assignment,days\nold,01,2\n")
    at = ["--course", str(course.root)]
    assert command.main([*at, "merge", "old", "new"]) == 0
    said = capsys.readouterr().out
    assert "now new's: 01" in said and "late.csv names old" in said
    assert command.main([*at, "remove", "new"]) == 0
    assert "kept aside in" in capsys.readouterr().out
    assert command.main([*at, "remove", "new"]) == 2


# -- feedback as platforms take it back -----------------------------------------------------------


@pytest.mark.parametrize(
    "platform, sent",
    [
        ("moodle", "Anna Müller_700000_assignsubmission_file_/x.ipynb"),
        ("canvas", "muelleranna_LATE_4007_88007_x-1.ipynb"),
    ],
)
def test_a_zip_goes_back_under_the_names_that_came(course, tmp_path, platform, sent):
    came = tmp_path / "came.zip"
    with zipfile.ZipFile(came, "w") as archive:
        archive.writestr(sent, "{}")
    (student,) = submissions.collect(course, "01", came, platform=platform)
    grading.save(course, grading.Result(student, "01", "graded"))
    grading.save(course, grading.Result("by-hand", "01", "graded"))
    for name in (student, "by-hand"):
        page = course.notebook("feedback", "01", name).with_suffix(".html")
        page.parent.mkdir(parents=True)
        page.write_text(name)
    path, left_out = results.feedback_zip(course, "01", platform)
    with zipfile.ZipFile(path) as archive:
        (inside,) = archive.namelist()
        assert archive.read(inside).decode() == student
    # what the platform looks for: the number, then what it numbered
    number = {"moodle": "_700000_assignsubmission_file_", "canvas": "_4007_88007_"}[platform]
    assert number in inside and inside.endswith("01.html") and "/" not in inside
    assert left_out == [["by-hand", f"not collected from a zip of {platform}'s"]]


def test_a_zip_without_pages_says_what_to_do(course):
    send(course, "01", "s1", mark=1)
    course.notebook("feedback", "01", "s1").with_suffix(".html").unlink()
    with pytest.raises(CourseError, match="run `handmark feedback 01` first"):
        results.feedback_zip(course, "01", "plain")
    with pytest.raises(CourseError, match="no platform 'teams'; there are: moodle"):
        results.feedback_zip(course, "01", "teams")


# -- the class in pictures ------------------------------------------------------------------------


def test_the_page_shows_marks_mistakes_and_who_needs_help(course):
    course.folder("roster.csv").write_text(
        "id,name,address\ns1,Anna,\ns2,Ben,\ns3,Cleo,\n", encoding="utf-8"
    )
    send(course, "01", "s1", mark=4)
    send(course, "01", "s2", mark=1, failure="`slope`: <b>sign</b> of the slope")
    send(course, "02", "s1", mark=2)
    page = class_page.write(course).read_text(encoding="utf-8")
    helped = page.partition("Who needs help</h2>")[2].partition("<h2>")[0]
    assert "s2<td>Ben<td" in helped and "under half of the points" in helped
    assert "s3<td>Cleo" in helped and "nothing sent to the last two" in helped
    assert "s1" not in helped
    assert "1 × `slope`: &lt;b&gt;sign&lt;/b&gt; of the slope" in page and "<b>" not in page
    assert (
        'aria-label="Students by their part of the points, all tasks: 1 from 20 to 30 %, 1 from 90 to 100 %.'
        in page
    )
    assert not any(word in page for word in ("http", "<script", "src="))


def test_the_page_needs_something_graded(course):
    with pytest.raises(CourseError, match="nothing is graded"):
        class_page.write(course)


def test_old_records_without_a_copy_are_read(course):
    send(course, "01", "s1", mark=1)
    assert "copy" not in json.loads(submissions._record_path(course, "01").read_text())["s1"]
    assert results.feedback_zip(course, "01", "plain")[0].exists()
