"""The notebook a student gets: plain Markdown, no leftovers, and every cell runs."""

import base64
import json
import re
import textwrap

import nbformat
import notebooks
import pytest
from nbclient import NotebookClient

BOOK = notebooks.Book()
PAGES = BOOK.with_notebook
KERNEL_PAGES = [f"chapters/{name}" for name in ("01_linear_regression", "05_layers_and_deltas")]
# what JupyterLab would show raw
LEFT = {
    "directive": re.compile(r"^\s*(?:>\s*)*(?:`{3,}|:{3,})\s*\{", re.M),
    "colon fence": re.compile(r"^\s*(?:>\s*)*:{3,}", re.M),
    "role": re.compile(r"\{[a-z][\w:.-]*\}`"),
    "option": re.compile(r"^\s*:(class|label|name|alt|width):", re.M),
    "comment": re.compile(r"^% ", re.M),
    "anchor": re.compile(r"^\([\w:.-]+\)=", re.M),
}


@pytest.fixture(scope="module")
def made(built_site):
    """The notebooks that the site offers, by page."""
    return {
        page: nbformat.read(built_site / f"notebooks/{page.split('/')[-1]}.ipynb", as_version=4)
        for page in PAGES
    }


@pytest.mark.parametrize("page", PAGES)
def test_reads_as_plain_markdown(made, page):
    for cell in made[page].cells:
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"^```.*?^```$", "", cell.source, flags=re.S | re.M)
        text = re.sub(r"(`+)(?!`).+?(?<!`)\1", "", text) if "{" not in text else text
        for what, pattern in LEFT.items():
            assert not pattern.search(text), f"{what} left in: {cell.source[:300]}"
        assert text.count("$$") % 2 == 0
        assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("page", KERNEL_PAGES)
def test_every_cell_runs_in_a_kernel(made, page, monkeypatch):
    """As in JupyterLab: the figures are widgets. Without a kernel test_changes.py runs all pages."""
    monkeypatch.setenv("HANDGRAD_FACE", "live")
    notebook = nbformat.from_dict(made[page])
    NotebookClient(
        notebook,
        timeout=300,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(BOOK.root)}},
    ).execute()
    complaints = [
        o.text for c in notebook.cells for o in c.get("outputs", ()) if o.get("name") == "stderr"
    ]
    assert not complaints


@pytest.mark.parametrize("page", PAGES)
def test_begins_with_a_title_and_the_cell_for_colab(made, page):
    first, _, setup = made[page].cells[:3]
    assert re.match(r"# \w", first.source)
    assert setup.cell_type == "code" and "import handgrad" in setup.source
    assert BOOK.repository["url"] in setup.source and "#subdirectory=code" in setup.source


@pytest.mark.parametrize("page", PAGES)
def test_holds_no_outputs_and_fixed_ids(made, page):
    ids = [cell.id for cell in made[page].cells]
    assert ids == [f"cell-{i}" for i in range(1, len(ids) + 1)]
    assert not any(cell.get("outputs") for cell in made[page].cells)
    nbformat.validate(made[page])


def test_equations_have_the_numbers_of_the_site(built_site):
    """The numbers are counted again for the notebooks: both counts must agree."""
    compared = 0
    for label, target in BOOK.targets.items():
        page = next((p for p, _ in BOOK.pages if p.endswith("/" + target.chapter)), None)
        if not target.words.startswith("(") or page is None:
            continue
        html = (built_site / f"{page}.html").read_text("utf-8")
        found = re.search(
            rf'id="equation-{re.escape(label)}".*?<span class="eqno">\(([\d.]+)\)', html, re.S
        )
        if found:
            compared += 1
            assert f"({found[1]})" == target.words, label
    assert compared > 10


def test_headings_have_the_numbers_of_the_site(built_site, made):
    for page in PAGES:
        html = (built_site / f"{page}.html").read_text("utf-8")
        on_site = re.findall(r'<h[12]><span class="section-number">([\w.]+) </span>', html)
        text = "\n".join(c.source for c in made[page].cells if c.cell_type == "markdown")
        in_notebook = re.findall(r"^##? ([\w.]+) ", text, re.M)
        assert on_site == in_notebook, page
        assert on_site[0] == BOOK.number_of(page) and on_site[1] == f"{on_site[0]}.1"
    assert BOOK.number_of("chapters/07b_broken_backprop") == "7b"


