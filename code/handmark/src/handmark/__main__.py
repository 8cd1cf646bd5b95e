"""The instructor's commands: `handmark COMMAND` or `python -m handmark COMMAND`."""

import argparse
import logging
import os
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path

from .course import Course, CourseError

PLATFORM_NAMES = ("moodle", "canvas", "blackboard")
EXAMPLES = """\
a course in eight commands:
  handmark release 01_linear_regression        the notebook for students
  handmark collect 01_linear_regression FOLDER what they sent: a folder or a zip
  handmark grade 01_linear_regression          in a sandbox, two at once
  handmark feedback 01_linear_regression       one HTML page a student
  handmark export 01_linear_regression         the marks as CSV
  handmark report 01_linear_regression         marks and commonest mistakes per task
  handmark check                               before a release: are all assignments sound?
  handmark totals --drop 2                     the term, over all assignments
further: page (the class in pictures), merge and remove (students)
"""


def parser():
    """The command line."""
    top = argparse.ArgumentParser(
        prog="handmark",
        description="Grade the exercises of the book.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--course", metavar="FOLDER", help="the course (default: found from here)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, text, many=False):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument(
            "assignment",
            nargs="*" if many else None,
            help="its folder in exercises/" + ("; none: all" if many else ""),
        )
        return sub

    sub = command("release", "make the released, the solution and the instructor's copy", many=True)
    sub.add_argument("--fast", action="store_true", help="do not run the solution copy")
    sub = command("collect", "take in submissions from a folder or a zip")
    sub.add_argument("source", type=Path, help="folder or zip")
    sub.add_argument(
        "--pattern",
        metavar="REGEX",
        help="where the student's id stands in a path: a group (?P<student>…)",
    )
    sub.add_argument(
        "--platform",
        choices=(*PLATFORM_NAMES, "nbgrader"),
        help="names as this platform gives them out; nbgrader: the exchange's folder inbound",
    )
    sub = command("check", "try the tests on the solution and on the empty stub", many=True)
    _sandbox_option(sub)
    sub = command("grade", "grade what was collected")
    sub.add_argument("--student", action="append", metavar="ID", help="only this one (repeatable)")
    sub.add_argument("--jobs", type=int, default=2, help="how many at once (default 2)")
    sub.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="have the submissions run by a Dask cluster, as in tcp://127.0.0.1:8786",
    )
    _sandbox_option(sub)
    sub = command("feedback", "write a page with marks and messages for each student")
    sub.add_argument("--jobs", type=int, default=2, help="how many at once (default 2)")
    sub.add_argument(
        "--zip",
        dest="platform",
        choices=("moodle", "canvas", "plain"),
        help="also put the pages into a zip, named as this platform takes them back",
    )
    sub = command("export", "write the marks as CSV")
    sub.add_argument("--to", type=Path, metavar="FILE", help="default: _grading/reports/NAME.csv")
    sub.add_argument(
        "--for",
        dest="platform",
        choices=(*PLATFORM_NAMES, "plain"),
        help="final marks alone, as this platform imports them",
    )
    command("report", "show the marks and the commonest mistakes of each task")
    sub = command("totals", "write the term's totals as CSV", many=True)
    sub.add_argument("--drop", type=int, default=0, help="so many worst ones do not count")
    sub.add_argument("--free-days", type=int, default=0, help="late days that cost nothing")
    sub.add_argument(
        "--cost", type=float, default=0.1, help="part of the points for each further late day"
    )
    command("page", "write the class in pictures: marks, mistakes, who needs help", many=True)
    text = "two ids are one student: give the work of the first to the second"
    sub = commands.add_parser("merge", help=text, description=text)
    sub.add_argument("old", metavar="OLD", help="the id that goes")
    sub.add_argument("new", metavar="NEW", help="the id that stays")
    sub.add_argument("--keep", metavar="ID", help="where both sent something: whose counts")
    text = "take a student out of the course; what was sent is kept aside"
    sub = commands.add_parser("remove", help=text, description=text)
    sub.add_argument("student", metavar="ID")
    return top


def _sandbox_option(sub):
    sub.add_argument(
        "--no-sandbox", action="store_true", help="run student code with your own rights"
    )


def main(arguments=None):
    """Run one command; the exit status is 0, 1 (faults found) or 2 (could not run)."""
    options = parser().parse_args(arguments)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    try:
        course = Course.find(options.course)
        return COMMANDS[options.command](course, options)
    except CourseError as error:
        print(f"handmark {options.command}: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(
            f"handmark: {error}.\nGrading needs more than reading: "
            "pip install -r requirements-grading.txt",
            file=sys.stderr,
        )
        return 2


def _bar(items, text):
    from tqdm import tqdm

    return tqdm(
        total=items,
        desc=text,
        unit="",
        disable=not sys.stderr.isatty(),
        bar_format="{desc} {bar} {n_fmt}/{total_fmt} [{elapsed}]",
    )


def _short(course, path):
    return os.path.relpath(path, course.root)


def _release(course, options):
    from .release import release

    names = options.assignment or course.assignments()
    with _bar(len(names), "release") as bar:
        for name in names:
            copies = release(course, name, execute=not options.fast)
            bar.update()
            bar.write(
                f"{name}: " + ", ".join(_short(course, p) for p in copies.values()), file=sys.stdout
            )
    return 0


