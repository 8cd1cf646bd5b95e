"""The checks of source S0: C. M. Yeum, "Neural Network II".

A 2-2-2 network, named as there: inputs i1, i2; w1, w2 into h1; w3, w4 into h2; w5, w6 into o1;
w7, w8 into o2; biases b1..b4; targets o1, o2; f the logistic function; E the sum of squares
without ½. The source prints some of the weights on a figure that its text does not hold.
"""

import numpy as np
from handgrad.losses import sum_of_squares_grad
from handgrad.regression import least_squares

from claims.ledger.core import (
    MATHEMATICS,
    NUMBERS,
    SHAPES,
    TYPING,
    Experiment,
    Formula,
    Needs,
    Numbers,
    check,
)
from claims.ledger.worlds import World, column, dot, plus, row, sigmoid, slope, times

CH1, CH7, CH8 = "01_linear_regression", "07_network_by_hand", "08_batch_stochastic_minibatch"

f = sigmoid
NET_H1, NET_O1, NET_O2 = 0.3775, 0.5546, 0.7188  # printed in the source


def two_two_two(rng):
    """The network with random weights, inputs and targets."""
    names = "i1 i2 o1 o2 w1 w2 w3 w4 w5 w6 w7 w8 b1 b2 b3 b4".split()
    return World(
        {name: rng.normal() for name in names},
        {
            "net_h1": lambda v: v["w1"] * v["i1"] + v["w2"] * v["i2"] + v["b1"],
            "net_h2": lambda v: v["w3"] * v["i1"] + v["w4"] * v["i2"] + v["b2"],
            "out_h1": lambda v: f(v["net_h1"]),
            "out_h2": lambda v: f(v["net_h2"]),
            "net_o1": lambda v: v["w5"] * v["out_h1"] + v["w6"] * v["out_h2"] + v["b3"],
            "net_o2": lambda v: v["w7"] * v["out_h1"] + v["w8"] * v["out_h2"] + v["b4"],
            "out_o1": lambda v: f(v["net_o1"]),
            "out_o2": lambda v: f(v["net_o2"]),
            "E": lambda v: (v["o1"] - v["out_o1"]) ** 2 + (v["o2"] - v["out_o2"]) ** 2,
        },
    )


def line_data(rng, n=6):
    return rng.normal(size=n), rng.normal(size=n), rng.normal(), rng.normal()


# ---- linear regression and the chain rule ---------------------------------------------------


@check("S0-01", CH1)
def slope_of_the_sum(rng):
    x, y, m, b = line_data(rng)
    return Formula(
        printed=lambda: -2 * np.sum((y - m * x - b) * x),
        right=lambda: slope(lambda m: np.sum((y - m * x - b) ** 2), m),
        turned=lambda: 2 * np.sum((y - m * x - b) * x),
    )


@check("S0-02", CH1)
def intercept_of_the_sum(rng):
    x, y, m, b = line_data(rng)
    return Formula(
        printed=lambda: -2 * np.sum(y - m * x - b),
        right=lambda: slope(lambda b: np.sum((y - m * x - b) ** 2), b),
        turned=lambda: -np.sum(y - m * x - b),
    )


@check("S0-03", CH1, note="With a sum over samples, more samples ask for a smaller learning rate.")
def descent_reaches_least_squares(rng, trials=20, alpha=0.02, steps=2000):
    def share(sign):
        reached = 0
        for seed in range(trials):
            x, y, m, b = line_data(np.random.default_rng(seed))
            for _ in range(steps):
                r = y - m * x - b
                m, b = m + sign * alpha * 2 * (r @ x), b + sign * alpha * 2 * r.sum()
                if abs(m) + abs(b) > 1e6:
                    break
            reached += np.allclose((m, b), least_squares(x, y), atol=1e-6)
        return reached / trials

    right = share(1)
    return Experiment(
        right,
        f"the least-squares line reached from {right:.0%} of {trials} starts, "
        f"α = {alpha}, {steps} steps",
        turned=lambda: share(-1),
    )


@check("S0-04", CH1)
def chain_rule_of_two_variables(rng):
    t = rng.normal()
    g = lambda x, y: np.sin(x) * y**2 + np.exp(x * y / 4)
    x, y = (lambda t: t**2 + 1), (lambda t: np.cos(t))
    df_dx = slope(lambda p: g(p, y(t)), x(t))
    df_dy = slope(lambda p: g(x(t), p), y(t))
    return Formula(
        printed=lambda: df_dx * slope(x, t) + df_dy * slope(y, t),
        right=lambda: slope(lambda t: g(x(t), y(t)), t),
        turned=lambda: df_dx * slope(x, t) - df_dy * slope(y, t),
    )


