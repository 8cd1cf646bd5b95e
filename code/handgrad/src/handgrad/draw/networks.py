"""Networks with values on the wires.

Layers, neurons and weights are numbered as in the book: w_ij^l runs from neuron i of layer l − 1
to neuron j of layer l, all counted from 1. The axes are measured in points (1/72 inch), so that
circles and texts keep their size whatever the size of the figure.
"""

import numpy as np
from matplotlib.patches import Circle

from handgrad.draw.given import as_axes, as_parameter, as_sizes
from handgrad.draw.parts import Layout, arrow, centred, in_text, label, measure
from handgrad.draw.placing import FORMULA, LINE, SMALL, place
from handgrad.draw.style import BLACK, BLUE, FAINT, GREY, ORANGE

PALE = {"forward": "#dcebf7", "backward": "#fbe6d6"}


def downstream(sizes, *parameter):
    """Return all that a weight or bias influences: what to highlight for its gradient.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each layer.
    *parameter
        ``"w", l, i, j`` or ``"b", l, j``.

    Returns
    -------
    set of tuples ``("w", l, i, j)``, ``("b", l, j)``, ``("a", l, j)``
    """
    sizes = as_sizes(sizes)
    parameter = as_parameter(parameter, sizes)
    l, j = parameter[1], parameter[-1]
    found, reached = {parameter, ("a", l, j)}, [j]
    for layer in range(l + 1, len(sizes) + 1):
        targets = range(1, sizes[layer - 1] + 1)
        found |= {("w", layer, i, k) for i in reached for k in targets}
        found |= {("a", layer, k) for k in targets}
        reached = list(targets)
    return found


def network(
    ax,
    sizes,
    *,
    weights=None,
    biases=None,
    values=None,
    labels=None,
    gradients=None,
    bias_gradients=None,
    deltas=None,
    highlight=None,
    flow="forward",
    spec=".2f",
    titles=True,
):
    """Draw a dense network: circles in columns, weights on the wires, biases from above.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    sizes : sequence of int
        Neurons in each layer, the inputs first.
    weights : dict or list of (d_{l-1}, d_l) arrays, or "names", optional
        Keys l = 2..L, or a list for these layers; numbers or texts. "names" prints $w_{ij}^l$.
    biases : dict or list of (d_l,) arrays, or "names", optional
    values : dict of (d_l,) arrays, optional
        Keys l = 1..L (`Cache.a` of one sample); printed inside the neurons.
    labels : dict, optional
        (l, j) -> text inside the neuron, in place of x_j, a_j^l and ŷ_j.
    gradients, bias_gradients : like `weights`, `biases`, optional
        Printed under the weight or bias.
    deltas : dict of (d_l,) arrays, optional
        Printed under the neurons, behind a δ.
    highlight : set of tuples, optional
        ``("w", l, i, j)``, ``("b", l, j)``, ``("a", l, j)``: thick and coloured, the rest pale.
        See `downstream`.
    flow : {"forward", "backward"}
        Which way the arrows of the highlighted wires point; backward ones are dashed.
    spec : str
        Format of the numbers.
    titles : bool
        Whether to name the layers under the columns.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        If an array does not fit the sizes, a highlighted thing does not exist, or the figure is too
        small for the texts: no text ever covers another.
    """
    as_axes(ax)
    sizes = as_sizes(sizes)
    L = len(sizes)
    if flow not in ("forward", "backward"):
        raise ValueError(f"flow: expected 'forward' or 'backward', got {flow!r}")
    wires = [
        (l, i, j) for l in range(2, L + 1) for i in _to(sizes[l - 2]) for j in _to(sizes[l - 1])
    ]
    neurons = [(l, j) for l in range(1, L + 1) for j in _to(sizes[l - 1])]
    inner = [key for key in neurons if key[0] > 1]
    exists = {("w", *w) for w in wires} | {("b", *n) for n in inner} | {("a", *n) for n in neurons}
    if highlight is not None and (isinstance(highlight, str) or not hasattr(highlight, "__iter__")):
        raise TypeError(f'highlight: expected a set as in {{("w", 2, 1, 1)}}, got {highlight!r}')
    if highlight is not None and not set(highlight) <= exists:
        unknown = sorted(set(highlight) - exists, key=str)[0]
        raise ValueError(f"highlight: expected parts of a network of sizes {sizes}, got {unknown}")
    if labels is not None and not isinstance(labels, dict):
        raise TypeError(f"labels: expected a dict, (l, j) -> text, got {labels!r}")

    on_wires = _texts("weights", weights, wires, sizes, spec, "$w_{{{1}{2}}}^{{{0}}}$")
    under = _texts("gradients", gradients, wires, sizes, spec, None)
    from_above = _texts("biases", biases, inner, sizes, spec, "$b_{{{1}}}^{{{0}}}$")
    bias_under = _texts("bias_gradients", bias_gradients, inner, sizes, spec, None)
    in_neurons = _texts("values", values, neurons, sizes, spec, None)
    below = _texts("deltas", deltas, neurons, sizes, spec, None)
    names = _names(sizes) | dict(labels or {})

    width, tall = measure(ax)
    bottom = (18 if titles else 4) + (15 if under else 0)
    above = 2
    if from_above or bias_under:
        above = 12 + (FORMULA if biases == "names" else LINE) + (LINE if bias_under else 0)
    room = above + (LINE + 3 if below else 2)  # over and under each neuron
    pitch = (tall - bottom) / max(sizes)
    radius = min(24 if in_neurons else 17, (pitch - room - 2) / 2, 0.25 * width / L)
    if radius < (16 if in_neurons else 6):
        raise ValueError(
            f"expected room for {max(sizes)} neurons with their texts, got {tall:.0f} points of "
            "height: make the figure higher or print less"
        )
    pitch = min(pitch, 2 * radius + room + 75)
    middle = bottom + (tall - bottom - above + room - above) / 2
    x = np.linspace(radius + 4, width - radius - 4, L)
    at = {(l, j): (x[l - 1], middle + pitch * ((sizes[l - 1] + 1) / 2 - j)) for l, j in neurons}

    def lit(kind, *key):
        return highlight is None or (kind, *key) in highlight

    def colour(kind, *key):
        if highlight is None:
            return GREY
        return (BLUE if flow == "forward" else ORANGE) if lit(kind, *key) else FAINT

    def lines(first, second, kind, key):
        ink = BLACK if lit(kind, *key) else GREY
        found = [(first[key], ink)] if first else []
        return found + ([(second[key], ORANGE if lit(kind, *key) else GREY)] if second else [])

    thin = 0.6 if len(wires) > 60 else 1.1
    for l, i, j in wires:
        strong = highlight is not None and lit("w", l, i, j)
        ends = (at[l - 1, i], at[l, j])
        arrow(
            ax,
            *(ends if flow == "forward" else ends[::-1]),
            colour("w", l, i, j),
            radius + 1,
            head=strong,
            dashed=strong and flow == "backward",
            width=2.2 if strong else thin,
        )
    blocks = []
    for key in inner if from_above or bias_under else ():
        top = (at[key][0], at[key][1] + radius + 11)
        arrow(ax, top, at[key], colour("b", *key), 0, shrink_end=radius + 1, head=True, width=1.1)
        blocks.append(label(ax, top, lines(from_above, bias_under, "b", key), va="bottom"))
    for key in neurons:
        strong = highlight is not None and lit("a", *key)
        ax.add_patch(
            Circle(
                at[key],
                radius,
                zorder=4,
                linewidth=2.2 if strong else 1.2,
                facecolor=PALE[flow] if strong else "white",
                edgecolor=colour("a", *key),
            )
        )
        ink = BLACK if lit("a", *key) else GREY
        if radius >= 9:
            centred(ax, at[key], names[key], in_neurons.get(key), radius, ink)
        if below.get(key):
            foot = (at[key][0], at[key][1] - radius - 1)
            blocks.append(label(ax, foot, [(f"$\\delta$ {below[key]}", ink)], va="top"))
    words = {key: lines(on_wires, under, "w", key) for key in wires} if on_wires or under else {}
    places = place(words, at, radius + (10 if highlight else 3), blocks)
    for key, text in words.items():
        label(ax, places[key], text)
    if titles:
        for l in range(1, L + 1):
            word = "input" if l == 1 else "output" if l == L else f"layer {l}"
            ax.text(x[l - 1], bottom - 3, word, ha="center", va="top", color=GREY, fontsize=SMALL)
    if under:
        key = "on the wires: weight, and below it $\\partial J/\\partial w$"
        ax.text(width / 2, 2, key, ha="center", va="bottom", color=GREY, fontsize=SMALL)
    return Layout(at, places, radius)


