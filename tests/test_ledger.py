"""The claims ledger: its counts, and that every verdict turns when it should."""

import base64
import csv
import dataclasses
import io
import re
import time
from decimal import Decimal

import numpy as np
import pytest

from claims import ledger
from claims.ledger import core, page, rosetta, worlds
from claims.ledger.core import FAILS, HOLDS, UNKNOWN

# claims of each source that hold, do not hold, cannot be recomputed
COUNTS = {
    "S0": (24, 10, 1),
    "S1": (32, 11, 0),
    "S2": (46, 13, 4),
    "S3": (18, 13, 1),
    "S4": (34, 22, 2),
}
CLAIMS = {claim["id"]: claim for claim in ledger.claims()}


@pytest.fixture(scope="module")
def runs():
    """Each claim's computation, run once."""
    return {row.id: (row, row.check.run()) for row in ledger.rows()}


def of_type(runs, kind):
    found = [(row, run) for row, run in runs.values() if isinstance(run, kind)]
    assert found
    return found


# ---- the whole ledger -----------------------------------------------------------------------


def test_counts_per_source_and_verdict():
    found = ledger.counts()
    for source, expected in COUNTS.items():
        assert tuple(found[source, verdict] for verdict in ledger.VERDICTS) == expected, source
    assert sum(found.values()) == len(ledger.rows()) == 231


def test_claims_are_numbered_without_gaps():
    for source, expected in COUNTS.items():
        names = [name for name in CLAIMS if name.startswith(source)]
        assert names == [f"{source}-{k:02d}" for k in range(1, sum(expected) + 1)]


def test_a_check_left_out_is_an_error(monkeypatch):
    monkeypatch.delitem(core.CHECKS, "S2-11")
    with pytest.raises(LookupError, match="S2-11"):
        ledger.rows.__wrapped__()


def test_a_claim_left_out_is_an_error(monkeypatch):
    fewer = [claim for claim in ledger.claims() if claim["id"] != "S4-21"]
    monkeypatch.setattr(ledger, "claims", lambda: fewer)
    with pytest.raises(LookupError, match="S4-21"):
        ledger.rows.__wrapped__()


def test_a_claim_is_not_checked_twice():
    with pytest.raises(ValueError, match="S0-01"):
        core.check("S0-01", "01_linear_regression")(lambda rng: None)


def test_recomputing_takes_less_than_30_seconds():
    start = time.process_time()
    ledger.rows.__wrapped__()
    assert time.process_time() - start < 30


def test_verdicts_are_the_same_in_every_run():
    again = [(row.id, row.verdict, row.note) for row in ledger.rows.__wrapped__()]
    assert again == [(row.id, row.verdict, row.note) for row in ledger.rows()]


def test_numerical_claims_are_judged_by_their_figures(runs):
    for row, run in runs.values():
        if row.kind == "numerical":
            assert isinstance(run, core.Numbers | core.Needs), row.id
        else:
            assert not isinstance(run, core.Numbers), row.id


def test_words_fit_the_verdict():
    for row in ledger.rows():
        fails = row.verdict.verdict == FAILS
        assert bool(row.check.group) == bool(row.check.right) == fails, row.id
        assert (row.check.weight in (1, 2, 3)) == fails, row.id
        assert bool(row.verdict.missing) == (row.verdict.verdict == UNKNOWN), row.id
        assert row.verdict.recomputed, row.id
        assert re.fullmatch(r"\d\d[b]?_[a-z_]+", row.check.chapter), row.id


# ---- every verdict turns --------------------------------------------------------------------


def replaced(figures, k, new):
    return (*figures[:k], new, *figures[k + 1 :])


def test_an_altered_last_digit_turns_a_figure_that_holds(runs):
    for row, run in of_type(runs, core.Numbers):
        if row.verdict.verdict != HOLDS:
            continue
        for k, figure in enumerate(row.printed):
            still = [
                other
                for other in core.altered(figure)
                if run.judge(replaced(row.printed, k, other)).verdict == HOLDS
            ]
            # rounding and cutting may allow one neighbour besides; nothing else
            assert len(still) <= 1, (row.id, figure, still)
            for other in still:
                ways = {core.agreement(figure, run.flat()[k]), core.agreement(other, run.flat()[k])}
                assert ways == {"rounded", "cut"}, (row.id, figure, other)


def test_the_right_figures_turn_one_that_does_not_hold(runs):
    for row, run in of_type(runs, core.Numbers):
        if row.verdict.verdict != FAILS:
            continue
        right = tuple(
            f"{value:.{len(figure.partition('e')[0]) - 2}e}"
            if "e" in figure
            else f"{value:.{-Decimal(figure).as_tuple().exponent}f}"
            for figure, value in zip(row.printed, run.flat(), strict=True)
        )
        assert run.judge(right).verdict == HOLDS, row.id