def _collect(course, options):
    from .submissions import collect, collected

    found = collect(
        course,
        options.assignment,
        options.source,
        pattern=options.pattern,
        platform=options.platform,
    )
    notes = collected(course, options.assignment)
    for student, files in found.items():
        more = f" and {len(files) - 4} more" if len(files) > 4 else ""
        print(f"{student}: {', '.join(files[:4])}{more}")
        for what, do in notes[student]["person"]:
            print(f"    LOOK: {what}\n      DO: {do}")
        for text in notes[student]["told"]:
            print(f"    note: {text}")
    print(f"{len(found)} students. Next: handmark grade {options.assignment}")
    return 0


def _check(course, options):
    from .soundness import check

    names = options.assignment or course.assignments()
    faults = 0
    with _bar(len(names), "check") as bar:
        for name in names:
            course.check_name(name)
            found = check(course, name, sandboxed=not options.no_sandbox)
            faults += len(found)
            bar.update()
            bar.write(
                "\n".join(
                    [
                        f"{name}: " + ("sound" if not found else "has faults:"),
                        *(f"  - {fault}" for fault in found),
                    ]
                ),
                file=sys.stdout,
            )
    return 1 if faults else 0


def _grade(course, options):
    from .grading import grade
    from .submissions import students_of

    sandboxed = not options.no_sandbox
    if not sandboxed:
        print(
            "WITHOUT A SANDBOX: what the students sent runs with your rights on this computer.",
            file=sys.stderr,
        )
    count = len(options.student or students_of(course, options.assignment))
    with ExitStack() as bars:
        if options.cluster:
            away = bars.enter_context(_bar(count, "run"))
        bar = bars.enter_context(_bar(count, "grade"))
        results = grade(
            course,
            options.assignment,
            students=options.student,
            jobs=options.jobs,
            sandboxed=sandboxed,
            cluster=options.cluster,
            progress=lambda result: bar.update(),
            executed=lambda student: away.update(),
            put_away=lambda address, why: bar.write(
                f"worker {address} put away: {why}", sys.stderr
            ),
        )
    for result in results.values():
        print(f"{result.student}: {_marks(result)}")
        for what, do in result.person:
            print(f"    LOOK: {what}\n      DO: {do}")
        for text in result.told:
            print(f"    note: {text}")
    look = sum(result.status != "graded" for result in results.values())
    print(
        f"{len(results)} graded or tried, {look} for a person to look at"
        + ("" if sandboxed else "; WITHOUT A SANDBOX")
    )
    return 0


def _marks(result):
    """The points so far, of all; and how many a person has still to give or to refuse."""
    if not result.tasks:
        return "no mark"
    got = sum(task["score"] or 0 for task in result.tasks)
    waiting = sum(task["points"] for task in result.tasks if task["score"] is None)
    return f"{got:g} of {sum(task['points'] for task in result.tasks):g}" + (
        f", {waiting:g} of them to mark by hand" if waiting else ""
    )


def _feedback(course, options):
    from .grading import results_of
    from .results import feedback

    with _bar(len(results_of(course, options.assignment)), "feedback") as bar:
        pages, failed = feedback(
            course, options.assignment, jobs=options.jobs, progress=lambda student: bar.update()
        )
    for page in pages.values():
        print(_short(course, page))
    for student, why in failed.items():
        print(f"{student}: no feedback: {why}")
    if options.platform:
        from .results import feedback_zip

        path, left_out = feedback_zip(course, options.assignment, options.platform)
        for student, why in left_out:
            print(f"{student}: not in the zip: {why}")
        print(_short(course, path))
    return 0


def _export(course, options):
    from .results import export

    if options.platform:
        from .totals import for_platform

        path, left_out = for_platform(course, options.assignment, options.platform)
        for student, why in left_out:
            print(f"{student}: not in the file: {why}")
        print(_short(course, path))
        return 0
    print(_short(course, export(course, options.assignment, options.to)))
    return 0


def _report(course, options):
    from .results import report

    text = report(course, options.assignment)
    path = course.folder("reports", f"{options.assignment}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(text)
    print(f"(also in {_short(course, path)})")
    return 0


def _totals(course, options):
    from .totals import Rules, write

    rules = Rules(options.drop, options.free_days, options.cost)
    print(_short(course, write(course, options.assignment or None, rules)))
    return 0


def _class_page(course, options):
    from .class_page import write

    print(_short(course, write(course, options.assignment or None)))
    return 0


def _merge(course, options):
    from .people import merge

    moved = merge(course, options.old, options.new, keep=options.keep)
    print(f"now {options.new}'s: {', '.join(moved) or 'nothing new'}")
    _say_files(course, options.old)
    return 0


def _remove(course, options):
    from .people import remove

    print(f"kept aside in {_short(course, remove(course, options.student))}")
    _say_files(course, options.student)
    return 0


def _say_files(course, student):
    from .people import named_in_files

    for path in named_in_files(course, student):
        print(f"LOOK: {_short(course, path)} names {student}\n  DO: change it by hand")


COMMANDS = {
    "release": _release,
    "collect": _collect,
    "check": _check,
    "grade": _grade,
    "feedback": _feedback,
    "export": _export,
    "report": _report,
    "totals": _totals,
    "page": _class_page,
    "merge": _merge,
    "remove": _remove,
}

if __name__ == "__main__":
    sys.exit(main())
