"""Run the chapters' code: in parallel, while pages are read, and into a cache that cannot be stale.

myst-nb runs a notebook when it reads the page. Here they run side by side, and a page is read when
its own has run. And myst-nb knows a notebook by its own cells only, so after an edit in `code/` it
would show old numbers. Here the folder of its cache is named by a digest of everything an output
depends on.
"""

import gc
import hashlib
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path

import insides
import warm_kernels
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from sphinx.util import logging

log = logging.getLogger(__name__)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# what outputs depend on, beside the chapter itself: our packages, the worlds, the exercises
INPUTS = ("code", "claims", "chapters/data", "exercises")
SKIPPED = {"__pycache__", ".pytest_cache", ".ipynb_checkpoints", "node_modules"}
# what chapters do not run: checks of them, and results that a page names under ``reads``
APART = ("claims/conclusions/", "claims/changes/")
KERNEL = [
    "--IPKernelApp.log_level=40",  # no remarks about how it is spoken to
    # figures make much rubbish that lives long: looking for it less often saves a tenth of the time
    "--IPKernelApp.exec_lines=__import__('gc').set_threshold(100_000, 20, 50)",
]
KEPT = 3  # caches of earlier states, so that going back to one is quick


def input_files(root):
    """The files that a chapter's output may depend on, in a fixed order."""
    for folder in INPUTS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            generated = SKIPPED.intersection(parts) or any(p.endswith(".egg-info") for p in parts)
            apart = path.relative_to(root).as_posix().startswith(APART)
            if path.is_file() and not (generated or apart) and path.suffix != ".pyc":
                yield path


def digest(root, environment=os.environ):
    """A name for everything that an output depends on: Python, versions, files, environment."""
    found = hashlib.sha256(sys.version.encode())
    for name in sorted({f"{d.metadata['Name']}=={d.version}" for d in distributions()}):
        found.update(name.encode() + b"\0")
    for path in input_files(root):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in ("HANDGRAD_FACE", "HANDGRAD_CHECKS", "PYTHONHASHSEED", *THREADS):
        found.update(f"{name}={environment.get(name)}\0".encode())
    return found.hexdigest()[:16]


def will_run(app, cache):
    """True if chapters will surely run: there is no cache, or a source is newer than the last build."""
    pickle = Path(app.doctreedir) / "environment.pickle"
    if not (cache.exists() and pickle.exists()):
        return True
    last = pickle.stat().st_mtime
    return any(p.stat().st_mtime > last for p in Path(app.srcdir).glob("chapters/*.md"))


def choose_cache(app, config):
    for name in THREADS:  # kernels run side by side: one thread each
        os.environ.setdefault(name, "1")
    os.environ.setdefault("PYTHONHASHSEED", "0")  # the same order of everything in every run
    os.environ.setdefault("HANDGRAD_FACE", "static")
    os.environ.setdefault("HANDGRAD_CHECKS", "strict")  # what differs from print stops the build
    folder = Path(app.outdir).parent / ".jupyter_cache"
    root = Path(config.handgrad_root or app.srcdir)
    # when this value changes, Sphinx reads every page again
    config.nb_execution_cache_path = str(folder / digest(root))
    if warm_kernels.POSSIBLE and will_run(app, Path(config.nb_execution_cache_path)):
        app.nursery = warm_kernels.Nursery()  # it imports while Sphinx starts
    old = [p for p in folder.glob("*/") if p != Path(config.nb_execution_cache_path)]
    for path in sorted(old, key=lambda p: p.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path)


def sources_read(metadata, path):
    """The other files that a page reads: those that its front matter names under ``reads``."""
    folder = Path(path).parent
    return sorted(
        p for pattern in metadata.get("reads", ()) for p in folder.glob(pattern) if p != Path(path)
    )


def digest_of(paths):
    found = hashlib.sha256()
    for path in paths:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def note_sources(app, doctree):
    """A page that reads other files is read again when one of them changes."""
    name = app.env.docname
    matter = yaml.safe_load(app.env.metadata[name].get("reads") or "[]")
    for path in sources_read({"reads": matter}, app.env.doc2path(name)):
        app.env.note_dependency(str(path))


