"""Finding a place on each wire for its text, such that no text covers another."""

from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

SMALL = 10.5  # size of the texts in a network, in points
LINE, FORMULA = 13.0, 16.5  # height of a line of text, and of one with raised and lowered signs
GAP = 1.0  # least space between two texts
TRIES = 60


@lru_cache(maxsize=4096)
def _width(text):
    maths = text.count("$") > 1
    return TextToPath().get_text_width_height_descent(text, FontProperties(size=SMALL), maths)[0]


def size(lines):
    """Return width and height in points of lines [(text, colour)], with a small margin."""
    return max(_width(text) for text, _ in lines) + 3, sum(height(text) for text, _ in lines)


def height(text):
    """Return the height of a line in points."""
    return FORMULA if "^" in text else LINE


def place(words, at, clear, blocks):
    """Return for each text a place on its wire.

    Every text has 77 places along its wire. Those on a neuron or another fixed thing are out. The
    rest cost more the nearer they are to another wire and the farther from a preferred part of
    their own; a text on another text costs most of all. Each text in turn takes its cheapest place
    until nothing moves. If two still meet, other parts and another order are tried.

    Parameters
    ----------
    words : dict
        (l, i, j) -> lines of the text on the wire from neuron i of layer l − 1 to neuron j.
    at : dict
        (l, j) -> (x, y) of the neurons, in points.
    clear : float
        Least distance of a text from the centre of a neuron.
    blocks : list of (x0, y0, x1, y1)
        Fixed texts.

    Returns
    -------
    dict
        (l, i, j) -> (x, y) of the centre of the text.

    Raises
    ------
    ValueError
        If there is no such place for all.
    """
    places = {}
    for layer in sorted({key[0] for key in words}):
        keys = [key for key in words if key[0] == layer]
        places |= _place_between(keys, words, at, clear, blocks)
    return places


def _place_between(keys, words, at, clear, blocks):
    start = np.array([at[l - 1, i] for l, i, j in keys])
    end = np.array([at[l, j] for l, i, j in keys])
    half = np.array([size(words[key]) for key in keys]) / 2
    t = np.linspace(0.1, 0.9, 81)
    options = start[:, None] + t[None, :, None] * (end - start)[:, None]  # (wire, place, xy)
    fixed = _forbidden(options, half, np.unique(np.vstack([start, end]), axis=0), clear, blocks)
    fixed += _near_other_wires(options, half, start, end)
    rng = np.random.default_rng(0)  # the same picture on every run
    preferred, order = np.full((len(keys), 1), 0.38), np.arange(len(keys))
    for _ in range(TRIES):
        best, fits = _settle(fixed + 4 * np.abs(t - preferred), options, half, order)
        if fits:
            break
        preferred, order = rng.uniform(0.2, 0.8, (len(keys), 1)), rng.permutation(order)
    else:
        raise ValueError(
            f"expected room for all texts on the wires into layer {keys[0][0]}, got none: make the "
            "figure larger, print fewer digits, or leave something out"
        )
    return {key: tuple(options[a, best[a]]) for a, key in enumerate(keys)}


def _forbidden(options, half, circles, clear, blocks):
    """Return 100 for every place that covers a neuron or a fixed text, else 0."""
    reach = half[:, None, None]
    near = np.maximum(np.abs(options[:, :, None] - circles) - reach, 0)
    out = (np.hypot(near[..., 0], near[..., 1]) < clear).any(axis=2)
    for x0, y0, x1, y1 in blocks:
        centre, extent = np.array([x0 + x1, y0 + y1]) / 2, np.array([x1 - x0, y1 - y0]) / 2
        out |= (np.abs(options - centre) < extent + half[:, None] + GAP).all(axis=2)
    return 100.0 * out


def _near_other_wires(options, half, start, end):
    """Return for every place how much it hides of the other wires, 6 for each hidden one."""
    slope = (end - start)[:, 1] / (end - start)[:, 0]
    level = start[:, 1] + slope * (options[:, :, None, 0] - start[:, 0])  # of wire b at the place
    reach = half[:, None, 1:] + np.abs(slope) * half[:, None, :1] + 1
    hidden = 6 * np.clip(1 - np.abs(options[:, :, None, 1] - level) / reach, 0, 1)
    own = np.arange(len(options))
    hidden[own, :, own] = 0
    return hidden.sum(axis=2)


def _settle(cost, options, half, order):
    """Let each text in turn take its cheapest place; return the places and whether all fit."""
    chosen, wires = cost.argmin(axis=1), np.arange(len(cost))
    for _ in range(40):
        before = chosen.copy()
        for a in order:
            others = wires[wires != a]
            apart = np.abs(options[a][:, None] - options[others, chosen[others]])
            clash = (
                (half[a] + half[others] + GAP - apart).min(axis=2).clip(0)
            )  # how deep they overlap
            price = cost[a] + (100 * (clash > 0) + 10 * clash).sum(axis=1)
            chosen[a] = price.argmin()
        if (chosen == before).all():
            break
    apart = np.abs(options[wires, chosen][:, None] - options[wires, chosen])
    clash = (half[:, None] + half + GAP - apart).min(axis=2) > 0
    free = cost[wires, chosen].max() < 100 and not (clash & ~np.eye(len(cost), dtype=bool)).any()
    return chosen, free
