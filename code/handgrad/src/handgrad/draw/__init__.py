"""Pictures of the book, in one style; see `handgrad.draw.style`.

Every function takes the axes first and draws with matplotlib's `Figure`, never with pyplot, which
keeps a hidden list of figures.
"""

from handgrad.draw.chains import chain
from handgrad.draw.networks import downstream, network
from handgrad.draw.nudges import nudge
from handgrad.draw.parts import Layout
from handgrad.draw.plots import (
    annotate_value,
    bars,
    boundary,
    convergence,
    function,
    gradient_field,
    surface,
)
from handgrad.draw.style import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    GREY,
    LINES,
    MARKERS,
    ORANGE,
    PURPLE,
    RED,
    SERIES,
    SKY,
    style,
)

__all__ = [
    "BLACK",
    "BLUE",
    "FAINT",
    "GREEN",
    "GREY",
    "LINES",
    "MARKERS",
    "ORANGE",
    "PURPLE",
    "RED",
    "SERIES",
    "SKY",
    "Layout",
    "annotate_value",
    "bars",
    "boundary",
    "chain",
    "convergence",
    "downstream",
    "function",
    "gradient_field",
    "network",
    "nudge",
    "style",
    "surface",
]
