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

Functions check what they are given. In a loop that has checked its arrays once, ``check=False``
saves that time.
"""

from dataclasses import dataclass

import numpy as np

from handgrad import activations, losses
from handgrad._arrays import as_count, as_floats, as_number, as_rng


@dataclass(frozen=True, eq=False)
class Network:
    """Weights, biases and activations, each a dictionary keyed by the layer l = 2..L.

    Made by `make_network` or `random_network`, which check that everything fits.
    """

    W: dict
    b: dict
    s: dict

    @property
    def L(self):
        """Number of layers, with the input as layer 1."""
        return len(self.W) + 1

    @property
    def sizes(self):
        """Neurons of layers 1..L, a tuple."""
        later = (self.W[l].shape[1] // self.s[l].pieces for l in range(2, self.L + 1))
        return (self.W[2].shape[0], *later)


@dataclass(frozen=True, eq=False)
class Cache:
    """What forward computed: a {1..L} and z {2..L}."""

    a: dict
    z: dict

    @property
    def y_hat(self):
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


def forward(net, X, *, check=True):
    """Compute z^l = a^{l-1} W^l + b^l and a^l = s_l(z^l) for l = 2..L.

    Parameters
    ----------
    net : Network
    X : array (n, d_1)
    check : bool
        False takes X as it is: float64, of this shape, finite.

    Returns
    -------
    Cache

    Raises
    ------
    ValueError
        If X has another shape, no samples, or entries that are not finite.
    """
    if check:
        X = as_floats("X", X, ("n", net.W[2].shape[0]))
    a, z = {1: X}, {}
    for l in range(2, net.L + 1):
        z[l] = a[l - 1] @ net.W[l] + net.b[l]
        a[l] = net.s[l].value(z[l])
    return Cache(a, z)


def output_delta(net, cache, Y, loss="half_squared_error", *, check=True):
    """δ^L = ∂J/∂a^L ⊙ s'(z^L); for a loss of z, δ^L = ∂J/∂z^L is its gradient.

    Parameters
    ----------
    net : Network
    cache : Cache
    Y : array (n, d_L)
    loss : str or Loss
        Where check is false, a Loss from `loss_for`, unchecked.
    check : bool
        False takes Y as it is: float64, of this shape, finite, suiting the loss.

    Returns
    -------
    array (n, d_L)

    Raises
    ------
    ValueError
        If Y is not shaped like the prediction, or the loss wants another last activation.
    """
    if check:
        loss = loss_for(net, loss)
        Y = as_floats("Y", Y, cache.y_hat.shape)
    z_L = cache.z[net.L]
    if loss.of == "z":
        return loss.gradient(z_L, Y)
    s_L = net.s[net.L]
    return s_L.spread(loss.gradient(cache.y_hat, Y)) * s_L.derivative(z_L)


def backward(net, cache, delta_L, *, inputs=True, check=True):
    """From δ^L to the gradients of all weights, biases and inputs.

    δ^l = (δ^{l+1} (W^{l+1})ᵀ) ⊙ s'(z^l), ∂J/∂W^l = (a^{l-1})ᵀ δ^l, ∂J/∂b^l = column sums of δ^l.

    Parameters
    ----------
    net : Network
    cache : Cache
        From `forward` with the same network.
    delta_L : array (n, d_L)
        From `output_delta`.
    inputs : bool
        False leaves out ∂J/∂X, which training does not need; then dx is None.

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        If delta_L is not shaped like z^L.
    """
    if check:
        delta_L = as_floats("delta_L", delta_L, cache.z[net.L].shape)
    a, z, W, s = cache.a, cache.z, net.W, net.s
    delta = {net.L: delta_L}
    for l in range(net.L - 1, 1, -1):
        delta[l] = s[l].spread(delta[l + 1] @ W[l + 1].T) * s[l].derivative(z[l])
    dW = {l: a[l - 1].T @ delta[l] for l in W}
    db = {l: delta[l].sum(axis=0) for l in W}
    dx = delta[2] @ W[2].T if inputs else None
    return Gradients(dW, db, delta, dx)


def gradients(net, X, Y, loss="half_squared_error"):
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
    loss = loss_for(net, loss)
    cache = forward(net, X)
    delta_L = output_delta(net, cache, Y, loss)
    J = loss.value(cache.z[net.L] if loss.of == "z" else cache.y_hat, Y)
    return J, backward(net, cache, delta_L)


def cost(net, X, Y, loss="half_squared_error", *, check=True):
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
    if check:
        loss = loss_for(net, loss)
    cache = forward(net, X, check=check)
    return loss.value(cache.z[net.L] if loss.of == "z" else cache.y_hat, Y)


def slope_gradients(net, X, Y, loss="half_squared_error"):
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


def update(net, grads, learning_rate):
    """One step of gradient descent: W^l - η ∂J/∂W^l and b^l - η ∂J/∂b^l, as a new Network."""
    W = {l: net.W[l] - learning_rate * grads.dW[l] for l in net.W}
    b = {l: net.b[l] - learning_rate * grads.db[l] for l in net.b}
    return Network(W, b, net.s)


# ---- making networks -----------------------------------------------------------------------


def make_network(W, b=None, activation="sigmoid"):
    """A network from given weights and biases.

    Parameters
    ----------
    W : list of arrays (d_{l-1}, d_l), or dict of them
        For layers 2..L in turn; a dict is keyed by these layers. Copied.
    b : list of arrays (d_l,), or dict of them, optional
        Zeros if left out. Copied.
    activation : str or Activation, or a list or dict of them
        One for all layers, or one for each of the layers 2..L.

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError
        If a weight is not a finite number, sizes do not chain, or an activation does not fit.
    """
    shape = ("d_in", "d_out")
    W = {l: as_floats(f"W[{l}]", M, shape).copy() for l, M in _by_layer("W", W).items()}
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
    b = _by_layer("b", b, L=len(W) + 1)
    b = {l: as_floats(f"b[{l}]", b[l], (W[l].shape[1],)).copy() for l in W}
    return Network(W, b, s)


def random_network(sizes, activation="sigmoid", *, rng, scheme="xavier", scale=None):
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

    Returns
    -------
    Network
    """
    rng = as_rng(rng, "for the random weights")
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
    if scheme not in spread:
        raise ValueError(f"scheme: expected one of {', '.join(spread)}; got {scheme!r}")
    s = _activations(activation, L=len(sizes))
    uniform = scheme == "uniform"
    draw = (lambda shape: rng.uniform(-1.0, 1.0, shape)) if uniform else rng.standard_normal
    W = {
        l: spread[scheme](d_in, d_out) * draw((d_in, d_out * s[l].pieces))
        for l, (d_in, d_out) in enumerate(zip(sizes, sizes[1:]), start=2)
    }
    return make_network(W, activation=s)


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
        if s[l].name == "softmax":
            raise ValueError(f"activation: expected softmax in the last layer only, got it in {l}")
    return s


