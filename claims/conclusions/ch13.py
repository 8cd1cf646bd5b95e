"""Chapter 13: a network against a plane on patients, and against no hidden layer on digits."""

from functools import cache

import numpy as np
from handgrad import datasets
from handgrad.network import forward, from_vector, random_network, to_vector
from handgrad.optimizers import lbfgs
from handgrad.training import objective

from claims.conclusions import conclusion

SEEDS, DIGIT_SEEDS = range(13_100, 13_120), range(13_300, 13_320)
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
    paired="split by split",
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
    paired="split by split",
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
    paired="split by split",
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
    paired="split by split",
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
    for seed in DIGIT_SEEDS:
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


def largest(shares, name):
    """Shares at the strength with the largest mean."""
    return max((of for (kind, _), of in shares.items() if kind == name), key=np.mean)


@conclusion(
    "ch13-digits-hidden",
    says="With 250 digits to train on and each side at its own best penalty, 32 hidden units gain "
    "less than a point and a half over none; without a penalty they lose in the mean, at 0.01 they "
    "win.",
    seeds=20,
    budget="120 iterations of L-BFGS, 3 × the page's",
    grid="five strengths, the page has three",
    paired="split by split, each side at its own best strength",
)
def digits_hidden():
    """Differences on the same split; two standard errors are left."""
    shares = digits()
    gain = largest(shares, "deep") - largest(shares, "flat")
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    weak = (shares["deep", 0.0] - shares["flat", 0.0]).mean()
    strong = (shares["deep", 0.01] - shares["flat", 0.01]).mean()
    assert gain.mean() + 2 * error < 1.5, (gain.mean(), error)
    assert weak < -0.5 and strong > 0.5, (weak, strong)
    return {
        "points gained": gain.mean(),
        "standard error": error,
        "without a penalty and at 0.01": [weak, strong],
    }


@conclusion(
    "ch13-digits-penalty",
    says="With 250 digits to train on, 32 hidden units have more than a point more of the held-out "
    "digits right with the best penalty than without one.",
    seeds=20,
    budget="120 iterations of L-BFGS, 3 × the page's",
    grid="five strengths, the page has three",
    paired="split by split",
)
def digits_penalty():
    """Differences on the same split; two standard errors are left."""
    shares = digits()
    gain = largest(shares, "deep") - shares["deep", 0.0]
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    assert gain.mean() - 2 * error > 1, (gain.mean(), error)
    return {"points gained": gain.mean(), "standard error": error}


@conclusion(
    "ch13-choosing",
    says="Where there is nothing to find, the best of many models has a positive R² on the part "
    "where it was chosen, and none on patients not used to choose.",
    seeds=20,
    budget="600 models, 3 × the page's 200",
    grid="none: nothing is set",
    paired="the same model on both parts",
)
def choosing():
    """Targets of other patients; models are planes in three products of measurements."""
    X, Y = datasets.diabetes()
    first, second = np.triu_indices(X.shape[1])
    chosen, fresh = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        A, Ya, B, Yb = datasets.split(X, rng.permutation(Y), fraction=0.5, rng=rng)
        A, B = (M[:, first] * M[:, second] for M in datasets.standardise(A, B))
        tried = []
        for _ in range(600):
            columns = rng.permutation(len(first))[:3]
            y_hat = plane(A[:, columns], Ya, B[:, columns])
            tried.append((r_squared(Yb[:50], y_hat[:50]), r_squared(Yb[50:], y_hat[50:])))
        reported, on_others = max(tried)
        chosen.append(reported)
        fresh.append(on_others)
    assert np.mean(np.array(chosen) > 0) > 0.8, chosen
    assert np.median(fresh) < 0, fresh
    return {"R² where chosen, median": np.median(chosen), "elsewhere": np.median(fresh)}
