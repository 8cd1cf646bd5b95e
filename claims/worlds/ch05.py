"""Worlds of chapter 5: layers of several neurons without activation, and other ways to write a network."""

from itertools import product

import numpy as np
from eqworlds import World, world

from . import functions as f

EXAMPLE_1221 = {2: [[0.7, 0.5]], 3: [[0.4, 0.6], [0.5, 0.2]], 4: [[0.1], [0.1]]}


def _net1221(rng, x, y, weights, rate):
    """One input and one output, both plain numbers, and two hidden layers of two neurons."""
    layers = (2, 3, 4)
    w = World("ijkl")
    w.q(r"\eta", rate, "learning rate")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q("W", {l: np.array(weights[l]) for l in layers}, "weights", shape="(d_{l-1}, d_l)")
    w.alias("w", "W", "entries of the weights")
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l),
        "weighted sums",
        keys=layers,
        shape="(1, d_l)",
        row=True,
    )
    w.q(
        "a",
        lambda q, l: q("z", l) if l > 1 else q("x") * np.ones((1, 1)),
        "outputs of a layer",
        keys=range(1, 5),
        shape="(1, d_l)",
        row=True,
    )
    w.q(r"\hat{y}", lambda q: q("a", 4)[0, 0], "prediction")
    w.q("J", lambda q: (q(r"\hat{y}") - q("y")) ** 2 / 2, "cost")
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=layers,
        shape="(1, d_l)",
        row=True,
    )
    w.step("W", lambda q, l: q("W", l) - rate * q.grad("J", "W", l))
    return w


@world
def net1221(rng, draw):
    """The 1-2-2-1 network without activation functions, random numbers."""
    weights = {2: rng.normal(size=(1, 2)), 3: rng.normal(size=(2, 2)), 4: rng.normal(size=(2, 1))}
    return _net1221(rng, rng.normal(), rng.normal(), weights, rng.uniform(0.03, 0.3))


@world(draws=1, generic="net1221")
def ex1221(rng, draw):
    """The 1-2-2-1 network with x = 2, y = 1 and the weights of the example."""
    return _net1221(rng, 2.0, 1.0, EXAMPLE_1221, 0.1)


# neurons and number of layers in each draw
DEEP = {1: ((4, 3, 5, 2), 4), 2: ((3, 4, 2, 5, 3), 5), 3: ((2, 5, 3), 3)}
# neurons of the four layers in each draw
LINEAR = {1: (3, 4, 2, 5), 2: (2, 3, 5, 4), 3: (4, 2, 3, 2)}


def _linear(rng, n, sizes, one_sample):
    """Layers of weighted sums only; one sample as rows x, y, or n samples X, Y."""
    rate, L = rng.uniform(0.03, 0.3), len(sizes)
    layers, rows = range(2, L + 1), {"row": one_sample}
    x, y, y_hat = ("x", "y", r"\hat{y}") if one_sample else ("X", "Y", r"\hat{Y}")
    w = World("ijklm")
    w.q("L", L, "number of layers")
    w.q("n", n, "number of samples")
    w.q(r"\eta", rate, "learning rate")
    w.q("d", dict(enumerate(sizes, 1)), "number of neurons of a layer", written="_")
    w.q(
        "W",
        {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers},
        "weights",
        shape="(d_{l-1}, d_l)",
    )
    w.alias("w", "W", "entries of the weights")
    w.q(x, rng.normal(size=(n, sizes[0])), "inputs", shape="(n, d_1)", **rows)
    w.q(y, rng.normal(size=(n, sizes[-1])), "targets", shape="(n, d_L)", **rows)
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l),
        "weighted sums",
        keys=layers,
        shape="(n, d_l)",
        **rows,
    )
    w.q(
        "a",
        lambda q, l: q("z", l) if l > 1 else q(x),
        "outputs of a layer",
        keys=range(1, L + 1),
        shape="(n, d_l)",
        **rows,
    )
    w.q(y_hat, lambda q: q("a", L), "predictions", shape="(n, d_L)", **rows)
    w.q("J", lambda q: ((q(y_hat) - q(y)) ** 2).sum() / (2 * n), "cost")
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=layers,
        shape="(n, d_l)",
        **rows,
    )
    w.q(
        "P",
        lambda q, l: _walks(sizes[l - 1 :]),
        "paths from one neuron of layer l to the cost",
        keys=layers,
    )
    w.step("W", lambda q, l: q("W", l) - rate * q.grad("J", "W", l))
    return w


