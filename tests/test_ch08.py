"""Chapter 8: the printed numbers of the 1-2-2 network, and what the three methods do."""

import numpy as np
import pytest
from handgrad import check
from handgrad.datasets import five_samples
from handgrad.network import forward, gradients, make_network, update
from handgrad.training import batches, train

X = np.array([[1.0], [2.0]])
Y = np.array([[3.0, 4.0], [6.0, 5.0]])
RATE = 0.5


@pytest.fixture
def net():
    tenth = [np.full((1, 2), 0.1), np.full((2, 2), 0.1)]
    return make_network(tenth, [np.full(2, 0.1)] * 2, ["sigmoid", "identity"])


def holds(text, value):
    return check.holds(text, float(value)) is not None


def test_forward_and_cost_as_printed(net):
    cache = forward(net, X)
    J, _ = gradients(net, X, Y)
    assert holds("19.628", J)
    assert holds("0.2", cache.z[2][0, 0]) and holds("0.3", cache.z[2][1, 0])
    assert holds("0.55", cache.a[2][0, 0]) and holds("0.574", cache.a[2][1, 0])
    assert holds("0.21", cache.y_hat[0, 0]) and holds("0.215", cache.y_hat[1, 1])


def test_new_weights_as_printed_need_both_samples_and_the_mean(net):
    def printed_weights(new):
        return [
            holds("2.244", new.b[3][0]),
            holds("1.314", new.W[3][0, 0]),
            holds("1.308", new.W[3][0, 1]),
            holds("0.205", new.b[2][0]),
            holds("0.270", new.W[2][0, 0]),
        ]

    assert all(printed_weights(update(net, gradients(net, X, Y)[1], RATE)))
    first_only = gradients(net, X[:1], Y[:1])[1]
    assert not any(printed_weights(update(net, first_only, RATE)))
    summed, _ = train(net, X, Y, learning_rate=RATE, epochs=1, reduction="sum")
    assert not any(printed_weights(summed))


def test_the_second_samples_printed_gradient_is_the_firsts_in_another_order(net):
    def with_bias_on_top(k):
        _, g = gradients(net, X[[k]], Y[[k]])
        return np.vstack([g.db[3], g.dW[3]])

    printed = ["-2.79", "-1.534", "-1.534", "-3.79", "-2.08", "-2.08"]
    assert all(map(holds, printed, with_bias_on_top(0).T.ravel()))
    assert not any(map(holds, printed, with_bias_on_top(1).ravel()))


@pytest.mark.parametrize(
    "n, B, updates", [(80, 8, 10), (1000, 4, 250), (1000, 8, 125), (1000, 16, 63), (1000, 32, 32)]
)
def test_updates_in_an_epoch(n, B, updates):
    plan = list(batches(n, B, rng=np.random.default_rng(0)))
    assert len(plan) == updates
    assert sorted(np.concatenate(plan)) == list(range(n))


def test_only_batch_descent_comes_near_the_printed_outputs_of_the_five_samples():
    X5, Y5 = five_samples()
    printed = np.array([0.0295, 0.4255, 0.6867, 0.7470, 0.7706])
    rng = np.random.default_rng(0)
    starts = [
        make_network(
            [rng.uniform(-1, 1, d) for d in ((1, 3), (3, 3), (3, 3), (3, 3), (3, 1))],
            activation="tanh",
        )
        for _ in range(8)
    ]
    nearest = {}
    for B in (5, 1):
        away = []
        for net in starts:
            net, _ = train(
                net,
                X5,
                Y5,
                learning_rate=0.3,
                epochs=500,
                batch_size=B,
                rng=np.random.default_rng(1),
                record=500,
            )
            away.append(np.abs(forward(net, X5).y_hat[:, 0] - printed).max())
        nearest[B] = min(away)
    assert nearest[5] < 0.035 < nearest[1]


def test_variance_of_a_mini_batch_without_repetition():
    g = np.random.default_rng(3).normal(size=12)
    rng, B = np.random.default_rng(4), 4
    drawn = np.array([g[next(batches(12, B, rng=rng))].mean() for _ in range(20000)])
    assert drawn.var() == pytest.approx(g.var() / B * (12 - B) / 11, rel=0.05)
    assert drawn.var() != pytest.approx(g.var() / B, rel=0.05)
