from . import wrong

WRONG = {
    "by_hand": [
        wrong(
            "log to base 10", "np.log(p[2])", "np.log10(p[2])", says="another base than e", keeps=2
        ),
        wrong(
            "another class", "np.log(p[2])", "np.log(p[0])", says="that of another class", keeps=2
        ),
        wrong(
            "all classes",
            "-np.log(p[2])",
            "-np.sum(np.log(p))",
            says="summed over all classes",
            keeps=2,
        ),
        wrong("not normalised", "p = e / e.sum()", "p = e", says="do not sum to 1"),
        wrong("sign", "-np.log", "np.log", says="a cross-entropy is positive", keeps=2),
    ],
    "stable": [
        wrong("no shift", "Z - Z.max(axis=1, keepdims=True)", "Z", says="overflows"),
        wrong(
            "one shift for all rows",
            "Z.max(axis=1, keepdims=True)",
            "Z.max()",
            says="divides zero by zero",
        ),
        wrong(
            "wrong axis",
            "e.sum(axis=1, keepdims=True)",
            "e.sum(axis=0, keepdims=True)",
            says="normalised over the wrong axis",
        ),
        wrong(
            "over everything",
            "e.sum(axis=1, keepdims=True)",
            "e.sum()",
            says="a row does not sum to 1",
        ),
        wrong(
            "clipped",
            "Z - Z.max(axis=1, keepdims=True)",
            "np.clip(Z, -500, 500)",
            says="entries far from zero lose their digits",
        ),
    ],
    "jacobian": [
        wrong(
            "by differences",
            "return np.diag(p) - np.outer(p, p)",
            "return np.array([expect."
            "differences(lambda v: np.exp(v[i]) / np.exp(v).sum(), z) for i in range(len(z))])",
            says="as by difference quotients",
        ),
        wrong(
            "diagonal only",
            "np.diag(p) - np.outer(p, p)",
            "np.diag(p * (1 - p))",
            says="only the entries with i = j",
        ),
        wrong(
            "sign off the diagonal",
            "np.diag(p) - np.outer(p, p)",
            "np.diag(p - 2 * p**2) + np.outer(p, p)",
            says="i ≠ j is turned round",
        ),
        wrong(
            "p on the diagonal",
            "np.outer(p, p)",
            "np.outer(p, p) + np.diag(p**2)",
            says="are pᵢ alone",
        ),
        wrong(
            "as a sigmoid",
            "np.diag(p) - np.outer(p, p)",
            "np.tile(p * (1 - p), (len(p), 1))",
            says="as if each were a sigmoid",
        ),
    ],
    "gradient": [
        wrong("sum for mean", " / len(Z)", "", says="summed over the samples"),
        wrong("sign", "P - Y", "Y - P", says="the sign is turned round"),
        wrong(
            "slope once more",
            "(P - Y)",
            "(P - Y) * P * (1 - P)",
            says="belongs to the squared error",
        ),
        wrong("softmax left out", "(P - Y)", "-Y / P", says="the softmax is left out"),
        wrong(
            "right class only", "(P - Y)", "Y * (P - Y)", says="only the right class has a gradient"
        ),
    ],
    "saturated": [
        wrong(
            "slope missing",
            "abs((y_hat - 1) * y_hat * (1 - y_hat))",
            "abs(y_hat - 1)",
            says="squared error: the slope s'(z) is missing",
            keeps=1,
        ),
        wrong("derivative for ŷ", ", abs(y_hat - 1)", ", 1 / y_hat", says="not for z", keeps=2),
        wrong(
            "slope left in",
            ", abs(y_hat - 1)",
            ", abs((y_hat - 1) * y_hat * (1 - y_hat))",
            says="is still there",
            keeps=2,
        ),
        wrong(
            "exchanged",
            "return abs((y_hat - 1) * y_hat * (1 - y_hat)), abs(y_hat - 1)",
            "return abs(y_hat - 1), abs((y_hat - 1) * y_hat * (1 - y_hat))",
            says="the two are exchanged",
        ),
    ],
}
