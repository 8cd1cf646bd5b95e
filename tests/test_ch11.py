"""Chapter 11: batch normalisation, its invariants, blind checks, and which statistics to use."""

import numpy as np
import pytest
from handgrad import batchnorm, check


@pytest.fixture
def layer():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(9, 4)) * [1.0, 3.0, 0.2, 7.0] + [0.0, 5.0, -2.0, 1.0]
    gamma, beta = rng.uniform(0.5, 2, size=4), rng.normal(size=4)
    y, cache = batchnorm.forward(x, gamma, beta)
    return x, gamma, beta, y, cache, rng.normal(size=x.shape)


def test_the_normalised_values_have_the_moments_of_the_text(layer):
    x, gamma, beta, y, cache, _ = layer
    assert np.allclose(cache.x_hat.mean(axis=0), 0)
    assert np.allclose((cache.x_hat**2).mean(axis=0), cache.var / (cache.var + 1e-5))
    assert np.allclose(y.mean(axis=0), beta) and np.allclose(y.std(axis=0), gamma, rtol=1e-3)


def test_the_root_of_the_variance_not_the_variance(layer):
    """S4-54: divided by the variance the columns would not be normalised."""
    x = layer[0]
    centred = x - x.mean(axis=0)
    assert np.allclose((centred / x.std(axis=0)).var(axis=0), 1)
    assert not np.allclose((centred / x.var(axis=0)).var(axis=0), 1)


def test_the_scaled_value_is_made_of_the_normalised_one(layer):
    """S4-55: y = γ x̂ + β; with the same value on both sides it would not hold."""
    _, gamma, beta, y, cache, _ = layer
    assert np.allclose(y, gamma * cache.x_hat + beta) and not np.allclose(y, gamma * y + beta)


def test_three_paths_one_line_and_differences(layer):
    x, gamma, beta, _, cache, g = layer
    dx, dgamma, dbeta = batchnorm.backward(g, cache)
    true = check.central_difference(lambda x: (g * batchnorm.forward(x, gamma, beta)[0]).sum(), x)
    check.agree(paths=dx, fused=batchnorm.backward_fused(g, cache)[0], differences=true)
    assert np.allclose(dbeta, g.sum(axis=0))
    assert np.allclose(dgamma, (g * cache.x_hat).sum(axis=0))


def test_the_gradient_sums_to_zero_and_is_orthogonal(layer):
    *_, cache, g = layer
    dx, dgamma, _ = batchnorm.backward(g, cache)
    assert np.allclose(dx.sum(axis=0), 0)
    exact = 1e-5 * cache.gamma * cache.r / (cache.var + 1e-5) * dgamma
    assert np.allclose((cache.x_hat * dx).sum(axis=0), exact)
    frozen = g * cache.gamma * cache.r  # mean and variance taken for constants
    assert np.abs(frozen.sum(axis=0)).min() > 1e-3


def test_shift_and_scale_of_the_input_do_not_matter(layer):
    x, gamma, beta, y, *_ = layer
    assert np.allclose(batchnorm.forward(x + 11.0, gamma, beta)[0], y)
    assert np.allclose(batchnorm.forward(3 * x, gamma, beta, epsilon=9e-5)[0], y)
    assert not np.allclose(batchnorm.forward(-x, gamma, beta)[0], y)


def wrong_passes(cache, g):
    centred = g - g.mean(axis=0)
    part = cache.x_hat * (g * cache.x_hat).mean(axis=0)
    scale = cache.gamma * cache.r
    return {
        "no variance path": scale * centred,
        "sign": scale * (centred + part),
        "factor 2": scale * (centred - part / 2),
        "no gamma": cache.r * (centred - part),
        "zeros": np.zeros_like(g),
    }


def test_an_upstream_of_ones_lets_five_mistakes_through(layer):
    x, gamma, beta, _, cache, g = layer

    def found(upstream):
        true = check.central_difference(
            lambda x: (upstream * batchnorm.forward(x, gamma, beta)[0]).sum(), x
        )
        return [
            name
            for name, dx in wrong_passes(cache, upstream).items()
            if not np.allclose(dx, true, atol=1e-4)
        ]

    assert found(np.ones_like(x)) == []
    assert found(g) == list(wrong_passes(cache, g))


def test_whole_set_statistics_make_a_sample_independent_of_its_company(layer):
    """S4-56; with the statistics of the batch the same sample comes out differently."""
    x, gamma, beta, y, *_ = layer
    mean, var = batchnorm.statistics(x)
    alone = batchnorm.infer(x[:1], gamma, beta, mean, var)
    assert np.allclose(alone, y[:1])
    assert np.allclose(batchnorm.forward(x[:1], gamma, beta)[0], beta)
    assert not np.allclose(batchnorm.forward(x[:4], gamma, beta)[0][:1], y[:1])


def test_running_averages_come_close_to_the_whole_set():
    rng = np.random.default_rng(4)
    whole = rng.normal(2.0, 1.5, size=(640, 2))
    running = batchnorm.RunningStatistics.start(2)
    for _ in range(3):
        for batch in rng.permutation(whole).reshape(-1, 16, 2):
            running = running.update(batch)
    mean, var = batchnorm.statistics(whole)
    assert np.allclose(running.mean, mean, atol=0.35) and np.allclose(running.var, var, rtol=0.35)
    early = batchnorm.RunningStatistics.start(2).update(whole[:16])
    assert not np.allclose(early.mean, mean, atol=0.35)


def test_a_batch_of_two_passes_no_gradient():
    _, cache = batchnorm.forward(np.array([[2.7], [-0.4]]), [1.0], [0.0], epsilon=1e-12)
    dx, _, _ = batchnorm.backward(np.array([[0.3], [1.1]]), cache)
    assert np.allclose(cache.x_hat, [[1], [-1]]) and np.allclose(dx, 0)
