"""Kernels forked from one process: each has a world of its own, and none outlives its build."""

import os
import signal
import sys
import time

import insides
import nbformat
import pytest
import warm_kernels
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm_kernels.POSSIBLE, reason="this system has no fork"),
]


@pytest.fixture(scope="module")
def nursery():
    nursery = warm_kernels.Nursery()
    yield nursery
    nursery.close()


def run(nursery, *cells, folder=None, **options):
    """What each cell printed or showed; with `nursery` None in an ordinary kernel."""
    metadata = {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata=metadata
    )
    if nursery:
        options["kernel_manager_class"] = insides.manager_class(nursery.fork)
    NotebookClient(
        notebook, shutdown_kernel="immediate", resources={"metadata": {"path": folder}}, **options
    ).execute()
    return [[dict(o) for o in cell.outputs] for cell in notebook.cells]


def printed(nursery, code, **options):
    return run(nursery, code, **options)[0][0]["text"].strip()


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_kernel_finds_what_it_imports_and_nothing_else(nursery):
    assert (
        printed(nursery, "print([n for n in globals() if 'handgrad' in n or n in ('np', 'sympy')])")
        == "[]"
    )
    assert (
        printed(nursery, "print('sympy' in __import__('sys').modules, __name__)") == "True __main__"
    )
    spec = "import importlib.util; print(importlib.util.find_spec('warm_kernels'))"
    assert printed(nursery, spec) == "None", "the folder of the extensions is on its path"


def test_kernels_do_not_share_what_they_change(nursery):
    change = (
        "import sympy, numpy, os; sympy.mark = numpy.mark = 1; os.environ['MARK'] = '1'; print(1)"
    )
    look = "import sympy, numpy, os; print(hasattr(sympy, 'mark'), hasattr(numpy, 'mark'), 'MARK' in os.environ)"
    assert printed(nursery, change) == "1"
    assert printed(nursery, look) == "False False False"


def test_folder_and_environment_are_those_asked_for(nursery, tmp_path, monkeypatch):
    monkeypatch.setenv("HANDGRAD_TRIED", "later than the nursery")
    code = "import os; print(os.getcwd(), os.environ['HANDGRAD_TRIED'])"
    assert printed(nursery, code, folder=str(tmp_path)) == f"{tmp_path} later than the nursery"


def test_outputs_are_those_of_an_ordinary_kernel(nursery):
    cells = (
        "import numpy as np, sympy as sp\nnp.random.default_rng(1).normal(size=3)",
        "x = sp.Symbol('x')\nsp.diff(sp.exp(-x**2), x)",
        "from handgrad.explore import picture\n"
        "picture(lambda ax: ax.set(title='$w^2$', xlabel='z'), alt='an empty frame')",
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\n1 + 1",
    )
    assert run(nursery, *cells) == run(None, *cells)


def test_a_kernel_that_dies_is_noticed(nursery):
    with pytest.raises(DeadKernelError):
        run(nursery, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert printed(nursery, "print('the next one lives')") == "the next one lives"


def test_a_cell_that_takes_too_long_is_ended(nursery, tmp_path):
    with pytest.raises(CellTimeoutError):
        run(
            nursery,
            f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\nwhile True: pass",
            timeout=2,
        )
    assert gone(int((tmp_path / "pid").read_text()))


def test_programs_that_a_chapter_starts_give_their_exit_code(nursery):
    code = "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'exit(3)']).returncode)"
    assert printed(nursery, code) == "3"


def test_kernels_end_with_the_process_that_forks_them(tmp_path):
    own = warm_kernels.Nursery()
    order = [sys.executable, "-m", "ipykernel_launcher", "-f", str(tmp_path / "c.json")]
    kernel = own.fork(order[2:], tmp_path, dict(os.environ))
    assert kernel.poll() is None
    own.process.send_signal(signal.SIGKILL)
    assert gone(kernel.pid) and kernel.poll() == 0
    with pytest.raises(RuntimeError, match="forks kernels has ended"):
        own.fork(order[2:], tmp_path, {})


def test_a_module_that_cannot_be_imported_fails_in_the_chapter_only(tmp_path, monkeypatch):
    (tmp_path / "handgrad").mkdir()
    (tmp_path / "handgrad/__init__.py").write_text("1 / 0")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    own = warm_kernels.Nursery()
    code = "try:\n    import handgrad\nexcept ZeroDivisionError as error:\n    print(error)"
    assert printed(own, code) == "division by zero"
    own.close()
