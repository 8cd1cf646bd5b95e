"""Training: one loop in which batch, stochastic and mini-batch are one argument.

=========  ==========================================  ===========  ====================
symbol     meaning                                     shape        in code
=========  ==========================================  ===========  ====================
n          samples                                     int          ``len(X)``
B          samples in a batch                          int          ``batch_size``
η          learning rate                               number       ``learning_rate``
J          cost on the whole set                       number       ``history.cost``
λ, β       strength of the L1 and the L2 penalty       number       ``l1``, ``l2``
p          share of hidden neurons left out            number       ``dropout``
m          mask of dropout: 0 or 1 / (1 - p)           (n, d_l)     ``mask``
=========  ==========================================  ===========  ====================

B = n is batch gradient descent, B = 1 stochastic, anything between mini-batch. An *update* is one
step of all weights; an *epoch* is one pass through all samples: ceil(n / B) updates.

What is minimised: J, a sum over the outputs and a mean over the samples, plus λ · (sum of all
abs(w)) plus β/2 · (sum of all w²), over the weights and not the biases.

Samples and targets become what the weights are: a network of float32 is trained in float32 all
through. The history is in Python's numbers.
"""

import sys
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from handgrad import _core, _trust, network
from handgrad._arrays import as_count, as_floats, as_number, as_rate, as_rng, named, rate
from handgrad._extras import need
from handgrad.network import Network


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """How training went; the first entry of each array is the state before it.

    Attributes
    ----------
    cost : array (entries,)
        What training minimises, on the whole set and without dropout: J, with the penalties if
        there are any.
    penalty : array (entries,)
        The part of cost that is the penalties.
    update : array (entries,) of int
        Updates made by then.
    samples_seen : array (entries,) of int
        Samples used by then, each counted as often as it was used.
    epoch : array (entries,)
        Passes through the samples by then: samples_seen / n.
    validation : array (entries,) or None
        J on the samples held out, without the penalties.
    state : object
        What the optimiser remembers after the last update, to resume from.
    """

    cost: np.ndarray
    penalty: np.ndarray
    update: np.ndarray
    samples_seen: np.ndarray
    epoch: np.ndarray
    validation: np.ndarray | None = None
    state: object = None

    def __repr__(self):
        if not len(self.cost):
            return "History(no entries)"
        found = f"{len(self.cost)} entries, {self.update[-1]} updates, {self.epoch[-1]:g} epochs"
        found += f", cost {self.cost[0]:.4g} → {self.cost[-1]:.4g}"
        if self.validation is not None:
            found += f", validation {self.validation[0]:.4g} → {self.validation[-1]:.4g}"
        return f"History({found})"


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
        self.value, self.epoch, self.learning_rate = value, epoch, learning_rate
        self.history = history

    def __reduce__(self):  # one that comes from another process is made again from its parts
        return type(self), (self.value, self.epoch, self.learning_rate, self.history)


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


def _batches(X, Y, batch_size, rng, shuffle):
    """(X, Y) of each batch of one epoch; where their order stays, as parts that need no copy."""
    if shuffle and batch_size < len(X):
        for rows in batches(len(X), batch_size, rng=rng):
            yield X.take(rows, axis=0), Y.take(rows, axis=0)
    else:
        for start in range(0, len(X), batch_size):
            yield X[start : start + batch_size], Y[start : start + batch_size]


