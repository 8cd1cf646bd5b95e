"""Checks: is a gradient right, do several ways agree, does a printed figure hold, what is wrong.

    central_difference(f, x)            the gradient of f at x from function values alone
    check_gradient(f, x, dx)            a report: largest relative error, kinks, verdict
    network_differences(net, X, Y)      dW and db of a network by central differences
    agree(hand=…, package=…, …)         raises where two ways differ
    holds("0.2317", value)              "rounded", "cut" or None
    diagnose(net, X, Y, dW, db)         names the mistake behind a wrong gradient

Rooms: ``differences``, ``agreement``, ``mistakes`` (the table of mistakes), ``diagnosis``.
"""

from .agreement import Agreement, Disagreement, agree, holds
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
from .mistakes import MISTAKES, Mistake

__all__ = [
    "MISTAKES",
    "Agreement",
    "Diagnosis",
    "Differences",
    "Disagreement",
    "Mistake",
    "Report",
    "agree",
    "central_difference",
    "check_gradient",
    "diagnose",
    "holds",
    "kinks",
    "network_differences",
    "relative_error",
    "relative_errors",
]
