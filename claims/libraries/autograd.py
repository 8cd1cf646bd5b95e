"""autograd: answers to the questions, and the book's networks."""

from autograd import grad, value_and_grad
from autograd import numpy as np

from claims.libraries.asking import reply


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    with np.errstate(all="ignore"):
        for x in xs:
            found += np.ravel(grad(lambda x: np.sum(f(x)))(np.array(x))).tolist()
    return found


def quiet(f):
    with np.errstate(all="ignore"):
        return f()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


ANSWERS = {
    "kinks/max_x_0": lambda: slope(lambda x: np.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: np.maximum(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: np.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: np.minimum(x, 0.0), 0.0),
    "kinks/absolute": lambda: slope(np.abs, 0.0),
    "kinks/sign": lambda: np.sign(0.0),
    "kinks/clip": lambda: slope(lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/tie_two": lambda: [grad(np.maximum, i)(1.0, 1.0) for i in (0, 1)],
    "kinks/tie_three": lambda: slope(np.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: np.max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: np.argmax(np.ones(3)),
    "zeros/product": lambda: slope(np.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(np.prod, [0.0, 0.0, 3.0]),
    "zeros/norm": lambda: slope(np.linalg.norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(np.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(np.std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: quiet(lambda: 0.0 * np.log(0.0)),
    "zeros/naive_softplus": lambda: slope(lambda z: np.log(1 + np.exp(z)), 1000.0),
    "steps/accumulate": lambda: slope(lambda w: w**2, 3.0, 3.0),
    "forms/deviation": lambda: np.std(np.array([1.0, 3.0])),
    "forms/variance_of_one": lambda: np.var(np.array([5.0])),
    "forms/median": lambda: np.median(np.array([1.0, 2.0, 3.0, 4.0])),
    "forms/precision": lambda: str(np.array([1.5]).dtype),
    "forms/precision_kept": lambda: str(np.array([1.5]).dtype),
}


# the network of chapter 7
def net222(given):
    X, Y = np.array(given["X"]), np.array(given["Y"])
    parameters = [np.array(array) for array in given["in_out"]]

    def cost(parameters):
        W2, b2, W3, b3 = parameters
        y_hat = sigmoid(sigmoid(X @ W2 + b2) @ W3 + b3)
        return 0.5 * np.sum((y_hat - Y) ** 2) / len(X)

    costs = []
    for _ in range(given["updates"]):
        J, gradients = value_and_grad(cost)(parameters)
        costs.append(J)
        parameters = [
            p - given["learning_rate"] * g for p, g in zip(parameters, gradients, strict=True)
        ]
    costs.append(cost(parameters))
    return {"costs": costs, "layout": "in_out", "arrays": [p.tolist() for p in parameters]}


# a classifier of chapters 9 to 12
def classifier(given):
    X, Y = np.array(given["X"]), np.array(given["Y"])
    names = (*given["in_out"], given["gamma"], given["beta"])
    parameters = [np.array(array) for array in names]
    velocity = [np.zeros_like(p) for p in parameters]

    def cost(parameters):
        W2, b2, W3, b3, gamma, beta = parameters
        z = X @ W2 + b2
        x_hat = (z - np.mean(z, axis=0)) / np.sqrt(np.var(z, axis=0) + given["epsilon"])
        u = gamma * x_hat + beta
        z3 = np.where(u > 0, u, 0.0) @ W3 + b3
        shifted = z3 - np.max(z3, axis=1, keepdims=True)
        log_y_hat = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        penalty = given["l2"] / 2 * (np.sum(W2**2) + np.sum(W3**2))
        return -np.sum(Y * log_y_hat) / len(X) + penalty

    costs = []
    for _ in range(given["updates"]):
        J, gradients = value_and_grad(cost)(parameters)
        costs.append(J)
        velocity = [
            given["momentum"] * u - given["learning_rate"] * g
            for u, g in zip(velocity, gradients, strict=True)
        ]
        parameters = [p + u for p, u in zip(parameters, velocity, strict=True)]
    costs.append(cost(parameters))
    *arrays, gamma, beta = [p.tolist() for p in parameters]
    return {
        "costs": costs,
        "layout": "in_out",
        "arrays": arrays,
        "gamma": gamma,
        "beta": beta,
    }


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": "no activations of its own: one writes them",
            "zeros/*": "not offered: numpy's functions alone",
            "losses/*": "no losses of its own",
            "steps/*": "its optimisers are examples, not a part of it that is asked",
            "rates/*": "no schedules",
            "batch/*": "no layers",
            "starts/*": "no layers",
            "forms/*": "no layers, activations or loops",
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("autograd",),
        settings={
            "net222": ["nothing: float64, and the cost is written as in the book"],
            "classifier": [
                "ReLU as where(u > 0, u, 0): np.maximum has ½ at the kink",
                "the largest taken out of the logarithm by hand",
            ],
        },
    )
