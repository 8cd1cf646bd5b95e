"""Worlds of chapter 9: classification."""

import numpy as np
from eqworlds import World, world

from . import functions as f


@world
def two_losses(rng, draw):
    """A logistic unit with one sample, its cross-entropy J and its half squared error Q."""
    w = World("i")
    w.q("z", (-1) ** draw * rng.uniform(0.3, 2), "weighted sum")
    w.q("y", rng.uniform(0.1, 0.9), "target")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q(r"\hat{y}", lambda q: f.sigmoid(q("z")), "prediction")
    w.q(
        "J",
        lambda q: -np.log(q(r"\hat{y}") ** q("y") * (1 - q(r"\hat{y}")) ** (1 - q("y"))),
        "cost",
    )
    w.q("Q", lambda q: (q(r"\hat{y}") - q("y")) ** 2 / 2, "half squared error")
    return w


@world
def bce_net(rng, draw):
    """One sample through a 3-4-1 network of logistic units with cross-entropy."""
    w = World("ij")
    w.q("x", rng.normal(size=3), "inputs", shape="(d,)")
    w.q("y", rng.uniform(0.1, 0.9), "target")
    w.q(
        "w",
        {2: rng.normal(size=(3, 4)), 3: rng.normal(size=(4, 1))},
        "weights",
        shape="(d_{l-1}, d_l)",
    )
    w.q("b", {2: rng.normal(size=4), 3: rng.normal(size=1)}, "biases", shape="(d_l,)")
    below = {2: lambda q: q("x"), 3: lambda q: q("a", 2)}
    w.q(
        "z",
        lambda q, l: below[l](q) @ q("w", l) + q("b", l),
        "weighted sums",
        keys=(2, 3),
        shape="(d_l,)",
    )
    w.q("a", lambda q, l: f.sigmoid(q("z", l)), "outputs of a layer", keys=(2, 3), shape="(d_l,)")
    w.q(r"\hat{y}", lambda q: q("a", 3)[0], "prediction")
    w.q(
        "J",
        lambda q: -q("y") * np.log(q(r"\hat{y}")) - (1 - q("y")) * np.log(1 - q(r"\hat{y}")),
        "cost",
    )
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=(2, 3),
        shape="(d_l,)",
    )
    return w


@world
def softmax_sum(rng, draw):
    """Softmax over several classes: S is the sum of the exponentials, m the largest z; any targets."""
    w = World("ijk")
    K = 2 + draw
    w.q("K", K, "number of classes")
    w.q("z", rng.normal(size=K), "weighted sums of the last layer", shape="(K,)")
    w.q("y", rng.uniform(0.2, 1.5, size=K), "targets that need not sum to 1", shape="(K,)")
    w.q("m", lambda q: q("z")[np.argmax(np.real(q("z")))], "the largest weighted sum")
    w.q("S", lambda q: np.exp(q("z")).sum(), "sum of the exponentials")
    w.q(r"\hat{y}", lambda q: f.softmax(q("z")), "prediction", shape="(K,)")
    w.q("J", lambda q: -(q("y") * np.log(q(r"\hat{y}"))).sum(), "cost")
    return w


@world
def softmax_pair(rng, draw):
    """Softmax over two classes."""
    w = World("ijk")
    w.q("z", rng.normal(size=2), "weighted sums of the last layer", shape="(K,)")
    w.q(r"\hat{y}", lambda q: f.softmax(q("z")), "prediction", shape="(K,)")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w
