"""Plots on axes with numbers: surfaces, boundaries, convergence, functions, bars, fields."""

from itertools import pairwise

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter

from handgrad._arrays import as_count, as_floats, as_number, check_shape
from handgrad.book import num
from handgrad.draw.given import as_axes, as_function, as_limits, as_named, as_pair
from handgrad.draw.style import BLACK, BLUE, GREY, LINES, MARKERS, ORANGE, SERIES

_BOX = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"}


def surface(
    ax,
    f,
    xlim,
    ylim,
    *,
    path=None,
    minimum=None,
    levels=12,
    filled=False,
    resolution=61,
    xlabel="$w$",
    ylabel="$b$",
):
    """Draw a cost over two parameters as contour lines, with the path of a descent on it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    f : callable or ndarray
        ``f(x, y)`` of two numbers, or its values on an even grid, rows along y.
    xlim, ylim : (float, float)
    path : array_like, shape (steps + 1, 2), optional
        Drawn with a dot for each step, arrows, and the start marked.
    minimum : (float, float), optional
        Marked with a cross.
    levels : int or sequence of float
        Number of lines, spaced evenly in the root of the height above the lowest point (an even
        bowl then has evenly spaced lines), or the heights themselves.
    filled : bool
        Shades between the lines, deeper where the cost is lower. Heavy as lines: show the figure
        with kind="webp".
    resolution : int
        Points of the grid each way, where f is a function.
    """
    as_axes(ax)
    xlim, ylim = as_limits("xlim", xlim), as_limits("ylim", ylim)
    if callable(f):
        resolution = as_count("resolution", resolution, low=2)
        x, y = np.linspace(*xlim, resolution), np.linspace(*ylim, resolution)
        z = np.array([[f(float(u), float(v)) for u in x] for v in y], dtype=float)
    else:
        z = as_floats("f, if no function", f, ("rows", "columns"))
        x, y = np.linspace(*xlim, z.shape[1]), np.linspace(*ylim, z.shape[0])
    if not hasattr(levels, "__len__"):
        levels = as_count("levels", levels, low=1)
        levels = z.min() + (z.max() - z.min()) * np.linspace(0, 1, levels + 1)[1:] ** 2
    else:
        levels = as_floats("levels", levels, ("m",))
    if filled:
        shades = LinearSegmentedColormap.from_list("depth", ["#9cc4e4", "#ffffff"])
        ax.contourf(x, y, z, levels=[z.min(), *levels], cmap=shades).set_edgecolor("face")
    lines = ax.contour(x, y, z, levels=levels, colors=GREY, linewidths=0.9, linestyles="-")
    ax.clabel(lines, lines.levels[1::3], fontsize=10.5, fmt="%.3g")
    if path is not None:
        path = as_floats("path", path, ("steps + 1", 2))
        _path(ax, path, xlim, ylim)
    if minimum is not None:
        ax.plot(
            *as_pair("minimum", minimum),
            marker="x",
            markersize=9,
            markeredgewidth=2.2,
            color=BLACK,
            linestyle="none",
            zorder=5,
        )
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)


def _path(ax, path, xlim, ylim):
    ax.plot(
        *path.T, color=ORANGE, marker="o", markersize=3.5, linewidth=1.6, linestyle="-", zorder=4
    )
    ax.plot(*path[0], marker="s", markersize=8, color=ORANGE, markerfacecolor="white", zorder=5)
    size = np.array([np.ptp(xlim), np.ptp(ylim)])
    for start, end in pairwise(path):
        if np.linalg.norm((end - start) / size) > 0.06:  # too short a step has no room for a head
            middle = start + 0.6 * (end - start)
            ax.annotate(
                "",
                xy=middle,
                xytext=start,
                zorder=4,
                annotation_clip=True,
                arrowprops={"arrowstyle": "-|>", "color": ORANGE, "shrinkA": 0, "shrinkB": 0},
            )


