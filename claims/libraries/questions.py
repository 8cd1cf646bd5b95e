"""The questions that every library is asked, and the book's answers, computed when they are read.

`ours` is a function of `handgrad`, or a sentence that says why the book has no answer. `why` gives
the reason for the book's choice, `write` what a reader writes elsewhere to get its number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

import numpy as np
from handgrad import activations as act
from handgrad import batchnorm, losses, network, optimizers, schedules, training
from handgrad.check import central_difference

from claims.libraries.asking import refused, told

TOPICS = {
    "kinks": "At the kink, and where entries tie",
    "zeros": "Products, norms, roots and logarithms at zero",
    "losses": "Losses, and what a mean divides by",
    "steps": "Optimisers",
    "rates": "Learning rates that change",
    "batch": "Batch normalisation",
    "starts": "First weights and biases",
    "forms": "Defaults of everything else",
}


@dataclass(frozen=True)
class Question:
    """A row of the tables.

    Attributes
    ----------
    asks : str
        The question, short enough for a row's head.
    ours : callable or str
        The book's answer; or why it has none.
    why, write : str
        The reason for the book's choice; what to write in a library to get it.
    """

    asks: str
    ours: Callable | str
    why: str
    write: str

    @property
    def answer(self):
        """The book's answer as text, or "–"."""
        return told(self.ours()) if callable(self.ours) else "–"


Q = Question
QUESTIONS = {}


def _add(topic, **rows):
    for name, row in rows.items():
        QUESTIONS[f"{topic}/{name}"] = Q(*row)


# ---- kinks and ties --------------------------------------------------------------------------

NOT_USED = "the book doesn't use it"
CONVENTION = "One value is needed; 0 adds nothing for a unit that is just off."

_add(
    "kinks",
    relu=("ReLU' at 0", lambda: act.relu_prime(0.0), CONVENTION, "the library's own relu"),
    max_x_0=(
        "max(x, 0)' at 0",
        lambda: act.relu_prime(0.0),
        "The book writes ReLU so, and has one derivative for it.",
        "relu(x), or where(x > 0, x, 0)",
    ),
    max_0_x=(
        "max(0, x)' at 0",
        lambda: act.relu_prime(0.0),
        "The order of two equal numbers can't matter.",
        "relu(x), or where(x > 0, x, 0)",
    ),
    where=(
        "where(x > 0, x, 0)' at 0",
        lambda: act.leaky_relu_prime(0.0, 0.0),
        "The comparison says which side counts.",
        "as it stands",
    ),
    min_x_0=(
        "min(x, 0)' at 0",
        NOT_USED,
        "The slope of PReLU is multiplied by min(z, 0), a value only.",
        "where(x < 0, x, 0)",
    ),
    leaky=(
        "leaky ReLU' at 0, slope 0.01",
        lambda: act.leaky_relu_prime(0.0, 0.01),
        "z > 0 decides, as for ReLU.",
        "where(x > 0, x, 0.01 * x)",
    ),
    elu=("ELU' at 0, α = 1", lambda: act.elu_prime(0.0), "Both sides agree.", "the library's elu"),
    elu_2=(
        "ELU' at 0, α = 2",
        lambda: act.elu_prime(0.0, 2.0),
        "z > 0 decides, so at 0 the exponential's side counts: α.",
        "where(x > 0, x, 2 * expm1(x))",
    ),
    selu=(
        "SELU' at 0",
        lambda: act.selu_prime(0.0),
        "As ELU, times the scale: 1.0507 · 1.6733.",
        "the library's selu; where it gives 1.05, where(x > 0, ...)",
    ),
    absolute=(
        "|x|' at 0",
        lambda: np.sign(0.0),
        "The L1 penalty leaves a weight of 0 where it is.",
        "sign(w) for the gradient of the L1 penalty",
    ),
    sign=("sign(0)", lambda: np.sign(0.0), "As above.", "sign(w)"),
    step=(
        "step(0)",
        lambda: act.step(0.0),
        "The perceptron's unit fires at 0 (chapter 2).",
        "where(z >= 0, 1, 0)",
    ),
    clip=(
        "clip(x, 0, 1)' at 0 and at 1",
        lambda: act.hard_sigmoid_prime(np.array([-3.0, 3.0])),
        "The book clips in the hard sigmoid alone: 0 at both borders.",
        "where((x > 0) & (x < 1), x, stop_gradient(clip(x)))",
    ),
    hardtanh=(
        "hard tanh' at −1 and at 1",
        NOT_USED,
        "Its hard sigmoid has 0 at both borders.",
        "the library's, where it has one",
    ),
    relu6=(
        "ReLU6' at 0 and at 6",
        NOT_USED,
        "ReLU without a ceiling is enough here.",
        "the library's",
    ),
    hard_sigmoid=(
        "hard sigmoid at 1",
        lambda: act.hard_sigmoid(1.0),
        "z/6 + ½; an older form has z/5 + ½.",
        "clip(z / 6 + 0.5, 0, 1)",
    ),
    hard_sigmoid_border=(
        "hard sigmoid' at −3 and at 3",
        lambda: act.hard_sigmoid_prime(np.array([-3.0, 3.0])) * 1.0,
        "At the border it is flat to one side; 0, as for ReLU.",
        "where(abs(z) < 3, z / 6 + 0.5, ...)",
    ),
    tie_two=(
        "maximum(a, b) at a = b: by a, by b",
        lambda: act.maxout_prime(np.array([1.0, 1.0])),
        "Maxout gives all to the first, as argmax does.",
        "take the entry that argmax names",
    ),
    tie_three=(
        "max of (1, 1, 1): its gradient",
        lambda: act.maxout_prime(np.ones(3), 3),
        "As above: the parts add up to 1.",
        "take the entry that argmax names",
    ),
    tie_axis=(
        "max of (1, 1, 1) along an axis",
        lambda: act.maxout_prime(np.ones((1, 3)), 3)[0],
        "As above.",
        "take the entry that argmax names",
    ),
    argmax=(
        "argmax of (1, 1, 1)",
        lambda: int(np.argmax(np.ones(3))),
        "The first, as in numpy.",
        "argmax",
    ),
)

