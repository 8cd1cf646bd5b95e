"""The checks of source S2: "Deep Learning Neural Networks", signed SK, 2020.

Worked examples from one weight to several samples; z_j^l stands for the values of a neuron, d_j^l
for its delta, h for the learning rate, y for the prediction and y* for the target; w_ij^l enters
layer l. Its second part ("Math behind Python algorithm") writes rows, a for the activations, ŷ and
y, and counts the weights by the layer they leave.
"""

from functools import cache

import numpy as np
from handgrad.activations import get
from handgrad.datasets import five_samples
from handgrad.network import forward, make_network
from handgrad.regression import least_squares, predict
from handgrad.training import batches, train

from claims.ledger.core import (
    MATHEMATICS,
    SHAPES,
    TYPING,
    Experiment,
    Formula,
    Needs,
    Numbers,
    check,
)
from claims.ledger.worlds import (
    dense_world,
    descend_many,
    dot,
    forward_many,
    generic,
    many_starts,
    plus,
    sigmoid,
    slope,
    times,
)

CH3, CH4, CH5 = "03_one_weight", "04_chain_of_weights", "05_layers_and_deltas"
CH6, CH7, CH8 = ("06_biases_and_activations", "07_network_by_hand", "08_batch_stochastic_minibatch")


# ---- linear networks, number by number -------------------------------------------------------


def trained(W, x, target, learning_rate, updates):
    """The linear network without biases after so many updates of all weights at once."""
    net = make_network(W, activation="identity")
    if updates:
        net, _ = train(
            net, [x], [target], learning_rate=learning_rate, epochs=updates, train_biases=False
        )
    return net


def output(net, x):
    return forward(net, [x]).y_hat[0]


ONE_WEIGHT = ([[[0.95]]], [2.0], [1.0], 0.1)
CHAIN = ([[[0.8]], [[0.6]], [[0.1]], [[0.5]]], [2.0], [1.0], 0.1)
LAST = [[[0.4, 0.6], [0.5, 0.2]], [[0.1], [0.1]]]
ONE_INPUT = ([[[0.7, 0.5]], *LAST], [2.0], [1.0], 0.1)
TWO_INPUTS = ([[[0.7, 0.5], [0.1, 0.9]], LAST[0], [[0.8], [0.4]]], [2.0, 4.0], [8.0], 0.005)


def one_weight_after(updates):
    return Numbers((trained(*ONE_WEIGHT, updates).W[2][0, 0],))


def output_after(example, updates):
    return Numbers(tuple(output(trained(*example, updates), example[1])))


@check("S2-01", CH3)
def first_output(rng):
    return output_after(ONE_WEIGHT, 0)


@check("S2-02", CH3)
def minimiser(rng):
    x, target = ONE_WEIGHT[1][0], ONE_WEIGHT[2][0]
    return Numbers((target / x,))


@check("S2-03", CH3)
def weight_after_1(rng):
    return one_weight_after(1)


@check("S2-04", CH3)
def weight_after_10(rng):
    return one_weight_after(10)


@check("S2-05", CH3)
def weight_after_15(rng):
    return one_weight_after(15)


@check("S2-06", CH3)
def weight_after_20(rng):
    return one_weight_after(20)


@check(
    "S2-07",
    CH3,
    note="Each ∇ is read as a derivative with respect to w; the usual sign would be d or ∂. "
    "With more than one weight such a quotient means nothing.",
)
def quotient_of_nablas(rng):
    x, target, w = rng.normal(size=3)
    y, J = (lambda w: x * w), (lambda w: (x * w - target) ** 2 / 2)
    nabla_J, nabla_y, nabla_w = slope(J, w), slope(y, w), slope(lambda w: w, w)
    return Formula(
        printed=lambda: [nabla_J / nabla_w, (nabla_J / nabla_y) * (nabla_y / nabla_w)],
        right=lambda: 2 * [(x * w - target) * x],
        turned=lambda: [nabla_J / nabla_w, (nabla_J / nabla_w) * (nabla_y / nabla_w)],
    )


@check("S2-08", CH4)
def hidden_values_of_the_chain(rng):
    a = forward(make_network(CHAIN[0], activation="identity"), [CHAIN[1]]).a
    return Numbers(tuple(a[l][0, 0] for l in (2, 3, 4)))


@check("S2-09", CH4)
def output_of_the_chain(rng):
    return output_after(CHAIN, 0)


@check("S2-10", CH4)
def deltas_of_the_chain(rng):
    w1, w2, w3, w4, x, target = rng.normal(size=6)
    J = lambda w: (x * w[0] * w[1] * w[2] * w[3] - target) ** 2 / 2
    z1 = x * w1
    z2, z3 = z1 * w2, z1 * w2 * w3

    def printed(through=1):
        d4 = z3 * w4 - target
        d3 = d4 * w4
        d2 = d3 * w3
        d1 = d2 * (w2 if through else w1)
        return [d1 * x, d2 * z1, d3 * z2, d4 * z3]

    return Formula(
        printed=printed,
        right=lambda: slope(J, [w1, w2, w3, w4]),
        turned=lambda: printed(through=0),
    )


@check("S2-11", CH4)
def chain_after_10(rng):
    return output_after(CHAIN, 10)


@check("S2-12", CH4)
def chain_after_15(rng):
    return output_after(CHAIN, 15)


