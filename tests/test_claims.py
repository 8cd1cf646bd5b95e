"""The book's equations: all pass, few are left out, and small mistakes in them are caught."""

import time
from pathlib import Path

import pytest
from eqworlds import Checker, load_worlds, read_chapter
from eqworlds.inline import check_inline
from eqworlds.listed import read_listed
from eqworlds.mutants import Mutant
from eqworlds.mutate import Survivor, mutate_chapters
from eqworlds.report import check_chapters, too_many_unchecked
from eqworlds.survivors import compare, read_survivors

ROOT = Path(__file__).resolve().parent.parent
WORLDS = "claims.worlds"
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
SAMPLE = ROOT / "tests/data/equations_right.md"
INLINE = ROOT / "claims/inline.toml"
SURVIVORS = ROOT / "claims/survivors.toml"
SECONDS = 10.0  # of one processor, for the whole book
LISTED = 20  # mutants that may stand on the list of survivors
SCORE = 0.97  # share of mutants caught; the rest are true statements, each listed


@pytest.fixture(scope="module")
def report():
    start = time.process_time()
    found = check_chapters(CHAPTERS, WORLDS, strict=True)
    found.seconds = time.process_time() - start
    return found


@pytest.mark.slow  # `make quick` has checked them already
def test_every_equation_holds(report):
    assert not report.failures, "\n" + "\n".join(map(str, report.failures))
    assert report.count("check") > 0


def test_few_equations_go_unchecked(report):
    assert too_many_unchecked(report) is None


def test_formulas_within_lines_hold_or_are_listed():
    within = check_inline(CHAPTERS, WORLDS, INLINE)
    assert not within.problems, "\n" + "\n".join(within.problems)
    assert within.checked > 0.6 * within.relations
    assert within.found["excepted"] <= 6 and not within.found["name"]


def test_the_whole_book_is_checked_in_seconds(report):
    assert report.seconds < SECONDS


def test_every_world_is_used():
    used = set()
    for path in [*CHAPTERS, SAMPLE]:
        for equation in read_chapter(path):
            used |= {*equation.claim.worlds, *equation.claim.also}
    listed = read_listed(INLINE)
    used |= {*listed.cases.values(), *listed.mistakes.values()}
    worlds = load_worlds(WORLDS)
    used |= {worlds[name].generic for name in used}
    unused = set(worlds) - used
    assert not unused, f"no formula lives in these worlds: {sorted(unused)}"


def test_a_world_is_the_same_each_time():
    for name, make in load_worlds(WORLDS).items():
        one, other = make(1), make(1)
        assert list(one.declarations) == list(other.declarations), name
        assert all(d.meaning for d in one.declarations.values() if not d.alias_of), name


@pytest.mark.slow
def test_small_mistakes_are_caught_and_survivors_are_true_statements():
    """A survivor that is not listed is a wrong formula that would pass, or a true one to list.

    A tenth of the mutants, the same in every run; `make mutate` tries them all.
    """
    score = mutate_chapters(CHAPTERS, WORLDS, sample=0.1)
    assert not score.broken and not score.crashed
    problems = compare(score.survivors, read_survivors(SURVIVORS), whole=False)
    assert not problems, "\n" + "\n".join(problems)
    assert score.caught.total() >= SCORE * score.made.total(), score.summary()


def test_few_mutants_stand_on_the_list():
    """What no rule knows to be true, of the twenty thousand mutants of the book."""
    assert len(read_survivors(SURVIVORS)) <= LISTED


def test_an_unlisted_survivor_and_a_stale_entry_are_reported():
    entries = [{"label": "gone", "now": "x", "reason": "was true once"}]
    assert compare([], entries) == ["listed but does not survive: (gone)  x"]
    assert compare([], entries, whole=False) == []
    passed = Survivor("here", Mutant("digit", "a = 2", "1", "2"))
    (problem,) = compare([passed], [])
    assert problem.startswith("survives and is not listed") and "label = 'here'" in problem
    assert compare([passed], [{"label": "here", "now": "2", "reason": "true"}]) == []


@pytest.mark.slow
def test_mutants_are_the_same_where_processes_cannot_fork(tmp_path):
    page = tmp_path / "line.md"
    page.write_text(
        "% world: line\n\n```{math}\n:label: model\n\\hat{y}_i = w x_i + b\n```\n", "utf-8"
    )
    alone = mutate_chapters([page], WORLDS, processes=1)
    afresh = mutate_chapters([page], WORLDS, processes=2, start="spawn")
    assert alone.made and (afresh.made, afresh.caught) == (alone.made, alone.caught)


def test_the_worlds_can_be_made_for_every_draw():
    checker = Checker(load_worlds(WORLDS))
    for make in checker.worlds.values():
        for draw in range(1, make.draws + 1):
            assert make(draw).declarations
