"""Hostile and broken submissions: one batch through the real nbgrader, one test for each outcome.

Each case is one student. The batch is graded once; the tests look at what came of it, and the
last one prints all outcomes as a table.
"""

import json
import os
import subprocess
import textwrap

import nbformat
import pytest
from grading_helpers import RIGHT, filled, grade_id, make_course, put, released
from handmark import grading, results

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type <Submitted")]

HALF = "def twice(x):\n    return x / 2"
SQUARED = "the half, not the double"


def answer(body):
    """An answer to `twice` with this body."""
    return "def twice(x):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")


# -- tampering: a wrong answer and an attempt to pass all the same --------------------------------

PATCHES = {
    "numpy_testing_patched": "import numpy as np\nfor name in dir(np.testing):\n    if name.startswith('assert'):\n"
    "        setattr(np.testing, name, lambda *a, **k: None)",
    "allclose_patched": "import numpy as np\nnp.allclose = np.all = np.max = lambda *a, **k: True\n"
    "np.abs = lambda x: x * 0\nnp.isfinite = lambda x: True",
    "expect_patched": "from handgrad.tasks import expect\nexpect.close = expect.that = lambda *a, **k: True\n"
    "expect.number = lambda got, *a, **k: got",
    "ast_transformer_drops_asserts": "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node):\n"
    "        return ast.Pass()\nget_ipython().ast_transformers.append(Drop())",
    "input_transformer_empties_cells": "get_ipython().input_transformers_cleanup.append(\n"
    "    lambda lines: [] if any('expect' in line for line in lines) else lines)",
    "builtins_replaced": "import builtins\nbuiltins.AssertionError = type('Quiet', (Exception,), {})\n"
    "builtins.isinstance = lambda *a: True\nbuiltins.all = lambda *a: True",
    "error_display_switched_off": "get_ipython().showtraceback = lambda *a, **k: None\n"
    "get_ipython()._showtraceback = lambda *a, **k: None",
    "run_cell_replaced": "shell = get_ipython()\nold = shell.run_cell\nasync def quiet(*a, **k):\n"
    "    return old('pass')\nshell.run_cell_async = quiet",
    "sends_code_over_the_wire": "import handmark.remote as remote\nold = remote._answer\n"
    "evil = {'value': {'reference': ['os', 'system']}}\n"
    "remote._answer = lambda s, request, n: evil if 'call' in request else old(s, request, n)",
    "sends_a_malformed_message": "import handmark.remote as remote\nremote._answered = lambda *a: [1, 2, 3]",
    "sends_text_that_is_no_message": "import handmark.remote as remote\n"
    "remote.send = lambda sock, message: sock.sendall(b'\\xff' * 100)",
}

ANSWERS = {
    "object_that_equals_everything": """
        class Evil:
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return 2 * x
            def __float__(self): return 2.0
            def __sub__(self, other): return 0
            def __getattr__(self, name): return lambda *a, **k: True
        return Evil()
        """,
    "array_that_equals_everything": """
        class Evil(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, bool)
            def __sub__(self, other): return np.zeros(self.shape)
            def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
        return (x / 2).view(Evil)
        """,
    "object_array": "return np.array([object()] * 5)",
    "looks_for_the_key_in_the_callers": """
        import sys, gc
        frame = sys._getframe()
        while frame:
            for name, value in {**frame.f_globals, **frame.f_locals}.items():
                if name in ('mistakes', 'want', 'wanted') and value is not None:
                    return 2 * x
            frame = frame.f_back
        return x / 2
        """,
    "reads_the_solution": """
        import glob, pathlib
        for path in glob.glob('/tmp/**', recursive=True) + glob.glob('/run/**', recursive=True):
            try:
                if 'twice x is x ' + 'plus x' in pathlib.Path(path).read_text():
                    return 2 * x
            except (OSError, UnicodeDecodeError):
                pass
        return x / 2
        """,
    "uses_the_network": """
        import socket
        try:
            socket.create_connection(('1.1.1.1', 53), timeout=2)
        except OSError:
            return x / 2
        return 2 * x
        """,
}


