"""Chapter 6: biases and activations, the network 2-4-3-2-4 of a source, through the package."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from handgrad import activations, check, network, training
from handgrad.symbolic import DenseGraph

SIZES = (2, 4, 3, 2, 4)
X, Y = np.array([[0.2, 0.5]]), np.array([[0.8, 0.1, 0.5, 0.7]])
RATE, UPDATES = 0.1, 30
PRINTED = (0.8002, 0.1005, 0.5001, 0.6997)  # sk2020, row S2-43: linear, after 30 updates
SMOOTH = ("identity", "sigmoid", "tanh", "arctan", "softplus")


def start(seed, activation, low=0.0, high=0.5):
    rng = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(SIZES))
    W = [rng.uniform(low, high, size=pair) for pair in pairs]
    b = [rng.uniform(low, high, size=pair[1]) for pair in pairs]
    return network.make_network(W, b, activation=activation)


def trained(net, updates=UPDATES, learning_rate=RATE):
    net, history = training.train(net, X, Y, learning_rate=learning_rate, epochs=updates)
    return net, history.cost


def with_prime(net):
    """The weight derivatives as sk2020 prints them (S2-32): s' of z^{l-1} in place of s."""
    cache = network.forward(net, X)
    _, grads = network.gradients(net, X, Y)
    dW = dict(grads.dW)
    for l in range(3, net.L + 1):
        dW[l] = net.s[l - 1].derivative(cache.z[l - 1]).T @ grads.delta[l]
    return replace(grads, dW=dW)


# ---- biases and the recursion ---------------------------------------------------------------


@pytest.mark.parametrize("activation", SMOOTH)
def test_bias_derivatives_are_the_deltas(activation):
    for seed in range(3):
        net = start(seed, activation, -1, 1)
        _, grads = network.gradients(net, X, Y)
        slopes = check.network_differences(net, X, Y)
        for l in grads.db:
            np.testing.assert_array_equal(grads.db[l], grads.delta[l][0])
            np.testing.assert_allclose(grads.db[l], slopes.db[l], rtol=1e-6, atol=1e-9)


def test_recursion_in_components():
    net = start(4, "tanh", -1, 1)
    cache = network.forward(net, X)
    _, grads = network.gradients(net, X, Y)
    for l in (2, 3, 4):
        for i in range(SIZES[l - 1]):
            back = sum(net.W[l + 1][i, j] * grads.delta[l + 1][0, j] for j in range(SIZES[l]))
            expected = back * (1 - np.tanh(cache.z[l][0, i]) ** 2)
            assert grads.delta[l][0, i] == pytest.approx(expected, rel=1e-12)


def test_each_path_of_a_bias_in_symbols():
    net = start(5, "sigmoid", -1, 1)
    graph = DenseGraph(SIZES, activation="sigmoid")
    values = graph.values(net, X[0], Y[0])
    _, grads = network.gradients(net, X, Y)
    for l, paths in {5: 1, 4: 4, 3: 8, 2: 24}.items():
        derivation = graph.derivative("b", l, 1)
        assert len(derivation.paths) == paths
        assert derivation.function()(values) == pytest.approx(grads.db[l][0], rel=1e-9)


