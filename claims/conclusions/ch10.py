"""Chapter 10: remedies for vanishing gradients, on other networks, larger budgets, finer grids."""

from functools import cache

import numpy as np
from handgrad import activations, datasets
from handgrad.network import forward, gradients, random_network

from claims.conclusions import conclusion

WIDTH, DEPTH, N, NETS = 16, 10, 40, 20
L = DEPTH + 1
SIZES = [2] + [WIDTH] * (DEPTH - 1) + [1]
PAGE, BUDGET, SEEDS = 300, 900, range(10_300, 10_300 + NETS)
FITTED = 2**0.5
LOGISTIC = {"activation": "sigmoid", "spread": "small"}
TAKEN_AWAY = range(10_700, 10_700 + NETS)
REMEDIES = {  # settings, the page's rate, and the share of the networks by which it was chosen
    "initialisation": (LOGISTIC | {"spread": 16.0}, 0.2, 0.5),
    "batch norm": (LOGISTIC | {"norm": True}, 7, 0.9),
    "residual": (LOGISTIC | {"residual": True}, 4, 0.9),
    "both": ({"activation": "relu", "spread": FITTED}, 0.2, 0.9),
    "all": (
        {"activation": "relu", "spread": FITTED, "norm": True, "residual": True, "clip": 1.0},
        1.6,
        0.9,
    ),
}


def start(spread, seeds=SEEDS):
    X, Y, W = [], [], {l: [] for l in range(2, L + 1)}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        x, y = datasets.circles(N, rng=rng, noise=0.05)
        X.append(x)
        Y.append(y)
        for l in W:
            shape = SIZES[l - 2], SIZES[l - 1]
            tau = 0.1 if spread == "small" else spread / shape[0] ** 0.5
            W[l].append(tau * rng.standard_normal(shape))
    b = {l: np.zeros((NETS, 1, SIZES[l - 1])) for l in W}
    return np.array(X), np.array(Y), {l: np.array(W[l]) for l in W}, b


def mean(t):
    return np.ones((1, N)) @ t / N


def passes(X, Y, W, b, s, norm=False, residual=False):
    """Gradients of a stack of networks and their last outputs."""
    a, z, z_hat, r = {1: X}, {}, {}, {}
    for l in range(2, L + 1):
        z[l] = a[l - 1] @ W[l]
        if norm and l < L:
            centred = z[l] - mean(z[l])
            r[l] = 1 / np.sqrt(mean(centred**2) + 1e-5)
            z[l] = z_hat[l] = centred * r[l]
        z[l] = z[l] + b[l]
        a[l] = (s.value if l < L else activations.sigmoid)(z[l])
        if residual and 2 < l < L:
            a[l] = a[l] + a[l - 1]
    dW, db = {}, {}
    for l in range(L, 1, -1):
        delta = (a[L] - Y) / N if l == L else da * s.derivative(z[l])  # noqa: F821
        db[l] = N * mean(delta)
        if l in r:
            delta = r[l] * (delta - mean(delta) - z_hat[l] * mean(delta * z_hat[l]))
        dW[l] = a[l - 1].mT @ delta
        back = delta @ W[l].mT
        da = back + da if residual and 2 < l < L else back  # noqa: F821, F841
    return dW, db, a[L]


def train(activation, spread, rate, updates, clip=None, stop=None, at=(), seeds=SEEDS, **switches):
    """Updates until each network was done first, and the share right after those in `at`.

    With `stop`, no longer than until that many networks are done.
    """
    s = activations.get(activation) if isinstance(activation, str) else activation
    X, Y, W, b = start(spread, seeds)
    done, right_at = np.full(NETS, np.inf), {}
    with np.errstate(over="ignore", invalid="ignore"):  # a rate too large never arrives
        for k in range(updates + 1):
            dW, db, y_hat = passes(X, Y, W, b, s, **switches)
            right = np.mean((y_hat > 0.5) == (Y > 0.5), axis=(-2, -1)) >= 0.95
            right &= np.isfinite(y_hat).all(axis=(-2, -1))
            done[right & np.isinf(done)] = k
            if k in at:
                right_at[k] = int(right.sum())
            if k == updates or (stop is not None and np.isfinite(done).sum() >= stop):
                return done, right_at
            shorten = 1.0
            if clip is not None:
                squares = [
                    (g**2).sum(axis=(-2, -1), keepdims=True) for g in [*dW.values(), *db.values()]
                ]
                shorten = clip / np.maximum(np.sqrt(sum(squares)), clip)
            W = {l: W[l] - rate * shorten * dW[l] for l in W}
            b = {l: b[l] - rate * shorten * db[l] for l in b}


def until(done, share):
    return float(np.sort(done)[int(np.ceil(share * NETS)) - 1])


@cache
def search(name):
    """{rate: updates until the share was done}, rates √2 apart around the page's."""
    how, page, share = REMEDIES[name]
    stop, limit, found = int(np.ceil(share * NETS)), BUDGET, {}
    for factor in (1.0, 2**0.5, 0.5**0.5, 2.0, 0.5):
        done, _ = train(rate=page * factor, updates=limit, stop=stop, **how)
        found[page * factor] = until(done, share)
        limit = int(min(limit, found[page * factor]))  # a slower one needn't be followed
    return found


