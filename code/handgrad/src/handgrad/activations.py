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
cannot overflow and keeps all digits on both sides of 0. float32 stays float32, all else becomes
float64; what is no real number is a TypeError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from handgrad._arrays import as_count, as_number
from handgrad._types import Array, ArrayLike

KEPT = np.dtype(np.float64), np.dtype(np.float32)

# The two constants of SELU: with them a mean of 0 and a variance of 1 stay what they are
# (Klambauer et al. 2017, equation 14).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _floats(z):
    """z as an array of float64, or of float32 if it is that already."""
    if isinstance(z, (np.ndarray, np.generic)) and z.dtype in KEPT:
        return np.asarray(z)
    try:
        given = np.asarray(z)
    except ValueError:
        raise ValueError("z: expected rows of equal length, got ragged ones") from None
    if given.dtype.kind not in "fiub":
        raise TypeError(f"z: expected real numbers, got {_shown(z, given)}")
    return given.astype(np.float64)


def _shown(z, given):
    return repr(z) if given.ndim == 0 else f"entries of type {given.dtype}"


# ---- s(z) above, s'(z) below ---------------------------------------------------------------


def identity(z: ArrayLike) -> Array:
    """s(z) = z."""
    return +_floats(z)


def identity_prime(z: ArrayLike) -> Array:
    """s'(z) = 1."""
    return np.ones_like(_floats(z))[()]


def step(z: ArrayLike) -> Array:
    """s(z) = 1 for z >= 0, else 0."""
    return np.heaviside(_floats(z), 1.0)


def step_prime(z: ArrayLike) -> Array:
    """s'(z) = 0. Undefined at the jump z = 0, where 0 is used."""
    return np.zeros_like(_floats(z))[()]


def sigmoid(z: ArrayLike) -> Array:
    """s(z) = 1 / (1 + exp(-z)), which is exp(z) / (1 + exp(z)) for z < 0."""
    z = _floats(z)
    return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))


def sigmoid_prime(z: ArrayLike) -> Array:
    """s'(z) = s(z) (1 - s(z)) = exp(-z) / (1 + exp(-z))^2, an even function of z."""
    e = np.exp(-np.abs(_floats(z)))
    return e / (1.0 + e) ** 2


def tanh(z: ArrayLike) -> Array:
    """s(z) = tanh(z) = 2 sigmoid(2 z) - 1."""
    return np.tanh(_floats(z))


def tanh_prime(z: ArrayLike) -> Array:
    """s'(z) = 1 - tanh(z)^2 = 4 sigmoid'(2 z)."""
    e = np.exp(-2.0 * np.abs(_floats(z)))
    return 4.0 * e / (1.0 + e) ** 2


def arctan(z: ArrayLike) -> Array:
    """s(z) = arctan(z)."""
    return np.arctan(_floats(z))


def arctan_prime(z: ArrayLike) -> Array:
    """s'(z) = 1 / (1 + z^2)."""
    return 1.0 / (1.0 + _floats(z) ** 2)


def relu(z: ArrayLike) -> Array:
    """s(z) = max(0, z)."""
    return np.maximum(_floats(z), 0.0)


def relu_prime(z: ArrayLike) -> Array:
    """s'(z) = 1 for z > 0, else 0. Undefined at z = 0, where 0 is used."""
    z = _floats(z)
    return (z > 0).astype(z.dtype)


def leaky_relu(z: ArrayLike, slope: float = 0.01) -> Array:
    """s(z) = z for z > 0, else slope * z, with a fixed slope."""
    z, slope = _floats(z), as_number("slope", slope)
    return np.where(z > 0, z, slope * z)[()]


def leaky_relu_prime(z: ArrayLike, slope: float = 0.01) -> Array:
    """s'(z) = 1 for z > 0, else slope. Undefined at z = 0, where slope is used."""
    z, slope = _floats(z), as_number("slope", slope)
    return np.where(z > 0, z.dtype.type(1), z.dtype.type(slope))[()]


def prelu(z: ArrayLike, slope: float) -> Array:
    """s(z) = z for z > 0, else slope * z: leaky ReLU with a slope that is learned."""
    return leaky_relu(z, slope)


