"""Every activation, loss and optimiser meets the demands, and what is wrong is found by its name."""

import inspect
from dataclasses import dataclass, replace

import numpy as np
import pytest
import sympy as sp
from handgrad import activations, losses, optimizers
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.check import Unmet, demands, meets
from handgrad.losses import LOSSES, Loss

OURS = [
    *ACTIVATIONS.values(),
    activations.SOFTMAX,
    activations.leaky_relu_with(0.2),
    activations.prelu_with(-0.5),
    activations.elu_with(0.7),
    activations.maxout_with(3),
    *LOSSES.values(),
    Loss(
        "binary_cross_entropy of y_hat",
        losses.binary_cross_entropy,
        losses.binary_cross_entropy_grad,
        targets=losses.probabilities,
    ),
    optimizers.GradientDescent(0.1),
    optimizers.Momentum(0.05),
    optimizers.Momentum(0.05, momentum=0.5),
    optimizers.Momentum(0.05, nesterov=True),
    optimizers.RMSProp(),
    optimizers.Adam(),
    optimizers.Adam(learning_rate=0.3, beta1=0.5),
]


# infinite where a prediction is 0 or 1 and wrong, as the docstring says: that of z is not
INFINITE = "binary_cross_entropy of y_hat: finite and quiet from minus 1000 to 1000"
ASKED = [d for thing in OURS for d in demands(thing) if str(d) != INFINITE]


@pytest.mark.parametrize("demand", ASKED, ids=str)
def test_ours(demand):
    demand()


def test_no_optimiser_of_ours_is_left_out():
    there = {
        thing
        for _, thing in inspect.getmembers(optimizers, inspect.isclass)
        if thing.__module__ == optimizers.__name__ and hasattr(thing, "step")
    }
    assert there == {type(thing) for thing in OURS if hasattr(thing, "step")}


def mine(**parts):
    """An activation of a reader's own, right but for the parts given."""
    good = {
        "name": "bipolar",
        "value": lambda z: np.tanh(z / 2),
        "derivative": lambda z: (1 - np.tanh(z / 2) ** 2) / 2,
        "expression": lambda z: sp.tanh(z / 2),
    }
    return Activation(**(good | parts))


def checked(gradient=False, **changes):
    """A loss function of a reader's own that looks at shapes: the half of squares, or wrong."""

    def f(y_hat, Y):
        if y_hat.shape != Y.shape:
            raise ValueError(f"Y: expected shape {y_hat.shape}, got {Y.shape}")
        difference = changes.get("difference", np.subtract)(y_hat, Y)
        n = changes.get("n", len)(Y)
        return difference / n if gradient else float(np.sum(difference**2) / 2 / n)

    return f


def my_loss(**parts):
    return Loss(
        **({"name": "mine", "value": checked(), "gradient": checked(gradient=True)} | parts)
    )


@dataclass
class Mine:
    """An optimiser of a reader's own: momentum, right."""

    learning_rate: float = 0.1

    def start(self, v):
        return np.zeros_like(v)

    def step(self, v, dv, u):
        if v.shape != dv.shape:
            raise ValueError(f"dv: expected shape {v.shape}, got {dv.shape}")
        u = 0.5 * u - self.learning_rate * dv
        return v + u, u


@pytest.mark.parametrize("thing", [mine(), my_loss(), Mine()], ids=["s", "loss", "optimiser"])
def test_what_a_reader_made_right_meets_them_all(thing):
    found = meets(thing)
    assert found and not found.unmet, str(found)
    assert str(found) == f"{getattr(thing, 'name', 'Mine')} meets all {len(found.met)} demands"


class Remembers(Mine):
    """Keeps its velocity to itself: one for all runs."""

    u = 0.0

    def step(self, v, dv, state):
        if v.shape != dv.shape:
            raise ValueError
        self.u = 0.5 * self.u - self.learning_rate * dv
        return v + self.u, state


class InPlace(Mine):
    """Moves v itself, and its state."""

    def step(self, v, dv, u):
        if v.shape != dv.shape:
            raise ValueError
        u *= 0.5
        u -= self.learning_rate * dv
        v += u
        return v, u


class Unstorable(Mine):
    """Its state is a function."""

    def start(self, v):
        return lambda: np.zeros_like(v)

    def step(self, v, dv, state):
        v, u = super().step(v, dv, state())
        return v, lambda: u


def optimiser(step, start=lambda self, v: None):
    return type("Wrong", (Mine,), {"step": step, "start": start})()


def forgetful():
    """Counts its steps in itself, so that a pause, another run, or a second one shows."""

    class Counts(Mine):
        t = 0

        def step(self, v, dv, state):
            if v.shape != dv.shape:
                raise ValueError
            self.t += 1
            return v - self.learning_rate * dv / np.sqrt(self.t), state

    return Counts()


