"""What doesn't fit is refused, everywhere: expected, got.

Every public function stands below with arguments that do. The generator replaces one of them at a
time by something of the wrong kind; each such call must raise a TypeError or a ValueError whose
message says what was expected and what came.
"""

import importlib
import inspect
import warnings

import numpy as np
import pytest
from handgrad import (
    activations,
    batchnorm,
    check,
    datasets,
    draw,
    losses,
    network,
    optimizers,
    perceptron,
    regression,
    schedules,
    storage,
    symbolic,
    tasks,
    training,
)
from handgrad.tasks import numbers as own
from matplotlib.figure import Figure

# -- what is wrong for an argument of a kind --------------------------------------------------

NO_NUMBER = [None, "0.5", 1j, [1.0, 2.0], np.nan, np.inf, object(), True]
NO_COUNT = [None, "3", 1.5, -1, np.nan, 1j, [2], True]
NO_ARRAY = [None, "text", [["a", "b"]], 1j, object(), [[1.0], [1.0, 2.0]], {"a": 1}]
NO_FUNCTION = [None, 3, "f", [1.0]]
X_ONE = np.zeros((1, 2))
WRONG = {
    "number": NO_NUMBER,
    "positive": [*NO_NUMBER, 0.0, -1.0],
    "not negative": [*NO_NUMBER, -1.0],
    "share": [*NO_NUMBER, -0.5, 1.5],
    "count": NO_COUNT,
    "positive count": [*NO_COUNT, 0],
    # of any shape
    "entries": NO_ARRAY,
    "samples": [
        *NO_ARRAY,
        1.0,
        np.zeros(3),
        np.zeros((2, 2, 2)),
        np.zeros((0, 2)),
        [[np.nan, 1.0]],
    ],
    "vector": [*NO_ARRAY, 1.0, np.zeros((3, 3)), [], [np.inf, 1.0]],
    "array of its shape": [*NO_ARRAY, np.zeros((7, 5, 3)), []],
    "rng": [None, 0, "0", np.random.RandomState(0)],
    "function": NO_FUNCTION,
    "choice": [None, "nonsense", 3, ["a"]],
    "name": [None, 3, 1.5],
    "record": [None, "nonsense", 0, 1.5, ["a"], True],
    "dtype": [None, "nonsense", "float16", int, 3],
    "rate": [*NO_NUMBER, 0.0, -1.0, float],
    "schedule": [None, "fast", 1j, 0.0, -1.0, np.nan, True],
    "dropout": ["half", 1j, np.nan, -0.1, 1.0, None, {7: 0.5}, {2: 1.0}],
    "flag": [None, 1, "yes"],
    "history": ["history", 3, {}],
    "held out": [3, "XY", (X_ONE,), (X_ONE, X_ONE, X_ONE), (None, None)],
    "activation": [None, "nonsense", 3, np.tanh],
    "activations": [None, "nonsense", 3, ["tanh"] * 9, [None, None]],
    "loss": [None, "nonsense", 3, np.sum],
    "network": [None, "net", 3, {}],
    "cache": [None, "cache", 3],
    "grads": [None, "grads", 3, {}],
    "optimizer": ["adam", 3, np.sum],
    "thing": [None, "tanh", 3, np.tanh],
    "dict": [None, "text", 3, {}],
    "layers": [None, "text", 3, [], {7: np.eye(2)}],
    "sizes": [None, "32", 3, [2], [2, 0], [2, 1.5], [2, None]],
    "pair": [None, "ab", 3, (1.0,), (1.0, 2.0, 3.0), ("a", "b"), (np.nan, 1.0)],
    "triple": [
        None,
        "abc",
        3,
        (1.0, 2.0),
        ("a", "b", "c"),
        (np.nan, 1.0, 0.1),
        (1.0, 0.0, 0.1),
        (0, 1, 0),
    ],
    "axes": [None, "ax", 3],
    "levels": [None, "3", 1.5, 0, -1, [], [np.nan], [[1.0], [1.0, 2.0]], True],
    "printed": [None, 0.5, "nonsense", "", "inf"],
}
OPTIONAL = "or None: "  # before a kind: None is allowed


