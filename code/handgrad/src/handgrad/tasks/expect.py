"""What the tests of the exercises say when something is wrong.

Each check returns True, so that a test cell ends in a statement (`assert close(…)`), or raises an
AssertionError whose first line names the mistake and holds no number: the report counts these
lines. A message shows what the student's function gave, never what it should have given.
"""

import warnings

import numpy as np

from handgrad import _core
from handgrad.check.mistakes import FACTORS, NOT_FILLED_IN

UNNAMED = "not right, and it is none of the usual mistakes"
NUMERIC = "right to some digits only, as by difference quotients: a derivation is asked for"


def close(got, want, what, *, mistakes=None, n=None, tolerance=1e-8):
    """Check that `got` equals `want`; if not, name the mistake that gives just `got`.

    Parameters
    ----------
    got : what the student's function gave
    want : number, array, or tuple, list or dict of these
    what : str
        Name of the function.
    mistakes : dict or None
        A mistake in words -> the value that it gives, with the structure of `want`.
    n : int or None
        Number of samples: with it, sum for mean is among the usual mistakes.
    tolerance : float
        Allowed difference, relative to the largest entry.

    Raises
    ------
    AssertionError
        If they differ; the message's first line names the mistake.
    """
    wanted = _flat(want)
    given = _given(got, want, what)
    if _agree(given, wanted, tolerance):
        return True
    for name, value in {**(mistakes or {}), **_usual(want, n)}.items():
        if _agree(given, _flat(value), max(tolerance, 1e-7)):
            raise AssertionError(f"`{what}`: {name}")
    for label, part in wanted.items():
        _check_shape(given[label], part, what, label)
    for label, part in wanted.items():
        if not _agree({"": given[label]}, {"": part}, tolerance):
            raise AssertionError(_unnamed(given[label], part, what, label, n, tolerance))
    raise AssertionError(f"`{what}`: {UNNAMED}")


def gradient(got, f, x, what, *, mistakes=None, n=None, tolerance=1e-6):
    """Check a gradient against central differences of `f` at `x`; arguments as for `close`."""
    return close(got, differences(f, x), what, mistakes=mistakes, n=n, tolerance=tolerance)


def derived(got, exact, what, *, tolerance=1e-12):
    """Check that `got`, which is right to some digits, is right to nearly all of them.

    A formula loses a few units in the last place; a difference quotient is wrong by 1e-11 or more.
    """
    if not _agree(_given(got, exact, what), _flat(exact), tolerance):
        raise AssertionError(f"`{what}`: {NUMERIC}")
    return True


def differences(f, x, step=1e-5):
    """Central differences (f(x + h) − f(x − h)) / 2h for each entry of `x`, shaped like `x`."""
    x = np.array(x, dtype=float)
    dx = _core.central_difference(lambda at: float(f(at)), x, np.full(x.shape, step))
    return dx if dx.shape else float(dx)


