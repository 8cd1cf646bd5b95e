"""Works as a text cites them: the names of the authors, then the year."""

from pybtex.database import parse_file
from pybtex.richtext import Text


def works(path):
    """The works of a BibTeX file, by their keys."""
    return parse_file(str(path), bib_format="bibtex").entries


def names(work):
    """Last names: "Minsky and Papert", "Rumelhart et al." for three or more; else the title."""
    people = work.persons.get("author") or work.persons.get("editor") or []
    known = [
        " ".join(map(str, (*person.rich_prelast_names, *person.rich_last_names)))
        for person in people
    ]
    if not known:
        return str(Text.from_latex(work.fields.get("title", work.key)))
    return f"{known[0]} et al." if len(known) > 2 else " and ".join(known)
