"""A whole term: totals over the assignments, and files that platforms import.

The class is the roster's (see `handmark.roster`); without one it is all who have sent anything.
`_grading/due.csv` with the columns `assignment` and `due` (2026-11-03 23:59) says when each was due;
`_grading/late.csv` with `student`, `assignment` and `days` says what a person decided about days, and
goes before what the platform's times say.
"""

import csv
import math
from dataclasses import dataclass
from datetime import datetime

from . import grading, results, roster, submissions
from .course import CourseError

DAY = 24 * 60 * 60  # seconds


@dataclass(frozen=True)
class Rules:
    """How marks of a term become a total.

    Attributes
    ----------
    drop : int
        So many assignments with the lowest share of their points do not count.
    free_days : int
        Late days that a student has for the whole term.
    cost : float
        Part of an assignment's points that each further late day costs.
    """

    drop: int = 0
    free_days: int = 0
    cost: float = 0.1

    def __post_init__(self):
        if self.drop < 0 or self.free_days < 0 or not 0 <= self.cost <= 1:
            raise CourseError(
                "expected drop and free late days of 0 or more and a cost from 0 to 1, "
                f"got {self.drop}, {self.free_days} and {self.cost}"
            )


def totals(course, names=None, rules=None):
    """One row a student over the assignments.

    Parameters
    ----------
    course : Course
    names : list of str or None
        The assignments, in the order of the term; None: all that have results.
    rules : Rules or None

    Returns
    -------
    list of dict
        `student`, `name`, for each assignment its mark after late days (empty: not graded yet or
        without a mark), `late_days`, `dropped` (names), `total` and `out_of` (points that count),
        `percent`, `open` (assignments without a final mark; the total then holds what is there).
    """
    rules = rules or Rules()
    names = [n for n in course.assignments() if _graded(course, n)] if names is None else names
    for name in names:
        course.check_name(name)
    if not names:
        raise CourseError("nothing is graded: run `handmark grade NAME` first")
    if rules.drop >= len(names):
        raise CourseError(
            f"{rules.drop} assignments would drop out and there are {len(names)}: "
            "name fewer to drop"
        )
    tables = {name: {row["student"]: row for row in results.table(course, name)} for name in names}
    late = _late_days(course, names)
    people = {student: "" for name in names for student in tables[name]}
    known = roster.read(course)
    if known:
        people |= {entry.id: entry.name for entry in known.entries.values()}
    points = {name: max(row["max_score"] for row in tables[name].values()) for name in names}
    return [
        _row(student, people[student], tables, points, late, rules) for student in sorted(people)
    ]


def _graded(course, name):
    return bool(grading.results_of(course, name))


def _row(student, name, tables, points, late, rules):
    row, shares, used, not_final = {"student": student, "name": name}, {}, 0, []
    for assignment, rows in tables.items():
        mark = rows.get(student, {"score": 0, "to_mark": 0})
        score = mark["score"]
        if score == "" or mark["to_mark"]:
            not_final.append(assignment)
        if score != "":
            days = late.get((student, assignment), 0)
            costly = max(0, used + days - rules.free_days) - max(0, used - rules.free_days)
            used += days
            score = max(0.0, score - costly * rules.cost * points[assignment])
        row[assignment] = score
        shares[assignment] = (score or 0) / points[assignment]
    # what is not marked yet is no worst one
    ranked = sorted((a for a in shares if a not in not_final), key=lambda a: (shares[a], a))
    dropped = ranked[: rules.drop]
    kept = [a for a in shares if a not in dropped and row[a] != ""]
    total, out_of = sum(row[a] for a in kept), sum(points[a] for a in kept)
    row |= {
        "late_days": used,
        "dropped": " ".join(dropped),
        "total": round(total, 2),
        "out_of": out_of,
        "percent": round(100 * total / out_of, 1) if out_of else "",
        "open": " ".join(not_final),
    }
    return row


def _late_days(course, names):
    """(student, assignment) -> days, started ones counted whole."""
    due = {
        row["assignment"]: _time(row["due"], "due.csv")
        for row in _read(course, "due.csv", ("assignment", "due"))
    }
    days = {}
    for name in names:
        for student, came in submissions.collected(course, name).items():
            if came.get("sent") and name in due:
                over = (_time(came["sent"], "collected") - due[name]).total_seconds()
                days[student, name] = max(0, math.ceil(over / DAY))
            elif came.get("late"):
                days[student, name] = 1  # the platform says late and not how much
    for row in _read(course, "late.csv", ("student", "assignment", "days")):
        try:
            days[row["student"], row["assignment"]] = int(row["days"])
        except ValueError:
            raise CourseError(f"late.csv: expected whole days, got {row['days']!r}") from None
    return days


