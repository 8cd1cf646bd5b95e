"""The playground in step with the package: weights, chain rules, notebooks, and what its tour says."""

import contextlib
import gzip
import io
import itertools
import json
import re
import subprocess

import nodejs
import numpy as np
import playground_page
import pytest
from handgrad import network
from handgrad.symbolic import DenseGraph

ACTIVATIONS = (
    "identity step sigmoid tanh arctan relu leaky_relu prelu elu selu softplus swish softsign "
    "hard_sigmoid"
).split()
DATA = "circle two_circles xor spiral clouds line sine worked".split()
# every activation with every optimiser; every data set with every schedule, and all else in turns
CONFIGURATIONS = [
    *(
        f"data=xor&act={s}&opt={how}&eta={eta}&seed={k}"
        for k, (s, (how, eta)) in enumerate(
            itertools.product(
                ACTIVATIONS, [("gradient_descent", 0.1), ("momentum", 0.02), ("adam", 0.01)]
            )
        )
    ),
    *(
        f"data={data}&hidden={hidden}&init={init}&scale=0.7&batch={batch}&l2={l2}&schedule={rate}&eta=0.1"
        for data, hidden, init, batch, l2, rate in zip(
            DATA * 3,
            itertools.cycle(["3", "4-2", "", "8-8", "2-3-2-3-2-3"]),
            itertools.cycle(["xavier", "he", "normal", "uniform"]),
            itertools.cycle([1, 7, 500]),
            itertools.cycle([0, 0.01]),
            itertools.cycle(["constant", "step", "inverse", "cosine"]),
            strict=False,
        )
    ),
    "data=circle&loss=half_squared_error&last=tanh",
    "data=clouds&loss=half_squared_error&last=identity&hidden=3",
]


def node(root, *arguments):
    done = subprocess.run(
        [nodejs.find_node(), *arguments],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def asked(root, **lists):
    return json.loads(node(root, "tests/playground/parity.mjs", json.dumps(lists)))


def test_engine(root):
    files = sorted(str(p) for p in (root / "tests/playground").glob("*.test.mjs"))
    assert "# fail 0" in node(root, "--expose-gc", "--test", "--test-reporter=tap", *files)


def run_notebook(notebook):
    """Names and printed lines after the notebook's cells."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
    return names, printed.getvalue().splitlines()


@pytest.mark.slow
def test_same_weights_as_handgrad(root):
    """The saved notebook trains to the page's weights, for all activations, data and settings."""
    assert len(CONFIGURATIONS) >= 60
    updates = [1000 if k % 6 == 0 else 150 for k in range(len(CONFIGURATIONS))]
    found = asked(root, trained=list(zip(CONFIGURATIONS, updates, strict=True)))["trained"]
    for configuration, page in zip(CONFIGURATIONS, found, strict=True):
        names, printed = run_notebook(page["notebook"])
        v = np.array(page["v"])
        assert np.max(np.abs(names["v"] - v)) <= 1e-9 * np.max(np.abs(v)), configuration
        assert float(printed[-1].split()[-1]) < 1e-9, configuration


CHAINS = [
    ("data=worked", ["w", 2, 1, 2]),
    ("data=worked", ["b", 3, 2]),
    ("data=xor&hidden=3-2&act=swish", ["w", 2, 2, 3]),
    ("data=xor&hidden=2-3-2&act=softplus&seed=4", ["b", 2, 1]),
    ("data=sine&hidden=3&act=arctan&last=tanh", ["w", 3, 2, 1]),
    ("data=circle&hidden=4&act=elu&loss=half_squared_error&last=identity", ["w", 2, 1, 4]),
]


def test_chain_rules_are_those_of_symbolic(root):
    """The same factors in the same order, by name and by value."""
    for (_, name), page in zip(CHAINS, asked(root, chains=CHAINS)["chains"], strict=True):
        sizes, L = page["sizes"], len(page["sizes"])
        s = [page["hidden"]] * (L - 2) + [page["last"]]
        start = network.random_network(sizes, s, rng=np.random.default_rng(0))
        net = network.from_vector(start, page["v"])
        graph = DenseGraph(sizes, activation=s, loss=page["loss"])
        derivation = graph.derivative(*name)
        x, y = np.array(page["x"]), np.array(page["y"])
        cache = network.forward(net, x[np.newaxis])
        numbers = {graph.symbol(k): v for k, v in graph.values(net, x, y).items()}
        for l in range(2, L + 1):
            for j in range(sizes[l - 1]):
                numbers[graph.symbol(("a", l, j + 1))] = cache.a[l][0, j]
                numbers[graph.symbol(("z", l, j + 1))] = cache.z[l][0, j]

        def factors(path, numbers=numbers):
            named = [(list(p.top), list(p.bottom)) for p in path]
            return named, [float(p.value.subs(numbers)) for p in path]

        wanted = sorted((factors(path) for path in derivation.paths), key=str)
        got = sorted(
            (
                ([(f["top"], f["bottom"]) for f in path], [f["value"] for f in path])
                for path in page["paths"]
            ),
            key=str,
        )
        assert [named for named, _ in got] == [named for named, _ in wanted]
        np.testing.assert_allclose(
            [v for _, v in got], [v for _, v in wanted], rtol=1e-9, atol=1e-12
        )
        assert page["value"] == pytest.approx(
            float(derivation.function()(graph.values(net, x, y))), rel=1e-9
        )


def test_formulas_name_the_factors(root):
    """What is shown names each factor of the first paths once, top over bottom."""
    for page in asked(root, chains=CHAINS)["chains"]:
        named = page["shown"][0]["html"]
        shown = min(len(page["paths"]), 4)
        assert named.count("<mfrac>") == 1 + sum(len(p) for p in page["paths"][:shown])
        by_deltas, by_difference = page["shown"][2]["html"], page["shown"][3]["html"]
        assert "<mi>δ</mi>" in by_deltas and "<mi>h</mi>" in by_difference


# ---- what the chapter says ---------------------------------------------------------------------------


def setups(text):
    return re.findall(r"\{play\}`[^`<]*<([^>`]*)>`", text)


def test_every_link_is_understood(root):
    """No link of the book says anything that the playground would not take."""
    pages = {p.stem: setups(p.read_text("utf-8")) for p in (root / "chapters").glob("*.md")}
    links = [link for found in pages.values() for link in found]
    assert len(pages["14_playground"]) >= 10
    chapters = [name for name in pages if re.match(r"\d\d_", name)]
    assert len(chapters) == 14 and not [name for name in chapters if not pages[name]]
    given = [dict(part.split("=", 1) for part in link.split("&")) for link in links]
    code = (
        'import { readLink } from "./playground/view.mjs";'
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(readLink)));"
    )
    read = json.loads(node(root, "--input-type=module", "-e", code, json.dumps(links)))
    for asked_for, got in zip(given, read, strict=True):
        assert asked_for == {k: str(got[k]) for k in asked_for}


