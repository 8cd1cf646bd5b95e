"""Pages of feedback say what nbconvert's own exporter says, tag for tag."""

import copy

import nbformat
import pytest
from bs4 import BeautifulSoup
from handmark.pages import NO_WORDS, PageExporter
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def shown(kind="display_data", metadata=None, **data):
    return new_output(kind, data=data, metadata=metadata or {})


@pytest.fixture
def notebook():
    """Cells of each kind with outputs of each kind; two pictures without words and one with."""
    cells = [
        new_markdown_cell("# A title\n\n*Words*, $w < 1 & b$, <br> and ![a dot](dot.png)\n\n- one\n- two"),
        new_code_cell("def f(w):\n    return w < 1 and 'é'  # & more", outputs=[new_output("stream", text="<w>\n")]),
        new_code_cell("", outputs=[shown(**{"image/png": DOT}), shown(**{"text/html": "<b>1 &lt; 2</b>"})]),
        new_code_cell(
            "%%bash\nls",
            outputs=[
                shown(**{"image/png": DOT}, metadata={"image/png": {"alt": "a < dot", "width": 3}}),
                shown("execute_result", **{"image/jpeg": DOT, "text/plain": "<Figure>"}),
                new_output("error", ename="E", evalue="x", traceback=["\x1b[31mE\x1b[0m: <x>"]),
            ],
        ),
        new_code_cell("y = 1", metadata={"magics_language": "bash"}),
        new_raw_cell("<i>raw</i>"),
    ]  # fmt: skip
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def tree(page):
    return BeautifulSoup(page, "html.parser").prettify()


@pytest.mark.parametrize("template", ["classic", "basic"])
def test_the_page_is_that_of_nbconvert(notebook, template):
    theirs, _ = HTMLExporter(template_name=template).from_notebook_node(copy.deepcopy(notebook))
    ours = PageExporter(template_name=template)
    for _ in range(2):  # the second time code and templates are known
        page, _ = ours.from_notebook_node(copy.deepcopy(notebook))
        assert tree(page) == tree(theirs)
    assert page.count(NO_WORDS) == 2 and page.count('alt="a &lt; dot"') == 1


def test_code_is_coloured_by_the_notebooks_own_language(notebook):
    for lexer in ("ipython3", "r", "ipython3"):
        notebook.metadata.language_info.pygments_lexer = lexer
        theirs, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
        ours, _ = PageExporter(template_name="classic").from_notebook_node(copy.deepcopy(notebook))
        assert tree(ours) == tree(theirs) and f"hl-{lexer}" in ours


def test_a_notebook_with_nothing_in_it_has_a_page():
    page, _ = PageExporter().from_notebook_node(nbformat.v4.new_notebook())
    assert "<body" in page
