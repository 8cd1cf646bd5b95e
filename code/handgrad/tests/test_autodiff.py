"""Gradients against automatic differentiation by an independent library, HIPS autograd.

The reference network is written here from the definitions and shares nothing with handgrad. A
zero is added to each z^l, so that the derivative with respect to that zero is δ^l.
"""

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from handgrad import activations, batchnorm, network

PIECES = 2
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # as its authors print them
REFERENCE = {
    "identity": lambda z: z,
    "step": lambda z: anp.where(z > 0, 1.0, 0.0) + 0 * z,  # 0 z: autograd wants a dependence
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "arctan": anp.arctan,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "prelu": lambda z: anp.where(z > 0, z, 0.25 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "swish": lambda z: z / (1 + anp.exp(-z)),
    "softsign": lambda z: z / (1 + anp.abs(z)),
    "hard_sigmoid": lambda z: anp.where(z > 3, 1.0, anp.where(z < -3, 0.0, (z + 3) / 6)),
    "selu": lambda z: SELU_SCALE * anp.where(z > 0, z, SELU_ALPHA * (anp.exp(z) - 1)),
    "maxout": lambda z: anp.max(anp.reshape(z, (z.shape[0], -1, PIECES)), axis=2),
    "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True),
}
LOSS = {  # of the prediction and the target of all samples; the mean is taken over samples
    "half_squared_error": lambda p, y: anp.sum((p - y) ** 2, axis=1) / 2,
    "sum_of_squares": lambda p, y: anp.sum((p - y) ** 2, axis=1),
    "binary_cross_entropy": lambda p, y: (
        -anp.sum(y * anp.log(p) + (1 - y) * anp.log(1 - p), axis=1)
    ),
    "softmax_cross_entropy": lambda p, y: -anp.sum(y * anp.log(p), axis=1),
}
LAST = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}
DEPTHS, BATCHES = (2, 3, 4, 5), (1, 2, 7)

same = [(*case, "same") for case in itertools.product(activations.ACTIVATIONS, LOSS, DEPTHS)]
mixed = [(*case, "mixed") for case in itertools.product(range(8), LOSS, DEPTHS)]
CASES = same + mixed


def random_case(number):
    """A network, samples and targets, in which no layer width equals the next one."""
    which, loss, L, kind = CASES[number]
    rng = np.random.default_rng(number)
    names = list(activations.ACTIVATIONS)
    chosen = [which] * (L - 1) if kind == "same" else [str(s) for s in rng.choice(names, L - 1)]
    chosen[-1] = LAST.get(loss, chosen[-1])
    sizes = [int(rng.integers(1, 7))]
    while len(sizes) < L:
        width = int(rng.integers(2 if len(sizes) == L - 1 else 1, 7))
        if width != sizes[-1]:
            sizes.append(width)
    columns = [d * (PIECES if s == "maxout" else 1) for d, s in zip(sizes[1:], chosen, strict=True)]
    # Moderate z: the reference takes logarithms of 1 - p, which rounds where p is close to 1.
    W = [
        rng.normal(size=(d_in, d)) / np.sqrt(d_in)
        for d_in, d in zip(sizes[:-1], columns, strict=True)
    ]
    b = [rng.normal(scale=0.5, size=d) for d in columns]
    n = BATCHES[number % len(BATCHES)]
    Y = rng.uniform(size=(n, sizes[-1]))
    Y /= Y.sum(axis=1, keepdims=True)
    return chosen, loss, W, b, rng.normal(size=(n, sizes[0])), Y


def reference_cost(W, b, X, zeros, Y, chosen, loss):
    a = X
    for weights, biases, zero, s in zip(W, b, zeros, chosen, strict=True):
        a = REFERENCE[s](anp.dot(a, weights) + biases + zero)
    return anp.mean(LOSS[loss](a, Y))


def test_there_are_enough_cases():
    assert len(CASES) >= 200
    assert {c[0] for c in same} == set(activations.ACTIVATIONS)
    assert {c[1] for c in CASES} == set(LOSS)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_gradients_of_random_networks(number):
    chosen, loss, W, b, X, Y = random_case(number)
    net = network.make_network(W, b, chosen)
    J, grads = network.gradients(net, X, Y, loss)

    zeros = [np.zeros((len(X), len(bias))) for bias in b]
    arguments = (W, b, X, zeros, Y, chosen, loss)
    dW, db, dX, delta = autograd.grad(reference_cost, argnum=(0, 1, 2, 3))(*arguments)

    close = {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(J, reference_cost(*arguments), **close)
    np.testing.assert_allclose(grads.dx, dX, **close)
    for l in range(2, net.L + 1):
        np.testing.assert_allclose(grads.dW[l], dW[l - 2], **close)
        np.testing.assert_allclose(grads.db[l], db[l - 2], **close)
        np.testing.assert_allclose(grads.delta[l], delta[l - 2], **close)


@pytest.mark.parametrize("loss", ["half_squared_error", "sum_of_squares"])
@pytest.mark.parametrize("L", DEPTHS)
def test_slopes_of_prelu(loss, L):
    rng = np.random.default_rng(L)
    sizes = [3, 4, 2, 5, 3][:L]
    W = [rng.normal(size=shape) for shape in itertools.pairwise(sizes)]
    b = [rng.normal(size=d) for d in sizes[1:]]
    X, Y = rng.normal(size=(6, sizes[0])), rng.normal(size=(6, sizes[-1]))
    slopes = [0.1 + 0.2 * i for i in range(L - 1)]

    def cost(slopes):
        a = X
        for weights, biases, slope in zip(W, b, slopes, strict=True):
            z = anp.dot(a, weights) + biases
            a = anp.where(z > 0, z, slope * z)
        return anp.mean(LOSS[loss](a, Y))

    net = network.make_network(W, b, [activations.prelu_with(slope) for slope in slopes])
    found = network.slope_gradients(net, X, Y, loss)
    assert list(found) == list(range(2, L + 1))
    np.testing.assert_allclose(list(found.values()), autograd.grad(cost)(slopes), rtol=1e-9)


@pytest.mark.parametrize("n, d", [(2, 1), (5, 3), (32, 8)])
@pytest.mark.parametrize("backward", [batchnorm.backward, batchnorm.backward_fused])
def test_batch_normalisation(n, d, backward):
    rng = np.random.default_rng(n)
    x, gamma, beta = rng.normal(2, 3, (n, d)), rng.normal(size=d), rng.normal(size=d)
    upstream = rng.normal(size=(n, d))

    def total(x, gamma, beta):
        centred = x - anp.mean(x, axis=0)
        x_hat = centred / anp.sqrt(anp.mean(centred**2, axis=0) + 1e-3)
        return anp.sum(upstream * (gamma * x_hat + beta))

    expected = autograd.grad(total, argnum=(0, 1, 2))(x, gamma, beta)
    _, cache = batchnorm.forward(x, gamma, beta, epsilon=1e-3)
    for found, reference in zip(backward(upstream, cache), expected, strict=True):
        np.testing.assert_allclose(found, reference, rtol=1e-9, atol=1e-12)
