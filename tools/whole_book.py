"""The whole book as one document, made from the built site: what `make pdf` and `make epub` begin with.

The pages come in the order of `_toc.yml`, each as a chapter. On paper nothing moves and nothing folds:
figures stand as they are first shown, with a link to where they move; hints, solutions, answers and
folded code go to the back of the book, with a link there and one back. Ids are made unique by the page
they stand on, links between pages lead to places in the book, all others to the site.

`offer` puts links to the finished files on the landing page of the site.
"""

import argparse
import posixpath
import re
import shutil
import sys
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import notebooks
import yaml
from bs4 import BeautifulSoup, Comment, Tag

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "_build"
FILE = "backpropagation-by-hand"
KINDS = {"pdf": "PDF", "epub": "EPUB"}
# what only a screen can use: buttons to run the chapter, marks that open, links of a heading to itself
ON_SCREEN = (
    "script, .run-chapter, .headerlink, details.held, .toctree-wrapper, .ledger-controls, .editions"
)
BLOCKS = ["p", "ul", "ol", "dl", "div", "table"]
CONTENT = "section#exercise-content, section#solution-content"
ONLY_SITE = ("loading", "tabindex", "download", "data-room", "data-more-room")
BACK_PARTS = "Hints and solutions", "Folded code"
# code and formulas, nine elements of ten, stay text: to read them as elements takes a minute
KEPT = re.compile(r"<(pre|math)\b.*?</\1>", re.S)
KEPT_AT = re.compile("\ue000(\\d+)\ue001")
BAD_STYLE = re.compile(r'style="[^"]*undefined[^"]*"')  # of Temml: settings that are no style


class NotABook(RuntimeError):
    """The built site cannot be made one book."""


@dataclass
class Chapter:
    """A part of the book that begins on a page of its own: `name` is its id and its file's name."""

    name: str
    title: str
    part: str
    body: Tag
    sections: list = field(default_factory=list)  # (id, title) of what the contents list below it


def name_of(page):
    """A name for ids and files: "c03_one_weight", since neither may begin with a digit."""
    stem = Path(page).stem
    return f"c{stem}" if stem[0].isdigit() else stem


def clean(identity):
    """An id that XML takes: "chapters/03-solution-1" has a slash."""
    return re.sub(r"[^\w.-]", "-", identity)


def parts_of(toc):
    """(page, caption of its part) of all pages, in order."""
    captions = {}

    def walk(entries, caption):
        for entry in entries or ():
            captions[entry["file"]] = caption
            walk(entry.get("sections"), caption)

    for part in toc["parts"]:
        walk(part["chapters"], part.get("caption", ""))
    return [(page, captions.get(page, "")) for page, _ in notebooks.chapter_order(toc)]


def made(markup):
    """The one element that this markup describes."""
    return BeautifulSoup(markup, "html.parser").contents[0]


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


