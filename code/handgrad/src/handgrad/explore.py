"""Figures with two faces: one that moves in a live kernel, one that moves on a static page.

`picture` shows a still figure, `explore` one with controls. Which face of `explore` is shown is
chosen by the environment variable ``HANDGRAD_FACE``:

- ``live`` (the default): ipywidgets that draw again for every value; sliders take any value between
  the least and the largest that the page shows;
- ``static`` (set when the book is built): frames drawn beforehand, moved by ``assets/explore.js``
  with plain HTML controls. The first frame and its description show without JavaScript.

A figure never holds both, which would double the weight of a saved notebook. Where a notebook can't
show ipywidgets 8 it gets the static face with its script, and a sentence that says so.
"""

import base64
import copy
import html
import io
import itertools
import json
import math
import os
import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from handgrad import _formulas, _layout
from handgrad import draw as _draw
from handgrad._extras import need
from handgrad.book import inline, num, plain
from handgrad.draw import nudges

ASSETS = Path(__file__).parent / "assets"
MIME = {"svg": "image/svg+xml", "png": "image/png", "webp": "image/webp"}
MOST_FRAMES = 60
WIDGETS_NEEDED = 8  # the first major version whose widgets tell a notebook how to show them
LOGARITHMIC = 50  # from this ratio of largest to least on, evenly spread factors get such a slider


def picture(draw, *, alt, caption=None, size=(560, 380), kind="svg", axes=None):
    """Return a still figure to display.

    Parameters
    ----------
    draw : callable
        ``draw(ax)`` paints it; ``draw(axs)`` with an array of axes if `axes` is given.
    alt : str
        What there is to see, for those who don't see it.
    caption : str, optional
        Text, with simple formulas between dollar signs (see `handgrad.book.inline`).
    size : (int, int)
        Width and height in CSS pixels, of which a matplotlib inch has 100.
    kind : {"svg", "webp", "png"}
        "webp" for filled fields of colour, which are heavy as lines.
    axes : (int, int), optional
        Rows and columns of axes.

    Raises
    ------
    TypeError, ValueError
        If `alt` is missing or empty, or `kind` or `size` is none of the above.
    """
    return Picture(draw, alt, caption, size, kind, axes)


def explore(
    draw,
    *,
    alt,
    labels=None,
    kind="svg",
    size=(560, 380),
    start=None,
    play=None,
    axes=None,
    caption=None,
    **params,
):
    """Return a figure with controls to display.

    Parameters
    ----------
    draw : callable
        ``draw(ax, **values)`` paints the figure for one value of each parameter.
    alt : callable
        ``alt(**values)`` says in words what the figure then shows.
    labels : dict, optional
        Parameter -> label of its control, with simple formulas between dollar signs.
    kind, size, axes, caption
        As for `picture`.
    start : dict, optional
        Parameter -> value shown first; by default its first value.
    play : str, optional
        Parameter that runs by itself when the reader presses "Play".
    **params
        A numpy array of numbers makes a slider: on the page it takes these values, in a notebook
        any between the least and the largest, whole numbers if all of them are. So `draw` and `alt`
        must compute for values that are not in the array. A list makes a drop-down menu, which
        offers just its values on both faces.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of the above, or, on a page, if there are more than 60 frames.
    """
    return Explore(draw, alt, labels, kind, size, start, play, axes, caption, params)


def nudge(forward, at, factors, names, *, steps=nudges.STEPS, h=0.1, size=(500, 620), caption=None):
    """Return a figure that nudges one number: each station's answer beside the product of factors.

    Its control is the nudge h. Above, each station of the chain says by how much it moves and what
    the local derivatives on the way to it make of h; below, the gap at the last station falls with
    the square of h.

    Parameters
    ----------
    forward : callable
        ``forward(u)`` returns the values of all K stations, the first of which is ``u`` itself.
    at : float
        The first station before the nudge.
    factors : sequence of K − 1 numbers
        The local derivatives from each station to the next, at `at`.
    names : sequence of K texts
        Of the stations, with simple formulas between dollar signs.
    steps : sequence of numbers
        Values of h on the page.
    h : float
        The one shown first.
    size, caption
        As for `explore`.

    Raises
    ------
    ValueError
        If the numbers of stations, factors and names don't fit, or a nudge is not positive.

    Examples
    --------
    >>> x, y, w = 2.0, 1.0, 0.95
    >>> figure = nudge(lambda w: [w, w * x, (w * x - y) ** 2 / 2], w, [x, w * x - y],
    ...                ["$w$", "$z$", "$J$"])
    """
    if min(steps) <= 0:
        raise ValueError(f"steps: expected nudges above 0, got {min(steps)!r}")
    spoken = [plain(name) for name in names]
    return explore(
        lambda axs, h: _draw.nudge(axs, forward, at, factors, h, names=names, steps=steps),
        alt=lambda h: nudges.in_words(forward, at, factors, h, spoken),
        labels={"h": "nudge $h$"},
        size=size,
        axes=(2, 1),
        start={"h": h},
        play="h",
        caption=caption,
        h=np.array(steps, dtype=float),
    )


