"""Optimisers against formulas written out for one number, scikit-learn, and scipy."""

import math
import re
import warnings
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import scipy.optimize
from handgrad import network, optimizers, training
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

A = np.diag([1.0, 4.0, 0.5]) + 0.2
CENTRE = np.array([1.0, -2.0, 3.0])


def named(optimizer):
    """The same name in every process: a schedule shows its address."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(optimizer))


ALL = [
    optimizers.GradientDescent(0.1),
    optimizers.Momentum(0.05),
    optimizers.Momentum(0.05, 0.0),
    optimizers.Momentum(0.05, 0.8, nesterov=True),
    optimizers.RMSProp(0.01),
    optimizers.RMSProp(0.02, 0.99, 1e-3),
    optimizers.Adam(lambda t: 0.5 / t**0.5),
    optimizers.Adam(0.1),
    optimizers.Adam(0.1, 0.5, 0.9, 1e-3),
]


def bowl(v):
    """1/2 (v - c)' A (v - c) and its gradient."""
    return 0.5 * (v - CENTRE) @ A @ (v - CENTRE), A @ (v - CENTRE)


def path(optimizer, v, steps):
    """Positions of a descent into the bowl."""
    state, positions = optimizer.start(v), [v]
    for _ in range(steps):
        v, state = optimizer.step(v, bowl(v)[1], state)
        positions.append(v)
    return np.array(positions)


def written_out(optimizer, gradients, v):
    """The formulas for a single number."""
    u = m = s = 0.0
    for t, g in enumerate(gradients, start=1):
        eta = optimizer.learning_rate
        eta = eta(t) if callable(eta) else eta
        if isinstance(optimizer, optimizers.GradientDescent):
            v = v - eta * g
        elif isinstance(optimizer, optimizers.Momentum):
            u = optimizer.momentum * u - eta * g
            v = v + (optimizer.momentum * u - eta * g if optimizer.nesterov else u)
        elif isinstance(optimizer, optimizers.RMSProp):
            s = optimizer.rho * s + (1 - optimizer.rho) * g * g
            v = v - eta * g / (math.sqrt(s) + optimizer.epsilon)
        else:
            m = optimizer.beta1 * m + (1 - optimizer.beta1) * g
            s = optimizer.beta2 * s + (1 - optimizer.beta2) * g * g
            m_hat, s_hat = m / (1 - optimizer.beta1**t), s / (1 - optimizer.beta2**t)
            v = v - eta * m_hat / (math.sqrt(s_hat) + optimizer.epsilon)
    return v


@pytest.mark.parametrize("optimizer", ALL, ids=named)
def test_reference_formula(optimizer):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=3), rng.normal(size=(20, 3))
    v, state = start, optimizer.start(start)
    for dv in gradients:
        v, state = optimizer.step(v, dv, state)
    expected = [written_out(optimizer, gradients[:, i], start[i]) for i in range(3)]
    np.testing.assert_allclose(v, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "ours, theirs, rtol",
    [
        (
            optimizers.Momentum(0.05, 0.8),
            lambda v: SGDOptimizer([v], 0.05, momentum=0.8, nesterov=False),
            1e-12,
        ),
        (
            optimizers.Momentum(0.05, 0.8, nesterov=True),
            lambda v: SGDOptimizer([v], 0.05, momentum=0.8, nesterov=True),
            1e-12,
        ),
        (
            optimizers.Adam(0.1, 0.8, 0.95, 1e-12),  # theirs puts its epsilon elsewhere
            lambda v: AdamOptimizer([v], 0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-12),
            1e-9,
        ),
    ],
)
def test_the_same_path_as_scikit_learn(ours, theirs, rtol):
    v = np.zeros(3)
    peer = theirs(v)
    for expected in path(ours, np.zeros(3), 30):
        np.testing.assert_allclose(v, expected, rtol=rtol, atol=1e-12)
        peer.update_params([v], [bowl(v)[1]])


@pytest.mark.parametrize("optimizer", ALL, ids=named)
def test_reaches_the_minimum_that_scipy_finds(optimizer):
    found = scipy.optimize.minimize(bowl, np.zeros(3), jac=True, method="BFGS", tol=1e-10).x
    np.testing.assert_allclose(path(optimizer, np.zeros(3), 2000)[-1], found, atol=0.02)


def test_momentum_of_zero_is_gradient_descent():
    np.testing.assert_array_equal(
        path(optimizers.Momentum(0.1, 0.0), CENTRE * 2, 10),
        path(optimizers.GradientDescent(0.1), CENTRE * 2, 10),
    )


