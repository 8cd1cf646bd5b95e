"""What comes back: feedback for students, a table for the instructor, a report per task."""

import csv
import shutil
import zipfile
from collections import Counter
from functools import partial

from . import copies, crew, grading, roster, submissions
from .course import CourseError

PAGE_SECONDS = 300  # time for one page
BLOCKS = " ▏▎▍▌▋▊▉█"
OUTDATED = "graded with the points of an earlier release: grade again"
EMPTY = "NotImplementedError"  # what the tests of an answer that was left as it was end with
#: How platforms want the files of a zip with feedback to be called: as the submissions were.
ZIPPED = {
    # Grading actions, Upload multiple feedback files in a zip
    "moodle": "{name}_{copy}_assignsubmission_file_{assignment}.html",
    # Gradebook, the assignment's menu, Re-upload submissions: becomes a comment
    "canvas": "{name}_{number}_{copy}_{assignment}.html",
    "plain": "{student}/{assignment}.html",
}


def feedback(course, name, *, jobs=2, progress=lambda student: None):
    """Write one HTML page a student: their notebook with marks, messages and comments.

    Parameters
    ----------
    course : Course
    name : str
    jobs : int
        How many at once.
    progress : function of a student
        Called after each one.

    Returns
    -------
    pages : dict
        Student -> Path.
    failed : dict
        Student -> why there is no page.
    """
    results = grading.results_of(course, name)
    if not results:
        raise CourseError(f"nothing is graded: run `handmark grade {name}` first")
    pages, failed, todo = {}, {}, []
    with course.open_gradebook() as gradebook:
        points = _points(gradebook, name)
    for student, result in results.items():
        shutil.rmtree(course.folder("feedback", student, name), ignore_errors=True)
        if result.status == "failed":
            failed[student] = "; ".join(what for what, _ in result.person)
            progress(student)
        elif _outdated(result, points):
            failed[student] = OUTDATED
            progress(student)
        else:
            todo.append(student)
    task = partial(write_page, course, name)
    for student, ended in crew.each(task, todo, jobs=jobs, seconds=PAGE_SECONDS):
        page = course.notebook("feedback", name, student).with_suffix(".html")
        if ended is None and page.exists():
            pages[student] = page
            _beside(course, name, student, page)
        else:
            shutil.rmtree(page.parent, ignore_errors=True)
            why = ended or "it does not say why"
            failed[student] = f"nbgrader could not write it: {why}"
        progress(student)
    return dict(sorted(pages.items())), dict(sorted(failed.items()))


def write_page(course, name, student):
    """Write one student's page (in a process of `crew.each`); why there is none, or None."""
    course.keep_gradebook()
    try:
        done = _page(course, name, student)
    except Exception as error:  # of one page; the others are written all the same
        done = {"success": False, "error": f"{type(error).__name__}: {error}"}
    if done["success"]:
        return None
    return (done.get("log") or done.get("error") or "it does not say why").strip()[-300:]


def _beside(course, name, student, page):
    """Lay beside a page what nbgrader's exchange gives it back by, if the work came from there."""
    inbox = course.folder("inbox", name, student)
    files = [inbox / file_name for file_name in submissions.EXCHANGE_FILES]
    if all(path.is_file() and path.stat().st_size < 1000 for path in files):  # both are one line
        for path in files:
            shutil.copy(path, page.parent)


