"""The ledger and the errata as tables for a page, and the ledger as CSV.

The table is plain HTML, complete without a script; `_ext/claims_ledger.py` adds one that searches,
filters and sorts it, and makes a file of the CSV.
"""

import base64
import csv
import io
import re
from html import escape

from handgrad.book import table

from claims.ledger import FAILS, HOLDS, SOURCES, UNKNOWN, VERDICTS, counts, rows

MARKS = {HOLDS: "✓", FAILS: "✗", UNKNOWN: "?"}
CLASSES = {HOLDS: "holds", FAILS: "fails", UNKNOWN: "unknown"}
COLUMNS = ("Claim", "What is claimed, and where", "Printed", "Recomputed", "Verdict and notes")

GREEK = dict(
    zip(
        "theta alpha beta gamma delta eta lambda sigma phi mu tau nabla infinity".split(),
        "θ α β γ δ η λ σ φ μ τ ∇ ∞".split(),
        strict=True,
    ),
    Theta="Θ",
    Delta="Δ",
)
SIGNS = (("<=>", "⟺"), ("<-", "←"), (">=", "≥"), ("->", "→"))


class Html:
    """Something with an HTML face and a plain one."""

    def __init__(self, html, text):
        self.html, self.text = html, text

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return self.text


def pretty(text):
    """Text of the ledger for a page: letters and signs for their names, true minus signs; escaped."""
    for ascii_sign, sign in SIGNS:
        text = text.replace(ascii_sign, sign)
    names = "|".join(GREEK)
    text = re.sub(rf"(?<![A-Za-z])(d?)({names})(?![a-z])", lambda f: f[1] + GREEK[f[2]], text)
    text = re.sub(r"\bsum(?=_| ?\[| ?\()", "Σ", text)
    text = re.sub(
        r"([yY])\^(?![A-Za-z0-9{(*])", lambda found: "ŷ" if found[1] == "y" else "Ŷ", text
    )
    text = re.sub(r"(?<=\d)e([+-]\d+)\b", lambda e: f" × 10{superscript(int(e[1]))}", text)
    text = re.sub(r"(?:^|(?<=[\s(\[,=*/]))-(?=[\w(\[ ])", "−", text)
    return escape(text)


def superscript(number):
    return str(number).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))


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
    sign = f'<span class="sign" aria-hidden="true">{MARKS[row.verdict.verdict]}</span>'
    note = f"{pretty(row.note)} {chapter_link(row.check.chapter)}".strip()
    cells = (
        f"{pretty(row.claim)} <small>{pretty(row.where)}</small>",
        pretty(", ".join(row.printed)),
        pretty(row.verdict.recomputed),
        f"<b>{sign} {verdict_words(row)}</b> <small>{note}</small>",
    )
    data = "".join(
        f'<td data-label="{c}">{cell}</td>' for c, cell in zip(COLUMNS[1:], cells, strict=True)
    )
    author = escape(SOURCES[row.source].author)
    return (
        f'<tr id="{name}" class="{kind}" data-source="{row.source}" '
        f'data-verdict="{row.verdict.verdict}" data-kind="{row.kind}">'
        f'<th scope="row"><a href="#{name}">{row.id}</a> <small>{author}</small></th>{data}</tr>'
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
    lines.append(
        ["All", *(sum(column) for column in zip(*(line[1:] for line in lines), strict=True))]
    )
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
        writer.writerow(
            [
                row.id,
                row.source,
                SOURCES[row.source].author,
                row.where,
                row.claim,
                row.kind,
                row.inputs,
                "; ".join(row.printed),
                verdict.recomputed,
                verdict.verdict,
                verdict.how,
                "; ".join(verdict.missing),
                check.right if verdict.verdict == FAILS else "",
                verdict.slip,
                " ".join(notes),
                check.chapter,
            ]
        )
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
        f"{pretty(row.claim)} <small>({WEIGHTS[check.weight]})</small></dt><dd>",
        f"<p><b>Place:</b> {escape(SOURCES[row.source].author)}, {pretty(row.where)}. ",
        f"<b>Printed:</b> {pretty(', '.join(row.printed))}. ",
        f"<b>Recomputed:</b> {pretty(verdict.recomputed)}.</p>",
        f"<p><b>Right:</b> {pretty(check.right)}. ",
        f"<b>Likely slip:</b> {pretty(verdict.slip)}. " if verdict.slip else "",
        f"{pretty(' '.join(filter(None, (check.note, row.computed_note))))} ",
        f"Done right in {chapter_link(check.chapter)}.</p></dd>",
    ]
    return "".join(parts)


def errata_list(group):
    """The errata of a group as a list."""
    found = errata(group)
    html = '<dl class="errata">\n' + "\n".join(_erratum(row) for row in found) + "\n</dl>"
    return Html(html, "\n".join(f"{row.id}  {row.claim}: {row.check.right}" for row in found))