def _time(text, where):
    for shape in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d-%H-%M-%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), shape)
        except ValueError:
            continue
    raise CourseError(f"{where}: expected a time as 2026-11-03 23:59, got {text!r}")


def _read(course, file_name, columns):
    path = course.folder(file_name)
    if not path.exists():
        return []
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    if rows and not set(columns) <= set(rows[0]):
        raise CourseError(f"{path}: expected the columns {', '.join(columns)}")
    return rows


def write(course, names=None, rules=None, path=None):
    """Write `totals` as CSV; returns the Path."""
    path = path or course.folder("reports", "totals.csv")
    results.write_csv(path, totals(course, names, rules))
    return path


# -- files that platforms import ------------------------------------------------------------------


def for_platform(course, name, platform):
    """Write the marks of an assignment as the platform imports them.

    Only final marks are in it: who is still to be marked, or could not be graded, is left out, so
    that an import never writes a mark that is not one. Who sent nothing has 0.

    Parameters
    ----------
    platform : str
        "moodle" (Grades, Import, CSV file; joined by e-mail), "canvas" (Gradebook, Import; joined
        by the number of the user), "blackboard" (Grade Center, Work Offline, Upload; joined by the
        user name) or "plain".

    Returns
    -------
    path : Path
    left_out : list of [student, why]
    """
    if platform not in FORMATS:
        raise CourseError(f"no platform {platform!r}; there are: {', '.join(FORMATS)}")
    known = roster.read(course)
    came = submissions.collected(course, name)
    rows, left_out = [], []
    for mark in results.table(course, name):
        student = mark["student"]
        entry = known.entries.get(student) if known else None
        who = _who(student, entry, came.get(student, {}))
        key = FORMATS[platform].key(who)
        if mark["score"] == "":
            left_out.append([student, f"no mark: {mark['status']}"])
        elif mark["to_mark"]:
            left_out.append([student, f"{mark['to_mark']} answers to mark by hand"])
        elif not key:
            left_out.append([student, FORMATS[platform].missing])
        else:
            rows.append(FORMATS[platform].row(who, name, mark))
    if not rows:
        raise CourseError(
            f"no final marks for {platform}: "
            + ("; ".join(f"{s}: {why}" for s, why in left_out[:3]) or "nothing is graded")
        )
    path = course.folder("reports", f"{name}-{platform}.csv")
    results.write_csv(path, rows)
    return path, left_out


def _who(student, entry, came):
    """What a platform may know a student by."""
    name = entry.name if entry else came.get("name") or student
    addresses = entry.address.split() if entry else []
    mail = next((a for a in addresses if "@" in a), student if "@" in student else "")
    number = next((a for a in addresses if a.isdecimal()), came.get("number") or "")
    login = next((a for a in addresses if "@" not in a and not a.isdecimal()), mail.split("@")[0])
    words = name.split()
    return {
        "id": student,
        "name": name,
        "mail": mail,
        "number": number,
        "login": login or student,
        "first": " ".join(words[:-1]),
        "last": words[-1] if words else "",
    }


@dataclass(frozen=True)
class _Format:
    """How a platform wants its rows: what joins them, and the columns in their order."""

    joined_by: str
    missing: str
    columns: tuple  # of (header, value) with {assignment}, {points} and the keys of `_who`

    def key(self, who):
        return who[self.joined_by]

    def row(self, who, name, mark):
        known = {**who, "assignment": name, "points": f"{mark['max_score']:g}"}
        known["score"] = f"{mark['score']:g}"
        return {header.format_map(known): value.format_map(known) for header, value in self.columns}


FORMATS = {
    "moodle": _Format(
        "mail",
        "no e-mail in the roster",
        (("Email address", "{mail}"), ("Full name", "{name}"), ("{assignment}", "{score}")),
    ),
    "canvas": _Format(
        "number",
        "no number of the user in the roster or in the file's name",
        (
            ("Student", "{last}, {first}"),
            ("ID", "{number}"),
            ("SIS User ID", ""),
            ("SIS Login ID", "{mail}"),
            ("Section", ""),
            ("{assignment}", "{score}"),
        ),
    ),
    "blackboard": _Format(
        "login",
        "no user name in the roster",
        (
            ("Last Name", "{last}"),
            ("First Name", "{first}"),
            ("Username", "{login}"),
            ("{assignment} [Total Pts: {points} Score]", "{score}"),
        ),
    ),
    "plain": _Format(
        "id", "no id", (("id", "{id}"), ("name", "{name}"), ("{assignment}", "{score}"))
    ),
}
