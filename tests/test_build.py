"""The Sphinx extensions and commands behind the site, on small inputs."""

import ast
import base64
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from types import SimpleNamespace

import address
import browser
import chapter_notebooks
import elements
import fresh_pages
import insides
import lean_pages
import moving_figures
import nbformat
import page_furniture
import parallel_run
import pytest
import yaml
from browser import NoBrowser, find_chromium
from docutils import nodes
from docutils.core import publish_doctree
from fontTools.ttLib import TTFont
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from packaging.specifiers import SpecifierSet

THEME = Path(importlib.util.find_spec("pydata_sphinx_theme").origin).parent
THEME /= "theme/pydata_sphinx_theme/static"

# -- parallel_run ---------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path):
    for name, text in {
        "code/handgrad/a.py": "x = 1",
        "claims/worlds/w.py": "w",
        "chapters/one.md": "1",
        "chapters/data/d.csv": "1,2",
        "code/x.egg-info/PKG": "p",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "changed", ["code/handgrad/a.py", "claims/worlds/w.py", "chapters/data/d.csv"]
)
def test_the_cache_is_another_when_an_input_changes(tree, changed):
    before = parallel_run.digest(tree, {})
    (tree / changed).write_text("changed")
    assert parallel_run.digest(tree, {}) != before


def test_the_cache_is_another_for_new_or_renamed_files_and_other_surroundings(tree):
    known = {parallel_run.digest(tree, {})}
    (tree / "code/handgrad/b.py").write_text("")
    known.add(parallel_run.digest(tree, {}))
    (tree / "code/handgrad/b.py").rename(tree / "code/handgrad/c.py")
    known.add(parallel_run.digest(tree, {}))
    known.add(parallel_run.digest(tree, {"HANDGRAD_FACE": "live"}))
    known.add(parallel_run.digest(tree, {"PYTHONHASHSEED": "1"}))
    assert len(known) == 5


def test_the_cache_stays_for_what_no_output_depends_on(tree):
    before = parallel_run.digest(tree, {})
    (tree / "chapters/one.md").write_text("myst-nb looks at the chapter itself")
    (tree / "code/x.egg-info/PKG").write_text("q")
    (tree / "code/handgrad/__pycache__").mkdir()
    (tree / "code/handgrad/__pycache__/a.pyc").write_text("")
    assert parallel_run.digest(tree, {}) == before


# -- moving_figures -------------------------------------------------------------------------------

SVG = "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode()
FIGURE = (
    f'<figure class="hg-figure hg-explore"><img src="{SVG}" alt="x"><script type="application/json">'
    f'{{"frames":["{SVG}","{SVG}"]}}</script></figure>'
)


def test_frames_become_files_once(tmp_path):
    out = moving_figures.frames_to_files(
        f"<p>{SVG}</p>{FIGURE}", tmp_path / "f", lambda name: "U/" + name
    )
    files = list((tmp_path / "f").iterdir())
    assert len(files) == 1 and files[0].read_bytes() == b"<svg/>" and files[0].suffix == ".svg"
    assert out.count("U/" + files[0].name) == 3
    assert f"<p>{SVG}</p>" in out, "only figures are touched"


def test_a_picture_that_is_left_in_a_figure_stops_the_build(tmp_path):
    hidden = FIGURE.replace("<img", f'<p style="background:url({SVG[:-4]})"><img')
    with pytest.raises(RuntimeError, match="found one left over: .*background"):
        moving_figures.frames_to_files(hidden, tmp_path, str)


def test_what_a_saved_notebook_needs_is_not_on_the_page(tmp_path):
    html = "<p>a</p>\n  <!--hg-assets--><style>.x{}</style><!--/hg-assets-->\n<p>b</p>"
    assert moving_figures.frames_to_files(html, tmp_path, str) == "<p>a</p>\n<p>b</p>"


