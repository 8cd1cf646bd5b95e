r"""Words within a formula: what ``\text{...}`` may say, since each is part of the claim."""

from __future__ import annotations

from .tokens import EquationError

CONDITION = {
    "if", "when", "whenever", "for", "for all", "for every", "for each", "for any", "provided",
    "provided that", "as long as",
}  # fmt: skip
OTHERWISE = {"otherwise", "else", "in all other cases"}
# words that would turn a claim into another one
_TURNING = {
    "not", "no", "never", "unless", "except", "only", "false", "wrong", "untrue", "without",
    "neither", "nor", "cannot", "isn't", "doesn't", "fails", "or", "if", "when", "whenever",
    "provided",
}  # fmt: skip


def in_line(text: str, place: int, after_condition: bool) -> bool:
    """Whether a condition must follow these words on a line of a display.

    Parameters
    ----------
    text : str
        What stands within ``\\text{...}``.
    place : int
        Where it stands, for a complaint.
    after_condition : bool
        Whether a condition stands before it.

    Raises
    ------
    EquationError
        If the words change what is claimed in a way that is not read.
    """
    phrase = _plain(text)
    if phrase in CONDITION:
        return True
    if phrase.replace(",", "") in ("or equivalently", "equivalently"):
        return False
    if phrase == "and":
        return after_condition
    if phrase == "or" and after_condition:
        raise EquationError("conditions joined by 'or' are not read: write two lines", place)
    if phrase == "if and only if":
        raise EquationError(r"write \iff for 'if and only if'", place)
    if phrase == "unless":
        raise EquationError("write 'if' with the opposite condition", place)
    _refuse_turning(text, place)
    return False


def in_case(text: str, place: int) -> bool:
    """Whether these words in a branch of ``cases`` say "otherwise"; else a condition follows."""
    phrase = _plain(text)
    if phrase in OTHERWISE:
        return True
    if phrase in CONDITION or phrase in ("", "and"):
        return False
    if phrase == "or":
        raise EquationError("two conditions joined by 'or': write two branches", place)
    message = f"the words {text.strip()!r} are not read in a case: write 'if', 'and' or 'otherwise'"
    raise EquationError(message, place)


def under_brace(text: str, place: int) -> None:
    """A remark under a brace; words that would change the claim are refused."""
    _refuse_turning(text, place)


def _refuse_turning(text: str, place: int) -> None:
    words = [word.strip("().,;:!?'\"") for word in text.replace("~", " ").split()]
    for word in words:
        acronym = word.isupper() and len(word) > 1  # the gate OR is no condition
        if word.lower() in _TURNING and not acronym:
            message = f"the words {text.strip()!r} change what is claimed and are not read"
            raise EquationError(f"{message}: say it in symbols, or outside the display", place)


def _plain(text: str) -> str:
    return " ".join(text.replace("~", " ").split()).strip(" .,;:").lower()
