from . import wrong

WRONG = {
    "one_neuron": [
        wrong("no slope", " * sigmoid_prime(z)", "", says="slope s'(z)"),
        wrong(
            "slope at a",
            "sigmoid_prime(z)",
            "sigmoid_prime(sigmoid(z))",
            says="taken at a = s(z), not at z",
        ),
        wrong("bias out of z", ' + own["b"]', "", says="the bias is left out of z"),
        wrong(
            "bias times bias",
            'delta * own["x2"], delta',
            'delta * own["x2"], delta * own["b"]',
            says="multiplied by the bias",
        ),
        wrong(
            "sign",
            '(sigmoid(z) - own["y"])',
            '(own["y"] - sigmoid(z))',
            says="the sign is turned round",
        ),
    ],
    "slopes": [
        wrong(
            "tanh as a function of a",
            "1 - np.tanh(z)**2",
            "1 - z**2",
            says="tanh`: written for a = s(z), and z was given",
            keeps=3,
        ),
        wrong(
            "the sigmoid itself",
            "e / (1 + e)**2",
            "1 / (1 + np.exp(-z))",
            says="sigmoid`: the function itself",
            keeps=3,
        ),
        wrong(
            "overflow",
            "e / (1 + e)**2",
            "np.exp(-z) / (1 + np.exp(-z))**2",
            says="sigmoid: overflows",
            keeps=4,
        ),
        wrong(
            "mask from >=", "(z > 0) * 1.0", "(z >= 0) * 1.0", says="relu: wrong at zero", keeps=4
        ),
        wrong("elu without exp", "np.exp(np.minimum(z, 0.0)))", "0.0)", says="slopes", keeps=3),
    ],
    "false_formula": [
        wrong(
            "the printed formula",
            "s(z_before).T",
            "(s(z_before) * (1 - s(z_before))).T",
            says="this is the printed formula",
            keeps=2,
        ),
        wrong(
            "z enters", "s(z_before).T", "z_before.T", says="it is a = s(z) that enters", keeps=2
        ),
        wrong(
            "mean once more",
            "s(z_before).T @ delta",
            "s(z_before).T @ delta / len(delta)",
            says="delta holds it already",
            keeps=2,
        ),
        wrong(
            "transposed",
            "s(z_before).T @ delta",
            "delta.T @ s(z_before)",
            says="transposed",
            keeps=2,
        ),
        wrong(
            "no counterexample",
            "1.0, 1.0, 1.0, 0.0",
            "0.0, 1.0, -3.0, 0.1824",
            says="that shows nothing",
            keeps=3,
        ),
        wrong(
            "out of range",
            "1.0, 1.0, 1.0, 0.0",
            "10.0, 1.0, 1.0, 0.0",
            says="must lie between",
            keeps=3,
        ),
    ],
    "compared": [
        wrong(
            "costs counted",
            "needed[name] = updates\n",
            "needed[name] = updates + 1\n",
            says="one too many or too few",
        ),
        wrong(
            "plain squared error",
            "network.gradients(net, X, Y)",
            'network.gradients(net, X, Y, "sum_of_squares")',
            says="not the number of updates",
        ),
        wrong(
            "None for too long",
            "needed[name] = at_most",
            "needed[name] = None",
            says="at_most is asked for",
        ),
        wrong(
            "one activation",
            "make_network(W, b, name)",
            'make_network(W, b, "sigmoid")',
            says="not the number of updates",
        ),
    ],
}
