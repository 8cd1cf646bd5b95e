"""Every work in the bibliography is cited, and carries the label with which it is cited."""

import re
import sys
from pathlib import Path

import pytest
from pybtex.database import Entry, Person, parse_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "_ext"))

import author_year  # noqa: E402
import citing  # noqa: E402

WORKS = parse_file(str(ROOT / "references.bib")).entries


def cited():
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "chapters").glob("*.md"))
    roles = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    return {key.strip() for keys in roles for key in keys.split(",")}


def test_every_work_is_cited_and_every_citation_is_there():
    assert cited() == set(WORKS)


@pytest.mark.parametrize(
    ("authors", "shown"),
    [
        (["Rosenblatt, Frank"], "Rosenblatt, 1958"),
        (["Minsky, Marvin", "Papert, Seymour"], "Minsky and Papert, 1958"),
        (["A, B", "C, D", "E, F"], "A et al., 1958"),
    ],
)
def test_labels_name_author_and_year(authors, shown):
    entry = Entry("book", {"year": "1958"}, {"author": [Person(name) for name in authors]})
    assert author_year.label(entry) == shown


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (r"author = {G{\"o}del, Kurt and {van der} Waerden, B. L.}", "Gödel and van der Waerden"),
        (r"author = {van der Waerden, B. L.}", "van der Waerden"),
        (r"author = {{The Team of Some Library}}", "The Team of Some Library"),
        (r"editor = {M{\'e}rat, A}", "Mérat"),
        (r"title = {On {B}ayes}", "On Bayes"),
    ],
)
def test_names_are_read_as_bibtex_means_them(tmp_path, fields, names):
    (tmp_path / "r.bib").write_text("@book{key, " + fields + ", year = 1999}", "utf-8")
    (work,) = citing.works(tmp_path / "r.bib").values()
    assert citing.names(work) == names
    assert author_year.label(work) == f"{names}, 1999"


def test_the_list_is_sorted_and_no_label_is_there_twice():
    style = author_year.AuthorYearStyle()
    labels = [entry.label for entry in style.format_entries(style.sort(WORKS.values()))]
    assert len(set(labels)) == len(WORKS)
    assert [text[0].lower() for text in labels] == sorted(text[0].lower() for text in labels)


def test_a_label_that_is_there_twice_is_an_error():
    entry = Entry("book", {"year": "1958"}, {"author": [Person("Rosenblatt, Frank")]})
    with pytest.raises(ValueError, match="expected one each"):
        author_year.AuthorYearLabels().format_labels([entry, entry])
