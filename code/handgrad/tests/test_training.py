"""Training: one loop for batch, stochastic and mini-batch; history, divergence, bad input."""

import pickle
import re
from functools import wraps

import numpy as np
import pytest
from handgrad import activations, check, losses, network, optimizers, schedules, training
from handgrad.losses import LOSSES, Loss


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
        assert any((one != two).any() for one, two in zip(*epochs, strict=True))


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
    updates, costs, own = zip(*seen, strict=True)
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


# ---- own losses and optimisers -------------------------------------------------------------


def tenfold(f):
    """A decorator as anybody writes it: what it wraps stays to be seen in __wrapped__."""

    @wraps(f)
    def times_ten(*args):
        return 10 * f(*args)

    return times_ten


def test_a_decorated_loss_trains_on_what_it_says():
    net, X, Y = setting()
    loss = Loss("ten", tenfold(losses.half_squared_error), tenfold(losses.half_squared_error_grad))
    trained, history = training.train(net, X, Y, learning_rate=0.01, epochs=3, loss=loss)
    plain, costs = training.train(net, X, Y, learning_rate=0.1, epochs=3)
    np.testing.assert_allclose(vector(trained), vector(plain), rtol=1e-12)
    np.testing.assert_allclose(history.cost, 10 * costs.cost, rtol=1e-12)
    f, v = training.objective(net, X, Y, loss=loss), vector(net)
    assert check.check_gradient(lambda v: f(v)[0], v, f(v)[1])
    slopes = check.network_differences(net, X, Y, loss)
    assert check.agree(package=network.gradients(net, X, Y, loss)[1], differences=slopes)


@pytest.mark.parametrize(
    "gradient, message",
    [
        (lambda y_hat, Y: 0.1, r"'own', gradient: expected shape \(4, 1\), got shape \(\)"),
        (lambda y_hat, Y: (y_hat - Y)[0], r"gradient: expected shape \(4, 1\), got shape \(1,\)"),
    ],
)
def test_a_loss_of_ones_own_is_not_broadcast_in_training(gradient, message):
    net, X, Y = setting()
    loss = Loss("own", lambda y_hat, Y: 1.0, gradient)
    with pytest.raises(ValueError, match=message):
        training.train(
            net, X, Y, learning_rate=0.1, epochs=1, batch_size=4, shuffle=False, loss=loss
        )


def test_an_activation_of_ones_own_is_not_broadcast_in_training():
    net, X, Y = setting()
    bent = activations.Activation("bent", np.tanh, lambda z: 0.5)
    net = network.make_network(net.W, net.b, {2: bent, 3: "identity"})
    with pytest.raises(ValueError, match=r"'bent', derivative: expected shape \(12, 4\)"):
        training.train(net, X, Y, learning_rate=0.1, epochs=1)


def test_an_activation_of_ones_own_is_what_training_returns():
    net, X, Y = setting()
    bent = activations.Activation("bent", lambda z: z**3, lambda z: 3 * z**2)
    net = network.make_network(net.W, net.b, {2: bent, 3: "identity"})
    seen = []
    trained, _ = training.train(
        net, X, Y, learning_rate=0.01, epochs=1, callback=lambda net, *_: seen.append(net)
    )
    assert trained.s[2] is bent and all(net.s[2] is bent for net in seen)


class Stepping:
    """An optimiser whose step gives what it is told to."""

    def __init__(self, step):
        self.step = step

    def start(self, v):
        return None


@pytest.mark.parametrize(
    "step, error, message",
    [
        (
            lambda v, dv, s: (v.mean(), s),
            ValueError,
            r"step: expected shape \(17,\), got shape \(\)",
        ),
        (lambda v, dv, s: (v[:, None] - dv, s), ValueError, r"got shape \(17, 17\)"),
        (lambda v, dv, s: (v + 0j, s), TypeError, "step: expected real numbers"),
        (lambda v, dv, s: v - dv, TypeError, r"step: expected \(v, state\), got a ndarray"),
        (lambda v, dv, s: (v, s, 1), TypeError, r"step: expected \(v, state\), got a tuple"),
    ],
)
def test_every_step_of_an_optimizer_is_looked_at(step, error, message):
    net, X, Y = setting()
    with pytest.raises(error, match=message):
        training.train(net, X, Y, epochs=1, optimizer=Stepping(step))


