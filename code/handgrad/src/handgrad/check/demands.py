"""One list of demands that every activation, loss and optimiser meets, one of your own too.

    for demand in demands(thing):       small named checks, by what the thing says it can
        demand()                        raises Unmet, and says what was expected and what came
    print(meets(thing))                 runs them all and reports in words

In a test file each is a case with a name of its own:

    @pytest.mark.parametrize("demand", [*demands(my_loss), *demands(my_activation)], ids=str)
    def test_mine(demand):
        demand()

Rooms: ``demanded_of_activations``, ``demanded_of_losses``, ``demanded_of_optimizers``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from handgrad.activations import Activation
from handgrad.losses import Loss

from . import demanded_of_activations, demanded_of_losses, demanded_of_optimizers
from .unmet import Unmet


@dataclass(frozen=True)
class Demand:
    """One small check of one thing; call it: it returns nothing or raises `Unmet`.

    Attributes
    ----------
    name : str
        Such as "derivative is the slope of the value".
    thing : Activation, Loss or optimiser
    """

    name: str
    thing: object
    check: Callable = field(repr=False)

    def __call__(self):
        try:
            with np.errstate(all="ignore"):  # a demand that minds says so
                self.check(self.thing)
        except Unmet as problem:
            raise Unmet(f"{_called(self.thing)}: {self.name}: {problem}") from None
        except Exception as problem:
            raise Unmet(
                f"{_called(self.thing)}: {self.name}: expected an answer, "
                f"got {type(problem).__name__}: {problem}"
            ) from problem

    def __str__(self):
        return f"{_called(self.thing)}: {self.name}"


@dataclass(frozen=True)
class Findings:
    """What `meets` found; true where every demand is met.

    Attributes
    ----------
    thing : object
    met : tuple of str
        Names of the demands that are met.
    unmet : dict
        Name -> what was expected and what came.
    """

    thing: object
    met: tuple
    unmet: dict

    def __bool__(self):
        return not self.unmet

    def __str__(self):
        total = len(self.met) + len(self.unmet)
        if self:
            return f"{_called(self.thing)} meets all {total} demands"
        lines = [f"{_called(self.thing)} does not meet {len(self.unmet)} of {total} demands:"]
        return "\n".join([*lines, *(f"- {reason}" for reason in self.unmet.values())])


def demands(thing):
    """Yield the demands on an activation, a loss or an optimiser, by what it says it can.

    Parameters
    ----------
    thing : Activation, Loss, or an object with ``start`` and ``step`` as in `handgrad.optimizers`

    Yields
    ------
    Demand

    Raises
    ------
    TypeError
        If it is none of these.
    """
    for when, check in _list_for(thing):
        if when(thing):
            yield Demand(check.__name__.replace("_", " ").strip(), thing, check)


def meets(thing, *, except_for=()):
    """Run every demand on the thing and report.

    Parameters
    ----------
    thing
        As for `demands`.
    except_for : sequence of str
        Names of demands that are left out.

    Returns
    -------
    Findings
        True in an ``if`` or ``assert`` if all are met; ``str`` says what is not.

    Raises
    ------
    TypeError
        If the thing is none of those that are known.
    ValueError
        If a name in `except_for` is no demand on it.
    """
    asked = {demand.name: demand for demand in demands(thing)}
    if isinstance(except_for, str):
        raise TypeError(f"except_for: expected a list of names, got {except_for!r}")
    for name in except_for:
        if name not in asked:
            raise ValueError(f"except_for: expected names of {', '.join(asked)}; got {name!r}")
    met, unmet = [], {}
    for name, demand in asked.items():
        if name in except_for:
            continue
        try:
            demand()
        except Unmet as problem:
            unmet[name] = str(problem)
        else:
            met.append(name)
    return Findings(thing, tuple(met), unmet)


def _list_for(thing):
    if isinstance(thing, Activation):
        return demanded_of_activations.DEMANDS
    if isinstance(thing, Loss):
        return demanded_of_losses.DEMANDS
    parts = (getattr(thing, name, None) for name in ("start", "step"))
    if all(map(callable, parts)) and not isinstance(thing, type):
        return demanded_of_optimizers.DEMANDS
    raise TypeError(
        "thing: expected an Activation, a Loss, or an optimiser (an object with start and step), "
        f"got {thing!r}"
    )


def _called(thing):
    name = getattr(thing, "name", None) or type(thing).__name__
    parameter = getattr(thing, "parameter", None)
    pieces = getattr(thing, "pieces", 1)
    if parameter is not None:
        return f"{name} with {parameter:g}"
    return f"{name} with {pieces} pieces" if pieces > 1 else name
