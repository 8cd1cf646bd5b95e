"""The parts of the benchmark that need no peers, its results, the page, and a guard of the speed."""

import json
import math
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest
from handgrad import network

from benchmarks import clock, grading, growth, results, settings
from benchmarks.ways import OURS, bare_products, handgrad_train

ROOT = Path(__file__).resolve().parent.parent
PEERS = {
    "scikit-learn fit",
    "scikit-learn partial_fit",
    "PyTorch eager",
    "JAX per step",
    "JAX scan",
}


@pytest.fixture(scope="module")
def nets():
    return settings.nets(share=0.05)


@pytest.fixture(scope="module")
def tiny(nets):
    return nets[0]


def numpy_train(setting, dtype):
    """A third way, written out for one hidden layer, that knows nothing of the package."""
    W2, W3 = (w.astype(dtype) for w in setting.W)
    b2, b3 = (v.astype(dtype) for v in setting.b)
    for _ in range(setting.epochs):
        for X, Y in setting.batches(dtype):
            z2 = X @ W2 + b2
            a2 = np.maximum(z2, 0)
            e = np.exp(a2 @ W3 + b3)
            d3 = (e / e.sum(axis=1, keepdims=True) - Y) / len(X)
            d2 = d3 @ W3.T * (z2 > 0)
            eta = np.dtype(dtype).type(setting.learning_rate)
            W2, b2, W3, b3 = (
                W2 - eta * X.T @ d2,
                b2 - eta * d2.sum(axis=0),
                W3 - eta * a2.T @ d3,
                b3 - eta * d3.sum(axis=0),
            )
    return [W2, W3], [b2, b3]


# ---- what is trained -----------------------------------------------------------------------


def test_batches_are_alike_and_hold_each_sample(nets):
    for setting in nets:
        batches = setting.batches("float64")
        assert {X.shape for X, _ in batches} == {(setting.batch, setting.sizes[0])}
        np.testing.assert_array_equal(np.concatenate([X for X, _ in batches]), setting.X)
        np.testing.assert_array_equal(np.concatenate([Y for _, Y in batches]), setting.Y)
        assert setting.updates == setting.epochs * len(batches)
        assert (setting.Y.sum(axis=1) == 1).all() and set(np.unique(setting.Y)) == {0.0, 1.0}


def test_runs_repeat(tiny):
    run = handgrad_train(tiny, "float64")
    for one, two in zip(run(), run(), strict=True):
        for p, q in zip(one, two, strict=True):
            np.testing.assert_array_equal(p, q)


def test_bare_products_are_those_of_the_update(monkeypatch, nets):
    """As many multiplications of numbers as forward, deltas and gradients have."""

    class Counting(np.ndarray):
        flops = 0

        def __matmul__(self, other):
            Counting.flops += self.shape[0] * self.shape[1] * other.shape[1]
            return np.asarray(self) @ np.asarray(other)

    normal = settings.Setting.batches
    monkeypatch.setattr(
        settings.Setting,
        "batches",
        lambda self, dtype: [(X.view(Counting), Y) for X, Y in normal(self, dtype)],
    )
    for setting in nets:
        Counting.flops = 0
        bare_products(setting, "float64")()
        # only the products with X itself are counted: X W^2 and X^T delta^2
        products = 2 * setting.batch * setting.sizes[0] * setting.sizes[1]
        assert Counting.flops == setting.updates * products


# ---- equal losses --------------------------------------------------------------------------


def runs_of(setting, **others):
    runs = {key: way(setting, key[1]) for key, way in OURS.items()}
    return runs | {(name, "float64"): run for name, run in others.items()}


