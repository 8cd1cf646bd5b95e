"""Chapter 10: vanishing gradients, the size of starting weights, residuals and clipping."""

import numpy as np
import pytest
from handgrad import activations, check
from handgrad.network import forward, gradients, random_network

WIDTH = 16


def deep(depth, seed, activation, factor, n=8):
    """A network with weights of deviation factor / √d, its slopes and the lengths of its deltas."""
    rng = np.random.default_rng(seed)
    scale = factor / WIDTH**0.5
    sizes = [WIDTH] * (depth + 1)
    net = random_network(sizes, activation, rng=rng, scheme="normal", scale=scale)
    X, Y = rng.normal(size=(n, WIDTH)), rng.uniform(size=(n, WIDTH))
    cache = forward(net, X)
    delta = gradients(net, X, Y)[1].delta
    slopes = {l: net.s[l].derivative(cache.z[l]) for l in cache.z}
    return net, slopes, {l: np.linalg.norm(delta[l]) for l in delta}


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_for_each_logistic_layer(seed):
    net, _, size = deep(12, seed, "sigmoid", 1.0)
    assert size[2] < 1e-6 * size[13]
    for l in range(2, 13):
        assert size[l] <= np.linalg.norm(net.W[l + 1], 2) * size[l + 1] / 4


def test_the_quarter_is_the_least_bound_on_the_slope():
    slopes = activations.sigmoid_prime(np.linspace(-9, 9, 1801))
    assert slopes.max() == activations.sigmoid_prime(0.0) == 0.25


@pytest.mark.parametrize("activation, factor", [("sigmoid", 1.0), ("tanh", 2.0), ("relu", 2**0.5)])
def test_the_expected_factor_of_a_layer(activation, factor):
    found, expected = [], []
    for seed in range(20):
        _, slopes, size = deep(10, seed, activation, factor)
        found.append(np.log(size[2] / size[11]) / 9)
        expected.append(
            np.mean([np.log(factor**2 * np.mean(slopes[l] ** 2)) / 2 for l in range(2, 11)])
        )
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=0.1)
    assert abs(np.mean(found) - np.log(factor)) > 0.2  # without the slopes


@pytest.mark.parametrize("activation, fitted", [("tanh", 1.0), ("relu", 2**0.5)])
def test_fitted_weights_keep_the_deltas_and_smaller_ones_lose_them(activation, fitted):
    def kept(factor):
        sizes = (deep(12, seed, activation, factor)[2] for seed in range(20))
        return np.median([size[2] / size[13] for size in sizes])

    assert 0.1 < kept(fitted) < 10 and kept(fitted / 2) < 0.01


def test_the_gradient_falls_exponentially_as_the_source_says():
    """S4-52: logarithms of the norms lie on a falling line; for the identity they do not."""

    def share(activation):
        straight = []
        for seed in range(20):
            size = deep(10, seed, activation, 1.0)[2]
            layer, y = np.arange(2, 12), np.log([size[l] for l in range(2, 12)])
            fit = np.polyfit(layer, y, 1)
            left = np.var(y - np.polyval(fit, layer)) / np.var(y)
            straight.append(fit[0] > 0 and left < 0.1)
        return np.mean(straight)

    assert share("sigmoid") == 1.0 and share("identity") < 0.8


def test_four_is_not_near_the_middle():
    """S4-51: at ±4 the slope is a fourteenth of its largest value."""
    assert check.holds("0.0177", activations.sigmoid_prime(4.0)) == "rounded"
    assert activations.sigmoid_prime(4.0) < 0.08 * activations.sigmoid_prime(0.0)


def test_relu_has_two_gradients():
    """S4-50: 1 above 0 and 0 below, so not one constant."""
    z = np.array([-3.0, -1e-9, 1e-9, 3.0])
    assert activations.relu_prime(z).tolist() == [0, 0, 1, 1]


def test_clipping_bounds_from_above_only():
    """S4-53: (1e-6, -3, 0.2) clipped to (-1, 1)."""
    g = np.array([1e-6, -3.0, 0.2])
    assert np.clip(g, -1, 1).tolist() == [1e-6, -1, 0.2]
    rng = np.random.default_rng(0)
    many = rng.normal(size=2000) * 10.0 ** rng.uniform(-8, 3, size=2000)
    clipped = np.abs(np.clip(many, -1, 1))
    assert np.all(clipped <= np.abs(many)) and np.any(clipped < np.abs(many))


def test_a_residual_layer_hands_back_the_gradient_and_adds_its_own():
    """J of two layers a + tanh(a W): ∂J/∂a = ∂J/∂a' + δ Wᵀ, against central differences."""
    rng = np.random.default_rng(0)
    W, start, upstream = rng.normal(size=(4, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))

    def J(a):
        return np.sum(upstream * (a + np.tanh(a @ W)))

    delta = upstream * activations.tanh_prime(start @ W)
    true = check.central_difference(J, start)
    assert np.allclose(true, upstream + delta @ W.T, atol=1e-7)
    assert not np.allclose(true, delta @ W.T, atol=1e-2)
