"""MLX: answers to the questions, and the book's networks."""

import inspect

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx import optimizers as optim
from mlx.utils import tree_map

from claims.libraries.asking import refused, reply, spread

mx.set_default_device(mx.cpu)  # the one that has float64
mx.random.seed(0)
WITHIN = 1e-7  # its exponential of a float64 has the digits of a float32


def double(x):
    return mx.array(x, dtype=mx.float64)


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        found += np.ravel(np.array(mx.grad(lambda x: f(x).sum())(mx.array(x)))).tolist()
    return found


def moved(optimizer, gradients, v=0.0):
    """How far a parameter went down, update by update."""
    parameters, found = {"v": mx.array([v])}, []
    for g in gradients:
        before = parameters["v"].item()
        parameters = optimizer.apply_gradients({"v": mx.array([g])}, parameters)
        found.append(before - parameters["v"].item())
    return found


def default(function, name):
    """What an argument is if it isn't given."""
    return inspect.signature(function).parameters[name].default


def rates(schedule, updates):
    """The learning rate of these updates, from 1, as an optimiser with this schedule has it."""
    optimizer, found = optim.SGD(schedule), []
    parameters = {"v": mx.array([0.0])}
    for _ in range(max(updates)):
        before = parameters["v"].item()
        parameters = optimizer.apply_gradients({"v": mx.array([1.0])}, parameters)
        found.append(before - parameters["v"].item())
    return [found[t - 1] for t in updates]


def normalised(x, train=True):
    layer = nn.BatchNorm(1)
    layer.train(train)
    return layer(mx.array(x)), layer


def clipped():
    both, _ = optim.clip_grad_norm({"a": mx.array([3.0]), "b": mx.array([4.0])}, 1.0)
    return [both["a"].item(), both["b"].item()]


def drawn(initializer):
    return spread(initializer(mx.zeros((100, 400))))


def changing(t):
    return mx.where(t == 0, 0.1, 0.01)


def median():
    return mx.median(mx.array([1.0, 2.0, 3.0, 4.0]))


SIX, NONE = mx.arange(1.0, 7.0).reshape(2, 3), mx.zeros((2, 3))
TWO, CLASS_0 = mx.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), mx.array([0, 0])
ZERO = mx.array(0.0)
losses = nn.losses


def binary(p, y):
    return losses.binary_cross_entropy(mx.array(p), mx.array(y), with_logits=False)


