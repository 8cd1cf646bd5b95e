"""The whole book as one EPUB 3: `make epub`.

python tools/epub.py [--site FOLDER] [--out FILE]

XHTML with MathML, the fonts and pictures of the site, a style of its own for light and dark. The same
site gives the same bytes: the one date in it is that of CITATION.cff.
"""

import io
import re
import sys
import uuid
import zipfile
from pathlib import Path

import whole_book
from pygments.formatters import HtmlFormatter
from whole_book import NotABook, WholeBook, escaped

XHTML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="{up}style.css"/></head>
<body>
{body}
</body>
</html>
"""
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="identifier" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="identifier">{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en-GB</dc:language>
<dc:creator>{authors}</dc:creator>
<dc:date>{date}</dc:date>
<dc:description>{abstract}</dc:description>
<dc:rights>{licence}</dc:rights>
<dc:source>{address}</dc:source>
{subjects}
<meta property="dcterms:modified">{date}T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessModeSufficient">textual,visual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">displayTransformability</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">readingOrder</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">{summary}</meta>
</metadata>
<manifest>
{manifest}
</manifest>
<spine>
{spine}
</spine>
</package>
"""
SUMMARY = (
    "Formulas are MathML, and every figure has an alternative text that says what there is to see. "
    "Nothing moves."
)
MEDIA = {
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
}
ID = re.compile(r'\sid="([^"]+)"')
INSIDE = re.compile(r'href="#([^"]+)"')
SOURCE = re.compile(r'src="([^"]+)"')
HERE = Path(__file__).parent
CODE_STYLES = {
    "": "a11y-high-contrast-light",
    "@media (prefers-color-scheme: dark)": "a11y-high-contrast-dark",
}


def as_png(data):
    """A picture that older reading systems don't know, as PNG."""
    from PIL.Image import open as picture

    out = io.BytesIO()
    picture(io.BytesIO(data)).save(out, "png", optimize=True)
    return out.getvalue()


def style():
    """The style sheet: that of the book, and the colours of code."""
    parts = [(HERE / "epub.css").read_text("utf-8")]
    for condition, name in CODE_STYLES.items():
        rules = [
            line
            for line in HtmlFormatter(style=name).get_style_defs(".highlight").splitlines()
            if line.startswith(".highlight .") and "color" in line
        ]
        parts.append("\n".join([f"{condition} {{", *rules, "}"] if condition else rules))
    return "\n".join(parts)


def media_type(name):
    return MEDIA[Path(name).suffix]


class Epub:
    """The files of the EPUB, by their names below `EPUB/`."""

    def __init__(self, book):
        self.book, self.files, self.images = book, {}, {}
        self.texts = {c.name: book.markup(c.body) for c in book.chapters}
        self.file_of = {}
        for chapter in book.chapters:
            self.file_of[chapter.name] = chapter.name
            self.file_of |= dict.fromkeys(ID.findall(self.texts[chapter.name]), chapter.name)
        self.files["style.css"] = style()
        for path in sorted((book.site / "_static/fonts").iterdir()):
            self.files[f"fonts/{path.name}"] = path.read_bytes()
        self.files["images/cover.png"] = (book.root / "images/cover.png").read_bytes()
        self.files["nav.xhtml"] = self._contents()
        title = book.title_page()
        self.files["text/title.xhtml"] = self._page(book.title, title)
        for chapter in book.chapters:
            self.files[f"text/{chapter.name}.xhtml"] = self._chapter(chapter)
        self.files["package.opf"] = self._package()

    def _page(self, title, body, up="../"):
        return XHTML.format(title=escaped(title), body=body, up=up)

    def _contents(self):
        def link(chapter, place):
            return f"text/{chapter.name}.xhtml" + (f"#{place}" if place else "")

        first, end = self.book.chapters[0], "solutions"
        back = next(c for c in self.book.chapters if c.name.startswith(end))
        body = (
            f'<nav epub:type="toc" role="doc-toc" id="toc"><h1>Contents</h1>\n'
            f"{self.book.contents(link)}</nav>\n"
            '<nav epub:type="landmarks" hidden="hidden"><h2>Guide</h2><ol>'
            '<li><a epub:type="titlepage" href="text/title.xhtml">Title</a></li>'
            '<li><a epub:type="toc" href="#toc">Contents</a></li>'
            f'<li><a epub:type="bodymatter" href="{link(first, "")}">Begin reading</a></li>'
            f'<li><a epub:type="backmatter" href="{link(back, "")}">Solutions</a></li></ol></nav>'
        )
        return self._page("Contents", body, up="")

    def _chapter(self, chapter):
        def link(found):
            target = self.file_of.get(found[1])
            if target is None:
                raise NotABook(f"{chapter.name}: expected #{found[1]} in the book, found none")
            file = "" if target == chapter.name else f"{target}.xhtml"
            return f'href="{file}#{found[1]}"'

        text = SOURCE.sub(self._image, INSIDE.sub(link, self.texts[chapter.name]))
        text = text.replace("<math", '<math xmlns="http://www.w3.org/1998/Math/MathML"')
        body = f'<section id="{chapter.name}" class="chapter">{text}</section>'
        return self._page(chapter.title, body)

    def _image(self, found):
        path = self.book.site / found[1]
        name = path.name
        data = path.read_bytes()
        if path.suffix == ".webp":
            name, data = f"{path.stem}.png", as_png(data)
        self.files[f"images/{name}"] = data
        return f'src="../images/{name}"'

    def _package(self):
        book = self.book
        items, spine = [], []
        for name in sorted(self.files):
            properties = []
            text = self.files[name]
            if name == "nav.xhtml":
                properties.append("nav")
            elif name == "images/cover.png":
                properties.append("cover-image")
            elif name.endswith(".xhtml") and "<math" in text:
                properties.append("mathml")
            said = f' properties="{" ".join(properties)}"' if properties else ""
            items.append(
                f'<item id="{self._item(name)}" href="{name}" media-type="{media_type(name)}"{said}/>'
            )
        for name in (
            "text/title.xhtml",
            "nav.xhtml",
            *(f"text/{c.name}.xhtml" for c in book.chapters),
        ):
            spine.append(f'<itemref idref="{self._item(name)}"/>')
        return PACKAGE.format(
            identifier=uuid.uuid5(uuid.NAMESPACE_URL, book.address).urn,
            title=escaped(book.title),
            authors=escaped(book.authors),
            date=book.date,
            abstract=escaped(book.about["abstract"]),
            licence=escaped(book.licence),
            address=book.address,
            subjects="\n".join(
                f"<dc:subject>{escaped(word)}</dc:subject>" for word in book.about["keywords"]
            ),
            summary=SUMMARY,
            manifest="\n".join(items),
            spine="\n".join(spine),
        )

    def _item(self, name):
        return "i-" + re.sub(r"[^\w-]", "-", name)

    def write(self, path):
        """Write the archive: what it is first and plain, then the files by their names."""
        when = (*map(int, self.book.date.split("-")), 0, 0, 0)
        entries = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
        entries |= {f"EPUB/{name}": self.files[name] for name in sorted(self.files)}
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in entries.items():
                info = zipfile.ZipInfo(name, when)
                info.create_system, info.external_attr = 3, 0o644 << 16
                plain = name == "mimetype" or name.endswith((".png", ".woff2"))
                info.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
                archive.writestr(info, data, compresslevel=9)


def main():
    chosen = whole_book.arguments("epub", __doc__.splitlines()[0])
    try:
        Epub(WholeBook(chosen.site)).write(chosen.out)
    except NotABook as problem:
        sys.exit(str(problem))
    print(f"{chosen.out} ({chosen.out.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
