"""Execute a submission in two kernels: the student's cells in one, the tests in the other.

nbgrader runs all cells in one kernel, where the student's code can tamper with the tests. This
preprocessor takes the place of nbgrader's `Execute` (see `handmark.settings`):

cell                               student's kernel   judge's kernel
locked, not graded ("given")       runs               runs
test (graded, not an answer)       answers requests   runs
any other code cell                runs               does not run

A test cell counts as passed only if the judge's kernel reports that it ran to its end. What it
writes to stderr and the value of its last line have no effect on the mark.
"""

import contextlib
import re
import shutil
import tempfile
import time
from pathlib import Path

from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Bool, Integer, Unicode

from . import sandbox
from .kernels import Kernel, KernelDied
from .remote import free_names

MAX_PRINTED = 4000  # characters kept of what a student's function prints while a test calls it
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def is_test(cell):
    """Is this a cell with tests, as opposed to an answer or a written answer?"""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def is_given(cell):
    """Is this a locked cell without points, whose text nbgrader restores?"""
    return cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)


class SeparatedExecute(NbGraderPreprocessor):
    """Execute student and tests apart; notes for a person go to `nb.metadata.handmark`."""

    sandboxed = Bool(True, help="Run both kernels by bubblewrap.").tag(config=True)
    nursery = Unicode("", help="Socket of the process that forks kernels.").tag(config=True)
    executed = Unicode(
        "", help="File with outputs from a cluster, to be put in instead of running anything."
    ).tag(config=True)
    cell_seconds = Integer(60, help="Time for one cell of the student's.").tag(config=True)
    test_seconds = Integer(180, help="Time for one test cell.").tag(config=True)
    call_seconds = Integer(20, help="Time for one call of a student's function.").tag(config=True)
    notebook_seconds = Integer(480, help="Time for all of the student's cells.").tag(config=True)

    def preprocess(self, nb, resources):
        """Execute all code cells of `nb` in place.

        Raises
        ------
        NoSandbox
            If a sandbox is wanted and there is none; nothing has run then.
        """
        student_id = resources.get("nbgrader", {}).get("student", "anonymous")
        if self.executed:
            from . import cluster

            text = Path(self.executed).read_text(encoding="utf-8")
            return cluster.put(nb, student_id, text), resources
        if self.sandboxed and (reason := sandbox.available()):
            raise sandbox.NoSandbox(reason)
        source = Path(resources["metadata"]["path"])
        with tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp") as folder:
            run = _Run(self, Path(folder), source, student_id)
            try:
                run.start()
                for cell in nb.cells:
                    if cell.cell_type == "code":
                        cell.outputs = []
                        run.cell(cell)
            finally:
                run.stop()
        nb.metadata["handmark"] = {
            "notes": run.notes,
            "sandboxed": self.sandboxed,
            "ids": run.ids,
        }
        return nb, resources