@pytest.mark.parametrize("wrong", ["adam", optimizers.Adam, 0.1, Stepping, object()])
def test_what_is_no_optimizer(wrong):
    net, X, Y = setting()
    with pytest.raises(TypeError, match="optimizer: expected an object with start and step, got"):
        training.train(net, X, Y, epochs=1, optimizer=wrong)


def test_a_class_is_told_from_an_object():
    net, X, Y = setting()
    with pytest.raises(TypeError, match=r"got the class Adam; try Adam\(\.\.\.\)"):
        training.train(net, X, Y, epochs=1, optimizer=optimizers.Adam)


# ---- float32 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "optimizer",
    [
        None,
        optimizers.GradientDescent(0.1),
        optimizers.Momentum(0.05),
        optimizers.Momentum(np.float64(0.05), np.float64(0.9), nesterov=True),
        optimizers.RMSProp(0.01),
        optimizers.Adam(0.01),
    ],
    ids=repr,
)
@pytest.mark.parametrize("loss", LOSSES)
def test_float32_is_trained_in_float32(loss, optimizer):
    net, X, Y = setting(loss=loss)
    single = network.make_network(net.W, net.b, net.s, dtype="float32")
    given = dict(
        loss=loss,
        epochs=5,
        batch_size=5,
        optimizer=optimizer,
        l1=np.float64(0.01),
        l2=np.float64(0.01),
        dropout={2: 0.25},
        reduction="sum",
        learning_rate=None if optimizer else np.float64(0.1),
    )
    seen = []
    trained, history = training.train(
        single, X, Y, rng=rng(), callback=lambda net, *_: seen.append(net.dtype), **given
    )
    assert {trained.dtype, trained.b[3].dtype, *seen} == {np.dtype(np.float32)}
    if isinstance(history.state, tuple):
        assert {u.dtype for u in history.state[:-1]} == {np.dtype(np.float32)}
    double, expected = training.train(net, X, Y, rng=rng(), **given)
    np.testing.assert_allclose(history.cost, expected.cost, rtol=1e-3)
    np.testing.assert_allclose(vector(trained), vector(double), rtol=0.02, atol=1e-3)


def test_no_array_of_float64_on_the_way(monkeypatch):
    """Every activation, derivative and gradient of a training in float32 sees float32 alone."""
    net, X, Y = setting(loss="softmax_cross_entropy")
    single = network.make_network(net.W, net.b, net.s, dtype="float32")
    seen = set()

    def watched(core):
        def function(*args, **kwargs):
            found = core(*args, **kwargs)
            for part in (*args, found):
                for array in part.values() if isinstance(part, dict) else [part]:
                    if isinstance(array, np.ndarray):
                        seen.add(array.dtype)
            return found

        return function

    for name in ("output_delta", "backward", "cost"):
        monkeypatch.setattr(training._core, name, watched(getattr(training._core, name)))
    J = training.objective(single, X, Y, loss="softmax_cross_entropy", l1=0.1, l2=0.1)
    assert J(vector(single))[1].dtype == np.float32
    training.train(single, X, Y, learning_rate=0.1, epochs=2, loss="softmax_cross_entropy", l1=0.1)
    assert seen == {np.dtype(np.float32)}


def test_float32_takes_half_the_memory():
    import tracemalloc

    def peak(dtype):
        net = network.random_network((200, 300, 10), "tanh", rng=rng(), dtype=dtype)
        X, Y = np.ones((500, 200), dtype), np.zeros((500, 10), dtype)
        tracemalloc.start()
        training.train(net, X, Y, learning_rate=0.01, epochs=1, batch_size=50, shuffle=False)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak("float32")
    assert peak("float32") == pytest.approx(peak("float64") / 2, rel=0.05)


# ---- penalties, dropout --------------------------------------------------------------------


