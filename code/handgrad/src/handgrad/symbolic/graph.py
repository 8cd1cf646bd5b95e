r"""A dense network as a graph of named symbols.

An edge of the graph is one local dependence (z on a, a on z, J on a …) and carries one partial
derivative.  The derivative of J with respect to anything is the sum, over all paths down to it, of
the products of the partials along the path (the chain rule).  The deltas collect those paths from
the output backwards, so that every edge is used once.
"""

from collections import Counter
from dataclasses import dataclass

import sympy as sp

from handgrad import activations, losses
from handgrad._arrays import as_count

from . import local, numeric
from .derivation import Derivation
from .notation import brackets, latex, product, symbol

J = ("J",)


@dataclass(frozen=True)
class Partial:
    r"""One edge: the named partial ∂top/∂bottom and, in ``value``, what sympy makes of it."""

    top: tuple
    bottom: tuple
    value: sp.Expr
    names: tuple  # the two symbols as they are printed

    def latex(self):
        r"""The partial by name, ``\frac{\partial a_1^3}{\partial z_1^3}``."""
        top, bottom = (latex(name) for name in self.names)
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


@dataclass(frozen=True)
class Operations:
    """Counts for the whole gradient of one network, all weights and biases.

    ``edges``: local partials the delta form takes from the graph; ``delta_multiplications`` and
    ``delta_additions``: of the delta form; ``paths``, ``path_multiplications`` and
    ``path_additions``: of writing every derivative as its own sum over paths.
    """

    edges: int
    delta_multiplications: int
    delta_additions: int
    paths: int
    path_multiplications: int
    path_additions: int

    @property
    def delta(self):
        """All operations of the delta form."""
        return self.delta_multiplications + self.delta_additions

    @property
    def path_by_path(self):
        """All operations of the path-by-path form."""
        return self.path_multiplications + self.path_additions


