"""The table of conventions in the API page says what the code does, row by row."""

import importlib
import re
import subprocess
import sys

import numpy as np
import pytest
from handgrad import (
    activations,
    batchnorm,
    check,
    datasets,
    losses,
    network,
    optimizers,
    perceptron,
    schedules,
    training,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 2))
NET = network.random_network((3, 4, 2), "tanh", rng=RNG)
HELD = {}


def holds(row):
    return lambda check: HELD.setdefault(row, check)


@holds("samples and layers")
def samples_are_rows_and_layers_count_from_1():
    cache = network.forward(NET, X)
    assert sorted(cache.a) == [1, 2, 3] and cache.a[1].shape == (6, 3)
    one = network.forward(NET, X[2:3])
    np.testing.assert_allclose(one.a[3], cache.a[3][2:3], rtol=1e-13)


@holds("weights")
def rows_are_inputs():
    assert NET.W[2].shape == (3, 4)
    a, z = network.forward(NET, X).a, network.forward(NET, X).z
    np.testing.assert_allclose(z[3], a[2] @ NET.W[3] + NET.b[3])


@holds("first weights")
def xavier_and_no_bias():
    net = network.random_network((400, 600), rng=np.random.default_rng(1))
    assert net.W[2].std() == pytest.approx(np.sqrt(2 / 1000), rel=0.01) and not net.b[2].any()


@holds("a loss")
def sum_over_outputs_mean_over_samples():
    y_hat = Y + 1
    assert losses.half_squared_error(y_hat, Y) == pytest.approx(2 * 0.5)


@holds("the half")
def half_or_none():
    y_hat = Y + RNG.normal(size=Y.shape)
    twice = 2 * losses.half_squared_error(y_hat, Y)
    assert losses.sum_of_squares(y_hat, Y) == pytest.approx(twice)


@holds("gradients")
def one_n_th_is_in_them():
    _, once = network.gradients(NET, X, Y)
    _, doubled = network.gradients(NET, np.vstack([X, X]), np.vstack([Y, Y]))
    np.testing.assert_allclose(doubled.dW[2], once.dW[2])
    np.testing.assert_allclose(doubled.delta[3][:6], once.delta[3] / 2)


@holds("a batch")
def mean_or_sum_over_the_batch():
    order = {"batch_size": 3, "shuffle": False, "epochs": 1}
    expected = NET
    for rows in (slice(0, 3), slice(3, 6)):
        _, grads = network.gradients(expected, X[rows], Y[rows])
        expected = network.update(expected, grads, 0.1)
    trained, _ = training.train(NET, X, Y, learning_rate=0.1, **order)
    np.testing.assert_allclose(trained.W[2], expected.W[2])
    summed, _ = training.train(NET, X, Y, learning_rate=0.1 / 3, reduction="sum", **order)
    np.testing.assert_allclose(summed.W[2], expected.W[2])


@holds("L2 penalty")
def half_beta_times_squares_without_biases():
    net = network.make_network(NET.W, {l: b + 1 for l, b in NET.b.items()}, "tanh")
    J = training.objective(net, X, Y, l2=0.3)
    squares = sum(float(np.sum(W**2)) for W in net.W.values())
    cost, dv = J(network.to_vector(net))
    assert cost - network.cost(net, X, Y) == pytest.approx(0.15 * squares)
    bare = network.gradient_vector(network.gradients(net, X, Y)[1])
    beta_w = 0.3 * network.to_vector(network.make_network(net.W, activation="tanh"))
    np.testing.assert_allclose(dv - bare, beta_w, atol=1e-12)


@holds("L1 penalty")
def lambda_times_absolute_weights():
    v = network.to_vector(NET)
    v[0] = 0
    with_it, without = (training.objective(NET, X, Y, l1=l1)(v) for l1 in (0.3, 0.0))
    W = network.from_vector(NET, v).W.values()
    assert with_it[0] - without[0] == pytest.approx(0.3 * sum(np.abs(w).sum() for w in W))
    signs = network.from_vector(NET, (with_it[1] - without[1]) / 0.3)
    for l, w in network.from_vector(NET, v).W.items():
        np.testing.assert_allclose(signs.W[l], np.sign(w), atol=1e-12)
        assert not signs.b[l].any()


@holds("dropout")
def masks_of_0_and_more_than_1():
    z = np.ones((50, 4))
    kept = training.drop(NET, 0.2, 50, rng=np.random.default_rng(0)).s[2].value(z)
    np.testing.assert_allclose(np.unique(kept), [0, np.tanh(1) / 0.8])
    rng, rest = np.random.default_rng(0), dict(learning_rate=0.1, epochs=1, dropout=0.5)
    net, history = training.train(NET, X, Y, rng=rng, **rest)
    assert history.cost.tolist() == [network.cost(NET, X, Y), network.cost(net, X, Y)]


@holds("cost recorded")
def on_all_samples_with_the_penalty():
    trained, history = training.train(
        NET, X, Y, learning_rate=0.1, epochs=2, batch_size=2, shuffle=False, l2=0.3
    )
    J = training.objective(NET, X, Y, l2=0.3)
    for net, cost in ((NET, history.cost[0]), (trained, history.cost[2])):
        assert cost == pytest.approx(J(network.to_vector(net))[0])
    assert len(history.cost) == 3


@holds("derivative")
def of_z():
    tanh = activations.get("tanh")
    assert tanh.derivative(2.0) == pytest.approx(1 - np.tanh(2.0) ** 2)


