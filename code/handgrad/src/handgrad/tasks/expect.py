"""What the tests of the exercises say when something is wrong.

Each check returns True, so that a test cell ends in a statement (`assert close(…)`), or raises an
AssertionError whose first line names the mistake and holds no number: the report counts these
lines. A message shows what the student's function gave, never what it should have given.

A right answer may come as numbers of any kind that Python knows (float, numpy scalar, Fraction,
Decimal), in a list, a tuple, an array or a generator, and in single precision.
"""

import collections
import warnings
from collections.abc import ItemsView, Iterator, KeysView, ValuesView

import numpy as np

from handgrad import _core
from handgrad.check.mistakes import FACTORS, NOT_FILLED_IN

UNNAMED = "not right, and it is none of the usual mistakes"
NUMERIC = "right to some digits only, as by difference quotients: a derivation is asked for"
ROUGH = "right in the first digits only: more of them are asked for"
#: Allowed for numbers in single precision, relative to the largest entry: they have seven digits,
#: and a sum of terms that nearly cancel loses some of these.
SINGLE = 3e-4
SEVERAL = (collections.deque, range, Iterator, KeysView, ValuesView, ItemsView)
WORDS_FOR_COUNTS = {1: "one number is", 2: "two numbers are", 3: "three numbers are",
                    4: "four numbers are"}  # fmt: skip


def close(got, want, what, *, mistakes=None, n=None, tolerance=1e-6, part=None):
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
        Allowed difference, relative to the largest entry of all parts; `SINGLE` at least where
        the numbers that came are those of single precision.
    part : int or key, or None
        Only this one of the things in `want` is checked, so that each has its own points; the others
        may be anything. A mistake that explains all things goes before one that explains this one.

    Raises
    ------
    AssertionError
        If they differ; the message's first line names the mistake.
    """
    if part is not None:
        return _close_part(got, want, what, part, mistakes or {}, n, tolerance)
    wanted = _flat(want)
    given = _given(got, want, what)
    if _agree(given, wanted, tolerance):
        return True
    for name, value in {**(mistakes or {}), **_usual(want, n)}.items():
        if _agree(given, _flat(value), max(tolerance, 1e-7)):
            raise AssertionError(f"`{what}`: {name}")
    for label, part in wanted.items():
        _check_shape(given[label], part, what, label)
    scale = _scale(wanted)
    for label, part in wanted.items():
        if not _agree_part(given[label], part, tolerance, scale):
            raise AssertionError(_unnamed(given[label], part, what, label, n, tolerance, scale))
    raise AssertionError(f"`{what}`: {UNNAMED}")


def _close_part(got, want, what, part, mistakes, n, tolerance):
    """`close` for one of several things; the others help to name the mistake, and give the size."""
    theirs, label = _part_of(got, want, what, part)
    given, right = _given(theirs, want[part], label), _flat(want[part])
    scale = _scale(_flat(want))
    if all(_agree_part(given[key], right[key], tolerance, scale) for key in right):
        return True

    def explains_all(name):
        try:
            return _agree(_given(got, want, what), _flat(mistakes[name]), max(tolerance, 1e-7))
        except AssertionError:  # another thing is no number
            return False

    named = {
        name: mistakes[name][part]
        for name in sorted(mistakes, key=lambda name: not explains_all(name))
        if not _agree(_flat(mistakes[name][part]), right, tolerance)
    }
    close(theirs, want[part], label, mistakes=named, n=n, tolerance=tolerance)
    raise AssertionError(f"`{label}`: {UNNAMED}")


def _part_of(got, want, what, part):
    """One of the things that a function gave, and the function's name with that of the thing."""
    if not isinstance(want, dict):
        return things(got, len(want), what)[part], f"{what}, part {part + 1}"
    if not isinstance(got, dict) or part not in got:
        raise AssertionError(
            f"`{what}`: must give a dictionary that holds {part!r}\n"
            f"It gives a {type(got).__name__}."
        )
    return got[part], f"{what}[{part}]"


