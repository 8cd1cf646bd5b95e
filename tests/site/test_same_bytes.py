"""A book built afresh in another folder has the same bytes."""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
# holds a hash of the settings, the folder of the sources among them; no page uses it
MAY_DIFFER = {".buildinfo"}
NOT_SOURCES = (
    "_build",
    ".git",
    ".venv*",
    "node_modules",
    "notebooks",
    "__pycache__",
    "*.egg-info",
    ".pytest_cache",
    ".ruff_cache",
    "_grading",
)


FEW = [f"chapters/{name}.md" for name in ("03_one_weight", "05_layers_and_deltas", "notation")]


def files(folder):
    """Name -> bytes of each file."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def hold_against(one, other):
    assert set(one) == set(other)
    different = {name for name in one if one[name] != other[name]}
    assert different <= MAY_DIFFER


def test_a_few_chapters_have_the_same_bytes_in_another_folder(root, tmp_path):
    for name in ("one", "other"):
        subprocess.run(
            [sys.executable, root / "tools/preview.py", *FEW, "--out", tmp_path / name],
            cwd=root,
            capture_output=True,
            check=True,
        )
    one, other = (files(tmp_path / name / "_build/html") for name in ("one", "other"))
    hold_against(one, other)
    assert str(tmp_path).encode() not in b"".join(one.values()), "a page names its folder"


@pytest.mark.long
def test_two_cold_builds_give_the_same_bytes(root, built_site, tmp_path):
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, copy.glob("code/*/src"))),
        "PYTHONHASHSEED": "0",
    }
    done = subprocess.run(
        [sys.executable, copy / "tools/build.py", "--quiet"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    one, other = files(built_site), files(copy / "_build/html")
    hold_against(one, other)
    assert str(root).encode() not in b"".join(one.values()), "a page names this machine's folder"
