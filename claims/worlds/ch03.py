"""Worlds of chapter 3: a network with one weight, and its path under gradient descent."""

import numpy as np
from eqworlds import World, world


def _smallest(x, y, weight, rate):
    w = World("t")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q("w", weight, "weight")
    w.q(r"\eta", rate, "learning rate")
    w.q("h", 0.3 * rate, "nudge")
    w.q("z", lambda q: q("w") * q("x"), "weighted sum")
    w.q(r"\hat{y}", lambda q: q("z"), "prediction")
    w.q("J", lambda q: (q(r"\hat{y}") - q("y")) ** 2 / 2, "cost", arguments=("w",))
    w.q(r"\delta", lambda q: q.grad("J", "z"), "derivative of J by z")
    w.step("w", lambda q: q("w") - rate * q.grad("J", "w"))
    return w


@world
def smallest(rng, draw):
    """One input, one weight, one target, random numbers."""
    return _smallest(*rng.normal(size=3), rng.uniform(0.05, 0.3))


@world(draws=1, generic="smallest")
def smallest_example(rng, draw):
    """One input, one weight, one target: x = 2, y = 1, w = 0.95, learning rate 0.1."""
    return _smallest(2.0, 1.0, 0.95, 0.1)


@world
def unlike_stations(rng, draw):
    """A weight and three unlike functions one after the other: square, exponential, division."""
    w = World("t")
    w.q("w", rng.normal(), "weight")
    w.q("u", lambda q: (q("w") - 1) ** 2, "squared distance from 1")
    w.q("v", lambda q: np.exp(-q("u")), "exponential of it, its sign turned")
    w.q("p", lambda q: 1 / (1 + q("v")), "logistic function of the square")
    return w


@world
def unlike_again(rng, draw):
    """A weight and the same kinds of functions in another order: division, square, exponential."""
    w = World("t")
    w.q("w", rng.uniform(0.4, 2), "weight")
    w.q("u", lambda q: 1 / q("w"), "one over the weight")
    w.q("v", lambda q: (q("u") - 1) ** 2, "squared distance from 1")
    w.q("p", lambda q: np.exp(-q("v")), "exponential of it, its sign turned")
    return w


def _path(x, y, start, rate, updates):
    """Descent w_t on J = mean of (w x_i - y_i)^2 / 2; x, y numbers or arrays (n,)."""

    def cost(weight):
        return ((weight * x - y) ** 2).mean() / 2

    def slope(weight):
        # J is a quadratic in the weight, so a central difference of any width is its derivative
        return (cost(weight + 1) - cost(weight - 1)) / 2

    weights = [start]
    for _ in range(updates):
        weights.append(weights[-1] - rate * slope(weights[-1]))
    curvature = cost(1.0) - 2 * cost(0.0) + cost(-1.0)
    w = World("it")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q(r"\eta", rate, "learning rate")
    w.q("w", dict(enumerate(weights)), "weight after t updates", written="_")
    w.q(
        "J",
        lambda q, t: cost(q("w", t)),
        "cost after t updates",
        keys=range(updates + 1),
        written="_",
    )
    w.q(r"w_\ast", -slope(0.0) / curvature, "best weight")
    return w


@world
def weight_path(rng, draw):
    """One sample and the weights w_0 to w_6 of gradient descent on it."""
    return _path(
        np.array(rng.uniform(0.5, 1.5)),
        np.array(rng.normal()),
        rng.normal(),
        rng.uniform(0.1, 0.4),
        6,
    )


@world(draws=1, generic="weight_path")
def weight_path_example(rng, draw):
    """The path w_0 to w_20 from 0.95 with x = 2, y = 1 and learning rate 0.1."""
    return _path(np.array(2.0), np.array(1.0), 0.95, 0.1, 20)


@world(draws=8)
def weight_path_precision(rng, draw):
    """A path w_0 to w_12 and a precision that it reaches on the way."""
    w = _path(
        np.array(rng.uniform(0.8, 1.4)),
        np.array(rng.normal()),
        rng.normal() + 3,
        rng.uniform(0.25, 0.45),
        12,
    )
    w.q(r"\varepsilon", rng.uniform(0.03, 0.1), "precision asked for", free=(0, 1))
    return w


@world
def weight_path_samples(rng, draw):
    """Four or more samples and the weights w_0 to w_6 of gradient descent on them."""
    n = 3 + draw
    w = _path(rng.normal(size=n), rng.normal(size=n), rng.normal(), rng.uniform(0.1, 0.4), 6)
    w.q("n", n, "number of samples")
    return w
