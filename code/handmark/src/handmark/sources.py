"""From one MyST source to the notebooks: released, solution and instructor copies.

A source is `exercises/NAME/NAME.md`. Its cells say what they are by three options:

part      what it is                                              seen by students as
given     code that all run, locked                               is
answer    a student's function; `### BEGIN SOLUTION` … `### END SOLUTION`   stub
test      tests with points; `### BEGIN HIDDEN TESTS` … `### END HIDDEN TESTS`   visible part
written   a text with points, marked by a person; `### BEGIN MARK SCHEME` … `### END MARK SCHEME`
                                                                  empty answer

`task` names the task that the cell belongs to and `points` says what it is worth. A cell without
`part` is text or a trial cell, which students may change. In texts `{about}` becomes time, points
and what the assignment draws on (once), and `{points:task}` the points of a task.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat

from .remote import free_names

PARTS = ("given", "answer", "test", "written")
ABOUT = "{about}"
POINTS = re.compile(r"\{points:(\w+)\}")
GUIDE_POINTS = re.compile(r"Marking guide, (\d+(?:\.\d+)?) points?")
KNOWN_WITHOUT_DEFINITION = {"student_id"}


class SourceError(ValueError):
    """A source that cannot be used; the message names the file, the cell and the cure."""


@dataclass
class Assignment:
    """One assignment as read from its source.

    Attributes
    ----------
    name : str
    about : dict
        `chapter` (int), `minutes` (int) and `draws_on` (list of str) from the front matter.
    notebook : nbformat notebook
        With nbgrader's metadata in place: the instructor's copy.
    tasks : dict
        Name of the task -> its cells, in order.
    """

    name: str
    about: dict
    notebook: nbformat.NotebookNode
    tasks: dict = field(default_factory=dict)

    @property
    def points(self):
        """Points of the assignment, automatic and written."""
        return sum(points_of(cell) for cell in self.notebook.cells)

    def cells(self, part, task=None):
        """The cells of a part, of one task or of all."""
        cells = self.notebook.cells if task is None else self.tasks[task]
        return [cell for cell in cells if cell.metadata.get("part") == part]


def points_of(cell):
    """Points of a cell, 0 for one that is not graded."""
    return float(cell.metadata.get("points", 0))


def read(path):
    """Read a source.

    Parameters
    ----------
    path : Path
        `exercises/NAME/NAME.md`

    Returns
    -------
    Assignment

    Raises
    ------
    SourceError
        If the front matter or a cell's options cannot be used.
    """
    path = Path(path)
    try:
        notebook = jupytext.read(path)
    except Exception as error:
        raise SourceError(f"{path}: cannot be read as a MyST notebook: {error}") from None
    about = dict(notebook.metadata.pop("assignment", {}))
    for key, kind in (("chapter", int), ("minutes", int), ("draws_on", list)):
        if not isinstance(about.get(key), kind):
            raise SourceError(
                f"{path}: the front matter needs assignment: {key}: … ({kind.__name__})"
            )
    assignment = Assignment(path.stem, about, notebook)
    notebook.metadata.pop("jupytext", None)
    counts = {}
    for index, cell in enumerate(notebook.cells):
        _mark(cell, index, path, counts)
        if cell.metadata.get("task"):
            assignment.tasks.setdefault(cell.metadata.task, []).append(cell)
    _fill_about(assignment, path)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return assignment


def _mark(cell, index, path, counts):
    """Write nbgrader's metadata for one cell, and an id that stays the same."""
    part, task = cell.metadata.get("part"), cell.metadata.get("task")
    cell.id = f"cell-{index}"
    if part is None:
        return
    where = f"{path}, cell {index + 1}"
    if part not in PARTS:
        raise SourceError(f"{where}: part {part!r} is not one of {', '.join(PARTS)}")
    if part != "given" and not task:
        raise SourceError(f"{where}: a cell with part {part!r} needs a task")
    if (cell.cell_type == "markdown") != (part == "written"):
        raise SourceError(f"{where}: part {part!r} in a {cell.cell_type} cell")
    try:
        points = points_of(cell)
    except (TypeError, ValueError):
        raise SourceError(
            f"{where}: points: expected a number, got {cell.metadata['points']!r}"
        ) from None
    if part in ("test", "written") and not points > 0:
        raise SourceError(f"{where}: part {part!r} needs points greater than 0")
    stem = {"given": f"given-{task}" if task else "given", "test": f"{task}-test"}.get(part, task)
    if part == "written":
        stem = f"{task}-written"
    counts[stem] = counts.get(stem, 0) + 1
    grade_id = stem if counts[stem] == 1 else f"{stem}-{counts[stem]}"
    cell.id = re.sub(r"[^A-Za-z0-9_-]", "-", grade_id)
    graded = part in ("test", "written")
    cell.metadata["nbgrader"] = {
        "grade": graded,
        "grade_id": grade_id,
        "locked": part in ("given", "test"),
        "schema_version": 3,
        "solution": part in ("answer", "written"),
        "task": False,
        "cell_type": cell.cell_type,
        **({"points": points} if graded else {}),
    }


