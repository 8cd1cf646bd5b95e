from . import wrong

WRONG = {
    "by_hand": [
        wrong("n - 1", "column.std()", "column.std(ddof=1)", says="divided by n − 1"),
        wrong("variance", "column.std()", "column.var()", says="not by its root"),
        wrong("gamma forgotten", 'own["gamma"] * ', "", says="gamma is left out"),
        wrong("beta forgotten", ' + own["beta"]', "", says="the mean of y must be beta"),
    ],
    "forward": [
        wrong(
            "wrong axis",
            "x.mean(axis=0), x.var(axis=0)",
            "x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)",
            says="is the axis the batch",
        ),
        wrong(
            "epsilon outside the root",
            "np.sqrt(var + epsilon)",
            "(np.sqrt(var) + epsilon)",
            says="it belongs under it",
        ),
        wrong("no epsilon", "np.sqrt(var + epsilon)", "np.sqrt(var)", says="epsilon is left out"),
        wrong("n - 1", "x.var(axis=0)", "x.var(axis=0, ddof=1)", says="divided by n − 1"),
        wrong("no root", "np.sqrt(var + epsilon)", "(var + epsilon)", says="not by its root"),
    ],
    "backward": [
        wrong(
            "by differences",
            "return dx,",
            "dx = expect.differences(lambda v: np.sum(dy * "
            "forward(v, gamma, beta, epsilon)), x)\n    return dx,",
            says="as by difference quotients",
            keeps=2,
        ),
        wrong(
            "direct path only",
            " + dvar * 2 * away / n + dmean / n",
            "",
            says="only the direct path",
            keeps=2,
        ),
        wrong(
            "no variance path",
            " + dvar * 2 * away / n",
            "",
            says="the path through the variance is missing",
            keeps=2,
        ),
        wrong(
            "no mean path", " + dmean / n", "", says="the path through the mean is missing", keeps=2
        ),
        wrong(
            "gamma forgotten",
            "dx_hat = dy * gamma",
            "dx_hat = dy",
            says="gamma is left out on the way back",
            keeps=2,
        ),
        wrong(
            "dgamma with x",
            "np.sum(dy * x_hat, axis=0)",
            "np.sum(dy * x, axis=0)",
            says="not by the normalised x",
            keeps=5,
        ),
        wrong(
            "averaged",
            "np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)",
            "np.mean(dy * x_hat, axis=0), np.mean(dy, axis=0)",
            says="averaged over the batch; it is a sum",
            keeps=4,
        ),
    ],
    "running": [
        wrong(
            "exchanged",
            "(1 - momentum) * mean + momentum *",
            "momentum * mean + (1 - momentum) *",
            "(1 - momentum) * var + momentum *",
            "momentum * var + (1 - momentum) *",
            says="are exchanged",
        ),
        wrong(
            "variance from 0",
            "np.zeros(d), np.ones(d)",
            "np.zeros(d), np.zeros(d)",
            says="the variance starts at 1",
            keeps=1,
        ),
        wrong(
            "deviations", "x.var(axis=0)", "x.std(axis=0)", says="standard deviations are", keeps=1
        ),
        wrong(
            "last batch",
            "(1 - momentum) * mean + momentum *",
            "",
            "(1 - momentum) * var + momentum *",
            "",
            says="the last batch alone",
        ),
    ],
}