def hostile_cases(course):
    """Student -> notebook, for attempts that must earn nothing for `twice`."""
    wrong = {**RIGHT, "twice": HALF}
    cases = {name: filled(course, wrong, before=[code]) for name, code in PATCHES.items()}
    for name, body in ANSWERS.items():
        cases[name] = filled(course, {**RIGHT, "twice": answer(body)})
    gradebook, marker = str(course.gradebook), str(course.root / "written-by-a-student")
    cases["writes_the_gradebook"] = filled(
        course,
        {
            **RIGHT,
            "twice": answer(f"""
        import sqlite3
        base = sqlite3.connect({gradebook!r})
        base.execute("update grade set manual_score = 15")
        base.commit()
        return x / 2
        """),
        },
    )
    cases["writes_outside"] = filled(
        course,
        {
            **RIGHT,
            "twice": answer(f"""
        for path in ({marker!r}, '/usr/hg-mark', '/run/hg-mark', '/hg-mark'):
            try:
                open(path, 'w').write('here')
            except OSError:
                continue
            return 2 * x
        return x / 2
        """),
        },
    )
    return cases


# -- what goes wrong while it runs ----------------------------------------------------------------

RUNNING = {
    "endless_loop_in_a_cell": {"own": RIGHT["own"] + "\nwhile True:\n    pass"},
    "endless_loop_in_a_function": {"twice": answer("while True: pass")},
    "endless_loop_that_ignores_interrupts": {
        "twice": answer("""
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True: pass
        """)
    },
    "kernel_ends_in_a_cell": {"own": RIGHT["own"] + "\nimport os\nos._exit(0)"},
    "kernel_ends_in_a_function": {"twice": answer("import os; os._exit(0)")},
    "kernel_killed": {"own": RIGHT["own"] + "\nimport os\nos.kill(os.getpid(), 9)"},
    "system_exit": {"twice": answer("raise SystemExit")},
    "prints_100_MB_on_one_line": {"twice": answer("print('x' * 100_000_000)\nreturn 2 * x")},
    "prints_100_MB_in_a_cell": {
        "own": RIGHT["own"] + "\nfor _ in range(1000):\n    print('y' * 100_000)"
    },
    "prints_many_lines": {"own": RIGHT["own"] + "\nfor k in range(30_000):\n    print('line', k)"},
    "returns_100_MB": {"twice": answer("return np.zeros(20_000_000)")},
    "returns_a_giant_power": {
        "twice": answer("import sympy\nreturn sympy.Pow(10, 10**7, evaluate=False)")
    },
    "wants_all_memory": {"twice": answer("return np.ones(10**10)")},
    "fills_its_folder": {
        "twice": answer("""
        for k in range(100):
            open(f'file{k}', 'w').write('x' * 40_000_000)
        return 2 * x
        """)
    },
    "fills_the_temporary_folder": {
        "twice": answer("""
        for k in range(100):
            open(f'/tmp/file{k}', 'w').write('x' * 40_000_000)
        return 2 * x
        """)
    },
    "displays_30_MB": {
        "own": RIGHT["own"]
        + "\nfrom IPython.display import HTML, display\ndisplay(HTML('x' * 30_000_000))"
    },
    "moves_the_socket_of_the_tests": {
        "own": RIGHT["own"]
        + textwrap.dedent("""
        import pathlib
        for path in pathlib.Path('/tmp').rglob('judge'):
            try:
                path.rename(str(path) + '-moved')
            except OSError:
                pass
        """)
    },
    "deep_recursion": {"twice": answer("return twice(x)")},
    "nested_without_end": {"twice": answer("a = []\na.append(a)\nreturn a")},
    "leaves_a_process": {
        "twice": answer("""
        import subprocess
        subprocess.Popen(['sleep', '4242'], start_new_session=True)
        return 2 * x
        """)
    },
    "warns_and_overflows": {
        "twice": answer("""
        import sys, warnings, logging
        np.exp(np.array([1000.0]))
        warnings.warn('a warning')
        logging.warning('a log line')
        print('to stderr', file=sys.stderr)
        return 2 * x
        """)
    },
}
GETS_ALL = {
    "prints_100_MB_on_one_line",
    "prints_100_MB_in_a_cell",
    "prints_many_lines",
    "displays_30_MB",
    "moves_the_socket_of_the_tests",
    "leaves_a_process",
    "warns_and_overflows",
}


