"""Worlds of chapter 13: real data."""

import numpy as np
from eqworlds import World, world


@world
def r_squared(rng, draw):
    """Targets and predictions of several samples, and their R²."""
    w = World("i")
    n = 5 + draw
    w.q("n", n, "number of samples")
    w.q("y", rng.normal(size=n) + 1, "targets", shape="(n,)")
    w.q(r"\hat{y}", rng.normal(size=n), "predictions", shape="(n,)")
    w.q(r"\bar{y}", lambda q: q("y").mean(), "mean target")
    w.q("v", lambda q: ((q("y") - q(r"\bar{y}")) ** 2).mean(), "variance of the targets")
    w.q("J", lambda q: ((q(r"\hat{y}") - q("y")) ** 2).mean() / 2, "cost")
    w.q(r"R^2", lambda q: 1 - 2 * q("J") / q("v"), "share of the variance that is predicted")
    return w


@world
def two_strengths(rng, draw):
    """The penalty of this book, and scikit-learn's, which is divided by the number of samples."""
    mix = rng.normal(size=(4, 4))
    w = World("i")
    n = 4 + draw
    w.q("n", n, "number of samples")
    w.q("w", rng.normal(size=4), "weights, one after another", shape="(m,)")
    w.q(r"\alpha", rng.uniform(0.5, 3), "strength of the penalty in scikit-learn")
    w.q(r"\beta", lambda q: q(r"\alpha") / n, "strength of the penalty")
    w.q("J", lambda q: np.sin(mix @ q("w")).sum(), "cost")
    w.q(r"\tilde{J}", lambda q: q("J") + q(r"\beta") / 2 * (q("w") ** 2).sum(), "cost with penalty")
    return w


@world
def shared(rng, draw):
    """Two units one after the other that share the weight w; one input, one target."""
    w = World("i")
    w.q("x", rng.uniform(0.5, 1.5), "input")
    w.q("w", rng.uniform(0.4, 1.2), "weight")
    w.q("y", rng.normal(), "target")
    steps = {
        1: lambda q: q("w") * q("x"),
        2: lambda q: np.tanh(q("u", 1)),
        3: lambda q: q("w") * q("u", 2),
    }
    w.q("u", lambda q, k: steps[k](q), "value of a node", keys=(1, 2, 3), written="_")
    w.q("J", lambda q: (q("u", 3) - q("y")) ** 2 / 2, "cost")
    return w
