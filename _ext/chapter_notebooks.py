"""The notebook of each chapter, for download, and the bar under its title that opens it.

The notebooks are made by `tools/notebooks.py`, the same that Binder runs.
"""

import sys
from pathlib import Path
from urllib.parse import quote

import insides
from fresh_pages import written
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import address
import notebooks

log = logging.getLogger(__name__)
FOLDER = "notebooks"
# branch of the repository that holds the generated notebooks, for Colab, which can't make them
BRANCH = "notebooks"
BAR = """<div class="run-chapter" role="group" aria-label="Run this chapter">
<a class="run-link run-main" href="{binder}">Run this chapter</a>
<a class="run-link" href="{colab}">Open in Colab</a>
<a class="run-link" href="{download}" download>Download the notebook</a>
</div>"""


def launch_links(repository, name):
    """Addresses that open the notebook `name` on Binder and on Colab."""
    owner, project = address.owner_and_name(repository["url"])
    branch = quote(repository.get("branch", "main"), safe="")
    lab = quote(f"lab/tree/{FOLDER}/{name}.ipynb", safe="")
    return {
        "binder": f"https://mybinder.org/v2/gh/{owner}/{project}/{branch}?urlpath={lab}",
        "colab": "https://colab.research.google.com/github/"
        f"{owner}/{project}/blob/{BRANCH}/{name}.ipynb",
    }


def the_book(app):
    if not hasattr(app, "book_of_notebooks"):
        app.book_of_notebooks = notebooks.Book(Path(app.srcdir))
    return app.book_of_notebooks


def add_bar(app, pagename, templatename, context, doctree):
    if pagename not in the_book(app).with_notebook:
        return
    name = Path(pagename).name
    links = launch_links(the_book(app).repository, name)
    bar = BAR.format(download=context["pathto"](f"{FOLDER}/{name}.ipynb", 1), **links)
    context["body"] = insides.below_title(context["body"], bar)


def write_notebooks(app, exception):
    if exception or app.builder.format != "html":
        return
    book = the_book(app)
    for page in written.intersection(book.with_notebook):
        try:
            notebook = notebooks.make(book, page, Path(insides.execution(app.env).output_folder))
        except notebooks.NotPlain as problem:
            log.warning("no notebook for students: %s", problem, location=page, type="notebooks")
            continue
        notebooks.write(notebook, Path(app.outdir) / FOLDER / f"{Path(page).name}.ipynb")


def setup(app):
    app.connect("html-page-context", add_bar, priority=700)
    app.connect("build-finished", write_notebooks, priority=500)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