# -- the converter, on small texts ----------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A book of one chapter, and its plain text: small("…") -> Markdown of all cells."""
    (tmp_path / "_config.yml").write_text(
        "repository: {url: 'https://github.com/a/b', branch: main}\nbibtex_bibfiles: [r.bib]\n"
    )
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: intro\nparts:\n- numbered: 2\n  chapters:\n  - file: one\n  - file: two\n"
    )
    (tmp_path / "intro.md").write_text("# Intro\n")
    (tmp_path / "two.md").write_text("---\nkernelspec: {name: python3}\n---\n(sec:two)=\n# Two\n")
    (tmp_path / "r.bib").write_text(
        "@book{knuth, author = {Knuth, Donald E.}, title = {Art}, year = {1968}\n}\n"
        "@article{three,\n author = {A, B. and C, D. and E, F.},\n year = {2001}\n}\n"
    )

    def convert(text, values=None):
        (tmp_path / "one.md").write_text(
            "---\nkernelspec: {name: python3}\n---\n# One\n\n" + textwrap.dedent(text)
        )
        chapter = notebooks.Chapter(notebooks.Book(tmp_path), "one", values)
        return "\n\n".join(source for kind, source, _ in chapter.cells() if kind == "markdown")

    return convert


def test_equation_and_reference(small):
    out = small("""\
        ```{math}
        :label: first
        a = b
        ```
        By {eq}`first`.
        """)
    assert r"a = b \tag{1.1}" in out and "By (1.1)." in out


def test_box_becomes_a_quote(small):
    out = small("""\
        :::{admonition} A $x$ mistake
        :class: mistake
        Read `{eq}` twice.

        - one
        :::
        """)
    assert "> **A $x$ mistake**\n>\n> Read `{eq}` twice.\n>\n> - one" in out


def test_exercise_with_nested_hint_and_solution(small):
    out = small("""\
        ````{exercise} Step
        :label: ex

        Do it.

        :::{dropdown} Hint 1
        Look.
        :::
        ````

        ```{solution} ex
        :class: dropdown
        Done.
        ```
        """)
    assert "### Exercise 1.1: Step" in out
    assert "<summary><b>Hint 1</b></summary>\n\nLook.\n\n</details>" in out
    assert "<summary><b>Solution to exercise 1.1</b></summary>\n\nDone." in out


