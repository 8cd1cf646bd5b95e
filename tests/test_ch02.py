"""Chapter 2: what a source prints; the gates themselves are in test_perceptron."""

import numpy as np
import pytest
from handgrad import datasets, perceptron
from handgrad.activations import sigmoid, tanh

CORNERS, GATES = datasets.gate_inputs(), datasets.gates()


def test_the_four_inequalities_of_and():
    w1, w2, w3 = 1.0, 1.0, -1.5
    assert w3 < 0 and w2 + w3 < 0 and w1 + w3 < 0 and w1 + w2 + w3 >= 0
    assert np.array_equal(perceptron.predict(CORNERS, (w1, w2), w3), GATES["AND"])


@pytest.mark.parametrize("fires_at_zero", [True, False])
def test_the_training_procedure_learns_under_both_readings_of_zero(fires_at_zero):
    for name in ("AND", "OR", "NOT X1"):
        run = perceptron.train(
            CORNERS, GATES[name], w=np.zeros(2), b=0.0, fires_at_zero=fires_at_zero
        )
        found = perceptron.predict(CORNERS, run.w, run.b, fires_at_zero=fires_at_zero)
        assert run.converged and np.array_equal(found, GATES[name])


def test_the_two_readings_part_at_the_first_sample():
    first = [
        perceptron.train(CORNERS, GATES["AND"], w=np.zeros(2), b=0.0, fires_at_zero=at_zero)
        .steps[0]
        .changed
        for at_zero in (True, False)
    ]
    assert first == [True, False]


def test_boundaries_of_a_logistic_unit():
    X = np.random.default_rng(0).uniform(-2, 2, size=(1000, 2))
    circle = perceptron.logistic(np.column_stack([X, X**2]), (0.0, 0.0, 1.0, 1.0), -1.0)
    assert np.array_equal(circle >= 0.5, (X**2).sum(axis=1) >= 1)
    line = perceptron.logistic(X, (2.0, -1.0), 0.5)
    assert np.array_equal(line >= 0.5, 2 * X[:, 0] - X[:, 1] >= -0.5)


def test_tanh_is_a_stretched_logistic_function():
    z = np.linspace(-20, 20, 401)
    assert np.abs(tanh(z) - (2 * sigmoid(2 * z) - 1)).max() < 1e-15
    assert np.abs(tanh(z) - (2 * sigmoid(z) - 1)).max() > 0.1


def test_the_bound_that_is_read_off_the_drawing_of_not():
    samples = np.array([[0.0, 1.0], [-1.0, -1.0]])  # inputs 0 and 1, the second turned
    angles = np.radians(np.arange(36_000) / 100)
    margins = (np.column_stack([np.cos(angles), np.sin(angles)]) @ samples.T).min(axis=1)
    u = np.array([-2.0, 1.0]) / np.sqrt(5)
    assert (samples @ u).min() == pytest.approx(margins.max(), rel=1e-3)  # the widest there is
    run = perceptron.train(np.array([[0.0], [1.0]]), np.array([1.0, 0.0]), w=np.zeros(1), b=0.0)
    corrections = sum(step.changed for step in run.steps)
    assert corrections <= (samples**2).sum(axis=1).max() / margins.max() ** 2