def test_l1_by_central_differences_and_by_hand():
    net, X, Y = setting()
    net.W[2][0, 0] = 0.0
    f, plain = training.objective(net, X, Y, l1=0.3, l2=0.2), training.objective(net, X, Y)
    v = vector(net)
    assert v[0] == 0 and f(v)[1][0] == plain(v)[1][0]  # the subgradient at 0 is 0
    sums = [sum(float(g(W).sum()) for W in net.W.values()) for g in (np.abs, np.square)]
    assert f(v)[0] - plain(v)[0] == pytest.approx(0.3 * sums[0] + 0.1 * sums[1], rel=1e-12)
    assert f.penalty(net) == pytest.approx(f(v)[0] - plain(v)[0], rel=1e-12)
    v[0] = 0.5
    np.testing.assert_allclose(
        f(v)[1], check.central_difference(lambda v: f(v)[0], v), rtol=1e-6, atol=1e-8
    )
    for name in ("l1", "l2"):
        with pytest.raises(ValueError, match=f"{name}: .*>= 0, got -1"):
            training.objective(net, X, Y, **{name: -1})


def test_l1_makes_weights_that_do_nothing_small():
    generator = rng()
    X = generator.normal(size=(60, 4))
    net = network.make_network([np.full((4, 1), 0.5)], activation="identity")
    trained, _ = training.train(net, X, X[:, :1], learning_rate=0.01, epochs=2000, l1=0.1)
    assert abs(trained.W[2][1:]).max() < 0.02 < 0.8 < trained.W[2][0, 0]


@pytest.mark.parametrize("hidden", ["tanh", "maxout"])
def test_dropout_by_hand(hidden):
    """One update, with the masks drawn once more from the same generator."""
    generator = rng()
    net = network.random_network((3, 5, 4, 2), [hidden, "tanh", "identity"], rng=generator)
    X, Y = generator.normal(size=(6, 3)), generator.normal(size=(6, 2))
    trained, _ = training.train(net, X, Y, learning_rate=1.0, epochs=1, dropout=0.4, rng=rng())
    again = rng()
    masks = {l: (again.random((6, net.sizes[l - 1])) >= 0.4) / 0.6 for l in (2, 3)}

    def cost(v):
        moved = network.from_vector(net, v)
        a = X
        for l in (2, 3, 4):
            a = moved.s[l].value(a @ moved.W[l] + moved.b[l])
            a = a * masks[l] if l in masks else a
        return losses.half_squared_error(a, Y)

    expected = check.central_difference(cost, vector(net))
    np.testing.assert_allclose(vector(net) - vector(trained), expected, rtol=1e-6, atol=1e-8)


def test_dropout_keeps_the_mean_and_leaves_the_network():
    net = network.random_network((3, 50, 1), "tanh", rng=rng())
    thinned = training.drop(net, 0.3, 4000, rng=rng())
    z = np.full((4000, 50), 0.7)
    dropped, slope = thinned.s[2].value(z), thinned.s[2].derivative(z)
    assert np.mean(dropped == 0) == pytest.approx(0.3, abs=0.005)
    assert dropped.mean() == pytest.approx(np.tanh(0.7), rel=0.01)
    np.testing.assert_array_equal(slope == 0, dropped == 0)
    assert (dropped[0] != dropped[1]).any()
    X, Y = np.ones((8, 3)), np.zeros((8, 1))
    trained, history = training.train(
        net, X, Y, learning_rate=0.1, epochs=2, dropout=0.5, rng=rng()
    )
    assert history.cost[-1] == network.cost(trained, X, Y)  # without dropout
    assert trained.s[2] is net.s[2]
    same, _ = training.train(net, X, Y, learning_rate=0.1, epochs=2, dropout=0.0)
    none, _ = training.train(net, X, Y, learning_rate=0.1, epochs=2)
    np.testing.assert_array_equal(vector(same), vector(none))