# ---- what is minimised ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Objective:
    """What training minimises: J and the penalties, on samples that were checked once.

    Made by `objective`. Called with a parameter vector it returns the cost and its gradient, as
    `optimizers.lbfgs` wants them.
    """

    net: Network
    X: np.ndarray
    Y: np.ndarray
    loss: _trust.Trusted
    l1: float
    l2: float
    train_biases: bool
    reduction: str

    def penalty(self, net):
        """λ · (sum of all abs(w)) + β/2 · (sum of all w²); biases are left free."""
        penalty = 0.0
        if self.l1:
            penalty += self.l1 * float(sum(np.sum(np.abs(W)) for W in net.W.values()))
        if self.l2:
            penalty += 0.5 * self.l2 * float(sum(np.sum(W**2) for W in net.W.values()))
        return penalty

    def cost(self, net):
        """J on all samples, with the penalties."""
        return self.J(net, self.X, self.Y) + self.penalty(net)

    def J(self, net, X, Y):
        """J on these samples, X (n, d_1) and Y (n, d_L)."""
        return self._reduced(_core.cost(net, *_core.forward(net, X), Y, self.loss), len(X))

    def _reduced(self, J, n):
        return J * n if self.reduction == "sum" else J

    def gradients(self, net, X, Y, dW, db):
        """Write the gradients on these samples, with the penalties' part, into dW and db.

        The penalties add λ sign(W^l), where sign(0) is 0, and β W^l.

        Parameters
        ----------
        net : Network
        X : array (n, d_1)
        Y : array (n, d_L)
        dW, db : dict
            Layer -> array (d_{l-1}, d_l) and (d_l,), written over.

        Returns
        -------
        a, z : dict
            What forward has computed.
        """
        a, z = _core.forward(net, X)
        delta_L = _core.output_delta(net, a, z, Y, self.loss)
        if self.reduction == "sum":
            delta_L = delta_L * len(X)
        _core.backward(net, a, z, delta_L, dW, db)
        if self.l1:
            for l in dW:
                dW[l] += self.l1 * np.sign(net.W[l])
        if self.l2:
            for l in dW:
                dW[l] += self.l2 * net.W[l]
        if not self.train_biases:
            for l in db:
                db[l][:] = 0.0
        return a, z

    def __call__(self, v):
        """(cost, gradient (m,)) at the parameter vector v (m,)."""
        net = network.from_vector(self.net, v)
        dv = np.empty(len(v), net.dtype)
        a, z = self.gradients(net, self.X, self.Y, *_core.views(net, dv))
        J = self._reduced(_core.cost(net, a, z, self.Y, self.loss), len(self.X))
        return J + self.penalty(net), dv


def objective(
    net,
    X,
    Y,
    *,
    loss="half_squared_error",
    l1=0.0,
    l2=0.0,
    train_biases=True,
    reduction="mean",
):
    """What training minimises, as a function of the parameter vector.

    Parameters
    ----------
    net : Network
        Gives the shapes and activations; ``to_vector(net)`` is a place to start from.
    X : array (n, d_1)
    Y : array (n, d_L)
    loss, l1, l2, train_biases, reduction
        As for `train`.

    Returns
    -------
    Objective
        v (m,) -> (J with the penalties, its gradient (m,)).
    """
    network.check_network(net)
    net, loss = _trust.network(net), network.loss_for(net, loss)
    X, Y = _samples(net, X, Y, loss)
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction: expected 'mean' or 'sum', got {reduction!r}")
    l1, l2 = as_number("l1", l1, low=0), as_number("l2", l2, low=0)
    loss = _trust.loss(loss, net.s[net.L])
    return Objective(net, X, Y, loss, l1, l2, bool(train_biases), reduction)


def _samples(net, X, Y, loss, names=("X", "Y")):
    """X and Y as arrays of the network's kind, with as many rows, that suit the loss."""
    X = as_floats(names[0], X, ("n", net.sizes[0]), net.dtype)
    Y = as_floats(names[1], Y, (len(X), net.sizes[-1]), net.dtype)
    if loss.targets is not None:
        loss.targets(Y)
    return X, Y


# ---- dropout -------------------------------------------------------------------------------


def drop(net, dropout, n, *, rng):
    """The network with hidden neurons left out at random, for each of n samples others.

    A mask m stands between a layer and the next: a = m ⊙ s(z), and so ∂a/∂z = m ⊙ s'(z), for which
    backward needs no line of its own. m is 0 with probability p, else 1 / (1 - p), so that the mean
    of a stays what it was and nothing need be changed when the network is used.

    Parameters
    ----------
    net : Network
    dropout : float or dict
        p < 1 for all hidden layers, or {layer: p}.
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    Network
        With these masks in its activations.
    """
    network.check_network(net)
    rng = as_rng(rng, "for dropout")
    return _thinned(net, _shares(dropout, net), as_count("n", n, low=1), rng)


def _thinned(net, shares, n, rng):
    s = dict(net.s)
    for l, p in shares.items():
        mask = (rng.random((n, net.sizes[l - 1])) >= p) / (1.0 - p)
        s[l] = _masked(net.s[l], mask.astype(net.dtype))
    return replace(net, s=s)


def _masked(s, mask):
    wide = s.spread(mask)
    return replace(
        s, value=lambda z: mask * s.value(z), derivative=lambda z: wide * s.derivative(z)
    )


