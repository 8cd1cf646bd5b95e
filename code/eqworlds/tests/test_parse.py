"""The parser: what is read, what is refused, and where the complaint points."""

import pytest
from eqworlds import EquationError
from eqworlds import nodes as n
from eqworlds.declarations import Declaration
from eqworlds.parser import parse
from eqworlds.symbols import canonical
from eqworlds.tokens import tokenize

DECLARED = {
    d.name: d
    for d in (
        Declaration("J", arguments=("w", "b")),
        Declaration("J_0"),
        Declaration("w"),
        Declaration("b"),
        Declaration("x", axes=1),
        Declaration("y", axes=1),
        Declaration(r"\hat{y}", axes=1),
        Declaration(r"\lambda_\max"),
        Declaration("z"),
        Declaration("W", axes=2, key="^"),
        Declaration("a", axes=2, key="^", row=True),
        Declaration("h", key="_"),
        Declaration("s", function=True, key="_"),
        Declaration(r"\sigma", function=True),
        Declaration("relu", function=True),
    )
}
LETTERS = "ijkl"


def read(latex):
    return parse(latex, DECLARED, LETTERS)


def left(latex):
    """The left side of a single statement."""
    (statement,) = read(latex + " = 0")
    return statement.sides[0]


def same(one, other):
    assert left(one) == left(other)


def symbol(name, *indices, key=None):
    return n.Symbol(name, key, indices)


i, j, layer = n.Index("i"), n.Index("j"), n.Index("l")
one = n.Number(1, "1")


# ------------------------------------------------------------------ symbols


def test_layer_and_indices():
    assert left("W_{ij}^{l+1}") == symbol("W", i, j, key=n.Add(((1, layer), (1, one))))


def test_index_order_matters():
    assert left("W_{ij}^l") != left("W_{ji}^l")


def test_a_superscript_is_a_power_where_no_layer_is_declared():
    assert left("w^2") == n.Power(symbol("w"), n.Number(2, "2"))
    assert left("W^2") == symbol("W", key=n.Number(2, "2"))


def test_two_digits_are_two_indices_of_a_matrix_and_one_of_a_vector():
    assert left("W_{12}^3").indices == (n.Number(1, "1"), n.Number(2, "2"))
    assert left("x_{12}").indices == (n.Number(12, "12"),)


@pytest.mark.parametrize(
    "written, meant",
    [
        (r"\hat y_i", r"\hat{y}_i"),
        (r"\widehat{y}_i", r"\hat{y}_i"),
        (r"\mathbf{W}^{l}", "W^l"),
        (r"\lambda_{\max}", r"\lambda_\max"),
        (r"W^{l}_{i,j}", "W_{ij}^l"),
        (r"\bigl( w + b \bigr)", "(w + b)"),
        (r"\sigma^\prime(z)", r"\sigma'(z)"),
        (r"s'_l(z)", r"s_l'(z)"),
        (r"w \, b", "w b"),
        (r"\tfrac{1}{2}", r"\frac{1}{2}"),
        (r"\frac{\mathrm{d} J}{\mathrm{d} w}", r"\frac{\partial J}{\partial w}"),
        (r"10{,}000", r"10\,000"),
    ],
)
def test_spellings_of_the_same(written, meant):
    same(written, meant)


def test_transposes():
    meant = n.Transpose(symbol("W", key=layer))
    assert left(r"W^{l\top}") == meant
    assert left(r"{W^l}^\top") == n.Transpose(n.Group(symbol("W", key=layer)))
    assert left(r"(W^l)^\top") == n.Transpose(n.Group(symbol("W", key=layer)))


def test_names_made_of_several_tokens():
    assert left("J_0") == symbol("J_0")
    assert left(r"\lambda_{\max}") == symbol(r"\lambda_\max")
    assert canonical(r"\lambda_{\max}") == r"\lambda_\max"
    assert canonical(r"\overline{xy}") == r"\overline{xy}"
    assert canonical(r"\operatorname{Var}") == "Var"
    with pytest.raises(ValueError, match="one symbol"):
        canonical("a b")


