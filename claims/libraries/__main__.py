"""Ask every library and write down what it answers: ``make libraries``.

    python -m claims.libraries [NAME ...]     make the environments, run the scripts, write results
    python -m claims.libraries --changed      only where a script, a version or the data changed
    python -m claims.libraries --new          newest releases, and what changed; nothing is written

Each script runs in an environment of its own, which is kept in `.venv-libraries` (or --environments),
and gets data and starts as JSON. A network whose costs or weights differ from the book's by more
than its tolerance stops the run.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from handgrad import network, storage

from claims.conclusions.digest import shape, tree
from claims.libraries import FOLDER, LIBRARIES, RESULTS, given, results
from claims.libraries.questions import QUESTIONS

ROOT = FOLDER.parent.parent
ENVIRONMENTS = ROOT / ".venv-libraries"
WITHIN = 1e-12  # of costs and weights; a script that can't reach it names its own
STATISTICS_WITHIN = 1e-6  # some libraries keep running statistics in float32 alone
DIGITS = 6  # of what is kept of costs and weights
NETWORKS = {
    "net222": ["sigmoid", "sigmoid"],
    "classifier": ["relu", "softmax"],
    "plain": ["relu", "softmax"],
}
OF_ALL = ("net222", "classifier")  # the plain one is for those without batch normalisation


def digest(name):
    """A digest of what a library's answers depend on beside the questions and the data."""
    needs = (FOLDER / f"{LIBRARIES[name].needs}.txt").read_text("utf-8")
    code = [shape(tree(FOLDER / f"{part}.py")) for part in (name, "asking")]
    return hashlib.sha256("\0".join([needs, *code]).encode()).hexdigest()[:16]


def problems(found):
    """What is stale or missing in the results, a sentence each; empty if all is well."""
    said = []
    if found.get("given") != given.digest():
        said.append("given: data or starts have changed since the run")
    kept = found.get("libraries", {})
    for name in LIBRARIES:
        if name not in kept:
            said.append(f"{name}: no result")
            continue
        said += missing(name, kept[name])
        if kept[name]["digest"] != digest(name):
            said.append(f"{name}: its script, or what it needs, has changed since the run")
    said += [f"{name}: a result without a script" for name in kept if name not in LIBRARIES]
    return said


def missing(name, result):
    """Questions without an answer or a reason, and answers without a question."""
    said = [
        f"{name}: neither an answer to {asked} nor a reason for none"
        for asked in (*QUESTIONS, *OF_ALL)
        if asked not in result["answers"]
        and asked not in result["networks"]
        and not any(fnmatch(asked, pattern) for pattern in result["none"])
    ]
    return said + [
        f"{name}: an answer to {a}, which nobody asks"
        for a in result["answers"]
        if a not in QUESTIONS
    ]


# ---- environments ------------------------------------------------------------------------------


