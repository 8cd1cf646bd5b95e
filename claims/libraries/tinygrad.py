"""tinygrad: answers to the questions, and the book's networks."""

import inspect
import os

os.environ.setdefault("DEV", "PYTHON")  # needs no compiler; set before tinygrad is imported

import numpy as np
from tinygrad import Context, Device, Tensor, dtypes, nn

from claims.libraries.asking import refused, reply, spread

Tensor.manual_seed(0)


def tensor(x):
    return Tensor(np.array(x, dtype=float), dtype=dtypes.float64)


def values(x):
    """The numbers of a tensor; a constant one has no device, and would be made on another."""
    return np.ravel(x.clone(Device.DEFAULT).numpy()).tolist()


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        x = tensor(x)
        found += values(f(x).sum().gradient(x)[0])
    return found


def moved(make, gradients, v=0.0, rates=None):
    """How far a parameter went down, update by update."""
    parameter, found = Tensor([v]), []  # its optimisers keep float32
    optimizer = make([parameter])
    for t, g in enumerate(gradients):
        if rates:
            optimizer.lr.assign(Tensor([rates[t]], dtype=optimizer.lr.dtype)).realize()
        before = parameter.item()
        parameter.grad = Tensor([g])
        optimizer.step()
        found.append(before - parameter.item())
    return found


def default(function, name):
    """What an argument is if it isn't given."""
    return inspect.signature(function).parameters[name].default


def normalised(x, train=True):
    layer = nn.BatchNorm(1)
    with Context(TRAINING=int(train)):
        return values(layer(Tensor(x))), layer  # its layers start in float32


def twice():
    w, found = tensor([3.0]), []  # a tensor of one number alone is a constant, and gets none
    for _ in range(2):
        (w**2).sum().backward()
        found += values(w.grad)
    return found


SIX, NONE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], tensor(np.zeros((2, 3)))
TWO, CLASS_0 = tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), Tensor([0, 0])


def entropy(z, y, **how):
    return z.sparse_categorical_crossentropy(y, **how)


