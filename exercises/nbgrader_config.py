"""nbgrader's settings for these exercises: handmark's, and what is this course's own."""

from handmark.settings import settle

c = get_config()  # noqa: F821 (given by nbgrader)
settle(c, __file__)
c.CourseDirectory.course_id = "backpropagation"
