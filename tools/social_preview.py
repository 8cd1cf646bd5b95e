"""Draw the picture that is shown where someone links to the book: `images/social_preview.png`.

Run it again after a change; the picture is in the repository.
"""

from pathlib import Path

from handgrad import draw
from matplotlib.figure import Figure

TARGET = Path(__file__).resolve().parent.parent / "images/social_preview.png"
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


if __name__ == "__main__":
    picture().savefig(TARGET, metadata={"Software": None})
    print(TARGET)
