"""The checks of source S3: Y. Zhu, "EMS702P ... Week 9.2 – Neural Networks Training".

Networks with one hidden layer of logistic neurons: W^[1] is (N + 1, M) and W^[2] is (M + 1, K), row
0 for the biases; H = (1, h_1, …, h_M)ᵀ, H_d = h ⊙ (1 − h), X = (1, x_1, …, x_N)ᵀ, W̄^[2] is W^[2]
without row 0. For regression the outputs are linear, for classification logistic.
"""

import numpy as np
from handgrad.network import forward, gradients, make_network
from handgrad.optimizers import Adam

from claims.ledger.core import (
    MATHEMATICS,
    NUMBERS,
    SHAPES,
    TYPING,
    Experiment,
    Formula,
    Needs,
    Numbers,
    check,
)
from claims.ledger.worlds import dot, row, sigmoid, slope, times

CH8, CH9 = "08_batch_stochastic_minibatch", "09_classification"
CH12 = "12_regularisation_optimisers"

# ---- the worked 1-2-2 example ---------------------------------------------------------------

X, Y = np.array([[1.0], [2.0]]), np.array([[3.0, 4.0], [6.0, 5.0]])
NET = make_network(
    [np.full((1, 2), 0.1), np.full((2, 2), 0.1)],
    [np.full(2, 0.1), np.full(2, 0.1)],
    ["sigmoid", "identity"],
)
CACHE = forward(NET, X)
LAMBDA = 0.5


def stacked(grads, layer):
    """The gradient of W^[layer], its bias in row 0: (M + 1, K) or (N + 1, M)."""
    return np.vstack([grads.db[layer + 1], grads.dW[layer + 1]])


def of_sample(t, layer):
    """The gradient of sample t = 0, 1 alone."""
    return stacked(gradients(NET, X[t : t + 1], Y[t : t + 1])[1], layer)


def of_mean(layer):
    return stacked(gradients(NET, X, Y)[1], layer)


@check("S3-01", CH8)
def hidden_nets(rng):
    return Numbers(tuple(CACHE.z[2][:, 0]))


@check("S3-02", CH8)
def hidden_outputs(rng):
    return Numbers(tuple(CACHE.a[2][:, 0]))


@check("S3-03", CH8)
def linear_outputs(rng):
    return Numbers(tuple(CACHE.y_hat[:, 0]))


@check("S3-04", CH8)
def cost(rng):
    return Numbers((gradients(NET, X, Y)[0],))


@check("S3-12", CH8)
def sample_1_output_1(rng):
    return Numbers(tuple(of_sample(0, 2)[:, 0]))


@check("S3-13", CH8)
def sample_1_output_2(rng):
    return Numbers(tuple(of_sample(0, 2)[:, 1]))


@check("S3-14", CH8, NUMBERS, 3, right="the gradient of sample 2; the update after it has used it")
def sample_2_output_gradient(rng):
    return Numbers(
        tuple(of_sample(1, 2).ravel()),
        slips=(
            (
                "the six numbers of sample 1, taken down its columns and written along the rows",
                tuple(of_sample(0, 2).T.ravel()),
            ),
        ),
    )


@check("S3-15", CH8)
def sample_1_input_gradient(rng):
    return Numbers(tuple(of_sample(0, 1).ravel()))


@check("S3-16", CH8, NUMBERS, 3, right="the gradient of sample 2; the update after it has used it")
def sample_2_input_gradient(rng):
    return Numbers(
        tuple(of_sample(1, 1).ravel()),
        slips=(("the gradient of sample 1 is repeated", tuple(of_sample(0, 1).ravel())),),
    )


@check("S3-17", CH8, note="So the gradients of both samples were right where they were used.")
def new_output_weights(rng):
    return Numbers(tuple((0.1 - LAMBDA * of_mean(2)).ravel()))


@check("S3-18", CH8)
def new_input_weights(rng):
    return Numbers(tuple((0.1 - LAMBDA * of_mean(1)).ravel()))


