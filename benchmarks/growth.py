"""How the cost grows: with width, depth and batch of a net, with the edges of a symbolic one."""

import itertools

from handgrad.symbolic import DenseGraph

from benchmarks.clock import in_turn, summary
from benchmarks.settings import make
from benchmarks.ways import bare_products, handgrad_train

WAYS = {"handgrad train": handgrad_train, "bare matrix products": bare_products}
WIDTHS = (4, 8, 16, 32, 64, 128, 256, 512)
DEPTHS = (1, 2, 3, 4, 6, 8)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SYMBOLIC = (
    (2, 2, 2),
    (4, 4, 4),
    (8, 8, 8),
    (4, 4, 4, 4, 4),
    (12, 12, 12),
    (16, 16, 16),
    (8,) * 6,
    (20, 20, 20),
    (24, 24, 24),
    (16,) * 5,
)


def numeric(share=1.0):
    """Axis -> {its value: Setting}: one thing of the net 64-32-10 with batches of 32 is varied."""
    lengths = {"epochs": max(1, round(30 * share)), "batches": 10}
    return {
        "width": {w: make((64, w, 10), 32, **lengths) for w in WIDTHS},
        "depth": {d: make((64, *(32,) * d, 10), 32, **lengths) for d in DEPTHS},
        "batch": {B: make((64, 32, 10), B, **lengths) for B in BATCHES},
    }


def measure(repeats, say, share=1.0):
    """Axis -> [{axis: its value, "handgrad train": times, "bare matrix products": times}]."""
    found = {}
    for axis, settings in numeric(share).items():
        say(f"growth with the {axis}: {repeats} rounds of {len(settings)} nets")
        runs = {
            (value, way): prepare(setting, "float64")
            for value, setting in settings.items()
            for way, prepare in WAYS.items()
        }
        in_turn(runs, 1)
        seconds = in_turn(runs, repeats)
        found[axis] = [
            {axis: value} | {way: summary(seconds[value, way], setting.updates) for way in WAYS}
            for value, setting in settings.items()
        ]
    return found


def edges(sizes):
    """Weights of a dense net."""
    return sum(a * b for a, b in itertools.pairwise(sizes))


def measure_symbolic(repeats, say):
    """[{sizes, edges, microseconds for all derivatives by the deltas}], the nets in turn."""
    say(f"symbolic gradient: {repeats} rounds of {len(SYMBOLIC)} nets")

    def run(sizes):
        return lambda: DenseGraph(sizes).gradient()

    runs = {sizes: run(sizes) for sizes in sorted(SYMBOLIC, key=edges)}
    in_turn(runs, 1)
    return [
        {"sizes": list(sizes), "edges": edges(sizes), "gradient": summary(t, 1)}
        for sizes, t in in_turn(runs, repeats).items()
    ]