def boundary(
    ax,
    predict,
    X,
    y,
    *,
    level=0.5,
    xlim=None,
    ylim=None,
    names=("class 0", "class 1"),
    resolution=121,
    equal=True,
    xlabel="$x_1$",
    ylabel="$x_2$",
    legend=True,
):
    """Draw the region in which a classifier says 1 (hatched), its border, and the samples.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    predict : callable
        Points (m, 2) -> outputs (m,) or (m, 1).
    X : array_like, shape (n, 2)
    y : array_like, shape (n,) or (n, 1)
        Class 1 where above `level`, drawn as squares; circles otherwise.
    level : float
        Output at which the class changes: ½, or 0 for outputs −1 and 1.
    xlim, ylim : (float, float), optional
        By default the samples and a margin.
    names : (str, str)
        For the legend.
    equal : bool
        Whether a unit is as long upwards as sideways.
    """
    as_axes(ax)
    as_function("predict", predict)
    X, y = as_floats("X", X, ("n", 2)), as_floats("y", y).reshape(-1)
    check_shape("y", y, (len(X),))
    level, resolution = as_number("level", level), as_count("resolution", resolution, low=2)
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != 2:
        raise TypeError(f"names: expected two names, of class 0 and class 1, got {names!r}")
    margin = 0.25 * np.ptp(X, axis=0) + 0.05
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    xlim = (low[0], high[0]) if xlim is None else as_limits("xlim", xlim)
    ylim = (low[1], high[1]) if ylim is None else as_limits("ylim", ylim)
    u, v = np.meshgrid(np.linspace(*xlim, resolution), np.linspace(*ylim, resolution))
    z = np.asarray(predict(np.column_stack([u.ravel(), v.ravel()])), dtype=float).reshape(u.shape)
    if (z >= level).any():
        region = ax.contourf(
            u, v, z, levels=[level, max(z.max(), level) + 1], colors=["#fbe6d6"], hatches=["//"]
        )
        region.set(edgecolor="#d9a27c", linewidth=0)
    if (z >= level).any() and (z < level).any():
        ax.contour(u, v, z, levels=[level], colors=BLACK, linewidths=1.6, linestyles="-")
    for k, (marker, colour, face) in enumerate((("o", BLUE, "white"), ("s", ORANGE, ORANGE))):
        of_class = X[(y > level) == bool(k)]
        ax.plot(
            *of_class.T,
            marker=marker,
            linestyle="none",
            color=colour,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=1.8,
            markersize=8 if len(X) < 50 else 5,
            label=names[k],
            zorder=4,
            clip_on=len(of_class) == 0,  # unclipped emptiness upsets the layout
        )
    if legend:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handletextpad=0.3)
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)
    if equal:
        ax.set_aspect("equal")
        ax.locator_params(nbins=5)  # else the two axes may choose different steps


