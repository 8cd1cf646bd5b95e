"""What Sphinx, its themes and Jupyter keep to themselves and this book uses: all of it, and only here.

None of it is promised by those who write it. Pieces of HTML and of scripts are looked for twice: as
they are written today, and by a sign that a newer version would keep; where the two differ, the build
stops. Attributes, classes and files are asked for by name, and a name that is gone stops it too. For
each of them a test looks into the installed packages, so that an upgrade is noticed before a build.
What matplotlib keeps to itself stands in `handgrad._matplotlib`.
"""

import os


def moved(what, whose):
    """The error of a part that is not where it was."""
    return RuntimeError(f"expected {what}; was {whose} upgraded? See insides.py")


def in_place(html, old, new, sign, whose):
    """`html` with `new` in place of every `old`.

    Raises
    ------
    RuntimeError
        If `sign`, which is part of `old`, stands anywhere else too.
    """
    if html.count(sign) != html.count(old) * old.count(sign):
        raise moved(f"{sign!r} only within {old!r}, found it elsewhere too", whose)
    return html.replace(old, new)


def once(html, old, new, where):
    """`html` with `new` in place of `old`, which must stand there once: RuntimeError otherwise."""
    if html.count(old) != 1:
        raise moved(f"{old.strip()} once in {where}, found it {html.count(old)} times", "the theme")
    return html.replace(old, new)


# -- pages of the theme -----------------------------------------------------------------------------


def named_parts(html):
    """Names that the theme forgets: of the sidebar, and of its arrows that unfold a chapter.

    Raises
    ------
    RuntimeError
        If a page has not one sidebar, or another arrow.
    """
    sidebar = '<div id="pst-primary-sidebar"'
    html = once(html, sidebar, f'{sidebar} role="complementary" aria-label="Book"', "a page")
    return in_place(
        html,
        '<summary><span class="toctree-toggle" role="presentation">',
        '<summary><span class="visually-hidden">Pages of this chapter</span>'
        '<span class="toctree-toggle" aria-hidden="true">',
        "toctree-toggle",
        "the theme",
    )


def plain_roles(body):
    """Roles and names that mislead those who hear a page: of works cited, and of folded code.

    Raises
    ------
    RuntimeError
        If either is written in another way.
    """
    body = in_place(
        body, 'role="doc-biblioentry"', 'role="listitem"', "doc-biblioentry", "docutils"
    )
    # a name other than the words in view: "Show the code"
    return in_place(
        body,
        '<summary aria-label="Toggle hidden content">',
        "<summary>",
        "Toggle hidden content",
        "MyST-NB",
    )


def said_index(html):
    """The index of modules with words for its picture, which folds and unfolds what is in a package.

    Raises
    ------
    RuntimeError
        If that picture is written in another way.
    """
    return in_place(
        html,
        'style="display: none" alt="-"',
        'style="display: none" alt="Show or hide the modules within"',
        'alt="-"',
        "Sphinx",
    )


def titled_buttons(html):
    """Buttons whose words a browser shows without a script of the theme's.

    Raises
    ------
    RuntimeError
        If they are written in another way.
    """
    return in_place(
        html, 'data-bs-title="Color mode"', 'title="Color mode"', "data-bs-title", "the theme"
    )


def below_title(body, bar):
    """A page's body with `bar` under its title: RuntimeError if it has no title."""
    if "</h1>" not in body:
        raise moved("a title, <h1>, in a chapter", "Sphinx")
    return body.replace("</h1>", "</h1>\n" + bar, 1)


# where the theme leaves a page without colours until its deferred script has run
NO_COLOURS = {
    ' data-theme="auto"': ' data-theme="light"',  # stays where scripts are off
    'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";': "document.documentElement.dataset.theme = "  # noqa: E501
    '{light: "light", dark: "dark"}[localStorage.getItem("mode")]\n'
    '      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");',
}


