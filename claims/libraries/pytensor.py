"""PyTensor: answers to the questions, and the network of chapter 7."""

import numpy as np
import pytensor
from pytensor import tensor as pt

from claims.libraries.asking import reply

pytensor.config.mode = "FAST_COMPILE"
pytensor.config.cxx = ""  # no compiler: graphs run in Python
pytensor.config.floatX = "float64"


def value(y, inputs=()):
    """The number or array of an expression, after (symbol, value) pairs."""
    symbols = [symbol for symbol, _ in inputs]
    with np.errstate(all="ignore"):
        return pytensor.function(symbols, y)(*(v for _, v in inputs))


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for at in xs:
        x = pt.vector() if isinstance(at, list) else pt.scalar()
        y = pytensor.grad(pt.sum(f(x)), x)
        found += np.ravel(value(y, [(x, np.array(at))])).tolist()
    return found


def tie():
    a, b = pt.scalar(), pt.scalar()
    both = pytensor.grad(pt.maximum(a, b), [a, b])
    return [float(g) for g in pytensor.function([a, b], both)(1.0, 1.0)]


ANSWERS = {
    "kinks/max_x_0": lambda: slope(lambda x: pt.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: pt.maximum(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: pt.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: pt.minimum(x, 0.0), 0.0),
    "kinks/absolute": lambda: slope(pt.abs, 0.0),
    "kinks/sign": lambda: value(pt.sign(pt.constant(0.0))),
    "kinks/clip": lambda: slope(lambda x: pt.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/tie_two": tie,
    "kinks/tie_three": lambda: slope(pt.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: pt.max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: int(value(pt.argmax(pt.ones(3)))),
    "zeros/product": lambda: slope(pt.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(pt.prod, [0.0, 0.0, 3.0]),
    "zeros/root": lambda: slope(pt.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: pt.where(x > 0, pt.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(pt.std, [1.0, 1.0]),
    "zeros/naive_softplus": lambda: slope(lambda z: pt.log(1 + pt.exp(z)), 1000.0),
    "zeros/softplus": lambda: value(pt.softplus(pt.constant(1000.0))),
    "steps/accumulate": lambda: slope(lambda w: w**2, 3.0, 3.0),
    "forms/deviation": lambda: value(pt.std(pt.constant([1.0, 3.0]))),
    "forms/variance_of_one": lambda: value(pt.var(pt.constant([5.0]))),
    "forms/precision": lambda: pt.vector().dtype,
    "forms/precision_kept": lambda: pt.as_tensor(np.ones(1)).dtype,
}


# the network of chapter 7
def net222(given):
    X, Y = np.array(given["X"]), np.array(given["Y"])
    parameters = [pytensor.shared(np.array(array)) for array in given["in_out"]]
    W2, b2, W3, b3 = parameters
    y_hat = pt.sigmoid(pt.sigmoid(X @ W2 + b2) @ W3 + b3)
    J = 0.5 * pt.sum((y_hat - Y) ** 2) / len(X)
    steps = [
        (p, p - given["learning_rate"] * g)
        for p, g in zip(parameters, pytensor.grad(J, parameters), strict=True)
    ]
    update, look = pytensor.function([], J, updates=steps), pytensor.function([], J)
    costs = [float(update()) for _ in range(given["updates"])]
    costs.append(float(look()))
    return {
        "costs": costs,
        "layout": "in_out",
        "arrays": [p.get_value().tolist() for p in parameters],
    }


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": "no activations beside those of a probability model",
            "zeros/*": "not asked: its rewriting replaces such forms by stable ones",
            "losses/*": "no losses of its own",
            "steps/*": "no optimisers",
            "rates/*": "no schedules",
            "batch/*": "no layers",
            "starts/*": "no layers",
            "forms/*": "no layers, activations or loops",
            "classifier": "it has no layers; chapter 7's network shows how one is written",
        },
        networks={"net222": net222},
        packages=("pytensor",),
        settings={"net222": ["floatX = float64, which is its default"]},
    )
