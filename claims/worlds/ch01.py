"""Worlds of chapter 1: a line through points by gradient descent."""

import numpy as np
from eqworlds import World, world


def _line(rng, rate):
    n = 5
    w = World("ij")
    x, y = rng.normal(size=n), rng.normal(size=n)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(n)]), y, rcond=None)[0]
    w.q("n", n, "number of samples")
    w.q("x", x, "inputs", shape="(n,)")
    w.q("y", y, "targets", shape="(n,)")
    w.q("w", rng.normal(), "slope")
    w.q("b", rng.normal(), "intercept")
    w.q(r"\eta", rate, "learning rate")
    w.q("h", 1e-4, "step of a difference")
    w.q(r"\hat{y}", lambda q: q("w") * q("x") + q("b"), "predictions", shape="(n,)")
    w.q("e", lambda q: q(r"\hat{y}") - q("y"), "residuals", shape="(n,)")
    w.q(r"\ell", lambda q: q("e") ** 2 / 2, "loss of one sample", shape="(n,)")
    w.q("J", lambda q: q(r"\ell").mean(), "cost", arguments=("w", "b"))
    w.q(r"\bar{x}", lambda q: q("x").mean(), "mean input")
    w.q(r"\bar{y}", lambda q: q("y").mean(), "mean target")
    w.q(r"\bar{e}", lambda q: q("e").mean(), "mean residual")
    w.q(r"\overline{x^2}", lambda q: (q("x") ** 2).mean(), "mean of the squared inputs")
    w.q(r"\overline{xy}", lambda q: (q("x") * q("y")).mean(), "mean of the products")
    w.q(r"w_\ast", best[0], "best slope")
    w.q(r"b_\ast", best[1], "best intercept")
    w.function(r"\operatorname{Cov}", lambda u, v: ((u - u.mean()) * (v - v.mean())).mean(), "covariance")
    w.function(r"\operatorname{Var}", lambda u: ((u - u.mean()) ** 2).mean(), "variance")
    w.q("H", _hessian, "Hessian of J", shape="(2, 2)")
    w.q(r"\lambda_{\max}", lambda q: _eigenvalue(q("H"), 1), "largest eigenvalue of H")
    w.q(r"\lambda_{\min}", lambda q: _eigenvalue(q("H"), -1), "smallest eigenvalue of H")
    w.q("I", np.eye(2), "identity matrix", shape="(2, 2)")
    w.step("w", lambda q: q("w") - rate * q.grad("J", "w"))
    w.step("b", lambda q: q("b") - rate * q.grad("J", "b"))
    return w


def _hessian(q):
    return np.array([[q.second("J", first, then) for then in "wb"] for first in "wb"])


def _eigenvalue(matrix, sign):
    """Larger (sign 1) or smaller (-1) root of the characteristic polynomial of a 2 x 2 matrix."""
    (a, b), (_, c) = matrix
    return (a + c + sign * np.sqrt((a - c) ** 2 + 4 * b**2)) / 2


@world
def line(rng, draw):
    """Five points, the line w x + b, J the mean of half squared residuals."""
    return _line(rng, 0.1)


@world
def descent(rng, draw):
    """Points and the path (w_t, b_t) of gradient descent on them, t = 0 to 4."""
    n, rate, steps = 5, 0.1, range(5)
    x, y = rng.normal(size=n), rng.normal(size=n)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(n)]), y, rcond=None)[0]
    path = [rng.normal(size=2)]
    for _ in steps:
        slope, intercept = path[-1]
        residual = slope * x + intercept - y
        path.append(path[-1] - rate * np.array([(residual * x).mean(), residual.mean()]))
    w = World("it")
    w.q("n", n, "number of samples")
    w.q("x", x, "inputs", shape="(n,)")
    w.q("y", y, "targets", shape="(n,)")
    w.q(r"\eta", rate, "learning rate")
    w.q(r"\bar{x}", x.mean(), "mean input")
    w.q(r"\bar{y}", y.mean(), "mean target")
    w.q("w", {t: path[t][0] for t in steps}, "slope after t steps", written="_")
    w.q("b", {t: path[t][1] for t in steps}, "intercept after t steps", written="_")
    w.q(r"\hat{y}", lambda q, t: q("w", t) * q("x") + q("b", t), "predictions after t steps", keys=steps, written="_")
    w.q("J", lambda q, t: ((q(r"\hat{y}", t) - q("y")) ** 2).mean() / 2, "cost after t steps", keys=steps, written="_")
    w.q(r"w_\ast", best[0], "best slope")
    w.q(r"b_\ast", best[1], "best intercept")
    w.q("v", {t: (path[t] - best)[:, None] for t in steps}, "distance from the best (w, b)", written="_")
    w.q("H", [[(x**2).mean(), x.mean()], [x.mean(), 1]], "Hessian of J", shape="(2, 2)")
    w.q("I", np.eye(2), "identity matrix", shape="(2, 2)")
    return w


@world
def parabola(rng, draw):
    """Slope only: J = (w x - y)^2 / 2 for one sample, and descent w_t on it, t = 0 to 6."""
    x, y, rate = rng.uniform(0.5, 1.5), rng.normal(), 0.3
    weights = [rng.normal()]
    for _ in range(6):
        weights.append(weights[-1] - rate * x * (weights[-1] * x - y))
    w = World("t")
    w.q("x", x, "input")
    w.q("y", y, "target")
    w.q(r"\eta", rate, "learning rate")
    w.q("w", dict(enumerate(weights)), "weight after t steps", written="_")
    w.q(r"w_\ast", y / x, "best weight")
    return w


@world
def bowl(rng, draw):
    """One axis of a quadratic bowl: J = lambda u^2 / 2, u the distance from the minimum."""
    rate, curvature = 0.2, rng.uniform(0.5, 3)
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
    n = 5
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
    n = 5
    x, y = rng.normal(size=n), rng.normal(size=n)
    w = World("ij")
    w.q("n", n, "number of samples")
    w.q("x", x, "inputs", shape="(n,)")
    w.q("y", y, "targets", shape="(n,)")
    w.q("w", rng.normal(), "slope")
    w.q(r"w_\ast", np.linalg.lstsq(x[:, None], y, rcond=None)[0][0], "best slope")
    w.q("J", lambda q: ((q("w") * q("x") - q("y")) ** 2).mean() / 2, "cost")
    return w
