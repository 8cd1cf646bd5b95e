"""The package as a whole: rooms come when they are asked for, errors travel between processes."""

import inspect
import pickle
import subprocess
import sys
from importlib import import_module

import handgrad
import numpy as np
import pytest
from handgrad import training

LAZY = """
import sys, handgrad
early = {name for name in sys.modules if name.startswith("handgrad.")}
assert not early and "numpy" not in sys.modules, early
assert handgrad.network.predict and handgrad.check.agree
assert set(handgrad.__all__) <= set(dir(handgrad))
for heavy in ("scipy", "tqdm", "matplotlib", "sympy", "ipywidgets"):
    assert heavy not in sys.modules, heavy
"""


def test_rooms_come_when_they_are_asked_for():
    subprocess.run([sys.executable, "-c", LAZY], check=True)


def test_every_room_is_there():
    for name in handgrad.__all__:
        assert getattr(handgrad, name) is import_module(f"handgrad.{name}")
    with pytest.raises(AttributeError, match="'handgrad' has no attribute 'cellar'"):
        handgrad.cellar  # noqa: B018


def errors():
    """All exceptions that the package defines."""
    for name in handgrad.__all__:
        module = import_module(f"handgrad.{name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__.startswith("handgrad"):
                yield kind


@pytest.mark.parametrize("kind", sorted(set(errors()), key=lambda kind: kind.__name__))
def test_errors_come_back_from_another_process(kind):
    history = training.History(*[np.arange(3.0)] * 5)
    special = {training.DivergenceError: (np.inf, 3, 0.5, history)}
    error = kind(*special.get(kind, ("what was expected",)))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind and str(again) == str(error)
