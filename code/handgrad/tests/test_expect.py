"""Messages of the tests: they name the mistake and do not give the answer away."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from handgrad.tasks import expect
from handgrad.tasks.numbers import own_numbers, rng_of

WANT = np.array([[1.5, -2.25, 3.125], [4.5, 5.75, -6.0]])


def failure(got, want=WANT, **options):
    """The message when `got` is not `want`."""
    with pytest.raises(AssertionError) as caught:
        expect.close(got, want, "f", **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "got, words",
    [
        (-WANT, "the sign is turned round"),
        (2 * WANT, "twice what it should be"),
        (WANT / 2, "half of what it should be"),
        (0 * WANT, "all zero"),
        (WANT.T, "transposed"),
        (7 * WANT, "summed over the samples"),
        (WANT / 7, "once too often"),
        (None, "is `return` missing"),
        ("text", "gives a text"),
        (WANT * np.nan, "nan or inf"),
        (WANT[0], "the shape is not right"),
        (object(), "does not give numbers"),
        (WANT + 1, "none of the usual mistakes"),
        ([[1, 2], [3]], "does not give numbers"),
    ],
)
def test_the_mistake_is_named(got, words):
    assert words in failure(got, n=7)


def test_the_answer_is_not_given_away():
    message = failure(WANT + 1)
    assert not any(str(value) in message for value in np.abs(WANT).ravel())


def test_mistakes_of_the_task_come_first():
    assert failure(-WANT, mistakes={"the step goes uphill": -WANT}) == "`f`: the step goes uphill"


def test_the_first_line_is_the_same_for_all_students():
    first = {failure(WANT + k).splitlines()[0] for k in (1, 2, 3)}
    assert first == {"`f`: not right, and it is none of the usual mistakes"}


def test_parts_and_dictionaries():
    assert expect.close((1, [2, 3]), (1.0, np.array([2.0, 3.0])), "f")
    assert "part 2: the sign is turned round" in failure((1, -2), (1, 2))
    assert "[3]: the sign" in failure({2: 1, 3: -2}, {2: 1, 3: 2})
    assert "keys are not right" in failure({2: 1}, {2: 1, 3: 2})
    assert "must give 2 things" in failure(3, (1, 2))


def test_one_part_is_marked_whatever_the_others_are():
    want = (np.array([1.0, 2.0]), 3.0)
    for other in (None, "text", np.nan, [1, [2]], 0):
        assert expect.close((other, 3), want, "f", part=1)
        assert expect.close(([1, 2], other), want, "f", part=0)
        assert expect.close({"a": other, "b": 3}, {"a": want[0], "b": 3.0}, "f", part="b")
    assert failure((None, -3), want, part=1) == "`f, part 2`: the sign is turned round"
    assert "`f[b]`: all zero" in failure({"b": 0}, {"a": 1, "b": 3}, part="b")
    assert "must give 2 things" in failure((1, 2, 3), want, part=1)
    assert "a dictionary that holds 'b'" in failure({"a": 1}, {"a": 1, "b": 3}, part="b")


def test_a_mistake_that_explains_all_parts_goes_before_one_that_explains_this():
    mistakes = {"the second for the first": (5, 5), "exchanged": (5, 3), "not of this": (3, 7)}
    assert failure((5, 3), (3, 5), part=0, mistakes=mistakes) == "`f, part 1`: exchanged"
    assert "second for the first" in failure((5, None), (3, 5), part=0, mistakes=mistakes)
    assert "none of the usual" in failure((9, 3), (3, 5), part=0, mistakes=mistakes)


def test_a_part_is_held_to_the_size_of_all_parts():
    """As without `part`: what is right together is right one by one."""
    want, got = (1e-5, 1.0), (1.05e-5, 1.0)
    assert expect.close(got, want, "f")
    assert all(expect.close(got, want, "f", part=part) for part in (0, 1))
    assert expect.derived((1e-5 + 1e-13, 1.0), want, "f", part=0)
    with pytest.raises(AssertionError, match="`f, part 1`: right to some digits"):
        expect.derived(got, want, "f", part=0)
    assert "part 1" in failure((1.1e-4, 1.0), want, part=0)


def test_layers_are_marked_by_themselves():
    from handgrad import network

    rng = np.random.default_rng(4)
    net = network.make_network(
        [rng.normal(size=(2, 3)), rng.normal(size=(3, 2))], [np.ones(3), np.ones(2)], "sigmoid"
    )
    X, Y = rng.normal(size=(5, 2)), rng.uniform(size=(5, 2))
    right = network.gradients(net, X, Y)[1]
    for layer, other in ((2, 3), (3, 2)):
        half = [{layer: part[layer], other: None} for part in (right.dW, right.db)]
        assert expect.network_gradients(half, net, X, Y, "f", layers=[layer])
        wrong = [{layer: -part[layer], other: part[other]} for part in (right.dW, right.db)]
        assert expect.network_gradients(wrong, net, X, Y, "f", layers=[other])
        with pytest.raises(AssertionError, match="`f`: "):
            expect.network_gradients(wrong, net, X, Y, "f", layers=[layer])
    nearly = [{l: part[l] + 1e-9 for l in part} for part in (right.dW, right.db)]
    with pytest.raises(AssertionError, match="right to some digits"):
        expect.network_gradients(nearly, net, X, Y, "f", layers=[2])


def test_differences_are_those_of_a_cubic():
    np.testing.assert_allclose(
        expect.differences(lambda x: np.sum(x**3), [1.0, 2.0]), [3, 12], rtol=1e-8
    )


def test_a_difference_quotient_is_told_from_a_derivative():
    x = np.random.default_rng(1).normal(size=5)
    assert expect.derived(3 * x**2, 3 * x * x, "f")
    with pytest.raises(AssertionError, match="difference quotients"):
        expect.derived(expect.differences(lambda v: np.sum(v**3), x), 3 * x**2, "f")


def test_evil_truths_do_not_pass():
    class Yes:
        def __bool__(self):
            return True

    with pytest.raises(AssertionError):
        expect.that(Yes(), "f", "no")


def test_own_numbers_stay_and_differ():
    ranges = {"a": (0.1, 0.9, 0.1), "b": (1, 50, 1)}
    assert own_numbers("anna", "t", **ranges) == own_numbers(" ANNA ", "t", **ranges)
    assert len({str(own_numbers(s, "t", **ranges)) for s in "abcdefgh"}) > 5
    assert own_numbers("anna", "t", **ranges) != own_numbers("anna", "u", **ranges)
    for student in "abcdefgh":
        numbers = own_numbers(student, "t", **ranges)
        assert 0.1 <= numbers["a"] <= 0.9 and len(str(numbers["a"])) == 3
    with pytest.raises(TypeError, match="student_id: expected a text in quotes, got"):
        rng_of(12345, "t")


# -- right answers in other forms -----------------------------------------------------------------

FORMS = {
    "list": WANT.tolist(),
    "tuples": tuple(map(tuple, WANT)),
    "generator": (row for row in WANT),
    "fractions": [[Fraction(v) for v in row] for row in WANT.tolist()],
    "decimals": [[Decimal(v) for v in row] for row in WANT.tolist()],
    "numpy scalars": [list(row) for row in WANT],
    "single": WANT.astype(np.float32),
    "objects": WANT.astype(object),
}


@pytest.mark.parametrize("got", FORMS.values(), ids=FORMS)
def test_the_form_of_numbers_makes_no_difference(got):
    assert expect.close(got, WANT, "f")


def test_single_precision_is_told_by_its_numbers_whatever_holds_them():
    want = np.random.default_rng(1).normal(size=(3, 4))
    single = want.astype(np.float32)
    rough = single + np.float32(1e-5) * np.abs(single)
    for got in (single, single.tolist(), single.astype(float), rough.astype(np.float32)):
        assert expect.close(got, want, "f") and expect.derived(got, want, "f")
    assert "none of the usual" in failure(rough.astype(float) + 1e-12, want)
    with pytest.raises(AssertionError, match="difference quotients"):
        expect.derived(want * (1 + 1e-9), want, "f")
    assert "none of the usual" in failure((single * np.float32(1.001)).tolist(), want)


def test_whole_numbers_are_not_those_of_single_precision():
    assert "part 2" in failure((300, 10_001), (300, 10_000))
    assert "none of the usual" in failure(np.float32(10_001), 10_000)


def test_a_small_part_beside_a_large_one_is_held_to_the_large_ones_size():
    """A sum that cancels nearly is right to as many digits as its terms, not as it has itself."""
    assert expect.close((3.0, 1e-9 + 1e-13), (3.0, 1e-9), "f", tolerance=1e-12)
    assert "part 2" in failure((3.0, 1e-3), (3.0, 2e-3))


@pytest.mark.parametrize(
    "got",
    [
        [1, 2.5],
        (1, 2.5),
        np.array([[1], [2.5]]),
        np.array([[1, 2.5]]),
        iter([1, 2.5]),
        {"a": 1, "b": 2.5}.values(),
        [Fraction(1), Decimal("2.5")],
        [np.array(1), np.array(2.5)],
    ],
)
def test_two_numbers_come_in_any_row(got):
    np.testing.assert_array_equal(expect.numbers(got, 2, "f"), [1, 2.5])


@pytest.mark.parametrize(
    "got, words",
    [
        ([1, 2, 3], "two numbers are asked for\nIt gives 3."),
        (1.0, "two numbers are asked for\nIt gives 1."),
        (np.ones((2, 2)), "two numbers are asked for\nIt gives the shape (2, 2)."),
        ({"a": 1, "b": 2}, "two numbers are asked for\nIt gives a dict."),
        (None, "is `return` missing"),
        ("12", "gives a text"),
    ],
)
def test_what_is_not_two_numbers_is_said(got, words):
    with pytest.raises(AssertionError) as caught:
        expect.numbers(got, 2, "f")
    assert words in str(caught.value)


def test_an_array_has_its_shape_or_it_is_said():
    assert expect.array([[1, 2]], (1, 2), "f").shape == (1, 2)
    assert expect.array(iter([[1], [2]]), None, "f").shape == (2, 1)
    for got, words in (([[1], [2]], "transposed"), ([1, 2], r"it must be \(1, 2\)")):
        with pytest.raises(AssertionError, match=words):
            expect.array(got, (1, 2), "f")


def test_things_that_come_together():
    assert expect.things(iter("ab"), 2, "f") == ["a", "b"]
    assert expect.things(([1, 2], -1.5), 2, "f") == [[1, 2], -1.5]
    for got, words in (
        (3, "gives a int"),
        ([1], "gives 1"),
        (None, "missing"),
        ("ab", "a str"),
        (np.array(1), "ndarray"),
    ):
        with pytest.raises(AssertionError, match=words):
            expect.things(got, 2, "f")


@pytest.mark.parametrize("got", [True, np.True_, 1, np.array([True]), np.array(1.0)])
def test_yes_and_no_in_any_form(got):
    assert expect.yes(got, "f") is True
    assert expect.yes(np.logical_not(got), "f") is False


@pytest.mark.parametrize("got", ["yes", 2, [True, False], None, object(), np.nan])
def test_what_is_neither_yes_nor_no_is_said(got):
    with pytest.raises(AssertionError, match=r"must give True or False|return. missing"):
        expect.yes(got, "f")


# -- rounded by hand ------------------------------------------------------------------------------


def rounding_failure(got, want, **options):
    with pytest.raises(AssertionError) as caught:
        expect.rounded(got, want, "f", **options)
    return str(caught.value)


def test_a_small_difference_of_larger_numbers_may_be_cut_off():
    """Its right value, by difference quotients, is off by more than its own size would allow."""
    assert expect.rounded(-0.003999, -0.004 - 1.6e-11, "b")
    with pytest.raises(AssertionError, match="right in the first digits"):
        expect.rounded(-0.0039985, -0.004 - 1.6e-11, "b")


def test_an_answer_rounded_or_cut_off_after_the_digits_asked_for_never_fails():
    rng = np.random.default_rng(1)
    want = rng.choice([-1, 1], 20_000) * 10 ** rng.uniform(-4, 4, 20_000)
    exponent = np.floor(np.log10(np.abs(want)))
    for decimals in (np.full(want.shape, 6.0), 5 - exponent):
        scaled = want * 10**decimals
        for got in (np.rint(scaled), np.trunc(scaled)):
            assert expect.rounded(got / 10**decimals, want, "f")


def test_one_digit_less_is_not_enough():
    message = rounding_failure([0.532, -0.04321], [0.5321234, -0.0432123])
    assert message.startswith("`f`: right in the first digits only")
    assert (
        "gives 0.532 as number 1; at least 6 significant digits or 6 decimals are asked for"
        in message
    )
    assert "0.5321" not in message


def test_decimals_do_not_count_where_digits_alone_are_asked_for():
    assert expect.rounded(7.45058e-09, 7.450580597e-09, "f", decimals=0)
    assert expect.rounded(0.0, 7.450580597e-09, "f")
    assert "at least 6 significant digits are" in rounding_failure(0.0075, 0.0074505806, decimals=0)


def test_a_result_of_zero_is_right_to_its_decimals():
    assert expect.rounded([0.0, 1e-17], [1e-17, 0.0], "f")


def test_a_mistake_by_hand_is_named_with_its_rounding():
    mistakes = {"the factor x is missing": [0.3333333], "never": [np.inf]}
    assert (
        rounding_failure([0.333333], [0.7777777], mistakes=mistakes)
        == "`f`: the factor x is missing"
    )
    assert "the sign is turned round" in rounding_failure([-0.777778], [0.7777777])
    assert "none of the usual" in rounding_failure([0.2], [0.7777777], mistakes=mistakes)
    assert "nan or inf" in rounding_failure([np.inf], [0.7777777], mistakes=mistakes)
