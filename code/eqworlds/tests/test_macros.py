r"""Commands that a text defines for itself."""

import numpy as np
import pytest
from eqworlds import Checker, EquationError, World, world
from eqworlds.chapters import read_text
from eqworlds.first_world import first_world
from eqworlds.mutate import mutate_equations
from eqworlds.parser import parse


@world
def line(rng, draw):
    """A line."""
    w = World("n")
    w.q("N", 3 + draw, "number of samples")
    w.q("x", rng.normal(size=3 + draw), "inputs")
    w.q(r"\beta", rng.normal(), "slope")
    w.q("y", lambda q: q(r"\beta") * q("x"), "outputs")
    w.q(r"\mathcal{L}", lambda q: (q("y") ** 2).sum(), "loss")
    return w


CHECKER = Checker({"line": line})
PREAMBLE = r"""
$$
\newcommand{\sumN}{\sum_{n = 1}^N}
\newcommand{\loss}{\mathcal{L}}
\newcommand{\dadb}[2]{\frac{\partial #1}{\partial #2}}
\def\by{\mathbf{y}}
\gdef\squared#1{#1^2}
\DeclareMathOperator{\E}{E}
$$

% world: line

"""


def checked(formula):
    (equation,) = read_text(PREAMBLE + formula)
    return CHECKER.check(equation.claim)


@pytest.mark.parametrize(
    "right, wrong",
    [
        (r"$$\loss = \sumN \squared{\by_n}$$", r"$$\loss = \sumN \by_n$$"),
        (r"$$\dadb{\loss}{\beta} = 2 \sumN y_n x_n$$", r"$$\dadb{\loss}{\beta} = \sumN y_n x_n$$"),
        (r"$$\dadb{\loss}{y_n} = 2 \by_n$$", r"$$\dadb \loss {x_n} = 2 \by_n$$"),
    ],
)
def test_commands_are_put_in(right, wrong):
    assert checked(right) > 0
    with pytest.raises(EquationError, match="left"):
        checked(wrong)


def test_a_display_that_only_defines_commands_is_none():
    assert read_text(PREAMBLE) == []
    assert read_text(PREAMBLE, strict=True) == []


def test_a_command_may_be_defined_anew_and_ends_nothing_before():
    first, second = read_text(
        PREAMBLE
        + "$$\\by_n = \\beta x_n$$\n\n$\\renewcommand{\\by}{\\mathbf{x}}$\n\n$$\\beta \\by_n = y_n$$"
    )
    assert CHECKER.check(first.claim) and CHECKER.check(second.claim)


def test_a_definition_may_be_written_with_commands():
    text = PREAMBLE + "% define\n\n$$ r = 2 \\sumN y_n x_n $$\n\n$$ {} = r $$\n"
    _, relying = read_text(text.replace("{}", r"\dadb{\loss}{\beta}"))
    assert CHECKER.check(relying.claim) == 3
    _, wrong = read_text(text.replace("{}", r"\loss"))
    with pytest.raises(EquationError, match="left"):
        CHECKER.check(wrong.claim)


def test_what_is_wrong_is_placed_at_the_command():
    (equation,) = read_text(PREAMBLE + r"$$\loss = \loss + \dadb{\loss}{q}$$")
    with pytest.raises(EquationError, match="symbol q is not declared") as caught:
        CHECKER.check(equation.claim)
    source = equation.claim.source
    assert source[caught.value.position :].startswith("q}")


@pytest.mark.parametrize("body", [r"\newcommand{\a}{\a} \a = 1", r"\def\a{\b\b} \def\b{\a} \a = 1"])
def test_a_command_for_itself_is_refused(body):
    with pytest.raises(EquationError, match="for itself"):
        parse(body, {}, ())


def test_mutants_of_a_formula_with_commands_are_caught():
    score = mutate_equations(read_text(PREAMBLE + r"$$\loss = \sumN \by_n \by_n$$"), CHECKER)
    assert not score.broken and not score.crashed and not score.survivors
    assert score.caught.total() > 3


def test_a_first_world_of_a_page_with_commands_functions_and_words():
    text = PREAMBLE + (
        r"$$\dadb{\loss}{\beta} = \sum_{p=1}^{P} \text{softmax}(z_p) f'(y) + \operatorname*{argmin}_b b$$"
    )
    source = first_world(read_text(text))
    made: dict = {}
    exec(source, made)
    declared = made["first"](1).declarations
    assert {r"\mathcal{L}", r"\beta", "y", "z", "P"} <= declared.keys()
    assert declared["f"].function and declared["softmax"].function
    assert "argmin" not in declared and "p" in made["first"](1).letters
    assert np.isfinite(made["first"](1).functions["f"](0.3))
