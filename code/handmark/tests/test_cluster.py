"""Submissions on a cluster: workers that die, hang or lie lose nothing and change no mark."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import pytest
from grading_helpers import RIGHT, filled, make_course, put
from handmark import __main__ as command
from handmark import cluster, grading
from handmark.course import CourseError
from nbformat.v4 import new_code_cell, new_notebook, new_output

# -- made workers: what becomes of tasks ----------------------------------------------------------


def order(student, answer="return 2 * x"):
    """A submission with one answer and one test."""
    test = {"grade_id": "t", "grade": True, "solution": False, "locked": True, "points": 3}
    cells = [new_code_cell(answer), new_code_cell("assert f()", metadata={"nbgrader": test})]
    return cluster.packed(new_notebook(cells=cells), None, student, limits={}, sandboxed=True)


TRIALS = [[order("anonymous"), True], [order("anonymous", "raise NotImplementedError"), False]]


def answered(text):
    """What an honest worker sends."""
    sent = json.loads(text)
    failed = "NotImplemented" in sent["notebook"]["cells"][0]["source"]
    error = new_output("error", ename="NotImplementedError", evalue="", traceback=[])
    return {
        "digest": sent["digest"],
        "outputs": [[], [error] if failed else []],
        "notes": [],
        "ids": [sent["student"]],
        "sandboxed": True,
    }


class Future:
    def __init__(self, value, after=0.0):
        self.value, self.ready = value, time.monotonic() + after

    @property
    def status(self):
        if time.monotonic() < self.ready:
            return "pending"
        return "error" if isinstance(self.value, Exception) else "finished"

    def result(self, timeout=None):
        return self.value if isinstance(self.value, str) else json.dumps(self.value)

    def exception(self, timeout=None):
        return self.value

    def cancel(self):
        pass


class Cluster:
    """Workers that are functions: text of an order -> Future; None in place of one: it is gone."""

    def __init__(self, **workers):
        self.workers, self.given = workers, dict.fromkeys(workers, 0)

    def nthreads(self):
        return {name: 1 for name, worker in self.workers.items() if worker}

    def submit(self, task, text, workers, pure):
        (name,) = workers
        self.given[name] += 1
        return self.workers[name](text)


def honest(text):
    return Future(answered(text))


def lying(**changes):
    """A worker that passes its trials and then changes what it sends."""

    def work(text):
        value = answered(text)
        if json.loads(text)["student"] != "anonymous":
            value = {**value, **changes}
        return Future({key: v for key, v in value.items() if v != "left out"})

    return work


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.02)


STUDENTS = [f"s{number}" for number in range(6)]
ORDERS = {student: order(student) for student in STUDENTS}
WIDE = [[new_output("stream", text="x" * 10**6)], []]
LIES = {
    "another's": [{"digest": "0" * 64}, "belongs to another submission"],
    "fewer cells": [{"outputs": [[]]}, "outputs of 2 cells"],
    "no outputs": [
        {"outputs": [[], [{"output_type": "mark", "score": 100}]]},
        "those of a notebook",
    ],
    "no list": [{"outputs": [[], 5]}, "more outputs than it may"],
    "too much": [{"outputs": WIDE}, "more outputs than it may"],
    "no sandbox": [{"sandboxed": False}, "in the sandbox or without"],
    "left out": [{"notes": "left out"}, "expected"],
    "added": [{"score": 100}, "expected"],
    "odd notes": [{"notes": [["a"]]}, "notes are not a list of texts"],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_worker_that_lies_is_put_away_and_its_task_runs_elsewhere(lie):
    changes, why = LIES[lie]
    workers = Cluster(good=honest, bad=lying(**changes))
    done, failed, put_away = cluster.run(workers, ORDERS, TRIALS)
    assert sorted(done) == STUDENTS and not failed
    assert all(done[student]["ids"] == [student] for student in STUDENTS)
    assert list(put_away) == ["bad"] and why in put_away["bad"]


@pytest.mark.parametrize(
    "worker, why",
    [
        (lambda text: Future("{not JSON"), "not JSON"),
        (lambda text: Future({**answered(text), "outputs": [[], []]}), "nothing was written for"),
        (lambda text: Future(answered(text.replace("return 2 * x", "raise NotImplementedError"))),
         "belongs to another|the solution fails"),
        (lambda text: Future(RuntimeError("no bubblewrap")), "no bubblewrap"),
    ],
)  # fmt: skip
def test_a_worker_that_fails_its_trials_gets_no_submission(worker, why):
    workers = Cluster(bad=worker, good=honest)
    done, _, put_away = cluster.run(workers, ORDERS, TRIALS)
    assert sorted(done) == STUDENTS and workers.given["bad"] <= 2
    with pytest.raises(CourseError, match=f"no worker that can be used.*({why})"):
        cluster.run(Cluster(bad=worker), ORDERS, TRIALS)


def test_what_a_worker_had_that_leaves_runs_elsewhere():
    workers = Cluster(good=honest)

    def leaves(text):
        if json.loads(text)["student"] == "anonymous":
            return honest(text)
        workers.workers["bad"] = None
        return Future(None, after=1000)

    workers.workers["bad"], workers.given["bad"] = leaves, 0
    done, failed, put_away = cluster.run(workers, ORDERS, TRIALS)
    assert sorted(done) == STUDENTS and put_away == {"bad": "it has left the cluster"}


def test_what_a_worker_had_that_hangs_runs_elsewhere():
    def hangs(text):
        return Future(answered(text), 0 if json.loads(text)["student"] == "anonymous" else 1000)

    done, _, put_away = cluster.run(Cluster(good=honest, bad=hangs), ORDERS, TRIALS, seconds=0.3)
    assert sorted(done) == STUDENTS and "did not answer within 0.3 s" in put_away["bad"]


def test_a_submission_that_no_worker_can_run_stops_no_other():
    def work(text):
        poison = json.loads(text)["student"] == "s3"
        return Future(RuntimeError("too much")) if poison else honest(text)

    done, failed, put_away = cluster.run(Cluster(a=work, b=work), ORDERS, TRIALS)
    assert sorted(done) == [s for s in STUDENTS if s != "s3"]
    assert "too much" in failed["s3"] and not put_away


def test_a_worker_that_comes_later_is_used():
    workers = Cluster(late=None)
    seen = []

    def nthreads():
        seen.append(1)
        workers.workers["late"] = honest if len(seen) > 3 else None
        return Cluster.nthreads(workers)

    workers.nthreads = nthreads
    done, _, _ = cluster.run(workers, ORDERS, TRIALS)
    assert sorted(done) == STUDENTS


def test_outputs_of_other_cells_are_not_put_in():
    notebook = nbformat.from_dict(json.loads(ORDERS["s1"])["notebook"])
    text = json.dumps(answered(ORDERS["s1"]))
    assert cluster.put(notebook, "s1", text).metadata["handmark"]["ids"] == ["s1"]
    with pytest.raises(cluster.NotAResult):
        cluster.put(notebook, "s2", text)
    notebook.cells[0].source += " "
    with pytest.raises(cluster.NotAResult):
        cluster.put(notebook, "s1", text)


# -- two real workers -----------------------------------------------------------------------------


@contextmanager
def dask(folder, workers=2):
    """A scheduler and workers on this machine, each in a folder of its own; address and processes."""
    started = []

    def start(name, *arguments):
        (folder / name).mkdir()
        log = (folder / name / "log").open("w")
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=folder / name,
                stdout=log,
                stderr=log,
                env={**os.environ, "TMPDIR": str(folder / name)},
            )
        )
        return started[-1]

    try:
        file = folder / "scheduler.json"
        start("scheduler", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
              "--no-dashboard", "--scheduler-file", str(file))  # fmt: skip
        deadline = time.monotonic() + 120
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        yield address, [
            start(f"worker{k}", "distributed.cli.dask_worker", address, "--nthreads", "1",
                  "--no-nanny", "--no-dashboard")
            for k in range(workers)
        ]  # fmt: skip
    finally:
        for process in started:
            process.kill()
            process.wait()


def a_class(folder, tiny, count):
    """A course and `count` submissions; every third is wrong, the last is no notebook."""
    course = make_course(folder, tiny)
    for number in range(count):
        student = f"s{number:03}"
        wrong = {"twice": "def twice(x):\n    return x"} if number % 3 == 2 else {}
        put(course, student, filled(course, RIGHT | wrong, student_id=student))
    put(course, "zoe", "no notebook")
    return course


def killed_in_mid_run(course, folder, count):
    """Grade on two workers, one of which is killed while it works; the results."""
    with dask(folder) as (address, workers):
        came = []

        def executed(student):
            came.append(student)
            if len(came) == max(2, count // 4):
                workers[0].send_signal(signal.SIGKILL)

        gone = {}
        found = grading.grade(
            course, "tiny", cluster=address, executed=executed, put_away=gone.__setitem__
        )
        assert workers[0].wait() == -signal.SIGKILL and workers[1].poll() is None
    assert sorted(came) == [f"s{number:03}" for number in range(count)]
    assert len(gone) == 1
    return found


def right(found, count):
    scores = {
        student: [task["score"] for task in result.tasks] for student, result in found.items()
    }
    expected = {f"s{k:03}": [0 if k % 3 == 2 else 3, 2, None] for k in range(count)}
    assert scores == {**expected, "zoe": []} and found["zoe"].status == "failed"
    return True


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_marks_are_those_without_a_cluster(
    tmp_path, tiny, sandboxed, capsys
):
    (tmp_path / "dask").mkdir()
    course = a_class(tmp_path / "course", tiny, 6)
    found = killed_in_mid_run(course, tmp_path / "dask", 6)
    assert right(found, 6)
    assert grading.grade(course, "tiny") == found


@pytest.mark.long
def test_a_class_of_two_hundred_and_a_killed_worker(tmp_path, tiny, sandboxed):
    (tmp_path / "dask").mkdir()
    course = a_class(tmp_path / "course", tiny, 200)
    assert right(killed_in_mid_run(course, tmp_path / "dask", 200), 200)


@pytest.mark.slow
def test_no_cluster_at_the_address_is_said(tmp_path, tiny, sandboxed, capsys):
    course = a_class(tmp_path, tiny, 1)
    kept = grading.Result("s000", "tiny", status="graded")
    grading.save(course, kept)
    at = ["--course", str(course.root), "grade", "tiny", "--cluster", "tcp://127.0.0.1:1"]
    assert command.main(at) == 2
    assert "no cluster answers at tcp://127.0.0.1:1" in capsys.readouterr().err
    assert grading.results_of(course, "tiny") == {"s000": kept}, "what was there is gone"
