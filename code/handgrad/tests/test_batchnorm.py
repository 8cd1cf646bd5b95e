"""Batch normalisation: the six steps, both ways back, invariants, inference."""

import numpy as np
import pytest
from handgrad import batchnorm

WAYS_BACK = [batchnorm.backward, batchnorm.backward_fused]


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    n, d = 7, 3
    x = rng.normal([1.0, -2.0, 30.0], [1.0, 0.2, 5.0], (n, d))
    return x, rng.normal(size=d), rng.normal(size=d), rng.normal(size=(n, d))


def differences(f, x, h=1e-5):
    """Central differences of f with respect to each entry of x."""
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        dx[i] = (f(x + e) - f(x - e)) / (2 * h)
    return dx


def test_forward_by_hand():
    # mean 2, variance ((-1)^2 + 1^2) / 2 = 1, with epsilon 3: root 2, x_hat -1/2 and 1/2
    y, cache = batchnorm.forward([[1.0], [3.0]], [4.0], [10.0], epsilon=3.0)
    np.testing.assert_array_equal(y, [[8.0], [12.0]])
    np.testing.assert_array_equal(cache.x_hat, [[-0.5], [0.5]])
    assert cache.mean == 2 and cache.var == 1


@pytest.mark.parametrize("backward", WAYS_BACK)
def test_gradients_with_a_random_upstream(batch, backward):
    x, gamma, beta, dy = batch
    _, cache = batchnorm.forward(x, gamma, beta)
    dx, dgamma, dbeta = backward(dy, cache)

    def total(x, gamma, beta):
        return np.sum(dy * batchnorm.forward(x, gamma, beta)[0])

    np.testing.assert_allclose(
        dx, differences(lambda v: total(v, gamma, beta), x), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(dgamma, differences(lambda v: total(x, v, beta), gamma), rtol=1e-7)
    np.testing.assert_allclose(dbeta, differences(lambda v: total(x, gamma, v), beta), rtol=1e-7)


@pytest.mark.parametrize("epsilon", [1e-8, 1e-3, 1.0])
def test_fused_is_the_sum_of_the_three_paths(batch, epsilon):
    x, gamma, beta, dy = batch
    _, cache = batchnorm.forward(x, gamma, beta, epsilon)
    for one, other in zip(
        batchnorm.backward(dy, cache), batchnorm.backward_fused(dy, cache), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_output_has_mean_beta_and_deviation_gamma(batch):
    x, gamma, beta, _ = batch
    y, _ = batchnorm.forward(x, gamma, beta, epsilon=1e-12)
    np.testing.assert_allclose(y.mean(axis=0), beta, rtol=1e-9)
    np.testing.assert_allclose(y.std(axis=0), abs(gamma), rtol=1e-9)


def test_shift_and_scale_of_the_input_do_not_matter(batch):
    x, gamma, beta, _ = batch
    y, _ = batchnorm.forward(x, gamma, beta, epsilon=1e-12)
    shifted, _ = batchnorm.forward(3 * x + 5, gamma, beta, epsilon=1e-12)
    np.testing.assert_allclose(shifted, y, rtol=1e-8)


@pytest.mark.parametrize("backward", WAYS_BACK)
def test_gradient_is_blind_to_shift_and_scale(batch, backward):
    x, gamma, beta, dy = batch
    _, cache = batchnorm.forward(x, gamma, beta, epsilon=1e-12)
    dx, _, _ = backward(dy, cache)
    assert abs(dx).max() > 0.01
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axis=0), 0, atol=1e-9)


@pytest.mark.parametrize("backward", WAYS_BACK)
def test_upstream_of_ones_shows_nothing(batch, backward):
    x, gamma, beta, _ = batch
    _, cache = batchnorm.forward(x, gamma, beta)
    dx, dgamma, dbeta = backward(np.ones_like(x), cache)
    np.testing.assert_allclose(dx, 0, atol=1e-12)
    np.testing.assert_allclose(dgamma, 0, atol=1e-12)
    np.testing.assert_array_equal(dbeta, len(x))


def test_inference_with_the_statistics_of_the_batch_is_forward(batch):
    x, gamma, beta, _ = batch
    y, cache = batchnorm.forward(x, gamma, beta)
    mean, var = batchnorm.statistics(x)
    np.testing.assert_allclose(batchnorm.infer(x, gamma, beta, mean, var), y, rtol=1e-12)
    np.testing.assert_array_equal(mean, cache.mean)
    one = batchnorm.infer(x[:1], gamma, beta, mean, var)
    np.testing.assert_allclose(one, y[:1], rtol=1e-12)


def test_running_statistics():
    rng = np.random.default_rng(1)
    start = batchnorm.RunningStatistics.start(2, momentum=0.75)
    np.testing.assert_array_equal(start.mean, 0)
    np.testing.assert_array_equal(start.var, 1)
    x = np.array([[0.0, 4.0], [2.0, 8.0]])
    once = start.update(x)
    np.testing.assert_allclose(once.mean, [0.25 * 1, 0.25 * 6])
    np.testing.assert_allclose(once.var, [0.75 + 0.25 * 2, 0.75 + 0.25 * 8])  # n - 1 = 1 below
    np.testing.assert_array_equal(start.mean, 0)
    running = start
    for _ in range(3000):
        running = running.update(rng.normal([5.0, -1.0], [2.0, 0.5], (4, 2)))
    mean, var = np.zeros(2), np.zeros(2)
    for _ in range(2000):  # average over updates: the mean of unbiased estimates is unbiased
        running = running.update(rng.normal([5.0, -1.0], [2.0, 0.5], (4, 2)))
        mean, var = mean + running.mean / 2000, var + running.var / 2000
    np.testing.assert_allclose(mean, [5.0, -1.0], rtol=0.03)
    np.testing.assert_allclose(var, [4.0, 0.25], rtol=0.06)


