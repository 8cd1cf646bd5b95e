"""Activations against 60-digit arithmetic, central differences, and what the docstrings promise."""

import copy
import pickle
from dataclasses import replace
from functools import partial

import mpmath
import numpy as np
import pytest
from handgrad import activations
from handgrad.activations import ACTIVATIONS

EXACT = {  # s(z) in mpmath; from the definitions, not from the module
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "arctan": mpmath.atan,
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "leaky_relu": lambda z: z if z > 0 else z * mpmath.mpf(0.01),
    "prelu": lambda z: z if z > 0 else z / 4,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "step": lambda z: mpmath.mpf(z >= 0),
    "selu": lambda z: (
        mpmath.mpf(activations.SELU_SCALE)
        * (z if z > 0 else mpmath.mpf(activations.SELU_ALPHA) * mpmath.expm1(z))
    ),
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_sigmoid": lambda z: min(max(z / 6 + mpmath.mpf(1) / 2, mpmath.mpf(0)), mpmath.mpf(1)),
}
POINTS = [-1000.0, -300.0, -40.0, -3.7, -1.0, -1e-3, 1e-3, 0.5, 1.0, 3.7, 20.0, 40.0, 300.0, 1000.0]
WAYS = [
    *ACTIVATIONS.values(),
    activations.leaky_relu_with(0.2),
    activations.prelu_with(-0.5),
    activations.elu_with(0.7),
    activations.maxout_with(3),
]


def test_all_are_there():
    assert set(ACTIVATIONS) == set(EXACT) | {"maxout"}
    for name, activation in ACTIVATIONS.items():
        assert activation.name == name
        assert hasattr(activations, name) and hasattr(activations, name + "_prime")


@pytest.mark.parametrize("name", EXACT)
def test_value_has_all_digits_on_both_sides(name):
    s = ACTIVATIONS[name]
    with mpmath.workdps(60):
        exact = [float(EXACT[name](mpmath.mpf(z))) for z in POINTS]
    np.testing.assert_allclose(s.value(np.array(POINTS)), exact, rtol=1e-15 * 4, atol=0)


@pytest.mark.parametrize("name", EXACT)
def test_derivative_has_all_digits_on_both_sides(name):
    s = ACTIVATIONS[name]
    with mpmath.workdps(1000):  # sigmoid'(1000) is about 1e-434: differences need the digits
        exact = [
            float(mpmath.diff(EXACT[name], mpmath.mpf(z), h=mpmath.mpf(10) ** -480)) for z in POINTS
        ]
    np.testing.assert_allclose(s.derivative(np.array(POINTS)), exact, rtol=1e-14, atol=0)


@pytest.mark.parametrize("s", WAYS, ids=repr)
def test_derivative_takes_z_and_is_the_slope(s):
    rng = np.random.default_rng(1)
    z = rng.normal(scale=2, size=(50, 4 * s.pieces))
    h = 1e-6
    for piece in range(s.pieces):  # moves one piece of each neuron at a time
        shift = np.zeros_like(z)
        shift[:, piece :: s.pieces] = h
        slope = (s.value(z + shift) - s.value(z - shift)) / (2 * h)
        np.testing.assert_allclose(s.derivative(z)[:, piece :: s.pieces], slope, atol=1e-8)


@pytest.mark.parametrize("s", WAYS, ids=repr)
def test_finite_without_warning_at_a_thousand(s):
    z = np.linspace(-1000, 1000, 24 * 3).reshape(-1, 6)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(s.value(z)).all()
        assert np.isfinite(s.derivative(z)).all()


@pytest.mark.parametrize("s", WAYS, ids=repr)
def test_input_is_not_touched_and_not_returned(s):
    z = np.random.default_rng(2).normal(size=(3, 6))
    before = z.copy()
    a, da = s.value(z), s.derivative(z)
    a[:], da[:] = 7, 7
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize("s", WAYS, ids=repr)
def test_nan_is_not_hidden(s):
    z = np.array([[np.nan, np.nan, 1.0, 1.0, 1.0, 2.0]])
    assert np.isnan(s.value(z)[0, 0])


@pytest.mark.parametrize("name", EXACT)
def test_numbers_and_integers_give_numbers(name):
    s = ACTIVATIONS[name]
    for f in (s.value, s.derivative):
        assert isinstance(f(2), np.float64)
        assert f(-2) == f(np.array([-2.0]))[0]
        assert f(np.array([[1, -1]])).dtype == np.float64


def test_what_is_used_at_a_kink():
    assert activations.step(0.0) == 1 and activations.step_prime(0.0) == 0
    assert activations.relu_prime(0.0) == 0
    assert activations.relu_prime(-0.0) == 0
    assert activations.leaky_relu_prime(0.0, slope=0.3) == 0.3
    assert activations.prelu_prime(0.0, 0.3) == 0.3
    assert activations.elu_prime(0.0, alpha=0.3) == 0.3
    assert activations.selu_prime(0.0) == activations.SELU_SCALE * activations.SELU_ALPHA
    assert activations.hard_sigmoid_prime(3.0) == activations.hard_sigmoid_prime(-3.0) == 0
    np.testing.assert_array_equal(activations.maxout_prime([[2.0, 2.0]]), [[1, 0]])


