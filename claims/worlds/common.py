"""Worlds that several chapters use."""

from itertools import combinations

import numpy as np
from eqworlds import World, world

from . import functions as f


@world(draws=4)
def scalar(rng, draw):
    """A weighted sum z of either sign and the functions of one variable."""
    w = World("ij")
    w.q("z", (-1) ** draw * rng.uniform(0.3, 2), "weighted sum", free=True)
    w.q("h", rng.uniform(0.5e-4, 2e-4), "step of a difference")
    w.q(r"\alpha", rng.uniform(0.1, 0.9), "slope or scale of an activation")
    w.q("c", rng.normal(), "a constant")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.function("s", f.generic(0.21), "activation")
    w.function(r"\operatorname{step}", f.step, "step function, 1 at 0")
    w.function(r"\operatorname{sign}", f.sign, "sign, 1 at 0")
    w.function(r"\operatorname{relu}", f.relu, "rectified linear unit")
    w.function(r"\operatorname{softplus}", f.softplus, "softplus")
    w.q("a", lambda q: f.sigmoid(q("z")), "activation of the logistic unit")
    w.q("t", lambda q: np.tanh(q("z")), "activation of the tanh unit")
    return w


@world
def chain(rng, draw):
    """A chain of four weights, each neuron with one input: a_0 = x to a_4."""
    act = f.generic(0.21)
    steps, rate = range(1, 5), rng.uniform(0.02, 0.2)
    w = World("kl")
    w.q("n", 4, "number of weights")
    w.q("x", rng.normal(), "input")
    w.q("y", rng.normal(), "target")
    w.q(r"\eta", rate, "learning rate")
    w.function("s", act, "activation")
    w.q("w", {k: rng.normal() + 0.5 for k in steps}, "weight", written="_")
    w.q("b", {k: rng.normal() for k in steps}, "bias", written="_")
    w.q(
        "z",
        lambda q, k: q("a", k - 1) * q("w", k) + q("b", k),
        "weighted sum",
        keys=steps,
        written="_",
    )
    w.q("a", lambda q, k: act(q("z", k)) if k else q("x"), "activation", keys=range(5), written="_")
    w.q(r"\hat{y}", lambda q: q("a", 4), "prediction")
    w.q("J", lambda q: 0.5 * (q(r"\hat{y}") - q("y")) ** 2, "cost")
    w.q(
        r"\delta", lambda q, k: q.grad("J", "z", k), "derivative of J by z", keys=steps, written="_"
    )
    w.alias("d", r"\delta")
    w.step("w", lambda q, k: q("w", k) - rate * q.grad("J", "w", k))
    w.step("b", lambda q, k: q("b", k) - rate * q.grad("J", "b", k))
    return w


# neurons of each layer in each draw, so that no number of layers or neurons is always the same
SIZES = {1: (4, 3, 5, 2), 2: (3, 4, 2, 5), 3: (2, 3, 5, 4, 3)}


