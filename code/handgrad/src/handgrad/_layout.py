"""Place the axes of a frame, and place them once for frames alike.

matplotlib's constrained layout measures every label twice, which takes longer than drawing the
picture. The frames of one figure mostly differ in what is inside the axes, and that moves nothing:
where everything around the axes is the same as in an earlier frame, its places are taken.
"""

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG

from handgrad import _matplotlib


def place(figure, places, vector):
    """Place the axes of `figure`, laid out by "constrained", and leave it without a layout engine.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    places : dict
        Surroundings -> positions, of earlier frames of the same size; this one's are added.
    vector : bool
        True measures text as in a vector file, where letters are not fitted to pixels.
    """
    if vector:
        FigureCanvasSVG(figure)
    around = surroundings(figure)
    if around is None or around not in places:
        figure.get_layout_engine().execute(figure)
        places[around] = [ax.get_position(original=True).frozen() for ax in figure.axes]
    else:
        for ax, position in zip(figure.axes, places[around], strict=True):
            ax.set_position(position)
    figure.set_layout_engine(None)  # or savefig would draw everything once more to measure it


def surroundings(figure):
    """What the layout of the axes depends on, or None where that can't be said in short."""
    axes = figure.axes
    if not _matplotlib.AS_KNOWN:
        return None
    if any(ax.get_subplotspec() is None for ax in axes):  # a colour bar stands in no grid
        return None
    legends = tuple(tuple(t.get_text() for t in l.get_texts()) for l in figure.legends)
    return figure.get_suptitle(), legends, tuple(map(_around, axes))


def _around(ax):
    labels = [ax.get_title(loc) for loc in ("left", "center", "right")]
    labels += [ax.get_xlabel(), ax.get_ylabel()]
    legend = ax.get_legend()
    beside = legend is not None and legend.get_bbox_to_anchor().bounds != ax.bbox.bounds
    return (
        ax.axison,
        ax.get_xlim(),
        ax.get_ylim(),
        ax.get_xscale(),
        ax.get_yscale(),
        ax.get_aspect(),
        _matplotlib.ticks(ax.xaxis),
        _matplotlib.ticks(ax.yaxis),
        # of a title or label only its height counts
        tuple((label.count("\n"), bool(label), "$" in label) for label in labels),
        tuple(t.get_text() for t in legend.get_texts()) if beside else None,
        tuple((t.get_text(), t.get_unitless_position()) for t in ax.texts if _sticks_out(ax, t)),
    )


def _anchor(ax, text):
    """Where a text is tied to, in pixels."""
    ways = getattr(text, "xycoords", None), getattr(text, "anncoords", None)
    if ways == ("data", "offset points"):
        shift = np.array(text.xyann) * ax.figure.dpi / 72
        return ax.transData.transform(text.xy) + shift
    return text.get_transform().transform(text.get_unitless_position())


def _sticks_out(ax, text):
    """True for a text that may reach beyond the axes, or stands in a drawing without any."""
    if not (text.get_visible() and text.get_in_layout() and text.get_text()):
        return False
    x, y = _anchor(ax, text)
    longest = max(map(len, text.get_text().split("\n")))
    width = 0.65 * longest * text.get_fontsize() * ax.figure.dpi / 72  # a guess on the safe side
    left = x - width * {"left": 0, "center": 0.5, "right": 1}[text.get_horizontalalignment()]
    return not ax.axison or not (ax.bbox.contains(left, y) and ax.bbox.contains(left + width, y))
