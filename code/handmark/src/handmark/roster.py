"""The roster of a class: who is in it, and under which names a platform knows them.

`_grading/roster.csv`, UTF-8, with a header. Columns: `id` (the student's, as in the notebook), `name`
(given name first) and `address` (in the platform: e-mail, login or number; several with blanks
between them). More columns stay and are not read.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass

from .course import CourseError

COLUMNS = ("id", "name", "address")


@dataclass(frozen=True)
class Entry:
    """One student of the class."""

    id: str
    name: str
    address: str


class Roster:
    """The students of a class, to be found by id, name, address or number."""

    def __init__(self, entries):
        self.entries = {entry.id: entry for entry in entries}
        self._known, self._numbers = {}, {}
        for entry in self.entries.values():
            for key in _keys(entry):
                self._known.setdefault(key, set()).add(entry.id)
            for address in entry.address.split():
                self._numbers.setdefault(address, set()).add(entry.id)

    def find(self, text, number=None):
        """The one Entry that `text` or the platform's `number` means, else None.

        A number that is an address of the roster decides; a name that two students have means none
        of them.
        """
        named = set().union(*(self._known.get(key, ()) for key in _foldings(text)))
        for found in (self._numbers.get(number, ()), named):
            if len(found) == 1:
                return self.entries[next(iter(found))]
        return None


def _keys(entry):
    """All that may stand for a student, folded."""
    words = entry.name.replace(",", " ").split()
    turned = {" ".join(words[k:] + words[:k]) for k in range(len(words))}  # family name first
    addresses = entry.address.split()
    logins = {address.split("@")[0] for address in addresses}
    texts = {entry.id, *turned, *addresses, *logins}
    return set().union(*map(_foldings, texts))


def _foldings(text):
    """Letters and digits alone, small, without accents: ü as u and as ue, as platforms write it."""
    text = unicodedata.normalize("NFC", text.casefold())
    two = text.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}))
    plain = (unicodedata.normalize("NFKD", form) for form in (text, two))
    letters = ("".join(c for c in form if unicodedata.category(c) != "Mn") for form in plain)
    return {re.sub(r"[\W_]", "", form) for form in letters} - {""}


def path_of(course):
    """Where the roster of a course lies."""
    return course.folder("roster.csv")


def read(course, path=None):
    """The Roster of a course, or None if there is none.

    Raises
    ------
    CourseError
        If a column is missing, an id is empty or stands there twice.
    """
    path = path or path_of(course)
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f'{path} is not UTF-8: save it as "CSV UTF-8"') from None
    delimiter = ";" if text.split("\n")[0].count(";") > text.split("\n")[0].count(",") else ","
    rows = list(csv.DictReader(text.splitlines(), delimiter=delimiter))
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing or not rows:
        raise CourseError(
            f"{path}: expected the columns {', '.join(COLUMNS)} and a line for each student; "
            + (f"missing: {', '.join(missing)}" if missing else "there is no line")
        )
    entries, seen = [], set()
    for line, row in enumerate(rows, start=2):
        values = {key: unicodedata.normalize("NFC", (row[key] or "").strip()) for key in COLUMNS}
        if not values["id"] or values["id"].casefold() in seen:
            raise CourseError(
                f"{path}, line {line}: "
                + (f"the id {values['id']!r} is there twice" if values["id"] else "no id")
            )
        if re.search(r"[/\\\x00-\x1f]|^\.", values["id"]):
            raise CourseError(f"{path}, line {line}: the id {values['id']!r} cannot name a folder")
        seen.add(values["id"].casefold())
        entries.append(Entry(**values))
    return Roster(entries)
