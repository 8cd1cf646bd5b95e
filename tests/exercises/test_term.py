"""A term of the book's assignments: roster, Canvas's files, grades, feedback, totals, the class in pictures."""

import csv
import zipfile
from pathlib import Path

import nbformat
import pytest
from grading_helpers import filled, grade_id, make_course
from handmark import __main__ as command
from handmark import results, sources

REPOSITORY = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.name for path in (REPOSITORY / "exercises").glob("[01]*"))
DROP, FREE_DAYS, COST = 2, 3, 0.1
EMPTY = "raise NotImplementedError"


def missing(student, week):
    return (student + week) % 10 == 0


def late(student, week):
    return (3 * student + week) % 7 == 0


def left_empty(student, week):
    """Does this student leave the last answer in code as it was?"""
    return (student + 2 * week) % 3 == 0


class Term:
    """A course of some assignments and students, and what its marks must be."""

    def __init__(self, folder, assignments, students):
        self.assignments, self.students = assignments, range(students)
        exercises = [REPOSITORY / "exercises" / name for name in assignments]
        self.course = make_course(
            folder, *exercises, settings=exercises[0].parent / "nbgrader_config.py"
        )
        roster = [f"s{k:02},Given{k} Family{k},s{k:02}@uni.edu {4000 + k}" for k in self.students]
        self.course.folder("roster.csv").write_text("\n".join(["id,name,address", *roster]) + "\n")
        self.sources = {
            name: sources.read(self.course.exercises / name / f"{name}.md") for name in assignments
        }

    def run(self, *arguments):
        assert command.main(["--course", str(self.course.root), *arguments]) == 0, arguments

    def last_answer(self, name):
        """The last answer in code, and the cells that test it: nothing after it builds on it."""
        cells = [c for c in self.solution(name).cells if "nbgrader" in c.metadata]
        answers = [
            k
            for k, cell in enumerate(cells)
            if cell.cell_type == "code" and cell.metadata.nbgrader.solution
        ]
        tests = [c for c in cells[answers[-1] + 1 :] if c.cell_type == "code"]
        return grade_id(cells[answers[-1]]), [
            grade_id(cell) for cell in tests if cell.metadata.nbgrader.grade
        ]

    def solution(self, name):
        return nbformat.read(self.course.notebook("instructor", name), as_version=4)

    def submission(self, name, week, student):
        answers = {
            grade_id(cell): cell.source
            for part in ("answer", "written")
            for cell in self.sources[name].cells(part)
        }
        if left_empty(student, week):
            answers[self.last_answer(name)[0]] = EMPTY
        return nbformat.writes(filled(self.course, answers, name, student_id=f"s{student:02}"))

    def zipped(self, name, week):
        """What Canvas gives out."""
        path = self.course.root / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for k in self.students:
                if not missing(k, week):
                    mark = "_LATE" if late(k, week) else ""
                    file = f"family{k}given{k}{mark}_{4000 + k}_{88000 + k}_{name}.ipynb"
                    archive.writestr(file, self.submission(name, week, k))
        return path

    def mark_by_hand(self, name):
        """A person gives all points for each written answer."""
        written = {
            grade_id(cell): cell.metadata.nbgrader.points
            for cell in self.sources[name].cells("written")
        }
        with self.course.open_gradebook() as gradebook:
            for submission in gradebook.assignment_submissions(name):
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        if grade.name in written:
                            grade.manual_score, grade.needs_manual_grade = (
                                written[grade.name],
                                False,
                            )
            gradebook.db.commit()

    def points(self, name):
        graded = [
            c for c in self.solution(name).cells if c.metadata.get("nbgrader", {}).get("grade")
        ]
        return {grade_id(cell): cell.metadata.nbgrader.points for cell in graded}

    def mark_of(self, student, week):
        """The mark before late days, or None for nothing sent, by this file's own rules."""
        if missing(student, week):
            return None
        name = self.assignments[week]
        points = self.points(name)
        lost = sum(points[test] for test in self.last_answer(name)[1])
        return sum(points.values()) - left_empty(student, week) * lost

    def total_of(self, student):
        """The term's total, by this file's own rules."""
        shares, used = [], 0
        for week, name in enumerate(self.assignments):
            out_of, mark = sum(self.points(name).values()), self.mark_of(student, week)
            if mark is not None and late(student, week):
                used += 1
                mark -= (used > FREE_DAYS) * COST * out_of
            shares.append((((mark or 0) / out_of), name, mark or 0))
        return sum(mark for _, _, mark in sorted(shares)[DROP:])


def gone_through(folder, assignments, students):
    term = Term(folder, assignments, students)
    for week, name in enumerate(assignments):
        term.run("collect", name, str(term.zipped(name, week)), "--platform", "canvas")
        term.run("grade", name)
        term.mark_by_hand(name)
        term.run("feedback", name, "--zip", "canvas")
        term.run("export", name, "--for", "canvas")
    term.run("totals", "--drop", str(DROP), "--free-days", str(FREE_DAYS), "--cost", str(COST))
    term.run("page")
    return term


def right(term):
    for week, name in enumerate(term.assignments):
        rows = {row["student"]: row for row in results.table(term.course, name)}
        assert set(rows) == {f"s{k:02}" for k in term.students}
        for k in term.students:
            row = rows[f"s{k:02}"]
            assert row["score"] == (term.mark_of(k, week) or 0) and not row["to_mark"], (name, row)
        sent = [k for k in term.students if not missing(k, week)]
        assert len(list(term.course.folder("feedback").glob(f"s*/{name}/{name}.html"))) == len(sent)
        imported = (term.course.folder("reports") / f"{name}-canvas.csv").read_text("utf-8")
        assert len(list(csv.DictReader(imported.splitlines()))) == len(term.students)
    text = (term.course.folder("reports") / "totals.csv").read_text("utf-8")
    rows = {row["student"]: row for row in csv.DictReader(text.splitlines())}
    assert {s: float(row["total"]) for s, row in rows.items()} == {
        f"s{k:02}": pytest.approx(term.total_of(k), abs=0.006) for k in term.students
    }
    assert not any(row["open"] for row in rows.values())
    page = (term.course.folder("reports") / "class.html").read_text("utf-8")
    assert all(name in page for name in term.assignments)


@pytest.mark.slow
def test_three_weeks_of_a_class(tmp_path, sandboxed):
    term = gone_through(tmp_path, ASSIGNMENTS[:3], 4)
    assert any(missing(k, w) for k in term.students for w in range(3))
    right(term)


@pytest.mark.long
def test_a_term_of_thirteen_assignments_and_forty_students(tmp_path, sandboxed):
    right(gone_through(tmp_path, ASSIGNMENTS, 40))
