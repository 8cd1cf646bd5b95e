"""Backpropagation by hand: small networks whose every gradient is derived, computed and checked.

Import the room you need, for example ``from handgrad import network, training``:

==================  =========================================================================
activations         the functions s(z) and their derivatives s'(z)
losses              the loss of a prediction and its gradient
network             dense networks: forward returns its cache, backward the gradients
training            one loop; batch, stochastic and mini-batch are one argument
optimizers          gradient descent, momentum, Adam and L-BFGS on parameter vectors
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
