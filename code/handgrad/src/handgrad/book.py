"""What chapters need to print results: numbers, tables, and values stored for the prose.

A chapter calls ``glue(ch03_first=num(w, ".2f"))`` and puts the role ``glue:text`` with that name
where the number belongs, so that no result is typed by hand.
"""

import html
import math
import numbers
import os
import re
from contextlib import contextmanager

from handgrad._extras import need

MINUS = "\u2212"
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SYMBOLS = dict(
    zip(
        "alpha beta gamma delta epsilon eta lambda mu sigma phi partial hat nabla odot cdot times "
        "to le ge ne approx infty sqrt sum".split(),
        "α β γ δ ε η λ μ σ φ ∂ \u0302 ∇ ⊙ · × → ≤ ≥ ≠ ≈ ∞ √ ∑".split(),
        strict=True,
    )
)


def num(x, spec=".4g"):
    """Return the number as text, with a true minus sign and powers of ten written out.

    Parameters
    ----------
    x : number
    spec : str
        A format of Python, such as ``".3f"``, ``".2e"``, ``","``.

    Returns
    -------
    str
        ``num(-0.5, ".2f")`` is "−0.50", ``num(1.2e-5, ".1e")`` is "1.2 × 10⁻⁵".

    Raises
    ------
    TypeError
        If `x` is not one real number.
    ValueError
        If `x` is not a number (NaN): a result that prose must not print.
    """
    value = x.item() if getattr(x, "size", None) == 1 else x  # a numpy or sympy number
    try:
        value = value if isinstance(value, numbers.Integral) else float(value)
    except (TypeError, ValueError):
        value = None
    if value is None or isinstance(x, (str, bool)):
        raise TypeError(f"x must be one real number, got {x!r}")
    if math.isnan(value):
        raise ValueError("x is NaN: a result that cannot be printed")
    if math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    text = format(value, spec)
    if not re.search("[1-9]", text):
        text = text.replace("-", "")  # a rounded −0.00 is 0.00
    mantissa, e, exponent = text.partition("e")
    if e:
        text = f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return text.replace("-", MINUS)


def glue(**values):
    """Store results under their names for the prose; nothing is shown.

    Parameters
    ----------
    **values
        Text (see `num`), whole numbers, or anything that a notebook can display, such as a sympy
        expression for ``{glue:math}``.

    Raises
    ------
    TypeError
        For a float: say how many digits the prose shows, with `num`.
    """
    need("IPython")
    from IPython.core.formatters import format_display_data
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    for name, value in values.items():
        if isinstance(value, float):
            raise TypeError(f"{name} must be text: write num({value!r}, '.3f') or another format")
        if isinstance(value, numbers.Integral):
            value = num(value, "d")
        if not InteractiveShell.initialized():
            continue  # a plain Python script has no prose to fill
        if isinstance(value, str):  # in quotes, else myst-nb reads "0.50" as 0.5
            text = repr(value).replace(" × 10", "\u00a0×\u00a010")  # no line ends in a number
            data, metadata = {"text/plain": text}, {}
        else:
            data, metadata = format_display_data(value)
        # the form in which myst-nb looks for stored values; the prefix keeps them out of sight
        prefix = "application/papermill.record/"
        metadata["scrapbook"] = {"name": name, "mime_prefix": prefix}
        display({prefix + mime: v for mime, v in data.items()}, metadata=metadata, raw=True)


@contextmanager
def book_says(what):
    """Hold results against what is printed: a difference stops the build and never a reader.

    Two kinds of check stand in a chapter. An identity (by hand = by sympy = by the package = by
    differences) is true of any data, and `handgrad.check.agree` raises where it fails. What a
    source prints, or a sentence of the text says, is true of the book's own data only. It stands in
    a block of this kind, which holds assertions and no results::

        with book_says("the notes print the weight after ten updates as 0.5027"):
            assert check.holds("0.5027", weights[10])

    Where the environment variable ``HANDGRAD_CHECKS`` is ``strict``, as in the build and the tests,
    an error in the block is raised. Elsewhere it becomes a sentence, since the reader has changed
    something, which is what the chapter is for. A name that is not defined is always raised.

    Parameters
    ----------
    what : str
        What the block compares, as a clause without a full stop.

    Raises
    ------
    TypeError
        If `what` is not a text.
    """
    if not isinstance(what, str) or not what.strip():
        raise TypeError(f"book_says: expected what is compared, in words, got {what!r}")
    try:
        yield
    except NameError:
        raise
    except Exception:
        if os.environ.get("HANDGRAD_CHECKS") == "strict":
            raise
        print(f"Not compared, since the data are no longer the book's: {what}.")


def inline(text):
    """Return `text` as HTML, with simple formulas between dollar signs: ``"step $\\eta$"``.

    Letters become italic, ``_`` and ``^`` lower and raise a character or a braced group, and Greek
    letters and common signs have their TeX names. For labels of tables, sliders and captions.
    """
    parts = str(text).split("$")
    if len(parts) % 2 == 0:
        raise ValueError(f"text has a dollar sign without its partner: {text!r}")
    return "".join(_formula(part) if i % 2 else html.escape(part) for i, part in enumerate(parts))


