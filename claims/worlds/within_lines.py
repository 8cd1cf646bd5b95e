"""Worlds of cases that a sentence or an exercise supposes; `claims/inline.toml` says which formula lives where."""

from itertools import product

import numpy as np
from eqworlds import World, world

from . import functions as f
from .ch03 import _smallest
from .ch04 import _chain
from .ch05 import _net1221
from .common import SIZES, network


@world(draws=8)
def corrections(rng, draw):
    """Weights after k corrections from zero by the rule, on samples v that u has on its right side.

    In half of the draws the samples stand at right angles, and the bounds are reached.
    """
    samples = rng.normal(size=(12, 3))
    u = rng.normal(size=3)
    if draw % 2:
        samples = rng.choice([0.3, 3.0]) * np.linalg.qr(samples[:3])[0]
        u = samples.sum(axis=0)
    u /= np.sqrt((u**2).sum())
    samples[samples @ u < 0] *= -1
    weights, made = np.zeros(3), 0
    while made < draw and (samples @ weights <= 0).any():
        weights = weights + samples[np.argmax(samples @ weights <= 0)]
        made += 1
    w = World("i")
    w.q("u", u, "separating vector of length 1")
    w.q("w", weights, "weights after k corrections from zero")
    w.q("k", made, "corrections so far")
    w.q(r"\gamma", (samples @ u).min(), "margin: the smallest u . v")
    w.q("R", np.sqrt((samples**2).sum(axis=1).max()), "length of the longest sample")
    return w


@world
def line_without_intercept(rng, draw):
    """Predictions of a line through the origin: each is the slope times its input."""
    n = 4 + draw
    x, slope = rng.normal(size=n), rng.normal()
    w = World("i")
    w.q("x", x, "inputs")
    w.q("w", slope, "slope")
    w.q(r"\hat{y}", np.outer(x, [slope])[:, 0], "predictions")
    return w


@world(draws=6)
def sample_right(rng, draw):
    """A unit that is right on a sample; the bias is one more weight, a silent sample turned."""
    inputs, weights = rng.normal(size=2), rng.normal(size=3)
    fires = f.step(weights[:2] @ inputs + weights[2]) == 1
    w = World("i")
    w.q("w", weights, "weights, the bias last")
    w.q("v", (1 if fires else -1) * np.append(inputs, 1), "the sample, turned if it is silent")
    return w


@world(draws=1)
def and_of_ones(rng, draw):
    """AND with weights 1 and 1: the bias in the middle of those that will do, found by trying."""
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    tried = np.arange(-4, 4, 0.001)
    fires = corners.sum(axis=1)[:, None] + tried >= -f.ROUNDING
    good = tried[(fires == np.array([[False], [False], [False], [True]])).all(axis=0)]
    w = World("i")
    w.q("w", np.ones(2), "weights")
    w.q("b", round((good.min() + good.max()) / 2, 2), "bias in the middle of its range")
    return w


@world(draws=12)
def disc(rng, draw):
    """Points of a disc of radius one half around (1, -1), near its edge in half of the draws."""
    distance, angle = (0.4999 if draw % 2 else rng.uniform(0, 0.5)), rng.uniform(0, 2 * np.pi)
    w = World("i")
    w.q("x", [1 + distance * np.cos(angle), -1 + distance * np.sin(angle)], "inputs")
    return w


@world
def fastest_rate(rng, draw):
    """One sample and one weight at the learning rate after which J has no slope."""
    x, y, weight = rng.uniform(0.5, 2), *rng.normal(size=2)
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        after = weight - middle * (weight * x - y) * x
        low, high = (low, middle) if (after * x - y) * (weight * x - y) < 0 else (middle, high)
    return _smallest(x, y, weight, (low + high) / 2)


def _factor(x, y, weight, rate):
    """One sample, and by what one update multiplies the distance from the best weight."""
    w = _smallest(x, y, weight, rate)
    after = weight - rate * (weight * x - y) * x
    w.q("r", (after - y / x) / (weight - y / x), "factor of one update")
    return w


@world
def factor_of_update(rng, draw):
    """One sample and the factor of one update, measured."""
    return _factor(*rng.normal(size=3), rng.uniform(0.05, 0.3))


