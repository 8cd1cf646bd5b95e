"""``python -m benchmarks``: measure everything, print the table, write results.json."""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when numpy is loaded, therefore above the imports
# JAX has no setting for one thread: it counts the cores that it may use
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
from pathlib import Path

from benchmarks import clock, growth, results
from benchmarks.peers import PEERS
from benchmarks.settings import nets
from benchmarks.ways import OURS


def say(text):
    print(f"… {text}", flush=True)


def training(repeats, share):
    """Net -> its sizes, updates, loss and the times of all ways."""
    found = {}
    for setting in nets(share):
        say(f"{setting.name}: compiling, comparing losses")
        runs = {key: way(setting, key[1]) for key, way in (OURS | PEERS).items()}
        losses = clock.same_losses(setting, runs)
        say(f"{setting.name}: {repeats} rounds of {setting.updates} updates by {len(runs)} ways")
        ways = {}
        for (way, dtype), seconds in clock.in_turn(runs, repeats).items():
            ways.setdefault(way, {})[dtype] = clock.summary(seconds, setting.updates)
        found[setting.name] = {
            "sizes": list(setting.sizes),
            "batch": setting.batch,
            "updates": setting.updates,
            "loss": losses["handgrad train", "float64"],
            "ways": ways,
        }
    return found


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=21, help="rounds (default 21)")
    parser.add_argument("--share", type=float, default=1.0, help="length of a run (default 1)")
    parser.add_argument("--output", type=Path, default=results.FILE, help="file to write")
    chosen = parser.parse_args()
    measured = {
        "machine": results.machine(chosen.repeats),
        "training": training(chosen.repeats, chosen.share),
        "growth": growth.measure(chosen.repeats, say, chosen.share),
        "symbolic": growth.measure_symbolic(chosen.repeats, say),
    }
    results.write(measured, chosen.output)
    print(results.as_text(measured))
    print(f"\nwritten to {chosen.output.name}")


if __name__ == "__main__":
    main()