@check("S2-13", CH4)
def chain_after_20(rng):
    return output_after(CHAIN, 20)


# ---- layers ---------------------------------------------------------------------------------


@check(
    "S2-14",
    CH5,
    SHAPES,
    2,
    right="w⁴ = (w₁₁⁴, w₂₁⁴)ᵀ, of shape (2, 1): one output",
    note="The values given there are w₁₁⁴ and w₂₁⁴ only.",
)
def last_weight_matrix(rng):
    z3 = rng.normal(size=(2, 1))
    entries = rng.normal(size=(2, 2))
    return Formula(
        printed=lambda: dot(entries.T, z3),
        right=lambda: dot(entries[:, :1].T, z3),
        turned=lambda: dot(entries[:, :1].T, z3),
    )


def linear(l):
    return lambda z: z


def layers(rng, sizes=(1, 2, 2, 1), s=linear, first=2):
    """A network of named numbers and its sizes by layer."""
    return dense_world(sizes, rng, s, first), dict(enumerate(sizes, start=1))


def array(w, name, rows, columns=0):
    """The named numbers name_1, name_2 … as a row, or name_11 … as a matrix."""
    if not columns:
        return np.array([[w[f"{name}_{j + 1}"] for j in range(rows)]])
    return np.array([[w[f"{name}_{i + 1}{j + 1}"] for j in range(columns)] for i in range(rows)])


def slopes(w, name, rows, columns=0):
    """∂J by each of the named numbers, in the same shape as `array`."""
    if not columns:
        return np.array([[w.d("J", f"{name}_{j + 1}") for j in range(rows)]])
    return np.array(
        [[w.d("J", f"{name}_{i + 1}{j + 1}") for j in range(columns)] for i in range(rows)]
    )


@check("S2-15", CH5)
def forward_formulas(rng):
    W, z = rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
    return Formula(
        printed=lambda: dot(W.T, z),
        right=lambda: [[sum(W[i, j] * z[i, 0] for i in range(2))] for j in range(3)],
        turned=lambda: dot(W, z),
    )


@check("S2-16", CH5)
def derivatives_of_the_output_layer(rng):
    w, d = layers(rng)
    d4 = w["a4_1"] - w["y_1"]
    return Formula(
        printed=lambda: [[d4 * w["z3_1"]], [d4 * w["z3_2"]]],
        right=lambda: slopes(w, "w4", 2, 1),
        turned=lambda: [[d4 * w["z3_2"]], [d4 * w["z3_1"]]],
    )


@check("S2-17", CH5)
def derivatives_of_the_second_hidden_layer(rng):
    w, d = layers(rng)
    d4, W4 = w["a4_1"] - w["y_1"], array(w, "w4", 2, 1)
    z2 = array(w, "z2", 2).T
    return Formula(
        printed=lambda: dot(z2, d4 * W4.T),
        right=lambda: slopes(w, "w3", 2, 2),
        turned=lambda: dot(W4, d4 * z2.T),
    )


@check(
    "S2-18",
    CH5,
    TYPING,
    1,
    right="d₁⁴ w₂₁⁴: there is one output, so d⁴ has one component",
)
def second_component_of_delta3(rng):
    w, d = layers(rng)
    d4 = {"d_1^4": w["a4_1"] - w["y_1"]}
    return Formula(
        printed=lambda: [d4["d_1^4"] * w["w4_11"], d4["d_2^4"] * w["w4_21"]],
        right=lambda: [w.d("J", "z3_1"), w.d("J", "z3_2")],
        turned=lambda: [d4["d_1^4"] * w["w4_11"], d4["d_1^4"] * w["w4_21"]],
    )


@check("S2-19", CH5)
def recursion_without_activation(rng):
    w, d = layers(rng, sizes=(1, 2, 3, 2))
    d3, W3 = slopes(w, "z3", 3), array(w, "w3", 2, 3)
    return Formula(
        printed=lambda: [sum(W3[j, k] * d3[0, k] for k in range(3)) for j in range(2)],
        right=lambda: slopes(w, "z2", 2)[0],
        turned=lambda: [sum(W3[j, k] * d3[0, j] for k in range(3)) for j in range(2)],
    )


@check("S2-20", CH5)
def general_weight_derivative(rng):
    w, d = layers(rng, sizes=(1, 2, 3, 2))
    z2, d3 = array(w, "z2", 2).T, slopes(w, "z3", 3)
    return Formula(
        printed=lambda: dot(z2, d3),
        right=lambda: slopes(w, "w3", 2, 3),
        turned=lambda: dot(d3.T, z2.T),
    )


@check("S2-21", CH5)
def one_input_after_5(rng):
    return output_after(ONE_INPUT, 5)


@check("S2-22", CH5)
def one_input_after_10(rng):
    return output_after(ONE_INPUT, 10)


@check("S2-23", CH5)
def one_input_after_15(rng):
    return output_after(ONE_INPUT, 15)


@check("S2-24", CH5)
def two_inputs_after_5(rng):
    return output_after(TWO_INPUTS, 5)


@check("S2-25", CH5)
def two_inputs_after_10(rng):
    return output_after(TWO_INPUTS, 10)


@check("S2-26", CH5)
def two_inputs_after_15(rng):
    return output_after(TWO_INPUTS, 15)


