"""Messages of the tests: they name the mistake and do not give the answer away."""

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
