"""Checks of what a picture is made from: expected, got."""

from matplotlib.axes import Axes

from handgrad._arrays import as_count, as_number


def as_axes(ax):
    """Return `ax`, which must be matplotlib axes."""
    if not isinstance(ax, Axes):
        raise TypeError(f"ax: expected matplotlib axes, as from figure.subplots(), got {ax!r}")
    return ax


def as_limits(name, limits):
    """Return two finite numbers, the lower first."""
    low, high = as_pair(name, limits)
    if not low < high:
        raise ValueError(f"{name}: expected (low, high) with low < high, got {limits!r}")
    return low, high


def as_pair(name, pair):
    """Return two finite numbers."""
    if isinstance(pair, str) or not hasattr(pair, "__len__") or len(pair) != 2:
        raise TypeError(f"{name}: expected two numbers, got {pair!r}")
    return tuple(as_number(name, value) for value in pair)


def as_function(name, f):
    """Return `f`, which must be callable."""
    if not callable(f):
        raise TypeError(f"{name}: expected a function, got {f!r}")
    return f


def as_named(name, given, what):
    """Return a dict that is not empty; `what` says what stands behind the names."""
    if not isinstance(given, dict):
        raise TypeError(f"{name}: expected a dict, name -> {what}, got {given!r}")
    if not given:
        raise ValueError(f"{name}: expected at least one name with its {what}, got none")
    return given


def as_sizes(sizes):
    """Return the neurons in each layer, a list of at least two counts."""
    if isinstance(sizes, str) or not hasattr(sizes, "__iter__"):
        raise TypeError(f"sizes: expected a sequence as in (2, 3, 1), got {sizes!r}")
    sizes = [as_count("sizes", size, low=1) for size in sizes]
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected at least two layers of neurons, got {sizes}")
    return sizes


def as_parameter(parameter, sizes):
    """Return ("w", l, i, j) or ("b", l, j) if a network of these sizes has it."""
    kind, *where = parameter or (None,)
    if kind not in ("w", "b") or len(where) != {"w": 3, "b": 2}[kind]:
        raise ValueError(f'parameter: expected "w", l, i, j or "b", l, j, got {parameter}')
    l = as_count("layer of a parameter", where[0], low=2, high=len(sizes))
    limits = sizes[l - 2 : l] if kind == "w" else sizes[l - 1 : l]
    pairs = zip(where[1:], limits, strict=True)
    return (kind, l, *(as_count("neuron of a parameter", k, low=1, high=top) for k, top in pairs))
