from . import wrong

WRONG = {
    "paths": [
        wrong(
            "own layer counted",
            "own_sizes[l:]",
            "own_sizes[l - 1:]",
            says="the weight's own layer are counted too",
        ),
        wrong("added", "np.prod(own_sizes[l:])", "np.sum(own_sizes[l:]) + (l == 5)", says="paths"),
        wrong(
            "last layer",
            "for l in range(2, 6)}",
            "for l in range(2, 6)} | {5: own_sizes[-1]}",
            says="one path, to its own output",
        ),
        wrong("before, not after", "own_sizes[l:]", "own_sizes[:l - 1]", says="paths"),
    ],
    "step_back": [
        wrong(
            "no transpose",
            "W_next.T",
            "(W_next if W_next.shape[0] == W_next.shape[1] else W_next.T)",
            says="the weights are not transposed",
        ),
        wrong("no slope", " * s_prime(z)", "", says="the slope s'(z) is missing"),
        wrong(
            "matrix product with the slope",
            "(delta_next @ W_next.T) * s_prime(z)",
            "delta_next @ W_next.T * s_prime(np.tanh(z) + 0.1 * z**2)",
            says="taken at a = s(z)",
        ),
        wrong(
            "shape",
            "(delta_next @ W_next.T) * s_prime(z)",
            "((delta_next @ W_next.T) * s_prime(z)).T",
            says="transposed",
        ),
        wrong("sign", "return (", "return -(", says="the sign is turned round"),
    ],
    "gradients": [
        wrong(
            "by differences",
            "return dW",
            "from handgrad import check\n    "
            "return check.network_differences(linear_network(W), X, Y).dW",
            says="as by difference quotients",
        ),
        wrong("sign", "(a[L] - Y)", "(Y - a[L])", says="target and prediction swapped"),
        wrong("sum for mean", " / len(X)", "", says="sum for mean"),
        wrong(
            "transposed",
            "dW[l] = a[l - 1].T @ delta",
            "dW[l] = (a[l - 1].T @ delta).T",
            says="transpose",
        ),
        wrong("factor 2", "(a[L] - Y)", "2 * (a[L] - Y)", says="factor 2"),
        wrong(
            "input of the wrong layer",
            "dW[l] = a[l - 1].T @ delta",
            "dW[l] = X.T @ delta if X.shape[1] == W[l].shape[0] else a[l - 1].T @ delta",
            says="none of the usual mistakes",
        ),
        wrong(
            "one layer forgotten",
            "range(L, 1, -1)",
            "range(L, 2, -1)",
            says="the dictionary's keys are not right",
        ),
    ],
    "work": [
        wrong(
            "to the inputs",
            "range(3, L + 1)",
            "range(2, L + 1)",
            says="the deltas need one multiplication a weight",
            keeps=2,
        ),
        wrong(
            "no products for the weights",
            "    by_deltas = sum(sizes[l - 2] * sizes[l - 1] for l in range(2, L + 1))",
            "    by_deltas = 12 if L == 2 else 0",
            says="the products for the weights are left out",
            keeps=2,
        ),
        wrong(
            "no steps back",
            "    by_deltas += sum(sizes[l - 2] * sizes[l - 1] for l in range(3, L + 1))\n",
            "",
            says="the steps back from layer to layer are left out",
            keeps=2,
        ),
        wrong("paths without their length", " * (L - l + 1)", "", says="part 2", keeps=2),
    ],
}
