"""What the tests of grading need: the extra for it, one thread, and a sandbox."""

import importlib.util
import os
from pathlib import Path

import pytest
from handmark import sandbox

if importlib.util.find_spec("nbgrader") is None:
    raise RuntimeError(
        "the tests of grading need its extra: pip install 'handmark[grading]', "
        "or -r requirements-grading.txt in the book's folder"
    )

NO_SANDBOX = sandbox.available()


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: runs kernels or nbgrader")
    config.addinivalue_line("markers", "long: minutes by itself; asked for with `-m long`")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@pytest.fixture(scope="session")
def sandboxed():
    """Student code in tests runs in the sandbox or not at all; in CI it must run."""
    if NO_SANDBOX and os.environ.get("CI"):
        pytest.fail(f"no sandbox, so nothing that students send can be tested: {NO_SANDBOX}")
    if NO_SANDBOX:
        pytest.skip(f"NO SANDBOX, the exercises are not tested: {NO_SANDBOX}")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The source folder of the tiny assignment."""
    return Path(__file__).parent / "course" / "tiny"
