"""equinox: answers to the questions, and the network of chapter 7."""

import equinox as eqx
import jax
import numpy as np
import optax
from jax import numpy as jnp

from claims.libraries.asking import refused, reply, spread

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)


def normalised(x, train=True):
    """A batch through a fresh layer, and the state after it."""
    layer, state = eqx.nn.make_with_state(eqx.nn.BatchNorm)(1, axis_name="batch", mode="batch")
    layer = eqx.nn.inference_mode(layer, not train)
    each = jax.vmap(layer, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
    out, state = each(jnp.array(x), state)
    return np.ravel(out), layer, state


ANSWERS = {
    "batch/variance": lambda: normalised([[1.0], [3.0]])[0],
    "batch/momentum": lambda: (
        f"{eqx.nn.BatchNorm(1, axis_name='batch', mode='batch').momentum} of the old"
    ),
    "batch/epsilon": lambda: f"{eqx.nn.BatchNorm(1, axis_name='b', mode='batch').eps:.0e}",
    "batch/constant": lambda: normalised([[5.0], [5.0]])[0],
    "batch/one_sample": lambda: refused(lambda: normalised([[5.0]])[0]),
    "batch/layer_epsilon": lambda: f"{eqx.nn.LayerNorm(1).eps:.0e}",
    "batch/dropout": lambda: eqx.nn.Dropout(0.25)(jnp.ones(1000), key=KEY).max(),
    "starts/weights": lambda: spread(eqx.nn.Linear(400, 100, key=KEY).weight),
    "starts/biases": lambda: spread(eqx.nn.Linear(400, 10_000, key=KEY).bias),
    "starts/shape": lambda: str(eqx.nn.Linear(3, 2, key=KEY).weight.shape),
    "starts/prelu": lambda: eqx.nn.PReLU().negative_slope,
}


# the network of chapter 7
def net222(given):
    X, Y = jnp.array(given["X"]), jnp.array(given["Y"])
    net = eqx.nn.MLP(2, 2, 2, 1, jax.nn.sigmoid, jax.nn.sigmoid, key=KEY)

    def parts(net):
        return [p for layer in net.layers for p in (layer.weight, layer.bias)]

    net = eqx.tree_at(parts, net, [jnp.array(array) for array in given["out_in"]])

    def cost(net):
        return 0.5 * jnp.sum((jax.vmap(net)(X) - Y) ** 2) / len(X)

    descent = optax.sgd(given["learning_rate"])
    state, costs = descent.init(eqx.filter(net, eqx.is_array)), []
    for _ in range(given["updates"]):
        J, gradients = eqx.filter_value_and_grad(cost)(net)
        costs.append(float(J))
        steps, state = descent.update(gradients, state)
        net = eqx.apply_updates(net, steps)
    costs.append(float(cost(net)))
    return {"costs": costs, "layout": "out_in", "arrays": [p.tolist() for p in parts(net)]}


if __name__ == "__main__":
    of_jax = "it is JAX's or optax's, whose column is beside this one"
    reply(
        answers=ANSWERS,
        none={
            "kinks/*": of_jax,
            "zeros/*": of_jax,
            "losses/*": of_jax,
            "steps/*": of_jax,
            "rates/*": of_jax,
            "batch/*": "not asked: its statistics are kept apart from the layer, in one of two modes",
            "starts/*": of_jax,
            "forms/*": of_jax,
            "classifier": "its batch normalisation keeps statistics by rules of its own",
        },
        networks={"net222": net222},
        packages=("equinox", "jax", "optax"),
        settings={
            "net222": [
                "float64: jax_enable_x64, before anything else",
                "weights (out, in): to_arrays(net, layout='out_in')",
                "jax.vmap around the network: its layers take one sample",
            ]
        },
    )
