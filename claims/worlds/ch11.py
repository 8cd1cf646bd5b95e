"""Worlds of chapter 11: batch normalisation in six steps, and with statistics held fixed."""

import numpy as np
from eqworlds import World, world


def steps(rng, epsilon):
    """x, mean, centred, variance, r, normalised, y, and a cost J that is any function of y."""
    n = 4 + int(rng.integers(1, 5))
    upstream = rng.normal(size=n)
    w = World("ijk")
    w.q("n", n, "number of samples")
    w.q("x", rng.normal(size=n) + 0.4, "input of the layer", shape="(n,)")
    w.q(r"\gamma", rng.uniform(0.5, 2), "scale")
    w.q(r"\beta", rng.normal(), "shift")
    w.q(r"\epsilon", epsilon, "small constant in the square root")
    w.q(r"\mu", lambda q: q("x").mean(), "mean over the batch")
    w.q("u", lambda q: q("x") - q(r"\mu"), "centred input", shape="(n,)")
    w.q("v", lambda q: (q("u") ** 2).mean(), "variance over the batch")
    w.q("r", lambda q: 1 / np.sqrt(q("v") + q(r"\epsilon")), "one by the root of the variance")
    w.q(r"\hat{x}", lambda q: q("u") * q("r"), "normalised input", shape="(n,)")
    w.q(
        "y",
        lambda q: q(r"\gamma") * q(r"\hat{x}") + q(r"\beta"),
        "output of the layer",
        shape="(n,)",
    )
    w.q("J", lambda q: (upstream * q("y") + q("y") ** 3 / 3).sum() / 10, "cost")
    w.q("g", lambda q: q.grad("J", "y"), "derivative of J by y", shape="(n,)")
    return w


@world
def batchnorm_steps(rng, draw):
    """One feature of several samples, normalised in six steps, scaled and shifted."""
    return steps(rng, rng.uniform(0.01, 0.1))


@world
def batchnorm_exact(rng, draw):
    """As batchnorm_steps, but nothing is added to the variance."""
    return steps(rng, 0.0)


@world
def running(rng, draw):
    """Five batches of four samples, the means and variances of each, and a fading average of them."""
    keep, batches = rng.uniform(0.3, 0.9), rng.normal(size=(5, 4)) + 0.5
    w = World("tk")
    w.q("m", keep, "how much of the old value is kept")
    w.q(r"\mu", {t: batches[t - 1].mean() for t in range(1, 6)}, "mean of batch t", written="_")
    start = rng.normal()
    w.q(
        "R",
        lambda q, t: keep * q("R", t - 1) + (1 - keep) * q(r"\mu", t) if t else start,
        "running mean after batch t",
        keys=range(6),
        written="_",
    )
    return w


@world
def affine(rng, draw):
    """Several neurons before and three behind; normalisation with fixed numbers is one more affine map."""
    d = 3 + draw
    w = World("ij")
    w.q("a", rng.normal(size=d), "outputs of the layer before", shape="(d,)")
    w.q("w", rng.normal(size=(d, 3)), "weights", shape="(d, 3)")
    w.q(r"\gamma", rng.normal(size=3), "scale", shape="(3,)")
    w.q(r"\beta", rng.normal(size=3), "shift", shape="(3,)")
    w.q(r"\mu", rng.normal(size=3), "mean of the training set", shape="(3,)")
    w.q("v", rng.uniform(0.5, 2, size=3), "variance of the training set", shape="(3,)")
    w.q(r"\epsilon", rng.uniform(0.01, 0.1), "small constant in the square root")
    w.q(
        "y",
        lambda q: (
            q(r"\gamma") * (q("a") @ q("w") - q(r"\mu")) / np.sqrt(q("v") + q(r"\epsilon"))
            + q(r"\beta")
        ),
        "output of the layer",
        shape="(3,)",
    )
    return w