def wrong(kind):
    """What is put in place of an argument of this kind."""
    if kind.startswith(OPTIONAL):
        return [value for value in WRONG[kind[len(OPTIONAL) :]] if value is not None]
    return WRONG[kind]


# -- the public functions, with arguments that fit -----------------------------------------------

X, Y = [[0.5, -1.0], [1.0, 2.0], [0.0, 1.5]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
NET = network.make_network([np.eye(2), np.array([[0.5, 0.1], [-0.2, 0.3]])], activation="tanh")
PRELU = network.make_network([np.eye(2)], activation="prelu")
CACHE = network.forward(NET, X)
GRADS = network.gradients(NET, X, Y)[1]
V = network.to_vector(NET)
_, NORM = batchnorm.forward(X, [1.0, 1.0], [0.0, 0.0])
GRAPH = symbolic.DenseGraph([2, 2, 2], activation="tanh")
GATE = datasets.gate_inputs()
AND = datasets.gates()["AND"]


def rng():
    return np.random.default_rng(0)


def ax():
    return Figure().subplots()


def squares(x):
    return float(np.sum(np.asarray(x) ** 2))


def bowl(v):
    return squares(v), 2 * np.asarray(v)


FITTING = {}  # (room, label) -> (function, arguments that fit, their kinds)


def fits(room, label, function, arguments, **kinds):
    FITTING[room, label] = function, arguments, kinds


for name in activations.ACTIVATIONS:
    for f in (name, name + "_prime"):
        parameters = list(inspect.signature(getattr(activations, f)).parameters)
        extra = {"slope": 0.1, "alpha": 0.5, "pieces": 2}
        given = {"z": X} | {p: extra[p] for p in parameters[1:]}
        kinds = {"slope": "number", "alpha": "number", "pieces": "positive count"}
        fits(
            "activations",
            f,
            getattr(activations, f),
            given,
            z="entries",
            **{p: kinds[p] for p in parameters[1:]},
        )
fits("activations", "prelu_dslope", activations.prelu_dslope, {"z": X}, z="entries")
fits("activations", "softmax", activations.softmax, {"z": X}, z="entries")
fits("activations", "leaky_relu_with", activations.leaky_relu_with, {"slope": 0.1}, slope="number")
fits("activations", "prelu_with", activations.prelu_with, {"slope": 0.1}, slope="number")
fits("activations", "elu_with", activations.elu_with, {"alpha": 0.1}, alpha="number")
fits("activations", "maxout_with", activations.maxout_with, {"pieces": 2}, pieces="positive count")
fits(
    "activations",
    "get",
    activations.get,
    {"name_or_activation": "tanh"},
    name_or_activation="activation",
)
fits(
    "activations",
    "Activation",
    activations.Activation,
    {"name": "sine", "value": np.sin, "derivative": np.cos, "pieces": 1},
    name="name",
    value="function",
    derivative="function",
    pieces="positive count",
)

for name in (
    "half_squared_error",
    "sum_of_squares",
    "binary_cross_entropy",
    "binary_cross_entropy_from_z",
    "softmax_cross_entropy",
):
    for f in (name, name + "_grad"):
        function = getattr(losses, f)
        first, second = inspect.signature(function).parameters
        # in place of the prediction, numbers between 0 and 1 for those that want them
        half = np.full((3, 2), 0.5)
        fits(
            "losses", f, function, {first: half, second: Y}, **{first: "samples", second: "samples"}
        )
fits("losses", "softmax_jacobian", losses.softmax_jacobian, {"z": X}, z="entries")
fits("losses", "log_softmax", losses.log_softmax, {"z": X}, z="entries")
fits("losses", "get", losses.get, {"name_or_loss": "sum_of_squares"}, name_or_loss="loss")
fits(
    "losses",
    "Loss",
    losses.Loss,
    {"name": "mine", "value": squares, "gradient": squares, "of": "z"},
    name="name",
    value="function",
    gradient="function",
    of="choice",
)

fits("network", "forward", network.forward, {"net": NET, "X": X}, net="network", X="samples")
fits(
    "network",
    "output_delta",
    network.output_delta,
    {"net": NET, "cache": CACHE, "Y": Y, "loss": "sum_of_squares"},
    net="network",
    cache="cache",
    Y="samples",
    loss="loss",
)
fits(
    "network",
    "backward",
    network.backward,
    {"net": NET, "cache": CACHE, "delta_L": Y},
    net="network",
    cache="cache",
    delta_L="samples",
)
for f in ("gradients", "cost", "slope_gradients"):
    fits(
        "network",
        f,
        getattr(network, f),
        {"net": PRELU, "X": X, "Y": Y, "loss": "sum_of_squares"},
        net="network",
        X="samples",
        Y="samples",
        loss="loss",
    )
fits(
    "network",
    "update",
    network.update,
    {"net": NET, "grads": GRADS, "learning_rate": 0.1},
    net="network",
    grads="grads",
    learning_rate="positive",
)
fits(
    "network",
    "make_network",
    network.make_network,
    {"W": [np.eye(2)], "b": [np.zeros(2)], "activation": "tanh"},
    W="layers",
    b="or None: layers",
    activation="activations",
)
fits(
    "network",
    "random_network",
    network.random_network,
    {
        "sizes": [2, 3, 1],
        "activation": "tanh",
        "rng": rng(),
        "scheme": "he",
        "scale": 1.0,
        "dtype": "float32",
    },
    sizes="sizes",
    activation="activations",
    rng="rng",
    scheme="choice",
    scale="or None: positive",
    dtype="dtype",
)
fits(
    "network",
    "loss_for",
    network.loss_for,
    {"net": NET, "loss": "sum_of_squares"},
    net="network",
    loss="loss",
)
fits("network", "predict", network.predict, {"net": NET, "X": X}, net="network", X="samples")
fits(
    "network",
    "accuracy",
    network.accuracy,
    {"net": NET, "X": X, "Y": Y},
    net="network",
    X="samples",
    Y="samples",
)
fits("network", "check_network", network.check_network, {"net": NET}, net="network")
fits("network", "to_vector", network.to_vector, {"net": NET}, net="network")
fits("network", "gradient_vector", network.gradient_vector, {"grads": GRADS}, grads="grads")
fits("network", "from_vector", network.from_vector, {"net": NET, "v": V}, net="network", v="vector")
fits(
    "storage",
    "to_arrays",
    storage.to_arrays,
    {"net": NET, "layout": "out_in", "bias": "last"},
    net="network",
    layout="choice",
    bias="choice",
)
fits(
    "storage",
    "from_arrays",
    storage.from_arrays,
    {"arrays": storage.to_arrays(NET), "activation": "tanh", "layout": "in_out", "bias": "apart"},
    arrays="layers",
    activation="activations",
    layout="choice",
    bias="choice",
)

fits(
    "training",
    "batches",
    training.batches,
    {"n": 5, "batch_size": 2, "rng": rng()},
    n="positive count",
    batch_size="positive count",
    rng="rng",
)
SETTINGS = {
    "net": NET,
    "X": X,
    "Y": Y,
    "loss": "sum_of_squares",
    "l2": 0.1,
    "reduction": "mean",
}
KINDS = {
    "net": "network",
    "X": "samples",
    "Y": "samples",
    "loss": "loss",
    "l2": "not negative",
    "reduction": "choice",
}
fits("training", "objective", training.objective, SETTINGS, **KINDS)
fits(
    "training",
    "train",
    training.train,
    SETTINGS
    | {
        "learning_rate": 0.1,
        "epochs": 2,
        "batch_size": 2,
        "rng": rng(),
        "optimizer": optimizers.GradientDescent(0.1),
        "record": "epoch",
        "l1": 0.1,
        "dropout": 0.5,
        "validation": (X, Y),
        "resume": None,
    },
    **KINDS,
    learning_rate="or None: positive",
    epochs="count",
    batch_size="or None: positive count",
    rng="rng",
    optimizer="or None: optimizer",
    record="record",
    l1="not negative",
    dropout="dropout",
    validation="or None: held out",
    resume="or None: history",
)
fits(
    "training",
    "drop",
    training.drop,
    {"net": NET, "dropout": {2: 0.5}, "n": 3, "rng": rng()},
    net="network",
    dropout="dropout",
    n="positive count",
    rng="rng",
)

fits(
    "optimizers",
    "GradientDescent",
    optimizers.GradientDescent,
    {"learning_rate": 0.1},
    learning_rate="positive",
)
fits(
    "optimizers",
    "Momentum",
    optimizers.Momentum,
    {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    learning_rate="rate",
    momentum="share",
    nesterov="flag",
)
fits(
    "optimizers",
    "RMSProp",
    optimizers.RMSProp,
    {"learning_rate": 0.1, "rho": 0.9, "epsilon": 1e-8},
    learning_rate="rate",
    rho="share",
    epsilon="positive",
)
for name, settings in {
    "step_decay": {"factor": 0.5, "every": 3},
    "exponential_decay": {"factor": 0.5},
    "inverse_decay": {"decay": 0.5},
    "cosine_decay": {"updates": 9, "last": 0.0},
}.items():
    kinds = {
        "factor": "positive",
        "every": "positive count",
        "decay": "not negative",
        "updates": "positive count",
        "last": "not negative",
    }
    fits(
        "schedules",
        name,
        getattr(schedules, name),
        {"first": 0.1} | settings,
        first="positive",
        **{key: kinds[key] for key in settings},
    )
fits(
    "schedules",
    "warm_up",
    schedules.warm_up,
    {"schedule": 0.1, "updates": 3},
    schedule="schedule",
    updates="positive count",
)
fits(
    "schedules",
    "per_epoch",
    schedules.per_epoch,
    {"schedule": schedules.step_decay(0.1, factor=0.5, every=3), "updates": 3},
    schedule="function",
    updates="positive count",
)
fits(
    "optimizers",
    "Adam",
    optimizers.Adam,
    {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
    learning_rate="positive",
    beta1="share",
    beta2="share",
    epsilon="not negative",
)
for made in (
    optimizers.GradientDescent(0.1),
    optimizers.Momentum(0.1),
    optimizers.RMSProp(0.1),
    optimizers.Adam(),
):
    fits(
        "optimizers",
        f"{type(made).__name__}.step",
        made.step,
        {"v": V, "dv": V, "state": made.start(V)},
        v="array of its shape",
        dv="array of its shape",
    )
fits(
    "optimizers",
    "lbfgs",
    optimizers.lbfgs,
    {"f_and_grad": bowl, "v0": [1.0, 2.0], "max_iterations": 3},
    f_and_grad="function",
    v0="vector",
    max_iterations="positive count",
)

RATE = {"first": 0.1}
fits(
    "schedules",
    "step_decay",
    schedules.step_decay,
    RATE | {"factor": 0.5, "every": 3},
    first="positive",
    factor="positive",
    every="positive count",
)
fits(
    "schedules",
    "exponential_decay",
    schedules.exponential_decay,
    RATE | {"factor": 0.5},
    first="positive",
    factor="positive",
)
fits(
    "schedules",
    "inverse_decay",
    schedules.inverse_decay,
    RATE | {"decay": 0.5},
    first="positive",
    decay="not negative",
)
fits(
    "schedules",
    "cosine_decay",
    schedules.cosine_decay,
    RATE | {"updates": 5, "last": 0.01},
    first="positive",
    updates="positive count",
    last="not negative",
)
for f, schedule in (("warm_up", 0.1), ("per_epoch", schedules.exponential_decay(0.1, factor=0.5))):
    fits(
        "schedules",
        f,
        getattr(schedules, f),
        {"schedule": schedule, "updates": 3},
        updates="positive count",
    )

NORMAL = {"x": X, "gamma": [1.0, 1.0], "beta": [0.0, 0.0], "epsilon": 1e-5}
NORMAL_KINDS = {"x": "samples", "gamma": "vector", "beta": "vector", "epsilon": "positive"}
fits("batchnorm", "forward", batchnorm.forward, NORMAL, **NORMAL_KINDS)
for f in ("backward", "backward_fused"):
    fits(
        "batchnorm", f, getattr(batchnorm, f), {"dy": Y, "cache": NORM}, dy="samples", cache="cache"
    )
fits(
    "batchnorm",
    "infer",
    batchnorm.infer,
    NORMAL | {"mean": [0.0, 0.0], "var": [1.0, 1.0]},
    **NORMAL_KINDS,
    mean="vector",
    var="vector",
)
fits("batchnorm", "statistics", batchnorm.statistics, {"x": X}, x="samples")
fits(
    "batchnorm",
    "RunningStatistics.start",
    batchnorm.RunningStatistics.start,
    {"d": 2, "momentum": 0.9},
    d="positive count",
    momentum="share",
)
fits(
    "batchnorm",
    "RunningStatistics.update",
    batchnorm.RunningStatistics.start(2).update,
    {"x": X},
    x="samples",
)

LINE = {"x": [0.0, 1.0, 3.0], "y": [1.0, 2.0, 2.0], "w": 0.5, "b": 0.1}
LINE_KINDS = {"x": "vector", "y": "vector", "w": "number", "b": "number"}
for f in ("cost", "gradient"):
    fits("regression", f, getattr(regression, f), LINE, **LINE_KINDS)
fits(
    "regression",
    "predict",
    regression.predict,
    {k: LINE[k] for k in "xwb"},
    **{k: LINE_KINDS[k] for k in "xwb"},
)
fits(
    "regression",
    "descend",
    regression.descend,
    LINE | {"learning_rate": 0.1, "steps": 3},
    **LINE_KINDS,
    learning_rate="positive",
    steps="count",
)
for f in ("hessian", "largest_learning_rate"):
    fits("regression", f, getattr(regression, f), {"x": LINE["x"]}, x="vector")
fits(
    "regression",
    "least_squares",
    regression.least_squares,
    {k: LINE[k] for k in "xy"},
    x="vector",
    y="vector",
)
fits(
    "regression",
    "least_squares_several",
    regression.least_squares_several,
    {"X": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [1.0, 1.0]], "y": [0.0, 1.0, 2.0, 3.0]},
    X="samples",
    y="vector",
)

UNIT = {"X": GATE, "w": [1.0, 1.0], "b": -1.5}
UNIT_KINDS = {"X": "samples", "w": "vector", "b": "number"}
for f in ("weighted_sum", "logistic"):
    fits("perceptron", f, getattr(perceptron, f), UNIT, **UNIT_KINDS)
fits("perceptron", "predict", perceptron.predict, UNIT | {"low": 0}, **UNIT_KINDS, low="choice")
fits(
    "perceptron",
    "train",
    perceptron.train,
    UNIT | {"y": AND, "learning_rate": 1.0, "max_epochs": 9},
    **UNIT_KINDS,
    y="vector",
    learning_rate="positive",
    max_epochs="positive count",
)
for f in ("separate", "certificate"):
    fits("perceptron", f, getattr(perceptron, f), {"X": GATE, "y": AND}, X="samples", y="vector")

fits(
    "datasets",
    "line",
    datasets.line,
    {"n": 5, "rng": rng(), "slope": 1.0, "intercept": 0.0, "noise": 0.1},
    n="positive count",
    rng="rng",
    slope="number",
    intercept="number",
    noise="not negative",
)
for f in ("sine", "circles"):
    fits(
        "datasets",
        f,
        getattr(datasets, f),
        {"n": 5, "rng": rng(), "noise": 0.1},
        n="positive count",
        rng="rng",
        noise="not negative",
    )
fits(
    "datasets",
    "split",
    datasets.split,
    {"X": X, "Y": Y, "fraction": 0.4, "rng": rng()},
    X="samples",
    Y="samples",
    fraction="share",
    rng="rng",
)
fits(
    "datasets",
    "standardise",
    datasets.standardise,
    {"X_train": X, "constant": "drop"},
    X_train="samples",
    constant="choice",
)
fits("datasets", "one_hot", datasets.one_hot, {"y": [0, 1], "K": 2}, y="vector", K="positive count")

fits(
    "symbolic",
    "DenseGraph",
    symbolic.DenseGraph,
    {
        "sizes": [2, 2],
        "activation": "tanh",
        "loss": "sum_of_squares",
        "inputs": "x",
        "outputs": "a",
        "derivatives": "worked",
    },
    sizes="sizes",
    activation="activations",
    loss="loss",
    inputs="choice",
    outputs="choice",
    derivatives="choice",
)
fits(
    "symbolic",
    "DenseGraph.derivative",
    lambda kind, l, i, j: GRAPH.derivative(kind, l, i, j),
    {"kind": "w", "l": 2, "i": 1, "j": 1},
    kind="choice",
    l="positive count",
    i="positive count",
    j="positive count",
)
fits(
    "symbolic",
    "DenseGraph.values",
    GRAPH.values,
    {"net": NET, "x": X[0], "y": Y[0]},
    net="network",
    x="array of its shape",
    y="array of its shape",
)
DERIVATION = GRAPH.derivative("w", 2, 1, 1)
VALUES = GRAPH.values(NET, X[0], Y[0])
fits("symbolic", "DenseGraph.function()", GRAPH.function(), {"values": VALUES}, values="dict")
fits("symbolic", "Derivation.function()", DERIVATION.function(), {"values": VALUES}, values="dict")
for f in ("as_partials", "as_factors"):
    fits("symbolic", f, getattr(DERIVATION, f), {"max_paths": 3}, max_paths="positive count")
fits("symbolic", "as_deltas", DERIVATION.as_deltas, {"max_lines": 3}, max_lines="positive count")
fits(
    "symbolic",
    "with_numbers",
    DERIVATION.with_numbers,
    {"values": VALUES, "digits": 6, "max_paths": 3},
    values="dict",
    digits="positive count",
    max_paths="positive count",
)

SLOPE = {"f": squares, "x": [1.0, 2.0]}
fits("check", "central_difference", check.central_difference, SLOPE, f="function", x="entries")
fits(
    "check",
    "kinks",
    check.kinks,
    SLOPE | {"tolerance": 1e-6},
    f="function",
    x="entries",
    tolerance="positive",
)
fits(
    "check",
    "check_gradient",
    check.check_gradient,
    SLOPE | {"dx": [2.0, 4.0], "tolerance": 1e-6},
    f="function",
    x="entries",
    dx="array of its shape",
    tolerance="positive",
)
fits(
    "check",
    "network_differences",
    check.network_differences,
    {"net": NET, "X": X, "Y": Y, "loss": "sum_of_squares", "step": 1e-5},
    net="network",
    X="samples",
    Y="samples",
    loss="loss",
    step="or None: positive",
)
for f in ("relative_error", "relative_errors"):
    fits(
        "check",
        f,
        getattr(check, f),
        {"a": [1.0], "b": [1.0], "floor": 1e-3},
        a="array of its shape",
        b="array of its shape",
        floor="positive",
    )
fits(
    "check",
    "agree",
    check.agree,
    {"one": 1.0, "other": 1.0, "tolerance": 1e-9},
    tolerance="not negative",
)
fits(
    "check",
    "holds",
    check.holds,
    {"printed": "0.50", "value": 0.5},
    printed="printed",
    value="number",
)
fits(
    "check",
    "diagnose",
    check.diagnose,
    {"net": NET, "X": X, "Y": Y, "dW": GRADS.dW, "db": GRADS.db, "loss": "half_squared_error"},
    net="network",
    X="samples",
    Y="samples",
    dW="layers",
    db="or None: layers",
    loss="loss",
)
fits("check", "meets", check.meets, {"thing": activations.get("relu")}, thing="thing")
fits(
    "check",
    "demands",
    lambda thing: list(check.demands(thing)),
    {"thing": activations.get("relu")},
    thing="thing",
)

SPAN = {"xlim": (-1.0, 1.0), "ylim": (-1.0, 1.0)}
SPAN_KINDS = {"xlim": "pair", "ylim": "pair"}
fits(
    "draw",
    "surface",
    draw.surface,
    {"ax": ax(), "f": lambda x, y: x**2 + y**2, "path": X, "minimum": (0.0, 0.0), "levels": 5}
    | {"resolution": 9}
    | SPAN,
    **SPAN_KINDS,
    ax="axes",
    f="entries",
    path="or None: samples",
    minimum="or None: pair",
    levels="levels",
    resolution="positive count",
)
fits(
    "draw",
    "boundary",
    draw.boundary,
    {
        "ax": ax(),
        "predict": lambda P: P[:, 0],
        "X": X,
        "y": [0, 1, 1],
        "level": 0.5,
        "resolution": 9,
        "names": ("a", "b"),
    }
    | SPAN,
    ax="axes",
    predict="function",
    X="samples",
    y="array of its shape",
    level="number",
    resolution="positive count",
    xlim="or None: pair",
    ylim="or None: pair",
)
fits(
    "draw",
    "convergence",
    draw.convergence,
    {"ax": ax(), "series": {"a": [1.0, 0.5]}},
    ax="axes",
    series="dict",
)
fits(
    "draw",
    "function",
    draw.function,
    {"ax": ax(), "f": np.sin, "xlim": (-1.0, 1.0), "derivative": np.cos},
    ax="axes",
    f="function",
    xlim="pair",
    derivative="or None: function",
)
fits(
    "draw",
    "bars",
    draw.bars,
    {"ax": ax(), "values": {"a": 1.0}, "errors": {"a": 0.1}},
    ax="axes",
    values="dict",
    errors="or None: dict",
)
fits(
    "draw",
    "gradient_field",
    draw.gradient_field,
    {"ax": ax(), "gradient": lambda x, y: (x, y), "points": 3} | SPAN,
    **SPAN_KINDS,
    ax="axes",
    gradient="function",
    points="positive count",
)
fits(
    "draw",
    "annotate_value",
    draw.annotate_value,
    {"ax": ax(), "x": 0.1, "y": 0.2, "text": "here", "offset": (3, 3)},
    ax="axes",
    x="number",
    y="number",
    offset="pair",
)
fits(
    "draw",
    "network",
    draw.network,
    {"ax": ax(), "sizes": [2, 1], "weights": [np.ones((2, 1))], "flow": "forward", "labels": {}},
    ax="axes",
    sizes="sizes",
    weights="or None: layers",
    flow="choice",
    labels="or None: axes",
)
fits(
    "draw",
    "downstream",
    lambda sizes, kind, l, j: draw.downstream(sizes, kind, l, j),
    {"sizes": [2, 2], "kind": "b", "l": 2, "j": 1},
    sizes="sizes",
    kind="choice",
    l="positive count",
    j="positive count",
)
fits(
    "draw",
    "chain",
    draw.chain,
    {"ax": ax(), "weights": [0.5, 0.2], "highlight": 1, "values": [1.0, 2.0, 3.0]},
    ax="axes",
    weights="dict",
    highlight="or None: positive count",
    values="or None: axes",
)
fits(
    "tasks", "rng_of", own.rng_of, {"student_id": "x", "task": "1"}, student_id="name", task="name"
)
fits(
    "tasks",
    "own_numbers",
    own.own_numbers,
    {"student_id": "x", "task": "1", "w": (0, 1, 0.1)},
    student_id="name",
    task="name",
    w="triple",
)

# -- the calls ---------------------------------------------------------------------------------


def call(function, arguments):
    """Call by place where a parameter has no name to call it by, and run what is lazy."""
    answer = function(**arguments)
    return list(answer) if inspect.isgenerator(answer) else answer


def bad_calls(function, arguments, kinds):
    """(argument, what stands in its place) for every wrong thing of its kind."""
    for argument, kind in kinds.items():
        for value in wrong(kind):
            yield argument, value


def complaint(function, arguments, argument, value):
    """What is wrong with how this call is refused, or None."""
    shown = f"{argument}={value!r}"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            call(function, arguments | {argument: value})
    except (TypeError, ValueError) as problem:
        text = str(problem)
        if "expected" not in text or "got" not in text:
            return f"{shown}: {type(problem).__name__} without expected and got: {text}"
        return None
    except Exception as problem:
        return f"{shown}: {type(problem).__name__}: {problem}"
    return f"{shown}: taken"


@pytest.mark.parametrize("room, label", FITTING, ids=map(".".join, FITTING))
def test_arguments_that_fit_are_taken(room, label):
    function, arguments, kinds = FITTING[room, label]
    assert kinds and kinds.keys() <= arguments.keys()
    call(function, arguments)


@pytest.mark.parametrize("room, label", FITTING, ids=map(".".join, FITTING))
def test_what_does_not_fit_is_refused_and_told(room, label):
    function, arguments, kinds = FITTING[room, label]
    found = [complaint(function, arguments, *bad) for bad in bad_calls(function, arguments, kinds)]
    found = [text for text in found if text]
    assert not found, f"{len(found)} bad calls of {room}.{label}:\n" + "\n".join(found)


#: public, and not called by a reader with arguments that could be wrong
MADE_BY_US = {
    "activations": {"softmax_prime"},
    "losses": {"probabilities", "distributions"},
    "network": {"Network", "Cache", "Gradients"},
    "training": {"History", "DivergenceError", "Objective", "drop"},
    "optimizers": {"rate"},
    "batchnorm": {"Cache", "RunningStatistics"},
    "perceptron": {"Step", "Run"},
    "datasets": {"gate_inputs", "gates", "xor", "five_samples", "digits", "diabetes"},
    "symbolic": {"Derivation", "Operations", "Partial"},
    "check": {
        "Agreement",
        "Demand",
        "Diagnosis",
        "Differences",
        "Disagreement",
        "Findings",
        "Line",
        "Lines",
        "Mistake",
        "lines",  # held in test_lines: its arguments are dicts of functions and arrays
        "Report",
        "Unmet",
    },
    "draw": {"Layout", "nudge", "style"},  # nudge is held in test_draw
}
ROOMS = (*MADE_BY_US, "optimizers", "regression", "schedules")


@pytest.mark.parametrize("room", ROOMS)
def test_no_public_function_is_left_out(room):
    module = importlib.import_module(f"handgrad.{room}")
    names = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", None) == module.__name__ and not name.startswith("_")
    ]
    public = {name for name in names if callable(getattr(module, name))}
    covered = {label.split(".")[0] for there, label in FITTING if there == room}
    assert public - covered - MADE_BY_US.get(room, set()) == set()


def test_the_generator_notices_what_is_not_refused_and_what_is_not_told():
    def takes_all(n):
        return n

    def silent(n):
        raise ValueError("no")

    def told(n):
        raise ValueError(f"expected another, got {n}")

    assert complaint(takes_all, {"n": 1}, "n", None) == "n=None: taken"
    assert "without expected" in complaint(silent, {"n": 1}, "n", None)
    assert "ZeroDivisionError" in complaint(lambda n: 1 / 0, {"n": 1}, "n", None)
    assert complaint(told, {"n": 1}, "n", None) is None
    assert (
        tasks.__doc__ and sum(1 for f, a, k in FITTING.values() for _ in bad_calls(f, a, k)) > 1500
    )
