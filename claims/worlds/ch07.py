"""Worlds of chapter 7: the 2-2-2 network with both costs, differences, kinks, XOR."""

import numpy as np
from eqworlds import World, world

from . import functions as f
from .common import EXAMPLE_222, network


def _two_costs(rng, given=None):
    """A 2-2-2 network of logistic units with J, half the sum of squares, and S, the plain sum."""
    rate, given = (0.5 if given else rng.uniform(0.1, 0.9)), given or {}

    def pick(name, *shape):
        random = rng.normal(size=shape)
        return given.get(name, random)

    w = World("ijkl")
    w.q(r"\eta", rate, "learning rate")
    w.q("x", pick("x", 1, 2), "inputs", row=True)
    w.q("y", pick("y", 1, 2), "targets", row=True)
    w.q("W", {l: pick(("W", l), 2, 2) for l in (2, 3)}, "weights", shape="(d_{l-1}, d_l)")
    w.alias("w", "W", "entries of the weights")
    w.q("b", {l: pick(("b", l), 1, 2) for l in (2, 3)}, "biases", shape="(d_l,)", row=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l) + q("b", l),
        "weighted sums",
        keys=(2, 3),
        row=True,
    )
    w.q(
        "a",
        lambda q, l: q("x") if l == 1 else f.sigmoid(q("z", l)),
        "activations",
        keys=(1, 2, 3),
        row=True,
    )
    w.q(r"\hat{y}", lambda q: q("a", 3), "predictions", row=True)
    w.q("S", lambda q: ((q(r"\hat{y}") - q("y")) ** 2).sum(), "cost without one half")
    w.q("J", lambda q: ((q(r"\hat{y}") - q("y")) ** 2).sum() / 2, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=(2, 3), row=True)
    w.step("W", lambda q, l: q("W", l) - rate * q.grad("J", "W", l))
    w.step("b", lambda q, l: q("b", l) - rate * q.grad("J", "b", l))
    return w


@world
def net222_two_costs(rng, draw):
    """The 2-2-2 network with random numbers and two costs, J and S."""
    return _two_costs(rng)


@world(draws=1, generic="net222_two_costs")
def ex222_two_costs(rng, draw):
    """The worked example 2-2-2 with its numbers and two costs, J and S."""
    return _two_costs(rng, EXAMPLE_222)


@world
def net2322(rng, draw):
    """Layers 2-3-2-2 of logistic units, one sample, half squared error."""
    w = network(rng, 1, (2, 3, 2, 2), act=lambda layer: f.sigmoid, one_sample=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def differences(rng, draw):
    """A function J of one weight, a polynomial, with its derivatives, and a small step h."""
    p = np.polynomial.Polynomial(rng.uniform(0.5, 1.5, size=6))
    w = World("k")
    w.q("w", rng.uniform(0.5, 1), "weight")
    w.q("h", rng.uniform(0.5e-2, 2e-2), "step of a difference")
    w.q("J", lambda q: p(q("w")), "cost", arguments=("w",))
    w.q("M_2", lambda q: p.deriv(2)(q("w")), "second derivative of J by w")
    w.q("M_3", lambda q: p.deriv(3)(q("w")), "third derivative of J by w")
    return w


@world
def best_step(rng, draw):
    """The two errors of a central and of a forward difference as functions of the step h."""
    eps, size, second, third = 10 ** -rng.uniform(3.5, 4.5), *rng.uniform(0.5, 2, size=3)
    central = lambda h: h**2 * third / 6 + eps * size / h
    forward = lambda h: h * second / 2 + 2 * eps * size / h
    w = World("k")
    w.q("h", rng.uniform(0.01, 0.1), "step of a difference")
    w.q(r"\varepsilon", eps, "distance from 1 to the next float")
    w.q("F", size, "size of the cost")
    w.q("M_2", second, "size of the second derivative")
    w.q("M_3", third, "size of the third derivative")
    w.q("E", lambda q: central(q("h")), "error of the central difference", arguments=("h",))
    w.q("D", lambda q: forward(q("h")), "error of the forward difference", arguments=("h",))
    w.q("h_2", _lowest(central), "best step of the central difference")
    w.q("h_1", _lowest(forward), "best step of the forward difference")
    return w


def _lowest(error):
    """The step at which an error with one minimum is least, by halving on the sign of its slope."""
    low, high = 1e-6, 10.0
    for _ in range(200):
        middle = (low * high) ** 0.5
        rising = np.imag(error(middle + 1e-30j)) > 0
        low, high = (low, middle) if rising else (middle, high)
    return (low * high) ** 0.5


@world(draws=4)
def kink(rng, draw):
    """A weighted sum z near 0 and a step h that reaches across the kink of the ReLU, or does not."""
    h = rng.uniform(0.1, 0.5)
    w = World("k")
    w.q("h", h, "step of a difference")
    place = (rng.uniform(0.1, 0.9), 1.7, -1.4, rng.uniform(-0.9, -0.1))[draw - 1]
    w.q("z", h * place, "weighted sum", free=True)
    w.function(r"\operatorname{relu}", f.relu, "rectified linear unit")
    return w


def _xor(x_1, x_2):
    """Two threshold units and an output unit behind them."""
    w = World("t")
    w.q("x_1", x_1, "first input")
    w.q("x_2", x_2, "second input")
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.q("a_1^2", lambda q: f.step(q("x_1") + q("x_2") - 0.5), "first hidden output")
    w.q("a_2^2", lambda q: f.step(1.5 - q("x_1") - q("x_2")), "second hidden output")
    w.q(r"\hat{y}", lambda q: f.step(q("a_1^2") + q("a_2^2") - 1.5), "prediction")
    return w


@world
def xor_units(rng, draw):
    """The units of the XOR network at many points of the plane, so that each threshold shows."""
    return _xor(*rng.uniform(-1, 2, size=(2, 200)))


@world(draws=1)
def xor_by_hand(rng, draw):
    """The XOR network at the four corners, with their targets."""
    w = _xor(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    w.q("y", np.array([0, 1, 1, 0]), "target")
    return w


@world
def upstream(rng, draw):
    """Softmax over four classes with any derivatives g coming in from above."""
    g = rng.normal(size=4)
    w = World("ij")
    w.q("z", rng.normal(size=4), "weighted sums of the last layer", shape="(K,)")
    w.q("g", g, "derivative of J by the output", shape="(K,)")
    w.q(r"\hat{y}", lambda q: f.softmax(q("z")), "prediction", shape="(K,)")
    w.q("J", lambda q: (g * q(r"\hat{y}")).sum(), "cost")
    return w