# ---- several outputs ------------------------------------------------------------------------

SIZES = (2, 4, 3, 2, 4)


def all_derivatives(w, d, a, delta):
    """Weight derivatives a_i^{l-1} δ_j^l of all layers, flat."""
    return np.concatenate([np.outer(a(l - 1), delta[l]).ravel() for l in sorted(delta)])


def right_derivatives(w, d, first=2):
    return np.concatenate(
        [slopes(w, f"w{l - 2 + first}", d[l - 1], d[l]).ravel() for l in range(2, len(d) + 1)]
    )


def deltas(w, d, s_prime, first=2, sign=1):
    """δ^L from the printed formula and the others by the printed recursion; rows, by layer."""
    L = len(d)
    delta = {L: (array(w, f"a{L}", d[L]) - array(w, "y", d[L]))[0] * s_prime(w, L)}
    for l in range(L - 1, 1, -1):
        W = array(w, f"w{l - 1 + first}", d[l], d[l + 1])
        delta[l] = sign * W @ delta[l + 1] * s_prime(w, l)
    return delta


def ones(w, l):
    return 1.0


@check("S2-27", CH5)
def derivatives_of_several_outputs(rng):
    w, d = layers(rng, SIZES)
    a = lambda l: array(w, f"a{l}", d[l])[0]
    return Formula(
        printed=lambda: all_derivatives(w, d, a, deltas(w, d, ones)),
        right=lambda: right_derivatives(w, d),
        turned=lambda: all_derivatives(w, d, a, deltas(w, d, ones, sign=-1)),
    )


FOUR_TARGETS = np.array([[5.0, 6.0, 7.0, 8.0]])


@cache
def ends_of_four_outputs(step, starts=20000, updates=25):
    """Largest distance of an output from its target after training, one for each start."""
    W, b = many_starts(SIZES, starts, np.random.default_rng(0), 0, 1, biases=False)
    identity = get("identity")
    x = np.array([[2.0, 4.0]])
    with np.errstate(over="ignore", invalid="ignore"):  # some starts diverge under the plain step
        for _ in range(updates):
            W, b = descend_many(
                W,
                b,
                identity.value,
                identity.derivative,
                x,
                FOUR_TARGETS,
                learning_rate=0.002,
                step=step,
                train_biases=False,
            )
        out = forward_many(W, b, identity.value, x)[1][-1]
        return np.abs(out - FOUR_TARGETS).max(axis=(1, 2))


CLOSE = 0.005  # the printed outputs lie within this of their targets


@check(
    "S2-28",
    CH5,
    MATHEMATICS,
    3,
    right="w_new = w_old − h ∇J, as in all the examples before it",
    note="A step of fixed length h moves the weights by no more than 25 h in 25 steps.",
)
def step_of_fixed_length(rng):
    fixed, plain = ends_of_four_outputs("fixed length"), ends_of_four_outputs("plain")
    share = lambda ends: float(np.mean(ends <= CLOSE))
    return Experiment(
        share(fixed),
        f"of {len(fixed)} starts, uniform in (0, 1), {np.count_nonzero(fixed <= CLOSE)} ended "
        f"within {CLOSE} of the targets by the printed step (half of them stay more than "
        f"{np.median(fixed):.1f} away), "
        f"{share(plain):.0%} by the plain step",
        turned=lambda: share(plain),
        at_least=0.05,
    )


@check("S2-29", CH5)
def four_outputs(rng):
    plain = ends_of_four_outputs("plain")
    stand_in = dict(zip(("w²", "w³", "w⁴", "w⁵"), many_starts(SIZES, 1, rng, 0, 1)[0], strict=True))
    return Needs(
        ("w²", "w³", "w⁴", "w⁵"),
        {},
        lambda *W: Numbers(
            tuple(
                output(
                    trained([M[0] for M in W], [2.0, 4.0], FOUR_TARGETS[0], 0.002, 25), [2.0, 4.0]
                )
            )
        ),
        stand_in,
        f"of {len(plain)} starts, uniform in (0, 1), {np.mean(plain <= CLOSE):.0%} end within "
        f"{CLOSE} of the targets after 25 plain steps, so the printed outputs are of that kind",
    )


# ---- biases and activations -----------------------------------------------------------------


def prime(s):
    """s' of layer l at its z, from the function itself."""
    return lambda w, l: np.array([slope(s(l), z) for z in _z(w, l)])


def _z(w, l):
    names = [name for name in w.definitions if name.startswith(f"z{l}_")]
    return np.array([w[name] for name in names])


@check("S2-30", CH6, note="The vector form beside it leaves out the sign ⊙.")
def deltas_of_the_last_layer(rng):
    w, d = layers(rng, SIZES, generic)
    delta = (array(w, "a5", 4) - array(w, "y", 4))[0] * prime(generic)(w, 5)
    a4 = array(w, "a4", 2)[0]
    return Formula(
        printed=lambda: np.outer(a4, delta),
        right=lambda: slopes(w, "w5", 2, 4),
        turned=lambda: np.outer(a4, (array(w, "a5", 4) - array(w, "y", 4))[0]),
    )


