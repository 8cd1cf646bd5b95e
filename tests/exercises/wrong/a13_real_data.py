from . import wrong

WRONG = {
    "by_hand": [
        wrong("not explained", "1 - np.sum", "np.sum", says="1 minus is missing"),
        wrong(
            "absolute",
            "(own_y - own_y_hat)**2",
            "np.abs(own_y - own_y_hat)",
            "(own_y - own_y.mean())**2",
            "np.abs(own_y - own_y.mean())",
            says="squares are asked for",
        ),
        wrong(
            "spread of the predictions",
            "(own_y - own_y.mean())",
            "(own_y_hat - own_y_hat.mean())",
            says="that of the predictions",
        ),
        wrong(
            "correlation",
            "1 - np.sum((own_y - own_y_hat)**2) / np.sum((own_y - own_y.mean())**2)",
            "np.corrcoef(own_y, own_y_hat)[0, 1]**2",
            says="the squared correlation",
        ),
    ],
    "prepare": [
        wrong(
            "leak",
            "X[train].mean(axis=0), X[train].std(axis=0)",
            "X.mean(axis=0), X.std(axis=0)",
            says="leak into training",
        ),
        wrong(
            "each by itself",
            "(X[test] - mean) / deviation",
            "(X[test] - X[test].mean(axis=0)) / X[test].std(axis=0)",
            says="standardised by themselves",
        ),
        wrong(
            "not shuffled",
            "rng.permutation(len(X))",
            "np.arange(len(X))",
            says="the samples are not shuffled",
        ),
        wrong(
            "a quarter for training",
            "test, train = order[:m], order[m:]",
            "train, test = order[:m], order[m:]",
            says="a quarter is held out",
        ),
        wrong(
            "Y shuffled otherwise",
            "Y[train], (X",
            "Y[np.sort(train)], (X",
            says="not shuffled in the same way",
        ),
        wrong(
            "overlap",
            "order[m:]",
            "np.append(order[m + 1:], order[0])",
            says="both in training and in testing",
        ),
    ],
    "fit": [
        wrong("units lost", " * deviation + mean", "", says="undo the standardisation"),
        wrong("not trained", "epochs=300", "epochs=0", says="no better than always predicting"),
        wrong("hardly trained", "Adam(0.01)", "Adam(0.00002)", says="fit_and_predict"),
        wrong(
            "one dimension",
            "y_hat * deviation + mean",
            "y_hat[:, 0] * deviation + mean",
            says="the shape (m, 1)",
        ),
        wrong(
            "learns the noise",
            "(X_train.shape[1], 6, 1)",
            "(X_train.shape[1], 60, 1)",
            "epochs=300, l2=0.02",
            "epochs=400, l2=0.0",
            says="fit_and_predict",
        ),
    ],
    "compare": [
        wrong(
            "second minus first",
            "np.asarray(first) - np.asarray(second)",
            "np.asarray(second) - np.asarray(first)",
            says="second minus first",
            keeps=2,
        ),
        wrong(
            "standard deviation",
            " / np.sqrt(len(difference))",
            "",
            says="not the error of the mean",
            keeps=2,
        ),
        wrong("divided by k", "ddof=1", "ddof=0", says="divided by k, not by k − 1", keeps=2),
        wrong(
            "root forgotten",
            "np.sqrt(len(difference))",
            "len(difference)",
            says="the root of k is meant",
            keeps=2,
        ),
        wrong(
            "not paired",
            "difference.std(ddof=1) / np.sqrt(len(difference))",
            "np.sqrt((np.var(first, ddof=1) + np.var(second, ddof=1)) / len(first))",
            says="the splits are not paired",
            keeps=2,
        ),
    ],
}