@world(draws=1, generic="factor_of_update")
def factor_of_example(rng, draw):
    """The sample 2, 1 with the weight 0.95 and the rate 0.1, and the factor of one update."""
    return _factor(2.0, 1.0, 0.95, 0.1)


def _reached(sign):
    """Sample 2, 1 from 0.95, and the rate at which ten updates leave a distance of a millionth."""
    x, y, start = 2.0, 1.0, 0.95

    def left(rate):
        weight = start
        for _ in range(10):
            weight -= rate * (weight * x - y) * x
        return abs(weight - y / x)

    near, far = 1 / x**2, (1 + sign) / x**2  # at the one the distance is 0, at the other large
    for _ in range(80):
        middle = (near + far) / 2
        near, far = (middle, far) if left(middle) < 1e-6 else (near, middle)
    rate = (near + far) / 2
    w = World("t")
    w.q("x", x, "input")
    w.q(r"\eta", rate, "learning rate")
    w.q("r", 1 - rate * x**2, "factor of one update")
    w.q("e", start - y / x, "distance from the best weight at the start")
    return w


@world(draws=1)
def millionth_slow(rng, draw):
    """The exercise with a distance of a millionth after ten updates, its smaller rate."""
    return _reached(-1)


@world(draws=1)
def millionth_fast(rng, draw):
    """The exercise with a distance of a millionth after ten updates, its larger rate."""
    return _reached(1)


@world
def uphill(rng, draw):
    """One sample, one weight, and an update with the wrong sign."""
    rate = rng.uniform(0.05, 0.3)
    w = _smallest(*rng.normal(size=3), rate)
    w.step("w", lambda q: q("w") + rate * q.grad("J", "w"))
    return w


@world
def uphill_unnoticed(rng, draw):
    """One sample and the start from which an update with the wrong sign changes nothing."""
    x, y, rate = rng.uniform(0.5, 2), rng.normal(), rng.uniform(0.05, 0.3)
    cost = lambda weight: (weight * x - y) ** 2 / 2
    change = lambda weight: rate * np.imag(cost(weight + 1e-30j)) / 1e-30
    w = World("t")
    w.q("w", {0: change(0.0) / (change(0.0) - change(1.0))}, "weight at the start", written="_")
    best = -(cost(1.0) - cost(-1.0)) / (2 * (cost(1.0) + cost(-1.0) - 2 * cost(0.0)))
    w.q(r"w_\ast", best, "lowest point of the cost")
    return w


@world(draws=1)
def from_nothing(rng, draw):
    """The sample 2, 1 with a weight of 0 and the best learning rate."""
    w = _smallest(2.0, 1.0, 0.0, 0.25)
    w.q("r", 1 - 0.25 * 2.0**2, "factor of one update")
    w.q("w_0", 0.0, "weight at the start")
    return w


@world
def chain_two_solved(rng, draw):
    """A chain of two weights that predicts its target."""
    x, weights = rng.uniform(0.5, 2), rng.normal(size=2)
    return _chain(x, x * weights.prod(), weights, rng.uniform(0.03, 0.2))


@world
def chain_two_zero(rng, draw):
    """A chain of two weights that are 0."""
    return _chain(rng.normal(), rng.normal(), [0.0, 0.0], 0.1)


@world
def chain_two_flow(rng, draw):
    """A chain of two weights that has followed minus the gradient for a while, without steps."""
    x, y, start = rng.uniform(0.5, 2), rng.normal(), rng.normal(size=2)
    slope = lambda v: -(v.prod() * x - y) * x * v[::-1]
    v, step = start, 1e-3
    for _ in range(400):  # Runge and Kutta's method of fourth order
        one = slope(v)
        two = slope(v + step / 2 * one)
        three = slope(v + step / 2 * two)
        four = slope(v + step * three)
        v = v + step / 6 * (one + 2 * two + 2 * three + four)
    w = World("l")
    w.q("w", dict(enumerate(v, 2)), "weight into layer l")
    w.q(r"\text{const}", start[0] ** 2 - start[1] ** 2, "the same at the start")
    return w


