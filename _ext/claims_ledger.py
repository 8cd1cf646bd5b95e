"""The claims ledger on the site: links to its rows, its script and style, its CSV as a file.

``{claim}`S2-11` `` in a chapter links to that row of the ledger; an id that `claims.json` does not
hold is an error of the build. Any other name in that role shows nothing: `claim_pointers` looks
after it. Pages with the ledger or the errata get `assets/ledger.css` and `assets/ledger.js`, other
pages do not.
"""

import base64
import json
import re
from pathlib import Path

from docutils import nodes
from elements import replaced

HERE = Path(__file__).parent
LEDGER = "chapters/ledger"
ROW = re.compile(r"S\d-\d+")
CSV_LINK = '<a class="ledger-csv"', "</a>"
CSV = "data:text/csv;base64,"


def known_claims(root):
    found = json.loads((Path(root) / "claims" / "ledger" / "claims.json").read_text("utf-8"))
    return {claim["id"] for claim in found}


def claim_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """A link to a row of the ledger; nothing for a claim of another kind."""
    if not ROW.fullmatch(text):
        return [], []
    env = inliner.document.settings.env
    if not hasattr(env.app, "known_claims"):
        env.app.known_claims = known_claims(env.app.srcdir)
    if text not in env.app.known_claims:
        message = inliner.reporter.error(f"the ledger has no claim {text!r}", line=lineno)
        return [inliner.problematic(rawtext, rawtext, message)], [message]
    address = env.app.builder.get_relative_uri(env.docname, LEDGER) + "#" + text.lower()
    return [nodes.reference(rawtext, text, refuri=address, internal=True)], []


def add_assets(app, config):
    config.html_static_path.append(str(HERE / "assets"))


def furnish(app, pagename, templatename, context, doctree):
    body = context.get("body") or ""
    if app.builder.format != "html":
        return
    if 'class="ledger"' not in body and 'class="errata"' not in body:
        return

    def to_file(text, link):
        folder = Path(app.outdir) / "_downloads"
        folder.mkdir(parents=True, exist_ok=True)
        data = link["href"].removeprefix(CSV)
        (folder / "ledger.csv").write_bytes(base64.b64decode(data, validate=True))
        return text.replace(link["href"], context["pathto"]("_downloads/ledger.csv", 1))

    context["body"] = replaced(body, *CSV_LINK, to_file)
    app.add_css_file("ledger.css")  # for this page: Sphinx takes it back
    if 'class="ledger"' in body:
        app.add_js_file("ledger.js", loading_method="defer")


def setup(app):
    app.add_role("claim", claim_role)
    app.connect("config-inited", add_assets)
    app.connect("html-page-context", furnish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
