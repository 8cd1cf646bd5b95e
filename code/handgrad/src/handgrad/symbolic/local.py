r"""The local relations of a network and their derivatives, each worked out by sympy.

    z = a w + b + …          ∂z/∂a = w, ∂z/∂w = a, ∂z/∂b = 1
    a = s(z)                 ∂a/∂z = s'(z)
    J = loss(a, y) + …       ∂J/∂a

There is one relation a kind, not one an edge: sympy differentiates each kind once (the results
are cached), and every edge of that kind gets the result with its own symbols put in.
"""

from functools import cache

import sympy as sp

a, b, w, y, z, rest = sp.symbols("a b w y z rest", real=True)
a_other, z_other, p = sp.symbols("a_other z_other p", real=True)  # p: a slope or an alpha

_sigmoid = 1 / (1 + sp.exp(-z))

# name -> (s(z), what a textbook writes for it, a substitution that brings a = s(z) back in)
ACTIVATIONS = {
    "identity": (z, r"\mathrm{id}", {}),
    "sigmoid": (_sigmoid, r"\sigma", {sp.exp(-z): (1 - a) / a}),
    "tanh": (sp.tanh(z), r"\tanh", {sp.tanh(z): a}),
    "arctan": (sp.atan(z), r"\arctan", {}),
    "relu": (sp.Piecewise((z, z > 0), (0, True)), r"\mathrm{relu}", {}),
    "leaky_relu": (sp.Piecewise((z, z > 0), (p * z, True)), r"\mathrm{lrelu}", {}),
    "prelu": (sp.Piecewise((z, z > 0), (p * z, True)), r"\mathrm{prelu}", {}),
    "elu": (sp.Piecewise((z, z > 0), (p * (sp.exp(z) - 1), True)), r"\mathrm{elu}", {}),
    "softplus": (sp.log(1 + sp.exp(z)), r"\mathrm{softplus}", {}),
}
PARAMETERS = {"leaky_relu": 0.01, "prelu": 0.25, "elu": 1}  # where none is given

# name -> the part of J that one output contributes; the other outputs are in `rest`
LOSSES = {
    "half_squared_error": (a - y) ** 2 / 2,
    "sum_of_squares": (a - y) ** 2,
    "binary_cross_entropy": -y * sp.log(a) - (1 - y) * sp.log(1 - a),
    "softmax_cross_entropy": -y * sp.log(a),
}


def activation(name, layer):
    """s(z) as a sympy expression in z; "s" is the unknown function s_l of that layer."""
    return sp.Function(f"s_{layer}")(z) if name == "s" else ACTIVATIONS[name][0]


@cache
def weighted_sum_by(kind):
    """∂z/∂(a, w or b) of z = a w + b + (the other neurons' terms)."""
    return sp.diff(a * w + b + rest, {"a": a, "w": w, "b": b}[kind])


@cache
def activation_prime(name, layer):
    """∂a/∂z of a = s(z), in terms of a where that is shorter: sigmoid gives a (1 - a)."""
    derivative = sp.diff(activation(name, layer), z)
    if name == "s":
        return derivative
    return sp.simplify(derivative.subs(ACTIVATIONS[name][2]))


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
