"""JAX, with optax and flax (nnx): answers to the questions, and the book's networks."""

import inspect

import jax
import numpy as np
import optax
from flax import nnx
from jax import nn
from jax import numpy as jnp

from claims.libraries.asking import refused, reply, spread

NATIVE = {  # asked before double precision is switched on
    "fresh": str(jnp.array([1.5]).dtype),
    "kept": str(jnp.array(np.ones(1)).dtype),
}
jax.config.update("jax_enable_x64", True)


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        gradient = jax.grad(lambda x: jnp.sum(f(x)))(jnp.array(x, dtype=float))
        found += gradient.ravel().tolist()
    return found


def moved(optimizer, gradients, v=0.0):
    """How far a parameter went down, update by update."""
    v, found = jnp.array([v]), []
    state = optimizer.init(v)
    for g in gradients:
        step, state = optimizer.update(jnp.array([g]), state, v)
        found.append(-step.item())
        v = optax.apply_updates(v, step)
    return found


def default(function, name):
    """What an argument is if it isn't given."""
    return inspect.signature(function).parameters[name].default


def rates(schedule, updates):
    """The learning rate of these updates, from 1: optax counts from 0."""
    return [float(schedule(t - 1)) for t in updates]


def changing(count):
    return jnp.where(count == 0, 0.1, 0.01)


def norm(**how):
    return nnx.BatchNorm(1, rngs=nnx.Rngs(0), param_dtype=float, **how)


def normalised(x, train=True):
    layer = norm()
    return layer(jnp.array(x), use_running_average=not train), layer


def drawn(initializer):
    return spread(initializer(jax.random.key(0), (400, 100)))


def clipped():
    clip = optax.clip_by_global_norm(1.0)
    both = [jnp.array([3.0]), jnp.array([4.0])]
    return [part.item() for part in clip.update(both, clip.init(both))[0]]


SIX, NONE = jnp.arange(1.0, 7.0).reshape(2, 3), jnp.zeros((2, 3))
TWO, CLASS_0 = jnp.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), jnp.array([0, 0])
by_class = optax.softmax_cross_entropy_with_integer_labels
smooth = optax.smooth_labels

