"""Worlds of chapter 4: chains of single neurons, layers counted from 1 (the input) to L."""

import numpy as np
from eqworlds import World, world

from . import functions as f


def _chain(x, y, weights, rate, act=None):
    """A chain; weights are those into layers 2, 3, …; act None means a^l = z^l."""
    weights = dict(enumerate(weights, 2))
    last = max(weights)
    w = World("kl")
    w.q("L", last, "number of layers")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q(r"\eta", rate, "learning rate")
    w.q("w", weights, "weight into layer l")
    w.q("z", lambda q, l: q("a", l - 1) * q("w", l), "weighted sum of layer l", keys=weights)
    if act:
        w.function("s", act, "activation")
        w.q(
            "a",
            lambda q, l: q("x") if l == 1 else act(q("z", l)),
            "output of layer l",
            keys=range(1, last + 1),
        )
    else:
        w.q(
            "a",
            lambda q, l: q("x") if l == 1 else q("z", l),
            "output of layer l",
            keys=range(1, last + 1),
        )
    w.q(r"\hat{y}", lambda q: q("a", last), "prediction")
    w.q("J", lambda q: (q(r"\hat{y}") - q("y")) ** 2 / 2, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivative of J by z^l", keys=weights)
    w.step("w", lambda q, l: q("w", l) - rate * q.grad("J", "w", l))
    return w


@world
def chain_of_weights(rng, draw):
    """Five layers of one neuron, no activation function, random numbers."""
    return _chain(rng.normal(), rng.normal(), rng.normal(size=4) + 0.5, rng.uniform(0.03, 0.2))


@world(draws=1, generic="chain_of_weights")
def chain_example(rng, draw):
    """The chain with x = 2, y = 1 and weights 0.8, 0.6, 0.1, 0.5."""
    return _chain(2.0, 1.0, [0.8, 0.6, 0.1, 0.5], 0.1)


@world
def chain_two(rng, draw):
    """A chain with one hidden neuron: two weights."""
    return _chain(rng.normal(), rng.normal(), rng.normal(size=2) + 0.5, rng.uniform(0.03, 0.2))


@world
def chain_solved(rng, draw):
    """Five layers of one neuron whose prediction is the target."""
    x, weights = rng.normal(), rng.uniform(0.4, 1.6, size=4)
    w = _chain(x, x * np.prod(weights), weights, rng.uniform(0.03, 0.2))
    w.q(
        r"\lambda_{\max}",
        lambda q: _trace(q, weights),
        "only eigenvalue of the Hessian that is not zero",
    )
    w.q(r"\eta_{\max}", lambda q: 2 / q(r"\lambda_{\max}"), "largest learning rate")
    return w


def _trace(q, weights):
    """Sum of the second derivatives of J; of a matrix of rank one, the eigenvalue that is not zero."""
    return sum(
        q.derivative(lambda env, l=l: env.grad("J", "w", l), "w", l, ())
        for l, _ in enumerate(weights, 2)
    )


@world
def chain_long(rng, draw):
    """A chain of seven layers or more."""
    return _chain(
        rng.normal(), rng.normal(), rng.normal(size=5 + draw) + 0.5, rng.uniform(0.03, 0.2)
    )


@world
def chain_activated(rng, draw):
    """Five layers of one neuron with one activation function throughout."""
    return _chain(
        rng.normal(),
        rng.normal(),
        rng.normal(size=4) + 0.5,
        rng.uniform(0.03, 0.2),
        act=f.generic(0.21),
    )
