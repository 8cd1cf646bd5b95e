"""The Rosetta table: the book's symbols beside those of the sources and of well-known texts.

The notation page shows it: ``sources()`` and ``texts()``. A dash means that the text has no symbol
for it.
"""

from handgrad.book import table

SOURCES = {
    "ours": (
        "$x_i$", "$y_j$", "$\\hat{y}_j = a_j^L$", "$w_{ij}^l$, from i to j",
        "layer entered, input 1",
        "$W^l$, used as $a W$", "$b_j^l$", "$z_j^l$", "$a_j^l$", "$s$", "$\\delta_j^l$",
        "$J$, mean of half squares", "$\\eta$", "$\\odot$",
    ),
    "S0 Yeum": (
        "$i_1$, $i_2$", "$o_1$", "$out_{o1}$", "$w_1$ … $w_8$", "–",
        "$W_{ih}$, $W_{ho}$, used as $h W$", "$b_1$ … $b_4$", "$net_{h1}$", "$out_{h1}$", "$f$",
        "–",
        "$E$, sum of squares", "$\\alpha$", ".* and *",
    ),
    "S1 slides after Mazur": (
        "$i_1$, $i_2$", "$target_{o1}$", "$out_{o1}$", "$w_1$ … $w_8$", "–",
        "$W_1$, $W_2$, used as $W x$ with W transposed", "$b_1$, $b_2$, one a layer", "$net_{h1}$",
        "$out_{h1}$", "$\\sigma$", "–", "E total, half squares", "$\\eta$", "×",
    ),
    "S2 SK, first part": (
        "$x_i$", "$y_j$ with a star", "$y_j$", "$w_{ij}^l$, from i to j", "layer entered, input 1",
        "$w^l$, used as $w z$ with w transposed", "$b_j^l$", "$z_j^l$", "$s(z_j^l)$", "$s$",
        "$d_j^l$",
        "$J$, half squares", "$h$, once $\\eta$", "–",
    ),
    "S2 SK, second part": (
        "$x_i$", "$y_j$", "$\\hat{y}_j$", "$ω_{ij}^l$, from i to j", "layer left, input 1",
        "$W^l$, used as $A W$", "$b_j^l$, by the layer entered", "$z_j^l$", "$a_j^l$", "$\\sigma$",
        "$\\delta_j^l$", "$J$, half squares", "–", "a box or a dot",
    ),
    "S3 Zhu": (
        "$x_n$", "$y_k$", "$\\hat{y}_k$", "$w_{m,k}^{[l]}$, from m to k",
        "in brackets, hidden layer 1",
        "$W^{[l]}$ with the bias as row 0", "$w_{0,k}^{[l]}$", "$z_m^{[1]}$", "$h_m$", "$f$", "–",
        "$J$, mean of half squares", "$\\lambda$", "$\\odot$",
    ),
    "S4 Madarasmi, w and u": (
        "$x_k$", "$y_i$", "$v_i$", "$w_{k,j}$, then $u_{j,i}$", "another letter", "–",
        "$\\beta_j$, $\\gamma_i$", "–", "$o_j$", "$\\sigma$",
        "$\\delta_i$, $\\phi_j$, of opposite sign", "$E$, half squares", "$\\eta$", "–",
    ),
    "S4 Madarasmi, 2-3-2-2": (
        "$x_i$", "$y_j$", "$a_j^{(L)}$", "$w_{ij}^{(l)}$, from i to j",
        "layer entered, hidden layer 1",
        "$W^{(l)}$, used as $W a$ with W transposed", "$w_{0j}^{(l)}$", "$z_j^{(l)}$",
        "$a_j^{(l)}$",
        "$\\sigma$", "–", "$E$, half squares or squares", "$\\eta$", "a dot",
    ),
}

TEXTS = {
    "ours": SOURCES["ours"],
    "d2l.ai": (
        "x", "y", "o, or $\\hat{y}$", "entries of $W^{(l)}$", "layer entered, hidden layer 1",
        "X W with samples as rows; W x in its section on backpropagation", "b", "z", "h",
        "$\\sigma$, $\\phi$",
        "∂J/∂z", "J, loss plus penalty", "$\\eta$", "$\\odot$",
    ),
    "Nielsen": (
        "$x_j$", "$y_j$", "$a_j^L$", "$w_{jk}^l$, from k to j", "layer entered, input 1",
        "$w^l$, used as $w a$", "$b_j^l$", "$z_j^l$", "$a_j^l$", "$\\sigma$", "$\\delta_j^l$",
        "C, mean of half squares", "$\\eta$", "$\\odot$",
    ),
    "UDL (Prince)": (
        "x", "y", "the last f", "entries of $Ω_k$", "layer left, input 0",
        "$Ω_k$, used as $Ω h$", "$\\beta_k$", "$f_k$", "$h_{k+1}$", "a", "$∂ℓ/∂f_k$",
        "L, sum of losses", "$\\alpha$", "$\\odot$",
    ),
    "CS231n": (
        "x", "y, a class", "scores f, probabilities p", "entries of W, W2", "numbers in the name",
        "W x in the text, X.dot(W) in code", "b", "scores", "hidden_layer", "np.maximum",
        "dscores, dhidden",
        "L, mean of losses plus penalty", "step_size", "*",
    ),
}

MEANINGS = (
    "input", "target", "prediction", "weight", "weights are counted by", "weight matrix", "bias",
    "weighted sum", "output of a neuron", "activation function", "error signal", "cost",
    "learning rate", "entry by entry",
)


def rosetta(texts, caption):
    """A table with a row for each meaning and a column for each text."""
    return table(
        ["meaning", *texts],
        list(zip(MEANINGS, *texts.values(), strict=True)),
        caption=caption,
        align=["left"] * (len(texts) + 1),
    )


def sources():
    """Our symbols beside those of the five sources."""
    return rosetta(SOURCES, "The book's symbols and those of its sources")


def texts():
    """Our symbols beside those of texts that many readers know."""
    return rosetta(TEXTS, "The book's symbols and those of well-known texts")
