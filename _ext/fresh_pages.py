"""Which pages a build writes: those that changed, and all where something they show of others did.

Sphinx writes again what it read again, and that is not enough: a page shows numbers and titles of
other pages, the style sheet is named by its content, and our own extensions may have changed. So
what pages show of each other is summed up, and where the sum differs from that of the last
finished build, every page is written. A build that warned leaves no sum and no list of what was
read: the next one reads every page again, and warns again.
"""

import hashlib
import json
from pathlib import Path

import insides
from docutils import nodes

HERE = Path(__file__).resolve().parent
written = set()  # names of the pages of this build


def plain(value):
    """`value` with words for nodes and in a fixed order, so that equal things read the same."""
    if isinstance(value, nodes.Node):
        return value.astext()
    if isinstance(value, dict):
        return sorted((str(plain(k)), plain(v)) for k, v in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(str(plain(v)) for v in value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)


def citations(env):
    """Page and works of each citation, for the bibliography; Sphinx keeps them in no fixed order."""
    found = env.get_domain("cite").citation_refs
    return {(ref.docname, target.key) for ref in found for target in ref.targets}


def own_files():
    """What makes pages, beside Sphinx and the sources: our extensions and what they use."""
    root = HERE.parent
    found = [
        p for folder in (HERE, root / "images", root / "playground") for p in folder.rglob("*")
    ]
    files = [p for p in found if p.is_file() and "__pycache__" not in p.parts]
    tools = root / "tools"
    return sorted([*files, *(tools / f"{name}.py" for name in ("address", "citing", "notebooks"))])


def code_digest():
    """A name for the code of our extensions: when it changes, Sphinx reads every page again."""
    found = hashlib.sha256()
    for path in own_files():
        if path.suffix == ".py":
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def exported(env):
    """A name for everything that a page may show of others, and for what furnishes all pages."""
    found = hashlib.sha256()
    for path in own_files():
        found.update(path.name.encode() + path.read_bytes())
    kept = [
        env.found_docs,
        env.titles,
        env.toc_secnumbers,
        env.toc_fignumbers,
        env.toctree_includes,
        insides.exercises(env),
        citations(env),
        *insides.exports(env),
    ]
    found.update(json.dumps(plain(kept)).encode())
    return found.hexdigest()


def state_file(app):
    return Path(app.doctreedir) / "pages.json"


def choose(app, env):
    """The pages to write beside those that Sphinx read again."""
    path = state_file(app)
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.unlink(missing_ok=True)  # an interrupted build leaves none
    app.exported = exported(env)
    app.page_styles = before.get("styles", {})
    return [] if before.get("exported") == app.exported else sorted(env.found_docs)


def note_page(app, pagename, templatename, context, doctree):
    written.add(pagename)


def remember(app, exception):
    """Keep the sum for the next build, or let it start afresh where this one failed or warned."""
    if exception or insides.warnings(app):
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)
    else:
        state = {"exported": app.exported, "styles": app.page_styles}
        state_file(app).write_text(json.dumps(state, sort_keys=True), "utf-8")


def setup(app):
    app.add_config_value("handgrad_extensions", "", "env")
    app.connect(
        "config-inited",
        lambda app, config: config.__setattr__("handgrad_extensions", code_digest()),
    )
    app.connect("env-get-updated", choose, priority=900)  # after sections and figures are numbered
    app.connect("html-page-context", note_page)
    app.connect("build-finished", remember, priority=950)
    # the pages written are noted in this process, so other processes must not write any
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
