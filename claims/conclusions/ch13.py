"""Chapter 13: a network against a plane on patients, and against no hidden layer on digits."""

from functools import cache

import numpy as np
from handgrad import datasets
from handgrad.network import forward, from_vector, random_network, to_vector
from handgrad.optimizers import lbfgs
from handgrad.training import objective

from claims.conclusions import conclusion

SEEDS = range(100, 120)
BETAS = (0.0, 0.003, 0.01, 0.017, 0.03, 0.055, 0.1)


def r_squared(y, y_hat):
    return 1 - ((y - y_hat) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def plane(A, Ya, B):
    ones = lambda M: np.column_stack([M, np.ones(len(M))])
    return ones(B) @ np.linalg.lstsq(ones(A), Ya, rcond=None)[0]


def fitted(net, A, Ya, beta, iterations):
    return from_vector(net, lbfgs(objective(net, A, Ya, l2=beta), to_vector(net), iterations)[0])


def parts(seed):
    rng = np.random.default_rng(seed)
    A, Ya, B, Yb = datasets.split(*datasets.diabetes(), fraction=0.25, rng=rng)
    return *datasets.standardise(A, B), *datasets.standardise(Ya, Yb), rng


@cache
def patients():
    """R² of the plane (seeds,), the network (seeds, betas), and with β chosen inside (seeds,)."""
    linear, held, fair = [], [], []
    for seed in SEEDS:
        A, B, Ya, Yb, rng = parts(seed)
        linear.append(r_squared(Yb, plane(A, Ya, B)))
        net = random_network([10, 10, 1], ["tanh", "identity"], rng=rng)
        nets = [fitted(net, A, Ya, beta, 300) for beta in BETAS]
        held.append([r_squared(Yb, forward(end, B).y_hat) for end in nets])
        inner, inner_Y, check_X, check_Y = datasets.split(A, Ya, fraction=0.25, rng=rng)
        ends = [fitted(net, inner, inner_Y, beta, 300) for beta in BETAS]
        scores = [r_squared(check_Y, forward(end, check_X).y_hat) for end in ends]
        fair.append(held[-1][int(np.argmax(scores))])
    return np.array(linear), np.array(held), np.array(fair)


@conclusion(
    "ch13-free",
    says="Without a penalty the network's R² on other patients is far below that of the plane.",
    seeds=20,
    budget="300 iterations of L-BFGS, 3 × the page's",
    grid="none: β = 0",
)
def free():
    """On the same splits."""
    linear, held, _ = patients()
    behind = linear - held[:, 0]
    assert np.median(behind) > 0.2 and (behind > 0).all(), behind
    return {"R² behind the plane, median": np.median(behind), "least": behind.min()}


@conclusion(
    "ch13-level",
    says="With β chosen within the training part the network is level with the plane: the "
    "differences of R² are within 0.05 in the median.",
    seeds=20,
    budget="300 iterations of L-BFGS, 3 × the page's",
    grid="seven strengths from 0 to 0.1, the page has four",
)
def level():
    """On the same splits; the one strength that is best on all held-out parts does no better."""
    linear, held, fair = patients()
    best = held[:, np.median(held, axis=0).argmax()]
    assert abs(np.median(fair - linear)) < 0.05, np.median(fair - linear)
    assert abs(np.median(best - linear)) < 0.05, np.median(best - linear)
    return {
        "gain with β chosen inside, median": np.median(fair - linear),
        "better, of 20": int((fair > linear).sum()),
        "gain at the best β, median": np.median(best - linear),
    }


@conclusion(
    "ch13-paired",
    says="The plane's R² scatters over splits at least 1.5 times as much as the difference of the "
    "two models on the same split.",
    seeds=20,
    budget="300 iterations of L-BFGS, 3 × the page's",
    grid="seven strengths from 0 to 0.1, the page has four",
)
def paired():
    """At the strength with the largest median."""
    linear, held, _ = patients()
    difference = held[:, np.median(held, axis=0).argmax()] - linear
    assert linear.std() > 1.5 * difference.std(), (linear.std(), difference.std())
    return {"of R²": linear.std(), "of the difference": difference.std()}


@conclusion(
    "ch13-units",
    says="Without a penalty one tanh unit is about as good as the plane; two are worse, and five "
    "worse still.",
    seeds=20,
    budget="300 iterations of L-BFGS, 3 × the page's, and twice its splits",
    grid="none: 1, 2 and 5 units",
)
def units():
    """Medians of the differences from the plane on the same split."""
    behind = {1: [], 2: [], 5: []}
    for seed in SEEDS:
        A, B, Ya, Yb, rng = parts(seed)
        for count, of in behind.items():
            net = random_network([10, count, 1], ["tanh", "identity"], rng=rng)
            end = fitted(net, A, Ya, 0.0, 300)
            of.append(r_squared(Yb, plane(A, Ya, B)) - r_squared(Yb, forward(end, B).y_hat))
    medians = {count: float(np.median(of)) for count, of in behind.items()}
    assert abs(medians[1]) < 0.05, medians
    assert medians[1] + 0.02 < medians[2] < medians[5] - 0.02, medians
    return {f"behind the plane, {count} units": value for count, value in medians.items()}


@cache
def digits():
    """Held-out shares in points, 250 digits to train on: name -> (seeds,)."""
    found = {}
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        A, Ya, B, Yb = datasets.split(*datasets.digits(), fraction=0.25, rng=rng)
        A, Ya = A[:250], Ya[:250]
        nets = {
            "deep": random_network([64, 32, 10], ["relu", "softmax"], rng=rng, scheme="he"),
            "flat": random_network([64, 10], "softmax", rng=rng),
        }
        for name, net in nets.items():
            for beta in (0.0, 0.0003, 0.001, 0.003, 0.01):
                f = objective(net, A, Ya, loss="softmax_cross_entropy", l2=beta)
                end = from_vector(net, lbfgs(f, to_vector(net), 120)[0])
                right = forward(end, B).y_hat.argmax(axis=1) == Yb.argmax(axis=1)
                found.setdefault((name, beta), []).append(100 * np.mean(right))
    return {key: np.array(shares) for key, shares in found.items()}
