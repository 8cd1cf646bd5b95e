"""What is demanded of a loss: J, a mean over the samples, and beside it its gradient."""

import numpy as np

from .unmet import Unmet, always, expect, expect_close, expect_finite, quiet, refuses

N, K = 5, 3


def _targets():
    """Targets of several kinds, the likeliest first: every kind of loss takes one of them."""
    rng = np.random.default_rng(0)
    yield rng.dirichlet(np.ones(K), size=N)  # distributions, so probabilities as well
    yield np.eye(K)[rng.integers(K, size=N)]  # one-hot
    yield np.where(rng.random((N, K)) < 0.5, -1.0, 1.0)
    yield rng.normal(size=(N, K))


def _sample(loss):
    """A prediction (or z) and targets that the loss takes, both (N, K)."""
    rng = np.random.default_rng(1)
    prediction = rng.uniform(0.05, 0.95, (N, K)) if loss.of == "y_hat" else rng.normal(size=(N, K))
    for Y in _targets():
        if not refuses(loss.value, prediction, Y):
            return prediction, Y
    raise Unmet(
        f"expected it to take a prediction and targets of shape {(N, K)}: distributions, one-hot "
        "rows, -1 and 1, or any numbers; got an error for each"
    )


def value_is_one_number(loss):
    J = loss.value(*_sample(loss))
    expect(np.shape(J) == () and np.isfinite(J), f"expected a finite number, got {J!r}")


def gradient_is_shaped_like_the_prediction(loss):
    got = np.shape(loss.gradient(*_sample(loss)))
    expect(got == (N, K), f"expected shape {(N, K)}, got {got}")


def gradient_is_the_slope_of_the_value(loss):
    """Against central differences."""
    prediction, Y = _sample(loss)
    h, slope = 1e-6, np.empty((N, K))
    for place in np.ndindex(N, K):
        shift = np.zeros((N, K))
        shift[place] = h
        slope[place] = (loss.value(prediction + shift, Y) - loss.value(prediction - shift, Y)) / (
            2 * h
        )
    expect_close(
        "slope",
        loss.gradient(prediction, Y),
        slope,
        at=lambda place: f"in row {place[0]}, column {place[1]}",
        rtol=1e-6,
        atol=1e-8,
    )


def value_is_the_mean_over_the_samples(loss):
    prediction, Y = _sample(loss)
    got = loss.value(prediction, Y)
    mean = np.mean([loss.value(prediction[k : k + 1], Y[k : k + 1]) for k in range(N)])
    expect(
        np.isclose(got, mean, rtol=1e-12, atol=0),
        f"expected {mean:.6g}, the mean of {N} samples taken one by one, got {got:.6g}",
    )


def gradient_is_that_of_the_mean(loss):
    """1/n is part of it: with every sample twice, each counts half."""
    prediction, Y = _sample(loss)
    got = loss.gradient(np.vstack([prediction] * 2), np.vstack([Y] * 2))[:N]
    expect_close(
        "with every sample twice",
        got,
        loss.gradient(prediction, Y) / 2,
        at=lambda place: f"in row {place[0]}, column {place[1]}",
        rtol=1e-12,
        atol=0,
    )


def arguments_go_by_their_names(loss):
    prediction, Y = _sample(loss)
    for part, f in (("value", loss.value), ("gradient", loss.gradient)):
        try:
            named = f(**{loss.of: prediction, "Y": Y})
        except TypeError as problem:
            raise Unmet(f"{part}: expected ({loss.of}=…, Y=…) to do, got {problem}") from None
        same = np.array_equal(named, f(prediction, Y))
        expect(same, f"{part}: expected the same by name as by place, got another result")


def nothing_is_broadcast(loss):
    prediction, Y = _sample(loss)
    for other in (Y[:, :1], Y[:1], Y[0], Y[0, 0]):
        for part, f in (("value", loss.value), ("gradient", loss.gradient)):
            expect(
                refuses(f, prediction, other),
                f"{part}: expected a ValueError for Y of shape {np.shape(other)} beside a "
                f"prediction {(N, K)}, got an answer; try `if Y.shape != {loss.of}.shape: raise`",
            )


def the_same_twice_and_arguments_left_alone(loss):
    prediction, Y = _sample(loss)
    before = prediction.copy(), Y.copy()
    for part, f in (("value", loss.value), ("gradient", loss.gradient)):
        first = np.array(f(prediction, Y))
        f(prediction[:2], Y[:2])
        again = f(prediction, Y)
        expect(np.array_equal(first, again), f"{part}: expected the same again, got another")
        for name, now, then in zip((loss.of, "Y"), (prediction, Y), before, strict=True):
            expect(np.array_equal(now, then), f"{part}: expected {name} as it was, got it changed")
            expect(not np.shares_memory(again, now), f"{part}: expected a new array, got {name}")


def floats_keep_their_type(loss):
    prediction, Y = _sample(loss)
    for floats in (np.float64, np.float32):
        got = np.asarray(loss.gradient(prediction.astype(floats), Y.astype(floats))).dtype
        expect(got == floats, f"gradient: expected {np.dtype(floats)}, got {got}")


def finite_and_quiet_from_minus_1000_to_1000(loss):
    """A loss of ŷ may refuse what is no prediction of its kind, with an error that says so."""
    _, Y = _sample(loss)
    for extreme in (-1000.0, 0.0, 1000.0):
        prediction = np.tile(np.linspace(-extreme, extreme, K), (N, 1))
        for floats in (np.float64, np.float32):
            arguments = prediction.astype(floats), Y.astype(floats)
            if loss.of == "y_hat" and refuses(loss.value, *arguments):
                continue
            for part, f in (("value", loss.value), ("gradient", loss.gradient)):
                with quiet():
                    got = f(*arguments)
                expect_finite(
                    f"{part} in {np.dtype(floats)}", got, lambda _, far=extreme: f"at ±{far:g}"
                )


def nan_is_not_hidden(loss):
    prediction, Y = _sample(loss)
    prediction[1, 1] = np.nan
    for part, f in (("value", loss.value), ("gradient", loss.gradient)):
        if not refuses(f, prediction, Y):
            got = np.asarray(f(prediction, Y))
            expect(np.isnan(got).any(), f"{part}: expected nan or an error of a nan, got numbers")


DEMANDS = tuple(
    (always, check)
    for check in (
        value_is_one_number,
        gradient_is_shaped_like_the_prediction,
        gradient_is_the_slope_of_the_value,
        value_is_the_mean_over_the_samples,
        gradient_is_that_of_the_mean,
        arguments_go_by_their_names,
        nothing_is_broadcast,
        the_same_twice_and_arguments_left_alone,
        floats_keep_their_type,
        finite_and_quiet_from_minus_1000_to_1000,
        nan_is_not_hidden,
    )
)
