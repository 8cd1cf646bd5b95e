r"""The mistakes people make in backpropagation, and the gradient that each would give.

A mistake is a name, three sentences for the student (what is wrong, how to see it, what line to
change) and a small function that redoes the backward pass with that mistake in it.  Where a
mistake can happen in one layer or in several, the function gives one variant for each choice.

=========  =========================================  ====================
symbol     meaning                                    in code
=========  =========================================  ====================
n          samples                                    ``case.n``
a^l, z^l   from the right forward pass                ``case.a``, ``case.z``
δ^l        ∂J/∂z^l, (n, d_l)                          ``delta[l]``
s'(z^l)    slope of the activation of layer l         ``case.slope(l)``
=========  =========================================  ====================
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from handgrad import _core, _trust
from handgrad.network import Cache, Gradients, Network


@dataclass(frozen=True, eq=False)
class Case:
    """A network, its samples, its right gradients, and the gradients somebody computed."""

    net: Network
    Y: np.ndarray
    loss: _trust.Trusted
    cache: Cache
    right: Gradients
    given_dW: dict
    learning_rate: float | None

    @property
    def n(self):
        """Number of samples."""
        return len(self.Y)

    @property
    def L(self):
        """The last layer."""
        return self.net.L

    @property
    def hidden(self):
        """Layers 2 to L-1."""
        return range(2, self.L)

    @property
    def sloped(self):
        """Layers whose δ holds a factor s'(z): all but an output whose loss is taken of z."""
        return range(2, self.L + (self.loss.of == "y_hat"))

    def slope(self, l):
        """s'(z^l), shaped like z^l."""
        return self.net.s[l].derivative(self.cache.z[l])


@dataclass(frozen=True, eq=False)
class Variant:
    """What a mistake made in these layers would give."""

    layers: tuple
    dW: dict
    db: dict
    note: str = ""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake, its message, and ``variants(case)`` that yields what it would give.

    In the texts {layers} stands for the layers found, {in_layers} for "in layer …" where that is
    not all, {l}, {k} and {m} for the first of them, the one before and the one after it, {da} for
    ∂J/∂a of that layer, {note} for what a variant adds.  A mistake with ``whole`` can only be made
    in all layers at once.
    """

    name: str
    what: str
    see: str
    change: str
    variants: Callable
    whole: bool = False


MISTAKES: list = []


def mistake(name, what, see, change, whole=False):
    """Enter the function below into the table of mistakes."""

    def enter(variants):
        MISTAKES.append(Mistake(name, what, see, change, variants, whole))
        return variants

    return enter


# -- the backward pass, with one ingredient exchanged ---------------------------------------------


def backward(case, layers=(), note="", *, delta_L=None, slope=None, W=None, cache=None):
    """The right backward pass, except for what is passed in.

    ``slope[l]`` stands in for s'(z^l), ``W[l]`` for W^l on the way back, ``cache`` for z and a.
    """
    cache, slope = cache or case.cache, slope or {}
    s = {l: replace(case.net.s[l], derivative=lambda z, l=l: slope[l]) for l in slope}
    net = replace(case.net, W=case.net.W | (W or {}), s=case.net.s | s)
    if delta_L is None:
        delta_L = _core.output_delta(net, cache.a, cache.z, case.Y, case.loss)
    dW, db = {}, {}
    _core.backward(net, cache.a, cache.z, delta_L, dW, db)
    return Variant(tuple(layers), dW, db, note)


def scaled(case, name, note=""):
    """The right gradient times the factor of a mistake."""
    return times(case, FACTORS[name](case.n), note)


def times(case, factor, note=""):
    """The right gradient times a number."""
    right = case.right
    return Variant(
        (),
        {l: factor * d for l, d in right.dW.items()},
        {l: factor * d for l, d in right.db.items()},
        note,
    )


def choices(layers):
    """Every choice of at least one of the layers; of many, each one, all, all but the last."""
    layers = tuple(layers)
    if len(layers) <= 4:
        return [c for k in range(1, len(layers) + 1) for c in combinations(layers, k)]
    return [(l,) for l in layers] + [layers[:-1], layers]


def with_slopes(case, layers, wrong):
    """Variants in which ``wrong(l)`` stands for s'(z^l) in some of the layers."""
    layers = [
        l
        for l in layers
        if case.net.s[l].pieces == 1 and not np.array_equal(wrong(l), case.slope(l))
    ]
    for chosen in choices(layers):
        yield backward(case, chosen, slope={l: wrong(l) for l in chosen})