def rounded(got, want, what, *, digits=6, decimals=None, mistakes=None):
    """Check numbers that were worked out by hand and rounded, or cut off, where the task allows it.

    Parameters
    ----------
    got : what the student's function gave
    want : number or sequence of numbers
    what : str
        Name of the function.
    digits : int
        Significant digits that are asked for.
    decimals : int or None
        Decimals that will do as well; None: as many as `digits`; 0: only `digits` count.
    mistakes : dict or None
        As for `close`.

    Raises
    ------
    AssertionError
        If a number differs from the right one by more than a whole unit of the last of its
        `digits`, and of its `decimals`.
    """
    want = np.asarray(want, dtype=float)
    given = _array(got, what, "") if want.shape == () else numbers(got, want.size, what)
    if given.size != want.size:
        _check_shape(given, want, what, "")
    given = given.reshape(want.shape)
    decimals = digits if decimals is None else decimals
    if not np.all(np.isfinite(given)):
        raise AssertionError(f"`{what}`: holds nan or inf")
    if np.all(np.abs(given - want) <= _unit(want, digits, decimals)):
        return True
    for name, value in {**(mistakes or {}), **_usual(want, None)}.items():
        value = np.asarray(value, dtype=float)
        unit = _unit(value, digits, decimals)
        if np.all(np.isfinite(value)) and np.all(np.abs(given - value) <= unit):
            raise AssertionError(f"`{what}`: {name}")
    wrong = np.flatnonzero(np.abs(given - want) > _unit(want, digits, decimals))
    near = np.abs(given - want) <= 1e-3 * np.abs(want)
    asked = f"{digits} significant digits" + (f" or {decimals} decimals" if decimals else "")
    where = "" if want.shape == () else f" as number {wrong[0] + 1}"
    raise AssertionError(
        f"`{what}`: {ROUGH if near.reshape(-1)[wrong].all() else UNNAMED}\n"
        f"It gives {given.reshape(-1)[wrong[0]]!s}{where}; at least {asked} are asked for."
    )


def _unit(values, digits, decimals):
    """One unit in the last place that is asked for, and what differences in `want` are off by."""
    size = np.abs(values)
    last = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - digits + 1)
    if decimals:
        last = np.maximum(last, 10.0**-decimals)
    return last * (1 + 1e-4) + 1e-9 * size


def gradient(got, f, x, what, *, mistakes=None, n=None, tolerance=1e-6):
    """Check a gradient against central differences of `f` at `x`; arguments as for `close`."""
    return close(got, differences(f, x), what, mistakes=mistakes, n=n, tolerance=tolerance)


def derived(got, exact, what, *, tolerance=1e-12, part=None):
    """Check that `got`, which is right to some digits, is right to nearly all of them.

    A formula loses a few units in the last place; a difference quotient is wrong by 1e-11 or more.
    Numbers of single precision cannot be told from differences that were cut to seven digits:
    they pass, and `handmark` has a person look where a cell makes both. `part` is as for `close`.
    """
    if part is not None:
        theirs, what = _part_of(got, exact, what, part)
        given, right, scale = (
            _given(theirs, exact[part], what),
            _flat(exact[part]),
            _scale(_flat(exact)),
        )
        if not all(_agree_part(given[key], right[key], tolerance, scale) for key in right):
            raise AssertionError(f"`{what}`: {NUMERIC}")
        return True
    if not _agree(_given(got, exact, what), _flat(exact), tolerance):
        raise AssertionError(f"`{what}`: {NUMERIC}")
    return True


def differences(f, x, step=1e-5):
    """Central differences (f(x + h) − f(x − h)) / 2h for each entry of `x`, shaped like `x`."""
    x = np.array(x, dtype=float)
    dx = _core.central_difference(lambda at: float(f(at)), x, np.full(x.shape, step))
    return dx if dx.shape else float(dx)