class DenseGraph:
    r"""The graph of a dense network and one sample, z_j^l = Σ_i a_i^{l-1} w_{ij}^l + b_j^l.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in the layers 1 (input) to L (output).
    activation : str or Activation, or sequence of them
        One name, or one for each of the layers 2 to L: "s" (the unknown function s_l), or any of
        `handgrad.activations.ACTIVATIONS` but step and maxout; "softmax" in the last layer only.
        An :class:`handgrad.activations.Activation` does as well, as in
        ``activation=list(net.s.values())``, and brings its slope or alpha.  One of your own must
        bring its formula, ``expression=lambda z: z / (1 + sympy.exp(-z))``.
    bias : bool
        Whether the neurons have biases.
    loss : str or Loss
        "half_squared_error", "sum_of_squares", "binary_cross_entropy" or
        "softmax_cross_entropy", of **one** sample (the cost J is its mean over the samples).
    inputs, outputs : {"x", "a"}, {"a", "y_hat"}
        How neurons of the first and the last layer are written: x_i or a_i^1, a_j^L or ŷ_j.
    derivatives : {"worked", "primes"}
        Write the derivative of a known activation worked out, a(1-a), or with a prime, σ'(z).

    Examples
    --------
    >>> g = DenseGraph([2, 2, 2], activation="sigmoid")
    >>> print(g.derivative("w", 3, 1, 1).as_factors())
    \frac{\partial J}{\partial w_{11}^3} = (a_1^3 - y_1)\, a_1^3 (1 - a_1^3)\, a_1^2
    """

    def __init__(
        self,
        sizes,
        *,
        activation="s",
        bias=True,
        loss="half_squared_error",
        inputs="x",
        outputs="a",
        derivatives="worked",
    ):
        self.sizes = _sizes(sizes)
        self.L = len(self.sizes)
        self.bias = bool(bias)
        self.activation, self.given, self.formula = _activations(activation, self.L)
        self.softmax = set(self.activation) - set(self.formula)  # {L} or nothing
        self.loss = _loss(loss)
        self.inputs = _one_of("inputs", inputs, ("x", "a"))
        self.outputs = _one_of("outputs", outputs, ("a", "y_hat"))
        self.derivatives = _one_of("derivatives", derivatives, ("worked", "primes"))

    def __repr__(self):
        return f"DenseGraph({list(self.sizes)}, loss={self.loss!r})"

    # -- names ---------------------------------------------------------------------------------

    def symbol(self, name):
        """The sympy symbol of a name such as ``("z", 2, 1)``; see ``notation``."""
        if name[0] == "x" and self.inputs == "a":
            name = ("a", 1, name[1])
        elif name[0] == "a":
            if name[1] == 1 and self.inputs == "x":
                name = ("x", name[2])
            elif name[1] == self.L and self.outputs == "y_hat":
                name = ("y_hat", name[2])
        return symbol(name)

    def layer(self, kind, l):
        """Names of all neurons of layer l, ``kind`` one of "z", "a", "delta"."""
        return [(kind, l, j) for j in range(1, self.sizes[l - 1] + 1)]

    def parameters(self):
        """Names of all weights and biases, layer by layer: ``("w", l, i, j)``, ``("b", l, j)``."""
        names = []
        for l in range(2, self.L + 1):
            names += [
                ("w", l, i, j)
                for i in range(1, self.sizes[l - 2] + 1)
                for j in range(1, self.sizes[l - 1] + 1)
            ]
            if self.bias:
                names += self.layer("b", l)
        return names

    def leaves(self):
        """Names of all that is given: parameters, inputs ``("x", i)``, targets ``("y", j)``."""
        return [
            *self.parameters(),
            *(("x", i) for i in range(1, self.sizes[0] + 1)),
            *(("y", j) for j in range(1, self.sizes[-1] + 1)),
        ]

    # -- the graph -----------------------------------------------------------------------------

    def tops(self, name):
        """The names that depend directly on this one."""
        kind, *where = name
        if kind in ("w", "b"):
            return [("z", where[0], where[-1])]
        l, j = where
        if kind == "z":  # through a softmax every output depends on every z
            return self.layer("a", l) if l in self.softmax else [("a", l, j)]
        return [J] if l == self.L else self.layer("z", l + 1)

    def partial(self, top, bottom):
        """The edge from ``top`` down to ``bottom``, with the derivative sympy found."""
        if top not in self.tops(bottom):
            raise ValueError(f"{top} does not depend directly on {bottom}")
        return self.edge(top, bottom)

    def edge(self, top, bottom):
        """As :meth:`partial`, for an edge that is known to be one: the cost is that of one edge."""
        if top == J:
            value = self.put(local.loss_prime(self.loss), a=bottom, y=("y", bottom[2]))
        elif top[0] == "a":
            value = self._activation_prime(top, bottom)
        elif bottom[0] == "a":
            value = self.put(local.weighted_sum_by("a"), w=("w", top[1], bottom[2], top[2]))
        elif bottom[0] == "w":
            value = self.put(local.weighted_sum_by("w"), a=("a", top[1] - 1, bottom[2]))
        else:
            value = local.weighted_sum_by("b")
        return Partial(top, bottom, value, (self.symbol(top), self.symbol(bottom)))

    def _activation_prime(self, top, bottom):
        l = top[1]
        if l in self.softmax:
            own = ("a", *bottom[1:])
            return self.put(local.softmax_prime(top == own), a=top, a_other=own)
        return self.put(local.activation_prime(self.formula[l]), a=top, z=bottom)

    def put(self, template, **names):
        """A relation or derivative of ``local`` with the symbols of these names put in."""
        return template.xreplace({getattr(local, k): self.symbol(n) for k, n in names.items()})

    def written(self, partial):
        """The partial's value as it is printed: with a prime if ``derivatives`` says so."""
        known = self.formula.get(partial.top[1]) if partial.top[0] == "a" else None
        if self.derivatives == "primes" and known and known.letters:
            s = sp.Function(known.letters)
            return sp.Derivative(s(partial.names[1]), partial.names[1])
        return partial.value

    def forward(self):
        """name -> sympy expression, in the order of computation: every z, then its a, … to J."""
        steps = {}
        for l in range(2, self.L + 1):
            for z in self.layer("z", l):
                terms = [
                    self.symbol(("a", l - 1, i)) * self.symbol(("w", l, i, z[2]))
                    for i in range(1, self.sizes[l - 2] + 1)
                ]
                terms += [self.symbol(("b", *z[1:]))] if self.bias else []
                steps[z] = sp.Add(*terms)
            zs = [self.symbol(z) for z in self.layer("z", l)]
            for a, z in zip(self.layer("a", l), zs, strict=True):
                if l in self.softmax:
                    steps[a] = 1 / sp.Add(*(sp.exp(other - z) for other in zs))
                else:
                    steps[a] = self.formula[l].s.xreplace({local.z: z})
        loss = local.LOSSES[self.loss]
        steps[J] = sp.Add(*(self.put(loss, a=a, y=("y", a[2])) for a in self.layer("a", self.L)))
        return steps

    # -- backward ------------------------------------------------------------------------------

    def deltas(self):
        r"""name -> sympy expression of δ_j^l in terms of the δ_k^{l+1}, from layer L down to 2.

        δ_j^L = ∂J/∂a_j^L · s'(z_j^L) and δ_j^l = (Σ_k w_{jk}^{l+1} δ_k^{l+1}) · s'(z_j^l).
        """
        return self.backward()[0]

    def gradient(self):
        r"""parameter -> sympy expression in terms of the deltas: a_i^{l-1} δ_j^l and δ_j^l.

        Together with :meth:`deltas` this uses every edge of the graph once.
        """
        return self.backward()[1]

    def backward(self, used=None):
        """(deltas, gradient) in one pass; ``used``, a Counter, counts what the pass costs.

        Its keys: "edges" (local partials taken from the graph), "multiplications", "additions".
        """
        used = Counter() if used is None else used

        def add(terms):
            used["additions"] += len(terms) - 1
            return sp.Add(*terms)

        def times(edge, *others):
            used["edges"] += 1
            used["multiplications"] += len(others)
            return sp.Mul(self.edge(*edge).value, *others)

        deltas, gradient = {}, {}
        for l in range(self.L, 1, -1):
            into = {
                a: add(
                    [
                        times((top, a), *([] if top == J else [self.delta(top)]))
                        for top in self.tops(a)
                    ]
                )
                for a in self.layer("a", l)
            }
            for z in self.layer("z", l):
                deltas["delta", *z[1:]] = add([times((a, z), into[a]) for a in self.tops(z)])
        for name in self.parameters():
            (z,) = self.tops(name)
            # ∂z/∂b = 1: nothing to multiply
            gradient[name] = times((z, name), self.delta(z)) if name[0] == "w" else self.delta(z)
        return deltas, gradient

    def delta(self, z):
        """The symbol δ_j^l of the neuron whose weighted sum is named ``z``."""
        return self.symbol(("delta", *z[1:]))

    def derivative(self, kind, *where):
        """The derivative of J with respect to ``("w", l, i, j)`` or ``("b", l, j)``.

        Returns
        -------
        Derivation
            Its stages are methods: paths, partials, factors, deltas, numbers, function.
        """
        return Derivation(self, self.check_parameter((kind, *where)))

    def check_parameter(self, name):
        """The name itself if it is a weight or bias of this network, else a ValueError."""
        kind, *where = name
        if kind not in ("w", "b") or len(where) != {"w": 3, "b": 2}[kind]:
            raise ValueError('expected ("w", l, i, j) or ("b", l, j), got ' + repr(name))
        if kind == "b" and not self.bias:
            raise ValueError(
                f"expected a weight: the network has no biases (bias=False), got {name}"
            )
        l = as_count("layer of a weight or bias", where[0], low=2, high=self.L)
        limits = self.sizes[l - 2 : l] if kind == "w" else self.sizes[l - 1 : l]
        neurons = [
            as_count(f"{name}: neuron", index, low=1, high=size)
            for index, size in zip(where[1:], limits, strict=True)
        ]
        return (kind, l, *neurons)

    def operations(self):
        """Count the work of the delta form and of path by path.

        The delta form is counted on the expressions that :meth:`deltas` and :meth:`gradient`
        build.  A path with k factors costs k - 1 multiplications, and paths are added up; paths
        are counted, never listed.  The local derivatives themselves are taken as given in both.
        """
        used = Counter()
        self.backward(used)
        paths = path_multiplications = path_additions = 0
        for l in range(2, self.L + 1):
            n, factors = self.count_paths(l), 2 * (self.L - l) + 2
            weights = self.sizes[l - 2] * self.sizes[l - 1]
            biases = self.sizes[l - 1] * self.bias
            paths += n * (weights + biases)
            # the last factor of a weight's path is a_i, that of a bias is 1 and costs nothing
            path_multiplications += n * (weights * factors + biases * (factors - 1))
            path_additions += (n - 1) * (weights + biases)
        return Operations(
            used["edges"],
            used["multiplications"],
            used["additions"],
            paths,
            path_multiplications,
            path_additions,
        )

    def count_paths(self, l):
        """Paths from J down to one neuron z of layer l, from the sizes alone."""
        n = 1
        for size in self.sizes[l:]:
            n *= size
        return n * (self.sizes[-1] if self.softmax else 1)

    # -- numbers: see numeric.py ---------------------------------------------------------------

    def values(self, net, x, y):
        """Numbers for the leaves from a Network and one sample; see ``numeric.values``."""
        return numeric.values(self, net, x, y)

    def function(self):
        """The whole gradient as a numpy function; see ``numeric.gradient_function``."""
        return numeric.gradient_function(self)

    # -- printing ------------------------------------------------------------------------------

    def latex(self, expr):
        """LaTeX of a sympy expression of this graph, in the book's notation."""
        return latex(expr)

    def delta_line(self, l, j, numbers=None, digits=6):
        r"""LaTeX (left, right) of the recursion for one δ_j^l, each factor worked out."""
        z = ("z", l, j)
        parts = []
        for a in self.tops(z):
            above = [
                [self.partial(top, a).value, self.symbol(("delta", *top[1:]))]
                if top != J
                else [self.partial(J, a).value]
                for top in self.tops(a)
            ]
            if len(above) > 1:
                terms = [product(factors, numbers, digits) for factors in above]
                above = [[brackets(" + ".join(terms))]]
            parts.append(product([*above[0], self.written(self.partial(a, z))], numbers, digits))
        return latex(self.symbol(("delta", l, j))), " + ".join(parts)


