"""The checks of source S1: slides "Backpropagation: Numerical Example", unsigned.

A 2-2-2 network of logistic neurons, E = Σ ½ (target − out)², η = 0.5. The slides follow a
published example (M. Mazur, 2015); w3, w4, w7, w8 and the targets are taken from their results
where the text itself does not hold them, and every printed figure is then held against them.
"""

from functools import cache

import numpy as np
from handgrad.network import forward, gradients, make_network

from claims.ledger.core import (
    MATHEMATICS,
    NUMBERS,
    TYPING,
    Experiment,
    Formula,
    Numbers,
    agreement,
    check,
)
from claims.ledger.worlds import World, sigmoid, slope

CH7 = "07_network_by_hand"

X, Y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
W = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
B = [np.array([0.35, 0.35]), np.array([0.60, 0.60])]
ETA = 0.5
NET = make_network(W, B, "sigmoid")
CACHE = forward(NET, X)
E, GRADS = gradients(NET, X, Y)
H, OUT = CACHE.a[2][0], CACHE.a[3][0]
ERROR = OUT - Y[0]
SLOPE = OUT * (1 - OUT)
NEW_W = {l: NET.W[l] - ETA * GRADS.dW[l] for l in (2, 3)}


@cache
def rounds(n, *, hidden_from="old", train_biases=False):
    """Repeat the update n times: the error and the outputs after n - 1 and after n rounds.

    Parameters
    ----------
    n : int
    hidden_from : "old" or "new"
        Output weights that the hidden gradients are taken with: before or after their update.
    train_biases : bool

    Returns
    -------
    dict
        Rounds done -> (E, outputs).
    """
    x, y = X[0], Y[0]
    W2, W3, b2, b3 = W[0], W[1], B[0], B[1]
    after = {}
    for done in range(n + 1):
        h = sigmoid(x @ W2 + b2)
        out = sigmoid(h @ W3 + b3)
        if done >= n - 1:
            after[done] = float(((y - out) ** 2).sum() / 2), out
        delta = (out - y) * out * (1 - out)
        new_W3 = W3 - ETA * h[:, None] * delta
        delta_h = ((new_W3 if hidden_from == "new" else W3) @ delta) * h * (1 - h)
        W2, W3 = W2 - ETA * x[:, None] * delta_h, new_W3
        if train_biases:
            b2, b3 = b2 - ETA * delta_h, b3 - ETA * delta
    return after


def two_two_two(rng):
    """The network with random numbers, named as in the source; one bias for each layer."""
    names = "i1 i2 target_o1 target_o2 w1 w2 w3 w4 w5 w6 w7 w8 b1 b2".split()
    half = lambda v, k: (v[f"target_o{k}"] - v[f"out_o{k}"]) ** 2 / 2
    return World(
        {name: rng.normal() for name in names},
        {
            "net_h1": lambda v: v["w1"] * v["i1"] + v["w2"] * v["i2"] + v["b1"],
            "net_h2": lambda v: v["w3"] * v["i1"] + v["w4"] * v["i2"] + v["b1"],
            "out_h1": lambda v: sigmoid(v["net_h1"]),
            "out_h2": lambda v: sigmoid(v["net_h2"]),
            "net_o1": lambda v: v["w5"] * v["out_h1"] + v["w6"] * v["out_h2"] + v["b2"],
            "net_o2": lambda v: v["w7"] * v["out_h1"] + v["w8"] * v["out_h2"] + v["b2"],
            "out_o1": lambda v: sigmoid(v["net_o1"]),
            "out_o2": lambda v: sigmoid(v["net_o2"]),
            "E_o1": lambda v: half(v, 1),
            "E_o2": lambda v: half(v, 2),
            "E_total": lambda v: v["E_o1"] + v["E_o2"],
        },
    )


# ---- forward --------------------------------------------------------------------------------


@check(
    "S1-01",
    CH7,
    TYPING,
    1,
    right="the input is 0.05, not 0.005",
    note="The printed result belongs to 0.05.",
)
def expression_of_net_h1(rng):
    return Formula(
        printed=lambda: 0.15 * 0.005 + 0.2 * 0.1 + 0.35,
        right=lambda: 0.3775,
        turned=lambda: 0.15 * 0.05 + 0.2 * 0.1 + 0.35,
    )


@check("S1-02", CH7)
def net_h1(rng):
    return Numbers((CACHE.z[2][0, 0],))


@check("S1-03", CH7, TYPING, 1, right="the exponent is negative: 1/(1 + e^(−0.3775))")
def expression_of_out_h1(rng):
    return Formula(
        printed=lambda: 1 / (1 + np.exp(0.3775)),
        right=lambda: H[0],
        turned=lambda: 1 / (1 + np.exp(-0.3775)),
    )


