"""A term: totals, late days, who sent nothing, and the files that platforms import."""

import csv
import json

import pytest
from handmark import __main__ as command
from handmark import grading, results, roster, submissions, totals
from handmark.course import Course, CourseError
from handmark.totals import Rules

NAMES = ("01", "02", "03")
ROSTER = """id,name,address
s1,Anna Maria Müller,anna@uni.edu 4007 amueller
s2,Ben Bo,ben7@uni.edu 4008
s3,王小明,
"""


@pytest.fixture
def course(tmp_path):
    """A course with three assignments and a roster, of which nothing has been made."""
    for name in NAMES:
        (tmp_path / "exercises" / name).mkdir(parents=True)
        (tmp_path / "exercises" / name / f"{name}.md").write_text("")
    (tmp_path / "exercises" / "nbgrader_config.py").write_text("")
    (tmp_path / "_grading").mkdir()
    (tmp_path / "_grading" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return Course(tmp_path)


@pytest.fixture
def marks(course, monkeypatch):
    """Sets marks: assignment -> {student: score, None (no mark) or (score, to mark)} of 10."""

    def give(**given):
        given = {name.strip("_"): rows for name, rows in given.items()}

        def table(course, name):
            rows = []
            for student, score in given[name].items():
                score, to_mark = score if isinstance(score, tuple) else (score, 0)
                rows.append(
                    {
                        "student": student,
                        "status": "failed" if score is None else "graded",
                        "score": "" if score is None else score,
                        "max_score": 10.0,
                        "to_mark": "" if score is None else to_mark,
                    }
                )
            return rows + results._without_result(course, name, rows)

        monkeypatch.setattr(results, "table", table)
        monkeypatch.setattr(totals, "_graded", lambda course, name: name in given)

    return give


def by_student(rows):
    return {row["student"]: row for row in rows}


def test_the_worst_drop_out_and_who_sent_nothing_has_a_row(course, marks):
    marks(_01={"s1": 10, "s2": 4}, _02={"s1": 2, "s2": 8}, _03={"s1": 9})
    rows = by_student(totals.totals(course, rules=Rules(drop=1)))
    assert rows["s1"]["total"] == 19 and rows["s1"]["dropped"] == "02"
    assert rows["s2"]["total"] == 12 and rows["s2"]["dropped"] == "03" and rows["s2"]["03"] == 0
    assert rows["s3"]["total"] == 0 and rows["s3"]["name"] == "王小明"
    assert {row["out_of"] for row in rows.values()} == {20}
    assert rows["s1"]["percent"] == 95


def test_what_has_no_mark_yet_is_open_and_never_the_worst(course, marks):
    marks(_01={"s1": 10, "s2": None}, _02={"s1": (3, 1), "s2": 8}, _03={"s1": 9, "s2": 7})
    rows = by_student(totals.totals(course, rules=Rules(drop=1)))
    assert rows["s1"]["open"] == "02" and rows["s1"]["dropped"] == "03"
    assert rows["s2"]["open"] == "01" and rows["s2"]["dropped"] == "03"
    assert rows["s2"]["01"] == "" and rows["s2"]["out_of"] == 10 and rows["s2"]["total"] == 8


def test_someone_who_is_not_on_the_roster_is_not_lost(course, marks):
    marks(_01={"guest": 5})
    assert by_student(totals.totals(course))["guest"]["total"] == 5


def sent(course, name, **times):
    """Let students have sent an assignment at these times."""
    path = submissions._record_path(course, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({s: {"sent": t} for s, t in times.items()}))


def test_late_days(course, marks):
    marks(_01={"s1": 10, "s2": 10}, _02={"s1": 10, "s2": 10}, _03={"s1": 10, "s2": 1})
    course.folder("due.csv").write_text(
        "assignment,due\n01,2026-11-03 12:00\n02,2026-11-10 12:00\n03,2026-11-17 12:00\n"
    )
    sent(course, "01", s1="2026-11-03-12-00-00", s2="2026-11-03-12-00-01")
    sent(course, "02", s2="2026-11-12-12-00-00")
    sent(course, "03", s2="2026-11-19-13-00-00")
    rows = by_student(totals.totals(course, rules=Rules(free_days=2, cost=0.2)))
    assert rows["s1"]["late_days"] == 0 and rows["s1"]["total"] == 30
    # 1 free, 2 of which 1 is free, 3 that cost more than the mark holds
    assert [rows["s2"][name] for name in NAMES] == [10, 8, 0] and rows["s2"]["late_days"] == 6
    course.folder("late.csv").write_text("student,assignment,days\ns2,03,0\n")
    assert by_student(totals.totals(course, rules=Rules(free_days=2, cost=0.2)))["s2"]["03"] == 1


@pytest.mark.parametrize(
    "text, said",
    [
        ("assignment,due\n01,tomorrow\n", "expected a time as"),
        ("a,b\n1,2\n", "expected the columns"),
    ],
)
def test_a_file_of_times_with_faults_is_said(course, marks, text, said):
    marks(_01={"s1": 1})
    course.folder("due.csv").write_text(text)
    with pytest.raises(CourseError, match=said):
        totals.totals(course)


def test_rules_that_make_no_sense_are_said(course, marks):
    marks(_01={"s1": 1})
    with pytest.raises(CourseError, match="name fewer to drop"):
        totals.totals(course, rules=Rules(drop=1))
    with pytest.raises(CourseError, match="cost from 0 to 1"):
        Rules(cost=2)


PLATFORM_MARKS = {"s1": 10, "s2": (4, 1), "s3": 7.5, "gone": None}


@pytest.mark.parametrize(
    "platform, header, line",
    [
        ("moodle", "Email address,Full name,01", "anna@uni.edu,Anna Maria Müller,10"),
        (
            "canvas",
            "Student,ID,SIS User ID,SIS Login ID,Section,01",
            '"Müller, Anna Maria",4007,,anna@uni.edu,,10',
        ),
        (
            "blackboard",
            "Last Name,First Name,Username,01 [Total Pts: 10 Score]",
            "Müller,Anna Maria,amueller,10",
        ),
        ("plain", "id,name,01", "s1,Anna Maria Müller,10"),
    ],
)
def test_a_file_for_a_platform_holds_final_marks_alone(course, marks, platform, header, line):
    marks(_01=PLATFORM_MARKS)
    path, left_out = totals.for_platform(course, "01", platform)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [header, line]
    why = dict(left_out)
    assert why["s2"] == "1 answers to mark by hand" and why["gone"] == "no mark: failed"
    assert ("s3" in why) == (platform in ("moodle", "canvas"))


def test_who_sent_nothing_has_0_on_the_platform_too(course, marks):
    marks(_01={"s1": 10})
    path, left_out = totals.for_platform(course, "01", "plain")
    with open(path, newline="", encoding="utf-8") as file:
        rows = {row["id"]: row["01"] for row in csv.DictReader(file)}
    assert rows == {"s1": "10", "s2": "0", "s3": "0"} and left_out == []


def test_the_number_in_a_files_name_will_do_for_canvas(course, marks):
    roster.path_of(course).unlink()
    marks(_01={"mueller": 3})
    path = submissions._record_path(course, "01")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"mueller": {"name": "mueller", "number": "77"}}))
    assert '"mueller, ",77,,,,3' in totals.for_platform(course, "01", "canvas")[0].read_text()