def test_a_name_may_have_two_scripts_or_a_prime():
    table = {name: Declaration(name) for name in ("q_1^2", "J'")}
    (statement,) = parse("q_1^2 = J'", table, LETTERS)
    assert [side.name for side in statement.sides] == ["q_1^2", "J'"]


def test_a_row_of_the_samples():
    same("x_i", "x^{(i)}")


# ------------------------------------------------------------------ products, sums, functions


def test_odot_binds_looser_than_a_product():
    node = left(r"w b \odot z")
    assert isinstance(node, n.Hadamard)
    assert isinstance(node.factors[0], n.Product)


def test_a_sum_takes_the_product_after_it_but_not_the_next_term():
    node = left(r"\sum_i x_i y_i + b")
    assert isinstance(node, n.Add)
    assert isinstance(node.terms[0][1], n.Big)
    assert isinstance(node.terms[0][1].body, n.Product)


def test_prod_takes_the_factors_with_its_index():
    node = left(r"\prod_i x_i y_i b")
    assert isinstance(node, n.Product)
    assert node.factors[0].body == left("x_i y_i")
    assert node.factors[1] == symbol("b")


def test_sum_with_two_indices_and_conditions():
    node = left(r"\sum_{i, j \ne i} x_i y_j")
    assert (node.letter, node.body.letter) == ("i", "j")
    assert node.body.conditions and not node.conditions


def test_functions():
    assert left(r"\sigma'(z)") == n.Apply(r"\sigma", None, 1, (symbol("z"),))
    assert left("s_l''(z)") == n.Apply("s", layer, 2, (symbol("z"),))
    assert left(r"\operatorname{relu}(z)") == n.Apply("relu", None, 0, (symbol("z"),))
    assert left(r"\ln z") == n.Apply(r"\ln", None, 0, (symbol("z"),))
    assert left(r"\tanh^2(z)").exponent == n.Number(2, "2")


def test_arguments_of_a_quantity():
    node = left("J(w + 1, b)")
    assert isinstance(node, n.At)
    assert node.symbol == symbol("J")


def test_derivatives():
    node = left(r"\frac{\partial J}{\partial W_{ij}^l}")
    assert node == n.Derivative(symbol("J"), (symbol("W", i, j, key=layer),))
    twice = left(r"\frac{\partial^2 J}{\partial w \, \partial b}")
    assert twice.by == (symbol("w"), symbol("b"))
    assert left(r"\frac{\partial^2 J}{\partial w^2}").by == (symbol("w"),) * 2
    assert left(r"\frac{d\sigma}{dz}") == n.Derivative(left(r"\sigma(z)"), (symbol("z"),))
    assert left(r"\frac{d}{dz} \sigma(z)") == left(r"\frac{d\sigma}{dz}")
    assert left(r"\nabla_{w} J") == left(r"\frac{\partial J}{\partial w}")


def test_evaluation_bar_and_absolute_value():
    node = left(r"\left. \frac{\partial J}{\partial w} \right|_{w = 0,\, b = 1}")
    assert isinstance(node, n.Where)
    assert [symbol.name for symbol, _ in node.settings] == ["w", "b"]
    assert left("|w|") == n.Absolute(symbol("w")) == left(r"\lvert w \rvert")
    assert left(r"\|x\|_1") == n.Norm(symbol("x"), 1)


def test_runs():
    node = left(r"x_1 + x_2 + \cdots + x_{12}")
    assert isinstance(node.terms[1][1], n.Run)
    node = left(r"h_1 \cdots h_4")
    assert node.kind == "prod" and len(node.ends) == 1


def test_numbers_keep_their_digits():
    assert left("0.7730") == n.Number(0.773, "0.7730")
    assert left("10{,}000").value == 10000


# ------------------------------------------------------------------ statements


def test_lines_chains_and_conditions():
    statements = read(r"""\begin{aligned}
        z &= w \\
          &= b \\
        h_k &\leftarrow w, \qquad h_k \ge 0 \quad (k = 1, \dots, 4)
        \end{aligned}""")
    assert [s.relations for s in statements] == [("=", "="), ("<-",), (">=",)]
    assert not statements[0].conditions
    assert statements[1].conditions == statements[2].conditions
    assert isinstance(statements[1].conditions[0], n.Span)


