r"""The local relations of a network and their derivatives, each worked out by sympy.

    z = a w + b + …          ∂z/∂a = w, ∂z/∂w = a, ∂z/∂b = 1
    a = s(z)                 ∂a/∂z = s'(z)
    J = loss(a, y) + …       ∂J/∂a

There is one relation a kind, not one an edge: sympy differentiates each kind once (the results
are cached), and every edge of that kind gets the result with its own symbols put in.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from handgrad import activations

a, b, w, y, z, rest = sp.symbols("a b w y z rest", real=True)
a_other, z_other, p = sp.symbols("a_other z_other p", real=True)  # p: a slope or an alpha

_sigmoid = 1 / (1 + sp.exp(-z))


def _joined(below, above, at=0):
    """``above`` for z > at, else ``below``."""
    return sp.Piecewise((above, z > at), (below, True))


# name -> (s(z), what a textbook writes for it, a substitution that brings a = s(z) back in)
ACTIVATIONS = {
    "identity": (z, r"\mathrm{id}", {}),
    "sigmoid": (_sigmoid, r"\sigma", {sp.exp(-z): (1 - a) / a}),
    "tanh": (sp.tanh(z), r"\tanh", {sp.tanh(z): a}),
    "arctan": (sp.atan(z), r"\arctan", {}),
    "relu": (_joined(0, z), r"\mathrm{relu}", {}),
    "leaky_relu": (_joined(p * z, z), r"\mathrm{lrelu}", {}),
    "prelu": (_joined(p * z, z), r"\mathrm{prelu}", {}),
    "elu": (_joined(p * (sp.exp(z) - 1), z), r"\mathrm{elu}", {}),
    "softplus": (sp.log(1 + sp.exp(z)), r"\mathrm{softplus}", {}),
    "selu": (
        _joined(
            sp.Float(activations.SELU_SCALE) * sp.Float(activations.SELU_ALPHA) * (sp.exp(z) - 1),
            sp.Float(activations.SELU_SCALE) * z,
        ),
        r"\mathrm{selu}",
        {},
    ),
    "swish": (z * _sigmoid, r"\mathrm{swish}", {}),
    "softsign": (z / (1 + sp.Abs(z)), r"\mathrm{softsign}", {sp.sign(z): sp.Abs(z) / z}),
    "hard_sigmoid": (
        sp.Piecewise((z / 6 + sp.Rational(1, 2), sp.Abs(z) < 3), (0, z < 0), (1, True)),
        r"\mathrm{hsigmoid}",
        {},
    ),
}

# name -> the part of J that one output contributes; the other outputs are in `rest`
LOSSES = {
    "half_squared_error": (a - y) ** 2 / 2,
    "sum_of_squares": (a - y) ** 2,
    "binary_cross_entropy": -y * sp.log(a) - (1 - y) * sp.log(1 - a),
    "softmax_cross_entropy": -y * sp.log(a),
}


@dataclass(frozen=True)
class Formula:
    """What is known of the activation of one layer.

    ``s``: s(z) as an expression in ``z``, with numbers for a slope or an alpha. ``letters``: what
    stands before (z) where the derivative is written with a prime, or None. ``shorter``: pairs
    (what, by what) that bring a = s(z) back into the derivative.
    """

    s: sp.Expr
    letters: str | None
    shorter: tuple = ()


#: where an activation of one's own is held against its formula
PROBES = np.array([-2.3, -0.7, 0.4, 1.9])


def unknown(layer):
    """The Formula of the function of which nothing is said but its name, s_l."""
    return Formula(sp.Function(f"s_{layer}")(z), None)


def formula(activation):
    """The Formula of an :class:`handgrad.activations.Activation`.

    The book's are known by their functions, not by a name that anything may bear; one's own must
    bring its formula, which is held against its values and its derivative.

    Raises
    ------
    ValueError
        If it has none, or one that says something else than its functions.
    """
    if activation.of_the_book:
        if activation.name not in ACTIVATIONS:
            raise ValueError(
                f"activation: expected 's' or one of {', '.join(ACTIVATIONS)}, or softmax in the "
                f"last layer; got {activation.name!r}, which has no formula here"
            )
        s, letters, shorter = ACTIVATIONS[activation.name]
        return Formula(s.xreplace({p: _number(activation.parameter)}), letters, (*shorter.items(),))
    if activation.expression is None:
        raise ValueError(
            f"activation: expected one of the book's, or one that gives its formula, as in "
            f"Activation({activation.name!r}, value, derivative, expression=lambda z: "
            f"z / (1 + sympy.exp(-z))); got one named {activation.name!r} without"
        )
    s = sp.sympify(activation.expression(z))
    if not s.free_symbols <= {z}:
        raise ValueError(f"activation {activation.name!r}: expected a formula in z, got {s}")
    _hold_against(activation, s)
    return Formula(s, rf"\mathrm{{{activation.name.replace('_', ' ')}}}")


def _number(parameter):
    value = 0 if parameter is None else parameter
    return sp.Integer(value) if value == int(value) else sp.Float(value)


def _hold_against(activation, s):
    """Raise ValueError unless value and derivative are those of the formula s, where probed."""
    pairs = ((activation.value, s, "value"), (activation.derivative, sp.diff(s, z), "derivative"))
    for function, expression, part in pairs:
        wanted = np.array([float(expression.xreplace({z: sp.Float(at)})) for at in PROBES])
        got = np.asarray(function(PROBES.copy()), dtype=float)  # it may write on what it is given
        if got.shape != wanted.shape or not np.allclose(got, wanted, rtol=1e-6, atol=1e-9):
            raise ValueError(
                f"activation {activation.name!r}: expected the {part} of its formula, "
                f"{np.round(wanted, 6).tolist()} at z = {PROBES.tolist()}, got {got.tolist()}"
            )


@cache
def weighted_sum_by(kind):
    """∂z/∂(a, w or b) of z = a w + b + (the other neurons' terms)."""
    return sp.diff(a * w + b + rest, {"a": a, "w": w, "b": b}[kind])


@cache
def activation_prime(known):
    """∂a/∂z of a = s(z), in terms of a where that is shorter: sigmoid gives a (1 - a)."""
    derivative = sp.diff(known.s, z)
    if known.letters is None:  # of the unknown function nothing is to be simplified
        return derivative
    simple = sp.simplify(derivative.subs(known.shorter))
    # a sum of exponentials is "simplified" to cosh, which nobody would write here
    strange = simple.atoms(HyperbolicFunction) and not derivative.atoms(HyperbolicFunction)
    return derivative if strange else simple


@cache
def softmax_prime(same):
    """∂a/∂z of a = e^z / (e^z + …) by its own z (``same``), or by the z of another neuron."""
    if same:
        derivative = sp.diff(sp.exp(z) / (sp.exp(z) + rest), z)
        return sp.simplify(derivative.subs(rest, sp.exp(z) * (1 - a) / a))
    total = sp.exp(z) + sp.exp(z_other) + rest
    derivative = sp.diff(sp.exp(z) / total, z_other)
    # e^z = a S and e^z_other = a_other S, where S is the sum of all the exponentials
    S = sp.Symbol("S", positive=True)
    in_a = derivative.subs(rest, S - sp.exp(z) - sp.exp(z_other))
    return sp.simplify(in_a.subs({sp.exp(z): a * S, sp.exp(z_other): a_other * S}))


@cache
def loss_prime(name):
    """∂J/∂a of one output, the others held."""
    return sp.diff(LOSSES[name] + rest, a)