def _diagonal(rng, which):
    """A pair of weights along an eigenvector of the second derivatives at the origin."""
    x, y = rng.uniform(0.5, 2, size=2)
    cost = lambda v: (v.prod() * x - y) ** 2 / 2
    steps = 1e-3 * np.eye(2)
    hessian = [
        [(cost(a + b) - cost(a - b) - cost(b - a) + cost(-a - b)) / 4e-6 for b in steps]
        for a in steps
    ]
    vectors = np.linalg.eigh(np.round(hessian, 4))[1]
    w = World("l")
    w.q("w", dict(enumerate(rng.normal() * vectors[:, which], 2)), "weight into layer l")
    return w


@world
def saddle_falling(rng, draw):
    """A chain of two weights on the line through the saddle along which the cost falls."""
    return _diagonal(rng, 0)


@world
def saddle_rising(rng, draw):
    """A chain of two weights on the line through the saddle along which the cost rises."""
    return _diagonal(rng, 1)


@world(draws=1)
def chain_on_paper(rng, draw):
    """The chain of the exercise on paper: x = 1, y = 3, weights 1, 2, 0.5, 4."""
    return _chain(1.0, 3.0, [1.0, 2.0, 0.5, 4.0], 0.01)


@world
def tanh_chain(rng, draw):
    """A chain of four weights with tanh throughout."""
    return _chain(rng.normal(), rng.normal(), rng.normal(size=4), 0.1, act=np.tanh)


@world
def columns_of_notes(rng, draw):
    """One sample as a column through layers without activation, weights as in this book."""
    sizes = SIZES[draw]
    layers = range(2, len(sizes) + 1)
    w = World("ijl")
    w.q("w", {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers}, "weights")
    x = rng.normal(size=(sizes[0], 1))
    w.q(
        "z",
        lambda q, l: x if l == 1 else np.einsum("ij,ik->jk", q("w", l), q("z", l - 1)),
        "sums of a layer, of layer 1 the input",
        keys=range(1, len(sizes) + 1),
    )
    return w


@world
def numbers(rng, draw):
    """Any three numbers."""
    w = World("i")
    for letter in "abc":
        w.q(letter, rng.normal(), "any number")
    return w


@world
def net1221_skip(rng, draw):
    """The 1-2-2-1 network without activation and a wire c from the input to the output."""
    weights = {2: rng.normal(size=(1, 2)), 3: rng.normal(size=(2, 2)), 4: rng.normal(size=(2, 1))}
    w = _net1221(rng, rng.normal(), rng.normal(), weights, 0.1)
    plain = w.compute["z"]
    w.q("c", rng.normal(), "weight of the wire past the hidden layers")
    w.compute["z"] = lambda q, l: plain(q, l) + (q("c") * q("x") if l == 4 else 0)
    return w


@world(draws=1)
def ex1222(rng, draw):
    """The 1-2-2-1 network of the example with the second output that the exercise adds."""
    w = World("ijl")
    weights = {2: [[0.7, 0.5]], 3: [[0.4, 0.6], [0.5, 0.2]], 4: [[0.1, 0.3], [0.1, 0.2]]}
    w.q("w", {l: np.array(v) for l, v in weights.items()}, "weights")
    w.q("y", [1.0, 0.5], "targets")
    w.q(
        "a",
        lambda q, l: np.array([2.0]) if l == 1 else q("a", l - 1) @ q("w", l),
        "outputs of a layer",
        keys=range(1, 5),
    )
    w.q(r"\hat{y}", lambda q: q("a", 4), "predictions")
    return w


@world
def identity_units(rng, draw):
    """The identity as activation."""
    w = World("i")
    w.function("s", lambda z: z, "activation: the identity")
    return w


@world
def dense_alike(rng, draw):
    """One sample through four or five layers with one and the same activation in each."""
    w = network(rng, 1, SIZES[draw], act=lambda layer: f.generic(0.21), one_sample=True)
    w.function("s", f.generic(0.21), "activation of all layers")
    for table in (w.compute, w.keys):
        del table["d"]  # in the notes this letter is no number of neurons
    w.leaves.remove("d")
    w.alias("d", r"\delta")
    return w


