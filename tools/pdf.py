"""The whole book as one tagged PDF with bookmarks: `make pdf`.

python tools/pdf.py [--site FOLDER] [--out FILE]

Printed by Chromium from one page that holds all chapters, with the style sheets of the site and what
they say for paper. What is wider than the sheet is set smaller, until it fits. It is printed twice: the
first time tells on which pages the chapters are, which the contents say the second time.
"""

import re
import sys
import tempfile
from pathlib import Path

import pypdf
import whole_book
from browser import NoBrowser, chromium
from whole_book import NotABook, WholeBook, escaped

MARGIN = {"top": "16mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
WIDTH, HEIGHT = 658, 986  # px of what is printed on A4 within these margins: 174 by 261 mm
STYLE = re.compile(r'<link rel="stylesheet" href="\.\./(_static/book\.[^"]+)"')
PLAIN_CODE = re.compile(
    r'<span(?: class="(?:n|p|o|w|nb|nc|nd|ne|nf|nn|bp|fm|vm|kc|mi|mf|ow|sa|si|se|pre|sig-paren)")?>([^<]*)</span>'
)
ENTRY = re.compile(r'(<a href="#([^"]+)">)(.*?)</a>')
HERE = Path(__file__).parent
FOOT = (
    '<div style="font: 8pt serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def uncoloured(html):
    """`html` without the spans of code that are names, signs and numbers.

    A tagged PDF has an element for each; they are three quarters of all, and twenty megabytes.
    """
    for _ in range(2):
        html = PLAIN_CODE.sub(r"\1", html)
    return html


def styles(book):
    """Names of the style sheets of the pages, each once."""
    found = {}
    for page in book.pages:
        found |= dict.fromkeys(STYLE.findall((book.site / f"{page}.html").read_text("utf-8")))
    return list(found)


def markup(book):
    """The whole book as one page of HTML; files of the site by their absolute addresses."""
    site = book.site.resolve().as_uri()
    paper = (HERE / "pdf.css").read_text("utf-8")
    links = "".join(f'<link rel="stylesheet" href="{site}/{name}">' for name in styles(book))
    contents = ENTRY.sub(
        r'\1<span>\3</span><span class="page-number" data-of="\2"></span></a>',
        book.contents(lambda chapter, place: f"#{place or chapter.name}"),
    )
    chapters = "\n".join(
        f'<article class="bd-article" id="{c.name}">{book.markup(c.body)}</article>'
        for c in book.chapters
    )
    chapters = re.sub(r'src="(?=_)', f'src="{site}/', chapters)
    chapters = uncoloured(chapters)
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f"<title>{escaped(book.title)}</title>"
        f'<meta name="author" content="{escaped(book.authors)}">{links}<style>{paper}</style></head>'
        '<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container">'
        f'<article class="bd-article" style="break-before: auto">{book.title_page()}</article>'
        f'<article class="bd-article"><nav class="whole-contents"><h1>Contents</h1>{contents}</nav></article>'
        f"{chapters}</div></div></main></body></html>"
    )


def pages_of(path):
    """Name -> number of the page, from 1, of each place in a PDF that something links to."""
    reader = pypdf.PdfReader(path)
    return {
        name.removeprefix("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


NUMBER = """pages => document.querySelectorAll("[data-of]").forEach(e => {
  e.textContent = pages[e.dataset.of] ?? "";
})"""


def write(book, path, browser):
    """Print the book; what was set smaller, and what sticks out of the sheet nevertheless."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="whole-book-") as folder:
        html = Path(folder, "book.html")
        html.write_text(markup(book), "utf-8")
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        page = context.new_page()
        page.set_default_timeout(0)  # a book takes longer than a page
        page.emulate_media(media="print")
        page.goto(html.as_uri(), wait_until="load")
        page.evaluate("document.fonts.ready.then(() => 0)")
        fitted = page.evaluate((HERE / "pdf.js").read_text("utf-8"), WIDTH)
        sheet = {
            "path": path,
            "format": "A4",
            "margin": MARGIN,
            "print_background": True,
            "display_header_footer": True,
            "header_template": "<span></span>",
            "footer_template": FOOT,
        }
        page.pdf(**sheet)
        before, told = pages_of(path), {}
        for _ in range(3):  # a picture that came late may move pages once more
            if before == told:
                break
            page.evaluate(NUMBER, before)
            page.pdf(**sheet, tagged=True, outline=True)
            told, before = before, pages_of(path)
        if before != told:
            raise RuntimeError(
                "the pages move with each print: the contents can't say their numbers"
            )
        context.close()
    return fitted


def main():
    chosen = whole_book.arguments("pdf", __doc__.splitlines()[0])
    try:
        book = WholeBook(chosen.site)
        with chromium() as browser:
            fitted = write(book, chosen.out, browser)
    except (NotABook, NoBrowser) as problem:
        sys.exit(str(problem))
    if fitted["out"]:
        sys.exit("wider than the sheet: " + "; ".join(fitted["out"]))
    print(f"{chosen.out} ({chosen.out.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
