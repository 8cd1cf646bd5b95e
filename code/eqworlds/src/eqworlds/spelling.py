r"""Other people's ways to write the same thing, turned into one before anything is parsed.

``\stackrel{\text{def}}{=}`` is ``=``, ``\underset{w}{\min}`` is ``\min_{w}``, ``\hspace{1em}`` is
``\quad``, ``...`` is ``\dots``, ``\mathop{f}`` is ``f``, ``\text{log}`` is ``\log``, ``α`` is
``\alpha``; a script that only moves things, ``x^{\,}``, is none.  Tokens keep their place.
"""

from __future__ import annotations

from .tokens import Token
from .vocabulary import FUNCTIONS, TEXTS

_SPACES = {r"\hspace", r"\hspace*", r"\hskip"}
_ABOVE = {r"\stackrel", r"\overset"}
_ALONE = {r"\mathop", r"\mathrel", r"\mathbin", r"\mathord"}
_SAME = {
    r"\coloneqq": "=", r"\triangleq": "=", r"\doteq": "=", r"\colon": ":",
    r"\star": "*", r"\ast": "*",
    r"\lbrack": "[", r"\rbrack": "]", r"\lbrace": r"\{", r"\rbrace": r"\}", r"\And": "&",
    r"\dotsc": r"\dots", r"\dotsb": r"\cdots", r"\dotsm": r"\cdots",
    r"\longrightarrow": r"\rightarrow", r"\longleftarrow": r"\leftarrow",
    "−": "-", "·": r"\cdot", "×": r"\times", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "≈": r"\approx", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "∈": r"\in",
    "⊤": r"\top", "⊙": r"\odot", "←": r"\leftarrow", "…": r"\dots",
    **{letter: "\\" + name for letter, name in zip(
        "αβγδεζηθκλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ",
        "alpha beta gamma delta varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau "
        "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        strict=True,
    )},
}  # fmt: skip
_WORDS = {name[1:]: name for name in (*FUNCTIONS, r"\max", r"\min")}  # \text{log} is \log
_UPRIGHT = TEXTS | {r"\mathrm", r"\operatorname", r"\operatorname*"}
_BIG = {r"\sum", r"\prod", r"\max", r"\min"}


def respell(tokens: list[Token]) -> list[Token]:
    """Tokens in the one spelling that the grammar reads."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.text in _SPACES:
            _, i = argument(tokens, i + 1)
            out.append(Token(r"\quad", token.start, token.end))
        elif token.text in _ABOVE:
            above, after = argument(tokens, i + 1)
            kept, i = argument(tokens, after)
            out += respell(kept)
            if above and kept and kept[0].text in _BIG:  # \overset{n}{\sum}: up to n
                out += _script("^", above)
        elif token.text in (r"\bf", r"\rm", r"\it"):  # {\bf x}
            i += 1
        elif token.text in "_^" and _only_moves(tokens, i + 1):
            i += 3
        elif token.text in _UPRIGHT and not _is_script(out) and _word(tokens, i) in _WORDS:
            out.append(Token(_WORDS[_word(tokens, i)], token.start, token.end))
            _, i = argument(tokens, i + 1)
        elif token.text == r"\underset":
            below, after = argument(tokens, i + 1)
            kept, i = argument(tokens, after)
            out += respell(kept)
            if below:
                out += _script("_", below)
        elif token.text in _ALONE:
            kept, i = argument(tokens, i + 1)
            out += respell(kept)
        elif [t.text for t in tokens[i : i + 3]] == [".", ".", "."]:
            out.append(Token(r"\dots", token.start, tokens[i + 2].end))
            i += 3
        elif token.text in "<>" and i + 1 < len(tokens) and tokens[i + 1].text == "=":
            both = r"\le" if token.text == "<" else r"\ge"
            out.append(Token(both, token.start, tokens[i + 1].end))
            i += 2
        elif token.text in _SAME and not (token.text in (r"\ast", r"\star") and _is_script(out)):
            out.append(Token(_SAME[token.text], token.start, token.end))
            i += 1
        else:
            out.append(token)
            i += 1
    return out


def _script(mark: str, tokens: list[Token]) -> list[Token]:
    """Tokens below or above what stands before them."""
    first, last = tokens[0].start, tokens[-1].end
    opening = [Token(mark, first, first), Token("{", first, first)]
    return [*opening, *respell(tokens), Token("}", last, last)]


def _only_moves(tokens: list[Token], i: int) -> bool:
    r"""Whether braces hold nothing but a space that shifts what follows: ``{\,}``."""
    texts = [token.text for token in tokens[i : i + 2]]
    return texts == ["{", "}"] and tokens[i + 1].start > tokens[i].end


def _word(tokens: list[Token], i: int) -> str:
    """The word in the braces behind a token."""
    return "".join(token.text for token in argument(tokens, i + 1)[0])


def _is_script(before: list[Token]) -> bool:
    r"""Whether what comes is raised or lowered, as in ``w_\ast``, and names a symbol."""
    texts = [token.text for token in before[-2:]]
    return texts[-1:] in (["_"], ["^"]) or (texts[1:] == ["{"] and texts[0] in ("_", "^"))


def argument(tokens: list[Token], i: int) -> tuple[list[Token], int]:
    """The tokens of one argument and the index after it."""
    if i >= len(tokens):
        return [], i
    if tokens[i].text != "{":
        return tokens[i : i + 1], i + 1
    depth, first = 0, i + 1
    while i < len(tokens):
        depth += (tokens[i].text == "{") - (tokens[i].text == "}")
        i += 1
        if depth == 0:
            return tokens[first : i - 1], i
    return tokens[first:], i