def _formula(tex):
    def symbol(match):
        if match[1] not in _SYMBOLS:
            raise ValueError(f"unknown symbol \\{match[1]} in ${tex}$: use {sorted(_SYMBOLS)}")
        return _SYMBOLS[match[1]]

    tex = re.sub(r"\\hat\{?(\w)\}?", lambda m: m[1] + _SYMBOLS["hat"], tex)
    tex = re.sub(r"\\([A-Za-z]+)(?: (?=[A-Za-z]))?", symbol, tex)
    tex = html.escape(tex, quote=False).replace("-", MINUS).replace("'", "\u2032")
    tex = re.sub(r"([A-Za-z\u03b1-\u03c9]\u0302?)(?![a-z]*;)", r"<i>\1</i>", tex)
    group = r"(?:\{([^{}]*)\}|(<i>.*?</i>|\w))"
    tex = re.sub("_" + group, lambda m: f"<sub>{m[1] or m[2]}</sub>", tex)
    return re.sub(r"\^" + group, lambda m: f"<sup>{m[1] or m[2]}</sup>", tex)


def plain(text):
    """Return `text` as `inline` shows it, for places that hold no markup: "w_1", "δ^{l+1}"."""
    text = re.sub("</?i>", "", inline(text))
    for tag, sign in (("sub", "_"), ("sup", "^")):
        text = re.sub(f"<{tag}>(.)</{tag}>", rf"{sign}\1", text)
        text = text.replace(f"<{tag}>", sign + "{").replace(f"</{tag}>", "}")
    return html.unescape(text)


class Table:
    """A table with an HTML face for the page and a text face for a terminal; see `table`."""

    def __init__(self, headers, rows, caption, align, wrap):
        self.headers, self.rows, self.caption, self.align = headers, rows, caption, align
        self.wrap = wrap

    def _repr_html_(self):
        def cell(tag, j, text, scope=""):
            wrap = ";white-space:normal;min-width:8em" if self.wrap else ""
            side = f' style="text-align:{self.align[j]}{wrap}"'
            return f"<{tag}{scope}{side}>{inline(text)}</{tag}>"

        def row(cells):
            first = cell("th", 0, cells[0], ' scope="row"')
            return f"<tr>{first}{''.join(cell('td', j, c) for j, c in enumerate(cells) if j)}</tr>"

        head = "".join(
            cell("th", j, h, ' scope="col"')
            if h
            else cell("td", j, h)  # an empty one heads nothing
            for j, h in enumerate(self.headers)
        )
        caption = f"<caption>{inline(self.caption)}</caption>" if self.caption else ""
        label = html.escape(plain(self.caption or "Table: " + ", ".join(self.headers)))
        # a region that scrolls must take the focus, so that the arrow keys can scroll it
        return (
            f'<div class="hg-table" tabindex="0" role="region" aria-label="{label}" '
            f'style="overflow-x:auto"><table>{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(row(r) for r in self.rows)}</tbody></table></div>"
        )

    def __repr__(self):
        lines = [[plain(c) for c in row] for row in [self.headers, *self.rows]]
        widths = [max(len(line[j]) for line in lines) for j in range(len(self.headers))]
        pad = [str.rjust if side == "right" else str.ljust for side in self.align]
        text = [
            "  ".join(p(c, w) for p, c, w in zip(pad, line, widths, strict=True)).rstrip()
            for line in lines
        ]
        return "\n".join(([plain(self.caption)] if self.caption else []) + text)


def table(headers, rows, *, caption=None, align=None, wrap=False):
    """Return an accessible table to display; the first column heads its row.

    Parameters
    ----------
    headers : sequence of str
        Text, with simple formulas between dollar signs (see `inline`): ``"$w_1$"``.
    rows : iterable of sequences
        Text or numbers. Whole numbers are shown in full. A column of others gets as many decimals
        as give its largest four figures, or four figures each if its smallest would vanish: use
        `num` for another format.
    caption : str, optional
    align : sequence of {"left", "right", "center"}, optional
        By default a column that holds only numbers is on the right, any other on the left.
    wrap : bool
        Break the lines of cells that hold sentences.

    Raises
    ------
    ValueError
        If a row has not as many cells as there are headers, or `align` is wrong.
    """
    headers = [str(h) for h in headers]
    rows = [list(row) for row in rows]
    for i, row in enumerate(rows):
        if len(row) != len(headers):
            raise ValueError(f"row {i} must have {len(headers)} cells, got {len(row)}")
    if not headers or not rows:
        raise ValueError(f"a table needs headers and rows, got {len(headers)} and {len(rows)}")
    rows = [list(row) for row in zip(*map(_column, zip(*rows, strict=True)), strict=True)]
    if align is None:
        align = [
            "right" if all(_is_number(row[j]) for row in rows) else "left"
            for j in range(len(headers))
        ]
    if len(align) != len(headers) or not set(align) <= {"left", "right", "center"}:
        raise ValueError(
            f"align must be left, right or center for each of {len(headers)} columns, got {align}"
        )
    return Table(headers, rows, caption, list(align), wrap)


def _column(cells):
    """Return the cells of a column as text."""
    sizes = [abs(c) for c in cells if _is_real(c) and c and math.isfinite(c)]
    decimals = max(0, 3 - math.floor(math.log10(max(sizes)))) if sizes else 4
    spec = f".{decimals}f" if sizes and min(sizes) >= 10**-decimals and decimals < 7 else ".4g"
    return [_cell(c, spec) for c in cells]


def _cell(value, spec):
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return num(value, "d")
    return num(value, spec) if _is_real(value) else str(value)


def _is_real(value):
    return isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral)


def _is_number(text):
    return bool(re.fullmatch(r"[−+]?([\d,. ]+( × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|∞)\s*%?", text)) or text in "–—"
