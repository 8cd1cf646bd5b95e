from . import wrong

WRONG = {
    "forward": [
        wrong(
            "transposed",
            "x @ W2",
            "x @ W2.T",
            "h @ W3",
            "h @ W3.T",
            says="rows and columns of the weights are exchanged",
        ),
        wrong("no biases", " + b2", "", " + b3", "", says="the biases are left out"),
        wrong("inputs to outputs", "h @ W3", "x @ W3", says="not from the hidden values"),
        wrong("no sigmoid", "o = sigmoid(h @ W3 + b3)", "o = h @ W3 + b3", says="is s missing"),
    ],
    "two_paths": [
        wrong(
            "exchanged",
            "return delta3[0] * W3[0, 0] * shared, delta3[1] * W3[0, 1] * shared",
            "return delta3[1] * W3[0, 1] * shared, delta3[0] * W3[0, 0] * shared",
            says="the two paths are exchanged",
        ),
        wrong(
            "no slope inside",
            "h[0] * (1 - h[0]) * x[0]",
            "x[0]",
            says="the slope at the hidden neuron is missing",
        ),
        wrong("no slope outside", " * o * (1 - o)", "", says="the slope at the outputs is missing"),
        wrong("wrong hidden neuron", "W3[0, 1]", "W3[1, 0]", says="starts at the wrong hidden"),
        wrong("no input", " * x[0]", "", says="the input x1 is missing"),
        wrong("sign", "(o - y)", "(y - o)", says="the sign is turned round"),
    ],
    "checker": [
        wrong("divided by h", "/ (2 * h)", "/ h", says="divided by h, not by 2h"),
        wrong(
            "one side",
            "(f(up) - f(down)) / (2 * h)",
            "(f(up) - f(x.astype(float))) / h",
            says="a difference to one side only",
        ),
        wrong(
            "all at once",
            "up[place] += h\n        down[place] -= h",
            "up += h\n        down -= h",
            says="all entries are moved at once",
        ),
        wrong(
            "whole numbers",
            "up, down = x.astype(float), x.astype(float)",
            "up, down = x.copy(), x.copy()",
            "up[place] += h",
            "up[place] = up[place] + h",
            "down[place] -= h",
            "down[place] = down[place] - h",
            says="differences",
        ),
    ],
    "best_step": [
        wrong(
            "smallest",
            "steps[int(np.argmin(errors))]",
            "steps[-1]",
            says="the smallest step is not the best",
        ),
        wrong("largest error", "np.argmin", "np.argmax", says="best_step"),
        wrong(
            "one side",
            "(f(x + h) - f(x - h)) / (2 * h)",
            "(f(x + h) - f(x)) / h",
            says="another step has a smaller error",
        ),
        wrong(
            "the error, not the step",
            "steps[int(np.argmin(errors))]",
            "min(errors)",
            says="best_step",
        ),
    ],
    "xor": [
        wrong("AND and OR exchanged", "[1, -1], -0.5", "[-1, 1], -0.5", says="xor_network"),
        wrong("opposite", "[1, -1], -0.5", "[-1, 1], 0", says="the opposite of XOR"),
        wrong("two equal units", "[-0.5, -1.5]", "[-0.5, -0.5]", says="both hidden units do the"),
        wrong("OR of both", "[1, -1], -0.5", "[1, 1], -0.5", says="this is not XOR"),
        wrong("a column for a row", "[1, -1], -0.5", "[[1], [-1]], -0.5", says="the shapes must"),
    ],
}
