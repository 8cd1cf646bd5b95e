"""Run the conclusions and write down what was found: ``make conclusions``.

    python -m claims.conclusions [ID ...] [--changed] [--jobs 2]   run them, write results.json
    python -m claims.conclusions --unclaimed                       sentences that point to no claim

Each runs in a process of its own, in which every warning is an error.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed

from claims.conclusions import RESULTS, load, pages, results, rounded
from claims.conclusions.digest import ROOT, state

SECONDS = 180  # of processor time; a conclusion should need a third of that


def run_here(name):
    """Run one conclusion in this process and print what it found as JSON."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    except ImportError:  # Windows: the time on the clock has to do
        pass
    warnings.simplefilter("error")
    try:
        measured = load()[name].run()
        if not isinstance(measured, dict) or not measured:
            raise TypeError(f"{name}: expected a dict of measured numbers, got {measured!r}")
        found = {"held": True, "measured": rounded(measured)}
    except Exception as error:
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        line = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error}".rstrip(": ")
        found = {"held": False, "measured": {}, "why": f"{message} ({line.line})"}
    print(json.dumps(found))


def run(name):
    """Run one conclusion in a process of its own."""
    threads = {f"{kind}_NUM_THREADS": "1" for kind in ("OPENBLAS", "OMP", "MKL")}
    command = [sys.executable, "-m", "claims.conclusions", "--one", name]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **threads, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            timeout=5 * SECONDS,
        )
    except subprocess.TimeoutExpired:
        return {"held": False, "measured": {}, "why": f"not done in {5 * SECONDS} seconds"}
    if done.stderr.strip():
        print(done.stderr.strip(), file=sys.stderr)
    if done.returncode:
        why = f"ended with code {done.returncode}: it may take {SECONDS} s of processor time"
        return {"held": False, "measured": {}, "why": why}
    return json.loads(done.stdout.strip().splitlines()[-1])


def write(found):
    text = json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", "utf-8")


def run_all(chosen, changed, jobs):
    """Run the conclusions chosen, or all, or those without a fresh result; return what failed."""
    known, found, settings = state(), results(), pages.book_settings()
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"no such conclusion: {', '.join(unknown)}; expected some of {', '.join(known)}")
    found = {name: found[name] for name in known if name in found}  # what is gone is forgotten
    wanted = chosen or list(known)
    if changed:

        def fresh(name):
            last = found.get(name, {})
            same = last.get("digest") == known[name][1]
            return last.get("held") and same and last.get("settings") == settings.get(name)

        wanted = [name for name in wanted if not fresh(name)]
    begun = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run, name): name for name in wanted}
        for number, job in enumerate(as_completed(running), 1):
            name, outcome = running[job], job.result()
            found[name] = {**known[name][0], **outcome, "digest": known[name][1]}
            found[name]["settings"] = settings.get(name)
            write(found)  # an hour's work is not lost if the next is stopped
            verdict = "holds" if outcome["held"] else f"DOES NOT HOLD: {outcome['why']}"
            spent = time.monotonic() - begun
            print(f"{number:3d} of {len(wanted)}  {spent:6.0f} s  {name}: {verdict}", flush=True)
    for name, (given, *_) in known.items():  # words may change without a run
        if name in found:
            found[name] = {**given, **found[name], **given}
    write(found)
    failed = [name for name, result in found.items() if not result["held"]]
    print(f"{len(wanted)} run; {len(found)} of {len(known)} conclusions have a result")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", help="conclusions to run; all by default")
    parser.add_argument("--changed", action="store_true", help="only those without a fresh result")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--unclaimed", action="store_true", help="list sentences without a claim")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        run_here(chosen.one)
    elif chosen.unclaimed:
        print(pages.report())
    elif failed := run_all(chosen.ids, chosen.changed, chosen.jobs):
        sys.exit(f"does not hold: {', '.join(failed)}")


if __name__ == "__main__":
    main()
