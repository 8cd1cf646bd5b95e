"""Every assignment proved both ways: the solution gets all, slips lose what they should.

The cells run here in plain Python, without nbgrader: the answers are the book's own, with a slip.
What nbgrader makes of the solution and of the stub is tested in `test_release.py`.
"""

import importlib
import re
import signal
import warnings
from pathlib import Path

import numpy as np
import pytest
from handmark import sources
from handmark.sources import points_of

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = {path.stem: path for path in sorted((REPOSITORY / "exercises").glob("*/*.md"))}
READ = {name: sources.read(path) for name, path in SOURCES.items()}
WRONG = {name: importlib.import_module(f"wrong.a{name}").WRONG for name in SOURCES}
CASES = [
    (name, task, slip) for name in SOURCES for task in WRONG[name] for slip in WRONG[name][task]
]


def run(assignment, task, answers, student_id="anonymous"):
    """Run the given cells, the answers and the tests of one task.

    Parameters
    ----------
    answers : dict
        Id of an answer's cell -> text that takes its place.

    Returns
    -------
    list of (points, message or None)
        One for each test cell of the task; no message means passed.
    """
    names = {"student_id": student_id, "__name__": "notebook"}
    outcomes = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for cell in assignment.notebook.cells:
            part, own = cell.metadata.get("part"), cell.metadata.get("task")
            if part == "given":
                exec(compile(cell.source, cell.id, "exec"), names)
            elif part == "answer":
                exec(compile(answers.get(cell.id, cell.source), cell.id, "exec"), names)
            elif part == "test" and own == task:
                outcomes.append((points_of(cell), _message(cell, names)))
    return outcomes


def _message(cell, names):
    before = dict(names)
    signal.alarm(20)  # where grading would end an endless call
    try:
        exec(compile(cell.source, cell.id, "exec"), names)
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
        for name in set(names) - set(before):
            del names[name]
        names.update(before)


def _too_long(number, frame):
    raise TimeoutError("the tests took longer than 20 s")


signal.signal(signal.SIGALRM, _too_long)


def slipped(assignment, task, slip):
    """The reference solution with a slip: id of the cell -> text."""
    cells = [
        cell
        for cell in assignment.cells("answer", task)
        if all(old in cell.source for old, _ in slip.swaps)
    ]
    assert len(cells) == 1, f"{slip.slip}: {len(cells)} cells hold all of {slip.swaps}"
    source = cells[0].source
    for old, new in slip.swaps:
        source = source.replace(old, new)
    return {cells[0].id: source}


def test_there_is_an_assignment_for_each_chapter():
    assert [read.about["chapter"] for read in READ.values()] == list(range(1, 14))


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_sound(name):
    assert sources.lint(READ[name]) == []
    assert 3 <= len(READ[name].tasks) <= 5 and READ[name].cells("written")


@pytest.mark.parametrize("name", SOURCES)
def test_each_answer_has_at_least_three_wrong_ones(name):
    assert {task: len(slips) >= 3 for task, slips in WRONG[name].items()} == {
        task: True for task in READ[name].tasks if READ[name].cells("answer", task)
    }


@pytest.mark.parametrize("student_id", ["anonymous", "s1234567", "Zoë"])
@pytest.mark.parametrize("name", SOURCES)
def test_the_solution_gets_all_for_any_student(name, student_id):
    for task in READ[name].tasks:
        for _, message in run(READ[name], task, {}, student_id):
            assert message is None


@pytest.mark.parametrize("name, task, slip", CASES, ids=[f"{n}-{t}-{s.slip}" for n, t, s in CASES])
def test_a_wrong_answer_loses_marks_and_is_named(name, task, slip):
    outcomes = run(READ[name], task, slipped(READ[name], task, slip), "s7654321")
    kept = sum(points for points, message in outcomes if message is None)
    messages = " | ".join(message for _, message in outcomes if message)
    assert kept == slip.keeps, messages or "all tests passed"
    assert re.search(re.escape(slip.says), messages), messages


def test_points_of_parts_are_those_of_the_task():
    """A task with a wrong part keeps the points of the others, and no more."""
    parts = {
        (name, task): [points_of(cell) for cell in READ[name].cells("test", task)]
        for name in READ
        for task in READ[name].tasks
    }
    assert parts["11_batch_normalisation", "backward"] == [4, 1, 1]
    assert parts["08_batch_stochastic_minibatch", "general"] == [3, 3]
    kept = {
        (name, task): {slip.keeps for slip in WRONG[name][task]}
        for name, task in parts
        if len(parts[name, task]) > 1
    }
    assert len(kept) > 12
    for (name, task), keeps in kept.items():
        points = parts[name, task]
        assert any(keeps), f"{name}, {task}: no wrong answer keeps a part's points"
        assert max(keeps) <= sum(points) - min(points)


