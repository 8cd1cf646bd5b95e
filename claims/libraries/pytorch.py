"""PyTorch: answers to the questions, and the book's networks."""

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

from claims.libraries.asking import refused, reply, spread

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def tensor(x, grad=False):
    return torch.tensor(x, dtype=torch.float64, requires_grad=grad)


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        x = tensor(x, grad=True)
        f(x).sum().backward()
        found += x.grad.ravel().tolist()
    return found


def moved(make, gradients, v=0.0, rates=None):
    """How far a parameter went down, update by update."""
    parameter = nn.Parameter(tensor([v]))
    optimizer, found = make([parameter]), []
    for t, g in enumerate(gradients):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[t]
        before = parameter.item()
        parameter.grad = tensor([g])
        optimizer.step()
        found.append(before - parameter.item())
    return found


def rates(make, updates):
    """The learning rate of these updates, from 1."""
    optimizer = optim.SGD([nn.Parameter(tensor([0.0]))], lr=0.1)
    schedule, found = make(optimizer), []
    for _ in range(max(updates)):
        found.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return [found[t - 1] for t in updates]


def default(function, name):
    """What an argument is if it isn't given."""
    import inspect

    return inspect.signature(function).parameters[name].default


def normalised(x, train=True):
    layer = nn.BatchNorm1d(1).train(train)
    return layer(tensor(x)).detach(), layer


def twice():
    w, found = tensor(3.0, grad=True), []
    for _ in range(2):
        (w**2).backward()
        found.append(w.grad.item())
    return found


def clipped():
    parts = [nn.Parameter(tensor([0.0])) for _ in range(2)]
    parts[0].grad, parts[1].grad = tensor([3.0]), tensor([4.0])
    nn.utils.clip_grad_norm_(parts, 1.0)
    return [part.grad.item() for part in parts]


def tie(f):
    a, b = tensor(1.0, grad=True), tensor(1.0, grad=True)
    f(a, b).backward()
    return [a.grad.item(), b.grad.item()]


