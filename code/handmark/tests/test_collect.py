"""Collecting: folders and zips as learning platforms make them, also evil ones."""

import os
import zipfile

import pytest
from handmark import roster, submissions
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


def notes_of(course, student):
    """All that collecting noted about a student, as one text."""
    came = submissions.collected(course, NAME)[student]
    return " | ".join([*came["told"], *(f"{what}: {do}" for what, do in came["person"])])


def test_two_students_whose_ids_would_be_the_same_are_both_kept_and_it_is_said(course, tmp_path):
    files = {"a b/x.ipynb": "of a b", "a_b/x.ipynb": "of a_b", "a!b/x.ipynb": "of a!b"}
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files))
    kept = {(course.folder("inbox", NAME, s) / "x.ipynb").read_text(): s for s in found}
    assert sorted(kept) == ["of a b", "of a!b", "of a_b"] and kept["of a_b"] == "a_b"
    assert "'a b' became" in notes_of(course, kept["of a b"])


@pytest.mark.parametrize(
    "names",
    [
        ["王小明", "李小红", "Ольга Петрова", "محمد علي", "नमिता", "🙂"],
        ["müller", "möller", "muller"],
        ["x" * 300, "x" * 299, "ü" * 300],
        ["-rf", "..b", "con.", "a/../b".replace("/", "∕")],
    ],
)
def test_every_name_that_people_have_is_taken(course, tmp_path, names):
    files = {f"{name}/tiny.ipynb": name for name in names}
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files))
    texts = [(course.folder("inbox", NAME, s) / "tiny.ipynb").read_text() for s in found]
    assert sorted(texts) == sorted(names)
    assert all(len(s.encode()) <= 120 and not s.startswith(("-", ".")) for s in found)
    again = submissions.collect(course, NAME, zip_of(tmp_path / "y.zip", files))
    assert again == found  # the same ids another week


def test_composed_and_decomposed_letters_are_one_student(course, tmp_path):
    two = {"M\u00fcller/tiny.ipynb": "composed", "Mu\u0308ller/data.csv": "decomposed"}
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", two))
    assert found == {"M\u00fcller": ["data.csv", "tiny.ipynb"]}


def test_long_and_deep_names_of_files_are_cut(course, tmp_path):
    files = {
        f"anna/{'y' * 400}.ipynb": "long",
        f"anna/{'z/' * 300}deep.txt": "deep",
        "anna/a\nb.txt": "line",
        "ben/tiny.ipynb": "b",
    }
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files))
    lengths = [len(part) for name in found["anna"] for part in name.split("/")]
    assert len(found["anna"]) == 3 and max(lengths) <= 110
    assert any(name.endswith(".ipynb") for name in found["anna"]) and "\n" not in "".join(
        found["anna"]
    )


def test_a_file_that_stands_where_a_folder_must_is_said_and_stops_nothing(course, tmp_path):
    files = {"anna/data": "a file", "anna/data/x.csv": "in a folder", "ben/tiny.ipynb": "b"}
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files))
    assert sorted(found) == ["anna", "ben"]
    assert "could not be written" in notes_of(course, "anna")


