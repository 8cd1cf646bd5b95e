"""What a machine lacks is installed or named in one line, before anything long runs."""

import os
import shutil
import subprocess
import sys

import browser
import engines
import pytest
import system

SCRIPT = browser.ROOT / "tools/system.py"


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A path with nothing on it, a user who is not root, and a way to put programs there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(system, "POSTGRES", tmp_path / "none")
    monkeypatch.setattr(engines, "find_webkit", lambda: shutil.which("WebKitWebDriver"))
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system, "LINUX", True)
    monkeypatch.setattr(system.Chromium, "packages", ("chromium",))
    monkeypatch.setattr(system.Firefox, "packages", ("firefox-esr",))
    monkeypatch.setattr(system.Environments, "packages", ("python3.11-venv",))

    def program(name, does="exit 0"):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        path.chmod(0o755)
        return path

    program.folder = folder
    return program


def lacking(monkeypatch, *needs):
    """Make it so that these needs can come from nowhere else."""
    for need in needs:
        monkeypatch.setattr(need, "elsewhere", "")


def apt(program, log, does=""):
    """An apt-get that writes down what it was told, and then does this."""
    program("apt-get", f'echo "$@" >> {log}\n{does}')
    program("env", 'shift; exec "$@"')


def test_what_is_missing_is_named_in_one_line_with_the_command(bare, monkeypatch):
    lacking(monkeypatch, system.Chromium, system.Sandbox)
    bare("apt-get", "exit 1")
    with pytest.raises(system.Missing) as problem:
        system.prepare("test")
    said = str(problem.value)
    assert "\n" not in said and "bubblewrap (students' code is graded in it)" in said
    assert said.endswith(
        "Type: sudo apt-get install chromium firefox-esr webkit2gtk-driver xvfb bubblewrap postgresql"
    )


def test_a_python_that_makes_no_environments_is_named_for_the_book_too(bare, monkeypatch):
    bare("dnf")
    monkeypatch.setattr(system.Environments, "here", lambda self: False)
    with pytest.raises(system.Missing, match=r"Type: sudo dnf install python3.11-venv$"):
        system.prepare("book")


def test_what_comes_from_elsewhere_stops_nothing(bare, monkeypatch, capsys):
    monkeypatch.setattr(system.Chromium, "elsewhere", "npm")
    system.prepare("test", without=["sandbox", "engines", "postgresql"])
    said = capsys.readouterr().out.splitlines()
    assert said == ["no Chromium on this machine: it comes from npm"]


@pytest.mark.parametrize("root", [True, False])
def test_it_is_installed_by_root_and_by_sudo_that_asks_nothing(bare, monkeypatch, tmp_path, root):
    lacking(monkeypatch, system.Chromium, system.Sandbox)
    log = tmp_path / "log"
    made = "".join(
        f"printf '#!/bin/sh\\nexit 0\\n' > {path}; /bin/chmod +x {path}\n"
        for name in ("chromium", "firefox-esr", "WebKitWebDriver", "Xvfb", "bwrap", "initdb")
        for path in [bare.folder / name]
    )
    apt(bare, log, f"case $2 in install) {made};; esac")
    if root:
        monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    else:
        bare("sudo", 'shift; exec "$@"')
    bare("true")
    system.prepare("test")
    assert log.read_text("utf-8").splitlines() == [
        "-qq update",
        "-qq install -y --no-install-recommends "
        "chromium firefox-esr webkit2gtk-driver xvfb bubblewrap postgresql",
    ]
    system.prepare("test")
    assert len(log.read_text("utf-8").splitlines()) == 2, "what is there is not installed again"


def test_sudo_that_asks_for_a_password_is_not_used(bare, monkeypatch, tmp_path):
    lacking(monkeypatch, system.Sandbox)
    apt(bare, tmp_path / "log")
    bare("sudo", "exit 1")
    with pytest.raises(system.Missing, match="sudo apt-get install"):
        system.prepare("test")
    assert not (tmp_path / "log").exists()


def test_an_installer_that_fails_is_told_with_its_last_words(bare, monkeypatch, tmp_path):
    apt(bare, tmp_path / "log", "echo noise; echo E: no such package; exit 100")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    with pytest.raises(system.Missing, match=r"\(E: no such package\)") as problem:
        system.prepare("test")
    assert "\n" not in str(problem.value)


def test_a_sandbox_that_does_not_start_stops_at_once_and_can_be_left_out(bare, monkeypatch):
    bare("bwrap", "exit 1")
    for name in ("chromium", "firefox-esr", "WebKitWebDriver", "Xvfb", "initdb"):
        bare(name)
    with pytest.raises(system.Missing, match="make test WITHOUT=sandbox") as problem:
        system.prepare("test")
    assert "\n" not in str(problem.value)
    system.prepare("test", without=["sandbox"])
    monkeypatch.setattr(system, "setting", lambda name: {"user.max_user_namespaces": "0"}.get(name))
    with pytest.raises(system.Missing, match=r"sudo sysctl -w user\.max_user_namespaces=10000"):
        system.prepare("test")