ANSWERS = {
    "kinks/relu": lambda: slope(nn.relu, 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: mx.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: mx.maximum(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: mx.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: mx.minimum(x, 0.0), 0.0),
    "kinks/leaky": lambda: slope(lambda x: nn.leaky_relu(x, 0.01), 0.0),
    "kinks/elu": lambda: slope(nn.elu, 0.0),
    "kinks/elu_2": lambda: slope(lambda x: nn.elu(x, 2.0), 0.0),
    "kinks/selu": lambda: slope(nn.selu, 0.0),
    "kinks/absolute": lambda: slope(mx.abs, 0.0),
    "kinks/sign": lambda: mx.sign(ZERO),
    "kinks/step": lambda: nn.step(ZERO),
    "kinks/clip": lambda: slope(lambda x: mx.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/hardtanh": lambda: slope(nn.hard_tanh, -1.0, 1.0),
    "kinks/relu6": lambda: slope(nn.relu6, 0.0, 6.0),
    "kinks/tie_two": lambda: [
        mx.grad(mx.maximum, i)(mx.array(1.0), mx.array(1.0)).item() for i in (0, 1)
    ],
    "kinks/tie_three": lambda: slope(mx.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: mx.max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: mx.argmax(mx.ones(3)).item(),
    "zeros/product": lambda: slope(mx.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(mx.prod, [0.0, 0.0, 3.0]),
    "zeros/cumulative": lambda: slope(lambda x: mx.cumprod(x)[-1], [0.0, 2.0, 3.0]),
    "zeros/norm": lambda: slope(mx.linalg.norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(mx.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: mx.where(x > 0, mx.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(mx.std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: (ZERO * mx.log(ZERO)).item(),
    "zeros/log_sigmoid": lambda: nn.log_sigmoid(mx.array(-1000.0)).item(),
    "zeros/log_of_sigmoid": lambda: mx.log(mx.sigmoid(mx.array(-1000.0))).item(),
    "zeros/log_softmax": lambda: nn.log_softmax(mx.array([0.0, 1000.0]))[0].item(),
    "zeros/log_of_softmax": lambda: mx.log(mx.softmax(mx.array([0.0, 1000.0])))[0].item(),
    "zeros/softplus": lambda: nn.softplus(mx.array(1000.0)).item(),
    "zeros/naive_softplus": lambda: slope(lambda z: mx.log(1 + mx.exp(z)), 1000.0),
    "losses/squares": lambda: losses.mse_loss(SIX, NONE).item(),
    "losses/squares_slope": lambda: slope(lambda y: losses.mse_loss(y, NONE), SIX.tolist())[-1],
    "losses/binary": lambda: binary([[0.5, 0.5]], [[1.0, 0.0]]).item(),
    "losses/binary_at_0": lambda: binary([[0.0]], [[1.0]]).item(),
    "losses/binary_slope_at_0": lambda: slope(lambda p: binary(p, [[1.0]]), [[0.0]]),
    "losses/binary_from_z": lambda: losses.binary_cross_entropy(
        mx.array([[-1000.0]]), mx.array([[1.0]])
    ).item(),
    "losses/softmax_default": lambda: losses.cross_entropy(TWO[:1], CLASS_0[:1]),
    "losses/softmax_two": lambda: losses.cross_entropy(TWO, CLASS_0),
    "losses/softmax_slope": lambda: slope(
        lambda z: losses.cross_entropy(z, mx.array([[1.0, 1.0]])), [[0.0, 0.0]]
    ),
    "losses/smoothing": lambda: losses.cross_entropy(TWO[:1], CLASS_0[:1], label_smoothing=0.1),
    "losses/huber": lambda: losses.huber_loss(mx.array([3.0]), mx.array([0.0]), delta=2.0),
    "losses/absolute_slope": lambda: slope(lambda y: losses.l1_loss(y, ZERO), 0.0),
    "losses/penalty": lambda: moved(optim.SGD(1.0, weight_decay=0.1), [0.0], 2.0),
    "losses/divergence": lambda: losses.kl_div_loss(
        mx.log(mx.array([0.9, 0.1])), mx.log(mx.array([0.5, 0.5]))
    ).item(),
    "steps/adam_first": lambda: moved(optim.Adam(0.1), [1.0]),
    "steps/adam_small": lambda: moved(optim.Adam(0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{default(optim.Adam.__init__, 'eps'):.0e}",
    "steps/adam_rate": lambda: refused(lambda: moved(optim.Adam(), [1.0])),
    "steps/adam_two": lambda: moved(optim.Adam(0.1), [1.0, -1.0]),
    "steps/rmsprop_first": lambda: moved(optim.RMSprop(0.1), [1.0]),
    "steps/rmsprop_small": lambda: moved(optim.RMSprop(0.1), [1e-9]),
    "steps/rmsprop_kept": lambda: default(optim.RMSprop.__init__, "alpha"),
    "steps/adagrad": lambda: moved(optim.Adagrad(0.1), [1.0, 1.0]),
    "steps/momentum": lambda: moved(optim.SGD(0.1, momentum=0.9), [1.0, 1.0]),
    "steps/momentum_rate": lambda: moved(optim.SGD(changing, momentum=0.9), [1.0, 0.0]),
    "steps/nesterov": lambda: moved(optim.SGD(0.1, momentum=0.9, nesterov=True), [1.0, 1.0]),
    "steps/momentum_default": lambda: default(optim.SGD.__init__, "momentum"),
    "steps/decay_sgd": lambda: moved(optim.SGD(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_adamw": lambda: moved(optim.AdamW(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_default": lambda: default(optim.AdamW.__init__, "weight_decay"),
    "steps/clip_norm": clipped,
    "steps/accumulate": lambda: slope(lambda w: w**2, 3.0, 3.0),
    "rates/exponential": lambda: rates(optim.exponential_decay(0.1, 0.9), (1, 2)),
    "rates/staircase": lambda: rates(optim.step_decay(0.1, 0.5, 10), (10, 11)),
    "rates/cosine": lambda: rates(optim.cosine_decay(0.1, 10), (1, 10)),
    "rates/warm_up": lambda: rates(optim.linear_schedule(0.0, 0.1, 10), (1, 10)),
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/running_mean": lambda: normalised([[1.0], [3.0]])[1].running_mean,
    "batch/running_variance": lambda: normalised([[1.0], [3.0]])[1].running_var,
    "batch/momentum": lambda: f"{nn.BatchNorm(1).momentum} of the new",
    "batch/epsilon": lambda: f"{nn.BatchNorm(1).eps:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/fresh": lambda: normalised([[5.0]], train=False)[0],
    "batch/gamma_beta": lambda: [nn.BatchNorm(1).weight.item(), nn.BatchNorm(1).bias.item()],
    "batch/layer_epsilon": lambda: f"{nn.LayerNorm(1).eps:.0e}",
    "batch/dropout": lambda: nn.Dropout(0.25)(mx.ones(1000)).max().item(),
    "starts/weights": lambda: spread(nn.Linear(400, 100).weight),
    "starts/biases": lambda: spread(nn.Linear(400, 10_000).bias),
    "starts/he": lambda: drawn(nn.init.he_normal()),
    "starts/glorot": lambda: drawn(nn.init.glorot_normal()),
    "starts/shape": lambda: str(nn.Linear(3, 2).weight.shape),
    "starts/prelu": lambda: nn.PReLU().weight,
    "forms/leaky": lambda: nn.leaky_relu(mx.array(-1.0)).item(),
    "forms/elu": lambda: nn.elu(mx.array(-1.0)).item(),
    "forms/gelu": lambda: f"{nn.gelu(mx.array(1.0)).item():.5f}",
    "forms/softmax_axis": lambda: mx.softmax(mx.array([[1.0, 2.0], [3.0, 5.0]]))[0],
    "forms/deviation": lambda: mx.std(mx.array([1.0, 3.0])).item(),
    "forms/variance_of_one": lambda: mx.var(mx.array([5.0])).item(),
    "forms/median": lambda: median().item(),
    "forms/precision": lambda: str(mx.array([1.5]).dtype).removeprefix("mlx.core."),
    "forms/precision_kept": lambda: str(mx.array(np.ones(1)).dtype).removeprefix("mlx.core."),
}


# the network of chapter 7
def net222(given):
    X, Y = double(given["X"]), double(given["Y"])
    parameters = [double(array) for array in given["out_in"]]

    def cost(parameters):
        W2, b2, W3, b3 = parameters
        y_hat = mx.sigmoid(mx.sigmoid(X @ W2.T + b2) @ W3.T + b3)
        return 0.5 * ((y_hat - Y) ** 2).sum() / len(X)

    costs = []
    for _ in range(given["updates"]):
        J, gradients = mx.value_and_grad(cost)(parameters)
        costs.append(J.item())
        parameters = [
            p - given["learning_rate"] * g for p, g in zip(parameters, gradients, strict=True)
        ]
    costs.append(cost(parameters).item())
    arrays = [p.tolist() for p in parameters]
    return {"costs": costs, "layout": "out_in", "arrays": arrays, "within": WITHIN}


# a classifier of chapters 9 to 12
class Classifier(nn.Module):
    def __init__(self, given):
        super().__init__()
        self.first, self.last = nn.Linear(4, 6), nn.Linear(6, 3)
        self.norm = nn.BatchNorm(6, eps=given["epsilon"], momentum=1 - given["kept"])
        W2, b2, W3, b3 = map(double, given["out_in"])
        self.first.weight, self.first.bias, self.last.weight, self.last.bias = W2, b2, W3, b3
        self.norm.weight, self.norm.bias = double(given["gamma"]), double(given["beta"])
        self.norm.running_mean = mx.zeros(6, dtype=mx.float64)
        self.norm.running_var = mx.ones(6, dtype=mx.float64)

    def __call__(self, X):
        return self.last(nn.relu(self.norm(self.first(X))))


def classifier(given):
    X, classes, net = double(given["X"]), mx.array(given["classes"]), Classifier(given)

    def cost(net):
        weights = net.first.weight, net.last.weight
        penalty = given["l2"] / 2 * sum((W**2).sum() for W in weights)
        return losses.cross_entropy(net(X), classes, reduction="mean") + penalty

    velocity, costs = None, []
    for _ in range(given["updates"]):
        J, gradients = nn.value_and_grad(net, cost)(net)
        costs.append(J.item())
        steps = tree_map(lambda g: -given["learning_rate"] * g, gradients)
        if velocity is None:
            velocity = steps
        else:
            velocity = tree_map(lambda u, s: given["momentum"] * u + s, velocity, steps)
        net.update(tree_map(lambda p, u: p + u, net.trainable_parameters(), velocity))
    norm = net.norm
    statistics = norm.running_mean.tolist(), norm.running_var.tolist()
    costs.append(cost(net).item())
    dense = net.first.weight, net.first.bias, net.last.weight, net.last.bias
    return {
        "costs": costs,
        "within": WITHIN,
        "layout": "out_in",
        "arrays": [p.tolist() for p in dense],
        "gamma": norm.weight.tolist(),
        "beta": norm.bias.tolist(),
        "running_mean": statistics[0],
        "running_var": statistics[1],
    }


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/hard_sigmoid*": "no hard sigmoid",
            "losses/class_weights": "weights for samples, none for classes",
            "steps/decay_adam": "Adam has no weight decay; AdamW has",
            "rates/inverse": "no such schedule by name; any function will do",
            "forms/batch_size": "no loop that makes batches",
            "forms/shuffle": "no loop that makes batches",
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("mlx",),
        settings={
            "net222": [
                "float64, which the processor has and Apple's GPU hasn't: dtype=mx.float64 for each array",
                "weights (out, in): to_arrays(net, layout='out_in')",
                "not to be set: its exponential of a float64 is right to seven digits only",
            ],
            "classifier": [
                "float64 for γ, β and the running statistics, one by one",
                "the mean over the samples: cross_entropy gives one loss for each",
                "momentum=0.1 of BatchNorm, which weighs the new value, for 0.9 kept",
                "momentum by hand: its optimisers keep the rate in float32",
            ],
        },
    )