@check("S1-04", CH7, NUMBERS, 1, right="nine decimals, or the last two digits 99")
def out_h1(rng):
    nine = f"{H[0]:.9f}"
    dropped = [float(nine[:k] + nine[k + 1 :]) for k in range(2, len(nine)) if nine[k] == "9"]
    slips = [("one 9 was dropped from the value with nine decimals", (value,)) for value in dropped]
    return Numbers((H[0],), slips=tuple(slips))


@check("S1-05", CH7)
def out_h2(rng):
    return Numbers((H[1],))


@check("S1-06", CH7)
def net_o1(rng):
    return Numbers((CACHE.z[3][0, 0],))


@check("S1-07", CH7, TYPING, 1, right="the exponent is negative: 1/(1 + e^(−1.1059))")
def expression_of_out_o1(rng):
    return Formula(
        printed=lambda: 1 / (1 + np.exp(1.1059)),
        right=lambda: sigmoid(1.1059),
        turned=lambda: 1 / (1 + np.exp(-1.1059)),
    )


@check("S1-08", CH7, TYPING, 1, right="this is net_o1; out_o1 follows on the next line")
def label_of_net_o1(rng):
    named = {"out_o1": OUT[0], "net_o1": CACHE.z[3][0, 0]}
    weighted_sum = H @ W[1][:, 0] + B[1][0]
    return Formula(
        printed=lambda: named["out_o1"],
        right=lambda: weighted_sum,
        turned=lambda: named["net_o1"],
    )


@check("S1-09", CH7)
def out_o1(rng):
    return Numbers((OUT[0],))


@check("S1-10", CH7)
def out_o2(rng):
    return Numbers((OUT[1],))


@check(
    "S1-11",
    "06_biases_and_activations",
    MATHEMATICS,
    1,
    right="net_h = W_1ᵀ x + b_1, as the numbers after it have it",
    note="The same holds for the output layer.",
)
def layer_without_bias(rng):
    x, net_h = X[0], CACHE.z[2][0]
    return Formula(
        printed=lambda: W[0].T @ x,
        right=lambda: net_h,
        turned=lambda: W[0].T @ x + B[0],
    )


@check(
    "S1-12",
    CH7,
    TYPING,
    1,
    right="½ (target − output)²",
    note="The minus may have been lost when the slides were converted to text.",
)
def total_error(rng):
    target, output = rng.normal(size=2), rng.normal(size=2)
    return Formula(
        printed=lambda: np.sum((target * output) ** 2 / 2),
        right=lambda: sum((t - o) ** 2 / 2 for t, o in zip(target, output, strict=True)),
        turned=lambda: np.sum((target - output) ** 2 / 2),
    )


@check("S1-13", CH7)
def error_of_o1(rng):
    return Numbers((ERROR[0] ** 2 / 2,))


@check("S1-14", CH7)
def error_of_o2(rng):
    return Numbers((ERROR[1] ** 2 / 2,))


@check("S1-15", CH7)
def error_of_both(rng):
    return Numbers((E,))


# ---- output layer ---------------------------------------------------------------------------


@check("S1-16", CH7)
def derivative_of_the_output(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: -(w["target_o1"] - w["out_o1"]),
        right=lambda: w.d("E_total", "out_o1"),
        turned=lambda: -2 * (w["target_o1"] - w["out_o1"]),
    )


@check("S1-17", CH7)
def number_of_the_output(rng):
    return Numbers((ERROR[0],))


@check("S1-18", CH7)
def logistic_derivative(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: w["out_o1"] * (1 - w["out_o1"]),
        right=lambda: w.d("out_o1", "net_o1"),
        turned=lambda: w["out_o1"] * (1 + w["out_o1"]),
    )


@check("S1-19", CH7)
def number_of_the_slope(rng):
    return Numbers((SLOPE[0],))


@check("S1-20", CH7)
def number_of_out_h1(rng):
    return Numbers((H[0],))


@check("S1-21", CH7)
def chain_of_w5(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: w.d("E_total", "out_o1") * w.d("out_o1", "net_o1") * w.d("net_o1", "w5"),
        right=lambda: w.d("E_total", "w5"),
        turned=lambda: w.d("E_total", "out_o1") * w.d("net_o1", "w5"),
    )


@check("S1-22", CH7)
def number_of_w5(rng):
    return Numbers((GRADS.dW[3][0, 0],))


@check("S1-23", CH7)
def new_w5(rng):
    return Numbers((NEW_W[3][0, 0],))


@check("S1-24", CH7)
def new_w6(rng):
    return Numbers((NEW_W[3][1, 0],))


@check("S1-25", CH7)
def new_w7(rng):
    return Numbers((NEW_W[3][0, 1],))


@check("S1-26", CH7)
def new_w8(rng):
    return Numbers((NEW_W[3][1, 1],))


# ---- hidden layer ---------------------------------------------------------------------------


@check("S1-27", CH7, note="So the worked step goes back through w5 as it was before its update.")
def weight_going_back(rng):
    return Numbers((slope(lambda h1: h1 * W[1][0, 0] + H[1] * W[1][1, 0] + B[1][0], H[0]),))


