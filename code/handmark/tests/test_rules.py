"""Small rules of grading that need neither kernel nor sandbox: each lost a mark or a fault once."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from handmark import __main__ as command
from handmark import execute, grading, kernels, results, soundness
from handmark.course import Course, CourseError
from nbformat.v4 import new_output

NAME = "tiny"


@pytest.fixture
def course(tmp_path, tiny):
    """A course with the tiny assignment, of which nothing has been made."""
    folder = tmp_path / "exercises" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.md").write_text((tiny / "tiny.md").read_text("utf-8"), encoding="utf-8")
    settings = (tiny.parent / "nbgrader_config.py").read_text("utf-8")
    (folder.parent / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return Course(tmp_path)


# -- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("faults, status", [([], 0), (["twice: the stub passes"], 1)])
def test_check_says_by_its_exit_status_whether_there_are_faults(
    course, monkeypatch, capsys, faults, status
):
    monkeypatch.setattr(soundness, "check", lambda *args, **options: faults)
    assert command.main(["--course", str(course.root), "check"]) == status
    said = capsys.readouterr().out
    assert ("sound" in said) == (not faults) and all(fault in said for fault in faults)


def test_one_faulty_assignment_among_sound_ones_is_enough(course, monkeypatch):
    again = course.exercises / "another"
    again.mkdir()
    (again / "another.md").write_text("", encoding="utf-8")
    monkeypatch.setattr(soundness, "check", lambda c, name, **o: ["bad"] * (name == "another"))
    for names, status in (([], 1), ([NAME], 0), (["another", NAME], 1)):
        assert command.main(["--course", str(course.root), "check", *names]) == status


def test_what_cannot_run_has_a_status_of_its_own(tmp_path, course, capsys):
    (tmp_path / "elsewhere").mkdir()
    assert command.main(["--course", str(course.root), "check", "nothing"]) == 2
    assert "there is no assignment 'nothing'; there are: tiny" in capsys.readouterr().err


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(f"  {name} " in said for name in command.COMMANDS)


# -- why a submission could not be graded ---------------------------------------------------------


def reason(log, monkeypatch):
    """What the instructor is told where nbgrader fails with this log."""
    api = SimpleNamespace(autograde=lambda *a, **k: {"success": False, "log": log})
    monkeypatch.setattr(Course, "api", lambda self, **changes: api)
    with pytest.raises(CourseError) as caught:
        grading._autograde(Course("."), NAME, "anna", True)
    return str(caught.value).removeprefix("nbgrader could not grade it: ")


@pytest.mark.parametrize(
    "log, told",
    [
        ("[INFO] Copying\n[ERROR] sqlite3.OperationalError: locked\n[INFO] bye", "sqlite3"),
        ("ValueError: first\nKeyError: last", "KeyError: last"),
        ("[INFO] Copying\n[WARNING] no notebook\n\n", "[WARNING] no notebook"),
        ("SomeException: it\nthe end", "SomeException: it"),
        ("", "?"),
    ],
)
def test_the_reason_is_the_last_error_of_the_log(log, told, monkeypatch):
    assert told in reason(log, monkeypatch)
    assert "Copying" not in reason(log, monkeypatch)


# -- marks ----------------------------------------------------------------------------------------


def grade(name, auto=None, manual=None, extra=None):
    """A grade as the gradebook keeps it."""
    return SimpleNamespace(name=name, auto_score=auto, manual_score=manual, extra_credit=extra)


@pytest.fixture
def marked(course, monkeypatch):
    """The marks of a student whose gradebook holds these grades."""

    def table(*grades, result=None):
        cells = [SimpleNamespace(name=g.name, max_score=3.0) for g in grades]
        book = SimpleNamespace(
            find_notebook=lambda *a: SimpleNamespace(grade_cells=cells),
            find_submission_notebook=lambda *a: SimpleNamespace(grades=grades),
        )

        @contextmanager
        def opened(self):
            yield book

        monkeypatch.setattr(Course, "open_gradebook", opened)
        tasks = [
            {"id": g.name, "points": 3.0, "score": g.auto_score, "failure": None, "message": None}
            for g in grades
        ]
        done = result or grading.Result("anna", NAME, status="graded", tasks=tasks)
        grading.save(course, done)
        return results.table(course, NAME)[0]

    return table


@pytest.mark.parametrize(
    "given, mark",
    [
        (dict(auto=2.0), 2.0),
        (dict(auto=0.0), 0.0),
        (dict(manual=1.5), 1.5),
        (dict(auto=3.0, manual=1.0), 1.0),
        (dict(manual=2.0, extra=0.5), 2.5),
        (dict(auto=3.0, manual=0.0, extra=2.0), 2.0),
    ],
)
def test_a_persons_mark_counts_before_the_machines_and_extra_credit_with_it(marked, given, mark):
    row = marked(grade("one", **given))
    assert (row["one"], row["score"], row["max_score"], row["to_mark"]) == (mark, mark, 3.0, 0)


def test_what_waits_for_a_person_is_no_zero(marked):
    row = marked(grade("one", auto=3.0), grade("why"))
    assert (row["why"], row["score"], row["max_score"], row["to_mark"]) == ("", 3.0, 6.0, 1)


def test_what_could_not_be_graded_has_no_mark(marked):
    failed = grading.Result("anna", NAME, status="failed", person=[["it", "do"]])
    row = marked(grade("one", auto=3.0), result=failed)
    assert (row["status"], row["score"], row["one"], row["notes"]) == ("failed", "", "", "it: do")


def test_the_table_as_csv_holds_no_formula_of_a_spreadsheet(marked, course):
    note = grading.Result("anna", NAME, status="graded", told=["=1+1"])
    marked(grade("one", auto=3.0), result=note)
    written = results.export(course, NAME).read_text("utf-8")
    assert "'=1+1" in written and written.splitlines()[0].startswith("student,status,score")


def test_the_report_counts_marks_and_mistakes(marked, course):
    task = {"id": "one", "points": 3.0, "score": 0.0, "failure": "the sign", "message": "the sign"}
    marked(grade("one", auto=0.0), result=grading.Result("anna", NAME, "graded", tasks=[task]))
    text = results.report(course, NAME)
    assert "1 submissions, 1 graded, 0 could not be graded." in text
    assert "- 0 of 3: " in text and "- mean: 0.00" in text and "- 1 × the sign" in text


def test_a_result_comes_back_as_it_was_saved(course):
    result = grading.Result("anna", NAME, "look", [["what", "do"]], ["told"], [], "x1", "d", False)
    grading.save(course, result)
    assert grading.results_of(course, NAME) == {"anna": result}
    assert grading.results_of(course, NAME, ["ben"]) == {}
    stored = json.loads(grading.result_path(course, NAME, "anna").read_text("utf-8"))
    assert stored["sandboxed"] is False


# -- what a cell printed --------------------------------------------------------------------------


def stream(text):
    """A message of a kernel that printed `text`."""
    kind = {"msg_type": "stream"}
    return {"header": kind, **kind, "content": {"name": "stdout", "text": text}}


@pytest.mark.parametrize("length", [1, 41, 4001, kernels.MAX_OUTPUT])
def test_what_a_student_printed_is_kept(length):
    outputs = []
    assert kernels._keep(outputs, stream("x" * length), 0) == length
    assert [output.text for output in outputs] == ["x" * length]


def test_what_goes_beyond_all_measure_is_cut_and_the_cut_is_told():
    outputs = []
    size = kernels._keep(outputs, stream("x" * (kernels.MAX_OUTPUT + 1)), 0)
    assert len(outputs[0].text) == kernels.MAX_OUTPUT and "cut here" in outputs[1].text
    assert kernels._keep(outputs, stream("more"), size) == size and len(outputs) == 2


def test_what_a_function_printed_within_a_test_is_shown_and_not_without_end():
    printed = [new_output("stream", name="stderr", text="y" * n) for n in (1, 41, 3999, 100_000)]
    kept = execute.printed([*printed, new_output("display_data", data={"text/plain": "z"})])
    assert [(out.name, len(out.text)) for out in kept] == [
        ("stdout", 1),
        ("stdout", 41),
        ("stdout", 3999),
        ("stdout", execute.MAX_PRINTED),
    ]


def test_room_for_output_is_that_of_a_long_answer():
    assert 50_000 <= kernels.MAX_OUTPUT <= 1_000_000
    assert 2_000 <= execute.MAX_PRINTED <= 20_000
