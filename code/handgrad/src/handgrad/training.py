"""Training: one loop in which batch, stochastic and mini-batch are one argument.

=========  ==========================================  ===========  ====================
symbol     meaning                                     shape        in code
=========  ==========================================  ===========  ====================
n          samples                                     int          ``len(X)``
B          samples in a batch                          int          ``batch_size``
η          learning rate                               number       ``learning_rate``
J          cost on the whole set                       number       ``history.cost``
β          strength of the L2 penalty                  number       ``l2``
=========  ==========================================  ===========  ====================

B = n is batch gradient descent, B = 1 stochastic, anything between mini-batch. An *update* is one
step of all weights; an *epoch* is one pass through all samples: ceil(n / B) updates.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from handgrad._arrays import as_count, as_floats, as_number, as_rng
from handgrad.losses import Loss
from handgrad.network import (
    Cache,
    Network,
    cost,
    from_vector,
    loss_for,
    output_delta,
    to_vector,
)


@dataclass(frozen=True, eq=False)
class History:
    """How training went; the first entry of each array is the state before it.

    Attributes
    ----------
    cost : array (entries,)
        What training minimises, on the whole set: J, with the penalty if there is one.
    penalty : array (entries,)
        The part of cost that is the L2 penalty.
    update : array (entries,) of int
        Updates made by then.
    samples_seen : array (entries,) of int
        Samples used by then, each counted as often as it was used.
    epoch : array (entries,)
        Passes through the samples by then: samples_seen / n.
    """

    cost: np.ndarray = field(repr=False)
    penalty: np.ndarray = field(repr=False)
    update: np.ndarray = field(repr=False)
    samples_seen: np.ndarray = field(repr=False)
    epoch: np.ndarray = field(repr=False)


class DivergenceError(ArithmeticError):
    """The cost is no longer a finite number.

    Attributes
    ----------
    epoch : int
    learning_rate : float
    history : History
        Up to the last finite cost.
    """

    def __init__(self, value, epoch, learning_rate, history):
        super().__init__(
            f"training diverged: expected a finite cost, got {value} in epoch {epoch} "
            f"with learning rate {learning_rate}; try a smaller learning rate"
        )
        self.epoch, self.learning_rate, self.history = epoch, learning_rate, history


def batches(n, batch_size, *, rng=None, shuffle=True):
    """Split the samples 0..n-1 of one epoch into batches.

    The last batch is smaller where batch_size does not divide n. With batch_size = n the order
    does not matter and stays as it is.

    Parameters
    ----------
    n, batch_size : int
    rng : numpy.random.Generator
        Needed if the samples are shuffled.
    shuffle : bool

    Yields
    ------
    array (batch_size,) of int
        The samples of a batch; each sample is in exactly one.
    """
    n = as_count("n", n, low=1)
    batch_size = as_count("batch_size", batch_size, low=1, high=n)
    order = np.arange(n)
    if shuffle and batch_size < n:
        as_rng(rng, "to shuffle the samples; or pass shuffle=False")
        order = rng.permutation(n)
    return (order[start : start + batch_size] for start in range(0, n, batch_size))


@dataclass(frozen=True, eq=False)
class Objective:
    """What training minimises: J and the penalty, on samples that were checked once.

    Made by `objective`. Called with a parameter vector it returns the cost and its gradient, as
    `optimizers.lbfgs` wants them.
    """

    net: Network
    X: np.ndarray
    Y: np.ndarray
    loss: Loss
    l2: float
    train_biases: bool
    reduction: str

    def penalty(self, net):
        """β/2 · (sum of all squared weights); biases are left free."""
        return 0.5 * self.l2 * float(sum(np.sum(W**2) for W in net.W.values())) if self.l2 else 0.0

    def cost(self, net):
        """J on all samples, with the penalty."""
        return self._reduced(cost(net, self.X, self.Y, self.loss, check=False), net)

    def _reduced(self, J, net):
        return J * (len(self.X) if self.reduction == "sum" else 1) + self.penalty(net)

    def gradients(self, net, X, Y, dW, db):
        """Write the gradients on these samples, with the penalty's part β W^l, into dW and db.

        To the last bit what `network.forward`, `output_delta` and `backward` give. They make new
        arrays for everything and keep it; here an array is used again as soon as it can be.

        Parameters
        ----------
        net : Network
        X : array (n, d_1)
        Y : array (n, d_L)
        dW, db : dict
            Layer -> array (d_{l-1}, d_l) and (d_l,), written over.

        Returns
        -------
        array (n, d_L)
            What the loss takes, z^L or a^L.
        """
        W, b, s, L = net.W, net.b, net.s, net.L
        a, z = {1: X}, {}
        for l in range(2, L + 1):
            z[l] = a[l - 1] @ W[l]
            z[l] += b[l]
            a[l] = s[l].value(z[l])
        if self.loss.delta is not None:
            delta = self.loss.delta(a[L], Y)
        else:
            delta = output_delta(net, Cache(a, z), Y, self.loss, check=False)
        if self.reduction == "sum":
            delta = delta * len(X)
        for l in range(L, 1, -1):
            np.matmul(a[l - 1].T, delta, out=dW[l])
            np.add.reduce(delta, axis=0, out=db[l])
            if l > 2:
                delta = s[l - 1].spread(delta @ W[l].T)
                delta *= s[l - 1].derivative(z[l - 1])
        if self.l2:
            for l in W:
                dW[l] += self.l2 * W[l]
        if not self.train_biases:
            for l in b:
                db[l][:] = 0.0
        return z[L] if self.loss.of == "z" else a[L]

    def __call__(self, v):
        """(cost, gradient (m,)) at the parameter vector v (m,)."""
        net, dv = from_vector(self.net, v), np.empty(len(v))
        grads = from_vector(net, dv, check=False)
        output = self.gradients(net, self.X, self.Y, grads.W, grads.b)
        return self._reduced(self.loss.value(output, self.Y), net), dv


def objective(net, X, Y, *, loss="half_squared_error", l2=0.0, train_biases=True, reduction="mean"):
    """What training minimises, as a function of the parameter vector.

    Parameters
    ----------
    net : Network
        Gives the shapes and activations; ``to_vector(net)`` is a place to start from.
    X : array (n, d_1)
    Y : array (n, d_L)
    loss, l2, train_biases, reduction
        As for `train`.

    Returns
    -------
    Objective
        v (m,) -> (J with the penalty, its gradient (m,)).
    """
    if not isinstance(net, Network):
        raise TypeError(f"net: expected a Network, got {net!r}")
    loss = loss_for(net, loss)
    X = as_floats("X", X, ("n", net.sizes[0]))
    Y = as_floats("Y", Y, (len(X), net.sizes[-1]))
    if loss.targets is not None:
        loss.targets(Y)
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction: expected 'mean' or 'sum', got {reduction!r}")
    l2 = as_number("l2", l2, low=0)
    return Objective(net, X, Y, loss.unchecked(), l2, bool(train_biases), reduction)


def train(
    net,
    X,
    Y,
    *,
    learning_rate=None,
    epochs,
    loss="half_squared_error",
    batch_size=None,
    rng=None,
    shuffle=True,
    optimizer=None,
    l2=0.0,
    train_biases=True,
    reduction="mean",
    record="epoch",
    callback=None,
    progress=False,
):
    """Train a network: forward, backward, update, batch by batch.

    Parameters
    ----------
    net : Network
        Not changed.
    X : array (n, d_1)
    Y : array (n, d_L)
    learning_rate : float
        η of plain gradient descent; with an optimiser its own counts, and this may be left out.
    epochs : int
        Passes through the samples.
    loss : str or Loss
    batch_size : int, optional
        n (or None): batch gradient descent. 1: stochastic. Between: mini-batch.
    rng : numpy.random.Generator, optional
        Needed to shuffle, that is if batch_size < n and shuffle is true.
    shuffle : bool
        A new order of the samples for each epoch.
    optimizer : object with start and step, optional
        As in `handgrad.optimizers`; plain gradient descent if left out.
    l2 : float
        β of the penalty β/2 · (sum of all squared weights, not biases) that is added to J.
    train_biases : bool
        False keeps the biases as they are.
    reduction : str
        "mean": J is the mean over the samples (of the batch, for an update). "sum": their sum.
    record : str or int
        When the history takes an entry: "epoch", "update", or every so many epochs. The state
        before training and the last epoch always have one.
    callback : callable, optional
        ``callback(net, update, cost)`` at each entry of the history; a true result ends training.
    progress : bool
        Show a bar (tqdm, on standard output).

    Returns
    -------
    net : Network
        A new one.
    history : History

    Raises
    ------
    DivergenceError
        If the cost is not finite; the message names epoch and learning rate.
    TypeError, ValueError
        If an argument does not fit.
    """
    J = objective(net, X, Y, loss=loss, l2=l2, train_biases=train_biases, reduction=reduction)
    learning_rate = _learning_rate(learning_rate, optimizer)
    epochs = as_count("epochs", epochs)
    n = len(J.X)
    batch_size = n if batch_size is None else as_count("batch_size", batch_size, low=1, high=n)
    if shuffle and batch_size < n:
        as_rng(rng, "to shuffle the samples; or pass shuffle=False")
    if record not in ("epoch", "update"):
        as_count("record, if not 'epoch' or 'update'", record, low=1)
    every = record if record not in ("epoch", "update") else 1

    log = _Log(J, learning_rate, callback)
    # v holds all parameters, and W and b are views of it: a step of v is a step of the network.
    # So it is with dv and the gradients.
    v = to_vector(net)
    dv = np.empty_like(v)
    net, grads = from_vector(net, v, check=False), from_vector(net, dv, check=False)
    state = None if optimizer is None else optimizer.start(v.copy())
    # A cost that runs away is reported as DivergenceError, not as warnings on the way there.
    with np.errstate(over="ignore", invalid="ignore"), _bar(epochs, progress) as bar:
        if log.entry(net, epoch=0):
            return net, log.history()
        for epoch in range(1, epochs + 1):
            for rows in batches(n, batch_size, rng=rng, shuffle=shuffle):
                J.gradients(net, J.X.take(rows, axis=0), J.Y.take(rows, axis=0), grads.W, grads.b)
                if optimizer is None:
                    dv *= learning_rate
                    v -= dv
                else:
                    v[:], state = optimizer.step(v.copy(), dv.copy(), state)
                log.count(rows)
                if record == "update" and log.entry(net, epoch):
                    return net, log.history()
            bar.update()
            due = record != "update" and (epoch % every == 0 or epoch == epochs)
            if due and log.entry(net, epoch):
                return net, log.history()
    return net, log.history()


def _learning_rate(learning_rate, optimizer):
    """The learning rate to use: the optimiser's own, if there is one."""
    own = getattr(optimizer, "learning_rate", None)
    if learning_rate is None:
        if optimizer is None:
            raise TypeError("learning_rate: expected a number, got None and no optimizer")
        return own
    learning_rate = as_number("learning_rate", learning_rate, above=0)
    if own is not None and own != learning_rate:
        raise ValueError(
            f"learning_rate: expected that of the optimizer, {own}, or none; got {learning_rate}"
        )
    return learning_rate


def _copy(net):
    return from_vector(net, to_vector(net), check=False)


def _bar(epochs, progress):
    return tqdm(total=epochs, unit="epoch", file=sys.stdout, disable=not progress)


class _Log:
    """Collects the history of one training and calls the callback."""

    def __init__(self, objective, learning_rate, callback):
        self.objective, self.learning_rate, self.callback = objective, learning_rate, callback
        self.updates = self.samples = 0
        self.entries = []

    def count(self, rows):
        self.updates += 1
        self.samples += len(rows)

    def entry(self, net, epoch):
        """Add an entry; True if the callback asks to stop."""
        cost = self.objective.cost(net)
        if not np.isfinite(cost):
            raise DivergenceError(cost, epoch, self.learning_rate, self.history())
        self.entries.append((cost, self.objective.penalty(net), self.updates, self.samples))
        return self.callback is not None and bool(self.callback(_copy(net), self.updates, cost))

    def history(self):
        cost, penalty, update, samples = np.array(self.entries).reshape(-1, 4).T
        return History(
            cost, penalty, update.astype(int), samples.astype(int), samples / len(self.objective.X)
        )