@check("S1-28", CH7)
def path_by_o1(rng):
    return Numbers((ERROR[0] * SLOPE[0] * W[1][0, 0],))


@check("S1-29", CH7)
def path_by_o2(rng):
    return Numbers((ERROR[1] * SLOPE[1] * W[1][0, 1],))


@check("S1-30", CH7)
def both_paths(rng):
    return Numbers((GRADS.delta[3][0] @ W[1][0],))


@check("S1-31", CH7)
def slope_of_h1(rng):
    return Numbers((H[0] * (1 - H[0]),))


@check("S1-32", CH7)
def chain_of_w1(rng):
    w = two_two_two(rng)
    h1 = w["out_h1"]
    paths = [w.d(f"E_o{k}", "out_h1") for k in (1, 2)]
    return Formula(
        printed=lambda: sum(paths) * h1 * (1 - h1) * w["i1"],
        right=lambda: w.d("E_total", "w1"),
        turned=lambda: paths[0] * h1 * (1 - h1) * w["i1"],
    )


@check("S1-33", CH7)
def number_of_w1(rng):
    return Numbers((GRADS.dW[2][0, 0],))


@check("S1-34", CH7)
def new_w1(rng):
    return Numbers((NEW_W[2][0, 0],))


@check("S1-35", CH7)
def new_w2(rng):
    return Numbers((NEW_W[2][1, 0],))


@check("S1-36", CH7)
def new_w3(rng):
    return Numbers((NEW_W[2][0, 1],))


@check("S1-37", CH7)
def new_w4(rng):
    return Numbers((NEW_W[2][1, 1],))


@check(
    "S1-38",
    CH7,
    TYPING,
    1,
    right="out_h1 in both",
    note="The letters h and 1 may have been misread when the slides were converted to text.",
)
def subscripts(rng):
    w = two_two_two(rng)
    return Formula(
        printed=lambda: [w.d("E_total", "out_11"), w.d("E_o1", "out_b1")],
        right=lambda: [w.d("E_total", "out_h1"), w.d("E_o1", "out_h1")],
        turned=lambda: [w.d("E_total", "out_h1"), w.d("E_o1", "out_h1")],
    )


# ---- many rounds ----------------------------------------------------------------------------


@check("S1-39", CH7)
def error_before(rng):
    return Numbers((E,))


UPDATED_FIRST = "the hidden gradients were taken with output weights already updated"


@check(
    "S1-40",
    CH7,
    NUMBERS,
    3,
    right="all gradients from the old weights, as in the worked step",
)
def error_after_one_round(rng):
    old, new = (rounds(1, hidden_from=which)[1][0] for which in ("old", "new"))
    return Numbers((old,), slips=((UPDATED_FIRST, (new,)),))


PRINTED_ERROR, PRINTED_OUTPUTS = "0.0000351085", ("0.015912196", "0.984065734")


@check("S1-41", CH7, NUMBERS, 3, right="all gradients from the old weights, 10,000 rounds")
def error_after_ten_thousand(rng):
    old, new = (rounds(10_000, hidden_from=which) for which in ("old", "new"))
    nine = f"{new[10_000][0]:.9f}"
    with_one = [float(nine[:k] + "1" + nine[k:]) for k in range(len("0.0000"), len(nine))]
    stray = next((value for value in with_one if agreement(PRINTED_ERROR, value)), np.nan)
    early = old[9_999][0]
    return Numbers(
        (old[10_000][0],),
        slips=(
            (
                f"{UPDATED_FIRST}, as for the outputs, and a stray 1 was typed into {nine}",
                (stray,),
            ),
            ("the error after 9,999 rounds", (early,)),
        ),
        note=f"With output weights already updated it is {new[10_000][0]:.6e}. The slip above takes "
        "two mistakes. A single one does it too: the error after 9,999 rounds from the old weights, "
        f"{early:.6e}, also rounds to the printed figure; but the outputs printed beside it are of "
        "the other run.",
    )


@check("S1-42", CH7, NUMBERS, 3, right="all gradients from the old weights, 10,000 rounds")
def outputs_after_ten_thousand(rng):
    old, new = (rounds(10_000, hidden_from=which)[10_000][1] for which in ("old", "new"))
    return Numbers(tuple(old), slips=((UPDATED_FIRST, tuple(new)),))


@check("S1-43", CH7)
def biases_stay(rng):
    def share(train_biases):
        out = rounds(10_000, hidden_from="new", train_biases=train_biases)[10_000][1]
        return float(
            np.mean([bool(agreement(p, v)) for p, v in zip(PRINTED_OUTPUTS, out, strict=True)])
        ), out

    fixed, _ = share(False)
    trained, out = share(True)
    return Experiment(
        fixed,
        f"with fixed biases {fixed:.0%} of the printed outputs come out (see S1-42); with trained "
        f"biases they would be {out[0]:.9f} and {out[1]:.9f}",
        turned=lambda: trained,
    )
