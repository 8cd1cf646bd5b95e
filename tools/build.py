"""Build the book with warnings as errors, and say where it is or what to do.

python tools/build.py [--source FOLDER] [--quiet]
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAILED = """
The book was not built. Each line above that says WARNING or ERROR names a file and a line;
a chapter whose code failed is shown with its traceback. After a change, run `make book` again:
only what changed is run again. Where nothing else helps, `make clean` starts afresh."""


def build(source=ROOT, quiet=False):
    """Build the book in `source`; return the exit code of jupyter-book."""
    command = [
        shutil.which("jupyter-book", path=str(Path(sys.executable).parent)) or "jupyter-book",
        "build",
        source,
        "-W",
        "-n",
        "--keep-going",
    ]
    if quiet:
        command.append("-q")
    environment = {
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **os.environ,
    }
    return subprocess.run(command, env=environment).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, default=ROOT, help="folder of the book")
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    chosen = parser.parse_args()
    start = time.monotonic()
    if build(chosen.source, chosen.quiet):
        sys.exit(FAILED)
    page = (chosen.source / "_build/html/index.html").resolve()
    print(f"\nThe book is built ({time.monotonic() - start:.0f} s): open {page.as_uri()}")


if __name__ == "__main__":
    main()