def feedback_zip(course, name, platform):
    """Put the pages that `feedback` wrote into a zip with the names that a platform asks for.

    Parameters
    ----------
    platform : str
        A key of `ZIPPED`. For "moodle" and "canvas" the submissions must have been collected from
        that platform's zip, whose names hold the numbers that the platform goes by.

    Returns
    -------
    path : Path
    left_out : list of [student, why]

    Raises
    ------
    CourseError
        If there is no such platform, or nothing to put into the zip.
    """
    if platform not in ZIPPED:
        raise CourseError(f"no platform {platform!r}; there are: {', '.join(ZIPPED)}")
    came, left_out, inside = submissions.collected(course, name), [], {}
    for student in grading.results_of(course, name):
        page = course.notebook("feedback", name, student).with_suffix(".html")
        known = {"name": student, **came.get(student, {}), "student": student, "assignment": name}
        known["name"] = known["name"].replace("_", " ")  # Moodle counts them
        needed = [key for key in ("number", "copy") if "{" + key + "}" in ZIPPED[platform]]
        if not page.exists():
            left_out.append([student, f"no page: run `handmark feedback {name}` first"])
        elif not all(known.get(key) for key in needed):
            left_out.append([student, f"not collected from a zip of {platform}'s"])
        else:
            inside[ZIPPED[platform].format_map(known)] = page
    if not inside:
        raise CourseError(
            "nothing to put into the zip: "
            + ("; ".join(f"{s}: {why}" for s, why in left_out[:3]) or f"grade {name} first")
        )
    path = course.folder("reports", f"{name}-feedback-{platform}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, page in sorted(inside.items()):
            archive.write(page, file_name)
    return path, left_out


def _page(course, name, student):
    """nbgrader's feedback for one student: hidden tests and scripts taken out; success and log."""
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from nbconvert.preprocessors.sanitize import SanitizeHTML
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import GetGrades
    from nbgrader.utils import capture_log

    from .hidden import ClearHiddenTestsOfTests
    from .pages import PageExporter

    config = course.config(CourseDirectory={"assignment_id": name, "student_id": student})
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    converter.exporter_class = PageExporter
    converter.preprocessors = [
        GetGrades,
        ClearHiddenTestsOfTests,
        SanitizeHTML,
        CSSHTMLHeaderPreprocessor,
    ]
    converter.force = True
    return capture_log(converter)


def table(course, name):
    """One row a student: status, marks and notes, with the marks that a person has given.

    Returns
    -------
    list of dict
        `student`, `status`, `score`, `max_score`, `to_mark` (answers without a mark), one column
        for each graded cell, `notes`. The score is empty if the submission could not be graded.
        Whoever is on the roster has a row; who sent nothing has the status "nothing sent" and 0.
        Who was graded before the points changed has the status "old points" and no score.
    """
    results = grading.results_of(course, name)
    rows = []
    with course.open_gradebook() as gradebook:
        points = _points(gradebook, name)
        for student, result in results.items():
            old = _outdated(result, points)
            row = {
                "student": student,
                "status": "old points" if old else result.status,
                "score": "",
                "max_score": sum(points.values()),
                "to_mark": "",
                **dict.fromkeys(points, ""),
                "notes": " | ".join(
                    [
                        *[OUTDATED] * old,
                        *(f"{what}: {do}" for what, do in result.person),
                        *result.told,
                    ]
                ),
            }
            if result.status != "failed" and not old:
                grades = gradebook.find_submission_notebook(name, name, student).grades
                marks = {grade.name: _mark(grade) for grade in grades}
                row.update({key: "" if mark is None else mark for key, mark in marks.items()})
                row["score"] = sum(mark for mark in marks.values() if mark is not None)
                row["to_mark"] = sum(mark is None for mark in marks.values())
            rows.append(row)
    return rows + _without_result(course, name, rows)


def _points(gradebook, name):
    """The points of each graded cell of the last release, in order."""
    from nbgrader.api import MissingEntry

    try:
        cells = gradebook.find_notebook(name, name).grade_cells
    except MissingEntry:
        raise CourseError(
            f"{name} is not in the gradebook: run `handmark release {name}` again"
        ) from None
    return {cell.name: cell.max_score for cell in cells}


def _outdated(result, points):
    """Was this graded with other points, or other tests, than those of the last release?"""
    if result.status == "failed" or not result.tasks:
        return False
    return {task["id"]: task["points"] for task in result.tasks} != points


def _without_result(course, name, rows):
    """Rows of those on the roster who have no result; none where nothing is graded."""
    known = roster.read(course)
    if not rows or not known:
        return []
    waiting = set(submissions.students_of(course, name))
    there = {row["student"] for row in rows}
    found = []
    for student in known.entries:
        if student not in there:
            row = {**dict.fromkeys(rows[0], ""), "student": student}
            row["max_score"] = rows[0]["max_score"]
            if student in waiting:
                row["status"] = "not graded"
            else:
                row |= {"status": "nothing sent", "score": 0, "to_mark": 0}
            found.append(row)
    return found


def _mark(grade):
    """The mark of a cell: a person's if there is one, else the machine's, else None."""
    if grade.manual_score is not None:
        return grade.manual_score + (grade.extra_credit or 0)
    return grade.auto_score


def export(course, name, path=None):
    """Write `table` as CSV (UTF-8, with a header); returns the Path."""
    rows = table(course, name)
    if not rows:
        raise CourseError(f"nothing is graded: run `handmark grade {name}` first")
    path = path or course.folder("reports", f"{name}.csv")
    write_csv(path, rows)
    return path


def write_csv(path, rows):
    """Write rows of the same keys as CSV that a spreadsheet can open without running anything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({key: _harmless(value) for key, value in row.items()} for row in rows)


def _harmless(value):
    """A text that a spreadsheet does not take for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    return value


def report(course, name):
    """Per task: how the marks are distributed and which mistakes are commonest.

    Returns
    -------
    str
        Markdown.
    """
    results = list(grading.results_of(course, name).values())
    if not results:
        raise CourseError(f"nothing is graded: run `handmark grade {name}` first")
    rows = {row["student"]: row for row in table(course, name)}
    old = [result for result in results if rows[result.student]["status"] == "old points"]
    failed = [result for result in results if result.status == "failed"]
    marked = [result for result in results if result not in old and result not in failed]
    lines = [
        f"# {name}",
        "",
        f"{len(results)} submissions, {len(marked)} graded, {len(failed)} could not be graded.",
    ]
    if old:
        lines += ["", f"{len(old)} {OUTDATED}: {', '.join(r.student for r in old)}."]
    absent = [row["student"] for row in rows.values() if row["status"] == "nothing sent"]
    if absent:
        lines += ["", f"{len(absent)} of the roster sent nothing: {', '.join(absent)}."]
    for index, task in enumerate(marked[0].tasks if marked else []):
        scores = [rows[result.student][task["id"]] for result in marked]
        lines += ["", f"## {task['id']} ({task['points']:g} points)", ""]
        lines += _distribution([s for s in scores if s != ""], task["points"])
        missing = sum(score == "" for score in scores)
        if missing:
            lines.append(f"- not marked yet: {missing}")
        empty, mistakes = failures_of(marked, index)
        if empty:
            lines.append(f"- left empty: {empty}")
        if mistakes:
            lines += ["", "Commonest mistakes:", ""]
            lines += [f"- {count} × {failure}" for failure, count in mistakes.most_common(5)]
    asked = [(result.student, *note) for result in results for note in result.person]
    if asked:
        lines += ["", "## What a person must look at", ""]
        lines += [f"- {student}: {what}. To do: {do}." for student, what, do in asked]
    found = copies.alike(course, name)
    if found:
        lines += ["", "## Answers that are alike", ""]
        lines += [f"- {', '.join(students)}: {', '.join(what)}" for students, what in found]
    return "\n".join(lines) + "\n"


def failures_of(marked, index):
    """How many left a task empty, and a Counter of what was wrong with the others' answers."""
    failures = Counter(result.tasks[index]["failure"] for result in marked)
    empty = failures.pop(EMPTY, 0)
    failures.pop(None, None)
    return empty, failures


def _distribution(scores, points, width=30):
    """Lines of a bar chart: how many have each mark."""
    if not scores:
        return []
    counts = Counter(scores)
    lines = []
    for score in sorted(counts, reverse=True):
        share = counts[score] / len(scores) * width
        bar = "█" * int(share) + BLOCKS[int(share % 1 * 8)].strip()
        lines.append(f"- {score:g} of {points:g}: {bar} {counts[score]}")
    lines.append(f"- mean: {sum(scores) / len(scores):.2f}")
    return lines
