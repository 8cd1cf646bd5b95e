"""Chapter 1: what a source prints about the straight line, and the limit of the learning rate."""

import numpy as np
import pytest
from handgrad import check, regression


@pytest.fixture
def points():
    rng = np.random.default_rng(8)
    return rng.normal(size=9), rng.normal(size=9)


def test_partials_of_the_plain_sum_as_printed(points):
    x, y = points
    slope, intercept = 0.7, -0.2
    residual = y - slope * x - intercept
    printed = np.array([-2 * (residual * x).sum(), -2 * residual.sum()])

    def plain_sum(p):
        return ((y - p[0] * x - p[1]) ** 2).sum()

    p = np.array([slope, intercept])
    assert check.check_gradient(plain_sum, p, printed)
    assert not check.check_gradient(plain_sum, p, -printed)
    assert np.allclose(printed, 2 * len(x) * np.array(regression.gradient(x, y, slope, intercept)))


def test_descent_with_the_printed_partials_reaches_the_least_squares_line(points):
    x, y = points
    p = np.zeros(2)
    for _ in range(2000):
        residual = y - p[0] * x - p[1]
        p = p + 0.02 * 2 * np.array([(residual * x).sum(), residual.sum()])
    assert np.allclose(p, regression.least_squares(x, y), atol=1e-10)


def test_the_limit_of_the_learning_rate_is_sharp(points):
    x, y = points
    limit = regression.largest_learning_rate(x)
    best = regression.cost(x, y, *regression.least_squares(x, y))

    def excess(rate):
        path = regression.descend(x, y, 3.0, 3.0, learning_rate=rate, steps=3000)
        return regression.cost(x, y, *path[-1]) - best

    assert excess(0.99 * limit) < 1e-9 < 1e3 < excess(1.01 * limit)


def test_eigenvalues_by_the_quadratic_equation_are_the_extreme_curvatures(points):
    x, _ = points
    (a, c), (_, b) = H = regression.hessian(x)
    root = np.sqrt((a - b) ** 2 + 4 * c**2)
    by_hand = np.array([a + b - root, a + b + root]) / 2
    np.testing.assert_allclose(by_hand, np.linalg.eigvalsh(H), rtol=1e-12)
    angles = np.radians(np.arange(180))
    ways = np.column_stack([np.cos(angles), np.sin(angles)])
    curved = ((ways @ H) * ways).sum(axis=1)
    assert by_hand[0] <= curved.min() < curved.max() <= by_hand[1]
    np.testing.assert_allclose([curved.min(), curved.max()], by_hand, rtol=1e-2)
