"""The networks that libraries train: what is given, and what the book gets.

=============  =========================================================================
network        what it is
=============  =========================================================================
net222         chapter 7's: logistic units, half squared error, plain descent, biases too
classifier     4-6-3 on 12 samples: batch normalisation, ReLU, softmax, cross-entropy, L2 on
               the weights, momentum (chapters 9 to 12)
plain          the classifier from the same start without batch normalisation, for those
               that have none
=============  =========================================================================

A library gets the same numbers as JSON, the weights in both layouts (`storage.to_arrays`), and
gives its own back, which `storage.from_arrays` reads.
"""

import hashlib
import json

import numpy as np
from handgrad import activations, batchnorm, datasets, losses, network, optimizers, storage

from claims.ledger import numerical_example as chapter_7

UPDATES = 5
LAYOUTS = ("in_out", "out_in")


def net222():
    """Data, rate and start of chapter 7's network."""
    net = network.make_network(chapter_7.W, chapter_7.B, "sigmoid")
    return {
        "X": chapter_7.X.tolist(),
        "Y": chapter_7.Y.tolist(),
        "learning_rate": chapter_7.ETA,
        "updates": UPDATES,
        **_layouts(net),
    }


def classifier():
    """Data, settings and start of the classifier: drawn once, two decimals each."""
    rng = np.random.default_rng(22)
    X = rng.normal(size=(12, 4)).round(2)
    classes = np.arange(12) % 3
    W = [rng.normal(size=(4, 6)).round(2), rng.normal(size=(6, 3)).round(2)]
    b = [rng.normal(size=6).round(2), rng.normal(size=3).round(2)]
    net = network.make_network(W, b, ["relu", "softmax"])
    return {
        "X": X.tolist(),
        "classes": classes.tolist(),
        "Y": datasets.one_hot(classes, 3).tolist(),
        "gamma": [1.0] * 6,
        "beta": [0.0] * 6,
        "epsilon": 1e-5,
        "learning_rate": 0.1,
        "momentum": 0.9,
        "l2": 0.01,
        "kept": 0.9,  # of the running statistics, by an update
        "updates": UPDATES,
        **_layouts(net),
    }


def _layouts(net):
    return {
        layout: [array.tolist() for array in storage.to_arrays(net, layout=layout)]
        for layout in LAYOUTS
    }


def everything():
    """All that a script gets: the plain classifier has the data of the other."""
    both = _both()
    return {**both, "plain": both["classifier"]}


def digest():
    """A digest of all that a script gets: results of other data are stale."""
    return hashlib.sha256(json.dumps(_both(), sort_keys=True).encode()).hexdigest()[:16]


def _both():
    return {"net222": net222(), "classifier": classifier()}


# ---- what the book gets ----------------------------------------------------------------------


def train_net222():
    """The costs before each update and after the last, and the arrays at the end."""
    g = net222()
    net = storage.from_arrays(g["in_out"], "sigmoid")
    costs = []
    for _ in range(g["updates"]):
        J, grads = network.gradients(net, g["X"], g["Y"])
        costs.append(J)
        net = network.update(net, grads, g["learning_rate"])
    costs.append(network.cost(net, g["X"], g["Y"]))
    return {"costs": costs, "arrays": storage.to_arrays(net)}


def train_classifier():
    """The same for the classifier, with γ, β and the running statistics.

    The arrays are W², b², W³, b³; `running_var` is of variances divided by n - 1, as in chapter
    11, `running_var_n` of those divided by n.
    """
    g = classifier()
    X, Y = np.array(g["X"]), np.array(g["Y"])
    parts = [*map(np.array, g["in_out"]), np.array(g["gamma"]), np.array(g["beta"])]
    ends = np.cumsum([part.size for part in parts])[:-1]
    v = np.concatenate([part.ravel() for part in parts])
    momentum = optimizers.Momentum(g["learning_rate"], momentum=g["momentum"])
    state = momentum.start(v)
    running = batchnorm.RunningStatistics.start(6, momentum=g["kept"])
    of_n, costs = np.ones(6), []
    for update in range(g["updates"] + 1):
        W2, b2, W3, b3, gamma, beta = (
            part.reshape(given.shape) for part, given in zip(np.split(v, ends), parts, strict=True)
        )
        z2 = X @ W2 + b2
        u, cache = batchnorm.forward(z2, gamma, beta, g["epsilon"])
        a2 = activations.relu(u)
        z3 = a2 @ W3 + b3
        penalty = g["l2"] / 2 * (np.sum(W2**2) + np.sum(W3**2))
        costs.append(losses.softmax_cross_entropy(z3, Y) + penalty)
        if update == g["updates"]:
            break
        running = running.update(z2)
        of_n = g["kept"] * of_n + (1 - g["kept"]) * z2.var(axis=0)
        delta3 = losses.softmax_cross_entropy_grad(z3, Y)
        du = delta3 @ W3.T * activations.relu_prime(u)
        delta2, dgamma, dbeta = batchnorm.backward(du, cache)
        dW2, dW3 = X.T @ delta2 + g["l2"] * W2, a2.T @ delta3 + g["l2"] * W3
        steps = (dW2, delta2.sum(axis=0), dW3, delta3.sum(axis=0), dgamma, dbeta)
        v, state = momentum.step(v, np.concatenate([d.ravel() for d in steps]), state)
    return {
        "costs": costs,
        "arrays": [W2, b2, W3, b3],
        "gamma": gamma,
        "beta": beta,
        "running_mean": running.mean,
        "running_var": running.var,
        "running_var_n": of_n,
    }


def train_plain():
    """The costs and the arrays of the classifier without batch normalisation."""
    g = classifier()
    net = storage.from_arrays(g["in_out"], ["relu", "softmax"])
    v = network.to_vector(net)
    momentum = optimizers.Momentum(g["learning_rate"], momentum=g["momentum"])
    state, costs = momentum.start(v), []
    for update in range(g["updates"] + 1):
        J, grads = network.gradients(net, g["X"], g["Y"], "softmax_cross_entropy")
        costs.append(J + g["l2"] / 2 * sum(np.sum(W**2) for W in net.W.values()))
        if update == g["updates"]:
            break
        steps = [
            part for l, W in net.W.items() for part in (grads.dW[l] + g["l2"] * W, grads.db[l])
        ]
        v, state = momentum.step(v, np.concatenate([d.ravel() for d in steps]), state)
        net = network.from_vector(net, v)
    return {"costs": costs, "arrays": storage.to_arrays(net)}


TRAINED = {"net222": train_net222, "classifier": train_classifier, "plain": train_plain}