def _shares(dropout, net):
    """Hidden layer -> p > 0, from one p for all of them or a dictionary."""
    hidden = range(2, net.L)
    if not isinstance(dropout, Mapping):
        p = as_number("dropout", dropout, low=0)
        dropout = dict.fromkeys(hidden, p) if p else {}
        if p and not dropout:
            raise ValueError("dropout: expected a network with hidden layers, got one without")
    for l, p in dropout.items():
        if l not in hidden:
            raise ValueError(f"dropout: expected hidden layers {list(hidden)}, got {l!r}")
        if as_number(f"dropout[{l}]", p, low=0) >= 1:
            raise ValueError(f"dropout[{l}]: expected a number < 1, got {p}")
    return {l: float(p) for l, p in sorted(dropout.items()) if p}


# ---- the loop ------------------------------------------------------------------------------


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
    l1=0.0,
    l2=0.0,
    dropout=0.0,
    train_biases=True,
    reduction="mean",
    validation=None,
    record="epoch",
    resume=None,
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
    learning_rate : float or callable
        η of plain gradient descent, or a schedule t -> η of the number t = 1, 2, ... of the update
        (`handgrad.schedules`); with an optimiser its own counts, and this may be left out.
    epochs : int
        Passes through the samples.
    loss : str or Loss
    batch_size : int, optional
        n (or None): batch gradient descent. 1: stochastic. Between: mini-batch.
    rng : numpy.random.Generator, optional
        Needed to shuffle, that is if batch_size < n and shuffle is true, and for dropout.
    shuffle : bool
        A new order of the samples for each epoch.
    optimizer : object with start and step, optional
        As in `handgrad.optimizers`; plain gradient descent if left out.
    l1, l2 : float
        λ of the penalty λ · (sum of abs(w)) and β of β/2 · (sum of w²) that are added to J; the
        sums go over all weights, not biases.
    dropout : float or dict
        p < 1: the share of the neurons of each hidden layer that an update leaves out, or
        {layer: p}. Those left are divided by 1 - p. The costs in the history are without it.
    train_biases : bool
        False keeps the biases as they are.
    reduction : str
        "mean": J is the mean over the samples (of the batch, for an update). "sum": their sum.
    validation : (X, Y), optional
        Samples held out; the history then has their J.
    record : str or int
        When the history takes an entry: "epoch", "update", or every so many epochs. The state
        before training and the last epoch always have one.
    resume : History, optional
        Goes on where a training ended: its entries come first, updates and epochs are counted on,
        and the optimiser starts from its last state. Give the network that came with it.
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
    J = objective(
        net, X, Y, loss=loss, l1=l1, l2=l2, train_biases=train_biases, reduction=reduction
    )
    _check_optimizer(optimizer)
    learning_rate = _learning_rate(learning_rate, optimizer)
    epochs = as_count("epochs", epochs)
    n = len(J.X)
    batch_size = n if batch_size is None else as_count("batch_size", batch_size, low=1, high=n)
    if shuffle and batch_size < n:
        as_rng(rng, "to shuffle the samples; or pass shuffle=False")
    shares = _shares(dropout, net)
    if shares:
        as_rng(rng, "for dropout")
    if validation is not None:
        validation = _held_out(net, validation, loss)
    if record not in ("epoch", "update"):
        as_count("record, if not 'epoch' or 'update'", record, low=1)
    every = record if record not in ("epoch", "update") else 1

    own, X, Y = net, np.ascontiguousarray(J.X), np.ascontiguousarray(J.Y)
    # v holds all parameters, and W and b are views of it: a step of v is a step of the network.
    # So it is with dv and the gradients.
    v = network.to_vector(net)
    dv = np.empty_like(v)
    net, (dW, db) = Network(*_core.views(net, v), J.net.s), _core.views(net, dv)
    log = _Log(J, own, learning_rate, callback, validation, resume)
    state = _start(optimizer, v, resume)
    # A cost that runs away is reported as DivergenceError, not as warnings on the way there.
    with np.errstate(over="ignore", invalid="ignore"), _bar(epochs, progress) as tick:
        if resume is None and log.entry(net, 0):
            return log.end(net, state)
        for epoch in range(1, epochs + 1):
            for X_batch, Y_batch in _batches(X, Y, batch_size, rng, shuffle):
                thinned = _thinned(net, shares, len(X_batch), rng) if shares else net
                J.gradients(thinned, X_batch, Y_batch, dW, db)
                log.count(len(X_batch))
                if optimizer is None:
                    dv *= rate(learning_rate, log.updates)
                    v -= dv
                else:
                    v[:], state = _trust.step(optimizer, v, dv, state)
                if record == "update" and log.entry(net, epoch):
                    return log.end(net, state)
            tick()
            due = record != "update" and (epoch % every == 0 or epoch == epochs)
            if due and log.entry(net, epoch):
                return log.end(net, state)
    return log.end(net, state)


