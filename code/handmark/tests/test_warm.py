"""Kernels forked into the sandbox: each is as shut in as one started anew, and shares nothing."""

import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from grading_helpers import RIGHT, filled, make_course, put
from handmark import grading, kernels, sandbox, warm
from handmark.course import CourseError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nursery(sandboxed):
    with warm.nursery(["numpy", "no_such_module"]) as path:
        yield path


def kernel_in(folder, nursery):
    """A kernel and what a cell prints in it."""
    own, shared = folder / "own", folder / "shared"
    own.mkdir(parents=True)
    shared.mkdir()
    kernel = kernels.Kernel(own, shared, sandboxed=True, nursery=nursery)
    kernel.wait()

    def printed(code):
        outputs, status = kernel.run(code, 20)
        assert status == "ok", outputs
        return "".join(output.get("text", "") for output in outputs)

    return kernel, printed


LOOK = """
import json, os, resource, socket, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "user": os.getuid(), "folder": os.getcwd(), "root": sorted(os.listdir("/")),
    "run": sorted(os.listdir("/run")), "tmp": [n for n in os.listdir("/tmp") if not n.startswith("hg-")],
    "network": [n for _, n in socket.if_nameindex()], "rights": status["CapEff"].strip(),
    "bounds": status["CapBnd"].strip(), "new": status["NoNewPrivs"].strip(),
    "limits": [resource.getrlimit(k) for k in (resource.RLIMIT_AS, resource.RLIMIT_CPU,
               resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)],
    "environment": {n: v for n, v in os.environ.items() if n not in ("PWD", "JPY_SESSION_NAME")},
    "path": sys.path, "host": socket.gethostname(),
    "names": sorted(n for n in globals() if not n.startswith("_")),
}))
"""


def test_a_forked_kernel_is_shut_in_as_a_new_one(tmp_path, nursery):
    forked, in_forked = kernel_in(tmp_path / "a", nursery)
    new, in_new = kernel_in(tmp_path / "b", "")
    try:
        assert forked.holder and not new.holder
        assert json.loads(in_forked(LOOK)) == json.loads(in_new(LOOK))
    finally:
        forked.stop()
        new.stop()


def test_forked_kernels_share_neither_what_they_change_nor_what_they_draw(tmp_path, nursery):
    one, in_one = kernel_in(tmp_path / "a", nursery)
    two, in_two = kernel_in(tmp_path / "b", nursery)
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    try:
        assert in_one(draw) != in_two(draw)
        in_one("numpy.mark = 1; open('/tmp/mark', 'w').close()")
        look = "import os; print(hasattr(numpy, 'mark'), os.path.exists('/tmp/mark'))"
        assert in_two(look) == "False False\n" and in_one(look) == "True True\n"
        others = "import os; print(sum(name.isdigit() for name in os.listdir('/proc')))"
        assert int(in_two(others)) <= 3
    finally:
        one.stop()
        two.stop()


def test_nothing_of_a_kernel_outlives_its_stop(tmp_path, nursery):
    kernel, printed = kernel_in(tmp_path, nursery)
    printed("import os, subprocess, time; subprocess.Popen(['sleep', '4321.5'])")
    kernel.stop()
    time.sleep(0.5)
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 4321.5" not in commands and not kernel.private.exists()


def test_a_forked_kernel_that_ends_itself_is_noticed(tmp_path, nursery):
    kernel, _ = kernel_in(tmp_path, nursery)
    with pytest.raises(kernels.KernelDied):
        kernel.run("import os; os._exit(3)", 20)
    assert kernel.dead


def test_an_endless_cell_is_interrupted(tmp_path, nursery):
    kernel, printed = kernel_in(tmp_path, nursery)
    assert kernel.run("while True: pass", 1)[1] == "timeout"
    assert printed("print('goes on')") == "goes on\n"
    kernel.stop()


