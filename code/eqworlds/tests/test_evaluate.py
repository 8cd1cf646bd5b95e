"""Evaluation: derivatives by displacement, strict shapes, ranges of indices, the guards."""

import numpy as np
import pytest
from eqworlds import Checker, Claim, EquationError, World, world
from eqworlds.environment import Environment, function_derivative


@world
def small(rng, draw):
    """A row, two matrices, a path of numbers, a cost."""
    w = World("ijkt")
    w.q("n", 3, "size")
    w.q("x", rng.normal(size=3), "a vector")
    w.q("p", rng.normal(size=4), "a longer vector")
    w.q("W", {2: rng.normal(size=(3, 4)), 3: rng.normal(size=(4, 2))}, "matrices")
    w.q("r", rng.normal(size=(1, 4)), "a row", row=True, broadcast=True)
    w.q("A", rng.normal(size=(5, 4)), "a matrix")
    w.q("c", rng.normal(), "a number")
    w.q("z", (-1) ** draw * 0.7, "a number of either sign")
    w.q("u", lambda q: q("x") ** 3 + q("c") * q("x"), "computed from x")
    w.q("J", lambda q: (q("u") ** 2).sum() + q("c") * q("u")[0], "a cost", arguments=("c",))
    w.q("v", lambda q, t: q("v", t - 1) / 2 if t else q("c"), "halves", keys=range(5), written="_")
    w.q("o", 0.0, "zero")
    w.function("f", lambda z: z**4, "fourth power")
    w.step("c", lambda q: q("c") + 1)
    return w


@world
def steps(rng, draw):
    """A place z, a small step d and a function."""
    w = World("i")
    w.q("z", rng.uniform(0.5, 1), "a place")
    w.q("d", 1e-3, "a small step")
    w.function("f", lambda z: z**4, "fourth power")
    return w


CHECKER = Checker({"small": small, "steps": steps})


def check(latex, **kwargs):
    return CHECKER.check(Claim(latex, ("small",), **kwargs))


def refuse(latex, message, **kwargs):
    with pytest.raises(EquationError) as caught:
        check(latex, **kwargs)
    assert message in caught.value.message
    return caught.value


# ------------------------------------------------------------------ derivatives


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial u_i}{\partial x_i} = 3 x_i^2 + c",
        r"\frac{\partial u_i}{\partial x_j} = 0 \quad \text{for } i \ne j",
        r"\frac{\partial J}{\partial u_i} = 2 u_i + \mathbb{1}[i = 1]\, c",
        r"\frac{\partial J}{\partial c} = u_1 + \sum_i \frac{\partial J}{\partial u_i} x_i",
        r"\frac{\partial^2 J}{\partial c^2} = 2 \sum_i x_i^2 + 2 x_1",
        r"\frac{\partial^2 J}{\partial c \, \partial x_2} = 2 u_2 + 2 x_2 (3 x_2^2 + c)",
        r"f'(z) = 4 z^3, \qquad f''(z) = 12 z^2",
        r"\frac{d^2}{dz^2} f(z) = 12 z^2",
        r"\frac{\partial J}{\partial c} \Big|_{c = 0} = 2 \sum_i x_i^4 + x_1^3",
        r"\frac{\partial}{\partial x_2} \Big( \frac{\partial J}{\partial c} \Big|_{c = 0} \Big) = 8 x_2^3",
        r"J(0) = \sum_i x_i^6",
        r"v_t = \frac{c}{2^t}, \qquad \frac{\partial v_4}{\partial v_1} = \frac{1}{8}",
    ],
)
def test_derivatives_that_hold(latex):
    assert check(latex) > 0


def test_everything_downstream_is_recomputed_and_the_rest_is_held():
    env = Environment(small(1))
    x, c = env("x"), env("c")
    assert np.allclose(env.grad("J", "x"), (2 * (x**3 + c * x) + c * np.eye(3)[0]) * (3 * x**2 + c))
    assert np.allclose(env.second("J", "c", "c"), 2 * (x**2).sum() + 2 * x[0])


def test_a_quantity_may_not_change_a_world():
    with pytest.raises(ValueError, match="read-only"):
        Environment(small(1))("x")[0] = 1


def test_derivative_of_a_function_at_a_complex_place():
    value = np.array([0.3 + 0.2j])
    assert np.allclose(function_derivative(lambda z: z**3, value, 1), 3 * value**2, rtol=1e-9)


# ------------------------------------------------------------------ strict shapes