def network_gradients(got, net, X, Y, what, *, loss="half_squared_error", mistakes=None):
    """Check (dW, db) of a network; a wrong one is handed to `handgrad.check.diagnose`.

    Parameters
    ----------
    got : (dict, dict) or (dict, None)
        dW[l] of shape (d_{l-1}, d_l) and db[l] of shape (d_l,), l = 2, …, L; None where biases
        are not asked for.
    net : handgrad.network.Network
    X, Y : arrays (n, d_in), (n, d_out)
    mistakes : dict or None
        As for `close`, tried first.
    """
    from handgrad import check, network

    _, right = network.gradients(net, X, Y, loss)
    biases = got[1] is not None
    want = (right.dW, right.db) if biases else right.dW
    given = _given(got if biases else got[0], want, what)
    if _agree(given, _flat(want), 1e-7):
        return derived(got if biases else got[0], want, what)
    for name, value in (mistakes or {}).items():
        if _agree(given, _flat(value), 1e-7):
            raise AssertionError(f"`{what}`: {name}")
    for label, part in _flat(want).items():
        if given[label].shape != part.shape[::-1]:  # a transpose is for the diagnosis
            _check_shape(given[label], part, what, label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check.diagnose(net, X, Y, *got, loss=loss)
    if found.name in ("right", "none of these"):
        return close(got if biases else got[0], want, what, n=len(X))
    raise AssertionError(f"`{what}`: {found.name}\n{found.message}")


def that(condition, what, mistake, detail=""):
    """Check a property; `mistake` says in a stable line what is wrong if it does not hold."""
    if not (isinstance(condition, (bool, np.bool_)) and condition):
        raise AssertionError(f"`{what}`: {mistake}" + (f"\n{detail}" if detail else ""))
    return True


def number(got, what, *, low=-np.inf, high=np.inf):
    """Check that `got` is one finite number from `low` to `high`, and return it."""
    value = _array(got, what, "")
    if value.size != 1:
        raise AssertionError(
            f"`{what}`: gives an array, and one number is asked for\nIts shape is {value.shape}."
        )
    value = float(value.reshape(()))
    if not np.isfinite(value):
        raise AssertionError(f"`{what}`: holds nan or inf")
    if not low <= value <= high:
        raise AssertionError(
            f"`{what}`: cannot be\nIt gives {value:.6g}; possible are values "
            f"from {low:g} to {high:g}."
        )
    return value


# -- structure ------------------------------------------------------------------------------------


def _flat(value):
    """Name of the part -> array."""
    if isinstance(value, dict):
        items = [(f"[{key}]", part) for key, part in value.items()]
    elif isinstance(value, (tuple, list)):
        items = [(f" part {index + 1}", part) for index, part in enumerate(value)]
    else:
        return {"": np.asarray(value, dtype=float)}
    return {label + rest: part for label, inner in items for rest, part in _flat(inner).items()}


def _given(got, want, what):
    """Bring `got` into the structure of `want`, or say in which way it differs."""
    if got is None:
        raise AssertionError(f"`{what}`: gives None: is `return` missing?")
    if isinstance(want, dict):
        if not isinstance(got, dict):
            raise AssertionError(
                f"`{what}`: must give a dictionary\nIt gives a {type(got).__name__}."
            )
        if set(got) != set(want):
            raise AssertionError(
                f"`{what}`: the dictionary's keys are not right\n"
                f"Its keys are {sorted(map(str, got))}; they must be "
                f"{sorted(map(str, want))}."
            )
        parts = {f"[{key}]": _given(got[key], want[key], f"{what}[{key}]") for key in want}
    elif isinstance(want, (tuple, list)):
        if not isinstance(got, (tuple, list, np.ndarray)):
            raise AssertionError(
                f"`{what}`: must give {len(want)} things\nIt gives a {type(got).__name__}."
            )
        if len(got) != len(want):
            raise AssertionError(f"`{what}`: must give {len(want)} things\nIt gives {len(got)}.")
        parts = {
            f" part {index + 1}": _given(got[index], part, f"{what}, part {index + 1}")
            for index, part in enumerate(want)
        }
    else:
        return {"": _array(got, what, "")}
    return {label + rest: part for label, inner in parts.items() for rest, part in inner.items()}


def _array(got, what, label):
    if got is None:
        raise AssertionError(f"`{what}`: gives None: is `return` missing?")
    if isinstance(got, str):
        raise AssertionError(f"`{what}`: gives a text, and numbers are asked for")
    try:
        array = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise AssertionError(
            f"`{what}`: does not give numbers\nIt gives a {type(got).__name__}."
        ) from None
    return array


def _agree(given, wanted, tolerance):
    if given.keys() != wanted.keys():
        return False
    return all(_agree_part(given[label], wanted[label], tolerance) for label in wanted)


def _agree_part(given, wanted, tolerance):
    if wanted.shape == () and given.size == 1:
        given = given.reshape(())
    if given.shape != wanted.shape or not np.all(np.isfinite(given)):
        return False
    scale = np.max(np.abs(wanted), initial=0.0)
    return bool(np.all(np.abs(given - wanted) <= tolerance * (scale if scale > 0 else 1.0)))


def _check_shape(given, wanted, what, label):
    if given.shape == wanted.shape or (wanted.shape == () and given.size == 1):
        return
    if given.shape == wanted.shape[::-1] and len(wanted.shape) == 2:
        raise AssertionError(
            f"`{what}`: the array is transposed\n"
            f"The shape{label and ' of' + label} is {given.shape}; it must be "
            f"{wanted.shape}."
        )
    raise AssertionError(
        f"`{what}`: the shape is not right\n"
        f"The shape{label and ' of' + label} is {given.shape}; it must be "
        f"{wanted.shape}."
    )


# -- the usual mistakes ---------------------------------------------------------------------------


#: The mistakes that multiply by a number, in words that suit any function.
WORDS = {
    "sign": "the sign is turned round",
    "factor 2": "twice what it should be (a factor 2, or a ½ left out)",
    "factor ½": "half of what it should be (a factor ½ too many)",
    NOT_FILLED_IN: "all zero",
    "sum for mean": "summed over the samples, not averaged",
    "mean for sum": "divided by the number of samples once too often",
}


def _usual(want, n):
    """Mistake in words -> what it makes of `want`."""
    found = {}
    for name, words in WORDS.items():
        factor = FACTORS[name](n or 1)
        if factor != 1:
            found[words] = _map(want, lambda part, factor=factor: factor * part)
    if any(part.ndim == 2 for part in _flat(want).values()):
        found["the array is transposed"] = _map(want, np.transpose)
    return found


def _map(value, change):
    if isinstance(value, dict):
        return {key: _map(part, change) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_map(part, change) for part in value]
    return change(np.asarray(value, dtype=float))


def _unnamed(given, wanted, what, label, n, tolerance):
    """The message when only the part `label` is wrong or no mistake of the whole fits."""
    if not np.all(np.isfinite(given)):
        return f"`{what}`: holds nan or inf"
    place = label and f"{label.strip()}: "
    for name, value in _usual(wanted, n).items():
        if _agree({"": given}, {"": value}, max(tolerance, 1e-7)):
            return f"`{what}`: {place}{name}"
    if wanted.shape == ():
        return f"`{what}`: {place}{UNNAMED}\nIt gives {float(given.reshape(())):.6g}."
    wrong = np.abs(given - wanted) > tolerance * max(np.max(np.abs(wanted)), 1e-300)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (
        f"`{what}`: {place}{UNNAMED}\n{int(wrong.sum())} of {wanted.size} entries differ; "
        f"the first is at {list(first)}, where it gives {given[first]:.6g}."
    )
