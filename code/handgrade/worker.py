"""Grade one student: `python -m handgrade.worker ROOT ASSIGNMENT STUDENT sandbox|no-sandbox`."""

import sys
from pathlib import Path

from . import grading
from .course import Course

if __name__ == "__main__":
    root, name, student, how = sys.argv[1:]
    grading.grade_one(Course(Path(root)), name, student, sandboxed=how == "sandbox")
