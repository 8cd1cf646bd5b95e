"""Make the notebooks of an assignment from its source."""

import shutil
import tempfile
from pathlib import Path

import nbformat

from . import gradebook, sources
from .course import CourseError
from .kernels import Kernel, KernelDied

COPIES = ("release", "solution", "instructor")


def release(course, name, *, execute=True):
    """Write the released, the solution and the instructor's copy of one assignment.

    Parameters
    ----------
    course : Course
    name : str
    execute : bool
        Run the solution copy, so that it shows outputs and figures.

    Returns
    -------
    dict
        Name of the copy -> Path.

    Raises
    ------
    CourseError
        If the source has faults, if nbgrader refuses it or if a solution would be released.
    """
    course.check_name(name)
    assignment = read(course, name)
    source = course.notebook("source", name)
    source.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(sources.instructor_copy(assignment), source)
    folder = course.folder("release", name)
    if folder.exists():
        shutil.rmtree(folder)
    gradebook.prepare(course)
    result = course.api().generate_assignment(name, force=True)
    if not result["success"]:
        raise CourseError(f"nbgrader could not release {name}:\n{result['log'][-3000:]}")
    released = course.notebook("release", name)
    _same_ids(assignment, released)
    leaked = sources.leaks(assignment, nbformat.read(released, as_version=4))
    if leaked:
        released.unlink()
        raise CourseError(
            f"{name}: the released copy would hold lines of the solution:\n" + "\n".join(leaked)
        )
    instructor = course.notebook("instructor", name)
    solution = course.notebook("solution", name)
    for path in (instructor, solution):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, instructor)
    notebook = sources.solution_copy(assignment)
    if execute:
        _execute(notebook, name)
    nbformat.write(notebook, solution)
    return {"release": released, "solution": solution, "instructor": instructor}


def read(course, name):
    """Read and lint the source of an assignment; faults are a CourseError that lists them."""
    try:
        assignment = sources.read(course.exercises / name / f"{name}.md")
        faults = sources.lint(assignment)
    except sources.SourceError as error:
        raise CourseError(str(error)) from None
    if faults:
        raise CourseError(
            f"{name}: the source has faults:\n" + "\n".join(f"  - {fault}" for fault in faults)
        )
    return assignment


def _same_ids(assignment, path):
    """Give the released cells the ids of the source: the same source gives the same file."""
    notebook = nbformat.read(path, as_version=4)
    for cell, original in zip(notebook.cells, assignment.notebook.cells, strict=True):
        cell.id = original.id
    nbformat.write(notebook, path)


def _execute(notebook, name):
    """Run the instructor's own notebook, in one kernel and without a sandbox."""
    with tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp") as folder:
        kernel = Kernel(Path(folder), Path(folder), sandboxed=False)
        try:
            kernel.wait()
            for cell in notebook.cells:
                if cell.cell_type == "code" and cell.source.strip():
                    cell.outputs, status = kernel.run(cell.source, 300)
                    if status != "ok":
                        raise CourseError(
                            f"{name}: the solution copy does not run, at cell "
                            f"{cell.id}:\n{_error_of(cell.outputs)}"
                        )
        except KernelDied as error:
            raise CourseError(f"{name}: the solution copy does not run: {error}") from None
        finally:
            kernel.stop()


def _error_of(outputs):
    return (
        "\n".join(
            f"{output.ename}: {output.evalue}"
            for output in outputs
            if output.output_type == "error"
        )
        or "it took too long"
    )
