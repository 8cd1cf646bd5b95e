r"""What goes on between the ends of ``x_1 + \cdots + x_n``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .nodes import RUN_LETTER, Add, Index, Node, Run
from .tokens import EquationError


def run(kind: str, first: Node, last: Node) -> Run:
    """What goes from ``first`` to ``last``, which may differ only in indices."""
    ends: list[tuple[Node, Node]] = []
    body = _align(first, last, ends)
    if body is None or not ends:
        message = r"the factors before and after \cdots must differ in their indices only"
        raise EquationError(message, last.start)
    return Run(kind, body, tuple(ends), start=first.start, end=last.end)


def _align(first, last, ends: list, in_index: bool = False):
    """The common shape of two nodes that differ in indices only; None if they differ more."""
    if first == last:
        return first
    if in_index:
        ends.append((first, last))
        return Add(((1, first), (1, Index(RUN_LETTER))), start=first.start, end=first.end)
    if isinstance(first, tuple) and isinstance(last, tuple) and len(first) == len(last):
        parts = [_align(a, b, ends) for a, b in zip(first, last, strict=False)]
        return None if any(part is None for part in parts) else tuple(parts)
    if type(first) is not type(last) or not isinstance(first, Node):
        return None
    values: dict[str, Any] = {"start": first.start, "end": first.end}
    for f in fields(first):
        if f.name in values:
            continue
        a, b = getattr(first, f.name), getattr(last, f.name)
        if f.name == "indices" and len(a) == len(b):
            values[f.name] = tuple(_align(x, y, ends, True) for x, y in zip(a, b, strict=False))
        elif a is None and b is None:
            values[f.name] = None
        else:
            values[f.name] = _align(a, b, ends, f.name == "key")
            if values[f.name] is None:
                return None
    return type(first)(**values)