def network(rng, n, sizes, *, act=f.generic_of_layer, factor=0.5, one_sample=False, values=None):
    """A dense network: row vectors for one sample, else X and Y with samples in rows.

    Parameters
    ----------
    n : int
        Number of samples.
    sizes : tuple of int
        Neurons of layers 1 to L.
    act : callable
        ``act(l)`` is the activation of layer l.
    factor : float
        J is ``factor`` times the sum of squares, averaged over the samples.
    one_sample : bool
        Write ``x_i``, ``a_i^l`` with one index.
    values : dict, optional
        What to use instead of random numbers: "x", "y", ("W", l), ("b", l), "rate".
    """
    L, given = len(sizes), values or {}
    rate = given.get("rate", 0.07 if values else rng.uniform(0.03, 0.3))
    layers = range(2, L + 1)
    rows = {"row": one_sample}
    x, y, yh = ("x", "y", r"\hat{y}") if one_sample else ("X", "Y", r"\hat{Y}")

    def pick(name, *shape):
        random = rng.normal(size=shape)
        return given.get(name, random)

    w = World("ijklmrt")
    w.q("L", L, "number of layers")
    w.q("n", n, "number of samples")
    w.q(r"\eta", rate, "learning rate")
    w.q("d", dict(enumerate(sizes, 1)), "number of neurons of a layer", written="_")
    w.q(
        "W",
        {l: pick(("W", l), sizes[l - 2], sizes[l - 1]) for l in layers},
        "weights",
        shape="(d_{l-1}, d_l)",
    )
    w.alias("w", "W", "entries of the weights")
    w.q(
        "b",
        {l: pick(("b", l), 1, sizes[l - 1]) for l in layers},
        "biases",
        shape="(d_l,)",
        row=True,
        broadcast=True,
    )
    w.q(x, pick("x", n, sizes[0]), "inputs", **rows)
    w.q(y, pick("y", n, sizes[-1]), "targets", **rows)
    w.q(r"\mathbf{1}", np.ones((n, 1)), "column of ones")
    w.function("s", act, "activation of a layer", keys=layers)
    w.function(r"\operatorname{diag}", lambda v: np.diag(v[0]), "diagonal matrix of a row")
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l) + q("b", l),
        "weighted sums",
        keys=layers,
        shape="(n, d_l)",
        **rows,
    )
    w.q(
        "a",
        lambda q, l: q(x) if l == 1 else act(l)(q("z", l)),
        "activations",
        keys=range(1, L + 1),
        shape="(n, d_l)",
        **rows,
    )
    w.q(yh, lambda q: q("a", L), "predictions", **rows)
    w.q("J", lambda q: factor * ((q(yh) - q(y)) ** 2).sum() / n, "cost")
    w.q(
        r"\delta",
        lambda q, l: q.grad("J", "z", l),
        "derivatives of J by z",
        keys=layers,
        shape="(n, d_l)",
        **rows,
    )
    w.step("W", lambda q, l: q("W", l) - rate * q.grad("J", "W", l))
    w.step("b", lambda q, l: q("b", l) - rate * q.grad("J", "b", l))
    return w


@world
def dense(rng, draw):
    """One sample through four or five layers, half squared error."""
    return network(rng, 1, SIZES[draw], one_sample=True)


@world
def batch(rng, draw):
    """Six samples or more through four or five layers, mean of half squared errors."""
    return network(rng, 5 + draw, SIZES[draw])