def test_a_slip_is_named_only_for_exactly_the_printed_figures(runs):
    for row, run in of_type(runs, core.Numbers):
        if row.verdict.verdict != FAILS:
            assert not row.verdict.slip
            continue
        assert row.verdict.slip, row.id
        for k, figure in enumerate(row.printed):
            named = [
                other
                for other in core.altered(figure)
                if run.judge(replaced(row.printed, k, other)).slip
            ]
            assert len(named) <= 1, (row.id, figure, named)


def test_a_mistake_or_a_correction_turns_a_formula(runs):
    for row, run in of_type(runs, core.Draws):
        turned = core.Draws(run.formulas, use_turned=True).judge(row.printed)
        assert {turned.verdict, row.verdict.verdict} == {HOLDS, FAILS}, (row.id, turned)


def test_a_formula_that_is_slightly_off_does_not_hold(runs):
    def off(value):
        value = np.array(value, float)
        k = np.unravel_index(np.argmax(np.abs(value)), value.shape)
        value[k] *= 1 + 1e-6
        return value

    for row, run in of_type(runs, core.Draws):
        if row.verdict.verdict != HOLDS:
            continue
        changed = [
            dataclasses.replace(f, printed=lambda f=f: off(f.printed())) for f in run.formulas
        ]
        assert core.Draws(tuple(changed)).judge(row.printed).verdict == FAILS, row.id


def test_a_formula_of_another_shape_does_not_hold(runs):
    for row, run in of_type(runs, core.Draws):
        if row.verdict.verdict != HOLDS:
            continue
        changed = [
            dataclasses.replace(f, printed=lambda f=f: np.asarray(f.printed(), float)[None])
            for f in run.formulas
        ]
        assert "shape" in core.Draws(tuple(changed)).judge(row.printed).recomputed, row.id


def test_another_rule_turns_an_experiment(runs):
    for row, run in of_type(runs, core.Experiment):
        turned = dataclasses.replace(run, share=run.turned()).judge(row.printed).verdict
        assert {turned, row.verdict.verdict} == {HOLDS, FAILS}, (row.id, run.turned())


def test_stand_ins_make_a_claim_decidable(runs):
    for row, run in of_type(runs, core.Needs):
        assert row.verdict.verdict == UNKNOWN
        assert run.with_stand_ins().judge(row.printed).verdict in (HOLDS, FAILS), row.id
        for name in run.stand_in:  # each of them is wanted
            part = dataclasses.replace(run, given=run.with_stand_ins().given.copy())
            del part.given[name]
            assert part.judge(row.printed).missing == (name,), row.id


# ---- what the verdicts are made with --------------------------------------------------------


@pytest.mark.parametrize(
    "printed, value, how",
    [
        ("0.77", 0.77, "exactly"),
        ("0.77", 0.1 + 0.67, "exactly"),
        ("0.5027", 0.50272098, "rounded"),
        ("0.9989", 0.99887777, "rounded"),
        ("0.7235", 0.72355608, "cut"),
        ("0.7236", 0.72355608, "rounded"),
        ("0.7234", 0.72355608, None),
        ("-0.0190", -0.01904912, "rounded"),
        ("-0.0191", -0.01904912, None),
        ("0.0190", -0.01904912, None),
        ("5.5090e-04", 5.50903e-4, "rounded"),
        ("5.5090e-04", 5.54007e-4, None),
        ("8.0", 7.999997, "rounded"),
        ("8.0", float("nan"), None),
    ],
)
def test_agreement_with_a_printed_figure(printed, value, how):
    assert core.agreement(printed, value) == how


def test_altered_figures_differ_in_the_last_digit_only():
    assert core.altered("5.5090e-04") == [f"5.509{d}e-04" for d in "123456789"]


def test_shown_values_can_be_told_from_printed_ones():
    assert core.shown("0.7235", 0.7235560815) == "0.72355608"
    assert core.shown("8.0", 7.9999970005) == "7.999997"
    assert core.shown("1.9", 1.9) == "1.9"


def test_all_figures_of_a_claim_must_agree():
    numbers = core.Numbers((0.21, 0.5), slips=(("swapped", (0.5, 0.21)),))
    assert numbers.judge(("0.21", "0.5")).verdict == HOLDS
    assert numbers.judge(("0.21", "0.6")).slip == ""
    assert numbers.judge(("0.5", "0.21")).slip == "swapped"
    with pytest.raises(ValueError, match="1 figures are printed, 2 recomputed"):
        numbers.judge(("0.21",))


def test_the_complex_step_is_a_derivative():
    x = np.linspace(-2, 2, 7)
    np.testing.assert_allclose(worlds.derivative(np.tanh, x), 1 - np.tanh(x) ** 2, rtol=1e-14)
    of_sum = worlds.slope(lambda x: np.sum(x**3), x)
    np.testing.assert_allclose(of_sum, 3 * x**2, rtol=1e-14, atol=1e-30)


def test_a_world_displaces_one_name_and_computes_what_follows():
    w = worlds.World(
        {"x": 2.0, "w": 3.0}, {"y": lambda v: v["w"] * v["x"], "J": lambda v: v["y"] ** 2}
    )
    assert w["J"] == 36
    assert w.d("J", "w") == pytest.approx(24)
    assert w.d("J", "y") == pytest.approx(12)
    with pytest.raises(KeyError, match="out_11"):
        w.d("J", "out_11")


