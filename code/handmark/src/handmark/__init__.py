"""Instructor commands around nbgrader: release, collect, grade and return exercise notebooks.

Students need nothing of this package: what their notebooks import is `handgrad.tasks`.
"""

__version__ = "0.1.0"