@world
def dense_alike_columns(rng, draw):
    """As dense_alike, the sample as a column; what enters layer 2 is the input itself, z^1."""
    sizes = SIZES[draw]
    layers = range(2, len(sizes) + 1)
    act = f.generic(0.21)
    w = World("l")
    w.function("s", act, "activation of all layers")
    w.q("w", {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers}, "weights")
    w.q("b", {l: rng.normal(size=(sizes[l - 1], 1)) for l in layers}, "biases")
    x = rng.normal(size=(sizes[0], 1))

    def total(q, l):
        into = q("z", l - 1) if l == 2 else act(q("z", l - 1))
        return np.einsum("ij,ik->jk", q("w", l), into) + q("b", l)

    w.q(
        "z",
        lambda q, l: x if l == 1 else total(q, l),
        "weighted sums, of layer 1 the input",
        keys=range(1, len(sizes) + 1),
    )
    return w


@world
def rectified(rng, draw):
    """A positive weighted sum and the rectified linear unit."""
    w = World("i")
    w.q("z", rng.uniform(0.3, 2), "weighted sum")
    w.function(r"\operatorname{relu}", f.relu, "rectified linear unit")
    return w


@world(draws=1)
def ex221(rng, draw):
    """The 2-2-1 network of an exercise: ReLU, then the identity."""
    w = World("ijl")
    w.q("w", {2: np.array([[1, -1], [0.5, 0.25]]), 3: np.array([[2.0], [3.0]])}, "weights")
    w.q("b", {2: np.array([-1, 0.25]), 3: -0.5}, "biases")
    into = {2: lambda q: np.array([1.0, 2.0]), 3: lambda q: f.relu(q("z", 2))}
    w.q("z", lambda q, l: into[l](q) @ q("w", l) + q("b", l), "weighted sums", keys=(2, 3))
    w.q("J", lambda q: (q("z", 3)[0] - 1) ** 2 / 2, "cost")
    slope = lambda q, l: q.grad("J", "z", l)
    w.q(r"\delta", lambda q, l: slope(q, l)[0] if l == 3 else slope(q, l), "deltas", keys=(2, 3))
    return w


@world
def swish(rng, draw):
    """The function z sigma(z)."""
    w = World("i")
    w.variable("z", "weighted sum")
    w.function(r"\sigma", f.sigmoid, "logistic function")
    w.function("s", lambda z: z * f.sigmoid(z), "swish")
    return w


@world(draws=4)
def prelu_output(rng, draw):
    """A PReLU unit: the larger and the smaller of 0 and z, the smaller times the slope."""
    z, slope = (-1) ** draw * rng.uniform(0.3, 2), rng.uniform(0.1, 0.9)
    w = World("i")
    w.q("z", z, "weighted sum")
    w.q("a", max(0.0, z) + slope * min(0.0, z), "output")
    w.function(r"\operatorname{prelu}", lambda v: f.leaky(v, slope), "ReLU with a slope below 0")
    return w


@world
def prelu_layer(rng, draw):
    """A layer of PReLU units that share their slope, and any smooth cost of its outputs."""
    n, l = 3 + draw, 1 + draw
    mix = rng.normal(size=(n, n))
    w = World("jl")
    w.q(r"\alpha", rng.uniform(0.1, 0.9), "slope below 0")
    w.q("z", {l: rng.normal(size=n)}, "weighted sums")
    w.q("a", lambda q, l: f.leaky(q("z", l), q(r"\alpha")), "outputs", keys=(l,))
    w.q("J", lambda q: np.sin(mix @ q("a", l)).sum(), "cost")
    return w


@world
def logistic_undecided(rng, draw):
    """A logistic unit as near to 0 as to 1."""
    low, high = -1.0, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if f.sigmoid(middle) < 1 - f.sigmoid(middle) else (low, middle)
    w = World("i")
    w.q("z", low, "weighted sum")
    w.q(r"\hat{y}", lambda q: f.sigmoid(q("z")), "output")
    return w


@world(draws=1)
def slope_of_hundredth(rng, draw):
    """Where the slope of the logistic function is 0.01, found by halving."""
    low, high = 0.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        slope = np.imag(f.sigmoid(middle + 1e-30j)) / 1e-30
        low, high = (middle, high) if slope > 0.01 else (low, middle)
    w = World("i")
    w.q("z", low, "weighted sum")
    w.q(r"\sigma", lambda q: f.sigmoid(q("z")), "output")
    return w


