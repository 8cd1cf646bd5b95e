from . import wrong

WRONG = {
    "bound": [
        wrong(
            "one step too few",
            '**own["hidden"]',
            '**(own["hidden"] - 1)',
            says="one step back too few",
        ),
        wrong(
            "one step too many",
            '**own["hidden"]',
            '**(own["hidden"] + 1)',
            says="one step back too many",
        ),
        wrong("weights left out", 'own["weight"] / 4', "1 / 4", says="the weights are left out"),
        wrong(
            "added",
            '(own["weight"] / 4)**own["hidden"]',
            'own["weight"] / 4 / own["hidden"]',
            says="bound",
        ),
    ],
    "norms": [
        wrong("order", "range(2, L + 1)]", "range(L, 1, -1)]", says="in the wrong order"),
        wrong(
            "weights, not deltas",
            "np.linalg.norm(delta[l])",
            "np.linalg.norm(a[l - 1].T @ delta[l])",
            says="not of the deltas",
        ),
        wrong("no slope at the end", " * a[L] * (1 - a[L])", "", says="missing in the last layer"),
        wrong(
            "no slopes",
            " * a[L] * (1 - a[L])",
            "",
            " * a[l] * (1 - a[l])",
            "",
            says="is missing everywhere",
        ),
        wrong("sum for mean", " / len(X)", "", says="summed over the samples"),
        wrong(
            "largest entry",
            "np.linalg.norm(delta[l])",
            "np.abs(delta[l]).max()",
            says="the largest entry",
        ),
    ],
    "start": [
        wrong(
            "variance for deviation",
            'np.sqrt((2 if activation == "relu" else 1) / d)',
            '(2 if activation == "relu" else 1) / d',
            says="identity: the values shrink",
        ),
        wrong(
            "relu like identity",
            '(2 if activation == "relu" else 1)',
            "1",
            says="relu: the values shrink",
            keeps=2,
        ),
        wrong(
            "identity like relu",
            '(2 if activation == "relu" else 1)',
            "2",
            says="identity: the values grow",
            keeps=2,
        ),
        wrong("d forgotten", "/ d)", "/ 1)", says="the values grow"),
    ],
    "clip": [
        wrong(
            "each entry",
            "factor * g",
            "np.clip(g, -limit, limit)",
            says="each entry is cut by itself",
        ),
        wrong(
            "each array",
            "factor * g",
            "g * min(1.0, limit / max(np.linalg.norm(g), 1e-300))",
            says="each array has a norm of its own",
        ),
        wrong(
            "always scaled",
            "min(1.0, limit / norm)",
            "limit / norm",
            says="a small gradient is made larger",
        ),
        wrong("limit left out", "limit / norm", "1 / norm", says="the limit is left out"),
        wrong(
            "zero over zero",
            "min(1.0, limit / norm) if norm > 0 else 1.0",
            "min(1.0, limit / norm) if norm != 0 else np.nan",
            says="a gradient of zeros must stay zeros",
        ),
    ],
}
