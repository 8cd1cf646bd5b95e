"""A place in a list of tokens: look, take, expect, complain."""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableMapping
from typing import NoReturn, TypeVar

from .declarations import Declaration
from .tokens import EquationError, Token, tokenize
from .vocabulary import STYLES

T = TypeVar("T")


class Cursor:
    """Moves through tokens; knows the declared symbols and the index letters.

    Parameters
    ----------
    tokens : list of Token
        What is to be read.
    source : str
        The LaTeX from which the tokens come (for the end position).
    declarations : mapping of str to Declaration
        Symbols that may occur.
    letters : collection of str
        Letters that are indices.
    """

    def __init__(
        self,
        tokens: list[Token],
        source: str,
        declarations: MutableMapping[str, Declaration],
        letters: Collection[str],
        new_symbols: bool = False,
    ):
        self.tokens = tokens
        self.source = source
        self.declarations = declarations
        self.letters = frozenset(letters)
        self.new_symbols = new_symbols
        self.i = 0
        self.open_bars = 0
        self.parting = False  # within f(x | y), where a bar parts arguments
        self.no_times = False  # within \mathbb{R}^{n \times d}

    def peek(self, ahead: int = 0) -> str:
        """Text of a token ahead, "" past the end."""
        at = self.i + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    @property
    def done(self) -> bool:
        """Whether every token has been read."""
        return self.i >= len(self.tokens)

    @property
    def position(self) -> int:
        """Where the next token starts."""
        if not self.done:
            return self.tokens[self.i].start
        return self.tokens[-1].end if self.tokens else len(self.source)

    @property
    def last_end(self) -> int:
        """Where the last token that was read ends."""
        return self.tokens[self.i - 1].end if self.i else 0

    def fail(self, message: str) -> NoReturn:
        """Complain about the next token."""
        raise EquationError(message, self.position)

    def take(self) -> str:
        """Read one token."""
        if self.done:
            self.fail("the equation ends too early")
        self.i += 1
        return self.tokens[self.i - 1].text

    def expect(self, text: str) -> None:
        """Read one token, which has to be this one."""
        if self.peek() != text:
            self.fail(f"expected {text!r}, found {self.peek() or 'the end'!r}")
        self.i += 1

    def skip(self, texts: Collection[str]) -> None:
        """Pass over tokens of these."""
        while self.peek() in texts:
            self.i += 1

    def group(self) -> list[Token]:
        """Tokens of ``{...}``, or the single token that stands for it."""
        if self.peek() != "{":
            self._only_first_digit()
            first = self.i
            if self.take() in STYLES and self.peek() == "{":
                self.group()  # n_\textrm{in}
            return self.tokens[first : self.i]
        self.i += 1
        first, depth = self.i, 1
        while depth:
            text = self.take()
            depth += (text == "{") - (text == "}")
        return self.tokens[first : self.i - 1]

    def _only_first_digit(self) -> None:
        r"""As TeX does: ``_11`` lowers the first digit only, ``\\frac12`` is one half."""
        if self.done or not self.tokens[self.i].text[0].isdigit():
            return
        token = self.tokens[self.i]
        if len(token.text) > 1:
            at = token.start + 1
            rest = tokenize(self.source[at : token.end])
            later = [Token(t.text, t.start + at, t.end + at) for t in rest]
            first = Token(token.text[0], token.start, at)
            self.tokens = [*self.tokens[: self.i], first, *later, *self.tokens[self.i + 1 :]]

    def inner(self, tokens: list[Token]) -> Cursor:
        """A cursor over other tokens of the same source."""
        return Cursor(tokens, self.source, self.declarations, self.letters)

    def whole(self, tokens: list[Token], read: Callable[[Cursor], T]) -> T:
        """Read tokens with a rule of the grammar and insist that nothing is left."""
        if not tokens:
            self.fail("something is missing here")
        inner = self.inner(tokens)
        result = read(inner)
        if not inner.done:
            inner.fail(f"not understood: {inner.peek()!r}")
        return result

    def span(self, start: int) -> dict[str, int]:
        """Place of a node that began at ``start`` and ends with the last token read."""
        return {"start": start, "end": self.last_end}
