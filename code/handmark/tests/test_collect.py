"""Collecting: folders and zips as learning platforms make them, also evil ones."""

import os
import zipfile

import pytest
from handmark import submissions
from handmark.course import Course, CourseError

NAME = "tiny"


@pytest.fixture
def course(tmp_path):
    """A course that has one assignment and has released nothing."""
    folder = tmp_path / "course" / "exercises" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.md").write_text("")
    return Course(tmp_path / "course")


def zip_of(path, files):
    """A zip with the texts given: name -> text."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "files, students",
    [
        ({"anna/tiny.ipynb": "a", "ben/tiny.ipynb": "b"}, ["anna", "ben"]),
        ({"all/anna/tiny.ipynb": "a", "all/ben/tiny.ipynb": "b"}, ["anna", "ben"]),
        ({"anna/tiny/tiny.ipynb": "a", "ben/tiny/tiny.ipynb": "b"}, ["anna", "ben"]),
        ({"anna_tiny.ipynb": "a", "ben-tiny.ipynb": "b"}, ["anna", "ben"]),
        ({"Ben Bo_77_assignsubmission_file_/tiny.ipynb": "b"}, ["Ben_Bo_77"]),
        ({"s1@uni.edu/x.ipynb": "a", "__MACOSX/._x": "", ".DS_Store": ""}, ["s1@uni.edu"]),
    ],
)
def test_names_of_students(course, tmp_path, files, students):
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files))
    assert sorted(found) == students
    assert submissions.students_of(course, NAME) == students


def test_a_folder_gives_the_same_as_its_zip(course, tmp_path):
    for student in ("anna", "ben"):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "tiny.ipynb").write_text(student)
    assert sorted(submissions.collect(course, NAME, tmp_path / "in")) == ["anna", "ben"]
    assert (course.folder("inbox", NAME, "ben") / "tiny.ipynb").read_text() == "ben"


def test_a_pattern_finds_the_id(course, tmp_path):
    files = {
        "2026/group 1/mueller--s12--tiny.ipynb": "a",
        "2026/group 1/meier--s13--tiny.ipynb": "",
    }
    found = submissions.collect(
        course, NAME, zip_of(tmp_path / "x.zip", files), pattern=r"--(?P<student>s\d+)--"
    )
    assert sorted(found) == ["s12", "s13"]


def test_a_newer_submission_replaces_the_older_one(course, tmp_path):
    submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", {"anna/old.txt": "", "ben/a": ""}))
    submissions.collect(course, NAME, zip_of(tmp_path / "y.zip", {"anna/new.txt": "", "c/d": ""}))
    assert os.listdir(course.folder("inbox", NAME, "anna")) == ["new.txt"]
    assert submissions.students_of(course, NAME) == ["anna", "ben", "c"]


@pytest.mark.parametrize(
    "name",
    ["../../evil/tiny.ipynb", "/etc/evil", "anna/../../evil", "C:/evil/x", "anna\\..\\..\\evil"],
)
def test_a_zip_that_leads_out_is_refused(course, tmp_path, name):
    with pytest.raises(CourseError, match="leads out of the zip"):
        submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", {name: "x", "a/b": ""}))
    assert not submissions.students_of(course, NAME)


def test_links_are_left_out(course, tmp_path):
    (tmp_path / "in" / "anna").mkdir(parents=True)
    (tmp_path / "in" / "anna" / "tiny.ipynb").write_text("x")
    (tmp_path / "in" / "anna" / "link").symlink_to("/etc/passwd")
    entry = zipfile.ZipInfo("ben/link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("ben/tiny.ipynb", "y")
    assert submissions.collect(course, NAME, tmp_path / "in") == {"anna": ["tiny.ipynb"]}
    assert submissions.collect(course, NAME, tmp_path / "x.zip") == {"ben": ["tiny.ipynb"]}


def test_a_damaged_zip_is_said(course, tmp_path):
    path = zip_of(tmp_path / "x.zip", {"anna/tiny.ipynb": "x" * 1000})
    data = bytearray(path.read_bytes())
    data[40:60] = b"\0" * 20
    path.write_bytes(data)
    with pytest.raises(CourseError, match="cannot be unpacked"):
        submissions.collect(course, NAME, path)


def test_a_zip_bomb_is_refused(course, tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_UNPACKED", 1000)
    with pytest.raises(CourseError, match="would unpack to more"):
        submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", {"a/b": "x" * 2000}))


def test_two_students_with_one_name_are_refused(course, tmp_path):
    with pytest.raises(CourseError, match="would both become the student 'a_b'"):
        submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", {"a b/x": "", "a_b/x": ""}))


def test_an_empty_folder_is_said(course, tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(CourseError, match="no files of students"):
        submissions.collect(course, NAME, tmp_path / "in")
