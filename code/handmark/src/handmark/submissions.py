"""Collect what students handed in, and put right what can be put right without guessing.

inbox/NAME/STUDENT/       what the student sent, as it came
submitted/STUDENT/NAME/   what nbgrader grades: the released notebook with the student's answers

The second is built anew from the first for each grading. Tests and given cells always come from
the release; the student's own cells are taken as they are. Whatever was put right is noted, and
what needs a person says what that person must do.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .course import CourseError

MAX_UNPACKED = 2_000_000_000  # bytes of a zip, unpacked
MAX_FILES = 50_000
MAX_NOTEBOOK = 200_000_000  # bytes of one notebook
MAX_EXTRAS = 20_000_000  # bytes of the files beside the notebook, all together
TAMPERING = re.compile(
    r"ast_transformers|input_transformers|_getframe|get_objects|inspect\.stack|ctypes|_exit\b"
    r"|numpy\.testing|np\.testing|__builtins__|builtins\.|gradebook|subprocess|os\.system"
    r"|sys\.modules|handmark\.remote|AssertionError\s*=|showtraceback|run_cell"
    r"|\b(?:np|numpy|expect)\.\w+\s*=[^=]"
)


class Unusable(Exception):
    """A submission that cannot be graded; `what` is wrong and `do` says what a person must do."""

    def __init__(self, what, do):
        super().__init__(what)
        self.what, self.do = what, do


@dataclass
class Notes:
    """What was noticed about a submission.

    Attributes
    ----------
    person : list of [what, do]
        A person must look.
    told : list of str
        Good to know; nothing to do.
    """

    person: list = field(default_factory=list)
    told: list = field(default_factory=list)

    def ask(self, what, do):
        """Note something that a person must look at."""
        if [what, do] not in self.person:
            self.person.append([what, do])


# -- collect --------------------------------------------------------------------------------------


def collect(course, name, source, *, pattern=None):
    """Take submissions from a folder or a zip into the inbox.

    Parameters
    ----------
    course : Course
    name : str
        The assignment.
    source : Path
        A folder or zip with one folder a student (any depth below it), or one file a student
        whose name begins with the student's id.
    pattern : str or None
        Regular expression with a group `student`, searched in each file's path, for names of
        another kind.

    Returns
    -------
    dict
        Student id -> list of file names.

    Raises
    ------
    CourseError
        If there is nothing to collect, if the zip is damaged or dangerous, or if two students
        would get the same id.
    """
    course.check_name(name)
    source = Path(source)
    if source.is_dir():
        files = _from_folder(source)
    elif zipfile.is_zipfile(source):
        files = _from_zip(source)
    else:
        raise CourseError(f"{source} is neither a folder nor a zip")
    students = _by_student(files, name, pattern)
    if not students:
        raise CourseError(f"no files of students in {source}")
    for student, found in students.items():
        folder = course.folder("inbox", name, student)
        if folder.exists():
            shutil.rmtree(folder)
        for inner, content in found:
            path = folder.joinpath(*inner)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content() if callable(content) else content)
    return {
        student: ["/".join(inner) for inner, _ in found]
        for student, found in sorted(students.items())
    }


def _from_folder(source):
    """(path parts, reader) of each ordinary file; links are left out, they may lead anywhere."""
    files = []
    for folder, _, names in os.walk(source):
        for file_name in names:
            path = Path(folder, file_name)
            if not path.is_symlink() and path.is_file():
                files.append((path.relative_to(source).parts, path.read_bytes))
    return files


def _from_zip(source):
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES or sum(e.file_size for e in entries) > MAX_UNPACKED:
                raise CourseError(
                    f"{source} would unpack to more than {MAX_UNPACKED // 10**9} GB "
                    f"or {MAX_FILES} files"
                )
            files = []
            for entry in entries:
                parts = tuple(entry.filename.replace("\\", "/").split("/"))
                if stat.S_ISLNK(entry.external_attr >> 16):
                    continue
                if not parts[0] or ".." in parts or ":" in parts[0]:
                    raise CourseError(
                        f"{source}: the entry {entry.filename!r} leads out of the zip"
                    )
                files.append((parts, archive.read(entry)))
            return files
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise CourseError(f"{source} cannot be unpacked: {error}") from None


def _by_student(files, name, pattern):
    """Group (path parts, content) by the student's id."""
    files = [
        (parts, content)
        for parts, content in files
        if not any(
            part in ("__MACOSX", ".ipynb_checkpoints", "__pycache__")
            or part.startswith("._")
            or part == ".DS_Store"
            for part in parts
        )
    ]
    while files and pattern is None and _one_folder_around_all(files, name):
        files = [(parts[1:], content) for parts, content in files]
    students, origin = {}, {}
    for parts, content in files:
        if pattern is not None:
            match = re.search(pattern, "/".join(parts))
            if match is None:
                continue
            raw, inner = match["student"], parts[-1:]
        elif len(parts) > 1:
            raw, inner = re.sub(r"_assignsubmission_.*$", "", parts[0]), parts[1:]
        else:
            stem = Path(parts[0]).stem
            raw = re.sub(rf"[_\-. ]*{re.escape(name)}.*$", "", stem) or stem
            inner = parts
            if parts[0].endswith(".ipynb") and raw != stem:
                inner = (f"{name}.ipynb",)
        student = re.sub(r"[^A-Za-z0-9@.-]+", "_", raw).strip("._")
        if not student:
            raise CourseError(
                f"no student id can be made of {'/'.join(parts)!r}: "
                "use --pattern with a group (?P<student>…)"
            )
        if origin.setdefault(student, raw) != raw:
            raise CourseError(
                f"{origin[student]!r} and {raw!r} would both become the student "
                f"{student!r}: rename one"
            )
        students.setdefault(student, []).append((inner, content))
    return students