def test_elements_are_found_where_they_stand():
    html = 'a<b title="<c>">d</b>\n <b>e</b>f'
    found = [(html[i:j], tag.get("title")) for i, j, tag in elements.elements(html, "<b", "</b>")]
    assert found == [('<b title="<c>">d</b>', "<c>"), ("<b>e</b>", None)]
    out = elements.replaced(
        html, "<b", "</b>", lambda text, tag: text.upper() if tag.get("title") else ""
    )
    assert out == 'a<B TITLE="<C>">D</B>\n f', "its line stays where something else stands in it"
    with pytest.raises(ValueError, match="expected </b> behind '<b>'"):
        list(elements.elements("<b>", "<b", "</b>"))


def test_only_the_first_picture_is_fetched_at_once():
    out = moving_figures.later_pictures_when_near(FIGURE * 3)
    first, second, third = out.split("</figure>")[:3]
    assert "lazy" not in first and 'loading="lazy"' in second and 'loading="lazy"' in third


# -- lean_pages -----------------------------------------------------------------------------------


def test_scripts_are_deferred_once_and_unused_ones_go():
    html = (
        '<script src="a.js?v=1"></script>\n<script src="a.js?v=1"></script>\n'
        '<script src="_static/sphinx-thebe.js"></script>\n<script>const THEBE_JS_URL = "x"</script>\n'
        '<script src="searchindex.js"></script>\n<script src="_static/language_data.js"></script>\n'
        "<script>now()</script>\n"
        '<script type="application/json">{"a": 1}</script>\n'
        '<script src="_static/documentation_options.js"></script>\n'
    )
    out = lean_pages.lean_scripts(html, "OPTIONS", is_search=False)
    assert out.count("a.js") == 1 and '<script defer src="a.js' in out
    assert "thebe" not in out.lower() and "language_data" not in out
    assert (
        "<script>now()</script>" in out and '{"a": 1}' in out and "<script>OPTIONS</script>" in out
    )
    kept = lean_pages.lean_scripts(html, "OPTIONS", is_search=True)
    assert '<script defer src="_static/language_data.js"' in kept
    assert "searchindex" not in out + kept, "the book has its own search"


def test_a_script_that_nothing_on_the_page_needs_goes():
    html = (
        '<script defer src="_static/scripts/bootstrap.js?digest=1"></script>\n'
        '<script defer src="_static/design-tabs.js"></script>\n{}'
    )
    menu, tabs = '<button data-bs-toggle="dropdown">', '<div class="sd-tab-set docutils">'
    for page, kept in (
        ('<button data-bs-toggle="tooltip" title="Search">', []),
        (menu, ["bootstrap.js"]),
        (tabs, ["design-tabs.js"]),
        (menu + tabs, ["bootstrap.js", "design-tabs.js"]),
    ):
        out = lean_pages.lean_scripts(html.format(page), "OPTIONS", is_search=False)
        assert [n for n in ("bootstrap.js", "design-tabs.js") if n in out] == kept, page


def test_a_button_shows_its_words_without_a_script():
    button = '<button aria-label="Color mode" data-bs-title="Color mode">'
    assert ' title="Color mode">' in insides.titled_buttons(button)
    assert insides.titled_buttons("<p>") == "<p>"
    with pytest.raises(RuntimeError, match="expected 'data-bs-title' only within"):
        insides.titled_buttons(button.replace('-title="Color mode"', '-title="Mode"'))


CSS = """@charset "x"; :root{--a:1}
.used,.gone{color:red} .gone{b:c} .used:not(.gone){d:e} p[data-x="a}b"]{f:g} #gone{h:i} .used .gone{j:k}
@media (max-width:1px){.gone{l:m} .used{n:o}} @media print{.gone{p:q}}
@font-face{font-family:X;src:url(a.woff2)} @keyframes k{from{r:s}}"""


