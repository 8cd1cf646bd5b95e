"""A network, and how far its training has come, in one file: numpy's .npz, without pickle.

And its weights in the layouts of other libraries, there and back: `to_arrays`, `from_arrays`.

The file holds arrays and one text (JSON) that says which is which; whoever opens it runs no code.

=================  =====================================================================
in the file        meaning
=================  =====================================================================
W2, b2, W3, ...    weights and biases, in the precision that they have
about              version of this layout; of each layer the activation's name, pieces,
                   parameter, and whether it is one of the book's
``history_...``    the arrays of the History, where one was saved
``state_...``      what the optimiser remembers: arrays and numbers
=================  =====================================================================
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from handgrad import _trust, activations, network
from handgrad._arrays import as_floats, named
from handgrad._types import Array, ArrayLike
from handgrad.network import ActivationLike, Network
from handgrad.training import History

VERSION = 1
WITH = {
    "leaky_relu": activations.leaky_relu_with,
    "prelu": activations.prelu_with,
    "elu": activations.elu_with,
}


def save(path, net, history=None):
    """Write a network, and its history if there is one, to a .npz file.

    Parameters
    ----------
    path : str or Path
        ``.npz`` is put behind it if it isn't there.
    net : Network
    history : History, optional
        As `training.train` returned it: with it training can be resumed.

    Returns
    -------
    Path
        Where the file is.

    Raises
    ------
    TypeError
        If the state of the optimiser holds something else than arrays, numbers and tuples of them.
    """
    network.check_network(net)
    if history is not None and not isinstance(history, History):
        raise TypeError(named("history", history, "a History", "what training.train returned"))
    arrays = {f"{kind}{l}": p[l] for kind, p in (("W", net.W), ("b", net.b)) for l in p}
    about = {"version": VERSION, "activations": {l: _described(s) for l, s in net.s.items()}}
    if history is not None:
        for field in fields(History):
            part = getattr(history, field.name)
            if field.name != "state" and part is not None:
                arrays[f"history_{field.name}"] = part
        about["state"] = _put_away(history.state, arrays)
    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    with path.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)
    return path


def load(path, activations_of=None):
    """Read what `save` wrote.

    Parameters
    ----------
    path : str or Path
    activations_of : dict, optional
        Name -> Activation for those of your own: a file holds no functions.

    Returns
    -------
    net : Network
    history : History or None

    Raises
    ------
    ValueError
        If the file is of another kind, or has an activation that isn't the book's nor given.
    """
    try:
        file = np.load(path, allow_pickle=False)
        about = json.loads(str(file["about"]))
        version = about["version"]
    except (ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile):
        raise ValueError(f"{path}: expected a file of storage.save, got another one") from None
    with file:
        if version != VERSION:
            raise ValueError(f"{path}: expected layout {VERSION}, got {version}")
        layers = [int(l) for l in about["activations"]]
        s = {l: _found(about["activations"][str(l)], activations_of or {}) for l in layers}
        W, b = ({l: file[f"{kind}{l}"] for l in layers} for kind in "Wb")
        net = network.make_network(W, b, s)
        if "history_cost" not in file:
            return net, None
        names = [field.name for field in fields(History) if field.name != "state"]
        parts = {name: file[f"history_{name}"] for name in names if f"history_{name}" in file}
        return net, History(**parts, state=_taken_out(about["state"], file))


def _described(s):
    return {
        "name": s.name,
        "pieces": s.pieces,
        "parameter": s.parameter,
        "ours": _trust.activation(s) is s,
    }


def _found(described, own):
    name = described["name"]
    if not described["ours"]:
        if name not in own:
            raise ValueError(
                f"activation {name!r}: expected it in activations_of, since it is not one of the "
                f"book's; got {list(own)}; try load(path, {{{name!r}: Activation(...)}})"
            )
        return activations.get(own[name])
    if name == "maxout":
        return activations.maxout_with(described["pieces"])
    if described["parameter"] is not None:
        return WITH[name](described["parameter"])
    return activations.get(name)


def _put_away(state, arrays):
    """The state's form for JSON; its arrays go into `arrays`."""
    if isinstance(state, np.generic):
        state = state.item()
    if state is None or isinstance(state, (bool, int, float, str)):
        return state
    if isinstance(state, np.ndarray) and state.dtype.kind in "fiub":
        name = f"state_{sum(key.startswith('state_') for key in arrays)}"
        arrays[name] = state
        return {"array": name}
    if isinstance(state, tuple):
        return [_put_away(part, arrays) for part in state]
    raise TypeError(
        f"history: expected a state of arrays, numbers and tuples of them, got {state!r}"
    )