def _one_folder_around_all(files, name):
    """Is the first folder only a wrapping, as in a zip of a folder?"""
    tops = {parts[0] for parts, _ in files}
    if len(tops) != 1 or any(len(parts) == 1 for parts, _ in files):
        return False
    below = {parts[1] for parts, _ in files if len(parts) > 2}
    flat = [parts for parts, _ in files if len(parts) == 2 and parts[1].endswith(".ipynb")]
    return len(below - {name}) > 0 or len(flat) > 1


def students_of(course, name):
    """Students with something in the inbox."""
    folder = course.folder("inbox", name)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def digest(folder):
    """A number for all that lies in a folder."""
    total = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


# -- prepare --------------------------------------------------------------------------------------


def prepare(course, name, student):
    """Build what nbgrader grades from what the student sent.

    Returns
    -------
    notes : Notes
    typed : str or None
        The student id that stands in the notebook.

    Raises
    ------
    Unusable
        If there is no notebook that can be graded.
    """
    notes = Notes()
    inbox = course.folder("inbox", name, student)
    target = course.notebook("submitted", name, student)
    if target.parent.exists():
        shutil.rmtree(target.parent)
    released_path = course.notebook("release", name)
    if not released_path.exists():
        raise CourseError(f"{name} has not been released here: run the command release first")
    released = nbformat.read(released_path, as_version=4)
    path = _find_notebook(inbox, name, released, notes)
    notebook = rebuild(_read(path, notes), released, notes)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    _copy_extras(inbox, path.parent, target.parent, notes)
    return notes, _typed_id(notebook)


def _find_notebook(inbox, name, released, notes):
    found = sorted(inbox.rglob("*.ipynb"), key=lambda path: (len(path.parts), str(path)))
    exact = [path for path in found if path.name == f"{name}.ipynb"]
    if exact:
        if len(exact) > 1:
            notes.ask(
                f"{len(exact)} notebooks called {name}.ipynb",
                f"graded was {exact[0].relative_to(inbox)}; see whether it is the right one",
            )
        return exact[0]
    ids = set(_known(released))
    ours = [path for path in found if ids & _ids_in(path)]
    if len(ours) == 1 or len(found) == 1:
        path = (ours or found)[0]
        notes.told.append(f"the notebook was called {path.name}")
        return path
    files = ", ".join(
        str(path.relative_to(inbox)) for path in sorted(inbox.rglob("*")) if path.is_file()
    )[:300]
    if found:
        raise Unusable(
            f"{len(found)} notebooks and none is called {name}.ipynb: {files}",
            f"name the right one {name}.ipynb in the inbox and grade again",
        )
    raise Unusable(
        f"no notebook; there is: {files or 'nothing'}", "ask the student for the .ipynb file"
    )


