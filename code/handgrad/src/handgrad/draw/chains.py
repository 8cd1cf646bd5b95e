"""A chain of single neurons: weights on the way there, factors on the way back."""

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch

from handgrad._arrays import as_count
from handgrad.draw.given import as_axes
from handgrad.draw.parts import Layout, arrow, centred, in_text, label, measure
from handgrad.draw.placing import size
from handgrad.draw.style import BLACK, BLUE, FAINT, GREY, ORANGE


def chain(
    ax,
    weights,
    *,
    values=None,
    names=None,
    factors=None,
    gradients=None,
    highlight=None,
    cost=None,
    spec=".3f",
):
    """Draw a chain of single neurons: weights on the way there, factors on the way back.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    weights : sequence of numbers or texts, length L − 1
        On the arrow into each neuron.
    values : sequence, length L, optional
        Inside the neurons, input first.
    names : sequence of str, length L, optional
        By default x, a², …, ŷ.
    factors : sequence of numbers or texts, length L − 1, optional
        Under the backward arrow that leaves each neuron: what the chain rule multiplies there.
    gradients : sequence, length L − 1, optional
        Printed under each weight.
    highlight : int, optional
        Number of the weight (counted from 1) whose gradient is wanted: the backward arrows that
        belong to it are strong, the others pale, and the last of them ends at the weight itself.
    cost : (value, factor), optional
        A further node J behind the prediction: what stands in it, and what the chain rule
        multiplies on the way back from it, drawn like `factors`.
    spec : str

    Returns
    -------
    Layout
    """
    as_axes(ax)
    if isinstance(weights, str) or not hasattr(weights, "__len__") or not len(weights):
        raise TypeError(f"weights: expected a sequence of numbers or texts, got {weights!r}")
    n = len(weights) + 1
    if highlight is not None:
        highlight = as_count("highlight", highlight, low=1, high=n - 1)
    for name, given, length in (
        ("values", values, n),
        ("names", names, n),
        ("factors", factors, n - 1),
        ("gradients", gradients, n - 1),
    ):
        if given is None:
            continue
        if isinstance(given, str) or not hasattr(given, "__len__"):
            raise TypeError(f"{name}: expected a sequence, got {given!r}")
        if len(given) != length:
            raise ValueError(
                f"{name}: expected {length} entries for {n - 1} weights, got {len(given)}"
            )
    names = list(names or ["$x$", *(f"$a^{{{l}}}$" for l in range(2, n)), r"$\hat{y}$"])
    wires = [in_text(w, spec) for w in weights]
    back = [in_text(f, spec) for f in factors] if factors is not None else None
    values = None if values is None else [in_text(v, spec) for v in values]
    if cost is not None:
        if isinstance(cost, str) or not hasattr(cost, "__len__") or len(cost) != 2:
            raise ValueError(f"cost: expected the value of J and its factor, got {cost!r}")
        n, names, wires = n + 1, [*names, "$J$"], [*wires, ""]
        values = None if values is None else [*values, in_text(cost[0], spec)]
        back = None if back is None else [*back, in_text(cost[1], spec)]
    width, tall = measure(ax)
    radius = min(24 if values is not None else 17, 0.28 * width / n)
    x, y = (
        np.linspace(radius + 8, width - radius - 8, n),
        tall * (0.62 if back is not None else 0.5),
    )
    at, labels = {}, {}
    for k in range(n):
        at[k + 1, 1] = (x[k], y)
        ax.add_patch(
            Circle((x[k], y), radius, facecolor="white", edgecolor=GREY, linewidth=1.2, zorder=4)
        )
        centred(ax, (x[k], y), names[k], None if values is None else values[k], radius, BLACK)
    for k, w in enumerate(wires):
        lit = highlight is None or k + 1 == highlight
        arrow(
            ax,
            (x[k], y),
            (x[k + 1], y),
            BLUE if lit else FAINT,
            radius + 1,
            head=True,
            width=2.2 if lit and highlight else 1.4,
        )
        if k < len(weights):  # the way from the prediction to the cost carries none
            lines = [(w, BLACK if lit else GREY)]
            if gradients is not None:
                lines.append((in_text(gradients[k], spec), ORANGE if lit else GREY))
            # a text wider than the gap between the circles stands higher, above their flanks
            free = (x[k + 1] - x[k] - size(lines)[0]) / 2
            up = max(5, (max(radius**2 - free**2, 0)) ** 0.5 + 2)
            labels[k + 2, 1, 1] = ((x[k] + x[k + 1]) / 2, y + up)
            label(ax, labels[k + 2, 1, 1], lines, va="bottom")
        if back is None:
            continue
        lit = highlight is None or k + 1 >= highlight
        start, end = (x[k + 1] - 5, y - radius - 4), (x[k] + 5, y - radius - 4)
        if k + 1 == highlight:  # its walk ends on the wire, at the weight
            end = ((x[k] + x[k + 1]) / 2 - 4, y - 3)
        ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                connectionstyle="arc3,rad=-0.28",
                arrowstyle="-|>",
                mutation_scale=11,
                color=ORANGE if lit else FAINT,
                linestyle=(0, (4, 2)),
                linewidth=1.8 if lit else 1.1,
                shrinkA=0,
                shrinkB=0,
            )
        )
        sag = 0.14 * (x[1] - x[0]) + 6
        place_under = ((x[k] + x[k + 1]) / 2, y - radius - 4 - sag)
        lines = [(line, BLACK if lit else GREY) for line in back[k].split("\n")]
        label(ax, place_under, lines, va="top")
    return Layout(at, labels, radius)