def test_gated_solution_folds_its_code(small, tmp_path):
    small("""\
        ```{exercise} Step
        :label: ex
        Do it.
        ```
        ```{solution-start} ex
        :class: dropdown
        ```
        Words.
        ```{code-cell}
        1 + 1
        ```
        ```{solution-end}
        ```
        After.
        """)
    cells = list(notebooks.Chapter(notebooks.Book(tmp_path), "one").cells())
    code = next(metadata for kind, _, metadata in cells if kind == "code")
    assert code["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
    assert "solution" in code["tags"]


def test_results_citations_terms_and_links(small):
    out = small(
        "It is {glue:text}`key`, says {cite:t}`knuth`; see {cite:p}`knuth,three`, {term}`delta "
        "<delta>`, [there](sec:two), {doc}`two` and `{eq}` in code.",
        {"key": "0.50"},
    )
    assert "It is 0.50, says Knuth (1968); see (Knuth, 1968; A et al., 2001), delta," in out
    assert "[there](two.ipynb), [Two](two.ipynb) and `{eq}` in code." in out


def test_comments_and_anchors_go(small):
    out = small("% world: line\n(sec:here)=\n## Here\n\nText in [this section](sec:here).\n")
    assert out == "# 1 One\n\n## 1.1 Here\n\nText in this section."


@pytest.mark.parametrize(
    "text",
    [
        "Code that looks like it: `[a](b.md)`, ``{eq}`x` ``, `two\nlines`.",
        "A formula, $[a](b) {x}`$, and $$J[w](x)$$ within a line.",
        r"What is escaped: \[a](b.md), \*, \`, 5 \$ and a break\\",
        "*[a]* **b** <b>c</b> ![d](e.png) <https://f.org> [g] [h][i] -- 'j'",
        "Code:\n\n    # indented\n    [a](b.md)",
        "```python\n# not a heading, {eq}`x`\n```",
        "~~~\n```{note}\n~~~",
        "> ```python\n> x\n> ```",
    ],
)
def test_what_a_notebook_shows_as_it_stands_is_not_touched(small, text):
    assert small(text) == "# 1 One\n\n" + text


def test_words_in_lists_tables_and_quotations_are_read(small):
    out = small("""\
        - one: [](sec:two)
          {sub}`a`

        | a | b |
        |---|---|
        | [x](sec:two) | {kbd}`k` |

        > [y](sec:two)

        [marked]{.red} and [*z*](https://a.org "title")

        {.wide}
        ```{list-table} About $x$
        * - a
          - b
            and more
        * - {math}`x`
          - [c](two.md)
        ```
        """)
    assert "- one: [Two](two.ipynb)\n  <sub>a</sub>" in out
    assert "| [x](two.ipynb) | `k` |" in out and "> [y](two.ipynb)" in out
    assert "marked and [*z*](https://a.org)" in out
    assert "{.wide}" not in out
    assert "**About $x$**\n\n| a | b and more |\n|---|---|\n| $x$ | [c](two.ipynb) |" in out


def test_a_picture_comes_with_the_notebook(small, tmp_path):
    (tmp_path / "own.svg").write_bytes(b"<svg/>")
    out = small("```{figure} own.svg\n:alt: A unit [1] and\n\nWhat it *says*.\n```\n")
    found = re.search(r"!\[(.*)\]\(data:image/svg\+xml;base64,(.*)\)\n\nWhat it \*says\*\.", out)
    assert found[1] == r"A unit \[1\] and" and base64.b64decode(found[2]) == b"<svg/>"


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_of_a_chapter_is_in_its_notebook(page):
    cells = notebooks.Chapter(BOOK, page).cells()
    text = "\n".join(source for kind, source, _ in cells if kind == "markdown")
    pictures = re.findall(r"!\[(.*?)\]\((.{0,20})|(<img)", text)
    assert all(alt and where.startswith("data:image/") for alt, where, _ in pictures)
    assert len(pictures) == BOOK.path(page).read_text("utf-8").count("```{figure}")


def test_a_heading_within_code_begins_no_cell(small, tmp_path):
    small("````text\n```\n# one\n```\n````\n\n## After\n")
    cells = list(notebooks.Chapter(notebooks.Book(tmp_path), "one").cells())
    assert [source.split("\n")[-1] for _, source, _ in cells] == ["````", "## 1.1 After"]


@pytest.mark.parametrize(
    "text, named",
    [
        ("> ```{note}\n> x\n> ```", "quotation"),
        ("```{unheard-of} x\n```", "unheard-of"),
        ("A {strange}`role`.", "strange"),
        ("By {eq}`nowhere`.", "nowhere"),
        ("{cite}`nobody`", "nobody"),
        ("```{note}\nno end", "no end"),
        ("```{figure} gone.svg\n:alt: x\n```", "line 6: there is no picture gone.svg"),
        ("```{figure} one.md\n\nx\n```", "expected :alt: that says"),
    ],
)
def test_what_is_not_understood_is_an_error(small, text, named):
    with pytest.raises(notebooks.NotPlain, match=named):
        small(text)


def test_a_missing_result_is_an_error(small):
    with pytest.raises(notebooks.NotPlain, match="gone"):
        small("{glue:text}`gone`", {})


def test_pages_are_numbered_as_the_site_numbers_them():
    toc = {
        "root": "intro",
        "parts": [
            {"chapters": [{"file": "how"}]},
            {
                "numbered": 2,
                "chapters": [{"file": "a"}, {"file": "b", "sections": [{"file": "b2"}]}],
            },
            {"numbered": 2, "chapters": [{"file": "c"}]},
        ],
    }
    assert notebooks.chapter_order(toc) == [
        ("intro", None),
        ("how", None),
        ("a", 1),
        ("b", 2),
        ("b2", 2),
        ("c", 3),
    ]


def test_written_the_same_every_time(small, tmp_path):
    small("Text.\n\n```{code-cell}\n1\n```\n")
    book = notebooks.Book(tmp_path)
    for name in ("x", "y"):
        notebooks.write(notebooks.make(book, "one"), tmp_path / name)
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    assert json.loads((tmp_path / "x").read_text())["nbformat"] == 4
