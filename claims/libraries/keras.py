"""Keras 3 on TensorFlow: answers to the questions, and the book's networks."""

import inspect
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf
from keras import layers, losses, ops, optimizers

from claims.libraries.asking import refused, reply, spread

keras.utils.set_random_seed(0)


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        x = tf.Variable(np.array(x, np.float32))
        with tf.GradientTape() as tape:
            y = ops.sum(f(x))
        gradient = tape.gradient(y, x)
        found += np.ravel(0.0 * x if gradient is None else gradient).tolist()
    return found


def moved(optimizer, gradients, v=0.0):
    """How far a parameter went down, update by update."""
    parameter, found = keras.Variable([v]), []
    optimizer.build([parameter])
    for g in gradients:
        before = float(parameter[0])
        optimizer.apply([ops.convert_to_tensor([g])], [parameter])
        found.append(before - float(parameter[0]))
    return found


def default(function, name):
    """What an argument is if it isn't given."""
    return inspect.signature(function).parameters[name].default


def rates(schedule, updates):
    """The learning rate of these updates, from 1: Keras counts from 0."""
    return [float(schedule(t - 1)) for t in updates]


class Changing(optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return ops.where(step < 0.5, 0.1, 0.01)


def normalised(x, train=True):
    layer = layers.BatchNormalization()
    return np.ravel(layer(np.array(x, np.float32), training=train)), layer


def drawn(initializer):
    return spread(np.array(initializer((400, 100))))


def dense(n_in, n_out):
    layer = layers.Dense(n_out)
    layer.build((None, n_in))
    return layer


def clipped():
    both = [keras.Variable([0.0]), keras.Variable([0.0])]
    optimizer = optimizers.SGD(1.0, clipnorm=1.0)
    optimizer.build(both)
    optimizer.apply([ops.convert_to_tensor([3.0]), ops.convert_to_tensor([4.0])], both)
    return [-float(v[0]) for v in both]


def alone(loss, y, y_hat):
    return float(loss(np.array(y, np.float32), np.array(y_hat, np.float32)))


SIX, NONE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.zeros((2, 3), np.float32)
TWO, CLASS_0 = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]], np.float32), np.array([0, 0])
schedules = optimizers.schedules
ONE = np.ones((1, 1), np.float32)