PRINTED_NEW = {
    2: np.array([[2.244, 2.244], [1.314, 1.308], [1.314, 1.308]]),
    1: np.array([[0.205, 0.205], [0.270, 0.270]]),
}


@check("S3-19", CH8, note="With the mean over the two samples; with their sum it would be half.")
def learning_rate(rng):
    moved = np.concatenate([(0.1 - PRINTED_NEW[layer]).ravel() for layer in (2, 1)])
    mean = np.concatenate([of_mean(layer).ravel() for layer in (2, 1)])
    return Numbers(((moved @ mean) / (mean @ mean),))


# ---- matrix forms ---------------------------------------------------------------------------


class Layered:
    """One sample through an N-M-K network with random weights, by the names of the source.

    Each array is a column: X (N + 1, 1), H (M + 1, 1), H_d (M, 1), error Ŷ − Y (K, 1); `cost` is J
    of the sample as a function of W1, W2 and the target.
    """

    def __init__(self, rng, N, M, K, output="linear"):
        self.W1, self.W2 = rng.normal(size=(N + 1, M)), rng.normal(size=(M + 1, K))
        self.bar = self.W2[1:]
        self.X = np.vstack([[[1.0]], rng.normal(size=(N, 1))])
        self.output = output
        self.Y = rng.normal(size=(K, 1)) if output == "linear" else rng.integers(2, size=(K, 1))
        self.h = sigmoid(self.W1.T @ self.X)
        self.H = np.vstack([[[1.0]], self.h])
        self.H_d = self.h * (1 - self.h)
        self.Y_hat = self.outputs(self.W1, self.W2)
        self.error = self.Y_hat - self.Y

    def outputs(self, W1, W2):
        h = sigmoid(W1.T @ self.X)
        z = W2[:1].T + W2[1:].T @ h
        return z if self.output == "linear" else sigmoid(z)

    def cost(self, W1, W2, Y=None):
        Y = self.Y if Y is None else Y
        y_hat = self.outputs(W1, W2)
        if self.output == "linear":
            return np.sum((y_hat - Y) ** 2) / 2
        return -np.sum(Y * np.log(y_hat) + (1 - Y) * np.log(1 - y_hat))

    def d1(self):
        return slope(lambda W1: self.cost(W1, self.W2), self.W1)

    def d2(self):
        return slope(lambda W2: self.cost(self.W1, W2), self.W2)


@check(
    "S3-05",
    CH8,
    TYPING,
    1,
    right="the last row is w_{M,1} … w_{M,K}: rows 0 to M make M + 1",
)
def rows_of_w(rng):
    M, K = 2, 2
    rows = lambda last: np.zeros((len(range(last + 1)), K))
    return Formula(
        printed=lambda: rows(M + 1),
        right=lambda: np.zeros((M + 1, K)),
        turned=lambda: rows(M),
    )


@check("S3-06", CH8)
def output_layer_gradient(rng):
    n = Layered(rng, 1, 2, 2)
    return Formula(
        printed=lambda: dot(n.error, n.H.T).T,
        right=n.d2,
        turned=lambda: dot(n.error, n.H.T),
    )


def hidden_gradient(n):
    """( { [ (Ŷ−Y)ᵀ W̄ᵀ ]ᵀ ⊙ H_d } Xᵀ )ᵀ."""
    return dot(times(dot(n.error.T, n.bar.T).T, n.H_d), n.X.T).T


@check("S3-07", CH8)
def input_layer_gradient(rng):
    n = Layered(rng, 1, 2, 2)
    return Formula(
        printed=lambda: hidden_gradient(n),
        right=n.d1,
        turned=lambda: dot(dot(n.error.T, n.bar.T).T, n.X.T).T,
    )