def loss_for(net, loss):
    """The Loss of this name, if it suits the last activation of the network.

    Raises
    ------
    ValueError
        If the loss is of z and the last layer has another activation than it wants, or the last
        layer is softmax and the loss is not softmax_cross_entropy.
    """
    loss, last = losses.get(loss), net.s[net.L].name
    if loss.last is not None and last != loss.last:
        raise ValueError(
            f"loss {loss.name!r}: expected activation {loss.last!r} in the last layer, got {last!r}"
        )
    if last == "softmax" and loss.last != "softmax":
        raise ValueError(
            f"activation 'softmax': expected the loss 'softmax_cross_entropy', got {loss.name!r}"
        )
    return loss


# ---- all parameters in one vector ----------------------------------------------------------


def to_vector(net):
    """All parameters in one vector: W^2 row by row, b^2, W^3, b^3, ..."""
    return np.concatenate([p.ravel() for l in net.W for p in (net.W[l], net.b[l])])


def gradient_vector(grads):
    """The gradients in the order of `to_vector`."""
    return np.concatenate([d.ravel() for l in sorted(grads.dW) for d in (grads.dW[l], grads.db[l])])


def from_vector(net, v, *, check=True):
    """A network shaped like `net` with the parameters of `v`, in the order of `to_vector`.

    Raises
    ------
    ValueError
        If v has another length or entries that are not finite.
    """
    if check:
        v = as_floats("v", v, (sum(net.W[l].size + net.b[l].size for l in net.W),)).copy()
    W, b, start = {}, {}, 0
    for l in net.W:
        W[l] = v[start : start + net.W[l].size].reshape(net.W[l].shape)
        start += W[l].size
        b[l] = v[start : start + net.b[l].size]
        start += b[l].size
    return Network(W, b, net.s)
