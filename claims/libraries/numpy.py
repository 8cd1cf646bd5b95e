"""NumPy and SciPy: values, and derivatives by the complex step, f(x + ih) for a tiny h.

The book's checker of formulas takes its derivatives so, with functions made for it; these are what
numpy's own give.
"""

import numpy as np
from scipy import special, stats

from claims.libraries.asking import reply

STEP = 1e-20


def slope(f, *xs):
    """df/dx at each of xs by the complex step; of an array the gradient."""
    found = []
    with np.errstate(all="ignore"):
        for x in xs:
            x = np.atleast_1d(np.array(x, dtype=complex))
            for i in range(x.size):
                moved = x.copy()
                moved[i] += STEP * 1j
                found.append(float(np.imag(np.sum(f(moved))) / STEP))
    return found


def quiet(f):
    with np.errstate(all="ignore"):
        return f()


ANSWERS = {
    "kinks/max_x_0": lambda: slope(lambda x: np.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: np.maximum(0.0, x), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: np.minimum(x, 0.0), 0.0),
    "kinks/absolute": lambda: slope(np.abs, 0.0),
    "kinks/sign": lambda: np.sign(0.0),
    "kinks/clip": lambda: slope(lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/argmax": lambda: np.argmax(np.ones(3)),
    "zeros/product": lambda: slope(np.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(np.prod, [0.0, 0.0, 3.0]),
    "zeros/cumulative": lambda: slope(lambda x: np.cumprod(x)[-1], [0.0, 2.0, 3.0]),
    "zeros/norm": lambda: slope(np.linalg.norm, [0.0, 0.0]),
    "zeros/deviation": lambda: slope(np.std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: (
        f"{quiet(lambda: 0.0 * np.log(0.0)):g}".replace("nan", "NaN")
        + f", xlogy {special.xlogy(0.0, 0.0):g}"
    ),
    "zeros/log_sigmoid": lambda: special.log_expit(-1000.0),
    "zeros/log_of_sigmoid": lambda: quiet(lambda: np.log(special.expit(-1000.0))),
    "zeros/log_softmax": lambda: special.log_softmax([0.0, 1000.0])[0],
    "zeros/log_of_softmax": lambda: quiet(lambda: np.log(special.softmax([0.0, 1000.0])[0])),
    "zeros/softplus": lambda: np.logaddexp(0.0, 1000.0),
    "losses/huber": lambda: special.huber(2.0, 3.0),
    "losses/divergence": lambda: stats.entropy([0.9, 0.1], [0.5, 0.5]),
    "forms/softmax_axis": lambda: special.softmax([[1.0, 2.0], [3.0, 5.0]])[0],
    "forms/deviation": lambda: f"{np.std([1.0, 3.0]):g}, stats.tstd {stats.tstd([1.0, 3.0]):.3g}",
    "forms/variance_of_one": lambda: np.var([5.0]),
    "forms/median": lambda: np.median([1.0, 2.0, 3.0, 4.0]),
    "forms/precision": lambda: str(np.array([1.5]).dtype),
    "forms/precision_kept": lambda: str(np.array(np.ones(1)).dtype),
}


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/step": "heaviside asks for its value at 0",
            "kinks/*": "no such function, or none that takes complex numbers",
            "zeros/*": "the complex step needs a smooth function",
            "losses/*": "no such loss",
            "steps/*": "no optimisers of this kind",
            "rates/*": "no schedules",
            "batch/*": "no layers",
            "starts/*": "no layers",
            "forms/*": "no layers, activations or loops",
            "net222": "the book's own code is this",
            "classifier": "the book's own code is this",
        },
        networks={},
        packages=("numpy", "scipy"),
        settings={},
    )