def _walks(sizes):
    """Number of ways to go from one neuron of the first of these layers to the last, each walked."""
    return sum(1 for _ in product(*(range(d) for d in sizes[1:])))


@world
def layers_linear(rng, draw):
    """One sample through four layers of weighted sums, half squared error."""
    return _linear(rng, 1, LINEAR[draw], one_sample=True)


@world
def batch_linear(rng, draw):
    """Five samples or more through four layers of weighted sums, mean of half squared errors."""
    return _linear(rng, 4 + draw, LINEAR[draw], one_sample=False)


@world
def three_steps(rng, draw):
    """Three steps or more of fixed length: V_0 to V_T hold all weights of a network in one row."""
    mix, rate, steps = rng.normal(size=(5, 5)), rng.uniform(0.02, 0.1), 2 + draw
    cost = lambda v: np.sin(v @ mix).sum() + (v**2).sum()

    def slope(v):
        return np.array([np.imag(cost(v + 1e-20j * e)) for e in np.eye(5)]) / 1e-20

    w = World("it")
    w.q(r"\eta", rate, "learning rate")
    w.q("T", steps, "number of updates")
    w.q(
        "g",
        lambda q, t: slope(np.real(q("v", t))),
        "gradient before update t + 1",
        keys=range(steps),
        written="_",
    )
    start = rng.normal(size=5)

    def after(q, t):
        if t == 0:
            return start
        return q("v", t - 1) - rate * q("g", t - 1) / np.sqrt((q("g", t - 1) ** 2).sum())

    w.q("v", after, "all weights after update t", keys=range(steps + 1), written="_")
    return w


@world
def bias_as_row(rng, draw):
    """Six samples or more into one layer: U is W with the biases as a row above it, B is A with ones before it."""
    n, d_in, d_out = 5 + draw, 3, 4 - draw % 2 * 2
    w = World("ij")
    w.q("n", n, "number of samples")
    w.q("d", {1: d_in, 2: d_out}, "number of neurons of a layer", written="_")
    w.q("W", rng.normal(size=(d_in, d_out)), "weights", shape="(d_1, d_2)")
    w.q("b", rng.normal(size=(1, d_out)), "biases", shape="(d_2,)", row=True, broadcast=True)
    w.q("A", rng.normal(size=(n, d_in)), "outputs of the layer before", shape="(n, d_1)")
    w.q(r"\mathbf{1}", np.ones((n, 1)), "column of ones")
    w.q(
        "U",
        lambda q: np.vstack([q("b"), q("W")]),
        "weights with the biases as their first row",
        shape="(d_1 + 1, d_2)",
    )
    w.q(
        "B",
        lambda q: np.hstack([q(r"\mathbf{1}"), q("A")]),
        "outputs of the layer before with a column of ones",
        shape="(n, d_1 + 1)",
    )
    w.q("z", lambda q: q("B") @ q("U"), "weighted sums", shape="(n, d_l)")
    w.q("J", lambda q: np.sin(q("z")).sum(), "cost")
    w.q(r"\delta", lambda q: q.grad("J", "z"), "derivatives of J by z", shape="(n, d_l)")
    return w


@world
def two_letters(rng, draw):
    """One hidden layer of logistic units: x_k, weights w_{kj}, o_j, weights u_{ji}, v_i."""
    rate = rng.uniform(0.03, 0.3)
    w = World("ijk")
    w.q(r"\eta", rate, "learning rate")
    w.q("x", rng.normal(size=3), "inputs")
    w.q("y", rng.uniform(0.1, 0.9, size=2), "targets")
    w.q("w", rng.normal(size=(3, 4)), "weights into the hidden layer")
    w.q("u", rng.normal(size=(4, 2)), "weights into the output layer")
    w.q(r"\beta", rng.normal(size=4), "biases of the hidden layer")
    w.q(r"\gamma", rng.normal(size=2), "biases of the output layer")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("p", lambda q: q("x") @ q("w") + q(r"\beta"), "weighted sums of the hidden layer")
    w.q("o", lambda q: f.sigmoid(q("p")), "outputs of the hidden layer")
    w.q("q", lambda q: q("o") @ q("u") + q(r"\gamma"), "weighted sums of the output layer")
    w.q("v", lambda q: f.sigmoid(q("q")), "outputs")
    w.q("J", lambda q: ((q("y") - q("v")) ** 2).sum() / 2, "cost")
    w.q(r"\delta", lambda q: -q.grad("J", "q"), "minus the derivative of J by q")
    w.q(r"\varphi", lambda q: -q.grad("J", "p"), "minus the derivative of J by p")
    w.step("u", lambda q: q("u") - rate * q.grad("J", "u"))
    w.step("w", lambda q: q("w") - rate * q.grad("J", "w"))
    return w


