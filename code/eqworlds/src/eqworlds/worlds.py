r"""Worlds: small sets of named quantities in which equations are held against numbers.

A world holds leaves (data, weights) and *forward* definitions only, never a gradient formula.
``q`` below is the environment: ``q("w")`` is a quantity's value, ``q("a", l - 1)`` that of a
layer, ``q.grad("J", "z", l)`` a derivative by displacement.

    @world
    def one_weight(rng, draw):
        w = World(letters="t")
        w.q("x", rng.normal(), "input")
        w.q("w", rng.normal(), "weight")
        w.q("y", rng.normal(), "target")
        w.q(r"\hat{y}", lambda q: q("x") * q("w"), "prediction")
        w.q("J", lambda q: 0.5 * (q(r"\hat{y}") - q("y")) ** 2, "cost")
        return w
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np

from .declarations import Declaration
from .environment import Environment
from .symbols import canonical


class World:
    r"""Named quantities, functions and steps.

    Parameters
    ----------
    letters : str or list of str
        Letters that are indices in this world: ``"ijk"``, or ``["i", r"\ell"]``.
    """

    def __init__(self, letters: Iterable[str] = "ijkl"):
        self.letters = frozenset(letters)
        self.compute: dict[str, Callable] = {}
        self.sets: dict[str, list] = {}
        self.leaves: set[str] = set()  # drawn, not computed
        self.keys: dict[str, list | None] = {}
        self.functions: dict[str, Callable] = {}
        self.steps: dict[str, Callable] = {}
        self.symbols: dict[str, Declaration] = {}

    def q(
        self,
        latex: str,
        value,
        meaning: str = "",
        *,
        keys: Iterable | None = None,
        written: str = "^",
        shape: str = "",
        row: bool = False,
        first: int = 1,
        broadcast: bool = False,
        padded: bool = False,
        arguments: tuple[str, ...] = (),
        free: bool | tuple[float, float] = False,
    ) -> None:
        r"""Declare a quantity.

        Parameters
        ----------
        latex : str
            How it is written, without indices: ``w``, ``\hat{y}``, ``\lambda_{\max}``, ``w^*``.
        value : number, array, dict of them by key, or function
            ``f(q)`` or, with keys, ``f(q, key)`` computes it from other quantities.
        meaning : str
            What it is, in words, for the notation page.
        keys : iterable of int, optional
            Layers or steps for which a function gives it (a dict brings its own).
        written : {"^", "_"}
            Where the key is printed: ``W^l`` or ``w_k``.
        shape : str
            The shape in the book's letters, for the notation page: ``(n, d_l)``.
        row : bool
            A ``(1, d)`` matrix whose entries are printed with one index.
        first : int
            What the first index is called.
        broadcast : bool
            May be added to each row of a matrix.
        padded : bool
            Zero outside its range instead of an error.
        arguments : tuple of str
            Quantities at which it may be printed: ``J(w, b)``.
        free : bool or (low, high)
            Nothing in this world depends on how it was drawn, so the checker may also put it
            where a condition or an inequality is just met, and beside it.
        """
        name = canonical(latex)
        if name in self.symbols:
            raise ValueError(f"{latex} is declared twice")
        if isinstance(value, dict):
            table = {key: _frozen(entry) for key, entry in value.items()}
            keys = list(table)
            self.compute[name] = lambda q, key: table[key]
            self.leaves.add(name)
        elif callable(value):
            self.compute[name] = value
        else:
            fixed = _frozen(value)
            self.compute[name] = lambda q: fixed
            self.leaves.add(name)
        self.keys[name] = None if keys is None else list(keys)
        self.symbols[name] = Declaration(
            name, -1, None if keys is None else written, row, first, broadcast, padded,
            arguments=tuple(canonical(a) for a in arguments), meaning=meaning, shape=shape,
            free=(-np.inf, np.inf) if free is True else free or None,
        )  # fmt: skip

    def alias(self, latex: str, of: str, meaning: str = "") -> None:
        """Declare another name of a quantity: ``w`` for the entries of ``W``."""
        original = self.symbols[canonical(of)]
        name = canonical(latex)
        self.symbols[name] = Declaration(
            name, -1, original.key, original.row, original.first, original.broadcast,
            original.padded, alias_of=original.name, meaning=meaning or original.meaning,
        )  # fmt: skip

    def function(self, latex: str, value: Callable, meaning: str = "", *, keys=None) -> None:
        """Declare a function ``value(z)``, or with keys ``value(key)(z)`` printed ``s_l(z)``.

        To be differentiated it must accept complex numbers and be analytic between its kinks.
        """
        name = canonical(latex)
        self.functions[name] = value
        self.keys[name] = None if keys is None else list(keys)
        key = None if keys is None else "_"
        self.symbols[name] = Declaration(name, 0, key, function=True, meaning=meaning)

    def variable(self, latex: str, meaning: str = "") -> None:
        r"""Declare the argument of functions written without one: ``z`` in ``s = z \sigma``.

        It takes a few values of either sign, the same for all functions of a formula.
        """
        name = canonical(latex)
        self.symbols[name] = Declaration(name, 0, variable=True, meaning=meaning, shape="a number")

    def step(self, latex: str, value: Callable) -> None:
        r"""Say how a quantity moves: the meaning of ``w \leftarrow ...`` and of ``\Delta w``."""
        self.steps[canonical(latex)] = value

    def members(self, latex: str, values: Iterable, meaning: str = "") -> None:
        r"""Declare a set over which sums run: ``\sum_{p \in \mathcal{P}}``."""
        self.q(latex, 0, meaning)
        self.sets[canonical(latex)] = list(values)

    @cached_property
    def declarations(self) -> dict[str, Declaration]:
        """Declarations by canonical name, with the number of axes found from the values."""
        env = Environment(self)
        for name, declaration in self.symbols.items():
            if declaration.axes >= 0 or declaration.alias_of:
                continue
            if name in self.sets:
                declaration.axes = 0
                continue
            keys = self.keys[name]
            value = env(name) if keys is None else env(name, keys[-1])
            declaration.axes = value.ndim
            declaration.shape = declaration.shape or _shape_in_words(value)
        for declaration in self.symbols.values():
            if declaration.alias_of:
                declaration.axes = self.symbols[declaration.alias_of].axes
                declaration.shape = self.symbols[declaration.alias_of].shape
        return self.symbols

    def original(self, name: str) -> str:
        """The quantity that a name stands for."""
        if name not in self.symbols:
            name = canonical(name)
        return self.symbols[name].alias_of or name


def _frozen(value) -> np.ndarray:
    array = np.array(value, complex)
    array.setflags(write=False)
    return array


def _shape_in_words(value: np.ndarray) -> str:
    if not value.ndim:
        return "a number"
    return "(" + ", ".join(map(str, value.shape)) + ("," if value.ndim == 1 else "") + ")"


class WorldMaker:
    """A named function that makes a world for a draw."""

    def __init__(self, make: Callable, draws: int = 3, generic: str | None = None):
        self.make = make
        self.generic = generic
        self.name = make.__name__
        self.meaning = (make.__doc__ or "").strip()
        self.draws = draws

    def __call__(self, draw: int, seed: int = 0) -> World:
        """The world of one draw; the same draw and seed always give the same numbers."""
        rng = np.random.default_rng([draw, crc32(self.name.encode()), seed])
        return self.make(rng, draw)


def world(make: Callable | None = None, *, draws: int = 3, generic: str | None = None):
    """Mark a function ``make(rng, draw)`` as a world.

    Parameters
    ----------
    make : callable
        Gets a ``numpy.random.Generator`` and the number of the draw (1, 2, ...).
    draws : int
        How many draws an equation is held against.
    generic : str, optional
        For a world of given numbers, some of which may be equal: the world of the same symbols
        with random numbers, where everything but the sides with printed values must hold too.
    """
    if make is None:
        return lambda function: WorldMaker(function, draws, generic)
    return WorldMaker(make, draws, generic)


def _imported(package: str):
    """A module by its name, or a file or folder by its path."""
    path = Path(package)
    if path.suffix != ".py" and not path.is_dir():
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))  # as python -m does
        try:
            return importlib.import_module(package)
        except ModuleNotFoundError as error:
            raise ValueError(
                f"no worlds in {package!r}: {error}. Give a module that can be imported from here, "
                "or the path of a file: --worlds worlds.py"
            ) from None
    if not path.exists():
        raise ValueError(f"there is no file {package}: 'eqworlds init' writes a first one")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(path.stem)


def load_worlds(package: str) -> dict[str, WorldMaker]:
    """All worlds of a module, of the modules of a package, or of a file, by name.

    Raises
    ------
    ValueError
        If two worlds have the same name or there is none.
    """
    root = _imported(package)
    modules = [root]
    for info in pkgutil.iter_modules(getattr(root, "__path__", [])):
        modules.append(importlib.import_module(f"{root.__name__}.{info.name}"))
    found: dict[str, WorldMaker] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, WorldMaker) or found.get(value.name) is value:
                continue
            if value.name in found:
                raise ValueError(f"two worlds are called {value.name!r}")
            found[value.name] = value
    if not found:
        raise ValueError(f"no world in {package}")
    return found
