r"""Ways to write that other books use, each true once and false once."""

import numpy as np
import pytest
from eqworlds import Checker, Claim, EquationError, World, world


@world
def other(rng, draw):
    """A regression as other books write it."""
    n = 4 + draw
    X, y = rng.normal(size=(n, 3)), rng.normal(size=(n, 1))
    w = World("ijk")
    w.q("n", n, "number of samples")
    w.q("m", 3, "a number to count with")
    w.q("X", X, "inputs")
    w.q("y", y, "targets")
    w.q("v", rng.normal(size=(3, 1)), "weights")
    w.q("w^*", np.linalg.solve(X.T @ X, X.T @ y), "best weights")
    w.q("u", rng.normal(size=3), "a vector")
    w.q("p", rng.normal(), "a number")
    w.q("r", lambda q: q("X") @ q("v") - q("y"), "residuals")
    w.q("J", lambda q: (q("r") ** 2).sum() / 2, "cost", arguments=("v",))
    w.q("Q", lambda q: (q("u") ** 4).sum() + q("p") * q("u")[0], "any cost", arguments=("u",))
    w.q(r"\mathring{x}", lambda q: 3 * q("p"), "a ring above")
    w.q("k", [2, 3], "which entries")
    w.q(r"\text{income}", rng.normal(size=3), "a name of several letters")
    w.q(r"n_{\text{in}}", 3, "a text below")
    w.function("f", lambda x, a: np.sin(x) * a, "a function of two arguments")
    w.function("g", lambda x: x**3, "a function")
    w.function("h", lambda x: (x**3).sum(), "a function of a vector")
    w.function(r"\mathbb{E}", lambda x: x.mean(), "mean over the samples")
    return w


@world
def layers(rng, draw):
    """Layers whose letter is an ell."""
    w = World(["i", r"\ell"])
    w.q("a", {1: rng.normal(), 2: rng.normal(), 3: rng.normal()}, "outputs")
    w.q("d", lambda q, l: q("a", l) - q("a", l - 1), "differences", keys=(2, 3))
    return w


