"""A small book built again and again: what changed is new on the page, and nothing else is touched."""

import os
import re
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHAPTER = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

(sec:{name})=
# {title}

{prose}

```{{code-cell}} python
from handgrad.book import num
print("value", num(-1.5, ".1f"))
```
"""
READER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
reads: ["*.md"]
---

# Reader

```{code-cell} python
from pathlib import Path
print("words", sum(len(p.read_text().split()) for p in sorted(Path.cwd().glob("*.md"))))
```
"""
TOC = """format: jb-book
root: chapters/intro
parts:
  - chapters:
      - file: chapters/one
      - file: chapters/two
      - file: chapters/reader
"""


class Book:
    def __init__(self, root, folder):
        self.folder, self.html = folder, folder / "_build/html"
        self.chapters = folder / "chapters"
        for name in ("code", "_ext", "claims", "images", "playground", "tools"):
            shutil.copytree(
                root / name,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
            )
        for name in ("_config.yml", "references.bib"):
            shutil.copy(root / name, folder / name)
        (folder / "_toc.yml").write_text(TOC)
        self.chapters.mkdir()
        (self.chapters / "intro.md").write_text("# Small book\n\nSee [](sec:two).\n")
        self.chapter("one", prose="First words.")
        self.chapter("two", prose="More words, to go on with.")
        (self.chapters / "reader.md").write_text(READER)

    def chapter(self, name, title=None, prose=""):
        title = title or f"Chapter {name}"
        (self.chapters / f"{name}.md").write_text(
            CHAPTER.format(name=name, title=title, prose=prose)
        )

    def build(self, fails=False):
        """Build; return what was printed, without colours."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, self.folder.glob("code/*/src"))),
            "PYTHONHASHSEED": "0",
        }
        done = subprocess.run(
            [sys.executable, self.folder / "tools/build.py"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        printed = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert bool(done.returncode) == fails, printed
        return printed

    def page(self, name):
        return (self.html / f"chapters/{name}.html").read_text("utf-8")

    def state(self):
        """Name -> bytes of each file of the site."""
        return {
            p.relative_to(self.html).as_posix(): p.read_bytes()
            for p in self.html.rglob("*")
            if p.is_file()
        }


@pytest.fixture(scope="module")
def book(root, tmp_path_factory):
    made = Book(root, tmp_path_factory.mktemp("book"))
    made.first = made.build()
    return made


def written(printed):
    return re.findall(r"^writing output\.\.\. \[[ \d]+%\] chapters/(\w+)", printed, re.M)


def run_again(printed):
    return re.findall(r"^  chapters/(\w+): [\d.]+ s", printed, re.M)


def test_nothing_changed_nothing_written(book):
    before = book.state()
    printed = book.build()
    assert written(book.first) and not written(printed) and not run_again(printed)
    assert book.state() == before


def test_prose_changed_its_page_is_written_and_no_code_runs_but_that_which_reads_it(book):
    book.chapter("one", prose="Other words, three more.")
    printed = book.build()
    assert "Other words" in book.page("one")
    assert "two" not in written(printed) and run_again(printed) == ["reader"]


def test_a_title_is_new_on_every_page_that_shows_it(book):
    book.chapter("two", title="Chapter renamed", prose="More words, to go on with.")
    assert "two" in written(book.build())
    for name in ("intro", "one", "reader"):
        assert "Chapter renamed" in book.page(name) and "Chapter two" not in book.page(name)


def test_an_edit_in_the_package_leaves_no_stale_output(book):
    assert "value −1.5" in book.page("one") and "value −1.5" in book.page("two")
    path = book.folder / "code/handgrad/src/handgrad/book.py"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("def num(", "def _num(")
        + "\n\ndef num(*given):\n    return 'edited ' + _num(*given)\n",
        "utf-8",
    )
    printed = book.build()
    assert sorted(run_again(printed)) == ["one", "reader", "two"]
    for name in ("one", "two"):
        assert "value edited −1.5" in book.page(name)
    path.write_text(text, "utf-8")
    assert not run_again(book.build()), "the earlier state has its outputs still"
    assert "edited" not in book.page("one")


def test_an_edit_of_the_style_reaches_every_page(book):
    sheet = book.folder / "_ext/static/book.css"
    sheet.write_text(sheet.read_text("utf-8") + "\nh1{outline-offset:12.5px}\n", "utf-8")
    assert not run_again(book.build())
    for name in ("intro", "one", "two"):
        joined = re.search(r"book\.[0-9a-f]{8}\.css", book.page(name))[0]
        assert "12.5px" in (book.html / "_static" / joined).read_text("utf-8")


def test_an_edit_of_the_playground_reaches_the_site(book):
    module = book.folder / "playground/view.mjs"
    module.write_text(module.read_text("utf-8") + "\nexport const edited = 12.5;\n", "utf-8")
    assert not run_again(book.build())
    assert "edited = 12.5" in (book.html / "_static/playground.js").read_text("utf-8")


def test_an_edit_of_an_extension_reaches_every_page(book):
    extension = book.folder / "_ext/page_furniture.py"
    extension.write_text(
        extension.read_text("utf-8").replace('content="light dark">', 'content="light only">'),
        "utf-8",
    )
    book.build()
    for name in ("intro", "one", "two"):
        assert "light only" in book.page(name)


def test_many_small_steps_end_where_one_large_one_does(book):
    book.chapter("one", prose="The last words.")
    book.build()
    by_steps = book.state()
    shutil.rmtree(book.folder / "_build")
    book.build()
    assert book.state() == by_steps


def test_a_build_that_warns_fails_again_until_it_is_mended(book):
    book.chapter("one", prose="A link to [nothing](sec:nowhere).")
    for _ in range(2):
        assert "sec:nowhere" in book.build(fails=True)
    book.chapter("one", prose="The last words.")
    book.build()


def test_a_chapter_whose_code_fails_is_not_kept(book):
    path = book.chapters / "two.md"
    text = path.read_text("utf-8")
    path.write_text(text.replace("-1.5", "1 / 0"), "utf-8")
    for _ in range(2):
        assert "ZeroDivisionError" in book.build(fails=True)
    path.write_text(text, "utf-8")
    book.build()


def test_a_chapter_that_is_gone_leaves_no_page(book):
    (book.folder / "_toc.yml").write_text(TOC.replace("      - file: chapters/one\n", ""))
    book.build()
    assert not (book.html / "chapters/one.html").exists()
    assert "chapters/one" not in (book.html / "searchindex.js").read_text("utf-8")