@check(
    "S3-08",
    CH8,
    SHAPES,
    2,
    right="( { [(Ŷ−Y)ᵀ W̄ᵀ]ᵀ ⊙ H_d } Xᵀ )ᵀ, as the displays after it have it",
)
def input_layer_gradient_first_form(rng):
    n = Layered(rng, 1, 2, 2)
    return Formula(
        printed=lambda: dot(times(dot(n.error.T, n.bar.T), n.H_d).T, n.X.T),
        right=n.d1,
        turned=lambda: hidden_gradient(n),
    )


@check("S3-09", CH8, TYPING, 1, right="the last entry is a_nm b_nm")
def hadamard_product(rng):
    a, b = rng.normal(size=(2, 3, 3))

    def entries(last):
        product = np.array([[a[i, j] * b[i, j] for j in range(3)] for i in range(3)])
        product[2, 2] = last * b[2, 2]
        return product

    return Formula(
        printed=lambda: entries(b[2, 2]),
        right=lambda: times(a, b),
        turned=lambda: entries(a[2, 2]),
    )


@check(
    "S3-10",
    CH8,
    SHAPES,
    1,
    right="a row of two sums, ∂J_1/∂h_m + ∂J_2/∂h_m, as the line after it has it",
    note="The display is garbled in the text at hand: two drawn factors seem to have run together.",
)
def product_of_error_and_weights(rng):
    n = Layered(rng, 1, 2, 2)
    by_h = slope(lambda h: np.sum((n.W2[:1].T + n.bar.T @ h - n.Y) ** 2) / 2, n.h)
    return Formula(
        printed=lambda: np.vstack([n.error.T, row(n.bar[0, 0], n.bar[1, 1])]),
        right=lambda: by_h.T,
        turned=lambda: dot(n.error.T, n.bar.T),
    )


@check("S3-11", CH8, TYPING, 1, right="∂z_k/∂w^[1]: the hidden nets do not depend on W^[2]")
def superscript_of_the_hidden_net(rng):
    n = Layered(rng, 1, 2, 2)
    z = lambda W1, W2: (W1.T @ n.X)[0, 0] + 0 * W2[0, 0]
    return Formula(
        printed=lambda: slope(lambda W2: z(n.W1, W2), n.W2)[:2, :1],
        right=lambda: n.X,
        turned=lambda: slope(lambda W1: z(W1, n.W2), n.W1)[:, :1],
    )


# ---- classification -------------------------------------------------------------------------


@check("S3-20", CH9)
def output_gradient_of_cross_entropy(rng):
    n = Layered(rng, 2, 2, 1, output="logistic")
    error = n.error[0, 0]
    return Formula(
        printed=lambda: [error, error * n.h[0, 0], error * n.h[1, 0]],
        right=lambda: n.d2().ravel(),
        turned=lambda: [error, error * n.h[0, 0] * n.Y_hat[0, 0], error * n.h[1, 0]],
    )


@check("S3-21", CH9)
def hidden_gradient_of_cross_entropy(rng):
    n = Layered(rng, 2, 2, 1, output="logistic")

    def printed(wire):
        return [
            [n.error[0, 0] * n.W2[m + wire, 0] * n.H_d[m, 0] * n.X[i, 0] for m in (0, 1)]
            for i in (0, 1, 2)
        ]

    return Formula(printed=lambda: printed(1), right=n.d1, turned=lambda: printed(0))


@check(
    "S3-22",
    CH9,
    MATHEMATICS,
    1,
    right="1/T in both or in neither",
    note="Only the learning rate is affected: the two differ by the factor T.",
)
def factor_of_the_cost(rng):
    samples = [Layered(rng, 2, 2, 1, output="logistic") for _ in range(4)]
    w = rng.normal(size=(3, 1))
    T = len(samples)
    J = lambda w: sum(n.cost(n.W1, w) for n in samples)
    one = lambda n: slope(lambda w: n.cost(n.W1, w), w)
    return Formula(
        printed=lambda: sum(one(n) for n in samples) / T,
        right=lambda: slope(J, w),
        turned=lambda: sum(one(n) for n in samples),
    )


