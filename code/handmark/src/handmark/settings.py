"""nbgrader's settings of a course, in one place.

A course's `exercises/nbgrader_config.py` asks for them and adds what is its own:

    from handmark.settings import settle

    c = get_config()
    settle(c, __file__)
    c.CourseDirectory.course_id = "backpropagation"
"""

from pathlib import Path

from traitlets.config import Config

from . import gradebook as database


def settle(c: Config, config_file: str | Path, gradebook: str | None = None) -> None:
    """Put the usual settings into `c`, for the course of this configuration file.

    `gradebook` is the address of a PostgreSQL database, `postgresql://HOST/DATABASE`, for several
    graders at once (see `handmark.gradebook`); None: a file of the course's own.

    Everything that is generated lies in one folder, `_grading/` beside `exercises/`. The notebooks
    that nbgrader calls "source" are generated too: the sources are the `.md` files below
    `exercises/`, which nbgrader must never copy into a release because they hold the solutions.
    """
    root = Path(config_file).resolve().parent.parent
    c.CourseDirectory.root = str(root)
    for step in ("source", "release", "submitted", "autograded", "feedback", "solution"):
        c.CourseDirectory[f"{step}_directory"] = f"_grading/{step}"
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.md"]

    # Several students are graded at once: a process waits for the other's writing to end.
    file = f"sqlite:///{root}/_grading/gradebook.db?timeout=120"
    c.CourseDirectory.db_url = file if gradebook is None else database.address(gradebook)

    # The student's cells and the tests run in two kernels (handmark.execute), in a sandbox.
    c.Autograde.autograde_preprocessors = [
        "handmark.execute.SeparatedExecute",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.SeparatedExecute.sandboxed = True

    c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
    c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
    c.ClearMarkScheme.enforce_metadata = False  # marking guides stand in the written answers' cells

    # Formgrader shows them to the marker; feedback is made by the same exporter, and does not.
    c.HTMLExporter.preprocessors = ["handmark.guides.ShowGuides"]

    # Feedback pages show what students write and what their code outputs: scripts are taken out.
    c.SanitizeHTML.enabled = True
