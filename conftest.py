"""For all tests.

pytest names those of the packages after their folders, `code.handgrad.tests.…`, and so hides
Python's own module `code`, which the debugger needs when it is imported: that is done before.
"""

import pdb  # noqa: F401
