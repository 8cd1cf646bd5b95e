"""Where the files of a course lie, and nbgrader's view of them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

CONFIG = "exercises/nbgrader_config.py"


class CourseError(RuntimeError):
    """Something that the instructor can put right; the message says how."""


@dataclass(frozen=True)
class Course:
    """Folders of a course; everything generated lies in `work`.

    Attributes
    ----------
    root : Path
        The folder that holds `exercises/`.
    """

    root: Path

    @classmethod
    def find(cls, start=None):
        """The course that holds the folder `start` (default: the current one)."""
        start = Path(start or ".").resolve()
        for folder in (start, *start.parents):
            if (folder / CONFIG).is_file():
                return cls(folder)
        raise CourseError(f"no course here: neither {start} nor a folder above it holds {CONFIG}")

    @property
    def exercises(self):
        return self.root / "exercises"

    @property
    def work(self):
        return self.root / "_grading"

    @property
    def gradebook(self):
        return self.work / "gradebook.db"

    def folder(self, step, *parts):
        """A folder of one step: "source", "release", "inbox", "submitted", "autograded", …"""
        return self.work.joinpath(step, *parts)

    def notebook(self, step, assignment, student=None):
        """The notebook of an assignment in one step."""
        parts = [assignment] if student is None else [student, assignment]
        return self.folder(step, *parts, f"{assignment}.ipynb")

    def assignments(self):
        """Names of the assignments: the folders in `exercises/` with a source of the same name."""
        return sorted(
            folder.name
            for folder in self.exercises.iterdir()
            if (folder / f"{folder.name}.md").is_file()
        )

    def check_name(self, assignment):
        """Raise a CourseError that lists the assignments unless `assignment` is one."""
        if assignment not in self.assignments():
            raise CourseError(
                f"there is no assignment {assignment!r}; there are: "
                + ", ".join(self.assignments())
            )

    def config(self, **changes):
        """nbgrader's configuration, with `changes` such as Class={"trait": value}."""
        from traitlets.config import Config, PyFileConfigLoader

        _find_programs()
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.exercises)).load_config()
        config.merge(Config(changes))
        return config

    def api(self, **changes):
        """nbgrader's API for this course."""
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        config = self.config(**changes)
        return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)

    def open_gradebook(self):
        """nbgrader's gradebook, to be used in a `with` statement."""
        from nbgrader.api import Gradebook

        from .gradebook import reachable

        address = self._gradebook_address()
        with reachable(address[0]):
            return Gradebook(*address)

    def _gradebook_address(self):
        """Address and course of the gradebook, as the settings name them."""
        from nbgrader.coursedir import CourseDirectory

        directory = CourseDirectory(config=self.config())
        return directory.db_url, directory.course_id

    def keep_gradebook(self):
        """Keep this course's gradebook at hand for the rest of this process.

        nbgrader opens it ten times a student. Each time it looks for all tables, and forgets the text
        of every query, which takes longer to write than to run.
        """
        from nbgrader.api import Gradebook

        if hasattr(Gradebook, "kept"):
            return
        address, _ = self._gradebook_address()
        kept = Gradebook.kept = {}  # course's name in the gradebook -> what the object holds
        first = Gradebook.__init__

        def __init__(self, db_url, course_id="default_course", authenticator=None):
            if db_url == address and course_id in kept:
                vars(self).update(kept[course_id])
                return
            first(self, db_url, course_id, authenticator)
            if db_url == address:
                kept[course_id] = dict(vars(self))

        Gradebook.__init__ = __init__


def _find_programs():
    """Let nbgrader find `alembic` also when this environment's programs are not on the path."""
    programs = os.path.join(sys.prefix, "bin")
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