ANSWERS = {
    "kinks/relu": lambda: slope(nn.relu, 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: jnp.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: jnp.maximum(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: jnp.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: jnp.minimum(x, 0.0), 0.0),
    "kinks/leaky": lambda: slope(lambda x: nn.leaky_relu(x, 0.01), 0.0),
    "kinks/elu": lambda: slope(nn.elu, 0.0),
    "kinks/elu_2": lambda: slope(lambda x: nn.elu(x, 2.0), 0.0),
    "kinks/selu": lambda: slope(nn.selu, 0.0),
    "kinks/absolute": lambda: slope(jnp.abs, 0.0),
    "kinks/sign": lambda: jnp.sign(0.0),
    "kinks/clip": lambda: slope(lambda x: jnp.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/hardtanh": lambda: slope(nn.hard_tanh, -1.0, 1.0),
    "kinks/relu6": lambda: slope(nn.relu6, 0.0, 6.0),
    "kinks/hard_sigmoid": lambda: nn.hard_sigmoid(1.0),
    "kinks/hard_sigmoid_border": lambda: slope(nn.hard_sigmoid, -3.0, 3.0),
    "kinks/tie_two": lambda: [g.item() for g in jax.grad(jnp.maximum, (0, 1))(1.0, 1.0)],
    "kinks/tie_three": lambda: slope(jnp.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: jnp.max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: jnp.argmax(jnp.ones(3)),
    "zeros/product": lambda: slope(jnp.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(jnp.prod, [0.0, 0.0, 3.0]),
    "zeros/cumulative": lambda: slope(lambda x: jnp.cumprod(x)[-1], [0.0, 2.0, 3.0]),
    "zeros/norm": lambda: slope(jnp.linalg.norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(jnp.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(jnp.std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: 0.0 * jnp.log(0.0),
    "zeros/log_sigmoid": lambda: nn.log_sigmoid(-1000.0),
    "zeros/log_of_sigmoid": lambda: jnp.log(nn.sigmoid(-1000.0)),
    "zeros/log_softmax": lambda: nn.log_softmax(jnp.array([0.0, 1000.0]))[0],
    "zeros/log_of_softmax": lambda: jnp.log(nn.softmax(jnp.array([0.0, 1000.0])))[0],
    "zeros/softplus": lambda: nn.softplus(1000.0),
    "zeros/naive_softplus": lambda: slope(lambda z: jnp.log(1 + jnp.exp(z)), 1000.0),
    "losses/squares": lambda: optax.l2_loss(SIX, NONE).mean(),
    "losses/squares_slope": lambda: slope(lambda y: optax.l2_loss(y, NONE).mean(), SIX)[-1],
    "losses/binary_from_z": lambda: optax.sigmoid_binary_cross_entropy(
        jnp.array(-1000.0), jnp.array(1.0)
    ),
    "losses/softmax_default": lambda: by_class(TWO[:1], CLASS_0[:1]),
    "losses/softmax_two": lambda: by_class(TWO, CLASS_0),
    "losses/softmax_slope": lambda: slope(
        lambda z: optax.softmax_cross_entropy(z, jnp.ones(2)), [0.0, 0.0]
    ),
    "losses/smoothing": lambda: optax.softmax_cross_entropy(
        TWO[0], smooth(jnp.array([1.0, 0.0, 0.0]), 0.1)
    ),
    "losses/huber": lambda: optax.huber_loss(jnp.array(3.0), jnp.array(0.0), delta=2.0),
    "losses/penalty": lambda: slope(lambda w: 0.1 * optax.l2_loss(w), 2.0),
    "losses/divergence": lambda: optax.kl_divergence(
        jnp.log(jnp.array([0.9, 0.1])), jnp.array([0.5, 0.5])
    ),
    "steps/adam_first": lambda: moved(optax.adam(0.1), [1.0]),
    "steps/adam_small": lambda: moved(optax.adam(0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{default(optax.adam, 'eps'):.0e}",
    "steps/adam_rate": lambda: refused(lambda: moved(optax.adam(), [1.0])),
    "steps/adam_two": lambda: moved(optax.adam(0.1), [1.0, -1.0]),
    "steps/rmsprop_first": lambda: moved(optax.rmsprop(0.1), [1.0]),
    "steps/rmsprop_small": lambda: moved(optax.rmsprop(0.1), [1e-9]),
    "steps/rmsprop_kept": lambda: default(optax.rmsprop, "decay"),
    "steps/adagrad": lambda: moved(optax.adagrad(0.1), [1.0, 1.0]),
    "steps/momentum": lambda: moved(optax.sgd(0.1, momentum=0.9), [1.0, 1.0]),
    "steps/momentum_rate": lambda: moved(optax.sgd(changing, momentum=0.9), [1.0, 0.0]),
    "steps/nesterov": lambda: moved(optax.sgd(0.1, momentum=0.9, nesterov=True), [1.0, 1.0]),
    "steps/momentum_default": lambda: default(optax.sgd, "momentum") or 0.0,
    "steps/decay_sgd": lambda: moved(
        optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1)), [0.0], 2.0
    ),
    "steps/decay_adam": lambda: moved(
        optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.1)), [0.0], 2.0
    ),
    "steps/decay_adamw": lambda: moved(optax.adamw(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_default": lambda: default(optax.adamw, "weight_decay"),
    "steps/clip_norm": clipped,
    "steps/accumulate": lambda: slope(lambda w: w**2, 3.0, 3.0),
    "rates/exponential": lambda: rates(optax.exponential_decay(0.1, 1, 0.9), (1, 2)),
    "rates/staircase": lambda: rates(optax.exponential_decay(0.1, 10, 0.5), (10, 11)),
    "rates/cosine": lambda: rates(optax.cosine_decay_schedule(0.1, 10), (1, 10)),
    "rates/warm_up": lambda: rates(
        optax.warmup_constant_schedule(0.0, 0.1, warmup_steps=10), (1, 10)
    ),
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/running_mean": lambda: normalised([[1.0], [3.0]])[1].mean[...],
    "batch/running_variance": lambda: normalised([[1.0], [3.0]])[1].var[...],
    "batch/momentum": lambda: f"{norm().momentum} of the old",
    "batch/epsilon": lambda: f"{norm().epsilon:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/fresh": lambda: normalised([[5.0]], train=False)[0],
    "batch/gamma_beta": lambda: [norm().scale[...].item(), norm().bias[...].item()],
    "batch/layer_epsilon": lambda: f"{nnx.LayerNorm(1, rngs=nnx.Rngs(0)).epsilon:.0e}",
    "batch/dropout": lambda: nnx.Dropout(0.25, rngs=nnx.Rngs(0))(jnp.ones(1000)).max(),
    "starts/weights": lambda: spread(nnx.Linear(400, 100, rngs=nnx.Rngs(0)).kernel[...]),
    "starts/biases": lambda: spread(nnx.Linear(400, 100, rngs=nnx.Rngs(0)).bias[...]),
    "starts/he": lambda: drawn(nn.initializers.he_normal()),
    "starts/glorot": lambda: drawn(nn.initializers.glorot_normal()),
    "starts/shape": lambda: str(nnx.Linear(3, 2, rngs=nnx.Rngs(0)).kernel[...].shape),
    "starts/prelu": lambda: nnx.PReLU().negative_slope[...],
    "forms/leaky": lambda: nn.leaky_relu(-1.0),
    "forms/elu": lambda: nn.elu(-1.0),
    "forms/gelu": lambda: f"{float(nn.gelu(1.0)):.5f}",
    "forms/softmax_axis": lambda: nn.softmax(jnp.array([[1.0, 2.0], [3.0, 5.0]]))[0],
    "forms/deviation": lambda: jnp.std(jnp.array([1.0, 3.0])),
    "forms/variance_of_one": lambda: jnp.var(jnp.array([5.0])),
    "forms/median": lambda: jnp.median(jnp.array([1.0, 2.0, 3.0, 4.0])),
    "forms/precision": lambda: NATIVE["fresh"],
    "forms/precision_kept": lambda: NATIVE["kept"],
}


# the network of chapter 7
def net222(given):
    X, Y = jnp.array(given["X"]), jnp.array(given["Y"])
    parameters = [jnp.array(array) for array in given["in_out"]]

    def cost(parameters):
        W2, b2, W3, b3 = parameters
        y_hat = nn.sigmoid(nn.sigmoid(X @ W2 + b2) @ W3 + b3)
        return 0.5 * jnp.sum((y_hat - Y) ** 2) / len(X)

    costs = []
    for _ in range(given["updates"]):
        J, gradients = jax.value_and_grad(cost)(parameters)
        costs.append(float(J))
        parameters = jax.tree.map(
            lambda p, g: p - given["learning_rate"] * g, parameters, gradients
        )
    costs.append(float(cost(parameters)))
    return {"costs": costs, "layout": "in_out", "arrays": [p.tolist() for p in parameters]}


# a classifier of chapters 9 to 12, with flax's layers and optax's momentum
def classifier(given):
    X, Y = jnp.array(given["X"]), jnp.array(given["Y"])

    class Classifier(nnx.Module):
        def __init__(self):
            double = dict(rngs=nnx.Rngs(0), param_dtype=float)
            self.first, self.last = nnx.Linear(4, 6, **double), nnx.Linear(6, 3, **double)
            self.norm = nnx.BatchNorm(6, epsilon=given["epsilon"], momentum=given["kept"], **double)

        def __call__(self, X):
            return self.last(nn.relu(self.norm(self.first(X))))

    net = Classifier()
    dense = [net.first.kernel, net.first.bias, net.last.kernel, net.last.bias]
    for parameter, array in zip(dense, given["in_out"], strict=True):
        parameter[...] = jnp.array(array)

    def cost(net):
        weights = [net.first.kernel[...], net.last.kernel[...]]
        penalty = given["l2"] / 2 * sum(jnp.sum(W**2) for W in weights)
        return jnp.mean(optax.softmax_cross_entropy(net(X), Y)) + penalty

    momentum = optax.sgd(given["learning_rate"], momentum=given["momentum"])
    optimizer = nnx.Optimizer(net, momentum, wrt=nnx.Param)
    costs = []
    for _ in range(given["updates"]):
        J, gradients = nnx.value_and_grad(cost)(net)
        costs.append(float(J))
        optimizer.update(net, gradients)
    statistics = net.norm.mean[...].tolist(), net.norm.var[...].tolist()
    costs.append(float(cost(net)))
    return {
        "costs": costs,
        "layout": "in_out",
        "arrays": [p[...].tolist() for p in dense],
        "gamma": net.norm.scale[...].tolist(),
        "beta": net.norm.bias[...].tolist(),
        "running_mean": statistics[0],
        "running_var": statistics[1],
    }


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/step": "heaviside asks for its value at 0",
            "losses/binary": "optax has the form from z alone",
            "losses/binary_at_0": "optax has the form from z alone",
            "losses/binary_slope_at_0": "optax has the form from z alone",
            "losses/class_weights": "no class weights",
            "losses/absolute_slope": "no such loss; the derivative is that of |x|",
            "rates/inverse": "no such schedule by name; any function will do",
            "forms/batch_size": "no loop that makes batches",
            "forms/shuffle": "no loop that makes batches",
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("jax", "optax", "flax"),
        settings={
            "net222": ["float64: jax.config.update('jax_enable_x64', True), before anything else"],
            "classifier": [
                "float64 twice: jax_enable_x64, and param_dtype=float for each layer of flax",
                "the mean over the samples: optax gives one loss for each",
                "the penalty in the cost, weights only",
                "momentum=0.9 of BatchNorm, whose default keeps 0.99",
                "not to be set: the running variance, which divides by n",
            ],
        },
    )
