"""A nudge: one number is changed by h, and each station's answer stands beside the product of factors.

=========  =========================================================  ==============
symbol     meaning                                                    in code
=========  =========================================================  ==============
h          the nudge, by which the first station is moved             ``h``
u_k        station k of a chain, u_1 the number that is nudged        ``forward(u_1)``
f_k        local derivative of u_{k+1} with respect to u_k            ``factors``
=========  =========================================================  ==============

The chain rule says that u_k answers with h f_1 ⋯ f_{k-1}, up to a gap that shrinks as h².
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Circle

from handgrad._arrays import as_function, as_number
from handgrad.book import num
from handgrad.draw.parts import arrow, centred, measure
from handgrad.draw.style import BLACK, BLUE, GREY, ORANGE

STEPS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
ROUNDING = 1e-12  # gaps below this part of a station's value are what float64 leaves of zero


@dataclass(frozen=True)
class Answer:
    """What one station does when the first is moved by h."""

    moved: float  # by how much the station moves
    said: float  # h times the product of the factors up to it
    gap: float  # the one minus the other


def answers(forward, at, factors, h):
    """Return an `Answer` for each station of a chain.

    Parameters
    ----------
    forward : callable
        ``forward(u)`` returns the values of all stations, the first of which is ``u`` itself.
    at : float
        The first station before the nudge.
    factors : sequence of K − 1 numbers
        The local derivatives from each of the K stations to the next, at `at`.
    h : float

    Raises
    ------
    ValueError
        If there is not one factor for each step from station to station.
    """
    at, h = as_number("at", at), as_number("h", h)
    before, after = ([float(v) for v in as_function("forward", forward)(u)] for u in (at, at + h))
    factors = [as_number("factors", f) for f in factors]
    if len(factors) != len(before) - 1 or not factors:
        raise ValueError(
            f"factors: expected {max(1, len(before) - 1)} for {len(before)} stations, one for each "
            f"step, got {len(factors)}"
        )
    found = []
    for old, new, product in zip(before, after, np.cumprod([1.0, *factors]), strict=True):
        moved, said = new - old, float(h * product)
        gap = moved - said
        found.append(Answer(moved, said, gap if abs(gap) > ROUNDING * max(abs(old), 1) else 0.0))
    return found


def nudge(axs, forward, at, factors, h, *, names, steps=STEPS):
    """Draw what a nudge does: above station by station, below the gap for smaller and smaller h.

    Parameters
    ----------
    axs : two matplotlib axes
    forward, at, factors, h
        See `answers`.
    names : sequence of K texts
        Of the stations; formulas between dollar signs.
    steps : sequence of numbers
        The nudges between which the lower picture shows the gap of the last station.

    Raises
    ------
    ValueError
        If there are not as many names as stations, or a factor is missing.
    """
    found = answers(forward, at, factors, h)
    if len(names) != len(found):
        raise ValueError(f"names: expected {len(found)}, one for each station, got {len(names)}")
    _stations(axs[0], found, names, factors, h)
    _gaps(axs[1], forward, at, factors, h, names, steps)


def _stations(ax, found, names, factors, h):
    width, tall = measure(ax)
    row = tall / (len(found) + 0.7)
    radius = min(15, 0.34 * row)
    left, columns = radius + 4, (0.46 * width, 0.71 * width, 0.96 * width)
    heights = [tall - (k + 1.05) * row for k in range(len(found))]
    for x, text, colour in zip(
        columns, ("moves by", "$h$ · factors", "gap"), (BLACK, ORANGE, BLACK), strict=True
    ):
        ax.text(x, tall - 0.35 * row, text, ha="right", va="center", color=colour, weight="bold")
    for k, (answer, name, y) in enumerate(zip(found, names, heights, strict=True)):
        ax.add_patch(Circle((left, y), radius, facecolor="white", edgecolor=GREY, lw=1.2, zorder=4))
        centred(ax, (left, y), name, None, radius, BLACK)
        if k:
            arrow(ax, (left, heights[k - 1]), (left, y), GREY, radius + 1, head=True, width=1.4)
            ax.text(
                left + 8,
                (heights[k - 1] + y) / 2,
                f"· {num(factors[k - 1], '.4g')}",
                va="center",
                color=ORANGE,
            )
        texts = num(answer.moved, ".5g"), num(answer.said, ".5g"), num(answer.gap, ".3g")
        for x, text, colour in zip(columns, texts, (BLACK, ORANGE, BLACK), strict=True):
            ax.text(x, y, text, ha="right", va="center", color=colour)
    ax.set_title(f"nudge $h$ = {num(h, '.3g')}")


def _gaps(ax, forward, at, factors, h, names, steps):
    low, high = min(steps), max(steps)
    at_h = np.geomspace(low, high, 25)
    ends = [answers(forward, at, factors, step)[-1] for step in at_h]
    here = answers(forward, at, factors, h)[-1]
    for sizes, now, colour, style, marker, label in (
        ([abs(e.moved) for e in ends], here.moved, BLACK, "-", "o", f"{names[-1]} moves by"),
        ([abs(e.gap) for e in ends], here.gap, BLUE, "--", "s", "gap"),
    ):
        if all(sizes):  # zero has no place on a logarithmic axis
            ax.loglog(at_h, sizes, color=colour, ls=style, label=label)
            ax.plot([h], [abs(now)], marker, color=colour, ms=8)
    ax.set(xscale="log", xlim=(0.7 * low, 1.4 * high), xlabel="nudge $h$", ylabel="size")
    if ax.get_legend_handles_labels()[0]:
        ax.set_yscale("log")
        ax.legend(loc="upper left")
    ax.minorticks_off()  # a line of ticks in each frame is heavier than all else in it


def in_words(forward, at, factors, h, names):
    """Return in words what `nudge` draws for this h; `names` without dollar signs."""
    found = answers(forward, at, factors, h)
    rows = "; ".join(
        f"{name} moves by {num(a.moved, '.5g')}, the factors say {num(a.said, '.5g')}"
        for name, a in zip(names[1:], found[1:], strict=True)
    )
    last = found[-1]
    gap = (
        f"The gap at the end is {num(last.gap, '.3g')}, {num(last.gap / h**2, '.3g')} times h squared."
        if last.gap
        else "There is no gap at the end."
    )
    return f"{names[0]} is nudged by {num(h, '.3g')}: {rows}. {gap}"
