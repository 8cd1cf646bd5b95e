"""Beside each numbered formula a mark that opens, without a script, what was checked.

The check is made here, while the page is read, so no page is built whose formulas do not hold. How
many wrong forms were tried comes from `claims/mutants.json`, which `make mutate` writes; where the
formula has changed since, the mark doesn't say.
"""

import html
import json
from functools import cache
from pathlib import Path

import numpy as np
from docutils import nodes
from eqworlds import Checker, EquationError, load_worlds, read_chapter
from eqworlds.mutate import digest
from eqworlds.report import Failure
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "claims" / "mutants.json"
_WORDS = {"~": "about", "<": "below", ">": "above", "<=": "at most", ">=": "at least", "!=": "not"}


@cache
def checker():
    return Checker(load_worlds("claims.worlds"))


@cache
def results():
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def short(value):
    """A value to four digits; of an array its first entry."""
    value = np.real(np.asarray(value))
    first = f"{float(value.ravel()[0]):.4g}".replace("-", "−")
    return (
        first if value.ndim == 0 else f"{' × '.join(map(str, value.shape))} numbers from {first} on"
    )


def pair(seen):
    """The first pair of values, in words."""
    left, right = (short(value) for value in seen.values)
    where = f"At {seen.where} " if seen.where else "In the first draw "
    if seen.relation in ("=", "<-"):
        return f"{where}both sides are {left}." if left == right else f"{where}{left} and {right}."
    return f"{where}{left} is {_WORDS.get(seen.relation, 'in')} {right}."


def record(equation):
    """What was checked, as sentences."""
    tally = checker().inspect(equation.claim)
    worlds = " and ".join(name.replace("_", " ") for name in tally.draws)
    draws = count(sum(tally.draws.values()), "draw")
    said = [f"Held in the world <i>{html.escape(worlds)}</i>: {draws}, "
            f"{count(tally.comparisons, 'comparison')}."]  # fmt: skip
    said += [html.escape(pair(seen)) for seen in tally.observations]
    tried, noticed, of = results().get(equation.label, (0, 0, ""))
    if tried and of == digest(equation.claim.source):
        rest = f", {tried - noticed} true formulas themselves" if tried > noticed else ""
        said.append(f"{count(tried, 'changed form')} tried, {noticed} noticed{rest}.")
    return " ".join(said)


class held(nodes.General, nodes.Element):
    """The mark of the formula in front of it; `record`: what it says when opened, as HTML."""


def visit_held(self, node):
    """Write a mark; those who hear a page's marks tell them apart by their formulas' numbers."""
    before = node.parent[node.parent.index(node) - 1]
    number = get_node_equation_number(self, before)
    self.body.append(
        f'<details class="held"><summary aria-label="How formula {number} was checked">✓</summary>'
        f"<p>{node['record']}</p></details>"
    )
    raise nodes.SkipNode


def leave_out(self, node):
    raise nodes.SkipNode


def add_marks(app, doctree):
    """After each labelled display, its mark."""
    source = Path(app.env.doc2path(app.env.docname))
    if source.suffix != ".md":
        return
    found = {e.label: e for e in read_chapter(source) if e.kind in ("check", "define")}
    for display in list(doctree.findall(nodes.math_block)):
        equation = found.get(display.get("label"))
        if equation is None:
            continue
        try:
            mark = held("", record=record(equation))
        except EquationError as error:
            raise ExtensionError(str(Failure(equation, error))) from None
        display.parent.insert(display.parent.index(display) + 1, mark)


def setup(app):
    other = dict.fromkeys(("latex", "text", "man", "texinfo"), (leave_out, None))
    app.add_node(held, html=(visit_held, None), **other)
    app.connect("doctree-read", add_marks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
