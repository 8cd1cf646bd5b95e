"""The conclusions of chapter 6, held beyond what the page runs."""

import numpy as np
from handgrad import activations

from claims.conclusions import conclusion

SIZES = (2, 4, 3, 2, 4)
L = len(SIZES)
x = np.array([[0.2, 0.5]])
y = np.array([[0.8, 0.1, 0.5, 0.7]])
RATE = 0.1


def starts(low, high, seeds, each):
    """Weights and biases uniform in (low, high), `each` for every seed, along the first axis."""
    W, b = {}, {}
    for l in range(2, L + 1):
        W[l], b[l] = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for l in range(2, L + 1):
            W[l].append(rng.uniform(low, high, size=(each, SIZES[l - 2], SIZES[l - 1])))
            b[l].append(rng.uniform(low, high, size=(each, 1, SIZES[l - 1])))
    return {l: np.concatenate(W[l]) for l in W}, {l: np.concatenate(b[l]) for l in b}


def forward(W, b, s):
    z, a = {}, {1: x}
    for l in range(2, L + 1):
        z[l] = a[l - 1] @ W[l] + b[l]
        a[l] = s.value(z[l])
    return z, a


def backward(W, z, a, s, mistake=None):
    at = a if mistake == "slope of the output" else z
    delta = {L: (a[L] - y) * s.derivative(at[L])}
    for l in range(L - 1, 1, -1):
        delta[l] = (delta[l + 1] @ W[l + 1].mT) * s.derivative(at[l])
    dW = {l: a[l - 1].mT @ delta[l] for l in W}
    if mistake == "printed":
        dW |= {l: s.derivative(z[l - 1]).mT @ delta[l] for l in range(3, L + 1)}
    if mistake == "biases only":
        dW = {l: 0 * dW[l] for l in dW}
    return dW, delta


def train(W, b, name, updates, rate=RATE, mistake=None):
    """Costs (updates + 1, starts), infinite once they have passed a million, and the end."""
    s = activations.get(name) if isinstance(name, str) else name
    costs, going = [], True
    for update in range(updates + 1):
        z, a = forward(W, b, s)
        J = ((a[L] - y) ** 2).sum(axis=(1, 2)) / 2
        going = going & (J < 1e6)
        costs.append(np.where(going, J, np.inf))
        if update < updates:
            dW, db = backward(W, z, a, s, mistake)
            step = rate * going[:, None, None]
            W = {l: W[l] - step * dW[l] for l in W}
            b = {l: b[l] - step * db[l] for l in b}
    return np.array(costs), W, b


@conclusion(
    "ch06-printed",
    says="from starts within ±1, after 300 updates at the rate 0.1, the false formula has lowered "
    "the cost from every start with the logistic function and from nine in ten or more with tanh; "
    "the biases alone do so too",
    seeds=20,
    budget="300 updates, as on the page, and 900",
    grid="learning rates 0.05, 0.07, 0.1, 0.14 and 0.2",
    paired="each cost with that of the same start before training",
)
def printed():
    """The shares of 600 starts whose cost is below where it began."""
    W, b = starts(-1, 1, range(500, 520), 30)
    found = {}
    for rate in (0.05, 0.07, 0.1, 0.14, 0.2):
        for mistake in ("printed", "biases only"):
            for name in ("sigmoid", "tanh"):
                J = train(W, b, name, 900 if rate == RATE else 300, rate, mistake)[0]
                for updates in {300, len(J) - 1}:
                    fell = float((J[updates] < J[0]).mean())
                    found[f"{name}, {mistake}, rate {rate:g}, {updates} updates"] = fell
                    assert fell == 1 if name == "sigmoid" else fell > 0.95, found
    return found