def test_first_step_of_adam_has_the_length_of_the_learning_rate():
    v = np.zeros(3)
    optimizer = optimizers.Adam(0.1)
    for scale in (1e-3, 1.0, 1e3):
        moved, _ = optimizer.step(v, scale * np.array([1.0, -2.0, 5.0]), optimizer.start(v))
        np.testing.assert_allclose(moved, [-0.1, 0.1, -0.1], rtol=1e-4)


@pytest.mark.parametrize("optimizer", ALL, ids=named)
def test_steps_touch_neither_arguments_nor_state(optimizer):
    v, dv = np.ones(3), np.full(3, 2.0)
    _, state = optimizer.step(v, dv, optimizer.start(v))
    one = optimizer.step(v, dv, state)[0]
    two = optimizer.step(v, dv, state)[0]
    np.testing.assert_array_equal(one, two)
    assert (v == 1).all() and (dv == 2).all()


def test_lbfgs_finds_the_minimum_and_records_the_way():
    v0 = np.zeros(3)
    v, history = optimizers.lbfgs(bowl, v0, 100)
    np.testing.assert_allclose(v, CENTRE, atol=1e-5)
    assert history[0] == bowl(v0)[0] and history[-1] == pytest.approx(bowl(v)[0], abs=1e-15)
    assert (np.diff(history) <= 0).all() and len(history) > 2
    assert (v0 == 0).all()
    _, short = optimizers.lbfgs(bowl, v0, 2)
    np.testing.assert_array_equal(short, history[:3])


