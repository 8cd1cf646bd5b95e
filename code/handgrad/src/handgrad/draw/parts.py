"""The parts of which networks and chains are drawn, on axes measured in points."""

from dataclasses import dataclass

from matplotlib.patches import FancyArrowPatch, Rectangle

from handgrad.book import num
from handgrad.draw.placing import SMALL, height, size
from handgrad.draw.style import FAINT


@dataclass(frozen=True)
class Layout:
    """Where things are, in the coordinates of the axes: for notes of one's own."""

    neurons: dict  # (l, j) -> (x, y)
    labels: dict  # (l, i, j) -> (x, y) of the text on the wire w_ij^l
    radius: float


def in_text(value, spec):
    """Return a number in the format `spec`; a text as it is."""
    return value if isinstance(value, str) else num(value, spec)


def measure(ax):
    """Empty the axes, give them coordinates in points, and return their width and height."""
    ax.set_axis_off()
    engine = ax.figure.get_layout_engine()
    if engine is not None:
        engine.execute(ax.figure)
    box = ax.get_window_extent()
    width, tall = box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi
    ax.set(xlim=(0, width), ylim=(0, tall))
    return width, tall


def arrow(ax, start, end, colour, shrink, *, shrink_end=None, head, dashed=False, width):
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>" if head else "-",
            mutation_scale=11,
            color=colour,
            linewidth=width,
            linestyle=(0, (4, 2)) if dashed else "-",
            shrinkA=shrink,
            shrinkB=shrink if shrink_end is None else shrink_end,
            zorder=1 if colour == FAINT else 2,
        )
    )


def label(ax, where, lines, *, va="center"):
    """Write lines [(text, colour)] in a white box and return the box (x0, y0, x1, y1)."""
    (x, y), (wide, high) = where, size(lines)
    low = y - {"center": high / 2, "bottom": 0, "top": high}[va]
    ax.add_patch(Rectangle((x - wide / 2, low), wide, high, facecolor="white", zorder=3))
    top = low + high
    for text, colour in lines:
        middle = "center" if "$" in text else "center_baseline"
        ax.text(
            x,
            top - height(text) / 2,
            text,
            ha="center",
            va=middle,
            color=colour,
            fontsize=SMALL,
            zorder=3,
            in_layout=False,
        )
        top -= height(text)
    return x - wide / 2, low, x + wide / 2, low + high


def centred(ax, where, name, value, radius, colour):
    """Write a name into a neuron, and its value below the name."""
    font = SMALL if radius >= 12 else 9.5
    rows = [(name, 0)] if not value else [(name, 0.4 * radius), (value, -0.42 * radius)]
    for text, up in rows:
        ax.text(
            where[0],
            where[1] + up,
            text,
            ha="center",
            color=colour,
            fontsize=font,
            zorder=5,
            va="center" if "$" in text else "center_baseline",
            in_layout=False,
        )
