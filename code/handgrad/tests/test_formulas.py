"""Formulas read once for all frames look as if each frame had read its own."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import matplotlib.text
import pytest
from handgrad import _formulas
from handgrad.explore import Explore

SIZES = [9, 14]


def frames(size=11):
    figure = Explore(
        lambda ax, k: (
            ax.set_title(f"$w_{{12}}^{k}$"),
            ax.set_xlabel(r"$\frac{\partial J}{\partial w}$", fontsize=size),
        ),
        lambda k: str(k),
        None,
        "svg",
        (300, 200),
        None,
        None,
        None,
        None,
        {"k": [1, 2, 3]},
    )
    return [figure.frame(k=k) for k in (1, 2, 3)]


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_the_same_to_the_byte(monkeypatch, size):
    shared = frames(size)
    monkeypatch.setattr(_formulas, "read_once", contextlib.nullcontext)
    assert frames(size) == shared


def test_a_formula_is_read_once():
    parse = type(_formulas._sharing.reader.mathtext_parser)._parse_cached
    parse.cache_clear()
    frames()
    assert parse.cache_info().misses == 4  # three titles and the label they share
    frames()
    assert parse.cache_info().misses == 4


def test_matplotlib_is_left_as_it_was():
    before = matplotlib.text.TextToPath
    with pytest.raises(ZeroDivisionError), _formulas.read_once():  # noqa: PT012
        assert matplotlib.text.TextToPath is not before
        raise ZeroDivisionError
    assert matplotlib.text.TextToPath is before


@pytest.mark.parametrize("first_out", [0, 1])
def test_two_contexts_may_overlap_in_any_order(first_out):
    before = matplotlib.text.TextToPath
    contexts = [_formulas.read_once(), _formulas.read_once()]
    for context in contexts:
        context.__enter__()
    contexts.pop(first_out).__exit__(None, None, None)
    assert matplotlib.text.TextToPath is not before
    contexts.pop().__exit__(None, None, None)
    assert matplotlib.text.TextToPath is before


def test_threads_leave_it_as_it_was():
    before = matplotlib.text.TextToPath
    start = threading.Barrier(8)

    def work():
        start.wait()
        for _ in range(200):
            with _formulas.read_once():
                assert matplotlib.text.TextToPath is not before

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()
    assert matplotlib.text.TextToPath is before
