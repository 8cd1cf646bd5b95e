"""The checks of source S4: S. Madarasmi, "Lecture 5. Intro to Neural Networks".

Its letters: Θ for the weights of a logistic unit; I for inputs, O for the wanted and C for the
computed output of a perceptron; x_k, w_kj, o_j, u_ji, v_i with deltas δ_i, φ_j for a network with
one hidden layer; a^(l), W^(l), w_ij^(l) with w_0j^(l) as bias for the 2-3-2-2 network.
"""

from itertools import product

import numpy as np
from handgrad import activations, perceptron
from handgrad.datasets import diabetes, gate_inputs, gates, split, standardise
from handgrad.losses import softmax
from handgrad.network import forward, from_vector, gradients, random_network, to_vector
from handgrad.optimizers import lbfgs
from handgrad.training import batches, objective

from claims.ledger.core import MATHEMATICS, TYPING, Experiment, Formula, Needs, Numbers, check
from claims.ledger.worlds import dense_world, derivative, dot, generic, sigmoid, slope

CH2, CH5, CH6, CH7 = (
    "02_perceptron",
    "05_layers_and_deltas",
    "06_biases_and_activations",
    "07_network_by_hand",
)
CH8, CH9 = "08_batch_stochastic_minibatch", "09_classification"
CH10, CH11 = "10_vanishing_gradients", "11_batch_normalisation"
CH12, CH13 = "12_regularisation_optimisers", "13_real_data"


# ---- one unit -------------------------------------------------------------------------------


@check("S4-01", CH2, MATHEMATICS, 2, right="Θ1 x1 + Θ2 x2 ≥ −Θ0")
def linear_boundary(rng):
    theta, x = rng.normal(size=3), rng.normal(size=(1000, 2))
    weighted = x @ theta[1:]
    return Formula(
        printed=lambda: weighted >= -theta[2],
        right=lambda: theta[0] + weighted >= 0,
        turned=lambda: weighted >= -theta[0],
    )


@check("S4-02", CH2)
def threshold_of_the_logistic(rng):
    z = np.linspace(-5, 5, 1001)
    return Formula(
        printed=lambda: z >= 0,
        right=lambda: sigmoid(z) >= 0.5,
        turned=lambda: z >= 0.5,
    )


@check("S4-03", CH2)
def circular_boundary(rng):
    theta, x = np.array([-1, 0, 0, 1, 1]), rng.uniform(-2, 2, (1000, 2))
    features = np.column_stack([np.ones(len(x)), x, x**2])
    return Formula(
        printed=lambda: (x**2).sum(axis=1) >= 1,
        right=lambda: sigmoid(features @ theta) >= 0.5,
        turned=lambda: (x**2).sum(axis=1) <= 1,
    )


@check("S4-04", CH2, MATHEMATICS, 2, right="with x0 = 1 the second w0 is minus the first")
def two_forms_of_the_perceptron(rng):
    w0, w, x = rng.normal(), rng.normal(size=2), rng.normal(size=(1000, 2))
    sign = lambda fires: np.where(fires, 1, -1)
    return Formula(
        printed=lambda: sign(w0 + x @ w >= 0),
        right=lambda: sign(x @ w >= w0),
        turned=lambda: sign(-w0 + x @ w >= 0),
    )


@check(
    "S4-05",
    CH2,
    TYPING,
    1,
    right="the sum ends at n",
    note="The letter n may have been misread as ∞ when the slides were converted to text.",
)
def upper_limit(rng):
    n = 3
    w, x = rng.normal(size=(2, n + 1))
    named = {f"w_{i} x_{i}": w[i] * x[i] for i in range(n + 1)}

    def terms(last):
        return sum(named[f"w_{i} x_{i}"] for i in range(last + 1))

    return Formula(printed=lambda: terms(n + 1), right=lambda: w @ x, turned=lambda: terms(n))


GRID = np.linspace(-5, 5, 1001)


@check("S4-06", CH2, note="The left side has z, the right side x.")
def tanh_definition(rng):
    up, down = np.exp(GRID), np.exp(-GRID)
    return Formula(
        printed=lambda: (up - down) / (up + down),
        right=lambda: np.tanh(GRID),
        turned=lambda: (down - up) / (up + down),
    )


@check(
    "S4-07",
    CH2,
    TYPING,
    1,
    right="2 (σ(2x) − 0.5) = 2 σ(2x) − 1",
    note="The two minus signs may have been lost when the slides were converted to text; the slide "
    "on derivatives has them.",
)
def tanh_from_sigmoid(rng):
    s = sigmoid(2 * GRID)
    return Formula(
        printed=lambda: [2 * (s * 0.5), 2 * s * 1],
        right=lambda: 2 * [np.tanh(GRID)],
        turned=lambda: [2 * (s - 0.5), 2 * s - 1],
    )


I = gate_inputs()
GATES = gates() | {"NOT": 1 - I[:, 0]}


def truth_table(gate, w, threshold):
    return Formula(
        printed=lambda: I @ np.array(w) >= threshold,
        right=lambda: GATES[gate],
        turned=lambda: I @ np.array(w) >= threshold + 1,
    )


@check("S4-08", CH2)
def and_weights(rng):
    return truth_table("AND", (1, 1), 1.5)