def _check_optimizer(optimizer):
    parts = (getattr(optimizer, part, None) for part in ("start", "step"))
    if optimizer is not None and (isinstance(optimizer, type) or not all(map(callable, parts))):
        example = "optimizers.Adam(0.001)"
        raise TypeError(named("optimizer", optimizer, "an object with start and step", example))


def _learning_rate(learning_rate, optimizer):
    """The learning rate to use, a number or a schedule: the optimiser's own, if there is one."""
    own = getattr(optimizer, "learning_rate", None)
    if learning_rate is None:
        if optimizer is None:
            raise TypeError("learning_rate: expected a number, got None and no optimizer")
        return own
    learning_rate = as_rate(learning_rate)
    if own is not None and own != learning_rate:
        raise ValueError(
            f"learning_rate: expected that of the optimizer, {own}, or none; got {learning_rate}"
        )
    return learning_rate


def _held_out(net, validation, loss):
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation: expected two arrays (X, Y), got {validation!r}")
    names = "validation X", "validation Y"
    return _samples(net, *validation, network.loss_for(net, loss), names)


def _start(optimizer, v, resume):
    """The optimiser's state before the first update, or after the last of what is resumed."""
    if resume is None:
        return None if optimizer is None else optimizer.start(v.copy())
    if optimizer is None and resume.state is not None:
        raise ValueError("resume: expected the optimizer that this history is of, got none")
    return resume.state


@contextmanager
def _bar(epochs, progress):
    """A function to call after each epoch."""
    if not progress:
        yield lambda: None
        return
    with need("tqdm").tqdm(total=epochs, unit="epoch", file=sys.stdout) as bar:
        yield bar.update


class _Log:
    """Collects the history of one training and calls the callback."""

    def __init__(self, objective, own, learning_rate, callback, validation, resume):
        self.objective, self.own, self.learning_rate = objective, own, learning_rate
        self.callback, self.validation, self.before = callback, validation, resume
        self.entries = []
        self.updates = self.samples = 0
        self.samples_before, self.epoch_before = 0, 0.0
        if resume is not None:
            if not isinstance(resume, History) or not len(resume.update):
                raise TypeError(f"resume: expected a History with entries, got {resume!r}")
            if (resume.validation is None) != (validation is None):
                has = "with" if validation is None else "without"
                raise ValueError(f"resume: expected validation as before, got a history {has} it")
            self.updates = int(resume.update[-1])
            self.samples = self.samples_before = int(resume.samples_seen[-1])
            self.epoch_before = float(resume.epoch[-1])

    def count(self, samples):
        self.updates += 1
        self.samples += samples

    def entry(self, net, epoch):
        """Add an entry; True if the callback asks to stop."""
        cost, penalty = self.objective.cost(net), self.objective.penalty(net)
        held_out = 0.0 if self.validation is None else self.objective.J(net, *self.validation)
        if not np.isfinite(cost) or not np.isfinite(held_out):
            value = held_out if np.isfinite(cost) else cost
            eta = rate(self.learning_rate, max(self.updates, 1))
            epoch += round(self.epoch_before)
            raise DivergenceError(value, epoch, eta, self.history())
        self.entries.append((cost, penalty, self.updates, self.samples, held_out))
        return self.callback is not None and bool(
            self.callback(self._copy(net), self.updates, cost)
        )

    def _copy(self, net):
        """What others may keep: arrays of its own, and the activations that were given."""
        return Network(*_core.views(net, network.to_vector(net)), self.own.s)

    def end(self, net, state):
        """The network and its history."""
        return Network(net.W, net.b, self.own.s), self.history(state)

    def history(self, state=None):
        cost, penalty, update, samples, held_out = np.array(self.entries).reshape(-1, 5).T
        n = len(self.objective.X)
        counted_on = round(self.epoch_before * n - self.samples_before, 6)  # 0 with the same n
        epoch = (samples + counted_on) / n
        validation = None if self.validation is None else held_out
        new = History(
            cost, penalty, update.astype(int), samples.astype(int), epoch, validation, state
        )
        return new if self.before is None else _joined(self.before, new)


def _joined(before, new):
    """One History of two."""
    parts = {}
    for name in ("cost", "penalty", "update", "samples_seen", "epoch", "validation"):
        one, two = getattr(before, name), getattr(new, name)
        parts[name] = None if one is None else np.concatenate([one, two])
    return History(**parts, state=new.state)