@world
def tanh_at_zero(rng, draw):
    """A tanh unit whose output is 0."""
    w = World("i")
    low, high = -1.0, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(middle) < 0 else (low, middle)
    w.q("z", low, "weighted sum")
    w.q("a", lambda q: np.tanh(q("z")), "output")
    return w


@world(draws=1)
def biases222(rng, draw):
    """The biases of the worked example 2-2-2, which has one for each layer in its source."""
    w = World("il")
    w.q("b", {2: [0.35, 0.35], 3: [0.60, 0.60]}, "biases")
    return w


@world
def across_the_kink(rng, draw):
    """A weighted sum so near 0 that a step reaches across the kink."""
    w = World("i")
    w.q("z", (-1) ** draw * rng.uniform(0.01, 0.09), "weighted sum")
    w.q("h", rng.uniform(0.1, 0.5), "step of a difference")
    return w


@world
def no_weights_out(rng, draw):
    """The 2-2-2 network whose weights into the last layer are all 0."""
    given = {("W", 3): np.zeros((2, 2)), "rate": rng.uniform(0.1, 0.9)}
    return network(rng, 1, (2, 2, 2), act=lambda layer: f.sigmoid, one_sample=True, values=given)


@world(draws=1)
def softmax_summed(rng, draw):
    """The sum of the outputs of softmax as a cost: its derivatives by the outputs."""
    w = World("j")
    w.q(r"\hat{y}", rng.dirichlet(np.ones(4)), "outputs")
    w.q("J", lambda q: q(r"\hat{y}").sum(), "cost")
    w.q("g", lambda q: q.grad("J", r"\hat{y}"), "derivatives of J by the outputs")
    return w


@world(draws=1)
def xor_two_relus(rng, draw):
    """XOR at its four corners, and ReLU."""
    w = World("i")
    w.q("x_1", np.array([0, 0, 1, 1]), "first input")
    w.q("x_2", np.array([0, 1, 0, 1]), "second input")
    w.q(r"\hat{y}", np.array([0, 1, 1, 0]), "what the network must say")
    w.function(r"\operatorname{relu}", f.relu, "rectified linear unit")
    return w


@world
def unit_of_lecture(rng, draw):
    """One logistic unit of a lecture: o comes in by the weight u, v goes out, E is half squared."""
    w = World("i")
    w.q("o", rng.normal(), "what comes in")
    w.q("u", rng.normal(), "weight")
    w.q("y", rng.uniform(0.1, 0.9), "target")
    w.q("v", lambda q: f.sigmoid(q("u") * q("o")), "output")
    w.q("E", lambda q: (q("y") - q("v")) ** 2 / 2, "error")
    return w


@world
def logistic(rng, draw):
    """The logistic function as activation."""
    w = World("i")
    w.function("s", f.sigmoid, "activation: the logistic function")
    return w


@world
def batches_with_repetition(rng, draw):
    """All ways to draw B of n samples one after the other, each with all others still there."""
    n, size = ((4, 3), (5, 2), (3, 4))[draw - 1]
    samples = rng.normal(size=n)
    w = World("i")
    w.q("B", size, "samples in a mini-batch")
    w.q("g", samples, "gradient of one sample")
    w.q("G", [np.mean(c) for c in product(samples, repeat=size)], "gradient of a mini-batch")
    w.function(r"\operatorname{Var}", lambda v: ((v - v.mean()) ** 2).mean(), "variance")
    return w


@world
def softmax_batch(rng, draw):
    """Several samples through softmax with cross-entropy, the mean over the samples."""
    n, K, L = 4 + draw, 2 + draw, 2 + draw
    targets = rng.dirichlet(np.ones(K), size=n)
    w = World("ijl")
    w.q("n", n, "number of samples")
    w.q("L", L, "number of layers")
    w.q("Y", targets, "targets")
    w.q("z", {L: rng.normal(size=(n, K))}, "weighted sums of the last layer")

    def predicted(q):
        e = np.exp(q("z", L))
        return e / e.sum(axis=1, keepdims=True)

    w.q(r"\hat{Y}", predicted, "predictions")
    w.q("J", lambda q: -(q("Y") * np.log(q(r"\hat{Y}"))).sum() / n, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "derivative of J by z", keys=(L,))
    return w


