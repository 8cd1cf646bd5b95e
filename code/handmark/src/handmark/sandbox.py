"""Run a kernel where it can do no harm: bubblewrap on Linux.

Inside the sandbox a process sees the system's programs, this Python installation and the packages
`handgrad` and `handmark`, all read-only and where they are outside, and one folder of its own, of limited
size, that is thrown away. It sees no network, no other process and no other file: not the course folder,
not the gradebook.

Whether that holds is tried before each grading (`probe`), not assumed.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY = 4_000_000_000  # bytes of address space of one process
FILE_SIZE = 50_000_000  # bytes of one file
ROOM = 200_000_000  # bytes that all files of a folder may have together
CPU_SECONDS = 600  # of one process
INSIDE = (
    "/run/nb"  # the student's folder as the sandboxed process sees it: a copy that is thrown away
)
GIVEN = "/run/given"  # what it is a copy of
PACKAGES = ("handgrad", "handmark")


class NoSandbox(RuntimeError):
    """The system offers no sandbox, or the sandbox leaks."""


def available():
    """Say why there is no sandbox here, or None if there is one."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap exists on Linux only"
    for program in ("bwrap", "prlimit"):
        if shutil.which(program) is None:
            package = {"bwrap": "bubblewrap", "prlimit": "util-linux"}[program]
            return f"the program {program} is not installed (package {package})"
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        done = subprocess.run(command(["true"], Path(folder)), capture_output=True, text=True)
    if done.returncode:
        return f"bubblewrap does not start here: {done.stderr.strip()[:300]}"
    return None


def limits():
    """What one process may use, by the names of `prlimit`."""
    return {"as": MEMORY, "cpu": CPU_SECONDS, "fsize": FILE_SIZE, "core": 0, "nofile": 512}


def command(argv, folder, *, mounts=(), seen=(), info=None):
    """The command line that runs `argv` in the sandbox.

    Parameters
    ----------
    argv : list of str
        The program and its arguments.
    folder : Path
        A copy of it is the process's own folder, `/run/nb`. The process may write there and in `/tmp`,
        `ROOM` bytes in each, which are gone with it.
    mounts : iterable of Path
        Folders seen, writable, under their own names (sockets).
    seen : iterable of Path
        Files and folders seen, read-only, under their own names. A socket among them can be connected
        to, but not renamed.
    info : int or None
        Descriptor to which bubblewrap writes the number of its process inside, as JSON.
    """
    line = [
        "prlimit",
        *(f"--{name}={value}" for name, value in limits().items()),
        "bwrap",
        *([] if info is None else ["--info-fd", str(info)]),
        "--unshare-all",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--ro-bind",
        "/usr",
        "/usr",
    ]
    for path in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(path):
            line += ["--symlink", os.readlink(path), path]
        else:
            line += ["--ro-bind-try", path, path]
    for path in ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"):
        line += ["--ro-bind-try", path, path]
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run"]
    for place in ("/dev/shm", "/tmp", INSIDE):
        line += ["--size", str(ROOM), "--tmpfs", place]
    for path in _seen():
        line += ["--ro-bind", path, path]
    line += ["--ro-bind", str(folder), GIVEN]
    for path in mounts:
        line += ["--bind", str(path), str(path)]
    for path in seen:
        line += ["--ro-bind", str(path), str(path)]
    line += ["--remount-ro", "/dev", "--remount-ro", "/run", "--remount-ro", "/", "--clearenv"]
    for name, value in environment("/tmp").items():
        line += ["--setenv", name, value]
    line += ["--setenv", "PYTHONPATH", python_path(), "--chdir", INSIDE]
    return [*line, "sh", "-c", f'cp -R {GIVEN}/. . && exec "$@"', "sh", *argv]