def test_shapes_are_strict():
    one, two = np.ones((1, 2)), np.ones((2, 1))
    for operation in (worlds.plus, worlds.times):
        with pytest.raises(ValueError, match="does not conform"):
            operation(one, two)
    with pytest.raises(ValueError, match="does not conform"):
        worlds.dot(one, one)
    assert worlds.dot(one, two, one).shape == (1, 2)


def test_many_networks_at_once_train_as_one():
    from handgrad.network import make_network
    from handgrad.training import train

    rng = np.random.default_rng(0)
    W, b = worlds.many_starts((2, 3, 2), 4, rng, -1, 1)
    X, Y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    net = make_network([M[2] for M in W], [v[2, 0] for v in b], "tanh")
    net, _ = train(net, X, Y, learning_rate=0.3, epochs=3)
    s_prime = lambda z: 1 - np.tanh(z) ** 2
    for _ in range(3):
        W, b = worlds.descend_many(W, b, np.tanh, s_prime, X, Y, learning_rate=0.3)
    np.testing.assert_allclose(W[0][2], net.W[2], rtol=1e-12)
    np.testing.assert_allclose(b[1][2, 0], net.b[3], rtol=1e-12)


# ---- the pages ------------------------------------------------------------------------------


def test_the_table_is_complete_without_a_script():
    html = page.ledger_table()._repr_html_()
    rows = re.findall(r'<tr id="([^"]+)" class="\w+" data-source="S\d" data-verdict="([^"]+)', html)
    assert [name for name, _ in rows] == [row.id.lower() for row in ledger.rows()]
    assert [verdict for _, verdict in rows] == [row.verdict.verdict for row in ledger.rows()]
    assert html.count("<td") == len(rows) * (len(page.COLUMNS) - 1)
    assert "<script" not in html and not re.search(r"<tr[^>]* hidden", html)


def test_the_csv_holds_every_claim():
    link = page.download()._repr_html_()
    data = base64.b64decode(re.search(r"base64,([^\"]+)", link)[1]).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(data, newline="")))
    assert [line["id"] for line in lines] == list(CLAIMS)
    assert [line["verdict"] for line in lines] == [row.verdict.verdict for row in ledger.rows()]
    by_id = {line["id"]: line for line in lines}
    assert by_id["S2-11"]["how"] == "cut"
    assert by_id["S3-01"]["printed"] == "0.2; 0.3"


def test_each_claim_that_does_not_hold_is_in_the_errata_once():
    groups = (core.MATHEMATICS, core.SHAPES, core.NUMBERS, core.TYPING)
    listed = [row.id for group in groups for row in page.errata(group)]
    wrong = [row.id for row in ledger.rows() if row.verdict.verdict == FAILS]
    assert sorted(listed) == sorted(wrong)
    for group in groups:
        weights = [row.check.weight for row in page.errata(group)]
        assert weights == sorted(weights, reverse=True)
        html = page.errata_list(group)._repr_html_()
        assert html.count('href="ledger.html#') == len(weights)
        for row in page.errata(group):  # each says where in the source it stands
            assert row.where and f", {page.pretty(row.where)}. " in html, row.id


@pytest.mark.parametrize(
    "plain, shown",
    [
        ("(1e-06, -3, 0.2) of 2-3-2-2", "(1 × 10⁻⁶, −3, 0.2) of 2-3-2-2"),
        ("theta_{j+1} <- theta_j - alpha dJ", "θ_{j+1} ← θ_j − α dJ"),
        ("Theta1 x1 >= -Theta2", "Θ1 x1 ≥ −Θ2"),
        ("(Y^-Y) sigma'(z), y^_j, 2^(3), x^n", "(Ŷ-Y) σ&#x27;(z), ŷ_j, 2^(3), x^n"),
        ("beta and metadata <b>", "β and metadata &lt;b&gt;"),
        ("sum of dsigma, sum_i (y^_i - y_i)", "sum of dσ, Σ_i (ŷ_i − y_i)"),
    ],
)
def test_text_is_made_ready_for_a_page(plain, shown):
    assert page.pretty(plain) == shown


def test_the_rosetta_table_has_a_symbol_or_a_dash_everywhere():
    for made, texts in ((rosetta.sources(), rosetta.SOURCES), (rosetta.texts(), rosetta.TEXTS)):
        html = made._repr_html_()
        assert html.count("<tr>") == len(rosetta.MEANINGS) + 1
        assert html.count("<td") == len(rosetta.MEANINGS) * len(texts)
        assert all(all(symbols) for symbols in texts.values())


def test_sources_are_in_the_bibliography():
    from pathlib import Path

    entries = Path(__file__).parent.parent.joinpath("references.bib").read_text("utf-8")
    for source in ledger.SOURCES.values():
        assert re.search(rf"^@\w+{{{source.key},", entries, re.M), source.key