@pytest.mark.parametrize(
    "dropout, error, message",
    [
        (1.0, ValueError, r"dropout\[2\]: expected a number < 1, got 1.0"),
        (-0.1, ValueError, "dropout: .*>= 0"),
        ("half", TypeError, "dropout: expected a number, got 'half'"),
        ({3: 0.5}, ValueError, r"expected hidden layers \[2\], got 3"),
        ({2: -1.0}, ValueError, r"dropout\[2\]: .*>= 0"),
        (0.5, TypeError, r"rng: expected .*\(for dropout\)"),
    ],
)
def test_bad_dropout(dropout, error, message):
    net, X, Y = setting()
    with pytest.raises(error, match=message):
        training.train(net, X, Y, learning_rate=0.1, epochs=1, dropout=dropout)
    single = network.random_network((2, 1), rng=rng())
    with pytest.raises(ValueError, match="expected a network with hidden layers"):
        training.train(single, X, Y, learning_rate=0.1, epochs=1, dropout=0.5, rng=rng())


# ---- validation, schedules, resuming -------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_validation_is_the_cost_on_other_samples(reduction):
    net, X, Y = setting()
    _, X2, Y2 = setting(n=7, seed=3)
    nets = []
    trained, history = training.train(
        net,
        X,
        Y,
        learning_rate=0.05,
        epochs=4,
        l2=0.1,
        validation=(X2, Y2),
        reduction=reduction,
        callback=lambda net, *_: nets.append(net),
    )
    factor = 7 if reduction == "sum" else 1
    expected = [factor * network.cost(net, X2, Y2) for net in nets]
    np.testing.assert_allclose(history.validation, expected, rtol=1e-13)
    alone, plain = training.train(
        net, X, Y, learning_rate=0.05, epochs=4, l2=0.1, reduction=reduction
    )
    np.testing.assert_array_equal(vector(alone), vector(trained))
    assert plain.validation is None


@pytest.mark.parametrize(
    "validation, error, message",
    [
        (np.ones((3, 2)), TypeError, r"validation: expected two arrays \(X, Y\)"),
        (([[1.0]], [[1.0]]), ValueError, r"validation X: expected shape \(n, 2\), got \(1, 1\)"),
        (([[1.0, 2.0]], [1.0]), ValueError, r"validation Y: expected shape \(1, 1\)"),
        (([[1.0, 2.0]], [[np.nan]]), ValueError, "validation Y: expected finite"),
    ],
)
def test_bad_validation(validation, error, message):
    net, X, Y = setting()
    with pytest.raises(error, match=message):
        training.train(net, X, Y, learning_rate=0.1, epochs=1, validation=validation)


@pytest.mark.parametrize(
    "optimizer",
    [
        None,
        optimizers.GradientDescent(schedules.step_decay(0.1, factor=0.5, every=4)),
        optimizers.Momentum(0.05),
        optimizers.RMSProp(0.01),
        optimizers.Adam(schedules.inverse_decay(0.1, decay=0.1)),
    ],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize("record", ["epoch", "update"])
def test_what_is_resumed_ends_as_if_it_had_never_stopped(optimizer, record):
    net, X, Y = setting()
    rate = None if optimizer else schedules.exponential_decay(0.1, factor=0.9)
    given = dict(
        optimizer=optimizer,
        learning_rate=rate,
        batch_size=5,
        dropout=0.2,
        record=record,
        validation=(X[:3], Y[:3]),
    )
    whole, expected = training.train(net, X, Y, epochs=7, rng=rng(), **given)
    generator = rng()
    half, history = training.train(net, X, Y, epochs=3, rng=generator, **given)
    before = history.cost.copy()
    half, joined = training.train(half, X, Y, epochs=4, rng=generator, resume=history, **given)
    np.testing.assert_array_equal(vector(half), vector(whole))
    for name in ("cost", "penalty", "update", "samples_seen", "epoch", "validation"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(expected, name))
    np.testing.assert_array_equal(history.cost, before)
    assert joined.update.dtype == joined.samples_seen.dtype == int


def test_resuming_with_other_samples_counts_epochs_on():
    net, X, Y = setting()
    net, history = training.train(net, X, Y, learning_rate=0.1, epochs=2)
    _, history = training.train(net, X[:4], Y[:4], learning_rate=0.1, epochs=2, resume=history)
    assert history.epoch.tolist() == [0, 1, 2, 3, 4]
    assert history.samples_seen.tolist() == [0, 12, 24, 28, 32]
    wild = network.make_network([[[1e200]], [[1e200]]], activation="identity")
    one, rest = [[1.0]], dict(learning_rate=1.0, epochs=3)
    with pytest.raises(training.DivergenceError, match="in epoch 5 with") as caught:
        training.train(wild, one, one, resume=history, **rest)
    assert len(caught.value.history.cost) == 5


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"resume": [1.0]}, TypeError, "resume: expected a History with entries, got"),
        ({"validation": ([[1.0, 2]], [[1]])}, ValueError, "resume: expected validation as before"),
        ({"optimizer": None, "learning_rate": 0.1}, ValueError, "the optimizer that this history"),
        ({"optimizer": optimizers.Momentum(0.1)}, ValueError, "state: expected what start"),
    ],
)
def test_bad_resuming(change, error, message):
    net, X, Y = setting()
    _, history = training.train(net, X, Y, epochs=1, optimizer=optimizers.GradientDescent(0.1))
    arguments = {"resume": history, "optimizer": optimizers.GradientDescent(0.1)} | change
    with pytest.raises(error, match=message):
        training.train(net, X, Y, epochs=1, **arguments)