@check("S0-05", CH1)
def chain_rule_of_one_variable(rng):
    t = rng.normal()
    outer, inner = (lambda u: np.sin(u) ** 3), (lambda t: t**2 + t)
    return Formula(
        printed=lambda: slope(outer, inner(t)) * slope(inner, t),
        right=lambda: slope(lambda t: outer(inner(t)), t),
        turned=lambda: slope(outer, t) * slope(inner, t),
    )


@check("S0-06", CH7)
def logistic_derivative(rng):
    x = rng.normal()
    e = np.exp(x)
    return Formula(
        printed=lambda: [e / (1 + e), e / (1 + e) ** 2, f(x) * (1 - f(x)), f(x) * f(-x)],
        right=lambda: [f(x)] + 3 * [slope(f, x)],
        turned=lambda: [e / (1 + e), e / (1 + e) ** 2, f(x) * (1 + f(x)), f(x) * f(-x)],
    )


# ---- single derivatives of the network ------------------------------------------------------


@check("S0-07", CH7)
def derivative_of_the_output(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: -2 * (w["o1"] - w["out_o1"]),
        right=lambda: w.d("E", "out_o1"),
        turned=lambda: -(w["o1"] - w["out_o1"]),
    )


@check("S0-08", CH7)
def derivative_of_w5(rng):
    w = two_two_two(rng)
    error, net = -2 * (w["o1"] - w["out_o1"]), w["net_o1"]
    return Formula(
        printed=lambda: error * f(net) * f(-net) * w["out_h1"],
        right=lambda: w.d("E", "w5"),
        turned=lambda: error * f(net) * f(-net) * w["out_h2"],
    )


@check("S0-09", CH7)
def derivative_of_w7(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: w.d("E", "out_o2") * w.d("out_o2", "net_o2") * w.d("net_o2", "w7"),
        right=lambda: w.d("E", "w7"),
        turned=lambda: w.d("E", "out_o1") * w.d("out_o2", "net_o2") * w.d("net_o2", "w7"),
    )


def derivative_by_two_outputs(w, path1, path2):
    ends = (w.d("E", f"out_o{k}") * w.d(f"out_o{k}", f"net_o{k}") for k in (1, 2))
    return sum(end * path for end, path in zip(ends, (path1, path2), strict=True))


@check("S0-10", CH7)
def derivative_of_w1(rng):
    w = two_two_two(rng)
    inner = f(w["net_h1"]) * f(-w["net_h1"]) * w["i1"]
    return Formula(
        printed=lambda: derivative_by_two_outputs(w, w["w5"] * inner, w["w7"] * inner),
        right=lambda: w.d("E", "w1"),
        turned=lambda: derivative_by_two_outputs(w, w["w5"] * inner, w["w6"] * inner),
    )


@check("S0-11", CH7)
def derivative_of_w4(rng):
    w = two_two_two(rng)
    inner = w.d("out_h2", "net_h2") * w.d("net_h2", "w4")
    return Formula(
        printed=lambda: derivative_by_two_outputs(
            w, w.d("net_o1", "out_h2") * inner, w.d("net_o2", "out_h2") * inner
        ),
        right=lambda: w.d("E", "w4"),
        turned=lambda: derivative_by_two_outputs(w, w.d("net_o1", "out_h2") * inner, 0),
    )


@check(
    "S0-12",
    CH7,
    TYPING,
    1,
    right="∂net_o2/∂w1 = w7 f(net_h1) f(−net_h1) i1, as the display after it says",
    note="This display is garbled in the text at hand and may be a fault of its conversion.",
)
def second_display_of_w1(rng):
    w = two_two_two(rng)
    inner = f(w["net_h1"]) * f(-w["net_h1"]) * w["i1"]
    return Formula(
        printed=lambda: w["w5"] * inner,
        right=lambda: w.d("net_o2", "w1"),
        turned=lambda: w["w7"] * inner,
    )


# ---- the worked numbers ---------------------------------------------------------------------


