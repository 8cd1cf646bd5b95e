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
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from . import roster
from .course import CourseError

MAX_UNPACKED = 2_000_000_000  # bytes of a zip, unpacked
MAX_FILES = 50_000
MAX_NOTEBOOK = 200_000_000  # bytes of one notebook
MAX_EXTRAS = 20_000_000  # bytes of the files beside the notebook, all together
MAX_NAME = 100  # bytes of a student id or of a file's name
FAR_WORDS = 20  # so many words in a row may be an answer, wherever they stand
MAX_DEPTH = 12  # folders in folders
DIFFERENCES = re.compile(r"differences\s*\(|/\s*\(?\s*2\s*\*|[-+]\s*(?:h|eps|step)\b")
SINGLE = re.compile(r"float32|single|[\"']f4|[\"']<?f[\"']")
#: How platforms name what they give out: the pattern of `collect`.
PLATFORMS = {
    # Anna Müller_700000_assignsubmission_file_/x.ipynb; the number is another in each assignment
    "moodle": r"(?:^|/)(?P<student>[^/]+?)_(?P<copy>\d+)_assignsubmission_[a-z]+_?/?(?P<file>.+)$",
    # muelleranna_LATE_4007_88007_x-1.ipynb; 4007 is the person, 88007 the submission
    "canvas": r"(?:^|/)(?P<student>[^/_]+)_(?:(?P<late>LATE)_)?(?P<number>\d+)_(?P<copy>\d+)_(?P<file>[^/]+?)"
    r"(?:-\d+)?(?P<end>\.\w+)?$",
    # Exercises 1_s12_attempt_2026-11-03-14-05-06_x.ipynb, and a .txt about each attempt
    "blackboard": r"(?:^|/)[^/]*_(?P<student>[^/_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})_(?P<file>.+)$",
    # anna+{assignment}+2026-11-03 14:05:06.789012 UTC+c2VjcmV0/x.ipynb: the folder `inbound` of nbgrader's
    # exchange, which holds all assignments
    "nbgrader": r"(?:^|/)(?P<student>[^/+]+)\+{assignment}\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[^/+]*"
    r"(?:\+[^/]*)?/(?P<file>.+)$",
}
#: What nbgrader's exchange lays beside a submission; feedback finds its way back by it.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")
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


def collect(course, name, source, *, pattern=None, platform=None):
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
        another kind. Groups that it may have too: `time` (of an attempt; sorts as text), `number`
        (of the person, for good), `copy` (of the submission; both tell two people of one name
        apart), `file` (the file's name as the student gave it).
    platform : str or None
        A key of `PLATFORMS`, whose pattern is taken.

    Returns
    -------
    dict
        Student id -> list of file names. Of several attempts the last counts; what was left out,
        and what else a person should know, is in `collected(course, name)`.

    Raises
    ------
    CourseError
        If there is nothing to collect, or if the zip is damaged or dangerous.
    """
    course.check_name(name)
    source = Path(source)
    if platform is not None:
        if platform not in PLATFORMS or pattern is not None:
            raise CourseError(
                "give a pattern or a platform, not both"
                if pattern is not None
                else f"no platform {platform!r}; there are: {', '.join(PLATFORMS)}"
            )
        pattern = PLATFORMS[platform].replace("{assignment}", re.escape(name))
    if source.is_dir():
        files = _from_folder(source)
    elif zipfile.is_zipfile(source):
        files = _from_zip(source)
    else:
        raise CourseError(f"{source} is neither a folder nor a zip")
    people = _by_person(files, name, pattern)
    if not people:
        raise CourseError(f"no files of students in {source}")
    if platform == "nbgrader":
        _look_at_owners(people)
    students = _with_ids(people, roster.read(course))
    record = collected(course, name)
    found = {}
    for student, person in sorted(students.items()):
        found[student] = _take_in(course.folder("inbox", name, student), person)
        record[student] = {
            "name": person.raw,
            "number": person.number,
            "copy": person.copy,
            "sent": person.sent,
            "late": person.late,
            "person": person.notes.person,
            "told": person.notes.told,
        }
    write_record(course, name, record)
    return found


def _record_path(course, name):
    return course.folder("collected", f"{name}.json")


def write_record(course, name, record):
    """Write what `collected` gives back."""
    path = _record_path(course, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")


def collected(course, name):
    """What `collect` noted: student id -> `name`, `number`, `copy`, `sent`, `late`, `person`, `told`."""
    path = _record_path(course, name)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@dataclass
class _File:
    """A file that came: where it lay, its content (or what reads it) and when it was written."""

    parts: tuple
    content: object
    written: float | tuple = 0.0
    owner: str | None = None


@dataclass
class _Person:
    """All that came from one person."""

    raw: str
    number: str | None = None
    copy: str | None = None
    files: dict = field(default_factory=dict)  # place in the inbox -> (when, _File)
    sent: str | None = None
    late: bool = False
    notes: Notes = field(default_factory=Notes)


def _take_in(folder, person):
    """Write a person's files beside the old ones, then put them in their place; their names."""
    part = folder.with_name(".part-" + folder.name)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    written = []
    for inner, (_, file) in sorted(person.files.items()):
        path = part.joinpath(*inner)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content() if callable(file.content) else file.content)
            written.append("/".join(inner))
        except OSError as error:
            person.notes.ask(
                f"the file {'/'.join(inner)[:80]!r} could not be written: {error.strerror}",
                "see what the student sent",
            )
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    return written


