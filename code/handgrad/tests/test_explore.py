"""Figures with two faces: what the page gets, what a kernel gets."""

import base64
import html
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from handgrad import draw, explore
from handgrad.explore import ASSETS
from html_tree import Tree
from letters import least_on_a_phone

ETA = np.linspace(0.1, 0.9, 5)


def paint(ax, eta, shape="line"):
    ax.plot([0, 1], [0, eta if shape == "line" else eta**2])
    ax.set(xlabel="step", ylabel="cost $J$", ylim=(0, 1))


def say(eta, shape="line"):
    return f"A {shape} that ends <at> {eta:.2f}"


@pytest.fixture
def face(monkeypatch):
    return lambda name: monkeypatch.setenv("HANDGRAD_FACE", name)


def static(figure, face):
    face("static")
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    return bundle["text/html"]


def payload(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1])


def test_static_page_holds_a_grid_of_frames(face):
    figure = explore.explore(
        paint,
        alt=say,
        eta=ETA,
        shape=["line", "curve"],
        start={"eta": 0.3, "shape": "curve"},
        labels={"eta": r"learning rate $\eta$"},
        play="eta",
        caption="Ends at $J_1$",
    )
    page = static(figure, face)
    tree, data = Tree(page), payload(page)
    assert data["shape"] == [5, 2] and len(data["alts"]) == len(data["frame"]) == 10
    assert data["values"] == [["0.1", "0.3", "0.5", "0.7", "0.9"], ["line", "curve"]]
    at = 1 * 2 + 1  # the second eta, the second shape
    (img,) = tree.all("img")
    assert img["alt"] == data["alts"][at] == say(ETA[1], "curve")
    assert img["src"] == data["frames"][data["frame"][at]]
    assert (img["width"], img["height"]) == ("560", "380")
    for k, eta in enumerate(ETA):
        for j, shape in enumerate(("line", "curve")):
            frame = data["frames"][data["frame"][2 * k + j]]
            assert base64.b64decode(frame.split(",")[1]) == figure.frame(eta=eta, shape=shape)
    (slider,), (button,) = tree.all("input"), tree.all("button")
    assert slider["aria-valuetext"] == "0.3" and slider["value"] == "1" and slider["max"] == "4"
    assert [("selected" in option) for option in tree.all("option")] == [False, True]
    assert button["data-input"] == "0"
    (controls,) = [a for a in tree.all("div") if a.get("class") == "hg-controls"]
    assert "hidden" in controls
    assert len(tree.all("label")) == 2 and "learning rate <i>η</i>" in page
    (status,) = [a for a in tree.all("p") if a.get("role") == "status"]
    assert "<span>A curve that ends &lt;at&gt; 0.30</span></p>" in page
    longest = sorted(data["alts"], key=lambda alt: (-len(html.escape(alt)), html.escape(alt)))
    assert [status["data-room"], status["data-more-room"]] == longest[:2]
    assert len(tree.all("figcaption")) == 1


def test_equal_frames_are_stored_once(face):
    figure = explore.explore(
        lambda ax, k: ax.plot([0, 1]), alt=lambda k: f"frame {k}", k=np.arange(7)
    )
    data = payload(static(figure, face))
    assert len(data["frames"]) == 1 and data["frame"] == [0] * 7 and len(set(data["alts"])) == 7
    assert data["values"] == [[str(k) for k in range(7)]]


def test_nothing_in_a_description_closes_the_script(face):
    figure = explore.explore(
        lambda ax, k: None, alt=lambda k: f"</script><b>{k}", k=[1, 2], labels={"k": "<k>"}
    )
    page = static(figure, face)
    Tree(page)
    assert payload(page)["alts"][0] == "</script><b>1" and "&lt;k&gt;" in page


@pytest.mark.parametrize("kind, start", [("svg", b"<svg"), ("png", b"\x89PNG"), ("webp", b"RIFF")])
def test_frames_are_the_same_on_every_run(kind, start):
    code = (
        "import sys, test_explore as t; from handgrad import explore; sys.stdout.buffer.write("
        f"explore.explore(t.paint, alt=t.say, kind={kind!r}, eta=t.ETA).frame(eta=0.5))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=os.path.dirname(__file__),
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] and runs[0].startswith(start)


