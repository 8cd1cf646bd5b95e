from . import wrong

WRONG = {
    "gates": [
        wrong(
            "bias of OR for AND",
            '"AND": ([1, 1], -1.5)',
            '"AND": ([1, 1], -0.5)',
            says="AND is wrong for some inputs",
            keeps=4,
        ),
        wrong(
            "NOT without a negative weight",
            "([-1], 0.5)",
            "([1], -0.5)",
            says="NOT is turned round",
            keeps=4,
        ),
        wrong(
            "bias too low",
            '"OR": ([1, 1], -0.5)',
            '"OR": ([1, 1], -2.5)',
            says="OR never fires",
            keeps=4,
        ),
        wrong(
            "turned inputs ignored",
            "sign = np.where(turned == 1, -1.0, 1.0)",
            "sign = np.ones(3)",
            says="own",
            keeps=3,
        ),
        wrong(
            "one weight for two inputs",
            '"AND": ([1, 1], -1.5)',
            '"AND": ([1], -1.5)',
            says="AND needs 2 weights",
            keeps=4,
        ),
    ],
    "learn": [
        wrong(
            "sign",
            "target - int(x @ w + b >= 0)",
            "int(x @ w + b >= 0) - target",
            says="does not learn OR",
        ),
        wrong("bias never learns", ", b + learning_rate * error", ", b", says="learn"),
        wrong(
            "learning rate on the weights only",
            "b + learning_rate * error",
            "b + error",
            says="learn",
        ),
        wrong(
            "last cycle not counted",
            "return w, b, cycle",
            "return w, b, cycle - 1",
            says="it must give up",
        ),
        wrong("fires above zero only", "x @ w + b >= 0)", "x @ w + b > 0)", says="learn"),
        wrong(
            "no end",
            "for cycle in range(1, at_most + 1)",
            "for cycle in range(1, 60)",
            says="must give up after at_most",
        ),
    ],
    "contradiction": [
        wrong(
            "all ones",
            "[1, 1, 2 * k / (1 + k), 2 / (1 + k)]",
            "[1, 1, 1, 1]",
            says="the weights do not cancel",
        ),
        wrong(
            "all zero",
            "[1, 1, 2 * k / (1 + k), 2 / (1 + k)]",
            "[0, 0, 0, 0]",
            says="that proves nothing",
        ),
        wrong(
            "the sign of t inside",
            "2 * k / (1 + k), 2 / (1 + k)",
            "-2 * k / (1 + k), -2 / (1 + k)",
            says="a multiplier is negative",
        ),
        wrong(
            "bias forgotten",
            "2 * k / (1 + k), 2 / (1 + k)",
            "2 * k, 2",
            says="the bias does not cancel",
        ),
    ],
    "separable": [
        wrong(
            "only monotone gates",
            "return bool(",
            "return bool(list(y) == sorted(y) and ",
            says="a possible gate is impossible",
        ),
        wrong(
            "always yes",
            "return bool(np.all(output(inputs(2), w, b) == y))",
            "return True",
            says="XOR or its opposite is possible",
        ),
        wrong("one cycle", "at_most=50", "at_most=1", says="AND is impossible"),
    ],
}