# -- the table ------------------------------------------------------------------------------------
# Where two mistakes give the same numbers, both are named, in the order of this table. What has not
# been filled in is no other mistake, although some of them can give zeros too: it comes first, and
# alone.

NOT_FILLED_IN = "not filled in"

#: Mistake -> the number that it multiplies a gradient by, from the number of samples.
FACTORS = {
    NOT_FILLED_IN: lambda n: 0.0,
    "sign": lambda n: -1.0,
    "factor 2": lambda n: 2.0,
    "factor ½": lambda n: 0.5,
    "sum for mean": lambda n: float(n),
    "mean for sum": lambda n: 1.0 / n,
}


@mistake(
    NOT_FILLED_IN,
    "The gradient is not filled in{in_layers}: it is zero everywhere.",
    "An update would change nothing there; the right gradient is not zero.",
    "dW[{l}] = a[{k}].T @ delta[{l}], and db[{l}] = delta[{l}].sum(axis=0).",
)
def not_filled_in(case):
    yield scaled(case, NOT_FILLED_IN)


@mistake(
    "target and prediction swapped",
    "The target and the prediction are swapped: the gradient starts from y - ŷ.",
    "Every entry has the right size and the wrong sign, so the cost grows with each update.",
    "Start the backward pass from y_hat - Y.",
    whole=True,
)
def swapped(case):
    right = backward(case)
    yield Variant((), {l: -d for l, d in right.dW.items()}, {l: -d for l, d in right.db.items()})


@mistake(
    "sign",
    "The sign is wrong{in_layers}.",
    "Every entry there is minus the right one, so an update goes uphill.",
    "Look for a minus too many, as in `W - learning_rate * dW` with a dW that already has "
    "its minus, or in the derivative of (y - ŷ)².",
)
def sign(case):
    yield scaled(case, "sign")


@mistake(
    "factor 2",
    "The gradient is twice the right one{in_layers}.",
    "Every entry there divided by the right one is 2.",
    "The cost has a ½ that cancels the 2 of the square: drop the 2, or drop the ½ from the "
    "cost as well.",
)
def twice(case):
    yield scaled(case, "factor 2")


@mistake(
    "factor ½",
    "The gradient is half the right one{in_layers}.",
    "Every entry there divided by the right one is 0.5.",
    "The square brings down a 2: multiply by 2, or use the cost with ½ in front.",
)
def half(case):
    yield scaled(case, "factor ½")


@mistake(
    "sum for mean",
    "The gradient is summed over the samples where the cost is their mean{in_layers}.",
    "Every entry is the right one times the number of samples: repeat the data, and the "
    "gradient grows although the cost stays.",
    "Divide by the number of samples once, best where the backward pass starts: "
    "`(y_hat - Y) / len(X)`.",
)
def summed(case):
    if case.n > 1:
        yield scaled(case, "sum for mean")


@mistake(
    "mean for sum",
    "A mean is taken where a sum belongs{in_layers}: {note}.",
    "Every entry is the right one divided by that number.",
    "Divide by the number of samples once, and by nothing else: look for a second `/ len(X)` "
    "or for `np.mean` over a whole matrix.",
)
def averaged(case):
    d = case.net.sizes[-1]
    if case.n > 1:
        yield scaled(case, "mean for sum", "it is divided by the number of samples twice")
    if d > 1:
        yield times(case, 1 / d, "it is divided by the number of outputs")


@mistake(
    "transpose",
    "A matrix is transposed where it should not be, or not where it should{in_layers}: {note}.",
    "The shapes fit only because they are square, or do not fit at all: try layers of "
    "different sizes, and a wrong transpose raises.",
    "dW[{l}] = a[{k}].T @ delta[{l}], shaped like W[{l}]; on the way back, delta[{m}] @ W[{m}].T.",
)
def transposed(case):
    right = case.right
    yield Variant(
        (), {l: d.T for l, d in right.dW.items()}, right.db, "dW comes out as its own transpose"
    )
    square = [
        l
        for l in range(3, case.L + 1)
        if len(set(case.net.W[l].shape)) == 1 and case.net.s[l - 1].pieces == 1
    ]
    for chosen in choices(square):
        yield backward(
            case,
            [l - 1 for l in chosen],
            "delta is brought back with W, not with its transpose",
            W={l: case.net.W[l].T for l in chosen},
        )