@check("S4-09", CH2)
def or_weights(rng):
    return truth_table("OR", (1, 1), 0.5)


@check("S4-10", CH2)
def not_weights(rng):
    return truth_table("NOT", (-1, 0), -0.5)


@check("S4-11", CH2)
def threshold_as_weight(rng):
    w, T, inputs = rng.normal(size=2), rng.normal(), rng.normal(size=(1000, 2))
    return Formula(
        printed=lambda: inputs @ w + 1 * (-T) >= 0,
        right=lambda: inputs @ w >= T,
        turned=lambda: inputs @ w + 1 * T >= 0,
    )


@check("S4-12", CH2)
def inequalities_of_and(rng):
    W = np.vstack([rng.normal(size=(5000, 3)), [1, 1, -1.5]])
    w1, w2, w3 = W.T

    def solved(last):
        return (w3 < 0) & (w2 + w3 < 0) & (w1 + w3 < 0) & (last >= 0)

    gate = ((W[:, :2] @ I.T + W[:, 2:] >= 0) == GATES["AND"]).all(axis=1)
    return Formula(
        printed=lambda: [*solved(w1 + w2 + w3), True],
        right=lambda: [*gate, gate[-1]],
        turned=lambda: [*solved(w1 + w2 - w3), True],
    )


@check(
    "S4-13",
    CH2,
    MATHEMATICS,
    1,
    right="V ≥ 0, as in the definition and the inequalities before it",
)
def strict_threshold(rng):
    V = rng.integers(-2, 3, size=50)
    return Formula(printed=lambda: V > 0, right=lambda: V >= 0, turned=lambda: V >= 0)


def passes_to_learn(gate, sign=-1, most=100):
    """Passes until a whole one changes nothing, from zeros, in table order; None if none does."""
    w = np.zeros(3)
    for done in range(most):
        changed = False
        for inputs, wanted in zip(np.column_stack([I, np.ones(4)]), GATES[gate], strict=True):
            computed = float(inputs @ w > 0)
            if computed != wanted:
                w = w + sign * inputs * (computed - wanted)
                changed = True
        if not changed:
            return done
    return None


@check("S4-14", CH2)
def perceptron_rule(rng):
    names = ("AND", "OR", "NOT")
    needed = {name: passes_to_learn(name) for name in names}
    share = lambda sign: float(np.mean([passes_to_learn(g, sign) is not None for g in names]))
    return Experiment(
        share(-1),
        "passes with a change, from zeros: "
        + ", ".join(f"{name} {passes}" for name, passes in needed.items()),
        turned=lambda: share(1),
        at_least=1.0,
    )


@check(
    "S4-15",
    CH2,
    MATHEMATICS,
    2,
    right="the rule is the gradient of Σ (C − O) V, the perceptron criterion, C held fixed",
    note="The step has slope 0 wherever it has one, so E gives gradient descent nothing to follow.",
)
def rule_as_gradient(rng):
    inputs, w = np.column_stack([I, np.ones(4)]), rng.normal(size=3)
    O = GATES["AND"]
    step = lambda V: np.where(np.real(V) > 0, 1.0, 0.0)
    C = step(inputs @ w)
    if np.array_equal(C, O):  # nothing to correct: look at the opposite targets
        O = 1 - O
    rule = (C - O) @ inputs
    return Formula(
        printed=lambda: slope(lambda w: np.sum((step(inputs @ w) - O) ** 2), w),
        right=lambda: rule,
        turned=lambda: slope(lambda w: np.sum((C - O) * (inputs @ w)), w),
    )


@check("S4-16", CH2)
def xor_is_not_separable(rng):
    grid = np.linspace(-5, 5, 21)

    def unsolved(gate):
        y = GATES[gate]
        triples = np.array(list(product(grid, repeat=3)))
        hit = ((triples[:, :2] @ I.T + triples[:, 2:] >= 0) == y).all(axis=1).any()
        return np.mean(
            [
                not hit,
                passes_to_learn(gate, most=1000) is None,
                perceptron.separate(I, y) is None,
                perceptron.certificate(I, y) is not None,
            ]
        )

    multipliers = perceptron.certificate(I, GATES["XOR"])
    return Experiment(
        float(unsolved("XOR")),
        f"none of {len(grid) ** 3} weight triples and no pass of 1000 solves it; its four "
        f"inequalities times {', '.join(f'{m:g}' for m in multipliers)} add up to a contradiction",
        turned=lambda: float(unsolved("AND")),
        at_least=1.0,
    )


@check("S4-17", CH5)
def shapes_of_the_mlp(rng):
    x = rng.normal(size=(1, 2))
    s = np.tanh

    def separate(shapes, biases):
        a = x
        for shape, width in zip(shapes, biases, strict=True):
            a = s(dot(a, np.full(shape, 0.3)) + np.full(width, 0.2))
        return a

    def as_rows(shapes):
        a = x
        for rows, width in shapes:
            M = np.full((rows, width), 0.3)
            M[0] = 0.2
            a = s(dot(np.hstack([[[1.0]], a]), M))
        return a

    printed = ((2, 5), (5, 2), (2, 1)), (5, 2, 1)
    return Formula(
        printed=lambda: separate(*printed),
        right=lambda: as_rows(((3, 5), (6, 2), (3, 1))),
        turned=lambda: separate(((2, 5), (2, 5), (2, 1)), (5, 2, 1)),
    )