@holds("at a kink")
def what_is_used():
    assert activations.relu_prime(0.0) == activations.step_prime(0.0) == 0
    assert activations.leaky_relu_prime(0.0, 0.2) == activations.prelu_prime(0.0, 0.2) == 0.2
    assert activations.elu_prime(0.0, 0.7) == 0.7
    assert activations.hard_sigmoid_prime(3.0) == activations.hard_sigmoid_prime(-3.0) == 0
    assert activations.maxout_prime([[1.0, 1.0]]).tolist() == [[1, 0]]


@holds("the step at 0")
def fires():
    assert activations.step(0.0) == 1
    assert perceptron.predict([[0.0]], [1.0], 0.0) == 1
    assert perceptron.predict([[0.0]], [1.0], 0.0, fires_at_zero=False) == 0


@holds("velocity")
def points_where_the_step_goes():
    made, v = optimizers.Momentum(0.1, momentum=0.5), np.array([1.0])
    first, state = made.step(v, np.array([2.0]), made.start(v))
    second, _ = made.step(first, np.array([2.0]), state)
    assert first == v - 0.2 and second - first == pytest.approx(0.5 * -0.2 - 0.2)
    u = state[0] if isinstance(state, tuple) else state
    assert u == pytest.approx(first - v)


@holds("Nesterov")
def the_new_velocity_leads():
    made = optimizers.Momentum(0.1, 0.5, nesterov=True)
    v, (u, _) = made.step(np.array([1.0]), np.array([2.0]), (np.array([0.4]), 1))
    assert u == pytest.approx(0.2 - 0.2) and v == pytest.approx(1 + 0.5 * u - 0.2)


@holds("RMSProp")
def not_freed_of_its_start():
    made, v = optimizers.RMSProp(0.1, rho=0.75, epsilon=3.0), np.array([1.0])
    moved, _ = made.step(v, np.array([2.0]), made.start(v))
    assert moved == pytest.approx(1 - 0.1 * 2 / (np.sqrt(0.25 * 4) + 3))


@holds("learning rate")
def from_update_1():
    rate = schedules.step_decay(0.4, factor=0.5, every=1)
    made, v = optimizers.GradientDescent(rate), np.array([1.0])
    moved, t = made.step(v, np.array([1.0]), made.start(v))
    assert moved == pytest.approx(0.6) and t == 1
    assert made.step(v, np.array([1.0]), t)[0] == pytest.approx(0.8)


@holds("Adam's $\\varepsilon$")
def outside_the_root():
    made, v = optimizers.Adam(0.1, epsilon=3.0), np.array([1.0])
    moved, _ = made.step(v, np.array([2.0]), made.start(v))
    assert moved == pytest.approx(v - 0.1 * 2 / (np.sqrt(4) + 3))


@holds("batch variance")
def by_n_with_epsilon_in_the_root():
    x = np.array([[1.0], [3.0]])
    y, _ = batchnorm.forward(x, [1.0], [0.0], epsilon=3.0)
    np.testing.assert_allclose(y[:, 0], [-0.5, 0.5])  # variance 1, root of 1 + 3


@holds("running variance")
def by_n_minus_1_from_1():
    running = batchnorm.RunningStatistics.start(1, momentum=0.75)
    assert running.mean == 0 and running.var == 1
    after = running.update(np.array([[1.0], [3.0]]))
    assert after.mean == pytest.approx(0.25 * 2) and after.var == pytest.approx(0.75 + 0.25 * 2)


@holds("standard scores")
def by_n_of_the_training_part():
    train, test = datasets.standardise([[1.0], [3.0]], [[5.0]])
    assert train.tolist() == [[-1], [1]] and test.tolist() == [[3]]


@holds("classes")
def from_0():
    assert datasets.one_hot([0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 1]]


@holds("central differences")
def the_step():
    asked = []
    check.central_difference(lambda x: asked.append(x.copy()) or 0.0, [2.0, 0.1])
    moved = np.abs(np.array(asked) - [2.0, 0.1]).max(axis=0)
    np.testing.assert_allclose(moved, np.cbrt(2.0**-52) * np.array([2.0, 1.0]), rtol=1e-6)


@holds("precision of a network")
def the_weights_decide():
    single = network.make_network(NET.W, NET.b, NET.s, dtype="float32")
    assert network.predict(single, X).dtype == np.float32
    assert network.predict(NET, X.astype(np.float32)).dtype == np.float64
    assert network.make_network(single.W, NET.b).dtype == np.float64


@holds("floats")
def float32_stays():
    assert activations.sigmoid(np.float32(1.0)).dtype == np.float32
    assert activations.sigmoid(1).dtype == np.float64
    assert type(network.cost(NET, X, Y)) is float


def rows(root):
    text = (root / "chapters/api.md").read_text(encoding="utf-8")
    table = re.search(r"^\| what \| here \| where \|\n\|---.*\n((?:\|.*\n)+)", text, re.M)[1]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


@pytest.mark.parametrize("row", HELD)
def test_the_code_does_what_the_row_says(row):
    HELD[row]()


def test_every_row_is_held_and_names_what_is_there(root):
    found = rows(root)
    assert [row[0] for row in found] == list(HELD)
    for _, says, where in found:
        room, name = where.strip("` |").split(".")
        assert hasattr(importlib.import_module(f"handgrad.{room}"), name), where
        assert len(says) > 5


@pytest.mark.slow
@pytest.mark.parametrize("package", ["handgrad", "eqworlds", "handmark"])
def test_the_tests_of_one_package_can_be_run_without_the_others(root, package):
    """Also where the configuration is the book's: a mark known to the book's tests alone stops them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-n", "0", f"code/{package}/tests"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
