"""Make courses in temporary folders, and submissions: a released notebook with other cells."""

import copy
import json
import shutil
from pathlib import Path

import nbformat
from handmark import release
from handmark.course import Course

SETTINGS = Path(__file__).parent / "course" / "nbgrader_config.py"

RIGHT = {
    "twice": "def twice(x):\n    return 2 * x",
    "own": "def next_number():\n    return own['a'] + 1",
    "why-written": "Twice x is x plus x.",
}


def make_course(folder, *sources, settings=SETTINGS):
    """A course in `folder` with the sources and the settings given; short limits."""
    exercises = folder / "exercises"
    exercises.mkdir(parents=True)
    config = settings.read_text("utf-8")
    limits = (
        "\nc.SeparatedExecute.cell_seconds = 6\nc.SeparatedExecute.call_seconds = 4\n"
        "c.SeparatedExecute.test_seconds = 60\n"
    )
    (exercises / "nbgrader_config.py").write_text(config + limits)
    for source in sources:
        shutil.copytree(source, exercises / source.name)
    course = Course(folder)
    for source in sources:
        release.release(course, source.name, execute=False)
    return course


def released(course, name="tiny"):
    """The released notebook, as a student gets it."""
    return nbformat.read(course.notebook("release", name), as_version=4)


def grade_id(cell):
    """The cell's grade id, or None."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def filled(course, answers, name="tiny", before=(), student_id=None):
    """The released notebook with `answers` (grade id -> text) and cells before the first answer."""
    notebook = copy.deepcopy(released(course, name))
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            cell.source = answers[grade_id(cell)]
        if student_id and cell.source.startswith("student_id = "):
            cell.source = f"student_id = {student_id!r}"
    for source in reversed(before):
        notebook.cells.insert(3, nbformat.v4.new_code_cell(source))
    return notebook


def put(course, student, notebook, name="tiny", file_name=None, extras=None):
    """Lay a submission into the inbox: a notebook, bytes or text, and files beside it."""
    folder = course.folder("inbox", name, student)
    folder.mkdir(parents=True, exist_ok=True)
    if notebook is not None:
        path = folder / (file_name or f"{name}.ipynb")
        if isinstance(notebook, bytes):
            path.write_bytes(notebook)
        else:
            path.write_text(
                notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8"
            )
    for inner, text in (extras or {}).items():
        path = folder / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