def convergence(ax, series, *, log=True, xlabel="update", ylabel="cost $J$", legend=True):
    """Draw how costs fall, each series with its own line, marker and colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    series : dict
        Name -> values (counted from 0), or a pair of arrays (x, values).
    log : bool
        Whether the costs are on a logarithmic axis.
    """
    as_axes(ax)
    as_named("series", series, "values")
    for k, (name, given) in enumerate(series.items()):
        x, y = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
        y = np.asarray(y, dtype=float)  # a run that diverged has nan or inf, which are not drawn
        check_shape(f"series[{name!r}]", y, ("m",))
        x = np.arange(len(y)) if x is None else as_floats(f"x of {name}", x, y.shape)
        every = max(1, len(y) // 8)
        ax.plot(
            x,
            y,
            color=SERIES[k % len(SERIES)],
            linestyle=LINES[k % len(LINES)],
            marker=MARKERS[k % len(MARKERS)],
            markevery=(k * every // len(series), every),
            label=name,
        )
    if log:
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        if high < 10 * low:  # within a decade powers of ten say little: plain numbers
            for name in ("major", "minor"):
                getattr(ax.yaxis, f"set_{name}_formatter")(FuncFormatter(lambda v, _: num(v, "g")))
    if legend and len(series) > 1:
        ax.legend()
    ax.grid(axis="y")
    ax.set(xlabel=xlabel, ylabel=ylabel)


def function(
    ax,
    f,
    xlim,
    *,
    derivative=None,
    kinks=(),
    name="$s(z)$",
    derivative_name="$s'(z)$",
    xlabel="$z$",
    ylabel=None,
    legend=True,
):
    """Draw a function of one number, full line, and its derivative, dashed.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    f, derivative : callable
        Array (m,) -> array (m,).
    xlim : (float, float)
    kinks : sequence of float
        Where the derivative is not defined: the dashed line is broken there.
    """
    as_axes(ax)
    as_function("f", f)
    xlim = as_limits("xlim", xlim)
    kinks = [as_number("kinks", kink) for kink in kinks]
    z = np.linspace(*xlim, 401)
    ax.axhline(0, color=GREY, linewidth=0.7, linestyle="-")
    ax.axvline(0, color=GREY, linewidth=0.7, linestyle="-")
    ax.plot(z, np.asarray(f(z), dtype=float), color=BLUE, linestyle="-", label=name)
    if derivative is not None:
        as_function("derivative", derivative)
        edges = [xlim[0], *sorted(k for k in kinks if xlim[0] < k < xlim[1]), xlim[1]]
        tiny = 1e-9 * np.ptp(xlim)
        for part, (low, high) in enumerate(pairwise(edges)):
            z = np.linspace(low + tiny, high - tiny, 201)
            label = derivative_name if part == 0 else None
            ax.plot(
                z, np.asarray(derivative(z), dtype=float), color=ORANGE, linestyle="--", label=label
            )
    if legend:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.set(xlim=xlim, xlabel=xlabel)
    if ylabel:
        ax.set_ylabel(ylabel)


def bars(ax, values, *, errors=None, xlabel="", spec=".3g", log=False):
    """Draw named numbers as horizontal bars, each with its value at the end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    values : dict
        Name -> number; the first is on top.
    errors : dict, optional
        Name -> half length of the error bar.
    """
    as_axes(ax)
    as_named("values", values, "number")
    names = list(values)
    numbers = np.array([as_number(f"values[{name!r}]", values[name]) for name in names])
    errors = {} if errors is None else as_named("errors", errors, "half length")
    spread = np.array([as_number(f"errors[{n!r}]", errors.get(n, 0), low=0) for n in names])
    ax.barh(
        names,
        numbers,
        color="#cfe3f3",
        edgecolor=BLUE,
        linewidth=1.2,
        height=0.6,
        xerr=spread if errors else None,
        error_kw={"ecolor": BLACK, "capsize": 3},
    )
    for k, (number, given) in enumerate(zip(numbers, values.values(), strict=True)):
        right = number >= 0
        ax.annotate(
            num(given, spec),
            (number + spread[k] * (1 if right else -1), k),
            va="center",
            xytext=(4 if right else -4, 0),
            textcoords="offset points",
            ha="left" if right else "right",
        )
    if log:
        ax.set_xscale("log")
    else:
        ax.axvline(0, color=BLACK, linewidth=0.8, linestyle="-")
        ax.margins(x=0.14)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(xlabel)


def gradient_field(ax, gradient, xlim, ylim, *, points=13, xlabel="$w$", ylabel="$b$"):
    """Draw arrows that point downhill, against the gradient; longer where it is steeper.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    gradient : callable
        ``gradient(x, y)`` of two numbers -> the two partials.
    xlim, ylim : (float, float)
    points : int
        Arrows each way.
    """
    as_axes(ax)
    as_function("gradient", gradient)
    xlim, ylim = as_limits("xlim", xlim), as_limits("ylim", ylim)
    points = as_count("points", points, low=1)
    inside = (np.arange(points) + 0.5) / points
    x, y = xlim[0] + np.ptp(xlim) * inside, ylim[0] + np.ptp(ylim) * inside
    down = -np.array([[gradient(float(u), float(v)) for u in x] for v in y], dtype=float)
    check_shape("gradient, both partials at every point", down, (points, points, 2))
    length = np.linalg.norm(down, axis=2)
    # the root keeps arrows near the minimum long enough to be seen
    scaled = down / np.maximum(np.sqrt(length), 1e-12)[..., None]
    ax.quiver(
        x,
        y,
        scaled[..., 0],
        scaled[..., 1],
        color=GREY,
        angles="xy",
        pivot="mid",
        width=0.0032,
        scale=np.sqrt(length.max()) * points * 0.75,
        scale_units="width",
    )
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)


def annotate_value(ax, x, y, text, *, offset=(14, 14)):
    """Mark a point and write a value beside it, with a thin line between.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x, y : float
        The point, in data.
    text : str
    offset : (float, float)
        From the point to the text, in points.
    """
    as_axes(ax)
    x, y, offset = as_number("x", x), as_number("y", y), as_pair("offset", offset)
    ax.plot(x, y, marker="o", markersize=6, color=BLACK, linestyle="none", zorder=6)
    ax.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        bbox=_BOX,
        zorder=6,
        ha="left" if offset[0] >= 0 else "right",
        va="bottom" if offset[1] >= 0 else "top",
        arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkB": 4},
    )
