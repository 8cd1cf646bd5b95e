"""Worlds of chapter 2: the perceptron."""

import numpy as np
from eqworlds import World, world

from . import functions as f


@world(draws=8)
def neuron(rng, draw):
    """A neuron with two inputs: weighted sum z, threshold, outputs 0/1 and -1/+1, logistic."""
    w = World("ij")
    w.q("d", 2, "number of inputs")
    w.q("x", rng.normal(size=2), "inputs", shape="(d,)")
    w.q("w", rng.normal(size=2), "weights", shape="(d,)")
    w.q("b", rng.normal() / 2, "bias")
    w.q("y", draw % 2, "target, 0 or 1")
    w.q(r"\eta", 0.4, "learning rate")
    w.q(r"\theta", lambda q: -q("b"), "threshold")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.function(r"\operatorname{sign}", f.sign, "sign, 1 at 0")
    w.q("z", lambda q: (q("w") * q("x")).sum() + q("b"), "weighted sum")
    w.q(r"\hat{y}", lambda q: f.step(q("z")), "output, 0 or 1")
    w.q("u", lambda q: f.sign(q("z")), "output, -1 or 1")
    w.q("a", lambda q: f.sigmoid(q("z")), "output of the logistic unit")
    w.step("w", lambda q: q("w") + 0.4 * (q("y") - q(r"\hat{y}")) * q("x"))
    w.step("b", lambda q: q("b") + 0.4 * (q("y") - q(r"\hat{y}")))
    return w


@world(draws=1)
def gates(rng, draw):
    """The four rows of a truth table: inputs x_{k1}, x_{k2}, and units that compute gates."""
    w = World("ijk")
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    w.q("x", rows, "inputs of the four rows", shape="(4, 2)")
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.q("y^{AND}", rows.min(axis=1), "AND of the rows", shape="(4,)")
    w.q("y^{OR}", rows.max(axis=1), "OR of the rows", shape="(4,)")
    w.q("y^{XOR}", rows.sum(axis=1) % 2, "XOR of the rows", shape="(4,)")
    w.q("y^{NAND}", 1 - rows.min(axis=1), "NAND of the rows", shape="(4,)")
    return w
