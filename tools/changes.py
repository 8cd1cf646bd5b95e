"""Change what a reader may change, in every notebook, one thing at a time, and see what comes.

    python tools/changes.py [NAME ...] [--sample] [--twice] [--jobs 2] [--report FILE.json]

`claims/changes/NAME.toml` says what may be changed on a page, or in an assignment (`exercise_03`):

    # What a reader may change, one at a time: `from` stands exactly once in the notebook's code,
    # each of `to` takes its place.
    [[change]]
    what = "learning rate"
    from = "learning_rate = 0.1"
    to = ["learning_rate = 0.01", "learning_rate = 0.3", "learning_rate = 0.5"]

The notebook is the one that a reader downloads, run as a reader runs it: figures are widgets, and a
difference from print is a sentence. A change fails where a cell raises anything but a message that
explains itself, where something is written to stderr, where no output is another than before, and
where a table or a figure is lost.
"""

import argparse
import ast
import contextlib
import hashlib
import io
import json
import linecache
import multiprocessing
import os
import pickle
import re
import signal
import symtable
import sys
import tempfile
import tomllib
import types
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import notebooks

ROOT = notebooks.ROOT
FOLDER = ROOT / "claims/changes"
SECONDS = 600  # for one run
FEWEST_VALUES = 3
WIDGET = "application/vnd.jupyter.widget-view+json"
# what a message must say beside what came: what was expected, or what to try
EXPLAINS = re.compile(r"\b(expected|must|try|at (most|least)|needs?|give|use)\b")
NOT_COMPARED = "Not compared, since the data are no longer the book's: "
SETTING = re.compile(
    r"^\w*(rate|updates|epochs|steps|batch|batch_size|samples|starts|runs|hidden|units|depth|width|"
    r"splits|seed|noise|patience)\w* = [\d._]+ *(#.*)?$",
    re.M | re.I,
)
OWN = re.compile(r"#.*\bown\b")  # behind a number that is not the one that may be changed


@dataclass(frozen=True)
class Change:
    """Something that a reader may change, and the values it is tried with."""

    what: str
    before: str
    values: tuple
    sample: bool = False


@dataclass
class Cell:
    """What came out of a cell: (kind, text or digest) of each output, errors, stderr."""

    outputs: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    stderr: str = ""

    def count(self, kind):
        return sum(kind == found for found, _ in self.outputs)

    @property
    def text(self):
        return "".join(text for kind, text in self.outputs if kind == "text")


@dataclass(frozen=True)
class Failure:
    """An error as far as it matters here."""

    name: str
    message: str
    explained: bool
    undefined: str = ""


# -- what is declared -----------------------------------------------------------------------------


def names():
    """Names of all pages and assignments that say what may be changed."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def declared(name, folder=FOLDER):
    """Return the changes that a page or assignment declares."""
    rows = tomllib.loads((folder / f"{name}.toml").read_text("utf-8")).get("change", [])
    found = []
    for row in rows:
        if extra := set(row) - {"what", "from", "to", "sample"}:
            raise ValueError(f"{name}.toml: expected what, from, to, sample, got {sorted(extra)}")
        found.append(Change(row["what"], row["from"], tuple(row["to"]), row.get("sample", False)))
    return found


def code_of(name, book=None):
    """Return the code cells of the notebook of a page, or of an assignment with its solutions."""
    if name.startswith("exercise_"):
        from handmark import sources

        (path,) = (ROOT / "exercises").glob(f"{name.removeprefix('exercise_')}_*/*.md")
        cells = sources.solution_copy(sources.read(path)).cells
    else:
        book = book or notebooks.Book()
        (page,) = (p for p in book.with_notebook if Path(p).stem == name)
        cells = notebooks.Chapter(book, page).notebook().cells
        cells = [c for c in cells if "setup" not in c.metadata.get("tags", ())]
    return [c.source for c in cells if c.cell_type == "code"]


def changed(cells, before, after):
    """Return the cells with `after` in the place of `before`, which must stand there once."""
    found = sum(cell.count(before) for cell in cells)
    if found != 1:
        raise ValueError(f"{before!r} must stand in the code exactly once, got {found} times")
    return [cell.replace(before, after) for cell in cells]


# -- what the text of the cells tells ---------------------------------------------------------


def parsed(cell):
    lines = ["pass" if re.match(r"\s*[%!]", line) else line for line in cell.split("\n")]
    return ast.parse("\n".join(lines))


def _in_book_says(tree):
    """The nodes within blocks of `book_says`."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        and any("book_says" in ast.dump(item.context_expr) for item in node.items)
        for inner in ast.walk(node)
    }


