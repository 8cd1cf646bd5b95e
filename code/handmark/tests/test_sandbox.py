"""The sandbox hides what must be hidden, and the probe notices when it does not."""

import os
import socket
import subprocess
import sys

import pytest
from grading_helpers import make_course
from handmark import grading, sandbox
from handmark.course import CourseError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory, sandboxed, tiny):
    """A released course."""
    return make_course(tmp_path_factory.mktemp("course"), tiny)


def inside(code, folder, **options):
    """Run Python code in the sandbox."""
    return subprocess.run(
        sandbox.command([sys.executable, "-I", "-c", code], folder, **options),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_probe_passes_on_a_course(course):
    grading.try_sandbox(course, "tiny")


@pytest.mark.parametrize(
    "secret",
    [
        "_grading/gradebook.db",
        "_grading/source/tiny/tiny.ipynb",
        "exercises/tiny/tiny.md",
        "exercises/nbgrader_config.py",
    ],
)
def test_a_file_of_the_course_cannot_be_read(course, tmp_path, secret):
    path = course.root / secret
    assert path.exists()
    folder = tmp_path / "own"
    folder.mkdir()
    done = inside(f"open({str(path)!r}).read()", folder)
    assert "FileNotFoundError" in done.stderr


def test_a_file_in_the_own_folder_can_be_written(sandboxed, tmp_path):
    (tmp_path / "given").write_text("z")
    done = inside(
        "open('x', 'w').write('y'); print(open('x').read(), open('given').read())", tmp_path
    )
    assert done.stdout == "y z\n" and not (tmp_path / "x").exists()


@pytest.mark.parametrize("place", [".", "/tmp", "/dev/shm"])
def test_a_folder_has_room_for_so_much(sandboxed, tmp_path, place):
    done = inside(
        f"for k in range(10): open(f'{place}/{{k}}', 'w').write('x' * {sandbox.ROOM // 5})",
        tmp_path,
    )
    assert "No space left" in done.stderr


def test_a_socket_that_is_seen_can_be_connected_to_and_not_renamed(sandboxed, tmp_path):
    own, seen = tmp_path / "own", tmp_path / "seen"
    own.mkdir()
    seen.mkdir()
    path = str(seen / "judge")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        done = inside(
            f"import os, socket; socket.socket(socket.AF_UNIX).connect({path!r}); print('heard');"
            f"os.rename({path!r}, {path + 'x'!r})",
            own,
            seen=[seen],
        )
    assert done.stdout == "heard\n" and "Read-only file system" in done.stderr


def test_there_is_no_network(sandboxed, tmp_path):
    done = inside(
        "import socket; print([n for _, n in socket.if_nameindex()]);"
        "socket.create_connection(('1.1.1.1', 53), 1)",
        tmp_path,
    )
    assert "['lo']" in done.stdout and "unreachable" in done.stderr


@pytest.mark.parametrize(
    "leak, message",
    [
        (lambda course: ["--ro-bind", str(course.root), str(course.root)], "can read"),
        (lambda course: ["--bind", str(course.work), str(course.work)], "can write beside"),
        (lambda course: ["--share-net"], "network"),
        (lambda course: ["--ro-bind", "/tmp", "/tmp"], "temporary folder"),
    ],
)
def test_the_probe_notices_a_leak(course, monkeypatch, leak, message):
    """The probe is tried on sandboxes with a hole each: an older one leaked and looked right."""
    right = sandbox.command

    def leaking(argv, folder, **options):
        line = right(argv, folder, **options)
        place = line.index("--remount-ro")
        return line[:place] + leak(course) + line[place:]

    monkeypatch.setattr(sandbox, "command", leaking)
    with pytest.raises(CourseError, match=message):
        grading.try_sandbox(course, "tiny")


def test_without_a_sandbox_nothing_runs_and_the_message_says_so(course, monkeypatch):
    course.folder("inbox", "tiny", "anna").mkdir(parents=True)
    monkeypatch.setattr(sandbox.shutil, "which", lambda program: None)
    with pytest.raises(CourseError, match="no sandbox: the program bwrap is not installed"):
        grading.grade(course, "tiny")
    assert not grading.results_of(course, "tiny")


def test_a_missing_sandbox_fails_in_ci():
    """In CI a missing sandbox must not turn into skipped tests."""
    if os.environ.get("CI"):
        assert sandbox.available() is None