ANSWERS = {
    "kinks/relu": lambda: slope(ops.relu, 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: ops.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: ops.maximum(0.0, x), 0.0),
    "kinks/where": lambda: slope(lambda x: ops.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: ops.minimum(x, 0.0), 0.0),
    "kinks/leaky": lambda: slope(lambda x: ops.leaky_relu(x, 0.01), 0.0),
    "kinks/elu": lambda: slope(ops.elu, 0.0),
    "kinks/elu_2": lambda: slope(lambda x: ops.elu(x, 2.0), 0.0),
    "kinks/selu": lambda: slope(ops.selu, 0.0),
    "kinks/absolute": lambda: slope(ops.abs, 0.0),
    "kinks/sign": lambda: float(ops.sign(0.0)),
    "kinks/clip": lambda: slope(lambda x: ops.clip(x, 0.0, 1.0), 0.0, 1.0),
    "kinks/hardtanh": lambda: slope(ops.hard_tanh, -1.0, 1.0),
    "kinks/relu6": lambda: slope(ops.relu6, 0.0, 6.0),
    "kinks/hard_sigmoid": lambda: float(ops.hard_sigmoid(1.0)),
    "kinks/hard_sigmoid_border": lambda: slope(ops.hard_sigmoid, -3.0, 3.0),
    "kinks/tie_three": lambda: slope(ops.max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: ops.max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: int(ops.argmax(np.ones(3))),
    "zeros/product": lambda: slope(ops.prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(ops.prod, [0.0, 0.0, 3.0]),
    "zeros/norm": lambda: slope(ops.norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(ops.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: ops.where(x > 0, ops.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: ops.power(x, 0.0), 0.0),
    "zeros/deviation": lambda: slope(ops.std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: float(0.0 * ops.log(0.0)),
    "zeros/log_sigmoid": lambda: float(ops.log_sigmoid(-1000.0)),
    "zeros/log_of_sigmoid": lambda: float(ops.log(ops.sigmoid(-1000.0))),
    "zeros/log_softmax": lambda: float(ops.log_softmax(np.float32([0.0, 1000.0]))[0]),
    "zeros/log_of_softmax": lambda: float(ops.log(ops.softmax(np.float32([0.0, 1000.0])))[0]),
    "zeros/softplus": lambda: float(ops.softplus(1000.0)),
    "zeros/naive_softplus": lambda: slope(lambda z: ops.log(1 + ops.exp(z)), 1000.0),
    "losses/squares": lambda: alone(losses.MeanSquaredError(), NONE, SIX),
    "losses/squares_slope": lambda: slope(lambda y: losses.MeanSquaredError()(NONE, y), SIX)[-1],
    "losses/binary": lambda: alone(losses.BinaryCrossentropy(), [[1.0, 0.0]], [[0.5, 0.5]]),
    "losses/binary_at_0": lambda: alone(losses.BinaryCrossentropy(), [[1.0]], [[0.0]]),
    "losses/binary_slope_at_0": lambda: slope(
        lambda p: losses.BinaryCrossentropy()(ONE, p), [[0.0]]
    ),
    "losses/binary_from_z": lambda: alone(
        losses.BinaryCrossentropy(from_logits=True), [[1.0]], [[-1000.0]]
    ),
    "losses/softmax_default": lambda: alone(
        losses.SparseCategoricalCrossentropy(), CLASS_0[:1], TWO[:1]
    ),
    "losses/softmax_two": lambda: alone(
        losses.SparseCategoricalCrossentropy(from_logits=True), CLASS_0, TWO
    ),
    "losses/softmax_slope": lambda: slope(
        lambda z: losses.CategoricalCrossentropy(from_logits=True)(np.float32([[1, 1]]), z),
        [[0.0, 0.0]],
    ),
    "losses/smoothing": lambda: alone(
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        [[1.0, 0.0, 0.0]],
        TWO[:1],
    ),
    "losses/huber": lambda: alone(losses.Huber(delta=2.0), [[0.0]], [[3.0]]),
    "losses/absolute_slope": lambda: slope(
        lambda y: losses.MeanAbsoluteError()(np.zeros((1, 1), np.float32), y), [[0.0]]
    ),
    "losses/penalty": lambda: slope(keras.regularizers.L2(0.1), 2.0),
    "losses/divergence": lambda: alone(losses.KLDivergence(), [0.9, 0.1], [0.5, 0.5]),
    "steps/adam_first": lambda: moved(optimizers.Adam(0.1), [1.0]),
    "steps/adam_small": lambda: moved(optimizers.Adam(0.1), [1e-9]),
    "steps/adam_epsilon": lambda: f"{default(optimizers.Adam, 'epsilon'):.0e}",
    "steps/adam_rate": lambda: default(optimizers.Adam, "learning_rate"),
    "steps/adam_two": lambda: moved(optimizers.Adam(0.1), [1.0, -1.0]),
    "steps/rmsprop_first": lambda: moved(optimizers.RMSprop(0.1), [1.0]),
    "steps/rmsprop_small": lambda: moved(optimizers.RMSprop(0.1), [1e-9]),
    "steps/rmsprop_kept": lambda: default(optimizers.RMSprop, "rho"),
    "steps/adagrad": lambda: moved(optimizers.Adagrad(0.1), [1.0, 1.0]),
    "steps/momentum": lambda: moved(optimizers.SGD(0.1, momentum=0.9), [1.0, 1.0]),
    "steps/momentum_rate": lambda: moved(optimizers.SGD(Changing(), momentum=0.9), [1.0, 0.0]),
    "steps/nesterov": lambda: moved(optimizers.SGD(0.1, momentum=0.9, nesterov=True), [1.0, 1.0]),
    "steps/momentum_default": lambda: default(optimizers.SGD, "momentum"),
    "steps/decay_sgd": lambda: moved(optimizers.SGD(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_adam": lambda: moved(optimizers.Adam(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_adamw": lambda: moved(optimizers.AdamW(0.1, weight_decay=0.1), [0.0], 2.0),
    "steps/decay_default": lambda: default(optimizers.AdamW, "weight_decay"),
    "steps/clip_norm": clipped,
    "rates/exponential": lambda: rates(schedules.ExponentialDecay(0.1, 1, 0.9), (1, 2)),
    "rates/staircase": lambda: rates(schedules.ExponentialDecay(0.1, 10, 0.5), (10, 11)),
    "rates/cosine": lambda: rates(schedules.CosineDecay(0.1, 10), (1, 10)),
    "rates/warm_up": lambda: rates(
        schedules.CosineDecay(0.0, 1000, warmup_target=0.1, warmup_steps=10), (1, 10)
    ),
    "rates/inverse": lambda: rates(schedules.InverseTimeDecay(0.1, 1, 0.5), (1, 2)),
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/running_mean": lambda: np.array(normalised([[1.0], [3.0]])[1].moving_mean),
    "batch/running_variance": lambda: np.array(normalised([[1.0], [3.0]])[1].moving_variance),
    "batch/momentum": lambda: f"{layers.BatchNormalization().momentum} of the old",
    "batch/epsilon": lambda: f"{layers.BatchNormalization().epsilon:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/fresh": lambda: normalised([[5.0]], train=False)[0],
    "batch/gamma_beta": lambda: [
        float(p[0]) for p in normalised([[1.0], [3.0]])[1].trainable_variables
    ],
    "batch/layer_epsilon": lambda: f"{layers.LayerNormalization().epsilon:.0e}",
    "batch/dropout": lambda: float(
        ops.max(layers.Dropout(0.25)(np.ones((1, 1000), np.float32), training=True))
    ),
    "starts/weights": lambda: spread(np.array(dense(400, 100).kernel)),
    "starts/biases": lambda: spread(np.array(dense(400, 100).bias)),
    "starts/he": lambda: drawn(keras.initializers.HeNormal(0)),
    "starts/glorot": lambda: drawn(keras.initializers.GlorotNormal(0)),
    "starts/shape": lambda: str(tuple(dense(3, 2).kernel.shape)),
    "starts/prelu": lambda: _prelu(),
    "forms/leaky": lambda: (
        f"{float(ops.leaky_relu(-1.0)):.3g}, the layer "
        f"{float(layers.LeakyReLU()(np.float32([-1.0]))[0]):.3g}"
    ),
    "forms/elu": lambda: float(ops.elu(-1.0)),
    "forms/gelu": lambda: (
        f"{float(ops.gelu(1.0)):.5f}, the activation "
        f"{float(keras.activations.gelu(ops.convert_to_tensor(1.0))):.5f}"
    ),
    "forms/softmax_axis": lambda: np.array(ops.softmax(np.float32([[1, 2], [3, 5]])))[0],
    "forms/deviation": lambda: float(ops.std(np.float32([1.0, 3.0]))),
    "forms/variance_of_one": lambda: float(ops.var(np.float32([5.0]))),
    "forms/median": lambda: float(ops.median(np.float32([1.0, 2.0, 3.0, 4.0]))),
    "forms/precision": lambda: keras.Variable([1.5]).dtype,
    "forms/precision_kept": lambda: (
        f"{ops.convert_to_tensor(np.ones(1)).dtype.name}, in a layer "
        f"{layers.Dense(1)(np.ones((1, 1))).dtype.name}"
    ),
    "forms/batch_size": lambda: _batch_size(),
    "forms/shuffle": lambda: default(keras.Model.fit, "shuffle"),
}


def _prelu():
    layer = layers.PReLU()
    layer.build((None, 1))
    return np.array(layer.alpha)


def _batch_size():
    sizes = []

    class Seen(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            sizes.append(batch)

    model = keras.Sequential([layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(np.ones((1000, 1)), np.ones(1000), verbose=0, callbacks=[Seen()])
    return -(-1000 // len(sizes))


def in_double():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


# the network of chapter 7
def net222(given):
    in_double()
    X, Y = np.array(given["X"]), np.array(given["Y"])
    net = keras.Sequential(
        [keras.Input((2,)), *(layers.Dense(2, activation="sigmoid") for _ in range(2))]
    )
    net.set_weights([np.array(array) for array in given["in_out"]])

    def cost(Y, y_hat):
        return 0.5 * ops.sum((y_hat - Y) ** 2, axis=-1)

    net.compile(optimizer=optimizers.SGD(given["learning_rate"]), loss=cost, jit_compile=False)
    costs = [net.train_on_batch(X, Y) for _ in range(given["updates"])]
    costs.append(net.test_on_batch(X, Y))
    arrays = [np.array(w).tolist() for w in net.get_weights()]
    return {"costs": list(map(float, costs)), "layout": "in_out", "arrays": arrays}


# a classifier of chapters 9 to 12
def classifier(given):
    in_double()
    X, Y = np.array(given["X"]), np.array(given["Y"])

    def squares(W):
        return given["l2"] / 2 * ops.sum(W**2)

    first = layers.Dense(6, kernel_regularizer=squares)
    norm = layers.BatchNormalization(epsilon=given["epsilon"], momentum=given["kept"])
    last = layers.Dense(3, kernel_regularizer=squares)
    net = keras.Sequential([keras.Input((4,)), first, norm, layers.ReLU(), last])
    W2, b2, W3, b3 = map(np.array, given["in_out"])
    first.set_weights([W2, b2])
    last.set_weights([W3, b3])
    net.compile(
        optimizer=optimizers.SGD(given["learning_rate"], momentum=np.float64(given["momentum"])),
        loss=losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    costs = []
    for _ in range(given["updates"]):
        costs.append(float(net.train_on_batch(X, Y)))
    gamma, beta, mean, variance = [np.array(w).tolist() for w in norm.get_weights()]
    penalty = sum(float(squares(layer.kernel)) for layer in (first, last))
    last_loss = losses.CategoricalCrossentropy(from_logits=True)(Y, net(X, training=True))
    costs.append(float(last_loss) + penalty)
    return {
        "costs": costs,
        "layout": "in_out",
        "arrays": [
            np.array(w).tolist() for w in (first.kernel, first.bias, last.kernel, last.bias)
        ],
        "gamma": gamma,
        "beta": beta,
        "running_mean": mean,
        "running_var": variance,
    }


if __name__ == "__main__":
    reply(
        answers=ANSWERS,
        none={
            "kinks/step": "no step function",
            "kinks/tie_two": "its backend's answer: see max(x, 0)",
            "zeros/cumulative": "no cumulative product",
            "losses/class_weights": "class_weight of fit multiplies, and divides by the samples",
            "steps/accumulate": "its fit asks for each gradient once",
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("keras", "tensorflow"),
        settings={
            "net222": [
                "float64: keras.config.set_floatx('float64') before anything is made; later, "
                "keras.config.set_dtype_policy('float64') as well",
                "the cost by hand: 'mse' has no ½ and divides by the outputs as well",
            ],
            "classifier": [
                "from_logits=True: the loss expects probabilities, and takes a z for them silently",
                "the penalty as a function: regularizers.L2 has no ½, and rounds its strength to float32",
                "momentum=np.float64(0.9): a plain 0.9 is rounded to float32 on its way",
                "epsilon=1e-5 of BatchNormalization, whose default is 1e-3",
                "momentum=0.9 of BatchNormalization, whose default keeps 0.99",
                "not to be set: the running variance, which divides by n",
            ],
        },
    )
