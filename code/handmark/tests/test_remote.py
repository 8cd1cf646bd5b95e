"""Between the two kernels passes data, and nothing that could bring code along."""

import itertools
import threading
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from handmark import remote
from handmark.remote import Judge, NotData, StudentGone, StudentTimeout, pack, unpack


@pytest.fixture
def connect(tmp_path):
    """Start a student's side with the names given; returns what the judge finds."""
    judges = []

    def start(seconds=2.0, **names):
        judge = Judge(str(tmp_path / f"judge{len(judges)}"), seconds)
        judges.append(judge)
        path = str(tmp_path / f"judge{len(judges) - 1}")
        threading.Thread(target=remote.serve, args=(path, names), daemon=True).start()
        return judge.open(list(names))

    yield start
    for judge in judges:
        judge.close()
        judge.listener.close()


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2.5,
        1e-320,
        float("inf"),
        1 + 2j,
        "text",
        [1, (2.0, "x")],
        {2: np.eye(2), "b": [None]},
        np.arange(6).reshape(2, 3),
        np.zeros((0, 3)),
        np.array(True),
        np.array(["a", "bc"]),
        sympy.exp(-sympy.Symbol("x")) / (1 + sympy.Symbol("x", positive=True)),
        sympy.Function("s")(sympy.Symbol("z")),
        sympy.Piecewise((1, sympy.Symbol("z") > 0), (0, True)),
        sympy.Derivative(sympy.Function("s")(sympy.Symbol("z")), sympy.Symbol("z")),
        sympy.pi / 2,
        sympy.Rational(2, 3) ** 40 * sympy.sqrt(2) * sympy.Symbol("x") ** 1000,
    ],
)
def test_data_arrives_as_it_was_sent(value):
    back = unpack(pack(value))
    np.testing.assert_equal(back, value)
    assert type(back) is type(value) or isinstance(value, sympy.Basic)


def test_nan_arrives():
    assert np.isnan(unpack(pack(float("nan"))))


def test_subclasses_arrive_as_plain_data():
    class Evil(np.ndarray):
        def __eq__(self, other):
            return True

    class EvilFloat(float):
        def __eq__(self, other):
            return True

    assert type(unpack(pack(np.zeros(2).view(Evil)))) is np.ndarray
    assert type(unpack(pack(EvilFloat(3)))) is float


@pytest.mark.parametrize(
    "kind", [np.float32, np.float64, np.int8, np.uint64, np.bool_, np.complex64]
)
def test_numbers_of_numpy_keep_their_type_and_its_methods(kind):
    back = unpack(pack(kind(1)))
    assert type(back) is kind and back == 1 and back.copy().clip(0, 1) == 1


@pytest.mark.parametrize(
    "value, plain",
    [
        (Fraction(3, 8), 0.375),
        (Decimal("0.375"), 0.375),
        ([Fraction(1, 2), (Decimal(2),)], [0.5, (2.0,)]),
        (np.array([Fraction(1, 2), Decimal(2), 3]), np.array([0.5, 2.0, 3.0])),
        ({1: 2.5}.values(), [2.5]),
        (map(float, "12"), [1.0, 2.0]),
        (reversed([1, 2]), [2, 1]),
        (deque([1, 2]), [1, 2]),
    ],
)
def test_other_numbers_and_sequences_arrive_as_floats_and_lists(value, plain):
    np.testing.assert_equal(unpack(pack(value)), plain)


def test_an_endless_iterator_is_refused():
    with pytest.raises(NotData, match="more than"):
        pack(itertools.count())


@pytest.mark.parametrize("value", [object(), print, np.array([object()]), lambda: 1, type])
def test_what_is_not_data_is_refused(value):
    with pytest.raises(NotData):
        pack(value)


@pytest.mark.parametrize(
    "message",
    [
        {"reference": ["os", "system"]},
        {"callback": 0},
        {"pickle": "…"},
        [1, 2],
        {"a": 1, "b": 2},
        {"sympy": "__import__('os').system('true')"},
        {"sympy": "Symbol('x').func"},
        {"sympy": "Add('__import__(\"os\")', 1)"},
        {"sympy": "sqrt('1')"},
        {"sympy": "Lambda(1, 1)"},
        {"sympy": "Pow(Integer(10), Integer(10000000))"},
        {"sympy": "Pow(Integer(10), Pow(Integer(10), Integer(7)))"},
        {"sympy": "Pow(Rational(1, 10), Rational(30000001, 3))"},
        {"array": ["|O", [1], "AAAAAAAAAAA="]},
        {"number": ["|O", "AAAAAAAAAAA="]},
    ],
)
def test_the_judge_refuses_messages_that_bring_code(message):
    with pytest.raises(NotData):
        unpack(message)


def test_a_function_is_called_where_it_lives(connect):
    found = connect(add=lambda x, y=1: x + y, number=7)
    assert found["number"] == 7
    np.testing.assert_array_equal(found["add"](np.arange(3), y=2), [2, 3, 4])


def test_a_function_of_ours_may_be_called_back(connect):
    found = connect(slope=lambda f, x: (f(x + 1) - f(x - 1)) / 2)
    assert found["slope"](lambda x: 3 * x, 5.0) == 3.0


def test_a_generator_arrives_in_the_same_state(connect):
    found = connect(draw=lambda rng: rng.normal(size=3))
    np.testing.assert_array_equal(
        found["draw"](np.random.default_rng(5)), np.random.default_rng(5).normal(size=3)
    )


def test_an_error_keeps_its_type_and_shows_the_students_lines(connect):
    def divide():
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        connect(divide=divide)["divide"]()
    assert "in divide" in caught.value.student_trace
    assert remote.__file__ not in caught.value.student_trace


def test_what_the_student_did_not_define_is_left_out(connect):
    assert "missing" not in connect(there=1)


def test_an_endless_function_is_given_up(connect):
    stop = threading.Event()
    with pytest.raises(StudentTimeout, match="had not returned"):
        connect(seconds=0.2, wait=lambda: stop.wait(5))["wait"]()
    stop.set()


def test_nobody_there_is_said(tmp_path):
    judge = Judge(str(tmp_path / "judge"))
    with pytest.raises(StudentGone, match="does not answer"):
        judge.open(["x"], seconds=0.1)
    judge.listener.close()


def test_names_that_a_test_wants_from_the_student():
    source = "import numpy as np\nfor k in range(3):\n    assert f(np.array(k)) == g[k] + own"
    assert remote.free_names(source) == ["f", "g", "own"]