def test_all_ways_reach_the_same_loss(nets):
    for setting in nets:
        losses = clock.same_losses(setting, runs_of(setting))
        assert losses["bare matrix products", "float64"] is None
        trained = network.make_network(
            *handgrad_train(setting, "float64")(), settings.hidden_and_softmax(setting.sizes)
        )
        expected = network.cost(trained, setting.X, setting.Y, "softmax_cross_entropy")
        assert losses["handgrad train", "float64"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_way_written_out_reaches_it_too(tiny, dtype):
    runs = runs_of(tiny) | {("written out", dtype): lambda: numpy_train(tiny, dtype)}
    losses = clock.same_losses(tiny, runs)
    assert losses["written out", dtype] is not None


def one_update_less(setting):
    short = settings.Setting(
        **vars(setting) | {"X": setting.X[setting.batch :], "Y": setting.Y[setting.batch :]}
    )
    return handgrad_train(short, "float64")


def other_rate(setting):
    return handgrad_train(
        settings.Setting(**vars(setting) | {"learning_rate": 1.01 * setting.learning_rate}),
        "float64",
    )


def other_order(setting):
    return handgrad_train(
        settings.Setting(**vars(setting) | {"X": setting.X[::-1], "Y": setting.Y[::-1]}), "float64"
    )


def untrained(setting):
    return lambda: (setting.W, setting.b)


def not_a_number(setting):
    return lambda: ([np.nan * w for w in setting.W], setting.b)


@pytest.mark.parametrize(
    "wrong", [one_update_less, other_rate, other_order, untrained, not_a_number]
)
def test_a_way_that_does_something_else_is_refused(tiny, wrong):
    with pytest.raises(clock.Unequal, match="expected wrong in float64 to reach the loss"):
        clock.same_losses(tiny, runs_of(tiny, wrong=wrong(tiny)))


def test_a_way_that_learns_nothing_is_no_measure(tiny):
    runs = {("handgrad train", "float64"): untrained(tiny)}
    with pytest.raises(clock.Unequal, match="expected training to lower the loss"):
        clock.same_losses(tiny, runs)


# ---- the clock -----------------------------------------------------------------------------


def test_ways_take_turns():
    order = []
    seconds = clock.in_turn({name: lambda name=name: order.append(name) for name in "abc"}, 3)
    assert "".join(order) == "abcabcabc"
    assert all(len(t) == 3 and (t >= 0).all() for t in seconds.values())


def test_summary_is_per_update_in_microseconds():
    assert clock.summary([3e-3, 1e-3, 2e-3, 5e-3, 4e-3], 100) == {
        "median": 30.0,
        "q1": 20.0,
        "q3": 40.0,
        "min": 10.0,
    }


def test_growth_is_measured_for_every_point():
    found = growth.measure(1, lambda text: None, share=0.03)
    assert {axis: [p[axis] for p in points] for axis, points in found.items()} == {
        "width": list(growth.WIDTHS),
        "depth": list(growth.DEPTHS),
        "batch": list(growth.BATCHES),
    }


# ---- results and page ----------------------------------------------------------------------


def times(found):
    assert set(found) == {"median", "q1", "q3", "min"}
    assert 0 < found["min"] <= found["q1"] <= found["median"] <= found["q3"] < math.inf
    return True


def test_results_hold_all_nets_and_ways(nets):
    measured = results.read()
    assert list(measured["training"]) == [setting.name for setting in nets]
    for setting, net in zip(settings.nets(), measured["training"].values(), strict=True):
        assert (net["sizes"], net["batch"]) == (list(setting.sizes), setting.batch)
        assert net["updates"] == setting.updates
        assert set(net["ways"]) == PEERS | {way for way, _ in OURS}
        for found in net["ways"].values():
            assert set(found) == set(clock.TOLERANCE)
            assert all(map(times, found.values()))
    for axis, values in {
        "width": growth.WIDTHS,
        "depth": growth.DEPTHS,
        "batch": growth.BATCHES,
    }.items():
        points = measured["growth"][axis]
        assert [p[axis] for p in points] == list(values)
        assert all(times(p[way]) for p in points for way in growth.WAYS)
    assert sorted(p["sizes"] for p in measured["symbolic"]) == sorted(map(list, growth.SYMBOLIC))
    assert all(
        p["edges"] == growth.edges(p["sizes"]) and times(p["gradient"])
        for p in measured["symbolic"]
    )
    machine = measured["machine"]
    assert set(machine["versions"]) == set(results.PACKAGES) and machine["threads"] == 1
    assert "/" not in json.dumps(measured)  # no folders


def test_the_losses_in_the_results_are_those_of_this_code():
    for setting in settings.nets():
        if setting.sizes[0] < 100:
            loss = clock.loss_of(setting, *handgrad_train(setting, "float64")())
            assert results.read()["training"][setting.name]["loss"] == pytest.approx(loss, rel=1e-6)


def test_the_table_names_every_way():
    text = results.as_text(results.read())
    assert all(text.count(f"\n{way} ") >= 4 for way in PEERS)


def test_the_page_types_no_times():
    """Numbers of the page come from the file: its prose has no decimals, and it reads the file."""
    page = jupytext.read(ROOT / "chapters/how_made.md")
    code = "\n".join(c.source for c in page.cells if c.cell_type == "code")
    prose = "\n".join(c.source for c in page.cells if c.cell_type == "markdown")
    assert "results.read()" in code
    assert not [
        word
        for word in prose.split()
        if any(map(str.isdigit, word)) and "." in word[:-1] and "](" not in word
    ]


# ---- a guard of the speed ------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes, batch, epochs, limit",  # limits are twice what a quiet machine gives, or more
    [
        ((2, 8, 2), 4, 10, 14.0),
        ((64, 32, 10), 32, 10, 10.0),
        ((64, 64, 64, 10), 32, 6, 6.0),
        ((784, 128, 10), 64, 6, 3.5),
    ],
)
def test_training_stays_near_its_matrix_products(sizes, batch, epochs, limit):
    setting = settings.make(sizes, batch, epochs, batches=10)
    runs = {"ours": handgrad_train(setting, "float64"), "bare": bare_products(setting, "float64")}
    best = math.inf
    for _ in range(4):  # a machine that is busy at first gets more chances
        seconds = clock.in_turn(runs, 8)
        best = min(best, seconds["ours"].min() / seconds["bare"].min())
        if best < limit:
            return
    pytest.fail(f"an update takes {best:.1f} times its matrix products, more than {limit}")


