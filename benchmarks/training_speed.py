"""Time of one update of a small network: ours, the bare matrix products, scikit-learn.

Run ``python benchmarks/training_speed.py``. All ways are timed in turn in one run on one thread
(times of different runs do not compare), the best of several rounds counts, and ratios are to the
bare matrix products. Each update is forward, backward and step on the same batch. scikit-learn is
timed twice: ``partial_fit`` checks its arrays and settings each time, ``fit`` once, as ours does.
With ``--json`` the results are printed as JSON.
"""

import argparse
import json
import os
import warnings

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when numpy is loaded, therefore above the imports

import time

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from handgrad import losses, network, training

NETS = {  # sizes, batch, updates in a round
    "64-32-10, batch 32": ((64, 32, 10), 32, 1000),
    "784-128-10, batch 64": ((784, 128, 10), 64, 100),
}


def ways(sizes, batch, activation, rng):
    """Functions of a number of updates, by name."""
    net = network.random_network(sizes, [activation, "identity"], rng=rng)
    X = rng.normal(size=(batch, sizes[0]))
    Y = rng.normal(size=(batch, sizes[-1]))
    hidden, delta = rng.normal(size=(batch, sizes[1])), rng.normal(size=(batch, sizes[2]))
    delta_hidden = rng.normal(size=(batch, sizes[1]))

    def products(updates):
        W2, W3 = net.W[2], net.W[3]
        for _ in range(updates):
            X @ W2
            hidden @ W3
            hidden.T @ delta
            delta @ W3.T
            X.T @ delta_hidden

    def loop(updates):
        current, loss = net, losses.get("half_squared_error")
        for _ in range(updates):
            cache = network.forward(current, X, check=False)
            delta_L = network.output_delta(current, cache, Y, loss, check=False)
            grads = network.backward(current, cache, delta_L, inputs=False, check=False)
            current = network.update(current, grads, 1e-4)

    def train(updates):
        training.train(net, X, Y, learning_rate=1e-4, epochs=updates, record=updates)

    names = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
    settings = dict(
        hidden_layer_sizes=sizes[1:-1], activation=names[activation], solver="sgd",
        batch_size=batch, alpha=0.0, learning_rate_init=1e-4, momentum=0.0, random_state=0,
    )

    peer = MLPRegressor(**settings)

    def partial_fit(updates):
        for _ in range(updates):
            peer.partial_fit(X, Y)

    def fit(updates):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it stops where we tell it to
            MLPRegressor(
                **settings, max_iter=updates, n_iter_no_change=updates, shuffle=False
            ).fit(X, Y)

    return {
        "bare matrix products": products,
        "forward, backward, update": loop,
        "training.train": train,
        "scikit-learn fit": fit,
        "scikit-learn partial_fit": partial_fit,
    }


def measure(rounds=7):
    """Microseconds per update, net -> activation -> way -> time."""
    results = {}
    for title, (sizes, batch, updates) in NETS.items():
        results[title] = {}
        for activation in ("relu", "tanh", "sigmoid"):
            timed = ways(sizes, batch, activation, np.random.default_rng(0))
            best = dict.fromkeys(timed, float("inf"))
            for _ in range(rounds):
                for name, way in timed.items():
                    start = time.perf_counter()
                    way(updates)
                    best[name] = min(best[name], 1e6 * (time.perf_counter() - start) / updates)
            results[title][activation] = best
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    results = measure(options.rounds)
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print(f"{'net':22}{'hidden':9}{'way':28}{'µs/update':>10}{'ratio':>7}")
    for title, by_activation in results.items():
        for activation, times in by_activation.items():
            for name, value in times.items():
                ratio = value / times["bare matrix products"]
                print(f"{title:22}{activation:9}{name:28}{value:10.1f}{ratio:7.2f}")


if __name__ == "__main__":
    main()