def test_adams_first_step_passes_whatever_is_drawn():
    """Two of 3,550 runs of the right answer failed."""
    name = "12_regularisation_optimisers"
    for _ in range(100):
        assert [message for _, message in run(READ[name], "adam", {})] == [None, None, None]


def test_the_example_in_the_guide_is_a_sound_assignment(tmp_path):
    guide = (REPOSITORY / "chapters" / "instructors.md").read_text()
    path = tmp_path / "slope.md"
    path.write_text(re.search(r"````text\n(.*?)````", guide, flags=re.DOTALL)[1])
    example = sources.read(path)
    assert sources.lint(example) == []
    assert run(example, "slope", {}) == [(3, None)]
    slip = example.cells("answer")[0].source.replace("2 * x", "x")
    ((_, message),) = run(example, "slope", {"slope": slip})
    assert "the factor 2 is missing" in message


@pytest.mark.parametrize("name", SOURCES)
def test_own_numbers_differ_between_students(name):
    """The key of one student is not the key of another, in a task with own numbers."""
    own = [
        cell
        for cell in READ[name].cells("given")
        if re.search("own_numbers|rng_of", cell.source) and "student_id" in cell.source
    ]
    assert own, "no task has its numbers from the student id"
    task = own[0].metadata.task
    found = set()
    for student_id in ("a", "b", "c", "d"):
        names = {"student_id": student_id}
        for cell in READ[name].cells("given"):
            exec(compile(cell.source, cell.id, "exec"), names)
        answer = READ[name].cells("answer", task)[0].source
        exec(compile(answer, "answer", "exec"), names)
        function = re.search(r"^def (\w+)", answer, flags=re.MULTILINE)[1]
        found.add(repr(names[function]()))
    assert len(found) > 1


def test_the_model_answer_on_diabetes_tells_the_truth():
    """The numbers of the model answer, from the reference solution over twenty splits."""
    names = {"student_id": "anonymous"}
    for cell in READ["13_real_data"].notebook.cells:
        if cell.metadata.get("part") in ("given", "answer"):
            exec(compile(cell.source, cell.id, "exec"), names)
    X, Y = names["datasets"].diabetes()
    scores = {"network": [], "linear": []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X_train, Y_train, X_test, Y_test = names["datasets"].split(X, Y, fraction=0.25, rng=rng)
        X_train, X_test = names["datasets"].standardise(X_train, X_test)
        for method, Y_hat in (
            ("network", names["fit_and_predict"](X_train, Y_train, X_test, rng)),
            ("linear", names["linear_fit"](X_train, Y_train, X_test)),
        ):
            left = np.sum((Y_test - Y_hat) ** 2)
            scores[method].append(1 - left / np.sum((Y_test - Y_test.mean()) ** 2))
    mean, scatter = np.mean(scores["network"]), np.std(scores["network"])
    assert abs(mean - 0.48) < 0.03 and abs(scatter - 0.07) < 0.02
    assert 0.3 < min(scores["network"]) and max(scores["network"]) < 0.62
    difference, error = names["compare"](scores["network"], scores["linear"])
    assert abs(difference) < 2 * error


def test_table(capsys):
    """The table: assignments, tasks, wrong answers tried, wrong answers caught."""
    caught = dict.fromkeys(SOURCES, 0)
    for name, task, slip in CASES:
        outcomes = run(READ[name], task, slipped(READ[name], task, slip))
        caught[name] += sum(p for p, message in outcomes if message is None) == slip.keeps
    with capsys.disabled():
        print(f"\n  {'assignment':34} tasks points minutes  wrong answers tried caught")
        for name, read in READ.items():
            tried = sum(len(slips) for slips in WRONG[name].values())
            print(
                f"  {name:34} {len(read.tasks):5} {read.points:6g} {read.about['minutes']:7}"
                f"  {tried:19} {caught[name]:6}"
            )
        print(
            f"  {len(READ)} assignments, {sum(len(r.tasks) for r in READ.values())} tasks, "
            f"{len(CASES)} wrong answers tried, {sum(caught.values())} caught"
        )
    assert sum(caught.values()) == len(CASES)


def test_the_settings_are_those_that_grading_is_tested_with():
    """A course has a name of its own, and all else from `handmark.settings`."""
    for folder in ("exercises", "code/handmark/tests/course"):
        text = (REPOSITORY / folder / "nbgrader_config.py").read_text("utf-8")
        assert re.findall(r"^c\.(\S+)", text, re.M) == ["CourseDirectory.course_id"]
        assert "settle(c, __file__)" in text
