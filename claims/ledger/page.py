"""The ledger and the errata as tables for a page, and the ledger as CSV.

The table is plain HTML, complete without a script; `_ext/claims_ledger.py` adds one that searches,
filters and sorts it, and makes a file of the CSV.
"""

import base64
import csv
import io
from html import escape

from handgrad.book import table

from claims.ledger import FAILS, HOLDS, SOURCES, UNKNOWN, VERDICTS, counts, rows

MARKS = {HOLDS: "✓", FAILS: "✗", UNKNOWN: "?"}
CLASSES = {HOLDS: "holds", FAILS: "fails", UNKNOWN: "unknown"}
COLUMNS = ("Claim", "Where", "What is claimed", "Printed", "Recomputed", "Verdict", "Notes")


class Html:
    """Something with an HTML face and a plain one."""

    def __init__(self, html, text):
        self.html, self.text = html, text

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return self.text


def signed(text):
    """Hyphens before a digit as true minus signs, but not in ranges and exponents' names."""
    out = ""
    for k, character in enumerate(text):
        before, after = text[k - 1 : k], text[k + 1 : k + 2]
        minus = character == "-" and after.isdigit() and (not before or before in " ([,e=*/")
        out += "−" if minus else character
    return out


def chapter_link(name):
    """A link to a chapter from a page beside it: "Chapter 7", or the lab after it."""
    number = name.partition("_")[0].lstrip("0")
    words = f"Chapter {number}" if number.isdigit() else f"Chapter {number[:-1]}, lab"
    return f'<a href="{name}.html">{words}</a>'


def verdict_words(row):
    how = row.verdict.how
    return row.verdict.verdict + (f", {how}" if how else "")


# ---- the table ------------------------------------------------------------------------------


def _row(row):
    name, kind = row.id.lower(), CLASSES[row.verdict.verdict]
    cells = (
        escape(row.where),
        escape(row.claim),
        signed(escape(", ".join(row.printed))),
        signed(escape(row.verdict.recomputed)),
        f'<span class="mark" aria-hidden="true">{MARKS[row.verdict.verdict]}</span> '
        + escape(verdict_words(row)),
        f"{escape(row.note)} {chapter_link(row.check.chapter)}".strip(),
    )
    data = "".join(f'<td data-label="{c}">{cell}</td>' for c, cell in zip(COLUMNS[1:], cells))
    return (
        f'<tr id="{name}" class="{kind}" data-source="{row.source}" '
        f'data-verdict="{row.verdict.verdict}" data-kind="{row.kind}">'
        f'<th scope="row"><a href="#{name}">{row.id}</a></th>{data}</tr>'
    )


def ledger_table():
    """All claims, one a row."""
    names = " ".join(f"{s}: {source.author}, {source.title}." for s, source in SOURCES.items())
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    body = "\n".join(_row(row) for row in rows())
    html = (
        '<div class="ledger-frame"><table class="ledger">'
        f"<caption>All {len(rows())} claims of the five sources. {escape(names)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )
    text = "\n".join(f"{row.id}  {verdict_words(row):32}  {row.claim}" for row in rows())
    return Html(html, text)


def counts_table():
    """Claims by source and verdict."""
    found = counts()
    lines = [
        [f"{name}, {source.author}", *(found[name, v] for v in VERDICTS)]
        for name, source in SOURCES.items()
    ]
    lines = [[*line, sum(line[1:])] for line in lines]
    lines.append(["All", *(sum(column) for column in zip(*(line[1:] for line in lines)))])
    return table(["Source", *VERDICTS, "all"], lines, caption="Claims by source and verdict")


# ---- CSV ------------------------------------------------------------------------------------

FIELDS = (
    "id,source,author,where,claim,kind,inputs,printed,recomputed,verdict,how,missing,right,slip,"
    "note,chapter"
).split(",")


def ledger_csv():
    """The ledger as CSV text, one line a claim."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for row in rows():
        verdict, check = row.verdict, row.check
        notes = filter(None, (check.note, row.computed_note, row.reading))
        writer.writerow([
            row.id, row.source, SOURCES[row.source].author, row.where, row.claim, row.kind,
            row.inputs, "; ".join(row.printed), verdict.recomputed, verdict.verdict, verdict.how,
            "; ".join(verdict.missing), check.right if verdict.verdict == FAILS else "",
            verdict.slip, " ".join(notes), check.chapter,
        ])
    return out.getvalue()


def download():
    """A link to the ledger as CSV; it works from any server, and without one."""
    data = base64.b64encode(ledger_csv().encode("utf-8-sig")).decode()
    return Html(
        f'<p><a class="ledger-csv" download="ledger.csv" href="data:text/csv;base64,{data}">'
        "Download the ledger as CSV</a></p>",
        "claims.ledger.page.ledger_csv() is the ledger as CSV",
    )


# ---- errata ---------------------------------------------------------------------------------


def errata(group):
    """Rows of the ledger that do not hold and belong to this group, the weightiest first."""
    found = [row for row in rows() if row.verdict.verdict == FAILS and row.check.group == group]
    return sorted(found, key=lambda row: -row.check.weight)


WEIGHTS = {3: "misleads", 2: "costs time", 1: "seen at a glance"}


def _erratum(row):
    verdict, check = row.verdict, row.check
    parts = [
        f'<dt id="erratum-{row.id.lower()}"><a href="ledger.html#{row.id.lower()}">{row.id}</a> '
        f"{escape(row.claim)} <small>({WEIGHTS[check.weight]})</small></dt><dd>",
        f"<p><b>Printed:</b> {signed(escape(', '.join(row.printed)))}. ",
        f"<b>Recomputed:</b> {signed(escape(verdict.recomputed))}.</p>",
        f"<p><b>Right:</b> {escape(check.right)}. ",
        f"<b>Likely slip:</b> {escape(verdict.slip)}. " if verdict.slip else "",
        f"{escape(' '.join(filter(None, (check.note, row.computed_note))))} ",
        f"Done right in {chapter_link(check.chapter)}.</p></dd>",
    ]
    return "".join(parts)


def errata_list(group):
    """The errata of a group as a list."""
    found = errata(group)
    html = '<dl class="errata">\n' + "\n".join(_erratum(row) for row in found) + "\n</dl>"
    return Html(html, "\n".join(f"{row.id}  {row.claim}: {row.check.right}" for row in found))
