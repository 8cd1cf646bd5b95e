from . import wrong

WRONG = {
    "count": [
        wrong(
            "last batch forgotten",
            "-(-n // size)",
            "(n // size)",
            says="the last, smaller batch makes an update too",
            keeps=2,
        ),
        wrong(
            "one epoch",
            "epochs * -(-n // size)",
            "-(-n // size)",
            says="the updates of one epoch",
            keeps=2,
        ),
        wrong(
            "used in each update",
            "n % size, epochs",
            "n % size, epochs * -(-n // size)",
            says="once in an epoch, not once in an update",
            keeps=2,
        ),
        wrong("empty last batch", "n % size", "0", says="between 1 and batch_size", keeps=2),
    ],
    "cut": [
        wrong(
            "rest dropped",
            "range(0, len(order), batch_size)",
            "range(0, len(order) - batch_size + 1, batch_size)",
            says="samples are lost",
        ),
        wrong(
            "sorted",
            "order[first:first + batch_size]",
            "np.sort(order)[first:first + batch_size]",
            says="the order is changed",
        ),
        wrong(
            "overlap", "first + batch_size]", "first + batch_size + 1]", says="a batch is too large"
        ),
        wrong(
            "equal parts",
            "[order[first:first + batch_size] for first in range(0, len(order), batch_size)]",
            "np.array_split(order, -(-len(order) // batch_size))",
            says="only the last batch may be smaller",
        ),
    ],
    "general": [
        wrong("sum for mean", " / len(X)", "", says="sum for mean"),
        wrong("swapped", "(o - Y)", "(Y - o)", says="target and prediction swapped"),
        wrong("not transposed", "W3.T", "W3", says="transpose", keeps=3),
        wrong(
            "no slope in the hidden layer",
            "(delta3 @ W3.T) * h * (1 - h)",
            "delta3 @ W3.T",
            says="s'(z) missing",
            keeps=3,
        ),
        wrong(
            "slope of a",
            "* h * (1 - h)",
            "* sigmoid(h) * (1 - sigmoid(h))",
            says="s' taken of a",
            keeps=3,
        ),
        wrong("bias averaged", ".sum(axis=0)", ".mean(axis=0)", says="bias gradient averaged"),
        wrong(
            "bias summed over all",
            "delta2.sum(axis=0)",
            "np.full(2, delta2.sum())",
            says="bias gradient one scalar",
            keeps=3,
        ),
        wrong(
            "weights updated first",
            "    delta2 =",
            "    W3 = W3 - 0.5 * h.T @ delta3\n    delta2 =",
            says="delta from updated weights",
            keeps=3,
        ),
    ],
    "noise": [
        wrong("sum", "np.mean(", "np.sum(", says="the gradient of a batch is summed"),
        wrong("standard deviation", "np.var(", "np.std(", says="batch_variance"),
        wrong(
            "one sample",
            "(w * x[rows] - y[rows]) * x[rows], axis=1)",
            "((w * x[rows] - y[rows]) * x[rows])[:, :1], axis=1)",
            says="variance of one sample's gradient",
        ),
        wrong(
            "without replacement",
            "rng.integers(len(x), size=(draws, batch_size))",
            "np.array([rng.permutation(len(x))[:batch_size] for _ in range(draws)])",
            says="drawn without replacement",
        ),
    ],
}