def network_gradients(
    got, net, X, Y, what, *, loss="half_squared_error", mistakes=None, layers=None
):
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
    layers : list of int or None
        Only these are checked, so that they have their own points; None: all.
    """
    from handgrad import check, network

    _, right = network.gradients(net, X, Y, loss)
    biases = got[1] is not None
    if layers is not None:
        all_right = (right.dW, right.db)[: 1 + biases]
        scale = _scale(_flat(all_right))
        pairs = [
            (_array(theirs[l], what, ""), ours[l])
            for theirs, ours in zip(got, all_right, strict=False)
            for l in layers
        ]
        if all(_agree_part(*pair, 1e-7, scale) for pair in pairs):
            if not all(_agree_part(*pair, 1e-12, scale) for pair in pairs):
                raise AssertionError(f"`{what}`: {NUMERIC}")
            return True
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
    arrays = [part and {l: np.asarray(part[l], dtype=float) for l in part} for part in got]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check.diagnose(net, X, Y, *arrays, loss=loss)
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


def numbers(got, count, what):
    """`got` as an array of shape (count,): from a list, a tuple, a row, a column or a generator.

    Raises
    ------
    AssertionError
        If these are not `count` numbers.
    """
    asked = WORDS_FOR_COUNTS.get(count, f"{count} numbers are")
    if isinstance(got, dict):
        raise AssertionError(f"`{what}`: {asked} asked for\nIt gives a dict.")
    value = _array(got, what, "")
    if value.size != count or sum(size != 1 for size in value.shape) > 1:
        raise AssertionError(
            f"`{what}`: {asked} asked for\n"
            + (
                f"It gives {value.size}."
                if value.ndim < 2
                else f"It gives the shape {value.shape}."
            )
        )
    return value.reshape(count)


def array(got, shape, what):
    """`got` as an array of floats; an AssertionError says what came instead.

    `shape` is the shape that it must have; None: any.
    """
    value = _array(got, what, "")
    if shape is None:
        return value
    _check_shape(value, np.empty(shape), what, "")
    return value.reshape(shape)


def things(got, count, what):
    """The `count` things that a function returned together, as a list."""
    if got is None:
        _array(got, what, "")
    if isinstance(got, SEVERAL):
        got = list(got)
    if not isinstance(got, (tuple, list, np.ndarray)) or getattr(got, "shape", None) == ():
        came = f"a {type(got).__name__}"
    elif len(got) != count:
        came = str(len(got))
    else:
        return list(got)
    raise AssertionError(f"`{what}`: must give {count} things\nIt gives {came}.")


def yes(got, what):
    """`got` as True or False: also from numpy, from an array of one, and from 0 and 1."""
    if got is None:
        _array(got, what, "")
    value = np.asarray(got)
    if value.size != 1 or value.dtype.kind not in "biuf" or value.reshape(()) not in (0, 1):
        raise AssertionError(f"`{what}`: must give True or False\nIt gives a {type(got).__name__}.")
    return bool(value.reshape(()))


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
    if isinstance(got, SEVERAL):
        got = list(got)
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
    if isinstance(got, SEVERAL):
        got = list(got)
    try:
        array = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise AssertionError(
            f"`{what}`: does not give numbers\nIt gives a {type(got).__name__}."
        ) from None
    return array


def _scale(wanted):
    """The largest entry of all parts, 1 if all are zero."""
    largest = max((np.max(np.abs(part), initial=0.0) for part in wanted.values()), default=0.0)
    return float(largest) if largest > 0 else 1.0


def _agree(given, wanted, tolerance):
    if given.keys() != wanted.keys():
        return False
    scale = _scale(wanted)
    return all(_agree_part(given[label], wanted[label], tolerance, scale) for label in wanted)


def _agree_part(given, wanted, tolerance, scale):
    if wanted.shape == () and given.size == 1:
        given = given.reshape(())
    if given.shape != wanted.shape or not np.all(np.isfinite(given)):
        return False
    return bool(np.all(np.abs(given - wanted) <= _allowed(given, tolerance) * scale))


def _allowed(given, tolerance):
    """The tolerance for these numbers: more for single precision, which their values tell.

    The type does not: `float(x)` and `tolist` change it. That a random double is a number of
    single precision has a chance of one in 2**29; whole numbers are exact in both.
    """
    if np.all(given == np.rint(given)):
        return tolerance
    with np.errstate(over="ignore", under="ignore"):
        single = np.all(given.astype(np.float32) == given)
    return max(tolerance, SINGLE) if single else tolerance


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


def _unnamed(given, wanted, what, label, n, tolerance, scale):
    """The message when only the part `label` is wrong or no mistake of the whole fits."""
    if not np.all(np.isfinite(given)):
        return f"`{what}`: holds nan or inf"
    place = label and f"{label.strip()}: "
    for name, value in _usual(wanted, n).items():
        if _agree({"": given}, {"": value}, max(tolerance, 1e-7)):
            return f"`{what}`: {place}{name}"
    if wanted.shape == ():
        return f"`{what}`: {place}{UNNAMED}\nIt gives {float(given.reshape(())):.6g}."
    wrong = np.abs(given - wanted) > _allowed(given, tolerance) * scale
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (
        f"`{what}`: {place}{UNNAMED}\n{int(wrong.sum())} of {wanted.size} entries differ; "
        f"the first is at {list(first)}, where it gives {given[first]:.6g}."
    )
