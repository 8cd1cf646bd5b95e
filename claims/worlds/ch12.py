"""Worlds of chapter 12: regularisation and optimisers."""

import numpy as np
from eqworlds import World, world

from . import functions as f
from .common import SIZES, network


@world
def penalised(rng, draw):
    """A cost J of weights and biases, with penalties on the weights added to it."""
    mix, rate, strength = rng.normal(size=(4, 6)), *rng.uniform(0.03, 0.5, size=2)
    w = World("ij")
    w.q("w", rng.normal(size=4), "weights, one after another", shape="(m,)")
    w.q("b", rng.normal(size=2), "biases", shape="(m,)")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\beta", strength, "strength of the penalty")
    w.q("J", lambda q: np.sin(mix @ np.concatenate([q("w"), q("b")])).sum(), "cost")
    w.q("R", lambda q: (q("w") ** 2).sum() / 2, "half the squared length of all weights")
    w.q("r", lambda q: np.sqrt((q("w") ** 2).sum()), "length of all weights")
    w.q(r"\tilde{J}", lambda q: q("J") + strength * q("R"), "cost with penalty")
    w.q(
        "N", lambda q: q("J") + strength / 2 * q("r"), "cost with the length in place of its square"
    )
    w.step("w", lambda q: q("w") - rate * q.grad(r"\tilde{J}", "w"))
    return w


@world
def penalised_net(rng, draw):
    """Six samples or more through several layers and a penalty on the weights."""
    w, strength = network(rng, 5 + draw, SIZES[draw]), rng.uniform(0.1, 0.6)
    w.q(r"\beta", strength, "strength of the penalty")
    w.q(
        r"\tilde{J}",
        lambda q: (
            q("J")
            + strength / 2 * sum((q("W", l) ** 2).sum() for l in range(2, len(SIZES[draw]) + 1))
        ),
        "cost with penalty",
    )
    return w


@world
def shrunk(rng, draw):
    """A parabola with its minimum at w_*, and a penalty that pulls the minimum to 0."""
    curvature, strength = rng.uniform(0.5, 3), rng.uniform(0.2, 1)
    best = (-1) ** draw * rng.uniform(0.5, 2)
    w = World("i")
    w.q("w", rng.normal(), "weight")
    w.q(r"w_\ast", best, "best weight without the penalty")
    w.q(r"w_\beta", curvature * best / (curvature + strength), "best weight with the penalty")
    w.q(r"\lambda", curvature, "second derivative of the cost without penalty")
    w.q(r"\beta", strength, "strength of the penalty")
    w.q("J", lambda q: curvature / 2 * (q("w") - best) ** 2, "cost")
    w.q(r"\tilde{J}", lambda q: q("J") + strength / 2 * q("w") ** 2, "cost with penalty")
    return w


@world
def secant(rng, draw):
    """A parabola seen at two weights: derivatives g_0 and g_1."""
    curvature, best = rng.uniform(0.5, 3), rng.normal()
    w = World("t")
    w.q(r"\lambda", curvature, "second derivative of the cost")
    w.q(r"w_\ast", best, "best weight")
    w.q("w", lambda q, t: start[t], "weight after step t", keys=(0, 1), written="_")
    w.q(
        "g",
        lambda q, t: curvature * (q("w", t) - best),
        "derivative of the cost at w_t",
        keys=(0, 1),
        written="_",
    )
    start = rng.normal(size=2)
    return w


@world
def velocity(rng, draw):
    """Four steps of momentum: the velocity m as a sum over all gradients so far."""
    keep = rng.uniform(0.5, 0.9)
    w = World("tk")
    w.q(r"\mu", keep, "momentum")
    w.q("g", lambda q, t: pull[t], "gradient at step t", keys=range(1, 5), written="_")
    w.q(
        "m",
        lambda q, t: keep * q("m", t - 1) + q("g", t) if t else 0.0,
        "velocity",
        keys=range(5),
        written="_",
    )
    pull = rng.normal(size=5)
    return w


@world
def steady(rng, draw):
    """Four steps of momentum while the gradient g stays the same and is positive."""
    keep, pull = rng.uniform(0.5, 0.9), rng.uniform(0.5, 2)
    w = World("tk")
    w.q(r"\mu", keep, "momentum")
    w.q("g", pull, "a gradient that stays the same")
    w.q(
        "m",
        lambda q, t: keep * q("m", t - 1) + pull if t else 0.0,
        "velocity",
        keys=range(5),
        written="_",
    )
    return w


@world
def rmsprop(rng, draw):
    """Three steps of RMSProp, t = 1, 2, 3: the mean square v and the weight w."""
    rate, keep, eps = rng.uniform(0.02, 0.2), rng.uniform(0.7, 0.95), rng.uniform(1e-3, 1e-2)
    pull, start = rng.uniform(0.5, 1.5), (-1) ** draw * rng.uniform(0.3, 2)
    w = World("t")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\beta_2", keep, "part of the mean square that is kept")
    w.q(r"\epsilon", eps, "small constant in the denominator")
    w.q(
        "g",
        lambda q, t: pull * np.sin(q("w", t - 1)),
        "gradient at step t",
        keys=range(1, 4),
        written="_",
    )
    w.q(
        "v",
        lambda q, t: keep * q("v", t - 1) + (1 - keep) * q("g", t) ** 2 if t else 0,
        "mean of the squared gradients",
        keys=range(4),
        written="_",
    )
    w.q(
        "w",
        lambda q, t: q("w", t - 1) - rate * q("g", t) / (np.sqrt(q("v", t)) + eps) if t else start,
        "weight",
        keys=range(4),
        written="_",
    )
    return w


@world
def dropout(rng, draw):
    """Four hidden neurons, each with the factor 0 or 1 / (1 - p), and a cost of their outputs."""
    share, bend = rng.uniform(0.1, 0.5), 0.21
    kept = np.array([1.0, 0.0, 1.0, 1.0]) if draw % 2 else np.array([0.0, 1.0, 1.0, 0.0])
    mix = rng.normal(size=(3, 4))
    s = f.generic(bend)
    w = World("j")
    w.q("p", share, "share that is left out")
    w.q("c", kept / (1 - share), "factors", shape="(d,)")
    w.q("z", rng.normal(size=4), "weighted sums", shape="(d,)")
    w.function("s", s, "activation")
    w.q("a", lambda q: q("c") * s(q("z")), "outputs of the hidden layer", shape="(d,)")
    w.q("J", lambda q: np.sin(mix @ q("a")).sum(), "cost")
    return w