@check(
    "S2-31",
    CH6,
    note="In the matrix form a letter e stands where ⊙ belongs; read so, both forms are right.",
)
def recursion_with_activation(rng):
    w, d = layers(rng, SIZES, generic)
    delta = {l: slopes(w, f"z{l}", d[l])[0] for l in (2, 3, 4, 5)}
    back = lambda l: array(w, f"w{l + 1}", d[l], d[l + 1]) @ delta[l + 1]
    return Formula(
        printed=lambda: np.concatenate([back(l) * prime(generic)(w, l) for l in (2, 3, 4)]),
        right=lambda: np.concatenate([delta[l] for l in (2, 3, 4)]),
        turned=lambda: np.concatenate([back(l) for l in (2, 3, 4)]),
    )


@check(
    "S2-32",
    CH6,
    MATHEMATICS,
    3,
    right="∂J/∂w_ij^l = d_j^l s(z_i^{l−1}), in matrices s(z^{l−1}) (δ^l)ᵀ: s, not its derivative",
    note="The eight derivatives worked out before it have s. The exercise to prove it as printed "
    "cannot be done.",
)
def weight_derivative_with_prime(rng):
    w, d = layers(rng, SIZES, generic)
    delta = {l: slopes(w, f"z{l}", d[l])[0] for l in (3, 4, 5)}
    s = lambda l: array(w, f"a{l}", d[l])[0]
    right = [slopes(w, f"w{l}", d[l - 1], d[l]).ravel() for l in (3, 4, 5)]
    return Formula(
        printed=lambda: all_derivatives(w, d, lambda l: prime(generic)(w, l), delta),
        right=lambda: np.concatenate(right),
        turned=lambda: all_derivatives(w, d, s, delta),
    )


@check("S2-33", CH6)
def bias_derivatives(rng):
    w, d = layers(rng, SIZES, generic)
    delta = deltas(w, d, prime(generic))
    right = [slopes(w, f"b{l}", d[l])[0] for l in (2, 3, 4, 5)]
    return Formula(
        printed=lambda: np.concatenate([delta[l] for l in (2, 3, 4, 5)]),
        right=lambda: np.concatenate(right),
        turned=lambda: np.concatenate([delta[l] / prime(generic)(w, l) for l in (2, 3, 4, 5)]),
    )


@check(
    "S2-34",
    CH6,
    MATHEMATICS,
    1,
    right="z² = (w²)ᵀ x + b²: the input is not put through s",
    note="The second part of the source has it right. With the convention s(z¹) = x so is this.",
)
def input_of_each_neuron(rng):
    w, d = layers(rng, SIZES, lambda l: sigmoid)
    x, W, b = array(w, "a1", 2).T, array(w, "w2", 2, 4), array(w, "b2", 4).T
    return Formula(
        printed=lambda: plus(dot(W.T, sigmoid(x)), b),
        right=lambda: array(w, "z2", 4).T,
        turned=lambda: plus(dot(W.T, x), b),
    )


@check(
    "S2-35",
    CH6,
    TYPING,
    1,
    right="the learning rate is called h everywhere else in this part",
)
def learning_rate_symbol(rng):
    w, dw = rng.normal(size=2)
    named = {"h": 0.1}
    return Formula(
        printed=lambda: w - named["η"] * dw,
        right=lambda: w - 0.1 * dw,
        turned=lambda: w - named["h"] * dw,
    )


GRID = np.linspace(-15, 15, 3001)  # beyond, 1 − tanh z is below what a float can hold


@check("S2-36", CH6)
def ranges(rng):
    values = {name: get(name).value(GRID) for name in ("sigmoid", "relu", "tanh")}
    ends = {"sigmoid": (0, 1), "relu": (0, np.inf), "tanh": (-1, 1)}

    def inside(closed):
        return [
            np.all((v > ends[name][0]) | ((v == ends[name][0]) & (name in closed)))
            and np.all(v < ends[name][1])
            for name, v in values.items()
        ]

    def reached():
        low = [values[name].min() - ends[name][0] < 1e-6 for name in values]
        high = [values["sigmoid"].max() > 1 - 1e-6, values["relu"].max() == GRID[-1]]
        return [*low, *high, values["tanh"].max() > 1 - 1e-6]

    return Formula(
        printed=lambda: [*inside(closed=("relu",)), *reached()],
        right=lambda: np.ones(9),
        turned=lambda: [*inside(closed=()), *reached()],
    )


@check("S2-37", CH6)
def tanh_identity(rng):
    return Formula(
        printed=lambda: 2 / (1 + np.exp(-2 * GRID)) - 1,
        right=lambda: np.tanh(GRID),
        turned=lambda: 2 / (1 + np.exp(-GRID)) - 1,
    )


@check("S2-38", CH6, note="This is σ(2z).")
def tanh_between_0_and_1(rng):
    return Formula(
        printed=lambda: 1 / (1 + np.exp(-2 * GRID)),
        right=lambda: (np.tanh(GRID) + 1) / 2,
        turned=lambda: 1 / (1 + np.exp(-GRID)),
    )


@check("S2-39", CH6)
def sigmoid_derivative_is_even(rng):
    prime = get("sigmoid").derivative
    return Formula(
        printed=lambda: [*prime(-GRID), prime(40.0), prime(-40.0)],
        right=lambda: [*prime(GRID), 0, 0],
        turned=lambda: [*-prime(-GRID), prime(40.0), prime(-40.0)],
    )


