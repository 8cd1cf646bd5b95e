"""SymPy, on scalars and on arrays of them: answers to the questions."""

import sympy
from sympy import Abs, Heaviside, Max, Min, Piecewise, Symbol, exp, log, sqrt, symbols

from claims.libraries.asking import reply

x = Symbol("x", real=True)
a, b, c = symbols("a b c", real=True)


def slope(f, *at):
    return [number(f.diff(x).subs(x, point)) for point in at]


def number(value):
    value = sympy.simplify(value)
    return float(value) if value.is_extended_real else str(value)


def at(f, **values):
    """The derivatives of f by these names at these values."""
    by_symbol = {Symbol(name, real=True): value for name, value in values.items()}
    return [number(f.diff(symbol).subs(by_symbol, simultaneous=True)) for symbol in by_symbol]


ANSWERS = {
    "kinks/max_x_0": lambda: slope(Max(x, 0), 0),
    "kinks/max_0_x": lambda: slope(Max(0, x), 0),
    "kinks/where": lambda: slope(Piecewise((x, x > 0), (0, True)), 0),
    "kinks/min_x_0": lambda: slope(Min(x, 0), 0),
    "kinks/absolute": lambda: slope(Abs(x), 0),
    "kinks/sign": lambda: float(sympy.sign(0)),
    "kinks/step": lambda: float(Heaviside(0)),
    "kinks/tie_two": lambda: at(Max(a, b), a=1, b=1),
    "kinks/tie_three": lambda: at(Max(a, b, c), a=1, b=1, c=1),
    "zeros/product": lambda: at(a * b * c, a=0, b=2, c=3),
    "zeros/product_two": lambda: at(a * b * c, a=0, b=0, c=3),
    "zeros/norm": lambda: at(sqrt(a**2 + b**2), a=0, b=0),
    "zeros/root": lambda: [str(sqrt(x).diff(x).subs(x, 0))],
    "zeros/guarded_root": lambda: slope(Piecewise((sqrt(x), x > 0), (0, True)), 0),
    "zeros/power": lambda: slope(x**0, 0),
    "zeros/x_log_x": lambda: str((x * log(x)).subs(x, 0)),
    "zeros/naive_softplus": lambda: slope(log(1 + exp(x)), 1000),
    "steps/accumulate": lambda: slope(x**2, 3, 3),
}


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": "a formula has no such function",
            "zeros/*": "a formula has no digits to lose",
            "losses/*": "no losses",
            "steps/*": "no optimisers",
            "rates/*": "no schedules",
            "batch/*": "no layers",
            "starts/*": "no layers",
            "forms/*": "no layers, activations or loops",
            "net222": "the book has it done so: handgrad.symbolic, by sympy on scalars",
            "classifier": "the book has it done so for its layers, by sympy on scalars",
        },
        networks={},
        packages=("sympy",),
        settings={},
    )
