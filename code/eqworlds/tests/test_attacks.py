r"""What a checker lets pass is its whole worth: one small display for each kind of mistake."""

import time
import tracemalloc

import numpy as np
import pytest
from eqworlds import Checker, Claim, EquationError, World, check_equations, read_text, world


@world
def unit(rng, draw):
    """A unit with two inputs, its error and a step."""
    w = World("ijk")
    w.q("n", 2 + draw, "number of inputs")
    w.q("x", rng.normal(size=2 + draw), "inputs")
    w.q("w", rng.normal(size=2 + draw), "weights")
    w.q("b", rng.normal(), "bias", free=True)
    w.q(r"\eta", rng.uniform(0.1, 0.9), "learning rate")
    w.q("z", lambda q: (q("x") * q("w")).sum() + q("b"), "weighted sum")
    w.q("y", rng.normal(), "target")
    w.q("r", lambda q: q("y") - q("z"), "error")
    w.q("u", lambda q: q("x") - q("x").mean(), "centred inputs")
    w.q("J", lambda q: q("r") ** 2 / 2, "cost")
    w.function(
        r"\operatorname{step}", lambda v: np.where(np.real(v) > -1e-12, 1 + 0j, 0j), "1 from 0 on"
    )
    w.function(
        r"\operatorname{relu}", lambda v: np.where(np.real(v) > 0, v, 0), "larger of 0 and v"
    )
    w.step("b", lambda q: q("b") - q(r"\eta") * q.grad("J", "b"))
    return w


@world(draws=1, generic="pair")
def example(rng, draw):
    """Two equal weights, given numbers."""
    return _pair(1.5, -0.4, 0.1, 0.1)


@world
def pair(rng, draw):
    """The same with random numbers."""
    return _pair(*rng.normal(size=4))


def _pair(x, v, a, b):
    w = World("i")
    w.q("x", x, "a number")
    w.q("v", v, "a number")
    w.q("w", np.array([a, b]), "weights")
    w.q("p", lambda q: q("x") * q("w")[0], "a product")
    w.q("q", lambda q: q("x") * q("w")[0] + q("v") * q("w")[1], "a sum")
    w.q("c", lambda q: q("w")[0] * q("x") * q("v"), "three factors")
    return w


CHECKER = Checker({m.name: m for m in (unit, example, pair)})


def check(latex, name="unit", **more):
    return CHECKER.check(Claim(latex, (name,), **more))


def refuse(latex, says, name="unit", **more):
    with pytest.raises(EquationError) as caught:
        check(latex, name, **more)
    assert says in caught.value.message
    return caught.value


RIGHT_NUMBERS = [
    r"p = x w_1 = 1.5 \cdot 0.1 = 0.15",
    r"p = x w_1 = 0.1 \cdot 1.5 = 0.15",
    r"q = x w_1 + v w_2 = 1.5 \cdot 0.1 + (-0.4) \cdot 0.1 = 0.11",
    r"q = x w_1 + v w_2 = 1.5 \cdot 0.1 - 0.4 \cdot 0.1 = 0.11",
    r"c = w_1 x v = 0.15 \cdot (-0.4) = -0.06",
    r"c = w_1 x v = -0.4 \cdot 0.15 = -0.06",
    r"c = p v = -0.15 \cdot 0.4",
    r"\frac{p}{v} = \frac{0.15}{-0.4}",
    r"p^2 = (0.15)^2 = 0.0225",
    r"\sum_{i=1}^{2} w_i x = 0.1 \cdot 1.5 + 0.1 \cdot 1.5 = 0.3",
    r"p = 1.5 \cdot 0.1 = 0.15",
    r"q \approx 1.5 \cdot 0.1 - 0.4 \cdot 0.1 \approx 0.15 - 0.04 \approx 0.11",
]
WRONG_NUMBERS = [
    (r"p = x w_1 = 0.75 \cdot 0.2 = 0.15", "is put in for something that is"),
    (r"p = x w_1 = 3 \cdot 0.05", "is put in for something that is"),
    (r"q = x w_1 + v w_2 = 0.75 \cdot 0.2 - 0.4 \cdot 0.1", "is put in for something that is"),
    (
        r"q = x w_1 + v w_2 = 1.5 \cdot 0.1 - 0.2 \cdot 0.2 = 0.11",
        "is put in for something that is",
    ),
    (r"c = p v = -0.3 \cdot 0.2", "is put in for something that is"),
    (r"c = p v \approx -0.30 \cdot 0.20 \approx -0.06", "is put in for something that is"),
    (r"\frac{p}{v} = \frac{0.3}{-0.8}", "is put in for something that is"),
    (r"p^2 = (-0.15)^2", "is put in for something that is"),
    (r"\sum_{i=1}^{2} w_i x = 0.3 \cdot 0.5 + 0.1 \cdot 1.5", "is put in for something that is"),
    (r"p = 0.75 \cdot 0.2 = 0.15", "0.75 is put in, but it is the value of nothing"),
    (r"x w_1 = 1.5000001 \cdot 0.1", "is put in for something"),
]


