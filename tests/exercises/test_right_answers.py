"""A right answer gets all points, however it is written, for every student id.

The cells run in plain Python. Graded means here: with the hidden tests, and what goes to a student's
function and comes back passes through the messages between the two kernels.
"""

import contextlib
import functools
import re
import warnings

import numpy as np
import pytest
from handmark.remote import pack, unpack
from handmark.sources import without
from right import DOUBLE, STATED, STYLES
from right.written import INSTEAD, WRITTEN
from test_assignments import READ, WRONG, slipped

pytestmark = pytest.mark.slow
TASKS = [
    (name, task) for name in READ for task in READ[name].tasks if READ[name].cells("answer", task)
]
EXPENSIVE = {"limit"}  # half a second a test, and nothing in it is hidden
SAMPLE = 40  # ids in the daily test
MANY = 5000


@functools.cache
def compiled(source):
    return compile(source, "cell", "exec")


@contextlib.contextmanager
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def functions_of(source):
    return re.findall(r"^def (\w+)", source, flags=re.MULTILINE)


def notebook(name, task, student_id="s1", answers=None):
    """The names of a notebook after the given cells and the answers up to `task`."""
    names = {"student_id": student_id, "__name__": "notebook", "print": lambda *args: None}
    cells = READ[name].notebook.cells
    last = max(i for i, cell in enumerate(cells) if cell.metadata.get("task") == task)
    for cell in cells[:last]:
        part = cell.metadata.get("part")
        own = cell.metadata.get("task")
        if (part == "given" and own in (None, task)) or part == "answer":
            exec(compiled((answers or {}).get(cell.id, cell.source)), names)
    return names


def failures(name, task, names, style=lambda function: function, *, graded):
    """Messages of the tests of a task that do not pass."""
    found = []
    answers = [cell.source for cell in READ[name].cells("answer", task)]
    theirs = {f: style(names[f]) for source in answers for f in functions_of(source)}
    if graded:
        theirs = {f: _far(function) for f, function in theirs.items()}
    for cell in READ[name].cells("test", task):
        source = cell.source if graded else without(cell.source, "HIDDEN TESTS")
        try:
            exec(compiled(source), {**names, **theirs})
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    return found


def _far(function):
    """The function as the judge has it: in another process, between them data alone."""

    def stand_in(*args, **kwargs):
        callbacks = {}
        packed = pack(args, callbacks), pack(kwargs, callbacks)

        def call_back(number, inner, names):
            value = callbacks[number](*unpack(pack(inner)), **unpack(pack(names)))
            return unpack(pack(value))

        return unpack(pack(function(*unpack(packed[0], call_back), **unpack(packed[1], call_back))))

    return stand_in


def styles_of(task):
    """The styles in which the answer of a task is right."""
    return {
        key: style
        for key, style in STYLES.items()
        if not (key == "column" and task in STATED) and not ("single" in key and task in DOUBLE)
    }


@pytest.mark.parametrize("name, task", TASKS)
def test_a_right_answer_passes_in_every_style(name, task):
    with quiet():
        names = notebook(name, task, answers=INSTEAD.get((name, task)))
        for key, style in styles_of(task).items():
            for graded in (True,) if task in EXPENSIVE else (False, True):
                assert failures(name, task, names, style, graded=graded) == [], (key, graded)


@pytest.mark.parametrize("name, task", TASKS)
def test_right_answers_by_other_hands_pass(name, task):
    with quiet():
        for source in WRITTEN.get((name, task), ()):
            names = notebook(name, task)
            exec(compiled(source), names)
            for graded in (False, True):
                assert failures(name, task, names, graded=graded) == [], source


@pytest.mark.parametrize("name, task", TASKS)
def test_at_least_six_of_them_differ(name, task):
    """A style counts where it changes what the function gives, or what it does to its input."""
    seen = {None}
    with quiet():
        names = notebook(name, task, answers=INSTEAD.get((name, task)))
        for style in styles_of(task).values():
            calls = []

            def watched(function, style=style, calls=calls):
                def call(*args, **kwargs):
                    result = style(function)(*args, **kwargs)
                    calls.append((_form(result), [_form(a) + repr(a)[:99] for a in args]))
                    return result

                return call

            state = np.random.default_rng
            np.random.default_rng = lambda seed=None: state(1 if seed is None else seed)
            try:
                failures(name, task, names, watched, graded=False)
            finally:
                np.random.default_rng = state
            seen.add(repr(calls))
    seen = len(seen) - 1 + len(WRITTEN.get((name, task), ()))
    assert seen >= 6, f"{seen} differ"


