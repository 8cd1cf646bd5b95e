"""The package needs numpy, sympy and matplotlib; what else is asked for, is asked for by name."""

import subprocess
import sys

import pytest
from handgrad._extras import EXTRAS, need

# a process in which everything else is as good as not installed
ALONE = """
import sys

ALLOWED = {"numpy", "sympy", "matplotlib", "handgrad"}
#: what these three bring along, by the names under which they import
THEIRS = {"mpmath", "PIL", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging",
          "pyparsing", "contourpy", "six", "mpl_toolkits", "gmpy2", "flint", "setuptools"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in ALLOWED | THEIRS | set(sys.stdlib_module_names) and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
IMPORT_ALL = """
import importlib, pkgutil, handgrad
rooms = [m.name for m in pkgutil.walk_packages(handgrad.__path__, "handgrad.")]
for room in rooms:
    importlib.import_module(room)
assert len(rooms) > 30, rooms
for name in ("scipy", "tqdm", "ipywidgets", "IPython", "sklearn"):
    assert name not in sys.modules
"""
WORK = """
import numpy as np
from handgrad import check, datasets, draw, explore, losses, network, symbolic, training

X, Y = datasets.digits()
X, = datasets.standardise(X, constant="drop")
net = network.random_network((61, 5, 10), ["tanh", "softmax"], rng=np.random.default_rng(0))
net, history = training.train(
    net, X[:50], Y[:50], learning_rate=0.1, epochs=2, loss="softmax_cross_entropy"
)
assert history.cost[-1] < history.cost[0]
losses.binary_cross_entropy([[0.5]], [[1.0]])
symbolic.DenseGraph([2, 1], activation="swish").derivative("w", 2, 1, 1).as_factors()
assert check.meets(losses.get("half_squared_error"))
explore.picture(lambda ax: draw.network(ax, [2, 1]), alt="two inputs, one output").frame()
"""
ASKED = {
    "optimizers.lbfgs(lambda v: (float(v @ v), 2 * v), [1.0])": "scipy",
    "perceptron.separate([[0.0], [1.0]], [0, 1])": "scipy",
    "perceptron.certificate([[0.0], [1.0]], [0, 1])": "scipy",
    "training.train(net, [[1.0]], [[1.0]], learning_rate=0.1, epochs=1, progress=True)": "progress",
    "explore.explore(lambda ax, k: None, alt=lambda k: str(k), k=[1, 2]).widget()": "widgets",
    "book.glue(ch01_n=3)": "widgets",
}


def alone(code):
    done = subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_room_is_imported_with_three_libraries():
    alone(IMPORT_ALL)


def test_what_the_book_does_runs_with_three_libraries():
    alone(WORK)


def test_the_process_really_lacks_the_others():
    with pytest.raises(AssertionError, match="No module named 'scipy'"):
        alone("import scipy")


@pytest.mark.parametrize("call", ASKED)
def test_what_needs_more_says_how_to_get_it(call):
    said = alone(
        "import handgrad\n"
        "from handgrad import book, explore, network, optimizers, perceptron, training\n"
        "net = network.make_network([[[0.5]]], activation='tanh')\n"
        f"try:\n    {call}\n"
        "except ModuleNotFoundError as problem:\n    print(problem)\n"
    )
    assert f'pip install "handgrad[{ASKED[call]}]"' in said


def test_a_library_that_lacks_something_of_its_own_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "scipy_broken_for_this_test").mkdir()
    (tmp_path / "scipy_broken_for_this_test/__init__.py").write_text("import nothing_of_that_name")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(EXTRAS, "scipy_broken_for_this_test", "scipy")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
        need("scipy_broken_for_this_test")


def test_what_is_there_is_returned():
    assert need("scipy", "scipy.special").xlogy(0, 0) == 0
    with pytest.raises(KeyError):
        need("a_library_nobody_named")
