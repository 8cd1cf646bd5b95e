"""Activations: a = s(z), and beside each its derivative s'(z).

=========  ====================================  ==================  ====================
symbol     meaning                               shape               in code
=========  ====================================  ==================  ====================
z          weighted sum that enters a layer      (n, d)              ``z``
a          activation that leaves it, a = s(z)   (n, d)              ``sigmoid(z)``, ...
s'(z)      derivative ds/dz                      as z                ``sigmoid_prime(z)``
k          pieces of one maxout neuron           int                 ``pieces``
=========  ====================================  ==================  ====================

Every derivative takes **z**, never a. Each function works entry by entry on an array of any shape
and on a plain number; only `maxout` and `softmax` join the entries of the last axis. All are
finite, and raise no warning, for z of +-1000. The exponentials take ``-abs(z)`` or min(z, 0), which
cannot overflow and keeps all digits on both sides of 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from handgrad._arrays import as_count, as_number


def _floats(z):
    return np.asarray(z, dtype=np.float64)


# ---- s(z) above, s'(z) below ---------------------------------------------------------------


def identity(z):
    """s(z) = z."""
    return +_floats(z)


def identity_prime(z):
    """s'(z) = 1."""
    return np.ones_like(_floats(z))[()]


def step(z):
    """s(z) = 1 for z >= 0, else 0."""
    return np.heaviside(_floats(z), 1.0)


def step_prime(z):
    """s'(z) = 0. Undefined at the jump z = 0, where 0 is used."""
    return np.zeros_like(_floats(z))[()]


def sigmoid(z):
    """s(z) = 1 / (1 + exp(-z)), which is exp(z) / (1 + exp(z)) for z < 0."""
    z = _floats(z)
    return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))


def sigmoid_prime(z):
    """s'(z) = s(z) (1 - s(z)) = exp(-z) / (1 + exp(-z))^2, an even function of z."""
    e = np.exp(-np.abs(_floats(z)))
    return e / (1.0 + e) ** 2


def tanh(z):
    """s(z) = tanh(z) = 2 sigmoid(2 z) - 1."""
    return np.tanh(_floats(z))


def tanh_prime(z):
    """s'(z) = 1 - tanh(z)^2 = 4 sigmoid'(2 z)."""
    e = np.exp(-2.0 * np.abs(_floats(z)))
    return 4.0 * e / (1.0 + e) ** 2


def arctan(z):
    """s(z) = arctan(z)."""
    return np.arctan(_floats(z))


def arctan_prime(z):
    """s'(z) = 1 / (1 + z^2)."""
    return 1.0 / (1.0 + _floats(z) ** 2)


def relu(z):
    """s(z) = max(0, z)."""
    return np.maximum(_floats(z), 0.0)


def relu_prime(z):
    """s'(z) = 1 for z > 0, else 0. Undefined at z = 0, where 0 is used."""
    return (_floats(z) > 0).astype(np.float64)


def leaky_relu(z, slope=0.01):
    """s(z) = z for z > 0, else slope * z, with a fixed slope."""
    z = _floats(z)
    return np.where(z > 0, z, slope * z)[()]


def leaky_relu_prime(z, slope=0.01):
    """s'(z) = 1 for z > 0, else slope. Undefined at z = 0, where slope is used."""
    return np.where(_floats(z) > 0, 1.0, slope)[()]


def prelu(z, slope):
    """s(z) = z for z > 0, else slope * z: leaky ReLU with a slope that is learned."""
    return leaky_relu(z, slope)


def prelu_prime(z, slope):
    """s'(z) = 1 for z > 0, else slope. Undefined at z = 0, where slope is used."""
    return leaky_relu_prime(z, slope)


def prelu_dslope(z, slope=None):
    """ds/dslope = 0 for z > 0, else z. PReLU is linear in `slope`, so its value plays no part."""
    return np.minimum(_floats(z), 0.0)


def elu(z, alpha=1.0):
    """s(z) = z for z > 0, else alpha (exp(z) - 1)."""
    z = _floats(z)
    return np.maximum(z, 0.0) + alpha * np.expm1(np.minimum(z, 0.0))


def elu_prime(z, alpha=1.0):
    """s'(z) = 1 for z > 0, else alpha exp(z). Undefined at z = 0 unless alpha = 1; alpha is used."""
    z = _floats(z)
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))[()]


def softplus(z):
    """s(z) = ln(1 + exp(z)) = max(0, z) + ln(1 + exp(-abs(z)))."""
    z = _floats(z)
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def softplus_prime(z):
    """s'(z) = sigmoid(z)."""
    return sigmoid(z)


def maxout(z, pieces=2):
    """The largest of the `pieces` weighted sums of each neuron.

    Parameters
    ----------
    z : array (n, d * pieces)
        The pieces of neuron j are neighbours: columns j * pieces to (j + 1) * pieces - 1.
    pieces : int

    Returns
    -------
    array (n, d)
    """
    return _by_neuron(z, pieces).max(axis=-1)


