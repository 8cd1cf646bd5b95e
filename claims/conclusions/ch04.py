"""Chapter 4: what is said of long chains, for other draws of the weights."""

import numpy as np

from claims.conclusions import conclusion


@conclusion(
    "ch04-random-chains",
    says="In a chain of random weights of mean square 1 the typical delta vanishes, and 2,000 "
    "chains are too few to show the mean square of 1.",
    seeds=40,
    budget="2,000 chains, as on the page, and 3 × as many; 28 weights crossed",
    grid="none: one distribution of the weights",
    paired="none: one kind of chain, nothing is compared",
)
def random_chains():
    """The share below a hundredth, the median, and the mean square that is measured."""
    small, median, measured, more = [], [], [], []
    for seed in range(1000, 1040):
        rng = np.random.default_rng(seed)
        delta = np.abs(rng.normal(size=(6000, 28)).prod(axis=1))
        few = delta[:2000]
        small.append((few < 0.01).mean())
        median.append(np.median(few))
        measured.append((few**2).mean())
        more.append((delta**2).mean())
    assert min(small) > 0.9
    assert max(median) < 1e-6
    assert np.median(measured) < 0.1 and np.quantile(measured, 0.75) < 0.5
    assert np.median(more) < 0.5
    return {
        "least share below 0.01": min(small),
        "largest median": max(median),
        "median of the mean squares of 2,000": np.median(measured),
        "median of the mean squares of 6,000": np.median(more),
    }
