"""Schedules: the formulas at their ends, in epochs, and what they refuse."""

import math

import pytest
from handgrad import schedules


def test_step_decay_is_a_staircase():
    rate = schedules.step_decay(0.8, factor=0.5, every=3)
    assert [rate(t) for t in range(1, 8)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]


def test_exponential_decay():
    rate = schedules.exponential_decay(0.8, factor=0.5)
    assert [rate(t) for t in (1, 2, 3)] == [0.8, 0.4, 0.2]


def test_inverse_decay():
    rate = schedules.inverse_decay(0.6, decay=0.5)
    assert [rate(t) for t in (1, 2, 3)] == pytest.approx([0.6, 0.4, 0.3])


def test_cosine_decay():
    rate = schedules.cosine_decay(0.5, updates=5, last=0.1)
    expected = [0.3 + 0.2 * math.cos(angle) for angle in (0, math.pi / 4, math.pi / 2)]
    assert [rate(t) for t in (1, 2, 3)] == pytest.approx(expected)
    assert rate(5) == rate(6) == rate(100) == pytest.approx(0.1)
    assert schedules.cosine_decay(0.5, updates=5)(5) == 0


def test_warm_up():
    rate = schedules.warm_up(0.8, updates=4)
    assert [rate(t) for t in (1, 2, 4, 5)] == pytest.approx([0.2, 0.4, 0.8, 0.8])
    rate = schedules.warm_up(schedules.exponential_decay(0.8, factor=0.5), updates=2)
    assert [rate(t) for t in (1, 2, 3)] == pytest.approx([0.4, 0.4, 0.2])


def test_per_epoch():
    rate = schedules.per_epoch(lambda epoch: epoch / 10, updates=3)
    assert [rate(t) for t in range(1, 8)] == [0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.3]


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: schedules.step_decay(0.0, factor=0.5, every=3), ValueError, "first: .*> 0"),
        (lambda: schedules.step_decay(0.1, factor=0.0, every=3), ValueError, "factor: .*> 0"),
        (lambda: schedules.step_decay(0.1, factor=0.5, every=0), ValueError, "every: .*least 1"),
        (lambda: schedules.exponential_decay(0.1, factor=None), TypeError, "factor: expected a n"),
        (lambda: schedules.inverse_decay(0.1, decay=-1.0), ValueError, "decay: .*>= 0"),
        (lambda: schedules.inverse_decay(-0.1, decay=1.0), ValueError, "first: .*> 0"),
        (lambda: schedules.cosine_decay(0.1, updates=1), ValueError, "updates: .*at least 2"),
        (lambda: schedules.cosine_decay(0.1, updates=3, last=-1), ValueError, "last: .*>= 0"),
        (lambda: schedules.warm_up("fast", updates=3), TypeError, "schedule: expected a number"),
        (lambda: schedules.warm_up(0.1, updates=0), ValueError, "updates: .*at least 1"),
        (lambda: schedules.per_epoch(0.1, updates=3), TypeError, "schedule: expected a function"),
        (lambda: schedules.per_epoch(max, updates=0), ValueError, "updates: .*at least 1"),
    ],
)
def test_bad_settings(make, error, message):
    with pytest.raises(error, match=message):
        make()