def test_what_was_collected_and_not_graded_is_not_nothing(course, marks):
    (course.folder("inbox", "01", "s2")).mkdir(parents=True)
    marks(_01={"s1": 10})
    rows = by_student(results.table(course, "01"))
    assert rows["s2"]["status"] == "not graded" and rows["s2"]["score"] == ""
    assert rows["s3"]["status"] == "nothing sent" and rows["s3"]["score"] == 0


def test_the_commands(course, marks, capsys, monkeypatch):
    marks(_01={"s1": 10, "s2": (1, 1)}, _02={"s1": 5})
    at = ["--course", str(course.root)]
    assert command.main([*at, "totals", "--drop", "1"]) == 0
    assert "totals.csv" in capsys.readouterr().out
    assert command.main([*at, "export", "01", "--for", "plain"]) == 0
    said = capsys.readouterr().out
    assert "s2: not in the file: 1 answers to mark" in said and "01-plain.csv" in said
    assert command.main([*at, "totals", "--drop", "2"]) == 2
    assert "name fewer to drop" in capsys.readouterr().err


def test_the_report_names_who_sent_nothing(course, marks):
    marks(_01={"s1": 10})
    grading.save(course, grading.Result("s1", "01", status="graded"))
    assert "2 of the roster sent nothing: s2, s3." in results.report(course, "01")
