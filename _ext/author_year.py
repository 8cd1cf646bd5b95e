"""The bibliography labels each work as the text cites it, by author and year, and is sorted so.

sphinxcontrib-bibtex cites by author and year, but its lists are numbered. A style of pybtex says
which label an entry has; `bibtex_default_style: author_year` in the configuration names this one.
"""

import sys
from pathlib import Path

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as UnsrtStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import citing


def label(entry):
    """Return "Minsky and Papert, 1969", or "Rumelhart et al., 1986" for three authors or more."""
    return ", ".join(filter(None, (citing.names(entry), entry.fields.get("year"))))


class AuthorYearLabels(BaseLabelStyle):
    """A label for each entry, the same one never twice."""

    def format_labels(self, sorted_entries):
        labels = [label(entry) for entry in sorted_entries]
        if twice := {text for text in labels if labels.count(text) > 1}:
            raise ValueError(f"works with the same label: expected one each, got {sorted(twice)}")
        return labels


class ByLabel(BaseSortingStyle):
    """Entries in the order of their labels."""

    def sorting_key(self, entry):
        return label(entry).lower()


class AuthorYearStyle(UnsrtStyle):
    """Entries as in `unsrt`, sorted by author and year."""

    default_sorting_style = ByLabel
    default_label_style = AuthorYearLabels


register_plugin("pybtex.style.formatting", "author_year", AuthorYearStyle)


def setup(app):
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
