"""A course of its own in a temporary folder, released once, for the tests of the exercises."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from handgrade import release, sandbox
from handgrade.course import Course

if importlib.util.find_spec("nbgrader") is None:
    raise RuntimeError("the tests of the exercises need the extra for grading: "
                       "pip install -r requirements-grading.txt")

REPOSITORY = Path(__file__).resolve().parents[2]
NO_SANDBOX = sandbox.available()


@pytest.fixture(scope="session")
def sandboxed():
    """Student code in tests runs in the sandbox or not at all; in CI it must run."""
    if NO_SANDBOX and os.environ.get("CI"):
        pytest.fail(f"no sandbox, so nothing that students send can be tested: {NO_SANDBOX}")
    if NO_SANDBOX:
        pytest.skip(f"NO SANDBOX, the exercises are not tested: {NO_SANDBOX}")


def make_course(folder, *sources):
    """A course in `folder` with the repository's settings and the sources given; short limits."""
    exercises = folder / "exercises"
    exercises.mkdir(parents=True)
    config = (REPOSITORY / "exercises" / "nbgrader_config.py").read_text()
    limits = ("\nc.SeparatedExecute.cell_seconds = 6\nc.SeparatedExecute.call_seconds = 4\n"
              "c.SeparatedExecute.test_seconds = 60\n")
    (exercises / "nbgrader_config.py").write_text(config + limits)
    for source in sources:
        shutil.copytree(source, exercises / source.name)
    course = Course(folder)
    for source in sources:
        release.release(course, source.name, execute=False)
    return course


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The source folder of the tiny assignment."""
    return Path(__file__).parent / "course" / "tiny"