def test_lbfgs_trains_a_network_to_where_scipy_does():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (20, 1))
    Y = np.sin(3 * X)
    net = network.random_network((1, 5, 1), ["tanh", "identity"], rng=rng)
    f = training.objective(net, X, Y, l2=1e-3)
    v, history = optimizers.lbfgs(f, network.to_vector(net), 500)
    # scipy is left to find the gradient by itself
    expected = scipy.optimize.minimize(lambda v: f(v)[0], v, method="BFGS")
    assert history[-1] == pytest.approx(expected.fun, rel=1e-3)
    assert history[-1] < history[0] / 20


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: optimizers.GradientDescent(0), ValueError, "learning_rate: .*> 0, got 0"),
        (lambda: optimizers.GradientDescent("0.1"), TypeError, "learning_rate: expected a number"),
        (lambda: optimizers.Momentum(0.1, 1.1), ValueError, "momentum: .*<= 1, got 1.1"),
        (lambda: optimizers.Momentum(0.1, -0.1), ValueError, "momentum: .*>= 0"),
        (lambda: optimizers.Adam(np.nan), ValueError, "learning_rate: .*got nan"),
        (lambda: optimizers.Adam(0.1, beta1=1.0), ValueError, "beta1: expected .*< 1, got 1.0"),
        (lambda: optimizers.Adam(0.1, beta2=-1.0), ValueError, "beta2: .*>= 0"),
        (lambda: optimizers.Adam(0.1, epsilon=-1.0), ValueError, "epsilon: .*>= 0"),
        (lambda: optimizers.RMSProp(rho=1.0), ValueError, "rho: expected a number < 1, got 1.0"),
        (lambda: optimizers.RMSProp(epsilon=0.0), ValueError, "epsilon: .*> 0"),
        (lambda: optimizers.RMSProp(-1), ValueError, "learning_rate: .*> 0"),
        (lambda: optimizers.Momentum(0.1, nesterov=1), TypeError, "nesterov: .*got 1"),
        (lambda: optimizers.GradientDescent(float), TypeError, "learning_rate: expected a number"),
        (lambda: optimizers.GradientDescent(None), TypeError, "learning_rate: expected a number"),
        (lambda: optimizers.GradientDescent(1j), TypeError, "learning_rate: expected a number"),
        (
            lambda: optimizers.Adam(lambda t: -1.0).step(
                CENTRE, CENTRE, optimizers.Adam().start(CENTRE)
            ),
            ValueError,
            r"learning_rate\(1\): .*>= 0, got -1",
        ),
        (lambda: optimizers.lbfgs(bowl, [[1.0]], 5), ValueError, r"v0: expected shape \(m,\)"),
        (lambda: optimizers.lbfgs(bowl, CENTRE, 0), ValueError, "max_iterations: .*at least 1"),
    ],
)
def test_bad_settings(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("optimizer", ALL, ids=named)
@pytest.mark.parametrize(
    "dv, error, message",
    [
        (np.ones((3, 1)), ValueError, r"dv: expected the shape \(3,\) of v, got \(3, 1\)"),
        (1.0, ValueError, r"dv: expected the shape \(3,\) of v, got \(\)"),
        (np.ones(3) * 1j, TypeError, "dv: expected real numbers"),
        (None, TypeError, "dv: expected real numbers"),
    ],
)
def test_steps_refuse_gradients_of_another_shape(optimizer, dv, error, message):
    with pytest.raises(error, match=message):
        optimizer.step(CENTRE, dv, optimizer.start(CENTRE))


@pytest.mark.parametrize("optimizer", ALL, ids=named)
def test_states_of_something_else(optimizer):
    if isinstance(optimizer, optimizers.GradientDescent):
        return
    for state in (None, 0, np.zeros(3), optimizer.start(np.zeros(4)), optimizer.start(1.0)):
        with pytest.raises(ValueError, match="state: expected what start"):
            optimizer.step(CENTRE, CENTRE, state)


@pytest.mark.parametrize("optimizer", ALL, ids=named)
def test_float32_stays_float32(optimizer):
    v = CENTRE.astype(np.float32)
    state = optimizer.start(v)
    for _ in range(3):
        v, state = optimizer.step(v, v, state)
        vectors = state[:-1] if isinstance(state, tuple) else ()
        assert {u.dtype for u in (v, *vectors)} == {np.dtype(np.float32)}


def test_settings_are_plain_numbers():
    """A numpy number of float64 would make float64 of float32."""
    number = np.float64(0.5)
    for optimizer in (
        optimizers.GradientDescent(number),
        optimizers.Momentum(number, number),
        optimizers.RMSProp(number, number, number),
        optimizers.Adam(number, number, number, number),
    ):
        settings = [x for x in vars(optimizer).values() if not isinstance(x, bool)]
        assert {type(x) for x in settings} == {float}


def test_the_state_counts_the_updates_for_a_schedule():
    asked = []

    def schedule(t):
        asked.append(t)
        return 0.1

    for kind in (
        optimizers.GradientDescent,
        optimizers.Momentum,
        optimizers.RMSProp,
        optimizers.Adam,
    ):
        asked.clear()
        path(kind(schedule), CENTRE, 4)
        assert asked == [1, 2, 3, 4]


def test_lbfgs_says_that_it_failed():
    def kinked(v):  # its gradient is wrong: no step along it goes down
        return float(np.abs(v).sum()), -np.sign(v)

    with pytest.warns(RuntimeWarning, match="lbfgs: expected to converge, stopped after 0 iter"):
        v, _ = optimizers.lbfgs(kinked, np.ones(3))
    np.testing.assert_array_equal(v, 1)


@pytest.mark.filterwarnings("error")
def test_lbfgs_stopped_by_its_limit_has_not_failed():
    _, history = optimizers.lbfgs(bowl, np.zeros(3), 1)
    assert len(history) == 2


@pytest.mark.parametrize(
    "f, error, message",
    [
        (lambda v: (np.nan, v), ValueError, "f_and_grad: expected a finite J at v0, got nan"),
        (lambda v: (np.inf, v), ValueError, "f_and_grad: expected a finite J at v0, got inf"),
        (lambda v: (1.0, v[:2]), ValueError, r"expected a gradient \(3,\), got \(2,\)"),
        (lambda v: (1.0, 0.5), ValueError, r"expected a gradient \(3,\), got \(\)"),
    ],
)
def test_what_lbfgs_is_given(f, error, message):
    with pytest.raises(error, match=message):
        optimizers.lbfgs(f, CENTRE)


def test_lbfgs_never_ends_in_what_is_no_number():
    def cliff(v):  # no number anywhere but at the start
        return (1.0 if (v == 1).all() else np.nan), np.ones(3)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((ArithmeticError, RuntimeWarning), match="lbfgs: expected"):
            optimizers.lbfgs(cliff, np.ones(3))


def test_lbfgs_gives_back_float32():
    v0 = np.zeros(3, np.float32)
    seen = set()

    def f(v):
        seen.add(v.dtype)
        J, dv = bowl(v)
        return J, dv.astype(np.float32)

    v, _ = optimizers.lbfgs(f, v0)
    assert v.dtype == np.float32 and seen == {np.dtype(np.float32)}
    np.testing.assert_allclose(v, CENTRE, atol=1e-2)


def test_settings_stay_as_they_are():
    for optimizer in ALL:
        for name in vars(optimizer):
            with pytest.raises(FrozenInstanceError):
                setattr(optimizer, name, 0.5)


def test_settings_that_are_left_out():
    assert optimizers.RMSProp() == optimizers.RMSProp(0.001, 0.9, 1e-8)
    assert optimizers.Adam() == optimizers.Adam(0.001, 0.9, 0.999, 1e-8)
    assert optimizers.Momentum(0.1) == optimizers.Momentum(0.1, 0.9, False)
    flat = np.linspace(0.0, 1.0, 300)  # so slow a descent that the limit ends it
    _, history = optimizers.lbfgs(lambda v: (float(np.sum(v**4)), 4 * v**3), flat, 3)
    assert len(history) == 4