def dated(path, files):
    """A zip with files of different ages: (name, text, year)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text, year in files:
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
    return path


@pytest.mark.parametrize("years", [(2025, 2026), (2026, 2025)])
def test_of_two_files_of_one_name_the_later_counts_and_it_is_said(course, tmp_path, years):
    files = [
        ("1/anna--s12--/tiny.ipynb", f"of {years[0]}", years[0]),
        ("2/anna--s12--/tiny.ipynb", f"of {years[1]}", years[1]),
    ]
    source = dated(tmp_path / "x.zip", files)
    submissions.collect(course, NAME, source, pattern=r"--(?P<student>s\d+)--")
    assert (course.folder("inbox", NAME, "s12") / "tiny.ipynb").read_text() == "of 2026"
    said = notes_of(course, "s12")
    assert "counts" in said and "was left out" in said and "two students" in said


def test_files_beside_each_other_for_one_student_are_attempts_too(course, tmp_path):
    files = [("anna_tiny.ipynb", "first", 2025), ("anna_tiny (1).ipynb", "second", 2026)]
    submissions.collect(course, NAME, dated(tmp_path / "x.zip", files))
    assert (course.folder("inbox", NAME, "anna") / "tiny.ipynb").read_text() == "second"
    assert "was left out" in notes_of(course, "anna")


def test_a_note_of_collecting_is_replaced_with_what_is_collected(course, tmp_path):
    files = [("anna_tiny.ipynb", "first", 2025), ("anna_tiny (1).ipynb", "second", 2026)]
    submissions.collect(course, NAME, dated(tmp_path / "x.zip", files))
    submissions.collect(course, NAME, zip_of(tmp_path / "y.zip", {"anna/tiny.ipynb": "third"}))
    assert notes_of(course, "anna") == ""


# -- platforms, as they name what they give out ---------------------------------------------------

MOODLE = {
    "Anna Müller_700000_assignsubmission_file_/tiny.ipynb": "anna",
    "Anna Müller_700000_assignsubmission_file_/data/x.csv": "data",
    "Ben O'Neil_700001_assignsubmission_file_/tiny.ipynb": "ben",
    "王 小明_700002_assignsubmission_file/tiny.ipynb": "wang",
    "Jan_van_der_Berg_700003_assignsubmission_onlinetext_/onlinetext.html": "jan",
}
CANVAS = {
    "muelleranna_4007_88007_tiny-2.ipynb": "anna",
    "oneilben_LATE_4008_88008_tiny.ipynb": "ben",
    "oneilben_LATE_4008_88009_data.csv": "data",
    "vanderbergjan_4009_88010_my_first_try.ipynb": "jan",
}
BLACKBOARD = {
    "Exercises 1_anna02_attempt_2026-11-03-14-05-06_tiny.ipynb": "first",
    "Exercises 1_anna02_attempt_2026-11-04-09-00-00_tiny.ipynb": "second",
    "Exercises 1_anna02_attempt_2026-11-04-09-00-00.txt": "about",
    "Exercises 1_ben7_attempt_2026-11-02-01-02-03_my_tiny.ipynb": "ben",
}


def test_moodle(course, tmp_path):
    source = zip_of(tmp_path / "x.zip", MOODLE)
    found = submissions.collect(course, NAME, source, platform="moodle")
    assert found == {
        "Anna_Müller": ["data/x.csv", "tiny.ipynb"],
        "Ben_O_Neil": ["tiny.ipynb"],
        "Jan_van_der_Berg": ["onlinetext.html"],
        "王_小明": ["tiny.ipynb"],
    }


def test_two_people_of_one_name_on_moodle_are_two(course, tmp_path):
    files = {
        "Anna Li_1_assignsubmission_file_/tiny.ipynb": "one",
        "Anna Li_2_assignsubmission_file_/tiny.ipynb": "two",
    }
    found = submissions.collect(course, NAME, zip_of(tmp_path / "x.zip", files), platform="moodle")
    texts = {(course.folder("inbox", NAME, s) / "tiny.ipynb").read_text() for s in found}
    assert texts == {"one", "two"}
    assert any("became" in notes_of(course, student) for student in found)


def test_canvas(course, tmp_path):
    source = zip_of(tmp_path / "x.zip", CANVAS)
    found = submissions.collect(course, NAME, source, platform="canvas")
    assert found == {
        "muelleranna": ["tiny.ipynb"],
        "oneilben": ["data.csv", "tiny.ipynb"],
        "vanderbergjan": ["my_first_try.ipynb"],
    }
    came = submissions.collected(course, NAME)
    assert [came[s]["number"] for s in sorted(came)] == ["4007", "4008", "4009"]
    assert came["oneilben"]["late"] and not came["muelleranna"]["late"]


def test_blackboard_and_its_attempts(course, tmp_path):
    source = zip_of(tmp_path / "x.zip", BLACKBOARD)
    found = submissions.collect(course, NAME, source, platform="blackboard")
    assert found == {"anna02": ["tiny.ipynb"], "ben7": ["my_tiny.ipynb"]}
    assert (course.folder("inbox", NAME, "anna02") / "tiny.ipynb").read_text() == "second"
    assert submissions.collected(course, NAME)["anna02"]["sent"] == "2026-11-04-09-00-00"
    assert "several attempts; the last counts" in notes_of(course, "anna02")


def test_a_platform_that_is_not_known_is_said(course, tmp_path):
    for options, said in (
        (dict(platform="ilias"), "there are: moodle, canvas, blackboard"),
        (dict(platform="moodle", pattern="x"), "not both"),
    ):
        with pytest.raises(CourseError, match=said):
            submissions.collect(course, NAME, tmp_path, **options)


# -- the roster -----------------------------------------------------------------------------------

ROSTER = """id,name,address
s12,Anna Müller,anna02@uni.edu 4007
s13,Ben O'Neil,ben7@uni.edu
s14,王小明,wang@uni.edu
s15,Jan van der Berg,berg@uni.edu
s16,Zoë Nobody,zoe@uni.edu
"""


@pytest.fixture
def listed(course):
    """The course with a roster."""
    course.work.mkdir(exist_ok=True)
    roster.path_of(course).write_text(ROSTER, encoding="utf-8")
    return course


@pytest.mark.parametrize(
    "platform, files, ids",
    [
        ("moodle", MOODLE, ["s12", "s13", "s14", "s15"]),
        ("canvas", CANVAS, ["s12", "s13", "s15"]),
        ("blackboard", BLACKBOARD, ["s12", "s13"]),
        (None, {"s12/tiny.ipynb": "", "Müller, Anna_x/t": "", "S13/tiny.ipynb": ""}, None),
        (None, {"s12_tiny.ipynb": "", "ben7@uni.edu_tiny.ipynb": ""}, ["s12", "s13"]),
    ],
)
def test_the_roster_gives_every_platforms_names_one_id(listed, tmp_path, platform, files, ids):
    found = submissions.collect(listed, NAME, zip_of(tmp_path / "x.zip", files), platform=platform)
    if ids is not None:
        assert sorted(found) == ids
    else:
        assert {"s12", "s13"} < set(found)
        assert "is not on the roster" in notes_of(listed, "Müller_Anna_x")


def test_a_name_that_two_have_means_neither_and_a_number_decides(course):
    people = [roster.Entry("a", "Anna Li", "1"), roster.Entry("b", "Li Anna", "2")]
    known = roster.Roster(people)
    assert known.find("Anna Li") is None
    assert known.find("Anna Li", "2").id == "b"


def test_a_number_of_the_platform_is_not_taken_for_a_students_id():
    known = roster.Roster([roster.Entry("700000", "Ben Bo", ""), roster.Entry("s1", "Anna Li", "")])
    assert known.find("Anna Li", "700000").id == "s1"


@pytest.mark.parametrize("text", ["muelleranna", "mulleranna", "Anna MÜLLER", "Mu\u0308ller, Anna"])
def test_a_name_with_an_umlaut_is_found_as_any_platform_writes_it(text):
    assert roster.Roster([roster.Entry("s1", "Anna Müller", "")]).find(text).id == "s1"


@pytest.mark.parametrize(
    "text, said",
    [
        ("id,name\na,b\n", "missing: address"),
        ("id,name,address\n", "there is no line"),
        ("id,name,address\na,b,c\nA,d,e\n", "line 3: the id 'A' is there twice"),
        ("id,name,address\n,b,c\n", "line 2: no id"),
        ("id,name,address\n../x,b,c\n", "cannot name a folder"),
    ],
)
def test_a_roster_with_faults_is_said(listed, text, said):
    roster.path_of(listed).write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=said):
        roster.read(listed)


def test_a_roster_as_excel_writes_it_is_read(listed):
    text = "\ufeff" + ROSTER.replace(",", ";")
    roster.path_of(listed).write_text(text, encoding="utf-8")
    assert list(roster.read(listed).entries) == ["s12", "s13", "s14", "s15", "s16"]


def test_an_empty_folder_is_said(course, tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(CourseError, match="no files of students"):
        submissions.collect(course, NAME, tmp_path / "in")


def exchange(folder, *sent):
    """What nbgrader's exchange holds: (student, assignment, time, text) -> folders in inbound."""
    for student, name, time, text in sent:
        place = folder / f"{student}+{name}+{time}+c2VjcmV0"
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_text(text)
        (place / "timestamp.txt").write_text(time)
        (place / "submission_secret.txt").write_text(f"secret of {student} at {time}")
    return folder


