"""The conclusions of chapter 5, held beyond what the page runs."""

import numpy as np

from claims.conclusions import conclusion

SIZES = (2, 4, 3, 2, 4)
X, Y = np.array([[2.0, 4.0]]), np.array([[5.0, 6.0, 7.0, 8.0]])
CLOSE, RATE = 0.005, 0.002
DRAWN = {
    "uniform, 0 to 1": lambda rng, shape: rng.uniform(0, 1, shape),
    "uniform, 0 to ½": lambda rng, shape: rng.uniform(0, 0.5, shape),
    "uniform, −1 to 1": lambda rng, shape: rng.uniform(-1, 1, shape),
    "normal, spread ½": lambda rng, shape: rng.normal(0, 0.5, shape),
}


def starts(draw, seeds, each):
    """Weights of a 2-4-3-2-4 network, `each` starts for every seed along the first axis."""
    W = {l: [] for l in range(2, 6)}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for l in W:
            W[l].append(draw(rng, (each, SIZES[l - 2], SIZES[l - 1])))
    return {l: np.concatenate(W[l]) for l in W}


def distances(W, rate, moments, fixed):
    """Largest distance of an output from its target, for each start, after so many updates."""
    found = {}
    for update in range(max(moments) + 1):
        a = {1: X[None]}
        for l in W:
            a[l] = a[l - 1] @ W[l]
        delta = {5: a[5] - Y}
        if update in moments:
            found[update] = np.abs(delta[5]).max(axis=(1, 2))
        for l in (4, 3, 2):
            delta[l] = delta[l + 1] @ W[l + 1].mT
        dW = {l: a[l - 1].mT @ delta[l] for l in W}
        step = rate * (np.abs(delta[5]).max(axis=2, keepdims=True) < 1e6)  # diverged: left alone
        if fixed:
            length = np.sqrt(sum((dW[l] ** 2).sum(axis=(1, 2)) for l in W))
            step = step / np.where(length > 0, length, 1)[:, None, None]
        W = {l: W[l] - step * dW[l] for l in W}
    return found


@conclusion(
    "ch05-fixed",
    says="after 25 updates at the rate 0.002 the plain step comes within 0.005 of the targets from "
    "some starts of every kind, a quarter or more of those in (0, 1); the step of fixed length "
    "from hardly any, one in a thousand at most",
    seeds=20,
    budget="25 updates, as in the notes, and 75; 4,000 starts of each kind, the page has 1,000",
    grid="none: the sentence names the rate of the notes",
    paired="the same starts for both steps",
)
def fixed_step():
    """The share of starts that come that near, and the nearest with the fixed length."""
    found = {}
    for name, draw in DRAWN.items():
        W = starts(draw, range(700, 720), 200)
        plain = distances(W, RATE, (25, 75), False)
        fixed = distances(W, RATE, (25, 75), True)
        share = {k: float((plain[k] <= CLOSE).mean()) for k in plain}
        nearest = {k: float(fixed[k].min()) for k in fixed}
        hits = float((fixed[25] <= CLOSE).mean())
        assert share[25] > 0.01 and hits <= 0.001, (name, share, hits)
        if name == "uniform, 0 to 1":
            assert 0.25 < share[25] < 0.45, share
        found[name] = {
            "plain, share within 0.005 after 25": share[25],
            "after 75": share[75],
            "fixed length, nearest after 25": nearest[25],
            "nearest after 75": nearest[75],
        }
    return found


@conclusion(
    "ch05-fixed-longer",
    says="with the step of fixed length neither 3,000 updates at 0.002 nor 25 at a rate up to "
    "fifty times as large bring more than one start in twenty within 0.005",
    seeds=20,
    budget="3,000 updates, as on the page, and 9,000; 25 and 75 at the larger rates",
    grid="nine rates from 0.01 to 0.1, the page has three",
    paired="the same starts for all rates",
)
def fixed_longer():
    """The share of 400 starts in (0, 1)."""
    W = starts(DRAWN["uniform, 0 to 1"], range(720, 740), 20)
    found = {}
    for rate in (RATE, 0.01, 0.014, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1):
        moments = (3000, 9000) if rate == RATE else (25, 75)
        for updates, e in distances(W, rate, moments, True).items():
            share = float((e <= CLOSE).mean())
            assert share < 0.05, (rate, updates, share)
            found[f"rate {rate:g}, {updates:,} updates"] = share
    return found