def test_rules_for_names_that_no_page_has_go():
    out = lean_pages.used_rules(CSS, {"used"})
    assert ".used{color:red}" in out and ".used:not(.gone){d:e}" in out
    assert 'p[data-x="a}b"]{f:g}' in out and ":root{--a:1}" in out
    assert (
        "@media (max-width:1px){.used{n:o}}" in out and "@font-face" in out and "@keyframes" in out
    )
    for gone in ("b:c", "h:i", "j:k", "l:m", "print"):
        assert gone not in out


@pytest.mark.parametrize(
    "rule, kept",
    [
        ('.used{content:";",a:b}', True),
        (r'.used{content:"a\"b";color:red}', True),  # an escaped quote
        (r".used\:gone{a:b}", False),
        (r".used\:wide{a:b}", True),
        ('.used{content:"/*"} .used{content:"*/"}', True),
        ("/* .used{ */ .gone{a:b}", False),
        ('.used[data-x=".gone"]{a:b}', True),
        (".gone:is(.used){a:b}", False),
        (".used:nth-child(2 of .gone){a:b}", False),
    ],
)
def test_what_is_valid_css_is_read_as_css(rule, kept):
    out = lean_pages.used_rules(rule + " .used{last:rule}", {"used", "wide"})
    assert ".used{last:rule}" in out
    assert (out != ".used{last:rule}") == kept
    if kept:
        assert out.count("{") >= 2 and rule.split("{")[1].split("}")[0] in out


@pytest.mark.parametrize(
    "rule, found",
    [
        (r'.fa-x:before{content:"\f001"}', (["fa-x"], "\uf001")),
        (r'.fa-x::before, .fa-y:before { content : "\f001 " }', (["fa-x", "fa-y"], "\uf001")),
        (".fa-x:before{content:'\uf001'}", (["fa-x"], "\uf001")),
        (r'.fa-x:before{content:"\f001";color:red}', ([], "")),
        (r'.fa-x:before,.y{content:"\f001"}', ([], "")),
        (r'.fa-x .fa-y:before{content:"\f001"}', ([], "")),
        (r'.fa-x:after{content:"\f001"}', ([], "")),
        ('.fa-x:before{content:"two"}', ([], "")),
        ("@media print{}", ([], "")),
    ],
)
def test_a_rule_that_only_shows_an_icon_is_known(rule, found):
    assert lean_pages.icon(*lean_pages.css_rules(rule)) == found