def test_outside_linux_the_grading_is_left_out_and_said_so(bare, monkeypatch, capsys):
    monkeypatch.setattr(system, "LINUX", False)
    bare("chromium")
    system.prepare("test")
    said = capsys.readouterr().out
    assert "bubblewrap exists on Linux only" in said
    assert "Firefox and WebKit are driven on Linux only" in said
    assert "PostgreSQL is started on Linux only" in said


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        (["Xvfb", "WebKitWebDriver"], "firefox-esr"),
        (["firefox-esr", "Xvfb"], "webkit2gtk-driver xvfb"),
        (["firefox-esr", "WebKitWebDriver"], "webkit2gtk-driver xvfb"),
    ],
)
def test_a_plain_user_without_the_other_engines_can_leave_them_out(bare, there, missing):
    bare("apt-get", "exit 1")
    for name in ("chromium", "initdb", *there):
        bare(name)
    with pytest.raises(system.Missing) as problem:
        system.prepare("test", without=["sandbox"])
    said = str(problem.value)
    assert "\n" not in said
    assert said.endswith(
        f"Type: sudo apt-get install {missing}, or leave it out: make test WITHOUT=engines"
    )
    system.prepare("test", without=["sandbox", "engines"])


def test_a_server_of_postgresql_is_found_where_debian_puts_it_or_named(bare, tmp_path, monkeypatch):
    for name in ("apt-get", "chromium", "firefox-esr", "WebKitWebDriver", "Xvfb"):
        bare(name)
    with pytest.raises(system.Missing) as problem:
        system.prepare("test", without=["sandbox"])
    assert str(problem.value) == (
        "missing: PostgreSQL's server (graders share a gradebook in it). "
        "Type: sudo apt-get install postgresql, or leave it out: make test WITHOUT=postgresql"
    )
    with pytest.raises(system.Missing, match=r"no PostgreSQL server\. Type: .* WITHOUT=postgresql"):
        system.start_postgres()
    system.prepare("test", without=["sandbox", "postgresql"])
    for version, works in (("9", "exit 1"), ("15", "exit 0"), ("14", "exit 1")):
        home = tmp_path / "postgresql" / version / "bin"
        home.mkdir(parents=True)
        bare("initdb", works).rename(home / "initdb")
    monkeypatch.setattr(system, "POSTGRES", tmp_path / "postgresql")
    system.prepare("test", without=["sandbox"])
    assert system.start_postgres().parent.parent.name == "15"


def test_where_firefox_is_no_package_it_is_said_where_it_is(bare, monkeypatch):
    monkeypatch.setattr(system.Firefox, "packages", ())
    for name in ("chromium", "WebKitWebDriver", "Xvfb", "initdb", "apt-get"):
        bare(name)
    with pytest.raises(system.Missing, match="https://support.mozilla.org") as problem:
        system.prepare("test", without=["sandbox"])
    assert "\n" not in str(problem.value)


def test_an_engine_that_does_not_start_is_named_in_one_line(bare):
    bare("firefox-esr", "exit 1")
    with pytest.raises(system.Missing, match="WITHOUT=engines") as problem:
        system.start_engine(engines.firefox)
    assert "\n" not in str(problem.value)


def test_a_firefox_of_snap_is_none(bare):
    bare("firefox", "exec /snap/bin/firefox")
    assert engines.find_firefox() is None


@pytest.mark.parametrize("goal", [*system.NEEDS, "programs"])
def test_no_machine_gets_a_traceback(tmp_path, goal):
    """As the Makefile runs it, with an empty path, and with a wrong $CHROMIUM."""
    for more in ({}, {"CHROMIUM": "/nowhere"}):
        done = subprocess.run(
            [sys.executable, SCRIPT, goal],
            env={"PATH": str(tmp_path), "HOME": str(tmp_path), "CHROMIUM": "/nowhere", **more},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stdout + done.stderr
        assert goal == "book" or (done.returncode == 1 and "/nowhere" in done.stderr)


# -- Chromium -------------------------------------------------------------------------------------


def test_a_stub_that_asks_for_snap_is_no_chromium(bare):
    bare("chromium-browser", "exec /snap/bin/chromium")
    assert browser.on_machine() is None
    path = bare("google-chrome")
    assert browser.on_machine() == str(path)


def test_the_chromium_of_npm_is_unpacked_once_and_starts_with_its_libraries(
    bare, monkeypatch, tmp_path
):
    import io
    import tarfile

    import brotli

    def packed(**files):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
        return brotli.compress(data.getvalue())

    package = tmp_path / "node_modules/@sparticuz/chromium"
    (package / "bin").mkdir(parents=True)
    (package / "bin/al2023.tar.br").write_bytes(packed(**{"lib/libnss3.so": b"x"}))
    (package / "bin/fonts.tar.br").write_bytes(packed(**{"fonts/a.ttf": b"x"}))
    program = b'#!/bin/sh\necho "$LD_LIBRARY_PATH" "$@"\n'
    (package / "bin/chromium.br").write_bytes(brotli.compress(program))
    monkeypatch.setattr(browser, "PACKAGE", package)
    monkeypatch.setattr(browser, "UNPACKED", tmp_path / "node_modules/.chromium")
    monkeypatch.setattr(browser, "ON_NPM", True)
    path = browser.find_chromium()
    assert browser.find_chromium() == path
    os.environ["PATH"] += ":/usr/bin:/bin"
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"{tmp_path}/node_modules/.chromium/al2023/lib --version\n"
    assert [p.name for p in (tmp_path / "node_modules").iterdir() if p.name.startswith(".c")] == [
        ".chromium"
    ]