def best(name):
    return min(search(name).values())


@conclusion(
    "ch10-rates",
    says="With the page's rate each remedy needs at most twice the updates of the best of a search.",
    seeds=20,
    budget="3 × the page's 300 updates",
    grid="rates √2 apart, each remedy at its own best",
    paired="the same networks and data for all",
)
def rates():
    """The page's rate needs at most twice the updates of the best of a grid twice as fine."""
    found = {}
    for name, (_, page, _) in REMEDIES.items():
        found[name] = search(name)[page] / best(name)
        assert found[name] <= 2, (name, search(name))
    return found


@conclusion(
    "ch10-fastest",
    says="Batch norm is the fastest of the five alone.",
    seeds=20,
    budget="3 × the page's 300 updates",
    grid="rates √2 apart, each remedy at its own best; 10 apart where none works",
    paired="the same networks and data for all",
)
def fastest():
    """Nine in ten done, against residual connections; initialisation has more, half of them.

    ReLU alone, and the network with no remedy, stay where they are with rates of any size; with
    clipping a gradient that is shorter than the limit is the same network.
    """
    found = {name: best(name) for name in ("batch norm", "residual", "initialisation")}
    assert 2 * found["batch norm"] < found["residual"] < np.inf, found
    assert 3 * found["batch norm"] < found["initialisation"], found
    for rate in (0.3, 3, 30, 300):
        done, _ = train("relu", "small", rate, BUDGET)
        found[f"ReLU, done at rate {rate}"] = int(np.isfinite(done).sum())
    for rate in (1, 10):
        done, _ = train("sigmoid", "small", rate, BUDGET)
        found[f"none, done at rate {rate}"] = int(np.isfinite(done).sum())
    assert max(v for k, v in found.items() if "done" in k) <= 4, found
    return found