@check("S2-40", CH6)
def tanh_derivative(rng):
    tanh = get("tanh")
    k = int(np.argmax(tanh.derivative(GRID)))
    steeper = np.all(tanh.derivative(GRID).max() > get("sigmoid").derivative(GRID))
    return Formula(
        printed=lambda: [1, 0, 1, *-tanh.value(GRID)],
        right=lambda: [tanh.derivative(GRID[k]), tanh.value(GRID[k]), steeper, *tanh.value(-GRID)],
        turned=lambda: [1, 0, 1, *tanh.value(GRID)],
    )


@check(
    "S2-41",
    CH6,
    MATHEMATICS,
    1,
    right="small inputs go to 0 with the logistic function and to −1 with tanh",
    note="Large inputs, vanishing and evenness of the derivative are the same for both.",
)
def same_for_tanh(rng):
    far = 20.0
    sigmoid, tanh = get("sigmoid"), get("tanh")
    said = [1, 0, 0, 0, True]  # large, small, derivative at both ends, derivative even

    def measured(s):
        even = np.allclose(s.derivative(GRID), s.derivative(-GRID))
        return [s.value(far), s.value(-far), s.derivative(far), s.derivative(-far), even]

    return Formula(
        printed=lambda: said,
        right=lambda: np.round(measured(tanh), 6),
        turned=lambda: [1, -1, 0, 0, True],
        note=f"tanh(−{far:g}) = {measured(tanh)[1]:.6f}, σ(−{far:g}) = {measured(sigmoid)[1]:.6f}.",
    )


@check("S2-42", CH6)
def relu_at_zero(rng):
    relu = get("relu").value
    h = 2.0**-20
    one_sided = lambda s: [(s(0.0) - s(-h)) / h, (s(h) - s(0.0)) / h]
    return Formula(
        printed=lambda: [0, 1],
        right=lambda: one_sided(relu),
        turned=lambda: [1, 1],
    )


# ---- which activation is fastest ------------------------------------------------------------

BIAS_X, BIAS_Y = np.array([[0.2, 0.5]]), np.array([[0.8, 0.1, 0.5, 0.7]])
PRINTED_MISS = 0.0005  # the printed outputs lie within this of their targets


@cache
def biased_runs(high, starts=2000, updates=30):
    """Each activation from the same uniform starts in (0, high): final J, outputs, all z > 0."""
    W0, b0 = many_starts(SIZES, starts, np.random.default_rng(1), 0, high)
    runs = {}
    for name in ("identity", "relu", "tanh", "sigmoid"):
        s, W, b = get(name), W0, b0
        positive = np.ones(starts, bool)
        with np.errstate(over="ignore", invalid="ignore"):  # wide linear starts diverge
            for _ in range(updates):
                z, _ = forward_many(W, b, s.value, BIAS_X)
                positive &= np.all([(layer > 0).all(axis=(1, 2)) for layer in z], axis=0)
                W, b = descend_many(W, b, s.value, s.derivative, BIAS_X, BIAS_Y, learning_rate=0.1)
            z, a = forward_many(W, b, s.value, BIAS_X)
            positive &= np.all([(layer > 0).all(axis=(1, 2)) for layer in z], axis=0)
            J = ((a[-1] - BIAS_Y) ** 2).sum(axis=(1, 2)) / 2
        runs[name] = J, a[-1][:, 0], positive
    return runs


def miss(outputs):
    return np.abs(outputs - BIAS_Y).max(axis=1)


@check("S2-43", CH6)
def biased_outputs(rng):
    narrow = miss(biased_runs(0.5)["identity"][1])
    names = ("w²", "w³", "w⁴", "w⁵", "b²", "b³", "b⁴", "b⁵")
    W, b = many_starts(SIZES, 1, rng, 0, 0.5)

    def compute(*parameters):
        net = make_network(
            [M[0] for M in parameters[:4]], [v[0, 0] for v in parameters[4:]], activation="identity"
        )
        net, _ = train(net, BIAS_X, BIAS_Y, learning_rate=0.1, epochs=30)
        return Numbers(tuple(forward(net, BIAS_X).y_hat[0]))

    return Needs(
        names,
        {},
        compute,
        dict(zip(names, W + b, strict=True)),
        f"of {len(narrow)} starts, uniform in (0, ½), {np.mean(narrow <= PRINTED_MISS):.0%} end "
        f"within {PRINTED_MISS} of the targets after 30 updates, as the printed outputs do, and "
        f"at least {np.floor(100 * np.mean(narrow <= 0.01)):.0f}% within 0.01",
    )


@check("S2-44", CH6)
def relu_equals_linear(rng):
    runs, wide = biased_runs(0.5), biased_runs(1.0)
    linear, relu = runs["identity"], runs["relu"]
    same = (linear[1] == relu[1]).all(axis=1)
    positive = linear[2]
    same_wide = (wide["identity"][1] == wide["relu"][1]).all(axis=1)
    return Experiment(
        float(np.mean(same[positive])),
        f"outputs identical after 30 updates in {np.mean(same[positive]):.0%} of the "
        f"{np.count_nonzero(positive)} starts, of {len(positive)} in (0, ½), whose z stayed "
        f"positive; from (0, 1) z stays positive in {np.mean(wide['identity'][2]):.1%} of the "
        f"starts and the outputs are identical in {np.mean(same_wide):.1%}",
        turned=lambda: float(np.mean(same_wide)),
        at_least=1.0,
    )


