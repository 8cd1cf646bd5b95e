"""Public functions of the rooms that chapters open first say what they take and what they give."""

import inspect
from importlib import import_module

import pytest

ROOMS = ["activations", "losses", "network", "schedules", "batchnorm"]


def public(module):
    """Functions of a module without an underscore, with their names."""
    for name, function in vars(module).items():
        own = getattr(function, "__module__", None) == module.__name__
        if own and inspect.isfunction(function) and not name.startswith("_"):
            yield name, inspect.signature(function)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_function_names_its_types(room):
    found = dict(public(import_module(f"handgrad.{room}")))
    assert len(found) >= 5
    empty = inspect.Parameter.empty
    for name, signature in found.items():
        untyped = [p.name for p in signature.parameters.values() if p.annotation is empty]
        assert not untyped, f"{room}.{name}: {', '.join(untyped)}"
        assert signature.return_annotation is not empty, f"{room}.{name}: its result"
