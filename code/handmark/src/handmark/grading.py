"""Grade: several students at once, each in two kernels; nothing a student sends stops the others."""

import json
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial

import nbformat

from . import crew, sandbox, submissions, warm
from . import gradebook as database
from .course import CourseError

COMPARE = "compare their notebooks"
FORGET_SECONDS = 900  # time to take old marks out of the gradebook
WORKER_SECONDS = 900  # time for one student, all in all
GRADEBOOK_SECONDS = 900  # time to get the gradebook ready for all of them


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


def grade(
    course,
    name,
    *,
    students=None,
    jobs=2,
    sandboxed=True,
    cluster=None,
    progress=lambda done: None,
    executed=lambda student: None,
    put_away=lambda address, why: None,
):
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
    cluster : str, distributed.Client or None
        Address of a Dask scheduler, or its client: its workers run the submissions
        (`handmark.cluster`).
    progress : function of a Result
        Called after each student.
    executed : function of a student
        Called after each submission that has come back from a cluster.
    put_away : function of two str
        Called for each worker of a cluster that was not used, or no longer, with the reason.

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
    results = {}
    crew.ready()
    here = sandboxed and cluster is None
    with ExitStack() as stack:
        client = None
        if cluster is not None:
            from . import cluster as clusters

            client = stack.enter_context(clusters.connect(cluster))
        nursery = stack.enter_context(kernels_for(course, name, here))
        forgetting = partial(_forget_all, course, name)
        for _, ended in crew.each(
            forgetting, [json.dumps(waiting)], jobs=1, seconds=GRADEBOOK_SECONDS
        ):
            if isinstance(ended, crew.Stopped):
                raise CourseError(f"the gradebook cannot be used: {ended}")
        if client is not None:
            failed, workers = _on_cluster(course, name, waiting, jobs, sandboxed, client, executed)
            for address, why in workers.items():
                put_away(address, why)
            for student, why in failed.items():
                result = _result_or_failure(
                    course, name, student, crew.Stopped(f"failed on the cluster: {why}")
                )
                results[student] = result
                progress(result)
        task = partial(_work, course, name, sandboxed, nursery, cluster is not None)
        todo = [student for student in waiting if student not in results]
        fresh = not sandboxed and cluster is None
        for student, ended in crew.each(task, todo, jobs=jobs, seconds=WORKER_SECONDS, fresh=fresh):
            result = results[student] = _result_or_failure(course, name, student, ended)
            progress(result)
    for student, result in compare_ids(course, name).items():
        if student in results:
            results[student] = result
    return dict(sorted(results.items()))


@contextmanager
def kernels_for(course, name, sandboxed):
    """Try the sandbox, and start the process that forks kernels into it; gives the path of its socket.

    The path is empty where there is no sandbox, and where no kernel can be forked into it: kernels
    are then started one by one, in the same sandbox.

    Raises
    ------
    CourseError
        If the sandbox leaks.
    """
    if not sandboxed:
        yield ""
        return
    try_sandbox(course, name)
    with ExitStack() as stack:
        try:
            path = stack.enter_context(warm.nursery(_modules(course, name)))
            try_sandbox(course, name, path)
        except warm.NoNursery:
            path = ""
        yield path


def try_sandbox(course, name, nursery=""):
    """Make sure that the sandbox hides what must be hidden; a CourseError says what to do.

    With the socket of a nursery it is tried from a process that the nursery forks.
    """
    secrets = [
        course.gradebook,
        course.notebook("source", name),
        course.exercises,
        course.notebook("instructor", name),
        course.folder("inbox", name),
        course.work,
    ]
    try:
        sandbox.probe(
            [path for path in secrets if path.exists()], nursery and partial(warm.run, nursery)
        )
    except sandbox.NoSandbox as error:
        raise CourseError(
            f"no sandbox: {error}.\nStudent code has not been run. Install bubblewrap "
            "(Debian, Ubuntu: apt install bubblewrap), or grade with --no-sandbox if you trust "
            "what the students sent: their code then has your rights on this computer."
        ) from None