def _sizes(sizes):
    if isinstance(sizes, str) or not hasattr(sizes, "__iter__"):
        raise TypeError(f"sizes: expected a list of whole numbers, got {sizes!r}")
    sizes = tuple(as_count("sizes", size, low=1) for size in sizes)
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected at least an input and an output layer, got {sizes}")
    return sizes


def _one_of(what, name, known):
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected one of {', '.join(known)}, got {name!r}")
    if name not in known:
        raise ValueError(f"{what}: expected one of {', '.join(known)}, got {name!r}")
    return name


def _loss(loss):
    """The name of one of the book's losses; one's own under such a name is refused."""
    if isinstance(loss, losses.Loss):
        if losses.LOSSES.get(loss.name) != loss:
            raise ValueError(
                f"loss: expected one of the book's, {', '.join(local.LOSSES)}, whose formulas are "
                f"known here; got a loss of your own named {loss.name!r}"
            )
        loss = loss.name
    return _one_of("loss", loss, local.LOSSES)


def _activations(activation, L):
    """({l: name}, {l: Activation, or None for "s"}, {l: Formula}) for the layers 2 to L.

    Softmax has no Formula: its outputs depend on every z.
    """
    one = isinstance(activation, (str, activations.Activation))
    if not one and not hasattr(activation, "__iter__"):
        raise TypeError(
            f"activation: expected a name, an Activation or a list of them, got {activation!r}"
        )
    items = [activation] * (L - 1) if one else list(activation)
    if len(items) != L - 1:
        raise ValueError(
            f"activation: expected one name or {L - 1} (layers 2 to {L}), got {len(items)}"
        )
    names, given, formulas = {}, {}, {}
    for l, item in enumerate(items, 2):
        if item == "s":
            names[l], given[l], formulas[l] = "s", None, local.unknown(l)
            continue
        given[l] = activations.get(item)
        names[l] = given[l].name
        if names[l] == "softmax" and given[l].of_the_book:
            if l < L:
                raise ValueError(
                    f"activation: expected softmax in the last layer, {L}, got it in {l}"
                )
        else:
            formulas[l] = local.formula(given[l])
    return names, given, formulas