def coloured_at_once(html):
    """`html` that is light or dark from its first sight, as the reader or the system wants it.

    Raises
    ------
    RuntimeError
        If the theme's page no longer holds what is replaced.
    """
    for old, new in NO_COLOURS.items():
        html = once(html, old, new, "a page")
    return html


# -- files of the theme -----------------------------------------------------------------------------


def theme_file(static, name):
    """A file of the theme in the built site's `_static`: RuntimeError if it is not there."""
    if not (static / name).is_file():
        raise moved(f"the theme to bring {name}", "the theme")
    return static / name


def icon_fonts(static):
    """The icon fonts that the theme brings: RuntimeError if there are none."""
    folder = "vendor/fontawesome/webfonts"
    found = sorted(static.glob(f"{folder}/*.woff2"))
    if not found:
        raise moved(f"the theme to bring fonts in {folder}", "the theme")
    return found


# what the theme measures on every page as soon as it opens
MEASURED = (
    '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
    '".pst-scrollable-table-container"].join(", ")'
)


def measure_nothing_early(static):
    """Keep the theme from measuring every piece of code on a page as soon as it opens.

    It does so to let the keyboard reach what scrolls, and the browser must lay out a whole chapter
    for it. Our page.js does the same when a reader comes near.

    Raises
    ------
    RuntimeError
        If the theme's script no longer holds what is replaced.
    """
    script = theme_file(static, "scripts/pydata-sphinx-theme.js")
    code = script.read_text("utf-8")
    if '"[data-measured]"' not in code:  # else it is an earlier build's copy
        script.write_text(once(code, MEASURED, '"[data-measured]"', script.name), "utf-8")


# -- Sphinx and its extensions ------------------------------------------------------------------------


def warnings(app):
    """How many warnings this build has given."""
    return app._warncount


def exports(env):
    """What Sphinx's domains keep for other pages; the rest of their data is of a page itself."""
    std, math, py = (env.get_domain(name) for name in ("std", "math", "py"))
    return [std.labels, std.anonlabels, std.objects, std._terms, math.equations, py.objects]


def exercises(env):
    """Page and title of each exercise and solution, by label; no registry before the first one."""
    from sphinx_exercise.nodes import exercise_title, solution_title

    def title(node):
        return [t.astext() for kind in (exercise_title, solution_title) for t in node.findall(kind)]

    registry = getattr(env, "sphinx_exercise_registry", {})
    return {label: (found["docname"], title(found["node"])) for label, found in registry.items()}


# -- MyST-NB and Jupyter ------------------------------------------------------------------------------


def run_notebook(notebook, **options):
    """Run a notebook in place; what jupyter-cache says of the run: `err`, `time`."""
    from jupyter_cache.executors.utils import single_nb_execution

    return single_nb_execution(notebook, **options)


def read_notebook(env, path, text):
    """The notebook that MyST-NB sees in this file; None if it sees none."""
    from myst_nb.core.read import create_nb_reader

    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def stored(cache, notebook):
    """What is kept beside the outputs of this notebook in a cache: KeyError if it is not there."""
    return cache.match_cache_notebook(notebook).data


def execution(env):
    """MyST-NB's settings: `execution_mode`, `execution_cache_path`, `execution_timeout`, `output_folder`."""
    return env.mystnb_config


def manager_class(launch):
    """A class of kernel managers whose kernels come from ``launch(argv, folder, environment)``.

    It gives what stands for the process, with `pid`.
    """
    from jupyter_client import AsyncKernelManager
    from jupyter_client.provisioning import LocalProvisioner

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd, **options):
            at = cmd.index("ipykernel_launcher")  # before it: Python and -m
            folder = options.get("cwd") or os.getcwd()  # named only where it is another one
            self.process = launch(cmd[at:], folder, options["env"])
            self.pid = self.pgid = self.process.pid
            return self.connection_info

    class Manager(AsyncKernelManager):
        async def _async_pre_start_kernel(self, **options):
            if self.provisioner is None:
                self.provisioner = Provisioner(kernel_spec=self.kernel_spec, parent=self)
            return await super()._async_pre_start_kernel(**options)

    return Manager
