"""Training: one loop for batch, stochastic and mini-batch; history, divergence, bad input."""

import re

import numpy as np
import pytest
from handgrad import activations, network, optimizers, training
from handgrad.losses import LOSSES


def setting(n=12, loss="half_squared_error", seed=0):
    """A 2-4-1 network (2-4-2 for softmax) and n samples."""
    rng = np.random.default_rng(seed)
    last = {"binary_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}
    outputs = 2 if loss == "softmax_cross_entropy" else 1
    net = network.random_network((2, 4, outputs), ["tanh", last.get(loss, "identity")], rng=rng)
    X = rng.normal(size=(n, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(float)
    return net, X, np.stack([y, 1 - y][:outputs], axis=1)


def rng():
    return np.random.default_rng(7)


def vector(net):
    return network.to_vector(net)


def by_hand(net, X, Y, learning_rate, orders, l2=0.0, factor=lambda n: 1.0, biases=True):
    """Updates written out, one for each array of samples in `orders`."""
    W, b = dict(net.W), dict(net.b)
    for rows in orders:
        now = network.make_network(W, b, net.s)
        _, grads = network.gradients(now, X[rows], Y[rows])
        for l in W:
            W[l] = W[l] - learning_rate * (factor(len(rows)) * grads.dW[l] + l2 * W[l])
            if biases:
                b[l] = b[l] - learning_rate * factor(len(rows)) * grads.db[l]
    return network.make_network(W, b, net.s)


# ---- one loop, three methods ---------------------------------------------------------------


def test_batch_descent_is_the_update_repeated():
    net, X, Y = setting()
    trained, history = training.train(net, X, Y, learning_rate=0.1, epochs=5)
    expected = by_hand(net, X, Y, 0.1, [np.arange(12)] * 5)
    np.testing.assert_allclose(vector(trained), vector(expected), rtol=1e-13)
    assert history.cost[0] == network.cost(net, X, Y)
    assert history.cost[-1] == network.cost(trained, X, Y)


def test_batches_of_all_samples_are_batch_descent_to_the_last_digit():
    net, X, Y = setting()
    one, _ = training.train(net, X, Y, learning_rate=0.1, epochs=5)
    two, _ = training.train(net, X, Y, learning_rate=0.1, epochs=5, batch_size=12, rng=rng())
    np.testing.assert_array_equal(vector(one), vector(two))


@pytest.mark.parametrize("batch_size", [1, 4, 5])
@pytest.mark.parametrize("shuffle", [True, False])
def test_updates_follow_the_batches(batch_size, shuffle):
    net, X, Y = setting()
    trained, _ = training.train(
        net, X, Y, learning_rate=0.1, epochs=3, batch_size=batch_size, rng=rng(), shuffle=shuffle
    )
    generator = rng()
    orders = [
        rows
        for _ in range(3)
        for rows in training.batches(12, batch_size, rng=generator, shuffle=shuffle)
    ]
    expected = by_hand(net, X, Y, 0.1, orders)
    np.testing.assert_allclose(vector(trained), vector(expected), rtol=1e-12)


@pytest.mark.parametrize("n, batch_size", [(12, 1), (12, 5), (12, 12), (80, 8), (1, 1)])
def test_every_sample_once_in_an_epoch(n, batch_size):
    generator = rng()
    epochs = [list(training.batches(n, batch_size, rng=generator)) for _ in range(2)]
    for batches in epochs:
        assert len(batches) == -(-n // batch_size)
        assert all(len(rows) == batch_size for rows in batches[:-1])
        assert sorted(np.concatenate(batches)) == list(range(n))
    if 1 < n != batch_size:
        assert any((one != two).any() for one, two in zip(*epochs))


def test_stochastic_training_sees_every_sample_once_in_an_epoch():
    # Each sample has a weight of its own, which starts at 0 and is moved by 0.1 when it is seen.
    net = network.make_network([np.zeros((12, 1))], activation="identity")
    X, Y = np.eye(12), np.ones((12, 1))
    trained, _ = training.train(
        net, X, Y, learning_rate=0.1, epochs=1, batch_size=1, rng=rng(), train_biases=False
    )
    np.testing.assert_allclose(trained.W[2], 0.1)


def test_without_shuffling_the_order_stays():
    batches = list(training.batches(5, 2, shuffle=False))
    assert [rows.tolist() for rows in batches] == [[0, 1], [2, 3], [4]]


def test_seeds_reproduce():
    net, X, Y = setting()

    def final(generator):
        settings = dict(learning_rate=0.1, epochs=3, batch_size=5)
        return vector(training.train(net, X, Y, rng=generator, **settings)[0])

    np.testing.assert_array_equal(final(rng()), final(rng()))
    assert (final(rng()) != final(np.random.default_rng(8))).any()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch_size", [None, 4, 1])
def test_training_learns(loss, batch_size):
    net, X, Y = setting(loss=loss)
    _, history = training.train(
        net, X, Y, learning_rate=0.1, epochs=300, loss=loss, batch_size=batch_size, rng=rng()
    )
    assert history.cost[-1] < 0.7 * history.cost[0]


def public_update(net, X, Y, learning_rate, loss, l2, reduction, train_biases):
    """One update by the functions of `network`, and by dictionaries of new arrays."""
    cache = network.forward(net, X)
    delta_L = network.output_delta(net, cache, Y, loss)
    grads = network.backward(net, cache, delta_L * (len(X) if reduction == "sum" else 1))
    dW = {l: grads.dW[l] + l2 * net.W[l] for l in net.W} if l2 else grads.dW
    db = grads.db if train_biases else {l: 0 * net.b[l] for l in net.b}
    return network.update(net, network.Gradients(dW, db, grads.delta, grads.dx), learning_rate)


@pytest.mark.parametrize("hidden", activations.ACTIVATIONS)
@pytest.mark.parametrize(
    "loss, last",
    [
        ("half_squared_error", "identity"),
        ("half_squared_error", "maxout"),
        ("sum_of_squares", "tanh"),
        ("binary_cross_entropy", "sigmoid"),
        ("softmax_cross_entropy", "softmax"),
    ],
)
@pytest.mark.parametrize(
    "l2, reduction, train_biases", [(0.0, "mean", True), (0.1, "sum", True), (0.1, "mean", False)]
)
def test_the_loop_computes_what_the_public_functions_compute_to_the_last_bit(
    hidden, loss, last, l2, reduction, train_biases
):
    generator = rng()
    net = network.random_network((3, 5, 4, 2), [hidden, hidden, last], rng=generator)
    X, Y = generator.normal(size=(11, 3)), np.eye(2)[generator.integers(0, 2, 11)]
    options = dict(loss=loss, l2=l2, reduction=reduction, train_biases=train_biases)
    trained, _ = training.train(
        net, X, Y, learning_rate=0.01, epochs=2, batch_size=4, shuffle=False, **options
    )
    for rows in list(training.batches(11, 4, shuffle=False)) * 2:
        net = public_update(net, X[rows], Y[rows], 0.01, **options)
    np.testing.assert_array_equal(vector(trained), vector(net))
    J = training.objective(net, X, Y, **options)
    moved = public_update(net, X, Y, 1.0, **options)
    np.testing.assert_array_equal(vector(net) - J(vector(net))[1], vector(moved))


class Hoarder:
    """Gradient descent that keeps all it is handed, and sees that it stays as it was."""

    learning_rate = 0.1

    def start(self, v):
        return [v, v.copy()]

    def step(self, v, dv, state):
        for k in range(0, len(state), 2):
            np.testing.assert_array_equal(state[k], state[k + 1])
        new = v - 0.1 * dv
        return new, [*state, v, v.copy(), dv, dv.copy(), new, new.copy()]


def test_an_optimizer_may_keep_what_it_is_handed():
    net, X, Y = setting()
    settings = dict(epochs=4, batch_size=5)
    one, _ = training.train(net, X, Y, optimizer=Hoarder(), rng=rng(), **settings)
    two, _ = training.train(net, X, Y, learning_rate=0.1, rng=rng(), **settings)
    np.testing.assert_array_equal(vector(one), vector(two))


def test_a_callback_may_keep_the_networks():
    net, X, Y = setting()
    kept = []
    _, history = training.train(
        net,
        X,
        Y,
        learning_rate=0.1,
        epochs=4,
        callback=lambda net, update, cost: kept.append(net),
    )
    assert [network.cost(net, X, Y) for net in kept] == history.cost.tolist()


# ---- history -------------------------------------------------------------------------------


def test_history_counts_updates_and_samples():
    net, X, Y = setting(n=80)
    settings = dict(learning_rate=0.01, epochs=3, batch_size=32, rng=rng())
    _, history = training.train(net, X, Y, **settings)
    assert history.update.tolist() == [0, 3, 6, 9]
    assert history.samples_seen.tolist() == [0, 80, 160, 240]
    assert history.epoch.tolist() == [0, 1, 2, 3]
    assert history.cost.shape == history.penalty.shape == (4,)
    _, history = training.train(net, X, Y, **settings, record="update")
    assert history.update.tolist() == list(range(10))
    assert history.samples_seen.tolist()[:5] == [0, 32, 64, 80, 112]
    _, history = training.train(net, X, Y, **settings | {"epochs": 7}, record=3)
    assert history.epoch.tolist() == [0, 3, 6, 7]


def test_recording_does_not_change_training():
    net, X, Y = setting()
    settings = dict(learning_rate=0.1, epochs=4, batch_size=5)
    ends = [
        vector(training.train(net, X, Y, rng=rng(), record=record, **settings)[0])
        for record in ("epoch", "update", 3)
    ]
    np.testing.assert_array_equal(ends[0], ends[1])
    np.testing.assert_array_equal(ends[0], ends[2])


def test_no_epochs_return_the_network_and_its_cost():
    net, X, Y = setting()
    same, history = training.train(net, X, Y, learning_rate=0.1, epochs=0)
    np.testing.assert_array_equal(vector(same), vector(net))
    assert history.cost.tolist() == [network.cost(net, X, Y)]


@pytest.mark.parametrize("record", ["epoch", "update"])
def test_callback_sees_each_entry_and_can_stop(record):
    net, X, Y = setting()
    seen = []

    def callback(net, update, cost):
        seen.append((update, cost, network.cost(net, X, Y)))
        return update >= 6

    stopped, history = training.train(
        net,
        X,
        Y,
        learning_rate=0.1,
        epochs=9,
        batch_size=4,
        rng=rng(),
        record=record,
        callback=callback,
    )
    updates, costs, own = zip(*seen)
    expected = list(range(0, 7, 3 if record == "epoch" else 1))
    assert list(updates) == history.update.tolist() == expected
    assert list(costs) == history.cost.tolist() == pytest.approx(own)
    assert network.cost(stopped, X, Y) == history.cost[-1]


def test_progress_bar_on_request_only(capsys):
    net, X, Y = setting()
    training.train(net, X, Y, learning_rate=0.1, epochs=3)
    assert capsys.readouterr() == ("", "")
    training.train(net, X, Y, learning_rate=0.1, epochs=3, progress=True)
    out, err = capsys.readouterr()
    assert "3/3" in out and err == ""


# ---- options -------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize(
    "options, changes",
    [
        ({"l2": 0.3}, {"l2": 0.3}),
        ({"train_biases": False}, {"biases": False}),
        ({"reduction": "sum"}, {"factor": lambda n: float(n)}),
        (
            {"l2": 0.3, "train_biases": False, "reduction": "sum"},
            {"l2": 0.3, "biases": False, "factor": lambda n: float(n)},
        ),
    ],
)
@pytest.mark.parametrize("optimizer", [None, optimizers.GradientDescent(0.02)])
def test_options_by_hand(options, changes, batch_size, optimizer):
    net, X, Y = setting()
    trained, _ = training.train(
        net,
        X,
        Y,
        learning_rate=0.02,
        epochs=3,
        batch_size=batch_size,
        shuffle=False,
        optimizer=optimizer,
        **options,
    )
    orders = list(training.batches(12, batch_size or 12, shuffle=False)) * 3
    expected = by_hand(net, X, Y, 0.02, orders, **changes)
    np.testing.assert_allclose(vector(trained), vector(expected), rtol=1e-12)


@pytest.mark.parametrize(
    "optimizer", [optimizers.Momentum(0.05), optimizers.Adam(0.05)], ids=lambda o: type(o).__name__
)
def test_optimizers_in_the_loop(optimizer):
    net, X, Y = setting()
    trained, history = training.train(net, X, Y, epochs=20, optimizer=optimizer)
    v, state = vector(net), optimizer.start(vector(net))
    for _ in range(20):
        _, grads = network.gradients(network.from_vector(net, v), X, Y)
        v, state = optimizer.step(v, network.gradient_vector(grads), state)
    np.testing.assert_allclose(vector(trained), v, rtol=1e-12)
    assert history.cost[-1] < history.cost[0]
    fixed, _ = training.train(net, X, Y, epochs=20, optimizer=optimizer, train_biases=False)
    for l in net.b:
        np.testing.assert_array_equal(fixed.b[l], net.b[l])
        assert (fixed.W[l] != net.W[l]).all()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("train_biases", [True, False])
def test_objective_by_central_differences(reduction, l2, train_biases):
    net, X, Y = setting()
    f = training.objective(net, X, Y, l2=l2, reduction=reduction, train_biases=train_biases)
    v = vector(net) + 0.1
    J, dv = f(v)
    h = 1e-6
    expected = np.array([(f(v + h * e)[0] - f(v - h * e)[0]) / (2 * h) for e in np.eye(v.size)])
    is_bias = network.gradient_vector(
        network.Gradients({l: 0 * net.W[l] for l in net.W}, {l: net.b[l] + 1 for l in net.b}, {}, 0)
    ).astype(bool)
    if not train_biases:
        expected[is_bias] = 0
    np.testing.assert_allclose(dv, expected, rtol=1e-6, atol=1e-8)
    moved = network.from_vector(net, v)
    squares = sum(float((W**2).sum()) for W in moved.W.values())
    factor = len(X) if reduction == "sum" else 1
    assert J == pytest.approx(factor * network.cost(moved, X, Y) + l2 / 2 * squares, rel=1e-13)


def test_penalty_is_part_of_the_cost():
    net, X, Y = setting()
    trained, history = training.train(net, X, Y, learning_rate=0.1, epochs=50, l2=0.1)
    without = network.cost(trained, X, Y)
    assert history.cost[-1] - history.penalty[-1] == pytest.approx(without, rel=1e-13)
    assert 0 < history.penalty[-1] < history.penalty[0]
    _, plain = training.train(net, X, Y, learning_rate=0.1, epochs=2)
    assert not plain.penalty.any()


# ---- divergence ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("optimizer", [None, optimizers.Momentum(50.0)])
@pytest.mark.parametrize("record", ["epoch", "update", 10])
def test_divergence_names_epoch_and_learning_rate(optimizer, record):
    net = network.make_network([[[1.0]], [[1.0]]], activation="identity")
    X, Y = np.array([[1.0], [2.0]]), np.array([[5.0], [3.0]])
    epochs = []

    def callback(net, update, cost):
        epochs.append(update)

    with pytest.raises(training.DivergenceError) as caught:
        training.train(
            net,
            X,
            Y,
            learning_rate=50.0,
            epochs=500,
            optimizer=optimizer,
            record=record,
            callback=callback,
        )
    error = caught.value
    step = record if isinstance(record, int) else 1
    assert error.epoch == epochs[-1] + step  # one update an epoch: the first entry that failed
    assert error.learning_rate == 50.0
    assert re.search(
        rf"expected a finite cost, got (inf|nan) in epoch {error.epoch} with learning rate 50\.0",
        str(error),
    )
    assert np.isfinite(error.history.cost).all() and len(error.history.cost) == len(epochs)
    assert isinstance(error, ArithmeticError)


# ---- bad input -----------------------------------------------------------------------------


def test_nothing_given_is_touched():
    net, X, Y = setting()
    X.flags.writeable = Y.flags.writeable = False
    for l in net.W:
        net.W[l].flags.writeable = net.b[l].flags.writeable = False
    before = vector(net)
    for optimizer in (None, optimizers.Momentum(0.1), optimizers.Adam(0.1)):
        trained, _ = training.train(
            net,
            X,
            Y,
            learning_rate=0.1,
            epochs=3,
            batch_size=5,
            rng=rng(),
            optimizer=optimizer,
            l2=0.1,
            train_biases=False,
            reduction="sum",
        )
        assert (vector(trained) != before).any()
        np.testing.assert_array_equal(vector(net), before)
        assert not any(np.shares_memory(trained.W[l], net.W[l]) for l in net.W)


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"net": "2-4-1"}, TypeError, "net: expected a Network, got '2-4-1'"),
        ({"X": np.ones((12, 3))}, ValueError, r"X: expected shape \(n, 2\), got \(12, 3\)"),
        ({"X": np.ones((0, 2))}, ValueError, r"X: .*got \(0, 2\) \(it is empty\)"),
        ({"X": np.full((12, 2), np.nan)}, ValueError, "X: expected finite numbers, got nan"),
        ({"Y": np.ones(12)}, ValueError, r"Y: expected shape \(12, 1\), got \(12,\)"),
        ({"Y": np.ones((12, 2))}, ValueError, r"Y: expected shape \(12, 1\), got \(12, 2\)"),
        ({"Y": np.ones((1, 1))}, ValueError, r"Y: expected shape \(12, 1\), got \(1, 1\)"),
        ({"Y": np.full((12, 1), np.inf)}, ValueError, "Y: expected finite numbers, got inf"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate: .*> 0, got 0.0"),
        ({"learning_rate": -1}, ValueError, "learning_rate: .*> 0, got -1"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate: expected a number, got 'fast'"),
        ({"learning_rate": None}, TypeError, "learning_rate: .*got None and no optimizer"),
        ({"optimizer": optimizers.Adam(0.5)}, ValueError, "of the optimizer, 0.5, or none"),
        ({"epochs": 1.5}, TypeError, "epochs: expected an integer, got 1.5"),
        ({"epochs": -1}, ValueError, "epochs: expected an integer of at least 0, got -1"),
        ({"batch_size": 0}, ValueError, "batch_size: .*between 1 and 12, got 0"),
        ({"batch_size": 13}, ValueError, "batch_size: .*between 1 and 12, got 13"),
        ({"batch_size": 4}, TypeError, "rng: expected a numpy.random.Generator .*shuffle=False"),
        ({"batch_size": 4, "rng": 3}, TypeError, "rng: expected .*got 3"),
        ({"loss": "mse"}, ValueError, "loss: expected one of .*got 'mse'"),
        ({"loss": "binary_cross_entropy"}, ValueError, "expected activation 'sigmoid'"),
        ({"l2": -0.1}, ValueError, "l2: .*>= 0, got -0.1"),
        ({"reduction": "median"}, ValueError, "reduction: expected 'mean' or 'sum', got 'median'"),
        ({"record": "daily"}, TypeError, "record, if not .*: expected an integer, got 'daily'"),
        ({"record": 0}, ValueError, "record, .*: expected an integer of at least 1, got 0"),
    ],
)
def test_bad_input(change, error, message):
    net, X, Y = setting()
    arguments = dict(net=net, X=X, Y=Y, learning_rate=0.1, epochs=2) | change
    with pytest.raises(error, match=message):
        training.train(**arguments)


def test_targets_that_do_not_suit_the_loss():
    net, X, Y = setting(loss="softmax_cross_entropy")
    with pytest.raises(ValueError, match="rows that sum to 1"):
        training.train(net, X, 0.4 * Y, learning_rate=1, epochs=1, loss="softmax_cross_entropy")
