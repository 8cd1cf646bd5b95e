"""Merge two ids that are one student, and take a student out of a course.

Nothing is deleted: what no longer counts lies in `_grading/removed/`, with the marks that it had.
"""

import csv
import json
import shutil
from datetime import datetime

from . import grading, results, submissions
from .course import CourseError

STEPS = ("submitted", "autograded", "feedback")  # folders STEP/STUDENT/NAME of nbgrader's


def merge(course, old, new, keep=None):
    """Give all that the id `old` has to the id `new`, over all assignments.

    Parameters
    ----------
    course : Course
    old, new : str
        Student ids.
    keep : str or None
        Where both have sent something: whose counts, `old` or `new`; what the other one sent is
        put into `_grading/removed/`.

    Returns
    -------
    list of str
        The assignments whose work is now that of `new`.

    Raises
    ------
    CourseError
        If `old` has nothing, if `old` is `new`, or if both sent the same assignment and `keep` does
        not say whose counts; nothing has been changed then.
    """
    if old == new:
        raise CourseError(f"{old!r} and {new!r} are the same id already")
    if keep not in (None, old, new):
        raise CourseError(f"expected to keep {old!r} or {new!r}, got {keep!r}")
    theirs, ours = _assignments_of(course, old), set(_assignments_of(course, new))
    if not theirs:
        raise CourseError(f"nothing in the course belongs to {old!r}")
    both = [name for name in theirs if name in ours]
    if both and keep is None:
        raise CourseError(
            f"{old} and {new} both sent {', '.join(both)}: say whose counts, "
            f"--keep {old} or --keep {new}"
        )
    moved = []
    for name in theirs:
        if name in both:
            _put_away(course, name, old if keep == new else new)
            if keep == new:
                continue
        _rename(course, name, old, new)
        moved.append(name)
    _forget_student(course, old)
    for name in moved:
        grading.compare_ids(course, name)
    return moved


def remove(course, student):
    """Take a student out of all assignments; returns the Path of what was kept.

    Raises
    ------
    CourseError
        If nothing in the course is this student's.
    """
    names = _assignments_of(course, student)
    if not names:
        raise CourseError(f"nothing in the course belongs to {student!r}")
    for name in names:
        folder = _put_away(course, name, student)
    _forget_student(course, student)
    for name in names:
        grading.compare_ids(course, name)
    return folder.parent


def _assignments_of(course, student):
    return [
        name
        for name in course.assignments()
        if course.folder("inbox", name, student).exists()
        or grading.result_path(course, name, student).exists()
        or student in submissions.collected(course, name)
    ]


def _places(course, name, student):
    """All files and folders of one student's work on one assignment, by what they are."""
    return {
        "inbox": course.folder("inbox", name, student),
        "result.json": grading.result_path(course, name, student),
        "log.txt": course.folder("logs", name, f"{student}.log"),
        **{step: course.folder(step, student, name) for step in STEPS},
    }


def _put_away(course, name, student):
    """Move the work on one assignment out of what counts; returns the folder that holds it."""
    folder = course.folder("removed", student, f"{name}-{datetime.now():%Y-%m-%d-%H-%M-%S-%f}")
    folder.mkdir(parents=True)
    if grading.results_of(course, name, [student]):
        marks = [row for row in results.table(course, name) if row["student"] == student]
        results.write_csv(folder / "marks.csv", marks)
    for kind, path in _places(course, name, student).items():
        if path.exists():
            shutil.move(path, folder / kind)
    _change_record(course, name, lambda record: record.pop(student, None))
    with course.open_gradebook() as gradebook:
        _drop(gradebook.remove_submission, name, student)
    return folder


def _rename(course, name, old, new):
    """Give one assignment's work to another id, with the marks and comments that it has."""
    there = _places(course, name, new)
    for kind, path in _places(course, name, old).items():
        if path.exists():
            there[kind].parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, there[kind])
    path = there["result.json"]
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8")) | {"student": new}
        grading.save(course, grading.Result(**content))

    def renamed(record):
        if old in record:
            record[new] = record.pop(old)

    _change_record(course, name, renamed)
    with course.open_gradebook() as gradebook:
        _drop(gradebook.remove_submission, name, new)
        submission = _drop(gradebook.find_submission, name, old)
        if submission is not None:
            submission.student = gradebook.update_or_create_student(new)
            gradebook.db.commit()


def _drop(ask, *names):
    """What the gradebook answers, or None where it knows no such entry."""
    from nbgrader.api import MissingEntry

    try:
        return ask(*names)
    except MissingEntry:
        return None


def _forget_student(course, student):
    """Take an id without work out of the gradebook, and its empty folders away."""
    with course.open_gradebook() as gradebook:
        _drop(gradebook.remove_student, student)
    for step in STEPS:
        folder = course.folder(step, student)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _change_record(course, name, change):
    record = submissions.collected(course, name)
    change(record)
    submissions.write_record(course, name, record)


def named_in_files(course, student):
    """Files of the instructor's own that name a student, which only a person changes."""
    found = []
    for file_name in ("roster.csv", "late.csv"):
        path = course.folder(file_name)
        if path.exists():
            with open(path, newline="", encoding="utf-8-sig") as file:
                if any(student in row for row in csv.reader(file)):
                    found.append(path)
    return found