def _fill_about(assignment, path):
    by_machine = sum(points_of(c) for c in assignment.cells("test"))
    written = assignment.points - by_machine
    lines = [
        f"Time: about {assignment.about['minutes']} minutes.",
        f"Points: {assignment.points:g}, of which {written:g} for what you write.",
        "Draws on: " + "; ".join(assignment.about["draws_on"]) + ".",
    ]
    places = [cell for cell in assignment.notebook.cells if ABOUT in cell.source]
    if len(places) != 1:
        raise SourceError(f"{path}: {ABOUT} must stand once, where time and points are to be shown")
    places[0].source = places[0].source.replace(ABOUT, "  \n".join(lines))
    for cell in assignment.notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = POINTS.sub(
                lambda match: _points_text(assignment, match[1], path), cell.source
            )


def _points_text(assignment, task, path):
    if task not in assignment.tasks:
        raise SourceError(f"{path}: {{points:{task}}} names no task")
    points = sum(map(points_of, assignment.tasks[task]))
    return f"{points:g} point" + ("" if points == 1 else "s")


# -- lint -----------------------------------------------------------------------------------------


def lint(assignment):
    """What is wrong with a source, as a list of messages; empty if nothing is.

    Guards against nbgrader's traps: a last line that is an expression would be taken as a score,
    a test cell that tests nothing gets full marks, and a test that reads a name which no cell
    defines fails for everyone.
    """
    found = []
    if not assignment.about["draws_on"] or assignment.about["minutes"] <= 0:
        found.append("the front matter says neither what it draws on nor how long it takes")
    defined = set(KNOWN_WITHOUT_DEFINITION)
    given = set()
    for cell in assignment.notebook.cells:
        part, where = cell.metadata.get("part"), cell.id
        try:
            names = _defined(cell.source) if cell.cell_type == "code" else set()
        except SyntaxError as error:
            found.append(f"{where}: does not compile: {error}")
            continue
        if part == "given":
            given |= names
        elif part == "answer":
            found += [f"{where}: {problem}" for problem in _lint_answer(cell, names & given)]
        elif part == "test":
            unknown = set(free_names(cell.source)) - defined - given
            found += [
                f"{where}: {problem}" for problem in _lint_test(cell, unknown, names, defined)
            ]
        elif part == "written":
            guide = " ".join(_region(cell.source, "MARK SCHEME"))
            found += [
                f"{where}: the marking guide says {said} points, the cell {points_of(cell):g}"
                for said in GUIDE_POINTS.findall(guide)
                if float(said) != points_of(cell)
            ]
        if part != "test":
            defined |= names
    text = "\n".join(cell.source for cell in assignment.notebook.cells)
    if re.search(r"\{(about|points)", text):
        found.append("a placeholder was not filled in")
    for cell in assignment.cells("written"):
        if not cell.source.rstrip().endswith("END MARK SCHEME"):
            found.append(
                f"{cell.id}: a written answer must end with its marking guide "
                "(### BEGIN MARK SCHEME … ### END MARK SCHEME); put +++ before what "
                "follows"
            )
    for name, cells in assignment.tasks.items():
        kinds = {cell.metadata.get("part") for cell in cells}
        if "answer" in kinds and "test" not in kinds:
            found.append(f"task {name}: an answer that nothing tests")
        if not kinds & {"test", "written"}:
            found.append(f"task {name}: nothing in it has points")
    return found


def _lint_answer(cell, shadowed):
    if not _region(cell.source, "SOLUTION"):
        yield "no ### BEGIN SOLUTION … ### END SOLUTION"
    if not any(isinstance(node, ast.FunctionDef) for node in ast.parse(cell.source).body):
        yield "the answer must be a function: only then does the stub raise NotImplementedError"
    if shadowed:
        yield f"defines {sorted(shadowed)} anew, which a given cell defines"


