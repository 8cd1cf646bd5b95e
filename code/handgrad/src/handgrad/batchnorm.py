"""Batch normalisation: forward in six steps, backward along three paths.

=========  =============================================  ===========  ===============
symbol     meaning                                        shape        in code
=========  =============================================  ===========  ===============
x          what is normalised, a column for each feature  (n, d)       ``x``
μ          mean over the batch                            (d,)         ``mean``
v          variance over the batch, divided by n          (d,)         ``var``
ε          keeps the root away from 0                     number       ``epsilon``
r          1 / sqrt(v + ε)                                (d,)         ``r``
x̂          (x - μ) r                                      (n, d)       ``x_hat``
γ, β       scale and shift, learned                       (d,)         ``gamma``, ``beta``
y          γ x̂ + β                                        (n, d)       ``y``
∂J/∂x      the gradient of x, and so for every name       as x         ``dx``
=========  =============================================  ===========  ===============

An x of float32 is computed with in float32, and all else becomes what x is; else it is float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handgrad._arrays import as_count, as_dtype, as_floats, as_number, named
from handgrad._types import Array, ArrayLike, DTypeLike


@dataclass(frozen=True, eq=False)
class Cache:
    """What forward computed and backward needs."""

    centred: np.ndarray
    r: np.ndarray
    x_hat: np.ndarray
    gamma: np.ndarray
    mean: np.ndarray
    var: np.ndarray


def forward(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, epsilon: float = 1e-5
) -> tuple[Array, Cache]:
    """Normalise each column of the batch, then scale and shift it.

    Parameters
    ----------
    x : array (n, d)
    gamma, beta : arrays (d,)
    epsilon : float

    Returns
    -------
    y : array (n, d)
    cache : Cache

    Raises
    ------
    TypeError, ValueError
        If a shape does not fit, the batch is empty, or an entry is not finite.
    """
    x, gamma, beta, epsilon = _checked(x, gamma, beta, epsilon)
    mean = x.mean(axis=0)
    centred = x - mean
    var = (centred**2).mean(axis=0)
    r = 1.0 / np.sqrt(var + epsilon)
    x_hat = centred * r
    y = gamma * x_hat + beta
    return y, Cache(centred, r, x_hat, gamma, mean, var)


def backward(dy: ArrayLike, cache: Cache) -> tuple[Array, Array, Array]:
    """The gradients along the three paths from x to y: through x itself, the variance, the mean.

    Parameters
    ----------
    dy : array (n, d)
        ∂J/∂y.
    cache : Cache
        From `forward`.

    Returns
    -------
    dx : array (n, d)
    dgamma, dbeta : arrays (d,)

    Raises
    ------
    ValueError
        If dy is not shaped like y.
    """
    dy = _upstream(dy, cache)
    n = len(dy)
    dgamma = (dy * cache.x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dx_hat = dy * cache.gamma
    dvar = (dx_hat * cache.centred).sum(axis=0) * -0.5 * cache.r**3
    # The mean also moves the variance; that sum is 0, but it is part of the path.
    dmean = (dx_hat * -cache.r).sum(axis=0) + dvar * (-2.0 * cache.centred).mean(axis=0)
    dx = dx_hat * cache.r + dvar * 2.0 * cache.centred / n + dmean / n
    return dx, dgamma, dbeta


def backward_fused(dy: ArrayLike, cache: Cache) -> tuple[Array, Array, Array]:
    """The same three gradients with the paths summed on paper.

    ∂J/∂x = γ r / n · (n ∂J/∂y - Σ ∂J/∂y - x̂ Σ ∂J/∂y x̂), sums over the batch.

    Parameters and results are those of `backward`.
    """
    dy = _upstream(dy, cache)
    n = len(dy)
    dgamma = (dy * cache.x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dx = cache.gamma * cache.r / n * (n * dy - dbeta - cache.x_hat * dgamma)
    return dx, dgamma, dbeta


def infer(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    mean: ArrayLike,
    var: ArrayLike,
    epsilon: float = 1e-5,
) -> Array:
    """Normalise with statistics fixed beforehand, so that a sample does not depend on its batch.

    Parameters
    ----------
    x : array (n, d)
    gamma, beta, mean, var : arrays (d,)
    epsilon : float

    Returns
    -------
    array (n, d)

    Raises
    ------
    TypeError, ValueError
        If a shape does not fit, an entry is not finite, or a variance is negative.
    """
    x, gamma, beta, epsilon = _checked(x, gamma, beta, epsilon)
    d = (x.shape[1],)
    mean, var = (as_floats(name, s, d, x.dtype) for name, s in (("mean", mean), ("var", var)))
    if var.min() < 0:
        raise ValueError(f"var: expected variances >= 0, got {var.min()}")
    return gamma * (x - mean) / np.sqrt(var + epsilon) + beta


def statistics(x: ArrayLike) -> tuple[Array, Array]:
    """Mean and variance (divided by n) of each column: the statistics of a whole training set.

    Parameters
    ----------
    x : array (n, d)

    Returns
    -------
    mean, var : arrays (d,)
    """
    x = as_floats("x", x, ("n", "d"), dtype=None)
    return x.mean(axis=0), x.var(axis=0)


@dataclass(frozen=True, eq=False)
class RunningStatistics:
    """Means of batch statistics in which older batches fade, for `infer`.

    ``running = RunningStatistics.start(d)``, then ``running = running.update(x)`` for each batch.

    Attributes
    ----------
    mean, var : arrays (d,)
        Weighted means of what the batches had; var of the unbiased variance, divided by n - 1.
    momentum : float
        How much of the old value an update keeps.
    """

    mean: np.ndarray
    var: np.ndarray
    momentum: float = 0.9

    @classmethod
    def start(
        cls, d: int, momentum: float = 0.9, dtype: DTypeLike = "float64"
    ) -> RunningStatistics:
        """Mean 0 and variance 1 for d columns."""
        d, dtype = as_count("d", d, low=1), as_dtype(dtype)
        momentum = as_number("momentum", momentum, low=0, high=1)
        return cls(np.zeros(d, dtype), np.ones(d, dtype), momentum)

    def update(self, x: ArrayLike) -> RunningStatistics:
        """New statistics with the batch x (n, d) taken in; n must be at least 2."""
        x = as_floats("x", x, ("n", len(self.mean)), self.mean.dtype)
        if len(x) < 2:
            raise ValueError("x: expected at least 2 samples for an unbiased variance, got 1")
        keep, take = self.momentum, 1.0 - self.momentum
        return RunningStatistics(
            keep * self.mean + take * x.mean(axis=0),
            keep * self.var + take * x.var(axis=0, ddof=1),
            self.momentum,
        )


def _checked(x, gamma, beta, epsilon):
    x = as_floats("x", x, ("n", "d"), dtype=None)
    d = (x.shape[1],)
    gamma, beta = as_floats("gamma", gamma, d, x.dtype), as_floats("beta", beta, d, x.dtype)
    return x, gamma, beta, as_number("epsilon", epsilon, above=0)


def _upstream(dy, cache):
    if not isinstance(cache, Cache):
        raise TypeError(named("cache", cache, "a Cache", "the one that batchnorm.forward returned"))
    return as_floats("dy", dy, cache.x_hat.shape, cache.x_hat.dtype)
