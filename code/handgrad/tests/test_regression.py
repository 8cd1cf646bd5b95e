"""Linear regression: partials against differences, the bowl, and the exact limit of the step."""

import numpy as np
import pytest
from handgrad import regression


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 4, 17)
    return x, 1.7 * x - 0.6 + rng.normal(size=17)


def test_gradient_is_the_slope_of_the_cost(data):
    x, y = data
    w, b, h = 0.3, -1.1, 1e-6
    dw, db = regression.gradient(x, y, w, b)
    cost = regression.cost
    assert dw == pytest.approx((cost(x, y, w + h, b) - cost(x, y, w - h, b)) / (2 * h), rel=1e-7)
    assert db == pytest.approx((cost(x, y, w, b + h) - cost(x, y, w, b - h)) / (2 * h), rel=1e-7)


def test_cost_is_the_mean_of_half_squares():
    # two samples with residuals 1 and 3: (1/2 + 9/2) / 2
    assert regression.cost([1, 2], [0, -1], 1, 0) == pytest.approx((0.5 + 4.5) / 2)


def test_closed_form_is_where_both_partials_vanish_and_numpy_agrees(data):
    x, y = data
    w, b = regression.least_squares(x, y)
    assert np.allclose(regression.gradient(x, y, w, b), 0, atol=1e-12)
    assert np.allclose((w, b), np.polyfit(x, y, 1))


def test_several_inputs_in_closed_form():
    rng = np.random.default_rng(4)
    X, units = rng.normal(size=(40, 3)) + np.array([0, 5, -2]), np.array([1.0, 1e-9, 1e6])
    y = X @ [2.0, -1.0, 0.5] + 3 + rng.normal(size=40)
    w, b = regression.least_squares_several(X, y)
    residual = X @ w + b - y
    np.testing.assert_allclose([*(residual @ X), residual.sum()], 0, atol=1e-10)  # all partials
    A = np.column_stack([X, np.ones(40)])
    np.testing.assert_allclose([*w, b], np.linalg.solve(A.T @ A, A.T @ y), rtol=1e-10)
    # units do not count
    w_units, b_units = regression.least_squares_several(X * units, y)
    np.testing.assert_allclose([*(w_units * units), b_units], [*w, b], rtol=1e-9)
    assert w.shape == (3,) and type(b) is float


def test_several_inputs_with_one_are_the_line(data):
    x, y = data
    w, b = regression.least_squares_several(x[:, None], y)
    np.testing.assert_allclose((w[0], b), regression.least_squares(x, y), rtol=1e-12)


@pytest.mark.parametrize(
    "X, rank",
    [
        ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [5.0, 10.0]], 1),  # one column is twice the other
        ([[1.0, 14.62], [2.0, 14.62], [4.0, 14.62]], 1),  # one is constant
        ([[1.0, 2.0], [3.0, 1.0]], 1),  # two samples, three numbers to find
        ([[0.0], [0.0]], 0),
    ],
)
def test_columns_that_depend_on_one_another_are_refused(X, rank):
    with pytest.raises(ValueError, match=f"got {rank} of them in {len(X)} samples"):
        regression.least_squares_several(X, np.arange(len(X)))
    with pytest.raises(ValueError, match="y: expected shape"):
        regression.least_squares_several(X, np.zeros(9))


def test_hessian_is_the_derivative_of_the_gradient(data):
    x, y = data
    columns = [
        np.subtract(regression.gradient(x, y, 1 + dw, 2 + db), regression.gradient(x, y, 1, 2))
        for dw, db in ((1, 0), (0, 1))  # the gradient is linear, so a step of 1 is exact
    ]
    assert np.allclose(regression.hessian(x), np.column_stack(columns))


def test_descent_takes_both_partials_at_the_same_point(data):
    x, y = data
    dw, db = regression.gradient(x, y, 1.0, 2.0)
    path = regression.descend(x, y, 1.0, 2.0, learning_rate=0.1, steps=5)
    assert path.shape == (6, 2)
    assert np.allclose(path[1], (1 - 0.1 * dw, 2 - 0.1 * db))


@pytest.mark.parametrize("factor, converges", [(0.999, True), (1.001, False)])
def test_largest_learning_rate_is_exact(data, factor, converges):
    x, y = data
    rate = factor * regression.largest_learning_rate(x)
    path = regression.descend(x, y, 0.0, 0.0, learning_rate=rate, steps=6000)
    away = np.linalg.norm(path - regression.least_squares(x, y), axis=1)
    assert (away[-1] < 0.01 * away[0]) == converges
    assert (away[-1] > 10 * away[0]) != converges


def test_a_diverging_path_says_why(data):
    x, y = data
    rate = 50 * regression.largest_learning_rate(x)
    with pytest.raises(ValueError, match="above the limit"):
        regression.descend(x, y, 0.0, 0.0, learning_rate=rate, steps=500)


@pytest.mark.parametrize(
    "x, y, message",
    [
        ([1.0, 2.0], [1.0], r"y: expected shape \(2,\), got \(1,\)"),
        ([], [], "empty"),
        ([1.0, np.nan], [1.0, 2.0], "finite"),
        ([[1.0, 2.0]], [1.0], "x: expected shape"),
    ],
)
def test_bad_data_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        regression.cost(x, y, 1.0, 0.0)


def test_bad_settings_are_refused(data):
    with pytest.raises(ValueError, match="learning_rate"):
        regression.descend(*data, 0.0, 0.0, learning_rate=0.0, steps=1)
    with pytest.raises(TypeError, match="steps"):
        regression.descend(*data, 0.0, 0.0, learning_rate=0.1, steps=1.5)
    with pytest.raises(ValueError, match="two different values"):
        regression.least_squares([2.0, 2.0], [1.0, 3.0])
