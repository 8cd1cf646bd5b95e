"""What sentences point to: a claim that is missing, stale or does not hold stops the build.

``{claim}`ch06-fastest` `` behind a sentence, and ``# claim: ch06-fastest`` in a code cell, name what
holds the sentence up (`claims.conclusions`). Readers see neither. Here each is looked up, once a
build, without running anything; what is wrong is a warning with file and line.
"""

import sys
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

log = logging.getLogger(__name__)


def home(app):
    return Path(app.config.handgrad_root or app.srcdir)


def look_up(app, env):
    root, folder = home(app), Path(app.srcdir) / "chapters"
    if not (root / "claims/conclusions").is_dir():
        return
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    from claims.conclusions.pages import Claims

    for path, line, message in Claims(root, folder).problems():
        log.warning(message, location=f"{path}:{line}", type="claims")


def hide_comments(app, doctree):
    """Take the comments that only the checks read out of the code that is shown."""
    from notebooks import POINTER

    for block in doctree.findall(nodes.literal_block):
        text = block.astext()
        if "# claim: " in text or "# check: " in text:
            block.rawsource = "\n".join(t for t in text.split("\n") if not POINTER.match(t))
            block.children = [nodes.Text(block.rawsource)]


def setup(app):
    app.connect("env-check-consistency", look_up)
    app.connect("doctree-read", hide_comments)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