@check(
    "S0-13",
    CH7,
    note="i2, w1, w2 and b1 are not in this text; used are those of S1, which works the same "
    "example.",
)
def net_h1(rng):
    return Numbers((0.15 * 0.05 + 0.2 * 0.1 + 0.35,))


@check("S0-14", CH7)
def out_h1(rng):
    return Numbers((f(NET_H1),))


@check("S0-15", CH7)
def out_o1(rng):
    return Numbers((f(NET_O1),))


@check("S0-16", CH7)
def out_o2(rng):
    return Numbers((f(NET_O2),))


@check("S0-17", CH7)
def error_of_o1(rng):
    return Numbers((sum_of_squares_grad(np.array([[f(NET_O1)]]), np.array([[0.01]])),))


@check("S0-18", CH7)
def slope_of_o1(rng):
    return Numbers((f(NET_O1) * f(-NET_O1),))


def output_factors():
    """∂E/∂net of both outputs, to full precision."""
    return (
        -2 * (0.01 - f(NET_O1)) * f(NET_O1) * f(-NET_O1),
        -2 * (0.99 - f(NET_O2)) * f(NET_O2) * f(-NET_O2),
    )


@check("S0-19", CH7)
def number_of_w5(rng):
    return Numbers((output_factors()[0] * f(NET_H1),))


@check("S0-20", CH7)
def number_of_net_o1_w1(rng):
    return Numbers((0.4 * f(NET_H1) * f(-NET_H1) * 0.05,))


@check("S0-21", CH7)
def number_of_net_o2_w1(rng):
    return Numbers((0.5 * f(NET_H1) * f(-NET_H1) * 0.05,))


@check("S0-22", CH7, NUMBERS, 1, right="five digits need factors that were not rounded to two")
def number_of_w1(rng):
    delta1, delta2 = output_factors()
    inner = f(NET_H1) * f(-NET_H1) * 0.05
    coarse = -2 * (0.01 - 0.6352) * f(NET_O1) * f(-NET_O1) * 0.0048
    coarse += -2 * (0.99 - 0.6723) * f(NET_O2) * f(-NET_O2) * 0.006
    return Numbers(
        ((delta1 * 0.4 + delta2 * 0.5) * inner,),
        slips=(("the rounded factors 0.0048 and 0.006 were multiplied", (coarse,)),),
    )


@check("S0-23", CH7)
def output_nets(rng):
    h1, h2 = f(NET_H1), f(0.25 * 0.05 + 0.3 * 0.1 + 0.35)
    equal_biases = ((NET_O2 - 0.5 * h1) - (NET_O1 - 0.4 * h1)) / (0.55 - 0.45)
    return Needs(
        ("out_h1", "w5", "w7", "w6", "w8", "out_h2", "b3", "b4"),
        {"out_h1": h1, "w5": 0.4, "w7": 0.5},
        lambda out_h1, w5, w7, w6, w8, out_h2, b3, b4: Numbers(
            (w5 * out_h1 + w6 * out_h2 + b3, w7 * out_h1 + w8 * out_h2 + b4)
        ),
        {"w6": 0.45, "w8": 0.55, "out_h2": h2, "b3": 0.6, "b4": 0.6},
        f"the logistic function of these nets is {f(NET_O1):.4f} and {f(NET_O2):.4f}, as printed; "
        "with w6 and w8 of S1 and one bias for both outputs out_h2 would have to be "
        f"{equal_biases:.3f}, more than the logistic function can give",
    )


# ---- matrix forms ---------------------------------------------------------------------------


def matrices(w):
    """The matrices of the source, by its names, entry for entry as it defines them."""
    return {
        "Input": row(w["i1"], w["i2"]),
        "Output": column(w["o1"], w["o2"]),
        "out": column(w["out_o1"], w["out_o2"]),
        "W_ih": np.array([[w["w1"], w["w3"]], [w["w2"], w["w4"]]]),
        "W_ho": np.array([[w["w5"], w["w7"]], [w["w6"], w["w8"]]]),
        "b_ih": column(w["b1"], w["b2"]),
        "b_ho": column(w["b3"], w["b4"]),
        "h_net": column(w["net_h1"], w["net_h2"]),
        "h_out": column(w["out_h1"], w["out_h2"]),
        "o_net": column(w["net_o1"], w["net_o2"]),
        "O_EO": w.dd(["E/out_o1 E/out_o1", "E/out_o2 E/out_o2"]),
        "O_ON": w.dd(["out_o1/net_o1 out_o1/net_o1", "out_o2/net_o2 out_o2/net_o2"]),
        "O_NW": w.dd(["net_o1/w5 net_o2/w7", "net_o1/w6 net_o2/w8"]),
        "H_EO": w.dd(["net_o1/out_h1 net_o1/out_h2", "net_o2/out_h1 net_o2/out_h2"]),
        "H_ON": w.dd(["out_h1/net_h1 out_h1/net_h1", "out_h2/net_h2 out_h2/net_h2"]),
        "H_NW": np.array([[w["i1"], w["i1"]], [w["i2"], w["i2"]]]),
        "dE_dW_ih": w.dd(["E/w1 E/w3", "E/w2 E/w4"]),
        "dE_dW_ho": w.dd(["E/w5 E/w7", "E/w6 E/w8"]),
    }


