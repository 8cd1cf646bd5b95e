"""nbgrader's settings of a course.

Everything that is generated lies in one folder, `_grading/`, which git ignores. The notebooks that
nbgrader calls "source" are generated too: the sources are the `.md` files beside this one, which
nbgrader must never copy into a release because they hold the solutions.
"""

from pathlib import Path

c = get_config()  # noqa: F821 (given by nbgrader)

root = Path(__file__).resolve().parent.parent
c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "backpropagation"
c.CourseDirectory.source_directory = "_grading/source"
c.CourseDirectory.release_directory = "_grading/release"
c.CourseDirectory.submitted_directory = "_grading/submitted"
c.CourseDirectory.autograded_directory = "_grading/autograded"
c.CourseDirectory.feedback_directory = "_grading/feedback"
c.CourseDirectory.solution_directory = "_grading/solution"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.md"]

# Several students are graded at once: a process waits for the other's writing to end. For a
# gradebook shared by several machines put a PostgreSQL address here.
c.CourseDirectory.db_url = f"sqlite:///{root}/_grading/gradebook.db?timeout=120"

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

# Feedback pages show what students write and what their code outputs: scripts are taken out.
c.SanitizeHTML.enabled = True