def _signed_label(t):
    w = World("i")
    w.q("t", t, "label, 1 or -1")
    w.q("y", (t + 1) / 2, "label, 1 or 0")
    return w


@world(draws=1)
def label_plus(rng, draw):
    """The label 1 of a text that uses 1 and -1."""
    return _signed_label(1)


@world(draws=1)
def label_minus(rng, draw):
    """The label -1 of a text that uses 1 and -1."""
    return _signed_label(-1)


def _kept_length(rng, slopes, **more):
    """Weights of such a size that deltas keep their length, for given slopes of the layer."""
    d = len(slopes)
    size = _fitted(rng, np.asarray(slopes))
    w = World("i")
    w.q("d", d, "number of neurons of a layer")
    w.q("q", (np.asarray(slopes) ** 2).mean(), "mean of the squared slopes")
    w.q(r"\tau", size, "standard deviation of the weights that keeps the length")
    w.q(r"\rho", size / _fitted(rng, np.asarray(slopes)), "factor by which a layer changes deltas")
    for name, value in more.items():
        w.q("\\" + name, value, "slope below 0")
    return w


def _fitted(rng, slopes):
    """Size of weights +τ and -τ, drawn in all ways, for which deltas keep their mean square."""
    after = rng.normal(size=1)
    signs = np.array(list(product((-1.0, 1.0), repeat=len(slopes))))
    before = signs * after * slopes  # deltas of the layer, for weights of size 1
    return np.sqrt((after**2).sum() / (before**2).sum(axis=1).mean())


@world
def kept_by_identity(rng, draw):
    """Slopes 1 everywhere."""
    return _kept_length(rng, np.ones(2 + draw))


@world
def kept_by_relu(rng, draw):
    """Slope 1 in one half of the neurons, 0 in the other."""
    return _kept_length(rng, [1.0, 0.0] * (1 + draw))


@world
def kept_by_leaky(rng, draw):
    """Slope 1 in one half of the neurons, a small one in the other."""
    slope = rng.uniform(0.1, 0.5)
    return _kept_length(rng, [1.0, slope] * (1 + draw), alpha=slope)


@world
def kept_by_logistic(rng, draw):
    """The logistic function where it is steepest."""
    steepest = np.imag(f.sigmoid(np.zeros(2 + draw) + 1e-30j)) / 1e-30
    return _kept_length(rng, steepest)


@world
def logistic_slopes(rng, draw):
    """The logistic function at any weighted sums, in one draw at sums near 0."""
    z = rng.normal(size=5) * (1e-4 if draw == 1 else 1)
    w = World("i")
    w.q("q", ((np.imag(f.sigmoid(z + 1e-30j)) / 1e-30) ** 2).mean(), "mean of the squared slopes")
    return w


@world
def glorot(rng, draw):
    """The variance of the weights is one by the mean of fan-in and fan-out."""
    sizes = rng.choice(np.arange(2, 20), size=2, replace=False)
    w = World("i")
    w.q("d_{in}", sizes[0], "fan-in")
    w.q("d_{out}", sizes[1], "fan-out")
    w.q(r"\tau", sizes.mean() ** -0.5, "standard deviation of the weights")
    return w


@world(draws=4)
def tanh_ones(rng, draw):
    """A chain of ten tanh units with weights 1; in one draw the bound is nearly reached."""
    layers = range(2, 12)
    start = (1e-3, 0.5, 3.0, rng.normal())[draw - 1]
    w = World("l")
    w.q("L", 11, "number of layers")
    w.q("z", lambda q, l: q("a", l - 1), "weighted sums", keys=layers)
    w.q("a", lambda q, l: start if l == 1 else np.tanh(q("z", l)), "outputs", keys=range(1, 12))
    w.q("J", lambda q: (q("a", 11) - 1) ** 2 / 2, "cost")
    w.q(r"\delta", lambda q, l: q.grad("J", "z", l), "deltas", keys=layers)
    return w