def test_shortening_keeps_scales_and_size():
    svg = explore.picture(lambda ax: ax.plot([0, 1 / 3]), alt="a line").frame().decode()
    assert "scale(0.015625)" in svg  # the factor of matplotlib's glyphs
    assert 'width="403.2pt"' in svg and "<!--" not in svg and "<metadata" not in svg
    rest = re.sub(r"(scale|matrix)\([^)]*\)", "", svg)
    assert not re.search(r"\d\.\d{3}", rest)


def test_a_nudge_is_a_figure_with_one_control(face):
    x, y, w = 2.0, 1.0, 0.95
    figure = explore.nudge(
        lambda w: [w, w * x, (w * x - y) ** 2 / 2], w, [x, w * x - y], ["$w$", "$z$", "$J$"]
    )
    page = static(figure, face)
    data = payload(page)
    assert data["shape"] == [7] and data["values"][0][0] == "1"
    assert "J moves by 0.2, the factors say 0.18" in data["alts"][2]
    assert all("2 times h squared" in alt for alt in data["alts"])
    assert least_on_a_phone(figure.frame(h=0.1).decode(), figure.size[0]) >= 9
    with pytest.raises(ValueError, match="steps: expected nudges above 0"):
        explore.nudge(lambda w: [w, w], 1.0, [1.0], ["w", "u"], steps=[0.1, 0.0])


def test_letters_are_large_enough_on_a_phone():
    """At least 9 px of plots and of networks, in the size that figures have by themselves."""

    def plot(ax):
        ax.plot([0, 1], label="a line")
        ax.set(xlabel="$x$", ylabel="$y$", title="a title")
        ax.legend()

    W = {2: np.ones((2, 2)), 3: np.ones((2, 2))}
    for paint in (plot, lambda ax: draw.network(ax, (2, 2, 2), weights=W, gradients=W)):
        figure = explore.picture(paint, alt="letters")
        assert least_on_a_phone(figure.frame().decode(), figure.size[0]) >= 9
    small = explore.picture(lambda ax: ax.text(0, 0, "small", fontsize=8), alt="letters")
    assert round(least_on_a_phone(small.frame().decode(), small.size[0]), 1) == 6.9


def test_frames_are_light():
    import gzip

    frame = explore.explore(paint, alt=say, eta=ETA).frame(eta=0.5)
    assert len(gzip.compress(frame)) < 6000


def test_several_axes_and_no_state_of_pyplot(face):
    seen = []
    explore.picture(lambda axs: seen.append(axs.shape), alt="two panels", axes=(1, 2)).frame()
    explore.picture(lambda axs: seen.append(axs.shape), alt="six panels", axes=(2, 3)).frame()
    assert seen == [(2,), (2, 3)]
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_picture_is_the_same_on_both_faces(face):
    figure = explore.picture(lambda ax: ax.plot([1, 2]), alt="A rising line.", caption="Cost $J$")
    face("live")
    live = figure._repr_mimebundle_()
    face("static")
    assert figure._repr_mimebundle_() == live and set(live) == {"text/plain", "text/html"}
    tree = Tree(live["text/html"])
    assert tree.all("img")[0]["alt"] == "A rising line." and not tree.all("script")


def test_live_face_draws_again_between_the_frames(face):
    face("live")
    figure = explore.explore(paint, alt=say, eta=ETA, shape=["line", "curve"], play="eta")
    data, _ = figure._repr_mimebundle_()
    assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    play, slider, menu, shown = figure.widget().children
    before = shown.value
    assert say(0.1).replace("<", "&lt;").replace(">", "&gt;") in before
    slider.value = 0.33  # between two frames of the page
    assert "0.33" in shown.value and shown.value != before
    menu.value = "curve"
    assert "A curve" in shown.value
    play.value = 3
    assert slider.value == pytest.approx(ETA[3])
    assert figure.widget() is figure.widget()


