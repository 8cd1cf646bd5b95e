"""Kernels that start warm: forked from one process that has imported what they import, into a sandbox.

A kernel of its own costs half a second of imports, the same ones each time. Here one process, the
nursery, imports them once; it is started with an empty environment, sees no submission and holds no
secret. For each kernel bubblewrap makes a sandbox as it always does, with a program in it that only
waits; a fork of the nursery enters the sandbox (its user, files, processes, network), gives up all
rights, takes the limits of memory, time and file size, and becomes the kernel. When the kernel ends, so
does the sandbox, and the other way round. Nothing of the student's has run in the nursery itself, so
that no fork can leave anything for the next one.

Linux only. Where a fork cannot enter a sandbox, kernels are started cold (`kernels.Kernel`).

Legend
------
nursery     the process that forks
usher       a fork of it outside the sandbox: waits for the kernel, then ends the sandbox
"""

import ctypes
import gc
import json
import os
import random
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path

from . import sandbox

#: What every kernel imports; what the assignment's own cells import comes on top.
COMMON = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "asttokens.asttokens",
    "executing",
    "pygments.formatters.terminal256",
    "pygments.lexers.python",
    "stack_data",
    "numpy.random",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "handmark.remote",
)
START_SECONDS = 60  # time the nursery may take to import
NS_GET_USERNS = 0xB701  # ioctl: the user namespace that owns a namespace (linux/nsfs.h)
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38  # linux/prctl.h
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h


class NoNursery(RuntimeError):
    """No kernel can be forked into a sandbox here; the message says why."""


# -- the side of those who want a kernel ----------------------------------------------------------


@contextmanager
def nursery(modules=()):
    """Start a nursery; gives the path of its socket. It ends with the `with` block or with its starter.

    Parameters
    ----------
    modules : iterable of str
        To import besides `COMMON`. What cannot be imported fails in the kernel that imports it.

    Raises
    ------
    NoNursery
        If there is none on this system, or it does not start.
    """
    if not sys.platform.startswith("linux"):
        raise NoNursery("kernels can be forked into a sandbox on Linux only")
    with tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp") as folder:
        path = str(Path(folder, "nursery"))
        home = Path(folder, "home")
        home.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "handmark.warm", path, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**sandbox.environment(str(home)), "PYTHONPATH": sandbox.python_path()},
        )
        try:
            ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
            if not ready or process.stdout.read(1) != b".":
                raise NoNursery("the process that forks kernels did not start")
            yield path
        finally:
            process.stdin.close()  # it ends then, and so do its ushers when their kernels have
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def imported(source):
    """Modules that lines of this code import, by `import x` and `from x import y`."""
    found = []
    for line in source.splitlines():
        kind, _, rest = line.strip().partition(" ")
        module, _, names = rest.partition(" import ")
        first = [part.split()[0] for part in (names if names else rest).split(",") if part.split()]
        if kind == "import":
            found += first
        elif kind == "from" and names:
            found += [module.strip(), *(f"{module.strip()}.{name}" for name in first)]
    return [n for n in dict.fromkeys(found) if all(part.isidentifier() for part in n.split("."))]