def bare_asserts(cells):
    """Return (number of the cell, line) of each assert outside a block of `book_says`."""
    found = []
    for number, cell in enumerate(cells):
        tree = parsed(cell)
        held = _in_book_says(tree)
        lines = cell.split("\n")
        found += [
            (number, lines[node.lineno - 1].strip())
            for node in ast.walk(tree)
            if isinstance(node, ast.Assert) and id(node) not in held
        ]
    return found


def telling(before):
    """Return the number of a change such as ``rate = 0.1``, None where it may mean anything."""
    found = re.fullmatch(r"\s*\w+\s*=\s*([\d._]+(?:e-?\d+)?)\s*,?\s*(?:#.*)?", before)
    if not found:
        return None
    value = ast.literal_eval(found[1])
    common = value in (0.5, 10, 100, 1000) or (value == int(value) and value < 5)
    return None if common else value


def typed_again(changes, cells):
    """Return (what, line) of each place where a value that may be changed is typed a second time.

    Looked at are numbers that stand alone, as in ``rate = 0.1``, and not the commonest; also within
    texts. A line whose number is another one says so in a comment with the word "own"; blocks of
    `book_says` hold the book's own numbers.
    """
    found = []
    for change in changes:
        value = telling(change.before)
        if value is None:
            continue
        written = re.compile(rf"(?<![\w.]){re.escape(f'{value:g}')}(?![\w]|\.\d)")
        for cell in cells:
            tree, lines = parsed(cell), cell.split("\n")
            held = _in_book_says(tree)
            for node in ast.walk(tree):
                if not isinstance(node, ast.Constant) or id(node) in held:
                    continue
                same = written.search(node.value) if isinstance(node.value, str) else None
                if type(node.value) in (int, float):
                    same = node.value == value
                span = lines[node.lineno - 1 : node.end_lineno]
                if same and not OWN.search(" ".join(span)) and change.before not in " ".join(span):
                    found.append((change.what, span[0].strip()))
    return found


def undeclared(changes, cells):
    """Return the lines that set a plain number, such as ``few_rate = 0.3``, which no change takes.

    Looked at are the names of what a reader changes: rates, sizes, numbers of updates and the like.
    """
    found = []
    for cell in cells:
        taken = [range(at, at + len(c.before)) for c in changes if (at := cell.find(c.before)) >= 0]
        for line in SETTING.finditer(cell):
            if "own" not in line[0] and not any(line.start() in span for span in taken):
                found.append(line[0])
    return found


def stored(cell):
    """Names that a cell defines in the notebook, and not those within its functions."""
    top = symtable.symtable(ast.unparse(parsed(cell)), "cell", "exec")
    return {
        s.get_name()
        for s in top.get_symbols()
        if s.is_assigned() or s.is_imported() or s.is_namespace()
    }


