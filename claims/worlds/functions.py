"""Functions that the worlds share.  All accept complex numbers: derivatives are complex steps."""

import numpy as np

ROUNDING = 1e-12  # a weighted sum that is 0 on paper may come out as -1e-17


def clip(z, limit):
    """Every entry between -limit and limit."""
    below = np.where(np.real(z) < -np.real(limit), -limit, z)
    return np.where(np.real(z) > np.real(limit), limit, below)


def sigmoid(z):
    """1 / (1 + e^-z)."""
    return 1 / (1 + np.exp(-z))


def step(z):
    """1 from 0 on, else 0."""
    return np.where(np.real(z) > -ROUNDING, 1 + 0j, 0j)


def sign(z):
    """1 from 0 on, else -1."""
    return np.where(np.real(z) > -ROUNDING, 1 + 0j, -1 + 0j)


def relu(z):
    """The larger of 0 and z."""
    return np.where(np.real(z) > 0, z, 0)


def leaky(z, slope=0.01):
    """z above 0, slope times z below."""
    return np.where(np.real(z) > 0, z, slope * z)


def elu(z, alpha):
    """z above 0, alpha (e^z - 1) below."""
    return np.where(np.real(z) > 0, z, alpha * (np.exp(z) - 1))


def softplus(z):
    """ln(1 + e^z)."""
    return np.log(1 + np.exp(z))


def softmax(z):
    """e^z by the sum of e^z."""
    return np.exp(z) / np.exp(z).sum()


def generic(bend):
    """A smooth function with no identity of its own: tanh z + bend z^2."""
    return lambda z: np.tanh(z) + bend * z**2


BENDS = {2: 0.13, 3: 0.21, 4: 0.08, 5: 0.3, 6: 0.17}


def generic_of_layer(layer):
    """Another function for each layer."""
    return generic(BENDS[layer])