def seeded(link, seeds=20):
    return [f"{link}&seed={seed}" for seed in range(1, seeds + 1)]


def costs(root, link, moments, seeds=20):
    """(seeds, moments, 2): J on training samples and on those held out."""
    found = asked(root, costs=[[one, moments] for one in seeded(link, seeds)])["costs"]
    return np.array(found, dtype=float)


def test_tour_xor(root):
    one, four = (costs(root, f"data=xor&hidden={h}", [2000])[:, 0, 0] for h in ("", "4"))
    assert one.min() > 0.8 * np.log(2)
    assert np.median(four) < 0.2 * np.log(2)


def test_tour_worked(root):
    chapter = (root / "chapters/07_network_by_hand.md").read_text("utf-8")
    given = asked(root, worked=None)["worked"]
    names = {}
    exec(  # the cell of chapter 7 in which its numbers stand
        "import numpy as np\n"
        + "\n".join(
            re.search(rf"^{name} = .*?(?=^\w|^`)", chapter, re.S | re.M)[0]
            for name in ("x", "y", "W", "b")
        ),
        names,
    )
    v = np.concatenate([p[l].ravel() for l in (2, 3) for p in (names["W"], names["b"])])
    assert given["v"] == v.tolist()
    assert (given["x"], given["y"]) == (names["x"][0].tolist(), names["y"][0].tolist())


def test_tour_circles(root):
    ends = {k: costs(root, f"data=two_circles&hidden={k}", [4000])[:, 0, 0] for k in (1, 2, 3)}
    assert min(ends[1].min(), ends[2].min()) > 0.15
    assert np.mean(ends[3] < 0.1) > 0.5


def test_tour_rate(root):
    small, large = (
        costs(root, f"data=line&hidden=&batch=500&eta={eta}", [0, 200])[:, :, 0]
        for eta in (1.5, 2.2)
    )
    assert (small[:, 1] < 0.1 * small[:, 0]).all()
    assert (~(large[:, 1] < 10 * large[:, 0])).all()


def test_tour_vanishing(root):
    logistic, relu = (
        np.array(
            asked(root, gradients=seeded(f"data=circle&hidden=4-4-4-4-4-4&{how}"))["gradients"]
        )
        for how in ("act=sigmoid", "act=relu&init=he")
    )
    assert (logistic[:, 0] < 0.01 * logistic[:, -1]).all()
    assert np.median(relu[:, 0]) > 0.1 * np.median(relu[:, -1])


def test_tour_saturation(root):
    large, usual = (
        np.array(
            asked(root, flat=seeded(f"data=xor&hidden=4&act=sigmoid&init=normal&scale={scale}"))[
                "flat"
            ]
        )
        for scale in (10, 1)
    )
    assert np.median(large) > 0.5 and (usual < 0.1).all()


def test_tour_overfitting(root):
    common = "data=clouds&noise=0.35&n=60&test=0.5&hidden=8-8&opt=adam&eta=0.02"
    moments = [0, 50, 100, 200, 400, 3000]
    free, held = costs(root, common, moments), costs(root, common + "&l2=0.03", moments)
    assert np.median(free[:, -1, 0]) < 0.05
    assert np.median(free[:, -1, 1] / free[:, :-1, 1].min(axis=1)) > 2
    assert np.median(held[:, -1, 1]) < 0.5 * np.median(free[:, -1, 1])


# ---- the script --------------------------------------------------------------------------------------


def test_weight(root):
    css = (root / "playground/playground.css").read_text("utf-8")
    assert len(gzip.compress((playground_page.joined() + css).encode())) <= 40_000
    assert len((root / "playground/engine.mjs").read_text("utf-8").splitlines()) <= 250


def test_nothing_is_fetched():
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|importScripts)\b|\bimport\(|https?:(?!//www\.w3\.org/2000/svg)",
        playground_page.joined(),
    )


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ('import { a } from "./view.mjs";\n', "'view'"),
        ('import {\n a } from "elsewhere";\n', "on one line"),
        ("export default 3;\n", "on one line"),
    ],
)
def test_a_module_in_another_form_is_refused(module, said):
    with pytest.raises(ValueError, match=said):
        playground_page.as_function("chain", module, ("engine",))