@pytest.mark.parametrize("s", [s for s in WAYS if s.pieces == 1], ids=repr)
def test_kinks_are_where_the_derivative_jumps(s):
    h = 1e-9
    for z in (0.0, 0.5, -0.5, 3.0, -3.0):
        left = (s.value(z) - s.value(z - h)) / h
        right = (s.value(z + h) - s.value(z)) / h
        assert (abs(right - left) > 1e-3) == (z in s.kinks)


def test_the_constants_of_selu_keep_mean_0_and_variance_1():
    # two equations for two constants, solved here to 30 digits from the integrals themselves
    with mpmath.workdps(30):
        density = lambda z: mpmath.npdf(z)
        left = lambda power: mpmath.quad(
            lambda z: mpmath.expm1(z) ** power * density(z), [-mpmath.inf, 0]
        )
        right = lambda power: mpmath.quad(lambda z: z**power * density(z), [0, mpmath.inf])
        alpha = -right(1) / left(1)  # mean 0
        scale = 1 / mpmath.sqrt(right(2) + alpha**2 * left(2))  # then variance 1
    assert activations.SELU_ALPHA == pytest.approx(float(alpha), rel=1e-15)
    assert activations.SELU_SCALE == pytest.approx(float(scale), rel=1e-15)


@pytest.mark.parametrize("s", [*WAYS, activations.SOFTMAX], ids=repr)
def test_float32_stays_float32(s):
    z = np.random.default_rng(6).normal(size=(4, 6))
    small = z.astype(np.float32)
    parts = [s.value] if s is activations.SOFTMAX else [s.value, s.derivative]
    for f in (*parts, *([s.dslope] if s.dslope else [])):
        assert f(small).dtype == np.float32 and f(z).dtype == np.float64
        np.testing.assert_allclose(f(small), f(small.astype(float)), rtol=1e-6, atol=1e-7)
    if s.pieces == 1 and s is not activations.SOFTMAX:
        assert s.value(np.float32(0.5)).dtype == s.derivative(np.float32(0.5)).dtype == np.float32
    for other in (np.float16, np.int32, np.bool_, np.longdouble):
        assert s.value(z.astype(other)).dtype == np.float64


@pytest.mark.parametrize("s", [*WAYS, activations.SOFTMAX], ids=repr)
@pytest.mark.parametrize(
    "z, error, message",
    [
        (None, TypeError, "z: expected real numbers, got None"),
        ("0.5", TypeError, "z: expected real numbers, got '0.5'"),
        (["a", "b"], TypeError, "z: expected real numbers, got entries of type <U1"),
        (1j, TypeError, "z: expected real numbers, got 1j"),
        (np.array([1j, 2]), TypeError, "z: expected real numbers, got entries of type complex128"),
        ([[1.0], [1.0, 2.0]], ValueError, "z: expected rows of equal length, got ragged ones"),
    ],
)
def test_what_is_no_real_number_is_refused(s, z, error, message):
    with pytest.raises(error, match=message):
        s.value(z)
    if s is not activations.SOFTMAX:
        with pytest.raises(error, match=message):
            s.derivative(z)


def test_the_last_axis_is_meant_whatever_stands_before_it():
    assert activations.softmax([0.0, 0.0]).tolist() == [0.5, 0.5]
    z = np.random.default_rng(7).normal(size=(2, 3, 4))
    np.testing.assert_allclose(activations.softmax(z).sum(axis=-1), 1, rtol=1e-15)
    assert activations.maxout([1.0, 5.0, -1.0, -2.0]).tolist() == [5, -1]
    assert activations.maxout_prime([1.0, 5.0, -1.0, -2.0]).tolist() == [0, 1, 1, 0]
    assert activations.maxout(z).shape == (2, 3, 2)
    assert ACTIVATIONS["maxout"].pieces == 2
    for f in (activations.maxout, activations.maxout_prime):
        with pytest.raises(ValueError, match=r"expected z of shape \(n, d \* 2\), got \(\)"):
            f(3.0)


def test_softmax_needs_a_last_axis():
    for z in (1.0, np.zeros((2, 0))):
        with pytest.raises(ValueError, match=r"softmax: expected z of shape \(n, K\), got \("):
            activations.softmax(z)


