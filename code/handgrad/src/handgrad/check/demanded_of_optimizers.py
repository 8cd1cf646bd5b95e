"""What is demanded of an optimiser: state = start(v), then v, state = step(v, dv, state)."""

import copy
import pickle

import numpy as np

from .unmet import Unmet, always, expect, expect_finite, quiet, refuses

M = 5
STEPS = 300


def _rate(optimizer):
    """Its learning rate; of a schedule, that of the first update."""
    rate = getattr(optimizer, "learning_rate", 0.01)
    return float(rate(1)) if callable(rate) else float(rate)


def _gradients(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, M))


def _run(optimizer, gradients, v=None, state=None):
    """(v, state) after a step along each gradient, from a start of its own unless one is given."""
    if v is None:
        v = np.linspace(-1.0, 1.0, M)
        state = optimizer.start(v.copy())
    for dv in gradients:
        v, state = optimizer.step(v, dv.copy(), state)
    return v, state


def step_gives_a_vector_shaped_like_v_and_a_state(optimizer):
    v = np.linspace(-1.0, 1.0, M)
    answer = optimizer.step(v, _gradients(1)[0], optimizer.start(v))
    is_pair = isinstance(answer, tuple) and len(answer) == 2
    expect(is_pair, f"expected (v, state), got a {type(answer).__name__}")
    got = np.shape(answer[0])
    expect(got == (M,), f"expected a v of shape {(M,)}, got {got}")


def each_parameter_follows_its_own_gradient(optimizer):
    """A step that makes one number of the gradient moves all parameters alike."""
    v = np.zeros(M)
    dv = np.zeros(M)
    dv[1] = 1.0
    new, _ = optimizer.step(v, dv, optimizer.start(v))
    others = np.delete(new, 1)
    expect(not others.any(), f"expected parameters with no gradient to stay at 0, got {others}")
    expect(new[1] < 0, f"expected a step against a gradient of 1, got {new[1]:.6g}")


def a_gradient_of_another_shape_is_refused(optimizer):
    v, dv = np.zeros(M), np.ones(M)
    for other in (dv[:, None], dv[:1], dv[0]):
        expect(
            refuses(lambda dv: optimizer.step(v, dv, optimizer.start(v)), other),
            f"expected a ValueError for dv of shape {np.shape(other)} beside v {(M,)}, got an "
            "answer; try `if dv.shape != v.shape: raise`",
        )


def arguments_are_left_alone(optimizer):
    v, dv = np.linspace(-1.0, 1.0, M), _gradients(1)[0]
    before = v.copy(), dv.copy()
    state = optimizer.start(v)
    kept = copy.deepcopy(state)
    new, _ = optimizer.step(v, dv, state)
    for name, now, then in zip(("v", "dv"), (v, dv), before, strict=True):
        expect(np.array_equal(now, then), f"expected {name} as it was, got it changed")
        expect(not np.shares_memory(new, now), f"expected a new vector, got a part of {name}")
    unchanged = pickle.dumps(state) == pickle.dumps(kept)
    expect(unchanged, "expected the state that it was given as it was, got it changed")


def it_walks_down_a_bowl(optimizer):
    """J = Σ c v²/2, as wide and as flat as suits its learning rate: after a while J is less."""
    rate = _rate(optimizer)
    curvature, v = np.linspace(0.1, 0.5, M) / rate, rate * np.linspace(10.0, 20.0, M)

    def J(v):
        return float(np.sum(curvature * v**2) / 2)

    at_first, state = J(v), optimizer.start(v)
    for _ in range(STEPS):
        v, state = optimizer.step(v, curvature * v, state)
    expect(
        J(v) < 0.99 * at_first,
        f"expected less than {at_first:.6g} after {STEPS} steps, got {J(v):.6g}",
    )


def runs_share_nothing(optimizer):
    """A run gives the same alone, again, and with another one in between."""
    one, other = _gradients(6, seed=1), _gradients(6, seed=2)
    alone, _ = _run(optimizer, one)
    _run(optimizer, other)
    again, _ = _run(optimizer, one)
    expect(np.array_equal(alone, again), "expected the same v in a second run, got another")
    (v, state), (u, memory) = _run(optimizer, one[:0]), _run(optimizer, other[:0])
    for dv, du in zip(one, other, strict=True):
        v, state = _run(optimizer, [dv], v, state)
        u, memory = _run(optimizer, [du], u, memory)
    same = np.array_equal(alone, v)
    expect(same, "expected the same v with another run in between, got another")


def a_run_can_be_resumed(optimizer):
    """v and the state, stored and read again, go on to the same bits."""
    gradients = _gradients(8)
    through, _ = _run(optimizer, gradients)
    v, state = _run(optimizer, gradients[:4])
    try:
        stored = pickle.dumps((v, state))
    except Exception as problem:
        raise Unmet(f"expected a state that can be stored, got {problem}") from None
    _run(optimizer, _gradients(3, seed=9))
    resumed, _ = _run(optimizer, gradients[4:], *pickle.loads(stored))
    same = np.array_equal(through, resumed)
    expect(same, "expected the same v as without a pause, got another")


def floats_keep_their_type(optimizer):
    for floats in (np.float64, np.float32):
        v = np.linspace(-1.0, 1.0, M).astype(floats)
        state = optimizer.start(v)
        for dv in _gradients(3).astype(floats):
            v, state = optimizer.step(v, dv, state)
            expect(v.dtype == floats, f"expected {np.dtype(floats)}, got {v.dtype}")


def finite_and_quiet_for_gradients_of_0_and_1000(optimizer):
    for dv in (np.zeros(M), np.full(M, 1000.0), np.full(M, -1000.0), np.array([0, 1e-9, 1, 0, 9])):
        with quiet():
            v, _ = _run(optimizer, [dv] * 3)
        expect_finite("v", v, lambda _, dv=dv: f"after three gradients {dv.tolist()}")


DEMANDS = tuple(
    (always, check)
    for check in (
        step_gives_a_vector_shaped_like_v_and_a_state,
        each_parameter_follows_its_own_gradient,
        a_gradient_of_another_shape_is_refused,
        arguments_are_left_alone,
        it_walks_down_a_bowl,
        runs_share_nothing,
        a_run_can_be_resumed,
        floats_keep_their_type,
        finite_and_quiet_for_gradients_of_0_and_1000,
    )
)