def _ids_in(path):
    """Grade ids that stand in a file, read loosely."""
    try:
        return set(
            re.findall(r'"grade_id":\s*"([^"]+)"', path.read_text("utf-8", errors="replace"))
        )
    except OSError:
        return set()


def _read(path, notes):
    """Read a notebook that may be damaged."""
    again = "ask the student to save the notebook in Jupyter and to send it again"
    size = path.stat().st_size
    if size > MAX_NOTEBOOK:
        raise Unusable(
            f"the notebook has {size // 10**6} MB",
            "ask the student to clear all outputs and to send it again",
        )
    data = path.read_bytes()
    if not data.strip():
        raise Unusable("the notebook is an empty file", again)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
        notes.told.append("the file was UTF-16; it was read all the same")
    else:
        encoding = "utf-8-sig"
        if data[:3] == b"\xef\xbb\xbf":
            notes.told.append("the file began with a byte order mark; it was left out")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unusable(f"the notebook is not UTF-8 (byte {error.start})", again) from None
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unusable(f"the notebook is not JSON: {error}"[:200], again) from None
    try:
        return nbformat.reads(json.dumps(content), as_version=4)
    except Exception as error:
        raise Unusable(
            f"the file is JSON but not a notebook: {type(error).__name__}: "
            f"{str(error).splitlines()[0] if str(error) else ''}"[:200],
            again,
        ) from None


def _known(released):
    """Grade id -> released cell."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if "nbgrader" in cell.metadata
    }


def rebuild(submitted, released, notes):
    """The released notebook's graded cells with the student's answers and own cells.

    Parameters
    ----------
    submitted, released : nbformat notebooks
    notes : Notes
        Receives what was noticed.

    Returns
    -------
    nbformat notebook
        Holds each grade id of the release once, with the metadata of the release.
    """
    known = _known(released)
    cells = []  # [grade id or None, cell]
    for cell in submitted.get("cells", []):
        if not isinstance(cell, dict) or not isinstance(cell.get("source", ""), (str, list)):
            continue
        source = cell.get("source", "")
        source = source if isinstance(source, str) else "".join(map(str, source))
        kind = "code" if cell.get("cell_type") == "code" else "markdown"
        cells.append([_id_of(cell, known), kind, source])
    lost = set(known) - {grade_id for grade_id, _, _ in cells}
    if lost:
        recognised = _recognise(cells, lost, known)
        if recognised:
            notes.told.append(
                "the grading marks of these cells were lost; they were recognised "
                "by their content: " + ", ".join(sorted(recognised))
            )
    _drop_doubles(cells, known, notes)
    built = [
        [grade_id, _built(grade_id, kind, source, known, notes)] for grade_id, kind, source in cells
    ]
    _put_back(built, known, notes)
    _look_for_tampering(built, known, notes)
    notebook = new_notebook(metadata={"kernelspec": dict(released.metadata.get("kernelspec", {}))})
    for index, (_, cell) in enumerate(built):
        cell.id = f"cell-{index}"
        notebook.cells.append(cell)
    return notebook


def _id_of(cell, known):
    mark = cell.get("metadata", {})
    mark = mark.get("nbgrader") if isinstance(mark, dict) else None
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id in known else None


def _is_locked(cell):
    return cell.metadata.nbgrader.locked


def _recognise(cells, lost, known):
    """Give cells without a grade id the id of the released cell that they must be."""
    found = set()
    for entry in cells:
        if entry[0] is not None:
            continue
        for grade_id in sorted(lost - found):
            original = known[grade_id]
            if _is_locked(original):
                same = entry[2].strip() == original.source.strip()
            else:
                functions = _functions(original.source) if original.cell_type == "code" else set()
                same = entry[1] == "code" and bool(functions & _functions(entry[2]))
            if same:
                entry[0] = grade_id
                found.add(grade_id)
                break
    return found


def _functions(source):
    return set(re.findall(r"^def\s+(\w+)", source, flags=re.MULTILINE))


def _drop_doubles(cells, known, notes):
    """Keep the last cell of each grade id; the earlier ones become the student's own cells."""
    seen = set()
    for entry in reversed(cells):
        grade_id = entry[0]
        if grade_id is None:
            continue
        if grade_id in seen:
            entry[0] = None
            if _is_locked(known[grade_id]):
                entry[2] = ""
                notes.told.append(f"the cell {grade_id} was there more than once")
            else:
                notes.ask(
                    f"the answer cell {grade_id} is there more than once",
                    "the last one counts; see whether it is the one that is meant",
                )
        seen.add(grade_id)
    cells[:] = [entry for entry in cells if entry[0] is not None or entry[2].strip()]