class Picture:
    """A still figure; made by `picture`."""

    def __init__(self, draw, alt, caption, size, kind, axes):
        if not callable(draw):
            raise TypeError(f"draw must be a function of the axes, got {draw!r}")
        if kind not in MIME:
            raise ValueError(f"kind must be one of {', '.join(MIME)}, got {kind!r}")
        if len(size) != 2 or min(size) <= 0:
            raise ValueError(f"size must be a width and a height in pixels, got {size!r}")
        self._draw, self._alt, self.caption, self.axes = draw, alt, caption, axes
        self.size, self.kind = tuple(int(s) for s in size), kind
        self._places = {}
        self._check_alt()

    def _check_alt(self):
        self.alt()

    def alt(self, **values):
        """Return the description in words for these values of the parameters."""
        text = self._alt(**values) if callable(self._alt) else self._alt
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"alt must say in words what the figure shows, got {text!r}")
        return " ".join(text.split())

    def frame(self, **values):
        """Return the bytes of the picture for these values; the same on every run."""
        return self._frame(values)

    def _frame(self, values, quick=False):
        """The picture; a `quick` one of pixels has fewer of them, since a reader waits for it."""
        with _draw.style(), _formulas.read_once():
            figure = Figure(figsize=(self.size[0] / 100, self.size[1] / 100), layout="constrained")
            self._draw(figure.subplots(*(self.axes or ())), **values)
            _layout.place(figure, self._places, vector=self.kind == "svg")
            out = io.BytesIO()
            extra = {
                "svg": {},
                "png": {"metadata": {"Software": None}},
                "webp": {"pil_kwargs": {"quality": 85, "method": 0 if quick else 5}},
            }
            dpi = 120 if quick else 200
            figure.savefig(out, format=self.kind, dpi=dpi, **extra[self.kind])
        return _shorter(out.getvalue()) if self.kind == "svg" else out.getvalue()

    def uri(self, **values):
        """Return the frame as a data URI."""
        return self._uri(self.frame(**values))

    def _uri(self, picture):
        return f"data:{MIME[self.kind]};base64,{base64.b64encode(picture).decode()}"

    def _img(self, uri, alt):
        width, height = self.size
        # in the style as well, for notebooks, which don't load the style sheet of the book
        return (
            f'<img class="dark-light" src="{uri}" alt="{html.escape(alt)}" width="{width}" '
            f'height="{height}" style="max-width:100%;height:auto">'
        )

    def _caption(self):
        return f"<figcaption>{inline(self.caption)}</figcaption>" if self.caption else ""

    def _html(self):
        return (
            f'<figure class="hg-figure" style="margin:1em 0">{self._img(self.uri(), self.alt())}'
            f"{self._caption()}</figure>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.alt(), "text/html": self._html()}


class Explore(Picture):
    """A figure with controls; made by `explore`."""

    def __init__(self, draw, alt, labels, kind, size, start, play, axes, caption, params):
        if not callable(alt):
            raise TypeError(f"alt must be a function of {', '.join(params)}, got {alt!r}")
        if not params:
            raise ValueError("explore needs at least one parameter; use picture for a still figure")
        self.params = {name: _values(name, given) for name, given in params.items()}
        self.sliders = {name for name, given in params.items() if isinstance(given, np.ndarray)}
        for what, names in (
            ("labels", labels),
            ("start", start),
            ("play", [play] if play else None),
        ):
            for name in names or ():
                if name not in params:
                    raise ValueError(f"{what} names {name!r}, got parameters {', '.join(params)}")
        self.labels = {name: (labels or {}).get(name, name) for name in params}
        self.start = {
            name: values[_index(name, values, (start or {}).get(name, values[0]))]
            for name, values in self.params.items()
        }
        self.play = play
        self._widget = None
        super().__init__(draw, alt, caption, size, kind, axes)

    def _check_alt(self):
        self.alt(**self.start)

    # -- the page ------------------------------------------------------------------------------

    def _html(self):
        frames = math.prod(len(v) for v in self.params.values())
        if frames > MOST_FRAMES:
            raise ValueError(
                f"at most {MOST_FRAMES} frames on a page, got {frames}: give fewer values, draw "
                "less often, or make two figures"
            )
        names = list(self.params)
        grid = [
            dict(zip(names, combo, strict=True))
            for combo in itertools.product(*self.params.values())
        ]
        first = grid.index(self.start)
        uris, alts = [self.uri(**v) for v in grid], [self.alt(**v) for v in grid]
        distinct = list(dict.fromkeys(uris))
        data = {
            "shape": [len(v) for v in self.params.values()],
            "values": [[_text(x) for x in v] for v in self.params.values()],
            "alts": alts,
            "frames": distinct,
            "frame": [distinct.index(uri) for uri in uris],
        }
        payload = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        payload = payload.replace("<", "\\u003c")  # nothing may close the script element
        controls = "".join(map(self._control, names)) + self._button()
        return (
            f'<figure class="hg-figure hg-explore" style="margin:1em 0">'
            f"{self._img(uris[first], alts[first])}"
            f'<div class="hg-controls" hidden>{controls}</div>'
            f"{_words(alts[first], alts)}{self._caption()}"
            f'<script type="application/json">{payload}</script></figure>'
        )

    def _control(self, name):
        texts = [_text(v) for v in self.params[name]]
        at, label = self.params[name].index(self.start[name]), inline(self.labels[name])
        if name not in self.sliders:
            options = "".join(
                f"<option{' selected' if i == at else ''}>{html.escape(text)}</option>"
                for i, text in enumerate(texts)
            )
            return (
                f'<label><span>{label}</span> <select autocomplete="off">{options}</select></label>'
            )
        text = html.escape(texts[at])
        return (
            f'<label><span>{label}</span> <input type="range" autocomplete="off" min="0" '
            f'max="{len(texts) - 1}" step="1" value="{at}" aria-valuetext="{text}"> '
            f'<output aria-hidden="true">{text}</output></label>'
        )

    def _button(self):
        if self.play is None:
            return ""
        return (
            f'<button type="button" data-input="{list(self.params).index(self.play)}">Play</button>'
        )

    # -- the notebook --------------------------------------------------------------------------

    def widget(self):
        """Return the ipywidgets box that draws again whenever a control moves."""
        if self._widget is None:
            ipywidgets = need("ipywidgets")

            controls = {name: self._live_control(name) for name in self.params}
            shown = ipywidgets.HTML()

            def draw():
                values = {name: control.value for name, control in controls.items()}
                alt, picture = self.alt(**values), self._frame(values, quick=True)
                shown.value = (
                    f'<figure style="margin:0">{self._img(self._uri(picture), alt)}'
                    f'<p role="status">{html.escape(alt)}</p>{self._caption()}</figure>'
                )

            def redraw(_):
                try:
                    draw()
                except Exception as error:  # a notebook shows no error of a control that moves
                    words = f"{type(error).__name__}: {error}"
                    shown.value = (
                        '<p class="hg-error" role="status">For this value there is no figure. '
                        f"{html.escape(words)}</p>"
                    )

            for control in controls.values():
                control.observe(redraw, "value")
            draw()
            rows = list(controls.values())
            if self.play:
                rows.insert(0, self._live_play(controls[self.play]))
            self._widget = ipywidgets.VBox([*rows, shown])
        return self._widget

    def _live_control(self, name):
        ipywidgets = need("ipywidgets")

        values, at = self.params[name], self.start[name]
        options = {
            "description": plain(self.labels[name]),
            "style": {"description_width": "initial"},
            "layout": {"width": "min(100%, 32em)"},
        }
        numeric = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
        if name not in self.sliders or not numeric:
            pairs = [(_text(v), v) for v in values]
            kind = ipywidgets.SelectionSlider if name in self.sliders else ipywidgets.Dropdown
            return kind(options=pairs, value=at, **options)
        low, high = min(values), max(values)
        if all(isinstance(v, int) for v in values):
            return ipywidgets.IntSlider(at, low, high, **options)
        if _spread_by_factors(values):
            low, high = math.log10(low), math.log10(high)
            return ipywidgets.FloatLogSlider(
                at, min=low, max=high, step=0.01, readout_format=".3g", **options
            )
        return ipywidgets.FloatSlider(
            at, min=low, max=high, step=_fine(high - low), readout_format=".4g", **options
        )

    def _live_play(self, control):
        ipywidgets = need("ipywidgets")

        values = self.params[self.play]
        play = ipywidgets.Play(value=0, min=0, max=len(values) - 1, interval=500)
        play.observe(lambda change: setattr(control, "value", values[change["new"]]), "value")
        return play

    # -- IPython -------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include=None, exclude=None):
        face = os.environ.get("HANDGRAD_FACE", "live")
        if face not in ("live", "static"):
            raise ValueError(f"HANDGRAD_FACE must be live or static, got {face!r}")
        words = {"text/plain": self.alt(**self.start)}
        if face == "static":
            return words | {"text/html": self._html()}
        if lacking := _widgets_lacking():
            return words | {"text/html": self._fallen_back(lacking)}
        bundle = self.widget()._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return data | words, metadata

    def _fallen_back(self, lacking):
        """The static face with its own style and script, for a notebook without our widgets."""
        figure = copy.copy(self)
        figure.params, figure.start = dict(self.params), dict(self.start)
        while math.prod(map(len, figure.params.values())) > MOST_FRAMES and self.sliders:
            name = max(self.sliders, key=lambda name: len(figure.params[name]))
            values = figure.params[name]
            if len(values) < 3:
                break
            figure.params[name] = values[::2]  # every other value of the longest slider
            figure.start[name] = values[values.index(figure.start[name]) // 2 * 2]
        style, script = ((ASSETS / f"explore.{end}").read_text("utf-8") for end in ("css", "js"))
        return (
            f"<style>{style}</style>{figure._html()}"
            f"<p>The figure shows values computed beforehand, since {html.escape(lacking)}.</p>"
            f"<script>{script}</script>"
        )


def _widgets_lacking():
    """Say why this notebook can't show our widgets, or return an empty text."""
    try:
        import ipywidgets
    except ImportError:
        return "ipywidgets is not installed: %pip install ipywidgets, then restart"
    if not hasattr(ipywidgets.VBox, "_repr_mimebundle_"):
        return (
            f"this notebook has ipywidgets {ipywidgets.__version__} and a live figure needs "
            f"{WIDGETS_NEEDED} or newer"
        )
    return ""


def _spread_by_factors(values):
    """True if values are positive and spread by even factors rather than by even steps."""
    if min(values) <= 0 or max(values) < LOGARITHMIC * min(values):
        return False
    steps, factors = np.diff(sorted(values)), np.diff(np.log(sorted(values)))
    return np.std(factors) / np.mean(factors) < np.std(steps) / np.mean(steps)


def _fine(span):
    """Return a step for a slider over `span`: a power of ten, a hundredth to a thousandth of it."""
    return 10.0 ** math.floor(math.log10(span / 100))


def _words(shown, texts):
    """Return the text under the figure; the two longest that may come keep room for themselves."""
    longest, *others = sorted({html.escape(text) for text in texts}, key=lambda t: (-len(t), t))
    more = f' data-more-room="{others[0]}"' if others else ""
    return (
        f'<p class="hg-say" role="status" data-room="{longest}"{more}>'
        f"<span>{html.escape(shown)}</span></p>"
    )


def _values(name, given):
    """Return the values of a parameter as plain Python objects."""
    if not isinstance(given, (np.ndarray, list, tuple)):
        raise TypeError(f"{name} must be a numpy array (slider) or a list (menu), got {given!r}")
    values = given.tolist() if isinstance(given, np.ndarray) else list(given)
    if np.ndim(given) != 1 or len(values) < 2:
        raise ValueError(f"{name} must hold at least two values in one row, got {given!r}")
    return values


def _index(name, values, wanted):
    for i, value in enumerate(values):
        close = isinstance(value, float) and not isinstance(wanted, str)
        if math.isclose(value, wanted, abs_tol=1e-12) if close else value == wanted:
            return i
    raise ValueError(f"start of {name} must be one of its values, got {wanted!r}")


def _text(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return num(value, "d" if isinstance(value, int) else ".4g")


def _shorter(svg):
    """Return the SVG with coordinates cut to a hundredth of a point, and no XML preamble."""
    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.S)
    # scales are factors, not coordinates: they keep their digits
    text = re.sub(
        r"(?:scale|matrix)\([^)]*\)|(\d+\.\d{3,})",
        lambda m: f"{float(m[1]):.2f}".rstrip("0").rstrip(".") if m[1] else m[0],
        text,
    )
    return re.sub(r"\s*\n\s*", "\n", text).encode()