# ---- zeros -----------------------------------------------------------------------------------


def _product(x):
    """∂y/∂w_i of chapter 4's chain y = w_1 w_2 ...: the product of the others."""
    return [np.prod(np.delete(x, i)) for i in range(len(x))]


_add(
    "zeros",
    product=(
        "gradient of the product 0 · 2 · 3",
        lambda: _product([0.0, 2.0, 3.0]),
        "The product of the other factors; never y / w.",
        "multiply the others (chapter 4)",
    ),
    product_two=(
        "gradient of the product 0 · 0 · 3",
        lambda: _product([0.0, 0.0, 3.0]),
        "As above.",
        "multiply the others",
    ),
    cumulative=(
        "gradient of the last cumulative product of (0, 2, 3)",
        lambda: _product([0.0, 2.0, 3.0]),
        "The same product.",
        "prod in place of cumprod",
    ),
    norm=(
        "gradient of ‖x‖ at (0, 0)",
        "the book's penalty is the squared norm, which has no kink",
        "The squared norm has the gradient 0 there.",
        "the sum of squares",
    ),
    root=(
        "√x' at 0",
        "no root in the book reaches 0: ε stands inside or beside it",
        "ε inside the root (batch normalisation).",
        "sqrt(x + ε)",
    ),
    guarded_root=(
        "where(x > 0, √x, 0)' at 0",
        "no root in the book reaches 0",
        "The branch not taken has derivative ∞, and 0 · ∞ is no number.",
        "sqrt(where(x > 0, x, 1)) inside the where as well",
    ),
    power=(
        "(x⁰)' at x = 0",
        NOT_USED,
        "x⁰ is the constant 1.",
        "leave the term out",
    ),
    deviation=(
        "gradient of the standard deviation of (1, 1)",
        lambda: central_difference(
            lambda x: float(np.sqrt(np.var(x) + 1e-5)), np.array([1.0, 1.0])
        ),
        "ε inside the root makes it smooth: 0.",
        "sqrt(var(x) + ε)",
    ),
    x_log_x=(
        "x ln x at 0",
        lambda: losses.binary_cross_entropy([[0.0]], [[0.0]]),
        "The limit, 0, as the cross-entropy takes it.",
        "xlogy(x, x)",
    ),
    log_sigmoid=(
        "ln σ(−1000)",
        lambda: -losses.binary_cross_entropy_from_z([[-1000.0]], [[1.0]]),
        "From z the logarithm undoes the exponential on paper.",
        "log_sigmoid(z), or −softplus(−z)",
    ),
    log_of_sigmoid=(
        "ln of σ(−1000), one after the other",
        lambda: -losses.binary_cross_entropy(act.sigmoid(np.array([[-1000.0]])), [[1.0]]),
        "σ has rounded to 0; the book warns of this form (chapter 9).",
        "the loss from z",
    ),
    log_softmax=(
        "log-softmax of (0, 1000), first entry",
        lambda: losses.log_softmax([[0.0, 1000.0]])[0, 0],
        "Shifted by the largest.",
        "log_softmax(z), never log(softmax(z))",
    ),
    log_of_softmax=(
        "ln of softmax(0, 1000), first entry",
        lambda: refused(lambda: _quiet_log(act.softmax(np.array([[0.0, 1000.0]]))[0, 0])),
        "softmax has rounded to 0.",
        "log_softmax(z)",
    ),
    softplus=(
        "softplus(1000)",
        lambda: act.softplus(1000.0),
        "No exponential of a positive number is taken.",
        "softplus(z)",
    ),
    naive_softplus=(
        "ln(1 + eᶻ)' at z = 1000, typed so",
        lambda: act.softplus_prime(1000.0),
        "The derivative is σ(z).",
        "softplus(z)",
    ),
)


