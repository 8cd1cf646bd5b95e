"""Check assignments before they go out: is the source sound, the solution right, the stub empty?"""

import tempfile
from pathlib import Path

import nbformat

from . import release, sources
from .execute import SeparatedExecute, is_test


def check(course, name, *, sandboxed=True):
    """Run the solution and the released stub of an assignment through its tests.

    Returns
    -------
    list of str
        Faults; empty if the solution gets full marks and the stub none, each test of the stub
        failing with NotImplementedError.

    Raises
    ------
    CourseError
        If the source itself has faults.
    """
    assignment = release.read(course, name)
    faults = []
    for cell, output in _tested(sources.instructor_copy(assignment), sandboxed):
        if output is not None:
            faults.append(
                f"{cell.metadata.nbgrader.grade_id}: the solution fails: "
                f"{output.ename}: {output.evalue}"
            )
    for cell, output in _tested(stub_of(assignment), sandboxed):
        if output is None:
            faults.append(f"{cell.metadata.nbgrader.grade_id}: the stub passes")
        elif output.ename != "NotImplementedError":
            faults.append(
                f"{cell.metadata.nbgrader.grade_id}: the stub fails with {output.ename} "
                f"({output.evalue}), not with NotImplementedError"
            )
    return faults


def stub_of(assignment):
    """The instructor's copy with the solutions taken out, as nbgrader takes them out."""
    return emptied(sources.instructor_copy(assignment))


def emptied(notebook):
    """An instructor's copy with the solutions taken out."""
    from nbgrader.preprocessors import ClearSolutions

    clear = ClearSolutions(code_stub={"python": "# YOUR CODE HERE\nraise NotImplementedError"})
    return clear.preprocess(notebook, {})[0]


def _tested(notebook, sandboxed):
    """Pairs of test cell and error output (None if it passed)."""
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        nbformat.write(notebook, Path(folder, "notebook.ipynb"))
        done, _ = SeparatedExecute(sandboxed=sandboxed).preprocess(
            notebook, {"metadata": {"path": folder}}
        )
    for cell in done.cells:
        if is_test(cell):
            yield cell, next((o for o in cell.outputs if o.output_type == "error"), None)