def test_a_piece_of_output_that_is_too_large_is_not_even_received(tmp_path, nursery):
    kernel, printed = kernel_in(tmp_path, nursery)
    show = "from IPython.display import HTML, display\ndisplay(HTML('x' * 25_000_000))"
    outputs, status = kernel.run(show, 20)
    assert status == "ok" and [o.text for o in outputs] == [kernels.LEFT_OUT]
    assert printed("print('heard again')") == "heard again\n"
    kernel.stop()


def test_where_the_nursery_is_gone_a_new_kernel_is_started_in_the_sandbox(tmp_path, sandboxed):
    kernel, printed = kernel_in(tmp_path, str(tmp_path / "no-nursery"))
    assert kernel.holder is None and printed("import os; print(os.getcwd())") == "/run/nb\n"
    kernel.stop()


def test_the_nursery_ends_with_its_starter(tmp_path, sandboxed):
    code = "from handmark import warm\nwith warm.nursery() as path:\n    print(path, flush=True)\n    input()"
    starter = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    path = starter.stdout.readline().strip()
    starter.kill()
    starter.communicate()
    for _ in range(100):
        commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        if path not in commands:
            break
        time.sleep(0.1)
    assert path not in commands


@pytest.mark.parametrize(
    "leak, message",
    [
        ("_enter", "rights|can get further|no limit"),
        ("fds", "holds something open"),
    ],
)
def test_the_probe_notices_a_fork_that_is_not_shut_in(
    tmp_path, sandboxed, monkeypatch, leak, message
):
    """Each step of entering the sandbox is left out in turn, in a nursery of its own."""
    home = tmp_path / "changed" / "handmark"
    home.parent.mkdir()
    shutil.copytree(Path(warm.__file__).parent, home)
    text = (home / "warm.py").read_text("utf-8")
    gone = {
        "_enter": "    last = int(",
        "fds": "    os.closerange(3, ",
    }[leak]
    assert text.count(gone) == 1
    put_in = {"_enter": "    return\n" + gone, "fds": "    (lambda *_: None)(3, "}[leak]
    (home / "warm.py").write_text(text.replace(gone, put_in), "utf-8")
    monkeypatch.setattr(
        sandbox,
        "python_path",
        lambda: f"{home.parent}:{Path(sandbox.package_of('handgrad')).parent}",
    )
    secret = tmp_path / "secret"
    secret.write_text("x")
    with warm.nursery() as path, pytest.raises(sandbox.NoSandbox, match=message):
        sandbox.probe([secret], partial(warm.run, path))


def test_modules_of_a_cell():
    source = (
        "import numpy as np, os\nfrom handgrad.tasks import expect, numbers as n\nx = 'import y'\n"
    )
    assert warm.imported(source + "    from . import z\nimport (") == [
        "numpy", "os", "handgrad.tasks", "handgrad.tasks.expect", "handgrad.tasks.numbers",
    ]  # fmt: skip


def test_marks_are_those_of_kernels_started_anew(tmp_path, tiny, sandboxed, monkeypatch):
    course = make_course(tmp_path, tiny)
    put(course, "anna", filled(course, RIGHT, student_id="anna"))
    put(course, "ben", filled(course, {**RIGHT, "twice": "def twice(x):\n    return x"}))
    forked = grading.grade(course, "tiny")

    def none(modules=()):
        raise warm.NoNursery("left out")

    monkeypatch.setattr(warm, "nursery", none)
    assert grading.grade(course, "tiny") == forked
    assert [task["score"] for task in forked["anna"].tasks] == [3, 2, None]
    assert forked["ben"].tasks[0]["score"] == 0


def test_a_gradebook_that_cannot_be_opened_is_said(tmp_path, tiny, sandboxed):
    course = make_course(tmp_path, tiny)
    put(course, "anna", filled(course, RIGHT))
    course.gradebook.write_bytes(b"not a database" * 100)
    with pytest.raises(CourseError, match="the gradebook cannot be used"):
        grading.grade(course, "tiny")
    assert not os.path.exists(course.folder("results", "tiny", "anna.json"))
