"""How small the letters of a figure become on a phone, read from its SVG."""

import re

PHONE = 350  # CSS px that a figure has on a screen of 390
# matplotlib writes letters as outlines of 100 units, scaled to the size of the font in points
LETTERS = re.compile(r"scale\((0\.\d+) -0\.\d+\)")


def least_on_a_phone(svg, width):
    """Return the smallest size of letters in CSS px, or None where there are none.

    Parameters
    ----------
    svg : str
    width : float
        Of the figure where there is room for it, in CSS px; its inch has 100 of them.
    """
    points = [100 * float(scale) for scale in LETTERS.findall(svg)]
    return min(points) * 100 / 72 * min(1, PHONE / width) if points else None