@check(
    "S0-24",
    "05_layers_and_deltas",
    SHAPES,
    2,
    right="with columns h_net = W_ihᵀ Inputᵀ + b_ih; with rows everything, the bias too, is a row",
)
def hidden_nets(rng):
    m = matrices(two_two_two(rng))
    return Formula(
        printed=lambda: plus(dot(m["Input"], m["W_ih"]), m["b_ih"]),
        right=lambda: m["h_net"],
        turned=lambda: plus(dot(m["W_ih"].T, m["Input"].T), m["b_ih"]),
    )


@check(
    "S0-25",
    "05_layers_and_deltas",
    SHAPES,
    2,
    right="with columns o_net = W_hoᵀ h_out + b_ho",
)
def output_nets_by_matrices(rng):
    m = matrices(two_two_two(rng))
    return Formula(
        printed=lambda: plus(dot(m["h_out"], m["W_ho"]), m["b_ho"]),
        right=lambda: m["o_net"],
        turned=lambda: plus(dot(m["W_ho"].T, m["h_out"]), m["b_ho"]),
    )


@check("S0-26", CH7)
def error_as_inner_product(rng):
    w = two_two_two(rng)
    m = matrices(w)
    return Formula(
        printed=lambda: dot((m["out"] - m["Output"]).T, m["out"] - m["Output"]),
        right=lambda: [[w["E"]]],
        turned=lambda: dot((m["out"] + m["Output"]).T, m["out"] - m["Output"]),
    )


@check(
    "S0-27",
    CH7,
    MATHEMATICS,
    3,
    right="O_EOᵀ ⊙ O_ONᵀ ⊙ O_NW: the outputs run along the columns of the weight matrix",
    note="As printed, ∂E/∂w6 gets the error of output 2 and ∂E/∂w7 that of output 1.",
)
def gradient_of_output_weights(rng):
    m = matrices(two_two_two(rng))
    return Formula(
        printed=lambda: times(times(m["O_EO"], m["O_ON"]), m["O_NW"]),
        right=lambda: m["dE_dW_ho"],
        turned=lambda: times(times(m["O_EO"].T, m["O_ON"].T), m["O_NW"]),
    )


@check(
    "S0-28",
    CH7,
    MATHEMATICS,
    3,
    right="H_ON must be transposed: hidden neurons run along the columns of the weight matrix",
    note="Read element by element, as its expansion there does.",
)
def gradient_of_input_weights(rng):
    m = matrices(two_two_two(rng))
    paths = times(times(m["O_EO"], m["O_ON"]), m["H_EO"])
    both = plus(paths, np.flipud(paths))
    return Formula(
        printed=lambda: times(times(both, m["H_ON"]), m["H_NW"]),
        right=lambda: m["dE_dW_ih"],
        turned=lambda: times(times(both, m["H_ON"].T), m["H_NW"]),
    )


@check("S0-29", CH7, TYPING, 2, right="the two names change places")
def names_of_the_gradients(rng):
    w = two_two_two(rng)
    m = matrices(w)
    return Formula(
        printed=lambda: [m["dE_dW_ho"], m["dE_dW_ih"]],
        right=lambda: [m["dE_dW_ih"], m["dE_dW_ho"]],
        turned=lambda: [m["dE_dW_ih"], m["dE_dW_ho"]],
    )


