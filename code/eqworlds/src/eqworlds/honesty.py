"""Does a world tell the truth about its derivatives?

Derivatives are complex steps, and a function that drops the imaginary part (``np.var``,
``np.linalg.norm``, ``abs``, ``sign``, ``clip``) silently has the derivative 0 there.  When a world
is made, every quantity and function that is computed is moved along a random direction, once by
a complex step and once by real steps; the two slopes must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np

from .environment import COMPLEX_STEP, Environment
from .tokens import EquationError

STEP = 1e-6
SLACK = 1e-5  # relative difference of the two slopes
_INSTEAD = (
    "write it with +, -, *, / and functions that take complex numbers: "
    "((x - x.mean()) ** 2).mean() for np.var, np.sqrt((x ** 2).sum()) for np.linalg.norm, "
    "np.where(np.real(x) < 0, -x, x) for abs, np.where(np.real(x) > c, c, x) for clip and min"
)


def check_honest(name: str, world) -> None:
    """Complain about a quantity or function whose complex step is not its slope.

    Raises
    ------
    EquationError
        With the world, the quantity, both slopes and what to write instead.
    """
    rng = np.random.default_rng(crc32(name.encode()))
    base = Environment(world)
    leaves = [(leaf, key) for leaf in world.leaves for key in world.keys[leaf] or [None]]
    directions = {tag: rng.normal(size=base(*tag).shape) for tag in leaves}
    by = {amount: _moved(base, directions, amount) for amount in (1j * COMPLEX_STEP, STEP, -STEP)}
    for quantity in world.compute:
        if quantity in world.leaves or quantity in world.sets:
            continue
        for key in world.keys[quantity] or [None]:
            values = [by[amount](quantity, key) for amount in by]
            tag = quantity if key is None else f"{quantity} (layer or step {key})"
            _same_slopes(name, tag, *values)
    for function in world.functions:
        _check_function(name, function, world, rng)


def _moved(base: Environment, directions: dict, amount: complex) -> Environment:
    """An environment in which every leaf is moved at once."""
    env = base
    for (leaf, key), direction in directions.items():
        env = Environment(base.world, (leaf, key, amount * direction), env)
    return env


def _same_slopes(world: str, quantity: str, stepped, up, down) -> None:
    slope = np.imag(stepped) / COMPLEX_STEP
    real = np.real(up - down) / (2 * STEP)
    scale = (
        np.abs(np.real(up)).max(initial=0)
        + np.abs(real).max(initial=0)
        + np.abs(slope).max(initial=0)
    )
    jumps = np.abs(real) > 1e3 * (1 + np.abs(np.real(up)))  # a step of a function lies in between
    wrong = (np.abs(slope - real) > SLACK * (1 + scale)) & ~jumps
    if np.any(wrong):
        at = np.unravel_index(np.argmax(np.abs(slope - real) * wrong), wrong.shape)
        raise EquationError(
            f"world {world} would lie about derivatives: a complex step gives {slope[at]:.6g} as a "
            f"slope of {quantity}, real differences give {real[at]:.6g}; {_INSTEAD}",
            0,
        )


def _check_function(world: str, function: str, owner, rng) -> None:
    keys = owner.keys[function]
    for key in keys or [None]:
        f = owner.functions[function] if keys is None else owner.functions[function](key)
        for shape in ((), (3,), (1, 3)):
            values = _slopes(f, rng.uniform(0.2, 1.5, size=shape), rng.normal(size=shape))
            other = _slopes(f, -rng.uniform(0.2, 1.5, size=shape), rng.normal(size=shape))
            for found in (values, other):
                if found is not None:
                    _same_slopes(world, function, *found)


def _slopes(f: Callable, at: np.ndarray, direction: np.ndarray):
    """Values a complex step and two real steps away; None where the function is not defined."""
    try:
        with np.errstate(all="ignore"):
            values = [
                np.asarray(f(np.asarray(at + amount * direction, complex)), complex)
                for amount in (1j * COMPLEX_STEP, STEP, -STEP)
            ]
    except Exception:  # a function of other shapes than these
        return None
    return values if all(np.all(np.isfinite(v)) for v in values) else None
