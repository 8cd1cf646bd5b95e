"""The class in pictures: one HTML file with marks, mistakes and who needs help.

It asks nothing from elsewhere, and all that comes from students is shown as text.
"""

import re
from html import escape
from statistics import median

from . import grading, results, roster
from .course import CourseError

STEPS = 10  # bars of a distribution, each a tenth of the points
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
svg {{ max-width: 100%; fill: currentColor; }}
svg text {{ font-size: 12px; text-anchor: middle; }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def write(course, names=None):
    """Write `_grading/reports/class.html`; returns the Path.

    Parameters
    ----------
    course : Course
    names : list of str or None
        The assignments, in the order of the term; None: all that have results.

    Raises
    ------
    CourseError
        If nothing is graded.
    """
    if names is None:
        names = [name for name in course.assignments() if grading.results_of(course, name)]
    for name in names:
        course.check_name(name)
    tables = {name: results.table(course, name) for name in names}
    tables = {name: rows for name, rows in tables.items() if rows}
    if not tables:
        raise CourseError("nothing is graded: run `handmark grade NAME` first")
    title = f"The class: {next(iter(tables))}" + (" and on" if len(tables) > 1 else "")
    body = [_overview(tables), _help(course, tables)]
    body += [_assignment(course, name, rows) for name, rows in tables.items()]
    path = course.folder("reports", "class.html")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(title=escape(title), body="\n".join(body)), encoding="utf-8")
    return path


def _share(row):
    """Part of the points, or None where there is no final mark."""
    if row["score"] == "" or row["to_mark"] or not row["max_score"]:
        return None
    return row["score"] / row["max_score"]


def _sent(rows):
    """Shares of those who sent something and have a final mark."""
    shares = (_share(row) for row in rows if row["status"] != "nothing sent")
    return [share for share in shares if share is not None]


def _table(heads, rows):
    """An HTML table; numbers stand at the right."""
    side = [' class="n"' if _numbers(column) else "" for column in zip(*rows, strict=True)]
    head = "".join(f'<th scope="col"{s}>{escape(h)}' for h, s in zip(heads, side, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{s}>{escape(str(c))}" for c, s in zip(row, side, strict=True))
        for row in rows
    )
    return f"<div tabindex=0><table><thead><tr>{head}</thead><tbody>{body}</tbody></table></div>"


def _numbers(column):
    return all(cell == "" or re.fullmatch(r"[\d.]+( %)?", str(cell)) for cell in column)


def _percent(share):
    return f"{100 * share:.0f} %"


def _overview(tables):
    rows = []
    for name, lines in tables.items():
        shares = _sent(lines)
        absent = sum(row["status"] == "nothing sent" for row in lines)
        rows.append(
            [
                name,
                len(lines) - absent,
                absent,
                _percent(median(shares)) if shares else "",
                sum(share == 1 for share in shares),
                sum(row["status"] in ("look", "failed") for row in lines),
                sum(bool(row["to_mark"]) for row in lines),
            ]
        )
    heads = [
        "assignment",
        "sent",
        "nothing sent",
        "median of the marks",
        "all points",
        "a person must look",
        "to mark by hand",
    ]
    return "<h2>Assignments</h2>" + _table(heads, rows)


def _help(course, tables):
    """Who has under half of the points, or sent nothing to the last two assignments."""
    known = roster.read(course)
    entries = known.entries if known else {}
    people = {}
    for name, rows in tables.items():
        for row in rows:
            people.setdefault(row["student"], {})[name] = row
    found = []
    for student, marks in sorted(people.items()):
        shares = [share for row in marks.values() if (share := _share(row)) is not None]
        mean = sum(shares) / len(shares) if shares else None
        last = [marks.get(name, {}).get("status") for name in list(tables)[-2:]]
        why = []
        if mean is not None and mean < 0.5:
            why.append("under half of the points")
        if len(last) == 2 and set(last) == {"nothing sent"}:
            why.append("nothing sent to the last two")
        if any(row["status"] == "failed" for row in marks.values()):
            why.append("work that could not be graded")
        if why:
            name = entries[student].name if student in entries else ""
            share = "" if mean is None else _percent(mean)
            found.append([student, name, share, ", ".join(why)])
    text = _table(["student", "name", "points", "why"], found) if found else "<p>Nobody.</p>"
    return (
        "<h2>Who needs help</h2><p>Under half of the points so far, nothing sent to the last two "
        f"assignments, or work that could not be graded.</p>{text}"
    )


def _assignment(course, name, rows):
    by_student = {row["student"]: row for row in rows}
    marked = [
        r
        for r in grading.results_of(course, name).values()
        if by_student.get(r.student, {}).get("status") in ("graded", "look")
    ]
    parts = [f"<h2>{escape(name)}</h2>", _picture(_sent(rows), "all tasks")]
    tasks = []
    for index, task in enumerate(marked[0].tasks if marked else []):
        scores = [by_student[r.student][task["id"]] for r in marked if r.student in by_student]
        given = [score for score in scores if score != ""]
        empty, mistakes = results.failures_of(marked, index)
        tasks.append(
            [
                task["id"],
                f"{task['points']:g}",
                _percent(sum(given) / len(given) / task["points"]) if given else "",
                sum(score == task["points"] for score in given),
                sum(score == 0 for score in given),
                empty,
                "; ".join(f"{count} × {failure}" for failure, count in mistakes.most_common(3)),
            ]
        )
    heads = ["task", "points", "mean", "all points", "no point", "left empty", "commonest mistakes"]
    return "\n".join([*parts, _table(heads, tasks) if tasks else ""])


def _picture(shares, what):
    """How many have which part of the points: bars with their numbers, as SVG."""
    if not shares:
        return "<p>No final marks yet.</p>"
    counts = [0] * STEPS
    for share in shares:
        counts[min(STEPS - 1, int(share * STEPS + 1e-9))] += 1
    words = ", ".join(
        f"{count} from {100 * k // STEPS} to {100 * (k + 1) // STEPS} %"
        for k, count in enumerate(counts)
        if count
    )
    bars = []
    for k, count in enumerate(counts):
        x, high = 10 + 50 * k, 100 * count / max(counts)
        if count:
            bars.append(f'<rect x="{x}" y="{120 - high:.1f}" width="40" height="{high:.1f}"/>')
            bars.append(f'<text x="{x + 20}" y="{115 - high:.1f}">{count}</text>')
        bars.append(f'<text x="{x - 5}" y="136">{100 * k // STEPS}</text>')
    bars.append('<text x="505" y="136">100 %</text>')
    return (
        f'<svg viewBox="-10 0 550 145" width="550" role="img" aria-label="Students by their part of '
        f'the points, {escape(what)}: {words}.">{"".join(bars)}</svg>'
    )
