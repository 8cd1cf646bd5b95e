"""Worlds of chapter 1: a line through points by gradient descent."""

import numpy as np
from eqworlds import World, world


@world
def line(rng, draw):
    """Five or more points, the line w x + b, J the mean of half squared residuals."""
    n, rate = 4 + draw, rng.uniform(0.05, 0.3)
    w = World("ij")
    x, y = rng.normal(size=n), rng.normal(size=n)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(n)]), y, rcond=None)[0]
    w.q("n", n, "number of samples")
    w.q("x", x, "inputs", shape="(n,)")
    w.q("y", y, "targets", shape="(n,)")
    w.q("w", rng.normal(), "slope")
    w.q("b", rng.normal(), "intercept")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\hat{y}", lambda q: q("w") * q("x") + q("b"), "predictions", shape="(n,)")
    w.q("e", lambda q: q(r"\hat{y}") - q("y"), "residuals", shape="(n,)")
    w.q(r"\ell", lambda q: q("e") ** 2 / 2, "loss of one sample", shape="(n,)")
    w.q("J", lambda q: q(r"\ell").mean(), "cost", arguments=("w", "b"))
    w.q(r"\bar{x}", lambda q: q("x").mean(), "mean input")
    w.q(r"\bar{y}", lambda q: q("y").mean(), "mean target")
    w.q(r"w_\ast", best[0], "best slope")
    w.q(r"b_\ast", best[1], "best intercept")
    w.step("w", lambda q: q("w") - rate * q.grad("J", "w"))
    w.step("b", lambda q: q("b") - rate * q.grad("J", "b"))
    return w


def _slice(rng, draw, direction):
    """A line through points, u away from the best one in a direction (p, q) of the (w, b) plane."""
    n = 4 + draw
    x, y = rng.normal(size=n) + 0.5, rng.normal(size=n)
    columns = np.column_stack([x, np.ones(n)])
    best = np.linalg.lstsq(columns, y, rcond=None)[0]
    p, q, factor = direction(columns.T @ columns / n)
    w = World("ij")
    w.q("p", p, "first component of a direction")
    w.q("q", q, "second component of a direction")
    w.q("u", rng.normal(), "distance from the minimum")
    w.q("w", lambda q: best[0] + q("u") * q("p"), "slope")
    w.q("b", lambda q: best[1] + q("u") * q("q"), "intercept")
    w.q("J", lambda q: ((q("w") * x + q("b") - y) ** 2).mean() / 2, "cost")
    if factor is not None:
        w.q(r"\lambda", factor, "eigenvalue of the Hessian")
    return w


@world
def line_slice(rng, draw):
    """A way through the minimum of the bowl, in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return _slice(rng, draw, lambda H: (np.cos(angle), np.sin(angle), None))


@world(draws=6)
def line_axis(rng, draw):
    """A way through the minimum of the bowl, along one of its axes."""

    def axis(H):
        values, vectors = np.linalg.eigh(H)
        return *vectors[:, draw % 2], values[draw % 2]

    return _slice(rng, draw, axis)


@world(draws=1)
def four_points(rng, draw):
    """The points 0, 1, 2, 3 of the chapter: the largest eigenvalue of their Hessian."""
    x = np.arange(4.0)
    w = World("i")
    H = np.array([[(x**2).mean(), x.mean()], [x.mean(), 1.0]])
    w.q("H", H, "second derivatives of the cost by slope and intercept", shape="(2, 2)")
    w.q(r"\lambda_{\max}", np.linalg.eigvalsh(H)[-1], "largest eigenvalue of the Hessian")
    return w


@world
def bowl(rng, draw):
    """One axis of a quadratic bowl: J = lambda u^2 / 2, u the distance from the minimum."""
    rate, curvature = rng.uniform(0.05, 0.3), rng.uniform(0.5, 3)
    largest = curvature + rng.uniform(0.5, 2)
    w = World("t")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\lambda", curvature, "an eigenvalue of the Hessian")
    w.q(r"\lambda_{\max}", largest, "largest eigenvalue of the Hessian")
    w.q(r"\eta_{\max}", _limit(largest), "learning rate from which descent no longer converges")
    w.q("u", rng.normal(), "distance from the minimum along one axis")
    w.q("J", lambda q: q(r"\lambda") * q("u") ** 2 / 2, "cost")
    w.step("u", lambda q: q("u") - rate * q.grad("J", "u"))
    return w


def _limit(curvature):
    """Rate at which 50 steps on J = curvature u^2 / 2 neither shrink nor grow u, by bisection."""
    low, high = 0.0, 10.0
    for _ in range(60):
        rate = (low + high) / 2
        u = 1.0
        for _ in range(50):
            u -= rate * curvature * u
        low, high = (rate, high) if abs(u) < 1 else (low, rate)
    return (low + high) / 2


@world
def line_sum(rng, draw):
    """The line with the plain sum of squared residuals as its cost S."""
    n = 4 + draw
    w = World("ij")
    w.q("n", n, "number of samples")
    w.q("x", rng.normal(size=n), "inputs", shape="(n,)")
    w.q("y", rng.normal(size=n), "targets", shape="(n,)")
    w.q("w", rng.normal(), "slope")
    w.q("b", rng.normal(), "intercept")
    w.q("S", lambda q: ((q("y") - q("w") * q("x") - q("b")) ** 2).sum(), "sum of squares")
    return w


@world
def line_origin(rng, draw):
    """A line through the origin: slope only."""
    n = 4 + draw
    x, y = rng.normal(size=n), rng.normal(size=n)
    w = World("ij")
    w.q("n", n, "number of samples")
    w.q("x", x, "inputs", shape="(n,)")
    w.q("y", y, "targets", shape="(n,)")
    w.q("w", rng.normal(), "slope")
    w.q(r"w_\ast", np.linalg.lstsq(x[:, None], y, rcond=None)[0][0], "best slope")
    w.q("J", lambda q: ((q("w") * q("x") - q("y")) ** 2).mean() / 2, "cost")
    return w
