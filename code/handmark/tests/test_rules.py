"""Small rules of grading that need neither kernel nor sandbox: each lost a mark or a fault once."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from handmark import __main__ as command
from handmark import (
    class_page,
    crew,
    execute,
    grading,
    kernels,
    release,
    results,
    soundness,
    submissions,
)
from handmark.course import Course, CourseError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

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
        grading._autograde(Course("."), NAME, "anna", sandboxed=True)
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


def test_what_was_left_empty_is_no_mistake(marked, course):
    """The stub's error was counted among the commonest mistakes."""
    stub = {"id": "one", "points": 3.0, "score": 0.0, "failure": results.EMPTY, "message": ""}
    marked(grade("one", auto=0.0), result=grading.Result("anna", NAME, "graded", tasks=[stub]))
    wrong = {**stub, "failure": "the sign"}
    grading.save(course, grading.Result("ben", NAME, "graded", tasks=[wrong]))
    text = results.report(course, NAME)
    assert "- left empty: 1" in text and "- 1 × the sign" in text
    assert "NotImplementedError" not in text
    page = class_page.write(course, [NAME]).read_text("utf-8")
    assert "1 × the sign" in page and "NotImplementedError" not in page


@pytest.mark.parametrize(
    "scores, said",
    [
        ([3, 0, None], "3 of 8, 2 of them to mark by hand"),
        ([3, 0, 0], "3 of 8"),  # the written answer was left empty
        ([0, 0, 2], "2 of 8"),
        ([], "no mark"),
    ],
)
def test_marks_are_of_all_points_whether_the_written_answer_is_there_or_not(scores, said):
    """Of two students one had '7 of 20' and the other '11 of 15'."""
    points = [3.0, 3.0, 2.0]
    tasks = [
        {"id": str(k), "points": points[k], "score": score, "failure": None, "message": None}
        for k, score in enumerate(scores)
    ]
    assert command._marks(grading.Result("anna", NAME, tasks=tasks)) == said


def test_marks_of_other_points_are_not_mixed_with_the_new_ones(marked, course):
    old = {"id": "one", "points": 2.0, "score": 2.0, "failure": None, "message": None}
    row = marked(grade("one", auto=2.0), result=grading.Result("anna", NAME, "graded", tasks=[old]))
    assert (row["status"], row["score"], row["one"], row["max_score"]) == ("old points", "", "", 3)
    assert "grade again" in row["notes"]
    text = results.report(course, NAME)
    assert "1 submissions, 0 graded, 0 could not be graded." in text and "## one" not in text
    assert "grade again: anna" in text
    pages, failed = results.feedback(course, NAME)
    assert pages == {} and "grade again" in failed["anna"]


@pytest.mark.slow
def test_a_release_with_other_points_leaves_no_old_mark(course):
    """With nbgrader's own release, which keeps the old scores."""
    release.release(course, NAME, execute=False)
    scores = {"twice-test": 3.0, "own-test": 2.0, "why-written": None}
    with course.open_gradebook() as gradebook:
        gradebook.add_student("anna")
        gradebook.add_submission(NAME, "anna")
        for name, score in scores.items():
            gradebook.find_grade(name, NAME, NAME, "anna").auto_score = score
        gradebook.db.commit()
    tasks = [
        {"id": name, "points": points, "score": scores[name], "failure": None, "message": None}
        for name, points in (("twice-test", 3.0), ("own-test", 2.0), ("why-written", 2.0))
    ]
    grading.save(course, grading.Result("anna", NAME, "graded", tasks=tasks))
    assert results.table(course, NAME)[0]["score"] == 5
    path = course.exercises / NAME / f"{NAME}.md"
    path.write_text(path.read_text("utf-8").replace(":points: 3", ":points: 4"), encoding="utf-8")
    release.release(course, NAME, execute=False)
    row = results.table(course, NAME)[0]
    assert (row["status"], row["score"], row["max_score"]) == ("old points", "", 8)


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


# -- written answers ------------------------------------------------------------------------------

STUB = "YOUR ANSWER HERE"


def cell_of(kind, source, grade_id, *, locked):
    """A cell of a release."""
    mark = {"grade_id": grade_id, "locked": locked, "grade": True, "solution": not locked}
    return kind(source, metadata={"nbgrader": mark})


RELEASE = new_notebook(
    metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    cells=[
        new_markdown_cell("## Why?"),
        cell_of(new_code_cell, "assert twice(1) == 2", "twice-test", locked=True),
        new_code_cell("# your experiment"),
        new_markdown_cell(
            "Your observations, and the reason for them, in five to eight sentences:"
        ),
        cell_of(new_markdown_cell, STUB, "why-written", locked=False),
        new_markdown_cell("## The end"),
    ],
)
ANSWER = "Because twice x is x plus x."
LONG = "I doubled the rate and saw " + "that it is faster because the steps are longer " * 3


def rebuilt(change):
    """The written answer that is marked, and the notes, after `change` of the cells."""
    cells = [dict(cell) for cell in RELEASE.cells]
    change(cells)
    notes = submissions.Notes()
    built = submissions.rebuild(new_notebook(cells=cells), RELEASE, notes)
    (cell,) = [
        c for c in built.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why-written"
    ]
    return cell.source, " | ".join(what for what, _ in notes.person)


