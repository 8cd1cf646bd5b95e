"""Grade: one process a student, several at once; nothing a student sends stops the others."""

import json
import multiprocessing
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field

import nbformat

from . import gradebook as database
from . import sandbox, submissions
from .course import CourseError

COMPARE = "compare their notebooks"
WORKER_SECONDS = 900  # time for one student, all in all


@dataclass
class Result:
    """What came of one submission.

    Attributes
    ----------
    student, assignment : str
    status : str
        "graded"; "look" (graded, and a person must look); "failed" (no mark, a person must act).
    person : list of [what, do]
    told : list of str
    tasks : list of dict
        One for each cell with points: `id`, `points`, `score` (None: to be marked by a person),
        `failure` (first line of the message, or None) and `message`.
    typed : str or None
        The student id in the notebook.
    digest : str
        Of the files sent.
    sandboxed : bool
    ids : list of str
        The student ids that numbers were drawn from while it ran.
    """

    student: str
    assignment: str
    status: str = "failed"
    person: list = field(default_factory=list)
    told: list = field(default_factory=list)
    tasks: list = field(default_factory=list)
    typed: str | None = None
    digest: str = ""
    sandboxed: bool = True
    ids: list = field(default_factory=list)


def result_path(course, name, student):
    """File of a result."""
    return course.folder("results", name, f"{student}.json")


def results_of(course, name, students=None):
    """The results of an assignment, of all students or of some: student -> Result."""
    if students is None:
        paths = sorted(course.folder("results", name).glob("*.json"))
    else:
        paths = [result_path(course, name, student) for student in students]
    found = [
        Result(**json.loads(path.read_text(encoding="utf-8"))) for path in paths if path.exists()
    ]
    return {result.student: result for result in found}