@pytest.mark.parametrize("latex", RIGHT_NUMBERS)
def test_numbers_put_in_that_are_those_of_their_symbols(latex):
    check(latex, "example")


@pytest.mark.parametrize("latex, says", WRONG_NUMBERS)
def test_numbers_put_in_that_only_have_the_same_value(latex, says):
    refuse(latex, says, "example")


def test_a_number_that_is_exact_is_not_counted_as_rounded():
    # 1.5 and 0.1 are the values themselves: nothing is lost, so the product has no slack
    refuse(r"p \approx x w_1 \approx 1.5 \cdot 0.1 \approx 0.1501", "left", "example")
    refuse(r"p + 0.0004 \approx 1.5 \cdot 0.1", "left", "example")


def test_equal_numbers_are_told_apart_in_the_generic_world():
    check(r"p = x w_1 = 0.15", "example")
    refuse(r"p = x w_2 = 0.15", "in world pair (draw 1)", "example")


# ------------------------------------------------------------------ what a page defines

PAGE = """
% world: {first}
% define

```{{math}}
:label: definition
{definition}
```

% world: unit

```{{math}}
:label: use
r + z = y
```
"""


def messages(text):
    return [str(f) for f in check_equations(read_text(text, "page.md"), CHECKER).failures]


def test_a_definition_and_a_world_must_agree():
    plain = PAGE.replace("% define\n", "")
    assert messages(plain.format(first="unit", definition="r = y - z")) == []
    (message,) = messages(plain.format(first="unit", definition="r = z - y"))
    assert message.startswith("page.md:6")


@world
def without_r(rng, draw):
    """A unit whose error the text defines."""
    w = World("i")
    w.q("y", rng.normal(), "target")
    w.q("z", rng.normal(), "weighted sum")
    return w


def failures_with(definition, more=""):
    checker = Checker({"unit": unit, "without_r": without_r})
    text = PAGE.format(first="without_r", definition=definition)
    text = text.replace("% world: unit", f"% world: unit\n{more}") if more else text
    return [str(f) for f in check_equations(read_text(text, "page.md"), checker).failures]


def test_a_name_defined_on_the_page_is_what_later_formulas_mean():
    assert failures_with("r = y - z") == []
    (message,) = failures_with("r = z - y")
    assert "(use)" in message and "above, this text defines r with the value" in message
    (message,) = failures_with("r = 17")
    assert "in world unit (draw 1) it is" in message
    assert failures_with("r = 17", "% forget: r") == []


# ------------------------------------------------------------------ words and cases

CASES = r"\operatorname{step}(z) = \begin{cases} 1 & %s \\ 0 & %s \end{cases}"


@pytest.mark.parametrize(
    "one, other",
    [
        (r"\text{if } z \ge 0", r"\text{if } z < 0"),
        (r"\text{if } z \ge 0", r"\text{otherwise}"),
        (r"z \ge 0", r"z < 0"),
        (r"\text{when } z \ge 0", r"\text{else}"),
    ],
)
def test_cases_that_cover_everything_once(one, other):
    check(CASES % (one, other))