_last = []


def remembers_the_last(z):
    """Looks at what it was asked before."""
    _last.append(np.sum(z))
    return np.tanh(z / 2) + 1e-3 * (_last[-2] if len(_last) > 1 else 0)


PLANTED = {
    # name of the fault -> (the thing, demands that must name it)
    "wrong derivative": (
        mine(derivative=lambda z: 1 - np.tanh(z / 2) ** 2),
        ["derivative is the slope of the value"],
    ),
    "derivative of a": (
        mine(derivative=lambda a: (1 - a**2) / 2),
        ["derivative is the slope of the value"],
    ),
    "derivative of the first row": (
        mine(derivative=lambda z: ((1 - np.tanh(z / 2) ** 2) / 2)[..., :1]),
        ["derivative is shaped like z"],
    ),
    "one number for all": (
        mine(value=lambda z: np.max(np.tanh(z / 2))),
        ["value has an entry for each neuron"],
    ),
    "normalised over the batch": (
        mine(value=lambda z: z - np.mean(z)),
        ["each sample counts alone"],
    ),
    "float64 always": (
        mine(value=lambda z: np.tanh(np.asarray(z, dtype=np.float64) / 2)),
        ["floats keep their type"],
    ),
    "overflows": (
        mine(value=lambda z: 2 / (1 + np.exp(-z)) - 1, expression=None),
        ["finite and quiet from minus 1000 to 1000"],
    ),
    "hides nan": (
        mine(value=lambda z: np.nan_to_num(np.tanh(z / 2))),
        ["nan is not hidden"],
    ),
    "works in place": (
        mine(value=lambda z: np.tanh(np.divide(z, 2, out=z) if np.ndim(z) else z / 2)),
        ["the same twice and z left alone"],
    ),
    "remembers": (mine(value=remembers_the_last), ["the same twice and z left alone"]),
    "a kink not named": (replace(ACTIVATIONS["relu"], kinks=()), ["every kink is named"]),
    "a kink that is none": (replace(ACTIVATIONS["tanh"], kinks=(0.5,)), ["every kink is named"]),
    "out of bounds at its kink": (
        replace(
            ACTIVATIONS["relu"],
            derivative=lambda z: np.where(z == 0, 2.0, activations.relu_prime(z)).astype(
                getattr(z, "dtype", float)
            ),
            expression=None,
        ),
        ["derivative at a kink lies between the two sides"],
    ),
    "another formula": (
        mine(expression=lambda z: sp.tanh(z / 2) + z**5 / 10**9),
        ["its formula is that of value and derivative"],
    ),
    "dslope of the other side": (
        replace(ACTIVATIONS["prelu"], dslope=lambda z: np.maximum(z, 0.0)),
        ["dslope is the slope by the slope"],
    ),
    "pieces in the wrong order": (
        replace(
            ACTIVATIONS["maxout"], derivative=lambda z: activations.maxout_prime(z)[:, ::-1].copy()
        ),
        ["derivative is the slope of the value"],
    ),
    "no half in the gradient's twin": (
        my_loss(gradient=lambda y_hat, Y: 2 * checked(gradient=True)(y_hat, Y)),
        ["gradient is the slope of the value"],
    ),
    "summed over samples": (
        my_loss(value=checked(n=lambda Y: 1), gradient=checked(gradient=True, n=lambda Y: 1)),
        ["value is the mean over the samples", "gradient is that of the mean"],
    ),
    "one number a sample": (
        my_loss(value=lambda y_hat, Y: np.sum((y_hat - Y) ** 2, axis=1)),
        ["value is one number"],
    ),
    "gradient summed over the samples' rows": (
        my_loss(gradient=lambda y_hat, Y: checked(gradient=True)(y_hat, Y).sum(axis=0)),
        ["gradient is shaped like the prediction"],
    ),
    "other names": (
        my_loss(value=lambda p, t: checked()(p, t)),
        ["arguments go by their names"],
    ),
    "broadcasts": (
        my_loss(value=lambda y_hat, Y: float(np.sum((y_hat - Y) ** 2) / 2 / len(y_hat))),
        ["nothing is broadcast"],
    ),
    "changes its targets": (
        my_loss(value=lambda y_hat, Y: checked()(y_hat, np.multiply(Y, 1.5, out=Y))),
        ["the same twice and arguments left alone"],
    ),
    "gradient of float64": (
        my_loss(gradient=lambda y_hat, Y: checked(gradient=True)(y_hat, Y).astype(np.float64)),
        ["floats keep their type"],
    ),
    "takes a logarithm of 0": (
        my_loss(
            value=lambda y_hat, Y: float(-np.sum(Y * np.log(y_hat)) / len(Y)),
            gradient=lambda y_hat, Y: -Y / y_hat / len(Y),
        ),
        ["finite and quiet from minus 1000 to 1000"],
    ),
    "makes 0 of nan": (
        my_loss(value=lambda y_hat, Y: float(np.nansum((y_hat - Y) ** 2) / 2 / len(Y))),
        ["nan is not hidden"],
    ),
    "takes no targets": (
        my_loss(value=lambda y_hat, Y: int("a")),
        ["value is one number"],
    ),
    "one number for all parameters": (
        optimiser(lambda self, v, dv, state: (v - 0.1 * np.mean(dv), state)),
        ["each parameter follows its own gradient"],
    ),
    "a step that broadcasts": (
        optimiser(lambda self, v, dv, state: (v - 0.1 * dv, state)),
        ["a gradient of another shape is refused"],
    ),
    "gives one number": (
        optimiser(lambda self, v, dv, state: (float(np.sum(v - dv)), state)),
        ["step gives a vector shaped like v and a state"],
    ),
    "forgets the state": (
        optimiser(lambda self, v, dv, state: v - 0.1 * dv),
        ["step gives a vector shaped like v and a state"],
    ),
    "uphill": (
        optimiser(lambda self, v, dv, state: (v + 0.1 * dv, state)),
        ["it walks down a bowl", "each parameter follows its own gradient"],
    ),
    "hidden state": (Remembers(), ["runs share nothing", "a run can be resumed"]),
    "a count of its own": (forgetful(), ["runs share nothing", "a run can be resumed"]),
    "in place": (InPlace(), ["arguments are left alone"]),
    "a state that can't be stored": (Unstorable(), ["a run can be resumed"]),
    "float64 of float32": (
        optimiser(lambda self, v, dv, state: (v - np.float64(0.1) * dv, state)),
        ["floats keep their type"],
    ),
    "0 / 0": (
        optimiser(lambda self, v, dv, state: (v - 0.1 * dv / np.sqrt(dv**2), state)),
        ["finite and quiet for gradients of 0 and 1000"],
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_wrong_is_found_by_its_name(fault):
    thing, names = PLANTED[fault]
    found = meets(thing)
    assert not found
    for name in names:
        assert name in found.unmet, f"not found: {name}\n{found}"
        assert "expected" in found.unmet[name] and "got" in found.unmet[name]
    with pytest.raises(Unmet, match=names[0]):
        next(demand for demand in demands(thing) if demand.name == names[0])()


def test_every_demand_is_missed_by_one_of_the_planted():
    asked = {demand.name for thing in OURS for demand in demands(thing)}
    assert asked == {name for _, names in PLANTED.values() for name in names}


def test_the_report_says_what_and_where():
    text = str(meets(mine(derivative=lambda z: 1 - np.tanh(z / 2) ** 2)))
    first, *lines = text.splitlines()
    assert first == "bipolar does not meet 2 of 11 demands:"
    assert lines[0].startswith(
        "- bipolar: derivative is the slope of the value: slope: expected 0."
    )
    assert " at z = " in lines[0]


def test_demands_go_by_what_a_thing_says_it_can():
    names = {s.name: {d.name for d in demands(s)} for s in OURS if isinstance(s, Activation)}
    assert "derivative is shaped like z" not in names["softmax"]
    assert "every kink is named" not in names["maxout"]
    assert "dslope is the slope by the slope" in names["prelu"] - names["leaky_relu"]
    assert "its formula is that of value and derivative" in names["swish"] - names["step"]
    own = {d.name for d in demands(mine(expression=None))}
    assert {d.name for d in demands(mine())} - own == {
        "its formula is that of value and derivative"
    }


def test_a_demand_can_be_left_out_by_its_name():
    loss = my_loss(value=lambda y_hat, Y: float(np.sum((y_hat - Y) ** 2) / 2 / len(y_hat)))
    assert meets(loss, except_for=["nothing is broadcast"])
    with pytest.raises(
        ValueError, match="expected names of value is one number, .*; got 'nothing'"
    ):
        meets(loss, except_for=["nothing"])
    with pytest.raises(TypeError, match="expected a list of names, got 'nothing is broadcast'"):
        meets(loss, except_for="nothing is broadcast")


@pytest.mark.parametrize("thing", [None, "tanh", np.tanh, optimizers.Adam, 3])
def test_other_things_are_refused(thing):
    with pytest.raises(TypeError, match="expected an Activation, a Loss, or an optimiser.*got"):
        meets(thing)
