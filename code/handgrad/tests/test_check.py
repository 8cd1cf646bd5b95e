"""Differences, kinks, agreement and printed figures."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from handgrad.check import (
    Disagreement,
    agree,
    central_difference,
    check_gradient,
    holds,
    kinks,
    network_differences,
    relative_error,
    relative_errors,
)
from handgrad.network import (
    cost,
    from_vector,
    gradient_vector,
    gradients,
    make_network,
    random_network,
    to_vector,
)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


# -- central differences --------------------------------------------------------------------------


def test_central_differences_of_functions_with_known_gradients(rng):
    for scale in (1.0, 10.0, 1e5):
        x = scale * rng.normal(size=(3, 2))
        got = central_difference(lambda x: np.sum(np.sin(x / scale)), x)
        assert got.shape == (3, 2)
        assert relative_error(got * scale, np.cos(x / scale)) < 1e-8
    assert central_difference(lambda x: x**3, 2.0) == pytest.approx(12, abs=1e-9)


def test_the_step_is_scaled_to_a_large_parameter():
    # With a step of 6e-6 for x = 1e6 the difference of two squares drowns in rounding.
    x = np.array([1e6, 1.0])
    good = central_difference(lambda x: np.sum(x**2), x)
    poor = central_difference(lambda x: np.sum(x**2), x, step=6e-6)
    assert relative_error(good[0], 2e6) < 1e-9 < 1e-7 < relative_error(poor[0], 2e6)


def test_the_default_step_lies_at_the_bottom_of_the_u():
    def error(step=None):
        x = np.linspace(-1, 1, 41)
        return np.abs(central_difference(lambda x: np.exp(x).sum(), x, step) - np.exp(x)).max()

    assert error() < 1e-9
    assert error() < 10 * min(error(10.0**-k) for k in range(1, 12))
    assert min(error(1e-9), error(1e-2)) > 100 * error()


def test_the_array_is_not_changed_and_bad_input_is_refused(rng):
    x = rng.normal(size=4)
    before = x.copy()
    central_difference(np.sum, x)
    assert np.array_equal(x, before)
    with pytest.raises(ValueError, match="one number, got shape"):
        central_difference(lambda x: x, x)
    with pytest.raises(ValueError, match="step: expected positive"):
        central_difference(np.sum, x, step=-1e-3)
    with pytest.raises(ValueError, match="finite"):
        central_difference(np.sum, [1.0, np.nan])


def test_relative_error_means_something_near_zero():
    assert relative_error(1.0, 1.1) == pytest.approx(0.1 / 1.1)
    assert relative_error(0.0, 1e-12) < 1e-8  # noise, not 100 %
    assert relative_error(0.0, 1e-3) == 1.0
    assert relative_error([1e6, 0.0], [1e6, 1e-5]) < 1e-7  # small beside its neighbours
    assert relative_error([1.0, 2.0], [1.0, -2.0]) == 2.0
    assert relative_errors([1.0, 4.0], [1.0, 2.0]).tolist() == [0.0, 0.5]
    assert relative_error(2e5, 1e5) == relative_error(1e5, 2e5) == 0.5
    with pytest.raises(ValueError, match="one shape"):
        relative_error([1.0], [1.0, 2.0])


# -- kinks ----------------------------------------------------------------------------------------


def test_kinks_are_found_on_the_spot_and_beside_it():
    x = np.array([0.0, 1e-6, -4e-6, 0.5, -3.0, 1e-3])
    assert kinks(lambda x: np.abs(x).sum(), x).tolist() == [True] * 3 + [False] * 3
    assert kinks(lambda x: 1e-3 * np.maximum(x, 0).sum(), x).tolist() == [True] * 3 + [False] * 3


def test_smooth_functions_have_no_kinks(rng):
    for f in (
        np.sin,
        np.exp,
        np.tanh,
        np.square,
        lambda x: 1 / (1 + np.exp(-40 * x)),
        lambda x: 1e6 + x,
        lambda x: 1e3 * np.cos(3 * x),
    ):
        assert not kinks(lambda x: np.sum(f(x)), rng.normal(size=20)).any()


def test_a_report_names_kinks_and_judges_them_by_their_two_sides():
    x = np.array([0.0, 2.0, -1.0])
    f = lambda x: np.abs(x).sum()
    for slope, ok in ((0.0, True), (1.0, True), (-1.0, True), (1.5, False)):
        report = check_gradient(f, x, [slope, 1.0, -1.0])
        assert (report.ok, report.kinks, bool(report)) == (ok, [(0,)], ok)
        assert "kink within a step of (0,)" in str(report)
    report = check_gradient(f, x, [0.0, 1.0, 1.0])
    assert not report and report.worst == (2,) and "at (2,)" in str(report)


def test_of_entries_equally_wrong_the_first_is_named(rng):
    x = rng.normal(size=(3, 4))
    report = check_gradient(lambda x: np.sin(x).sum(), x, -np.cos(x))  # all off by twice themselves
    assert report.worst == (0, 0)
    dx = np.cos(x)
    dx[1, 2] *= 1.1
    assert check_gradient(lambda x: np.sin(x).sum(), x, dx).worst == (1, 2)


def test_check_gradient_of_smooth_functions(rng):
    A = rng.normal(size=(4, 4))
    x = rng.normal(size=4)
    f = lambda x: x @ A @ x
    good = (A + A.T) @ x
    report = check_gradient(f, x, good)
    assert report and report.error < 1e-8 and report.kinks == []
    for wrong in (-good, 2 * A @ x, good + 1e-4):
        assert not check_gradient(f, x, wrong)
    with pytest.raises(ValueError, match="dx: expected shape"):
        check_gradient(f, x, good[:2])


@pytest.mark.parametrize(
    "loss",
    ["half_squared_error", "sum_of_squares", "binary_cross_entropy", "softmax_cross_entropy"],
)
def test_network_differences(loss, rng):
    last = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}.get(loss, "tanh")
    for hidden in ("sigmoid", "arctan", "elu", "maxout"):
        net = random_network([3, 4, 2], [hidden, last], rng=rng)
        X, Y = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
        Y /= Y.sum(axis=1, keepdims=True)
        _, g = gradients(net, X, Y, loss)
        d = network_differences(net, X, Y, loss)
        assert d.kinks == []
        assert agree(package=g, differences=d)
        with pytest.raises(Disagreement):
            agree(package={l: -v for l, v in g.dW.items()}, differences=d.dW)


def test_network_differences_name_the_parameters_at_a_kink():
    # z of the second hidden neuron is exactly 0: its two weights and its bias are at a kink.
    net = make_network(
        [[[1.0, 2.0], [0.5, -1.0]], [[1.0], [3.0]]], [[0.0, 0.0], [0.0]], ["relu", "identity"]
    )
    d = network_differences(net, [[1.0, 2.0]], [[0.0]])
    assert d.kinks == [("w", 2, 1, 2), ("w", 2, 2, 2), ("b", 2, 2)]


@pytest.mark.parametrize("distance", [1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 0.0])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_an_exact_gradient_beside_a_kink_is_right(distance, side, scale):
    """Where the function bends too: a slope of one side is off by h f''/2."""
    x = [side * distance]
    f = lambda x: 0.5 * (2 * scale * max(x[0], 0) - 1) ** 2
    exact = [2 * scale * (2 * scale * x[0] - 1) if x[0] > 0 else 0.0]
    report = check_gradient(f, x, exact)
    assert report and report.outside == (), str(report)
    for wrong in (exact[0] + 2.5 * scale, exact[0] - 2.5 * scale):
        report = check_gradient(f, x, [wrong])
        assert not report
        if report.kinks:
            assert report.outside == ((0,),)
            assert "and it does not at (0,)" in str(report)


@pytest.mark.parametrize("distance", [1e-5, 1e-6, 1e-7])
def test_a_little_beside_a_kink_the_slope_of_this_side_is_asked_for(distance):
    for x, slope in (([distance], 1.0), ([-distance], -1.0)):
        assert check_gradient(lambda x: abs(x[0]), x, [slope])
        for wrong in (-slope, 0.0, 0.5 * slope):
            assert not check_gradient(lambda x: abs(x[0]), x, [wrong])


@pytest.mark.parametrize("w", [1e-6, 1e-7, 1e-9, -1e-7])
def test_a_relu_network_beside_its_kink(w):
    net = make_network([[[w]], [[2.0]]], [[0.0], [0.5]], ["relu", "identity"])
    X, Y = np.array([[1.0]]), np.array([[3.0]])
    _, grads = gradients(net, X, Y)
    f = lambda v: cost(from_vector(net, v), X, Y)
    assert check_gradient(f, to_vector(net), gradient_vector(grads))


def test_large_values_leave_room_for_rounding():
    f = lambda x: 1e6 + abs(x[0] - 1.0)
    assert check_gradient(f, [1.0], [0.3])
    assert not check_gradient(f, [1.0], [3.0])


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: check_gradient(np.sum, [], []), ValueError, "x: expected at least one number"),
        (lambda: central_difference(np.sum, []), ValueError, "x: expected at least one number"),
        (lambda: kinks(np.sum, np.zeros((0, 2))), ValueError, "x: expected at least one number"),
        (
            lambda: central_difference(np.sum, [1.0, 2.0], step=[[1e-5]]),
            ValueError,
            r"step: expected one number or shape \(2,\), got \(1, 1\)",
        ),
        (lambda: central_difference(lambda x: "one", 1.0), ValueError, "f: expected one number"),
        (lambda: central_difference(lambda x: 1j, 1.0), ValueError, "f: expected one number"),
        (lambda: central_difference(np.sum, 1.0, step=0.0), ValueError, "step: expected positive"),
        (lambda: check_gradient(np.sum, [1.0], [1.0], tolerance=0.0), ValueError, "tolerance: "),
        (lambda: network_differences(None, [[1.0]], [[1.0]]), TypeError, "net: expected a Network"),
    ],
)
def test_bad_input_of_differences(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_step_for_each_entry():
    x = np.array([1.0, 2.0])
    got = central_difference(lambda x: np.sum(x**3), x, step=[1e-1, 1e-2])
    np.testing.assert_allclose(got, [3 + 1e-2, 12 + 1e-4], rtol=1e-9)


def test_differences_are_of_float64_whatever_comes_in(rng):
    x = rng.normal(size=3).astype(np.float32)
    got = central_difference(lambda x: np.sum(np.sin(x)), x)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, np.cos(x.astype(float)), rtol=1e-8)
    net = random_network([3, 4, 2], ["tanh", "identity"], rng=rng, dtype="float32")
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    d = network_differences(net, X.astype(np.float32), Y)
    double = make_network(net.W, net.b, net.s, dtype="float64")
    assert d.dW[2].dtype == np.float64
    _, exact = gradients(double, X.astype(np.float32), Y)
    assert agree(package=exact, differences=d)


# -- agree ----------------------------------------------------------------------------------------


def test_agreement_is_said_in_a_sentence_without_noise(rng):
    assert repr(agree(hand=0.75, package=0.75 + 1e-16)) == "hand and package agree: 0.75"
    assert str(agree(hand=0.0, sympy=1e-17, package=-1e-17)) == "hand, sympy and package agree: 0"
    a = rng.normal(size=(2, 3))
    assert agree(hand=a, package=a + 1e-12) == "hand and package agree: 6 numbers"
    assert agree(hand={2: a, 3: [a, a]}, package={3: [a, a], 2: a}).endswith("18 numbers")
    assert agree(sympy=sympy.Rational(1, 3), package=1 / 3).endswith("0.333333")
    assert agree(hand=[1, 2.5], package=np.array([1.0, 2.5])).endswith("2 numbers")


def test_a_disagreement_names_the_pair_the_place_and_both_values(rng):
    a = rng.normal(size=(2, 3))
    b = a.copy()
    b[1, 2] += 1e-6
    with pytest.raises(Disagreement) as error:
        agree(hand={3: a}, sympy={3: a}, package={3: b})
    assert "hand and package differ: hand[3][1, 2] =" in str(error.value)
    assert f"{b[1, 2]:.12g}" in str(error.value) and f"{a[1, 2]:.12g}" in str(error.value)
    assert isinstance(error.value, AssertionError)


def test_differences_get_a_tolerance_of_their_own():
    agree(hand=0.5, differences=0.5 + 1e-7)
    with pytest.raises(Disagreement):
        agree(hand=0.5, package=0.5 + 1e-7)
    with pytest.raises(Disagreement):
        agree(hand=0.5, differences=0.5 + 1e-5)
    agree(hand=1e-9, differences=0.0)
    agree(1e-3, hand=1.0, package=1.0005)


def test_small_numbers_still_count():
    with pytest.raises(Disagreement):
        agree(hand=1e-10, package=2e-10)


@pytest.mark.parametrize(
    "other, message",
    [
        (np.zeros((3, 2)), r"shape \(2, 3\), package \(3, 2\)"),
        (np.full((2, 3), np.nan), r"package\[0, 0\] is nan"),
        ({2: np.zeros((2, 3))}, "only one of them has"),
    ],
)
def test_what_cannot_be_compared_disagrees(other, message):
    with pytest.raises(Disagreement, match=message):
        agree(hand=np.zeros((2, 3)), package=other)


def test_agree_refuses_one_way_and_words():
    with pytest.raises(ValueError, match="at least two ways, got 1"):
        agree(hand=1.0)
    with pytest.raises(TypeError, match="package: expected numbers, got 'one'"):
        agree(hand=1.0, package="one")


# -- printed figures ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "printed, value, verdict",
    [
        ("0.2317", 0.23174, "rounded"),
        ("0.2317", 0.23166, "rounded"),
        ("0.2317", 0.23179, "cut"),
        ("0.2317", 0.23181, None),
        ("0.2317", 0.23164, None),
        ("0.2317", -0.2317, None),
        ("8.0", 8.04, "rounded"),
        ("8.0", 8.09, "cut"),
        ("8", 8.4, "rounded"),
        ("8", 8.9, "cut"),
        ("-0.0190", -0.01903, "rounded"),
        ("-0.0190", -0.01909, "cut"),
        ("-0.0190", -0.01894, None),  # cut towards zero, not downwards
        ("\N{MINUS SIGN}0.0190", -0.01903, "rounded"),
        ("5.5090e-04", 5.50902e-4, "rounded"),
        ("5.5090e-04", 5.50909e-4, "cut"),
        ("5.5090e-04", 5.5092e-4, None),
        ("0.000439", 0.00043857, "rounded"),
        ("0.00", 0.009, "cut"),
        ("0.00", 0.004, "rounded"),
        # exactly half-way: up and to even are both fair; the float nearest to 0.145 is below it
        ("0.14", 0.145, "rounded"),
        ("0.15", 0.145, "rounded"),
        ("2", 2.5, "rounded"),
        ("3", 2.5, "rounded"),
        ("0.3", 0.1 + 0.2, "rounded"),
        ("0.15", 0.1449999, None),
        ("0.14", Decimal("0.1450000000000000000001"), "cut"),
        ("0.333", Fraction(1, 3), "rounded"),
        ("0.334", Fraction(1, 3), None),
        ("7", 7, "rounded"),
        ("0.29", 0.29, "rounded"),
        ("0.2", 0.3 - 1e-17, None),
    ],
)
def test_holds(printed, value, verdict):
    assert holds(printed, value) == verdict


def test_holds_for_every_rounding_and_every_cut_of_random_numbers(rng):
    for value in rng.normal(size=200) * 10.0 ** rng.integers(-6, 3, size=200):
        for digits in range(1, 6):
            assert holds(f"{value:.{digits}f}", value) == "rounded"
            assert holds(f"{value:.{digits}e}", value) == "rounded"
            unit = Decimal(10) ** -digits
            cut = Decimal(repr(float(value))).quantize(unit, rounding="ROUND_DOWN")
            assert holds(str(cut), value) in ("rounded", "cut")
            assert holds(str(cut + 2 * unit), value) is None


def test_holds_refuses_what_is_not_a_figure():
    with pytest.raises(TypeError, match="expected a string"):
        holds(0.2317, 0.2317)
    for printed in ("about 3", "nan", ""):
        with pytest.raises(ValueError, match="printed"):
            holds(printed, 1.0)
    with pytest.raises(ValueError, match="finite"):
        holds("1.0", float("nan"))
