"""Pictures of the book, in one style; see `handgrad.draw.style`."""

from handgrad.draw.style import (
    BLACK,
    BLUE,
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

__all__ = [name for name in globals() if not name.startswith("_")]