@pytest.mark.parametrize(
    "values, kind",
    [
        (np.arange(5), "IntSlider"),
        (ETA, "FloatSlider"),
        (np.array([0, 1, 2, 5, 20]), "IntSlider"),
        (np.array([0.01, 0.1, 0.25, 0.4]), "FloatSlider"),
        (np.logspace(-3, 0, 4), "FloatLogSlider"),
        (np.array(["a", "b"]), "SelectionSlider"),
        (["a", "b"], "Dropdown"),
        ([0.1, 0.2], "Dropdown"),
    ],
)
def test_live_control_fits_the_values(values, kind):
    figure = explore.explore(lambda ax, v: None, alt=lambda v: f"{v}", v=values)
    control = figure.widget().children[0]
    assert type(control).__name__ == kind
    assert control.value == values[0]
    if kind == "FloatSlider":  # the reader may stop between the frames of the page
        assert control.step <= (values[1] - values[0]) / 10
    if kind == "IntSlider":
        assert control.step == 1
    if kind.endswith(("IntSlider", "FloatSlider")):
        assert (control.min, control.max) == (values[0], values[-1])
    if kind == "FloatLogSlider":
        assert (control.base**control.min, control.base**control.max) == pytest.approx((1e-3, 1))


def test_a_value_without_a_figure_is_said_where_the_figure_was():
    def paint_one(ax, k):
        ax.plot([0, 1 / (2 - k)])

    figure = explore.explore(paint_one, alt=lambda k: f"{k}", k=np.arange(4))
    slider, shown = figure.widget().children
    slider.value = 2
    assert "hg-error" in shown.value and "ZeroDivisionError" in shown.value
    slider.value = 3
    assert "hg-error" not in shown.value and "<img" in shown.value


def test_more_values_than_a_page_can_show_are_fine_in_a_notebook(face):
    figure = explore.explore(paint, alt=say, eta=np.linspace(0, 1, 301))
    assert figure.widget().children[0].max == 1
    face("static")
    with pytest.raises(ValueError, match="at most 60 frames on a page, got 301"):
        figure._repr_mimebundle_()


@pytest.mark.parametrize("lacking", ["ipywidgets 7", "no ipywidgets"])
def test_a_notebook_without_our_widgets_gets_frames_that_move(face, monkeypatch, lacking):
    import ipywidgets

    face("live")
    if lacking == "ipywidgets 7":  # its widgets know no _repr_mimebundle_
        old = type("VBox", (), {})
        monkeypatch.setattr(ipywidgets, "VBox", old)
        monkeypatch.setattr(ipywidgets, "__version__", "7.7.1")
    else:
        monkeypatch.setitem(sys.modules, "ipywidgets", None)
    figure = explore.explore(
        paint, alt=say, eta=np.linspace(0, 1, 101), shape=["line", "curve"], start={"eta": 0.01}
    )
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    page = bundle["text/html"]
    data = payload(page)
    assert data["shape"] == [26, 2] and data["values"][0][:3] == ["0", "0.04", "0.08"]
    assert "computed beforehand" in page
    assert ("7.7.1" if lacking == "ipywidgets 7" else "pip install ipywidgets") in page
    assert (ASSETS / "explore.js").read_text() in page


def test_an_unknown_face_is_refused(face):
    face("both")
    with pytest.raises(ValueError, match="HANDGRAD_FACE"):
        explore.explore(paint, alt=say, eta=ETA)._repr_mimebundle_()


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"eta": ETA, "start": {"eta": 0.2}}, ValueError, "start of eta"),
        ({"eta": ETA, "start": {"rho": 0.2}}, ValueError, "rho"),
        ({"eta": ETA, "labels": {"rho": "x"}}, ValueError, "rho"),
        ({"eta": ETA, "play": "rho"}, ValueError, "rho"),
        ({"eta": ETA, "kind": "gif"}, ValueError, "kind"),
        ({"eta": 0.5}, TypeError, "eta"),
        ({"eta": [1]}, ValueError, "two values"),
        ({"eta": ETA, "alt": lambda eta: ""}, ValueError, "alt"),
        ({"eta": ETA, "alt": "always the same"}, TypeError, "alt"),
        ({}, ValueError, "picture"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        explore.explore(paint, **({"alt": say} | arguments))


def test_a_description_is_required():
    for call in (lambda: explore.picture(paint), lambda: explore.explore(paint, eta=ETA)):
        with pytest.raises(TypeError, match="alt"):
            call()
    with pytest.raises(ValueError, match="alt"):
        explore.picture(paint, alt="  ")


def test_assets_are_installed_with_the_package():
    assert {path.name for path in ASSETS.iterdir()} >= {"explore.js", "explore.css"}
