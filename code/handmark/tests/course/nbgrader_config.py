"""nbgrader's settings of a small course: handmark's, and what is its own."""

from handmark.settings import settle

c = get_config()  # noqa: F821 (given by nbgrader)
settle(c, __file__)
c.CourseDirectory.course_id = "small"