def _quiet_log(x):
    with np.errstate(divide="ignore"):
        return np.log(x)


# ---- losses ----------------------------------------------------------------------------------


def _penalised(w, strength):
    """∂/∂w of the L2 penalty, where the rest of the cost is flat."""
    net = network.make_network([[[w]]], activation="identity")
    cost = training.objective(net, [[0.0]], [[0.0]], l2=strength, train_biases=False)
    return float(cost(network.to_vector(net))[1][0])


SIX = np.arange(1.0, 7.0).reshape(2, 3)  # predictions of 2 samples by 3 outputs; targets are 0
ZEROS = np.zeros((2, 3))
Z3, FIRST = np.array([[2.0, 0.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
TWO = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
TWICE = np.vstack([FIRST, FIRST])

_add(
    "losses",
    squares=(
        "mean squared error of (1 2 3; 4 5 6) against 0",
        lambda: losses.half_squared_error(SIX, ZEROS),
        "½ of the sum over outputs, mean over samples: 91 / 4.",
        "0.5 * ((y_hat - y)**2).sum() / n",
    ),
    squares_slope=(
        "mean squared error: derivative by the entry 6",
        lambda: losses.half_squared_error_grad(SIX, ZEROS)[1, 2],
        "ŷ − y, divided by the samples.",
        "times n·k/2 of a mean over all n·k entries",
    ),
    binary=(
        "binary cross-entropy of (½, ½) against (1, 0)",
        lambda: losses.binary_cross_entropy([[0.5, 0.5]], [[1.0, 0.0]]),
        "Summed over the outputs of a sample: 2 ln 2.",
        "the sum divided by n",
    ),
    binary_at_0=(
        "binary cross-entropy of 0 against 1",
        lambda: losses.binary_cross_entropy([[0.0]], [[1.0]]),
        "It is infinite, and says so.",
        "the loss from z, which is finite",
    ),
    binary_slope_at_0=(
        "binary cross-entropy: derivative by ŷ at 0 against 1",
        lambda: losses.binary_cross_entropy_grad([[0.0]], [[1.0]]),
        "As above.",
        "the loss from z",
    ),
    binary_from_z=(
        "binary cross-entropy from z = −1000 against 1",
        lambda: losses.binary_cross_entropy_from_z([[-1000.0]], [[1.0]]),
        "Never from a rounded ŷ.",
        "the loss of logits",
    ),
    softmax_default=(
        "softmax cross-entropy of (2, 0, 0), class 0, nothing said",
        lambda: losses.softmax_cross_entropy(Z3, FIRST),
        "It takes z, for one reason: digits.",
        "from_logits=True in Keras",
    ),
    softmax_two=(
        "softmax cross-entropy of (2, 0, 0) and (0, 0, 0), class 0 both",
        lambda: losses.softmax_cross_entropy(TWO, TWICE),
        "The mean over the samples.",
        "mean over the samples where an array comes",
    ),
    softmax_slope=(
        "softmax cross-entropy: gradient at z = (0, 0), labels (1, 1)",
        lambda: refused(lambda: losses.softmax_cross_entropy_grad([[0.0, 0.0]], [[1.0, 1.0]])),
        "Labels that don't sum to 1 aren't a distribution: ŷ − y would be wrong.",
        "rows that sum to 1",
    ),
    smoothing=(
        "label smoothing 0.1, of (2, 0, 0), class 0",
        lambda: losses.softmax_cross_entropy(Z3, 0.9 * FIRST + 0.1 / 3),
        "Targets are distributions, smoothed ones too: 0.9 y + 0.1/K.",
        "label_smoothing=0.1, or smooth the targets",
    ),
    class_weights=(
        "softmax cross-entropy, class weights 1 and 3: z = (0, 0) of class 0 and z = (2, 0) of class 1",
        "the book weights no classes",
        "A weighted mean may divide by the samples or by the weights.",
        "say which, and sum by hand",
    ),
    huber=(
        "Huber's loss, δ = 2, at an error of 3",
        NOT_USED,
        "½ e² inside, δ(|e| − δ/2) outside.",
        "huber; smooth L1 is it divided by δ",
    ),
    absolute_slope=(
        "mean absolute error' at an error of 0",
        NOT_USED,
        "Its L1 penalty has 0.",
        "sign(e)",
    ),
    penalty=(
        "derivative of an L2 penalty of 0.1 at w = 2",
        lambda: _penalised(2.0, 0.1),
        "β/2 · w², so that the derivative is β w.",
        "half the strength where the penalty has no ½",
    ),
    divergence=(
        "KL divergence of (0.9, 0.1) from (0.5, 0.5), the default",
        NOT_USED,
        "Order, logarithms and mean differ.",
        "sum p ln(p / q) by hand",
    ),
)

# ---- optimisers ------------------------------------------------------------------------------


def _moved(optimizer, gradients, v=0.0):
    """How far v went down, update by update."""
    v = np.array([v])
    state, moved = optimizer.start(v), []
    for g in gradients:
        new, state = optimizer.step(v, np.array([g]), state)
        moved.append(float((v - new)[0]))
        v = new
    return moved


_SQUARE = network.make_network([[[3.0]]], activation="identity")  # its cost is w², w = 3


def _changing(t):
    return 0.1 if t == 1 else 0.01


_add(
    "steps",
    adam_first=(
        "Adam, rate 0.1: first step, gradient 1",
        lambda: _moved(optimizers.Adam(0.1), [1.0]),
        "Both means freed of their start at 0, as in the paper.",
        "bias_correction=True in MLX",
    ),
    adam_small=(
        "Adam, rate 0.1: first step, gradient 10⁻⁹",
        lambda: _moved(optimizers.Adam(0.1), [1e-9]),
        "ε outside the root, after the correction (the paper's algorithm 1).",
        "a smaller ε: ε √(1 − β₂) in place of ε, for one step",
    ),
    adam_epsilon=(
        "Adam's ε",
        lambda: f"{optimizers.Adam().epsilon:.0e}",
        "The paper's.",
        "epsilon=1e-8",
    ),
    adam_rate=("Adam's rate", lambda: optimizers.Adam().learning_rate, "The paper's.", "name it"),
    adam_two=(
        "Adam, rate 0.1: gradients 1, −1",
        lambda: _moved(optimizers.Adam(0.1), [1.0, -1.0]),
        "As above.",
        "as above",
    ),
    rmsprop_first=(
        "RMSProp, rate 0.1: first step, gradient 1",
        lambda: _moved(optimizers.RMSProp(0.1), [1.0]),
        "0.1 / √0.1: nine tenths of the mean are kept, and it isn't freed of its start.",
        "rho = 0.9 (PyTorch: alpha=0.9)",
    ),
    rmsprop_small=(
        "RMSProp, rate 0.1: first step, gradient 10⁻⁹",
        lambda: _moved(optimizers.RMSProp(0.1), [1e-9]),
        "ε outside the root.",
        "the root and ε by hand, or gradients far above ε",
    ),
    rmsprop_kept=(
        "RMSProp: what is kept of the mean",
        lambda: optimizers.RMSProp().rho,
        "Hinton's.",
        "rho=0.9, alpha=0.9, decay=0.9",
    ),
    adagrad=(
        "Adagrad, rate 0.1: steps at gradients 1, 1",
        "the book has no Adagrad: RMSProp forgets, it doesn't",
        "The sum may start at 0 or at 0.1.",
        "initial_accumulator_value=0",
    ),
    momentum=(
        "momentum 0.9, rate 0.1: steps at gradients 1, 1",
        lambda: _moved(optimizers.Momentum(0.1), [1.0, 1.0]),
        "u ← μu − η g: the first step is plain.",
        "momentum=0.9, dampening 0",
    ),
    momentum_rate=(
        "momentum 0.9, rate 0.1, then 0.01: steps at gradients 1, 0",
        lambda: _moved(optimizers.Momentum(_changing), [1.0, 0.0]),
        "The velocity is the last step, so the old rate is in it.",
        "scale the buffer by the old rate over the new",
    ),
    nesterov=(
        "Nesterov 0.9, rate 0.1: steps at gradients 1, 1",
        lambda: _moved(optimizers.Momentum(0.1, nesterov=True), [1.0, 1.0]),
        "Bengio's form.",
        "nesterov=True",
    ),
    momentum_default=(
        "momentum, if one asks for plain descent",
        lambda: 0.0,
        "GradientDescent has none.",
        "momentum=0 in scikit-learn",
    ),
    decay_sgd=(
        "descent, rate 0.1, weight decay 0.1: step at w = 2, gradient 0",
        lambda: _moved(optimizers.GradientDescent(0.1), [_penalised(2.0, 0.1)], 2.0),
        "L2 and decay are the same here: η β w.",
        "weight_decay=0.1",
    ),
    decay_adam=(
        "Adam, rate 0.1, weight decay 0.1: step at w = 2, gradient 0",
        lambda: _moved(optimizers.Adam(0.1), [_penalised(2.0, 0.1)], 2.0),
        "The penalty is part of the cost, so Adam rescales its gradient too.",
        "add β w to the gradient; AdamW is the other thing",
    ),
    decay_adamw=(
        "AdamW, rate 0.1, weight decay 0.1: step at w = 2, gradient 0",
        NOT_USED,
        "The decay stands outside of Adam: η β w.",
        "adamw",
    ),
    decay_default=(
        "AdamW's decay, if none is named",
        NOT_USED,
        "Names its strength.",
        "weight_decay=0.01",
    ),
    clip_norm=(
        "gradients (3) and (4) of two arrays, clipped to norm 1",
        NOT_USED,
        "One norm for all keeps the direction.",
        "the function with global in its name",
    ),
    accumulate=(
        "(w²)' at 3, asked for twice",
        lambda: [network.gradients(_SQUARE, [[1.0]], [[0.0]], "sum_of_squares")[1].dW[2]] * 2,
        "A gradient is a value, nothing is kept.",
        "zero_grad() before each backward",
    ),
)

# ---- schedules -------------------------------------------------------------------------------

_add(
    "rates",
    exponential=(
        "0.1, times 0.9 an update: updates 1, 2",
        lambda: list(map(schedules.exponential_decay(0.1, factor=0.9), (1, 2))),
        "The first update has the first rate.",
        "count from 0 there, from 1 here",
    ),
    staircase=(
        "halved every 10 updates: updates 10, 11",
        lambda: list(map(schedules.step_decay(0.1, factor=0.5, every=10), (10, 11))),
        "A staircase.",
        "staircase=True",
    ),
    cosine=(
        "cosine from 0.1 to 0 in 10 updates: updates 1, 10",
        lambda: list(map(schedules.cosine_decay(0.1, updates=10), (1, 10))),
        "The last of the 10 updates has the last rate.",
        "9 in place of 10",
    ),
    warm_up=(
        "warm-up to 0.1 in 10 updates: updates 1, 10",
        lambda: list(map(schedules.warm_up(0.1, updates=10), (1, 10))),
        "An update with rate 0 would be none.",
        "start at a tenth of the rate, 9 steps",
    ),
    inverse=(
        "0.1 / (1 + 0.5 (t − 1)): updates 1, 2",
        lambda: list(map(schedules.inverse_decay(0.1, decay=0.5), (1, 2))),
        "As exponential.",
        "count from 0",
    ),
)

# ---- batch normalisation ---------------------------------------------------------------------

ONE_THREE = np.array([[1.0], [3.0]])


def default_of(function, name):
    """What an argument is if it isn't given, as a power of ten."""
    return f"{signature(function).parameters[name].default:.0e}"


def _dropped(p):
    """What dropout makes of a one that stays."""
    net = network.make_network([np.ones((1, 9)), np.ones((9, 1))], activation="identity")
    net = training.drop(net, p, 50, rng=np.random.default_rng(0))
    return float(network.forward(net, np.ones((50, 1))).a[2].max())


def _normalised(x):
    return batchnorm.forward(x, np.ones(1), np.zeros(1))[0]


_add(
    "batch",
    variance=(
        "(1, 3) normalised",
        lambda: _normalised(ONE_THREE),
        "Divided by n: the batch is all there is.",
        "as it is",
    ),
    running_mean=(
        "running mean after one batch (1, 3)",
        lambda: batchnorm.RunningStatistics.start(1).update(ONE_THREE).mean,
        "A tenth of the batch is taken.",
        "momentum=0.1 where it weighs the new, 0.9 where the old",
    ),
    running_variance=(
        "running variance after one batch (1, 3)",
        lambda: batchnorm.RunningStatistics.start(1).update(ONE_THREE).var,
        "Divided by n − 1: the batch stands for the training set.",
        "times n/(n − 1) where it is biased",
    ),
    momentum=(
        "momentum of the running statistics, if none is named",
        lambda: f"{batchnorm.RunningStatistics.start(1).momentum:g} of the old",
        "What momentum means elsewhere in the book: the part that stays.",
        "1 − momentum in PyTorch, MLX, tinygrad",
    ),
    epsilon=(
        "ε of batch normalisation",
        lambda: default_of(batchnorm.forward, "epsilon"),
        "Ioffe and Szegedy name none; 1e-5 is usual.",
        "epsilon=1e-5 in Keras",
    ),
    constant=(
        "(5, 5) normalised",
        lambda: _normalised([[5.0], [5.0]]),
        "ε keeps the root from 0.",
        "as it is",
    ),
    one_sample=(
        "one sample, 5, in training",
        lambda: _normalised([[5.0]]),
        "It becomes β = 0; the running variance refuses it.",
        "no batch of one",
    ),
    fresh=(
        "5 in a fresh layer that predicts",
        lambda: batchnorm.infer([[5.0]], np.ones(1), np.zeros(1), np.zeros(1), np.ones(1)),
        "Mean 0 and variance 1 at the start.",
        "train first",
    ),
    gamma_beta=(
        "first γ and β of batch normalisation",
        "the caller gives them",
        "γ = 1 and β = 0 change nothing at first.",
        "as it is",
    ),
    layer_epsilon=(
        "ε of layer normalisation",
        NOT_USED,
        "It isn't that of batch normalisation everywhere.",
        "name it",
    ),
    dropout=(
        "dropout 0.25: what a one that stays becomes",
        lambda: _dropped(0.25),
        "p is the share left out; the rest is scaled up in training.",
        "rate=0.25, p=0.25",
    ),
)

# ---- first weights ---------------------------------------------------------------------------


def _start(**how):
    rng = np.random.default_rng(0)
    return network.random_network((400, 100), "identity", rng=rng, **how)


def _spread(W):
    from claims.libraries.asking import spread

    return spread(W)


_add(
    "starts",
    weights=(
        "weights of a layer 400 → 100",
        lambda: _spread(_start().W[2]),
        "Xavier: √(2/(400 + 100)).",
        "set them (from_arrays)",
    ),
    biases=(
        "biases of a layer 400 → 100",
        lambda: _spread(_start().b[2]),
        "0: nothing to break.",
        "set them",
    ),
    he=(
        "what is called He's, normal",
        lambda: _spread(_start(scheme="he").W[2]),
        "√(2/400), not cut.",
        "set them",
    ),
    glorot=(
        "what is called Glorot's or Xavier's, normal",
        lambda: _spread(_start().W[2]),
        "√(2/500), not cut.",
        "set them",
    ),
    shape=(
        "shape of the weights 3 → 2",
        lambda: str(network.random_network((3, 2), rng=np.random.default_rng(0)).W[2].shape),
        "z = aW + b: a row for each neuron that sends.",
        'storage.to_arrays(net, layout="out_in")',
    ),
    prelu=(
        "first slope of PReLU",
        "the caller gives it",
        "The paper's is 0.25.",
        "set it",
    ),
)

# ---- defaults --------------------------------------------------------------------------------


def _updates_of(n):
    """n divided by the updates of one epoch: the samples in a batch."""
    net = network.make_network([[[0.0]]], activation="identity")
    X = np.zeros((n, 1))
    history = training.train(net, X, X, learning_rate=0.1, epochs=1)[1]
    return n // int(history.update[-1])


_add(
    "forms",
    leaky=(
        "leaky ReLU at −1",
        lambda: act.leaky_relu(-1.0),
        "Maas's slope.",
        "name the slope 0.01",
    ),
    elu=("ELU at −1", lambda: act.elu(-1.0), "α = 1.", "as it is"),
    gelu=(
        "GELU at 1, five digits",
        NOT_USED,
        "x Φ(x), of which a tanh is an approximation.",
        "approximate=False, or 'none'",
    ),
    softmax_axis=(
        "softmax of (1 2; 3 5), first row, no axis named",
        lambda: act.softmax(np.array([[1.0, 2.0], [3.0, 5.0]]))[0],
        "A sample is a row: the last axis.",
        "axis=-1",
    ),
    deviation=(
        "standard deviation of (1, 3)",
        lambda: np.std([1.0, 3.0]),
        "Divided by n, as in batch normalisation.",
        "correction=0 (ddof=0)",
    ),
    variance_of_one=(
        "variance of one number",
        lambda: np.var([5.0]),
        "0, as of any constant.",
        "correction=0",
    ),
    median=(
        "median of (1, 2, 3, 4)",
        lambda: np.median([1.0, 2.0, 3.0, 4.0]),
        "The middle of the two in the middle.",
        "quantile(0.5)",
    ),
    precision=(
        "an array of 1.5",
        lambda: str(act.identity(np.array([1.5])).dtype),
        "Checks by differences need the digits (chapter 7).",
        "ask for float64",
    ),
    precision_kept=(
        "an array of float64 handed over",
        lambda: str(network.make_network([np.ones((2, 1))]).dtype),
        "What comes in double stays double.",
        "jax_enable_x64",
    ),
    batch_size=(
        "samples in a batch of 1,000, if none is said",
        lambda: _updates_of(1000),
        "All: batch gradient descent.",
        "batch_size=",
    ),
    shuffle=(
        "samples shuffled, if nothing is said",
        lambda: signature(training.train).parameters["shuffle"].default,
        "A new order for each epoch.",
        "shuffle=True",
    ),
)
