"""The same book on every machine: run all its code in other arithmetics and compare what is read.

    python tools/machines.py [PAGE ...] [--only NAME ...] [--jobs 2] [--report FILE] [--list]

Each page with code, and each exercise with its reference solution, runs once in this machine's own
arithmetic and once in each of a list of others: the kernels of OpenBLAS for older and newer
processors, numpy with its vector code switched off in steps, and with the results of matrix
products, sums and elementary functions nudged by one unit in the last place, which stands for the
processors that nobody here owns. What a reader sees must be the same, letter for letter: results,
tables, descriptions of figures, what is written in pictures, numbers in the prose. No cell may
warn.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from arithmetics import pages
from arithmetics.compare import differences
from arithmetics.settings import OWN, CannotRun, arithmetics, clean, probe, settled

ROOT = Path(__file__).resolve().parent.parent


def run(names, environment, jobs, root=ROOT):
    """Run pages in one arithmetic: {page: what `arithmetics.pages.run_page` returns}."""
    path = str(ROOT / "tools")
    environment = {**environment, "PYTHONPATH": path}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "arithmetics.worker", folder, str(jobs), *names],
            env=environment,
            cwd=root,
            check=True,
        )
        return {
            name: json.loads((Path(folder) / f"{i}.json").read_text("utf-8"))
            for i, name in enumerate(names)
        }


def chosen_pages(wanted):
    """The pages named, by path or by name; all of them if none is.

    Raises
    ------
    ValueError
        If there is no such page.
    """
    everything = pages.pages(ROOT)
    if not wanted:
        return everything
    found = []
    for name in wanted:
        plain = name.removesuffix(".md").removeprefix("./")
        fit = [p for p in everything if p.removesuffix(".md") == plain]
        fit = fit or [p for p in everything if Path(p).stem == plain]
        if not fit:
            raise ValueError(f"no page {name} with code; there are: {', '.join(everything)}")
        found += fit
    return list(dict.fromkeys(found))


def compare_all(names, wanted, jobs, own, say=print):
    """Run the pages in every arithmetic wanted.

    Returns
    -------
    list of dict
        One for each arithmetic: its name and words, and either `cannot`, the reason why it can't
        be had here, or `seconds` and `differences`, the list of them.
    """
    reference = run(names, clean(), jobs)
    # the longest first, so that no process waits for the last page
    names = sorted(names, key=lambda n: -reference[n].get("seconds", 0))
    found = [d for n in names for d in differences(n, OWN.name, reference[n], reference[n])]
    rows = [{"name": OWN.name, "words": OWN.words, **score(reference, found)}]
    report(rows[-1], say)
    for arithmetic in wanted:
        row = {"name": arithmetic.name, "words": arithmetic.words}
        rows.append(row)
        try:
            environment = settled(arithmetic, own)
        except CannotRun as reason:
            row["cannot"] = str(reason)
            report(row, say)
            continue
        other = run(names, environment, jobs)
        found = [d for n in names for d in differences(n, arithmetic.name, reference[n], other[n])]
        row |= score(other, found)
        report(row, say)
    return rows


def score(results, found):
    """What is kept of one arithmetic: pages, cells, seconds of the processor, and what differs."""
    cells = sum(len(result.get("cells", ())) for result in results.values())
    seconds = sum(result.get("seconds", 0) for result in results.values())
    return {"pages": len(results), "cells": cells, "seconds": seconds, "differences": found}


def report(row, say):
    """Say how one arithmetic went."""
    if "cannot" in row:
        say(f"{row['name']}: not run, {row['cannot']}")
        return
    count = len(row["differences"])
    say(
        f"{row['name']}: {row['cells']} cells on {row['pages']} pages, {count or 'none'} of them "
        f"different ({row['seconds']:.0f} s of the processor)"
    )
    for difference in row["differences"]:
        say(str(difference))


def as_kept(rows, own):
    """The report, for the page that shows it: no text of pages, only where they differ."""
    kernel, version = (own["openblas"] or [["another library", ""]])[0]
    return {
        "made": time.strftime("%Y-%m-%d"),
        "kernel": kernel,
        "versions": {"numpy": own["numpy"], "scipy": own["scipy"], "OpenBLAS": version},
        "rows": [
            {
                name: [f"{d.page}:{d.line}" for d in value] if name == "differences" else value
                for name, value in row.items()
                if name != "seconds"
            }
            for row in rows
        ],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="pages to run; all by default")
    parser.add_argument("--only", nargs="+", action="extend", metavar="NAME", help="arithmetics")
    parser.add_argument("--jobs", type=int, default=2, help="pages run side by side")
    parser.add_argument("--report", type=Path, help="write what was found to this file, as JSON")
    parser.add_argument("--list", action="store_true", help="list arithmetics and pages, and stop")
    chosen = parser.parse_args()
    everything = arithmetics()
    unknown = set(chosen.only or ()) - {a.name for a in everything}
    if unknown:
        parser.error(
            f"no arithmetic {', '.join(sorted(unknown))}; there are: "
            + ", ".join(a.name for a in everything)
        )
    try:
        names = chosen_pages(chosen.pages)
    except ValueError as problem:
        parser.error(str(problem))
    if chosen.list:
        own = probe(clean())
        for arithmetic in everything:
            try:
                settled(arithmetic, own)
                print(f"{arithmetic.name:14}{arithmetic.words}")
            except CannotRun as reason:
                print(f"{arithmetic.name:14}{arithmetic.words}: not here, {reason}")
        print("", *names, sep="\n")
        return
    own = probe(clean())
    wanted = [a for a in everything if not chosen.only or a.name in chosen.only]
    rows = compare_all(names, wanted, chosen.jobs, own, lambda text: print(text, flush=True))
    if chosen.report:
        text = json.dumps(as_kept(rows, own), indent=1, ensure_ascii=False)
        chosen.report.write_text(text + "\n", "utf-8")
    sys.exit(any(row.get("differences") for row in rows))


if __name__ == "__main__":
    main()
