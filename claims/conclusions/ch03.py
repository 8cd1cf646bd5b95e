"""Chapter 3: what is said of one weight, for other inputs, targets, starts and rates."""

import numpy as np

from claims.conclusions import conclusion


def without_input(x, y, w, learning_rate, updates):
    """Return the distance from the best weight, as a multiple of the first, after wrong updates."""
    first = abs(w - y / x)
    for _ in range(updates):
        w = w - learning_rate * (w * x - y)  # the input is missing
    return abs(w - y / x) / first


@conclusion(
    "ch03-input-missing",
    says="With the input left out of the derivative the weight still converges where the input is "
    "positive and the rate below 2/x, and runs away where it is negative.",
    seeds=40,
    budget="3 × the page's 20 updates",
    grid="none: rates drawn between a tenth and nine tenths of 2/x",
    paired="the same targets, starts and rates for both signs",
)
def input_missing():
    """Inputs of both signs with the same targets, starts and rates."""
    positive, negative = [], []
    for seed in range(100, 140):
        rng = np.random.default_rng(seed)
        x, y, w = rng.uniform(0.5, 3), rng.normal(), rng.normal()
        rate = rng.uniform(0.1, 0.9) * 2 / x
        positive.append(without_input(x, y, w, rate, 60))
        negative.append(without_input(-x, y, w, rate, 60))
    assert max(positive) < 0.01
    assert min(negative) > 100
    return {
        "largest part of the distance left, x > 0": max(positive),
        "smallest growth of the distance, x < 0": min(negative),
    }