class WholeBook:
    """The chapters of the site in this folder, as one book.

    Raises
    ------
    NotABook
        If a page is missing, a link leads nowhere, or a solution does not follow its exercise.
    """

    def __init__(self, site=BUILT / "html", root=ROOT):
        self.site, self.root = Path(site), Path(root)
        self.book = notebooks.Book(self.root)
        self.address = self.book.site_address()
        toc = yaml.safe_load((self.root / "_toc.yml").read_text("utf-8"))
        self.pages = [page for page, _ in parts_of(toc)]
        missing = [p for p in self.pages if not (self.site / f"{p}.html").is_file()]
        if missing:
            raise NotABook(
                f"expected a page for each entry of _toc.yml in {self.site}, found none for "
                f"{', '.join(missing)}: run `make book` first"
            )
        self.kept = []
        self.places = {}  # (page, id on it) -> id in the book
        self.front = [self._chapter(page, part) for page, part in parts_of(toc)]
        for page, chapter in zip(self.pages, self.front, strict=True):
            self._links(page, chapter.body)
        self.chapters = self._with_back()
        for chapter in self.chapters:
            self._list_sections(chapter)

    # -- what the book says of itself ---------------------------------------------------------

    @cached_property
    def about(self):
        """CITATION.cff: title, authors, version, date, licences, abstract."""
        return yaml.safe_load((self.root / "CITATION.cff").read_text("utf-8"))

    @property
    def title(self):
        return self.book.config["title"]

    @property
    def subtitle(self):
        """What stands behind the colon of the full title, with a capital."""
        rest = self.about["title"].removeprefix(self.title).lstrip(": ")
        return rest[:1].upper() + rest[1:]

    @property
    def authors(self):
        return ", ".join(
            a.get("name") or f"{a['given-names']} {a['family-names']}"
            for a in self.about["authors"]
        )

    @property
    def date(self):
        return str(self.about["date-released"])

    @property
    def licence(self):
        """The footer of the pages, as plain text."""
        footer = self.book.config["html"]["extra_footer"]
        return " ".join(BeautifulSoup(footer, "html.parser").get_text().split())

    def title_page(self):
        """Markup of the title page."""
        year = self.book.config["copyright"]
        return (
            f'<section class="title-page" id="title-page"><h1>{escaped(self.title)}</h1>'
            f'<p class="subtitle">{escaped(self.subtitle)}</p>'
            f'<p class="authors">{escaped(self.authors)}</p>'
            f'<div class="imprint"><p>Version {escaped(self.about["version"])}, {self.date}. '
            f'<a href="{self.address}">{self.address}</a></p>'
            f"<p>© {year} {escaped(self.authors)}. {escaped(self.licence)}</p>"
            "<p>The book lives on its site, where figures move, chapters run, and a mark beside each "
            "formula says how it was checked. Here each figure stands as it is first shown, with a link "
            "to where it moves. Hints, solutions and the code that draws figures stand at the back."
            "</p></div></section>"
        )

    # -- code and formulas --------------------------------------------------------------------

    def _keep(self, found):
        self.kept.append(BAD_STYLE.sub("", found[0]))
        return f"\ue000{len(self.kept) - 1}\ue001"

    def put_back(self, markup):
        """`markup` with its code and formulas."""
        return KEPT_AT.sub(lambda found: self.kept[int(found[1])], markup)

    def markup(self, element):
        """An element as markup that is XML too, with its code and formulas."""
        return self.put_back(element.decode(formatter="minimal"))

    def words(self, element):
        """The text of an element, in one line."""
        text = re.sub(r"<[^>]*>", "", self.put_back(escaped(element.get_text())))
        return " ".join(unescape(text).split())

    # -- one page -----------------------------------------------------------------------------

    def _chapter(self, page, part):
        html = (self.site / f"{page}.html").read_text("utf-8")
        found = re.search(r"<article\b.*</article>", html, re.S)
        if not found:
            raise NotABook(f"{page}: expected an <article>, found none")
        body = BeautifulSoup(KEPT.sub(self._keep, found[0]), "html.parser").find("section")
        for element in body.select(ON_SCREEN):
            element.decompose()
        for section in body.select(CONTENT):  # the same id in each, and no section of the book
            section.name = "div"
            del section["id"]
        for comment in body.find_all(string=lambda s: isinstance(s, Comment)):
            comment.extract()
        if page == self.pages[0]:  # the title of the book stands on a page of its own
            body.find("h1").string = "What this book is"
        self._figures(page, body)
        self._playground(page, body)
        for element in body.find_all(True):
            self._plain(page, element)
        name = name_of(page)
        self.places[page, ""] = name
        for element in [body, *body.select("[id]")]:
            if (page, element["id"]) in self.places:
                raise NotABook(f"{page}: expected each id once, found {element['id']!r} twice")
            self.places[page, element["id"]] = new = f"{name}--{clean(element['id'])}"
            element["id"] = new
        return Chapter(name, self.words(body.find("h1")), part, body)

    def live(self, page, element):
        """Where the site shows this: its page, at the nearest place that has an id."""
        section = element.find_parent("section", id=True)
        return f"{self.address}{page}.html#{section['id']}"

    def _figures(self, page, body):
        for figure in body.select("figure.hg-explore"):
            controls = figure.select_one(".hg-controls")
            shown = []
            for label in controls.select("label"):
                value = label.select_one("output, option[selected], option")
                shown.append(f"{self.words(label.find('span'))}: {self.words(value)}")
            at = made(
                f'<p class="hg-at">Shown here: {escaped("; ".join(shown))}. '
                f'<a href="{self.live(page, figure)}">Move it on the site</a></p>'
            )
            controls.replace_with(at)
            say = figure.select_one(".hg-say")
            say.attrs = {"class": "hg-say"}
            if caption := figure.find("figcaption"):  # which stands last
                caption.insert_before(at.extract())

    def _playground(self, page, body):
        for box in body.select("#playground"):
            box.append(
                made(
                    '<p>The playground itself needs a browser: <a class="live" '
                    f'href="{self.address}{page}.html#playground">open it on the site</a>.</p>'
                )
            )

    def _plain(self, page, element):
        """What only a page in a browser can use is left out."""
        for name in ONLY_SITE:
            del element[name]
        for name in [n for n in element.attrs if n.startswith("data-")]:
            del element[name]
        if element.get("role") in ("status", "region"):
            del element["role"], element["aria-label"]
        if element.name == "a":
            del element["title"]
        if element.name in ("p", "span") and element.find(
            BLOCKS
        ):  # browsers allow that, XHTML doesn't
            element.name = "div"
        if element.name == "img":
            element["src"] = self._file(page, element["src"])
            element["class"] = "picture"

    def _file(self, page, where):
        """A file of the site, from its root."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(where)))
        if not (self.site / path).is_file():
            raise NotABook(f"{page}: expected the file {where} in the site, found none")
        return path

    # -- links --------------------------------------------------------------------------------

    def _links(self, page, body):
        for link in body.select("a[href]"):
            link["href"] = self.within(link["href"], page)

    def within(self, href, page):
        """Where a link of this page leads in the book; absolute, if that is not in the book."""
        if re.match(r"[a-z]+:", href):
            return href
        where, _, fragment = href.partition("#")
        target = page
        if where:
            target = self._file(page, where).removesuffix(".html")
        place = self.places.get((target, unquote(fragment)))
        if place:
            return f"#{place}"
        if target not in self.pages or "=" in fragment:  # a set-up of the playground
            return (
                self.address
                + (f"{page}.html" if not where else self._file(page, where))
                + (f"#{fragment}" if fragment else "")
            )
        raise NotABook(f"{page}: expected {href} to lead to an id, found none")

    # -- the back of the book -----------------------------------------------------------------

    def _with_back(self):
        hints = Tag(name="section")
        hints.append(made("<h1>Hints</h1>"))
        solutions, code = [], []
        for page, chapter in zip(self.pages, self.front, strict=True):
            number = self.book.number_of(page)
            listings = self._take_code(chapter, number)
            hinted, solved = self._take_answers(chapter)
            for box in chapter.body.select("details"):
                self._open(box)
            if listings:
                code.append(self._back_chapter("code", "Code", chapter, BACK_PARTS[1], listings))
            if hinted:
                section = Tag(name="section", attrs={"id": f"hints--{chapter.name}"})
                section.append(made(f"<h2>{escaped(chapter.title)}</h2>"))
                section.extend(hinted)
                hints.append(section)
            if solved:
                solutions.append(
                    self._back_chapter("solutions", "Solutions", chapter, BACK_PARTS[0], solved)
                )
        last = max(k for k, c in enumerate(self.front) if c.part.startswith("Part ")) + 1
        return [
            *self.front[:last],
            Chapter("hints", "Hints", BACK_PARTS[0], hints),
            *solutions,
            *self.front[last:],
            *code,
        ]

    def _back_chapter(self, kind, word, chapter, part, content):
        body = Tag(name="section")
        body.append(made(f"<h1>{word}: {escaped(chapter.title)}</h1>"))
        body.extend(content)
        return Chapter(f"{kind}-{chapter.name}", f"{word}: {chapter.title}", part, body)

    def _take_code(self, chapter, number):
        """Folded code, taken out of the chapter: in its place a link."""
        taken = []
        for box in chapter.body.select("details.above-input"):
            cell = box.find_parent("div", class_="cell")
            label = f"{number}.{len(taken) + 1}" if number else f"{len(taken) + 1}"
            here, there = (
                f"{chapter.name}--cell-{len(taken) + 1}",
                f"{chapter.name}--code-{len(taken) + 1}",
            )
            cell["id"] = here
            back = made(
                f'<div class="at-the-back listing" id="{there}"><p class="back-title">'
                f'<a href="#{here}">Code {label}</a></p></div>'
            )
            back.append(box.select_one(".cell_input").extract())
            box.decompose()
            cell.append(made(f'<p class="to-the-back"><a href="#{there}">Code {label}</a></p>'))
            taken.append(back)
        return taken

    def _take_answers(self, chapter):
        """Hints, and solutions or answers, taken out of the chapter: links stand with the exercise."""
        hints, solutions, exercise, links = [], [], None, None
        for box in chapter.body.select(
            ".exercise.admonition, details.hint, details.solution, details"
        ):
            kinds = box.get("class", [])
            title = box.select_one(".admonition-title")
            if "exercise" in kinds:
                exercise, label = box, self.words(title.select_one(".caption-number"))
                links = made('<p class="to-the-back"></p>')
                box.append(links)
                name = self.words(title)
            elif "hint" in kinds or "solution" in kinds:
                if exercise is None:
                    raise NotABook(
                        f"{chapter.name}: expected an exercise before {self.words(title)!r}"
                    )
                solution = "solution" in kinds
                if solution and not self.words(title).startswith(f"Solution to {label} "):
                    raise NotABook(f"{chapter.name}: {self.words(title)!r} follows {label}")
                said = "Solution" if solution else self.words(title)
                head = name if solution else f"{label}: {said}"
                back = self._moved(box, head, exercise["id"])
                if links.contents:
                    links.append(" · ")
                links.append(made(f'<a href="#{back["id"]}">{said}</a>'))
                (solutions if solution else hints).append(back)
            elif self.words(title) == "Answers":
                place = made(
                    f'<p class="to-the-back" id="{chapter.name}--answers-{len(solutions)}"></p>'
                )
                box.insert_before(place)
                where = self.words(box.find_parent("section").find(re.compile("h[1-6]")))
                back = self._moved(box, f"Answers: {where}", place["id"])
                place.append(made(f'<a href="#{back["id"]}">Answers</a>'))
                solutions.append(back)
        return hints, solutions

    def _moved(self, box, head, home):
        """A folded box as a piece of the back of the book, with a link home."""
        count = self._moved_so_far = getattr(self, "_moved_so_far", 0) + 1
        back = Tag(name="div", attrs={"class": "at-the-back", "id": box.get("id", f"back-{count}")})
        box.find("summary").decompose()
        back.append(made(f'<p class="back-title"><a href="#{home}">{escaped(head)}</a></p>'))
        back.extend([child.extract() for child in list(box.contents)])
        box.decompose()
        return back

    def _open(self, box):
        """A folded box that stays where it stands, open."""
        box.name = "div"
        box["class"] = [c for c in box["class"] if c != "dropdown"]
        summary = box.find("summary")
        summary.name = "p"

    # -- contents -----------------------------------------------------------------------------

    def _list_sections(self, chapter):
        for number, heading in enumerate(chapter.body.find_all("h2"), 1):
            section = heading.find_parent("section")
            if not section.get("id"):
                section["id"] = f"{chapter.name}--section-{number}"
            chapter.sections.append((section["id"], self.words(heading)))

    def parts(self):
        """(caption, chapters) of each part, in order."""
        found = []
        for chapter in self.chapters:
            if not found or found[-1][0] != chapter.part:
                found.append((chapter.part, []))
            found[-1][1].append(chapter)
        return found

    def contents(self, link):
        """Markup of the contents, as lists in lists; `link(chapter, id or "")` gives each address."""
        lines = ["<ol>"]
        for caption, chapters in self.parts():
            if caption:
                lines.append(f'<li class="part"><span>{escaped(caption)}</span><ol>')
            for chapter in chapters:
                lines.append(f'<li><a href="{link(chapter, "")}">{escaped(chapter.title)}</a>')
                if chapter.sections:
                    lines.append("<ol>")
                    lines += [
                        f'<li><a href="{link(chapter, place)}">{escaped(title)}</a></li>'
                        for place, title in chapter.sections
                    ]
                    lines.append("</ol>")
                lines.append("</li>")
            if caption:
                lines.append("</ol></li>")
        return "\n".join([*lines, "</ol>"])


# -- the finished files -------------------------------------------------------------------------------


def offer(site, files):
    """Copy the finished files into the site, and put links to them on its landing page."""
    book = notebooks.Book(ROOT)
    page = Path(site, f"{book.pages[0][0]}.html")
    links = []
    for path in files:
        target = Path(site, "_downloads", path.name)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
        size = path.stat().st_size / 1e6
        links.append(
            f'<a href="../_downloads/{path.name}" download>{KINDS[path.suffix[1:]]}</a> ({size:.0f} MB)'
        )
    html = page.read_text("utf-8")
    text = f"<p>The whole book as one file: {', '.join(links)}.</p>"
    new, count = re.subn(
        r'(<div class="editions docutils">).*?(</div>)', rf"\g<1>{text}\g<2>", html, flags=re.S
    )
    if count != 1:
        raise NotABook(f"expected one place for the whole book on {page}, found {count}")
    page.write_text(new, "utf-8")


def arguments(kind, description):
    """What `tools/pdf.py` and `tools/epub.py` are given: the site, and where the file goes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--site", type=Path, default=BUILT / "html", help="the built site")
    parser.add_argument("--out", type=Path, default=BUILT / f"{FILE}.{kind}", help="the file")
    return parser.parse_args()


def main():
    """Offer what was made on the landing page of the site."""
    files = [BUILT / f"{FILE}.{kind}" for kind in KINDS]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        sys.exit(f"expected _build/{missing[0]}, found none: run `make pdf epub` first")
    try:
        offer(BUILT / "html", files)
    except NotABook as problem:
        sys.exit(str(problem))
    print("offered on the landing page of _build/html")


if __name__ == "__main__":
    main()