def _form(value):
    """The kinds of all that a value holds."""
    if isinstance(value, dict):
        return "{" + ",".join(map(_form, value.values())) + "}"
    if isinstance(value, (tuple, list)):
        return type(value).__name__ + "(" + ",".join(map(_form, value)) + ")"
    if isinstance(value, np.ndarray):
        return f"array{value.dtype}{value.shape}"
    return type(value).__name__


# -- student ids ----------------------------------------------------------------------------------

OWN = [
    (name, task)
    for name, task in TASKS
    if any("student_id" in cell.source for cell in READ[name].cells("given", task))
]


def to_digits(value, digits):
    return float(f"{value:.{digits - 1}e}")


def cut_off(value, decimals):
    return float(np.trunc(value * 10**decimals) / 10**decimals)


ROUNDINGS = {
    "as it is": lambda value: value,
    "six significant digits": lambda value: to_digits(value, 6),
    "six decimals": lambda value: round(value, 6),
    "cut off after six decimals": lambda value: cut_off(value, 6),
    "ten digits, as a pocket calculator shows": lambda value: to_digits(value, 10),
}
SIGNIFICANT = {("10_vanishing_gradients", "bound")}  # asks for significant digits alone


def rounded(function, rounding):
    def change(value):
        if isinstance(value, dict):
            return {key: change(part) for key, part in value.items()}
        if isinstance(value, (tuple, list, np.ndarray)):
            return [change(part) for part in value]
        return rounding(float(value)) if isinstance(value, (float, np.floating)) else value

    return lambda: change(function())


def try_ids(name, task, ids):
    with quiet():
        for student_id in ids:
            names = own_notebook(name, task, student_id)
            for key, rounding in ROUNDINGS.items():
                if "decimals" in key and (name, task) in SIGNIFICANT:
                    continue
                style = functools.partial(rounded, rounding=rounding)
                found = failures(name, task, names, style, graded=True)
                assert found == [], (student_id, key)


def own_notebook(name, task, student_id):
    """The given cells and the answer of one task, which is all that it needs."""
    names = {"student_id": student_id, "__name__": "notebook", "print": lambda *args: None}
    for cell in READ[name].notebook.cells:
        part, own = cell.metadata.get("part"), cell.metadata.get("task")
        if (part == "given" and own in (None, task)) or (part == "answer" and own == task):
            exec(compiled(cell.source), names)
    return names


@pytest.mark.parametrize("name, task", OWN)
def test_an_answer_rounded_as_asked_passes(name, task):
    try_ids(
        name, task, [f"s{k:05d}" for k in range(0, MANY, MANY // SAMPLE)] + ["s00059", "s00336"]
    )


@pytest.mark.long
@pytest.mark.parametrize("name, task", OWN)
def test_an_answer_rounded_as_asked_passes_for_all_ids(name, task):
    try_ids(name, task, [f"s{k:05d}" for k in range(MANY)])


def answered(name, task, names):
    """What the functions of a task give, which has no arguments."""
    answers = [cell.source for cell in READ[name].cells("answer", task)]
    return flat([names[f]() for source in answers for f in functions_of(source)])


def flat(value):
    """All numbers of an answer, in order."""
    if isinstance(value, dict):
        value = [part for item in value.items() for part in item if not isinstance(part, str)]
    if isinstance(value, (tuple, list)):
        return np.concatenate([np.empty(0), *map(flat, value)])
    return np.ravel(np.asarray(value, dtype=float))


def slips_that_pass(name, task, ids):
    passed = []
    with quiet():
        for student_id in ids:
            for slip in WRONG[name][task]:  # one that keeps the points of other parts fails too
                names = own_notebook(name, task, student_id)
                right = answered(name, task, names)
                for source in slipped(READ[name], task, slip).values():
                    exec(compiled(source), names)
                given = answered(name, task, names)
                if given.shape == right.shape and np.allclose(given, right, rtol=1e-9):
                    continue  # the numbers happen to be such that it is no mistake
                if not failures(name, task, names, graded=True):
                    passed.append((student_id, slip.slip))
    return passed


@pytest.mark.parametrize("name, task", OWN)
def test_a_wrong_answer_is_wrong_for_all_ids(name, task):
    assert slips_that_pass(name, task, [f"s{k:05d}" for k in range(0, MANY, MANY // SAMPLE)]) == []


@pytest.mark.long
@pytest.mark.parametrize("name, task", OWN)
def test_a_wrong_answer_is_wrong_for_nearly_all_ids(name, task):
    """Of a thousand ids at most two, whose numbers happen to make a slip right."""
    passed = slips_that_pass(name, task, [f"s{k:05d}" for k in range(1000)])
    assert len(passed) <= 2, passed