@world
def net222(rng, draw):
    """Two inputs, two hidden, two outputs, logistic units, random numbers."""
    w = network(rng, 1, (2, 2, 2), act=lambda layer: f.sigmoid, one_sample=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def net222_sum(rng, draw):
    """As net222, but J is the sum of squares without one half."""
    w = network(rng, 1, (2, 2, 2), act=lambda layer: f.sigmoid, one_sample=True, factor=1)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


EXAMPLE_222 = {
    "x": [[0.05, 0.10]], "y": [[0.01, 0.99]],
    ("W", 2): [[0.15, 0.25], [0.20, 0.30]], ("b", 2): [[0.35, 0.35]],
    ("W", 3): [[0.40, 0.50], [0.45, 0.55]], ("b", 3): [[0.60, 0.60]],
}  # fmt: skip


@world(draws=1, generic="net222")
def ex222(rng, draw):
    """The worked example 2-2-2 with its numbers, half squared error."""
    w = network(rng, 1, (2, 2, 2), act=lambda layer: f.sigmoid, one_sample=True, values=EXAMPLE_222)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world(draws=1, generic="net222_sum")
def ex222_sum(rng, draw):
    """The worked example 2-2-2 with its numbers; J is the sum of squares without one half."""
    w = network(
        rng,
        1,
        (2, 2, 2),
        act=lambda layer: f.sigmoid,
        one_sample=True,
        factor=1,
        values=EXAMPLE_222,
    )
    w.function(r"\sigma", f.sigmoid, "logistic function")
    return w


@world
def paths(rng, draw):
    """A graph of five nodes whose edges carry factors; paths lead from node 0 to node 4."""
    edges = {(0, 1): 1.3, (0, 2): -0.7, (1, 3): 0.9, (2, 3): 0.4, (1, 2): 1.7, (3, 4): -1.1}
    w = World("pev")
    w.q(
        "c",
        {e: c * rng.uniform(0.5, 2) for e, c in edges.items()},
        "factor of an edge",
        written="_",
    )

    def value(q, node):
        into = [e for e in edges if e[1] == node]
        return sum((q("c", e) * q("u", e[0]) for e in into), 0j) if into else 0.8

    def extended(path):
        end = path[-1][1] if path else 0
        if end == 4:
            return [path]
        return [p for e in edges if e[0] == end for p in extended((*path, e))]

    w.q("u", value, "value of a node", keys=range(5), written="_")
    w.members(r"\mathcal{P}", extended(()), "paths from node 0 to node 4")
    return w


@world
def softmax(rng, draw):
    """Softmax over several classes with cross-entropy against soft labels, one sample."""
    w = World("ijk")
    K = 2 + draw
    w.q("K", K, "number of classes")
    w.q("z", rng.normal(size=K), "weighted sums of the last layer", shape="(K,)")
    w.q("y", rng.dirichlet(np.ones(K)), "target, its entries sum to 1", shape="(K,)")
    w.q("c", rng.normal(), "a constant")
    w.q(r"\hat{y}", lambda q: f.softmax(q("z")), "prediction", shape="(K,)")
    w.q("J", lambda q: -(q("y") * np.log(q(r"\hat{y}"))).sum(), "cost")
    return w


@world
def bce(rng, draw):
    """A logistic unit with binary cross-entropy against a soft label, one sample."""
    w = World("i")
    w.q("z", rng.normal(), "weighted sum")
    w.q("y", rng.uniform(0.1, 0.9), "target")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q(r"\hat{y}", lambda q: f.sigmoid(q("z")), "prediction")
    w.q(
        "J",
        lambda q: -q("y") * np.log(q(r"\hat{y}")) - (1 - q("y")) * np.log(1 - q(r"\hat{y}")),
        "cost",
    )
    return w


@world
def batchnorm(rng, draw):
    """One feature of six samples or more, normalised, scaled and shifted; J is any function of y."""
    n = 5 + draw
    upstream = rng.normal(size=n)
    w = World("ijk")
    w.q("n", n, "number of samples")
    w.q("x", rng.normal(size=n), "input of the layer", shape="(n,)")
    w.q(r"\gamma", rng.uniform(0.5, 2), "scale")
    w.q(r"\beta", rng.normal(), "shift")
    w.q(r"\epsilon", rng.uniform(0.01, 0.1), "small constant in the square root")
    w.q(r"\mu", lambda q: q("x").mean(), "mean over the batch")
    w.q("v", lambda q: ((q("x") - q(r"\mu")) ** 2).mean(), "variance over the batch")
    w.q(
        r"\hat{x}",
        lambda q: (q("x") - q(r"\mu")) / np.sqrt(q("v") + q(r"\epsilon")),
        "normalised input",
        shape="(n,)",
    )
    w.q(
        "y",
        lambda q: q(r"\gamma") * q(r"\hat{x}") + q(r"\beta"),
        "output of the layer",
        shape="(n,)",
    )
    w.q("J", lambda q: (upstream * q("y") + q("y") ** 3 / 3).sum(), "cost")
    w.q("g", lambda q: q.grad("J", "y"), "derivative of J by y", shape="(n,)")
    return w


@world
def l2(rng, draw):
    """A cost J_0 with a penalty on squared weights, and plain descent on it."""
    mix, rate, strength = rng.normal(size=(3, 3)), *rng.uniform(0.03, 0.5, size=2)
    w = World("ij")
    w.q("w", rng.normal(size=3), "weights", shape="(d,)")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\lambda", strength, "strength of the penalty")
    w.q("J_0", lambda q: np.sin(mix @ q("w")).sum(), "cost without penalty")
    w.q("J", lambda q: q("J_0") + strength / 2 * (q("w") ** 2).sum(), "cost")
    w.step("w", lambda q: q("w") - rate * q.grad("J", "w"))
    return w


@world
def momentum(rng, draw):
    """One step of momentum: velocity m, then the weights."""
    mix, rate, keep = rng.normal(size=(3, 3)), rng.uniform(0.03, 0.2), rng.uniform(0.5, 0.95)
    w = World("ij")
    w.q("w", rng.normal(size=3), "weights", shape="(d,)")
    w.q("m", rng.normal(size=3), "velocity", shape="(d,)")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\mu", keep, "momentum")
    w.q("J", lambda q: np.sin(mix @ q("w")).sum(), "cost")
    w.step("m", lambda q: keep * q("m") + q.grad("J", "w"))
    w.step("w", lambda q: q("w") - rate * (keep * q("m") + q.grad("J", "w")))
    return w


@world
def adam(rng, draw):
    """Three steps of Adam, t = 1, 2, 3: moments m and v, corrected, and the weight w."""
    rate, beta1, beta2 = rng.uniform(0.02, 0.2), rng.uniform(0.8, 0.95), rng.uniform(0.96, 0.995)
    eps, steps = rng.uniform(1e-3, 1e-2), range(1, 4)
    pull = rng.uniform(0.5, 1.5)
    w = World("ti")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\beta_1", beta1, "decay of the first moment")
    w.q(r"\beta_2", beta2, "decay of the second moment")
    w.q(r"\epsilon", eps, "small constant in the denominator")
    w.q(
        "g",
        lambda q, t: pull * np.sin(q("w", t - 1)),
        "gradient at step t",
        keys=steps,
        written="_",
    )
    w.q(
        "m",
        lambda q, t: beta1 * q("m", t - 1) + (1 - beta1) * q("g", t) if t else 0,
        "first moment",
        keys=range(4),
        written="_",
    )
    w.q(
        "v",
        lambda q, t: beta2 * q("v", t - 1) + (1 - beta2) * q("g", t) ** 2 if t else 0,
        "second moment",
        keys=range(4),
        written="_",
    )
    w.q(
        r"\hat{m}",
        lambda q, t: q("m", t) / (1 - beta1**t),
        "first moment, corrected",
        keys=steps,
        written="_",
    )
    w.q(
        r"\hat{v}",
        lambda q, t: q("v", t) / (1 - beta2**t),
        "second moment, corrected",
        keys=steps,
        written="_",
    )
    start = (-1) ** draw * rng.uniform(0.3, 2)
    w.q(
        "w",
        lambda q, t: (
            q("w", t - 1) - rate * q(r"\hat{m}", t) / (np.sqrt(q(r"\hat{v}", t)) + eps)
            if t
            else start
        ),
        "weight after step t",
        keys=range(4),
        written="_",
    )
    return w


@world
def batches(rng, draw):
    """All mini-batches of B out of n samples: gradients and their spread."""
    n, size = ((5, 2), (6, 4), (5, 3))[draw - 1]
    chosen = list(combinations(range(n), size))
    w = World("ijk")
    w.q("n", n, "number of samples")
    w.q("B", size, "samples in a mini-batch")
    w.q("M", len(chosen), "number of mini-batches")
    w.q("g", rng.normal(size=n), "gradient of one sample", shape="(n,)")
    w.q(r"\bar{g}", lambda q: q("g").mean(), "mean of the gradients")
    w.q(
        "G",
        lambda q: np.array([q("g")[list(c)].mean() for c in chosen]),
        "gradient of a mini-batch",
        shape="(M,)",
    )
    w.function(r"\operatorname{E}", lambda v: v.mean(), "mean over all mini-batches")
    w.function(
        r"\operatorname{Var}",
        lambda v: ((v - v.mean()) ** 2).mean(),
        "variance over all of its entries",
    )
    return w


@world
def residual(rng, draw):
    """One sample through two layers of equal width with connections past them: a^l = a^{l-1} + s(z^l)."""
    width, L = 3, 3 + draw
    layers = range(2, L + 1)
    w = World("ijkl")
    w.q("L", L, "number of layers")
    w.q(
        "W", {l: rng.normal(size=(width, width)) for l in layers}, "weights", shape="(d_{l-1}, d_l)"
    )
    w.alias("w", "W", "entries of the weights")
    w.q(
        "b",
        {l: rng.normal(size=(1, width)) for l in layers},
        "biases",
        row=True,
        broadcast=True,
        shape="(d_l,)",
    )
    w.q("x", rng.normal(size=(1, width)), "input", row=True)
    w.q("y", rng.normal(size=(1, width)), "target", row=True)
    w.function("s", f.generic_of_layer, "activation of a layer", keys=layers)
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l) + q("b", l),
        "weighted sums",
        keys=layers,
        row=True,
    )
    w.q(
        "a",
        lambda q, l: q("x") if l == 1 else q("a", l - 1) + f.generic_of_layer(l)(q("z", l)),
        "activations",
        keys=range(1, L + 1),
        row=True,
    )
    w.q(r"\hat{y}", lambda q: q("a", L), "prediction", row=True)
    w.q("J", lambda q: 0.5 * ((q(r"\hat{y}") - q("y")) ** 2).sum(), "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=layers, row=True)
    return w
