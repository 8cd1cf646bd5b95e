"""Forward, output delta, backward and differences: each once, for arrays that have been checked.

=========  ==========================================  =====================  ==============
symbol     meaning                                     shape                  in code
=========  ==========================================  =====================  ==============
z^l        a^{l-1} W^l + b^l, for l = 2..L             (n, d_l)               ``z[l]``
a^l        s_l(z^l), with a^1 = X and a^L = ŷ          (n, d_l)               ``a[l]``
δ^l        ∂J/∂z^l                                     (n, d_l)               ``delta[l]``
h_i        step of entry i of x                        as x                   ``h``
=========  ==========================================  =====================  ==============

What is given is trusted here. The public functions of `network`, `training` and `check` check it
first: `network.forward` and its like at each call, `training.train` once before its loop.
"""

import numpy as np

# ---- a network, there and back -------------------------------------------------------------


def forward(net, X):
    """(a, z): z^l = a^{l-1} W^l + b^l and a^l = s_l(z^l) for l = 2..L."""
    W, b, s, a, z = net.W, net.b, net.s, {1: X}, {}
    for l in W:
        z[l] = a[l - 1] @ W[l]
        z[l] += b[l]
        a[l] = s[l].value(z[l])
    return a, z


def output_delta(net, a, z, Y, loss):
    """δ^L = ∂J/∂a^L ⊙ s'(z^L). In both cross-entropies s' cancels, and δ^L = (ŷ - y) / n."""
    L = net.L
    if loss.cancels:
        return (a[L] - Y) / len(Y)
    if loss.of == "z":
        return loss.gradient(z[L], Y)
    return net.s[L].spread(loss.gradient(a[L], Y)) * net.s[L].derivative(z[L])


def backward(net, a, z, delta_L, dW, db):
    """δ^l = (δ^{l+1} (W^{l+1})ᵀ) ⊙ s'(z^l) down to l = 2, with the gradients on the way.

    dW[l] = (a^{l-1})ᵀ δ^l and db[l] = column sums of δ^l go into the arrays that the dictionaries
    hold, or are new ones where these are empty.
    """
    W, s, delta = net.W, net.s, {net.L: delta_L}
    for l in range(net.L, 1, -1):
        dW[l] = np.matmul(a[l - 1].T, delta[l], out=dW.get(l))
        db[l] = np.add.reduce(delta[l], axis=0, out=db.get(l))
        if l > 2:
            delta[l - 1] = s[l - 1].spread(delta[l] @ W[l].T)
            delta[l - 1] *= s[l - 1].derivative(z[l - 1])
    return delta


def cost(net, a, z, Y, loss):
    """J, from what forward has computed."""
    return loss.value(z[net.L] if loss.of == "z" else a[net.L], Y)


def views(net, v):
    """(W, b) shaped like those of the network, as views of the parameter vector v."""
    W, b, start = {}, {}, 0
    for l in net.W:
        W[l] = v[start : start + net.W[l].size].reshape(net.W[l].shape)
        start += W[l].size
        b[l] = v[start : start + net.b[l].size]
        start += b[l].size
    return W, b


# ---- gradients from function values alone --------------------------------------------------


def sides(f, x, h):
    """f(x + h_i e_i), f(x - h_i e_i) and the step really made, for each entry i of x.

    Half the distance between the two places is the step: x + h is rounded to a float.
    """
    up, down, step = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += h[i]
        below[i] -= h[i]
        up[i], down[i] = f(above), f(below)
        step[i] = (above[i] - below[i]) / 2
    return up, down, step


def central_difference(f, x, h):
    """∂f/∂x_i ≈ (f(x + h_i e_i) - f(x - h_i e_i)) / 2h_i, shaped like x."""
    up, down, step = sides(f, x, h)
    return (up - down) / (2 * step)
