"""The gradebook's database: a file of the course's own, or one on a PostgreSQL server.

A file does for one machine. Graders on several machines, or several at once who mark by hand,
share a database on a server; `handmark.settings.settle(…, gradebook="postgresql://…")` names it.
"""

import contextlib
import importlib.util
from urllib.parse import unquote

from .course import CourseError

#: Which of the server's advisory locks is held while tables and students are made; any number does.
LOCK = 20_091_106
EXAMPLE = "postgresql://HOST/DATABASE"


def address(text):
    """The address of a PostgreSQL database in the form that nbgrader's SQLAlchemy takes.

    Parameters
    ----------
    text : str
        `postgresql://HOST/DATABASE` in libpq's form; user and password are better left to
        libpq's own places (`PGUSER`, `~/.pgpass`) than written into a file under version control.

    Returns
    -------
    str
        The same with the driver's name.

    Raises
    ------
    CourseError
        If it is no such address, or the driver is not installed.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not rest:
        raise CourseError(f"gradebook: expected an address like {EXAMPLE}, got {text!r}")
    if importlib.util.find_spec("psycopg") is None:
        raise CourseError(
            "a gradebook in PostgreSQL needs its driver: pip install 'handmark[postgresql]'"
        )
    return f"postgresql+psycopg://{rest}"


@contextlib.contextmanager
def reachable(db_url):
    """Turn a database that does not answer into a CourseError that says where it was looked for."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError as error:
        url = make_url(db_url)
        if url.get_backend_name() != "postgresql":
            raise
        why = str(error.orig).strip().splitlines()[-1]
        place = unquote(url.render_as_string(hide_password=True))
        raise CourseError(
            f"the gradebook {place} does not answer: {why}\n"
            "Does the server run, may you log in (try: psql), is the network there?"
        ) from None


def prepare(course, students=()):
    """Make the tables if there are none, and the entries of the course and of `students`.

    Two graders may begin at the same moment: on a server one waits for the other, so that none
    finds half of the tables or makes a student a second time.

    Raises
    ------
    CourseError
        If the server does not answer.
    """
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=course.config())
    with reachable(directory.db_url), _alone(directory.db_url):
        # nbgrader's own steps open it without the name of the course as well
        Gradebook(directory.db_url).close()
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            known = {student.id for student in gradebook.students}
            for student in students:
                if student not in known:
                    gradebook.update_or_create_student(student)


@contextlib.contextmanager
def _alone(db_url):
    """Hold the server's lock; a file has locks of its own."""
    from sqlalchemy import create_engine, text

    engine = create_engine(db_url)
    if engine.dialect.name != "postgresql":
        yield
        return
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK})
            yield  # the lock ends with the connection
    finally:
        engine.dispose()