class Holder:
    """A sandbox in which a program waits for a kernel to be forked into it.

    Parameters
    ----------
    path : str
        Socket of the nursery.
    order : dict
        `argv` and `environment` of a kernel, or `code`, a program whose output comes through `usher`.
    folder, mounts, seen
        As in `sandbox.command`.

    Raises
    ------
    NoNursery
        If the sandbox or the nursery does not answer.
    """

    def __init__(self, path, order, folder, *, mounts=(), seen=()):
        info, info_end = os.pipe()
        self.usher = socket.socket(socket.AF_UNIX)
        self.process = subprocess.Popen(
            sandbox.command(["cat"], folder, mounts=mounts, seen=seen, info=info_end),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[info_end],
            start_new_session=True,
        )
        os.close(info_end)
        try:
            os.write(self.process.stdin.fileno(), b".")
            ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
            if not ready or os.read(self.process.stdout.fileno(), 1) != b".":
                raise NoNursery("the sandbox does not start")  # else it echoes as soon as it stands
            order = {**order, "sandbox": json.loads(os.read(info, 10_000))["child-pid"]}
            self.usher.settimeout(START_SECONDS)
            self.usher.connect(path)
            self.usher.sendall(json.dumps(order).encode() + b"\n")
            if self.usher.recv(1) != b".":
                why = self.usher.recv(1000).decode()
                raise NoNursery(why or "the process that forks kernels has ended")
        except (OSError, ValueError) as error:
            self.stop()
            raise NoNursery(f"{type(error).__name__}: {error}") from None
        except NoNursery:
            self.stop()
            raise
        finally:
            os.close(info)

    def stop(self):
        """End the sandbox and all in it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self.usher.settimeout(5)
        with suppress(OSError):
            self.usher.recv(1)  # hangs up once the kernel is gone
        self.usher.close()


def run(path, program, arguments, folder):
    """Run a program of Python in a fork in a sandbox; what it printed (`sandbox.probe`)."""
    order = {
        "code": program,
        "argv": ["probe", *arguments],
        "environment": sandbox.environment("/tmp"),
    }
    holder = Holder(path, order, folder)
    try:
        return holder.usher.makefile(encoding="utf-8").read()  # until all who hold it have ended
    finally:
        holder.stop()


# -- the nursery's side ---------------------------------------------------------------------------


def serve(path, modules):
    """Fork for each order until standard input is closed."""
    if any(name.split(".")[0] == "matplotlib" for name in modules):
        modules = [*modules, "matplotlib_inline.backend_inline"]
    before = dict(os.environ)
    for name in (*COMMON, *modules):
        with suppress(Exception):  # the kernel that imports it shows what is wrong
            import_module(name)
    gc.collect()
    gc.freeze()  # what is imported stays: no kernel need look through it for rubbish
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        sys.stdout.write(".")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([listener, 0], [], [])
            if 0 in ready:  # whoever started this process has ended
                return
            connection, _ = listener.accept()
            with suppress(ChildProcessError):  # ushers that ended
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if os.fork() == 0:
                try:
                    _usher(connection, dict(os.environ.items() - before.items()))
                finally:
                    os._exit(0)
            connection.close()


def _usher(connection, variables):
    """Fork a kernel into the sandbox, wait for its end and end the sandbox.

    `variables` of the environment were set by what was imported; a new kernel would have them too.
    """
    os.setsid()
    try:
        order = json.loads(connection.makefile("rb").readline())
        order["set"] = variables
        order["places"] = [path for path in sys.path if os.path.exists(path)]
        holder = os.pidfd_open(order["sandbox"])  # the number may later be another process's
        _enter(order["sandbox"])
        connection.sendall(b".")  # now: what a program prints comes after it
        kernel = os.fork()
    except Exception as error:
        connection.sendall(f"!{type(error).__name__}: {error}".encode()[:900])
        return
    if kernel == 0:
        try:
            _become(order, connection.fileno())
        finally:
            os._exit(1)
    os.waitpid(kernel, 0)
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(holder, signal.SIGKILL)


def _enter(pid):
    """Take this process, and what it forks, into the sandbox of the process `pid`, without rights.

    bubblewrap makes two user namespaces: one that owns the files, network and so on, and in it one
    without rights over these, in which programs run. Both are entered, in this order.

    Raises
    ------
    OSError
        If the system does not let it.
    """
    import fcntl

    libc = ctypes.CDLL(None, use_errno=True)

    def must(result):
        if result:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    names = ("ipc", "uts", "net", "cgroup", "pid", "mnt")
    spaces = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in names]
    user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
    owner = fcntl.ioctl(spaces[-1], NS_GET_USERNS)
    for limit, value in sandbox.limits().items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit.upper()}"), (value, value))
    must(libc.setns(owner, 0))
    for space in spaces:
        must(libc.setns(space, 0))
    if not os.path.sameopenfile(owner, user):
        must(libc.setns(user, 0))
    for fd in (*spaces, user, owner):
        os.close(fd)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text("ascii"))
    for capability in range(last + 1):
        must(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    must(libc.capset(header, (ctypes.c_uint32 * 6)()))
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _become(order, out):
    """Turn this process, just forked into the sandbox, into what was ordered.

    What a program prints goes to the descriptor `out`; what a kernel prints does not.
    """
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(out if fd == 1 and "code" in order else nothing, fd)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.chdir(sandbox.INSIDE)
    sys.path[:] = [path for path in sys.path if path not in order["places"] or os.path.exists(path)]
    os.environ.clear()
    os.environ.update(order["environment"] | order["set"])
    sys.argv = order["argv"]
    # forks share what was drawn when numpy was imported; Python's own generator is seeded at a fork
    for name in ("numpy.random", "sympy.core.random"):
        if name in sys.modules:
            sys.modules[name].seed()
    random.seed()
    if "code" in order:
        with open(1, "w", encoding="utf-8", closefd=False) as file, redirect_stdout(file):
            exec(order["code"], {"__name__": "__main__"})
        return
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    del sys.path[0]  # the folder that this was started in
    serve(sys.argv[1], sys.argv[2:])
