"""Dense networks: forward returns its cache, backward the gradients.

=========  ==========================================  =====================  ================
symbol     meaning                                     shape                  in code
=========  ==========================================  =====================  ================
L          number of layers, input and output counted  int                    ``net.L``
d_l        neurons in layer l = 1..L                   int                    ``net.sizes[l-1]``
X          samples, one a row                          (n, d_1)               ``X``
W^l        weights from layer l-1 to layer l = 2..L    (d_{l-1}, d_l)         ``net.W[l]``
b^l        biases of layer l = 2..L                    (d_l,)                 ``net.b[l]``
s_l        activation of layer l = 2..L                                       ``net.s[l]``
z^l        a^{l-1} W^l + b^l                           (n, d_l)               ``cache.z[l]``
a^l        s_l(z^l), with a^1 = X and a^L = ŷ          (n, d_l)               ``cache.a[l]``
δ^l        ∂J/∂z^l                                     (n, d_l)               ``grads.delta[l]``
∂J/∂W^l    (a^{l-1})ᵀ δ^l                              (d_{l-1}, d_l)         ``grads.dW[l]``
∂J/∂b^l    column sums of δ^l                          (d_l,)                 ``grads.db[l]``
∂J/∂X      δ^2 (W^2)ᵀ                                  (n, d_1)               ``grads.dx``
=========  ==========================================  =====================  ================

Dictionaries are keyed by the layer, so that the code reads like the formulas. A maxout layer with
k pieces has W^l (d_{l-1}, d_l k), b^l (d_l k,), z^l and δ^l (n, d_l k), but a^l (n, d_l).

A network is of float64 or of float32, and its weights decide: samples and targets become what they
are, and so does all that is computed from them. A cost is a Python number. Functions check what
they are given; the mathematics behind the checks is in ``_core.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from handgrad import _core, _trust, activations, losses
from handgrad._arrays import (
    as_count,
    as_dtype,
    as_floats,
    as_number,
    as_rng,
    check_shape,
    float_dtype,
    named,
)
from handgrad._types import Array, ArrayLike, DTypeLike

# one name or function for all layers, or one for each
ActivationLike = str | activations.Activation | Sequence[str | activations.Activation]


@dataclass(frozen=True, eq=False)
class Network:
    """Weights, biases and activations, each a dictionary keyed by the layer l = 2..L.

    Made by `make_network` or `random_network`, which check that everything fits.
    """

    W: dict
    b: dict
    s: dict

    @property
    def L(self) -> int:
        """Number of layers, with the input as layer 1."""
        return len(self.W) + 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of layers 1..L, a tuple."""
        later = (self.W[l].shape[1] // self.s[l].pieces for l in range(2, self.L + 1))
        return (self.W[2].shape[0], *later)

    @property
    def dtype(self) -> np.dtype:
        """float64 or float32, of all weights and biases."""
        return self.W[2].dtype


@dataclass(frozen=True, eq=False)
class Cache:
    """What forward computed: a {1..L} and z {2..L}."""

    a: dict
    z: dict

    @property
    def y_hat(self) -> Array:
        """The prediction a^L, shape (n, d_L)."""
        return self.a[len(self.a)]


@dataclass(frozen=True, eq=False)
class Gradients:
    """What backward computed: dW, db and delta, keyed by the layer 2..L, and dx (n, d_1)."""

    dW: dict
    db: dict
    delta: dict
    dx: np.ndarray


# ---- forward and backward ------------------------------------------------------------------


def forward(net: Network, X: ArrayLike) -> Cache:
    """Compute z^l = a^{l-1} W^l + b^l and a^l = s_l(z^l) for l = 2..L.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)

    Returns
    -------
    Cache

    Raises
    ------
    TypeError, ValueError
        If net is no Network, or X has another shape, no samples, or entries that are not finite
        numbers. So it is with all functions here and all that they are given.
    """
    net = _trusted(net)
    return Cache(*_core.forward(net, _samples(net, X)))


def output_delta(
    net: Network, cache: Cache, Y: ArrayLike, loss: str | losses.Loss = "half_squared_error"
) -> Array:
    """δ^L = ∂J/∂a^L ⊙ s'(z^L); for a loss of z, δ^L = ∂J/∂z^L is its gradient.

    Parameters
    ----------
    net : Network
    cache : Cache
    Y : array (n, d_L)
    loss : str or Loss

    Returns
    -------
    array (n, d_L)

    Raises
    ------
    TypeError, ValueError
        If Y is not shaped like the prediction or does not suit the loss, or the loss wants another
        last activation.
    """
    net, loss = _trusted(net), loss_for(net, loss)
    Y = _targets(Y, _cached(cache).y_hat, loss)
    return _core.output_delta(net, cache.a, cache.z, Y, _trust.loss(loss, net.s[net.L]))


def backward(net: Network, cache: Cache, delta_L: ArrayLike) -> Gradients:
    """From δ^L to the gradients of all weights, biases and inputs.

    δ^l = (δ^{l+1} (W^{l+1})ᵀ) ⊙ s'(z^l), ∂J/∂W^l = (a^{l-1})ᵀ δ^l, ∂J/∂b^l = column sums of δ^l.

    Parameters
    ----------
    net : Network
    cache : Cache
        From `forward` with the same network.
    delta_L : array (n, d_L)
        From `output_delta`.

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        If delta_L is not shaped like z^L.
    """
    net = _trusted(net)
    delta_L = as_floats("delta_L", delta_L, _cached(cache).z[net.L].shape, dtype=net.dtype)
    dW: dict[int, Array] = {}
    db: dict[int, Array] = {}
    delta = _core.backward(net, cache.a, cache.z, delta_L, dW, db)
    layers = sorted(delta)
    dW, db, delta = ({l: found[l] for l in layers} for found in (dW, db, delta))
    return Gradients(dW, db, delta, dx=delta[2] @ net.W[2].T)


def gradients(
    net: Network, X: ArrayLike, Y: ArrayLike, loss: str | losses.Loss = "half_squared_error"
) -> tuple[float, Gradients]:
    """The cost and all its gradients: forward, δ^L, backward.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)
    Y : array (n, d_L)
    loss : str or Loss

    Returns
    -------
    J : float
    grads : Gradients
    """
    cache = forward(net, X)
    grads = backward(net, cache, output_delta(net, cache, Y, loss))
    return _cost(net, cache, Y, loss), grads


def cost(
    net: Network, X: ArrayLike, Y: ArrayLike, loss: str | losses.Loss = "half_squared_error"
) -> float:
    """J, the mean over samples of the loss per sample.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)
    Y : array (n, d_L)
    loss : str or Loss

    Returns
    -------
    float
    """
    return _cost(net, forward(net, X), Y, loss)


def _cost(net, cache, Y, loss):
    loss = loss_for(net, loss)
    Y = _targets(Y, cache.y_hat, loss)
    return _core.cost(net, cache.a, cache.z, Y, _trust.loss(loss, net.s[net.L]))


def predict(net: Network, X: ArrayLike) -> Array:
    """The prediction ŷ = a^L of each sample.

    For classes, ``predict(net, X).argmax(axis=1)`` is the class of the largest output.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)

    Returns
    -------
    array (n, d_L)
    """
    return forward(net, X).y_hat


def accuracy(net: Network, X: ArrayLike, Y: ArrayLike) -> float:
    """The share of samples that are put into the right class.

    With several outputs the class is the largest of them (the first of equal ones); with one it is
    1 where ŷ >= 1/2, else 0.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)
    Y : array (n, d_L)
        One-hot rows; 0 or 1 where there is one output.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If Y does not name one class for each sample.
    """
    y_hat = predict(net, X)
    Y = as_floats("Y", Y, y_hat.shape, dtype=net.dtype)
    if not np.isin(Y, (0, 1)).all():
        raise ValueError(f"Y: expected targets of 0 and 1, got {Y[~np.isin(Y, (0, 1))][0]}")
    if Y.shape[1] == 1:
        return float(np.mean((y_hat >= 0.5) == Y))
    if (Y.sum(axis=1) != 1).any():
        raise ValueError("Y: expected rows with a single 1; try datasets.one_hot(classes, K)")
    return float(np.mean(y_hat.argmax(axis=1) == Y.argmax(axis=1)))


def slope_gradients(
    net: Network, X: ArrayLike, Y: ArrayLike, loss: str | losses.Loss = "half_squared_error"
) -> dict[int, float]:
    """∂J/∂slope of each PReLU layer: the sum of ∂J/∂a^l ⊙ ∂a^l/∂slope over samples and neurons.

    One step of gradient descent on the slope of layer l is
    ``replace(net, s=net.s | {l: prelu_with(net.s[l].parameter - learning_rate * d[l])})``
    with ``replace`` from dataclasses.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)
    Y : array (n, d_L)
    loss : str or Loss

    Returns
    -------
    dict
        Layer -> float.
    """
    loss = loss_for(net, loss)
    cache = forward(net, X)
    delta = backward(net, cache, output_delta(net, cache, Y, loss)).delta
    dslope = {}
    for l in range(2, net.L + 1):
        if net.s[l].dslope is not None:
            da = delta[l + 1] @ net.W[l + 1].T if l < net.L else loss.gradient(cache.y_hat, Y)
            dslope[l] = float(np.sum(da * net.s[l].dslope(cache.z[l])))
    return dslope


def update(net: Network, grads: Gradients, learning_rate: float) -> Network:
    """One step of gradient descent: W^l - η ∂J/∂W^l and b^l - η ∂J/∂b^l, as a new Network.

    Parameters
    ----------
    net : Network
    grads : Gradients
    learning_rate : float
        η > 0.

    Returns
    -------
    Network
    """
    check_network(net)
    _check_gradients(grads)
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    for l in net.W:
        for name, d, p in (("dW", grads.dW, net.W), ("db", grads.db, net.b)):
            if l not in d:
                raise ValueError(f"grads.{name}: expected layers {list(net.W)}, got {list(d)}")
            check_shape(f"grads.{name}[{l}]", np.asarray(d[l]), p[l].shape)
    W = {l: net.W[l] - learning_rate * grads.dW[l] for l in net.W}
    b = {l: net.b[l] - learning_rate * grads.db[l] for l in net.b}
    return Network(W, b, net.s)


# ---- at the door ---------------------------------------------------------------------------


def check_network(net: Network) -> None:
    """Raise TypeError unless `net` is a Network."""
    if not isinstance(net, Network):
        examples = "network.make_network(W, b) or network.random_network(sizes, rng=rng)"
        raise TypeError(named("net", net, "a Network", examples))


def _check_gradients(grads):
    if not isinstance(grads, Gradients):
        raise TypeError(named("grads", grads, "Gradients", "network.gradients(net, X, Y)[1]"))


def _trusted(net):
    check_network(net)
    return _trust.network(net)


def _samples(net, X):
    return as_floats("X", X, ("n", net.W[2].shape[0]), dtype=net.dtype)


def _targets(Y, y_hat, loss):
    Y = as_floats("Y", Y, y_hat.shape, dtype=y_hat.dtype)
    if loss.targets is not None:
        loss.targets(Y)
    return Y


def _cached(cache):
    if not isinstance(cache, Cache):
        raise TypeError(named("cache", cache, "a Cache", "network.forward(net, X)"))
    return cache


# ---- making networks -----------------------------------------------------------------------


def make_network(
    W: ArrayLike,
    b: ArrayLike = None,
    activation: ActivationLike = "sigmoid",
    *,
    dtype: DTypeLike | None = None,
) -> Network:
    """A network from given weights and biases.

    Parameters
    ----------
    W : list of arrays (d_{l-1}, d_l), or dict of them
        For layers 2..L in turn; a dict is keyed by these layers. Copied.
    b : list of arrays (d_l,), or dict of them, optional
        Zeros if left out. Copied.
    activation : str or Activation, or a list or dict of them
        One for all layers, or one for each of the layers 2..L.
    dtype : "float64" or "float32", optional
        If left out, float32 where all weights and biases given are arrays of float32, else float64.
        ``make_network(net.W, net.b, net.s, dtype="float32")`` turns a network into one of float32.

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError
        If a weight is not a finite number, sizes do not chain, or an activation does not fit.
    """
    shape = ("d_in", "d_out")
    W = _by_layer("W", W)
    if b is not None:
        b = _by_layer("b", b, L=len(W) + 1)
    given = [*W.values(), *(b or {}).values()]
    dtype = float_dtype(*given) if dtype is None else as_dtype(dtype)
    W = {l: as_floats(f"W[{l}]", M, shape, dtype).copy() for l, M in W.items()}
    s = _activations(activation, L=len(W) + 1)
    d = W[2].shape[0]
    for l in W:
        if W[l].shape[0] != d:
            raise ValueError(
                f"W[{l}]: expected {d} rows, one for each neuron of layer {l - 1}, "
                f"got shape {W[l].shape}"
            )
        if W[l].shape[1] % s[l].pieces:
            raise ValueError(
                f"W[{l}]: expected a multiple of {s[l].pieces} columns for maxout with "
                f"{s[l].pieces} pieces, got shape {W[l].shape}"
            )
        d = W[l].shape[1] // s[l].pieces
    if b is None:
        b = {l: np.zeros(W[l].shape[1]) for l in W}
    b = {l: as_floats(f"b[{l}]", b[l], (W[l].shape[1],), dtype).copy() for l in W}
    return Network(W, b, s)


def random_network(
    sizes: Sequence[int],
    activation: ActivationLike = "sigmoid",
    *,
    rng: np.random.Generator,
    scheme: str = "xavier",
    scale: float | None = None,
    dtype: DTypeLike = "float64",
) -> Network:
    """A network with random weights and zero biases.

    =========  ==================================================================
    scheme     weights of layer l
    =========  ==================================================================
    xavier     normal, standard deviation scale · sqrt(2 / (d_{l-1} + d_l))
    he         normal, standard deviation scale · sqrt(2 / d_{l-1})
    normal     normal, standard deviation scale
    uniform    uniform between -scale and scale
    =========  ==================================================================

    Parameters
    ----------
    sizes : sequence of int
        Neurons d_1, ..., d_L.
    activation : str or Activation, or a list or dict of them
        One for all layers, or one for each of the layers 2..L.
    rng : numpy.random.Generator
    scheme : str
    scale : float, optional
        1 if left out.
    dtype : "float64" or "float32"
        The numbers from `rng` are the same, in float32 rounded.

    Returns
    -------
    Network
    """
    rng = as_rng(rng, "for the random weights")
    if isinstance(sizes, str) or not hasattr(sizes, "__iter__"):
        raise TypeError(f"sizes: expected a sequence as in (2, 3, 1), got {sizes!r}")
    sizes = [as_count("sizes", d, low=1) for d in sizes]
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected at least two layers, got {sizes}")
    scale = 1.0 if scale is None else as_number("scale", scale, above=0)
    spread = {
        "xavier": lambda d_in, d_out: scale * np.sqrt(2.0 / (d_in + d_out)),
        "he": lambda d_in, d_out: scale * np.sqrt(2.0 / d_in),
        "normal": lambda d_in, d_out: scale,
        "uniform": lambda d_in, d_out: scale,
    }
    if not isinstance(scheme, str) or scheme not in spread:
        raise ValueError(f"scheme: expected one of {', '.join(spread)}; got {scheme!r}")
    s = _activations(activation, L=len(sizes))
    uniform = scheme == "uniform"
    draw = (lambda shape: rng.uniform(-1.0, 1.0, shape)) if uniform else rng.standard_normal
    W = {
        l: spread[scheme](d_in, d_out) * draw((d_in, d_out * s[l].pieces))
        for l, (d_in, d_out) in enumerate(itertools.pairwise(sizes), start=2)
    }
    return make_network(W, activation=s, dtype=as_dtype(dtype))


def _by_layer(name, values, L=None):
    """A list for layers 2..L, or a dict keyed by them, as a dict in the order of the layers."""
    if not isinstance(values, dict):
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise TypeError(f"{name}: expected a list for layers 2..L or a dict, got {values!r}")
        values = dict(enumerate(values, start=2))
    layers = list(range(2, (L or len(values) + 1) + 1))
    if not layers or set(values) != set(layers):
        expected = "2..L" if L is None else layers
        raise ValueError(f"{name}: expected layers {expected}, got {list(values)}")
    return {l: values[l] for l in layers}


def _activations(activation, L):
    if isinstance(activation, (str, activations.Activation)):
        activation = [activation] * (L - 1)
    s = {l: activations.get(f) for l, f in _by_layer("activation", activation, L).items()}
    for l in range(2, L):
        if _trust.is_activation(s[l], "softmax"):
            raise ValueError(f"activation: expected softmax in the last layer only, got it in {l}")
    return s


def loss_for(net: Network, loss: str | losses.Loss) -> losses.Loss:
    """The Loss of this name, if it suits the last activation of the network.

    Raises
    ------
    ValueError
        If the loss is of z and the last layer has another activation than it wants, or the last
        layer is softmax and the loss is not softmax_cross_entropy.
    """
    check_network(net)
    loss, last = losses.get(loss), net.s[net.L]
    if loss.last is not None and not _trust.is_last(last, loss.last):
        wanted = loss.last if isinstance(loss.last, str) else loss.last.name
        other = "another function of the name " if last.name == wanted else ""
        raise ValueError(
            f"loss {loss.name!r}: expected activation {wanted!r} in the last layer, "
            f"got {other}{last.name!r}"
        )
    softmax = _trust.is_activation(last, "softmax")
    if softmax and not (loss.of == "z" and loss.last in ("softmax", activations.SOFTMAX)):
        raise ValueError(
            f"activation 'softmax': expected the loss 'softmax_cross_entropy', got {loss.name!r}"
        )
    return loss


# ---- all parameters in one vector ----------------------------------------------------------


def to_vector(net: Network) -> Array:
    """All parameters in one vector: W^2 row by row, b^2, W^3, b^3, ..."""
    check_network(net)
    return np.concatenate([p.ravel() for l in net.W for p in (net.W[l], net.b[l])])


def gradient_vector(grads: Gradients) -> Array:
    """The gradients in the order of `to_vector`."""
    _check_gradients(grads)
    return np.concatenate([d.ravel() for l in sorted(grads.dW) for d in (grads.dW[l], grads.db[l])])


def from_vector(net: Network, v: ArrayLike) -> Network:
    """A network shaped like `net` with the parameters of `v`, in the order of `to_vector`.

    Raises
    ------
    ValueError
        If v has another length or entries that are not finite.
    """
    check_network(net)
    size = sum(net.W[l].size + net.b[l].size for l in net.W)
    v = as_floats("v", v, (size,), dtype=net.dtype).copy()
    W, b = _core.views(net, v)
    return Network(W, b, net.s)