# -- broken files ---------------------------------------------------------------------------------


def broken_cases(course):
    """Student -> function that lays the submission into the inbox."""
    good = filled(course, RIGHT)
    text = json.dumps(good)

    def cells(change):
        notebook = filled(course, RIGHT)
        notebook.cells = change(notebook.cells)
        return notebook

    def marks(change):
        notebook = filled(course, RIGHT)
        for cell in notebook.cells:
            change(cell)
        return notebook

    def without(*ids):
        return cells(lambda all_cells: [c for c in all_cells if grade_id(c) not in ids])

    def doubled(which, source):
        def change(all_cells):
            twin = nbformat.from_dict(next(c for c in all_cells if grade_id(c) == which))
            twin.source = source
            return [twin, *all_cells]

        return cells(change)

    def set_points(cell):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 1000

    def garbage(cell):
        if grade_id(cell) == "twice":
            cell.metadata.nbgrader = "garbage"
        elif grade_id(cell) == "own":
            cell.metadata.nbgrader = {"grade_id": "own", "schema_version": "x", "grade": "yes"}

    def foreign(cell):
        if cell.source.startswith("student_id"):
            cell.metadata.nbgrader = {
                "grade": True,
                "grade_id": "bonus",
                "points": 50,
                "solution": False,
                "locked": True,
                "schema_version": 3,
                "task": False,
                "cell_type": "code",
            }

    def unmarked(cell):
        cell.metadata.pop("nbgrader", None)

    def edited(cell):
        if (grade_id(cell) or "").endswith("-test"):
            cell.source = "assert True"
        elif grade_id(cell) == "twice":
            cell.source = HALF

    def as_markdown(cell):
        if grade_id(cell) == "twice":
            cell.cell_type = "markdown"
            del cell["outputs"], cell["execution_count"]

    other_kernel = filled(course, RIGHT)
    other_kernel.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    big = filled(course, RIGHT)
    big.cells[1].outputs = [nbformat.v4.new_output("stream", text="x" * 20_000_000)]
    old = json.loads(nbformat.writes(nbformat.convert(filled(course, RIGHT), 3), version=3))
    return {
        "no_notebook": lambda s: put(course, s, None, extras={"answer.txt": "2x"}),
        "nothing_at_all": lambda s: put(course, s, None),
        "wrong_name": lambda s: put(course, s, good, file_name="My tiny (1).ipynb"),
        "two_foreign_names": lambda s: [put(course, s, "{}", file_name=f"{k}.ipynb") for k in "ab"],
        "not_json": lambda s: put(course, s, text[:-20]),
        "empty_file": lambda s: put(course, s, b""),
        "not_utf8": lambda s: put(
            course, s, text.replace("Tiny", "Täny").encode("latin-1").replace(b"\\u00e4", b"\xe4")
        ),
        "utf16": lambda s: put(course, s, text.encode("utf-16")),
        "byte_order_mark": lambda s: put(course, s, b"\xef\xbb\xbf" + text.encode()),
        "json_but_no_notebook": lambda s: put(course, s, '[{"cells": 3}]'),
        "cells_are_no_cells": lambda s: put(
            course,
            s,
            '{"cells": [1, null, "x"], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        ),
        "no_cells": lambda s: put(course, s, nbformat.v4.new_notebook()),
        "deep_json": lambda s: put(course, s, "[" * 200_000),
        "old_format": lambda s: put(course, s, old),
        "test_cell_missing": lambda s: put(course, s, without("twice-test")),
        "given_cell_missing": lambda s: put(course, s, without("given", "given-own")),
        "answer_cell_missing": lambda s: put(course, s, without("twice")),
        "written_answer_missing": lambda s: put(course, s, without("why-written")),
        "test_cell_doubled": lambda s: put(course, s, doubled("twice-test", "assert True")),
        "answer_cell_doubled": lambda s: put(course, s, doubled("twice", HALF)),
        "marks_stripped": lambda s: put(course, s, marks(unmarked)),
        "marks_garbage": lambda s: put(course, s, marks(garbage)),
        "points_raised": lambda s: put(course, s, marks(set_points)),
        "bonus_cell_added": lambda s: put(course, s, marks(foreign)),
        "tests_edited": lambda s: put(course, s, marks(edited)),
        "answer_became_markdown": lambda s: put(course, s, marks(as_markdown)),
        "other_kernel": lambda s: put(course, s, other_kernel),
        "large_outputs": lambda s: put(course, s, big),
        "shadowing_files": lambda s: put(
            course,
            s,
            filled(course, {**RIGHT, "twice": HALF}),
            extras={
                "numpy.py": "raise SystemExit",
                "handmark/__init__.py": "",
                "handmark/expect.py": "close = that = number = lambda *a, **k: True",
                "random.py": "",
                "sitecustomize.py": "import os; os._exit(0)",
            },
        ),
    }


FAILS = {
    "no_notebook": "no notebook; there is: answer.txt",
    "nothing_at_all": "nothing",
    "two_foreign_names": "none is called tiny.ipynb",
    "not_json": "not JSON",
    "empty_file": "empty file",
    "not_utf8": "not UTF-8",
    "deep_json": "not JSON",
    "json_but_no_notebook": "not a notebook",
    "cells_are_no_cells": "not a notebook",
}
FULL = {
    "wrong_name": "called My tiny",
    "utf16": "UTF-16",
    "byte_order_mark": "byte order mark",
    "old_format": None,
    "test_cell_missing": "was missing and was put back",
    "given_cell_missing": "was missing and was put back",
    "test_cell_doubled": "there more than once",
    "marks_garbage": None,
    "points_raised": None,
    "bonus_cell_added": None,
    "marks_stripped": "recognised",
    "answer_became_markdown": "had become a markdown cell",
    "other_kernel": None,
    "large_outputs": None,
}
ASKS = {
    "answer_cell_missing": "nothing in the notebook",
    "answer_cell_doubled": "the last one",
    "written_answer_missing": "mark it by hand",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory, sandboxed, tiny):
    """The tiny course."""
    return make_course(tmp_path_factory.mktemp("course"), tiny)


@pytest.fixture(scope="module")
def batch(course):
    """All cases, graded once; each has an old mark from a right submission to lose."""
    names = [*hostile_cases(course), *RUNNING, *broken_cases(course), "right"]
    with course.open_gradebook() as gradebook:
        for name in names:
            gradebook.update_or_create_student(name)
            gradebook.update_or_create_submission("tiny", name)
            for grade in gradebook.find_submission_notebook("tiny", "tiny", name).grades:
                grade.auto_score = grade.max_score
        gradebook.db.commit()
    for name in names:
        grading.save(course, grading.Result(name, "tiny", status="graded", digest="of an old one"))
    for name, notebook in hostile_cases(course).items():
        put(course, name, notebook)
    for name, changes in RUNNING.items():
        put(course, name, filled(course, {**RIGHT, **changes}))
    for name, lay in broken_cases(course).items():
        lay(name)
    put(course, "right", filled(course, RIGHT, student_id="right"))
    before = released(course)
    graded = grading.grade(course, "tiny", jobs=2)
    assert released(course) == before
    assert sorted(graded) == sorted(names)
    return graded


def mark(batch, student, cell="twice-test"):
    """The mark of a cell."""
    return next(task for task in batch[student].tasks if task["id"] == cell)


def told(batch, student):
    """All notes as one text."""
    return " | ".join(
        [*(f"{what}: {do}" for what, do in batch[student].person), *batch[student].told]
    )


def test_a_right_submission_gets_all(batch):
    assert batch["right"].status == "graded" and not batch["right"].person
    assert [(t["id"], t["score"]) for t in batch["right"].tasks] == [
        ("twice-test", 3),
        ("own-test", 2),
        ("why-written", None),
    ]


@pytest.mark.parametrize("student", [*PATCHES, *ANSWERS, "writes_the_gradebook", "writes_outside"])
def test_tampering_earns_nothing(batch, student):
    task = mark(batch, student)
    assert task["score"] == 0 and task["failure"]


@pytest.mark.parametrize(
    "student",
    [*PATCHES, "looks_for_the_key_in_the_callers", "writes_the_gradebook", "leaves_a_process"],
)
def test_tampering_is_shown_to_a_person(batch, student):
    assert batch[student].status == "look"
    assert "cell of the student's uses" in told(batch, student)


def test_the_gradebook_is_not_there(batch):
    assert "unable to open" in mark(batch, "writes_the_gradebook")["message"]


@pytest.mark.parametrize(
    "student",
    [
        "numpy_testing_patched",
        "allclose_patched",
        "expect_patched",
        "ast_transformer_drops_asserts",
        "shadowing_files",
        "reads_the_solution",
        "uses_the_network",
        "writes_outside",
        "looks_for_the_key_in_the_callers",
        "array_that_equals_everything",
        "error_display_switched_off",
        "input_transformer_empties_cells",
    ],
)
def test_the_wrong_answer_is_named_as_without_tampering(batch, student):
    assert mark(batch, student)["failure"] == f"`twice`: {SQUARED}"


def test_what_is_not_data_is_refused(batch):
    assert "an object of type Evil" in mark(batch, "object_that_equals_everything")["message"]
    assert "array of dtype object" in mark(batch, "object_array")["message"]
    assert "not data" in mark(batch, "sends_code_over_the_wire")["message"]


def test_nothing_was_written_outside(batch, course):
    assert not (course.root / "written-by-a-student").exists()
    assert not any(os.path.exists(f"{place}/hg-mark") for place in ("/usr", "/run", ""))


def test_no_mark_in_the_gradebook_came_from_a_student(batch, course):
    with course.open_gradebook() as gradebook:
        for student in batch:
            submission = (
                gradebook.find_submission("tiny", student)
                if batch[student].status != "failed"
                else None
            )
            for notebook in submission.notebooks if submission else []:
                assert all(
                    grade.manual_score is None and grade.max_score <= 3 for grade in notebook.grades
                )


@pytest.mark.parametrize("student", sorted(set(RUNNING) - GETS_ALL))
def test_what_goes_wrong_while_running_costs_its_task(batch, student):
    if "twice" in RUNNING[student]:
        assert mark(batch, student)["score"] == 0 and mark(batch, student)["failure"]
    else:  # the function itself was defined before its cell went wrong
        assert batch[student].status == "look" and mark(batch, student)["score"] == 3


@pytest.mark.parametrize("student", sorted(GETS_ALL))
def test_noise_costs_nothing(batch, student):
    assert [t["score"] for t in batch[student].tasks] == [3, 2, None], told(batch, student)


@pytest.mark.parametrize(
    "student, words",
    [
        ("endless_loop_in_a_function", "is there a loop that never ends"),
        ("endless_loop_that_ignores_interrupts", "is there a loop that never ends"),
        ("kernel_ends_in_a_function", "the notebook's kernel has stopped"),
        ("system_exit", "SystemExit"),
        ("deep_recursion", "recursion"),
        ("wants_all_memory", "Unable to allocate"),
        ("returns_100_MB", "MB of data"),
        ("returns_a_giant_power", "a very large power"),
        ("fills_its_folder", "No space left"),
        ("fills_the_temporary_folder", "No space left"),
    ],
)
def test_the_message_says_what_went_wrong(batch, student, words):
    assert words in mark(batch, student)["message"]


@pytest.mark.parametrize(
    "student",
    [
        "endless_loop_in_a_cell",
        "kernel_ends_in_a_cell",
        "kernel_killed",
        "endless_loop_that_ignores_interrupts",
    ],
)
def test_a_dead_kernel_is_shown_to_a_person(batch, student):
    assert batch[student].status == "look"


def test_a_cell_after_an_interrupted_one_still_counts(batch):
    assert mark(batch, "endless_loop_in_a_cell")["score"] == 3
    assert mark(batch, "endless_loop_in_a_function", "own-test")["score"] == 2


def test_no_process_is_left(batch):
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 4242" not in running


def test_large_output_is_cut(batch, course):
    for student in ("prints_100_MB_in_a_cell", "prints_100_MB_on_one_line", "prints_many_lines"):
        assert course.notebook("autograded", "tiny", student).stat().st_size < 2_000_000


@pytest.mark.parametrize("student", sorted(FAILS))
def test_an_unusable_file_gets_no_mark_and_is_listed(batch, course, student):
    result = batch[student]
    assert result.status == "failed" and not result.tasks
    ((what, do),) = result.person
    assert FAILS[student] in what and do
    row = next(row for row in results.table(course, "tiny") if row["student"] == student)
    assert row["score"] == "" and what in row["notes"]


@pytest.mark.parametrize("student", sorted(FULL))
def test_what_can_be_put_right_is_put_right(batch, student):
    assert [t["score"] for t in batch[student].tasks][:2] == [3, 2], batch[student]
    assert FULL[student] is None or FULL[student] in told(batch, student)
    assert [t["points"] for t in batch[student].tasks] == [3, 2, 2]


@pytest.mark.parametrize("student", sorted(ASKS))
def test_what_cannot_be_put_right_is_shown_to_a_person(batch, student):
    assert batch[student].status == "look" and ASKS[student] in told(batch, student)


def test_edited_tests_are_restored(batch):
    assert mark(batch, "tests_edited")["score"] == 0
    assert "had been changed and was restored" in told(batch, "tests_edited")


def test_a_notebook_without_the_cells_gets_nothing(batch):
    assert [t["score"] for t in batch["no_cells"].tasks] == [0, 0, 0]
    assert batch["no_cells"].status == "look"


def test_no_old_mark_stays(batch, course):
    """Each student had full marks before; who failed now has none in the gradebook either."""
    with course.open_gradebook() as gradebook:
        known = {s.student.id: s for s in gradebook.assignment_submissions("tiny")}
        for student, result in batch.items():
            if result.status == "failed" and student in known:
                assert all(
                    grade.auto_score is None
                    for notebook in known[student].notebooks
                    for grade in notebook.grades
                )
    for student in FAILS:
        assert not course.folder("autograded", student, "tiny").exists()


def test_outcomes(batch, capsys):
    """The table of outcomes, for whoever runs the tests."""
    with capsys.disabled():
        print()
        for student, result in batch.items():
            marks = (
                "/".join("–" if t["score"] is None else f"{t['score']:g}" for t in result.tasks)
                or "no mark"
            )
            why = (mark(batch, student)["failure"] if result.tasks else None) or ""
            print(f"  {student:38} {result.status:7} {marks:8} {why[:60]}")
    assert len(batch) >= 60
