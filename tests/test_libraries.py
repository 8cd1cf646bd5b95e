"""What other libraries answer: every script has a fresh result, every cell an answer or a reason.

None of the libraries is needed: what they answered stands in `claims/libraries/results.json`.
"""

import copy
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from handgrad import network, storage
from handgrad.check import relative_error

from claims import libraries
from claims.conclusions.digest import ROOT
from claims.libraries import LIBRARIES, __main__, asking, given, page
from claims.libraries.questions import QUESTIONS, TOPICS

FOUND = libraries.results()
KEPT = FOUND["libraries"]
SCRIPTS = sorted(p.stem for p in libraries.FOLDER.glob("*.py"))


def test_the_results_are_those_of_these_scripts():
    assert __main__.problems(FOUND) == []


def test_every_script_of_a_library_is_listed_and_pinned():
    ours = {"__init__", "__main__", "asking", "given", "page", "questions"}
    assert set(SCRIPTS) - ours == set(LIBRARIES)
    for name, library in LIBRARIES.items():
        pins = (libraries.FOLDER / f"{library.needs}.txt").read_text("utf-8").split()
        assert pins and all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins), (name, pins)
        pinned = dict(pin.split("==") for pin in pins)
        for package, version in KEPT[name]["versions"].items():
            assert version.partition("+")[0] == pinned[package], (name, package)


def test_there_are_as_many_as_the_page_promises():
    assert len(QUESTIONS) >= 80
    assert len(LIBRARIES) >= 12
    assert {name.partition("/")[0] for name in QUESTIONS} == set(TOPICS)


def test_every_question_has_a_reason_and_says_what_to_write():
    for name, question in QUESTIONS.items():
        assert question.asks.strip() and question.why.strip() and question.write.strip(), name
        assert callable(question.ours) or question.ours.strip(), name
    asked = [question.asks for question in QUESTIONS.values()]
    by_topic = [(name.partition("/")[0], q) for name, q in zip(QUESTIONS, asked, strict=True)]
    assert len(set(by_topic)) == len(by_topic)


def test_at_least_one_library_answers_each_question():
    for name in QUESTIONS:
        assert any(name in result["answers"] for result in KEPT.values()), name


@pytest.mark.parametrize(("kind", "least"), [("net222", 10), ("classifier", 5), ("plain", 1)])
def test_costs_and_weights_that_were_kept_are_the_books(kind, least):
    """What is kept has six digits, so this holds to them; the run held all (`compared`)."""
    ours = given.TRAINED[kind]()
    book = network.to_vector(storage.from_arrays(ours["arrays"], __main__.NETWORKS[kind]))
    trained = {name: r["networks"][kind] for name, r in KEPT.items() if kind in r["networks"]}
    assert len(trained) >= least
    for name, run in trained.items():
        assert relative_error(np.array(run["costs"]), np.array(ours["costs"])) < 1e-5, name
        net = storage.from_arrays(run["arrays"], __main__.NETWORKS[kind], layout=run["layout"])
        assert np.abs(network.to_vector(net) - book).max() < 1e-5, name
        assert run["set"] and run["within"] <= 1e-6


def test_the_book_trains_them_all():
    for kind in given.TRAINED:
        costs = given.TRAINED[kind]()["costs"]
        assert len(costs) == given.UPDATES + 1
        assert (np.diff(costs) < 0).all()


# ---- what must be noticed ----------------------------------------------------------------------


def test_a_missing_answer_is_noticed():
    found = copy.deepcopy(FOUND)
    del found["libraries"]["pytorch"]["answers"]["kinks/relu"]
    assert __main__.problems(found) == [
        "pytorch: neither an answer to kinks/relu nor a reason for none"
    ]


def test_a_missing_library_and_one_without_a_script_are_noticed():
    found = copy.deepcopy(FOUND)
    found["libraries"]["torch"] = found["libraries"].pop("pytorch")
    said = __main__.problems(found)
    assert said == ["pytorch: no result", "torch: a result without a script"]


def test_an_answer_that_nobody_asks_for_is_noticed():
    found = copy.deepcopy(FOUND)
    found["libraries"]["jax"]["answers"]["kinks/rleu"] = "0"
    assert __main__.problems(found) == ["jax: an answer to kinks/rleu, which nobody asks"]


def test_other_data_are_noticed(monkeypatch):
    monkeypatch.setattr(given, "UPDATES", 6)
    assert __main__.problems(FOUND)[0].startswith("given: data or starts have changed")


