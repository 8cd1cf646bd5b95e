"""Draw the picture that is shown where someone links to the book, and the cover of its EPUB.

`images/social_preview.png` and `images/cover.png`: run it again after a change; both are in the repository.
"""

from pathlib import Path

from handgrad import draw
from matplotlib.figure import Figure

IMAGES = Path(__file__).resolve().parent.parent / "images"
INK, PAPER = "#14171c", "#ffffff"


def picture():
    """A figure of 1200 by 630 pixels: the title, and the network of chapter 7 with its weights."""
    weights = [[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]]
    with draw.style():
        figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
        serif = {"family": ["STIXGeneral", "serif"], "color": INK}
        figure.text(0.055, 0.80, "Backpropagation by Hand", fontsize=50, **serif)
        figure.text(
            0.057,
            0.71,
            "From linear regression to batch normalisation, "
            "with every gradient derived, computed and checked",
            fontsize=19,
            **serif,
        )
        ax = figure.add_axes((0.12, 0.03, 0.76, 0.62))
        draw.network(ax, [2, 2, 2], weights=weights)
        return figure


def cover():
    """A figure of 1200 by 1800 pixels: the title above the same network."""
    weights = [[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]]
    with draw.style():
        figure = Figure(figsize=(8, 12), dpi=150, facecolor=PAPER)
        serif = {"family": ["STIXGeneral", "serif"], "color": INK, "ha": "center"}
        figure.text(0.5, 0.83, "Backpropagation", fontsize=50, **serif)
        figure.text(0.5, 0.76, "by Hand", fontsize=50, **serif)
        figure.text(
            0.5, 0.69, "From linear regression to batch normalisation", fontsize=21, **serif
        )
        ax = figure.add_axes((0.05, 0.16, 0.9, 0.46))
        draw.network(ax, [2, 2, 2], weights=weights)
        return figure


if __name__ == "__main__":
    for name, draw_it in {"social_preview.png": picture, "cover.png": cover}.items():
        draw_it().savefig(IMAGES / name, metadata={"Software": None})
        print(IMAGES / name)