def _from_folder(source):
    """Each ordinary file; links are left out, they may lead anywhere."""
    files = []
    for folder, _, names in os.walk(source):
        for file_name in names:
            path = Path(folder, file_name)
            if not path.is_symlink() and path.is_file():
                status = path.stat()
                files.append(
                    _File(
                        path.relative_to(source).parts,
                        path.read_bytes,
                        status.st_mtime,
                        _name_of_user(status.st_uid),
                    )
                )
    return files


def _name_of_user(number):
    """The user of this number; None if the system does not say, or it is who runs this."""
    try:
        import pwd

        return None if number == os.getuid() else pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return None


def _look_at_owners(people):
    """In nbgrader's exchange each may write a folder with another's name on it; the owner tells."""
    for person in people:
        owners = {file.owner for _, file in person.files.values()} - {None, person.raw}
        if owners:
            person.notes.ask(
                f"what lies there as {person.raw}'s was written by {', '.join(sorted(owners))}",
                "ask both whose work it is",
            )


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
                files.append(_File(parts, archive.read(entry), entry.date_time))
            return files
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise CourseError(f"{source} cannot be unpacked: {error}") from None


def _by_person(files, name, pattern):
    """The people whose files these are; of files for one place in the inbox the last one."""
    for file in files:  # macOS writes ü as u and two dots, others as one letter
        file.parts = tuple(unicodedata.normalize("NFC", part) for part in file.parts)
    files = [
        file
        for file in files
        if not any(
            part in ("__MACOSX", ".ipynb_checkpoints", "__pycache__")
            or part.startswith("._")
            or part == ".DS_Store"
            for part in file.parts
        )
    ]
    while files and pattern is None and _one_folder_around_all([f.parts for f in files], name):
        for file in files:
            file.parts = file.parts[1:]
    people = {}
    for file in sorted(files, key=lambda file: _natural("/".join(file.parts))):
        place = _place(file.parts, name, pattern)
        if place is None:
            continue
        raw, inner, found = place
        number, copy = found.get("number"), found.get("copy")
        person = people.setdefault((raw, number or copy), _Person(raw, number, copy))
        _add(person, inner, file, found)
    return list(people.values())


