"""The checks of arrays and numbers at the door: exact integers, dtypes, what the messages say."""

import time

import numpy as np
import pytest
from handgrad._arrays import (
    as_count,
    as_dtype,
    as_floats,
    as_number,
    check_shape,
    float_dtype,
    named,
)

# ---- integers ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_small_integers_are_exact(kind):
    ends = np.iinfo(kind)
    given = np.array([ends.min, ends.min + 1, 0, ends.max - 1, ends.max], dtype=kind)
    assert [int(x) for x in as_floats("x", given)] == [int(x) for x in given]


@pytest.mark.parametrize("kind", ["int64", "uint64"])
@pytest.mark.parametrize("dtype, digits", [(np.float64, 53), (np.float32, 24)])
def test_large_integers_are_taken_where_floats_hold_them(kind, dtype, digits):
    signs = (1, -1) if kind == "int64" else (1,)
    ends = np.iinfo(kind)
    good = [2**digits, 2**digits - 1, 2 ** (digits + 3), 3 * 2 ** (digits - 1), 2**62]
    for sign in signs:
        for number in good:
            found = as_floats("x", np.array([sign * number], dtype=kind), dtype=dtype)
            assert int(found[0]) == sign * number and found.dtype == dtype
        for number in (2**digits + 1, 2 ** (digits + 1) + 1, 2**62 + 1, int(ends.max)):
            with pytest.raises(TypeError, match=f"too large to be exact in {np.dtype(dtype)}"):
                as_floats("x", np.array([0, sign * number], dtype=kind), dtype=dtype)
    assert as_floats("x", np.array([ends.min], dtype=kind), dtype=dtype)[0] == int(ends.min)


def test_int32_in_float32():
    assert as_floats("x", np.array([2**24, -(2**31)], np.int32), dtype=np.float32)[1] == -(2.0**31)
    for wrong in (2**24 + 1, 2**31 - 1, -(2**24) - 1):
        with pytest.raises(TypeError, match="exact in float32"):
            as_floats("x", np.array([wrong], np.int32), dtype=np.float32)


def test_integers_take_no_longer_than_floats():
    """No loop in Python over the entries; a picture of 784 bytes is as quick as one of floats."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (3000, 784))
    given = {kind: pictures.astype(kind) for kind in ("uint8", "int64", "float32")}
    best = dict.fromkeys(given, np.inf)
    for _ in range(30):
        for kind, array in given.items():
            start = time.process_time()
            as_floats("X", array, ("n", 784))
            best[kind] = min(best[kind], time.process_time() - start)
        if best["uint8"] < 1.2 * best["float32"] and best["int64"] < 10 * best["float32"]:
            return
    pytest.fail(f"seconds: {best}")


# ---- floats --------------------------------------------------------------------------------


def test_dtypes():
    single, double = np.ones(2, np.float32), np.ones(2)
    assert as_floats("x", single).dtype == np.float64
    assert as_floats("x", single, dtype=None) is single
    assert as_floats("x", double, dtype=None) is double
    for other in (np.ones(2, np.float16), np.ones(2, int), [1.0, 2.0], [True, False]):
        assert as_floats("x", other, dtype=None).dtype == np.float64
    assert float_dtype(single, single) == np.float32
    assert float_dtype(single, double) == float_dtype([1.0]) == float_dtype() == np.float64
    assert (
        as_dtype("float32") == as_dtype(np.float32) == np.float32 and as_dtype(float) == "float64"
    )


def test_the_place_of_what_is_not_finite():
    with pytest.raises(ValueError, match=r"x: expected finite numbers, got nan at \(1, 0\)$"):
        as_floats("x", [[1.0, 2.0], [np.nan, np.inf]])
    with pytest.raises(ValueError, match=r"got 1e\+39 at \(1,\), which is inf in float32"):
        as_floats("x", [1.0, 1e39], dtype=np.float32)


@pytest.mark.parametrize(
    "value, got", [("a", "'a'"), (None, "None"), (1j, "1j"), (["a"], "entries of type <U1")]
)
def test_what_is_no_number(value, got):
    with pytest.raises(TypeError, match=f"x: expected real numbers, got {got}"):
        as_floats("x", value)


@pytest.mark.parametrize(
    "got, shape, advice",
    [
        ((4,), ("n", 1), "; try x[:, None]"),
        ((4,), (4, 1), "; try x[:, None]"),
        ((3,), ("n", 3), "; one sample is a row: try x[None, :]"),
        ((4,), ("n", 3), "; if these are classes 0 to 2, try datasets.one_hot(x, 3)"),
        ((4, 1), (4, 3), "; if these are classes 0 to 2, try datasets.one_hot(x[:, 0], 3)"),
        ((3, 4), (4, 3), "; try x.T"),
        ((), (3,), "; one number for each is asked for: try numpy.full(3, x)"),
        ((3, 1), (3,), "; try x.ravel()"),
        ((2, 2), (3,), ""),
        ((4,), (5, 1), ""),
        ((4, 2), ("n", 3), ""),
        ((), ("m",), ""),
        ((2, 3, 4), (3, 4), ""),
        ((0, 3), ("n", 3), " (it is empty)"),
    ],
)
def test_advice(got, shape, advice):
    with pytest.raises(ValueError) as caught:
        check_shape("x", np.zeros(got), shape)
    wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    assert str(caught.value) == f"x: expected shape ({wanted}), got {got}{advice}"


# ---- numbers -------------------------------------------------------------------------------


def test_numbers():
    assert as_number("x", 3) == 3.0 and type(as_number("x", np.float64(3))) is float
    assert as_number("x", 1.0, low=1.0, high=1.0) == 1.0
    for wrong, limits in (
        (10**400, {}),
        (np.inf, {}),
        (1.0, {"above": 1.0}),
        (0.9, {"low": 1.0}),
        (1.1, {"high": 1.0}),
    ):
        with pytest.raises(ValueError, match="x: expected a finite number"):
            as_number("x", wrong, **limits)
    for wrong in (None, "3", 1j, True, np.True_, [1.0]):
        with pytest.raises(TypeError, match="x: expected a number, got"):
            as_number("x", wrong)


def test_counts():
    assert as_count("k", np.int8(3), low=3, high=3) == 3
    for wrong in (2, 4):
        with pytest.raises(ValueError, match="k: expected an integer of between 3 and 3, got"):
            as_count("k", wrong, low=3, high=3)
    for wrong in (True, 3.0, "3", None):
        with pytest.raises(TypeError, match="k: expected an integer, got"):
            as_count("k", wrong)


def test_a_class_for_an_object():
    assert named("x", dict, "a thing", "this") == (
        "x: expected a thing, got the class dict; try dict(...), an object of it"
    )
    assert named("x", None, "a thing", "this") == "x: expected a thing, got None; try this"
    for long in (list(range(40)), np.zeros((2, 2))):  # one of many characters, one of two lines
        assert f"got a {type(long).__name__}; try" in named("x", long, "a thing", "this")
    assert "got [0, 1, 2, 3]; try" in named("x", list(range(4)), "a thing", "this")