@pytest.mark.parametrize(
    "latex, message",
    [
        (r"W^2 W^2 = W^2", "shapes (3, 4) and (3, 4) do not fit in a product"),
        (r"x + p = x", "shapes (3,) and (4,) do not fit in a sum"),
        (r"x + c = x", "shapes (3,) and () do not fit in a sum"),
        (r"A = r", "the left side has shape (5, 4), the right side (1, 4)"),
        (r"x x = c", "do not fit in a product"),
        (r"x^\top = x", "transpose of something that is not a matrix"),
        (r"c \odot c = c^2", "between numbers"),
        (r"x^2 = x", "a power of an array"),
        (r"W^2 \in \mathbb{R}^{4 \times 3}", "the shape is (3, 4), the text says (4, 3)"),
        (r"\frac{\partial u}{\partial x} = 1", "write indices"),
        (r"x_4 = c", "x has no entry 4: the last is 3"),
        (r"W^4 = 0", "W does not exist for layer or step 4"),
        (r"\frac{c}{o} = 1", "division by zero"),
        (r"x_c = 1", "an index is not a whole number"),
        (r"f(c) = \ln(o)", "not finite"),
    ],
)
def test_shapes_that_do_not_fit(latex, message):
    refuse(latex, message)


@pytest.mark.parametrize(
    "latex",
    [
        r"A + r = r + A",  # declared: the row may be added to every row
        r"(A W^3)_{ij} = \sum_k A_{ik} W_{kj}^3",
        r"x \cdot x = \|x\|^2",
        r"x^{\odot 2} = x \odot x",
        r"2 - x = -(x - 2)",
        r"r_j + A_{ij} = (A + r)_{ij}",
        r"W^2 \in \mathbb{R}^{n \times 4}, \qquad x \in \mathbb{R}^n",
        r"\begin{bmatrix} c & 1 \\ 0 & c \end{bmatrix}^2 = \begin{bmatrix} c^2 & 2c \\ 0 & c^2 \end{bmatrix}",
        r"v_0 v_1 v_2 = v_0 \cdots v_2, \qquad x_1 + \cdots + x_n = \sum_i x_i",
        r"\max_i x_i \ge \frac{1}{n} \sum_i x_i \ge \min_i x_i, \qquad \max_i x_i = \max(x)",
    ],
)
def test_shapes_that_fit(latex):
    check(latex)


# ------------------------------------------------------------------ ranges of indices


def test_an_index_runs_over_axes_of_one_size():
    refuse(r"x_i = p_i", "axes of different sizes [3, 4]")
    refuse(r"x_{i+1} = c", "nowhere used without an offset")
    refuse(r"c = i", "index i has no range")


def test_the_range_stated_must_be_the_range_that_exists():
    assert check(r"v_t = 2 v_{t+1}, \quad t = 0, \dots, 3") == 3 * 4
    refuse(
        r"v_t = 2 v_{t+1}, \quad t = 0, \dots, 4",
        "the text says t = 0, 1, 2, 3, 4, the terms exist for 0, 1, 2, 3",
    )
    refuse(r"v_t = 2 v_{t+1}, \quad t = 1, \dots, 3", "the terms exist for 0")
    refuse(r"v_t = 2 v_{t+1}, \quad t = 0, 2, \dots, 3", "does not go by ones")
    check(r"v_t = 2 v_{t+1} \quad (t = 3, 2, 1, 0)")


def test_a_sum_that_is_cut_short_fails():
    check(r"\sum_{i=1}^{n} x_i = x_1 + x_2 + x_3")
    refuse(r"\sum_{i=2}^{n} x_i = x_1 + x_2 + x_3", "left")
    refuse(r"\sum_{i=1}^{n} p_i = \sum_i p_i", "left")


# ------------------------------------------------------------------ guards


def test_zero_on_both_sides_checks_nothing():
    refuse(r"o = o c", "both sides are zero everywhere")
    check(r"o = 0")


def test_every_case_must_occur():
    both = r"|z| = \begin{cases} z & \text{if } z > 0 \\ -z & \text{otherwise} \end{cases}"
    check(both)
    refuse(
        r"c^2 = \begin{cases} c^2 & \text{if } c^2 \ge 0 \\ 7 & \text{otherwise} \end{cases}",
        "occurs in no draw",
    )
    refuse(r"z = \begin{cases} 0.7 & \text{if } z > 0 \end{cases}", "no case applies")


def test_a_condition_must_hold_somewhere_and_an_equivalence_must_go_both_ways():
    check(r"z = 0.7 \quad \text{if } z > 0")
    refuse(r"z = 0.7 \quad \text{if } z < 0", "left -0.7, right 0.7")
    refuse(r"z = 0.7 \quad \text{if } z > 1", "no draw and no index")
    check(r"z > 0 \iff 2 z > z")
    refuse(r"z > 0 \iff z < 0", "the left of the equivalence does not hold, the right holds")
    refuse(r"z > 1 \iff z > 2", "must go both ways")