def prelu_prime(z: ArrayLike, slope: float) -> Array:
    """s'(z) = 1 for z > 0, else slope. Undefined at z = 0, where slope is used."""
    return leaky_relu_prime(z, slope)


def prelu_dslope(z: ArrayLike, slope: float | None = None) -> Array:
    """ds/dslope = 0 for z > 0, else z. PReLU is linear in `slope`, so its value plays no part."""
    return np.minimum(_floats(z), 0.0)


def elu(z: ArrayLike, alpha: float = 1.0) -> Array:
    """s(z) = z for z > 0, else alpha (exp(z) - 1)."""
    z, alpha = _floats(z), as_number("alpha", alpha)
    return np.maximum(z, 0.0) + alpha * np.expm1(np.minimum(z, 0.0))


def elu_prime(z: ArrayLike, alpha: float = 1.0) -> Array:
    """s'(z) = 1 for z > 0, else alpha exp(z). Undefined at z = 0 unless alpha = 1: alpha there."""
    z, alpha = _floats(z), as_number("alpha", alpha)
    return np.where(z > 0, z.dtype.type(1), alpha * np.exp(np.minimum(z, 0.0)))[()]


def selu(z: ArrayLike) -> Array:
    """s(z) = 1.0507 z for z > 0, else 1.0507 · 1.6733 (exp(z) - 1): a scaled ELU."""
    return SELU_SCALE * elu(z, SELU_ALPHA)


def selu_prime(z: ArrayLike) -> Array:
    """s'(z) = 1.0507 for z > 0, else 1.0507 · 1.6733 exp(z). At z = 0 the latter is used."""
    return SELU_SCALE * elu_prime(z, SELU_ALPHA)


def softplus(z: ArrayLike) -> Array:
    """s(z) = ln(1 + exp(z)) = max(0, z) + ln(1 + exp(-abs(z)))."""
    z = _floats(z)
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def softplus_prime(z: ArrayLike) -> Array:
    """s'(z) = sigmoid(z)."""
    return sigmoid(z)


def swish(z: ArrayLike) -> Array:
    """s(z) = z sigmoid(z), which is also called SiLU."""
    z = _floats(z)
    return z * sigmoid(z)


def swish_prime(z: ArrayLike) -> Array:
    """s'(z) = sigmoid(z) + z sigmoid'(z)."""
    z = _floats(z)
    return sigmoid(z) + z * sigmoid_prime(z)


def softsign(z: ArrayLike) -> Array:
    """s(z) = z / (1 + abs(z))."""
    z = _floats(z)
    return z / (1.0 + np.abs(z))


def softsign_prime(z: ArrayLike) -> Array:
    """s'(z) = 1 / (1 + abs(z))^2."""
    return 1.0 / (1.0 + np.abs(_floats(z))) ** 2


def hard_sigmoid(z: ArrayLike) -> Array:
    """s(z) = z / 6 + 1/2, cut off at 0 and 1: straight lines in place of the sigmoid."""
    return np.clip(_floats(z) / 6.0 + 0.5, 0.0, 1.0)


def hard_sigmoid_prime(z: ArrayLike) -> Array:
    """s'(z) = 1/6 for -3 < z < 3, else 0. Undefined at z = -3 and 3, where 0 is used."""
    z = _floats(z)
    return (np.abs(z) < 3.0).astype(z.dtype) / 6.0


def maxout(z: ArrayLike, pieces: int = 2) -> Array:
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


def maxout_prime(z: ArrayLike, pieces: int = 2) -> Array:
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
    return (np.arange(pieces) == winner).astype(z.dtype).reshape(*z.shape[:-2], -1)