# ---- derivatives of the functions -----------------------------------------------------------


@check("S4-18", CH6, note="Its third line has a minus above and one below the bar.")
def sigmoid_derivative_line_by_line(rng):
    x = rng.normal(size=20)
    e, one = np.exp(-x), 1 + np.exp(-x)

    def lines(sign=-1):
        return [
            derivative(lambda x: (1 + np.exp(-x)) ** -1, x),
            -1 * one**-2 * (sign * e),
            -e / -(one**2),
            e / one**2,
            1 / one * (e / one),
            1 / one * (e + (1 - 1)) / one,
            1 / one * ((1 + e) - 1) / one,
            1 / one * (one / one - 1 / one),
            1 / one * (1 - 1 / one),
            sigmoid(x) * (1 - sigmoid(x)),
        ]

    return Formula(
        printed=lines,
        right=lambda: 10 * [derivative(sigmoid, x)],
        turned=lambda: lines(sign=1),
    )


@check("S4-19", CH6)
def tanh_derivative_displays(rng):
    x = rng.normal(size=20)
    up, down, t, s = np.exp(x), np.exp(-x), np.tanh(x), sigmoid(2 * x)

    def derivatives(sign=-1):
        total = up + down
        return [
            total / total**2 * (up + down) - (up - down) / total**2 * (up - down),
            (total**2 - (up - down) ** 2) / total**2,
            1 + sign * ((up - down) / total) ** 2,
            1 - t**2,
            2 * s * (2 - 2 * s),
            (t + 1) * (1 - t),
        ]

    forms = [
        np.sinh(x) / np.cosh(x),
        (up - down) / (up + down),
        (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
        2 / (1 + np.exp(-2 * x)) - 1,
        2 * s - 1,
    ]
    return Formula(
        printed=lambda: forms + derivatives(),
        right=lambda: 5 * [t] + 6 * [derivative(np.tanh, x)],
        turned=lambda: forms + derivatives(sign=1),
    )


@check("S4-20", CH8)
def definitions_of_the_methods(rng):
    N = 80
    x, y, w = rng.normal(size=(N, 2)), rng.normal(size=N), rng.normal(size=2)
    gradient = lambda rows: slope(lambda w: np.sum((sigmoid(x[rows] @ w) - y[rows]) ** 2), w)

    def one_epoch(n):
        parts = list(batches(N, n, shuffle=False))
        return [*sum(gradient(rows) for rows in parts), len(parts)]

    return Formula(
        printed=lambda: [one_epoch(n) for n in (N, 20, 1)],
        right=lambda: [[*gradient(slice(None)), updates] for updates in (1, N / 20, N)],
        turned=lambda: [one_epoch(n) for n in (1, 20, N)],
    )


@check("S4-21", CH9)
def softmax_of_three(rng):
    return Numbers(tuple(softmax(np.array([[2.33, -1.46, 0.56]]))[0]))


@check("S4-22", CH9)
def shifted_softmax(rng):
    inputs = np.array([20.0, 40.0, 50.0])
    plain = lambda a: np.exp(a) / np.exp(a).sum()
    shift = lambda a, D, below=1: np.exp(a + D) / np.exp(a + below * D).sum()
    stable = lambda a: shift(a, -np.max(a))
    shifts = (-50.0, -7.0, 3.0)
    large = inputs + 980
    return Formula(
        printed=lambda: [*(shift(inputs, D) for D in shifts), stable(large)],
        right=lambda: 4 * [plain(inputs)],
        turned=lambda: [*(shift(inputs, D, below=0) for D in shifts), stable(large)],
        note=f"Its example does not overflow even unshifted: e⁵⁰ = {np.exp(50):.1e}, and 64-bit "
        f"floats reach e^{np.log(np.finfo(float).max):.1f}; tested with 1000, 1020, 1030 too.",
    )


# ---- one hidden layer: w, u, φ, δ -----------------------------------------------------------


class HiddenLayer:
    """3 inputs x, 4 hidden o, 2 outputs v; weights w (3, 4), u (4, 2), biases β, γ.

    E = ½ Σ (y − v)².
    """

    def __init__(self, rng):
        self.x, self.y = rng.normal(size=3), rng.uniform(size=2)
        self.w, self.u = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        self.beta, self.gamma = rng.normal(size=4), rng.normal(size=2)
        self.o = sigmoid(self.x @ self.w + self.beta)
        self.v = sigmoid(self.o @ self.u + self.gamma)
        self.delta = (self.y - self.v) * self.v * (1 - self.v)

    def E(self, w=None, u=None, beta=None, gamma=None, hidden_net=None):
        take = lambda given, own: own if given is None else given
        net = self.x @ take(w, self.w) + take(beta, self.beta)
        o = sigmoid(take(hidden_net, net))
        v = sigmoid(o @ take(u, self.u) + take(gamma, self.gamma))
        return np.sum((self.y - v) ** 2) / 2

    def slopes(self):
        """∂E by u, γ, w, β, flat, in this order."""
        parts = [
            slope(lambda u: self.E(u=u), self.u),
            slope(lambda gamma: self.E(gamma=gamma), self.gamma),
            slope(lambda w: self.E(w=w), self.w),
            slope(lambda beta: self.E(beta=beta), self.beta),
        ]
        return np.concatenate([part.ravel() for part in parts])

    def hidden_net_slopes(self):
        return slope(lambda z: self.E(hidden_net=z), self.x @ self.w + self.beta)


INNER = "The inner derivative of y − v is −1."


@check("S4-23", CH7, MATHEMATICS, 3, right="−(y_i − v_i) v_i (1 − v_i) o_j", note=INNER)
def output_weight_gradient(rng):
    n = HiddenLayer(rng)
    return Formula(
        printed=lambda: np.outer(n.o, n.delta),
        right=lambda: slope(lambda u: n.E(u=u), n.u),
        turned=lambda: -np.outer(n.o, n.delta),
    )


@check(
    "S4-24",
    CH7,
    MATHEMATICS,
    3,
    right="−Σ_i (y_i − v_i) v_i (1 − v_i) u_ji o_j (1 − o_j) x_k",
    note=INNER,
)
def hidden_weight_gradient(rng):
    n = HiddenLayer(rng)
    inner = (n.u @ n.delta) * n.o * (1 - n.o)
    return Formula(
        printed=lambda: np.outer(n.x, inner),
        right=lambda: slope(lambda w: n.E(w=w), n.w),
        turned=lambda: -np.outer(n.x, inner),
    )


@check(
    "S4-25",
    CH7,
    MATHEMATICS,
    3,
    right="+η δ_i o_j and so on, or δ_i = −(y_i − v_i) v_i (1 − v_i)",
)
def four_updates(rng):
    n, eta = HiddenLayer(rng), 0.01
    phi = (n.u @ n.delta) * n.o * (1 - n.o)
    steps = [np.outer(n.o, n.delta).ravel(), n.delta, np.outer(n.x, phi).ravel(), phi]
    steps = eta * np.concatenate(steps)
    shapes = (8, 2, 12, 4)

    def rises(sign):
        u, gamma, w, beta = np.split(sign * steps, np.cumsum(shapes)[:-1])
        moved = n.E(n.w + w.reshape(3, 4), n.u + u.reshape(4, 2), n.beta + beta, n.gamma + gamma)
        return moved - n.E()

    return Formula(
        printed=lambda: -steps,
        right=lambda: -eta * n.slopes(),
        turned=lambda: steps,
        note=f"A step as printed changes E by {rises(-1):+.1e}, the right one by {rises(1):+.1e} "
        "(first draw).",
    )


@check("S4-26", CH7, note="With its own sign of δ, φ_j is minus the slope of E, as δ_i is.")
def hidden_delta(rng):
    n = HiddenLayer(rng)
    return Formula(
        printed=lambda: [
            sum(n.delta[i] * n.u[j, i] * n.o[j] * (1 - n.o[j]) for i in (0, 1)) for j in range(4)
        ],
        right=lambda: -n.hidden_net_slopes(),
        turned=lambda: [sum(n.delta[i] * n.u[j, i] for i in (0, 1)) for j in range(4)],
    )


@check(
    "S4-27",
    CH7,
    MATHEMATICS,
    2,
    right="the weighted sum times the slope of A's own activation, o_A (1 − o_A)",
    note="The words are right for linear units. Read with two meanings of error they hold for "
    "others too: if that of B, C and D is the slope of E by the weighted sum, and that of A the "
    "slope by the output. The formula for φ_j beside them has the slope of the activation.",
)
def rule_in_words(rng):
    n = HiddenLayer(rng)
    return Formula(
        printed=lambda: n.u @ -n.delta,
        right=n.hidden_net_slopes,
        turned=lambda: (n.u @ -n.delta) * n.o * (1 - n.o),
    )


# ---- the 2-3-2-2 network --------------------------------------------------------------------


@check("S4-28", CH7, note="One display, W^(3) of shape 3×2 times a 3×1, has lost the sign ᵀ.")
def shapes_of_the_2322(rng):
    x = rng.normal(size=(2, 1))
    plain, rows = ((2, 3), (3, 2), (2, 2)), ((3, 3), (4, 2), (3, 2))

    def sizes(shapes, bias):
        a = x
        for shape in shapes:
            a = np.vstack([[[1.0]], a]) if bias else a
            a = dot(np.ones(shape).T, a)
        return a.shape

    return Formula(
        printed=lambda: [sizes(plain, bias=False), sizes(rows, bias=True)],
        right=lambda: [(2, 1), (2, 1)],
        turned=lambda: [sizes(plain, bias=False), sizes(plain, bias=True)],
    )


LISTED = (
    "01 02 03 11 12 13 21 22 23",  # layer (1)
    "01 02 11 12 21 22 31 32 31",  # layer (2)
    "32 01 02 11 12 22",  # layer (3)
)


@check(
    "S4-29",
    CH7,
    TYPING,
    1,
    right="w_21^(3) in place of w_32^(3), and w_31^(2) once",
    note="Compared is how often each parameter is listed.",
)
def parameter_list(rng):
    sizes = (2, 3, 2, 2)
    layers = range(1, 4)
    parameters = [
        f"{l} {i}{j}"
        for l in layers
        for i in range(sizes[l - 1] + 1)
        for j in range(1, sizes[l] + 1)
    ]
    listed = [f"{l} {name}" for l in layers for name in LISTED[l - 1].split()]
    names = sorted({*parameters, *listed})
    count = lambda entries: [entries.count(name) for name in names]
    return Formula(
        printed=lambda: count(listed),
        right=lambda: count(parameters),
        turned=lambda: count(parameters),
        note=f"{len(listed)} entries, {len(set(listed))} of them distinct; the network has "
        f"{len(parameters)} parameters.",
    )


@check(
    "S4-30",
    CH7,
    TYPING,
    1,
    right="each layer once: … W^(L−1)ᵀ σ^(L−2)( … W^(3)ᵀ σ^(2)(W^(2)ᵀ …",
)
def nested_formula(rng):
    W = [rng.normal(size=(2, 2)) for _ in range(5)]
    x = rng.normal(size=2)

    def nested(applied):
        """σ^(5)(W^(5)ᵀ σ(W^(4)ᵀ σ(W^(3)ᵀ … with these layers' σ, inner first."""
        a = x
        for M, layers in zip(W, applied, strict=True):
            a = M.T @ a
            for layer in layers:
                a = generic(layer)(a)
        return a

    right = ((1,), (2,), (3,), (4,), (5,))
    return Formula(
        printed=lambda: nested(((1,), (2, 3), (4,), (4,), (5,))),
        right=lambda: nested(right),
        turned=lambda: nested(right),
    )


# Each version of an expanded output: which output, then for both neurons of layer (2) the pairs of
# weight w_ij^(2) and hidden neuron that stand in its sum.
FULL = (("11", 1), ("21", 2), ("31", 3)), (("12", 1), ("22", 2), ("32", 3))
VERSIONS = {
    "a_1 by z, first": (1, FULL[0], (("12", 1), ("32", 3))),
    "a_2 by z, first": (2, FULL[0], (("12", 1), ("22", 3))),
    "a_2 in full, first": (2, *FULL),
    "a_1 in full, last": (1, *FULL),
    "a_2 in full, last": (2, *FULL),
    "a_2 by z, second": (2, (("11", 1), ("21", 1), ("31", 3)), (("12", 1), ("22", 3))),
    "a_1 by z, third": (1, (("11", 1), ("21", 3)), (("12", 1), ("32", 3))),
}


def network_2322(rng, activation=lambda layer: sigmoid):
    """Weights w1, w2, w3 as in the source; its w_0j^(l) are b{l + 1}_j, its a^(l) are a{l + 1}."""
    return dense_world((2, 3, 2, 2), rng, activation, first=1)


def expanded(w, output, unit1, unit2):
    s2, s3 = generic(3), generic(4)
    inner = [
        s2(w[f"b3_{k}"] + sum(w[f"w2_{ij}"] * w[f"a2_{m}"] for ij, m in unit))
        for k, unit in ((1, unit1), (2, unit2))
    ]
    return s3(w[f"b4_{output}"] + sum(w[f"w3_{k}{output}"] * inner[k - 1] for k in (1, 2)))


@check(
    "S4-31",
    CH7,
    TYPING,
    1,
    right="the full expansion that comes last, see S4-32",
    note="Tested are the versions that can be read; several long lines are garbled in the text at "
    "hand, so that slips of the slides and of the conversion cannot be told apart.",
)
def expansions(rng):
    w = network_2322(rng, generic)
    outputs = [version[0] for version in VERSIONS.values()]
    return Formula(
        printed=lambda: [expanded(w, *version) for version in VERSIONS.values()],
        right=lambda: [w[f"a4_{output}"] for output in outputs],
        turned=lambda: [expanded(w, output, *FULL) for output in outputs],
    )


@check("S4-32", CH7, note="One closing bracket of a_1 is missing.")
def last_full_expansion(rng):
    w = network_2322(rng, generic)
    names = ("a_1 in full, last", "a_2 in full, last")
    return Formula(
        printed=lambda: [expanded(w, *VERSIONS[name]) for name in names],
        right=lambda: [w["a4_1"], w["a4_2"]],
        turned=lambda: [expanded(w, *VERSIONS["a_1 by z, first"]), w["a4_2"]],
    )


@check(
    "S4-33",
    CH8,
    MATHEMATICS,
    1,
    right="one of the two under the name E; the mean is the usual one",
    note="They differ by the factor 2N, so a learning rate for one is wrong for the other.",
)
def two_costs(rng):
    N = 80
    y, a = rng.normal(size=(2, N, 2))
    return Formula(
        printed=lambda: np.sum((y - a) ** 2),
        right=lambda: np.sum((y - a) ** 2) / (2 * N),
        turned=lambda: sum(np.sum((y[i] - a[i]) ** 2) / 2 for i in range(N)) / N,
    )


EXAMPLES = ("w1_12", "w2_31", "w3_21", "b3_1")


@check(
    "S4-34",
    CH7,
    MATHEMATICS,
    2,
    right="−(y_1 − a_1) ∂a_1/∂w − (y_2 − a_2) ∂a_2/∂w",
    note="The −2 belongs to the sum of squares without ½, which is also called E there.",
)
def factor_two(rng):
    w = network_2322(rng)

    def printed(factor):
        return [
            sum(-factor * (w[f"y_{k}"] - w[f"a4_{k}"]) * w.d(f"a4_{k}", wrt) for k in (1, 2))
            for wrt in EXAMPLES
        ]

    return Formula(
        printed=lambda: printed(2),
        right=lambda: [w.d("J", wrt) for wrt in EXAMPLES],
        turned=lambda: printed(1),
    )


def two_terms(w, wrt, second):
    """The derivative by its two outputs, without the factor 2 of S4-34."""
    ends = [(w["y_1"] - w["a4_1"]), (w[second] - w["a4_2"])]
    return sum(
        -end * w[f"a4_{k}"] * (1 - w[f"a4_{k}"]) * w.d(f"z4_{k}", wrt)
        for k, end in zip((1, 2), ends, strict=True)
    )


@check(
    "S4-35",
    CH7,
    TYPING,
    2,
    right="y_2 − a_2 in the second term, as its first line has it",
    note="Judged without the factor 2, see S4-34.",
)
def target_of_the_second_term(rng):
    w = network_2322(rng)
    return Formula(
        printed=lambda: [two_terms(w, wrt, "y_1") for wrt in EXAMPLES],
        right=lambda: [w.d("J", wrt) for wrt in EXAMPLES],
        turned=lambda: [two_terms(w, wrt, "y_2") for wrt in EXAMPLES],
    )


@check(
    "S4-36",
    CH7,
    note="Without the factor 2. Its last lines are read as ∂E/∂w_21^(3): in the text at hand they "
    "follow the first as if they were equal to it.",
)
def output_layer_examples(rng):
    w = network_2322(rng)
    common = -(w["y_1"] - w["a4_1"]) * w["a4_1"] * (1 - w["a4_1"])
    return Formula(
        printed=lambda: [common * 1, common * sigmoid(w["z3_2"])],
        right=lambda: [w.d("J", "b4_1"), w.d("J", "w3_21")],
        turned=lambda: [common * 1, common * sigmoid(w["z3_1"])],
    )


@check(
    "S4-37",
    CH7,
    TYPING,
    2,
    right="y_2 − a_2 in the second term",
    note="Judged without the factor 2, see S4-34.",
)
def second_layer_examples(rng):
    w = network_2322(rng)

    def printed(second):
        ends = [(w["y_1"] - w["a4_1"]), (w[second] - w["a4_2"])]
        hidden = w["a3_1"] * (1 - w["a3_1"])
        both = sum(
            -end * w[f"a4_{k}"] * (1 - w[f"a4_{k}"]) * w[f"w3_1{k}"] * hidden
            for k, end in zip((1, 2), ends, strict=True)
        )
        return [both * w["a2_3"], both]

    return Formula(
        printed=lambda: printed("y_1"),
        right=lambda: [w.d("J", "w2_31"), w.d("J", "b3_1")],
        turned=lambda: printed("y_2"),
    )


@check(
    "S4-38",
    CH7,
    MATHEMATICS,
    2,
    right="w_21^(2) · ∂σ^(1)/∂z_2^(1) · x_1",
    note="∂σ^(1)/∂w_12^(1) holds the factor x_1 already.",
)
def inner_derivative(rng):
    w = network_2322(rng)
    by = lambda wrt: [w[f"w2_2{k}"] * w.d("a2_2", wrt) * w["a1_1"] for k in (1, 2)]
    return Formula(
        printed=lambda: by("w1_12"),
        right=lambda: [w.d(f"z3_{k}", "w1_12") for k in (1, 2)],
        turned=lambda: by("z2_2"),
    )


@check(
    "S4-39",
    CH8,
    note="No count is printed; tested is that these batches split the samples evenly.",
)
def updates_of_an_epoch(rng):
    N, K = 80, 8

    def even(size):
        parts = [len(rows) for rows in batches(N, size, shuffle=False)]
        return len(parts), float(np.mean(np.array(parts) == size))

    updates, share = even(K)
    return Experiment(
        share,
        f"{N} samples in batches of {K} make {updates} updates an epoch, each of {K} samples",
        turned=lambda: even(K + 1)[1],
        at_least=1.0,
    )


# ---- activation functions -------------------------------------------------------------------

AWAY_FROM_ZERO = np.concatenate([np.linspace(-5, -0.01, 500), np.linspace(0.01, 5, 500)])


def piecewise(x, below, above):
    return np.where(np.real(x) < 0, below, above)


def table_row(name, value, printed, mistaken):
    """A row of the table: is the printed derivative that of the printed function?"""
    x = AWAY_FROM_ZERO
    ours = name if not isinstance(name, str) else activations.get(name)
    return Formula(
        printed=lambda: [value(x), printed(x)],
        right=lambda: [ours.value(x), derivative(value, x)],
        turned=lambda: [value(x), mistaken(x)],
    )


@check("S4-40", CH6)
def identity_row(rng):
    return table_row("identity", lambda x: x, lambda x: np.ones_like(x), lambda x: x)


@check("S4-41", CH6, note="The question mark at 0 is right: there is no derivative there.")
def step_row(rng):
    step = lambda x: piecewise(x, 0.0, 1.0)
    return table_row("step", step, lambda x: np.zeros_like(x), step)


@check("S4-42", CH6)
def logistic_row(rng):
    return table_row(
        "sigmoid",
        sigmoid,
        lambda x: sigmoid(x) * (1 - sigmoid(x)),
        lambda x: sigmoid(x) * (1 + sigmoid(x)),
    )


@check("S4-43", CH6)
def tanh_row(rng):
    value = lambda x: 2 / (1 + np.exp(-2 * x)) - 1
    return table_row("tanh", value, lambda x: 1 - value(x) ** 2, lambda x: 1 + value(x) ** 2)


@check("S4-44", CH6)
def arctan_row(rng):
    return table_row("arctan", np.arctan, lambda x: 1 / (x**2 + 1), lambda x: 1 / (x**2 + 2))


@check("S4-45", CH6, note="1 at 0 is a convention; the function has no derivative there.")
def relu_row(rng):
    value = lambda x: piecewise(x, 0 * x, x)
    step = lambda x: piecewise(x, 0.0, 1.0)
    return table_row("relu", value, step, lambda x: piecewise(x, 1.0, 0.0))


@check("S4-46", CH6, note="1 at 0 is a convention, unless α = 1.")
def prelu_row(rng):
    alpha = 0.25
    value = lambda x: piecewise(x, alpha * x, x)
    return table_row(
        activations.prelu_with(alpha),
        value,
        lambda x: piecewise(x, alpha, 1.0),
        lambda x: piecewise(x, 1.0, alpha),
    )


@check("S4-47", CH6, note="At 0 the derivative exists only for α = 1.")
def elu_row(rng):
    alpha = 0.7
    value = lambda x: piecewise(x, alpha * (np.exp(x) - 1), x)
    return table_row(
        activations.elu_with(alpha),
        value,
        lambda x: piecewise(x, value(x) + alpha, 1.0),
        lambda x: piecewise(x, value(x), 1.0),
    )


@check("S4-48", CH6)
def softplus_row(rng):
    value = lambda x: np.log(1 + np.exp(x))
    return table_row("softplus", value, sigmoid, lambda x: 1 / (1 + np.exp(x)))


@check("S4-49", CH6)
def leaky_relu(rng):
    return Formula(
        printed=lambda: np.maximum(0.1 * GRID, GRID),
        right=lambda: activations.prelu(GRID, 0.1),
        turned=lambda: np.maximum(-0.1 * GRID, GRID),
    )


# ---- training deep networks -----------------------------------------------------------------


@check(
    "S4-50",
    CH10,
    MATHEMATICS,
    1,
    right="constant on each side of 0: 1 above it, 0 below",
    note="A unit whose inputs all fall below 0 passes no gradient at all.",
)
def relu_gradient(rng):
    slopes = activations.get("relu").derivative(AWAY_FROM_ZERO)
    positive = slopes[AWAY_FROM_ZERO > 0]
    share = float(np.mean(slopes == 1))
    return Experiment(
        share,
        f"the gradient is 1 at {share:.0%} of the points of a symmetric grid and 0 at the others",
        turned=lambda: float(np.mean(positive == 1)),
        at_least=1.0,
    )


@check("S4-51", CH10)
def range_of_batch_norm(rng):
    slopes = activations.get("sigmoid").derivative(np.linspace(-4, 4, 801))
    name = "what counts as near 0"
    return Needs(
        (name,),
        {},
        lambda bound: Experiment(float(np.mean(slopes > bound)), "", lambda: 0.0, at_least=1.0),
        {name: 0.05},
        f"at ±4 the derivative is {slopes[0]:.4f}, {slopes[0] / slopes.max():.0%} of its largest "
        f"value {slopes.max():.2f}; through ten such layers a factor of {slopes[0] ** 10:.0e}",
    )


@check(
    "S4-52",
    CH10,
    note="Counted are networks whose log norms lie on a falling line, R² above 0.9.",
)
def vanishing_gradient(rng, nets=50, depth=10, width=20):
    def falls(activation):
        factors, straight = [], []
        for seed in range(nets):
            draw = np.random.default_rng(seed)
            net = random_network([width] * (depth + 1), activation, rng=draw)
            X, Y = draw.normal(size=(8, width)), draw.uniform(size=(8, width))
            _, grads = gradients(net, X, Y)
            norms = np.log([np.linalg.norm(grads.dW[l]) for l in range(2, depth + 2)])
            layer = np.arange(depth)
            rate, start = np.polyfit(layer, norms, 1)
            left = np.var(norms - rate * layer - start) / np.var(norms)
            factors.append(np.exp(-rate))
            straight.append(rate > 0 and left < 0.1)
        return float(np.mean(straight)), float(np.median(factors))

    share, factor = falls("sigmoid")
    return Experiment(
        share,
        f"in {share:.0%} of {nets} networks of {depth} logistic layers of {width}, Xavier weights, "
        f"the gradient falls by about the same factor a layer, {factor:.2f} (median)",
        turned=lambda: falls("identity")[0],
    )


@check(
    "S4-53",
    CH10,
    MATHEMATICS,
    2,
    right="clipping keeps gradients from becoming too large",
    note="A small gradient lies inside any range around 0 and stays as it is.",
)
def clipping(rng):
    example = np.array([1e-6, -3, 0.2])
    magnitude = 10.0 ** rng.uniform(-8, 3, 2000)
    g = magnitude * rng.choice([-1, 1], 2000)
    clipped = np.abs(np.clip(g, -1, 1))
    small, large = magnitude < 1e-3, magnitude > 1
    helped = np.where(small, clipped > magnitude, clipped < magnitude)
    text = ", ".join(f"{value:g}" for value in np.clip(example, -1, 1))
    return Experiment(
        float(np.mean(helped[small | large])),
        f"clipped to (−1, 1), all {np.count_nonzero(large)} gradients above 1 became smaller and "
        f"none of {np.count_nonzero(small)} below 0.001 became larger; (1e-06, -3, 0.2) gives "
        f"({text})",
        turned=lambda: float(np.mean(helped[large])),
    )


# ---- batch normalisation and regularisation -------------------------------------------------


def batch(rng, n=64):
    return rng.normal(size=(n, 3)) * np.array([2.0, 0.5, 3.0]) + np.array([1.0, -4.0, 0.3])


@check(
    "S4-54",
    CH11,
    note="The variance is called σ there. One divides by its square root; divided by the variance "
    "itself the activations would not be normalised.",
)
def normalise(rng):
    x = batch(rng)
    mu, variance = x.mean(axis=0), x.var(axis=0)
    moments = lambda x: [x.mean(axis=0), x.var(axis=0)]
    return Formula(
        printed=lambda: moments((x - mu) / np.sqrt(variance)),
        right=lambda: [np.zeros(3), np.ones(3)],
        turned=lambda: moments((x - mu) / variance),
    )


@check(
    "S4-55",
    CH11,
    TYPING,
    1,
    right="the normalised x' on the right: x'' = γ x' + β",
    note="The marks of x' and x'' may have been misread when the slides were converted to text.",
)
def scale_and_shift(rng):
    x1, gamma, beta = rng.normal(size=(3, 4))
    x2 = gamma * x1 + beta
    return Formula(
        printed=lambda: gamma * x2 + beta,
        right=lambda: x2,
        turned=lambda: gamma * x1 + beta,
    )


@check("S4-56", CH11, note="Running averages, kept while training, are the usual stand-in.")
def inference_statistics(rng):
    x = batch(rng)
    gamma, beta = rng.normal(size=(2, 3))
    use = lambda x, of: gamma * (x - of.mean(axis=0)) / np.sqrt(of.var(axis=0)) + beta
    halves = x[:32], x[32:]
    return Formula(
        printed=lambda: [*np.vstack([use(half, x) for half in halves]), gamma**2, beta],
        right=lambda: [*use(x, x), use(x, x).var(axis=0), use(x, x).mean(axis=0)],
        turned=lambda: [*np.vstack([use(half, half) for half in halves]), gamma**2, beta],
    )


@check(
    "S4-57",
    CH12,
    MATHEMATICS,
    2,
    right="the penalty in the Loss or in the update, not in both",
    note="With R = ½ ‖W‖² the weights would decay twice as fast as meant.",
)
def regularised_step(rng):
    x, y, w, alpha = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3), 0.3
    fit = lambda w: np.sum((x @ w - y) ** 2) / 2
    R = lambda w: np.sum(w**2) / 2
    loss = lambda w: fit(w) + alpha * R(w)
    return Formula(
        printed=lambda: alpha * slope(R, w) + slope(loss, w),
        right=lambda: slope(loss, w),
        turned=lambda: alpha * slope(R, w) + slope(fit, w),
    )


