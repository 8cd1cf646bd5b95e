"""Chapter 13: R² on held-out patients, and equality with scikit-learn and with autograd."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from handgrad import check, datasets
from handgrad.network import forward, from_vector, gradients, random_network, to_vector, update
from handgrad.optimizers import Momentum, lbfgs
from handgrad.training import objective, train
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

ETA = 0.1
PLAIN = dict(
    solver="sgd", learning_rate_init=ETA, momentum=0.0, nesterovs_momentum=False, alpha=0.0,
    shuffle=False, activation="tanh", random_state=0,
)  # fmt: skip


def diabetes_parts(seed):
    X, Y = datasets.diabetes()
    rng = np.random.default_rng(seed)
    A, Ya, B, Yb = datasets.split(X, Y, fraction=0.25, rng=rng)
    return *datasets.standardise(A, B), *datasets.standardise(Ya, Yb), rng


def twin(net, A, target, make=MLPRegressor, **settings):
    """scikit-learn's network with the weights of net, as if it had made no update yet."""
    settings = PLAIN | {"batch_size": len(A)} | settings
    other = make(hidden_layer_sizes=net.sizes[1:-1], **settings)
    classes = {"classes": np.unique(target)} if make is MLPClassifier else {}
    other.partial_fit(A, target, **classes)
    other.coefs_ = [W.copy() for W in net.W.values()]
    other.intercepts_ = [b.copy() for b in net.b.values()]
    del other._optimizer
    return other


def gap(net, other):
    return max(
        np.abs(ours - theirs).max()
        for ours, theirs in [
            *zip(net.W.values(), other.coefs_, strict=True), *zip(net.b.values(), other.intercepts_, strict=True)
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def patients():
    A, _, Ya, _, rng = diabetes_parts(0)
    return random_network([10, 6, 1], ["tanh", "identity"], rng=rng), A, Ya


def test_a_quarter_of_the_patients_is_held_out_and_scaled_like_the_others():
    A, B, Ya, Yb, _ = diabetes_parts(0)
    assert len(A) + len(B) == 442 and len(B) == round(442 / 4)
    assert np.abs(A.mean(axis=0)).max() < 1e-12 and np.abs(B.mean(axis=0)).max() > 1e-3


def test_network_with_penalty_is_level_with_linear_regression_and_worse_without():
    scores = []
    for seed in range(5):
        A, B, Ya, Yb, rng = diabetes_parts(seed)
        net = random_network([10, 10, 1], ["tanh", "identity"], rng=rng)
        fits = [LinearRegression().fit(A, Ya).predict(B)]
        for l2 in (0.03, 0.0):
            v, _ = lbfgs(objective(net, A, Ya, l2=l2), to_vector(net), 200)
            fits.append(forward(from_vector(net, v), B).y_hat)
        scores.append([r2_score(Yb, fit) for fit in fits])
    linear, network, free = np.array(scores).T
    assert 0.3 < linear.min() and linear.max() < 0.65
    assert abs(np.median(network - linear)) < 0.05
    assert np.median(free) < np.median(linear) - 0.2


def test_regressor_of_scikit_learn_is_equal_after_each_update(patients):
    net, A, Ya = patients
    other = twin(net, A, Ya[:, 0])
    for _ in range(30):
        J, grads = gradients(net, A, Ya)
        net = update(net, grads, ETA)
        other.partial_fit(A, Ya[:, 0])
        assert gap(net, other) < 1e-13 and abs(J - other.loss_) < 1e-13
    assert gap(update(net, grads, ETA), other) > 1e-4


def test_classifier_of_scikit_learn_is_equal_on_digits_in_mini_batches():
    X, Y = (part[:128] for part in datasets.digits())
    net = random_network(
        [64, 16, 10], ["relu", "softmax"], rng=np.random.default_rng(1), scheme="he"
    )
    other = twin(net, X, Y.argmax(axis=1), MLPClassifier, activation="relu", batch_size=32)
    for _ in range(3):
        net, _ = train(net, X, Y, loss="softmax_cross_entropy", learning_rate=ETA, epochs=1,
                       batch_size=32, shuffle=False)  # fmt: skip
        other.partial_fit(X, Y.argmax(axis=1))
        assert gap(net, other) < 1e-12


@pytest.mark.parametrize(
    "beta, settings, optimizer, equal",
    [
        (0.1, {"alpha": "n beta"}, None, True),
        (0.1, {"alpha": 0.1}, None, False),
        (0.0, {"momentum": 0.9}, Momentum(ETA), True),
        (0.0, {"momentum": 0.9, "nesterovs_momentum": True}, Momentum(ETA), False),
    ],
)
def test_penalty_and_momentum_of_scikit_learn(patients, beta, settings, optimizer, equal):
    net, A, Ya = patients
    if settings.get("alpha") == "n beta":
        settings = {"alpha": len(A) * beta}
    other = twin(net, A, Ya[:, 0], **settings)
    net, _ = train(net, A, Ya, learning_rate=ETA, epochs=10, l2=beta, optimizer=optimizer)
    for _ in range(10):
        other.partial_fit(A, Ya[:, 0])
    assert (gap(net, other) < 1e-13) == equal


def test_cost_printed_by_scikit_learn_is_a_mean_over_outputs_too(patients):
    _, A, Ya = patients
    Y = np.hstack([Ya, Ya**2, np.sin(Ya)])
    net = random_network([10, 4, 3], ["tanh", "identity"], rng=np.random.default_rng(2))
    other = twin(net, A, Y)
    J, grads = gradients(net, A, Y)
    other.partial_fit(A, Y)
    assert J == pytest.approx(3 * other.loss_, rel=1e-12)
    assert gap(update(net, grads, ETA), other) < 1e-13


def test_autograd_finds_the_gradient_of_softmax_on_digits():
    X, Y = (part[:60] for part in datasets.digits())
    net = random_network(
        [64, 8, 10], ["tanh", "softmax"], rng=np.random.default_rng(3), scheme="he"
    )

    def J(W, b):
        z = anp.dot(anp.tanh(anp.dot(X, W[2]) + b[2]), W[3]) + b[3]
        return -anp.sum(Y * (z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True)))) / len(X)

    dW, db = autograd.grad(J, (0, 1))(net.W, net.b)
    _, ours = gradients(net, X, Y, "softmax_cross_entropy")
    assert max(check.relative_error(ours.dW[l], dW[l]) for l in dW) < 1e-12
    assert max(check.relative_error(ours.db[l], db[l]) for l in db) < 1e-12
    assert check.relative_error(ours.dW[2], dW[2][:, ::-1]) > 1e-2