@mistake(
    "one path only",
    "Only one path is followed out of each neuron of {layers}: {note}.",
    "The layers after it are right, since one path leads there; these and all before are not.",
    "delta[{l}] = (delta[{m}] @ W[{m}].T) * s_prime(z[{l}]): in loops, `d += W[{m}][j, k] * "
    "delta[{m}][k]` for all k, not `d = ...`.",
)
def one_path(case):
    several = [l for l in case.hidden if case.net.W[l + 1].shape[1] > 1]
    for k, note in (
        (-1, "the sum over the next layer has its last term alone"),
        (0, "the sum over the next layer has its first term alone"),
    ):
        for chosen in choices(several):
            W = {l + 1: _only_column(case.net.W[l + 1], k) for l in chosen}
            yield backward(case, chosen, note, W=W)


def _only_column(W, k):
    """W with zeros in all columns but one, so that only the paths through one neuron are left."""
    alone = np.zeros_like(W)
    alone[:, k] = W[:, k]
    return alone


@mistake(
    "ReLU mask from >= on the output",
    "The ReLU mask of {layers} lets everything pass: it asks `a >= 0` of the output.",
    "A ReLU's output is never negative, so the mask is 1 everywhere; count its zeros.",
    "delta[{l}] = da * (z[{l}] > 0), with the weighted sum z (or a > 0).",
)
def open_mask(case):
    relu = [l for l in case.sloped if _trust.is_activation(case.net.s[l], "relu")]
    yield from with_slopes(case, relu, lambda l: (case.cache.a[l] >= 0).astype(float))


@mistake(
    "s'(z) missing",
    "The factor s'(z) is missing in {layers}.",
    "There delta is ∂J/∂a and not yet ∂J/∂z; the layers before inherit it.",
    "delta[{l}] = da * s_prime(z[{l}]), where da is {da}.",
)
def no_slope(case):
    yield from with_slopes(case, case.sloped, lambda l: np.ones_like(case.cache.z[l]))


@mistake(
    "s'(z) once more",
    "The output's delta is multiplied by ŷ (1 - ŷ), a factor that the cross-entropy has already "
    "cancelled.",
    "Samples about which the network is certain and wrong hardly change it.",
    "delta[{l}] = (y_hat - Y) / len(X), without the derivative of the last activation.",
)
def slope_once_more(case):
    if case.loss.of == "z":
        y_hat = case.cache.y_hat
        once_more = case.right.delta[case.L] * y_hat * (1 - y_hat)
        yield backward(case, (case.L,), delta_L=once_more)


@mistake(
    "s' taken of a",
    "The derivative is taken at the output a instead of the weighted sum z in {layers}.",
    "s_prime wants z: with the sigmoid, s'(a) is always between 0.19 and 0.25.",
    "delta[{l}] = da * s_prime(z[{l}]), or write the derivative with a, as in a * (1 - a).",
)
def slope_of_a(case):
    yield from with_slopes(case, case.sloped, lambda l: case.net.s[l].derivative(case.cache.a[l]))


@mistake(
    "s where s' belongs",
    "The activation itself stands where its derivative belongs in {layers}.",
    "delta is multiplied by a = s(z) instead of by s'(z).",
    "delta[{l}] = da * s_prime(z[{l}]), not da * s(z[{l}]).",
)
def s_for_slope(case):
    yield from with_slopes(case, case.sloped, lambda l: case.cache.a[l])


@mistake(
    "s' where s belongs",
    "The derivative stands where the activation belongs in {layers}: {note}.",
    "Compare a[{l}] with s(z[{l}]): it holds s'(z[{l}]) where it is used.",
    "a[{l}] = s(z[{l}]) in the forward pass, and dW[{m}] = a[{l}].T @ delta[{m}].",
)
def slope_for_s(case):
    plain = [
        l
        for l in range(2, case.L + 1)
        if case.net.s[l].pieces == 1 and not _trust.is_activation(case.net.s[l], "softmax")
    ]
    for chosen in choices(l for l in plain if l < case.L):
        a = case.cache.a | {l: case.slope(l) for l in chosen}
        dW = {l: a[l - 1].T @ case.right.delta[l] for l in case.right.delta}
        yield Variant(chosen, dW, case.right.db, "in the product that gives dW")
    for chosen in choices(l for l in plain if l in case.sloped):
        yield backward(case, chosen, "in the forward pass", cache=forward(case, chosen))


def forward(case, swapped):
    """The forward pass with s' for s in the layers ``swapped``."""
    s = {l: replace(case.net.s[l], value=case.net.s[l].derivative) for l in swapped}
    return Cache(*_core.forward(replace(case.net, s=case.net.s | s), case.cache.a[1]))