def _place(parts, name, pattern):
    """Whose file it is, where it goes in the inbox, and what else its name says."""
    if pattern is not None:
        match = re.search(pattern, "/".join(parts))
        if match is None:
            return None
        found = {key: value for key, value in match.groupdict().items() if value}
        file_name = found.get("file", "") + found.get("end", "")
        inner = tuple(file_name.split("/")) if file_name else parts[-1:]
        return found.get("student", ""), _inner(inner), found
    if len(parts) > 1:
        return re.sub(r"_assignsubmission_.*$", "", parts[0]), _inner(parts[1:]), {}
    stem = Path(parts[0]).stem
    raw = re.sub(rf"[_\-. ]*{re.escape(name)}.*$", "", stem) or stem
    inner = (f"{name}.ipynb",) if parts[0].endswith(".ipynb") and raw != stem else parts
    return raw, _inner(inner), {}


def _add(person, inner, file, found):
    """Add a file; where one of the same name is there, the later one stays and a note says so."""
    when = (found.get("time", ""), file.written)
    old = person.files.get(inner)
    if old is not None:
        earlier, later = ("/".join(f.parts) for f in (file, old[1]))
        if when >= old[0]:
            earlier, later = later, earlier
        what = f"two files called {'/'.join(inner)}: {later!r} counts, {earlier!r} was left out"
        if "time" in found:
            person.notes.told.append(f"several attempts; the last counts: {what}")
        else:
            person.notes.ask(
                what,
                "see whether these are two attempts of one student; for two students, collect with "
                "a pattern that tells them apart",
            )
    if old is None or when >= old[0]:
        person.files[inner] = (when, file)
        if inner[-1].endswith(".ipynb"):  # Canvas numbers each file
            person.copy = found.get("copy", person.copy)
    if found.get("time", "") >= (person.sent or ""):
        person.sent = found.get("time") or person.sent
    person.late = person.late or bool(found.get("late"))


def _natural(text):
    """A key that sorts 2 before 10."""
    return [int(piece) if piece.isdecimal() else piece for piece in re.split(r"(\d+)", text)]


def _inner(parts):
    """A path in the inbox that every file system takes."""
    parts = [re.sub(r"[\x00-\x1f\x7f]", "_", part) for part in parts if part not in ("", ".", "..")]
    if len(parts) > MAX_DEPTH:
        parts = [*parts[: MAX_DEPTH - 1], parts[-1]]
    return tuple(_short(part, keep=Path(part).suffix[:20]) for part in parts)


def _short(text, keep="", most=MAX_NAME):
    """`text`, or its beginning and a number made of all of it where it has too many bytes."""
    if len(text.encode()) <= most:
        return text
    mark = "-" + hashlib.sha256(text.encode()).hexdigest()[:8] + keep
    return text.encode()[: most - len(mark.encode())].decode(errors="ignore") + mark


def student_id_of(raw):
    """A student id made of a name in any script: letters, digits and @ . - _

    Blanks and other signs become `_`; a name of more than `MAX_NAME` bytes is cut and numbered.
    """
    text = unicodedata.normalize("NFC", raw)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "@.-" else " " for c in text)
    made = "_".join(kept.split()).strip("._-")
    return _short(made or "student-" + hashlib.sha256(raw.encode()).hexdigest()[:8])


def _with_ids(people, known):
    """Student id -> person; by the roster where it names just one, else made of the name."""
    students, unknown = {}, []
    for person in people:
        entry = known.find(person.raw, person.number) if known else None
        if entry is None:
            if known:
                person.notes.ask(
                    f"{person.raw!r} is not on the roster, or on it twice",
                    "add the name or the number to the roster and collect again",
                )
            unknown.append(person)
        elif entry.id in students:
            person.notes.ask(
                f"{person.raw!r} and {students[entry.id].raw!r} are both {entry.id} on the roster",
                "see whose work this is; both were kept",
            )
            unknown.append(person)
        else:
            students[entry.id] = person
    by_made = {}
    for person in unknown:
        by_made.setdefault(student_id_of(person.raw), []).append(person)
    for made, same in by_made.items():
        same.sort(key=lambda p: (p.raw != made, p.raw, p.number or p.copy or ""))
        for index, person in enumerate(same):
            if index == 0 and made not in students:
                students[made] = person
                continue
            number = person.number or person.copy or ""
            mark = f"{person.raw}\n{number}"
            other = f"{made}-" + hashlib.sha256(mark.encode()).hexdigest()[:6]
            students[other] = person
            person.notes.ask(
                f"several students would have the id {made!r}; {person.raw!r} "
                + (f"(number {number}) " if number else "")
                + f"became {other!r}",
                "a roster gives each an id that stays",
            )
    return students


