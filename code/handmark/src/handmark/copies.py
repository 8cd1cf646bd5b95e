"""Answers that are alike across a class, for a person to look at: nothing here changes a mark.

Two answers have the same structure if they differ in names of variables, comments, docstrings and layout
alone. Short answers are alike by themselves, and so is what many found: only structures of some length
that few share are listed. Numbers worked out by hand come from the student id, so that long ones in two
notebooks are listed too.
"""

import ast
from collections import Counter, defaultdict
from itertools import combinations

import nbformat

from . import grading

LENGTH = 40  # nodes of an answer's syntax tree from which on likeness says something
FEW = 4  # so many may share a structure; where more do, it is the usual way
PART = 0.2  # … or so much of the class, if that is more
DIGITS = 5  # significant digits of a number that two do not find by chance


def alike(course, name):
    """Groups of students whose answers are alike.

    Returns
    -------
    list of (students, what)
        `students` is a tuple of ids, `what` a list of texts: the answers, and numbers, that they share. The
        pair that shares most comes first.
    """
    answers = {
        student: _answers(course, name, student) for student in grading.results_of(course, name)
    }
    structures, numbers = defaultdict(set), defaultdict(set)
    for student, cells in answers.items():
        for grade_id, source in cells.items():
            tree = _tree(source)
            if tree is None:
                continue
            for number in _long_numbers(tree):
                numbers[number].add(student)
            shape, length = structure(tree)
            if length >= LENGTH:
                structures[grade_id, shape].add(student)
    most = max(FEW, PART * len(answers))
    shared = defaultdict(list)
    for (grade_id, _), students in sorted(structures.items()):
        if 2 <= len(students) <= most:
            for pair in combinations(sorted(students), 2):
                shared[pair].append(f"the code of {grade_id}")
    for number, students in sorted(numbers.items()):
        if 2 <= len(students) <= most:
            for pair in combinations(sorted(students), 2):
                shared[pair].append(f"the number {number}")
    return sorted(_joined(shared), key=lambda found: (-len(found[1]), found[0]))


def _joined(shared):
    """Pairs that share the very same things, as one group where all of them do."""
    groups = defaultdict(list)
    for pair, what in shared.items():
        groups[tuple(what)].append(pair)
    for what, pairs in groups.items():
        students = tuple(sorted({student for pair in pairs for student in pair}))
        if len(pairs) == len(students) * (len(students) - 1) // 2:
            yield students, list(what)
        else:
            yield from ((pair, list(what)) for pair in pairs)


def _answers(course, name, student):
    """The student's code in the cells for answers: grade id -> text."""
    path = course.notebook("submitted", name, student)
    if not path.exists():
        return {}
    cells = nbformat.read(path, as_version=4).cells
    marks = [(cell, cell.metadata.get("nbgrader", {})) for cell in cells]
    return {
        mark["grade_id"]: cell.source
        for cell, mark in marks
        if cell.cell_type == "code" and mark.get("solution")
    }


def _tree(source):
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def structure(tree):
    """The structure of code as a text, and its length in nodes; names of its own are numbered.

    Names that the code binds itself (arguments, what it assigns) are its own; those of functions,
    attributes and modules are not, and neither are numbers.
    """
    own = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            own.setdefault(node.arg, f"_{len(own)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.setdefault(node.id, f"_{len(own)}")
    tree = _Renamed(own).visit(ast.parse(ast.unparse(tree)))
    return ast.dump(tree), sum(1 for _ in ast.walk(tree))


class _Renamed(ast.NodeTransformer):
    """Own names by their number, docstrings left out."""

    def __init__(self, own):
        self.own = own

    def visit_Name(self, node):
        return ast.Name(self.own.get(node.id, node.id), node.ctx)

    def visit_arg(self, node):
        return ast.arg(self.own.get(node.arg, node.arg))

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node


def _long_numbers(tree):
    """Numbers with many digits that stand in the code."""
    found = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            digits = f"{node.value:.15e}".split("e")[0].replace(".", "").strip("-").rstrip("0")
            if len(digits) >= DIGITS:
                found[repr(abs(node.value))] += 1
    return found