def test_icons_that_nothing_shows_go(tmp_path):
    fonts = insides.icon_fonts(THEME)
    for name in ("styles/pydata-sphinx-theme.css", *(p.relative_to(THEME) for p in fonts)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(THEME / name, tmp_path / name)
    (tmp_path / "own.css").write_text(r'.x:after{a:b;content:"\f0c9"} .y{content:"\201c"}')
    lean_pages.cut_icons(tmp_path, '<i class="fa-solid fa-xmark">')
    css = (tmp_path / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    assert ".fa-xmark:before" in css and ".fa-user:before" not in css and "Licensed" in css
    whole = (THEME / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    assert 30_000 < len(whole) - len(css) < 100_000
    font = TTFont(tmp_path / "vendor/fontawesome/webfonts/fa-solid-900.woff2").getBestCmap()
    assert {0xF00D, 0xF0C9} <= set(font) and len(font) < 40
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    lean_pages.cut_icons(tmp_path, '<i class="fa-solid fa-xmark">')
    assert before == {p: p.read_bytes() for p in before}, "a later build finds it cut"


def test_what_is_no_css_stops_the_build():
    for wrong in ("\n} .d{e:f}", "\n.d", '\n.d{e:"f\n}'):
        with pytest.raises(ValueError, match="expected CSS, got in line 2"):
            lean_pages.used_rules(".a{b:c}" + wrong, {"a", "d"})


def test_style_sheets_are_joined_with_their_imports_and_addresses(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.css").write_text('@import "sub/b.css?v=1"; .x{c:url("pic.png")}')
    (tmp_path / "sub/b.css").write_text(".x{d:url(../up.png)} /* .x{z:z} */ .x{e:url(data:x)}")
    sheets = lean_pages.StyleSheets(tmp_path, {"x"})
    css = (tmp_path / sheets.join(("a.css",))).read_text()
    assert (
        "url(up.png)" in css
        and 'url("pic.png")' in css
        and "url(data:x)" in css
        and "z:z" not in css
    )
    assert css.index("up.png") < css.index("pic.png")


def test_the_theme_measures_nothing_as_a_page_opens(tmp_path):
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts/pydata-sphinx-theme.js"
    script.write_text(f"document.querySelectorAll({insides.MEASURED}).forEach(f)")
    for _ in range(2):
        insides.measure_nothing_early(tmp_path)
        assert script.read_text() == 'document.querySelectorAll("[data-measured]").forEach(f)'
    script.write_text("another version of the theme")
    with pytest.raises(RuntimeError, match="found it 0 times"):
        insides.measure_nothing_early(tmp_path)


SIDEBAR = '<div id="pst-primary-sidebar">'
ARROW = '<summary><span class="toctree-toggle" role="presentation">'


def test_parts_of_the_theme_that_moved_stop_the_build():
    named = insides.named_parts(SIDEBAR + ARROW * 2)
    assert 'aria-label="Book"' in named and named.count("Pages of this chapter") == 2
    assert "Pages of" not in insides.named_parts(SIDEBAR), "a book whose chapters have no parts"
    moved = ARROW.replace("<summary>", '<summary class="x">')
    for page in ("", SIDEBAR * 2, SIDEBAR.replace("pst-", ""), SIDEBAR + moved):
        with pytest.raises(RuntimeError, match="was the theme upgraded"):
            insides.named_parts(page)


def test_roles_that_are_written_otherwise_stop_the_build():
    body = '<p role="doc-biblioentry"><summary aria-label="Toggle hidden content">'
    assert insides.plain_roles(body) == '<p role="listitem"><summary>'
    own = '<summary aria-label="How formula 3.1 was checked">'
    assert insides.plain_roles(own) == own, "what this book writes itself stays"
    for moved in ("doc-biblioentry'", '<summary class="x" aria-label="Toggle hidden content">'):
        with pytest.raises(RuntimeError, match="upgraded"):
            insides.plain_roles(body + moved)


def test_the_picture_of_the_index_says_what_it_does():
    picture = '<img src="minus.png" class="toggler" id="toggle-1" style="display: none" alt="-" />'
    assert 'alt="Show or hide' in insides.said_index(picture)
    assert insides.said_index("<p>") == "<p>"
    with pytest.raises(RuntimeError, match="upgraded"):
        insides.said_index(picture.replace("display: none", "display:none"))


def test_what_is_replaced_is_what_the_pinned_packages_write(root):
    """In their own sources, so that an upgrade is noticed before any page is built."""
    for package, words in (
        ("myst_nb", '<summary aria-label="Toggle hidden content">'),
        ("docutils", "doc-biblioentry"),
        ("pydata_sphinx_theme", "toctree-toggle"),
        ("pydata_sphinx_theme", 'id="pst-primary-sidebar"'),
        ("pydata_sphinx_theme", 'localStorage.getItem("theme") || "'),
        ("pydata_sphinx_theme", insides.MEASURED),
        ("pydata_sphinx_theme", "fa-brands-400"),
        ("pydata_sphinx_theme", ".fa-magnifying-glass:before"),
        ("sphinx_thebe", "THEBE_JS_URL"),
        ("sphinx_thebe", "thebe_selector"),
        ("sphinx_togglebutton", "togglebuttonSelector"),
        ("sphinx_togglebutton", "toggleHint"),
        ("sphinx_togglebutton", "toggleOpen"),
        ("myst_nb", "application/papermill.record/"),
        ("myst_nb", ".glue.json"),
    ):
        folder = Path(importlib.util.find_spec(package).origin).parent
        files = [p for end in ("*.py", "*.html", "*.js", "*.css") for p in folder.rglob(end)]
        assert any(words in p.read_text("utf-8", "ignore") for p in files), (package, words)


def test_files_of_the_theme_that_are_gone_stop_the_build(tmp_path):
    assert insides.icon_fonts(THEME)
    for name in ("styles/pydata-sphinx-theme.css", "scripts/pydata-sphinx-theme.js"):
        assert insides.theme_file(THEME, name).stat().st_size
        with pytest.raises(RuntimeError, match="was the theme upgraded"):
            insides.theme_file(tmp_path, name)
    with pytest.raises(RuntimeError, match="was the theme upgraded"):
        insides.icon_fonts(tmp_path)
    with pytest.raises(RuntimeError, match="was Sphinx upgraded"):
        insides.below_title("<h1 >One</h1 >", "bar")
    assert insides.below_title("<h1>One</h1><h1>Two</h1>", "bar").index("bar") < 20


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    """A page with a formula, an exercise, a work and an unknown label, read by Sphinx."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    folder = tmp_path_factory.mktemp("small")
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb', 'sphinx_exercise', 'sphinxcontrib.bibtex']\n"
        "bibtex_bibfiles = ['r.bib']\nnb_execution_mode = 'cache'\nexclude_patterns = ['code.md']\n"
    )
    (folder / "r.bib").write_text("@book{key, author = {A, B}, title = {C}, year = 1999}")
    (folder / "index.md").write_text(
        "(here)=\n# One\n\n```{math}\n:label: eq\nx\n```\n\n{cite:t}`key`, {eq}`none`\n\n"
        "```{exercise} Step\n:label: ex\nDo.\n```\n\n"
        "```{glossary}\nword\n  what it means\n```\n\n```{bibliography}\n```\n"
    )
    (folder / "code.md").write_text(
        "---\nkernelspec: {name: python3, display_name: P, language: python}\n"
        "jupytext: {text_representation: {extension: .md, format_name: myst}}\n---\n"
        "# Two\n\n```{code-cell}\n1\n```\n"
    )
    with docutils_namespace():
        app = Sphinx(folder, folder, folder / "o", folder / "d", "html", status=None, warning=None)
        app.builder.read()
        yield app


def test_what_sphinx_and_its_extensions_keep_is_where_it_was(small_site):
    env = small_site.env
    before = insides.warnings(small_site)
    small_site.env.get_and_resolve_doctree("index", small_site.builder)
    assert insides.warnings(small_site) > before, "the unknown label is a warning"
    labels, anonymous, objects, terms, equations, python = insides.exports(env)
    assert labels["here"][0] == anonymous["here"][0] == "index"
    assert "eq" in equations and "word" in terms and ("term", "word") in objects and python == {}
    assert insides.exercises(env) == {"ex": ("index", ["ExerciseStep"])}
    assert fresh_pages.citations(env) == {("index", "key")}


def test_what_myst_nb_and_jupyter_cache_keep_is_where_it_was(small_site, tmp_path):
    env = small_site.env
    settings = insides.execution(env)
    assert settings.execution_mode == "cache" and settings.execution_timeout > 0
    assert settings.execution_cache_path and settings.output_folder
    path = f"{small_site.srcdir}/code.md"
    notebook = insides.read_notebook(env, path, Path(path).read_text("utf-8"))
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code"]
    assert insides.read_notebook(env, str(tmp_path / "x.md"), "# plain") is None
    cache = get_cache(tmp_path / "cache")
    with pytest.raises(KeyError):
        insides.stored(cache, notebook)
    bundle = CacheBundleIn(notebook, path, data={"read": "x"})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    assert insides.stored(cache, notebook) == {"read": "x"}


def private_names(source):
    """Names with a line before them that a file asks of others: attributes, and what it imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr):
            if ast.unparse(node.value) not in ("self", "cls", "super()"):
                yield node.attr
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (name for name in names if re.match("_[a-z]", name))


def test_what_others_keep_private_is_used_in_one_place(root):
    assert list(private_names("a._b; self._c; from d._e import f")) == ["_e", "_b"]
    apart = {
        "warm_kernels.py": {"_exit"},
        "changes.py": {"_exit", "_instances"},
    }  # os._exit is public
    for path in [*(root / "_ext").glob("*.py"), *(root / "tools").rglob("*.py")]:
        if path.name != "insides.py":
            found = set(private_names(path.read_text("utf-8"))) - apart.get(path.name, set())
            assert not found, f"{path}: move {found} to insides.py"


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/"])
def test_the_address_of_the_repository_is_read_in_one_place(end):
    url = "https://github.com/Me/a.book" + end
    assert address.owner_and_name(url) == ("Me", "a.book")
    assert address.pages(url) == "https://me.github.io/a.book/"
    with pytest.raises(ValueError, match="expected url https://github.com/OWNER/NAME"):
        address.owner_and_name("https://example.org/me/book" + end)


def test_a_page_needs_no_script_file_for_its_colours():
    page = "<html>" + "".join(insides.NO_COLOURS) + "</html>"
    assert '"auto"' not in insides.coloured_at_once(page)
    for part in insides.NO_COLOURS:
        with pytest.raises(RuntimeError, match="found it 0 times"):
            insides.coloured_at_once(page.replace(part, ""))


# -- page_furniture -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tex, words",
    [
        (r"w_{ij}^l", "w sub ij superscript l"),
        (r"\hat{y}", "y hat"),
        (r"\frac{a}{b}", "a over b"),
        ("x", "x"),
    ],
)
def test_headers_that_are_formulas_get_words(tex, words):
    document = publish_doctree(
        ".. list-table::\n   :header-rows: 1\n   :stub-columns: 1\n\n"
        f"   * - new :math:`{tex}`\n     - b\n   * - :math:`{tex}`\n     - :math:`{tex}`\n"
    )
    config = SimpleNamespace(math_macros={})
    document.settings.env = SimpleNamespace(config=config)
    page_furniture.NameHeaders(document).run()
    cells = list(document.findall(nodes.entry))
    heard = [cell.next_node(page_furniture.heard) for cell in cells]
    assert [found and found["words"] for found in heard] == [f"new {words}", None, words, None]
    assert cells[0].next_node(nodes.math).astext() == tex, "what is seen stays"
    page = SimpleNamespace(body=[])
    page_furniture.visit_heard(page, {"words": "a < b"})
    page_furniture.depart_heard(page, {})
    said = '<span class="visually-hidden">a &lt; b</span><span aria-hidden="true">'
    assert page.body == [said, "</span>"]


def test_room_is_kept_for_hand_made_pictures(tmp_path):
    (tmp_path / "x.svg").write_text('<svg xmlns="x" width="56" height="7"/>')
    others = '<img alt="a" src="../_images/x.png"/><img src="figures/y.svg"><img src="" alt="b">'
    body = (
        f'<img alt="1 &gt; 0" src="../_images/x.svg"/>{others}<img width="8" src="_images/x.svg">'
    )
    out = page_furniture.with_room(body, tmp_path)
    assert out == body.replace('<img alt="1', '<img width="56" height="7" alt="1')


def test_formulas_in_docstrings():
    lines = ["The slope $w$ of ``$x$`` is $a_1$."]
    page_furniture.formulas_in_docstrings(None, "", "", None, None, lines)
    assert lines == ["The slope :math:`w` of ``$x$`` is :math:`a_1`."]


# -- launch buttons and the address ---------------------------------------------------------------


def test_launch_buttons_open_the_notebook():
    links = chapter_notebooks.launch_links(
        {"url": "https://github.com/me/book.git", "branch": "main"}, "03_x"
    )
    assert (
        links["binder"]
        == "https://mybinder.org/v2/gh/me/book/main?urlpath=lab%2Ftree%2Fnotebooks%2F03_x.ipynb"
    )
    assert links["colab"].startswith(
        "https://colab.research.google.com/github/me/book/blob/notebooks/03_x.ipynb"
    )


def test_the_badge_of_the_readme_has_the_address_of_the_config(root):
    repository = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["repository"]
    readme = (root / "README.md").read_text("utf-8")
    assert "mybinder.org" in readme
    assert address.with_address(readme, repository) == readme, "run `make address`"
    changed = address.with_address(readme, {"url": "https://github.com/you/copy", "branch": "dev"})
    assert "mybinder.org/v2/gh/you/copy/dev?" in changed


# -- what is installed ----------------------------------------------------------------------------


def pins(path):
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)$", path.read_text("utf-8"), re.M))


def test_binder_has_the_versions_of_the_book(root):
    everything = {k.lower(): v for k, v in pins(root / "constraints.txt").items()}
    binder = pins(root / ".binder/requirements.txt")
    assert binder and all(everything[k.lower()] == v for k, v in binder.items())
    assert (root / ".binder/runtime.txt").read_text().strip() == "python-3.11"
    post_build = root / ".binder/postBuild"
    assert os.access(post_build, os.X_OK) and "tools/notebooks.py" in post_build.read_text()


def test_everything_asked_for_is_pinned(root):
    everything = {k.lower() for k in pins(root / "constraints.txt")}
    for name in ("requirements.txt", "requirements-test.txt"):
        asked = re.findall(r"^([A-Za-z][\w.-]*)", (root / name).read_text("utf-8"), re.M)
        assert asked and {a.lower() for a in asked} <= everything


def test_what_is_pinned_can_be_installed_by_every_python(root):
    """Debian 12 has Python 3.11.2, and a pin for 3.11.5 stopped the very first command there."""
    pinned = {k.lower(): v for k, v in pins(root / "constraints.txt").items()}
    seen = 0
    for found in distributions():
        wanted = found.metadata.get("Requires-Python")
        if pinned.get(found.metadata["Name"].lower()) != found.version:
            continue
        seen += 1
        for python in ("3.11.0", "3.12.0", "3.13.0", "3.14.0"):
            assert not wanted or SpecifierSet(wanted).contains(python), (
                f"{found.name} {found.version} wants Python {wanted}: pin an older one"
            )
    assert seen > 80


def test_chapters_need_no_more_than_binder_installs(root):
    """Every package that a chapter, handgrad or what makes notebooks imports is in Binder's."""
    names = {
        "sklearn": "scikit-learn",
        "IPython": "ipywidgets",
        "markdown_it": "markdown-it-py",
        "mdit_py_plugins": "mdit-py-plugins",
    }
    known = {k.lower() for k in pins(root / ".binder/requirements.txt")} | {"handgrad", "claims"}
    # Jupyter itself, which Binder has, brings nbformat and PyYAML
    known |= {"address", "citing", "nbclient", "nbformat", "yaml"}
    sources = [
        *root.glob("chapters/[0-9]*.md"),
        *(root / "code/handgrad/src").rglob("*.py"),
        *(root / f"tools/{name}.py" for name in ("address", "citing", "notebooks")),
    ]
    for path in sources:
        for name in re.findall(r"^\s*(?:import|from)\s+(\w+)", path.read_text("utf-8"), re.M):
            if name in sys.stdlib_module_names or (path.suffix == ".md" and not name.islower()):
                continue
            if re.search(
                rf"^\s*(import {name}\b|from {name}[\w.]* import)", path.read_text("utf-8"), re.M
            ):
                assert names.get(name, name).lower() in known, f"{path.name} imports {name}"


def test_a_missing_browser_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(NoBrowser, match="apt install chromium"):
        find_chromium()
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser, "PACKAGE", tmp_path / "no such package")
    with pytest.raises(NoBrowser, match="apt install chromium"):
        find_chromium()


