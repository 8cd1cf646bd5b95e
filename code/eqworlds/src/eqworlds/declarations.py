"""How a symbol is written: what the parser has to know of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Declaration:
    r"""How a symbol is written in a world.

    Parameters
    ----------
    name : str
        Canonical LaTeX name, such as ``w``, ``\hat{y}`` or ``\lambda_\max``.
    axes : int
        Number of axes of the quantity's array.
    key : {None, "_", "^"}
        Where its layer or step is written; None if it has none.
    row : bool
        A one-row matrix ``(1, d)`` that is written with one index.
    first : int
        What its first index is called.
    broadcast : bool
        May be added to every row of a matrix, as a bias is.
    padded : bool
        Zero outside its range, instead of an error.
    function : bool
        A function, to be applied to an argument.
    variable : bool
        The argument of functions that are written without one.
    free : tuple of float or None
        May take any value between these, so that it is also drawn on the thresholds of conditions.
    alias_of : str or None
        The quantity of which this is another name (``w`` for entries of ``W``).
    arguments : tuple of str
        Quantities in the order in which they may be printed: ``J(w, b)``.
    meaning, shape : str
        Words for the reader of the notation page.
    """

    name: str
    axes: int = 0
    key: str | None = None
    row: bool = False
    first: int = 1
    broadcast: bool = False
    padded: bool = False
    function: bool = False
    variable: bool = False
    free: tuple[float, float] | None = None
    alias_of: str | None = None
    arguments: tuple[str, ...] = ()
    meaning: str = ""
    shape: str = ""

    @property
    def written_axes(self) -> int:
        """Number of indices an entry is printed with."""
        return 1 if self.row else self.axes