def _to(n):
    return range(1, n + 1)


def _names(sizes):
    L, names = len(sizes), {}
    for l, d in enumerate(sizes, 1):
        letter, layer = ("x", "") if l == 1 else (r"\hat{y}", "") if l == L else ("a", f"^{{{l}}}")
        for j in _to(d):
            index = f"_{{{j}}}" if d > 1 or layer else ""
            names[l, j] = f"${letter}{index}{layer}$"
    return names


def _texts(name, given, keys, sizes, spec, pattern):
    """Return key -> text for a dict or list of arrays, after checking their shapes."""
    if given is None:
        return {}
    if isinstance(given, str):
        if given != "names" or pattern is None:
            wanted = "arrays" if pattern is None else "arrays or 'names'"
            raise ValueError(f"{name}: expected {wanted}, got {given!r}")
        return {key: pattern.format(*key) for key in keys}
    layers = sorted({key[0] for key in keys})
    if not isinstance(given, dict):
        if not hasattr(given, "__len__"):
            raise TypeError(f"{name}: expected a dict or list of arrays, got {given!r}")
        if len(given) != len(layers):
            raise ValueError(f"{name}: expected an entry for each layer {layers}, got {len(given)}")
        given = dict(zip(layers, given, strict=True))
    texts = {}
    for l in layers:
        shape = (sizes[l - 2], sizes[l - 1]) if len(keys[0]) == 3 else (sizes[l - 1],)
        if l not in given and name in ("values", "deltas"):
            texts |= {(l, j): "" for j in _to(sizes[l - 1])}
            continue
        if l not in given:
            raise ValueError(f"{name}: expected an entry for layer {l}, got {sorted(given)}")
        array = np.array(given[l], dtype=object)
        if array.shape == (1, *shape) and len(shape) == 1:
            array = array[0]  # one row of a cache
        if array.shape != shape:
            raise ValueError(f"{name}[{l}]: expected shape {shape}, got {array.shape}")
        texts |= {
            (l, *(k + 1 for k in index)): in_text(v, spec) for index, v in np.ndenumerate(array)
        }
    return texts