def test_make_lists_its_commands(root):
    out = subprocess.run(
        ["make", "help"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    for command in (
        "book",
        "ready",
        "test",
        "serve",
        "lab",
        "notebooks",
        "claims",
        "mutate",
        "lighthouse",
        "pdf",
        "epub",
        "clean",
    ):
        assert f"make {command}" in out


def without_encoding(source):
    """Lines on which text is read or written in whatever encoding the system has."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or any(
            k.arg in ("encoding", "fileobj") for k in call.keywords
        ):
            continue
        name, given = getattr(call.func, "attr", ""), len(call.args)
        if name in ("read_text", "write_text"):
            if given < (2 if name == "write_text" else 1):
                yield call.lineno
        elif getattr(getattr(call.func, "value", None), "id", "") == "os":
            continue  # os.open gives a number, and no text
        elif "open" in (name, getattr(call.func, "id", "")):
            plain = name == ""  # open(path, mode), or path.open(mode)
            mode = (
                call.args[plain].value
                if given > plain and hasattr(call.args[plain], "value")
                else "r"
            )
            if (plain or given == 0 or mode in ("r", "w", "a")) and "b" not in str(mode):
                yield call.lineno


def test_text_is_utf8_on_every_system(root):
    """On Windows the letters of the book would be read as others."""
    assert list(without_encoding("p.read_text()\nopen(p)\np.open('w')\np.write_text(t)")) == [
        1,
        2,
        3,
        4,
    ]
    right = "p.read_text('utf-8')\nopen(p, 'rb')\np.open('w', encoding='utf-8')\np.write_text(t, 'utf-8')"
    assert not list(without_encoding("os.open(p, os.O_RDONLY)"))
    assert not list(without_encoding(right))
    for folder in ("_ext", "tools", "claims", "benchmarks", "code"):
        for path in (root / folder).rglob("*.py"):
            if "tests" not in path.parts:
                found = list(without_encoding(path.read_text("utf-8")))
                assert not found, f"{path}: lines {found} name no encoding"


@pytest.mark.parametrize("failures, runs", [(0, 1), (1, 2)])
def test_a_kernel_that_did_not_start_is_started_once_more(monkeypatch, failures, runs):
    asked = []

    def execute(notebook, **options):
        asked.append((notebook, options))
        if len(asked) <= failures:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "result"

    monkeypatch.setattr(insides, "run_notebook", execute)
    assert parallel_run.run("notebook", cwd="here") == "result"
    assert asked == [("notebook", {"cwd": "here"})] * runs


def test_a_kernel_that_never_starts_is_reported(monkeypatch):
    def execute(notebook, **options):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(insides, "run_notebook", execute)
    with pytest.raises(RuntimeError, match="died"):
        parallel_run.run("notebook")


def test_what_a_cell_prints_is_one_output_however_the_kernel_cuts_it():
    pieces = [nbformat.v4.new_output("stream", text=text) for text in ("δ (1, 4),", " dW (2, 4)\n")]
    shown = nbformat.v4.new_output("display_data", data={"text/plain": "x"})
    late = nbformat.v4.new_output("stream", text="end\n")
    cell = nbformat.v4.new_code_cell("…", outputs=[*pieces, shown, late])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text"), cell])
    parallel_run.join_streams(notebook)
    assert [o.get("text") for o in cell.outputs] == ["δ (1, 4), dW (2, 4)\n", None, "end\n"]


def test_what_the_makefile_installs_is_no_page_of_the_book(root):
    """An environment holds documents of others; Sphinx would take them for pages."""
    from sphinx.util.matching import Matcher

    made = sorted(set(re.findall(r"[.]venv[\w-]*(?=/bin)", (root / "Makefile").read_text("utf-8"))))
    assert {".venv-bench", ".venv-hub"} <= set(made), made
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    left_out = Matcher(config["exclude_patterns"])
    for folder in [*made, ".venv", "node_modules", "tools/hub/node_modules"]:
        assert left_out(f"{folder}/lib/python3.11/site-packages/other/docs/index.md"), folder
