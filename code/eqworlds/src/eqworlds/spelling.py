r"""Other people's ways to write the same thing, turned into one before anything is parsed.

``\stackrel{\text{def}}{=}`` is ``=``, ``\underset{w}{\min}`` is ``\min_{w}``, ``\hspace{1em}`` is
``\quad``, ``...`` is ``\dots``, ``\mathop{f}`` is ``f``.  Tokens keep their place in the source.
"""

from __future__ import annotations

from .tokens import Token

_SPACES = {r"\hspace", r"\hspace*", r"\hskip"}
_ABOVE = {r"\stackrel", r"\overset"}
_ALONE = {r"\mathop", r"\mathrel", r"\mathbin", r"\mathord"}
_SAME = {
    r"\coloneqq": "=", r"\triangleq": "=", r"\doteq": "=", r"\colon": ":",
    r"\star": "*", r"\ast": "*",
    r"\lbrack": "[", r"\rbrack": "]", r"\lbrace": r"\{", r"\rbrace": r"\}", r"\And": "&",
    r"\dotsc": r"\dots", r"\dotsb": r"\cdots", r"\dotsm": r"\cdots",
    r"\longrightarrow": r"\rightarrow",
}  # fmt: skip


def respell(tokens: list[Token]) -> list[Token]:
    """Tokens in the one spelling that the grammar reads."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.text in _SPACES:
            _, i = _argument(tokens, i + 1)
            out.append(Token(r"\quad", token.start, token.end))
        elif token.text in _ABOVE:
            _, after = _argument(tokens, i + 1)
            kept, i = _argument(tokens, after)
            out += respell(kept)
        elif token.text == r"\underset":
            below, after = _argument(tokens, i + 1)
            kept, i = _argument(tokens, after)
            place = (below[0].start, below[-1].end) if below else (token.start, token.end)
            out += respell(kept)
            out += [Token("_", place[0], place[0]), Token("{", place[0], place[0])]
            out += [*respell(below), Token("}", place[1], place[1])]
        elif token.text in _ALONE:
            kept, i = _argument(tokens, i + 1)
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


def _is_script(before: list[Token]) -> bool:
    r"""Whether what comes is raised or lowered, as in ``w_\ast``, and names a symbol."""
    texts = [token.text for token in before[-2:]]
    return texts[-1:] in (["_"], ["^"]) or (texts[1:] == ["{"] and texts[0] in ("_", "^"))


def _argument(tokens: list[Token], i: int) -> tuple[list[Token], int]:
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