def test_biases_of_several_samples_are_summed_not_averaged():
    rng = np.random.default_rng(6)
    inputs, targets = rng.normal(size=(7, 2)), rng.normal(size=(7, 4))
    net = start(6, "tanh", -1, 1)
    _, grads = network.gradients(net, inputs, targets)
    slopes = check.network_differences(net, inputs, targets)
    for l in grads.db:
        np.testing.assert_allclose(grads.db[l], slopes.db[l], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(grads.delta[l].sum(axis=0), grads.db[l], rtol=1e-12)
        assert not np.allclose(grads.delta[l].mean(axis=0), slopes.db[l])


# ---- the exercise that is false as printed --------------------------------------------------


@pytest.mark.parametrize("activation", SMOOTH)
def test_the_printed_weight_derivative_is_not_the_derivative(activation):
    net = start(7, activation, -1, 1)
    slopes, printed = check.network_differences(net, X, Y), with_prime(net)
    np.testing.assert_allclose(printed.dW[2], slopes.dW[2], rtol=1e-6, atol=1e-9)
    for l in (3, 4, 5):
        assert not np.allclose(printed.dW[l], slopes.dW[l], rtol=0.01)


def test_the_printed_weight_derivative_is_named():
    net = start(8, "sigmoid")
    assert check.diagnose(net, X, Y, with_prime(net).dW).name == "s' where s belongs"


def test_it_holds_for_the_exponential_function():
    exp = activations.Activation("exp", np.exp, np.exp)
    net = start(9, exp, -0.5, 0.1)
    slopes, printed = check.network_differences(net, X, Y), with_prime(net)
    for l in slopes.dW:
        np.testing.assert_allclose(printed.dW[l], slopes.dW[l], rtol=1e-6, atol=1e-9)


def test_with_logistic_units_it_has_the_signs_of_the_gradient():
    for seed in range(20):
        logistic, tanh = start(seed, "sigmoid", -2, 2), start(seed, "tanh", -2, 2)
        for l in (3, 4, 5):
            right = network.gradients(logistic, X, Y)[1].dW[l]
            np.testing.assert_array_equal(np.sign(with_prime(logistic).dW[l]), np.sign(right))
        right = network.gradients(tanh, X, Y)[1].dW
        printed = with_prime(tanh).dW
        assert any((np.sign(printed[l]) != np.sign(right[l])).any() for l in (3, 4, 5))


# ---- identities -----------------------------------------------------------------------------

GRID = np.linspace(-6, 6, 241)


def test_identities():
    s, s_prime = activations.sigmoid, activations.sigmoid_prime
    t, t_prime = activations.tanh, activations.tanh_prime
    np.testing.assert_allclose(s_prime(GRID), s(GRID) * (1 - s(GRID)), rtol=1e-12)
    np.testing.assert_allclose(s_prime(GRID), 0.25 - (s(GRID) - 0.5) ** 2, atol=1e-15)
    np.testing.assert_allclose(s(-GRID), 1 - s(GRID), rtol=1e-12)
    np.testing.assert_array_equal(s_prime(-GRID), s_prime(GRID))
    assert s_prime(GRID).max() == s_prime(0.0) == 0.25
    np.testing.assert_allclose(t(GRID), 2 * s(2 * GRID) - 1, atol=1e-15)
    np.testing.assert_allclose(t_prime(GRID), 1 - t(GRID) ** 2, atol=1e-15)
    np.testing.assert_allclose(t_prime(GRID), 4 * s_prime(2 * GRID), rtol=1e-12)
    softplus = activations.softplus
    np.testing.assert_array_equal(activations.softplus_prime(GRID), s(GRID))
    np.testing.assert_allclose(softplus(GRID) - softplus(-GRID), GRID, atol=1e-15)


def test_the_missing_square_makes_a_cost_without_a_minimum():
    bad = lambda y_hat: (y_hat - Y).sum() / 2  # as printed, rows S2-47 to S2-49
    good = lambda y_hat: ((y_hat - Y) ** 2).sum() / 2
    assert bad(Y) == good(Y) == 0
    assert bad(Y - 1) < 0 < good(Y - 1) and bad(Y - 10) < bad(Y - 1)
    slope = check.central_difference(bad, Y + 3.0)
    np.testing.assert_allclose(slope, 0.5, rtol=1e-8)


# ---- which is fastest, and when two are the same --------------------------------------------


def test_the_printed_outputs_are_of_the_kind_that_linear_runs_give():
    printed = ((np.array(PRINTED) - Y) ** 2).sum() / 2
    final = np.array([trained(start(seed, "identity"))[1][-1] for seed in range(40)])
    assert 0.2 < (final < printed).mean() < 0.8
    early = np.array([trained(start(seed, "identity"), 10)[1][-1] for seed in range(20)])
    assert (early > printed).all()


def test_order_from_narrow_starts_and_divergence_from_wide_ones():
    diverged = 0
    for seed in range(20):
        final = {
            name: trained(start(seed, name))[1][-1] for name in ("identity", "tanh", "sigmoid")
        }
        assert final["identity"] < final["tanh"] < final["sigmoid"]
        try:
            trained(start(seed, "identity", 0, 1))
        except training.DivergenceError:
            diverged += 1
        assert np.isfinite(trained(start(seed, "sigmoid", 0, 1))[1]).all()
    assert diverged >= 5


def test_at_its_own_rate_the_logistic_function_is_level_with_tanh_at_its_own():
    ends = {"slow": [], "sigmoid": [], "tanh": []}
    for seed in range(30):
        ends["slow"].append(trained(start(seed, "sigmoid"))[1][-1])
        ends["sigmoid"].append(trained(start(seed, "sigmoid"), learning_rate=11.8)[1][-1])
        ends["tanh"].append(trained(start(seed, "tanh"), learning_rate=0.9)[1][-1])
    median = {name: np.median(costs) for name, costs in ends.items()}
    assert median["sigmoid"] < 1e-6 * median["slow"]
    assert 0.1 < median["sigmoid"] / median["tanh"] < 10


def all_positive(net, updates):
    for _ in range(updates + 1):
        cache = network.forward(net, X)
        if any((z <= 0).any() for z in cache.z.values()):
            return False
        net, _ = trained(net, 1)
    return True


def test_relu_is_the_identity_while_every_sum_is_positive():
    kept = 0
    for seed in range(20):
        linear, relu = (start(seed, name, 0, 0.7) for name in ("identity", "relu"))
        same = np.array_equal(trained(linear)[1], trained(relu)[1])
        positive = all_positive(linear, UPDATES)
        assert same or not positive
        kept += positive
    assert 0 < kept < 20  # positive starting values alone do not see to it