def weighted():
    z, classes = tensor([[0.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
    return F.cross_entropy(z, classes, weight=tensor([1.0, 3.0]))


def filled(fill):
    weights = torch.empty(100, 400)
    fill(weights)
    return spread(weights)


SIX, NONE = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.zeros(2, 3)
TWO, CLASS_0 = tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), torch.tensor([0, 0])
ZERO, ONE = torch.tensor(0.0), torch.tensor([[1.0]])

ANSWERS = {
    "kinks/relu": lambda: slope(F.relu, 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: torch.maximum(x, ZERO), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: torch.maximum(ZERO, x), 0.0),
    "kinks/where": lambda: slope(lambda x: torch.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: torch.minimum(x, ZERO), 0.0),
    "kinks/leaky": lambda: slope(lambda x: F.leaky_relu(x, 0.01), 0.0),
    "kinks/elu": lambda: slope(F.elu, 0.0),
    "kinks/elu_2": lambda: slope(lambda x: F.elu(x, 2.0), 0.0),
    "kinks/selu": lambda: slope(F.selu, 0.0),
    "kinks/absolute": lambda: slope(torch.abs, 0.0),
    "kinks/sign": lambda: torch.sign(ZERO),
    "kinks/clip": lambda: slope(lambda x: torch.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/hardtanh": lambda: slope(F.hardtanh, -1.0, 1.0),
    "kinks/relu6": lambda: slope(F.relu6, 0.0, 6.0),
    "kinks/hard_sigmoid": lambda: F.hardsigmoid(tensor(1.0)),
    "kinks/hard_sigmoid_border": lambda: slope(F.hardsigmoid, -3.0, 3.0),
    "kinks/tie_two": lambda: tie(torch.maximum),
    "kinks/tie_three": lambda: slope(torch.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: torch.max(x, dim=0).values, [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: torch.argmax(torch.ones(3)),
    "zeros/product": lambda: slope(torch.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(torch.prod, [0.0, 0.0, 3.0]),
    "zeros/cumulative": lambda: slope(lambda x: torch.cumprod(x, 0)[-1], [0.0, 2.0, 3.0]),
    "zeros/norm": lambda: slope(torch.linalg.vector_norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(torch.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: torch.where(x > 0, torch.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(lambda x: torch.std(x, correction=0), [1.0, 1.0]),
    "zeros/x_log_x": lambda: ZERO * torch.log(ZERO),
    "zeros/log_sigmoid": lambda: F.logsigmoid(tensor(-1000.0)),
    "zeros/log_of_sigmoid": lambda: torch.log(torch.sigmoid(tensor(-1000.0))),
    "zeros/log_softmax": lambda: F.log_softmax(tensor([0.0, 1000.0]), dim=0)[0],
    "zeros/log_of_softmax": lambda: torch.log(F.softmax(tensor([0.0, 1000.0]), dim=0))[0],
    "zeros/softplus": lambda: F.softplus(tensor(1000.0)),
    "zeros/naive_softplus": lambda: slope(lambda z: torch.log(1 + torch.exp(z)), 1000.0),
    "losses/squares": lambda: F.mse_loss(SIX, NONE),
    "losses/squares_slope": lambda: slope(lambda y: F.mse_loss(y, NONE), SIX.tolist())[-1],
    "losses/binary": lambda: F.binary_cross_entropy(tensor([[0.5, 0.5]]), tensor([[1.0, 0.0]])),
    "losses/binary_at_0": lambda: F.binary_cross_entropy(tensor([[0.0]]), ONE),
    "losses/binary_slope_at_0": lambda: slope(lambda p: F.binary_cross_entropy(p, ONE), [[0.0]]),
    "losses/binary_from_z": lambda: F.binary_cross_entropy_with_logits(tensor([[-1000.0]]), ONE),
    "losses/softmax_default": lambda: F.cross_entropy(TWO[:1], CLASS_0[:1]),
    "losses/softmax_two": lambda: F.cross_entropy(TWO, CLASS_0),
    "losses/softmax_slope": lambda: slope(
        lambda z: F.cross_entropy(z, tensor([[1.0, 1.0]])), [[0.0, 0.0]]
    ),
    "losses/smoothing": lambda: F.cross_entropy(TWO[:1], CLASS_0[:1], label_smoothing=0.1),
    "losses/class_weights": weighted,
    "losses/huber": lambda: F.huber_loss(tensor(3.0), ZERO, delta=2.0),
    "losses/absolute_slope": lambda: slope(lambda y: F.l1_loss(y, ZERO), 0.0),
    "losses/penalty": lambda: moved(lambda p: optim.SGD(p, lr=1.0, weight_decay=0.1), [0.0], 2.0),
    "losses/divergence": lambda: F.kl_div(tensor([0.9, 0.1]), tensor([0.5, 0.5])),
    "steps/adam_first": lambda: moved(lambda p: optim.Adam(p, lr=0.1), [1.0]),
    "steps/adam_small": lambda: moved(lambda p: optim.Adam(p, lr=0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{default(optim.Adam, 'eps'):.0e}",
    "steps/adam_rate": lambda: default(optim.Adam, "lr"),
    "steps/adam_two": lambda: moved(lambda p: optim.Adam(p, lr=0.1), [1.0, -1.0]),
    "steps/rmsprop_first": lambda: moved(lambda p: optim.RMSprop(p, lr=0.1), [1.0]),
    "steps/rmsprop_small": lambda: moved(lambda p: optim.RMSprop(p, lr=0.1), [1e-9]),
    "steps/rmsprop_kept": lambda: default(optim.RMSprop, "alpha"),
    "steps/adagrad": lambda: moved(lambda p: optim.Adagrad(p, lr=0.1), [1.0, 1.0]),
    "steps/momentum": lambda: moved(lambda p: optim.SGD(p, lr=0.1, momentum=0.9), [1.0, 1.0]),
    "steps/momentum_rate": lambda: moved(
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9), [1.0, 0.0], rates=[0.1, 0.01]
    ),
    "steps/nesterov": lambda: moved(
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), [1.0, 1.0]
    ),
    "steps/momentum_default": lambda: default(optim.SGD, "momentum"),
    "steps/decay_sgd": lambda: moved(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_adam": lambda: moved(
        lambda p: optim.Adam(p, lr=0.1, weight_decay=0.1), [0.0], 2.0
    ),
    "steps/decay_adamw": lambda: moved(
        lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.1), [0.0], 2.0
    ),
    "steps/decay_default": lambda: default(optim.AdamW, "weight_decay"),
    "steps/clip_norm": clipped,
    "steps/accumulate": twice,
    "rates/exponential": lambda: rates(
        lambda o: optim.lr_scheduler.ExponentialLR(o, gamma=0.9), (1, 2)
    ),
    "rates/staircase": lambda: rates(
        lambda o: optim.lr_scheduler.StepLR(o, step_size=10, gamma=0.5), (10, 11)
    ),
    "rates/cosine": lambda: rates(
        lambda o: optim.lr_scheduler.CosineAnnealingLR(o, T_max=10), (1, 10)
    ),
    "rates/warm_up": lambda: rates(
        lambda o: optim.lr_scheduler.LinearLR(o, total_iters=10), (1, 10)
    ),
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/running_mean": lambda: normalised([[1.0], [3.0]])[1].running_mean,
    "batch/running_variance": lambda: normalised([[1.0], [3.0]])[1].running_var,
    "batch/momentum": lambda: f"{nn.BatchNorm1d(1).momentum} of the new",
    "batch/epsilon": lambda: f"{nn.BatchNorm1d(1).eps:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/fresh": lambda: normalised([[5.0]], train=False)[0],
    "batch/gamma_beta": lambda: [p.item() for p in nn.BatchNorm1d(1).parameters()],
    "batch/layer_epsilon": lambda: f"{nn.LayerNorm(1).eps:.0e}",
    "batch/dropout": lambda: F.dropout(torch.ones(1000), 0.25).max(),
    "starts/weights": lambda: spread(nn.Linear(400, 100).weight),
    "starts/biases": lambda: spread(nn.Linear(400, 10_000).bias),
    "starts/he": lambda: filled(nn.init.kaiming_normal_),
    "starts/glorot": lambda: filled(nn.init.xavier_normal_),
    "starts/shape": lambda: str(tuple(nn.Linear(3, 2).weight.shape)),
    "starts/prelu": lambda: nn.PReLU().weight,
    "forms/leaky": lambda: F.leaky_relu(tensor(-1.0)),
    "forms/elu": lambda: F.elu(tensor(-1.0)),
    "forms/gelu": lambda: f"{F.gelu(tensor(1.0)).item():.5f}",
    "forms/softmax_axis": lambda: refused(lambda: torch.softmax(tensor([[1.0, 2], [3, 5]]))),
    "forms/deviation": lambda: torch.std(tensor([1.0, 3.0])),
    "forms/variance_of_one": lambda: torch.var(tensor([5.0])),
    "forms/median": lambda: torch.median(tensor([1.0, 2.0, 3.0, 4.0])),
    "forms/precision": lambda: _fresh_dtype(),
    "forms/precision_kept": lambda: str(torch.from_numpy(np.ones(1)).dtype).removeprefix("torch."),
    "forms/batch_size": lambda: default(torch.utils.data.DataLoader, "batch_size"),
    "forms/shuffle": lambda: bool(default(torch.utils.data.DataLoader, "shuffle")),
}


def _fresh_dtype():
    torch.set_default_dtype(torch.float32)
    name = str(torch.tensor([1.5]).dtype).removeprefix("torch.")
    torch.set_default_dtype(torch.float64)
    return name


# the network of chapter 7
def net222(given):
    X, Y = tensor(given["X"]), tensor(given["Y"])
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2), nn.Sigmoid())
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), given["out_in"], strict=True):
            parameter.copy_(tensor(array))
    optimizer = optim.SGD(net.parameters(), lr=given["learning_rate"])
    costs = []
    for _ in range(given["updates"]):
        J = 0.5 * ((net(X) - Y) ** 2).sum() / len(X)
        costs.append(J.item())
        optimizer.zero_grad()
        J.backward()
        optimizer.step()
    costs.append((0.5 * ((net(X) - Y) ** 2).sum() / len(X)).item())
    return {"costs": costs, "layout": "out_in", "arrays": [p.tolist() for p in net.parameters()]}


# a classifier of chapters 9 to 12
def classifier(given):
    X, classes = tensor(given["X"]), torch.tensor(given["classes"])
    first, last = nn.Linear(4, 6), nn.Linear(6, 3)
    norm = nn.BatchNorm1d(6, eps=given["epsilon"], momentum=1 - given["kept"])
    net = nn.Sequential(first, norm, nn.ReLU(), last)
    dense = [first.weight, first.bias, last.weight, last.bias]
    with torch.no_grad():
        for parameter, array in zip(dense, given["out_in"], strict=True):
            parameter.copy_(tensor(array))
    weights = [first.weight, last.weight]
    others = [first.bias, last.bias, norm.weight, norm.bias]
    optimizer = optim.SGD(
        [{"params": weights, "weight_decay": given["l2"]}, {"params": others}],
        lr=given["learning_rate"],
        momentum=given["momentum"],
    )
    costs = []
    for update in range(given["updates"] + 1):
        if update == given["updates"]:
            statistics = norm.running_mean.tolist(), norm.running_var.tolist()
        J = F.cross_entropy(net(X), classes)
        penalty = given["l2"] / 2 * sum((W**2).sum() for W in weights)
        costs.append((J + penalty).item())
        if update == given["updates"]:
            break
        optimizer.zero_grad()
        J.backward()
        optimizer.step()
    return {
        "costs": costs,
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
            "rates/inverse": "no such schedule by name; LambdaLR takes any function",
            "kinks/step": "heaviside asks for its value at 0",
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("torch",),
        settings={
            "net222": [
                "float64: torch.set_default_dtype(torch.float64)",
                "weights (out, in): to_arrays(net, layout='out_in')",
                "the cost by hand: MSELoss has no ½ and divides by the outputs as well",
            ],
            "classifier": [
                "weight_decay for the weights alone, in a group of their own",
                "momentum=0.1 of BatchNorm1d, which weighs the new value, for 0.9 kept",
                "the penalty added to the cost that is reported: weight_decay is in no cost",
                "nothing for the variances: n in the layer, n − 1 in the running one, as here",
            ],
        },
    )
