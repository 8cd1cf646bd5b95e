r"""What a printed number claims: ``\approx 0.593`` is right to half a unit of its last digit."""

from __future__ import annotations

import numpy as np

from .nodes import Add, Apply, Group, Matrix, Node, Number, Power, Product, Symbol, walk


def half_unit(node: Node):
    r"""Half a unit of the last printed digit; None if the node is no printed number.

    Reads ``0.593``, ``-0.593``, ``5.5 \times 10^{-4}`` and matrices of them (then an array).
    """
    if isinstance(node, Group):
        return half_unit(node.of)
    if isinstance(node, Number):
        decimals = len(node.text.partition(".")[2])
        return 0.5 * 10.0**-decimals if node.text[0].isdigit() else None
    if isinstance(node, Add) and len(node.terms) == 1:
        return half_unit(node.terms[0][1])
    if isinstance(node, Product) and len(node.factors) == 2:
        return _scientific(*node.factors)
    if isinstance(node, Matrix):
        units = [[half_unit(entry) for entry in row] for row in node.rows]
        return None if any(u is None for row in units for u in row) else np.array(units)
    return None


def _scientific(mantissa: Node, power: Node):
    if not isinstance(mantissa, Number) or not isinstance(power, Power):
        return None
    if not isinstance(power.base, Number) or power.base.value != 10:
        return None
    exponent = _integer(power.exponent)
    return None if exponent is None else half_unit(mantissa) * 10.0**exponent


def _integer(node: Node) -> int | None:
    if isinstance(node, Add) and len(node.terms) == 1:
        sign, term = node.terms[0]
        value = _integer(term)
        return None if value is None else sign * value
    return node.value if isinstance(node, Number) and isinstance(node.value, int) else None


def has_decimals(node: Node) -> bool:
    """Whether a number with a decimal point is printed anywhere in it."""
    return any(isinstance(part, Number) and "." in part.text for part in walk(node))


def has_symbols(node: Node) -> bool:
    """Whether a quantity or a function of the world stands in it."""
    return any(isinstance(part, (Symbol, Apply)) for part in walk(node))