def test_inputs_are_not_touched(batch):
    copies = [array.copy() for array in batch]
    x, gamma, beta, dy = batch
    _, cache = batchnorm.forward(x, gamma, beta)
    for backward in WAYS_BACK:
        backward(dy, cache)
    for array, copy in zip(batch, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"x": np.ones(3)}, ValueError, r"x: expected shape \(n, d\), got \(3,\)"),
        ({"x": np.ones((0, 3))}, ValueError, "it is empty"),
        ({"x": np.full((2, 3), np.nan)}, ValueError, r"x: expected finite numbers, got nan"),
        ({"gamma": np.ones(1)}, ValueError, r"gamma: expected shape \(3,\), got \(1,\)"),
        ({"beta": np.ones((1, 3))}, ValueError, r"beta: expected shape \(3,\), got \(1, 3\)"),
        ({"epsilon": 0.0}, ValueError, "epsilon: expected a finite number and > 0, got 0.0"),
        ({"epsilon": "small"}, TypeError, "epsilon: expected a number, got 'small'"),
    ],
)
def test_bad_input(batch, change, error, message):
    arguments = {"x": batch[0], "gamma": batch[1], "beta": batch[2]} | change
    with pytest.raises(error, match=message):
        batchnorm.forward(**arguments)
    fixed = {"mean": np.zeros(3), "var": np.ones(3)}
    with pytest.raises(error, match=message):
        batchnorm.infer(**arguments, **fixed)


def test_bad_upstream_and_statistics(batch):
    x, gamma, beta, dy = batch
    _, cache = batchnorm.forward(x, gamma, beta)
    for backward in WAYS_BACK:
        with pytest.raises(ValueError, match=r"dy: expected shape \(7, 3\), got \(7, 1\)"):
            backward(dy[:, :1], cache)
    with pytest.raises(ValueError, match="var: expected variances >= 0, got -1"):
        batchnorm.infer(x, gamma, beta, np.zeros(3), np.array([1.0, -1.0, 1.0]))
    running = batchnorm.RunningStatistics.start(3)
    with pytest.raises(ValueError, match="at least 2 samples"):
        running.update(x[:1])
    with pytest.raises(ValueError, match=r"x: expected shape \(n, 3\), got \(7, 2\)"):
        running.update(x[:, :2])


def test_running_statistics_without_a_momentum_keep_nine_tenths():
    x = np.array([[0.0, 4.0], [2.0, 8.0]])
    start = batchnorm.RunningStatistics.start(2)
    once = start.update(x)
    np.testing.assert_allclose(once.mean, [0.1, 0.6])
    np.testing.assert_allclose(once.var, [0.9 + 0.2, 0.9 + 0.8])
    assert once.momentum == start.momentum == 0.9
    direct = batchnorm.RunningStatistics(np.zeros(2), np.ones(2)).update(x)
    np.testing.assert_array_equal(direct.mean, once.mean)
    np.testing.assert_array_equal(direct.var, once.var)
    twice = once.update(x)
    np.testing.assert_allclose(twice.mean, [0.19, 1.14])
    for momentum in (0.0, 1.0):  # nothing kept, nothing taken
        found = batchnorm.RunningStatistics.start(2, momentum).update(x)
        np.testing.assert_allclose(found.mean, [1.0, 6.0] if momentum == 0 else [0.0, 0.0])


def test_the_default_epsilon():
    x = np.array([[0.0], [2.0]])
    y, _ = batchnorm.forward(x, [1.0], [0.0])
    np.testing.assert_allclose(y, [[-1 / np.sqrt(1 + 1e-5)], [1 / np.sqrt(1 + 1e-5)]], rtol=1e-14)
    np.testing.assert_allclose(batchnorm.infer(x, [1.0], [0.0], [1.0], [1.0]), y, rtol=1e-14)


def test_a_variance_of_zero_is_one():
    y = batchnorm.infer([[2.0]], [3.0], [1.0], [2.0], [0.0])
    np.testing.assert_array_equal(y, [[1.0]])


def test_float32_stays_float32(batch):
    x, gamma, beta, dy = batch
    single = x.astype(np.float32)
    y, cache = batchnorm.forward(single, gamma, beta, np.float64(1e-5))
    arrays = [y, *vars(cache).values(), *batchnorm.statistics(single)]
    for backward in WAYS_BACK:
        arrays += backward(dy, cache)
    arrays.append(batchnorm.infer(single, gamma, beta, cache.mean, np.ones(3)))
    running = batchnorm.RunningStatistics.start(3, dtype="float32").update(x)
    arrays += [running.mean, running.var]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    np.testing.assert_allclose(y, batchnorm.forward(x, gamma, beta)[0], rtol=1e-4, atol=1e-5)
    assert batchnorm.RunningStatistics.start(3).update(single).mean.dtype == np.float64


@pytest.mark.parametrize("backward", WAYS_BACK)
def test_what_is_no_cache(batch, backward):
    for cache in (None, (1, 2), batchnorm.Cache):
        with pytest.raises(TypeError, match="cache: expected a Cache, got .*; try"):
            backward(batch[3], cache)


def test_running_statistics_of_one_column():
    assert batchnorm.RunningStatistics.start(1).update([[1.0], [3.0]]).mean == pytest.approx(0.2)
    for d, error in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="d: expected an integer"):
            batchnorm.RunningStatistics.start(d)