ANSWERS = {
    "kinks/relu": lambda: slope(lambda x: x.relu(), 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: x.maximum(0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: tensor(0.0).maximum(x), 0.0),
    "kinks/where": lambda: slope(lambda x: (x > 0).where(x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: x.minimum(0.0), 0.0),
    "kinks/leaky": lambda: slope(lambda x: x.leaky_relu(0.01), 0.0),
    "kinks/elu": lambda: slope(lambda x: x.elu(), 0.0),
    "kinks/elu_2": lambda: slope(lambda x: x.elu(2.0), 0.0),
    "kinks/selu": lambda: slope(lambda x: x.selu(), 0.0),
    "kinks/absolute": lambda: slope(lambda x: x.abs(), 0.0),
    "kinks/sign": lambda: values(tensor(0.0).sign()),
    "kinks/clip": lambda: slope(lambda x: x.clip(0.0, 1.0), 0.0, 1.0),
    "kinks/hardtanh": lambda: slope(lambda x: x.hardtanh(), -1.0, 1.0),
    "kinks/relu6": lambda: slope(lambda x: x.relu6(), 0.0, 6.0),
    "kinks/hard_sigmoid": lambda: values(tensor(1.0).hardsigmoid()),
    "kinks/hard_sigmoid_border": lambda: slope(lambda x: x.hardsigmoid(), -3.0, 3.0),
    "kinks/tie_three": lambda: slope(lambda x: x.max(), [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: x.max(axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: Tensor.ones(3).argmax().item(),
    "zeros/product": lambda: slope(lambda x: x.prod(), [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(lambda x: x.prod(), [0.0, 0.0, 3.0]),
    "zeros/root": lambda: slope(lambda x: x.sqrt(), 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: (x > 0).where(x.sqrt(), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(lambda x: x.std(correction=0), [1.0, 1.0]),
    "zeros/x_log_x": lambda: values(tensor(0.0) * tensor(0.0).log()),
    "zeros/log_sigmoid": lambda: values(tensor(-1000.0).logsigmoid()),
    "zeros/log_of_sigmoid": lambda: values(tensor(-1000.0).sigmoid().log()),
    "zeros/log_softmax": lambda: values(tensor([0.0, 1000.0]).log_softmax())[0],
    "zeros/log_of_softmax": lambda: values(tensor([0.0, 1000.0]).softmax().log())[0],
    "zeros/softplus": lambda: values(tensor(1000.0).softplus()),
    "zeros/naive_softplus": lambda: slope(lambda z: (1 + z.exp()).log(), 1000.0),
    "losses/binary": lambda: values(tensor([[0.5, 0.5]]).binary_crossentropy(tensor([[1.0, 0.0]]))),
    "losses/binary_at_0": lambda: values(tensor([[0.0]]).binary_crossentropy(tensor([[1.0]]))),
    "losses/binary_slope_at_0": lambda: slope(
        lambda p: p.binary_crossentropy(tensor([[1.0]])), [[0.0]]
    ),
    "losses/binary_from_z": lambda: values(
        tensor([[-1000.0]]).binary_crossentropy_logits(tensor([[1.0]]))
    ),
    "losses/softmax_default": lambda: values(entropy(TWO[:1], CLASS_0[:1])),
    "losses/softmax_two": lambda: values(entropy(TWO, CLASS_0)),
    "losses/softmax_slope": lambda: slope(
        lambda z: z.cross_entropy(tensor([[1.0, 1.0]])), [[0.0, 0.0]]
    ),
    "losses/smoothing": lambda: values(entropy(TWO[:1], CLASS_0[:1], label_smoothing=0.1)),
    "losses/penalty": lambda: moved(
        lambda p: nn.optim.SGD(p, lr=1.0, weight_decay=0.1), [0.0], 2.0
    ),
    "steps/adam_first": lambda: moved(lambda p: nn.optim.Adam(p, lr=0.1), [1.0]),
    "steps/adam_small": lambda: moved(lambda p: nn.optim.Adam(p, lr=0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{default(nn.optim.Adam, 'eps'):.0e}",
    "steps/adam_rate": lambda: default(nn.optim.Adam, "lr"),
    "steps/adam_two": lambda: moved(lambda p: nn.optim.Adam(p, lr=0.1), [1.0, -1.0]),
    "steps/momentum": lambda: moved(lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9), [1.0, 1.0]),
    "steps/momentum_rate": lambda: moved(
        lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9), [1.0, 0.0], rates=[0.1, 0.01]
    ),
    "steps/nesterov": lambda: moved(
        lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), [1.0, 1.0]
    ),
    "steps/momentum_default": lambda: default(nn.optim.SGD, "momentum"),
    "steps/decay_sgd": lambda: moved(
        lambda p: nn.optim.SGD(p, lr=0.1, weight_decay=0.1), [0.0], 2.0
    ),
    "steps/decay_adamw": lambda: moved(
        lambda p: nn.optim.AdamW(p, lr=0.1, weight_decay=0.1), [0.0], 2.0
    ),
    "steps/decay_default": lambda: default(nn.optim.AdamW, "weight_decay"),
    "steps/accumulate": twice,
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/running_mean": lambda: values(normalised([[1.0], [3.0]])[1].running_mean),
    "batch/running_variance": lambda: values(normalised([[1.0], [3.0]])[1].running_var),
    "batch/momentum": lambda: f"{nn.BatchNorm(1).momentum} of the new",
    "batch/epsilon": lambda: f"{nn.BatchNorm(1).eps:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/fresh": lambda: normalised([[5.0]], train=False)[0],
    "batch/gamma_beta": lambda: [nn.BatchNorm(1).weight.item(), nn.BatchNorm(1).bias.item()],
    "batch/layer_epsilon": lambda: f"{nn.LayerNorm(1).eps:.0e}",
    "batch/dropout": lambda: Tensor.ones(100).dropout(0.25).max().item(),
    "starts/weights": lambda: spread(nn.Linear(400, 100).weight.numpy()),
    "starts/biases": lambda: spread(nn.Linear(400, 1000).bias.numpy()),
    "starts/he": lambda: spread(Tensor.kaiming_normal(100, 400, a=0).numpy()),
    "starts/shape": lambda: str(nn.Linear(3, 2).weight.shape),
    "forms/leaky": lambda: values(tensor(-1.0).leaky_relu()),
    "forms/elu": lambda: values(tensor(-1.0).elu()),
    "forms/gelu": lambda: f"{values(tensor(1.0).gelu())[0]:.5f}",
    "forms/softmax_axis": lambda: values(tensor([[1.0, 2.0], [3.0, 5.0]]).softmax())[:2],
    "forms/deviation": lambda: values(tensor([1.0, 3.0]).std()),
    "forms/variance_of_one": lambda: values(tensor([5.0]).var()),
    "forms/precision": lambda: Tensor([1.5]).numpy().dtype.name,
    "forms/precision_kept": lambda: Tensor(np.ones(1)).numpy().dtype.name,
}


# the network of chapter 7
def net222(given):
    X, Y = tensor(given["X"]), tensor(given["Y"])
    parameters = [tensor(array) for array in given["out_in"]]

    def cost():
        W2, b2, W3, b3 = parameters
        y_hat = ((X @ W2.T + b2).sigmoid() @ W3.T + b3).sigmoid()
        return 0.5 * ((y_hat - Y) ** 2).sum() / X.shape[0]

    costs = []
    for _ in range(given["updates"]):
        J = cost()
        costs.append(J.item())
        gradients = J.gradient(*parameters)
        parameters = [
            (p - given["learning_rate"] * g).realize()
            for p, g in zip(parameters, gradients, strict=True)
        ]
    costs.append(cost().item())
    return {"costs": costs, "layout": "out_in", "arrays": [p.tolist() for p in parameters]}


# a classifier of chapters 9 to 12
def classifier(given):
    X, classes = tensor(given["X"]), Tensor(given["classes"])
    norm = nn.BatchNorm(6, eps=given["epsilon"], momentum=1 - given["kept"])
    norm.running_mean, norm.running_var = tensor(np.zeros(6)), tensor(np.ones(6))
    names = (*given["out_in"], given["gamma"], given["beta"])
    parameters = [tensor(array) for array in names]
    velocity = [tensor(np.zeros(p.shape)) for p in parameters]

    def cost():
        W2, b2, W3, b3, norm.weight, norm.bias = parameters
        z3 = norm(X @ W2.T + b2).relu() @ W3.T + b3
        penalty = given["l2"] / 2 * ((W2**2).sum() + (W3**2).sum())
        return z3.sparse_categorical_crossentropy(classes) + penalty

    costs = []
    for _ in range(given["updates"]):
        J = cost()
        gradients = J.gradient(*parameters)
        costs.append(J.item())
        velocity = [
            (given["momentum"] * u - given["learning_rate"] * g).realize()
            for u, g in zip(velocity, gradients, strict=True)
        ]
        parameters = [(p + u).realize() for p, u in zip(parameters, velocity, strict=True)]
    statistics = norm.running_mean.tolist(), norm.running_var.tolist()
    costs.append(cost().item())
    *arrays, gamma, beta = [p.tolist() for p in parameters]
    return {
        "costs": costs,
        "layout": "out_in",
        "arrays": arrays,
        "gamma": gamma,
        "beta": beta,
        "running_mean": statistics[0],
        "running_var": statistics[1],
    }


if __name__ == "__main__":
    with Context(TRAINING=1):
        reply(
            answers=ANSWERS,
            none={
                "kinks/step": "no step function",
                "kinks/tie_two": "the row above it asks the same of it",
                "zeros/cumulative": "not asked: its cumulative product is built from others",
                "zeros/norm": "no norm by name",
                "losses/squares*": "no squared error by name",
                "losses/class_weights": "no class weights",
                "losses/huber": "no Huber loss",
                "losses/absolute_slope": "no absolute error by name",
                "losses/divergence": "no KL divergence by name",
                "steps/rmsprop*": "no RMSProp",
                "steps/adagrad": "no Adagrad",
                "steps/decay_adam": "its Adam has no decay; AdamW has",
                "steps/clip_norm": "no clipping by name",
                "rates/*": "its schedules are examples, not in the package",
                "starts/glorot": "glorot_uniform alone",
                "starts/prelu": "no PReLU",
                "forms/median": "no median by name",
                "forms/batch_size": "no loop that makes batches",
                "forms/shuffle": "no loop that makes batches",
            },
            networks={"net222": net222, "classifier": classifier},
            packages=("tinygrad",),
            settings={
                "net222": [
                    "float64: dtype=dtypes.float64 for each tensor",
                    "weights (out, in): to_arrays(net, layout='out_in')",
                ],
                "classifier": [
                    "float64 for the running statistics as well",
                    "Context(TRAINING=1), else the layer takes the running statistics",
                    "momentum=0.1 of BatchNorm, which weighs the new value, for 0.9 kept",
                ],
            },
        )
