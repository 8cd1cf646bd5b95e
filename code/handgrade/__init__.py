"""Instructor commands around nbgrader: release, collect, grade and return the exercises.

Students need only two modules of this package, which the released notebooks import:
`handgrade.expect` (failure messages) and `handgrade.numbers` (numbers that differ from student
to student). Everything else is for instructors and needs the optional extra `grading`.
"""
