"""Drawings: the right text in the right place, nothing on it, colours that can be read."""

import itertools
import re

import numpy as np
import pytest
from handgrad import draw
from handgrad.book import num
from handgrad.draw import nudges
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

STANDARD = [  # sizes, and pictures (width, height in pixels) without and with gradients
    ((2, 2, 2), (560, 380), (560, 420)),
    ((1, 2, 2, 1), (560, 380), (560, 420)),
    ((2, 3, 2, 2), (560, 380), (560, 440)),
    ((2, 4, 3, 2, 4), (560, 600), (720, 800)),
]


def canvas(size=(640, 400)):
    figure = Figure(figsize=(size[0] / 100, size[1] / 100), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def random_parts(sizes, seed=0):
    rng = np.random.default_rng(seed)
    layers = range(2, len(sizes) + 1)
    matrices = {l: rng.normal(size=(sizes[l - 2], sizes[l - 1])) for l in layers}
    vectors = {l: rng.normal(size=sizes[l - 1]) for l in range(1, len(sizes) + 1)}
    return matrices, vectors


def boxes(figure, ax):
    """Return every text with its box in points, as a renderer measures it."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    scale = 72 / figure.dpi
    return [
        (t.get_text(), t.get_window_extent(renderer).frozen().extents * scale) for t in ax.texts
    ]


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def assert_readable(figure, ax):
    found = boxes(figure, ax)
    for (one, a), (other, b) in itertools.combinations(found, 2):
        wide, high = overlap(a, b)
        # boxes hold the full height of a line, so neighbours may share a point or two of it
        assert wide <= 0 or high <= 2.5, f"{one!r} is on {other!r}: {wide:.1f} × {high:.1f} points"
    width, height = figure.get_size_inches() * 72
    for text, (x0, y0, x1, y1) in found:
        assert -1 <= x0 and x1 <= width + 1 and -1 <= y0 and y1 <= height + 1, (
            f"{text!r} is cut off"
        )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sizes, plain, rich", STANDARD, ids=str)
def test_no_text_covers_another(sizes, plain, rich, seed):
    W, a = random_parts(sizes, seed)
    dW, b = random_parts(sizes, seed + 100)
    figure, ax = canvas(plain)
    draw.network(ax, sizes, weights=W, biases=b, values=a)
    assert_readable(figure, ax)
    figure, ax = canvas(rich)
    draw.network(
        ax,
        sizes,
        weights=W,
        biases=b,
        values=a,
        gradients=dW,
        bias_gradients=a,
        deltas={l: a[l] for l in range(2, len(sizes) + 1)},
    )
    assert_readable(figure, ax)


@pytest.mark.parametrize("sizes, plain, rich", STANDARD, ids=str)
def test_names_cover_nothing(sizes, plain, rich):
    figure, ax = canvas(plain)
    draw.network(ax, sizes, weights="names", biases="names")
    assert_readable(figure, ax)


@pytest.mark.parametrize("sizes, plain, rich", STANDARD, ids=str)
def test_each_weight_is_on_its_own_wire(sizes, plain, rich):
    W = {  # every weight says which it is
        l: np.array(
            [[f"{l}{i}{j}" for j in range(1, sizes[l - 1] + 1)] for i in range(1, sizes[l - 2] + 1)]
        )
        for l in range(2, len(sizes) + 1)
    }
    figure, ax = canvas(plain)
    layout = draw.network(ax, sizes, weights=W)
    where = {t.get_text(): np.array(t.get_position()) for t in ax.texts}
    checked = 0
    for l in W:
        for i, j in np.ndindex(W[l].shape):
            start = np.array(layout.neurons[l - 1, i + 1])
            along = np.array(layout.neurons[l, j + 1]) - start
            place = where[W[l][i, j]] - start
            across = abs(along[0] * place[1] - along[1] * place[0]) / np.linalg.norm(along)
            part = place @ along / (along @ along)
            assert across < 0.5 and 0.05 < part < 0.95, (l, i + 1, j + 1)
            from_centres = [np.linalg.norm(where[W[l][i, j]] - n) for n in layout.neurons.values()]
            assert min(from_centres) > layout.radius
            checked += 1
    assert checked == sum(m * n for m, n in itertools.pairwise(sizes))


def test_values_gradients_and_deltas_stand_where_they_belong():
    sizes = (2, 2, 2)
    numbers = iter(np.arange(1, 30) / 100)  # each number once, so that its text tells which it is

    def fresh(shapes):
        return {
            l: np.array([next(numbers) for _ in range(np.prod(s))]).reshape(s) for l, s in shapes
        }

    W, dW = (fresh([(2, (2, 2)), (3, (2, 2))]) for _ in range(2))
    a, b = fresh([(1, 2), (2, 2), (3, 2)]), fresh([(2, 2), (3, 2)])
    figure, ax = canvas((640, 480))
    layout = draw.network(
        ax,
        sizes,
        weights=W,
        biases=b,
        values={l: v[None, :] for l, v in a.items()},
        gradients=dW,
        deltas={2: [7.25, 8.25], 3: [9.25, 5.25]},
    )
    where = {t.get_text(): np.array(t.get_position()) for t in ax.texts}
    # layers from left to right, neurons counted from the top
    assert layout.neurons[1, 1][0] < layout.neurons[2, 1][0] < layout.neurons[3, 1][0]
    assert layout.neurons[2, 1][1] > layout.neurons[2, 2][1]
    for (l, j), centre in layout.neurons.items():
        assert np.linalg.norm(where[num(a[l][j - 1], ".2f")] - centre) < layout.radius
        if l > 1:
            bias = where[num(b[l][j - 1], ".2f")] - centre
            assert abs(bias[0]) < 1 and bias[1] > layout.radius
    delta = where[r"$\delta$ 8.25"] - layout.neurons[2, 2]
    assert abs(delta[0]) < 1 and delta[1] < -layout.radius
    for (l, i, j), place in layout.labels.items():
        weight, gradient = (where[num(m[l][i - 1, j - 1], ".2f")] for m in (W, dW))
        assert weight[0] == gradient[0] == place[0] and weight[1] > place[1] > gradient[1]
    assert any("below it" in text for text in where)


def test_names_are_those_of_the_book():
    figure, ax = canvas()
    draw.network(ax, (2, 3, 1), weights="names", biases="names", labels={(1, 2): "bias"})
    texts = {t.get_text() for t in ax.texts}
    assert {
        "$x_{1}$",
        "bias",
        "$a_{3}^{2}$",
        r"$\hat{y}$",
        "$w_{23}^{2}$",
        "$w_{31}^{3}$",
        "$b_{1}^{3}$",
    } <= texts
    assert "$w_{32}^{2}$" not in texts and "$x_{2}$" not in texts


def test_downstream_is_what_the_output_feels():
    found = draw.downstream((2, 3, 2, 2), "w", 2, 1, 2)
    wires = {key[1:] for key in found if key[0] == "w"}
    assert wires == {(2, 1, 2), (3, 2, 1), (3, 2, 2), (4, 1, 1), (4, 1, 2), (4, 2, 1), (4, 2, 2)}
    assert {key[1:] for key in found if key[0] == "a"} == {(2, 2), (3, 1), (3, 2), (4, 1), (4, 2)}
    assert draw.downstream((2, 2), "b", 2, 1) == {("b", 2, 1), ("a", 2, 1)}


@pytest.mark.parametrize(
    "flow, dashed, colour", [("forward", False, draw.BLUE), ("backward", True, draw.ORANGE)]
)
def test_highlighted_wires_stand_out_in_more_than_colour(flow, dashed, colour):
    from matplotlib.patches import FancyArrowPatch

    sizes = (2, 2, 2)
    figure, ax = canvas()
    layout = draw.network(ax, sizes, highlight=draw.downstream(sizes, "w", 2, 1, 2), flow=flow)
    wires = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    strong = [p for p in wires if to_rgb(p.get_edgecolor()) == to_rgb(colour)]
    pale = [p for p in wires if to_rgb(p.get_edgecolor()) == to_rgb(draw.FAINT)]
    assert len(strong) == 3 and len(pale) == 5
    assert min(p.get_linewidth() for p in strong) > max(p.get_linewidth() for p in pale)
    assert all((p.get_linestyle() not in ("-", "solid")) == dashed for p in strong)
    # the arrow of the first wire points to the neuron that the flow reaches
    target = layout.neurons[2, 2] if flow == "forward" else layout.neurons[1, 1]
    assert any(np.allclose(p._posA_posB[1], target) for p in strong)
    assert not any(
        np.allclose(p._posA_posB[0], target) for p in strong if target == layout.neurons[1, 1]
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"weights": {2: np.ones((2, 2))}}, "layer 3"),
        ({"weights": [np.ones((2, 2)), np.ones((2, 3))]}, r"weights\[3\]: expected shape \(2, 2\)"),
        ({"weights": "numbers"}, "weights"),
        ({"biases": [np.ones(2)]}, "biases"),
        ({"values": {1: np.ones(3)}}, r"values\[1\]"),
        ({"highlight": {("w", 2, 3, 1)}}, "highlight"),
        ({"flow": "sideways"}, "flow"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw.network(canvas()[1], (2, 2, 2), **arguments)


def test_too_small_a_picture_is_refused():
    sizes = (2, 4, 3, 2, 4)
    W, a = random_parts(sizes)
    with pytest.raises(ValueError, match="expected room"):
        draw.network(canvas((400, 300))[1], sizes, weights=W, values=a, gradients=W)
    with pytest.raises(ValueError, match="expected room"):
        draw.network(canvas((640, 150))[1], sizes, weights=W, values=a)


def test_chain_says_what_is_multiplied():
    figure, ax = canvas((640, 260))
    layout = draw.chain(
        ax,
        [0.5, 1.2, -0.3],
        values=[1, 0.6, 0.7, 0.2],
        factors=["0.24", 0.31, 0.42],
        gradients=[0.1, 0.2, 0.9],
        highlight=2,
    )
    assert_readable(figure, ax)
    where = {t.get_text(): (np.array(t.get_position()), t.get_color()) for t in ax.texts}
    x = [layout.neurons[k, 1][0] for k in range(1, 5)]
    for k, (weight, factor) in enumerate(
        (("0.500", "0.24"), ("1.200", "0.310"), ("−0.300", "0.420"))
    ):
        assert x[k] < where[weight][0][0] < x[k + 1]
        assert where[factor][0][0] == where[weight][0][0]
        assert where[factor][0][1] < layout.neurons[1, 1][1] < where[weight][0][1]
    # the factors between the weight and the output count, the one before it does not
    assert where["0.24"][1] == draw.GREY and where["0.310"][1] == where["0.420"][1] == draw.BLACK
    with pytest.raises(ValueError, match="factors: expected 3"):
        draw.chain(ax, [1, 2, 3], factors=[1])


def test_a_walk_along_a_chain_begins_at_the_cost_and_ends_at_the_weight():
    figure, ax = canvas((640, 260))
    layout = draw.chain(
        ax,
        [0.5, 1.2, -0.3],
        values=[1, 0.6, 0.7, 0.2],
        factors=["", "came in", "w"],
        highlight=2,
        cost=(0.32, "first"),
    )
    assert_readable(figure, ax)
    x, y = zip(*(layout.neurons[k, 1] for k in range(1, 6)), strict=True)
    assert {"$J$", "0.320", "first"} <= {t.get_text() for t in ax.texts}
    orange = to_rgb(draw.ORANGE)
    arcs = sorted(p._posA_posB for p in ax.patches if to_rgb(p.get_edgecolor()) == orange)
    assert len(arcs) == 3
    own = arcs[0]  # from neuron 3 to the middle of the wire that enters it, just below it
    assert own[0][0] == pytest.approx(x[2], abs=6) and x[1] < own[1][0] < x[2] - layout.radius
    assert y[0] - layout.radius / 2 < own[1][1] < y[0]
    assert arcs[2][0][0] == pytest.approx(x[4], abs=6)  # the first begins at J
    with pytest.raises(ValueError, match="cost: expected the value of J and its factor"):
        draw.chain(ax, [1, 2], cost=(1,))


def test_no_text_of_a_chain_touches_a_neuron():
    """Five neurons leave less room between them than their texts are wide."""
    figure, ax = canvas((560, 260))
    layout = draw.chain(
        ax, [f"$w^{l}$ = −0.8" for l in range(2, 6)], values=[2, 1.6, 0.96, 0.096, 0.048]
    )
    assert_readable(figure, ax)
    found = [box for text, box in boxes(figure, ax) if "w" in text]
    assert len(found) == 4
    for (x0, y0, x1, y1), (x, y) in itertools.product(found, layout.neurons.values()):
        away = np.hypot(max(x0 - x, x - x1, 0), max(y0 - y, y - y1, 0))
        assert away >= layout.radius - 0.5


# -- nudges ------------------------------------------------------------------------------------


def cubed_then_halved(u):
    return [u, u**3, u**3 / 2 + 1]


def test_a_station_answers_with_the_product_of_factors_and_a_gap():
    moves, cube, half = nudges.answers(cubed_then_halved, 2.0, [12.0, 0.5], 0.1)
    assert (moves.moved, moves.said, moves.gap) == pytest.approx((0.1, 0.1, 0.0))
    assert cube.moved == pytest.approx(2.1**3 - 8) and cube.said == pytest.approx(1.2)
    assert half.gap == pytest.approx((2.1**3 - 8) / 2 - 0.6)
    gaps = [nudges.answers(cubed_then_halved, 2.0, [12.0, 0.5], h)[-1].gap for h in (1e-2, 1e-3)]
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.01)  # of a wrong factor it would be 10
    wrong = [nudges.answers(cubed_then_halved, 2.0, [12.1, 0.5], h)[-1].gap for h in (1e-2, 1e-3)]
    assert wrong[0] / wrong[1] < 20


def test_a_gap_that_rounding_leaves_is_none():
    assert nudges.answers(lambda u: [u, 0.3 * u], 0.7, [0.3], 1e-3)[1].gap == 0
    assert "no gap" in nudges.in_words(lambda u: [u, 0.3 * u], 0.7, [0.3], 1e-3, ["w", "z"])


def test_a_nudge_shows_what_moves_and_what_the_factors_say():
    figure = Figure(figsize=(5.2, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    axs = figure.subplots(2)
    draw.nudge(axs, cubed_then_halved, 2.0, [12.0, 0.5], 0.1, names=["$w$", "$u$", "$v$"])
    assert_readable(figure, axs[0])
    said = {t.get_text() for t in axs[0].texts}
    assert {"1.261", "1.2", "0.061", "0.6305", "0.6", "0.0305", "· 12", "· 0.5"} <= said
    lines = {line.get_label(): line.get_xydata() for line in axs[1].lines}
    (h0, low), (h1, high) = lines["gap"][[0, 8]]
    assert np.log(high / low) / np.log(h1 / h0) == pytest.approx(2, abs=0.01)


def test_a_nudge_asks_for_what_it_needs():
    axs = Figure().subplots(2)
    with pytest.raises(ValueError, match="factors: expected 2 for 3 stations"):
        draw.nudge(axs, cubed_then_halved, 2.0, [12.0], 0.1, names=["w", "u", "v"])
    with pytest.raises(ValueError, match="names: expected 3"):
        draw.nudge(axs, cubed_then_halved, 2.0, [12.0, 0.5], 0.1, names=["w", "u"])


# -- colours -----------------------------------------------------------------------------------


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def dark_mode(rgb, invert=1.0):
    """Return what the CSS filter invert(amount) hue-rotate(180deg) makes of a colour."""
    rgb = np.array(rgb)
    rgb = rgb * (1 - invert) + (1 - rgb) * invert
    matrix = [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]]
    return np.clip(np.array(matrix) @ rgb, 0, 1)


@pytest.mark.parametrize("name", "BLUE ORANGE GREEN PURPLE RED SKY GREY BLACK".split())
@pytest.mark.parametrize("invert", [1.0, 0.918])
def test_colours_can_be_read_in_light_and_dark(name, invert):
    colour, white = to_rgb(getattr(draw, name)), (1, 1, 1)
    least = 4.5 if name in ("GREY", "BLACK", "ORANGE") else 3  # those that texts are written in
    assert contrast(colour, white) >= least
    assert contrast(dark_mode(colour, invert), dark_mode(white, invert)) >= least


def test_series_differ_in_line_and_marker():
    figure, ax = canvas()
    draw.convergence(ax, {f"method {k}": np.exp(-k * np.arange(50) / 9) for k in range(1, 7)})
    look = [(str(line._dash_pattern), line.get_marker()) for line in ax.lines]
    assert len(set(look)) == len({dash for dash, _ in look}) == len({m for _, m in look}) == 6
    assert ax.get_yscale() == "log" and ax.get_xlabel() and ax.get_ylabel()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        f"method {k}" for k in range(1, 7)
    ]


def test_convergence_takes_its_own_x():
    figure, ax = canvas()
    draw.convergence(ax, {"a": (np.array([0, 80, 160]), [3, 2, 1])}, log=False)
    assert ax.lines[0].get_xdata().tolist() == [0, 80, 160] and ax.get_yscale() == "linear"
    with pytest.raises(ValueError, match=r"x of a: expected shape"):
        draw.convergence(ax, {"a": (np.arange(3), np.arange(2))})
    with pytest.raises(ValueError):
        draw.convergence(ax, {})


# -- plots -------------------------------------------------------------------------------------


def test_surface_is_sampled_the_right_way_round():
    def asymmetric(x, y):
        return x**2 + 10 * y

    path = np.array([[0.0, 1.0], [0.5, 0.5], [0.6, 0.2]])
    ax, ax_same = canvas()[1], canvas()[1]
    draw.surface(
        ax, asymmetric, (-1, 1), (0, 2), path=path, minimum=(0, 0), levels=[5, 10], resolution=21
    )
    heights = np.array(
        [[asymmetric(x, y) for x in np.linspace(-1, 1, 21)] for y in np.linspace(0, 2, 21)]
    )
    draw.surface(ax_same, heights, (-1, 1), (0, 2), levels=[5, 10])
    for axes in (ax, ax_same):
        (lines,) = [c for c in axes.collections if hasattr(c, "levels")]
        for level, line in zip((5, 10), lines.get_paths(), strict=True):
            assert np.allclose(asymmetric(*line.vertices.T), level, atol=0.05)
    assert np.array_equal(ax.lines[0].get_xydata(), path)
    assert ax.get_xlabel() == "$w$" and ax.get_ylabel() == "$b$"
    with pytest.raises(ValueError, match="path"):
        draw.surface(ax, asymmetric, (0, 1), (0, 1), path=[1, 2, 3])


def test_boundary_shows_region_border_and_classes():
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])
    figure, ax = canvas()
    draw.boundary(ax, lambda Q: Q @ [1.0, 1.0] - 1.0, X, y, xlim=(-1, 2), ylim=(-1, 2))
    zero, one = ax.lines
    assert zero.get_xydata().tolist() == X[:3].tolist() and one.get_xydata().tolist() == [[1, 1]]
    assert zero.get_marker() != one.get_marker()
    border = ax.collections[-1].get_paths()[0].vertices
    assert np.allclose(border.sum(axis=1), 1.5)
    region = ax.collections[0]
    assert region.hatches == ["//"]
    assert region.get_paths()[0].contains_point((1.5, 1.5)) and not region.get_paths()[
        0
    ].contains_point((0, 0))


@pytest.mark.parametrize("side", [340, 380, 420, 460, 500])
def test_axes_of_equal_scale_have_equal_steps(side):
    corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    with draw.style():
        figure, ax = canvas((side, side))
        draw.boundary(ax, lambda Q: Q @ [1.0, 1.0] - 1.5, corners, [0, 0, 0, 1], level=0)
        figure.canvas.draw()
    assert np.allclose(np.diff(ax.get_xticks())[0], np.diff(ax.get_yticks())[0])


def test_boundary_of_a_constant_classifier_has_no_border():
    X, y = np.array([[0.0, 0], [1, 1]]), np.array([-1, 1])
    for constant, regions in ((1.0, 1), (-1.0, 0)):
        figure, ax = canvas()
        draw.boundary(ax, lambda Q, out=constant: np.full(len(Q), out), X, y, level=0)
        assert len(ax.collections) == regions
        assert len(ax.lines[0].get_xdata()) == len(ax.lines[1].get_xdata()) == 1
    with pytest.raises(ValueError, match="y: expected shape"):
        draw.boundary(ax, lambda Q: Q[:, 0], X, [1, 0, 1])


def test_function_is_broken_at_its_kinks():
    figure, ax = canvas()
    draw.function(
        ax, lambda z: np.maximum(z, 0), (-2, 2), derivative=lambda z: (z > 0) * 1.0, kinks=(0,)
    )
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [set(line.get_ydata()) for line in dashed] == [{0.0}, {1.0}]
    assert len(ax.get_legend().get_texts()) == 2


def test_bars_are_labelled_and_in_order():
    figure, ax = canvas((640, 200))
    draw.bars(ax, {"paths": 8192, "deltas": 256}, spec=",", xlabel="multiplications")
    assert [t.get_text() for t in ax.texts] == ["8,192", "256"]
    assert [p.get_width() for p in ax.patches] == [8192, 256]
    assert ax.yaxis_inverted() and [t.get_text() for t in ax.get_yticklabels()] == [
        "paths",
        "deltas",
    ]


def test_field_points_downhill():
    figure, ax = canvas()
    draw.gradient_field(ax, lambda x, y: (2 * x, 8 * y), (-1, 1), (-1, 1), points=5)
    (arrows,) = ax.collections
    x, y = np.asarray(arrows.get_offsets()).T
    assert (arrows.U * x <= 0).all() and (arrows.V * y <= 0).all() and (arrows.U * x < 0).any()
    assert (abs(arrows.V[y != 0]) > 0).all()


def test_drawing_leaves_settings_and_pyplot_alone():
    import matplotlib

    names = ("svg.hashsalt", "axes.titlesize", "axes.prop_cycle", "axes.spines.top")
    before = [matplotlib.rcParams[name] for name in names]
    with draw.style():
        assert all(matplotlib.rcParams[n] != old for n, old in zip(names, before, strict=True))
    assert [matplotlib.rcParams[name] for name in names] == before


def test_the_sources_never_use_pyplot():
    from pathlib import Path

    for path in Path(draw.__file__).parents[1].rglob("*.py"):
        assert not re.search(r"^\s*(import|from) matplotlib.*pyplot", path.read_text(), re.M), path
