"""``python -m benchmarks.grading``: grading and feedback by handmark and by plain nbgrader, in turns.

Both grade the same copies of one assignment, and must give the same marks to the last point. Plain
nbgrader runs its own commands, `nbgrader autograde` and `nbgrader generate_feedback`: one kernel for
student and tests, no sandbox, one student after the other. handmark runs its own: two kernels in a
sandbox each, one process a student. Its time is that of the whole command, from its start to its end.

What is counted is the time on the clock: both do the same work on the same cores, and a way that uses
two of them may be faster for it. Other programs disturb such times; they are taken in turns, and what
is shown is the ratio of one round's two times.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import contextlib
import ctypes
import functools
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from benchmarks import results

FILE = Path(__file__).with_name("grading.json")
ROOT = Path(__file__).resolve().parent.parent
NAME = "07_network_by_hand"
WAYS = ("nbgrader", "handmark")
KINDS = ("clock", "processor", "memory")
PACKAGES = ("nbgrader", "nbconvert", "ipykernel", "jupyter_client", "numpy")
#: What goes wrong in every third copy: task -> a piece of the solution and what stands for it.
MISTAKES = {
    "forward": ("x @ W2", "x @ W2.T"),
    "two_paths": ("(o - y)", "(y - o)"),
    "checker": ("/ (2 * h)", "/ h"),
}
PLAIN = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "backpropagation"
c.CourseDirectory.db_url = "sqlite:///{root}/gradebook.db"
"""


def copy_of(notebook, number):
    """The solution with an id of its own; every third copy has one of `MISTAKES`."""
    copy = nbformat.from_dict(notebook)
    mistakes = list(MISTAKES.items())
    task, (old, new) = mistakes[number // 3 % len(mistakes)]
    for cell in copy.cells:
        if cell.source.startswith("student_id = "):
            cell.source = f'student_id = "s{number:03}"'
        about = cell.metadata.get("nbgrader", {})
        if number % 3 == 2 and about.get("solution") and task in about.get("grade_id", ""):
            cell.source = cell.source.replace(old, new)
    return copy


def make_courses(folder, copies):
    """A course for each way with the same submissions; way -> folder."""
    from handmark import release, submissions
    from handmark.course import Course

    ours, plain = folder / "handmark", folder / "nbgrader"
    (ours / "exercises").mkdir(parents=True)
    shutil.copy(ROOT / "exercises/nbgrader_config.py", ours / "exercises")
    shutil.copytree(ROOT / "exercises" / NAME, ours / "exercises" / NAME)
    course = Course(ours)
    release.release(course, NAME, execute=False)
    notebook = nbformat.read(course.notebook("instructor", NAME), as_version=4)
    for number in range(copies):
        inbox = course.folder("inbox", NAME, f"s{number:03}")
        inbox.mkdir(parents=True)
        nbformat.write(copy_of(notebook, number), inbox / f"{NAME}.ipynb")
        submissions.prepare(course, NAME, f"s{number:03}")
    for step in ("source", "release", "submitted"):
        shutil.copytree(course.folder(step), plain / step)
    shutil.copy(course.gradebook, plain / "gradebook.db")
    (plain / "nbgrader_config.py").write_text(PLAIN.format(root=str(plain)), encoding="utf-8")
    return {"nbgrader": plain, "handmark": ours}


def command(way, step):
    """The command line of one step, "grading" or "feedback"."""
    if way == "handmark":
        return [sys.executable, "-m", "handmark", {"grading": "grade"}.get(step, step), NAME]
    step = {"grading": "autograde", "feedback": "generate_feedback"}[step]
    return [sys.executable, "-m", "nbgrader", step, NAME, "--force"]


def own_orphans():
    """Let processes that their starter leaves behind become children of this one (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def run(way, step, folder):
    """Run one step in a course: seconds on the clock; with all it started, seconds of the processor and
    the largest memory of the looks taken each second, in MB.
    """
    own_orphans()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    most = 0.0
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command(way, step),
            cwd=folder / "exercises" if way == "handmark" else folder,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        while True:
            try:
                process.wait(timeout=1)
                break
            except subprocess.TimeoutExpired:
                most = max(most, memory_of(process.pid))
        seconds = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{way}: {step} failed:\n{said.read()[-2000:]}")
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"clock": round(seconds, 2), "processor": round(used, 2), "memory": round(most)}


def marks(way, folder):
    """Student -> [task, score of the tests, points] for each graded cell, from the gradebook."""
    from nbgrader.api import Gradebook

    path = folder / "gradebook.db" if way == "nbgrader" else folder / "_grading/gradebook.db"
    with Gradebook(f"sqlite:///{path}", "backpropagation") as gradebook:
        return {
            submission.student.id: sorted(
                [grade.name, grade.auto_score, grade.max_score]
                for notebook in submission.notebooks
                for grade in notebook.grades
            )
            for submission in gradebook.assignment_submissions(NAME)
        }


def memory_of(pid):
    """Memory of a process and all that it started, in MB; shared pages count once (Linux)."""
    total, waiting = 0, [pid]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
                total += int(line.split()[1]) if line.startswith("Pss:") else 0
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text("ascii").split())
    return total / 1024


def measure(copies, rounds, say=print):
    """Step -> way -> times of each round; the marks are compared after each."""
    found = {step: {way: [] for way in WAYS} for step in ("grading", "feedback")}
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        courses = make_courses(Path(folder), copies)
        for number in range(rounds):
            for step, ways in found.items():
                for way in WAYS:
                    ways[way].append(run(way, step, courses[way]))
                    say(f"round {number + 1}, {step}, {way}: {ways[way][-1]}")
            given = {way: marks(way, courses[way]) for way in WAYS}
            if given["nbgrader"] != given["handmark"] or len(given["handmark"]) != copies:
                raise RuntimeError("expected the same marks by both ways, got others")
    return {"copies": copies, "jobs": 2, "steps": found}


def ratio(measured, step, kind):
    """handmark by nbgrader: the median of the rounds' ratios of one of `KINDS`."""
    ways = measured["steps"][step]
    pairs = zip(ways["handmark"], ways["nbgrader"], strict=True)
    return statistics.median(ours[kind] / plain[kind] for ours, plain in pairs)


def as_text(measured):
    """The ratios as lines of text."""
    lines = [f"{measured['copies']} copies of {NAME}, the same marks by both ways"]
    for step in measured["steps"]:
        parts = [f"{kind} {ratio(measured, step, kind):.2f}" for kind in KINDS]
        lines.append(f"{step}, handmark by nbgrader: " + ", ".join(parts))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--copies", type=int, default=60, help="submissions (default 60)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--output", type=Path, default=FILE, help="file to write")
    chosen = parser.parse_args()
    say = functools.partial(print, flush=True)
    measured = {
        "machine": results.machine(chosen.rounds, packages=PACKAGES),
        **measure(chosen.copies, chosen.rounds, say),
    }
    results.write(measured, chosen.output)
    print(as_text(measured))


if __name__ == "__main__":
    main()