@check(
    "S2-45",
    CH6,
    note="Counted are starts that do what the source says of its own: linear and ReLU agree, and "
    "the linear outputs end as near the targets as printed.",
)
def order_of_the_activations(rng):
    def ordered(faster, slower):
        counted = []
        for high in (0.5, 1.0):
            runs = biased_runs(high)
            same = (runs["identity"][1] == runs["relu"][1]).all(axis=1)
            like = same & (miss(runs["identity"][1]) <= PRINTED_MISS)
            J = {name: run[0][like] for name, run in runs.items()}
            counted.append((J[faster] < J["tanh"]) & (J["tanh"] < J[slower]))
        return np.concatenate(counted)

    order = ordered("identity", "sigmoid")
    return Experiment(
        float(order.mean()),
        f"J after 30 updates is in the order linear, tanh, logistic in {order.mean():.1%} of "
        f"{len(order)} starts",
        turned=lambda: float(ordered("sigmoid", "identity").mean()),
    )


# ---- the second part: rows ------------------------------------------------------------------


def row_network(rng, s=lambda l: sigmoid):
    """The 2-4-3-2-4 network of the second part: its weights carry the layer they leave."""
    return layers(rng, SIZES, s, first=1)


def parts(w, d):
    """X, W, B, Z, A by the names of the source; rows are (1, d_l)."""
    W = {l: array(w, f"w{l}", d[l], d[l + 1]) for l in (1, 2, 3, 4)}
    B = {l: array(w, f"b{l}", d[l]) for l in (2, 3, 4, 5)}
    Z = {l: array(w, f"z{l}", d[l]) for l in (2, 3, 4, 5)}
    A = {l: array(w, f"a{l}", d[l]) for l in (1, 2, 3, 4, 5)}
    return W, B, Z, A


@check("S2-46", CH6)
def feed_forward_in_rows(rng):
    w, d = row_network(rng)
    W, B, Z, A = parts(w, d)

    def outputs(bias=1):
        a = A[1]
        for l in (1, 2, 3, 4):
            a = sigmoid(plus(dot(a, W[l]), bias * B[l + 1]))
        return a

    return Formula(printed=outputs, right=lambda: A[5], turned=lambda: outputs(bias=-1))


COST = "½ Σ (ŷ − y)², as in the first part of the source and as its derivatives have it"


def costs(rng, shape):
    y_hat, y = rng.normal(size=shape), rng.normal(size=shape)
    return Formula(
        printed=lambda: np.sum(y_hat - y) / 2,
        right=lambda: sum((p - t) ** 2 / 2 for p, t in zip(y_hat.ravel(), y.ravel(), strict=True)),
        turned=lambda: np.sum((y_hat - y) ** 2) / 2,
    )


@check("S2-47", CH6, MATHEMATICS, 2, right=COST)
def cost_by_components(rng):
    return costs(rng, (4,))


@check("S2-48", CH6, MATHEMATICS, 2, right=COST)
def cost_of_one_sample(rng):
    return costs(rng, (1, 4))


@check("S2-49", CH8, MATHEMATICS, 2, right=COST)
def cost_of_several_samples(rng):
    return costs(rng, (5, 4))


def delta5(w):
    y_hat = array(w, "a5", 4)
    return (y_hat - array(w, "y", 4)) * prime(lambda l: sigmoid)(w, 5)


@check("S2-50", CH6)
def derivatives_of_layer_5(rng):
    w, d = row_network(rng)
    a4, delta = array(w, "a4", 2)[0], delta5(w)[0]
    return Formula(
        printed=lambda: [[delta[j] * a4[i] for j in range(4)] for i in range(2)],
        right=lambda: slopes(w, "w4", 2, 4),
        turned=lambda: [[delta[j] * a4[1 - i] for j in range(4)] for i in range(2)],
    )


@check("S2-51", CH6)
def matrix_forms_of_layer_5(rng):
    w, d = row_network(rng)
    A4, delta = array(w, "a4", 2), delta5(w)
    return Formula(
        printed=lambda: np.vstack([dot(A4.T, delta), delta]),
        right=lambda: np.vstack([slopes(w, "w4", 2, 4), slopes(w, "b5", 4)]),
        turned=lambda: np.vstack([dot(A4.T, -delta), delta]),
    )


@check("S2-52", CH6)
def derivatives_of_layer_4(rng):
    w, d = row_network(rng)
    W4, delta, a3 = array(w, "w4", 2, 4), delta5(w)[0], array(w, "a3", 3)[0]
    slope4 = prime(lambda l: sigmoid)(w, 4)

    def printed(outputs):
        return [
            [sum(delta[k] * W4[j, k] * slope4[j] * a3[i] for k in range(outputs)) for j in (0, 1)]
            for i in range(3)
        ]

    return Formula(
        printed=lambda: printed(4),
        right=lambda: slopes(w, "w3", 3, 2),
        turned=lambda: printed(3),
    )


