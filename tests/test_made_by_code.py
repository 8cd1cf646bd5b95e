r"""Displays that code has made (``Math(...)``, what sympy prints) hold like those that are typed.

They are read from the outputs of the chapters' cells, as the last build has kept them. A display
with a relation must hold in one of the worlds; an expression without one claims nothing.
"""

import json
from pathlib import Path

import pytest
from eqworlds import Checker, Claim, EquationError, load_worlds, world
from eqworlds.tokens import NoRelation

from claims.worlds.common import network

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build/.jupyter_cache"
# what isn't read, by a piece of its LaTeX, and why
EXCEPTIONS = {
    r"\text{identity}": "a table of functions and slopes, no relation",
    r"w{\left(t \right)}": "a sequence as a function of t; chapter 3 displays it as w_t",
    r"\theta\left(": "sympy's step function, an expression",
}


def _identity(layer):
    return lambda z: z


@world
def made_chain(rng, draw):
    """Five layers of one neuron, written with indices as the code writes them."""
    return network(rng, 1, (1, 1, 1, 1, 1), act=_identity, one_sample=True)


@world
def made_1221(rng, draw):
    """The 1-2-2-1 network, written with indices as the code writes them."""
    return network(rng, 1, (1, 2, 2, 1), act=_identity, one_sample=True)


def outputs():
    """LaTeX that cells have put out, in the newest cache."""
    folders = sorted(CACHE.glob("*/executed"), key=lambda folder: folder.stat().st_mtime)
    for path in sorted(folders[-1].glob("*/base.ipynb")) if folders else ():
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                latex = "".join(output.get("data", {}).get("text/latex", ""))
                if latex:
                    yield latex.strip().strip("$").replace(r"\displaystyle", "").strip()


def problem(latex, checker, worlds):
    """Nothing if it holds somewhere or claims nothing, else what each world says."""
    said = {}
    for name in worlds:
        try:
            checker.check(Claim(latex, (name,)))
            return None
        except NoRelation:
            return None
        except EquationError as error:
            said[name] = error.message
    return said


@pytest.fixture(scope="module")
def checker():
    return Checker(load_worlds("claims.worlds") | {w.name: w for w in (made_chain, made_1221)})


def test_displays_made_by_code_hold(checker):
    made = list(outputs())
    if not made:
        pytest.skip("no chapter has been run here: make book")
    first = ("made_1221", "made_chain", "net222", "ex222", "net24324", "dense", "net2322")
    worlds = list(dict.fromkeys((*first, *checker.worlds)))
    wrong = {
        latex: said
        for latex in dict.fromkeys(made)
        if not any(piece in latex for piece in EXCEPTIONS)
        and (said := problem(latex, checker, worlds)) is not None
    }
    lines = [f"{latex}\n    {said}" for latex, said in wrong.items()]
    assert not wrong, "hold in no world:\n" + "\n".join(lines)
    assert len(made) > 10


def test_a_wrong_display_holds_in_no_world(checker):
    right = r"\frac{\partial J}{\partial w_{11}^2} = x_1\, \delta_1^2"
    assert problem(right, checker, ["made_1221"]) is None
    assert problem(right.replace("= x", "= -x"), checker, list(checker.worlds)) is not None