@pytest.mark.parametrize(
    "one, other, says",
    [
        (r"\text{if not } z \ge 0", r"\text{if } z < 0", "are not read in a case"),
        (r"\text{unless } z \ge 0", r"\text{otherwise}", "are not read in a case"),
        (r"\text{never if } z \ge 0", r"\text{otherwise}", "are not read in a case"),
        (r"\text{except when } z \ge 0", r"\text{otherwise}", "are not read in a case"),
        (r"\text{if } z \ge 0", r"\text{if } z \le 0", "two cases apply"),
        (r"\text{if } z > 0", r"\text{if } z < 0", "no case applies"),
        (r"\text{if } z > 0", r"\text{otherwise}", "left 1, right 0"),
        (r"\text{if } z \ge 0.001", r"\text{otherwise}", "left 1, right 0"),
        (r"\text{if } z \ge 0", r"\text{if } z < -0.001", "no case applies"),
        (r"\text{if } z \approx 0", r"\text{otherwise}", "makes no condition"),
        (r"\text{if } z \leftarrow 0", r"\text{otherwise}", "makes no condition"),
        (r"\text{if } z \ge 0", r"\text{otherwise if } z < 0", "are not read in a case"),
    ],
)
def test_cases_that_do_not(one, other, says):
    refuse(CASES % (one, other), says)


@pytest.mark.parametrize(
    "words, says",
    [
        ("only if ", "change what is claimed"),
        ("is false for ", "change what is claimed"),
        ("not for ", "change what is claimed"),
        ("unless ", "write 'if' with the opposite condition"),
        ("if and only if ", r"write \iff"),
    ],
)
def test_words_on_a_line(words, says):
    check(r"x_i x_j = x_j x_i \quad \text{for } i \ne j")
    refuse(rf"x_i x_j = x_j x_i \quad \text{{{words}}} i \ne j", says)
    check(r"x_i x_j = x_j x_i \quad \text{(a product)}")


# ------------------------------------------------------------------ signs, braces, digits


def test_strict_inequalities_have_a_margin():
    check(r"z^2 + 1 > z^2, \qquad r^2 \ge 0")
    refuse(r"z < z + 0 \cdot b", "left")
    refuse(r"r < y - z", "left")
    refuse(r"z \ne z + 0 \cdot b", "left")
    refuse(r"z^2 > 0", "right 0")  # at z = 0 it is not


def test_what_stands_under_a_brace_is_what_is_above_it():
    check(r"\underbrace{y - z}_{r} + z = y, \qquad \underbrace{y - z}_{\text{error}} + z = y")
    check(
        r"\underbrace{\begin{bmatrix} y & z \end{bmatrix}}_{1 \times 2} = \begin{bmatrix} y & z \end{bmatrix}"
    )
    refuse(r"\underbrace{y - z}_{z - y} + z = y", "under the brace")
    refuse(r"\underbrace{y - z}_{17 b} + z = y", "under the brace")
    refuse(r"\underbrace{y - z}_{\text{not an error}} + z = y", "change what is claimed")
    refuse(r"\underbrace{y - z}_{\text{is } r} + z = y", "words or a formula")
    refuse(
        r"\underbrace{\begin{bmatrix} y & z \end{bmatrix}}_{2 \times 1} = \begin{bmatrix} y & z \end{bmatrix}",
        "under the brace stands (2, 1)",
    )


def test_digits_are_grouped_as_tex_groups_them():
    check(r"\frac12 z + \frac12 z = z, \qquad z^2 = z \cdot z, \qquad \frac1n + 0 b = \frac{1}{n}")
    refuse(r"x_11 = x_1", "write \\cdot before it")
    refuse(r"2^10 + 0 b = 1024", "write \\cdot before it")
    refuse(r"\sqrt12 + 0 b = 1", "write \\cdot before it")


def test_an_order_needs_real_numbers():
    refuse(r"\sqrt{-z^2 - 1} < 1", "no real number")
    refuse(r"\sqrt{-z^2 - 1} = \sqrt{-1 - z^2}", "no real number")


# ------------------------------------------------------------------ nothing said


@pytest.mark.parametrize(
    "latex, says",
    [
        ("1 = 1", "both sides are the same"),
        ("z = z", "both sides are the same"),
        ("1 < 2", "only printed numbers"),
        (r"\sum_{i=1}^{-n} u_i = 0", "would run from 1 up to"),
        (r"\sum_{i=1}^{0} u_i = 0", "never has a term"),
        (r"0 \cdot z = 0 \cdot y", "both sides are zero everywhere"),
    ],
)
def test_statements_that_say_nothing(latex, says):
    refuse(latex, says)


def test_a_sum_that_is_zero_says_something():
    check(r"\sum_{i=1}^{n} u_i = 0")


