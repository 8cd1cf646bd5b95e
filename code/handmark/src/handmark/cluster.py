"""Run submissions on the workers of a Dask cluster, and believe none of them.

What travels to a worker is one notebook with its tests, the files beside it and the limits; what comes
back is the output of each cell. Nothing else is shared: no folder, no gradebook. The workers need this
package, `handgrad` and bubblewrap. Marks are given here, from the outputs, by the same steps as without
a cluster.

A worker first runs the solution, which must pass all tests, and the empty stub, which must pass none;
one that finds anything else gets no submission. It has as many submissions at a time as it has threads.
If it ends, takes too long or sends what is not the result of what it was given, it gets nothing more, and
what it had goes to another one.

Dask itself trusts its scheduler and its workers: whoever controls one of them can run code on this
computer. Use a cluster of your own, and its `tls://` address where others share the network.
"""

import atexit
import base64
import functools
import hashlib
import json
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import nbformat

from . import sandbox, warm
from .course import CourseError
from .kernels import MAX_OUTPUT

ATTEMPTS = 3  # workers that may fail with one submission
WAIT_SECONDS = 60  # for the first worker that can be used
LOOK_SECONDS = 0.5  # between two looks at who is there
EACH_SECONDS = 900  # for one submission on one worker
MAX_NOTES, MAX_NOTE = 100, 2000  # of what a worker may tell about a submission
PACKAGES = ("handgrad", "handmark")
MARKS = ("grade_id", "grade", "solution", "locked")  # what makes a cell a test or an answer


class NotAResult(ValueError):
    """What a worker sent is not the result of what it was given."""


# -- what travels -----------------------------------------------------------------------------------