def _built(grade_id, kind, source, known, notes):
    """A clean cell: a locked one as released, another one with the student's text."""
    if grade_id is None:
        return (new_code_cell if kind == "code" else new_markdown_cell)(source)
    original = known[grade_id]
    if _is_locked(original):
        if source.strip() != original.source.strip():
            notes.told.append(f"the locked cell {grade_id} had been changed and was restored")
        source = original.source
    if kind != original.cell_type:
        notes.told.append(f"the cell {grade_id} had become a {kind} cell")
    make = new_code_cell if original.cell_type == "code" else new_markdown_cell
    return make(source, metadata={"nbgrader": dict(original.metadata.nbgrader)})


def _put_back(built, known, notes):
    """Insert the cells of the release that are missing, each after the one before it."""
    order = list(known)
    for place, grade_id in enumerate(order):
        if any(entry[0] == grade_id for entry in built):
            continue
        original = known[grade_id]
        before = [index for index, entry in enumerate(built) if entry[0] in order[:place]]
        if not _is_locked(original) and original.cell_type == "code":
            if set(_functions(original.source)) - {
                f for _, c in built if c.cell_type == "code" for f in _functions(c.source)
            }:
                notes.ask(
                    f"the answer cell {grade_id} is missing, and nothing in the notebook "
                    "defines its function",
                    "see whether the answer stands elsewhere under another name",
                )
            continue
        if original.cell_type == "markdown":
            notes.ask(
                f"the cell of the written answer {grade_id} is missing",
                "look for the text elsewhere in the notebook and mark it by hand",
            )
        else:
            notes.told.append(f"the cell {grade_id} was missing and was put back")
        cell = _built(grade_id, original.cell_type, original.source, known, notes)
        built.insert(max(before) + 1 if before else 0, [grade_id, cell])


def _look_for_tampering(built, known, notes):
    for grade_id, cell in built:
        if cell.cell_type != "code" or (grade_id and _is_locked(known[grade_id])):
            continue
        hit = TAMPERING.search(cell.source)
        if hit:
            notes.ask(
                f"a cell of the student's uses {hit[0].strip()!r}",
                "it cannot have changed the tests, which run elsewhere; see what it is for",
            )
        modules = sorted(
            set(re.findall(r"\bhandgrad\.\w+|from handgrad import [\w, ]+", cell.source))
        )
        if modules:
            notes.told.append("uses the book's package itself: " + "; ".join(modules))


def _typed_id(notebook):
    """The text that a cell of the student's assigns to `student_id`."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "student_id" in cell.source:
            try:
                body = ast.parse(cell.source).body
            except (SyntaxError, ValueError):
                continue
            for node in body:
                if (
                    isinstance(node, ast.Assign)
                    and isinstance(node.value, ast.Constant)
                    and any(isinstance(t, ast.Name) and t.id == "student_id" for t in node.targets)
                ):
                    return str(node.value.value)
    return None


def _copy_extras(inbox, beside, target, notes):
    """Copy the small files beside the notebook: data that the student's code may read."""
    total = 0
    for path in sorted(beside.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.suffix == ".ipynb":
            continue
        total += path.stat().st_size
        if total > MAX_EXTRAS:
            notes.told.append(
                f"files beside the notebook were left out: more than {MAX_EXTRAS // 10**6} MB"
            )
            return
        copy = target / path.relative_to(beside)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
