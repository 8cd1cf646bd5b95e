"""Losses: what a prediction costs, and beside each its gradient.

=========  =======================================  ===========  ===========================
symbol     meaning                                  shape        in code
=========  =======================================  ===========  ===========================
n, K       samples, outputs                         int          ``len(Y)``, ``Y.shape[1]``
ŷ          prediction a^L                           (n, K)       ``y_hat``
y          target                                   (n, K)       ``Y``
z          weighted sum of the last layer           (n, K)       ``z``
J          mean over the n samples of the loss      number       ``half_squared_error(...)``
∂J/∂ŷ      gradient, 1/n included                   (n, K)       ``half_squared_error_grad(...)``
=========  =======================================  ===========  ===========================

A cross-entropy taken of z instead of ŷ is finite for z of +-1000: the logarithm undoes the
exponential on paper, before a computer rounds it to 0. Y must be shaped like the prediction:
nothing is broadcast. A prediction of float32 is computed with in float32, and Y becomes float32
too; all else is float64. J is a Python number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature

import numpy as np

from handgrad._arrays import as_floats, named
from handgrad._types import Array, ArrayLike
from handgrad.activations import Activation, sigmoid, softmax

# ---- what the targets must be --------------------------------------------------------------


def probabilities(Y: Array) -> None:
    """Raise ValueError unless every target lies in [0, 1]."""
    if Y.min() < 0 or Y.max() > 1:
        outside = Y[(Y < 0) | (Y > 1)][0]
        raise ValueError(f"Y: expected targets between 0 and 1, got {outside}")


def distributions(Y: Array) -> None:
    """Raise ValueError unless every row of Y is a distribution, as one-hot rows are."""
    probabilities(Y)
    rounding = 1e-5 if Y.dtype == np.float32 else 1e-9
    wrong = np.flatnonzero(np.abs(Y.sum(axis=1) - 1) > rounding)
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(f"Y: expected rows that sum to 1, got {Y[row].sum()} in row {row}")


#: Public function -> the mathematics behind its checks, for loops that have checked their arrays.
MATHEMATICS: dict = {}


def _checked(targets=None):
    """Put the checks of a loss in front of its mathematics, which MATHEMATICS keeps."""

    def decorate(mathematics):
        printed = signature(mathematics)
        (of, _) = printed.parameters

        @wraps(mathematics)
        def checked(*args, **kwargs):
            prediction, Y = printed.bind(*args, **kwargs).args
            prediction = as_floats(of, prediction, ("n", "K"), dtype=None)
            Y = as_floats("Y", Y, prediction.shape, dtype=prediction.dtype)
            if targets is not None:
                targets(Y)
            return mathematics(prediction, Y)

        MATHEMATICS[checked] = mathematics
        return checked

    return decorate


# ---- squared errors ------------------------------------------------------------------------


@_checked()
def half_squared_error(y_hat: ArrayLike, Y: ArrayLike) -> float:
    """J = 1/n sum over samples of 1/2 sum_j (ŷ_j - y_j)^2.

    Parameters
    ----------
    y_hat, Y : arrays (n, K)

    Returns
    -------
    float
    """
    return float(0.5 * np.sum((y_hat - Y) ** 2) / len(Y))


@_checked()
def half_squared_error_grad(y_hat: ArrayLike, Y: ArrayLike) -> Array:
    """∂J/∂ŷ = (ŷ - y) / n, shape (n, K)."""
    return (y_hat - Y) / len(Y)


@_checked()
def sum_of_squares(y_hat: ArrayLike, Y: ArrayLike) -> float:
    """J = 1/n sum over samples of sum_j (ŷ_j - y_j)^2, without the half.

    Parameters
    ----------
    y_hat, Y : arrays (n, K)

    Returns
    -------
    float
    """
    return float(np.sum((y_hat - Y) ** 2) / len(Y))


@_checked()
def sum_of_squares_grad(y_hat: ArrayLike, Y: ArrayLike) -> Array:
    """∂J/∂ŷ = 2 (ŷ - y) / n, shape (n, K)."""
    return 2.0 * (y_hat - Y) / len(Y)


# ---- binary cross-entropy ------------------------------------------------------------------


@_checked(probabilities)
def binary_cross_entropy(y_hat: ArrayLike, Y: ArrayLike) -> float:
    """J = -1/n sum over samples of sum_j [y_j ln ŷ_j + (1 - y_j) ln(1 - ŷ_j)].

    Infinite where ŷ is exactly 0 or 1 and wrong; `binary_cross_entropy_from_z` is not.

    Parameters
    ----------
    y_hat, Y : arrays (n, K)
        Both between 0 and 1.

    Returns
    -------
    float
    """
    _inside(y_hat)
    with np.errstate(divide="ignore", invalid="ignore"):
        right = np.where(Y == 0, 0.0, Y * np.log(y_hat))  # 0 ln 0 is 0, its limit
        wrong = np.where(Y == 1, 0.0, (1.0 - Y) * np.log1p(-y_hat))
    return float(-np.sum(right + wrong) / len(Y))


@_checked(probabilities)
def binary_cross_entropy_grad(y_hat: ArrayLike, Y: ArrayLike) -> Array:
    """∂J/∂ŷ = (ŷ - y) / (ŷ (1 - ŷ)) / n, shape (n, K).

    Where ŷ is exactly 0 or 1: infinite if that is wrong; if it is right, the limit -1/n (y = 1)
    or 1/n (y = 0).
    """
    _inside(y_hat)
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = np.where(Y == 0, 0.0, Y / y_hat)
        lost = np.where(Y == 1, 0.0, (1.0 - Y) / (1.0 - y_hat))
    return (lost - gained) / len(Y)


def _inside(y_hat):
    outside = (y_hat < 0) | (y_hat > 1)
    if outside.any():
        raise ValueError(f"y_hat: expected numbers between 0 and 1, got {y_hat[outside][0]}")


@_checked(probabilities)
def binary_cross_entropy_from_z(z: ArrayLike, Y: ArrayLike) -> float:
    """The binary cross-entropy of ŷ = sigmoid(z), from z.

    With ln sigmoid(z) = -ln(1 + exp(-z)), each term is max(z, 0) - y z + ln(1 + exp(-abs(z))).

    Parameters
    ----------
    z, Y : arrays (n, K)

    Returns
    -------
    float
    """
    return float(np.sum(np.maximum(z, 0.0) - Y * z + np.log1p(np.exp(-np.abs(z)))) / len(Y))


@_checked(probabilities)
def binary_cross_entropy_from_z_grad(z: ArrayLike, Y: ArrayLike) -> Array:
    """∂J/∂z = (ŷ - y) / n with ŷ = sigmoid(z), shape (n, K)."""
    return (sigmoid(z) - Y) / len(Y)


# ---- softmax and cross-entropy -------------------------------------------------------------


def softmax_jacobian(z: ArrayLike) -> Array:
    """∂ŷ_i/∂z_j = ŷ_i (1 - ŷ_i) for i = j and -ŷ_i ŷ_j otherwise, for each sample.

    Parameters
    ----------
    z : array (n, K)

    Returns
    -------
    array (n, K, K)
    """
    y_hat = softmax(z)
    eye = np.eye(y_hat.shape[-1], dtype=y_hat.dtype)
    return y_hat[..., :, np.newaxis] * (eye - y_hat[..., np.newaxis, :])


def log_softmax(z: ArrayLike) -> Array:
    """ln softmax(z) = (z - max z) - ln sum_k exp(z_k - max z) over the last axis.

    Parameters
    ----------
    z : array (n, K)

    Returns
    -------
    array (n, K)
    """
    return _log_softmax(as_floats("z", z, dtype=None))


def _log_softmax(z):
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@_checked(distributions)
def softmax_cross_entropy(z: ArrayLike, Y: ArrayLike) -> float:
    """J = -1/n sum over samples of sum_j y_j ln ŷ_j with ŷ = softmax(z).

    Parameters
    ----------
    z, Y : arrays (n, K)
        Each row of Y sums to 1.

    Returns
    -------
    float
    """
    return float(-np.sum(Y * _log_softmax(z)) / len(Y))


@_checked(distributions)
def softmax_cross_entropy_grad(z: ArrayLike, Y: ArrayLike) -> Array:
    """∂J/∂z = (ŷ - y) / n with ŷ = softmax(z), shape (n, K)."""
    return (softmax(z) - Y) / len(Y)


# ---- by name -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """A loss together with its gradient.

    The gradient of one's own is asked for the shape of the prediction at each call: nothing is
    broadcast.

    Attributes
    ----------
    name : str
    value : callable
        (y_hat or z, Y) -> J.
    gradient : callable
        (y_hat or z, Y) -> ∂J/∂(y_hat or z), shape (n, K).
    of : str
        "y_hat" or "z" (of the last layer): what value and gradient take.
    last : str, Activation or None
        The activation that the loss wants in the last layer. By the name of one of the book's, it
        is that very function which is wanted, not another that is called so.
    targets : callable or None
        Raises ValueError if Y does not suit the loss.

    Raises
    ------
    TypeError, ValueError
        If a part is of another kind.
    """

    name: str
    value: Callable = field(repr=False)
    gradient: Callable = field(repr=False)
    of: str = "y_hat"
    last: str | Activation | None = None
    targets: Callable | None = field(default=None, repr=False)

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise TypeError(f"name: expected a string, got {self.name!r}")
        for part in ("value", "gradient", "targets"):
            function = getattr(self, part)
            if not callable(function) and (part != "targets" or function is not None):
                raise TypeError(f"{part}: expected a function of (prediction, Y), got {function!r}")
        if self.of not in ("y_hat", "z"):
            raise ValueError(f"of: expected 'y_hat' or 'z', got {self.of!r}")
        if not isinstance(self.last, (str, Activation, type(None))):
            raise TypeError(f"last: expected an activation or its name, got {self.last!r}")


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("half_squared_error", half_squared_error, half_squared_error_grad),
        Loss("sum_of_squares", sum_of_squares, sum_of_squares_grad),
        Loss(
            "binary_cross_entropy",
            binary_cross_entropy_from_z,
            binary_cross_entropy_from_z_grad,
            of="z",
            last="sigmoid",
            targets=probabilities,
        ),
        Loss(
            "softmax_cross_entropy",
            softmax_cross_entropy,
            softmax_cross_entropy_grad,
            of="z",
            last="softmax",
            targets=distributions,
        ),
    )
}


def get(name_or_loss: str | Loss) -> Loss:
    """The Loss of this name; a Loss is returned as it is.

    Raises
    ------
    ValueError
        If no loss has this name.
    TypeError
        If it is neither a name nor a Loss.
    """
    if isinstance(name_or_loss, Loss):
        return name_or_loss
    if not isinstance(name_or_loss, str):
        examples = f"one of the names {', '.join(LOSSES)}, or losses.Loss(name, value, gradient)"
        raise TypeError(named("loss", name_or_loss, "a name or a Loss", examples))
    if name_or_loss not in LOSSES:
        raise ValueError(f"loss: expected one of {', '.join(LOSSES)}; got {name_or_loss!r}")
    return LOSSES[name_or_loss]