@check(
    "S3-23",
    CH9,
    SHAPES,
    2,
    right="the forms of the regression part, which hold for K = 1 as well",
    note="The outer transpose of a), the inner one and the ⊙ of b) are missing; "
    "they may have been lost when the notes were converted to text.",
)
def summary_of_classification(rng):
    n = Layered(rng, 2, 2, 1, output="logistic")
    right = [n.d2().ravel(), n.d1().ravel()]

    def printed():
        a, b = dot(n.error, n.H.T), dot(dot(n.error.T, n.bar.T, n.H_d), n.X.T).T
        if (a.shape, b.shape) != (n.W2.shape, n.W1.shape):
            raise ValueError(f"a) gives {a.shape} for {n.W2.shape}, b) {b.shape} for {n.W1.shape}")
        return np.concatenate([a.ravel(), b.ravel()])

    return Formula(
        printed=printed,
        right=lambda: np.concatenate(right),
        turned=lambda: np.concatenate([dot(n.error, n.H.T).T.ravel(), hidden_gradient(n).ravel()]),
    )


# ---- the quiz: 2-2-2 with three samples -----------------------------------------------------


@check("S3-24", CH8)
def quiz_output_gradient(rng):
    n = Layered(rng, 2, 2, 2)
    entries = np.array([[n.error[k, 0] * n.H[m, 0] for k in (0, 1)] for m in (0, 1, 2)])
    return Formula(
        printed=lambda: [dot(n.error, n.H.T).T, entries],
        right=lambda: 2 * [n.d2()],
        turned=lambda: [dot(n.error, n.H.T).T, -entries],
    )


@check(
    "S3-25",
    CH8,
    note="⊙ is read before the product; the other way round the shapes do not conform, so brackets "
    "would be better.",
)
def quiz_input_gradient(rng):
    n = Layered(rng, 2, 2, 2)
    back = dot(n.error.T, n.bar.T).T
    return Formula(
        printed=lambda: dot(times(back, n.H_d), n.X.T).T,
        right=n.d1,
        turned=lambda: times(back, dot(n.H_d, n.X.T)).T,
    )


@check(
    "S3-26",
    CH8,
    SHAPES,
    1,
    right="the transpose of this product, of shape (3, 2)",
    note="The matrix on its next line is of shape (3, 2) again.",
)
def quiz_input_gradient_second_line(rng):
    n = Layered(rng, 2, 2, 2)
    back = times(dot(n.bar, n.error), n.H_d)
    return Formula(
        printed=lambda: dot(back, n.X.T),
        right=n.d1,
        turned=lambda: dot(back, n.X.T).T,
    )


@check("S3-27", CH8)
def quiz_update(rng):
    samples = [Layered(rng, 2, 2, 2) for _ in range(3)]
    W2, W1 = rng.normal(size=(3, 2)), samples[0].W1
    J = lambda W: sum(n.cost(W1, W) for n in samples) / 3
    one = lambda n: slope(lambda W: n.cost(W1, W), W2)
    return Formula(
        printed=lambda: W2 - LAMBDA * sum(one(n) for n in samples) / 3,
        right=lambda: W2 - LAMBDA * slope(J, W2),
        turned=lambda: W2 - LAMBDA * sum(one(n) for n in samples),
    )


@check(
    "S3-28",
    CH8,
    TYPING,
    1,
    right="∂J/∂ŷ and ∂ŷ/∂w: the target y is given",
    note="Taken at its word, ∂J/∂y has the opposite sign.",
)
def derivative_by_the_target(rng):
    n = Layered(rng, 2, 2, 2)
    by_target = slope(lambda Y: np.sum((n.Y_hat - Y) ** 2) / 2, n.Y)
    by_output = slope(lambda y_hat: np.sum((y_hat - n.Y) ** 2) / 2, n.Y_hat)
    return Formula(
        printed=lambda: by_target,
        right=lambda: n.error,
        turned=lambda: by_output,
    )


# ---- regularisation -------------------------------------------------------------------------


def penalty(w, beta, square):
    norm2 = np.sum(w**2)
    return beta / 2 * (norm2 if square else np.sqrt(norm2))


