"""What the checks share: named quantities that can be displaced, strict shapes, many nets at once.

Nothing here holds a gradient formula, so that what it says about one is independent of it.
"""

import itertools

import numpy as np

STEP = 1e-30  # of the complex step: no subtraction, so no cancellation, so as small as you like


# ---- derivatives ---------------------------------------------------------------------------


def slope(f, x):
    """∂f/∂x by the complex step, for an analytic f with a real value.

    Parameters
    ----------
    f : callable
    x : float or array

    Returns
    -------
    float or array, shaped like x
    """
    x = np.asarray(x, float)
    d = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        nudged = x.astype(complex)
        nudged[k] += 1j * STEP
        d[k] = np.imag(f(nudged)) / STEP
    return d if d.shape else float(d)


def derivative(f, x):
    """f' at each entry of x, for an f that works entry by entry."""
    return np.imag(f(x + 1j * STEP)) / STEP


class World:
    """Named numbers: leaves, and definitions in order, each a function of the names before it.

    ``w["E"]`` is a value; ``w.d("E", "w5")`` displaces w5, computes everything after it again and
    holds the rest. A name that was never defined raises KeyError.
    """

    def __init__(self, leaves, definitions):
        self.leaves, self.definitions = leaves, definitions
        self.values = self._run(None)

    def _run(self, nudged):
        v = {}
        for name, value in self.leaves.items():
            v[name] = value + 1j * STEP * (name == nudged)
        for name, define in self.definitions.items():
            v[name] = define(v) + 1j * STEP * (name == nudged)
        return v

    def __getitem__(self, name):
        if name not in self.values:
            raise KeyError(name)
        return float(np.real(self.values[name]))

    def d(self, of, wrt):
        self[of], self[wrt]  # both must be defined
        return float(np.imag(self._run(wrt)[of]) / STEP)

    def dd(self, rows):
        """An array of derivatives from strings such as "net_o1/w5 net_o2/w7"."""
        return np.array([[self.d(*entry.split("/")) for entry in row.split()] for row in rows])


# ---- functions of the sources --------------------------------------------------------------


def sigmoid(z):
    """1 / (1 + e^{-z}); works for complex z, as the complex step needs."""
    return 1 / (1 + np.exp(-z))


def generic(layer):
    """An activation that no formula can fit by accident: tanh z + c z², another c a layer."""
    return lambda z: np.tanh(z) + 0.1 * layer * z**2


def dense_world(sizes, rng, activation, first=2):
    """A dense network of named numbers: J = ½ Σ (a_j^L − y_j)².

    Names: a1_i for the inputs, b{l}_j, z{l}_j, a{l}_j for layers l = 2..L, y_j for the targets.
    The weights into layer 2 are w{first}_ij, into layer 3 w{first + 1}_ij, and so on: the sources
    count them in different ways.

    Parameters
    ----------
    sizes : sequence of int
    rng : numpy.random.Generator
    activation : callable
        layer -> function of z.
    first : int
    """
    L = len(sizes)
    leaves = {f"a1_{i + 1}": rng.normal() for i in range(sizes[0])}
    leaves |= {f"y_{j + 1}": rng.normal() for j in range(sizes[-1])}
    define = {}
    for l in range(2, L + 1):
        for j in range(1, sizes[l - 1] + 1):
            wires = {
                f"w{l - 2 + first}_{i}{j}": f"a{l - 1}_{i}" for i in range(1, sizes[l - 2] + 1)
            }
            leaves |= {name: rng.normal() for name in (*wires, f"b{l}_{j}")}
            define[f"z{l}_{j}"] = _weighted_sum(wires, f"b{l}_{j}")
            define[f"a{l}_{j}"] = _applied(activation(l), f"z{l}_{j}")
    outputs = [(f"a{L}_{j + 1}", f"y_{j + 1}") for j in range(sizes[-1])]
    define["J"] = lambda v: sum((v[a] - v[y]) ** 2 / 2 for a, y in outputs)
    return World(leaves, define)


def _weighted_sum(wires, bias):
    return lambda v: v[bias] + sum(v[w] * v[a] for w, a in wires.items())


def _applied(s, z):
    return lambda v: s(v[z])


# ---- strict shapes -------------------------------------------------------------------------


def _same(a, b, sign):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} {sign} {b.shape} does not conform")
    return a, b


def plus(a, b):
    """a + b for equal shapes only: on paper nothing is stretched to fit."""
    a, b = _same(a, b, "+")
    return a + b


def times(a, b):
    """a ⊙ b for equal shapes only."""
    a, b = _same(a, b, "⊙")
    return a * b


def dot(*factors):
    """The matrix product of two-dimensional arrays."""
    product = np.asarray(factors[0], float)
    for factor in factors[1:]:
        if product.shape[1] != np.shape(factor)[0]:
            raise ValueError(f"{product.shape} · {np.shape(factor)} does not conform")
        product = product @ factor
    return product


def row(*entries):
    return np.array([entries], float)


def column(*entries):
    return np.array([entries], float).T


# ---- many networks at once -----------------------------------------------------------------


def many_starts(sizes, starts, rng, low, high, biases=True):
    """Uniform weights and biases (or zeros), each a list of arrays for layers 2..L.

    Shapes: (starts, d_{l-1}, d_l) and (starts, 1, d_l).
    """
    W = [rng.uniform(low, high, (starts, i, j)) for i, j in itertools.pairwise(sizes)]
    b = [rng.uniform(low, high, (starts, 1, j)) * biases for j in sizes[1:]]
    return W, b


def forward_many(W, b, s, X):
    """z and a of every layer; X is (n, d_1), the results (starts, n, d_l)."""
    a, z = [np.broadcast_to(X, (len(W[0]), *X.shape))], []
    for M, v in zip(W, b, strict=True):
        z.append(a[-1] @ M + v)
        a.append(s(z[-1]))
    return z, a


def descend_many(W, b, s, s_prime, X, Y, *, learning_rate, step="plain", train_biases=True):
    """One update of all networks from the mean gradient of the batch.

    With step "fixed length" the gradient of all weights is divided by its norm first.
    """
    z, a = forward_many(W, b, s, X)
    delta = (a[-1] - Y) * s_prime(z[-1]) / len(X)
    dW, db = [], []
    for l in reversed(range(len(W))):
        dW.insert(0, a[l].transpose(0, 2, 1) @ delta)
        db.insert(0, delta.sum(axis=1, keepdims=True) * train_biases)
        if l:
            delta = (delta @ W[l].transpose(0, 2, 1)) * s_prime(z[l - 1])
    if step == "fixed length":
        norm = np.sqrt(sum((g**2).sum(axis=(1, 2), keepdims=True) for g in dW + db))
        dW, db = [g / norm for g in dW], [g / norm for g in db]
    return (
        [M - learning_rate * g for M, g in zip(W, dW, strict=True)],
        [v - learning_rate * g for v, g in zip(b, db, strict=True)],
    )
