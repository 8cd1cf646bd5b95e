r"""A backward pass of a reader's own, checked line by line.

The computation is staged: each line of ``forward`` makes one value of earlier ones, and the last
makes the cost J.  For each value v the reader writes ∂J/∂v, shaped like v.

=========  ==================================================  ========================
symbol     meaning                                             in code
=========  ==================================================  ========================
v          a value: a leaf (X, W, b, Y) or what a line makes   ``values[name]``
∂J/∂v      by central differences, all behind v redone         ``slope(name)``
c          a line that uses v                                  ``uses[name]``
share      what v moves J by through c alone                   ``share(name, c, dc)``
=========  ==================================================  ========================

Σ over c of the shares is ∂J/∂v.  A share needs ∂J/∂c: with the right one it tells which use was
forgotten, with the reader's own whether a line is right by itself and only carries a mistake on.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from handgrad import _core
from handgrad._arrays import as_floats, as_function, as_number, as_reals

from .differences import TIE, kinks, relative_errors, steps

RIGHT, MISSING, SHAPE = "right", "not written yet", "wrong shape"
CARRIED, NONE = "carried on", "none of these"

SAID = {
    RIGHT: "right",
    MISSING: "not written yet",
    "sign": "the sign is wrong: this is minus the gradient",
    "factor 2": "twice the gradient: a factor ½ is missing, or a 2 too many",
    "factor 1/2": "half the gradient: a factor 2 is missing, or a ½ too many",
    "sum for mean": "the sum over the {n} samples where the cost takes the mean: divide by {n}",
    "mean for sum": "a mean over the {n} samples too many: multiply by {n}",
    "transposed": "the gradient is transposed: turn it with .T",
    "one use only": "{name} is used by {uses}, and the share through {left} is missing: add them",
    "local derivative left out": "this is the gradient of {uses}: the derivative of {uses} by "
    "{name} is still to be multiplied on",
    "slope at the wrong value": "the slope is taken at {uses}, what comes out; it belongs to "
    "{name}, what goes in",
    "product turned": "a product in the wrong order, or a transpose too many or too few: write the "
    "indices down, the sum runs over the one that {name} does not have",
}


@dataclass(frozen=True)
class Line:
    """What is said about one line: the name of the value, a verdict, and a sentence for it."""

    name: str
    verdict: str
    message: str

    def __str__(self):
        return f"d{self.name}: {self.message}"


@dataclass(frozen=True)
class Lines:
    """What :func:`lines` found; it prints one line for each gradient, from the cost backwards.

    Attributes
    ----------
    lines : tuple of Line
        In backward order.
    """

    lines: tuple

    @property
    def right(self):
        """Whether every gradient is there and right."""
        return all(line.verdict == RIGHT for line in self.lines)

    @property
    def verdicts(self):
        """Name -> verdict, in backward order."""
        return {line.name: line.verdict for line in self.lines}

    def __bool__(self):
        return self.right

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __str__(self):
        width = max(len(line.name) for line in self.lines)
        return "\n".join(f"d{line.name:<{width}}  {line.message}" for line in self.lines)

    __repr__ = __str__


def lines(forward, leaves, gradients, *, without=(), tolerance=1e-6):
    """Say of each line of a backward pass whether it is right, or which mistake is in it.

    Parameters
    ----------
    forward : dict
        Name -> function, in order.  A function's arguments are called like the leaves and earlier
        lines it takes, ``{"s": lambda X, W: X @ W, ...}``; the last line is the cost, one number.
    leaves : dict
        Name -> array, what the first lines start from.
    gradients : dict
        Name -> the reader's gradient of the cost, shaped like the value.  A name that is missing,
        or stands with ``...``, is not written yet.  That of the cost itself, 1, is not asked for.
    without : tuple of str
        Leaves whose gradient nobody needs, such as the data; they are handed on as they are, so
        that integers can serve as indices.
    tolerance : float
        Largest relative error allowed.

    Returns
    -------
    Lines
        A verdict for each line, whatever the reader wrote: "right", "not written yet", "wrong
        shape", "no numbers", the name of a mistake ("sign", "factor 2", "factor 1/2", "sum for
        mean", "mean for sum", "not summed", "transposed", "one use only", "local derivative left
        out", "slope at the wrong value", "product turned"), "carried on" (right by itself, but made
        of a line that is wrong) or "none of these".  Entries with a kink within a step are not
        judged, and what is smaller than 1e-9 counts as nothing.

    Raises
    ------
    TypeError, ValueError
        If the computation itself is not in order, or a gradient is of something it has not.

    Examples
    --------
    >>> lines({"z": lambda x, w: x * w, "J": lambda z: z**2 / 2}, {"x": 3.0, "w": 0.5},
    ...       {"z": 1.5, "w": ...}, without=("x",))
    dz  right
    dw  not written yet
    """
    as_number("tolerance", tolerance, above=0)
    work = _computation(forward, leaves, without)
    if not isinstance(gradients, Mapping):
        raise TypeError(
            f"gradients: expected a dict, name -> array, got {type(gradients).__name__}"
        )
    odd = [name for name in gradients if name not in work.values]
    if odd:
        raise ValueError(
            f"gradients: expected some of {', '.join(work.values)}, got {odd[0]!r}; "
            f"the gradient of a value stands under the value's own name"
        )
    asked = [
        name for name in work.backwards() if name in gradients or name not in (work.cost, *without)
    ]
    mine: dict = {work.cost: np.ones(())}
    truth: dict = {work.cost: np.ones(())}
    wrong: set = set()
    found = []
    for name in asked:
        truth[name], kink = work.slope(name)
        line, array = _judged(name, gradients.get(name), work, truth, mine, kink, wrong, tolerance)
        found.append(line)
        if array is not None:
            mine[name] = array
        if line.verdict != RIGHT:
            wrong.add(name)
    return Lines(tuple(found))


@dataclass(frozen=True, eq=False)
class _Computation:
    """The lines with the values they make, and which line uses what."""

    forward: dict
    arguments: dict
    leaves: dict
    values: dict = field(default_factory=dict)

    @property
    def cost(self):
        return list(self.forward)[-1]

    def line(self, name, values):
        return self.forward[name](**{key: values[key] for key in self.arguments[name]})

    def uses(self, name):
        """The lines that take this value."""
        return [c for c in self.forward if name in self.arguments[c]]

    def backwards(self):
        """All names, from the cost: a leaf comes after the first line that uses it."""
        for line in reversed(self.forward):
            yield line
            yield from (leaf for leaf in self.leaves if self.uses(leaf)[0] == line)

    def slope(self, name):
        """∂J/∂v by central differences, and where they meet a kink."""
        behind = {name}
        for line in self.forward:
            if behind.intersection(self.arguments[line]):
                behind.add(line)

        def J(x):
            values = {**self.values, name: x}
            for line in self.forward:
                if line in behind and line != name:
                    values[line] = self.line(line, values)
            return float(np.asarray(values[self.cost]).item())

        x = self.values[name].astype(float)
        return _core.central_difference(J, x, steps(x)), kinks(J, x)

    def share(self, name, line, upstream):
        """What v moves J by through one line alone, ∂J/∂(that line) being ``upstream``."""
        x = self.values[name].astype(float)
        part = lambda x: float((upstream * self.line(line, {**self.values, name: x})).sum())
        return _core.central_difference(part, x, steps(x))


def _computation(forward, leaves, without):
    """Everything about the computation that can be wrong is found here."""
    for what, table, kind in (("forward", forward, "function"), ("leaves", leaves, "array")):
        if not isinstance(table, Mapping) or not table:
            raise TypeError(f"{what}: expected a dict, name -> {kind}, got {table!r}")
    both = [name for name in forward if name in leaves]
    if both:
        raise ValueError(f"forward: expected new names, got {both[0]!r}, which is a leaf")
    odd = [name for name in without if name not in leaves]
    if odd:
        raise ValueError(f"without: expected some of {', '.join(leaves)}, got {odd[0]!r}")
    values = {
        name: as_reals(name, value) if name in without else as_floats(name, value).copy()
        for name, value in leaves.items()
    }
    arguments: dict = {}
    work = _Computation(dict(forward), arguments, dict(leaves), values)
    for name, function in forward.items():
        arguments[name] = _arguments(name, function, values)
        value = as_floats(f"forward[{name!r}]", work.line(name, values)).copy()
        if value.size == 0:
            raise ValueError(f"forward[{name!r}]: expected at least one number, got none")
        values[name] = value
    if values[work.cost].shape != ():
        raise ValueError(
            f"forward[{work.cost!r}]: expected one number, the cost, from the last line, got shape "
            f"{values[work.cost].shape}; try its mean over the samples"
        )
    idle = [name for name in values if name != work.cost and not work.uses(name)]
    if idle:
        raise ValueError(f"forward: expected a line that uses {idle[0]!r}, got none; leave it out")
    return work


def _arguments(name, function, known):
    """The names that a line takes; an argument with a default may be none of them."""
    try:
        found = inspect.signature(as_function(f"forward[{name!r}]", function)).parameters.values()
    except ValueError:  # some functions of C have no signature
        found = None
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    if not found or any(p.kind not in plain for p in found):
        raise ValueError(
            f"forward[{name!r}]: expected a function whose arguments are named like earlier values, "
            f"got {function!r}; try lambda z: …"
        )
    odd = [p.name for p in found if p.name not in known and p.default is p.empty]
    if odd:
        raise ValueError(
            f"forward[{name!r}]: expected arguments among {', '.join(known)}, got {odd[0]!r}"
        )
    return [p.name for p in found if p.name in known]


def _judged(name, given, work, truth, mine, kink, wrong, tolerance):
    """The verdict on one line, and its array if it has the right shape."""
    if given is None or given is ...:
        return Line(name, MISSING, SAID[MISSING]), None
    try:
        array = as_floats(f"d{name}", given)
    except (TypeError, ValueError) as error:
        return Line(
            name, "no numbers", f"no gradient: {str(error).removeprefix(f'd{name}: ')}"
        ), None
    right = truth[name]

    def same(one, other):
        off = relative_errors(one, other) > tolerance
        return not bool((off & ~kink).any())

    if array.shape != right.shape:
        return _misshapen(name, array, right, same), None
    left_out = f" (not judged at a kink: {kink.sum()} of {kink.size})" if kink.any() else ""
    if same(array, right):
        return Line(name, RIGHT, SAID[RIGHT] + left_out), array
    uses, own = work.uses(name), None
    bad = [c for c in uses if c in wrong]
    if bad and all(c in mine for c in uses):
        own = sum(work.share(name, c, mine[c]) for c in uses)
        if same(array, own):
            made_of = " and ".join(f"d{c}" for c in bad)
            message = f"right by itself, but carries on what is wrong in {made_of}"
            return Line(name, CARRIED, message), array
    for d, upstream in ((right, truth), (own, mine)):  # of the right lines above, of one's own
        if d is None:
            continue
        fits = [
            (verdict, SAID[verdict].format(name=name, **more))
            for verdict, candidate, more in _mistakes(name, d, work, upstream)
            if candidate.shape == array.shape
            and np.isfinite(candidate).all()
            and same(array, candidate)
            and not same(candidate, d)
        ]
        if fits:
            messages = list(dict.fromkeys(message for _, message in fits))
            return Line(name, fits[0][0], "; or: ".join(messages)), array
    errors = np.where(kink, 0.0, relative_errors(array, right))
    worst = np.unravel_index((errors >= (1 - TIE) * errors.max()).argmax(), errors.shape)
    at = f" at [{', '.join(map(str, worst))}]" if worst else ""
    return Line(
        name,
        NONE,
        f"wrong, by none of the usual mistakes; worst entry{at}: "
        f"expected {right[worst]:.6g} by differences, got {array[worst]:.6g}",
    ), array


def _misshapen(name, array, right, same):
    """A gradient of another shape than its value: what to try."""
    what = f"wrong shape: expected {right.shape}, that of {name}, got {array.shape}; "
    if array.shape == right.shape[::-1]:
        verdict = "transposed" if same(array.T, right) else SHAPE
        return Line(name, verdict, f"{what}try .T")
    extra = array.ndim - right.ndim
    if extra >= 0:  # was v broadcast?  Then what came back is summed over the axes it lacks.
        lead = tuple(range(extra))
        ones = tuple(k + extra for k, size in enumerate(right.shape) if size == 1)
        summed = array.sum(axis=lead + ones, keepdims=True)
        summed = summed.reshape(summed.shape[extra:])
        if summed.shape == right.shape:
            axes = lead + ones
            how = f"{axes[0] if len(axes) == 1 else axes}{', keepdims=True' if ones else ''}"
            over = ", the sum over the samples" if axes == (0,) else ""
            verdict = "not summed" if same(summed, right) else SHAPE
            return Line(name, verdict, f"{what}{name} was broadcast: try .sum(axis={how}){over}")
    if array.size == right.size:
        return Line(name, SHAPE, f"{what}try .reshape({right.shape})")
    return Line(name, SHAPE, f"{what}a gradient is shaped like what it belongs to")


def _mistakes(name, d, work, upstream):
    """(verdict, what it would give, what its sentence needs), ``d`` being the right gradient."""
    yield "sign", -d, {}
    yield "factor 2", 2 * d, {}
    yield "factor 1/2", d / 2, {}
    for n in sorted({work.values[c].shape[0] for c in work.forward if work.values[c].ndim == 2}):
        yield "sum for mean", n * d, {"n": n}
        yield "mean for sum", d / n, {"n": n}
    yield "transposed", d.T, {}
    uses = work.uses(name)
    for many in range(1, len(uses)):
        for kept in combinations(uses, many):
            left = " and ".join(c for c in uses if c not in kept)
            part = sum(work.share(name, c, upstream[c]) for c in kept)
            yield "one use only", part, {"uses": " and ".join(uses), "left": left}
    for c in uses:
        value, dc, takes = work.values[name], upstream[c], work.arguments[c]
        whole = dc if dc.shape else np.full(value.shape, dc)
        yield "local derivative left out", whole, {"uses": c}
        if len(takes) == 1 and dc.shape == value.shape:
            out = work.values[c]
            h = steps(out)
            with np.errstate(all="ignore"):
                up, down = (work.line(c, {name: out + s * h}) for s in (1, -1))
                yield "slope at the wrong value", dc * (up - down) / (2 * h), {"uses": c}
        for other in (work.values[v] for v in takes if v != name):
            if dc.ndim == other.ndim == 2:
                for one in (dc, dc.T):
                    for two in (other, other.T):
                        if one.shape[1] == two.shape[0]:
                            yield "product turned", one @ two, {}
                        if two.shape[1] == one.shape[0]:
                            yield "product turned", two @ one, {}