def maxout_prime(z, pieces=2):
    """da/dz of maxout: 1 for the piece that is the largest of its neuron, 0 for the others.

    Undefined where pieces tie; the first of them is used.

    Parameters
    ----------
    z : array (n, d * pieces)
    pieces : int

    Returns
    -------
    array (n, d * pieces)
    """
    z = _by_neuron(z, pieces)
    winner = z.argmax(axis=-1)[..., np.newaxis]
    return (np.arange(pieces) == winner).astype(np.float64).reshape(*z.shape[:-2], -1)


def _by_neuron(z, pieces):
    """z (n, d * pieces) as (n, d, pieces)."""
    z = _floats(z)
    if z.ndim == 0 or z.shape[-1] % pieces:
        raise ValueError(f"maxout: expected z of shape (n, d * {pieces}), got {z.shape}")
    return z.reshape(*z.shape[:-1], z.shape[-1] // pieces, pieces)


def softmax(z):
    """exp(z_j) / sum_k exp(z_k) over the last axis; z is shifted by its maximum, which cancels.

    Parameters
    ----------
    z : array (n, K)

    Returns
    -------
    array (n, K)
        Rows that sum to 1.
    """
    z = _floats(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_prime(z):
    """Refused: every output of softmax depends on every input, so no s'(z) fits entry by entry."""
    raise ValueError(
        "softmax has no derivative entry by entry: expected it in the last layer with the loss "
        "'softmax_cross_entropy', whose gradient with respect to z is (y_hat - Y) / n"
    )


# ---- by name -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """An activation together with its derivative.

    Attributes
    ----------
    name : str
    value : callable
        z -> a.
    derivative : callable
        z -> s'(z), from z and shaped like it.
    kinks : tuple of float
        The z at which the derivative is undefined. (Maxout has its kinks where pieces tie.)
    pieces : int
        1; for maxout k: then z is (n, d * k) and a is (n, d).
    parameter : float or None
        The slope of leaky ReLU and PReLU, the alpha of ELU.
    dslope : callable or None
        z -> da/dslope where the slope is learned (PReLU), else None.
    """

    name: str
    value: Callable = field(repr=False)
    derivative: Callable = field(repr=False)
    kinks: tuple = ()
    pieces: int = 1
    parameter: float | None = None
    dslope: Callable | None = field(default=None, repr=False)

    def spread(self, da):
        """da (n, d) shaped like z: each piece of a maxout neuron is given the neuron's da.

        For every other activation this is da itself.
        """
        return da if self.pieces == 1 else np.repeat(da, self.pieces, axis=-1)


def leaky_relu_with(slope):
    """The Activation leaky_relu with this slope."""
    slope = as_number("slope", slope)
    value, derivative = (partial(f, slope=slope) for f in (leaky_relu, leaky_relu_prime))
    return Activation("leaky_relu", value, derivative, kinks=(0.0,), parameter=slope)


def prelu_with(slope):
    """The Activation prelu with this slope."""
    slope = as_number("slope", slope)
    value, derivative = (partial(f, slope=slope) for f in (prelu, prelu_prime))
    return Activation(
        "prelu", value, derivative, kinks=(0.0,), parameter=slope, dslope=prelu_dslope
    )


def elu_with(alpha):
    """The Activation elu with this alpha."""
    alpha = as_number("alpha", alpha)
    value, derivative = (partial(f, alpha=alpha) for f in (elu, elu_prime))
    return Activation("elu", value, derivative, kinks=() if alpha == 1 else (0.0,), parameter=alpha)


def maxout_with(pieces):
    """The Activation maxout with this number of pieces."""
    pieces = as_count("pieces", pieces, low=2)
    value, derivative = (partial(f, pieces=pieces) for f in (maxout, maxout_prime))
    return Activation("maxout", value, derivative, pieces=pieces)


#: The activations for any layer, by name.
ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("identity", identity, identity_prime),
        Activation("step", step, step_prime, kinks=(0.0,)),
        Activation("sigmoid", sigmoid, sigmoid_prime),
        Activation("tanh", tanh, tanh_prime),
        Activation("arctan", arctan, arctan_prime),
        Activation("relu", relu, relu_prime, kinks=(0.0,)),
        leaky_relu_with(0.01),
        prelu_with(0.25),
        elu_with(1.0),
        Activation("softplus", softplus, softplus_prime),
        maxout_with(2),
    )
}

#: For the last layer only, with the loss softmax_cross_entropy.
SOFTMAX = Activation("softmax", softmax, softmax_prime)


def get(name_or_activation):
    """The Activation of this name; an Activation is returned as it is.

    Raises
    ------
    ValueError
        If no activation has this name.
    TypeError
        If it is neither a name nor an Activation.
    """
    if isinstance(name_or_activation, Activation):
        return name_or_activation
    if not isinstance(name_or_activation, str):
        raise TypeError(f"activation: expected a name or an Activation, got {name_or_activation!r}")
    if name_or_activation == SOFTMAX.name:
        return SOFTMAX
    if name_or_activation not in ACTIVATIONS:
        names = ", ".join([*ACTIVATIONS, SOFTMAX.name])
        raise ValueError(f"activation: expected one of {names}; got {name_or_activation!r}")
    return ACTIVATIONS[name_or_activation]
