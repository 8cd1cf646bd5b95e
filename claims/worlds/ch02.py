"""Worlds of chapter 2: the perceptron."""

import numpy as np
from eqworlds import World, world

from . import functions as f


def _unit(rng, draw, squash):
    """A unit with two or three inputs; its weighted sum and its bias take both signs, independently."""
    d = 2 + draw % 2
    x, weights = rng.normal(size=d), rng.normal(size=d)
    total = (-1) ** draw * rng.uniform(0.2, 1.5)
    bias = (-1) ** (draw // 2) * rng.uniform(0.3, 1)
    weights *= (total - bias) / (weights @ x)
    w = World("ij")
    w.q("d", d, "number of inputs")
    w.q("x", x, "inputs", shape="(d,)")
    w.q("w", weights, "weights", shape="(d,)")
    w.q("b", bias, "bias", free=True)
    w.q("T", lambda q: -q("b"), "threshold")
    w.q(r"\eta", rng.uniform(0.1, 0.9), "learning rate")
    w.q("z", lambda q: (q("w") * q("x")).sum() + q("b"), "weighted sum")
    w.q(r"\hat{y}", lambda q: squash(q("z")), "output")
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.function(r"\operatorname{sgn}", f.sign, "sign, 1 at 0")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world(draws=4)
def unit(rng, draw):
    """A perceptron with two or three inputs and outputs 0 and 1; its target is right in half of the draws."""
    w = _unit(rng, draw, f.step)
    w.q("y", int(draw < 3), "target, 0 or 1")
    return w


def _wrong_unit(rng, draw):
    w = _unit(rng, draw, f.step)
    w.q("y", lambda q: 1 - q(r"\hat{y}"), "target, 0 or 1: the unit is wrong")
    w.q("r", lambda q: q("y") - q(r"\hat{y}"), "error")
    return w


@world(draws=4)
def unit_error(rng, draw):
    """A perceptron that is wrong, before its correction."""
    return _wrong_unit(rng, draw)


@world(draws=4)
def unit_update(rng, draw):
    """A perceptron that is wrong, and its correction: the sample is added or taken away."""
    w = _wrong_unit(rng, draw)
    turn = lambda q: np.where(np.real(q("y")) == 1, q(r"\eta"), -q(r"\eta"))
    w.step("w", lambda q: q("w") + turn(q) * q("x"))
    w.step("b", lambda q: q("b") + turn(q))
    return w


@world(draws=4)
def logistic_unit(rng, draw):
    """A logistic unit with two or three inputs."""
    return _unit(rng, draw, f.sigmoid)


@world(draws=4)
def step(rng, draw):
    """A weighted sum of either sign, the step and the smooth functions that replace it."""
    w = World("i")
    w.q("z", (-1) ** draw * rng.uniform(0.3, 2), "weighted sum", free=True)
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.function(r"\operatorname{sgn}", f.sign, "sign, 1 at 0")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


def _gate(weights, bias):
    w = World("i")
    w.q("w", weights, "weights", shape="(d,)")
    w.q("b", bias, "bias")
    return w


@world(draws=16)
def gate_and(rng, draw):
    """Weights and a bias that compute AND: drawn until the four corners come out right."""
    return _gate(*_drawn(rng, [0, 0, 0, 1]))


@world(draws=16)
def gate_or(rng, draw):
    """Weights and a bias that compute OR."""
    return _gate(*_drawn(rng, [0, 1, 1, 1]))


def _drawn(rng, wanted):
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    while True:
        weights, bias = rng.uniform(-2, 2, size=2), rng.uniform(-2, 2)
        if np.array_equal(corners @ weights + bias >= 0, np.array(wanted, bool)):
            return weights, bias


@world(draws=16)
def gate_not(rng, draw):
    """One weight and a bias that compute NOT."""
    bias = rng.uniform(0.1, 3)
    return _gate([-bias - rng.uniform(0.2, 1)], bias)


@world
def unit2(rng, draw):
    """Two weights and a bias, any numbers."""
    return _gate(rng.normal(size=2), rng.normal())


@world(draws=24)
def margin(rng, draw):
    """Samples v on the right side of u, one of them misjudged by w."""
    u = rng.normal(size=3)
    u /= np.linalg.norm(u)
    samples = rng.normal(size=(6, 3)) * (0.2, 1, 8, 1)[draw // 6 % 4]
    samples[samples @ u < 0] *= -1
    tight = [np.argmin(samples @ u), np.argmax((samples**2).sum(axis=1))]
    v = samples[tight[draw % 2]]
    w = World("i")
    weights = rng.normal(size=3) * rng.choice([0.1, 1, 10])
    if draw % 3 == 0:
        weights -= weights @ v / (v @ v) * v
    weights *= -1 if weights @ v > 0 else 1
    w.q("u", u, "separating vector of length 1", shape="(d,)")
    w.q("v", v, "a sample, its sign turned if it should be silent", shape="(d,)")
    w.q("w", weights, "weights, on the wrong side of v", shape="(d,)")
    w.q(r"\gamma", (samples @ u).min(), "margin: the smallest u . v")
    w.q("R", np.sqrt((samples**2).sum(axis=1).max()), "length of the longest sample")
    return w


def _squares(rng, weights, bias):
    w = World("i")
    w.q("x", rng.normal(size=2), "inputs", shape="(d,)")
    w.q("w", weights, "weights of the four features", shape="(4,)")
    w.q("b", bias, "bias")
    w.q(
        "z",
        lambda q: (q("w") * np.concatenate([q("x"), q("x") ** 2])).sum() + q("b"),
        "weighted sum",
    )
    return w


@world
def squares_unit(rng, draw):
    """A unit with the squares of its two inputs as two more features."""
    return _squares(rng, rng.normal(size=4), rng.normal())


@world
def circle_unit(rng, draw):
    """The same unit, set to the circle of radius 1."""
    return _squares(rng, [0, 0, 1, 1], -1)
