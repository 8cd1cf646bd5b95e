"""Chapter 12: penalties and their gradients, the over-fitted sine, optimisers."""

import numpy as np
import pytest
from handgrad import check, datasets
from handgrad.network import forward, from_vector, random_network, to_vector
from handgrad.optimizers import Adam, GradientDescent, Momentum, lbfgs
from handgrad.training import objective

BETA = 0.3
FINE = np.linspace(-1, 1, 201)[:, None]


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    net = random_network([2, 4, 1], ["sigmoid", "identity"], rng=rng)
    net = from_vector(net, rng.normal(size=to_vector(net).size))  # biases too
    return net, rng.normal(size=(7, 2)), rng.normal(size=(7, 1))


def weights_only(net):
    """1 where the parameter vector holds a weight, 0 where it holds a bias."""
    ones = from_vector(net, np.ones_like(to_vector(net)))
    marked = {l: np.zeros_like(b) for l, b in ones.b.items()}
    return to_vector(type(net)(ones.W, marked, net.s))


def of_cost(net, X, Y, penalty):
    """Differences of J plus a penalty, a function of the vector of all weights."""
    J, mask = objective(net, X, Y), weights_only(net) == 1
    return check.central_difference(lambda v: J(v)[0] + penalty(v[mask]), to_vector(net))


def printed_gradient(net, X, Y):
    """∂J/∂w + β w for weights, ∂J/∂b for biases (S3-30)."""
    v = to_vector(net)
    return objective(net, X, Y)(v)[1] + BETA * v * weights_only(net)


def test_printed_gradient_belongs_to_the_square(small):
    square = of_cost(*small, lambda w: BETA / 2 * w @ w)
    assert check.relative_error(printed_gradient(*small), square) < 1e-7
    assert check.relative_error(objective(*small, l2=BETA)(to_vector(small[0]))[1], square) < 1e-7


def test_printed_penalty_without_the_square_has_another_gradient(small):
    length = of_cost(*small, lambda w: BETA / 2 * np.sqrt(w @ w))
    assert check.relative_error(printed_gradient(*small), length) > 1e-2
    v, mask = to_vector(small[0]), weights_only(small[0])
    right = objective(*small)(v)[1] + BETA / 2 * v * mask / np.linalg.norm(v * mask)
    assert check.relative_error(right, length) < 1e-7


def test_printed_update_counts_the_penalty_twice(small):
    v, mask = to_vector(small[0]), weights_only(small[0])
    twice = BETA * v * mask + objective(*small, l2=BETA)(v)[1]
    assert np.allclose(twice, objective(*small, l2=2 * BETA)(v)[1], rtol=1e-13)
    assert not np.allclose(twice, objective(*small, l2=BETA)(v)[1], rtol=1e-2)


def test_a_step_with_the_penalty_shrinks_weights_and_leaves_biases(small):
    v, mask = to_vector(small[0]), weights_only(small[0])
    eta = 0.1
    with_penalty, _ = GradientDescent(eta).step(v, objective(*small, l2=BETA)(v)[1])
    shrunk = (1 - eta * BETA * mask) * v - eta * objective(*small)(v)[1]
    assert np.allclose(with_penalty, shrunk, rtol=1e-13)
    assert not np.allclose(with_penalty, (1 - eta * BETA) * v - eta * objective(*small)(v)[1])


def sine_distance(seed, beta):
    rng = np.random.default_rng(seed)
    X, Y = datasets.sine(12, rng=rng, noise=0.2)
    net = random_network([1, 10, 1], ["sigmoid", "identity"], rng=rng, scheme="normal", scale=3.0)
    f = objective(net, X, Y, l2=beta)
    v, costs = lbfgs(f, to_vector(net), max_iterations=1500)
    fit = forward(from_vector(net, v), FINE).y_hat
    return np.sqrt(np.mean((fit - np.sin(np.pi * FINE)) ** 2)), np.abs(f(v)[1]).max()


def test_the_sine_is_cured_by_a_thousandth_and_spoilt_by_a_hundredth():
    found = {b: np.array([sine_distance(seed, b) for seed in range(6)]) for b in (0, 1e-3, 1e-2)}
    distance = {beta: np.median(of[:, 0]) for beta, of in found.items()}
    assert distance[1e-3] < 0.75 * distance[0] < distance[0] < distance[1e-2]
    assert found[1e-3][:, 1].max() < 1e-3, "not minimised to the end"


def test_velocity_is_the_sum_of_all_gradients_each_kept_in_part():
    rng = np.random.default_rng(1)
    seen, mu, eta = rng.normal(size=(5, 3)), 0.8, 0.1
    momentum, v = Momentum(eta, mu), np.zeros(3)
    state = momentum.start(v)
    for g in seen:
        v, state = momentum.step(v, g, state)
    kept = mu ** np.arange(4, -1, -1)
    u, _ = state
    assert np.allclose(u, -eta * kept @ seen, rtol=1e-13)
    assert not np.allclose(u, -eta * kept[::-1] @ seen, rtol=1e-3)


def test_the_first_step_of_adam_does_not_depend_on_the_size_of_the_gradient():
    g = np.array([1e-3, -2.0, 5e4])
    adam = Adam(0.1)
    v, _ = adam.step(np.zeros(3), g, adam.start(np.zeros(3)))
    assert np.allclose(v, -0.1 * g / (np.abs(g) + 1e-8), rtol=1e-12)
    v_2, state = adam.step(v, g, adam.step(np.zeros(3), g, adam.start(np.zeros(3)))[1])
    assert np.allclose(state[0], (1 - 0.9**2) * g) and state[2] == 2
    assert np.allclose(v_2, 2 * v, rtol=1e-6)


def test_a_parabola_takes_one_secant_step():
    curvature, best, w = 3.0, -1.2, np.array([0.4, 1.1])
    g = curvature * (w - best)
    assert w[1] - g[1] * (w[1] - w[0]) / (g[1] - g[0]) == pytest.approx(best, abs=1e-14)


def test_lbfgs_needs_fewer_gradients_than_descent():
    rng = np.random.default_rng(3)
    X, Y = datasets.sine(12, rng=rng, noise=0.2)
    for seed in range(3):
        net = random_network([1, 10, 1], ["sigmoid", "identity"], rng=np.random.default_rng(seed))
        J, seen = objective(net, X, Y, l2=1e-3), []
        lbfgs(lambda v: seen.append(J(v)) or seen[-1], to_vector(net), 1500)
        goal = 1.05 * min(cost for cost, _ in seen)
        needed = next(k for k, (cost, _) in enumerate(seen, 1) if cost <= goal)
        v = to_vector(net)
        for _ in range(3 * needed):
            v = v - 0.3 * J(v)[1]
        assert J(v)[0] > goal
