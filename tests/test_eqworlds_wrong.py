"""Wrong formulas, seeded: each must fail, with a message that a stranger understands."""

import re
from pathlib import Path

import pytest
from eqworlds import Checker, EquationError, check_chapters, check_equations, load_worlds, read_text

CHECKER = Checker(load_worlds("claims.worlds"))
RIGHT = Path(__file__).parent / "data" / "equations_right.md"

# name, world, LaTeX, what the message says, what stands at the caret
WRONG = [
    # gradients of a batch
    ("derivative taken at a for z", "batch",
     r"\delta^{l} = \left( \delta^{l+1} (W^{l+1})^\top \right) \odot s_l'(a^l)",
     r"left -?[\d.]+, right -?[\d.]+ \(entry \d, \d\) at l=2 in world batch \(draw 1\)", "( "),
    ("factors in the wrong order", "batch",
     r"\frac{\partial J}{\partial W^l} = \delta^l (a^{l-1})^\top",
     r"shapes \(6, 3\) and \(4, 6\) do not fit in a product at l=2", "(a^{l-1})"),
    ("mean forgotten", "batch", r"\delta^L = (\hat{Y} - Y) \odot s_L'(z^L)",
     r"left -?[\d.]+, right -?[\d.]+ \(entry \d, \d\) in world batch", r"(\hat{Y}"),
    ("column sums forgotten", "batch", r"\frac{\partial J}{\partial b^l} = \delta^l",
     r"the left side has shape \(1, 3\), the right side \(6, 3\) at l=2", r"\delta"),
    ("product for odot", "batch", r"\delta^l = \delta^{l+1} W^{l+1 \top} s_l'(z^l)",
     r"shapes \(6, 3\) and \(6, 3\) do not fit in a product", "s_l'"),
    ("columns for rows", "batch", r"z^l = W^l a^{l-1} + b^l",
     r"shapes \(4, 3\) and \(6, 4\) do not fit in a product", "a^{l-1}"),
    ("shape turned round", "batch", r"W^l \in \mathbb{R}^{d_l \times d_{l-1}}",
     r"the shape is \(4, 3\), the text says \(3, 4\) at l=2", "W^l"),
    ("half forgotten in the cost", "batch", r"J = \frac{1}{n} \lVert \hat{Y} - Y \rVert^2",
     r"left [\d.]+, right [\d.]+ in world batch", r"\frac{1}{n}"),
    ("transpose forgotten", "batch", r"\frac{\partial J}{\partial W^l} = a^{l-1} \delta^l",
     r"shapes \(6, 4\) and \(6, 3\) do not fit in a product", r"\delta^l"),
    # one sample, indices
    ("indices of w swapped", "dense", r"\delta_i^l = s_l'(z_i^l) \sum_j w_{ji}^{l+1} \delta_j^{l+1}",
     r"index i runs over axes of different sizes \[3, 5\]", r"\delta_i^l"),
    ("weights of the wrong layer", "dense", r"\delta_i^l = s_l'(z_i^l) \sum_j w_{ij}^{l} \delta_j^{l+1}",
     r"index i runs over axes of different sizes \[3, 4\]", r"\delta_i^l"),
    ("prime lost", "dense", r"\delta_i^l = s_l(z_i^l) \sum_j w_{ij}^{l+1} \delta_j^{l+1}",
     r"left [-\d.]+, right [-\d.]+ at l=2, i=1 in world dense", "s_l(z"),
    ("bias of the wrong neuron", "dense", r"z_j^l = \sum_i a_i^{l-1} w_{ij}^l + b_i^l",
     r"left [-\d.]+, right [-\d.]+ at l=2, i=1, j=2", r"\sum_i"),
    ("activation without its layer", "dense", r"\delta_i^l = s'(z_i^l) \sum_j w_{ij}^{l+1} \delta_j^{l+1}",
     r"s needs its layer index", "s'("),
    ("range too wide", "dense", r"\delta_i^l = s_l'(z_i^l) \sum_j w_{ij}^{l+1} \delta_j^{l+1}, \quad l = L, \dots, 2",
     r"the text says l = 2, 3, 4, the terms exist for 2, 3 in world dense", "l = L"),
    ("range too narrow", "dense", r"\frac{\partial J}{\partial b_j^l} = \delta_j^l, \quad l = 3, \dots, L",
     r"the text says l = 3, 4, the terms exist for 2, 3, 4", "l = 3"),
    ("symbol of another book", "dense", r"\delta_i^l = \varphi'(z_i^l) \sum_j w_{ij}^{l+1} \delta_j^{l+1}",
     r"symbol \\varphi is not declared in this world", r"\varphi"),
    ("bracket left open", "dense", r"\delta_i^l = s_l'(z_i^l", r"expected '\)', found 'the end'", ""),
    ("partials that do not chain", "dense",
     r"\frac{\partial J}{\partial w_{ij}^l} = \frac{\partial J}{\partial a_j^l} \frac{\partial z_j^l}{\partial w_{ij}^l}",
     r"these partials do not chain: below the one must stand what is above the next", r"\frac{\partial z_j^l}"),
    ("sum index that chains with nothing", "dense",
     r"\frac{\partial J}{\partial a_i^l} = \sum_j \frac{\partial J}{\partial z_j^{l+1}} \frac{\partial z_i^{l+1}}{\partial a_i^l}",
     r"these partials do not chain", r"\frac{\partial z_i"),
    ("cost with y and y hat turned", "dense", r"\frac{\partial J}{\partial \hat{y}_j} = y_j - \hat{y}_j",
     r"left [-\d.]+, right [-\d.]+ at j=1", "y_j"),
    ("step uphill", "dense", r"w_{ij}^l \leftarrow w_{ij}^l + \eta \frac{\partial J}{\partial w_{ij}^l}",
     r"left [-\d.]+ <- right [-\d.]+ at l=2, i=1, j=1", "w_{ij}"),
    # batch normalisation
    ("n minus 1 in the variance", "batchnorm", r"v = \frac{1}{n-1} \sum_i (x_i - \mu)^2",
     r"left [\d.]+, right [\d.]+ in world batchnorm", r"\frac{1}"),
    ("hat lost in the fused form", "batchnorm",
     r"\frac{\partial J}{\partial x_i} = \frac{\gamma}{n \sqrt{v + \epsilon}} ( n g_i - \sum_j g_j - \hat{x}_i \sum_j g_j x_j )",
     r"left [-\d.]+, right [-\d.]+ at i=1", r"\frac{\gamma}"),
    ("path over the mean lost", "batchnorm",
     r"\frac{\partial J}{\partial x_i} = \frac{\gamma g_i}{\sqrt{v + \epsilon}} + \frac{\partial J}{\partial v} \frac{2 (x_i - \mu)}{n}",
     r"left [-\d.]+, right [-\d.]+ at i=1", r"\frac{\gamma g_i}"),
    # classification
    ("sign in cross-entropy", "bce", r"J = -y \ln \hat{y} + (1 - y) \ln(1 - \hat{y})",
     r"left [\d.]+, right [-\d.]+ in world bce", "-y"),
    ("branches of the softmax Jacobian swapped", "softmax",
     r"\frac{\partial \hat{y}_i}{\partial z_j} = \begin{cases} \hat{y}_i (1 - \hat{y}_i) & \text{if } i \ne j \\ -\hat{y}_i \hat{y}_j & \text{if } i = j \end{cases}",
     r"left [\d.]+, right -[\d.]+ at i=1, j=1", r"\begin{cases}"),
    ("softmax not normalised by its own sum", "softmax", r"\hat{y}_i = \frac{e^{z_i}}{\sum_{k=2}^{K} e^{z_k}}",
     r"left [\d.]+, right [\d.]+ at i=1", r"\frac{e"),
    # one variable
    ("function without argument, with a sign", "scalar", r"\sigma' = \sigma (1 + \sigma)", r"left [\d.]+, right [\d.]+ at point=0", r"\sigma (1"),
    ("derivative of tanh", "scalar", r"\frac{d}{dz} \tanh(z) = 1 + \tanh^2(z)", r"left [\d.]+, right [\d.]+ in world scalar", "1 +"),
    ("mask of ReLU turned", "scalar",
     r"\operatorname{relu}'(z) = \begin{cases} 1 & \text{if } z < 0 \\ 0 & \text{otherwise} \end{cases}",
     r"left 0, right 1 in world scalar", r"\begin{cases}"),
    ("a bound that does not hold", "scalar", r"\sigma'(z) \le \frac{1}{5}", r"left [\d.]+ <= right 0.2", r"\frac{1}{5}"),
    # regression
    ("second derivative without the mean", "line", r"\frac{\partial^2 J}{\partial w^2} = \sum_i x_i^2",
     r"left [\d.]+, right [\d.]+ in world line", r"\sum_i"),
    ("closed form without centring", "line", r"w_\ast = \frac{\sum_i x_i y_i}{\sum_i x_i^2}",
     r"left [-\d.]+, right [-\d.]+ in world line", r"\frac{\sum"),
    ("mixed derivative with a sign", "line", r"\frac{\partial^2 J}{\partial w \, \partial b} = -\bar{x}",
     r"left [-\d.]+, right [-\d.]+", r"-\bar"),
    # worked numbers
    ("a digit that is cut where it should be rounded", "ex222", r"a_2^3 \approx 0.7730",
     r"left 0.77292847 \\approx right 0.773 in world ex222", "0.7730"),
    ("rounded number after an equals sign", "ex222", r"J = 0.29837",
     r"rounded they agree: write \\approx", "0.29837"),
    ("power of ten", "ex222", r"\frac{\partial J}{\partial w_{11}^2} \approx 4.386 \times 10^{-3}",
     r"left 0.000438\d+ \\approx right 0.004386", "4.386"),
    ("a digit of a number that is put in", "ex222",
     r"\frac{\partial J}{\partial w_{11}^3} = a_1^2 \delta_1^3 \approx 0.593279 \cdot 0.138499 \approx 0.082167",
     r"0.593279 is put in for something that is 0.59326999", "0.593279"),
    ("a learning rate that is put in wrong", "ex222",
     r"w_{11}^3 - \eta a_1^2 \delta_1^3 \approx 0.40 - 0.08 \cdot 0.082167 \approx 0.394248",
     r"0.08 is put in for something that is 0.07", "0.08"),
    # guards
    ("a perceptron that fires below zero", "unit", r"\hat{y} = 1 \iff z < 0",
     r"the left of the equivalence (holds|does not hold), the right (holds|does not hold)", "z < 0"),
    ("an outcome outside its set", "unit", r"\hat{y} \in \{-1, 1\}", r"0 is not in what stands on the right", r"\hat"),
    ("variance of a mini-batch with replacement", "batches",
     r"\operatorname{Var}[G] = \frac{\operatorname{Var}[g]}{B}", r"left [\d.]+, right [\d.]+ in world batches", r"\frac"),
    ("correction of the other moment", "adam", r"\hat{v}_t = \frac{v_t}{1 - \beta_1^t}",
     r"left [\d.]+, right [\d.]+ at t=1", r"\frac"),
    ("momentum forgets its own past", "momentum", r"m_i \leftarrow m_i + \frac{\partial J}{\partial w_i}",
     r"left [-\d.]+ <- right [-\d.]+ at i=1", "m_i +"),
    ("past the layer only", "residual", r"\frac{\partial J}{\partial a_i^l} = \sum_j \delta_j^{l+1} w_{ij}^{l+1}",
     r"left [-\d.]+, right [-\d.]+ at l=1, i=1", r"\sum_j"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, world, latex, says, at", WRONG, ids=[w[0].replace(" ", "-") for w in WRONG]
)
def test_a_wrong_formula_is_accused(name, world, latex, says, at):
    text = f"% world: {world}\n\n```{{math}}\n:label: wrong-one\n{latex}\n```\n"
    (failure,) = check_equations(read_text(text, "chapter.md"), CHECKER).failures
    message = str(failure)
    head, line, caret = message.split("\n")
    assert re.match(r"chapter\.md:5:\d+  \(wrong-one\)  ", head)
    assert re.search(says, head), head
    assert line.strip() in latex
    assert line[caret.index("^") :].startswith(at.strip()), message


def test_there_are_enough_of_them():
    assert len({latex for _, _, latex, _, _ in WRONG}) >= 18 + 15


@pytest.mark.parametrize(
    "world, latex",
    [("ex222", r"z_1^2 = w_{11}^2 x_1 + w_{21}^2 x_2 + b_2^2 = 0.3775")],
)
def test_equal_biases_hide_a_slip_that_a_generic_world_shows(world, latex):
    def failures(directives):
        text = f"{directives}\n\n```{{math}}\n:label: slip\n{latex}\n```\n"
        return check_equations(read_text(text), CHECKER).failures

    alone = Checker(load_worlds("claims.worlds"))
    alone.worlds[world].generic = None
    report = check_equations(
        read_text(f"% world: {world}\n\n```{{math}}\n:label: slip\n{latex}\n```\n"), alone
    )
    assert not report.failures
    alone.worlds[world].generic = "net222"
    (failure,) = failures(f"% world: {world}")  # which names its generic world itself
    assert "in world net222" in str(failure)


def test_no_position_lies_outside_its_equation():
    for _, world, latex, _, _ in WRONG:
        text = f"% world: {world}\n\n```{{math}}\n:label: wrong-one\n{latex}\n```\n"
        for failure in check_equations(read_text(text), CHECKER).failures:
            assert isinstance(failure.error, EquationError)
            assert 0 <= failure.error.position <= len(latex)


def test_right_equations_pass():
    report = check_chapters([RIGHT], CHECKER)
    assert not report.failures, "\n".join(map(str, report.failures))
    assert len(report.equations) >= 80