def test_conditions_in_words():
    (statement,) = read(r"w = b \quad \text{if } z > 0 \text{ and } b \ne 0")
    assert [c.links[0][0] for c in statement.conditions] == [">", "!="]
    (statement,) = read(r"x_i = y_i \quad \text{for every } i")
    assert statement.conditions == ()
    (statement,) = read(r"x_i y_j = 0 \quad \text{for } i \ne j")
    assert len(statement.conditions) == 1


def test_memberships_and_equivalences():
    (statement,) = read(r"W^l \in \mathbb{R}^{3 \times 4}")
    assert len(statement.sides[1].sizes) == 2
    (statement,) = read(r"z \in (0, 1]")
    assert statement.sides[1].closed == (False, True)
    (statement,) = read(r"x \in \{0, 1\}^{3}")
    assert len(statement.sides[1].values) == 2
    (statement,) = read(r"z > 0 \iff w > 0")
    assert isinstance(statement, n.Equivalence)


def test_cases():
    node = left(r"\begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert [len(conditions) for _, conditions in node.branches] == [1, 0]


def test_new_symbols_are_declared_where_they_are_defined():
    table = dict(DECLARED)
    parse(r"u_i = \hat{y}_i - y_i", table, LETTERS, new_symbols=True)
    assert table["u"].axes == 1


def test_text_that_only_parts_statements():
    assert len(read(r"w = b \quad \text{and} \quad z = b")) == 2


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "latex, message, at",
    [
        (r"q = w", "symbol q is not declared", "q"),
        (r"w = 2 3", "a number after a factor", "3"),
        (r"w = 1 / 2 b", r"write \frac", "b"),
        (r"W_{ij} = w", "needs its layer", "W"),
        (r"W_{ijk}^l = w", "takes 2 indices, found 3", "W"),
        (r"x_q = w", "'q' is not an index", "q"),
        (r"w' = b", "a prime on w", "w"),
        (r"x_i_j = w", "a second subscript", "j"),
        (r"x_i^{} = w", "nothing stands in these braces", "{}"),
        (r"w = b +", "expected a quantity", ""),
        (r"w = (b", "expected ')'", ""),
        (r"w b", "an expression without a relation", ""),
        (r"w = b \pm z", r"\pm", r"\pm"),
        (r"w \Rightarrow b = z", "a relation is expected", r"\Rightarrow"),
        (r"w = \lim_{i} x_i", "limits", r"\lim"),
        (r"w = \frac{\partial^3 J}{\partial w^3}", "first and second", "3"),
        (r"w = \frac{\partial^2 J}{\partial w}", "2 derivatives above, 1", r"\partial w"),
        (r"w = \frac{\partial J}{\partial (w + b)}", "not a symbol", "("),
        (r"w = \sum_{i=1} x_i", "both of its bounds", r"\sum"),
        (r"w = x_1 + \cdots - x_3", "the same sign", "- x_3"),
        (r"w = x_1 \cdots y_3", "differ in their indices only", "y_3"),
        (r"w = \begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", "differ in length", r"\end"),
        (r"w = \begin{cases} 1 & \\ 0 & z > 0 \end{cases}", "needs its condition", r"\\ 0"),
        (r"w = b \quad \text{if } z > 0 \text{ or } z < 0", "joined by 'or'", None),
        (r"w = b, \quad k = 1, \dots, 3", "has the index k", "k"),
        (r"w = \sigma^{-1}(z)", "inverse functions", r"\sigma"),
        (r"", "an empty equation", ""),
    ],
)
def test_refused_with_the_place(latex, message, at):
    with pytest.raises(EquationError) as caught:
        read(latex)
    assert message in caught.value.message
    if at is not None:
        assert latex[caught.value.position :].lstrip().startswith(at)


def test_tokens_know_their_place():
    source = r"\left( w_{ij} \right) % remark"
    for token in tokenize(source):
        assert source[token.start : token.end] == token.text