def _lint_test(cell, unknown, names, defined):
    body = ast.parse(cell.source).body
    if unknown:
        yield f"reads {sorted(unknown)}, which no cell before it defines"
    if not body or isinstance(body[-1], ast.Expr):
        yield "the last line is an expression: nbgrader would take its value as the score"
    if not any(
        isinstance(node, (ast.Assert, ast.Raise)) for node in ast.walk(ast.parse(cell.source))
    ):
        yield "tests nothing: no assert"
    for node in ast.walk(ast.parse(cell.source)):
        if (
            isinstance(node, ast.Assert)
            and node.msg is None
            and not (
                isinstance(node.test, ast.Call) and ast.unparse(node.test).startswith("expect.")
            )
        ):
            yield f"line {node.lineno}: an assert without a message says nothing to the student"
    if names & (defined - {"student_id"}):
        yield f"assigns {sorted(names & defined)}, which belong to the student or to other cells"
    hidden = _region(cell.source, "HIDDEN TESTS")
    if hidden and not ast.parse(without(cell.source, "HIDDEN TESTS")).body:
        yield "students would see an empty cell: leave a part of the tests visible"


def _defined(source):
    """Names that a cell defines at its top level."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= set(_stored(node))
    return names


def _stored(node):
    """Names that a statement assigns; those inside comprehensions and functions are their own."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    inner = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    if isinstance(node, ast.FunctionDef):
        yield node.name
    elif not isinstance(node, inner):
        for child in ast.iter_child_nodes(node):
            yield from _stored(child)


def _region(source, what):
    """The lines between `### BEGIN what` and `### END what`, or an empty list."""
    lines = source.split("\n")
    begins = [i for i, line in enumerate(lines) if f"BEGIN {what}" in line]
    ends = [i for i, line in enumerate(lines) if f"END {what}" in line]
    if len(begins) != len(ends):
        raise SourceError(f"BEGIN {what} and END {what} do not pair")
    return [
        line for begin, end in zip(begins, ends, strict=True) for line in lines[begin + 1 : end]
    ]


def parted(source, what):
    """`source` without its regions `### BEGIN what` … `### END what`, and what stands in them."""
    return without(source, what).strip(), "\n".join(_region(source, what)).strip()


def without(source, what):
    """`source` without its regions `### BEGIN what` … `### END what`."""
    kept, inside = [], False
    for line in source.split("\n"):
        if f"BEGIN {what}" in line:
            inside = True
        elif f"END {what}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


# -- copies ---------------------------------------------------------------------------------------


def instructor_copy(assignment):
    """The notebook that nbgrader takes as its source: solutions, hidden tests, marking guides."""
    notebook = nbformat.from_dict(assignment.notebook)
    for cell in notebook.cells:
        cell.metadata = {
            key: value
            for key, value in cell.metadata.items()
            if key not in ("part", "task", "points")
        }
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.validate(notebook)
    return notebook


def solution_copy(assignment):
    """What students may see afterwards: model answers without hidden tests and marking guides."""
    notebook = instructor_copy(assignment)
    for cell in notebook.cells:
        for what in ("HIDDEN TESTS", "MARK SCHEME"):
            cell.source = without(cell.source, what).rstrip()
        cell.source = "\n".join(
            line
            for line in cell.source.split("\n")
            if not re.match(r"\s*### (BEGIN|END) SOLUTION", line)
        )
        cell.metadata = {}
    return notebook


def leaks(assignment, released):
    """Lines of solutions, hidden tests and marking guides that stand in a released notebook."""
    released_lines = {line.strip() for cell in released.cells for line in cell.source.split("\n")}
    secret = []
    for cell in assignment.notebook.cells:
        for what in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
            secret += _region(cell.source, what)
        if cell.metadata.get("part") == "written":
            secret += cell.source.split("\n")
    shown = {
        line.strip() for cell in assignment.notebook.cells for line in _shown(cell).split("\n")
    }
    return sorted(
        {
            line.strip()
            for line in secret
            if len(line.strip()) > 15
            and line.strip() in released_lines
            and line.strip() not in shown
        }
    )


def _shown(cell):
    if cell.metadata.get("part") == "written":
        return ""
    return without(without(cell.source, "SOLUTION"), "HIDDEN TESTS")
