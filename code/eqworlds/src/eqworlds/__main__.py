"""``python -m eqworlds check | mutate | symbols``: see ``--help``."""

from __future__ import annotations

import argparse
import sys

from .report import UNCHECKED_CAP, check_chapters, too_many_unchecked
from .worlds import load_worlds


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="eqworlds", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check every displayed equation of MyST files")
    check.add_argument("files", nargs="+")
    check.add_argument("--worlds", required=True, help="module that holds the worlds")
    check.add_argument(
        "--cap", type=float, default=UNCHECKED_CAP, help="share that may be unchecked"
    )
    symbols = commands.add_parser("symbols", help="list the symbols of each world")
    symbols.add_argument("--worlds", required=True)
    mutate = commands.add_parser("mutate", help="change each equation a little: is it caught?")
    mutate.add_argument("files", nargs="+")
    mutate.add_argument("--worlds", required=True)
    mutate.add_argument("--survivors", help="TOML file of survivors that are true statements")
    mutate.add_argument("--processes", type=int, default=2)
    mutate.add_argument(
        "--sample", type=float, default=1.0, help="share of the mutants that are tried"
    )
    options = parser.parse_args(arguments)
    return {"check": _check, "symbols": _symbols, "mutate": _mutate}[options.command](options)


def _check(options) -> int:
    report = check_chapters(options.files, options.worlds)
    for failure in report.failures:
        print(failure)
    for equation in report.equations:
        if equation.kind == "unchecked":
            print(
                f"{equation.path}:{equation.line}  ({equation.label})  unchecked: {equation.reason}"
            )
    complaint = too_many_unchecked(report, options.cap)
    if complaint:
        print(complaint)
    print(f"{report.summary()}; {report.seconds:.2f} s")
    return 1 if report.failures or complaint else 0


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
        problems = compare(result.survivors, read_survivors(options.survivors))
        for problem in problems:
            print(problem)
    print(f"{result.summary()}; {result.seconds:.1f} s")
    return 1 if problems or result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