@check(
    "S0-30",
    CH7,
    TYPING,
    1,
    right="the last entry is ∂net_o2/∂w8",
    note="A third display of the same matrix has it right.",
)
def last_entry_of_o_nw(rng):
    w = two_two_two(rng)
    values = [[w["out_h1"], w["out_h1"]], [w["out_h2"], w["out_h2"]]]
    return Formula(
        printed=lambda: w.dd(["net_o1/w5 net_o2/w7", "net_o1/w6 net_o2/w5"]),
        right=lambda: values,
        turned=lambda: w.dd(["net_o1/w5 net_o2/w7", "net_o1/w6 net_o2/w8"]),
    )


@check(
    "S0-31",
    CH7,
    TYPING,
    2,
    right="the second column is ∂net_h2/∂w3, ∂net_h2/∂w4",
    note="As printed these entries are zero; the values given beside them are right.",
)
def entries_of_h_nw(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: [
            w.dd(["net_h1/w1 net_h1/w3", "net_h1/w2 net_h1/w4"]),
            w.dd(["net_h1/w1 net_h1/w2", "net_h1/w2 net_h1/w4"]),
        ],
        right=lambda: 2 * [[[w["i1"], w["i1"]], [w["i2"], w["i2"]]]],
        turned=lambda: 2 * [w.dd(["net_h1/w1 net_h2/w3", "net_h1/w2 net_h2/w4"])],
    )


@check("S0-32", CH7)
def jacobians(rng):
    w = two_two_two(rng)
    hidden = w.dd(["net_o1/out_h1 net_o1/out_h2", "net_o2/out_h1 net_o2/out_h2"])
    inputs = w.dd(["net_h1/i1 net_h1/i2", "net_h2/i1 net_h2/i2"])
    H_EO = np.array([[w["w5"], w["w6"]], [w["w7"], w["w8"]]])
    I_EO = np.array([[w["w1"], w["w2"]], [w["w3"], w["w4"]]])
    return Formula(
        printed=lambda: [H_EO, I_EO],
        right=lambda: [hidden, inputs],
        turned=lambda: [H_EO.T, I_EO],
    )


@check("S0-33", CH7, note="The same matrix is called D_EO at its first appearance and O_EO later.")
def values_of_the_factors(rng):
    w = two_two_two(rng)
    m = matrices(w)
    errors = [-2 * (w[f"o{k}"] - w[f"out_o{k}"]) for k in (1, 2)]
    slopes = [f(w[f"net_o{k}"]) * f(-w[f"net_o{k}"]) for k in (1, 2)]
    twice = lambda values: np.array([values, values]).T
    return Formula(
        printed=lambda: [twice(errors), twice(slopes)],
        right=lambda: [m["O_EO"], m["O_ON"]],
        turned=lambda: [twice(errors).T, twice(slopes)],
    )


# ---- summary of the three methods -----------------------------------------------------------


def sample_data(rng, n=6):
    """x (n, 2), y (n,), θ (2,) and J(x, y; θ), a sum over the samples given."""
    J = lambda x, y, theta: np.sum((y - sigmoid(x @ theta)) ** 2)
    return rng.normal(size=(n, 2)), rng.normal(size=n), rng.normal(size=2), J


@check("S0-34", CH8, note="The slice i:i+b is read as b samples, its end left out.")
def batches_add_up(rng):
    x, y, theta, J = sample_data(rng)

    def gradient(rows):
        return slope(lambda t: J(x[rows], y[rows], t), theta)

    def added(b, end):
        return sum(gradient(slice(i, i + end)) for i in range(0, len(x), b))

    return Formula(
        printed=lambda: [added(b, b) for b in (1, 3)],
        right=lambda: 2 * [gradient(slice(None))],
        turned=lambda: [added(b, b + 1) for b in (1, 3)],
    )


@check(
    "S0-35",
    CH8,
    TYPING,
    1,
    right="∂/∂θ_j as in the update for mini-batches, and the sample (xⁱ, yⁱ)",
    note="The lower index of θ counts the steps: the derivative is taken at the θ of the step.",
)
def indices_of_the_summary(rng):
    x, y, theta, J = sample_data(rng)
    theta = {"i": rng.normal(size=2), "j": theta}
    i, j = 0, 1

    def gradient(sample_x, sample_y, step):
        rows = x[sample_x : sample_x + 1], y[sample_y : sample_y + 1]
        return slope(lambda t: J(*rows, t), theta[step])

    return Formula(
        printed=lambda: gradient(i, j, "i"),
        right=lambda: gradient(i, i, "j"),
        turned=lambda: gradient(i, i, "j"),
    )
