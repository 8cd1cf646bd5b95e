"""Values of a world's quantities, and what becomes of them when one is displaced.

A derivative is found by displacement: everything that is computed from the displaced quantity
is computed again, everything else is held.  A first derivative is a complex step (exact to
rounding); a derivative within a derivative uses a central difference of fourth order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .tokens import EquationError

COMPLEX_STEP = 1e-30
REAL_STEP = 1e-3
# central difference of fourth order: (offset in steps, weight over the step)
STENCIL = ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12))


class Environment:
    """Quantities of a world, one of them possibly displaced.

    Parameters
    ----------
    world : World
        Where the quantities are defined.
    moved : tuple (name, key, displacement), optional
        What is displaced, and by how much.
    outer : Environment, optional
        The environment in which this displacement takes place.
    """

    def __init__(self, world, moved: tuple | None = None, outer: Environment | None = None):
        self.world = world
        self.moved = moved
        self.outer = outer
        self.values: dict[tuple, np.ndarray] = {}
        self.inner: dict[tuple, Environment] = {}
        inherited = outer.in_complex_step if outer else False
        self.in_complex_step: bool = inherited or (
            moved is not None and bool(np.any(moved[2].imag))
        )

    def __call__(self, name: str, key=None) -> np.ndarray:
        """Value of a quantity (of one layer or step of it)."""
        found = self.values.get((name, key))
        if found is not None:
            return found
        value = self._computed(self.world.original(name), key)
        self.values[name, key] = value
        return value

    def _computed(self, name: str, key) -> np.ndarray:
        keys = self.world.keys.get(name)
        if keys is not None and key not in keys:
            raise EquationError(f"{name} does not exist for layer or step {key}")
        compute = self.world.compute[name]
        value = np.asarray(compute(self) if keys is None else compute(self, key), complex)
        env: Environment | None = self
        while env is not None:
            if env.moved and env.moved[0] == name and env.moved[1] == key:
                value = value + env.moved[2]
            env = env.outer
        return value

    def displaced(self, name: str, key, place: tuple, by: complex) -> Environment:
        """This environment with one entry of a quantity displaced."""
        tag = (name, key, place, by)
        if tag not in self.inner:
            displacement = np.zeros(self(name, key).shape, complex)
            displacement[place] = by
            self.inner[tag] = Environment(self.world, (name, key, displacement), self)
        return self.inner[tag]

    def having(self, name: str, key, place: tuple, value: complex) -> Environment:
        """This environment with one entry of a quantity set to a value."""
        name = self.world.original(name)
        displacement = np.zeros(self(name, key).shape, complex)
        displacement[place] = value - self(name, key)[place]
        return Environment(self.world, (name, key, displacement), self)

    def derivative(self, f: Callable, name: str, key=None, place: tuple | None = None):
        """Derivative of ``f(environment)`` with respect to a quantity or one entry of it.

        Parameters
        ----------
        f : callable
            Takes an Environment and returns a number (an array only if ``place`` is given).
        name, key
            The quantity.
        place : tuple of int, optional
            The entry; without it the result has the shape of the quantity.
        """
        name = self.world.original(name)
        if place is not None:
            return self._slope(f, name, key, place)
        shape = self(name, key).shape
        slopes = np.zeros(shape, complex)
        for at in np.ndindex(*shape):
            slope = self._slope(f, name, key, at)
            if np.shape(slope) == (1, 1):  # of a row times a column
                slope = slope[0, 0]
            if np.ndim(slope):
                raise EquationError("an array differentiated by an array: write indices")
            slopes[at] = slope
        return slopes

    def _slope(self, f: Callable, name: str, key, place: tuple):
        if not self.in_complex_step:
            moved = self.displaced(name, key, place, 1j * COMPLEX_STEP)
            return np.imag(f(moved)) / COMPLEX_STEP + 0j
        total = 0j
        for offset, weight in STENCIL:
            moved = self.displaced(name, key, place, offset * REAL_STEP)
            total = total + weight * f(moved) / REAL_STEP
        return total

    def world_values(self) -> set[float]:
        """Magnitudes of all quantities of the world, at every layer and entry."""
        found: set[float] = set()
        for name in self.world.compute:
            if name in self.world.sets:
                continue
            for key in self.world.keys[name] or [None]:
                found |= {float(v) for v in np.abs(np.real(self(name, key))).ravel()}
        return found

    def grad(self, of: str, by: str, key=None) -> np.ndarray:
        """Derivative of a scalar quantity by another, in the shape of the other."""
        return self.derivative(lambda env: env(of), by, key)

    def second(self, of: str, by: str, then_by: str) -> np.ndarray:
        """Second derivative of a scalar quantity by two scalar quantities."""
        return self.derivative(lambda env: env.grad(of, by), then_by, None, ())


def function_derivative(f: Callable, value: np.ndarray, order: int) -> np.ndarray:
    """Derivative of ``f`` at ``value``, entry by entry, by the same two rules."""
    if order == 0:
        return f(value)

    def lower(z):
        return function_derivative(f, z, order - 1)

    if not np.any(np.imag(value)):
        return np.imag(lower(value + 1j * COMPLEX_STEP)) / COMPLEX_STEP + 0j
    return sum(w * lower(value + offset * REAL_STEP) / REAL_STEP for offset, w in STENCIL)
