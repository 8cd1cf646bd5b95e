"""Worlds of chapter 6: one neuron with a bias, 2-4-3-2-4, functions with a bend, maxout, a wrong cost."""

import numpy as np
from eqworlds import World, world

from . import functions as f
from .common import network


def _neuron(x, y, weight, bias, act):
    w = World("i")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q("w", weight, "weight")
    w.q("b", bias, "bias")
    if act is not f.sigmoid:
        w.function("s", act, "activation")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("z", lambda q: q("w") * q("x") + q("b"), "weighted sum")
    w.q("a", lambda q: act(q("z")), "output")
    w.q("J", lambda q: (q("a") - q("y")) ** 2 / 2, "cost")
    w.q(r"\delta", lambda q: q.grad("J", "z"), "derivative of J by z")
    return w


@world
def neuron_biased(rng, draw):
    """One neuron with one input, a bias and any activation."""
    return _neuron(*rng.normal(size=4), f.generic(0.21))


@world
def neuron_logistic(rng, draw):
    """One logistic neuron with one input and a bias."""
    return _neuron(*rng.normal(size=4), f.sigmoid)


@world(draws=1, generic="neuron_logistic")
def neuron_biased_example(rng, draw):
    """One logistic neuron: x = 2, y = 1, w = 0.95, b = -0.4."""
    return _neuron(2.0, 1.0, 0.95, -0.4, f.sigmoid)


@world
def net24324(rng, draw):
    """One sample through layers 2-4-3-2-4, another activation in each, half squared error."""
    return network(rng, 1, (2, 4, 3, 2, 4), one_sample=True)


@world
def net24324_logistic(rng, draw):
    """As net24324, logistic units throughout."""
    w = network(rng, 1, (2, 4, 3, 2, 4), act=lambda layer: f.sigmoid, one_sample=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world(draws=4)
def bent(rng, draw):
    """A weighted sum of either sign and the activations with a kink at 0."""
    slope = rng.uniform(0.1, 0.9)
    w = World("k")
    w.q("z", (-1) ** draw * rng.uniform(0.3, 2), "weighted sum", free=True)
    w.q(r"\alpha", slope, "slope or scale of an activation")
    w.function(r"\operatorname{relu}", f.relu, "rectified linear unit")
    w.function(
        r"\operatorname{prelu}", lambda z: f.leaky(z, slope), "ReLU with slope alpha below 0"
    )
    w.function(r"\operatorname{elu}", lambda z: f.elu(z, slope), "exponential linear unit")
    return w


@world(draws=4)
def prelu_unit(rng, draw):
    """The output of a PReLU unit, z of either sign."""
    w = World("k")
    w.q("z", (-1) ** draw * rng.uniform(0.3, 2), "weighted sum", free=True)
    w.q(r"\alpha", rng.uniform(0.1, 0.9), "slope or scale of an activation")
    w.q("a", lambda q: f.leaky(q("z"), q(r"\alpha")), "output of a PReLU unit")
    return w


@world
def maxout_unit(rng, draw):
    """One maxout neuron with two weighted sums or more."""
    w = World("k")
    w.q("z", rng.normal(size=1 + draw), "weighted sums of the pieces", shape="(K,)")
    w.q("K", 1 + draw, "number of pieces")
    w.q("a", lambda q: q("z")[np.argmax(np.real(q("z")))], "output")
    return w


@world
def residual_sum(rng, draw):
    """Predictions and targets with two costs: J, and R without the square."""
    w = World("j")
    w.q("y", rng.normal(size=3 + draw), "targets", shape="(d_L,)")
    w.q(r"\hat{y}", rng.normal(size=3 + draw), "predictions", shape="(d_L,)")
    w.q("J", lambda q: ((q(r"\hat{y}") - q("y")) ** 2).sum() / 2, "cost")
    w.q("R", lambda q: (q(r"\hat{y}") - q("y")).sum() / 2, "half the sum of residuals")
    return w