@pytest.mark.parametrize(
    "place, cell, found",
    [
        (5, new_markdown_cell(ANSWER), ANSWER),
        (4, new_markdown_cell(ANSWER), ANSWER),
        (6, new_markdown_cell(ANSWER), ANSWER),
        (5, new_code_cell("# " + LONG), LONG.strip()),
        (5, new_code_cell(LONG + "."), LONG + "."),
        (5, new_code_cell(repr(LONG)), LONG.strip()),
        (0, new_markdown_cell(LONG), LONG.strip()),
    ],
)
def test_a_written_answer_in_another_cell_is_put_up_for_marking(place, cell, found):
    text, notes = rebuilt(lambda cells: cells.insert(place, cell))
    assert text == found and "why-written is empty" in notes


def test_an_answer_typed_into_the_question_is_found():
    def typed(cells):
        cells[3]["source"] += "\n\n" + ANSWER

    assert rebuilt(typed)[0] == ANSWER


def test_a_written_answer_whose_cell_is_missing_is_found():
    def exchanged(cells):
        cells[4] = new_markdown_cell(ANSWER)

    text, notes = rebuilt(exchanged)
    assert text == ANSWER and "why-written is missing" in notes


@pytest.mark.parametrize(
    "place, cell",
    [
        (5, new_code_cell("plot(x)")),
        (5, new_code_cell("for k in range(3):\n    print(k")),
        (0, new_markdown_cell("Anna Müller, group 3")),
        (5, new_markdown_cell("")),
    ],
)
def test_what_is_no_answer_is_not_put_up(place, cell):
    assert rebuilt(lambda cells: cells.insert(place, cell)) == (STUB, "")


def test_an_answer_in_its_place_stays_alone():
    def both(cells):
        cells[4]["source"] = ANSWER
        cells.insert(5, new_markdown_cell(LONG))

    assert rebuilt(both) == (ANSWER, "")


# -- what is believed -----------------------------------------------------------------------------


def test_a_students_own_timestamp_is_not_copied(tmp_path):
    for name in ("timestamp.txt", "data/timestamp.txt", "data.csv"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("2020-01-01 00:00:00 UTC")
    (tmp_path / "out").mkdir()
    notes = submissions.Notes()
    submissions._copy_extras(tmp_path / "in", tmp_path / "in", tmp_path / "out", notes)
    copied = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")
    )
    assert copied == ["data.csv", "data/timestamp.txt"]
    assert "timestamp.txt was left out" in notes.told[0]


def compared(course, *results_):
    """The notes of each student after a comparison of the ids used: student -> text."""
    for result in results_:
        grading.save(course, result)
    found = grading.compare_ids(course, NAME)
    return {s: " | ".join(what for what, _ in r.person) for s, r in found.items()}


def used(student, typed, ids=(), **more):
    return grading.Result(student, NAME, status="graded", typed=typed, ids=list(ids), **more)


def test_another_students_numbers_are_noticed(course):
    found = compared(course, used("anna", "anna", ["anna", "BEN "]), used("ben", "ben", ["ben"]))
    assert "anna, ben all used the student id 'ben'" in found["anna"] and found["ben"]
    assert grading.results_of(course, NAME)["anna"].status == "look"


def test_the_id_of_someone_who_typed_another_is_noticed_too(course):
    found = compared(course, used("anna", "ben"), used("ben", "anonymous"))
    assert found["anna"] == "the numbers are those of ben" and not found["ben"]


def test_a_comparison_is_made_anew_with_each_grading(course):
    assert all(compared(course, used("anna", "x"), used("ben", "x")).values())
    found = compared(course, used("ben", "ben"))
    assert not any(found.values())
    assert {r.status for r in grading.results_of(course, NAME).values()} == {"graded"}


def test_one_page_that_cannot_be_written_stops_no_other(course, monkeypatch):
    for student in ("anna", "ben", "chris"):
        grading.save(course, used(student, student))

    def page(course, name, student):
        if student == "ben":
            raise KeyError("log")
        path = course.notebook("feedback", name, student).with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        return {"success": student != "chris", **({"error": "why"} if student == "chris" else {})}

    monkeypatch.setattr(results, "_page", page)
    here = lambda task, items, **how: ((item, task(item)) for item in items)
    monkeypatch.setattr(crew, "each", here)
    monkeypatch.setattr(Course, "keep_gradebook", lambda self: None)
    with pytest.raises(CourseError, match="not in the gradebook: run `handmark release"):
        results.feedback(course, NAME)
    with course.open_gradebook() as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
    pages, failed = results.feedback(course, NAME)
    assert list(pages) == ["anna"] and "KeyError" in failed["ben"] and "why" in failed["chris"]


def test_hidden_tests_are_taken_out_of_tests_alone():
    from handmark.hidden import ClearHiddenTestsOfTests

    text = "a = 1\n### BEGIN HIDDEN TESTS\nb = 2"
    own = new_code_cell(text)
    test = cell_of(new_code_cell, text + "\n### END HIDDEN TESTS", "t", locked=True)
    clear = ClearHiddenTestsOfTests()
    assert clear.preprocess_cell(own, {}, 0)[0].source == text
    assert clear.preprocess_cell(test, {}, 1)[0].source == "a = 1"


def test_differences_in_single_precision_are_for_a_person_to_see():
    notes = submissions.Notes()
    source = "def f(x):\n    return np.float32((cost(x + h) - cost(x - h)) / (2 * h))"
    submissions._look_for_tampering([[None, new_code_cell(source)]], {}, notes)
    assert "single precision" in notes.person[0][0]
    notes = submissions.Notes()
    plain = "def f(x):\n    return x.astype(np.float32) * 2"
    submissions._look_for_tampering([[None, new_code_cell(plain)]], {}, notes)
    assert notes.person == []