def test_nbgraders_exchange_is_read_the_last_attempt_counts(course, tmp_path):
    early, late = "2026-11-03 14:05:06.000001 UTC", "2026-11-03 14:05:07.000001 UTC"
    inbound = exchange(
        tmp_path / "inbound",
        ("anna", NAME, late, "second"),
        ("anna", NAME, early, "first"),
        ("ben", NAME, early, "his"),
        ("ben", "another", late, "not this"),
        ("anna", f"{NAME}_b", late, "not this either"),
    )
    found = submissions.collect(course, NAME, inbound, platform="nbgrader")
    assert sorted(found) == ["anna", "ben"]
    inbox = course.folder("inbox", NAME)
    assert (inbox / "anna" / f"{NAME}.ipynb").read_text() == "second"
    assert (inbox / "anna" / "submission_secret.txt").read_text() == f"secret of anna at {late}"
    assert (inbox / "ben" / f"{NAME}.ipynb").read_text() == "his"
    notes = submissions.collected(course, NAME)
    assert notes["anna"]["sent"] == "2026-11-03 14:05:07" and not notes["anna"]["person"]
    assert any("the last counts" in told for told in notes["anna"]["told"])


def test_work_laid_into_the_exchange_by_somebody_else_is_shown(course, tmp_path, monkeypatch):
    time = "2026-11-03 14:05:06.000001 UTC"
    inbound = exchange(tmp_path / "inbound", ("anna", NAME, time, "a"), ("ben", NAME, time, "b"))
    monkeypatch.setattr(submissions, "_name_of_user", lambda number: "ben")
    submissions.collect(course, NAME, inbound, platform="nbgrader")
    notes = submissions.collected(course, NAME)
    assert "there as anna's was written by ben" in notes["anna"]["person"][0][0]
    assert not notes["ben"]["person"]
    monkeypatch.undo()
    assert submissions._name_of_user(os.getuid()) is None, "who collects is not told apart"


