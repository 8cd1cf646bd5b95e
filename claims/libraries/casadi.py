"""CasADi: answers to the questions, and the network of chapter 7."""

import casadi as ca
import numpy as np

from claims.libraries.asking import reply


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for at in xs:
        x = ca.SX.sym("x", np.size(at))
        gradient = ca.Function("g", [x], [ca.gradient(ca.sum1(f(x)), x)])
        found += np.ravel(gradient(at)).tolist()
    return found


def tie():
    a, b = ca.SX.sym("a"), ca.SX.sym("b")
    both = ca.Function("g", [a, b], [ca.jacobian(ca.fmax(a, b), ca.vertcat(a, b))])
    return np.ravel(both(1.0, 1.0))


def product(x):
    return x[0] * x[1] * x[2]


ANSWERS = {
    "kinks/max_x_0": lambda: slope(lambda x: ca.fmax(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: ca.fmax(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: ca.if_else(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: ca.fmin(x, 0.0), 0.0),
    "kinks/absolute": lambda: slope(ca.fabs, 0.0),
    "kinks/sign": lambda: float(ca.sign(0.0)),
    "kinks/tie_two": tie,
    "kinks/tie_three": lambda: slope(ca.mmax, [1.0, 1.0, 1.0]),
    "zeros/product": lambda: slope(product, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(product, [0.0, 0.0, 3.0]),
    "zeros/norm": lambda: slope(ca.norm_2, [0.0, 0.0]),
    "zeros/root": lambda: slope(ca.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: ca.if_else(x > 0, ca.sqrt(x), 0.0), 0.0),
    "zeros/naive_softplus": lambda: slope(lambda z: ca.log(1 + ca.exp(z)), 1000.0),
    "steps/accumulate": lambda: slope(lambda w: w**2, 3.0, 3.0),
    "forms/precision": lambda: str(np.array(ca.DM([1.5])).dtype),
    "forms/precision_kept": lambda: str(np.array(ca.DM(np.ones(1))).dtype),
}


# the network of chapter 7
def net222(given):
    X, Y = ca.DM(given["X"]), ca.DM(given["Y"])
    values = [np.atleast_2d(array) for array in given["in_out"]]  # a bias is a row
    parameters = [ca.SX.sym(f"p{k}", *v.shape) for k, v in enumerate(values)]
    W2, b2, W3, b3 = parameters

    def sigmoid(z):
        return 1 / (1 + ca.exp(-z))

    y_hat = sigmoid(sigmoid(X @ W2 + b2) @ W3 + b3)  # one sample: a bias is as long as its row
    J = 0.5 * ca.sumsqr(y_hat - Y) / X.shape[0]
    look = ca.Function("J", parameters, [J, *(ca.gradient(J, p) for p in parameters)])
    costs = []
    for _ in range(given["updates"]):
        cost, *gradients = map(np.array, look(*values))
        costs.append(cost.item())
        values = [v - given["learning_rate"] * g for v, g in zip(values, gradients, strict=True)]
    costs.append(np.array(look(*values)[0]).item())
    W2, b2, W3, b3 = values
    arrays = [W2.tolist(), b2[0].tolist(), W3.tolist(), b3[0].tolist()]
    return {"costs": costs, "layout": "in_out", "arrays": arrays}


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": "no activations and no reductions along an axis",
            "zeros/*": "no such function by name",
            "losses/*": "no losses of its own",
            "steps/*": "its solvers are those of optimal control",
            "rates/*": "no schedules",
            "batch/*": "no layers",
            "starts/*": "no layers",
            "forms/*": "no layers, activations or loops",
            "classifier": "nothing is broadcast, so a batch needs repmat; chapter 7's network shows it",
        },
        networks={"net222": net222},
        packages=("casadi",),
        settings={
            "net222": ["a bias as a row, since nothing is broadcast; more samples need repmat"]
        },
    )
