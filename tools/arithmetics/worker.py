"""One process for one arithmetic: imports what pages import, then runs each page in a process.

    python -m arithmetics.worker FOLDER JOBS PAGE [PAGE …]

Writes FOLDER/N.json for page number N. The arithmetic is what the environment says.
"""

import gc
import json
import multiprocessing
import multiprocessing.connection
import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from . import pages

COMMON = (
    "IPython.core.interactiveshell",
    "handgrad.check",
    "handgrad.datasets",
    "handgrad.draw",
    "handgrad.explore",
    "handgrad.symbolic",
    "handgrad.tasks.expect",
    "handgrad.training",
    "handmark.sources",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "sympy.physics.units",
)


def prepare():
    """Import what pages import, nudged where the environment says so."""
    seed = os.environ.get("HANDGRAD_NUDGES")
    if seed:
        from . import rewriting

        rewriting.install(int(seed))
    for name in COMMON:
        with suppress(Exception):  # the page that imports it shows what is wrong
            import_module(name)


def work(page, out, forked):
    """Run one page and write what it shows, or why it could not be run."""
    if not forked:
        prepare()
    try:
        result = pages.run_page(page)
    except BaseException:
        result = {"problem": traceback.format_exc()}
    Path(out).write_text(json.dumps(result), "utf-8")


def main(folder, jobs, names):
    # elsewhere a process that was forked may not use the system's libraries
    forked = sys.platform == "linux"
    context = multiprocessing.get_context("fork" if forked else "spawn")
    if forked:
        prepare()
        gc.freeze()
    waiting, running = list(enumerate(names)), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, page = waiting.pop(0)
            out = Path(folder) / f"{number}.json"
            process = context.Process(target=work, args=(page, str(out), forked))
            process.start()
            running[process.sentinel] = process, out
        for sentinel in multiprocessing.connection.wait(list(running)):
            process, out = running.pop(sentinel)
            process.join()
            if not out.exists():
                problem = f"the process ended with {process.exitcode}"
                out.write_text(json.dumps({"problem": problem}), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