def test_what_the_exchange_laid_beside_goes_to_the_feedback_and_not_to_the_code(course, tmp_path):
    from handmark import results

    time = "2026-11-03 14:05:06.000001 UTC"
    inbound = exchange(tmp_path / "inbound", ("anna", NAME, time, "a"))
    submissions.collect(course, NAME, inbound, platform="nbgrader")
    inbox, target = course.folder("inbox", NAME, "anna"), tmp_path / "target"
    target.mkdir()
    notes = submissions.Notes()
    submissions._copy_extras(inbox, inbox, target, notes)
    assert list(target.iterdir()) == [] and not notes.told
    page = course.notebook("feedback", NAME, "anna").with_suffix(".html")
    page.parent.mkdir(parents=True)
    results._beside(course, NAME, "anna", page)
    assert (page.parent / "timestamp.txt").read_text() == time
    (page.parent / "timestamp.txt").unlink()
    (inbox / "submission_secret.txt").write_text("x" * 2000)  # no exchange writes such a one
    results._beside(course, NAME, "anna", page)
    assert not (page.parent / "timestamp.txt").exists()
    (inbox / "submission_secret.txt").unlink()
    submissions._copy_extras(inbox, inbox, target, notes)
    assert "timestamp.txt was left out" in notes.told[0]
