"""Run a kernel where it can do no harm: bubblewrap on Linux.

Inside the sandbox a process sees the system's programs, this Python installation and the packages
`handgrad` and `handmark`, all read-only, and one folder of its own that is thrown away. It sees
no network, no other process and no other file: not the course folder, not the gradebook.

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
CPU_SECONDS = 600  # of one process
INSIDE = "/run/nb"  # the student's folder as the sandboxed process sees it
SITE = "/run/site"  # the two packages as the sandboxed process sees them
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


def command(argv, folder, *, mounts=(), files=()):
    """The command line that runs `argv` in the sandbox.

    Parameters
    ----------
    argv : list of str
        The program and its arguments.
    folder : Path
        The process's own folder, seen as `/run/nb`; the process may write there.
    mounts : iterable of Path
        Folders seen, writable, under their own names (sockets).
    files : iterable of Path
        Files seen, read-only, under their own names (the connection file).
    """
    line = [
        "prlimit",
        f"--as={MEMORY}",
        f"--cpu={CPU_SECONDS}",
        f"--fsize={FILE_SIZE}",
        "--core=0",
        "--nofile=512",
        "bwrap",
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
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]
    for path in _python_folders():
        line += ["--ro-bind", path, path]
    for folder_of_package in _package_homes():
        line += ["--ro-bind", str(folder_of_package), f"{SITE}/{folder_of_package.name}"]
    line += ["--bind", str(folder), INSIDE]
    for path in mounts:
        line += ["--bind", str(path), str(path)]
    for path in files:
        line += ["--ro-bind", str(path), str(path)]
    line += ["--remount-ro", "/run", "--remount-ro", "/", "--clearenv"]
    for name, value in environment("/tmp").items():
        line += ["--setenv", name, value]
    return [*line, "--setenv", "PYTHONPATH", SITE, "--chdir", INSIDE, *argv]


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


def _package_homes():
    return [Path(importlib.util.find_spec(name).origin).parent.resolve() for name in PACKAGES]


def package_folders():
    """Folders from which the packages can be imported, for a kernel without a sandbox."""
    return list(dict.fromkeys(home.parent for home in _package_homes()))


PROBE = """
import json, os, socket, sys
def can(action):
    try:
        action()
        return True
    except Exception:
        return False
def visible(path):
    # a folder on the way to this Python is there, but empty apart from that way
    ways = [way[len(path) + 1:] for way in json.loads(sys.argv[2]) if way.startswith(path + "/")]
    if os.path.isdir(path):
        return bool(set(os.listdir(path)) - {way.split("/")[0] for way in ways})
    return os.path.exists(path) and can(lambda: open(path, "rb").read(1))
leaks = ["sees the host's temporary folder"] if visible("/tmp") else []
for path in json.loads(sys.argv[1]):
    if visible(path):
        leaks.append("can read " + path)
    can(lambda: open(os.path.join(os.path.dirname(path), sys.argv[3]), "w"))
for place in ("/", "/usr", "/run", "/run/site", sys.prefix, sys.base_prefix):
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
print(json.dumps(leaks))
"""


def probe(secrets):
    """Try from inside to read `secrets`, to reach the network and to write elsewhere.

    Parameters
    ----------
    secrets : iterable of Path
        Files and folders that exist and that nobody inside may read or write beside.

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
        argv = [
            sys.executable,
            "-I",
            "-c",
            PROBE,
            json.dumps(secrets),
            json.dumps(_python_folders()),
            mark,
        ]
        done = subprocess.run(
            command(argv, Path(folder)), capture_output=True, text=True, timeout=60
        )
    if done.returncode:
        raise NoSandbox(f"the probe failed: {done.stderr.strip()[-500:]}")
    leaks = json.loads(done.stdout)
    leaks += [f"can write beside {path}" for path in secrets if (Path(path).parent / mark).exists()]
    if leaks:
        raise NoSandbox("the sandbox leaks: " + "; ".join(leaks))
