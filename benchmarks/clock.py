"""Timing in turn, and the check that all ways compute the same.

Times of different minutes don't compare: a machine gets warm, and others use it too. So all ways
take turns, round after round, and whatever disturbs one round disturbs all of them alike. What is
counted is the time of the processor, all threads together, and not the time that a way waits for
it: all ways compute on one core, and nothing else that wants this core adds to their times.
"""

import time

import numpy as np

#: Largest relative difference of the losses after training, by precision.
TOLERANCE = {"float64": 1e-9, "float32": 1e-3}


class Unequal(AssertionError):
    """Two ways trained on the same batches don't reach the same loss."""


def loss_of(setting, W, b):
    """The mean cross-entropy of a trained net on all samples, in float64."""
    a = setting.X
    for l, (W_l, b_l) in enumerate(zip(W, b, strict=True)):
        z = a @ np.asarray(W_l, dtype=np.float64) + np.asarray(b_l, dtype=np.float64)
        a = np.maximum(z, 0.0) if l < len(W) - 1 else z
    shifted = a - a.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - (setting.Y * shifted).sum(axis=1)))


def same_losses(setting, runs):
    """Run each way once; return the loss each reaches (None for ways that don't learn).

    Parameters
    ----------
    setting : Setting
    runs : dict
        (way, dtype) -> run. The first that learns in float64 is what the others are held against.

    Raises
    ------
    Unequal
        If a loss differs by more than `TOLERANCE`, or is that of the start weights.
    """
    losses = {}
    for key, run in runs.items():
        trained = run()
        losses[key] = None if trained is None else loss_of(setting, *trained)
    reference = next(x for (_, dtype), x in losses.items() if x is not None and dtype == "float64")
    start = loss_of(setting, setting.W, setting.b)
    if not reference < start:
        raise Unequal(
            f"{setting.name}: expected training to lower the loss {start}, got {reference}"
        )
    for (way, dtype), loss in losses.items():
        if loss is not None and not abs(loss - reference) <= TOLERANCE[dtype] * reference:
            raise Unequal(
                f"{setting.name}: expected {way} in {dtype} to reach the loss {reference}, "
                f"got {loss}"
            )
    return losses


def in_turn(runs, repeats):
    """Seconds of the processor for each run in each round, key -> array (repeats,)."""
    seconds = {key: np.empty(repeats) for key in runs}
    for k in range(repeats):
        for key, run in runs.items():
            start = time.process_time()
            run()
            seconds[key][k] = time.process_time() - start
    return seconds


def summary(seconds, updates):
    """Median, quartiles and minimum of the microseconds per update, to four figures."""
    microseconds = 1e6 * np.asarray(seconds) / updates
    q1, median, q3 = np.quantile(microseconds, [0.25, 0.5, 0.75])
    found = {"median": median, "q1": q1, "q3": q3, "min": microseconds.min()}
    return {name: float(f"{value:.4g}") for name, value in found.items()}
