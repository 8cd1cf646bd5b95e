"""Axes placed once for frames alike stand where a layout of their own would put them."""

import numpy as np
import pytest
from handgrad import _layout, draw
from matplotlib.figure import Figure


def figure_of(paint, size=(5.2, 3.6), axes=(1, 1)):
    with draw.style():
        figure = Figure(figsize=size, layout="constrained")
        paint(figure.subplots(*axes, squeeze=False)[0])
    return figure


def placed(paint, places, axes=(1, 1)):
    figure = figure_of(paint, axes=axes)
    with draw.style():
        _layout.place(figure, places, vector=True)
    return np.array([ax.get_position(original=True).extents for ax in figure.axes])


def curve(axs, top=1.0, **labels):
    axs[0].plot([0, 1], [0, top])
    axs[0].set(xlabel="step", ylabel="cost", **labels)


def same(axs):
    curve(axs)
    axs[0].plot([0.2], [0.9], "o")
    axs[0].text(0.5, 0.5, "inside")


DIFFERENT = {
    "wider tick labels": lambda axs: curve(axs, top=0.0001),
    "larger numbers": lambda axs: curve(axs, top=12345678.0),
    "a title": lambda axs: curve(axs, title="title"),
    "two lines of title": lambda axs: curve(axs, title="one\ntwo"),
    "a text beside": lambda axs: (curve(axs), axs[0].text(1.3, 0.5, "far out")),
    "a text that begins inside": lambda axs: (curve(axs), axs[0].text(0.6, 0.5, 6 * "long ")),
    "a text above": lambda axs: (curve(axs), axs[0].text(0.5, 1.3, "far up")),
    "a note beside": lambda axs: (
        curve(axs),
        axs[0].annotate("far out", (0.5, 0.5), xytext=(300, 0), textcoords="offset points"),
    ),
    "a legend of the figure": lambda axs: (
        curve(axs),
        axs[0].figure.legend(axs[0].lines, ["name"], loc="outside lower center"),
    ),
    "ticks by hand": lambda axs: (curve(axs), axs[0].set_yticks([0, 1], ["none", "all of it"])),
    "no axes": lambda axs: (curve(axs), axs[0].set_axis_off()),
    "a legend beside": lambda axs: (
        axs[0].plot([0, 1], [0, 1], label="long name of a line"),
        curve(axs),
        axs[0].legend(bbox_to_anchor=(1, 1)),
    ),
}


def test_frames_alike_share_their_places():
    places = {}
    first, second = placed(curve, places), placed(same, places)
    assert len(places) == 1
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(second, placed(same, {}), atol=1e-4)


def test_a_note_inside_moves_nothing():
    places = {}
    for number in ("0.1", "23"):
        placed(
            lambda axs: (
                curve(axs),
                axs[0].annotate(number, (0.5, 0.5), xytext=(0, 4), textcoords="offset points"),
            ),
            places,
        )
    assert len(places) == 1


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_moves_the_axes_is_laid_out_anew(name):
    places = {}
    placed(curve, places)
    shared = placed(DIFFERENT[name], places)
    own = placed(DIFFERENT[name], {})
    np.testing.assert_allclose(shared, own, atol=1e-9)
    assert not np.allclose(own, placed(curve, {}), atol=2e-3), "the example moves nothing"


def test_a_colour_bar_is_never_shared():
    def paint(axs):
        shown = axs[0].imshow(np.eye(3))
        axs[0].figure.colorbar(shown, ax=axs[0])

    assert _layout.surroundings(figure_of(paint)) is None


def test_several_axes_keep_their_order():
    def paint(axs, tops=(1.0, 1.0)):
        for ax, top in zip(axs, tops, strict=True):
            curve([ax], top=top)

    places = {}
    placed(paint, places, axes=(1, 2))
    swapped = placed(lambda axs: paint(axs, (1.0, 1e-4)), places, axes=(1, 2))
    np.testing.assert_allclose(swapped, placed(lambda axs: paint(axs, (1.0, 1e-4)), {}, (1, 2)))


def test_nothing_is_drawn_only_to_be_measured(monkeypatch, tmp_path):
    drawn = []
    draw_figure = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, *a: (drawn.append(1), draw_figure(self, *a)))
    figure = figure_of(curve)
    with draw.style():
        _layout.place(figure, {}, vector=True)
        figure.savefig(tmp_path / "x.svg")
    assert len(drawn) == 1
