"""Figures of `handgrad.explore` on the page: frames become files, fetched when a reader wants them.

`explore` writes a `<figure class="hg-figure">` with its frames as data URIs. Here each is written
once to `_images/figures/` under a name made of its content, and the script and style of the
figures are added to the pages that hold one.
"""

import base64
import hashlib
import json
import os
import re
from itertools import count
from pathlib import Path
from urllib.parse import unquote_to_bytes

from elements import replaced
from fresh_pages import written

FIGURE = '<figure class="hg-figure', "</figure>"
# a saved notebook carries its script and style; a page takes them from shared files
ASSETS = "<!--hg-assets-->", "<!--/hg-assets-->"
KINDS = {"image/svg+xml": "svg", "image/png": "png", "image/webp": "webp"}


def find_assets(app, config):
    os.environ.setdefault("HANDGRAD_FACE", "static")  # kernels started by this process inherit it
    import handgrad

    # not the book's own _static: Jupyter Book puts every script found there on every page
    config.html_static_path.append(str(Path(handgrad.__file__).parent / "assets"))


def strings(value):
    """All strings in what a JSON text says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def pictures(figure):
    """Addresses of the pictures of a figure that hold the picture itself, each once."""
    found = [image["src"] for image in figure.find_all("img")]
    for script in figure.find_all("script", type="application/json"):
        found += strings(json.loads(script.string))
    return dict.fromkeys(uri for uri in found if uri.startswith("data:image/"))


def frames_to_files(html, folder, link):
    """`html` with each picture of a figure in `folder`, named by its content; `link(name)` -> URL.

    Raises
    ------
    RuntimeError
        If a picture is left in a figure.
    """

    def to_file(uri):
        about, _, text = uri.removeprefix("data:").partition(",")
        kind, *parameters = about.split(";")
        data = base64.b64decode(text) if "base64" in parameters else unquote_to_bytes(text)
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{KINDS[kind]}"
        target = folder / name
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(f".{os.getpid()}.tmp")
            unfinished.write_bytes(data)
            unfinished.replace(target)  # atomic: pages may be written in parallel
        return link(name)

    def moved(text, figure):
        for uri in sorted(pictures(figure), key=len, reverse=True):
            text = text.replace(uri, to_file(uri))
        if "data:image/" in text:
            at = text.index("data:image/")
            raise RuntimeError(
                "expected pictures of a figure in its <img> and its JSON, found one left over: "
                f"…{text[max(at - 60, 0) : at + 40]}…"
            )
        return text

    return replaced(replaced(html, *FIGURE, moved), *ASSETS, lambda text, element: "")


def later_pictures_when_near(html):
    """All but the first picture are fetched when the reader comes near them."""
    number = count()

    def later(text, figure):
        return text.replace("<img ", '<img loading="lazy" ', 1) if next(number) else text

    return replaced(html, *FIGURE, later)


def externalise(app, pagename, templatename, context, doctree):
    body = context.get("body") or ""
    if '<figure class="hg-figure' not in body or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_images" / "figures"
    body = frames_to_files(
        body, folder, lambda name: context["pathto"]("_images/figures/" + name, 1)
    )
    context["body"] = later_pictures_when_near(body)
    if '<figure class="hg-figure hg-explore' in body:
        app.add_js_file("explore.js", loading_method="defer")  # for this page: Sphinx takes it back


def drop_old_frames(app, exception):
    """Remove the frames that no page shows any longer."""
    if exception or app.builder.format != "html" or not written:
        return
    out = Path(app.outdir)
    shown = set()
    for page in out.rglob("*.html"):
        shown.update(re.findall(r"_images/figures/([\w.]+)", page.read_text("utf-8", "ignore")))
    for frame in (out / "_images/figures").glob("*"):
        if frame.name not in shown:
            frame.unlink()


def setup(app):
    app.add_css_file("explore.css")  # small, and one style sheet for all pages is fetched once
    app.connect("config-inited", find_assets)
    app.connect("html-page-context", externalise)
    app.connect("build-finished", drop_old_frames)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
