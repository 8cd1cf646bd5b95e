"""Checks: is a gradient right, do several ways agree, does a printed figure hold, what is wrong.

    central_difference(f, x)            the gradient of f at x from function values alone
    check_gradient(f, x, dx)            a report: largest relative error, kinks, verdict
    network_differences(net, X, Y)      dW and db of a network by central differences
    agree(hand=…, package=…, …)         raises where two ways differ
    holds("0.2317", value)              "rounded", "cut" or None
    diagnose(net, X, Y, dW, db)         names the mistake behind a wrong gradient
    lines(forward, leaves, gradients)   names the mistake in each line of a reader's backward pass
    meets(thing)                        is an activation, loss or optimiser what it has to be

Rooms: ``differences``, ``agreement``, ``mistakes`` (the table of mistakes), ``diagnosis``,
``lines``, ``demands``.
"""

from .agreement import Agreement, Disagreement, agree, holds
from .demands import Demand, Findings, demands, meets
from .diagnosis import Diagnosis, diagnose
from .differences import (
    Differences,
    Report,
    central_difference,
    check_gradient,
    kinks,
    network_differences,
    relative_error,
    relative_errors,
)
from .lines import Line, Lines, lines
from .mistakes import MISTAKES, Mistake
from .unmet import Unmet

__all__ = [
    "MISTAKES",
    "Agreement",
    "Demand",
    "Diagnosis",
    "Differences",
    "Disagreement",
    "Findings",
    "Line",
    "Lines",
    "Mistake",
    "Report",
    "Unmet",
    "agree",
    "central_difference",
    "check_gradient",
    "demands",
    "diagnose",
    "holds",
    "kinks",
    "lines",
    "meets",
    "network_differences",
    "relative_error",
    "relative_errors",
]