class _Run:
    """The two kernels of one submission."""

    def __init__(self, limits, folder, source, student_id):
        self.limits, self.student_id, self.notes = limits, student_id, []
        self.ids = []  # the student ids that numbers were drawn from, in order
        self.socket_folder = folder / "s"
        self.socket_folder.mkdir()
        self.path = str(self.socket_folder / "judge")
        shutil.copytree(
            source, folder / "nb", ignore=shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
        )
        (folder / "judge").mkdir()
        for path in [folder / "nb", *(folder / "nb").rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.folders = folder / "nb", folder / "judge"
        self.student = self.judge = None
        self.deadline = time.monotonic() + limits.notebook_seconds

    def start(self):
        options = {
            "shared": self.socket_folder,
            "sandboxed": self.limits.sandboxed,
            "nursery": self.limits.nursery,
        }
        self.judge = Kernel(self.folders[1], listens=True, **options)
        self.student = Kernel(self.folders[0], **options)
        self.judge.wait()
        self._ask_judge(
            "import sys, warnings; warnings.simplefilter('ignore')\n"
            "get_ipython().InteractiveTB.set_mode('Minimal')\n"  # the student sees the message alone
            "from handmark.remote import Judge\n"
            f"_judge = Judge({self.path!r}, {self.limits.call_seconds}); del Judge\n"
            f"student_id = {self.student_id!r}"
        )
        self.student.wait()

    def stop(self):
        for kernel in (self.student, self.judge):
            if kernel is not None:
                kernel.stop()

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def cell(self, cell):
        if is_test(cell):
            cell.outputs = self.test(cell)
        elif cell.source.strip():
            if is_given(cell):
                with self.connected(["student_id"]) as connection:
                    self.judge.run(cell.source, self.limits.test_seconds)
                if "student_id" in cell.source and connection.used_id not in (None, *self.ids):
                    self.ids.append(connection.used_id)
            cell.outputs = self.students(cell.source)

    def students(self, source):
        """Run a cell in the student's kernel; its outputs."""
        seconds = min(self.limits.cell_seconds, self.deadline - time.monotonic())
        if seconds <= 0:
            self.note("the notebook's cells together took too long; the last ones did not run")
            return [_error("Timeout", "not run: the cells before it took too long")]
        try:
            outputs, status = self.student.run(source, seconds)
        except KernelDied as error:
            self.note(
                "the notebook's kernel ended or hung while it ran; the cells after that did not run"
            )
            return [_error("KernelDied", str(error))]
        if status == "timeout":
            self.note("a cell ran until its time was over")
            outputs.append(_error("Timeout", f"stopped after {seconds:.0f} s"))
        return outputs

    def connected(self, names):
        return _Connection(self, names)

    def test(self, cell):
        """Run a test cell in the judge's kernel; its outputs, an error unless it passed."""
        if self.judge.dead:
            return [_error("NotTested", "the tests could not run: their process has ended")]
        try:
            with self.connected(free_names(cell.source)) as connection:
                outputs, status = self.judge.run(cell.source, self.limits.test_seconds)
                if any(output.get("ename") == "StudentTimeout" for output in outputs):
                    connection.patience = 1
                trace = (
                    self._ask_judge(
                        "print(getattr(getattr(sys, 'last_value', None), 'student_trace', ''))"
                    )
                    if status == "error"
                    else ""
                )
        except KernelDied:
            self.note("the tests' process ended: look at what the student's function returns")
            return [_error("NotTested", "the tests could not run to their end")]
        kept = printed(connection.outputs)
        for output in outputs:
            if (
                output.output_type == "stream" and output.name == "stdout"
            ) or output.output_type == "display_data":
                kept.append(output)
            elif output.output_type == "error":
                kept.append(_error(output.ename, output.evalue, trace))
        if status == "timeout":
            kept = [_error("Timeout", f"the tests were stopped after {self.limits.test_seconds} s")]
        elif status != "ok" and not any(o.output_type == "error" for o in kept):
            kept.append(_error("NotTested", "the tests did not run to their end"))
        return kept

    def _ask_judge(self, code, seconds=60):
        outputs, status = self.judge.run(code, seconds, silent=True)
        if status != "ok":
            raise RuntimeError(
                "the judge's kernel: "
                + " ".join(ANSI.sub("", "\n".join(o.get("traceback", []))) for o in outputs)
            )
        return "".join(o.text for o in outputs if o.output_type == "stream").strip()


class _Connection:
    """While it is open, the student's kernel answers the judge's requests."""

    def __init__(self, run, names):
        self.run, self.names, self.outputs, self.number = run, names, [], None
        self.used_id = None  # the student id that the judge had when it was closed
        self.patience = 30  # seconds for the student's kernel to end what it was asked

    def __enter__(self):
        run = self.run
        try:
            self.number = run.student.send(
                "import handmark.remote as _remote, __main__ as _main\n"
                f"_remote.serve({run.path!r}, vars(_main))",
                silent=True,
            )
        except KernelDied:
            run.note(
                "the notebook's kernel ended or hung while it ran; the cells after that did not run"
            )
        wait = 15 if self.number else 0.05
        # what the judge knows itself (imports, given data) is never taken from the student
        run.judge.run(
            f"_wanted = [n for n in {self.names!r} if n == 'student_id' or n not in globals()]\n"
            "_borrowed = []\n"
            "try:\n"
            f"    _found = _judge.open(_wanted, {wait})\n"
            "except Exception as error:\n"
            "    _found = {}\n"
            "    def _gone(*args, _error=error, **kwargs): raise _error\n"
            "    _found = {n: _gone for n in _wanted if n != 'student_id'}\n"
            "if not isinstance(_found.get('student_id', ''), str): del _found['student_id']\n"
            "_borrowed = [n for n in _found if n != 'student_id']\n"
            "globals().update(_found)",
            60,
            silent=True,
        )
        return self

    def __exit__(self, *exception):
        run = self.run
        with contextlib.suppress(KernelDied):
            outputs, status = run.judge.run(
                "_judge.close()\nfor _n in _borrowed: globals().pop(_n, None)\n"
                "print(student_id[:200])",
                20,
                silent=True,
            )
            if status == "ok":
                self.used_id = "".join(o.text for o in outputs if o.output_type == "stream").strip()
        if self.number and not run.student.dead:
            try:
                self.outputs, _ = run.student.collect(self.number, self.patience)
            except KernelDied:
                run.note(
                    "the notebook's kernel ended or hung while it was tested; the tests "
                    "after that failed"
                )
        return False


def printed(outputs):
    """What a student's functions printed while a test called them, as stdout of the test."""
    return [
        new_output("stream", name="stdout", text=output.text[:MAX_PRINTED])
        for output in outputs
        if output.output_type == "stream"
    ]


def _error(name, message, trace=""):
    """An error output whose text is the message, then the student's own traceback."""
    lines = [f"{name}: {message}"] + (["", "In your code:", ANSI.sub("", trace)] if trace else [])
    return new_output("error", ename=name, evalue=message, traceback=["\n".join(lines)])
