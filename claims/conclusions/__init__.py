"""Conclusions from experiments: each a claim with a name, and a function that tries to break it.

A sentence of a chapter that draws a conclusion from an experiment carries a role that shows
nothing, ``{claim}`ch06-fastest` ``. A function in `chNN.py` of this folder runs the experiment
again with at least 20 other seeds, three times the budget and a grid twice as fine on both sides, each
side at its own best setting, and asserts what must hold, with a margin::

    @conclusion("ch06-fastest", says="At its own best rate tanh needs half the updates.",
                seeds=40, budget="3 × the page's 100 updates", grid="twice as fine on both sides",
                paired="the same starts for both")
    def fastest():
        \"\"\"Why this shows it.\"\"\"
        ...
        assert median_tanh < 0.5 * median_logistic
        return {"median of tanh": median_tanh, "median of the logistic": median_logistic}

``make conclusions`` runs them and writes `results.json`, with a digest of what each depends on
(`digest`) and of the values set in the section that names it. `pages` reads which sentences name
which, and finds what is missing, stale or unclaimed.
"""

import importlib
import json
import numbers
from dataclasses import dataclass
from math import floor, isfinite, log10
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
DIGITS = 3
FEWEST_SEEDS = 20
VARIED = ("budget", "grid", "paired")  # or "none: " and the reason
_REGISTRY = {}


@dataclass(frozen=True)
class Conclusion:
    """A conclusion and the function that tries it; made by `conclusion`."""

    id: str
    says: str
    seeds: int
    budget: str
    grid: str
    paired: str
    run: object


def conclusion(id, *, says, seeds, budget, grid, paired):
    """Register a function that tries a conclusion with other seeds, more updates, a finer grid.

    Parameters
    ----------
    id : str
        The name that stands beside the sentence, as in ``{claim}`ch06-fastest` ``.
    says : str
        The conclusion in words, as the table of conclusions shows it.
    seeds : int
        How many seeds were tried, none of them the page's.
    budget, grid : str
        What was tried, beside what the page shows; "none: " and why, where nothing can be varied.
    paired : str
        What both sides of a comparison have in common; "none: " and why, if they have nothing.

    Raises
    ------
    TypeError, ValueError
        If one of them is missing or empty, if "none" has no reason, if there are fewer than 20
        seeds (0 where nothing is drawn at random), or if the name is taken.
    """
    varied = dict(zip(VARIED, (budget, grid, paired), strict=True))
    for name, text in {"id": id, "says": says, **varied}.items():
        if not isinstance(text, str) or not text.strip():
            raise TypeError(f"conclusion {id!r}: expected {name} in words, got {text!r}")
    for name, text in varied.items():
        if text.startswith("none") and not text.partition(":")[2].strip():
            raise ValueError(f"conclusion {id!r}: expected {name}='none: the reason', got {text!r}")
    if not isinstance(seeds, int) or (seeds and seeds < FEWEST_SEEDS):
        raise ValueError(
            f"conclusion {id!r}: expected at least {FEWEST_SEEDS} seeds, got {seeds!r}: try more, "
            "or 0 where nothing is random"
        )

    def register(run):
        earlier = _REGISTRY.get(id)
        if earlier and (earlier.run.__module__, earlier.run.__name__) != (
            run.__module__,
            run.__name__,
        ):
            raise ValueError(f"conclusion {id!r} is there already: expected another name")
        _REGISTRY[id] = Conclusion(id, says, seeds, budget, grid, paired, run)
        return run

    return register


def load():
    """Return id -> `Conclusion` of all chapters, in order."""
    for path in sorted(FOLDER.glob("ch*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return dict(sorted(_REGISTRY.items()))


def results(path=RESULTS):
    """Return id -> what the last run found."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def rounded(value):
    """Return numbers to three significant digits, of whatever kind and in whatever holds them."""
    if isinstance(value, dict):
        return {str(key): rounded(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and getattr(value, "ndim", 0)):
        return [rounded(v) for v in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, (str, bool, numbers.Integral)) or value is None:
        return value
    value = float(value)
    if not isfinite(value):
        return str(value)
    return round(value, DIGITS - 1 - floor(log10(abs(value)))) if value else 0.0


def _told(value):
    from handgrad.book import num

    if isinstance(value, list):
        return ", ".join(map(_told, value))
    if isinstance(value, (str, bool)) or value is None:
        return str(value)
    return num(value, "d" if isinstance(value, int) else f".{DIGITS}g")


def _flat(measured, before=""):
    """Yield (name, number), the name of what is grouped in front of what it holds."""
    for name, value in measured.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}, ")
        else:
            yield before + name, value


def table_rows(found=None):
    """Return rows for the table of conclusions: what it says, how it was tried, what came out."""
    found = results() if found is None else found
    return [
        [
            result["says"],
            "; ".join(
                [
                    f"{result['seeds'] or 'no'} seeds",
                    *(f"{name}: {result[name]}" for name in VARIED),
                ]
            ),
            "; ".join(f"{name}: {_told(value)}" for name, value in _flat(result["measured"])),
        ]
        for _, result in sorted(found.items())
    ]


def how_many_vary(found=None):
    """Return name of a field -> how many conclusions vary it, not saying "none: " and why."""
    found = results() if found is None else found
    return {
        name: sum(not result[name].startswith("none") for result in found.values())
        for name in VARIED
    }