def to_run(env, cache, docnames):
    """(docname, path, notebook, digest of the files it reads) of every chapter whose outputs
    are not in the cache."""
    for docname in docnames:
        path = env.doc2path(docname)
        text = Path(path).read_text("utf-8-sig")
        notebook = insides.read_notebook(env, path, text)
        if notebook is None:
            continue
        read = digest_of(sources_read(notebook.metadata, path))
        try:
            if insides.stored(cache, notebook)["read"] == read:
                continue
        except KeyError:
            pass
        yield docname, path, notebook, read


def join_streams(notebook):
    """Join what a cell prints into one output.

    Where a kernel cuts the text into pieces is chance, and myst-nb breaks the line at every cut.
    """
    for cell in notebook.cells:
        joined = []
        for output in cell.get("outputs", []):
            last = joined[-1] if joined else {}
            if output.output_type == "stream" and output.name == last.get("name"):
                last.text += output.text
            else:
                joined.append(output)
        if joined:
            cell.outputs = joined


def run(notebook, **options):
    """Run a notebook in place, and once more if its kernel did not start.

    Jupyter looks for free ports and leaves it to the kernel to take them: now and then another
    program is quicker.
    """
    try:
        return insides.run_notebook(notebook, **options)
    except RuntimeError as error:
        log.info("  once more, since: %s", error)
        return insides.run_notebook(notebook, **options)


class Runs:
    """The notebooks of one build that must run, some at a time."""

    def __init__(self, cache, workers, options):
        self.cache, self.options = cache, options
        # kernels are processes of their own: threads are enough to wait for them
        self.pool = ThreadPoolExecutor(workers)
        self.waiting = {}

    def start(self, jobs):
        self.begun = time.monotonic()
        for docname, path, notebook, read in jobs:
            running = self.pool.submit(
                run, notebook, cwd=str(Path(path).parent), allow_errors=False, **self.options
            )
            self.waiting[docname] = running, path, notebook, read

    def finish(self, docname):
        """Wait for the notebook of this page and put its outputs into the cache."""
        if docname not in self.waiting:
            return
        running, path, notebook, read = self.waiting.pop(docname)
        result = running.result()
        log.info("  %s: %s", docname, "failed" if result.err else f"{result.time:.1f} s")
        if result.err:  # not cached: myst-nb runs it again and reports the error with its line
            return
        join_streams(notebook)
        data = {"execution_seconds": result.time, "read": read}
        bundle = CacheBundleIn(notebook, path, data=data)
        self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        if not self.waiting:
            log.info("the code has run in %.1f s", time.monotonic() - self.begun)


def run_all(app, env, docnames):
    """Start the notebooks, in the order in which their pages will be read."""
    config = insides.execution(env)
    if config.execution_mode != "cache":
        return
    cache = get_cache(config.execution_cache_path)
    jobs = list(to_run(env, cache, docnames))
    if jobs:
        # one more than there are cores: while a kernel's outputs are taken, it waits
        workers = min(len(jobs), app.config.handgrad_workers or (os.cpu_count() or 1) + 1)
        log.info("running the code of %d chapters, %d at a time", len(jobs), workers)
        options = {
            "timeout": config.execution_timeout,
            "shutdown_kernel": "immediate",
            "extra_arguments": KERNEL,
        }
        if warm_kernels.POSSIBLE:
            app.nursery = getattr(app, "nursery", None) or warm_kernels.Nursery()
            options["kernel_manager_class"] = insides.manager_class(app.nursery.fork)
        app.runs = Runs(cache, workers, options)
        app.runs.start(jobs)


def wait_for(app, docname, source):
    if hasattr(app, "runs"):
        app.runs.finish(docname)


def close(app, exception):
    if hasattr(app, "runs"):
        app.runs.pool.shutdown(cancel_futures=True)
    if hasattr(app, "nursery"):
        app.nursery.close()


def setup(app):
    # a book makes many nodes that live to the end: to look for rubbish less often saves an eighth
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    app.add_config_value("handgrad_workers", 0, "")
    app.add_config_value("handgrad_root", "", "")
    app.connect("config-inited", choose_cache, priority=700)
    app.connect("env-before-read-docs", run_all)
    app.connect("source-read", wait_for)
    app.connect("doctree-read", note_sources)
    app.connect("build-finished", close)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
