from . import wrong

WRONG = {
    "own_deltas": [
        wrong(
            "sign",
            'np.prod(w) * own["x"] - own["y"]',
            'own["y"] - np.prod(w) * own["x"]',
            says="the sign is turned round",
        ),
        wrong("weight before", "w[1:]", "w[:-1]", says="the weight before its neuron"),
        wrong(
            "own weight of the last",
            "deltas = [",
            "deltas = [w[-1] * ",
            'np.prod(w) * own["x"] - own["y"]]',
            '(np.prod(w) * own["x"] - own["y"])]',
            "w[1:]",
            "w[:-1]",
            says="multiplied by its own weight",
        ),
        wrong(
            "first layer first",
            "return deltas",
            "return deltas[::-1]",
            says="the last layer comes first",
        ),
    ],
    "linear": [
        wrong(
            "by differences",
            "return np.array(dw[::-1])",
            "return expect.differences(lambda v: cost(x, y, v), w)",
            says="as by difference quotients",
        ),
        wrong("order", "dw[::-1]", "dw", says="in the wrong order"),
        wrong("deltas only", "delta * a[k])", "delta)", says="the deltas, without the value a"),
        wrong("value that leaves", "a[k]", "a[k + 1]", says="the value that leaves the weight"),
        wrong("error left out", "a[-1] - y, []", "1.0, []", says="the error ŷ − y is left out"),
        wrong(
            "divides", "delta * a[k])", "(a[-1] - y) * a[-1] / w[k])", says="divides by a weight"
        ),
        wrong("factor 2", "a[-1] - y, []", "2 * (a[-1] - y), []", says="twice what it should be"),
    ],
    "sigmoids": [
        wrong(
            "by differences",
            "return np.array(dw[::-1])",
            "return expect.differences(lambda v: cost(x, y, v, sigmoid), w)",
            says="as by difference quotients",
        ),
        wrong(
            "no slope",
            " * a[-1] * (1 - a[-1])",
            "",
            " * a[k] * (1 - a[k])",
            "",
            says="is missing in every layer",
        ),
        wrong(
            "no slope at the end", " * a[-1] * (1 - a[-1])", "", says="is missing in the last layer"
        ),
        wrong(
            "no slope inside", " * a[k] * (1 - a[k])", "", says="is missing in the hidden layers"
        ),
        wrong(
            "slope at a",
            "a[-1] * (1 - a[-1])",
            "sigmoid(a[-1]) * (1 - sigmoid(a[-1]))",
            "a[k] * (1 - a[k])",
            "sigmoid(a[k]) * (1 - sigmoid(a[k]))",
            says="taken at a = s(z), not at z",
        ),
        wrong(
            "s for its slope",
            "a[-1] * (1 - a[-1])",
            "a[-1]",
            "a[k] * (1 - a[k])",
            "a[k]",
            says="s(z) stands where its slope belongs",
        ),
    ],
    "long": [
        wrong(
            "turned round",
            "abs(dw[0]) / abs(dw[-1])",
            "abs(dw[-1]) / abs(dw[0])",
            says="the ratio is turned round",
        ),
        wrong(
            "sign kept",
            "abs(dw[0]) / abs(dw[-1])",
            "dw[0] / dw[-1]",
            says="absolute values are asked for",
        ),
        wrong(
            "difference",
            "abs(dw[0]) / abs(dw[-1])",
            "abs(dw[0]) - abs(dw[-1])",
            says="the ratio must be 1",
        ),
        wrong(
            "deltas",
            "abs(dw[-1])",
            "abs(dw[-1]) * (1 if layers == 1 else sigmoid_input(layers, weight))",
            "    dw =",
            "    def sigmoid_input(layers, weight):\n"
            "        a = 1.0\n        for _ in range(layers - 1):\n"
            "            a = sigmoid(weight * a)\n        return a\n    dw =",
            says="of the deltas",
        ),
    ],
}
