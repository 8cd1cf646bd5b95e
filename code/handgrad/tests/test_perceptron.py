"""The perceptron: units, the rule, and the proof for each gate that it can or can't."""

import itertools

import numpy as np
import pytest
from handgrad import datasets, perceptron

X = datasets.gate_inputs()
GATES = datasets.gates()


def test_predict_differs_only_where_z_is_zero():
    # z = -1, 0, 1
    inputs, w, b = [[-1.0], [0.0], [1.0]], [1.0], 0.0
    assert perceptron.predict(inputs, w, b).tolist() == [0, 1, 1]
    assert perceptron.predict(inputs, w, b, fires_at_zero=False).tolist() == [0, 0, 1]
    assert perceptron.predict(inputs, w, b, low=-1).tolist() == [-1, 1, 1]


@pytest.mark.parametrize(
    "gate, w, threshold", [("AND", (1, 1), 1.5), ("OR", (1, 1), 0.5), ("NOT X1", (-1, 0), -0.5)]
)
def test_weights_and_thresholds_of_the_sources(gate, w, threshold):
    assert perceptron.predict(X, w, -threshold).tolist() == GATES[gate].tolist()


@pytest.mark.parametrize("name", GATES)
def test_every_gate_has_weights_or_a_proof_that_there_are_none(name):
    y = GATES[name]
    # an oracle that knows nothing of linear programs: small weights reach every separable gate
    grid = itertools.product((-1, 0, 1), (-1, 0, 1), np.arange(-2, 2.5, 0.5))
    reachable = any((perceptron.predict(X, (a, b), c) == y).all() for a, b, c in grid)
    found, proof = perceptron.separate(X, y), perceptron.certificate(X, y)
    assert (found is not None) == reachable
    assert (proof is None) == reachable
    if reachable:
        for fires_at_zero in (True, False):
            assert (perceptron.predict(X, *found, fires_at_zero=fires_at_zero) == y).all()
    else:
        sign = np.where(y == 1, 1, -1)
        assert (proof >= 0).all() and proof.any()
        assert np.allclose((proof * sign) @ np.column_stack([X, np.ones(4)]), 0, atol=1e-12)


def test_fourteen_of_sixteen_gates_are_separable():
    hard = {name for name, y in GATES.items() if perceptron.separate(X, y) is None}
    assert hard == {"XOR", "XNOR"}


def test_separating_finds_the_margin_in_more_dimensions():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 5))
    w = rng.normal(size=5)
    y = np.where(inputs @ w + 0.3 > 0, 1, -1)
    found_w, found_b = perceptron.separate(inputs, y)
    assert (y * (inputs @ found_w + found_b) >= 1 - 1e-7).all()
    y[0] = -y[0]
    inputs[1] = inputs[0]  # the same point in both classes
    y[1] = -y[0]
    assert perceptron.separate(inputs, y) is None
    assert perceptron.certificate(inputs, y) is not None


@pytest.mark.parametrize("fires_at_zero", [True, False])
@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize("gate", ["AND", "OR", "NAND", "X1 AND NOT X2"])
def test_training_ends_with_a_cycle_without_change(gate, low, fires_at_zero):
    y = np.where(GATES[gate] == 1, 1, low)
    run = perceptron.train(X, y, w=[0, 0], b=0, fires_at_zero=fires_at_zero)
    assert run.converged
    assert (
        perceptron.predict(X, run.w, run.b, fires_at_zero=fires_at_zero, low=low).tolist()
        == y.tolist()
    )
    assert len(run.steps) == 4 * run.epochs
    assert not any(step.changed for step in run.steps[-4:])
    assert any(step.changed for step in run.steps[-8:-4])


def test_each_step_follows_the_rule_and_the_one_before():
    run = perceptron.train(X, GATES["AND"], w=[0.2, -0.1], b=0.3, learning_rate=0.5)
    for step, following in zip(run.steps[:-1], run.steps[1:], strict=True):
        assert np.array_equal(step.w, following.w_before) and step.b == following.b_before
    for step in run.steps:
        assert step.z == pytest.approx(step.x @ step.w_before + step.b_before)
        assert step.output == (step.z >= 0)
        assert np.allclose(step.w - step.w_before, 0.5 * (step.target - step.output) * step.x)
        assert step.b - step.b_before == pytest.approx(0.5 * (step.target - step.output))


def test_the_sign_at_zero_changes_what_is_learned():
    runs = [
        perceptron.train(X, GATES["AND"], w=[0, 0], b=0, fires_at_zero=f) for f in (True, False)
    ]
    assert [*runs[0].w, runs[0].b] != [*runs[1].w, runs[1].b]
    assert runs[0].steps[0].changed and not runs[1].steps[0].changed


def test_a_fixed_threshold_stays_and_the_weights_follow_the_same_rule():
    run = perceptron.train(X, GATES["AND"], w=[0.2, -0.1], b=-1.5, fixed_threshold=True)
    assert run.converged and run.b == -1.5 and {step.b for step in run.steps} == {-1.5}
    for step in run.steps:
        assert np.allclose(step.w - step.w_before, (step.target - step.output) * step.x)
    assert (perceptron.predict(X, run.w, -1.5) == GATES["AND"]).all()
    # 00 asks for b < 0 only if the gate says 0 there: NOR is out of reach for a threshold above 0
    assert not perceptron.train(X, GATES["NOR"], w=[0, 0], b=-0.5, fixed_threshold=True).converged
    assert perceptron.train(X, GATES["NOR"], w=[0, 0], b=-0.5).converged


def test_training_on_xor_gives_up():
    run = perceptron.train(X, GATES["XOR"], w=[0, 0], b=0, max_epochs=30)
    assert not run.converged and run.epochs == 30 and len(run.steps) == 120


def test_inputs_are_left_alone():
    w = np.zeros(2)
    perceptron.train(X, GATES["AND"], w=w, b=0)
    assert not w.any()


def test_logistic_is_one_half_where_the_unit_switches_and_stable():
    assert perceptron.logistic([[1.5]], [2.0], -3.0)[0] == 0.5
    assert perceptron.logistic([[1000.0], [-1000.0]], [1.0], 0.0).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: perceptron.train(X, [0, 1, 2, 1], w=[0, 0], b=0), "0 and 1, or -1 and 1"),
        (lambda: perceptron.train(X, [0, 1, -1, 1], w=[0, 0], b=0), "0 and 1, or -1 and 1"),
        (lambda: perceptron.train(X, GATES["OR"], w=[0], b=0), r"w: expected shape \(2,\)"),
        (lambda: perceptron.train(X, [0, 1], w=[0, 0], b=0), r"y: expected shape \(4,\)"),
        (lambda: perceptron.predict(X, [1, 1], 0, low=1), "low"),
        (lambda: perceptron.weighted_sum(X, [np.inf, 1], 0), "finite"),
        (
            lambda: perceptron.train(X, GATES["OR"], w=[0, 0], b=0, learning_rate=-1),
            "learning_rate",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