def _forget_all(course, name, students):
    """Entries for students, a list as JSON, and `forget`, in a process that has nbgrader ready."""
    students = json.loads(students)
    database.prepare(course, students)
    course.keep_gradebook()
    for student in students:
        forget(course, name, student)


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


def _result_or_failure(course, name, student, ended):
    """The result that the student's process has saved, or one that says why there is none."""
    result = (
        None
        if isinstance(ended, crew.Stopped)
        else results_of(course, name, [student]).get(student)
    )
    if result is None:
        result = Result(
            student,
            name,
            person=[
                [
                    f"grading {ended}",
                    "grade this student again on its own "
                    "(--student); if it fails again, run the "
                    "notebook by hand",
                ]
            ],
        )
        _take_marks_away(course, name, student)
        save(course, result)
    return result


def _executed_path(course, name, student):
    """File of the outputs that have come from a cluster."""
    return course.folder("executed", name, f"{student}.json")


def _on_cluster(course, name, waiting, jobs, sandboxed, client, progress):
    """Have submissions run by a cluster: student -> why not, address of a worker -> why not used."""
    from . import cluster

    shutil.rmtree(course.folder("executed", name), ignore_errors=True)
    packing = partial(_pack, course, name, sandboxed)
    orders, failed = {}, {}
    for student, order in crew.each(packing, waiting, jobs=jobs, seconds=WORKER_SECONDS):
        if isinstance(order, crew.Stopped):
            failed[student] = str(order)
        elif order is not None:  # None: no notebook, as grading will say
            orders[student] = order
    trials = _trials(course, name, sandboxed)
    done, not_done, put_away = cluster.run(client, orders, trials, progress=progress)
    for student, found in done.items():
        path = _executed_path(course, name, student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")
    return failed | not_done, put_away


def _pack(course, name, sandboxed, student):
    """What a cluster needs for one student, as text; None if there is no notebook to run."""
    from . import cluster

    try:
        submissions.prepare(course, name, student)
    except submissions.Unusable:
        return None
    path = course.notebook("submitted", name, student)
    notebook = nbformat.read(path, as_version=4)
    whole = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in nbformat.read(course.notebook("source", name), as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    for (
        cell
    ) in notebook.cells:  # locked cells with their hidden tests, as nbgrader will put them in
        if cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source = whole[cell.metadata.nbgrader.grade_id].source
    return cluster.packed(notebook, path.parent, student, **_how(course, name), sandboxed=sandboxed)


def _how(course, name):
    """The course's limits, and the modules of its solution."""
    limits = {
        key: value
        for key, value in course.config().SeparatedExecute.items()
        if key.endswith("_seconds")
    }
    return {"limits": limits, "modules": _modules(course, name)}


def _modules(course, name):
    """Modules that the assignment's solution and tests import."""
    cells = nbformat.read(course.notebook("source", name), as_version=4).cells
    return warm.imported("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


def _trials(course, name, sandboxed):
    """The solution, which passes all tests, and the empty stub, which passes none."""
    from . import cluster, soundness

    solution = nbformat.read(course.notebook("source", name), as_version=4)
    stub = soundness.emptied(nbformat.read(course.notebook("source", name), as_version=4))
    how = {**_how(course, name), "sandboxed": sandboxed}
    return [
        [cluster.packed(notebook, None, "anonymous", **how), passes]
        for notebook, passes in ((solution, True), (stub, False))
    ]


def _work(course, name, sandboxed, nursery, on_cluster, student):
    """What a process does for one student; its messages go to a log file."""
    course.keep_gradebook()
    path = course.folder("logs", name, f"{student}.log")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        executed = str(_executed_path(course, name, student)) if on_cluster else ""
        grade_one(course, name, student, sandboxed=sandboxed, nursery=nursery, executed=executed)


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


def grade_one(course, name, student, *, sandboxed, nursery="", executed=""):
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
        _autograde(course, name, student, sandboxed=sandboxed, nursery=nursery, executed=executed)
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


def _autograde(course, name, student, **how):
    api = course.api(SeparatedExecute=how)
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
