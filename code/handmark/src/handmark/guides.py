"""Formgrader shows, below each written answer, the course's own answer and its marking guide.

They are put into the page that the marker sees, and into no file: a notebook that is copied, returned
or turned into feedback holds nothing of them.
"""

from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor

from .course import Course
from .sources import parted

FORMGRADER = "formgrade"  # the template of the page that a marker sees; feedback has another


class ShowGuides(Preprocessor):
    """nbconvert's preprocessor for the exporter that Formgrader makes its pages with."""

    def preprocess(self, notebook, resources):
        """The notebook with a cell after each written answer, in Formgrader; else as it is."""
        if getattr(self.parent, "template_name", None) != FORMGRADER:
            return notebook, resources
        course = Course(Path(self.config.CourseDirectory.root))
        guides = guides_of(course.notebook("source", resources["assignment_id"]))
        cells = []
        for cell in notebook.cells:
            cells.append(cell)
            guide = guides.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if guide is not None:
                cells.append(nbformat.v4.new_markdown_cell(guide))
        notebook.cells = cells
        return notebook, resources


def guides_of(source):
    """What a marker needs for each written answer of an instructor's copy.

    Parameters
    ----------
    source : Path
        The notebook; there is none where the release was made on another machine.

    Returns
    -------
    dict
        Grade id -> Markdown, as a quotation: model answer and marking guide.
    """
    if not source.is_file():
        return {}
    found = {}
    for cell in nbformat.read(source, as_version=4).cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and about.get("grade"):
            answer, guide = parted(cell.source, "MARK SCHEME")
            text = f"*For the marker alone.*\n\n{guide}\n\n**An answer that gets all points.** {answer}"
            found[about["grade_id"]] = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return found
