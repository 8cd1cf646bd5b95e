"""Worlds of chapter 8: many samples."""

import numpy as np
from eqworlds import World, world

from . import functions as f
from .common import network


def _linear_output(layer):
    return f.sigmoid if layer == 2 else (lambda z: z)


@world(draws=1, generic="net122")
def ex122(rng, draw):
    """The worked example 1-2-2 with two samples and all weights and biases 0.1; linear outputs."""
    tenth = {
        ("W", 2): np.full((1, 2), 0.1),
        ("b", 2): np.full((1, 2), 0.1),
        ("W", 3): np.full((2, 2), 0.1),
        ("b", 3): np.full((1, 2), 0.1),
    }
    samples = {"rate": 0.5, "x": np.array([[1.0], [2.0]]), "y": np.array([[3.0, 4.0], [6.0, 5.0]])}
    w = network(rng, 2, (1, 2, 2), act=_linear_output, values=tenth | samples)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def net122(rng, draw):
    """The same network 1-2-2 with random numbers."""
    w = network(rng, 2, (1, 2, 2), act=_linear_output)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def quiz222(rng, draw):
    """A network 2-2-2 with three samples or more, logistic hidden units and linear outputs."""
    w = network(rng, 2 + draw, (2, 2, 2), act=_linear_output)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def sum_and_mean(rng, draw):
    """A cost that is the mean of the losses of n samples, and one, S, that is their sum."""
    n = 4 + draw
    points, targets = rng.normal(size=n), rng.normal(size=n)
    w = World("k")
    w.q("n", n, "number of samples")
    w.q("w", rng.normal(), "weight")
    w.q(
        r"\ell",
        lambda q: (np.tanh(q("w") * points) - targets) ** 2 / 2,
        "loss of one sample",
        shape="(n,)",
    )
    w.q("J", lambda q: q(r"\ell").mean(), "cost")
    w.q("S", lambda q: q(r"\ell").sum(), "sum of the losses")
    return w