def save(course, result):
    """Write a result; the old one is replaced at once."""
    path = result_path(course, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


# -- all students ---------------------------------------------------------------------------------


def grade(course, name, *, students=None, jobs=2, sandboxed=True, progress=lambda done: None):
    """Grade the submissions of an assignment.

    Parameters
    ----------
    course : Course
    name : str
    students : list of str or None
        None: all in the inbox.
    jobs : int
        How many at once.
    sandboxed : bool
        False runs student code with your own rights: only for code that you trust.
    progress : function of a Result
        Called after each student.

    Returns
    -------
    dict
        Student -> Result.

    Raises
    ------
    CourseError
        If there is nothing to grade, or no sandbox where one is wanted; nothing has run then.
    """
    course.check_name(name)
    if not course.notebook("release", name).exists():
        raise CourseError(f"{name} has not been released here: run `handmark release {name}` first")
    waiting = submissions.students_of(course, name)
    unknown = sorted(set(students or []) - set(waiting))
    if unknown:
        raise CourseError(f"nothing collected from {', '.join(unknown)}")
    waiting = [student for student in waiting if students is None or student in students]
    if not waiting:
        raise CourseError(f"nothing to grade: run `handmark collect {name} FOLDER` first")
    if sandboxed:
        try_sandbox(course, name)
    database.prepare(course, waiting)
    for student in waiting:
        forget(course, name, student)
    results = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        started = [
            pool.submit(_in_own_process, course, name, student, sandboxed) for student in waiting
        ]
        for future in as_completed(started):
            result = future.result()
            results[result.student] = result
            progress(result)
    for student, result in compare_ids(course, name).items():
        if student in results:
            results[student] = result
    return dict(sorted(results.items()))


def try_sandbox(course, name):
    """Make sure that the sandbox hides what must be hidden; a CourseError says what to do."""
    secrets = [
        course.gradebook,
        course.notebook("source", name),
        course.exercises,
        course.notebook("instructor", name),
        course.folder("inbox", name),
        course.work,
    ]
    try:
        sandbox.probe([path for path in secrets if path.exists()])
    except sandbox.NoSandbox as error:
        raise CourseError(
            f"no sandbox: {error}.\nStudent code has not been run. Install bubblewrap "
            "(Debian, Ubuntu: apt install bubblewrap), or grade with --no-sandbox if you trust "
            "what the students sent: their code then has your rights on this computer."
        ) from None


def forget(course, name, student):
    """Remove what an earlier grading left, so that no old mark can stay.

    Marks and comments that a person gave stay if the student has sent nothing new.
    """
    from nbgrader.api import MissingEntry

    path = result_path(course, name, student)
    old = results_of(course, name, [student]).get(student)
    path.unlink(missing_ok=True)
    for step in ("autograded", "feedback"):
        shutil.rmtree(course.folder(step, student, name), ignore_errors=True)
    same = old is not None and old.digest == submissions.digest(
        course.folder("inbox", name, student)
    )
    with course.open_gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(name, student)
        except MissingEntry:
            return
        if not same:
            gradebook.remove_submission(name, student)
            return
        for notebook in submission.notebooks:
            for cell in notebook.grades:
                cell.auto_score = None
                cell.needs_manual_grade = True
        gradebook.db.commit()


def _in_own_process(course, name, student, sandboxed):
    """Grade one student in a process group of its own and fetch the result."""
    process = _processes().Process(target=_work, args=(course, name, student, sandboxed))
    process.start()
    process.join(WORKER_SECONDS)
    what = (
        f"grading took longer than {WORKER_SECONDS // 60} minutes"
        if process.is_alive()
        else f"grading stopped with exit status {process.exitcode}"
    )
    try:  # with all that an unsandboxed kernel may have left
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.join()
    result = results_of(course, name, [student]).get(student)
    if result is None:
        result = Result(
            student,
            name,
            person=[
                [
                    what,
                    "grade this student again on its own "
                    "(--student); if it fails again, run the "
                    "notebook by hand",
                ]
            ],
        )
        _take_marks_away(course, name, student)
        save(course, result)
    return result


def _processes():
    """Start processes from one that has imported nbgrader: that takes longer than the grading."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["handmark.grading", "handmark.execute", "nbgrader.apps"])
    return context


def _work(course, name, student, sandboxed):
    """What the process of one student does; its messages go to a log file."""
    os.setsid()
    path = course.folder("logs", name, f"{student}.log")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        grade_one(course, name, student, sandboxed=sandboxed)


def compare_ids(course, name):
    """Flag students whose numbers are those of another one; all results of the assignment.

    Compared are the ids that numbers were drawn from, so that an id that was put in after the
    first cell counts. Notes of an earlier comparison are made anew.
    """
    results = results_of(course, name)
    users = {}
    for result in results.values():
        for used in _used_ids(result):
            users.setdefault(used, set()).add(result.student)
    for result in results.values():
        notes = []
        for used in _used_ids(result):
            who = users[used]
            if len(who) > 1:
                notes.append(
                    [f"{', '.join(sorted(who))} all used the student id {used!r}", COMPARE]
                )
            owner = next((s for s in results if _folded(s) == used and s != result.student), None)
            if owner and owner not in who:
                notes.append([f"the numbers are those of {owner}", COMPARE])
        kept = [note for note in result.person if note[1] != COMPARE]
        if kept + notes == result.person:
            continue
        result.person = kept + notes
        if result.status != "failed":
            result.status = "look" if result.person else "graded"
        save(course, result)
    return results


def _used_ids(result):
    """The ids that a student used, folded; not the placeholder."""
    used = {_folded(text) for text in (*result.ids, result.typed or "")}
    return sorted(used - {"", "anonymous"})


def _folded(student_id):
    return student_id.strip().lower()


# -- one student (in the worker's process) --------------------------------------------------------


def grade_one(course, name, student, *, sandboxed):
    """Grade one student with nbgrader; saves and returns the Result."""
    result = Result(
        student,
        name,
        sandboxed=sandboxed,
        digest=submissions.digest(course.folder("inbox", name, student)),
    )
    try:
        notes, result.typed = submissions.prepare(course, name, student)
        result.person, result.told = notes.person, notes.told
        _autograde(course, name, student, sandboxed)
        _read_marks(course, name, student, result)
        result.status = "look" if result.person else "graded"
    except submissions.Unusable as error:
        result.person.append([error.what, error.do])
    except CourseError as error:
        result.person.append([str(error), "see the message"])
        _take_marks_away(course, name, student)
    others = [used for used in result.ids if _folded(used) != _folded(result.typed or used)]
    if others:
        result.person.append(
            [
                f"the student id in the notebook is {result.typed!r}, and numbers were drawn from "
                + ", ".join(map(repr, others)),
                "see whose id that is and where it was put in",
            ]
        )
        result.status = "look" if result.status == "graded" else result.status
    if result.typed is None:
        result.told.append("no student id in the notebook: the numbers were those of the folder")
    elif _folded(result.typed) != _folded(student):
        result.told.append(f"the numbers were those of the student id {result.typed!r}")
    save(course, result)
    return result


def _autograde(course, name, student, sandboxed):
    api = course.api(SeparatedExecute={"sandboxed": sandboxed})
    done = api.autograde(name, student, force=True, create=True)
    if not done["success"]:
        lines = [line for line in done["log"].splitlines() if line.strip()]
        errors = [line for line in lines if "Error" in line or "Exception" in line]
        raise CourseError(f"nbgrader could not grade it: {(errors or lines or ['?'])[-1].strip()}")


def _take_marks_away(course, name, student):
    """After a failure nothing is left that looks like a mark of the machine's."""
    from nbgrader.api import MissingEntry

    with course.open_gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(name, student)
        except MissingEntry:
            return
        for notebook in submission.notebooks:
            for cell in notebook.grades:
                cell.auto_score = None
                cell.needs_manual_grade = True
        gradebook.db.commit()


def _read_marks(course, name, student, result):
    """Fill the result from the autograded notebook and the gradebook, which must agree."""
    notebook = nbformat.read(course.notebook("autograded", name, student), as_version=4)
    result.ids = list(notebook.metadata.get("handmark", {}).get("ids", []))
    for text in notebook.metadata.get("handmark", {}).get("notes", []):
        result.person.append([text, "read the notebook; the tests after that point failed"])
    with course.open_gradebook() as gradebook:
        grades = {
            grade.name: (grade.auto_score, grade.max_score, grade.needs_manual_grade)
            for grade in gradebook.find_submission_notebook(name, name, student).grades
        }
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    if set(cells) != set(grades):
        raise CourseError(
            f"the graded cells are not those of the release: {sorted(set(cells) ^ set(grades))}"
        )
    for grade_id, cell in cells.items():
        score, points, _ = grades[grade_id]
        error = next(
            (output for output in cell.get("outputs", []) if output.output_type == "error"), None
        )
        message = None if error is None else error.evalue or error.ename
        first = None if error is None else _headline(error)
        if cell.cell_type == "code" and score != (points if error is None else 0):
            raise CourseError(f"the mark of {grade_id} does not follow from its tests")
        result.tasks.append(
            {"id": grade_id, "points": points, "score": score, "failure": first, "message": message}
        )


def _headline(error):
    """The line that the report counts: the message's first line, without numbers of this run."""
    first = (error.evalue or "").strip().splitlines()
    if error.ename == "AssertionError" and first:
        return first[0]
    return f"{error.ename}: {first[0]}" if first else error.ename
