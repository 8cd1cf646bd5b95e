"""Worlds of chapter 10: what a product of many slopes and weights does to a gradient."""

from itertools import product

import numpy as np
from eqworlds import World, world

from . import functions as f


@world
def logistic_chain(rng, draw):
    """A chain of logistic units, each layer one neuron, L = 5."""
    L, layers = 5, range(2, 6)
    w = World("kl")
    w.q("L", L, "number of layers")
    w.q("x", rng.normal(), "input")
    w.q("y", rng.uniform(), "target")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("w", {l: (-1) ** (l + draw) * rng.uniform(0.5, 2) for l in layers}, "weights")
    w.q("b", {l: rng.normal() for l in layers}, "biases")
    w.q("z", lambda q, l: q("a", l - 1) * q("w", l) + q("b", l), "weighted sums", keys=layers)
    w.q("a", lambda q, l: q("x") if l == 1 else f.sigmoid(q("z", l)), "outputs", keys=range(1, 6))
    w.q("J", lambda q: (q("a", L) - q("y")) ** 2 / 2, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=layers)
    return w


@world
def logistic_layers(rng, draw):
    """One sample through logistic layers 3-4-3-5-2."""
    sizes, layers = (3, 4, 3, 5, 2), range(2, 6)
    weights = {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers}
    w = World("ijkl")
    w.q("L", 5, "number of layers")
    w.q("x", rng.normal(size=(1, 3)), "input", row=True)
    w.q("y", rng.uniform(size=(1, 2)), "target", row=True)
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.q("W", weights, "weights", shape="(d_{l-1}, d_l)")
    w.alias("w", "W", "entries of the weights")
    w.q("b", {l: rng.normal(size=(1, sizes[l - 1])) for l in layers}, "biases", row=True)
    stretch = {l: np.linalg.svd(W, compute_uv=False)[0] for l, W in weights.items()}
    w.q("m", stretch, "the most by which the weights of a layer stretch a row")
    below = {l: lambda q, l=l: q("a", l - 1) @ q("W", l) + q("b", l) for l in layers}
    w.q("z", lambda q, l: below[l](q), "weighted sums", keys=layers, row=True)
    w.q("a", lambda q, l: q("x") if l == 1 else f.sigmoid(q("z", l)), "outputs",
        keys=range(1, 6), row=True)
    w.q("J", lambda q: 0.5 * ((q("a", 5) - q("y")) ** 2).sum(), "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivatives of J by z", keys=layers, row=True)
    return w


@world(draws=4)
def sign_patterns(rng, draw):
    """Weights from d = 2 neurons to three, +τ or -τ, in all 64 ways; deltas of the three."""
    d, after = 2, 3
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
    w.q("w", tau * signs, "weights of each way", shape="(M, d, 3)")
    w.q(r"\delta", rng.normal(size=after), "deltas of the layer behind", shape="(3,)")
    w.q("z", z, "weighted sums of the layer", shape="(d,)")
    w.function("s", f.generic(bend), "activation")
    w.q("q", (slopes**2).mean(), "mean of the squared slopes")
    w.q(r"\rho", tau * np.sqrt((slopes**2).sum()), "factor by which a layer changes the deltas")
    return w


@world(draws=6)
def clipped(rng, draw):
    """A gradient g, clipped entry by entry (v) and in length (u)."""
    limit = 1.1
    g = rng.normal(size=4) * (0.3 if draw % 2 else 2.5)
    length = np.sqrt((g**2).sum())
    w = World("i")
    w.q("c", limit, "limit")
    w.q("g", g, "gradient", shape="(m,)")
    w.q("v", np.clip(g, -limit, limit), "gradient clipped entry by entry", shape="(m,)")
    w.q("u", g * min(1, limit / length), "gradient clipped in length", shape="(m,)")
    return w