@world
def leaving(rng, draw):
    """Six samples or more through several layers; the weights W^l and biases b^l leave layer l."""
    n, sizes, L = 5 + draw, *DEEP[draw]
    inner, act = range(2, L + 1), f.generic_of_layer
    w = World("ijkl")
    w.q("L", L, "number of layers")
    w.q("n", n, "number of samples")
    w.q(
        "W",
        {l: rng.normal(size=(sizes[l - 1], sizes[l])) for l in range(1, L)},
        "weights that leave layer l",
        shape="(d_l, d_{l+1})",
    )
    w.q(
        "b",
        {l: rng.normal(size=(1, sizes[l])) for l in range(1, L)},
        "biases on the way out of layer l",
        shape="(d_{l+1},)",
        row=True,
        broadcast=True,
    )
    w.q("X", rng.normal(size=(n, sizes[0])), "inputs")
    w.q("Y", rng.normal(size=(n, sizes[-1])), "targets")
    w.function("s", act, "activation of a layer", keys=inner)
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l - 1) + q("b", l - 1),
        "weighted sums",
        keys=inner,
        shape="(n, d_l)",
    )
    w.q(
        "a",
        lambda q, l: act(l)(q("z", l)) if l > 1 else q("X"),
        "outputs of a layer",
        keys=range(1, L + 1),
        shape="(n, d_l)",
    )
    w.q("J", lambda q: ((q("a", L) - q("Y")) ** 2).sum() / (2 * n), "cost")
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=inner,
        shape="(n, d_l)",
    )
    return w


@world
def columns(rng, draw):
    """Samples as columns: W^l is (d_l, d_{l-1}) and z^l = W^l a^{l-1} + b^l."""
    n, sizes, L = 5 + draw, *DEEP[draw]
    inner, act = range(2, L + 1), f.generic_of_layer
    w = World("ijkl")
    w.q("L", L, "number of layers")
    w.q("n", n, "number of samples")
    w.q("d", dict(enumerate(sizes, 1)), "number of neurons of a layer", written="_")
    w.q(
        "W",
        {l: rng.normal(size=(sizes[l - 1], sizes[l - 2])) for l in inner},
        "weights, one row a neuron",
        shape="(d_l, d_{l-1})",
    )
    w.q(
        "b",
        {l: rng.normal(size=(sizes[l - 1], 1)) @ np.ones((1, n)) for l in inner},
        "biases, one column repeated",
        shape="(d_l, n)",
    )
    w.q("X", rng.normal(size=(sizes[0], n)), "inputs, one column a sample")
    w.q("Y", rng.normal(size=(sizes[-1], n)), "targets, one column a sample")
    w.function("s", act, "activation of a layer", keys=inner)
    w.q(
        "z",
        lambda q, l: q("W", l) @ q("a", l - 1) + q("b", l),
        "weighted sums",
        keys=inner,
        shape="(d_l, n)",
    )
    w.q(
        "a",
        lambda q, l: act(l)(q("z", l)) if l > 1 else q("X"),
        "outputs of a layer",
        keys=range(1, L + 1),
        shape="(d_l, n)",
    )
    w.q("J", lambda q: ((q("a", L) - q("Y")) ** 2).sum() / (2 * n), "cost")
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=inner,
        shape="(d_l, n)",
    )
    return w


@world
def two_ways(rng, draw):
    """A prediction that a step h moves along two ways, by h c_1 and h c_2, and half its squared error."""
    w = World("k")
    w.q("h", rng.uniform(0.1, 0.5), "step")
    w.q("c", {1: rng.normal(), 2: rng.normal()}, "answers along the two ways", written="_")
    w.q(r"\hat{y}", rng.normal(), "prediction")
    w.q("y", rng.normal(), "target")
    return w