# ---- grading -------------------------------------------------------------------------------


def test_the_file_of_grading_holds_both_ways_in_each_round():
    measured = results.read(grading.FILE)
    assert set(measured["steps"]) == {"grading", "feedback"}
    for ways in measured["steps"].values():
        assert set(ways) == set(grading.WAYS)
        rounds = {len(found) for found in ways.values()}
        assert rounds == {measured["machine"]["repeats"]}
        for found in [*ways["handmark"], *ways["nbgrader"]]:
            assert set(found) == set(grading.KINDS) and all(x > 0 for x in found.values())
    assert "/" not in json.dumps(measured)


def test_copies_differ_in_id_and_every_third_has_a_mistake():
    answers = {task: old for task, (old, _) in grading.MISTAKES.items()}
    cells = [nbformat.v4.new_code_cell('student_id = "anonymous"')]
    for task, text in answers.items():
        about = {"grade_id": f"{task}-answer", "solution": True}
        cells.append(nbformat.v4.new_code_cell(text, metadata={"nbgrader": about}))
    notebook = nbformat.v4.new_notebook(cells=cells)
    for number in range(12):
        copy = grading.copy_of(notebook, number)
        assert copy.cells[0].source == f'student_id = "s{number:03}"'
        changed = sum(a.source != b.source for a, b in zip(copy.cells[1:], cells[1:], strict=True))
        assert changed == (number % 3 == 2)


def test_a_ratio_is_the_median_of_the_rounds():
    ways = {
        "nbgrader": [{"clock": 10.0}, {"clock": 20.0}, {"clock": 40.0}],
        "handmark": [{"clock": 5.0}, {"clock": 4.0}, {"clock": 40.0}],
    }
    assert grading.ratio({"steps": {"grading": ways}}, "grading", "clock") == 0.5