# ------------------------------------------------------------------ worlds that lie

LIES = {
    "np.var": lambda q: np.var(q("x")),
    "np.std": lambda q: np.std(q("x")),
    "np.linalg.norm": lambda q: np.linalg.norm(q("x")),
    "abs": lambda q: abs(q("x")).sum(),
    "real": lambda q: np.real(q("x")).sum(),
    "float": lambda q: float(np.real(q("x")[0])) ** 2,
}


def lying(value=None, function=None):
    @world
    def liar(rng, draw):
        """A world that lies."""
        w = World("i")
        w.q("x", rng.normal(size=4), "numbers")
        if value:
            w.q("V", value, "computed")
        if function:
            w.function("f", function, "a function")
        return w

    return Checker({"liar": liar})


@pytest.mark.parametrize("value", LIES.values(), ids=LIES)
def test_a_world_whose_derivatives_lie_is_refused(value):
    with pytest.raises(EquationError, match="would lie about derivatives") as caught:
        lying(value).check(Claim(r"\frac{\partial V}{\partial x_i} = 0", ("liar",)))
    assert (
        "slope of V" in caught.value.message and "np.sqrt((x ** 2).sum())" in caught.value.message
    )


@pytest.mark.parametrize(
    "function", [np.abs, lambda z: np.clip(np.real(z), -1, 1) ** 2, lambda z: np.conj(z)]
)
def test_a_function_that_lies_is_refused(function):
    with pytest.raises(EquationError, match="slope of f"):
        lying(function=function).check(Claim(r"x_i + 1 > x_i", ("liar",)))


def test_worlds_that_are_written_as_they_should_be():
    def variance(q):
        return ((q("x") - q("x").mean()) ** 2).mean()

    checker = lying(variance, lambda z: np.where(np.real(z) < 0, -z, z))
    checker.check(
        Claim(
            r"\frac{\partial V}{\partial x_i} = \frac{x_i}{2} - \frac{1}{8} \sum_{i} x_i", ("liar",)
        )
    )


# ------------------------------------------------------------------ limits

HUGE = [
    ("(" * 200 + "z" + ")" * 200 + " = z + 0 b", "brackets 40 deep"),
    (r"\ln " * 400 + "z = z + 0 b", "too deep"),
    (r"\sum_{i=1}^{100000} i = z", "has 100,000 values, the limit is"),
    (r"\sum_{i=1}^{10000000} i = z", "values, the limit is"),
    (r"\sum_{i=1}^{9000} \sum_{j=1}^{9000} i j = z", "more than 200,000 evaluations"),
    (r"x_i = x_i + 0 b, \quad i = 1, \dots, 1000000000", "has 999,999,999 values"),
    (r"x_1 + \cdots + x_{1000000000} = z", "values, the limit is"),
    (r"10^{10^{10^{10}}} = z", ""),
    ("9" * 5000 + " = z", ""),
    ("z + " * 8000 + "z = z", "characters, the limit is"),
    (" + ".join([r"x_1 x_2 x_1 b"] * 8) + " = " + " + ".join([r"0.1 \cdot 0.2 \cdot 0.3 \cdot 0.4"] * 8), ""),
]  # fmt: skip


@pytest.mark.parametrize("latex, says", HUGE, ids=range(len(HUGE)))
def test_huge_displays_stop_soon_with_a_message(latex, says):
    CHECKER.check(Claim("z + b = b + z", ("unit",)))
    tracemalloc.start()
    start = time.process_time()
    text = f"% world: unit\n\n```{{math}}\n:label: huge\n{latex}\n```\n"
    (failure,) = check_equations(read_text(text, "page.md"), CHECKER).failures
    seconds, memory = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(failure).startswith("page.md:5:") and "(huge)" in str(failure)
    assert says in str(failure)
    assert seconds < 8 and memory < 200e6  # measuring memory slows the machine fourfold


def test_a_fault_of_the_checker_itself_is_told_with_file_and_label(monkeypatch):
    monkeypatch.setattr(CHECKER, "inspect", lambda claim: 1 / 0)
    text = "% world: unit\n\n```{math}\n:label: odd\nz = y\n```\n"
    (failure,) = check_equations(read_text(text, "page.md"), CHECKER).failures
    assert "page.md:5:1  (odd)" in str(failure) and "ZeroDivisionError" in str(failure)
