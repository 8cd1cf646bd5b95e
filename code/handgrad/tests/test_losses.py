"""Losses: definitions summed by loops, gradients by central differences, stability, bad input."""

import inspect
import math
import warnings

import numpy as np
import pytest
from handgrad import activations, losses

SQUARES = ["half_squared_error", "sum_of_squares"]
OF_Y_HAT = [*SQUARES, "binary_cross_entropy"]
OF_Z = ["binary_cross_entropy_from_z", "softmax_cross_entropy"]
ALL = OF_Y_HAT + OF_Z


def differences(f, x, h=1e-6):
    """Central differences of f with respect to each entry of x."""
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        dx[i] = (f(x + e) - f(x - e)) / (2 * h)
    return dx


def functions(name):
    return getattr(losses, name), getattr(losses, name + "_grad")


def sample(name, n=5, K=3, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.uniform(0.05, 0.95, (n, K)) if name in OF_Y_HAT else rng.normal(size=(n, K))
    Y = rng.uniform(size=(n, K))
    return first, Y / Y.sum(axis=1, keepdims=True)


def by_loops(name, first, Y):
    """The definition, written for one output of one sample at a time."""
    total = 0.0
    for row, y_row in zip(first, Y, strict=True):
        whole = sum(math.exp(z) for z in row)
        for value, y in zip(row, y_row, strict=True):
            p = 1 / (1 + math.exp(-value)) if name == "binary_cross_entropy_from_z" else value
            total += {
                "half_squared_error": lambda: (p - y) ** 2 / 2,
                "sum_of_squares": lambda: (p - y) ** 2,
                "binary_cross_entropy": lambda: -y * math.log(p) - (1 - y) * math.log(1 - p),
                "binary_cross_entropy_from_z": lambda: -y * math.log(p) - (1 - y) * math.log(1 - p),
                "softmax_cross_entropy": lambda: -y * math.log(math.exp(value) / whole),
            }[name]()
    return total / len(Y)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("n, K", [(1, 1), (4, 1), (1, 3), (5, 3)])
def test_value_is_the_definition(name, n, K):
    first, Y = sample(name, n, K)
    value, _ = functions(name)
    assert value(first, Y) == pytest.approx(by_loops(name, first, Y), rel=1e-13)
    assert type(value(first, Y)) is float


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("n, K", [(1, 1), (4, 1), (5, 3)])
def test_gradient_by_central_differences(name, n, K):
    first, Y = sample(name, n, K)
    value, gradient = functions(name)
    expected = differences(lambda p: value(p, Y), first)
    np.testing.assert_allclose(gradient(first, Y), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_mean_over_samples(name):
    first, Y = sample(name)
    value, gradient = functions(name)
    twice, Y_twice = np.concatenate([first, first]), np.concatenate([Y, Y])
    assert value(twice, Y_twice) == pytest.approx(value(first, Y), rel=1e-14)
    np.testing.assert_allclose(gradient(twice, Y_twice)[:5], gradient(first, Y) / 2, rtol=1e-14)


def test_plain_sum_is_twice_the_half():
    first, Y = sample("sum_of_squares")
    assert losses.sum_of_squares(first, Y) == 2 * losses.half_squared_error(first, Y)


def test_binary_cross_entropy_from_z_is_that_of_the_sigmoid():
    z, Y = sample("binary_cross_entropy_from_z")
    y_hat = 1 / (1 + np.exp(-z))
    assert losses.binary_cross_entropy(y_hat, Y) == pytest.approx(
        losses.binary_cross_entropy_from_z(z, Y), rel=1e-13
    )
    chain = losses.binary_cross_entropy_grad(y_hat, Y) * y_hat * (1 - y_hat)
    np.testing.assert_allclose(losses.binary_cross_entropy_from_z_grad(z, Y), chain, rtol=1e-12)


def test_softmax_jacobian_and_its_contraction():
    z, Y = sample("softmax_cross_entropy")
    jacobian = losses.softmax_jacobian(z)
    for i in range(len(z)):
        for j in range(z.shape[1]):
            expected = differences(lambda row: losses.softmax(row)[j], z[i])
            np.testing.assert_allclose(jacobian[i, j], expected, atol=1e-9)
    dy_hat = -Y / losses.softmax(z) / len(z)
    contracted = np.einsum("nij,ni->nj", jacobian, dy_hat)
    np.testing.assert_allclose(losses.softmax_cross_entropy_grad(z, Y), contracted, rtol=1e-12)


def test_log_softmax():
    z = np.random.default_rng(1).normal(size=(4, 3))
    np.testing.assert_allclose(losses.log_softmax(z), np.log(losses.softmax(z)), rtol=1e-13)


@pytest.mark.parametrize("name", [*SQUARES, *OF_Z])
def test_stable_at_a_thousand(name):
    first = np.array([[1000.0, -1000.0], [-1000.0, 1000.0], [1000.0, 1000.0], [-1000.0, -1000.0]])
    value, gradient = functions(name)
    for Y in (np.tile([1.0, 0.0], (4, 1)), np.tile([0.5, 0.5], (4, 1))):
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("error")
            assert np.isfinite(value(first, Y))
            assert np.isfinite(gradient(first, Y)).all()


def test_a_thousand_off_costs_a_thousand():
    Y = np.array([[1.0, 0.0]])
    assert losses.binary_cross_entropy_from_z(np.array([[-1000.0, -1000.0]]), Y) == 1000
    assert losses.softmax_cross_entropy(np.array([[-1000.0, 0.0]]), Y) == 1000
    np.testing.assert_array_equal(losses.log_softmax([[-1000.0, 1000.0]]), [[-2000, 0]])


def test_certain_predictions():
    Y = np.array([[1.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert losses.binary_cross_entropy(Y, Y) == 0
        assert losses.binary_cross_entropy(1 - Y, Y) == np.inf
        np.testing.assert_array_equal(losses.binary_cross_entropy_grad(Y, Y), [[-1, 1]])
        np.testing.assert_array_equal(
            losses.binary_cross_entropy_grad(1 - Y, Y), [[-np.inf, np.inf]]
        )


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "change, error, message",
    [
        (lambda p, Y: (p, Y[:, :1]), ValueError, r"Y: expected shape \(5, 3\), got \(5, 1\)"),
        (lambda p, Y: (p, Y[:1]), ValueError, r"Y: expected shape \(5, 3\), got \(1, 3\)"),
        (lambda p, Y: (p, Y[:, 0]), ValueError, r"Y: expected shape \(5, 3\), got \(5,\)"),
        (lambda p, Y: (p[:, 0], Y[:, 0]), ValueError, r"expected shape \(n, K\), got \(5,\)"),
        (lambda p, Y: (p[:0], Y[:0]), ValueError, r"got \(0, 3\) \(it is empty\)"),
        (lambda p, Y: (p, Y * np.nan), ValueError, r"Y: expected finite numbers, got nan"),
        (lambda p, Y: (p * np.inf, Y), ValueError, r"expected finite numbers, got -?inf"),
        (lambda p, Y: (p, Y.astype(str)), TypeError, r"Y: expected real numbers"),
        (lambda p, Y: (p + 0j, Y), TypeError, r"expected real numbers, got .* complex128"),
    ],
)
def test_bad_input(name, change, error, message):
    first, Y = sample(name)
    for f in functions(name):
        with pytest.raises(error, match=message):
            f(*change(first, Y))


def test_targets_and_predictions_out_of_range():
    z, Y = sample("softmax_cross_entropy")
    for Y_out, got in (([[0.0, 1.0, -2.0]], "-2"), ([[0.0, 1.0, 3.0]], "3")):
        with pytest.raises(ValueError, match=f"between 0 and 1, got {got}"):
            losses.probabilities(np.array(Y_out))
    with pytest.raises(ValueError, match="between 0 and 1, got -1"):
        losses.binary_cross_entropy_from_z(z, np.full_like(z, -1.0))
    with pytest.raises(ValueError, match="between 0 and 1, got 2"):
        losses.binary_cross_entropy(np.full_like(z, 0.5), np.full_like(z, 2.0))
    with pytest.raises(ValueError, match="y_hat: expected numbers between 0 and 1, got 1.5"):
        losses.binary_cross_entropy(np.full_like(z, 1.5), Y)
    Y[2] = [1, 1, 0]
    with pytest.raises(ValueError, match="rows that sum to 1, got 2.0 in row 2"):
        losses.softmax_cross_entropy(z, Y)


def test_integer_targets_are_taken_exactly():
    z, _ = sample("softmax_cross_entropy")
    Y = np.eye(3, dtype=int)[[0, 1, 2, 0, 1]]
    assert losses.softmax_cross_entropy(z, Y) == losses.softmax_cross_entropy(z, Y.astype(float))
    with pytest.raises(TypeError, match="integers too large"):
        losses.half_squared_error(z, np.full((5, 3), 2**53 + 1))


@pytest.mark.parametrize("name", ALL)
def test_inputs_are_not_touched(name):
    first, Y = sample(name)
    copies = first.copy(), Y.copy()
    for f in functions(name):
        f(first, Y)
    np.testing.assert_array_equal(first, copies[0])
    np.testing.assert_array_equal(Y, copies[1])


def test_get():
    assert set(losses.LOSSES) == {*SQUARES, "binary_cross_entropy", "softmax_cross_entropy"}
    for name, loss in losses.LOSSES.items():
        assert losses.get(name) is loss is losses.get(loss)
        assert loss.of == ("y_hat" if name in SQUARES else "z")
    with pytest.raises(ValueError, match="expected one of half_squared_error, .*; got 'mse'"):
        losses.get("mse")
    with pytest.raises(TypeError, match="a name or a Loss, got None"):
        losses.get(None)


@pytest.mark.parametrize("name", ALL)
def test_the_printed_signature_is_what_is_taken(name):
    first, Y = sample(name)
    of = "y_hat" if name in OF_Y_HAT else "z"
    for f in functions(name):
        assert list(inspect.signature(f).parameters) == [of, "Y"]
        np.testing.assert_array_equal(f(Y=Y, **{of: first}), f(first, Y))
        with pytest.raises(TypeError, match="missing a required argument: 'Y'"):
            f(first)


@pytest.mark.parametrize("loss", losses.LOSSES.values(), ids=lambda loss: loss.name)
def test_the_mathematics_behind_the_checks(loss):
    first, Y = sample("softmax_cross_entropy")
    for f in (loss.value, loss.gradient):
        bare = losses.MATHEMATICS[f]
        np.testing.assert_array_equal(bare(first, Y), f(first, Y))
        with pytest.raises(ValueError, match="Y: expected shape"):
            f(first[:1], Y)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "softmax_cross_entropy"])
def test_the_slope_that_cancels_leaves_the_error(name):
    loss, (z, Y) = losses.get(name), sample("softmax_cross_entropy")
    y_hat = activations.get(loss.last).value(z)
    np.testing.assert_array_equal((y_hat - Y) / len(Y), loss.gradient(z, Y))


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_float32(name):
    first, Y = sample(name)
    value, gradient = functions(name)
    single = first.astype(np.float32)
    for targets in (Y, Y.astype(np.float32)):
        assert gradient(single, targets).dtype == np.float32
        assert type(value(single, targets)) is float
        np.testing.assert_allclose(gradient(single, targets), gradient(first, Y), rtol=2e-5)
        assert value(single, targets) == pytest.approx(value(first, Y), rel=1e-5)
    one_hot = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    assert gradient(first, one_hot).dtype == np.float64
    assert losses.log_softmax(single).dtype == losses.softmax_jacobian(single).dtype == np.float32


def test_one_hot_rows_of_float32_may_be_rounded():
    Y = np.full((2, 3), 1 / 3, dtype=np.float32)
    assert losses.softmax_cross_entropy(np.zeros((2, 3), np.float32), Y) == pytest.approx(np.log(3))
    with pytest.raises(ValueError, match="rows that sum to 1"):
        losses.softmax_cross_entropy(np.zeros((2, 3), np.float32), Y * np.float32(1.001))
    with pytest.raises(ValueError, match="rows that sum to 1"):
        losses.softmax_cross_entropy(np.zeros((2, 3)), Y.astype(float))


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"name": 3}, TypeError, "name: expected a string, got 3"),
        ({"value": None}, TypeError, "value: expected a function .*got None"),
        ({"gradient": 1.0}, TypeError, "gradient: expected a function .*got 1.0"),
        ({"targets": "all"}, TypeError, "targets: expected a function .*got 'all'"),
        ({"of": "a"}, ValueError, "of: expected 'y_hat' or 'z', got 'a'"),
        ({"last": 2}, TypeError, "last: expected an activation or its name, got 2"),
    ],
)
def test_parts_of_a_loss(change, error, message):
    parts = {"name": "own", "value": np.sum, "gradient": np.subtract} | change
    with pytest.raises(error, match=message):
        losses.Loss(**parts)


@pytest.mark.parametrize("wrong", [losses.Loss, None, 1j, 0.5])
def test_get_says_what_would_do(wrong):
    with pytest.raises(TypeError, match="loss: expected a name or a Loss, got .*; try "):
        losses.get(wrong)