@pytest.mark.parametrize(
    "parts, error, message",
    [
        ({"name": 3}, TypeError, "name: expected a string, got 3"),
        ({"value": 1.0}, TypeError, "value: expected a function of z, got 1.0"),
        ({"derivative": None}, TypeError, "derivative: expected a function of z, got None"),
        ({"expression": "z"}, TypeError, "expression: expected a function of z, got 'z'"),
        ({"dslope": 1}, TypeError, "dslope: expected a function of z, got 1"),
        ({"kinks": 0.0}, TypeError, "kinks: expected a tuple of numbers, got 0.0"),
        ({"kinks": (np.nan,)}, ValueError, "kinks: expected a finite number, got nan"),
        ({"pieces": 0}, ValueError, "pieces: expected an integer of at least 1, got 0"),
        ({"parameter": "a"}, TypeError, "parameter: expected a number, got 'a'"),
    ],
)
def test_an_activation_of_ones_own_is_made_of_the_right_parts(parts, error, message):
    good = {"name": "sine", "value": np.sin, "derivative": np.cos}
    activations.Activation(**good)
    with pytest.raises(error, match=message):
        activations.Activation(**(good | parts))


def test_the_books_are_known_by_their_functions():
    assert all(s.of_the_book for s in [*WAYS, activations.SOFTMAX])
    tanh = ACTIVATIONS["tanh"]
    assert copy.deepcopy(tanh).of_the_book and pickle.loads(pickle.dumps(WAYS[-2])).of_the_book
    leaky = activations.leaky_relu_with(0.2)
    for own in (
        replace(tanh, value=np.sin),
        replace(tanh, derivative=np.cos),
        replace(tanh, name="mine"),
        replace(tanh, name="sigmoid"),
        replace(leaky, parameter=0.3),
        replace(leaky, derivative=activations.leaky_relu_with(0.3).derivative),
        replace(leaky, value=partial(activations.leaky_relu, 1.0)),
        replace(activations.SOFTMAX, value=np.sin),
        replace(activations.maxout_with(3), pieces=2),
    ):
        assert not own.of_the_book


def test_prelu_slope_derivative():
    z, h = np.random.default_rng(3).normal(size=(6, 5)), 1e-6
    slope = (activations.prelu(z, 0.3 + h) - activations.prelu(z, 0.3 - h)) / (2 * h)
    np.testing.assert_allclose(activations.prelu_dslope(z), slope, atol=1e-9)
    np.testing.assert_array_equal(activations.prelu_dslope(z, 0.3), activations.prelu_dslope(z))
    assert [s.name for s in ACTIVATIONS.values() if s.dslope is not None] == ["prelu"]


def test_maxout_takes_neighbours_as_the_pieces_of_a_neuron():
    z = np.array([[1.0, 5.0, 2.0, -3.0, -1.0, -2.0]])
    np.testing.assert_array_equal(activations.maxout(z, 2), [[5, 2, -1]])
    np.testing.assert_array_equal(activations.maxout(z, 3), [[5, -1]])
    np.testing.assert_array_equal(activations.maxout_prime(z, 3), [[0, 1, 0, 0, 1, 0]])
    da = np.array([[10.0, 20.0]])
    np.testing.assert_array_equal(activations.maxout_with(3).spread(da), [[10, 10, 10, 20, 20, 20]])
    with pytest.raises(ValueError, match=r"expected z of shape \(n, d \* 4\), got \(1, 6\)"):
        activations.maxout(z, 4)


def test_maxout_of_plus_and_minus_is_the_absolute_value():
    z = np.random.default_rng(4).normal(size=(20, 1))
    pieces = np.concatenate([z, -z], axis=1)
    np.testing.assert_array_equal(activations.maxout(pieces), abs(z))


def test_softmax_rows_are_distributions_and_shifts_cancel():
    z = np.random.default_rng(5).normal(size=(8, 4))
    y = activations.softmax(z)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(activations.softmax(z + 900), y, rtol=1e-12)
    np.testing.assert_allclose(y, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), rtol=1e-14)
    with pytest.raises(ValueError, match="softmax_cross_entropy"):
        activations.SOFTMAX.derivative(z)


def test_get():
    assert activations.get("tanh") is ACTIVATIONS["tanh"]
    assert activations.get(activations.SOFTMAX) is activations.SOFTMAX
    with pytest.raises(ValueError, match="expected one of identity, step, .*; got 'sigmoyd'"):
        activations.get("sigmoyd")
    with pytest.raises(TypeError, match="a name or an Activation, got 3"):
        activations.get(3)


@pytest.mark.parametrize(
    "make, value, error",
    [
        (activations.leaky_relu_with, "0.1", TypeError),
        (activations.prelu_with, np.nan, ValueError),
        (activations.elu_with, np.inf, ValueError),
        (activations.maxout_with, 1, ValueError),
        (activations.maxout_with, 2.0, TypeError),
    ],
)
def test_bad_parameters(make, value, error):
    with pytest.raises(error, match="expected .*got"):
        make(value)


def test_parameters_reach_value_and_derivative():
    assert activations.leaky_relu_with(0.2).value(-2.0) == -0.4
    assert activations.prelu_with(0.3).derivative(-2.0) == 0.3
    assert activations.elu_with(2.0).value(-1.0) == pytest.approx(2 * (np.exp(-1) - 1), rel=1e-15)
    assert activations.elu_with(2.0).parameter == 2.0


def test_repr_is_the_same_on_every_machine():
    assert " at 0x" not in repr(ACTIVATIONS)
