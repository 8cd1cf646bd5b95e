"""The lint of the sources catches nbgrader's scoring traps before a student meets them."""

import pytest
from handmark import sources
from handmark.sources import SourceError


@pytest.fixture
def text(tiny):
    """The source of the tiny assignment."""
    return (tiny / "tiny.md").read_text()


def lint(tmp_path, text):
    """What the lint finds in a source."""
    path = tmp_path / "tiny.md"
    path.write_text(text)
    return sources.lint(sources.read(path))


def test_a_sound_source_has_no_faults(tmp_path, text):
    assert lint(tmp_path, text) == []


TEST = 'assert expect.close(twice(x), x + x, "twice", mistakes=mistakes)'


@pytest.mark.parametrize(
    "old, new, message",
    [
        (TEST, TEST.removeprefix("assert "), "the last line is an expression"),
        (TEST, TEST + "\nFalse", "the last line is an expression"),
        (TEST, "result = twice(x)", "tests nothing"),
        (TEST, "assert twice(x)[0] == 2 * x[0]", "an assert without a message"),
        (TEST, "assert expect.that(thrice(x) == 3, 'a', 'b')", "reads ['thrice']"),
        (TEST, TEST + "\ntwice = None", "assigns ['twice']"),
        (TEST, "assert (", "does not compile"),
        (
            "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            "    return 2 * x",
            "no ### BEGIN SOLUTION",
        ),
        (
            'def twice(x):\n    """Return 2x."""\n    ### BEGIN SOLUTION\n    return 2 * x\n'
            "    ### END SOLUTION",
            "### BEGIN SOLUTION\ntwice = 2\n### END SOLUTION",
            "the answer must be a function",
        ),
        ("### BEGIN MARK SCHEME", "", None),
        (
            "### BEGIN MARK SCHEME\n**Marking guide, 2 points.** 1 for a reason, 1 for a right one.\n"
            "### END MARK SCHEME",
            "",
            "must end with its marking guide",
        ),
        ("Marking guide, 2", "Marking guide, 3", "says 3 points, the cell 2"),
        ("### END MARK SCHEME", "### END MARK SCHEME\n\n## Next", "put +++ before what follows"),
        ('own["a"] + 1, "next_number"', 'other + 1, "next_number"', "reads ['other']"),
    ],
)
def test_a_fault_is_found(tmp_path, text, old, new, message):
    assert old in text
    if message is None:
        with pytest.raises(SourceError, match="do not pair"):
            lint(tmp_path, text.replace(old, new))
    else:
        assert any(message in fault for fault in lint(tmp_path, text.replace(old, new, 1)))


@pytest.mark.parametrize(
    "old, new, message",
    [
        (
            ":part: answer\n:task: twice",
            ":part: anwser\n:task: twice",
            "part 'anwser' is not one of",
        ),
        (":part: test\n:task: twice\n:points: 3", ":part: test\n:task: twice", "needs points"),
        (
            ":task: twice\n:points: 3",
            ":task: twice\n:points: three",
            "expected a number, got 'three'",
        ),
        (":part: answer\n:task: twice", ":part: answer", "needs a task"),
        ("minutes: 10", "minutes: ten", "needs assignment: minutes"),
        ("{about}", "", "must stand once"),
        ("{points:own}", "{points:nothing}", "names no task"),
    ],
)
def test_a_source_that_cannot_be_used_says_where(tmp_path, text, old, new, message):
    path = tmp_path / "tiny.md"
    path.write_text(text.replace(old, new))
    with pytest.raises(SourceError, match=message):
        sources.read(path)


def test_points_and_time_are_computed(tmp_path, text):
    path = tmp_path / "tiny.md"
    path.write_text(text)
    read = sources.read(path)
    shown = "\n".join(cell.source for cell in read.notebook.cells)
    assert "about 10 minutes" in shown and "Points: 7, of which 2" in shown
    assert "## Twice (3 points)" in shown


def test_a_leak_is_noticed(tmp_path, text):
    path = tmp_path / "tiny.md"
    path.write_text(text)
    read = sources.read(path)
    leaking = sources.solution_copy(read)
    assert "Because twice x is x plus x." in sources.leaks(read, leaking)
