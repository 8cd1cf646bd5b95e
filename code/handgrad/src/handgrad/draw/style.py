"""One style for every picture: fonts, colours, line styles, markers.

The colours are Okabe and Ito's, which colour-blind readers can tell apart, darkened until each
has a contrast of at least 3 : 1 with white *and* with black after the page's dark mode has turned
lightness upside down. Colour is never the only sign: the k-th series takes the k-th colour, the
k-th line style and the k-th marker.
"""

import matplotlib

BLUE = "#0072b2"
ORANGE = "#c04f00"
GREEN = "#00805f"
PURPLE = "#b0508a"
RED = "#b3261e"
SKY = "#3b86b8"
GREY = "#757575"
FAINT = "#c9c9c9"  # what is not meant: no information may hang on it alone
BLACK = "#000000"

SERIES = (BLUE, ORANGE, GREEN, PURPLE, BLACK, SKY)
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P")

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.labelsize": 11,
    "axes.titley": 1.0,  # no ticks stand above, so nothing is to be measured
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.5,
    "legend.frameon": False,
    "mathtext.fontset": "dejavusans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#d8d8d8",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "hatch.linewidth": 0.6,
    "axes.prop_cycle": matplotlib.cycler(  # type: ignore[attr-defined]
        color=SERIES, linestyle=LINES
    ),
    "svg.hashsalt": "handgrad",
    "svg.fonttype": "path",
    "savefig.facecolor": "white",
    "figure.facecolor": "white",
}


def style():
    """Return a context in which matplotlib draws in the book's style: ``with draw.style(): …``."""
    return matplotlib.rc_context(RC)
