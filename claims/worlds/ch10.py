"""Worlds of chapter 10: what a product of many slopes and weights does to a gradient."""

from itertools import product

import numpy as np
from eqworlds import World, world

from . import functions as f


@world(draws=4)
def logistic_chain(rng, draw):
    """A chain of logistic units, each layer one neuron.

    In the first two draws all weighted sums are near 0, where the slope is nearly a quarter, so
    that the bound is nearly reached: once with large weights and once with small ones.
    """
    L = (5, 4, 6, 5)[draw - 1]
    layers = range(2, L + 1)
    tight = draw <= 2
    low, high = ((5, 7), (0.3, 0.6), (0.5, 2), (0.5, 2))[draw - 1]
    weights = {l: (-1) ** (l + draw) * rng.uniform(low, high) for l in layers}
    x = a = rng.normal()
    biases = {}
    for l in layers:
        biases[l] = rng.normal(scale=0.05) - a * weights[l] if tight else rng.normal()
        a = f.sigmoid(a * weights[l] + biases[l])
    w = World("kl")
    w.q("L", L, "number of layers")
    w.q("x", x, "input")
    w.q("y", -60.0 if tight else rng.uniform(), "target")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("w", weights, "weights")
    w.q("b", biases, "biases")
    w.q("z", lambda q, l: q("a", l - 1) * q("w", l) + q("b", l), "weighted sums", keys=layers)
    w.q(
        "a",
        lambda q, l: q("x") if l == 1 else f.sigmoid(q("z", l)),
        "outputs",
        keys=range(1, L + 1),
    )
    w.q("J", lambda q: (q("a", L) - q("y")) ** 2 / 2, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=layers)
    return w


@world(draws=4)
def logistic_layers(rng, draw):
    """One sample through four or five logistic layers.

    In the first two draws the bounds are nearly reached: weighted sums near 0, and weights that
    stretch just the direction in which the deltas come back, by much and by little.
    """
    sizes = ((3, 4, 3, 5, 2), (3, 4, 5, 2))[draw % 2]
    L, layers = len(sizes), range(2, len(sizes) + 1)
    tight, size = draw <= 2, (6.0, 0.5, 1.0, 1.0)[draw - 1]
    weights = {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers}
    unit = {
        l: v / np.linalg.norm(v) for l in range(1, L + 1) for v in [rng.normal(size=sizes[l - 1])]
    }
    x, biases = rng.normal(size=(1, 3)), {}
    if tight:
        weights = {l: size * np.outer(unit[l - 1], unit[l]) + 0.01 * W for l, W in weights.items()}
    a = x
    for l in layers:
        z = rng.normal(size=(1, sizes[l - 1]))
        biases[l] = 0.05 * z - a @ weights[l] if tight else z
        a = f.sigmoid(a @ weights[l] + biases[l])
    w = World("ijkl")
    w.q("L", L, "number of layers")
    w.q("x", x, "input", row=True)
    w.q("y", 0.5 - 60 * unit[L][None] if tight else rng.uniform(size=(1, 2)), "target", row=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("W", weights, "weights", shape="(d_{l-1}, d_l)")
    w.alias("w", "W", "entries of the weights")
    w.q("b", biases, "biases", row=True)
    stretch = {l: np.linalg.svd(W, compute_uv=False)[0] for l, W in weights.items()}
    w.q("m", stretch, "the most by which the weights of a layer stretch a row")
    w.q(
        "z",
        lambda q, l: q("a", l - 1) @ q("W", l) + q("b", l),
        "weighted sums",
        keys=layers,
        row=True,
    )
    w.q(
        "a",
        lambda q, l: q("x") if l == 1 else f.sigmoid(q("z", l)),
        "outputs",
        keys=range(1, L + 1),
        row=True,
    )
    w.q("J", lambda q: 0.5 * ((q("a", L) - q("y")) ** 2).sum(), "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=layers, row=True)
    return w


@world(draws=4)
def sign_patterns(rng, draw):
    """Weights from d neurons to two or three, +τ or -τ, in all ways; deltas of the layer behind."""
    d, after = ((2, 3), (3, 2), (2, 2), (2, 3))[draw - 1]
    bend = 0.21
    z = rng.normal(size=d)
    slopes = 1 - np.tanh(z) ** 2 + 2 * bend * z
    fitted = 1 / np.sqrt((slopes**2).sum())
    tau = fitted if draw % 2 else rng.uniform(0.3, 2)
    signs = np.array(list(product((-1.0, 1.0), repeat=d * after))).reshape(-1, d, after)
    w = World("ijkm")
    w.q("d", d, "number of neurons of the layer")
    w.q("M", len(signs), "number of ways to draw the weights")
    w.q(r"\tau", tau, "standard deviation of the weights")
    w.q("w", tau * signs, "weights of each way", shape="(M, d_l, d_{l+1})")
    w.q(r"\delta", rng.normal(size=after), "deltas of the layer behind", shape="(d_{l+1},)")
    w.q("z", z, "weighted sums of the layer", shape="(d,)")
    w.function("s", f.generic(bend), "activation")
    w.q("q", (slopes**2).mean(), "mean of the squared slopes")
    w.q(r"\rho", tau * np.sqrt((slopes**2).sum()), "factor by which a layer changes the deltas")
    return w


@world(draws=6)
def clipped(rng, draw):
    """A gradient g, clipped entry by entry (v) and in length (u)."""
    limit = rng.uniform(0.4, 2)

    def shorter(q):
        length = np.sqrt((q("g") ** 2).sum())
        return np.where(np.real(length) > np.real(q("c")), q("c") / length, 1) * q("g")

    w = World("i")
    w.q("c", limit, "limit")
    w.q(
        "g",
        rng.normal(size=3 + draw % 2) * (0.3 if draw % 2 else 2.5),
        "gradient",
        shape="(m,)",
        free=True,
    )
    w.q("v", lambda q: f.clip(q("g"), q("c")), "gradient clipped entry by entry", shape="(m,)")
    w.q("u", shorter, "gradient clipped in length", shape="(m,)")
    return w
