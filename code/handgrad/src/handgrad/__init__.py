"""Backpropagation by hand: small networks whose every gradient is derived, computed and checked.

Import the room you need, for example ``from handgrad import network, training``; after ``import
handgrad`` alone, ``handgrad.network`` imports it when it is first asked for:

==================  =========================================================================
activations         the functions s(z) and their derivatives s'(z)
losses              the loss of a prediction and its gradient
network             dense networks: forward returns its cache, backward the gradients
training            one loop; batch, stochastic and mini-batch are one argument
optimizers          gradient descent, momentum, RMSProp, Adam and L-BFGS on parameter vectors
schedules           learning rates that change from update to update
storage             a network and its history in one file, to be resumed
batchnorm           batch normalisation, forward and backward
regression          one input, one weight, one bias: chapter 1
perceptron          the perceptron and what it cannot do: chapter 2
datasets            the small data sets of the book
symbolic            derivatives of a network as formulas, for any weight
check               central differences, and the mistake behind a wrong gradient
draw, explore       the figures of the book
book                results for prose, and tables
==================  =========================================================================
"""

__version__ = "0.1.0"
__all__ = [
    "activations",
    "batchnorm",
    "book",
    "check",
    "datasets",
    "draw",
    "explore",
    "losses",
    "network",
    "optimizers",
    "perceptron",
    "regression",
    "schedules",
    "storage",
    "symbolic",
    "tasks",
    "training",
]


def __getattr__(name):
    """Import a room when it is first asked for, so that none is paid for that is not used."""
    if name in __all__:
        from importlib import import_module  # here, for it takes longer than all of this file

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