def _one_folder_around_all(files, name):
    """Is the first folder only a wrapping, as in a zip of a folder?"""
    tops = {parts[0] for parts in files}
    if len(tops) != 1 or any(len(parts) == 1 for parts in files):
        return False
    below = {parts[1] for parts in files if len(parts) > 2}
    flat = [parts for parts in files if len(parts) == 2 and parts[1].endswith(".ipynb")]
    return len(below - {name}) > 0 or len(flat) > 1


def students_of(course, name):
    """Students with something in the inbox."""
    folder = course.folder("inbox", name)
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".part-")
    )


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
    came = collected(course, name).get(student, {})
    notes.person += came.get("person", [])
    notes.told += came.get("told", [])
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
    _find_written(built, known, released, notes)
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


def _find_written(built, known, released, notes):
    """Put a text that stands beside the empty cell of a written answer into it, to be marked."""
    empty = [
        place
        for place, (grade_id, cell) in enumerate(built)
        if grade_id
        and cell.cell_type == "markdown"
        and not _is_locked(known[grade_id])
        and cell.source.strip() in ("", known[grade_id].source.strip())
    ]
    shown = {cell.source.strip() for cell in released.cells} - {""}
    found = {}
    for place, (grade_id, cell) in enumerate(built):
        text = _own_text(cell, shown) if empty and grade_id is None else ""
        if text:
            nearest = min(empty, key=lambda other: abs(other - place))
            between = built[min(place, nearest) + 1 : max(place, nearest)]
            beside = all(other is None for other, _ in between)
            if len(text.split()) >= (3 if beside else FAR_WORDS):
                found.setdefault(nearest, []).append(text)
    for place, texts in found.items():
        grade_id, cell = built[place]
        cell.source = "\n\n".join(texts)
        notes.ask(
            f"the cell of the written answer {grade_id} is empty, and a text stands in another cell",
            "the text was put into the answer's cell; see whether it is the answer, and mark it",
        )


def _own_text(cell, shown):
    """The prose in a cell of the student's, without what the release says there; may be empty."""
    text = cell.source.strip()
    if text in shown:
        return ""
    if cell.cell_type == "markdown":
        for part in sorted(shown, key=len, reverse=True):
            if len(part) > 40:
                text = text.replace(part, "")
        return text.strip()
    lines = [
        line.strip() for line in text.split("\n") if line.strip() and line.strip() not in shown
    ]
    comments = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        signs = sum(text.count(sign) for sign in "=()[]{}")
        return text if signs * 4 < len(text.split()) else ""
    if all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in body):
        strings = [str(node.value.value) for node in body if isinstance(node.value.value, str)]
        return "\n\n".join([comments, *strings]).strip()
    return comments if len(comments.split()) >= FAR_WORDS else ""


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
        if DIFFERENCES.search(cell.source) and SINGLE.search(cell.source):
            notes.ask(
                "a cell of the student's makes differences and single precision",
                "in single precision a difference passes for a derivation; see whether one is there",
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
    secret = beside / EXCHANGE_FILES[-1]
    of_exchange = [beside / name for name in EXCHANGE_FILES] if secret.exists() else []
    for path in sorted(beside.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.suffix == ".ipynb":
            continue
        if path in of_exchange:
            continue
        if path.relative_to(beside).parts == ("timestamp.txt",):  # nbgrader would believe it
            notes.told.append("the student's own timestamp.txt was left out")
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
