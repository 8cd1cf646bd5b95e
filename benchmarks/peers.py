"""The same training by scikit-learn, PyTorch and JAX, each in the way its own manual shows.

Ways as in `benchmarks.ways`. What can be prepared beforehand is: arrays are converted and cut into
batches, functions are compiled by the run that checks the result, before anything is timed.
"""

import warnings
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

jax.config.update("jax_enable_x64", True)  # float32 arrays stay float32
torch.set_num_threads(1)


# ---- scikit-learn --------------------------------------------------------------------------


class Perceptron(MLPClassifier):
    """MLPClassifier that starts from given weights, and ends in softmax for two classes too."""

    def _initialize(self, y, layer_units, dtype):
        super()._initialize(y, layer_units, dtype)
        W, b = self.start
        self.coefs_ = [w.astype(dtype) for w in W]
        self.intercepts_ = [v.astype(dtype) for v in b]
        self.out_activation_ = "softmax"


def perceptron(setting):
    """A Perceptron with plain gradient descent, fit for this Setting."""
    model = Perceptron(
        hidden_layer_sizes=setting.sizes[1:-1],
        activation="relu",
        solver="sgd",
        alpha=0.0,
        batch_size=setting.batch,
        learning_rate_init=setting.learning_rate,
        momentum=0.0,
        shuffle=False,
        max_iter=setting.epochs,
        n_iter_no_change=setting.epochs + 1,
        tol=0.0,
        random_state=0,
    )
    model.start = setting.W, setting.b
    return model


def sklearn_fit(setting, dtype):
    """One call of ``fit``, which checks its data once."""
    X, Y = setting.X.astype(dtype), setting.Y.astype(int)

    def run():
        model = perceptron(setting)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it stops where it is told to
            model.fit(X, Y)
        return model.coefs_, model.intercepts_

    return run


def sklearn_partial_fit(setting, dtype):
    """``partial_fit`` for each batch, which checks it each time."""
    batches = [(X, Y.astype(int)) for X, Y in setting.batches(dtype)]
    classes = np.arange(setting.sizes[-1])

    def run():
        model = perceptron(setting)
        for _ in range(setting.epochs):
            for X, Y in batches:
                model.partial_fit(X, Y, classes=classes)
        return model.coefs_, model.intercepts_

    return run


# ---- PyTorch -------------------------------------------------------------------------------


def torch_eager(setting, dtype):
    """Sequential, CrossEntropyLoss and SGD, one operation after the other."""
    dtype = getattr(torch, dtype)
    batches = [
        (torch.tensor(X, dtype=dtype), torch.tensor(Y.argmax(axis=1)))
        for X, Y in setting.batches("float64")
    ]

    def run():
        layers = []
        for W, b in zip(setting.W, setting.b, strict=True):
            layer = torch.nn.Linear(*W.shape, dtype=dtype)
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(W.T))
                layer.bias.copy_(torch.tensor(b))
            layers += [layer, torch.nn.ReLU()]
        net = torch.nn.Sequential(*layers[:-1])
        loss = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=setting.learning_rate)
        for _ in range(setting.epochs):
            for X, y in batches:
                optimizer.zero_grad()
                loss(net(X), y).backward()
                optimizer.step()
        linear = layers[::2]
        return [m.weight.detach().numpy().T for m in linear], [
            m.bias.detach().numpy() for m in linear
        ]

    return run


# ---- JAX -----------------------------------------------------------------------------------


def jax_cost(parameters, X, Y):
    """The cross-entropy of softmax, the mean over the samples."""
    *hidden, (W, b) = parameters
    a = X
    for W_l, b_l in hidden:
        a = jax.nn.relu(a @ W_l + b_l)
    return -jnp.mean(jnp.sum(Y * jax.nn.log_softmax(a @ W + b), axis=1))


def jax_step(learning_rate, parameters, batch):
    """The parameters after one update."""
    d = jax.grad(jax_cost)(parameters, *batch)
    return jax.tree.map(lambda p, dp: p - learning_rate * dp, parameters, d)


def jax_start(setting, dtype):
    return [
        (jnp.asarray(W, dtype), jnp.asarray(b, dtype))
        for W, b in zip(setting.W, setting.b, strict=True)
    ]


def jax_result(parameters):
    return [np.asarray(W) for W, _ in parameters], [np.asarray(b) for _, b in parameters]


def jax_per_step(setting, dtype):
    """One call of a compiled function for each update."""
    start = jax_start(setting, dtype)
    batches = [(jnp.asarray(X), jnp.asarray(Y)) for X, Y in setting.batches(dtype)]
    step = jax.jit(partial(jax_step, setting.learning_rate))

    def run():
        parameters = start
        for _ in range(setting.epochs):
            for batch in batches:
                parameters = step(parameters, batch)
        return jax_result(jax.block_until_ready(parameters))

    return run


def jax_scan(setting, dtype):
    """One call of a compiled function for all updates of an epoch."""
    start = jax_start(setting, dtype)
    batches = tuple(jnp.stack(arrays) for arrays in zip(*setting.batches(dtype), strict=True))

    @jax.jit
    def epoch(parameters, batches):
        step = partial(jax_step, setting.learning_rate)
        return jax.lax.scan(lambda p, batch: (step(p, batch), None), parameters, batches)[0]

    def run():
        parameters = start
        for _ in range(setting.epochs):
            parameters = epoch(parameters, batches)
        return jax_result(jax.block_until_ready(parameters))

    return run


PEERS = {
    (name, dtype): way
    for name, way in {
        "scikit-learn fit": sklearn_fit,
        "scikit-learn partial_fit": sklearn_partial_fit,
        "PyTorch eager": torch_eager,
        "JAX per step": jax_per_step,
        "JAX scan": jax_scan,
    }.items()
    for dtype in ("float64", "float32")
}