def r_squared(seed, hidden=5, l2=0.01):
    """R² on a held-out quarter of the diabetes data: straight plane, and a 10-5-1 tanh network."""
    rng = np.random.default_rng(seed)
    X, Y = diabetes()
    train_X, train_Y, test_X, test_Y = split(X, np.reshape(Y, (-1, 1)), fraction=0.25, rng=rng)
    train_X, test_X = standardise(train_X, test_X)[:2]
    mean, scale = train_Y.mean(), train_Y.std()
    target = (train_Y - mean) / scale
    score = lambda out: (
        1 - np.sum((test_Y - mean - scale * out) ** 2) / np.sum((test_Y - test_Y.mean()) ** 2)
    )
    ones = lambda X: np.column_stack([X, np.ones(len(X))])
    plane = ones(test_X) @ np.linalg.lstsq(ones(train_X), target, rcond=None)[0]
    net = random_network([X.shape[1], hidden, 1], ["tanh", "identity"], rng=rng)
    v, _ = lbfgs(objective(net, train_X, target, l2=l2), to_vector(net), max_iterations=60)
    return score(plane), score(forward(from_vector(net, v), test_X).y_hat)


@check("S4-58", CH13)
def diabetes_quiz(rng, splits=10):
    plane, net = np.array([r_squared(seed) for seed in range(splits)]).T
    names = ("an R² to compare with", "the network's settings", "the split")
    return Needs(
        names,
        {},
        lambda printed, settings, split: Experiment(
            float(np.mean(net >= printed)), "", lambda: 0.0
        ),
        dict(zip(names, (0.9, None, None), strict=True)),
        f"over {splits} splits, R² of a 10-5-1 tanh network is {net.mean():.2f} (from "
        f"{net.min():.2f} to {net.max():.2f}), of linear regression {plane.mean():.2f}",
    )