CHECKER = Checker({"other": other})
PAIRS = [
    (r"X^T X w^* = X^T y", r"X^T X w^* = -X^T y"),
    (r"X' X w^{*} = X' y", r"X' X w^{*} = 2 X' y"),
    (r"J(v) := \frac12 \|X v - y\|_2^2", r"J(v) := \|X v - y\|_2^2"),
    (r"\nabla_v J = X^\top (X v - y)", r"\nabla_v J = X^\top (X v + y)"),
    (r"\nabla J(w^*) + v = v", r"\nabla J(v) + v = v"),
    (r"\nabla J = X^\top r", r"\nabla J = -X^\top r"),
    (r"\partial_v J = X^\top r", r"\partial_v J = r^\top X"),
    (r"\frac{\partial J}{\partial v} \Big|_{p = 0} = X^\top r", r"\frac{\partial J}{\partial v} \Big|_{p = 0} = -X^\top r"),
    (r"\nabla h(u) = 3 u^{\odot 2}", r"\nabla h(u) = 3 u"),
    (r"f(p; m) = 3 \sin p", r"f(p; m) = 2 \sin p"),
    (r"f(p \mid m) = 3 \sin p", r"f(p | m) = \sin p"),
    (r"(g')^2 = \frac32 g g''", r"(g')^2 = \frac12 g g''"),
    (r"g'(p) = 3 p^2, \qquad g''(p) = 6 p", r"g'(p) = 3 p^3"),
    (r"\Vert u \Vert_1 = \sum_i \lvert u_i \rvert", r"\Vert u \Vert_1 = \sum_i u_i"),
    (r"\|u\|_\infty = \max_i |u_i|", r"\|u\|_\infty = \min_i |u_i|"),
    (r"\|u\|_4^4 = \sum_i u_i^4", r"\|u\|_3^4 = \sum_i u_i^4"),
    (r"\|X\|_{\mathrm{F}}^2 = \sum_{i,j} X_{ij}^2", r"\|X\|_F = \sum_{i,j} X_{ij}^2"),
    (r"u \circ u = u^{\odot 2}", r"u \circ u = u"),
    (r"\mathbb{E}[r] = \frac{1}{n} \sum_i r_{i1}", r"\mathbb{E}[r] = \sum_i r_{i1}"),
    (r"w^* = \operatorname*{argmin}_{v} J", r"w^* = -\arg\min_v J"),
    (r"\underset{v}{\min} J = J(w^*)", r"\min_v J = J(v)"),
    (r"n_\textrm{in} = 3 \cdot p / p, \qquad n_{\text{in}} + 0 p = m", r"n_\textrm{in} + 0 p = n"),
    (r"{income}_1 \cdot p = p\, {income}_1", r"{income}_1 \cdot p = p\, {income}_2"),
    (r"p \stackrel{\text{def}}{=} p^2 / p", r"p \stackrel{\text{def}}{=} p^2"),
    (r"\begin{array}{cc} p & 1 \end{array} = \begin{bmatrix} p & p / p \end{bmatrix}", r"\begin{array}{cc} p & 1 \end{array} = \begin{bmatrix} 1 & p \end{bmatrix}"),
    (r"\langle u, u \rangle = \|u\|^2", r"\langle u, u \rangle = \|u\|"),
    (r"m! + 0 p = 6", r"m! + 0 p = 5"),
    (r"p > 1 \implies p^2 > 1 + 0 p", r"p^2 > 0.01 \implies p > 0.1"),
    (r"p \cdot |p| = |p| p, \qquad 2 |p| \ge p", r"2 |p| < p"),
    (r"\sum_{i} - u_i = -\sum_i u_i", r"\sum_{i} - u_i = \sum_i u_i"),
    (r"\partial J / \partial v_{11} = \frac{\partial J}{\partial v_{11}} p / p", r"\partial J / \partial v_{11} = \frac{\partial J}{\partial v_{21}}"),
    (r"(p, m) = (p, 3)", r"(p, m) = (3, p)"),
    (r"w^* = (X^\top X)^{-1} X^\top y", r"w^* = (X^\top X)^{-1} X^\top r"),
    (r"J = \frac12 (X v - y)^\top (X v - y)", r"J = \frac12 (X v - y)^\top X v"),
    (r"\frac{\partial}{\partial v} \big( (X v - y)^\top (X v - y) \big) = 2 X^\top r", r"\frac{\partial}{\partial v} \big( (X v - y)^\top (X v - y) \big) = X^\top r"),
    (r"(y^\top r) X^\top y = X^\top y\, r^\top y", r"(y^\top r) X^\top y = X^\top r\, r^\top y"),
    (r"\frac{y^\top r}{p} = r^\top y \frac{1}{p}", r"\frac{y^\top r}{p} = r^\top r \frac{1}{p}"),
    (r"\underset{i=1}{\overset{m}{\sum}} u_i^{\,} = u_1 + u_2 + u_3", r"\underset{i=1}{\overset{2}{\sum}} u_i = u_1 + u_2 + u_3"),
    (r"\text{log}\left(p^2\right) = 2\, \mathrm{log}(\lvert p \rvert)", r"\text{log}(p^2) = \text{log}(\lvert p \rvert)"),
    (r"\text{max}(p, p - 1) = p", r"\operatorname{min}(p, p - 1) = p"),
    (r"\mathring{x}^{\,}_{\,} − 2·p = p", r"\mathring{x} ≤ 2·p − p"),
    (r"{\bf u}^\top = \textbf{u}^\top" .replace(r"^\top", "_1"), r"{\rm u}_1 = \textbf{u}_2"),
    (r"u_{k_1} = u_2", r"u_{k_2} = u_2"),
    (r"\newcommand{\half}[1]{\frac{#1}{2}} \half{p + p} = p", r"\newcommand{\half}[1]{\frac{#1}{3}} \half{p + p} = p"),
    (r"p >= -|p|, \qquad x_{...} = p" .split(",")[0], r"p >= |p| + 1"),
]  # fmt: skip


@world(draws=8)
def wide(rng, draw):
    """Numbers of either sign, small and large."""
    w = World("i")
    w.q("p", (-1) ** draw * rng.uniform(0.2, 3), "a number", free=True)
    return w


@pytest.mark.parametrize("right, wrong", PAIRS, ids=range(len(PAIRS)))
def test_right_and_wrong(right, wrong):
    name = "wide" if "implies" in right else "other"
    checker = Checker({"other": other, "wide": wide})
    assert checker.check(Claim(right, (name,))) > 0
    with pytest.raises(EquationError):
        checker.check(Claim(wrong, (name,)))


def test_a_letter_of_an_index_may_be_a_command():
    checker = Checker({"layers": layers})
    assert checker.check(Claim(r"d^\ell = a^{\ell} - a^{\ell - 1}", ("layers",))) == 6
    with pytest.raises(EquationError, match="left"):
        checker.check(Claim(r"d^\ell = a^{\ell - 1} - a^\ell", ("layers",)))


def test_a_singular_matrix_has_no_inverse():
    with pytest.raises(EquationError, match="no inverse"):
        CHECKER.check(Claim(r"(u - u)^{\odot 1} = u - u, (X^T X - X^T X)^{-1} = X^T X", ("other",)))


def test_a_sum_that_ends_in_dots_claims_nothing():
    with pytest.raises(EquationError, match="give its last term"):
        CHECKER.check(Claim(r"p = u_1 + u_2 + \ldots, \qquad p = p", ("other",)))