@world
def normalised_back(rng, draw):
    """A batch whose scale and shift undo its normalisation, found from two of its samples."""
    x, eps = rng.normal(size=4 + draw), rng.uniform(0.01, 0.1)
    mean, variance = x.mean(), ((x - x.mean()) ** 2).mean()
    hat = (x - mean) / np.sqrt(variance + eps)
    scale = (x[0] - x[1]) / (hat[0] - hat[1])
    w = World("i")
    w.q("v", variance, "variance over the batch")
    w.q(r"\epsilon", eps, "small constant in the square root")
    w.q(r"\mu", mean, "mean over the batch")
    w.q(r"\gamma", scale, "scale")
    w.q(r"\beta", x[0] - scale * hat[0], "shift")
    w.q("x^n", hat[2], "a normalised input")
    return w


@world
def one_sample(rng, draw):
    """A batch of one, normalised with its own mean."""
    x = rng.normal(size=1)
    w = World("i")
    w.q("u", lambda q: (x - x.mean())[0], "centred input")
    w.q(r"\hat{x}", lambda q: q("u") / np.sqrt(q("u") ** 2 + 0.01), "normalised input")
    return w


@world
def two_samples(rng, draw):
    """A batch of two samples, the first the larger, normalised with nothing added."""
    x = np.sort(rng.normal(size=2))[::-1]
    w = World("ij")
    w.q("x", x, "input of the layer")
    w.q("h", lambda q: (q("x")[0] - q("x")[1]) / 2, "half of the difference")
    w.q("u", lambda q: q("x") - q("x").mean(), "centred input")
    w.q(r"\hat{x}", lambda q: q("u") / np.sqrt((q("u") ** 2).mean()), "normalised input")
    return w


@world
def layer_then_normalised(rng, draw):
    """A layer with biases whose sums are normalised over the batch."""
    n, d_in, d_out = 5 + draw, 3, 2 + draw
    mix = rng.normal(size=(d_out, d_out))
    w = World("ij")
    w.q("a", rng.normal(size=(n, d_in)), "outputs of the layer before")
    w.q("W", rng.normal(size=(d_in, d_out)), "weights")
    w.q("b", rng.normal(size=(1, d_out)), "biases", row=True, broadcast=True)
    w.q("z", lambda q: q("a") @ q("W") + q("b"), "weighted sums")

    def cost(q):
        u = q("z") - q("z").mean(axis=0)
        return np.sin(u / np.sqrt((u**2).mean(axis=0) + 0.01) @ mix).sum()

    w.q("J", cost, "cost behind the normalisation")
    return w


@world
def layer_of_a_batch(rng, draw):
    """A layer with biases and any smooth cost of its sums."""
    n, d_out = 5 + draw, 2 + draw
    mix = rng.normal(size=(d_out, d_out))
    w = World("ij")
    w.q("b", rng.normal(size=d_out), "biases")
    sums = rng.normal(size=(n, d_out))
    w.q("z", lambda q: sums + q("b"), "weighted sums")
    w.q("J", lambda q: np.sin(q("z") @ mix).sum(), "cost")
    return w


@world
def two_velocities(rng, draw):
    """Momentum twice over the same gradients: m of the formulas, u of the code, which holds the rate."""
    keep, rate = rng.uniform(0.5, 0.95), rng.uniform(0.03, 0.2)
    m = u = 0.0
    for gradient in rng.normal(size=4):
        m, u = keep * m + gradient, keep * u - rate * gradient
    w = World("i")
    w.q(r"\eta", rate, "learning rate")
    w.q("m", m, "velocity of the formulas")
    w.q("u", u, "velocity of the code")
    return w


@world
def velocity_of_code(rng, draw):
    """Momentum as the package does it: the velocity u carries the rate; the slope is taken at v."""
    keep, rate = rng.uniform(0.5, 0.95), rng.uniform(0.03, 0.2)
    w = World("i")
    w.q(r"\mu", keep, "momentum")
    w.q(r"\eta", rate, "learning rate")
    w.q("v", rng.normal(), "parameter")
    w.q("u", rng.normal(), "velocity")
    w.q("J", lambda q: np.sin(q("v")), "cost")
    w.step("u", lambda q: keep * q("u") - rate * q.grad("J", "v"))
    return w


@world
def mean_predicted(rng, draw):
    """Targets for which a constant, their mean, is predicted."""
    y = rng.normal(size=4 + draw)
    w = World("i")
    spread = ((y - y.mean()) ** 2).sum()
    w.q("R^2", lambda q: 1 - ((y - np.full(len(y), y.mean())) ** 2).sum() / spread, "R squared")
    return w