@conclusion(
    "ch06-wrong-slope",
    says="from starts within ±4, after 300 updates at the rate 0.1, slopes taken of the output "
    "lower the cost from most starts, and end with a median below that of the right slopes",
    seeds=20,
    budget="300 updates, as on the page, and 900",
    grid="learning rates 0.07, 0.1 and 0.14; no claim for other rates",
    paired="the same starts for both slopes",
)
def wrong_slope():
    """Medians of 400 starts, and in how many of them the wrong rule is ahead."""
    W, b = starts(-4, 4, range(520, 540), 20)
    found = {}
    for rate in (0.07, 0.1, 0.14):
        wrong = train(W, b, "sigmoid", 900, rate, "slope of the output")[0]
        right = train(W, b, "sigmoid", 900, rate)[0]
        for updates in (300, 900):
            one, other = np.median(wrong[updates]), np.median(right[updates])
            fell = float((wrong[updates] < wrong[0]).mean())
            assert fell > 0.95 and one < 0.9 * other, (rate, updates, fell, one, other)
            found[f"rate {rate:g}, {updates} updates"] = {
                "wrong, median": float(one),
                "right, median": float(other),
                "wrong ahead": float((wrong[updates] < right[updates]).mean()),
            }
    return found


@conclusion(
    "ch06-order",
    says="from starts in (0, ½), after 30 updates at the rate 0.1: linear before arctan before "
    "tanh before logistic",
    seeds=20,
    budget="30 updates, as on the page, and 90",
    grid="none: the sentence names the rate of the notes",
    paired="start by start",
)
def order():
    """In how many of 2,000 starts each is below the next."""
    W, b = starts(0, 0.5, range(540, 560), 100)
    J = {name: train(W, b, name, 90)[0] for name in ("identity", "arctan", "tanh", "sigmoid")}
    found = {}
    for updates in (30, 90):
        for one, other in zip(J, list(J)[1:], strict=False):
            share = float((J[one][updates] < J[other][updates]).mean())
            assert share > 0.995, (one, other, updates, share)
            found[f"{one} below {other}, {updates} updates"] = share
    return found


@conclusion(
    "ch06-fragile",
    says="from starts in (0, 1) at the rate 0.1 the linear network diverges from more than half of "
    "the starts, and from more the wider they are drawn; tanh and the logistic function from none",
    seeds=20,
    budget="30 updates, as on the page, and 90",
    grid="ten widths from 0.25 to 1, the page has six",
    paired="the same starts for all activations",
)
def fragile():
    """The share of 1,000 starts whose cost passes a thousand."""
    found = {}
    for width in (0.25, 0.5, 0.5625, 0.625, 0.6875, 0.75, 0.8125, 0.875, 0.9375, 1.0):
        W, b = starts(0, width, range(560, 580), 50)
        J = train(W, b, "identity", 90)[0]
        found[f"linear, width {width:g}"] = [float((~(J[k] < 1e3)).mean()) for k in (30, 90)]
        for name in ("tanh", "sigmoid"):
            assert (train(W, b, name, 90)[0] < 10).all(), (name, width)
    shares = np.array(list(found.values()))
    assert (shares[:2] == 0).all() and (shares[-1] > 0.55).all(), found
    assert (np.diff(shares, axis=0) > -0.01).all(), found
    return found


@conclusion(
    "ch06-own-rate",
    says="each at the best of its own rates, after 30 updates from starts in (0, ½): the medians "
    "of tanh and the logistic function are below 10⁻⁸ and within a factor of ten of each other; "
    "that of the linear network is more than a thousand times smaller",
    seeds=20,
    budget="30 updates, as on the page, 15 and 90",
    grid="sixteen rates to a factor of ten, the page has eight",
    paired="the same starts, each activation at its own best rate",
)
def own_rate():
    """400 starts, the same for all three; each takes the rate with the lowest median."""
    W, b = starts(0, 0.5, range(400, 420), 20)
    found, best = {}, {}
    for name, low, high in (("identity", 0.1, 1.3), ("tanh", 0.4, 2.0), ("sigmoid", 6.0, 30.0)):
        rates = low * 10 ** (np.arange(np.ceil(16 * np.log10(high / low)) + 1) / 16)
        ends = np.array([train(W, b, name, 90, rate)[0][[15, 30, 90]] for rate in rates])
        medians = np.median(ends, axis=2)
        for k, updates in enumerate((15, 30, 90)):
            at = medians[:, k].argmin()
            best[name, updates] = medians[at, k]
            found[f"{name}, {updates} updates"] = {
                "best rate": float(rates[at]),
                "median": float(medians[at, k]),
            }
    for updates in (15, 30, 90):
        tanh, logistic = best["tanh", updates], best["sigmoid", updates]
        assert 0.1 < tanh / logistic < 10 or max(tanh, logistic) < 1e-18, (updates, tanh, logistic)
        assert best["identity", updates] < 1e-3 * min(tanh, logistic), updates
    assert max(best["tanh", 30], best["sigmoid", 30]) < 1e-8
    return found


