"""A PostgreSQL server of the tests' own: in a folder that goes away, over a socket in that folder.

Its programs come with Debian's package postgresql, which puts them where no path leads. The server
does not run as root, so that where the tests do, another user's rights are taken.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

HOMES = Path("/usr/lib/postgresql")
USERS = ("postgres", "nobody")  # the first that there is runs the server, where the tests are root


def programs():
    """The folder that holds `initdb` and `postgres`; None if there is none."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres", path=os.path.dirname(os.path.realpath(found))):
        return Path(os.path.realpath(found)).parent
    versions = [path.parent for path in HOMES.glob("*/bin/initdb")]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


def _someone_else():
    """Options of `subprocess.run` with which a program does not run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in USERS if name in known)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Server:
    """The running server.

    Attributes
    ----------
    folder : Path
        Where its socket lies.
    """

    def __init__(self, folder, run):
        self.folder, self._run = folder, run

    def address(self, database, folder=None):
        """The address of a database as `handmark.settings.settle` takes it."""
        return f"postgresql://grader@/{database}?host={folder or self.folder}"

    def new(self, database):
        """Make a database of this name and return its address."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="grader", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return self.address(database)


@contextlib.contextmanager
def running():
    """A server for as long as the `with` statement lasts."""
    home, someone = programs(), _someone_else()
    folder = Path(tempfile.mkdtemp(prefix="hm-pg-", dir="/tmp"))  # a socket's path must be short
    if someone:
        os.chown(folder, someone["user"], someone["group"])
    data, log = folder / "data", folder / "log"

    def run(program, *arguments):
        done = subprocess.run(
            [home / program, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            **someone,
        )
        if done.returncode:
            said = log.read_text("utf-8") if log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}{said}")

    try:
        run("initdb", "-D", data, "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale=C")  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield Server(folder, run)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
