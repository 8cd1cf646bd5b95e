"""The private parts of matplotlib that the package uses are where they were."""

from io import BytesIO

import matplotlib
import numpy as np
import pytest
from handgrad import _formulas, _layout, _matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator


def test_every_part_is_there():
    assert not _matplotlib.missing(), (
        f"matplotlib {matplotlib.__version__} has moved: {_matplotlib.missing()}. Formulas are "
        "then read, and axes placed, for every frame: right but slow. See handgrad/_matplotlib.py"
    )
    assert _matplotlib.AS_KNOWN


@pytest.mark.parametrize("part", range(len(_matplotlib.PARTS)))
def test_a_part_that_moves_is_named(monkeypatch, part):
    where, name, what = _matplotlib.PARTS[part]
    moved = (where, name + "_moved", what)
    monkeypatch.setattr(_matplotlib, "PARTS", (moved,))
    (gone,) = _matplotlib.missing()
    assert f"{name}_moved: {what}" in gone


def test_a_formula_without_a_memory_of_its_own_is_named(monkeypatch):
    monkeypatch.setattr(_matplotlib.MathTextParser, "_parse_cached", lambda *_: None)
    (gone,) = _matplotlib.missing()
    assert "__wrapped__" in gone


def test_what_has_moved_costs_time_and_nothing_else(monkeypatch):
    monkeypatch.setattr(_matplotlib, "AS_KNOWN", False)
    before = matplotlib.text.TextToPath
    monkeypatch.setattr(_formulas, "_sharing", _formulas._Sharing())
    with _formulas.read_once():
        assert matplotlib.text.TextToPath is before
    figure = Figure(layout="constrained")
    figure.subplots().plot([0, 1])
    assert _layout.surroundings(figure) is None
    _layout.place(figure, {}, vector=True)
    assert figure.axes[0].get_position().width < 1


def test_the_patched_reader_is_the_one_that_vector_files_take():
    taken = []
    former = _matplotlib.set_reader(lambda: taken.append(1) or _formulas._sharing.reader)
    try:
        figure = Figure()
        figure.text(0.5, 0.5, "$w_{12}^3$")
        figure.savefig(BytesIO(), format="svg")
    finally:
        _matplotlib.set_reader(former)
    assert taken


def test_ticks_tell_hand_made_ones_from_others():
    ax = Figure().subplots()
    automatic = _matplotlib.ticks(ax.xaxis)
    ax.xaxis.set_major_locator(FixedLocator([0, 1]))
    ax.xaxis.set_major_formatter(FixedFormatter(["a", "b"]))
    by_hand = _matplotlib.ticks(ax.xaxis)
    assert by_hand != automatic and by_hand[2:4] == ((0, 1), ("a", "b"))
    ax.xaxis.set_major_formatter(FixedFormatter(["a", "c"]))
    assert _matplotlib.ticks(ax.xaxis) != by_hand
    ax.yaxis.set_major_formatter("{x:.1f}")
    assert _matplotlib.ticks(ax.yaxis)[4] == "{x:.1f}"
    ax.yaxis.set_major_formatter(np.format_float_positional)
    assert _matplotlib.ticks(ax.yaxis)[4] is np.format_float_positional
