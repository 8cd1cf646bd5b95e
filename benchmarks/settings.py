"""What is trained: four nets, each with data, start weights and the order of its batches.

=========  ==========================================  ====================
symbol     meaning                                     in code
=========  ==========================================  ====================
n, B       samples, samples in a batch                 ``n``, ``batch``
d_l        neurons in layer l = 1..L                   ``sizes[l-1]``
W^l, b^l   start weights, shape (d_{l-1}, d_l), (d_l,)  ``W``, ``b`` (lists)
=========  ==========================================  ====================

All hidden layers are ReLU, the last is softmax with the cross-entropy. The samples are put in a
random order once. Every way goes through them in this order, B at a time, as often as `epochs`
says.
B divides n, so that all batches are alike.
"""

from dataclasses import dataclass

import numpy as np
from handgrad import datasets, network


@dataclass(frozen=True, eq=False)
class Setting:
    """A net to train, in float64; each way turns it into its own arrays."""

    name: str
    sizes: tuple
    batch: int
    epochs: int
    learning_rate: float
    X: np.ndarray
    Y: np.ndarray
    W: list
    b: list

    @property
    def updates(self):
        """Updates in one run: epochs times batches."""
        return self.epochs * len(self.X) // self.batch

    def batches(self, dtype):
        """[(X, Y)] of the batches of an epoch, as views of one pair of arrays."""
        X, Y = self.X.astype(dtype), self.Y.astype(dtype)
        return [
            (X[k : k + self.batch], Y[k : k + self.batch]) for k in range(0, len(X), self.batch)
        ]


def make(sizes, batch, epochs, *, batches, learning_rate=0.05):
    """A Setting with the digits for 64 inputs and 10 outputs, with made data for all others.

    Parameters
    ----------
    sizes : tuple of int
    batch, epochs : int
    learning_rate : float
    batches : int
        Batches in an epoch. Where the digits aren't enough, they come more than once.
    """
    rng = np.random.default_rng(1986)
    n = batches * batch
    if sizes[0] == 64 and sizes[-1] == 10:
        X, Y = datasets.digits()
        order = np.resize(rng.permutation(len(X)), n)
        X, Y = X[order], Y[order]
    else:
        X = rng.random((n, sizes[0]))
        rule = rng.normal(size=(sizes[0], sizes[-1]))
        Y = datasets.one_hot(np.argmax((X - 0.5) @ rule, axis=1), sizes[-1])
    net = network.random_network(sizes, hidden_and_softmax(sizes), rng=rng, scheme="he")
    name = f"{'-'.join(map(str, sizes))}, batch {batch}"
    return Setting(
        name, sizes, batch, epochs, learning_rate, X, Y, list(net.W.values()), list(net.b.values())
    )


def hidden_and_softmax(sizes):
    """The activations of layers 2..L."""
    return ["relu"] * (len(sizes) - 2) + ["softmax"]


def nets(share=1.0):
    """The four nets of the table; `share` < 1 makes runs shorter.

    `training.train` takes the cost of the whole set before the first epoch and after the last.
    Where epochs are many, as here, that is one or two hundredths of its time.
    """

    def some(epochs):
        return max(1, round(share * epochs))

    return [
        make((2, 8, 2), 4, some(30), batches=20),
        make((64, 32, 10), 32, some(30), batches=20),
        make((64, 64, 64, 10), 32, some(25), batches=20),
        make((784, 128, 10), 64, some(40), batches=10),
    ]