@mistake(
    "delta from updated weights",
    "A delta is brought back through weights that have already been updated ({note}).",
    "The last layer is right, those before it are off by a little, the more the larger the "
    "learning rate.",
    "Compute all gradients first, from the old weights; update afterwards, in a loop of its own.",
)
def updated_weights(case):
    if case.L < 3:
        return
    rate = case.learning_rate or _estimated_rate(case)
    if rate:
        yield _updated_on_the_way(case, rate)


def _updated_on_the_way(case, rate):
    """Each layer updates its weights before its delta is brought back through them."""
    new, variant = {}, None
    for l in range(case.L, 2, -1):
        variant = backward(case, W=new)
        new[l] = case.net.W[l] - rate * variant.dW[l]
    variant = backward(case, W=new)
    return Variant(tuple(case.hidden), variant.dW, variant.db, f"learning rate {rate:.4g}")


def _estimated_rate(case):
    """The learning rate that explains layer L-1, where its effect is exactly proportional to it.

    None if there is none, or if the evidence is a single factor (any factor is explained by some
    rate) and the rate is no number that anybody would choose.
    """
    l = case.L - 1
    right, given = case.right.dW[l], case.given_dW[l]
    effect = right - backward(case, W={case.L: case.net.W[case.L] - case.right.dW[case.L]}).dW[l]
    if given.shape != right.shape or not effect.any():
        return None
    rate = float(np.sum((right - given) * effect) / np.sum(effect**2))
    if rate <= 0:
        return None
    chosen = float(f"{rate:.2g}")
    if abs(chosen - rate) <= 1e-6 * rate:
        return chosen
    cosine = abs(np.sum(right * effect)) / np.sqrt(np.sum(right**2) * np.sum(effect**2))
    return rate if cosine < 1 - 1e-6 else None


@mistake(
    "bias gradient forgotten",
    "The gradient of the bias is forgotten{in_layers}.",
    "It is zero or absent, so the biases never move.",
    "db[{l}] = delta[{l}].sum(axis=0): a bias is a weight whose input is always 1.",
)
def no_bias(case):
    yield Variant((), case.right.dW, {l: np.zeros_like(d) for l, d in case.right.db.items()})


@mistake(
    "bias gradient averaged",
    "The gradient of the bias is averaged over the samples{in_layers}, although delta "
    "already holds the 1/n.",
    "db is the right one divided by the number of samples, while dW is right.",
    "db[{l}] = delta[{l}].sum(axis=0), not .mean(axis=0).",
)
def mean_bias(case):
    if case.n > 1:
        yield Variant((), case.right.dW, {l: d / case.n for l, d in case.right.db.items()})


@mistake(
    "bias gradient one scalar",
    "All biases of a layer get one and the same number{in_layers}: {note}.",
    "db has one entry, or equal ones; every neuron needs its own.",
    "db[{l}] = delta[{l}].sum(axis=0): name the axis.",
)
def one_bias(case):
    delta = case.right.delta
    for what, one in (("the sum", np.sum), ("the mean", np.mean)):
        yield Variant(
            (),
            case.right.dW,
            {l: np.full(d.shape[1], one(d)) for l, d in delta.items()},
            f"{what} over samples and neurons",
        )


@mistake(
    "softmax over the wrong axis",
    "The softmax goes along the wrong axis: {note}.",
    "Every row of y_hat must sum to 1, and a sample's prediction must not depend on which "
    "other samples are in the batch.",
    "z - z.max(axis=1, keepdims=True), then e / e.sum(axis=1, keepdims=True).",
)
def softmax_axis(case):
    if not (case.loss.cancels and _trust.is_activation(case.net.s[case.L], "softmax")):
        return
    z = case.cache.z[case.L]
    axes = {0: "over the samples", 1: "over the classes", None: "over everything"}
    for high in (1, 0, None):
        for total in (1, 0, None):
            if total == 1 and high != 0:
                continue  # right: any shift that is the same along the row cancels
            with np.errstate(all="ignore"):
                e = np.exp(z - z.max(axis=high, keepdims=True))
                delta_L = (e / e.sum(axis=total, keepdims=True) - case.Y) / case.n
                if np.isfinite(delta_L).all():
                    yield backward(
                        case,
                        (case.L,),
                        f"the maximum is taken {axes[high]}, the sum {axes[total]}",
                        delta_L=delta_L,
                    )
