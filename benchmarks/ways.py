"""The book's own training loop, and the floor: its matrix products and nothing else.

A way is a function of a Setting and a dtype that prepares everything and returns ``run()``: one
training from the start weights, which returns the trained (W, b), lists for layers 2..L, or None
where nothing is learned. Only ``run`` is timed.
"""

import numpy as np
from handgrad import network, training

from benchmarks.settings import hidden_and_softmax


def handgrad_train(setting, dtype):
    """`handgrad.training.train`: the weights' precision is that of the training."""
    s = hidden_and_softmax(setting.sizes)
    net = network.make_network(setting.W, setting.b, s, dtype=dtype)
    X, Y = setting.X.astype(dtype), setting.Y.astype(dtype)

    def run():
        trained, _ = training.train(
            net,
            X,
            Y,
            learning_rate=setting.learning_rate,
            epochs=setting.epochs,
            loss="softmax_cross_entropy",
            batch_size=setting.batch,
            shuffle=False,
            record=setting.epochs,
        )
        return list(trained.W.values()), list(trained.b.values())

    return run


def bare_products(setting, dtype):
    """The products of forward, deltas and gradients, on the same batches; the rest is left out.

    a^{l-1} W^l for l = 2..L, δ^l (W^l)ᵀ for l = L..3 and (a^{l-1})ᵀ δ^l for l = L..2, with numbers
    from a hat for the hidden a^l and all δ^l.
    """
    rng = np.random.default_rng(0)
    layers = range(len(setting.W))
    W = [w.astype(dtype) for w in setting.W]
    hidden = [rng.random((setting.batch, w.shape[0])).astype(dtype) for w in W]
    delta = [rng.normal(size=(setting.batch, w.shape[1])).astype(dtype) for w in W]
    batches = setting.batches(dtype)

    def run():
        for _ in range(setting.epochs):
            for X, _ in batches:
                for l in layers:
                    (hidden[l] if l else X) @ W[l]
                for l in reversed(layers):
                    (hidden[l] if l else X).T @ delta[l]
                    if l:
                        delta[l] @ W[l].T

    return run


OURS = {
    (name, dtype): way
    for name, way in {
        "handgrad train": handgrad_train,
        "bare matrix products": bare_products,
    }.items()
    for dtype in ("float64", "float32")
}
