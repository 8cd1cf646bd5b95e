"""scikit-learn: answers to the questions, and the classifier without batch normalisation."""

import warnings

import numpy as np
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network._base import ACTIVATIONS, DERIVATIVES
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.preprocessing import StandardScaler

from claims.libraries.asking import reply, spread

warnings.simplefilter("ignore")  # that one epoch is too few


def moved(make, gradients, rates=None):
    """How far a parameter went down, update by update."""
    v = [np.array([0.0])]
    optimizer, found = make(v), []
    for t, g in enumerate(gradients):
        before = v[0].copy()
        if rates:
            optimizer.learning_rate = rates[t]
        optimizer.update_params(v, [np.array([g])])
        found.append((before - v[0]).item())
    return found


def straight(n, alpha=0.0, errors=None, weight=0.0):
    """A regressor without a hidden layer after one plain step of rate 1 on inputs 0: its change.

    Parameters
    ----------
    errors : array (n, 3), optional
        ŷ − y of each entry.
    weight : float
        All weights.
    """
    net = MLPRegressor(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=1.0,
        momentum=0.0,
        alpha=alpha,
        batch_size=n,
    )
    X, Y = np.zeros((n, 1)), np.zeros((n, 3))
    net.partial_fit(X, Y)
    net.coefs_[0][:], net.intercepts_[0][:] = weight, 0.0
    net.partial_fit(X, Y if errors is None else -errors)
    return weight - net.coefs_[0][0, 0], -net.intercepts_[0]


def one_entry():
    errors = np.zeros((2, 3))
    errors[1, 2] = 6.0
    return straight(2, errors=errors)[1][2]


def penalty():
    return (
        f"{straight(1, 0.1, weight=2.0)[0]:.3g} with one sample, "
        f"{straight(2, 0.1, weight=2.0)[0]:.3g} with two"
    )


def fresh(activation="relu"):
    net = MLPRegressor(
        hidden_layer_sizes=(100,), activation=activation, learning_rate_init=1e-9, random_state=0
    )
    return net.partial_fit(np.zeros((2, 400)), np.zeros(2))


def batch_size():
    net = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, random_state=0).fit(
        np.zeros((1000, 1)), np.zeros(1000)
    )
    return 1000 // net._optimizer.t


def relu_slope():
    delta = np.array([1.0])
    DERIVATIVES["relu"](np.array([0.0]), delta)
    return delta


def softmax_rows():
    z = np.array([[1.0, 2.0], [3.0, 5.0]])
    ACTIVATIONS["softmax"](z)
    return z[0]


SIX = np.arange(1.0, 7.0).reshape(2, 3)
NET = MLPRegressor()

ANSWERS = {
    "kinks/relu": relu_slope,
    "losses/squares": lambda: mean_squared_error(SIX, np.zeros((2, 3))),
    "losses/squares_slope": one_entry,
    "losses/binary_at_0": lambda: log_loss([1], [0.0], labels=[0, 1]),
    "losses/penalty": penalty,
    "steps/adam_first": lambda: moved(lambda v: AdamOptimizer(v, 0.1), [1.0]),
    "steps/adam_small": lambda: moved(lambda v: AdamOptimizer(v, 0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{NET.epsilon:.0e}",
    "steps/adam_rate": lambda: NET.learning_rate_init,
    "steps/adam_two": lambda: moved(lambda v: AdamOptimizer(v, 0.1), [1.0, -1.0]),
    "steps/momentum": lambda: moved(
        lambda v: SGDOptimizer(v, 0.1, momentum=0.9, nesterov=False), [1.0, 1.0]
    ),
    "steps/momentum_rate": lambda: moved(
        lambda v: SGDOptimizer(v, 0.1, momentum=0.9, nesterov=False), [1.0, 0.0], [0.1, 0.01]
    ),
    "steps/nesterov": lambda: moved(
        lambda v: SGDOptimizer(v, 0.1, momentum=0.9, nesterov=True), [1.0, 1.0]
    ),
    "steps/momentum_default": lambda: f"{NET.momentum}, Nesterov: {NET.nesterovs_momentum}",
    "starts/weights": lambda: (
        f"{spread(fresh().coefs_[0])}; before a logistic unit "
        f"{spread(fresh('logistic').coefs_[0]).removeprefix('uniform, ')}"
    ),
    "starts/biases": lambda: "as the weights" if np.any(fresh().intercepts_[0]) else "0",
    "starts/shape": lambda: str(
        MLPRegressor(hidden_layer_sizes=())
        .partial_fit(np.zeros((1, 3)), np.zeros((1, 2)))
        .coefs_[0]
        .shape
    ),
    "forms/softmax_axis": softmax_rows,
    "forms/deviation": lambda: StandardScaler().fit([[1.0], [3.0]]).scale_,
    "forms/precision": lambda: str(fresh().coefs_[0].dtype),
    "forms/precision_kept": lambda: str(fresh().coefs_[0].dtype),
    "forms/batch_size": batch_size,
    "forms/shuffle": lambda: NET.shuffle,
}


# a classifier of chapters 9 and 12
def plain(given):
    X, classes = np.array(given["X"]), given["classes"]
    settings = dict(
        hidden_layer_sizes=(6,),
        activation="relu",
        solver="sgd",
        learning_rate_init=given["learning_rate"],
        momentum=given["momentum"],
        nesterovs_momentum=False,
        alpha=given["l2"] * len(X),
        batch_size=len(X),
    )
    net = MLPClassifier(**settings).partial_fit(X, classes, classes=np.unique(classes))
    places = [part for pair in zip(net.coefs_, net.intercepts_, strict=True) for part in pair]
    for place, array in zip(places, given["in_out"], strict=True):
        place[:] = array
    for velocity in net._optimizer.velocities:
        velocity[:] = 0.0

    def J():
        penalty = given["l2"] / 2 * sum(np.sum(W**2) for W in net.coefs_)
        return log_loss(classes, net.predict_proba(X)) + penalty

    costs = [J()]
    for _ in range(given["updates"]):
        net.partial_fit(X, classes)
        costs.append(J())
    return {"costs": costs, "layout": "in_out", "arrays": [place.tolist() for place in places]}


if __name__ == "__main__":
    fixed = "its networks are made from a list of sizes: there is no such part to ask"
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": fixed,
            "zeros/*": "it differentiates its own networks alone",
            "losses/*": "its losses belong to its networks and aren't offered apart",
            "steps/*": "Adam and SGD are all that its networks have",
            "rates/*": "invscaling and adaptive alone, which the book hasn't",
            "batch/*": "no batch normalisation and no dropout",
            "starts/*": "the start can't be chosen, only set afterwards",
            "forms/*": fixed,
            "net222": "its squared error goes with a linear output, and the book's has logistic units",
            "classifier": "it has no batch normalisation",
        },
        networks={"plain": plain},
        packages=("scikit-learn",),
        settings={
            "plain": [
                "alpha=β·B: the penalty is divided by the number of samples in the batch",
                "nesterovs_momentum=False",
                "partial_fit on the whole batch is one update",
                "no start can be handed in: after a first partial_fit the weights are overwritten, "
                "and the velocities, kept in private, put back to 0",
            ]
        },
    )