def digest_of(notebook, student):
    """A number for what is run: the code cells with their marks, and for whom."""
    cells = [
        [cell.source, *(cell.metadata.get("nbgrader", {}).get(mark) for mark in MARKS)]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    text = json.dumps([student, cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def packed(notebook, folder, student, *, limits, sandboxed, modules=()):
    """What a worker needs to run a notebook, as text.

    Parameters
    ----------
    notebook : nbformat notebook
        With hidden tests.
    folder : Path or None
        Where the notebook stands: what lies beside it goes along.
    student : str
    limits : dict
        Of `handmark.execute.SeparatedExecute`, name -> seconds.
    sandboxed : bool
    modules : iterable of str
        What a nursery should import.
    """
    files = {}
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and path.suffix != ".ipynb":
            content = base64.b64encode(path.read_bytes()).decode()
            files[str(path.relative_to(folder))] = content
    return json.dumps(
        {
            "notebook": notebook,
            "files": files,
            "student": student,
            "limits": limits,
            "sandboxed": sandboxed,
            "modules": list(modules),
            "digest": digest_of(notebook, student),
            "versions": {name: version(name) for name in PACKAGES},
        }
    )


def execute(text):
    """Run what `packed` has packed (on a worker); the outputs as text."""
    from .execute import SeparatedExecute

    order = json.loads(text)
    here = {name: version(name) for name in PACKAGES}
    if here != order["versions"]:
        raise RuntimeError(f"expected the packages {order['versions']}, found {here}")
    notebook = nbformat.from_dict(order["notebook"])
    nursery = _nursery(tuple(order["modules"])) if order["sandboxed"] else ""
    run = SeparatedExecute(sandboxed=order["sandboxed"], nursery=nursery, **order["limits"])
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        for name, content in order["files"].items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        resources = {"metadata": {"path": folder}, "nbgrader": {"student": order["student"]}}
        done, _ = run.preprocess(notebook, resources)
    return json.dumps(
        {
            "digest": digest_of(done, order["student"]),
            "outputs": [cell.outputs for cell in done.cells if cell.cell_type == "code"],
            **done.metadata["handmark"],
        }
    )


@functools.cache
def _nursery(modules):
    """The nursery of this worker's process, tried before it is used; empty where there is none."""
    with tempfile.NamedTemporaryFile(prefix="hg-", dir=Path.cwd()) as secret:
        sandbox.probe([secret.name])
        stack = ExitStack()
        try:
            path = stack.enter_context(warm.nursery(modules))
            sandbox.probe([secret.name], functools.partial(warm.run, path))
        except warm.NoNursery:
            stack.close()
            return ""
    atexit.register(stack.close)
    return path


# -- what comes back --------------------------------------------------------------------------------


def checked(text, order):
    """What a worker sent, if it is the result of the order; a dict.

    Marks do not travel: they are the points of the release, or 0, by what the outputs say, so that
    none can lie out of range. It is checked that the cells are those that were sent, as many, in their
    order, with their marks (the digest); that outputs are outputs of a notebook, and no more of them
    than a cell may have; and that notes and ids are texts.

    Raises
    ------
    NotAResult
        The message says what is wrong.
    """
    order = json.loads(order)
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        raise NotAResult("it is not JSON") from None
    keys = {"digest", "outputs", "notes", "ids", "sandboxed"}
    if not isinstance(found, dict) or set(found) != keys:
        raise NotAResult(f"expected {sorted(keys)}")
    if found["digest"] != order["digest"]:
        raise NotAResult("it belongs to another submission")
    if found["sandboxed"] is not order["sandboxed"]:
        raise NotAResult("it did not run as it was told, in the sandbox or without")
    codes = [cell for cell in order["notebook"]["cells"] if cell["cell_type"] == "code"]
    if not isinstance(found["outputs"], list) or len(found["outputs"]) != len(codes):
        raise NotAResult(f"expected the outputs of {len(codes)} cells")
    for outputs in found["outputs"]:
        if not isinstance(outputs, list) or len(json.dumps(outputs)) > 4 * MAX_OUTPUT:
            raise NotAResult("a cell has more outputs than it may have")
    for kind in ("notes", "ids"):
        texts = found[kind]
        if not (
            isinstance(texts, list)
            and len(texts) <= MAX_NOTES
            and all(isinstance(text, str) and len(text) <= MAX_NOTE for text in texts)
        ):
            raise NotAResult(f"{kind} are not a list of texts")
    try:
        nbformat.validate(_with_outputs(order["notebook"], found["outputs"]))
    except Exception as error:
        raise NotAResult(f"the outputs are not those of a notebook: {str(error)[:200]}") from None
    return found


def _with_outputs(notebook, outputs):
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, out in zip(codes, outputs, strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in out]
        cell.execution_count = None
    return notebook


def put(notebook, student, text):
    """Put the outputs that have come into a notebook (`SeparatedExecute` in place of running it).

    Raises
    ------
    NotAResult
        If they belong to other cells.
    """
    found = json.loads(text)
    if found["digest"] != digest_of(notebook, student):
        raise NotAResult("the outputs that came from the cluster belong to other cells")
    done = _with_outputs(notebook, found["outputs"])
    done.metadata["handmark"] = {key: found[key] for key in ("notes", "ids", "sandboxed")}
    return done


# -- who does it ------------------------------------------------------------------------------------


@dataclass
class _Task:
    """An order, and what has become of it so far."""

    order: str
    key: str | None = None  # None: a trial
    passes: bool = False  # of a trial: must all tests pass, or none?
    tried: list = field(default_factory=list)  # addresses of workers, one for each time


@dataclass
class _Worker:
    """A worker as it is seen from here."""

    threads: int
    trials: list  # tasks that it has still to pass
    running: dict = field(default_factory=dict)  # future -> [task, until]
    in_a_row: int = 0  # tasks that it could not execute


class _Dispatcher:
    """Hands tasks to workers, and takes them back from those that fail."""

    def __init__(self, client, orders, trials, seconds, progress, task):
        self.client, self.trials, self.seconds = client, trials, seconds
        self.progress, self.task = progress, task
        self.waiting = [_Task(order, key) for key, order in orders.items()]
        self.workers, self.put_away = {}, {}
        self.done, self.failed = {}, {}

    def look(self):
        """See who is there; what those had who have left waits again."""
        there = self.client.nthreads()
        for address in set(self.workers) - set(there):
            self.leave(address, "it has left the cluster")
        for address in set(there) - set(self.workers) - set(self.put_away):
            trials = [_Task(order, passes=passes) for order, passes in self.trials]
            self.workers[address] = _Worker(there[address], trials)

    def leave(self, address, why):
        """Use this worker no more."""
        self.put_away[address] = why
        for future, (task, _) in self.workers.pop(address).running.items():
            future.cancel()
            self.again(task, f"{address}: {why}")

    def again(self, task, why):
        """Let a task wait for another worker, unless too many have failed with it."""
        if task.key is None:
            return
        if len(task.tried) < ATTEMPTS:
            self.waiting.insert(0, task)
        else:
            self.failed[task.key] = why

    def hand_out(self, address, worker):
        """Give a worker as much as it can do at a time: first its trials, then submissions."""
        while len(worker.running) < worker.threads:
            trying = any(task.key is None for task, _ in worker.running.values())
            if worker.trials:
                task = worker.trials.pop(0)
            elif trying or not self.waiting:
                return
            else:
                new = [task for task in self.waiting if address not in task.tried]
                if not new and any(set(self.workers) - set(task.tried) for task in self.waiting):
                    return  # for workers that have not failed with them
                task = (new or self.waiting)[0]
                self.waiting.remove(task)
            task.tried.append(address)
            future = self.client.submit(self.task, task.order, workers=[address], pure=False)
            worker.running[future] = [task, time.monotonic() + self.seconds]

    def take_in(self, address, worker):
        """Take in what a worker has ended."""
        for future, (task, until) in list(worker.running.items()):
            if future.status == "pending":
                if time.monotonic() > until:
                    return self.leave(address, f"it did not answer within {self.seconds:g} s")
                continue
            del worker.running[future]
            if future.status != "finished":
                why = f"it did not execute: {_reason(future)}"
                worker.in_a_row += 1
                self.again(task, f"{address}: {why}")
                if task.key is None or worker.in_a_row == ATTEMPTS:
                    return self.leave(address, why)
                continue
            try:
                found = checked(future.result(timeout=30), task.order)
                if task.key is None:
                    _known(found, task.order, task.passes)
            except Exception as error:  # a lie, or a result that has gone with its worker
                self.again(task, f"{address}: {error}")
                return self.leave(address, str(error))
            worker.in_a_row = 0
            if task.key is not None:
                self.done[task.key] = found
                self.progress(task.key)
        return None


def run(client, orders, trials, *, seconds=EACH_SECONDS, progress=lambda key: None, task=execute):
    """Have orders executed by the workers of a cluster.

    Parameters
    ----------
    client : distributed.Client
        Or an object with its `submit` and `nthreads`.
    orders : dict
        Key -> text of `packed`.
    trials : list of [text of `packed`, bool]
        What each worker runs first, and whether all tests pass in it or none.
    seconds : float
        For one order on one worker.
    progress : function of a key
    task : function of an order
        Runs on the worker.

    Returns
    -------
    done : dict
        Key -> what `checked` gave.
    failed : dict
        Key -> why it could not be executed: `ATTEMPTS` workers failed with it.
    put_away : dict
        Address of a worker -> why it was not used, or no longer.

    Raises
    ------
    CourseError
        If there is no worker that can be used.
    """
    all_of_it = _Dispatcher(client, orders, trials, seconds, progress, task)
    idle_since, looked = time.monotonic(), -LOOK_SECONDS
    while len(all_of_it.done) + len(all_of_it.failed) < len(orders):
        if time.monotonic() - looked > LOOK_SECONDS:
            all_of_it.look()
            looked = time.monotonic()
        for address, worker in list(all_of_it.workers.items()):
            all_of_it.take_in(address, worker)
            if address in all_of_it.workers:
                all_of_it.hand_out(address, worker)
        if any(worker.running for worker in all_of_it.workers.values()):
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > WAIT_SECONDS:
            reasons = "; ".join(f"{who}: {why}" for who, why in all_of_it.put_away.items())
            raise CourseError(
                "the cluster has no worker that can be used, and "
                f"{len(all_of_it.waiting)} submissions wait: {reasons or 'none has come'}"
            )
        time.sleep(0.05)
    return all_of_it.done, all_of_it.failed, all_of_it.put_away


def _reason(future):
    try:
        return repr(future.exception(timeout=5))[:300]
    except Exception as error:  # cancelled, lost
        return f"{future.status} ({type(error).__name__})"


def _known(found, order, passes):
    """Hold the outputs of a trial against what is known of it."""
    from .execute import is_test

    notebook = _with_outputs(json.loads(order)["notebook"], found["outputs"])
    for cell in notebook.cells:
        if is_test(cell):
            error = next((o for o in cell.outputs if o.output_type == "error"), None)
            if passes and error is not None:
                what = f"{error.ename}: {error.evalue}"[:300]
                raise NotAResult(f"the solution fails there: {what}")
            if not passes and (error is None or error.ename != "NotImplementedError"):
                raise NotAResult("tests pass there that nothing was written for")


@contextmanager
def connect(address):
    """A client of the cluster at this address, closed afterwards; a client stays as it is.

    Raises
    ------
    CourseError
        If it does not answer, or the extra is not installed.
    """
    if not isinstance(address, str):
        yield address
        return
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "a cluster needs the extra for it: pip install 'handmark[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"no cluster answers at {address}: {str(error)[:300]}. Expected the address of a Dask "
            "scheduler, as in tcp://127.0.0.1:8786"
        ) from None
    try:
        yield client
    finally:
        client.close()