@check(
    "S2-53",
    CH6,
    TYPING,
    1,
    right="a plus between the two rows, as ∂J/∂b₂⁴ has it",
    note="Read as it stands, the last term of the first row and the first of the second multiply.",
)
def broken_chain_rule_lines(rng):
    w, d = row_network(rng)

    def terms(wrt, neuron):
        inner = w.d(f"a4_{neuron}", f"z4_{neuron}") * w.d(f"z4_{neuron}", wrt)
        outer = lambda k: w.d("J", f"a5_{k}") * w.d(f"a5_{k}", f"z5_{k}")
        return [outer(k) * w.d(f"z5_{k}", f"a4_{neuron}") * inner for k in (1, 2, 3, 4)]

    displays = [("w3_11", 1), ("w3_12", 2), ("b4_1", 1)]
    joined = [terms(*display) for display in displays]
    return Formula(
        printed=lambda: [t[0] + t[1] * t[2] + t[3] for t in joined],
        right=lambda: [w.d("J", wrt) for wrt, _ in displays],
        turned=lambda: [t[0] + t[1] + t[2] + t[3] for t in joined],
    )


@check("S2-54", CH6, note="An empty box stands for ⊙; the text at hand may have lost the sign.")
def matrix_delta_of_layer_4(rng):
    w, d = row_network(rng)
    W4, slope4 = array(w, "w4", 2, 4), prime(lambda l: sigmoid)(w, 4)[None, :]
    return Formula(
        printed=lambda: times(dot(delta5(w), W4.T), slope4),
        right=lambda: slopes(w, "z4", 2),
        turned=lambda: dot(delta5(w), W4.T),
    )


@check(
    "S2-55",
    CH6,
    SHAPES,
    2,
    right="δ^l = (δ^{l+1} (W^l)ᵀ) ⊙ σ'(z^l), and δ^L = (Ŷ − Y) ⊙ σ'(z^L)",
    note="The dot is the matrix product everywhere else in this part.",
)
def matrix_deltas_with_a_dot(rng):
    w, d = row_network(rng)
    W4, slope4 = array(w, "w4", 2, 4), prime(lambda l: sigmoid)(w, 4)[None, :]
    return Formula(
        printed=lambda: dot(delta5(w), W4.T, slope4),
        right=lambda: slopes(w, "z4", 2),
        turned=lambda: times(dot(delta5(w), W4.T), slope4),
    )


@check("S2-56", CH6)
def middle_steps(rng):
    w, d = row_network(rng)
    slope = prime(lambda l: sigmoid)
    delta = {l: slopes(w, f"z{l}", d[l])[0] for l in (2, 3, 4, 5)}
    a3 = array(w, "a3", 3)[0]
    right = [delta[3], slopes(w, "b4", 2)[0], slopes(w, "w3", 3, 2).ravel()]

    def printed(sign=1):
        W3 = array(w, "w3", 3, 2)
        delta3 = [sum(delta[4][k] * W3[j, k] * slope(w, 3)[j] for k in (0, 1)) for j in range(3)]
        return np.concatenate([delta3, sign * delta[4], np.outer(a3, delta[4]).ravel()])

    return Formula(
        printed=printed, right=lambda: np.concatenate(right), turned=lambda: printed(sign=-1)
    )


@check("S2-57", CH6)
def the_last_step(rng):
    w, d = row_network(rng)
    X, delta2 = array(w, "a1", 2), slopes(w, "z2", 4)
    return Formula(
        printed=lambda: np.vstack([dot(X.T, delta2), delta2]),
        right=lambda: np.vstack([slopes(w, "w1", 2, 4), slopes(w, "b2", 4)]),
        turned=lambda: np.vstack([dot(sigmoid(X).T, delta2), delta2]),
    )


@check(
    "S2-58",
    CH6,
    MATHEMATICS,
    2,
    right="with a¹ = x one expression serves all layers: ∂J/∂W^l = (a^{l−1})ᵀ δ^l, ∂J/∂b^l = δ^l",
    note="Only δ has two cases, the last layer and all others.",
)
def no_general_expression(rng, trials=20):
    def share(first_layer):
        served = 0
        for seed in range(trials):
            w, d = layers(np.random.default_rng(seed), SIZES, lambda l: sigmoid)
            a = lambda l: array(w, f"a{l}", d[l])[0] * (first_layer if l == 1 else 1)
            general = all_derivatives(w, d, a, deltas(w, d, prime(lambda l: sigmoid)))
            served += np.allclose(general, right_derivatives(w, d))
        return served / trials

    fits = share(1)
    return Experiment(
        1 - fits,
        f"one expression gives all weight derivatives of the 2-4-3-2-4 network in {fits:.0%} of "
        f"{trials} draws",
        turned=lambda: 1 - share(2),
    )


# ---- several samples ------------------------------------------------------------------------


