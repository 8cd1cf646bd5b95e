"""TensorFlow without Keras: answers to the questions, and the two networks of the book."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
from tensorflow import nn

from claims.libraries.asking import refused, reply


def slope(f, *xs):
    """df/dx at each of xs; of an array the gradient of the sum."""
    found = []
    for x in xs:
        x = tf.Variable(np.array(x))
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(f(x))
        found += np.ravel(tape.gradient(y, x)).tolist()
    return found


def twice():
    w = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = w**2
    return [float(tape.gradient(y, w)) for _ in range(2)]


def tie():
    a, b = tf.Variable(1.0), tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = tf.maximum(a, b)
    return [float(g) for g in tape.gradient(y, [a, b])]


def normalised(x):
    x = tf.constant(np.array(x))
    mean, variance = nn.moments(x, axes=[0])
    return nn.batch_normalization(x, mean, variance, None, None, 1e-5)


TWO = tf.constant([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]], tf.float64)
FAR = tf.constant([0.0, 1000.0], tf.float64)
by_class = nn.sparse_softmax_cross_entropy_with_logits
double = tf.float64

ANSWERS = {
    "kinks/relu": lambda: slope(nn.relu, 0.0),
    "kinks/max_x_0": lambda: slope(lambda x: tf.maximum(x, 0.0), 0.0),
    "kinks/max_0_x": lambda: slope(lambda x: tf.maximum(tf.zeros((), double), x), 0.0),
    "kinks/where": lambda: slope(lambda x: tf.where(x > 0, x, 0.0), 0.0),
    "kinks/min_x_0": lambda: slope(lambda x: tf.minimum(x, 0.0), 0.0),
    "kinks/leaky": lambda: slope(lambda x: nn.leaky_relu(x, 0.01), 0.0),
    "kinks/elu": lambda: slope(nn.elu, 0.0),
    "kinks/selu": lambda: slope(nn.selu, 0.0),
    "kinks/absolute": lambda: slope(tf.abs, 0.0),
    "kinks/sign": lambda: float(tf.sign(0.0)),
    "kinks/clip": lambda: slope(
        lambda x: tf.clip_by_value(x, tf.zeros((), double), tf.ones((), double)), 0.0, 1.0
    ),
    "kinks/relu6": lambda: slope(nn.relu6, 0.0, 6.0),
    "kinks/tie_two": tie,
    "kinks/tie_three": lambda: slope(tf.reduce_max, [1.0, 1.0, 1.0]),
    "kinks/tie_axis": lambda: slope(lambda x: tf.reduce_max(x, axis=0), [1.0, 1.0, 1.0]),
    "kinks/argmax": lambda: int(tf.argmax(np.ones(3))),
    "zeros/product": lambda: slope(tf.reduce_prod, [0.0, 2.0, 3.0]),
    "zeros/product_two": lambda: slope(tf.reduce_prod, [0.0, 0.0, 3.0]),
    "zeros/cumulative": lambda: slope(lambda x: tf.math.cumprod(x)[-1], [0.0, 2.0, 3.0]),
    "zeros/norm": lambda: slope(tf.norm, [0.0, 0.0]),
    "zeros/root": lambda: slope(tf.sqrt, 0.0),
    "zeros/guarded_root": lambda: slope(lambda x: tf.where(x > 0, tf.sqrt(x), 0.0), 0.0),
    "zeros/power": lambda: slope(lambda x: x**0.0, 0.0),
    "zeros/deviation": lambda: slope(tf.math.reduce_std, [1.0, 1.0]),
    "zeros/x_log_x": lambda: float(0.0 * tf.math.log(0.0)),
    "zeros/log_sigmoid": lambda: float(tf.math.log_sigmoid(tf.constant(-1000.0))),
    "zeros/log_of_sigmoid": lambda: float(tf.math.log(tf.sigmoid(tf.constant(-1000.0)))),
    "zeros/log_softmax": lambda: float(nn.log_softmax(FAR)[0]),
    "zeros/log_of_softmax": lambda: float(tf.math.log(nn.softmax(FAR))[0]),
    "zeros/softplus": lambda: float(tf.math.softplus(1000.0)),
    "zeros/naive_softplus": lambda: slope(lambda z: tf.math.log(1 + tf.exp(z)), 1000.0),
    "losses/binary_from_z": lambda: float(
        nn.sigmoid_cross_entropy_with_logits(tf.constant(1.0), tf.constant(-1000.0))
    ),
    "losses/softmax_default": lambda: by_class([0], TWO[:1]).numpy(),
    "losses/softmax_two": lambda: by_class([0, 0], TWO).numpy(),
    "losses/softmax_slope": lambda: slope(
        lambda z: nn.softmax_cross_entropy_with_logits(tf.ones((1, 2), double), z), [[0.0, 0.0]]
    ),
    "losses/penalty": lambda: slope(lambda w: 0.1 * nn.l2_loss(w), 2.0),
    "steps/accumulate": twice,
    "steps/clip_norm": lambda: [
        float(g[0])
        for g in tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)[0]
    ],
    "batch/variance": lambda: np.ravel(normalised([[1.0], [3.0]])),
    "batch/constant": lambda: np.ravel(normalised([[5.0], [5.0]])),
    "batch/one_sample": lambda: refused(lambda: np.ravel(normalised([[5.0]]))),
    "batch/dropout": lambda: float(tf.reduce_max(nn.dropout(tf.ones(1000), 0.25))),
    "forms/leaky": lambda: float(nn.leaky_relu(-1.0)),
    "forms/elu": lambda: float(nn.elu(-1.0)),
    "forms/gelu": lambda: f"{float(nn.gelu(1.0)):.5f}",
    "forms/softmax_axis": lambda: nn.softmax(np.array([[1.0, 2.0], [3.0, 5.0]])).numpy()[0],
    "forms/deviation": lambda: float(tf.math.reduce_std(np.array([1.0, 3.0]))),
    "forms/variance_of_one": lambda: float(tf.math.reduce_variance(np.array([5.0]))),
    "forms/precision": lambda: tf.constant([1.5]).dtype.name,
    "forms/precision_kept": lambda: tf.constant(np.ones(1)).dtype.name,
}


# the network of chapter 7
def net222(given):
    X, Y = tf.constant(given["X"], double), tf.constant(given["Y"], double)
    parameters = [tf.Variable(array, dtype=double) for array in given["in_out"]]

    def cost():
        W2, b2, W3, b3 = parameters
        y_hat = tf.sigmoid(tf.sigmoid(X @ W2 + b2) @ W3 + b3)
        return 0.5 * tf.reduce_sum((y_hat - Y) ** 2) / len(X)

    costs = []
    for _ in range(given["updates"]):
        with tf.GradientTape() as tape:
            J = cost()
        costs.append(float(J))
        for p, g in zip(parameters, tape.gradient(J, parameters), strict=True):
            p.assign_sub(given["learning_rate"] * g)
    costs.append(float(cost()))
    return {
        "costs": costs,
        "layout": "in_out",
        "arrays": [p.numpy().tolist() for p in parameters],
    }


# a classifier of chapters 9 to 12
def classifier(given):
    X, Y = tf.constant(given["X"], double), tf.constant(given["Y"], double)
    names = (*given["in_out"], given["gamma"], given["beta"])
    parameters = [tf.Variable(array, dtype=double) for array in names]
    velocity = [tf.Variable(tf.zeros_like(p)) for p in parameters]

    def cost():
        W2, b2, W3, b3, gamma, beta = parameters
        z = X @ W2 + b2
        mean, variance = nn.moments(z, axes=[0])
        u = nn.batch_normalization(z, mean, variance, beta, gamma, given["epsilon"])
        z3 = nn.relu(u) @ W3 + b3
        penalty = given["l2"] * (nn.l2_loss(W2) + nn.l2_loss(W3))
        return tf.reduce_mean(nn.softmax_cross_entropy_with_logits(Y, z3)) + penalty

    costs = []
    for _ in range(given["updates"]):
        with tf.GradientTape() as tape:
            J = cost()
        costs.append(float(J))
        for p, u, g in zip(parameters, velocity, tape.gradient(J, parameters), strict=True):
            p.assign_add(u.assign(given["momentum"] * u - given["learning_rate"] * g))
    costs.append(float(cost()))
    *arrays, gamma, beta = [p.numpy().tolist() for p in parameters]
    return {"costs": costs, "layout": "in_out", "arrays": arrays, "gamma": gamma, "beta": beta}


if __name__ == "__main__":
    in_keras = "it is in Keras, whose column is beside this one"
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": in_keras,
            "losses/*": in_keras,
            "steps/*": in_keras,
            "rates/*": in_keras,
            "batch/*": in_keras,
            "starts/*": in_keras,
            "forms/*": in_keras,
        },
        networks={"net222": net222, "classifier": classifier},
        packages=("tensorflow",),
        settings={
            "net222": ["float64 for each tensor: a list becomes float32"],
            "classifier": [
                "batch_normalization takes the shift before the scale: β, then γ",
                "the mean over the batch is ours: the cross-entropy gives one number a sample",
                "l2_loss holds the ½ of the penalty",
            ],
        },
    )
