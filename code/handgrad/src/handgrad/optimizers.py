"""Optimisers: from a parameter vector and its gradient to the next parameter vector.

=========  ==========================================  ===========  ====================
symbol     meaning                                     shape        in code
=========  ==========================================  ===========  ====================
v          all parameters in one vector                (m,)         ``v``
∂J/∂v      its gradient                                (m,)         ``dv``
η          learning rate                               number       ``learning_rate``
u          velocity: the last step (momentum)          (m,)         ``u``
p, q       running means of ∂J/∂v and its square       (m,)         ``p``, ``q``
t          number of the step, from 1                  int          ``t``
=========  ==========================================  ===========  ====================

An optimiser holds settings only. What it must remember is its state, which `step` takes and
returns: ``state = optimizer.start(v)``, then ``v, state = optimizer.step(v, dv, state)``.
"""

from dataclasses import dataclass

import numpy as np

from handgrad._arrays import as_count, as_floats, as_number


@dataclass(frozen=True)
class GradientDescent:
    """v - η ∂J/∂v."""

    learning_rate: float

    def __post_init__(self):
        as_number("learning_rate", self.learning_rate, above=0)

    def start(self, v):
        """Nothing to remember: None."""
        return None

    def step(self, v, dv, state=None):
        """(v, state) after one step."""
        return v - self.learning_rate * dv, None


@dataclass(frozen=True)
class Momentum:
    """u ← μ u - η ∂J/∂v, then v + u: a part μ (`momentum`) of the last step is kept."""

    learning_rate: float
    momentum: float = 0.9

    def __post_init__(self):
        as_number("learning_rate", self.learning_rate, above=0)
        as_number("momentum", self.momentum, low=0, high=1)

    def start(self, v):
        """The velocity u = 0."""
        return np.zeros_like(v)

    def step(self, v, dv, state):
        """(v, state) after one step."""
        u = self.momentum * state - self.learning_rate * dv
        return v + u, u


@dataclass(frozen=True)
class Adam:
    """v - η p̂ / (sqrt(q̂) + ε), with p̂ and q̂ the running means freed of their start at 0.

    p ← β1 p + (1 - β1) ∂J/∂v,  q ← β2 q + (1 - β2) (∂J/∂v)²,  p̂ = p / (1 - β1^t),
    q̂ = q / (1 - β2^t) (Kingma and Ba 2015, algorithm 1, who write m and v for p and q).
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self):
        as_number("learning_rate", self.learning_rate, above=0)
        for name in ("beta1", "beta2"):
            if as_number(name, getattr(self, name), low=0) >= 1:
                raise ValueError(f"{name}: expected a number < 1, got {getattr(self, name)}")
        as_number("epsilon", self.epsilon, low=0)

    def start(self, v):
        """(p, q, t) = (0, 0, 0)."""
        return np.zeros_like(v), np.zeros_like(v), 0

    def step(self, v, dv, state):
        """(v, state) after one step."""
        p, q, t = state
        t = t + 1
        p = self.beta1 * p + (1.0 - self.beta1) * dv
        q = self.beta2 * q + (1.0 - self.beta2) * dv**2
        p_hat = p / (1.0 - self.beta1**t)
        q_hat = q / (1.0 - self.beta2**t)
        return v - self.learning_rate * p_hat / (np.sqrt(q_hat) + self.epsilon), (p, q, t)


def lbfgs(f_and_grad, v0, max_iterations=100):
    """Minimise with L-BFGS, which learns the curvature from its last steps (scipy's L-BFGS-B).

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
    """
    from scipy.optimize import minimize  # a quarter of a second that only this function needs

    v0 = as_floats("v0", v0, ("m",)).copy()
    max_iterations = as_count("max_iterations", max_iterations, low=1)
    history = [float(f_and_grad(v0)[0])]

    def record(intermediate_result):
        history.append(float(intermediate_result.fun))

    with np.errstate(over="ignore", invalid="ignore"):  # a trial step too long is taken back
        result = minimize(
            f_and_grad,
            v0,
            jac=True,
            method="L-BFGS-B",
            callback=record,
            options={"maxiter": max_iterations, "maxfun": 20 * max_iterations},
        )
    return result.x, np.array(history)
