"""Check the displayed equations of a MyST book: the LaTeX that is read is the LaTeX tested.

Each display is parsed and both sides are held against numbers in *worlds*: small sets of named
random quantities that know forward definitions only.  See ``worlds`` for how to declare one,
``chapters`` for the comments in the text, ``python -m eqworlds --help`` for the commands.
"""

from .chapters import Equation, read_chapter, read_text
from .check import Checker, Claim
from .report import Failure, Report, check_chapters, check_equations
from .tokens import EquationError
from .worlds import World, load_worlds, world

__version__ = "0.1.0"

__all__ = [
    "Checker", "Claim", "Equation", "EquationError", "Failure", "Report", "World",
    "check_chapters", "check_equations", "load_worlds", "read_chapter", "read_text", "world",
]  # fmt: skip