def environment(needs, folder, new):
    """The Python of an environment with what NEEDS.txt asks for, made if it isn't there."""
    wanted = (FOLDER / f"{needs}.txt").read_text("utf-8")
    if new:
        wanted = re.sub(r"==\S+", "", wanted) + f"# {date.today()}\n"  # newest of each day
    home = folder / (f"{needs}-new" if new else needs)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "made-of.txt"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    print(f"{home.name}: installing {', '.join(wanted.partition('#')[0].split())}", flush=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    asked = home / "asked.txt"
    asked.write_text(wanted, "utf-8")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    more = ["--disable-pip-version-check", *(["--upgrade"] if new else []), "-r", asked]
    subprocess.run([*pip, *more], check=True)
    stamp.write_text(wanted, "utf-8")
    return python


def ask(name, python):
    """Run a library's script and return what it prints."""
    threads = {f"{kind}_NUM_THREADS": "1" for kind in ("OPENBLAS", "OMP", "MKL")}
    done = subprocess.run(
        # -P keeps the folder of the scripts out of the path: jax.py there isn't jax
        [python, "-P", "-m", f"{__package__}.{name}"],
        cwd=ROOT,
        env={**os.environ, **threads, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        input=json.dumps(given.everything()),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip() or 'ended without a word'}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    for kind, run in found["networks"].items():
        found["networks"][kind] = {**compared(name, kind, run), "set": run["set"]}
    return {**found, "digest": digest(name)}


# ---- the networks ------------------------------------------------------------------------------


def compared(name, kind, run):
    """Costs and weights of a library held against the book's, and what is kept of them.

    Raises
    ------
    ArithmeticError
        If they differ by more than the tolerance.
    """
    ours, within = given.TRAINED[kind](), run.get("within", WITHIN)
    theirs = storage.from_arrays(run["arrays"], NETWORKS[kind], layout=run["layout"])
    book = storage.from_arrays(ours["arrays"], NETWORKS[kind])
    pairs = [
        ("costs", run["costs"], ours["costs"], within),
        ("weights", network.to_vector(theirs), network.to_vector(book), within),
    ]
    pairs += [(p, run[p], ours[p], within) for p in ("gamma", "beta") if p in run]
    kept = {"costs": run["costs"], "within": within, "layout": run["layout"]}
    kept["arrays"] = run["arrays"]
    if "running_var" in run:
        pairs.append(("running_mean", run["running_mean"], ours["running_mean"], STATISTICS_WITHIN))
        by = {
            "n − 1": _off(run["running_var"], ours["running_var"]),
            "n": _off(run["running_var"], ours["running_var_n"]),
        }
        kept["variance"] = min(by, key=by.get)
        if min(by.values()) > STATISTICS_WITHIN:
            raise ArithmeticError(f"{name}, {kind}: a running variance of another kind: {by}")
    for part, got, expected, most in pairs:
        if _off(got, expected) > most:
            raise ArithmeticError(
                f"{name}, {kind}: expected the book's {part} within {most}, got "
                f"{_off(got, expected):.2g} beside them"
            )
    return {**kept, "costs": _short(kept["costs"]), "arrays": _short(kept["arrays"])}


def _off(got, expected):
    return float(np.max(np.abs(np.asarray(got, float) - np.asarray(expected, float))))


def _short(value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [_short(part) for part in value]
    return float(f"{value:.{DIGITS}g}")


# ---- the whole ---------------------------------------------------------------------------------


def changes(name, before, after):
    """What differs between two results of a library, a line each."""
    lines = []
    for package, version in after["versions"].items():
        earlier = before["versions"].get(package)
        if earlier != version:
            lines.append(f"{name}: {package} {earlier} -> {version}")
    for asked in QUESTIONS:
        was, now = before["answers"].get(asked, "–"), after["answers"].get(asked, "–")
        if was != now:
            lines.append(f"{name}: {asked}: {was} -> {now}")
    for kind, run in after["networks"].items():
        earlier = before["networks"].get(kind, {})
        for part in ("costs", "variance"):
            if earlier.get(part) != run.get(part):
                lines.append(f"{name}: {kind}, {part}: {earlier.get(part)} -> {run.get(part)}")
    return lines


def write(found):
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def run_all(names, folder, new):
    """Run the libraries named; return what went wrong, a line each."""
    found, wrong = results(), []
    kept = found.get("libraries", {})
    for name in names:
        try:
            result = ask(name, environment(LIBRARIES[name].needs, folder, new))
        except (RuntimeError, ArithmeticError, subprocess.CalledProcessError) as error:
            wrong.append(f"{name}: {error}")
            print(wrong[-1], flush=True)
            continue
        wrong += missing(name, result)
        if new:
            lines = changes(
                name, kept.get(name, {"versions": {}, "answers": {}, "networks": {}}), result
            )
            print("\n".join(lines) or f"{name}: nothing changed", flush=True)
            continue
        kept = results().get("libraries", {})  # another run may have written meanwhile
        kept[name] = {"run": str(date.today()), "python": platform.python_version(), **result}
        ordered = {n: kept[n] for n in LIBRARIES if n in kept}
        write({"given": given.digest(), "libraries": ordered})  # kept if the next is stopped
        print(f"{name}: {len(result['answers'])} answers, {result['versions']}", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(LIBRARIES)}")
    parser.add_argument("--changed", action="store_true", help="only those without a fresh result")
    parser.add_argument("--new", action="store_true", help="newest releases; nothing is written")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, metavar="FOLDER")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in LIBRARIES]
    if unknown:
        sys.exit(f"no such library: {', '.join(unknown)}; expected some of {', '.join(LIBRARIES)}")
    names = chosen.names or list(LIBRARIES)
    if chosen.changed:
        stale = problems(results())
        names = [n for n in names if any(s.startswith((f"{n}:", "given:")) for s in stale)]
    wrong = run_all(names, chosen.environments.resolve(), chosen.new)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