def test_a_schedule_gives_each_update_its_rate():
    net, X, Y = setting()
    seen = []

    def schedule(t):
        seen.append(t)
        return 0.1 / t

    settings = dict(epochs=2, batch_size=5, shuffle=False)
    scheduled, _ = training.train(net, X, Y, learning_rate=schedule, **settings)
    assert seen == [1, 2, 3, 4, 5, 6]
    v = vector(net)
    for t, rows in enumerate(list(training.batches(12, 5, shuffle=False)) * 2, start=1):
        _, grads = network.gradients(network.from_vector(net, v), X[rows], Y[rows])
        v = v - 0.1 / t * network.gradient_vector(grads)
    np.testing.assert_allclose(vector(scheduled), v, rtol=1e-13)
    descent = optimizers.GradientDescent(lambda t: 0.1 / t)
    same, _ = training.train(net, X, Y, optimizer=descent, **settings)
    np.testing.assert_array_equal(vector(same), vector(scheduled))


def test_bad_schedules():
    net, X, Y = setting()
    for schedule, error, got in (
        (lambda t: -0.1, ValueError, "got -0.1"),
        (lambda t: None, TypeError, "got None"),
        (lambda t: np.nan, ValueError, "got nan"),
    ):
        with pytest.raises(error, match=rf"learning_rate\(1\): expected a .*{got}"):
            training.train(net, X, Y, learning_rate=schedule, epochs=1)


# ---- what is said --------------------------------------------------------------------------


def test_a_history_says_what_happened():
    net, X, Y = setting()
    given = dict(learning_rate=0.1, epochs=4, batch_size=5, rng=rng())
    _, history = training.train(net, X, Y, **given)
    cost = f"{history.cost[0]:.4g} → {history.cost[-1]:.4g}"
    assert repr(history) == f"History(5 entries, 12 updates, 4 epochs, cost {cost})"
    _, history = training.train(net, X, Y, validation=(X, Y), **given)
    assert repr(history).endswith(f", validation {history.cost[0]:.4g} → {history.cost[-1]:.4g})")
    nothing = training.History(*[np.array([])] * 5)
    assert repr(nothing) == "History(no entries)"


def test_a_divergence_comes_back_from_another_process():
    net, X, Y = setting()
    with pytest.raises(training.DivergenceError) as caught:
        training.train(
            net,
            X,
            1e200 * Y,
            learning_rate=schedules.step_decay(9.0, factor=0.5, every=1),
            epochs=9,
        )
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is training.DivergenceError and str(again) == str(caught.value)
    assert (again.epoch, again.learning_rate) == (caught.value.epoch, caught.value.learning_rate)
    np.testing.assert_array_equal(again.history.cost, caught.value.history.cost)


def test_a_cost_that_diverges_on_the_held_out_samples_alone():
    net, X, Y = setting()
    with pytest.raises(training.DivergenceError, match="got inf in epoch 0"):
        training.train(
            net, X, Y, learning_rate=0.1, epochs=1, validation=(X, np.full_like(Y, 1e200))
        )
