"""The same source gives the same bytes: fixed hash seed, fixed date, no random names in pictures."""

import os

# 1 January 2026: dates inside generated files; the book itself prints none
EPOCH = "1767225600"


def fix_environment(app, config):
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ.setdefault("SOURCE_DATE_EPOCH", EPOCH)


def setup(app):
    app.connect("config-inited", fix_environment, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