@conclusion(
    "ch06-same",
    says="through 30 updates at the rate 0.1 ReLU and the identity give the same outputs from at "
    "least 98 of 100 starts in (0, ½) and from at most 3 of 100 in (0, 1)",
    seeds=20,
    budget="30 updates, as on the page, and 90",
    grid="none: the sentence names both ranges and the rate",
    paired="start by start",
)
def same():
    """Costs equal to the last bit, all the way, in 1,000 starts."""
    found = {}
    for high in (0.5, 1.0):
        W, b = starts(0, high, range(580, 600), 50)
        one, other = (train(W, b, name, 90)[0] for name in ("identity", "relu"))
        for updates in (30, 90):
            equal = (one[: updates + 1] == other[: updates + 1]).all(axis=0)
            finite = np.isfinite(one[updates])
            found[f"(0, {high:g}), {updates} updates"] = float((equal & finite).mean())
    for name, share in found.items():
        assert share > 0.98 if "0.5" in name else share < 0.03, found
    return found


@conclusion(
    "ch06-dead",
    says="of the ReLU networks from starts in (0, 1) more than half end with dead outputs after "
    "300 updates, and their cost stays well above 0",
    seeds=20,
    budget="300 updates, as on the page, and 900",
    grid="learning rates 0.07, 0.1 and 0.14",
    paired="none: one activation, nothing is compared",
)
def dead():
    """Outputs whose weighted sum is below zero; the cost doesn't move any more."""
    W, b = starts(0, 1, range(600, 620), 30)
    found = {}
    for rate in (0.07, 0.1, 0.14):
        for updates in (300, 900):
            J, W_end, b_end = train(W, b, "relu", updates, rate)
            z, _ = forward(W_end, b_end, activations.get("relu"))
            gone = (z[L][:, 0] < 0).any(axis=1)
            cost = float(np.median(J[-1][gone]))
            assert gone.mean() > 0.55 and cost > 0.05, (rate, updates, gone.mean(), cost)
            found[f"rate {rate:g}, {updates} updates"] = {
                "with dead outputs": float(gone.mean()),
                "median cost of these": cost,
            }
    return found


@conclusion(
    "ch06-swish",
    says="from starts in (0, ½), after 30 updates at the rate 0.1, swish is ahead of tanh from "
    "most starts and of the logistic function from all",
    seeds=20,
    budget="30 updates, as in the exercise, and 90",
    grid="none: the sentence names the rate of the race",
    paired="start by start",
)
def swish():
    """Paired: the same 1,000 starts for all three."""

    def slope(z):
        sigma = activations.sigmoid(z)
        return sigma + z * sigma * (1 - sigma)

    silu = activations.Activation("swish", lambda z: z * activations.sigmoid(z), slope)
    W, b = starts(0, 0.5, range(620, 640), 50)
    J = {name: train(W, b, s, 90)[0] for name, s in
         (("swish", silu), ("tanh", "tanh"), ("logistic", "sigmoid"))}  # fmt: skip
    found = {}
    for updates in (30, 90):
        ahead = {n: float((J["swish"][updates] < J[n][updates]).mean()) for n in J if n != "swish"}
        assert ahead["tanh"] > 0.7 and ahead["logistic"] > 0.995, (updates, ahead)
        found[f"{updates} updates"] = ahead
    return found
