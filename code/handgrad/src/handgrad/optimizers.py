"""Optimisers: from a parameter vector and its gradient to the next parameter vector.

=========  ==========================================  ===========  ====================
symbol     meaning                                     shape        in code
=========  ==========================================  ===========  ====================
v          all parameters in one vector                (m,)         ``v``
∂J/∂v      its gradient                                (m,)         ``dv``
η          learning rate                               number       ``learning_rate``
u          velocity: the last step (momentum)          (m,)         ``u``
p, q       running means of ∂J/∂v and its square       (m,)         ``p``, ``q``
t          number of the update, from 1                int          ``t``
=========  ==========================================  ===========  ====================

An optimiser holds settings only. What it must remember is its state, which `step` takes and
returns: ``state = optimizer.start(v)``, then ``v, state = optimizer.step(v, dv, state)``. The state
counts the updates, so that the learning rate may be a schedule t -> η_t (`handgrad.schedules`).
A v of float32 stays float32, and so does the state.

One's own optimiser is any object with ``start`` and ``step``; `training.train` sees that every step
returns a vector shaped like v.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from handgrad._arrays import as_count, as_floats, as_function, as_number, as_rate, as_reals, rate
from handgrad._extras import need
from handgrad._types import Array, ArrayLike


@dataclass(frozen=True)
class GradientDescent:
    """v - η ∂J/∂v."""

    learning_rate: float | Callable

    def __post_init__(self):
        _settle(self, learning_rate=as_rate(self.learning_rate))

    def start(self, v):
        """t = 0."""
        return 0

    def step(self, v, dv, state=0):
        """(v, state) after one step."""
        v, dv = _pair(v, dv)
        t = state + 1
        return v - rate(self.learning_rate, t) * dv, t


@dataclass(frozen=True)
class Momentum:
    """u ← μ u - η ∂J/∂v, then v + u: a part μ (`momentum`) of the last step is kept.

    With `nesterov` the gradient is used as if it were that of the place where the velocity leads:
    v + μ u - η ∂J/∂v with the new u (Sutskever et al. 2013, in the form of Bengio et al. 2013,
    which PyTorch and scikit-learn compute too).
    """

    learning_rate: float | Callable
    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self):
        momentum = as_number("momentum", self.momentum, low=0, high=1)
        _settle(self, learning_rate=as_rate(self.learning_rate), momentum=momentum)
        if not isinstance(self.nesterov, bool):
            raise TypeError(f"nesterov: expected True or False, got {self.nesterov!r}")

    def start(self, v):
        """(u, t) = (0, 0)."""
        return np.zeros_like(v), 0

    def step(self, v, dv, state):
        """(v, state) after one step."""
        v, dv, u, t = _all(v, dv, state)
        eta = rate(self.learning_rate, t)
        u = self.momentum * u - eta * dv
        if self.nesterov:
            return v + self.momentum * u - eta * dv, (u, t)
        return v + u, (u, t)


@dataclass(frozen=True)
class RMSProp:
    """q ← ρ q + (1 - ρ) (∂J/∂v)², then v - η ∂J/∂v / (sqrt(q) + ε).

    q starts at 0 and is not freed of it; ε stands outside the root (as in PyTorch). From Tieleman
    and Hinton's lecture 6.5 of 2012.
    """

    learning_rate: float | Callable = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self):
        _settle(
            self,
            learning_rate=as_rate(self.learning_rate),
            rho=_below_one("rho", self.rho),
            epsilon=as_number("epsilon", self.epsilon, above=0),
        )

    def start(self, v):
        """(q, t) = (0, 0)."""
        return np.zeros_like(v), 0

    def step(self, v, dv, state):
        """(v, state) after one step."""
        v, dv, q, t = _all(v, dv, state)
        q = self.rho * q + (1.0 - self.rho) * dv**2
        return v - rate(self.learning_rate, t) * dv / (np.sqrt(q) + self.epsilon), (q, t)


@dataclass(frozen=True)
class Adam:
    """v - η p̂ / (sqrt(q̂) + ε), with p̂ and q̂ the running means freed of their start at 0.

    p ← β1 p + (1 - β1) ∂J/∂v,  q ← β2 q + (1 - β2) (∂J/∂v)²,  p̂ = p / (1 - β1^t),
    q̂ = q / (1 - β2^t) (Kingma and Ba 2015, algorithm 1, who write m and v for p and q).
    """

    learning_rate: float | Callable = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self):
        _settle(
            self,
            learning_rate=as_rate(self.learning_rate),
            beta1=_below_one("beta1", self.beta1),
            beta2=_below_one("beta2", self.beta2),
            epsilon=as_number("epsilon", self.epsilon, low=0),
        )

    def start(self, v):
        """(p, q, t) = (0, 0, 0)."""
        return np.zeros_like(v), np.zeros_like(v), 0

    def step(self, v, dv, state):
        """(v, state) after one step."""
        v, dv, p, q, t = _all(v, dv, state)
        p = self.beta1 * p + (1.0 - self.beta1) * dv
        q = self.beta2 * q + (1.0 - self.beta2) * dv**2
        p_hat = p / (1.0 - self.beta1**t)
        q_hat = q / (1.0 - self.beta2**t)
        eta = rate(self.learning_rate, t)
        return v - eta * p_hat / (np.sqrt(q_hat) + self.epsilon), (p, q, t)


# ---- settings and shapes -------------------------------------------------------------


def _below_one(name, value):
    number = as_number(name, value, low=0)
    if number >= 1:
        raise ValueError(f"{name}: expected a number < 1, got {value}")
    return number


def _settle(optimizer, **settings):
    """Plain numbers for the settings: a numpy number of float64 would make float64 of float32."""
    for name, value in settings.items():
        object.__setattr__(optimizer, name, value)


def _pair(v, dv):
    """v and dv as arrays of one shape. Whether they are finite is for the loop to say."""
    v, dv = as_reals("v", v), as_reals("dv", dv)
    if v.shape != dv.shape:
        raise ValueError(f"dv: expected the shape {v.shape} of v, got {dv.shape}")
    return v, dv


def _all(v, dv, state):
    """v, dv, the vectors of the state, and the number t of this update."""
    v, dv = _pair(v, dv)
    if not isinstance(state, tuple) or any(np.shape(u) != v.shape for u in state[:-1]):
        raise ValueError(
            f"state: expected what start(v) or the last step gave for a v of shape {v.shape}, "
            f"got {'another one' if isinstance(state, tuple) else repr(state)}"
        )
    return v, dv, *state[:-1], state[-1] + 1


def lbfgs(
    f_and_grad: Callable[[Array], tuple[float, Array]], v0: ArrayLike, max_iterations: int = 100
) -> tuple[Array, Array]:
    """Minimise with L-BFGS, which learns the curvature from its last steps (scipy's L-BFGS-B).

    scipy computes in float64; v is given back in the type of v0.

    Parameters
    ----------
    f_and_grad : callable
        v (m,) -> (J, ∂J/∂v (m,)), as `training.objective` makes it.
    v0 : array (m,)
    max_iterations : int

    Returns
    -------
    v : array (m,)
    history : array (iterations + 1,)
        J at the start and after each iteration.

    Raises
    ------
    ValueError
        If J is not finite at v0, or the gradient is not shaped like v.
    ArithmeticError
        If J is not finite where the search ends.

    Warns
    -----
    RuntimeWarning
        If the search gives up before it has converged and before max_iterations; v is then the best
        place that it has found.
    """
    minimize = need("scipy", "scipy.optimize").minimize

    f_and_grad = as_function("f_and_grad", f_and_grad)
    v0 = as_floats("v0", v0, ("m",), dtype=None).copy()
    max_iterations = as_count("max_iterations", max_iterations, low=1)

    def asked(v):
        J, dv = f_and_grad(v.astype(v0.dtype, copy=False))
        if np.shape(dv) != v0.shape:
            raise ValueError(f"f_and_grad: expected a gradient {v0.shape}, got {np.shape(dv)}")
        return float(J), np.asarray(dv, dtype=np.float64)

    history = [asked(v0)[0]]
    if not np.isfinite(history[0]):
        raise ValueError(f"f_and_grad: expected a finite J at v0, got {history[0]}")

    def record(intermediate_result):
        history.append(float(intermediate_result.fun))

    with np.errstate(over="ignore", invalid="ignore"):  # a trial step too long is taken back
        result = minimize(
            asked,
            v0,
            jac=True,
            method="L-BFGS-B",
            callback=record,
            options={"maxiter": max_iterations, "maxfun": 20 * max_iterations},
        )
    if not np.isfinite(result.fun):
        raise ArithmeticError(f"lbfgs: expected a finite J at the end, got {result.fun}")
    if not result.success and result.status != 1:  # 1: as many iterations as were allowed
        warnings.warn(
            f"lbfgs: expected to converge, stopped after {result.nit} iterations at "
            f"J = {result.fun:.6g}: {result.message}",
            RuntimeWarning,
            stacklevel=2,
        )
    return result.x.astype(v0.dtype, copy=False), np.array(history)
