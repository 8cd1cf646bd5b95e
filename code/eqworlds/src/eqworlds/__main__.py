"""Check the displayed equations of a book against numbers.

eqworlds check FILES --worlds worlds.py     every display of Markdown files and notebooks
eqworlds explain LABEL FILES --worlds ...   how one display was read, and what its sides came to
eqworlds mutate FILES --worlds ...          change each display a little: is it noticed?
eqworlds symbols --worlds ...               the symbols of each world
eqworlds init FILES                         write a first world file
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .chapters import read_chapter
from .check import Checker
from .report import UNCHECKED_CAP, check_chapters, too_many_unchecked
from .worlds import load_worlds


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something fails, 2 if it cannot be run."""
    parser = argparse.ArgumentParser(
        prog="eqworlds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, does: str, *, files: bool = True, worlds: bool = True):
        one = commands.add_parser(name, help=does, description=does)
        if files:
            one.add_argument("files", nargs="+", help="Markdown files or notebooks")
        if worlds:
            one.add_argument("--worlds", required=True, help="a file, folder or module of worlds")
        return one

    check = command("check", "check every displayed equation")
    check.add_argument(
        "--cap", type=float, default=UNCHECKED_CAP, help="share that may be unchecked (%(default)s)"
    )
    check.add_argument(
        "--strict", action="store_true", help="every display is a labelled {math} in a world"
    )
    check.add_argument(
        "--inline",
        help="also check formulas within lines; a TOML list of cases, settings, exceptions",
    )
    told = command("explain", "tell how one display was read and evaluated", files=False)
    told.add_argument("label")
    told.add_argument("files", nargs="+", help="Markdown files or notebooks")
    command("symbols", "list the symbols of each world", files=False)
    mutate = command("mutate", "change each equation a little: is it caught?")
    mutate.add_argument("--survivors", help="TOML file of survivors that are true statements")
    mutate.add_argument("--processes", type=int, default=2)
    mutate.add_argument("--sample", type=float, default=1.0, help="share of the mutants to try")
    mutate.add_argument("--results", help="JSON file to write: mutants tried and noticed by label")
    first = command("init", "write a first world file", worlds=False)
    first.add_argument("--output", default="worlds.py", help="where to (%(default)s)")
    options = parser.parse_args(arguments)
    run = {"check": _check, "symbols": _symbols, "mutate": _mutate, "explain": _explain}
    try:
        return {**run, "init": _init}[options.command](options)
    except (OSError, ValueError) as error:
        print(f"eqworlds {options.command}: {_said(error)}", file=sys.stderr)
        return 2


def _said(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {error.filename}"
    if isinstance(error, json.JSONDecodeError):
        return f"this notebook cannot be read: {error}"
    return str(error)


def _check(options) -> int:
    from .inline import check_inline

    checker = Checker(load_worlds(options.worlds))  # one for both, so that worlds are made once
    report = check_chapters(options.files, checker, strict=options.strict)
    for failure in report.failures:
        print(failure)
    for equation in report.equations:
        if equation.kind == "unchecked":
            label = equation.label or "no label"
            print(f"{equation.path}:{equation.line}  ({label})  unchecked: {equation.reason}")
    complaint = too_many_unchecked(report, options.cap)
    if complaint:
        print(complaint)
    print(f"{report.summary()}; {report.seconds:.2f} s")
    if not options.inline:
        return 1 if report.failures or complaint else 0
    within = check_inline(options.files, checker, options.inline)
    for problem in within.problems:
        print(problem)
    print(f"{within.summary()}; {within.seconds:.2f} s")
    return 1 if report.failures or complaint or within.problems else 0


def _explain(options) -> int:
    from .explain import explain

    checker = Checker(load_worlds(options.worlds))
    read = [equation for path in options.files for equation in read_chapter(path)]
    found = [equation for equation in read if equation.label == options.label]
    for equation in found:
        print(explain(equation, checker))
    if not found:
        near = sorted({e.label for e in read if e.label and e.label[:4] == options.label[:4]})
        print(f"no display is labelled {options.label!r}; labelled alike: {', '.join(near) or '-'}")
    return 0 if found else 1


def _init(options) -> int:
    from .first_world import first_world

    output = Path(options.output)
    if output.exists():
        raise ValueError(f"{output} exists already: give another name with --output")
    read = [equation for path in options.files for equation in read_chapter(path)]
    output.write_text(first_world(read), encoding="utf-8")
    print(
        f"{output} declares the symbols of {len(read)} displays: say there what is computed, then\n"
        f"write '% world: first' above a display and run: eqworlds check {' '.join(options.files)} "
        f"--worlds {output} --cap 1"
    )
    return 0


def _symbols(options) -> int:
    for name, maker in sorted(load_worlds(options.worlds).items()):
        print(f"{name}: {maker.meaning}")
        for declaration in maker(1).declarations.values():
            kind = "function" if declaration.function else declaration.shape
            print(f"    {declaration.name:16s} {kind:22s} {declaration.meaning}")
    return 0


def _mutate(options) -> int:
    from .mutate import mutate_chapters
    from .survivors import compare, read_survivors

    result = mutate_chapters(
        options.files, options.worlds, processes=options.processes, sample=options.sample
    )
    print(result.table())
    problems = []
    if options.survivors:
        known = read_survivors(options.survivors)
        problems = compare(result.survivors, known, whole=options.sample >= 1)
        for problem in problems:
            print(problem)
    if options.results:
        rows = dict(sorted(result.labels.items()))
        lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items())
        Path(options.results).write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{result.summary()}; {result.seconds:.1f} s")
    return 1 if problems or result.broken or result.crashed else 0


if __name__ == "__main__":
    sys.exit(main())
