"""The playground: its modules joined into one script, on the page that holds it and on no other.

```{playground}
What stands here is shown where no script runs.
```

``{play}`words <data=xor&hidden=4>` `` is a link to the playground with that set-up.

The sources in `playground/` are modules, so that each can be read and tested by itself. A browser
takes no modules from a file on disk, so the page gets them as one plain script.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

PAGE = "chapters/14_playground"
SOURCES = Path(__file__).resolve().parent.parent / "playground"
MODULES = ("engine", "chain", "data", "mathml", "notebook", "view")  # each needs earlier ones only
IMPORT = re.compile(r'^import (\{[^}]*\}|\* as \w+) from "\./(\w+)\.mjs";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.M)
SETUP = re.compile(r"(.+?)\s*<(data=[\w=&.-]+)>", re.S)
START = """
const { whenNear, playground } = view_module, root = document.getElementById("playground");
if (root) whenNear(root, () => playground(root));""".strip()


def as_function(name, module, known):
    """A module as a function that is called once and returns what the module exports.

    Raises
    ------
    ValueError
        If it imports a module that does not stand before it, or in another form.
    """

    def taken(found):
        names, source = found.groups()
        if source not in known:
            raise ValueError(f"{name}.mjs: expected an import of {known}, got {source!r}")
        if names.startswith("*"):
            return f"const {names.removeprefix('* as ')} = {source}_module;\n"
        return f"const {names.replace(' as ', ': ')} = {source}_module;\n"

    body = EXPORT.sub("", IMPORT.sub(taken, module))
    if left := re.search(r"^(import|export)\b.*", body, re.M):
        raise ValueError(f"{name}.mjs: expected an import or export on one line, got {left[0]!r}")
    exported = ", ".join(EXPORT.findall(module))
    return f"const {name}_module = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def joined(folder=SOURCES):
    """All modules as one script that needs nothing from elsewhere."""
    parts = [
        as_function(name, (folder / f"{name}.mjs").read_text("utf-8"), MODULES[:k])
        for k, name in enumerate(MODULES)
    ]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + f"{START}\n}})();\n"


class Playground(Directive):
    has_content = True

    def run(self):
        self.assert_has_content()
        box = nodes.container(classes=["playground"], ids=["playground"])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


def play_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """A link to the playground, with the set-up that stands between the angle brackets."""
    found = SETUP.fullmatch(text)
    if not found:
        message = inliner.reporter.error(
            f"play: expected `words <data=…>`, got {text!r}", line=lineno
        )
        return [inliner.problematic(rawtext, rawtext, message)], [message]
    words, setup = found.groups()
    env = inliner.document.settings.env
    page = "" if env.docname == PAGE else env.app.builder.get_relative_uri(env.docname, PAGE)
    return [nodes.reference(rawtext, words, refuri=f"{page}#{setup}", internal=True)], []


def add_assets(app, config):
    made = Path(app.doctreedir) / "playground"
    made.mkdir(parents=True, exist_ok=True)
    (made / "playground.js").write_text(joined(), "utf-8")
    shutil.copyfile(SOURCES / "playground.css", made / "playground.css")
    config.html_static_path.append(str(made))


def furnish(app, pagename, templatename, context, doctree):
    if app.builder.format == "html" and 'id="playground"' in (context.get("body") or ""):
        app.add_css_file("playground.css")  # for this page: Sphinx takes it back
        app.add_js_file("playground.js", loading_method="defer")


def setup(app):
    app.add_directive("playground", Playground)
    app.add_role("play", play_role)
    app.connect("config-inited", add_assets)
    app.connect("html-page-context", furnish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
