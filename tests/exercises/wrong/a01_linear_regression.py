from . import wrong

WRONG = {
    "one_step": [
        wrong("goes uphill", '- own["eta"]', '+ own["eta"]', says="goes uphill"),
        wrong("sum for mean", "np.mean(", "np.sum(", says="summed over the samples"),
        wrong(
            "b from the new w",
            "    b = own",
            '    residual = w * samples_x + own["b"] - samples_y\n    b = own',
            says="b was computed with the new w",
        ),
        wrong(
            "typed with two digits",
            "return w, b",
            "return round(w, 2), round(b, 2)",
            says="none of the usual mistakes",
        ),
    ],
    "partials": [
        wrong(
            "by differences",
            "return np.mean(residual * x), np.mean(residual)",
            "return expect.differences(lambda p: cost(x, y, *p), [w, b])",
            says="as by difference quotients",
        ),
        wrong("sign", "w * x + b - y", "y - w * x - b", says="sign is turned round"),
        wrong("sum for mean", "np.mean(", "np.sum(", says="summed over the samples"),
        wrong("½ forgotten", "np.mean(", "2 * np.mean(", says="twice what it should be"),
        wrong("x forgotten", "residual * x", "residual", says="the factor x is missing", keeps=2),
        wrong(
            "exchanged",
            "return np.mean(residual * x), np.mean(residual)",
            "return np.mean(residual), np.mean(residual * x)",
            says="are exchanged",
        ),
        wrong("no return", "return np", "np", says="is `return` missing"),
    ],
    "limit": [
        wrong("half the limit", "2 / np", "1 / np", says="the limit is too small"),
        wrong("smallest eigenvalue", "[-1]", "[0]", says="the limit is too large"),
        wrong(
            "trace",
            "np.linalg.eigvalsh(hessian)[-1]",
            "np.trace(hessian)",
            says="the limit is too small",
        ),
        wrong("the eigenvalue itself", "2 / np", "np", says="descent"),
    ],
    "experiment": [
        wrong("one too many", "return steps\n", "return steps + 1\n", says="one too many or too"),
        wrong("at_most ignored", "return at_most", "return None", says="is `return` missing"),
        wrong(
            "one sample at a time",
            "cost(x, y, *p)",
            "cost(x[:1], y[:1], *p)",
            says="does not arrive",
        ),
        wrong(
            "summed gradient",
            "w, b = w - learning_rate * dw, b - learning_rate * db",
            "w, b = w - 2 * learning_rate * dw, b - 2 * learning_rate * db",
            says="the cost is still above",
        ),
    ],
}
