"""Which mistake is behind a wrong gradient?

Every mistake of the table in ``mistakes`` is made on purpose, and what it gives is compared with
the gradient in question.  A mistake is named only if it explains every layer that is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from handgrad import _trust
from handgrad._arrays import as_floats, as_number
from handgrad.network import backward, check_network, forward, loss_for, make_network, output_delta

from .mistakes import MISTAKES, NOT_FILLED_IN, Case


@dataclass(frozen=True)
class Diagnosis:
    """What :func:`diagnose` found.

    Attributes
    ----------
    name : str
        "right", the name of a mistake, or "none of these".
    message : str
        What is wrong, how to see it and what to change, for a student.
    names : tuple of str
        All mistakes that give exactly this gradient on these data, ``name`` first; empty if it is
        right or nothing fits.
    layers : tuple of int
        The layers in which the mistake was made, as far as the gradient shows it.
    """

    name: str
    message: str
    names: tuple = ()
    layers: tuple = ()

    @property
    def right(self):
        """Whether the gradient is right."""
        return self.name == "right"

    def __str__(self):
        return self.message

    __repr__ = __str__


def diagnose(
    net, X, Y, dW, db=None, loss="half_squared_error", *, learning_rate=None, tolerance=1e-6
):
    """Name the mistake behind a wrong gradient.

    Parameters
    ----------
    net : Network
    X : array_like (n, d_1)
    Y : array_like (n, d_L)
    dW : dict
        Layer -> the gradient of W^l somebody computed, (d_{l-1}, d_l) or its transpose.
    db : dict, optional
        Layer -> the gradient of b^l, (d_l,) or one number.  A layer left out counts as forgotten;
        without ``db`` the biases are not looked at.
    loss : str or Loss
    learning_rate : float, optional
        The one used in the update; else it is estimated if the gradient looks as if weights had
        been updated too early.
    tolerance : float
        Parts whose relative difference is less are taken to be equal.

    Returns
    -------
    Diagnosis
    """
    check_network(net)
    loss = loss_for(net, loss)
    net = _trust.network(make_network(net.W, net.b, net.s, dtype="float64"))
    if learning_rate is not None:
        as_number("learning_rate", learning_rate, above=0)
    cache = forward(net, X)
    Y = as_floats("Y", Y, cache.y_hat.shape)
    right = backward(net, cache, output_delta(net, cache, Y, loss))
    given = _given(right, dW, db)
    given_dW = {l: given["W", l] for l in right.dW}
    case = Case(net, Y, _trust.loss(loss, net.s[net.L]), cache, right, given_dW, learning_rate)
    truth = _parts(right.dW, right.db, given)
    largest = max(np.abs(part).max() for part in truth.values())

    def same(one, other):
        size = max(np.abs(one).max(), 1e-6 * largest)
        return one.shape == other.shape and bool(np.abs(one - other).max() <= tolerance * size)

    wrong = [p for p in given if not same(truth[p], given[p])]
    empty = {p for p in wrong if not given[p].any()}
    if not any(kind == "W" for kind, _ in empty):
        empty = set()  # a bias's gradient alone is a mistake of its own: it is forgotten
    if not wrong:
        return Diagnosis("right", "The gradient is right.")
    found = []
    for mistake in MISTAKES:
        for variant in mistake.variants(case):
            parts = _parts(variant.dW, variant.db, given)
            fits = {p for p in given if same(parts[p], given[p])}
            fits = fits & empty if mistake.name == NOT_FILLED_IN else fits - empty
            if len(fits) == len(given) or not mistake.whole:
                found.append((mistake, variant, fits))
    return _verdict(found, given, wrong, case)


def _given(right, dW, db):
    """{("W", l): array, ("b", l): array} of what came, checked; db only if there is one."""
    parts = {}
    for what, mine, expected in (("dW", dW, right.dW), ("db", db, right.db)):
        if mine is None and what == "db":
            continue
        if not isinstance(mine, Mapping):
            raise TypeError(f"{what}: expected a dict, layer -> array, got {type(mine).__name__}")
        odd = set(mine) - set(expected)
        if odd:
            raise ValueError(
                f"{what}: expected layers 2 to {max(expected)}, got {sorted(odd, key=str)[0]!r}"
            )
        for l, array in expected.items():
            parts[what[1], l] = _shaped(f"{what}[{l}]", mine.get(l), array)
    return parts


def _shaped(name, value, expected):
    if expected.ndim == 1:
        if value is None:
            return np.zeros_like(expected)
        value = as_floats(name, value)
        if value.size == 1:  # one number for all
            return np.full(expected.shape, value.item())
        return _matching(
            name, value.reshape(-1) if value.shape[:1] == (1,) else value, [expected.shape]
        )
    if value is None:
        raise ValueError(f"{name}: expected an array {expected.shape}, got nothing")
    return _matching(name, as_floats(name, value), [expected.shape, expected.shape[::-1]])


def _matching(name, value, shapes):
    if value.shape not in shapes:
        raise ValueError(f"{name}: expected shape {shapes[0]}, got {value.shape}")
    return value


def _parts(dW, db, like):
    """The parts of a gradient, in the order of ``like``."""
    return {(kind, l): (dW if kind == "W" else db)[l] for kind, l in like}


def _verdict(found, given, wrong, case):
    """One cause for everything; else one cause for all that is wrong; else one for each part."""
    for asked in (set(given), set(wrong)):
        fitting = [(m, v) for m, v, fits in found if asked <= fits]
        if fitting:
            layers = () if asked == set(given) else tuple(sorted({l for _, l in wrong}))
            return _named(fitting, layers, wrong, case)
    by_part = {p: [(m, v) for m, v, fits in found if p in fits] for p in wrong}
    explained = {p: fitting for p, fitting in by_part.items() if fitting}
    lines = [
        f"d{kind}[{l}]: {_first(fitting)[0].name}"
        for (kind, l), fitting in sorted(explained.items(), key=lambda item: -item[0][1])
    ]
    if len(explained) < len(wrong):
        parts = ", ".join(f"d{kind}[{l}]" for kind, l in wrong if (kind, l) not in explained)
        hint = f" What does fit: {'; '.join(lines)}." if lines else ""
        return Diagnosis(
            "none of these",
            f"The gradient is wrong in {parts}, and none of the "
            f"{len(MISTAKES)} mistakes known here gives it.{hint} Compare the first "
            "delta, from the output backwards, that differs from central differences.",
        )
    last = max(wrong, key=lambda p: p[1])  # the one nearest the output is to be mended first
    first = _named(explained[last], (last[1],), [last], case)
    names = dict.fromkeys([*first.names, *(_first(f)[0].name for f in explained.values())])
    return Diagnosis(
        first.name,
        "More than one mistake. "
        + "; ".join(lines)
        + f". Begin with the one nearest the output. {first.message}",
        tuple(names),
        tuple(sorted({l for _, l in wrong})),
    )


def _first(fitting):
    return min(fitting, key=lambda f: len(f[1].layers))


def _named(fitting, layers, wrong, case):
    """The diagnosis for mistakes that all give this gradient, each with its fewest layers."""
    names = list(dict.fromkeys(m.name for m, _ in fitting))
    best = {name: _first([f for f in fitting if f[0].name == name]) for name in names}
    messages = [_message(*best[name], layers, wrong, case) for name in names]
    text = messages[0]
    if len(names) > 1:
        text = "On these data several mistakes give exactly this gradient. " + " Or: ".join(
            messages
        )
    return Diagnosis(names[0], text, tuple(names), best[names[0]][1].layers or layers)


def _message(mistake, variant, layers, wrong, case):
    layers = variant.layers or layers
    if not variant.layers:  # what is wrong: W, b or both
        kinds = {kind for kind, _ in wrong}
        what = {"W": "dW", "b": "db"}.get("".join(kinds), "dW and db")
        in_layers = f" (in {what} of {_listed(layers)})" if layers else ""
    else:
        in_layers = f" in {_listed(layers)}"
    l = min(layers or (case.L,))
    da = "∂J/∂ŷ" if l == case.L else f"delta[{l + 1}] @ W[{l + 1}].T"
    fill = {
        "layers": _listed(layers),
        "in_layers": in_layers,
        "l": l,
        "k": l - 1,
        "m": min(l + 1, case.L),
        "da": da,
        "note": variant.note,
    }
    return " ".join(text.format(**fill) for text in (mistake.what, mistake.see, mistake.change))


def _listed(layers):
    if len(layers) == 1:
        return f"layer {layers[0]}"
    return f"layers {', '.join(map(str, layers[:-1]))} and {layers[-1]}" if layers else "all layers"