def _by_neuron(z, pieces):
    """z (n, d * pieces) as (n, d, pieces)."""
    z, pieces = _floats(z), as_count("pieces", pieces, low=1)
    if z.ndim == 0 or z.shape[-1] % pieces:
        raise ValueError(f"maxout: expected z of shape (n, d * {pieces}), got {z.shape}")
    return z.reshape(*z.shape[:-1], z.shape[-1] // pieces, pieces)


def softmax(z: ArrayLike) -> Array:
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
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"softmax: expected z of shape (n, K), got {z.shape}")
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_prime(z: ArrayLike) -> Array:
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
    expression : callable or None
        Of an activation of your own: sympy symbol z -> s(z) as a sympy expression, as in
        ``lambda z: z / (1 + sympy.exp(-z))``. `handgrad.symbolic` needs it; the book's own
        activations are known to it.

    `handgrad.check.meets` runs an activation of your own through every check that those here
    pass.

    Raises
    ------
    TypeError, ValueError
        If a part is not of its kind.
    """

    name: str
    value: Callable = field(repr=False)
    derivative: Callable = field(repr=False)
    kinks: tuple = ()
    pieces: int = 1
    parameter: float | None = None
    dslope: Callable | None = field(default=None, repr=False)
    expression: Callable | None = field(default=None, repr=False)

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise TypeError(f"name: expected a string, got {self.name!r}")
        for part in ("value", "derivative"):
            _check_callable(part, getattr(self, part))
        for part in ("dslope", "expression"):
            if getattr(self, part) is not None:
                _check_callable(part, getattr(self, part))
        if not isinstance(self.kinks, tuple):
            raise TypeError(f"kinks: expected a tuple of numbers, got {self.kinks!r}")
        for kink in self.kinks:
            as_number("kinks", kink)
        as_count("pieces", self.pieces, low=1)
        if self.parameter is not None:
            as_number("parameter", self.parameter)

    def spread(self, da: Array) -> Array:
        """da (n, d) shaped like z: each piece of a maxout neuron is given the neuron's da.

        For every other activation this is da itself.
        """
        return da if self.pieces == 1 else np.repeat(da, self.pieces, axis=-1)

    @property
    def of_the_book(self) -> bool:
        """True if value and derivative are those of this module under this name.

        A name alone says nothing: ``Activation("tanh", ...)`` may hold any function.
        """
        known = SOFTMAX if self.name == SOFTMAX.name else ACTIVATIONS.get(self.name)
        return known is not None and all(
            _same_function(getattr(self, part), getattr(known, part), self.parameter, self.pieces)
            for part in ("value", "derivative")
        )


def _check_callable(part, given):
    if not callable(given):
        raise TypeError(f"{part}: expected a function of z, got {given!r}")


def _same_function(given, known, parameter, pieces):
    """Is it the known function, with this slope, alpha or number of pieces filled in?"""
    filled = getattr(given, "keywords", {})
    said = {name: pieces if name == "pieces" else parameter for name in filled}
    return (
        getattr(given, "func", given) is getattr(known, "func", known)
        and filled.keys() == getattr(known, "keywords", {}).keys()
        and not getattr(given, "args", ())
        and filled == said
    )


def leaky_relu_with(slope: float) -> Activation:
    """The Activation leaky_relu with this slope."""
    slope = as_number("slope", slope)
    value, derivative = (partial(f, slope=slope) for f in (leaky_relu, leaky_relu_prime))
    return Activation("leaky_relu", value, derivative, kinks=(0.0,), parameter=slope)


def prelu_with(slope: float) -> Activation:
    """The Activation prelu with this slope."""
    slope = as_number("slope", slope)
    value, derivative = (partial(f, slope=slope) for f in (prelu, prelu_prime))
    return Activation(
        "prelu", value, derivative, kinks=(0.0,), parameter=slope, dslope=prelu_dslope
    )


def elu_with(alpha: float) -> Activation:
    """The Activation elu with this alpha."""
    alpha = as_number("alpha", alpha)
    value, derivative = (partial(f, alpha=alpha) for f in (elu, elu_prime))
    return Activation("elu", value, derivative, kinks=() if alpha == 1 else (0.0,), parameter=alpha)


def maxout_with(pieces: int) -> Activation:
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
        Activation("selu", selu, selu_prime, kinks=(0.0,)),
        Activation("swish", swish, swish_prime),
        Activation("softsign", softsign, softsign_prime),
        Activation("hard_sigmoid", hard_sigmoid, hard_sigmoid_prime, kinks=(-3.0, 3.0)),
        maxout_with(2),
    )
}

#: For the last layer only, with the loss softmax_cross_entropy.
SOFTMAX = Activation("softmax", softmax, softmax_prime)


def get(name_or_activation: str | Activation) -> Activation:
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