@conclusion(
    "ch10-initialisation",
    says="Initialisation alone trains, but slowly.",
    seeds=20,
    budget="3 × the page's 300 updates",
    grid="rates √2 apart, each remedy at its own best",
    paired="the same networks and data for all",
)
def initialisation():
    """Half of the networks get there, in more than four times batch norm's updates for half."""
    how, rate, _ = REMEDIES["batch norm"]
    half = until(train(rate=rate, updates=PAGE, stop=NETS // 2, **how)[0], 0.5)
    slow = best("initialisation")
    assert 4 * half < slow < np.inf, (half, slow)
    return {"batch norm, half": half, "initialisation, half": slow}


@conclusion(
    "ch10-together",
    says="Initialisation and ReLU together are about as fast as batch norm, all five the fastest.",
    seeds=20,
    budget="3 × the page's 300 updates",
    grid="rates √2 apart, each remedy at its own best",
    paired="the same networks and data for all",
)
def together():
    """Within a factor of 1.8 either way; all five in less than half of the updates of both."""
    found = {name: best(name) for name in ("batch norm", "both", "all")}
    assert 0.55 < found["both"] / found["batch norm"] < 1.8, found
    assert 2 * found["all"] < min(found["batch norm"], found["both"]), found
    return found


@conclusion(
    "ch10-budget",
    says="After 50 updates the residual networks look like a failure, and they are none.",
    seeds=20,
    budget="the 50 updates of the sentence, and 6 times as many",
    grid="rates √2 apart",
    paired="the same networks and data for all",
)
def budget():
    """At the page's rate and at the best of the finer grid."""
    found, how = {}, REMEDIES["residual"][0]
    best_rate = min(search("residual"), key=search("residual").get)
    for rate in {REMEDIES["residual"][1], best_rate}:
        done, _ = train(rate=rate, updates=PAGE, stop=NETS, **how)
        found[f"rate {rate:.1f}"] = [int(np.sum(done <= k)) for k in (50, PAGE)]
        assert found[f"rate {rate:.1f}"][0] <= 4 and found[f"rate {rate:.1f}"][1] >= 17, found
    return found


@conclusion(
    "ch10-family",
    says="ReLU's relatives are about as fast, tanh slower, with the factor 1 slowest.",
    seeds=20,
    budget="3 × the page's 300 updates",
    grid="rates √2 apart, each activation at its own best; one fifth is near it",
    paired="the same networks and data for all",
)
def family():
    """Updates until nine in ten were done."""
    z = np.random.default_rng(1).normal(size=100_000)
    members = {name: activations.get(name) for name in ("relu", "elu", "tanh")}
    members["leaky"] = activations.leaky_relu_with(0.25)
    factors = {n: 1 / np.sqrt(np.mean(s.derivative(z) ** 2)) for n, s in members.items()}
    members["tanh, z near 0"], factors["tanh, z near 0"] = members["tanh"], 1.0
    found = {}
    for name, s in members.items():
        by_rate, limit = {}, BUDGET
        for rate in (0.2, 0.28, 0.14, 0.1, 0.4):
            by_rate[rate] = until(train(s, factors[name], rate, limit, stop=18)[0], 0.9)
            limit = int(min(limit, by_rate[rate]))
        found[name] = min(by_rate.values())
        assert by_rate[0.2] <= 1.6 * found[name], by_rate
    straight = [found[name] for name in ("relu", "leaky", "elu")]
    assert max(straight) < 2 * min(straight), found
    assert 1.2 * max(straight) < found["tanh"], found
    assert 1.1 * found["tanh"] < found["tanh, z near 0"] < np.inf, found
    return found


@conclusion(
    "ch10-clipping-saves",
    says="Clipping saves a bold learning rate.",
    seeds=20,
    budget="the page's 100 updates and 3 times as many",
    grid="the page's rate, and √2 times less",
    paired="the same networks and data for all",
)
def clipping_saves():
    """Right at the end; with and without clipping, paired."""
    found = {}
    for rate in (0.57, 0.8):
        for clip in (None, 1.0):
            _, right = train("relu", FITTED, rate, PAGE, clip, at=(100, PAGE))
            found[f"rate {rate}, clip {clip}"] = right
            for count in right.values():
                assert count >= 18 if clip else count <= 13, found
    assert max(found["rate 0.8, clip None"].values()) <= 4, found
    return found


@conclusion(
    "ch10-clipping-slow",
    says="With weights twice too large clipped networks get there, far later than fitted ones.",
    seeds=20,
    budget="10 × the page's 100 updates",
    grid="rates √2 apart",
    paired="the same networks and data for all",
)
def clipping_slow():
    """Until nine in ten were done, each at its own best rate; and most stay right."""
    found, at_end = {}, {}
    for rate in (0.05, 0.07, 0.1, 0.14, 0.2):
        done, right = train("relu", 2 * FITTED, rate, 1000, 1.0, at=(1000,))
        found[rate], at_end[rate] = until(done, 0.9), right[1000]
    slow, fast = min(found.values()), best("both")
    assert 4 * fast < slow < np.inf and max(at_end.values()) >= 13, (fast, found, at_end)
    return {"fitted": fast, "clipped": slow, "right at the end": max(at_end.values())}


@conclusion(
    "ch10-without",
    says="After 40 updates ReLU and batch norm are missed with rate 0.2, ReLU alone with 0.8; after "
    "120 none is.",
    seeds=20,
    budget="the 40 updates of the sentence, and 3 times as many",
    grid="rates √2 apart around the page's two",
    paired="the same networks and data for all",
)
def without():
    """How many networks are right, and how many updates it takes until half have been so.

    With the larger rate a network without ReLU isn't lost, but late: more than twice as late as
    one without any other that isn't missed. Batch norm lies between, and is not judged by that.
    """
    full, found = REMEDIES["all"][0], {}
    changes = {
        "initialisation": {"spread": "small"},
        "ReLU": {"activation": "sigmoid", "spread": 16.0},
        "batch norm": {"norm": False},
        "clipping": {"clip": None},
        "residual": {"residual": False},
    }
    spared = {"initialisation", "clipping", "residual"}
    for rate in (0.14, 0.2, 0.57, 0.8, 1.13):
        ends = {
            name: train(rate=rate, updates=120, at=(40, 120), seeds=TAKEN_AWAY, **full | change)
            for name, change in changes.items()
        }
        right = {name: at[40] for name, (_, at) in ends.items()}
        later = {name: at[120] for name, (_, at) in ends.items()}
        wait = {name: float(np.median(done)) for name, (done, _) in ends.items()}
        found[f"right at rate {rate:g}"] = right
        missed = {"ReLU", "batch norm"} if rate < 0.5 else {"ReLU"}
        assert min(count for name, count in right.items() if name not in missed) >= 18, found
        assert min(later.values()) >= 16, (rate, later)
        assert min(wait[name] for name in missed) > 2 * max(wait[name] for name in spared), wait
        if rate < 0.5:
            assert max(right[name] for name in missed) <= 15, found
    return found


@conclusion(
    "ch10-prediction",
    says="The product of the expected factors is right to a few per cent a layer.",
    seeds=60,
    budget="none: nothing is trained; twice the page's thirty networks",
    grid="depths of 10 and 20",
    paired="network by network, predicted against measured",
)
def prediction():
    """Median over networks of the error, by layer, from the last layer to the first."""
    found = {}
    for depth in (10, 20):
        off = []
        for seed in range(10_400, 10_460):
            rng = np.random.default_rng(seed)
            sizes = [WIDTH] * (depth + 1)
            net = random_network(sizes, "sigmoid", rng=rng, scheme="normal", scale=WIDTH**-0.5)
            X, Y = rng.normal(size=(8, WIDTH)), rng.uniform(size=(8, WIDTH))
            z = forward(net, X).z
            delta = gradients(net, X, Y)[1].delta
            log = sum(
                np.log(np.mean(net.s[l].derivative(z[l]) ** 2)) / 2 for l in range(2, depth + 1)
            )
            measured = np.log(np.linalg.norm(delta[2]) / np.linalg.norm(delta[depth + 1]))
            off.append(abs(measured - log) / (depth - 1))
        found[f"{depth} layers"] = float(np.median(off))
        assert found[f"{depth} layers"] < 0.06, found
    return found