def environment(home):
    """The few environment variables that a kernel gets, in the sandbox or without."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": home,
        "IPYTHONDIR": f"{home}/ipython",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _python_folders():
    """Folders of this Python that lie outside /usr: those of the environment and of its base."""
    folders = dict.fromkeys(
        str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix)
    )
    return [folder for folder in folders if not f"{folder}/".startswith("/usr/")]


def package_of(name):
    """Folder of an installed package."""
    return Path(importlib.util.find_spec(name).origin).parent.resolve()


def _package_homes():
    return [package_of(name) for name in PACKAGES]


def _seen():
    """Folders outside /usr that a process inside sees: those of Python and of the two packages."""
    folders = _python_folders()
    homes = [str(home) for home in _package_homes()]
    return folders + [
        home
        for home in homes
        if not any(home.startswith(f"{path}/") for path in [*folders, "/usr"])
    ]


def python_path():
    """Value of PYTHONPATH with which the packages are found, in the sandbox or without."""
    return ":".join(dict.fromkeys(str(home.parent) for home in _package_homes()))


PROBE = """
import json, os, resource, socket, sys
def can(action):
    try:
        action()
        return True
    except Exception:
        return False
def visible(path):
    # a folder on the way to this Python or a package is there, but empty apart from that way
    ways = [way[len(path) + 1:] for way in json.loads(sys.argv[2]) if way.startswith(path + "/")]
    if os.path.isdir(path):
        return bool(set(os.listdir(path)) - {way.split("/")[0] for way in ways})
    return os.path.exists(path) and can(lambda: open(path, "rb").read(1))
leaks = ["sees the host's temporary folder"] if visible("/tmp") else []
for path in json.loads(sys.argv[1]):
    if visible(path):
        leaks.append("can read " + path)
    can(lambda: open(os.path.join(os.path.dirname(path), sys.argv[3]), "w"))
for place in ("/", "/usr", "/run", "/dev", "/run/given", *json.loads(sys.argv[2])):
    if can(lambda: open(os.path.join(place, sys.argv[3]), "w")):
        leaks.append("can write to " + place)
others = [p for p in os.listdir("/proc") if p.isdigit()]
if len(others) > 4:
    leaks.append("sees the host's processes")
if [n for _, n in socket.if_nameindex() if n != "lo"]:
    leaks.append("sees a network interface")
if can(lambda: socket.create_connection(("1.1.1.1", 53), timeout=1)):
    leaks.append("reaches the network")
if not can(lambda: open("own-folder", "w").write("x")):
    leaks.append("cannot write in its own folder")
rights = dict(line.split(":", 1) for line in open("/proc/self/status"))
if any(int(rights[kind], 16) for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb")):
    leaks.append("has rights of the system's administrator")
if rights["NoNewPrivs"].strip() != "1":
    leaks.append("can get further rights")
wide = [name for name, most in json.loads(sys.argv[4]).items()
        if resource.getrlimit(getattr(resource, "RLIMIT_" + name.upper()))[1] != most]
if wide:
    leaks.append("has no limit of " + ", ".join(wide))
if [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 2 and os.path.exists("/proc/self/fd/" + fd)
        and os.readlink("/proc/self/fd/" + fd)[0] != "/"]:
    leaks.append("holds something open that is not its own")
print(json.dumps(leaks))
"""


def probe(secrets, run=None):
    """Try from inside to read `secrets`, to reach the network and to write elsewhere.

    Parameters
    ----------
    secrets : iterable of Path
        Files and folders that exist and that nobody inside may read or write beside.
    run : function of (program, arguments, folder) or None
        Runs a program of Python inside with this folder as its own, and returns what it printed.
        None: a new Python in the sandbox does.

    Raises
    ------
    NoSandbox
        If anything of that works; the message lists what.
    """
    reason = available()
    if reason:
        raise NoSandbox(reason)
    secrets = [str(Path(path).resolve()) for path in secrets]
    missing = [path for path in secrets if not os.path.exists(path)]
    if missing:
        raise ValueError(f"the probe needs files that exist, not {missing}")
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        mark = f"probe-{Path(folder).name}"  # a file name that only this probe can have written
        arguments = [*map(json.dumps, (secrets, _seen())), mark, json.dumps(limits())]
        said = (run or _run_anew)(PROBE, arguments, Path(folder))
    leaks = json.loads(said)
    leaks += [f"can write beside {path}" for path in secrets if (Path(path).parent / mark).exists()]
    if leaks:
        raise NoSandbox("the sandbox leaks: " + "; ".join(leaks))


def _run_anew(program, arguments, folder):
    argv = [sys.executable, "-I", "-c", program, *arguments]
    done = subprocess.run(command(argv, folder), capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise NoSandbox(f"the probe failed: {done.stderr.strip()[-500:]}")
    return done.stdout
