"""The LaTeX words that the parser knows."""

import numpy as np

RELATIONS = {
    "=": "=", r"\equiv": "=", r"\leftarrow": "<-", r"\gets": "<-",
    r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=", "<": "<", ">": ">",
    r"\lt": "<", r"\gt": ">", r"\approx": "~", r"\in": "in", r"\ne": "!=", r"\neq": "!=",
}  # fmt: skip
IMPLICATIONS = {r"\implies", r"\Rightarrow", r"\Longrightarrow", r"\rightarrow"}
BARS = {"|", r"\|", r"\vert", r"\Vert", r"\mid"}
EQUIVALENCES = {r"\iff", r"\Leftrightarrow", r"\Longleftrightarrow"}
STYLES = {
    r"\mathbf", r"\boldsymbol", r"\bm", r"\mathrm", r"\mathit", r"\mathsf", r"\mathcal",
    r"\mathbb", r"\textbf", r"\pmb", r"\operatorname", r"\operatorname*", r"\vec", r"\text", r"\textrm",
}  # fmt: skip
ACCENTS = {
    r"\hat", r"\bar", r"\tilde", r"\widehat", r"\dot", r"\overline", r"\widetilde",
    r"\mathring", r"\check", r"\breve",
}  # fmt: skip
SAME_ACCENT = {r"\widehat": r"\hat", r"\widetilde": r"\tilde"}
FUNCTIONS = {
    r"\exp": np.exp, r"\ln": np.log, r"\log": np.log, r"\tanh": np.tanh, r"\sin": np.sin,
    r"\cos": np.cos, r"\cosh": np.cosh, r"\sinh": np.sinh, r"\arctan": np.arctan,
}  # fmt: skip
CLOSING = {
    "(": ")", "[": "]", r"\{": r"\}", r"\lvert": r"\rvert", r"\lVert": r"\rVert",
    r"\langle": r"\rangle",
}  # fmt: skip
DOTS = {r"\dots", r"\ldots", r"\cdots"}
TEXTS = {r"\text", r"\textrm", r"\mbox"}
SPACES = {r"\quad", r"\qquad"}
SEPARATORS = {",", ";", ".", r"\quad", r"\qquad"}
GREEK = set(
    r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \kappa
    \lambda \mu \nu \xi \pi \rho \sigma \tau \phi \varphi \chi \psi \omega \Delta \Theta \Sigma
    \Phi \Psi \Omega \Lambda \Gamma \Pi \ell""".split()
)
# a product ends before these
ENDS_PRODUCT = (
    set(RELATIONS) | EQUIVALENCES | IMPLICATIONS | BARS | set(CLOSING.values()) | DOTS | SPACES
    | {",", "&", r"\\", r"\text", r"\textrm", r"\mbox", r"\end", "", ".", ";", "}", "|", r"\|",
       r"\times", r"\vdots", "+", "-", ":", "!"}
)  # fmt: skip
REFUSED = {
    r"\pm": r"\pm: write two equations",
    r"\mp": r"\mp: write two equations",
    r"\lim": "limits are not evaluated: use a finite step and \\approx",
    r"\int": "integrals are not evaluated",
    r"\propto": r"\propto claims nothing that can be checked: write the factor",
    r"\sim": r"distributions are not evaluated",
    r"\infty": r"\infty has no value",
    r"\star": r"write \odot for the product by entries, or declare a starred symbol",
    r"\to": r"\to claims nothing that can be checked",
}
