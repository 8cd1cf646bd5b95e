"""From what a reader may hand in to what the core trusts: whose activation, whose loss?

The book's own functions keep shape and dtype, and the core calls their mathematics directly. A
function of a reader's is asked for both at each call, so that nothing is broadcast and a network of
float32 stays one. Whose a function is, is told by the function itself, never by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from handgrad import activations, losses


def _function(f):
    """f, or what it calls if a parameter (a slope, a number of pieces) was put in beforehand."""
    return f.func if isinstance(f, partial) else f


_OURS = {
    _function(f)
    for s in (*activations.ACTIVATIONS.values(), activations.SOFTMAX)
    for f in (s.value, s.derivative)
}


def is_activation(s, name):
    """Whether s computes the book's activation of this name: told by its function."""
    return _function(s.value) is _function(activations.get(name).value)


def is_last(s, wanted):
    """Whether s is the activation that a loss wants in the last layer: an Activation or a name."""
    if isinstance(wanted, activations.Activation):
        return s.value is wanted.value
    if wanted in (*activations.ACTIVATIONS, activations.SOFTMAX.name):
        return is_activation(s, wanted)
    return s.name == wanted


def activation(s):
    """The Activation s, with its functions asked at each call if they are not the book's."""
    if {_function(s.value), _function(s.derivative)} <= _OURS:
        return s

    def value(z):
        shape = (*z.shape[:-1], z.shape[-1] // s.pieces)
        return _answer(f"activation {s.name!r}, value", s.value(z), shape, z.dtype)

    def derivative(z):
        return _answer(f"activation {s.name!r}, derivative", s.derivative(z), z.shape, z.dtype)

    return replace(s, value=value, derivative=derivative)


def network(net):
    """The Network net, with every activation as `activation` gives it."""
    s = {l: activation(s_l) for l, s_l in net.s.items()}
    return net if all(s[l] is net.s[l] for l in s) else replace(net, s=s)


@dataclass(frozen=True)
class Trusted:
    """A loss as the core takes it; with ``cancels``, δ^L is (ŷ - y) / n."""

    value: Callable
    gradient: Callable
    of: str
    cancels: bool


_CANCELS = {
    losses.binary_cross_entropy_from_z_grad: "sigmoid",
    losses.softmax_cross_entropy_grad: "softmax",
}


def loss(loss, last):
    """The Loss as Trusted, for a network whose last activation is `last`."""
    partner = _CANCELS.get(loss.gradient)
    cancels = loss.of == "z" and partner is not None and is_activation(last, partner)
    value, gradient = losses.MATHEMATICS.get(loss.value), losses.MATHEMATICS.get(loss.gradient)
    return Trusted(value or _value(loss), gradient or _gradient(loss), loss.of, cancels)


def _value(loss):
    def value(prediction, Y):
        what = f"loss {loss.name!r}, value"
        return float(_answer(what, loss.value(prediction, Y), (), np.float64))

    return value


def _gradient(loss):
    def gradient(prediction, Y):
        what, got = f"loss {loss.name!r}, gradient", loss.gradient(prediction, Y)
        return _answer(what, got, prediction.shape, prediction.dtype)

    return gradient


def step(optimizer, v, dv, state):
    """(v, state) after one step, which must be shaped like v."""
    answer = optimizer.step(v.copy(), dv.copy(), state)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise TypeError(f"optimizer, step: expected (v, state), got a {type(answer).__name__}")
    return _answer("optimizer, step", answer[0], v.shape, v.dtype), answer[1]


def _answer(what, got, shape, dtype):
    """What a reader's function gave, as an array of this shape and dtype."""
    array = np.asarray(got)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what}: expected real numbers, got entries of type {array.dtype}")
    if array.shape != shape:
        wanted = f"shape {shape}" if shape else "one number"
        hint = "" if array.ndim else "; try numpy.full_like for one number everywhere"
        raise ValueError(f"{what}: expected {wanted}, got shape {array.shape}{hint}")
    return array.astype(dtype, copy=False)