@check(
    "S3-29",
    CH12,
    MATHEMATICS,
    3,
    right="½ β ‖W‖₂², the square of the norm",
    note="The gradient printed after it, β w, belongs to the square.",
)
def penalty_without_square(rng):
    w, beta = rng.normal(size=5), 0.3
    return Formula(
        printed=lambda: slope(lambda w: penalty(w, beta, square=False), w),
        right=lambda: beta * w,
        turned=lambda: slope(lambda w: penalty(w, beta, square=True), w),
    )


@check("S3-30", CH12, note="For the squared norm, see S3-29.")
def gradient_of_the_regularised_cost(rng):
    n, beta = Layered(rng, 1, 3, 1), 0.3
    whole = lambda W2: n.cost(n.W1, W2) + penalty(W2, beta, square=True)
    return Formula(
        printed=lambda: n.d2() + beta * n.W2,
        right=lambda: slope(whole, n.W2),
        turned=lambda: n.d2() - beta * n.W2,
    )


@check(
    "S3-31",
    CH12,
    TYPING,
    1,
    right="i from 0: the biases are in W_All too",
    note="Whether biases should be penalised at all is another matter; usually they are not.",
)
def index_range(rng):
    M, K = 10, 1
    in_all = [(i, j) for i in range(M + 1) for j in range(1, K + 1)]

    def covered(start):
        return [float(i >= start and j >= 1) for i, j in in_all]

    return Formula(
        printed=lambda: covered(1), right=lambda: np.ones(len(in_all)), turned=lambda: covered(0)
    )


def sine_errors(betas, seeds, points=12, noise=0.2, updates=4000):
    """Root mean square distances from the clean sine, (betas, seeds), of 1-10-1 networks.

    Each is trained by so many updates of Adam, which every processor repeats to rounding; without
    a penalty there is no end to train to.
    """
    x, fine = np.linspace(-1, 1, points), np.linspace(-1, 1, 201)
    draws = [np.random.default_rng(seed) for seed in seeds]
    y = np.array([np.sin(np.pi * x) + noise * rng.normal(size=points) for rng in draws])
    start = np.array([rng.normal(size=31) for rng in draws])
    y, v = np.tile(y, (len(betas), 1)), np.tile(start, (len(betas), 1))
    beta = np.repeat(betas, len(seeds))[:, None]

    def layers(v, x):
        w1, b1, w2 = v[:, :10, None], v[:, 10:20, None], v[:, 20:30, None]
        h = sigmoid(w1 * x + b1)
        return w2, h, (w2 * h).sum(axis=1) + v[:, 30:]

    adam = Adam(0.03)
    state = adam.start(v)
    for _ in range(updates):
        w2, h, fit = layers(v, x)
        error = ((fit - y) / points)[:, None]
        back = error * w2 * h * (1 - h)
        into = [(back * x).sum(axis=2), back.sum(axis=2), (error * h).sum(axis=2)]
        gradient = np.concatenate([*into, error.sum(axis=2)], axis=1)
        v, state = adam.step(v, gradient + beta * v, state)
    away = layers(v, fine)[2] - np.sin(np.pi * fine)
    return np.sqrt(np.mean(away**2, axis=1)).reshape(len(betas), len(seeds))


@check("S3-32", CH12)
def sine_with_ten_hidden(rng):
    seeds = range(20)
    free, bound = sine_errors((0.0, 0.001), seeds)
    better = int(np.sum(bound < free))
    name = "the training points of the sine"
    return Needs(
        (name,),
        {},
        lambda points: Experiment(better / len(seeds), "", lambda: 0.0),
        {name: None},
        f"12 points of sin πx with noise 0.2, {len(seeds)} data sets, 4,000 updates of Adam: the "
        f"distance from the clean curve falls from about {np.median(free):.1f} to about {np.median(bound):.1f} "
        f"(medians) and is smaller with β = 0.001 in {better} of {len(seeds)}",
    )