def _taken_out(form, file):
    if isinstance(form, dict):
        return file[form["array"]]
    return tuple(_taken_out(part, file) for part in form) if isinstance(form, list) else form


# ---- to other libraries and back -----------------------------------------------------------

LAYOUTS = ("in_out", "out_in")
BIASES = ("apart", "first", "last")


def to_arrays(net: Network, *, layout: str = "in_out", bias: str = "apart") -> list[Array]:
    """Weights and biases in the layout of another library, as arrays of their own.

    ========  ==========================================================================
    layout    a weight matrix is
    ========  ==========================================================================
    in_out    (d_{l-1}, d_l), as here, in Keras, flax, scikit-learn
    out_in    (d_l, d_{l-1}), as in PyTorch, MLX, tinygrad, equinox
    ========  ==========================================================================

    ========  ==========================================================================
    bias      the list is
    ========  ==========================================================================
    apart     W^2, b^2, W^3, b^3, ...
    first     one matrix for each layer, b^l above W^l (to the left of it with out_in)
    last      the same with b^l below W^l (to the right of it)
    ========  ==========================================================================

    Parameters
    ----------
    net : Network
    layout : "in_out" or "out_in"
    bias : "apart", "first" or "last"

    Returns
    -------
    list of arrays
        Of the precision of the network, row by row in memory: not a transposed view, whose
        numbers some writers of files take in another order.

    Raises
    ------
    TypeError, ValueError
        If net is no Network, or there is no such layout or place of the bias.
    """
    network.check_network(net)
    _check_layout(layout, bias)
    found = []
    for l in net.W:
        if bias == "apart":
            found += [_turned(net.W[l], layout).copy(), net.b[l].copy()]
        else:
            rows = [net.b[l][np.newaxis], net.W[l]]
            found.append(_turned(np.vstack(rows if bias == "first" else rows[::-1]), layout))
    return found


def from_arrays(
    arrays: Sequence[ArrayLike],
    activation: ActivationLike = "sigmoid",
    *,
    layout: str = "in_out",
    bias: str = "apart",
) -> Network:
    """A network from the arrays of another library, in the layouts of `to_arrays`.

    Parameters
    ----------
    arrays : list of arrays
        Copied. Of float32 if all of them are, else of float64.
    activation : str or Activation, or a list or dict of them
    layout : "in_out" or "out_in"
    bias : "apart", "first" or "last"

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError
        If an array doesn't fit; a layout that is the other one shows where sizes differ.
    """
    _check_layout(layout, bias)
    if isinstance(arrays, (str, dict)) or not hasattr(arrays, "__iter__"):
        kind = type(arrays).__name__
        raise TypeError(f"arrays: expected a list as to_arrays gives it, got a {kind}")
    arrays = list(arrays)
    if bias == "apart":
        if not arrays or len(arrays) % 2:
            raise ValueError(
                f"arrays: expected W and b for each layer in turn, got {len(arrays)} arrays; "
                "try bias='first' or 'last' where they are one matrix"
            )
        matrices, b = arrays[::2], arrays[1::2]
    else:
        matrices, b = arrays, None
    W = []
    for k, M in enumerate(matrices):
        M = as_floats(f"arrays[{2 * k if b else k}]", M, ("rows", "columns"), None)
        W.append(_turned(M, layout))
    if b is None:
        for k, M in enumerate(W):
            if len(M) < 2:
                raise ValueError(
                    f"arrays[{k}]: expected a bias and at least one weight for each neuron, "
                    f"got shape {np.shape(arrays[k])} with layout={layout!r}"
                )
        b = [M[0] if bias == "first" else M[-1] for M in W]
        W = [M[1:] if bias == "first" else M[:-1] for M in W]
    return network.make_network(W, b, activation)


def _check_layout(layout, bias):
    for name, value, known in (("layout", layout, LAYOUTS), ("bias", bias, BIASES)):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{name}: expected one of {', '.join(known)}; got {value!r}")


def _turned(M, layout):
    return np.ascontiguousarray(M.T) if layout == "out_in" else M