@pytest.mark.parametrize(
    "file, old, new, stale",
    [
        ("mlx.py", "mx.maximum(x, 0.0)", "mx.maximum(x, 0.5)", ["mlx"]),
        ("jax.txt", "jax==", "jax==9", ["jax", "equinox"]),
        ("asking.py", "DIGITS = 3", "DIGITS = 4", list(LIBRARIES)),
        ("mlx.py", '"""MLX:', '"""Said better:', []),
    ],
)
def test_a_changed_script_is_stale_and_a_changed_comment_is_not(
    file, old, new, stale, tmp_path, monkeypatch
):
    folder = tmp_path / "libraries"
    shutil.copytree(libraries.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    monkeypatch.setattr(__main__, "FOLDER", folder)
    said = __main__.problems(FOUND)
    assert {line.partition(":")[0] for line in said} == set(stale)


def test_a_network_that_is_not_the_books_is_refused():
    run = {**given.train_net222(), "layout": "in_out"}
    assert __main__.compared("a library", "net222", run)["within"] == __main__.WITHIN
    other = {**run, "costs": [J + 1e-9 for J in run["costs"]]}
    with pytest.raises(ArithmeticError, match="expected the book's costs within 1e-12"):
        __main__.compared("a library", "net222", other)
    turned = {**run, "layout": "out_in"}  # 2-2-2: no shape tells
    with pytest.raises(ArithmeticError, match="expected the book's weights"):
        __main__.compared("a library", "net222", turned)


def test_the_kind_of_running_variance_is_told():
    ours = given.train_classifier()
    run = {**ours, "layout": "in_out"}
    assert __main__.compared("a library", "classifier", run)["variance"] == "n − 1"
    run["running_var"] = ours["running_var_n"]
    assert __main__.compared("a library", "classifier", run)["variance"] == "n"
    run["running_var"] = ours["running_var_n"] * 1.01
    with pytest.raises(ArithmeticError, match="of another kind"):
        __main__.compared("a library", "classifier", run)


def test_what_changed_since_is_told_line_by_line():
    before = KEPT["pytorch"]
    after = copy.deepcopy(before)
    assert __main__.changes("pytorch", before, after) == []
    after["versions"]["torch"] = "9.0"
    after["answers"]["kinks/clip"] = "1, 1"
    after["networks"]["classifier"]["variance"] = "n"
    assert __main__.changes("pytorch", before, after) == [
        f"pytorch: torch {before['versions']['torch']} -> 9.0",
        f"pytorch: kinks/clip: {before['answers']['kinks/clip']} -> 1, 1",
        "pytorch: classifier, variance: n − 1 -> n",
    ]


# ---- how an answer is told ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (0.12345, "0.123"),
        (-1000.0, "-1000"),
        (np.array([[1.0], [-0.0]]), "1, 0"),
        (float("nan"), "NaN"),
        (-np.inf, "-inf"),
        (1e-9, "1e-09"),
        ("as it is", "as it is"),
        (True, "True"),
        ([1, 0.5], "1, 0.5"),
    ],
)
def test_an_answer_has_few_digits(value, text):
    assert asking.told(value) == text


def test_what_weights_were_drawn_from_is_told():
    rng = np.random.default_rng(5)
    assert asking.spread(rng.uniform(-0.05, 0.05, (400, 100))) == "uniform, ±0.05"
    assert asking.spread(0.07 * rng.normal(size=(400, 100))) == "normal, 0.07"
    drawn = rng.normal(size=80_000)
    assert asking.spread(drawn[abs(drawn) < 2]) == "normal, 0.88, cut"
    assert asking.spread(np.zeros(9)) == "0"


def test_what_a_library_refuses_is_an_error():
    assert asking.refused(lambda: 1 / 0) == "an error"
    assert asking.refused(lambda: 2) == 2


def test_the_helper_runs_without_any_package():
    """It runs in every library's environment: the standard library has to do."""
    code = "from claims.libraries import asking; print(asking.told([0.5, 2]))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0.5, 2\n"


# ---- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topics_table_has_all_its_questions_and_the_books_answers(topic):
    html = page.answers_table(topic)._repr_html_()
    rows = page.questions_of(topic)
    assert html.count("<tr>") == len(rows) + 1
    assert len(page.answers_table(topic).headers) >= 4
    for question, row in zip(rows.values(), page.answers_table(topic).rows, strict=True):
        assert row[1] == page.shown(question.answer)
    assert "nan" not in html
    assert page.reasons_table(topic)._repr_html_().count("<tr>") == len(rows) + 1


def test_numbers_on_the_page_have_true_minus_signs():
    assert page.shown("-inf, 0.5") == "−∞, 0.5"
    assert page.shown("3.16e-05") == "3.16 × 10⁻⁵"
    assert page.shown("uniform, ±0.05") == "uniform, ±0.05"
    assert page.shown(None) == "–"


def test_the_page_shows_each_topic_and_is_read_again_with_new_results():
    text = (ROOT / "chapters/libraries.md").read_text("utf-8")
    for topic in TOPICS:
        assert f'answers_table("{topic}")' in text and f'reasons_table("{topic}")' in text
    head = yaml.safe_load(text.split("---")[1])
    assert "../claims/libraries/results.json" in head["reads"]


def test_the_kept_file_is_as_the_frame_writes_it():
    text = libraries.RESULTS.read_text("utf-8")
    assert text == json.dumps(FOUND, indent=1, ensure_ascii=False) + "\n"
    assert list(KEPT) == [name for name in LIBRARIES if name in KEPT]
