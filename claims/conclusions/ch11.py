"""Chapter 11: batch normalisation in deep networks, on other networks, budgets and finer grids."""

from functools import cache
from itertools import product

import numpy as np
from handgrad import activations, datasets

from claims.conclusions import conclusion

WIDTH, DEPTH, NETS, FIRST = 16, 10, 20, 11_300
BUDGET = 600
ACTIVATION = {"logistic": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
RATES = {  # the page's: without, with
    ("logistic", 0.1): (4, 7),
    ("logistic", 0.35): (4, 3.5),
    ("tanh", 0.1): (0.8, 1.6),
    ("tanh", 0.35): (0.1, 0.8),
    ("ReLU", 0.1): (0.8, 0.8),
    ("ReLU", 0.35): (0.2, 0.8),
}


def start(tau, n=40, depth=DEPTH, normed=True):
    sizes = [2] + [WIDTH] * (depth - 1) + [1]
    X, Y, p = [], [], {("W", l): [] for l in range(2, depth + 2)}
    for seed in range(FIRST, FIRST + NETS):
        rng = np.random.default_rng(seed)
        points, labels = datasets.circles(n, rng=rng, noise=0.05)
        X.append(points)
        Y.append(labels)
        for l in range(2, depth + 2):
            p["W", l].append(tau * rng.standard_normal((sizes[l - 2], sizes[l - 1])))
    p = {k: np.array(W) for k, W in p.items()}
    for l in range(2, depth + 2):
        p["beta", l] = np.zeros((NETS, 1, sizes[l - 1]))
        if normed and l < depth + 1:
            p["gamma", l] = np.ones((NETS, 1, sizes[l - 1]))
    return np.array(X), np.array(Y), p


def mean(t):
    return np.ones((1, t.shape[-2])) @ t / t.shape[-2]


def forward(p, X, s, fixed=None):
    c, L = {("a", 1): X}, max(l for _, l in p)
    for l in range(2, L + 1):
        z = c["a", l - 1] @ p["W", l]
        if ("gamma", l) in p:
            mu = mean(z) if fixed is None else fixed[l][0]
            v = mean((z - mu) ** 2) if fixed is None else fixed[l][1]
            c["stats", l], c["r", l] = (mu, v), 1 / np.sqrt(v + 1e-5)
            c["hat", l] = (z - mu) * c["r", l]
            z = p["gamma", l] * c["hat", l]
        c["z", l] = z + p["beta", l]
        c["a", l] = (s.value if l < L else activations.sigmoid)(c["z", l])
    return c


def backward(p, c, Y, s, constants=False):
    d, L, n = {}, max(l for _, l in p), Y.shape[-2]
    for l in range(L, 1, -1):
        g = (c["a", L] - Y) / n if l == L else back * s.derivative(c["z", l])  # noqa: F821
        d["beta", l] = n * mean(g)
        if ("gamma", l) in p:
            hat, scale = c["hat", l], p["gamma", l] * c["r", l]
            d["gamma", l] = n * mean(g * hat)
            paths = 0 if constants else d["beta", l] / n + hat * d["gamma", l] / n
            g = scale * (g - paths)
        d["W", l] = c["a", l - 1].mT @ g
        back = g @ p["W", l].mT  # noqa: F841
    return d


def right(c, Y):
    return np.mean((c["a", max(l for _, l in c)] > 0.5) == (Y > 0.5), axis=(-2, -1))


def half(name, tau, rate, normed, updates, constants=False):
    """Updates until half of the networks have 95 % of the samples right; infinity if never."""
    s = activations.get(ACTIVATION[name])
    X, Y, p = start(tau, normed=normed)
    done = np.zeros(NETS, dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):  # a rate too large never arrives
        for k in range(updates + 1):
            c = forward(p, X, s)
            done |= (right(c, Y) >= 0.95) & np.isfinite(c["a", DEPTH + 1]).all(axis=(-2, -1))
            if done.sum() >= NETS / 2:
                return float(k)
            d = backward(p, c, Y, s, constants)
            p = {q: p[q] - rate * d[q] for q in p}
    return np.inf


@cache
def search(name, tau, normed, constants=False):
    """{rate: updates until half were done}: √2 apart around the page's rate; wide if hopeless."""
    page, found, limit = RATES[name, tau][normed], {}, BUDGET
    hopeless = not normed and (tau == 0.1 or name == "logistic")
    factors = (1.0, 5.0, 0.2) if hopeless else (1.0, 2**0.5, 0.5**0.5, 2.0, 0.5)
    for factor in factors:
        found[page * factor] = half(name, tau, page * factor, normed, limit, constants)
        limit = int(min(limit, found[page * factor]))  # a slower one needn't be followed
    return found


def best(*case):
    return min(search(*case).values())


@conclusion(
    "ch11-rates",
    says="With the page's rates each row needs at most twice the updates of the best of a search.",
    seeds=20,
    budget="4 × the page's 150 updates",
    grid="rates √2 apart (5 times apart where none helps), both sides at their own best",
    paired="the same networks and data for all",
)
def rates():
    """The page's rate needs at most twice the updates of the best of a grid twice as fine."""
    found = {}
    for (name, tau), pair in RATES.items():
        for normed in (False, True):
            if best(name, tau, normed) < np.inf:
                ratio = search(name, tau, normed)[pair[normed]] / best(name, tau, normed)
                found[f"{name} {tau} {'with' if normed else 'without'}"] = ratio
                assert ratio <= 2, (name, tau, normed, search(name, tau, normed))
    return found


@conclusion(
    "ch11-small",
    says="With weights that are too small there's training with batch normalisation only.",
    seeds=20,
    budget="4 × the page's 150 updates",
    grid="rates √2 apart (5 times apart where none helps), both sides at their own best",
    paired="the same networks and data for all",
)
def small():
    """Until half of the networks are done."""
    found = {}
    for name in ACTIVATION:
        without, with_it = best(name, 0.1, False), best(name, 0.1, True)
        assert with_it < 150 and without == np.inf, (name, with_it, without)
        found[name] = with_it
    return found


@conclusion(
    "ch11-larger",
    says="With larger weights logistic networks still need it, ReLU is faster, tanh gains little.",
    seeds=20,
    budget="4 × the page's 150 updates",
    grid="rates √2 apart (5 times apart where none helps), both sides at their own best",
    paired="the same networks and data for all",
)
def larger():
    """Until half of the networks are done."""
    found = {name: [best(name, 0.35, k) for k in (False, True)] for name in ACTIVATION}
    assert found["logistic"][0] == np.inf and found["logistic"][1] < 100, found
    assert 3 * found["ReLU"][1] < found["ReLU"][0], found
    assert 0.5 < found["tanh"][1] / found["tanh"][0] < 2, found
    return {"ReLU": found["ReLU"], "tanh": found["tanh"], "logistic with": found["logistic"][1]}


@conclusion(
    "ch11-constants",
    says="With mean and variance taken for constants half of the ReLU networks are done about as "
    "soon.",
    seeds=20,
    budget="4 × the page's 150 updates",
    grid="rates √2 apart (5 times apart where none helps), both sides at their own best",
    paired="the same networks and data, both at their own best rate",
)
def constants():
    """In at most twice the updates, where a few are needed."""
    found = {}
    for tau in (0.35, 0.1):
        both = [best("ReLU", tau, True), best("ReLU", tau, True, True)]
        assert both[1] <= 2 * both[0] < np.inf, (tau, both)
        found[str(tau)] = both
    return found


@cache
def predicted(name, epochs, size=16, points=80, m=0.9, rate=0.1):
    """Mean share of new points right, by the statistics; networks half as deep as the others."""
    s = activations.get(ACTIVATION[name])
    X, Y, p = start(0.35, n=points, depth=DEPTH // 2)
    layers = [l for kind, l in p if kind == "gamma"]
    rng, factor = np.random.default_rng(11_021), size / (size - 1)
    kept = {f: dict.fromkeys(layers, (0.0, 1.0)) for f in (1.0, factor)}
    for _ in range(epochs):
        for rows in rng.permutation(points).reshape(-1, size):
            c = forward(p, X[:, rows], s)
            for f, R in kept.items():
                for l in layers:
                    mu, v = c["stats", l]
                    R[l] = m * R[l][0] + (1 - m) * mu, m * R[l][1] + (1 - m) * f * v
            d = backward(p, c, Y[:, rows], s)
            p = {q: p[q] - rate * d[q] for q in p}
    whole = forward(p, X, s)
    seen = [
        forward(p, X[:, rows], s)
        for _ in range(20)
        for rows in rng.permutation(points).reshape(-1, size)
    ]
    fixed = {
        "whole": {l: whole["stats", l] for l in layers},
        "running": kept[1.0],
        "running, n - 1": kept[factor],
        "still": {
            l: tuple(np.mean([c["stats", l][i] for c in seen], axis=0) for i in (0, 1))
            for l in layers
        },
    }
    new = [
        datasets.circles(200, rng=np.random.default_rng(11_500 + k), noise=0.05)
        for k in range(NETS)
    ]
    order = np.random.default_rng(11_022).permutation(200)
    X_new, Y_new = (np.array(part)[:, order] for part in zip(*new, strict=True))
    found = {way: float(right(forward(p, X_new, s, f), Y_new).mean()) for way, f in fixed.items()}
    for k in (200, 8, 2, 1):
        shares = [
            right(forward(p, X_new[:, at : at + k], s), Y_new[:, at : at + k])
            for at in range(0, 200, k)
        ]
        found[f"batches of {k}"] = float(np.mean(shares))
    return found


EPOCHS = (30, 90)
AROUND = (0.07, 0.1, 0.14)


@conclusion(
    "ch11-fixed",
    says="Fixed statistics beat those of small batches, the worse the smaller; a single sample is "
    "a coin.",
    seeds=20,
    budget="30 and 90 epochs, the page has 20",
    grid="learning rates √2 apart around the page's 0.1",
    paired="the same trained networks and new points",
)
def fixed_statistics():
    """Mean share of the new points right, ReLU and tanh."""
    found = {}
    for name, epochs, rate in product(("ReLU", "tanh"), EPOCHS, AROUND):
        of = predicted(name, epochs, rate=rate)
        assert min(of["whole"], of["running"]) > of["batches of 8"] + 0.05, of
        assert of["batches of 200"] > of["batches of 8"] + 0.03, of
        assert of["batches of 8"] > of["batches of 2"] + 0.1, of
        assert max(of["batches of 2"], of["batches of 1"]) < 0.57, of
        if rate == 0.1:
            found[f"{name}, {epochs} epochs"] = of
    return found


@conclusion(
    "ch11-lag",
    says="For tanh running averages lag behind weights that move; for ReLU hardly.",
    seeds=20,
    budget="30 epochs, the page has 20",
    grid="learning rates √2 apart around the page's 0.1",
    paired="the same trained networks and new points",
)
def lag():
    """Only while the weights still move: with more epochs the lag goes."""
    found = {}
    for rate in AROUND:
        of, relu = predicted("tanh", 30, rate=rate), predicted("ReLU", 30, rate=rate)
        assert of["running"] + 0.01 < min(of["whole"], of["still"]), (rate, of)
        assert abs(of["whole"] - of["still"]) < 0.02, (rate, of)
        assert abs(relu["whole"] - relu["running"]) < 0.01, (rate, relu)
        found[f"whole, running, held still: tanh at rate {rate}"] = [
            of[way] for way in ("whole", "running", "still")
        ]
        found[f"ReLU at rate {rate}"] = [relu[way] for way in ("whole", "running", "still")]
    return found


@conclusion(
    "ch11-factor",
    says="Whether by n or by n - 1 changes less than a point or two.",
    seeds=20,
    budget="30 and 90 epochs, the page has 20",
    grid="learning rates √2 apart around the page's 0.1",
    paired="the same trained networks and new points",
)
def factor():
    """Share right with running averages of either variance."""
    found = {}
    for name, epochs, rate in product(("ReLU", "tanh"), EPOCHS, AROUND):
        of, case = predicted(name, epochs, rate=rate), f"{name}, {epochs} epochs, rate {rate}"
        found[case] = of["running, n - 1"] - of["running"]
        assert abs(found[case]) < 0.02, found
    return found
