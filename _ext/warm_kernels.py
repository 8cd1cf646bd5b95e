"""Kernels that start warm: forked from one process that has imported what the chapters import.

A kernel of its own for each chapter costs a second and a half of imports, the same ones every
time. Here one process imports them once and forks when a kernel is asked for. Each chapter still
runs in a process of its own, and finds in it only what it imports itself.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from threading import Lock

COMMON = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "handgrad.check",
    "handgrad.datasets",
    "handgrad.draw",
    "handgrad.explore",
    "handgrad.symbolic",
    "handgrad.training",
    "matplotlib.backends.backend_svg",
    "numpy.random",
    "sympy.physics.units",  # sympy's printers import it
)
# macOS has fork, but its libraries for matrices and drawing may not be used after one
POSSIBLE = hasattr(os, "fork") and sys.platform != "darwin"


class Forked:
    """A forked kernel, with what jupyter_client asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """None while the process runs, then 0: how it ended, only the process that forked it knows."""
        return None if self.send_signal(0) else 0

    def wait(self):
        return 0

    def send_signal(self, number):
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that forks kernels. It ends with the process that started it."""

    def __init__(self):
        self.lock = Lock()
        self.process = subprocess.Popen(
            [sys.executable, __file__], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def fork(self, argv, folder, environment):
        """Start a kernel with these arguments in `folder`.

        Raises
        ------
        RuntimeError
            If the process is gone.
        """
        order = {"argv": argv, "folder": str(folder), "environment": environment}
        with self.lock:
            with suppress(BrokenPipeError):
                print(json.dumps(order), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(
                f"the process that forks kernels has ended with {self.process.wait()}"
            )
        return Forked(int(answer))

    def close(self):
        self.process.communicate()


def become_kernel(order, parent):
    """Turn this process, just forked, into a kernel."""
    from ipykernel import kernelapp

    os.setsid()  # signals go to the kernel and to what it starts
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"], JPY_PARENT_PID=parent)
    sys.argv = order["argv"]
    kernelapp.launch_new_instance()


def main():
    del sys.path[0]  # the folder of this file
    parent = os.environ["JPY_PARENT_PID"] = str(os.getpid())  # kernels end when this process does
    for name in COMMON:
        with suppress(Exception):  # the chapter that imports it shows what is wrong
            import_module(name)
    gc.freeze()  # what is imported stays: no kernel need look through it for rubbish
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that ended leave no trace
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become_kernel(json.loads(line), parent)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