def read(cell):
    """Names that a cell, or a function in it, takes from the notebook."""
    found, waiting = set(), [symtable.symtable(ast.unparse(parsed(cell)), "cell", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        top = table.get_type() == "module"
        found |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (top or s.is_global())
        }
    return found


# -- running --------------------------------------------------------------------------------------


def explained(error, traceback):
    """True if an error was raised on purpose, by us or in the notebook, and says what to do."""
    if not isinstance(error, (ValueError, TypeError)) or not EXPLAINS.search(str(error)):
        return False
    while traceback.tb_next:
        traceback = traceback.tb_next
    path = traceback.tb_frame.f_code.co_filename
    line = linecache.getline(path, traceback.tb_lineno).strip()
    ours = f"{os.sep}handgrad{os.sep}" in path or path.startswith("<") or "ipykernel" in path
    return ours and line.startswith("raise")


class Notebook:
    """A kernel without a kernel: IPython in this process, outputs kept as a front end gets them."""

    def __init__(self):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        settings = Config()
        settings.HistoryManager.enabled = False
        InteractiveShell.clear_instance()
        # a module of its own: as __main__ it would take the place of this one
        names = types.ModuleType("notebook")
        self.shell = shell = InteractiveShell.instance(config=settings, user_module=names)
        shell.display_pub.publish = lambda data, metadata=None, **_: self._show(data)
        shell.displayhook.write_format_data = lambda data, metadata=None: self._show(data)
        shell.displayhook.write_output_prompt = lambda: None
        shell.displayhook.finish_displayhook = lambda: None
        shell.showtraceback = self._error
        shell.showsyntaxerror = self._error
        shell.cleanup = lambda: None
        self.widgets = []

    def _error(self, exc_tuple=None, *_, **__):
        kind, error, traceback = exc_tuple if isinstance(exc_tuple, tuple) else sys.exc_info()
        undefined = (error.name or "") if isinstance(error, NameError) else ""
        self.cell.errors.append(
            Failure(kind.__name__, str(error), explained(error, traceback), undefined)
        )

    def _show(self, data):
        if any(mime.startswith("application/papermill.record/") for mime in data):
            return  # a result for the prose of the site
        texts = [str(v) for mime, v in sorted(data.items()) if mime != WIDGET]
        kind = "other"
        if WIDGET in data:
            kind, box = "figure", self._widget(data[WIDGET]["model_id"])
            texts += [w.value for w in box.children if type(w).__name__ == "HTML"]
            texts += [str(_range(w)) for w in box.children if type(w).__name__ != "HTML"]
            self.widgets.append(box)
        elif "hg-figure" in texts[0] or any(mime.startswith("image/") for mime in data):
            kind = "figure"
        elif "hg-table" in texts[0]:
            kind = "table"
        seen = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        self.cell.outputs.append((kind, seen))

    @staticmethod
    def _widget(model):
        from ipywidgets.widgets import widget

        return widget._instances[model]

    def run(self, source):
        """Run a cell and return what came out."""
        self.cell, out, err = Cell(), io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.shell.run_cell(source, store_history=True)
        if out.getvalue():
            self.cell.outputs.append(("text", out.getvalue()))
        self.cell.stderr = err.getvalue()
        return self.cell

    def move_controls(self):
        """Move every control to both its ends and in between; return the errors."""
        self.cell, complaints = Cell(), io.StringIO()
        with contextlib.redirect_stderr(complaints):
            for box in self.widgets:
                shown = box.children[-1]
                for control in box.children:
                    for value in _places(control):
                        control.value = value
                        if "hg-error" in shown.value:
                            where = f"{getattr(control, 'description', '')} = {value}"
                            said = re.sub("<.*?>", "", shown.value)
                            self.cell.errors.append(Failure(where, said, False))
        self.cell.stderr = complaints.getvalue()
        return self.cell


def _range(control):
    """What a control lets a reader choose from: a change that adds a place to it shows."""
    return [getattr(control, name, None) for name in ("options", "min", "max")]


def _places(control):
    """Values at the ends of a control, and one or two in between."""
    if type(control).__name__ in ("Play", "HTML"):
        return []
    if getattr(control, "options", None):
        return [value for _, value in (control.options[0], control.options[-1])]
    low, high = control.min, control.max
    if isinstance(low, int):
        return sorted({low, (low + high) // 2, high - 1, high})
    places = [low, low + 0.3719 * (high - low), high]
    return [control.base**place for place in places] if hasattr(control, "base") else places


@contextlib.contextmanager
def reader():
    """The surroundings of a reader: live figures, nothing strict, an empty folder, a time limit."""

    def late(*_):
        raise TimeoutError(f"not done in {SECONDS} s")

    def warn(message, category, path, line, file=None, text=None):
        sys.stderr.write(warnings.formatwarning(message, category, path, line, text))

    before = {name: os.environ.get(name) for name in ("HANDGRAD_FACE", "HANDGRAD_CHECKS")}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.showwarning = warn  # as in a kernel, whoever started this process
        warnings.resetwarnings()
        for quiet in (
            DeprecationWarning,
            PendingDeprecationWarning,
            ImportWarning,
            ResourceWarning,
        ):
            warnings.simplefilter("ignore", quiet)
        os.environ["HANDGRAD_FACE"] = "live"
        os.environ.pop("HANDGRAD_CHECKS", None)
        os.chdir(folder)
        signal.signal(signal.SIGALRM, late)
        signal.alarm(SECONDS)
        try:
            yield Notebook()
        finally:  # whoever goes on in this process finds it as it was
            signal.alarm(0)
            os.chdir(ROOT)
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def run(cells):
    """Run all cells as a reader does and return what came out of each."""
    with reader() as notebook:
        return [notebook.run(cell) for cell in cells]


def branches(cells, pairs):
    """Yield (change, value, what came out of each cell) of every pair of a change and its value.

    What comes before a change is as it was without it: it is run once, and each change goes on from
    there in a process of its own.
    """
    with reader() as notebook:
        outs, left = [], len(pairs)
        for at, cell in enumerate(cells):
            for change, value in pairs:
                if change.before in cell:
                    signal.alarm(0)
                    rest = [cell.replace(change.before, value), *cells[at + 1 :]]
                    yield change, value, outs + in_a_fork(notebook, rest)
                    left -= 1
            if not left:
                return
            signal.alarm(SECONDS)
            outs.append(notebook.run(cell))


def in_a_fork(notebook, cells):
    """Run the cells in a copy of this process; return what came out of each."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            signal.alarm(SECONDS)
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump([notebook.run(cell) for cell in cells], pipe)
            os._exit(0)  # what this process holds is the other one's to close
        finally:
            os._exit(1)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"a run ended with status {status}, without saying why")
    return pickle.loads(found)


def run_twice(cells):
    """Run each cell twice in turn, move all controls, run all again; return what is wrong."""
    wrong = []
    with reader() as notebook:
        for time, each in (("twice in turn", 2), ("after the whole notebook", 1)):
            for number, cell in enumerate(cells):
                for _ in range(each):
                    out = notebook.run(cell)
                    for problem in complaints(out):
                        wrong.append(f"cell {number + 1}, run {time}: {problem}")
                    for line in out.text.split("\n"):
                        if line.startswith(NOT_COMPARED):
                            wrong.append(f"cell {number + 1}, run {time}: {line}")
            if each == 2:
                wrong += [f"a control moved: {p}" for p in complaints(notebook.move_controls())]
    return list(dict.fromkeys(wrong))


def complaints(out):
    said = [f"{e.name}: {e.message}" for e in out.errors]
    return said + ([f"stderr: {out.stderr.strip()[-300:]}"] if out.stderr.strip() else [])


def judge(cells, place, before, after):
    """Return (problems, sentences, messages) of a run with a change beside the one without.

    `cells` are the changed ones; `place` is the number of the one that differs, counted from 1.

    A front end stops at the first error. Who goes on after a message that explained itself has not
    yet mended what it named; so an error is no problem then in a cell that uses the changed numbers
    or anything made of them.
    """
    problems, messages, lost, touched, sentences = [], [], set(), set(), 0
    for number, (cell, old, new) in enumerate(zip(cells, before, after, strict=True), 1):
        sentences += new.text.count(NOT_COMPARED)
        stopped = False
        uses = number == place or bool(read(cell) & touched)
        if uses:
            touched |= stored(cell)
        for error in new.errors:
            if error.explained:
                messages.append(f"{error.name}: {error.message}")
            elif error.undefined not in lost and not (messages and uses):
                problems.append(f"cell {number}: {error.name}: {error.message or '(no message)'}")
            stopped = True
        if stopped:
            lost |= stored(cell)
        else:
            lost -= stored(cell)
            for kind in ("table", "figure"):
                if new.count(kind) < old.count(kind):
                    problems.append(f"cell {number}: a {kind} is lost")
        if new.stderr.strip():
            problems.append(f"cell {number}: stderr: {new.stderr.strip()[-300:]}")
    if [c.outputs for c in before] == [c.outputs for c in after]:
        problems.append("changes nothing")
    return problems, sentences, messages


def tell(problems, sentences, messages):
    if problems:
        return "; ".join(problems)
    parts = ["runs"]
    if sentences:
        parts.append(f"{sentences} not compared")
    return ", ".join(parts + [f"says: {text}" for text in dict.fromkeys(messages)])


def warm():
    """Import what chapters import, once: runs are forked from this process."""
    import handgrad.check
    import handgrad.draw
    import handgrad.explore
    import handgrad.symbolic
    import handgrad.training
    import ipywidgets
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import sympy

    return handgrad, ipywidgets, matplotlib, sympy


def _base(name):
    return run(CODE[name])


def _page(job):
    name, pairs = job
    return [
        (change, value, judged(CODE[name], change, value, BASE[name], after))
        for change, value, after in branches(CODE[name], pairs)
    ]


def judged(cells, change, value, before, after):
    """`judge` for a change of these cells."""
    place = next(k for k, cell in enumerate(cells, 1) if change.before in cell)
    return judge(changed(cells, change.before, value), place, before, after)


def _twice(name):
    return run_twice(CODE[name])


CODE, BASE = {}, {}  # what forked processes inherit


def pool(jobs):
    warm()
    return multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1)


def wanted_of(name, sample):
    """The (change, value) pairs of a page: all, or one for the sample."""
    changes = declared(name)
    if sample:
        change = next((c for c in changes if c.sample), changes[0])
        return [(change, change.values[0])]
    return [(change, value) for change in changes for value in change.values]


def try_all(which, sample=False, jobs=2):
    """Yield (name, what, value, problems, outcome) of every change."""
    book = notebooks.Book()
    CODE.update({name: code_of(name, book) for name in which})
    for name in which:
        for change, value in wanted_of(name, sample):
            changed(CODE[name], change.before, value)  # before anything runs
    with pool(jobs) as workers:
        BASE.update(zip(which, workers.map(_base, which, chunksize=1), strict=True))
    for name in which:
        for number, out in enumerate(BASE[name], 1):
            if wrong := complaints(out):
                yield (
                    name,
                    "nothing",
                    "",
                    [f"cell {number}: {wrong[0]}"],
                    f"cell {number}: {wrong[0]}",
                )
    tasks = [(name, wanted_of(name, sample)) for name in which]
    with pool(jobs) as workers:
        for name, rows in zip(which, workers.imap(_page, tasks, chunksize=1), strict=True):
            for change, value, found in rows:
                yield name, change.what, value, found[0], tell(*found)


def try_twice(which, jobs=2):
    """Yield (name, problems) of every notebook, each cell of which was run twice and once more."""
    book = notebooks.Book()
    CODE.update({name: code_of(name, book) for name in which})
    with pool(jobs) as workers:
        yield from zip(which, workers.imap(_twice, which, chunksize=1), strict=True)


def counted(which):
    """Yield (name, bare asserts, values typed again, changes) of pages."""
    book = notebooks.Book()
    for name in which:
        cells = code_of(name, book)
        known = declared(name) if (FOLDER / f"{name}.toml").exists() else []
        yield name, len(bare_asserts(cells)), len(typed_again(known, cells)), len(known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="pages or assignments; all by default")
    parser.add_argument("--sample", action="store_true", help="one change a page")
    parser.add_argument("--twice", action="store_true", help="run every cell twice instead")
    parser.add_argument("--count", action="store_true", help="count what is left to mend instead")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path, help="write the outcomes as JSON, too")
    chosen = parser.parse_args()
    every = [Path(page).stem for page in notebooks.Book().with_notebook]
    which = [Path(name).stem for name in chosen.names]
    if chosen.count:
        print(f"{'page':34s}{'asserts':>9s}{'typed again':>13s}{'changes':>9s}")
        for name, *numbers in counted(which or every):
            print("{:34s}{:9d}{:13d}{:9d}".format(name, *numbers))
        return
    rows, failed = [], 0
    if chosen.twice:
        for name, problems in try_twice(which or every, chosen.jobs):
            failed += bool(problems)
            print(f"{name}: {'fails' if problems else 'may be run twice'}", flush=True)
            print("".join(f"    {problem}\n" for problem in problems), end="", flush=True)
            rows.append({"name": name, "problems": problems})
    else:
        last = None
        for name, what, value, problems, outcome in try_all(
            which or names(), chosen.sample, chosen.jobs
        ):
            if name != last:
                print(f"\n{name}")
            last = name
            failed += bool(problems)
            shown = value if len(value) < 60 else value[:57] + "…"
            mark = "FAILS" if problems else "ok"
            print(f"  {mark:6s}{what:40s}  {' '.join(shown.split()):60s}  {outcome}", flush=True)
            rows.append({"name": name, "what": what, "value": value, "outcome": outcome})
            rows[-1]["problems"] = problems
        print(f"\n{len(rows)} changes, {failed} fail")
    if chosen.report:
        chosen.report.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