@check("S2-59", CH8)
def one_loop_for_three_methods(rng):
    n = 5

    def samples_a_batch(number_of_batches):
        return [len(rows) for rows in batches(n, n // number_of_batches, shuffle=False)]

    return Formula(
        printed=lambda: [*samples_a_batch(1), *samples_a_batch(n)],
        right=lambda: [n, *n * [1]],
        turned=lambda: [*samples_a_batch(n), *samples_a_batch(1)],
    )


@check(
    "S2-60",
    CH8,
    note="No count is printed; tested is that these sizes are mini-batches of 1000.",
)
def mini_batches_of_a_thousand(rng):
    n, sizes = 1000, (4, 8, 16, 32)

    def split(size):
        return list(batches(n, size, shuffle=False))

    def is_mini(size):
        rows = split(size)
        each_once = np.array_equal(np.sort(np.concatenate(rows)), np.arange(n))
        return 1 < len(rows) < n and each_once

    counts = ", ".join(f"{len(split(size))}" for size in sizes)
    last = ", ".join(f"{len(split(size)[-1])}" for size in sizes)
    return Experiment(
        float(np.mean([is_mini(size) for size in sizes])),
        f"batches of {', '.join(map(str, sizes))} make {counts} updates an epoch; "
        f"the last batch holds {last} samples",
        turned=lambda: float(np.mean([is_mini(size) for size in (1, n)])),
    )


@check("S2-61", CH8)
def linear_fit_of_five_samples(rng):
    X, Y = five_samples()
    w, b = least_squares(X.ravel(), Y.ravel())
    best = predict(X.ravel(), w, b)
    return Needs(
        ("the outputs, which are on a figure",),
        {},
        lambda outputs: Experiment(float(np.allclose(outputs, best)), "", lambda: 0.0),
        {"the outputs, which are on a figure": Y.ravel()},
        "the best that any linear network can do is the least-squares line, with outputs "
        + ", ".join(f"{value:.4f}" for value in best),
    )


PRINTED_FIVE = np.array([0.0295, 0.4255, 0.6867, 0.7470, 0.7706])


@cache
def five_sample_runs(batch_size, starts=60, epochs=500):
    """Width w -> outputs of tanh networks 1-w-w-w-w-1 on the five samples, uniform (−1, 1) starts.

    Both widths are trained at once: a network with two units is one with three of which the third
    has no weights and no bias; its output tanh 0 and its gradients are 0, and it stays silent.
    """
    X, Y = five_samples()
    X, Y = np.reshape(X, (-1, 1)), np.reshape(Y, (-1, 1))
    s = get("tanh")
    W, b = many_starts((1, 3, 3, 3, 3, 1), 2 * starts, np.random.default_rng(2), -1, 1)
    for l in range(4):
        W[l][:starts, :, 2] = b[l][:starts, :, 2] = W[l + 1][:starts, 2] = 0.0
    in_order = list(batches(len(X), batch_size, shuffle=False))
    for _ in range(epochs):
        for rows in in_order:
            W, b = descend_many(W, b, s.value, s.derivative, X[rows], Y[rows], learning_rate=0.3)
    outputs = forward_many(W, b, s.value, X)[1][-1][:, :, 0]
    return {2: outputs[:starts], 3: outputs[starts:]}


@check("S2-62", CH8)
def tanh_fit_of_five_samples(rng):
    nearest = {}
    for method, size in (("batch", 5), ("mini-batches of 2", 2), ("stochastic", 1)):
        runs = np.concatenate(list(five_sample_runs(size).values()))
        nearest[method] = np.abs(runs - PRINTED_FIVE).max(axis=1).min()
    return Needs(
        ("widths of the hidden layers", "starting weights and biases", "batch size"),
        {},
        lambda width, start, size: Numbers(tuple(five_sample_runs(size)[width][start])),
        {
            "widths of the hidden layers": 2,
            "starting weights and biases": 0,
            "batch size": 5,
        },
        f"of {len(runs)} starts with hidden layers of 2 and 3, the nearest to the printed outputs "
        "is "
        + ", ".join(f"{value:.3f} away by {method}" for method, value in nearest.items())
        + "; so batch descent is the likeliest",
    )


@cache
def rises(batch_size, learning_rate, starts=100, epochs=60):
    """Share of starts in which the whole cost rises at some update, and in which it ends lower."""
    X, Y = five_samples()
    X, Y = np.reshape(X, (-1, 1)), np.reshape(Y, (-1, 1))
    s = get("tanh")
    W, b = many_starts((1, 3, 3, 3, 3, 1), starts, np.random.default_rng(3), -1, 1)
    cost = [((forward_many(W, b, s.value, X)[1][-1] - Y) ** 2).sum(axis=(1, 2)) / 2]
    for _ in range(epochs):
        for rows in batches(len(X), batch_size, shuffle=False):
            W, b = descend_many(
                W, b, s.value, s.derivative, X[rows], Y[rows], learning_rate=learning_rate
            )
            cost.append(((forward_many(W, b, s.value, X)[1][-1] - Y) ** 2).sum(axis=(1, 2)) / 2)
    cost = np.array(cost)
    return float(np.mean((np.diff(cost, axis=0) > 0).any(axis=0))), float(
        np.mean(cost[-1] < cost[0])
    )


@check("S2-63", CH8)
def stochastic_descent_fluctuates(rng):
    (sgd, sgd_lower), (mini, mini_lower) = rises(1, 0.3), rises(2, 0.3)
    batch, _ = rises(5, 0.3)
    return Experiment(
        min(sgd, sgd_lower, mini, mini_lower),
        f"the whole cost rises at some update in {sgd:.0%} (stochastic), {mini:.0%} (batches of 2) "
        f"and {batch:.0%} (batch) of 100 starts; it ends lower in {sgd_lower:.0%} and "
        f"{mini_lower:.0%} of the first two",
        turned=lambda: batch,
    )