def test_approximately_means_the_printed_digits():
    check(r"\frac{2}{3} \approx 0.667, \qquad \frac{2}{3} \approx 6.67 \times 10^{-1}")
    refuse(r"\frac{2}{3} \approx 0.666", r"left 0.66666667 \approx right 0.666")
    refuse(r"\frac{2}{3} \approx 0.6670", "left")
    refuse(r"\frac{2}{3} = 0.667", r"rounded they agree: write \approx")
    check(
        r"\begin{bmatrix} \frac{2}{3} & 1 \end{bmatrix} \approx \begin{bmatrix} 0.67 & 1.00 \end{bmatrix}"
    )
    refuse(
        r"\begin{bmatrix} \frac{2}{3} & 1 \end{bmatrix} \approx \begin{bmatrix} 0.67 & 1.01 \end{bmatrix}",
        "(entry 1, 2)",
    )


def test_the_order_of_an_approximation():
    latex = r"f(z + k) \approx f(z) + k f'(z) + \frac{k^2}{%s} f''(z)".replace("k", "d")
    CHECKER.check(Claim(latex % 2, ("steps",), orders=(("d", 3),)))
    with pytest.raises(EquationError, match=r"with d the difference shrinks like d.2.00, not 3"):
        CHECKER.check(Claim(latex % 3, ("steps",), orders=(("d", 3),)))
    with pytest.raises(EquationError, match=r"shrinks like d.3.0., not 4"):
        CHECKER.check(Claim(latex % 2, ("steps",), orders=(("d", 4),)))


def test_numbers_that_are_put_in_may_be_grouped_and_reordered():
    latex = r"z^2 \cdot \frac{2}{3} \approx %s \cdot 0.49 \approx 0.327"
    check(latex % "0.667")
    refuse(latex % "0.669", "0.669 is put in for something that is 0.49")


def test_a_bracket_may_go_over_lines():
    check(r"""\begin{aligned} 3 z &= \Big[ z \\ & \quad + z \\ & \quad + z \Big] \end{aligned}""")


def test_partials_must_chain():
    check(
        r"\frac{\partial J}{\partial c} = u_1 + \sum_i \frac{\partial J}{\partial u_i} \frac{\partial u_i}{\partial c}"
    )
    refuse(
        r"\frac{\partial v_3}{\partial v_1} = \frac{\partial v_3}{\partial v_2} \frac{\partial v_3}{\partial v_2} \frac{\partial v_2}{\partial v_2}",
        "do not lead from",
    )
    refuse(
        r"\frac{\partial v_3}{\partial v_1} = \frac{\partial v_3}{\partial v_2} \frac{\partial v_1}{\partial v_0}",
        "do not chain",
    )
    refuse(
        r"\frac{\partial v_3}{\partial v_1} = \frac{\partial v_4}{\partial v_3} \frac{\partial v_3}{\partial v_2}",
        "do not lead from",
    )
    check(
        r"\frac{\partial v_3}{\partial v_1} = \frac{\partial v_2}{\partial v_1} \frac{\partial v_3}{\partial v_2}"
    )


def test_an_index_that_breaks_a_chain_of_equal_numbers():
    latex = r"\sum_i \frac{\partial J}{\partial u_i} \frac{\partial u_%s}{\partial c} = \frac{\partial J}{\partial c} - u_1"
    check(latex % "i")
    refuse(latex % "1", "do not chain")


def test_definitions():
    defines = r"m_i = x_i - c"
    check(defines, defines=True)
    check(r"\frac{\partial m_i}{\partial c} = -1", definitions=(defines,))
    refuse(r"\frac{\partial m_i}{\partial c} = 1", "left -1, right 1", definitions=(defines,))
    refuse(r"x_i = x_i", "needs a new symbol", defines=True)


def test_updates():
    check(r"c \leftarrow c + 1, \qquad \Delta c = 1")
    refuse(r"c \leftarrow c - 1", "<- right")
    check(r"c \leftarrow c + 1 \\ c \leftarrow c + 1")  # what a line replaces is old on its right
    check(
        r"c \leftarrow c + 1 \\ c - 1 = v_0"
    )  # later lines print the new value; v_0 was made from the old
    refuse(r"z \leftarrow z", "declares no step of z")


def test_also_checks_the_symbolic_part():
    latex = r"z^2 = z \cdot z = 0.49"
    assert CHECKER.check(Claim(latex, ("small",), also=("small",))) == 3 * 2 + 3 * 1


def test_what_is_wrong_is_told_with_the_index_the_world_and_both_values():
    error = refuse(r"\sum_i x_i = x_j", "at j=1 in world small (draw 1)")
    assert error.message.startswith("left ") and ", right " in error.message


def test_an_unknown_world_is_named():
    with pytest.raises(EquationError, match="there is no world 'nowhere'"):
        CHECKER.check(Claim("c = c", ("nowhere",)))
