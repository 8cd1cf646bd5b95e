"""A network and its history in one file: the same again, resumed, and files of another kind."""

import zipfile

import numpy as np
import pytest
from handgrad import activations, network, optimizers, storage, training

NAMES = ("cost", "penalty", "update", "samples_seen", "epoch", "validation")


def same(one, two):
    np.testing.assert_array_equal(network.to_vector(one), network.to_vector(two))
    assert one.dtype == two.dtype and one.sizes == two.sizes
    assert list(one.W) == list(two.W)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_comes_back(tmp_path, dtype):
    s = [
        activations.maxout_with(3),
        activations.leaky_relu_with(0.2),
        activations.prelu_with(-0.5),
        activations.elu_with(2.0),
        "tanh",
        "softmax",
    ]
    rng = np.random.default_rng(0)
    net = network.random_network((3, 4, 5, 3, 2, 4, 3), s, rng=rng, dtype=dtype)
    path = storage.save(tmp_path / "net", net)
    assert path == tmp_path / "net.npz" and storage.save(path, net) == path
    again, history = storage.load(path)
    assert history is None
    same(net, again)
    assert [s.name for s in again.s.values()] == [s.name for s in net.s.values()]
    X = rng.normal(size=(7, 3))
    np.testing.assert_array_equal(network.predict(again, X), network.predict(net, X))
    storage.save(str(tmp_path / "v1.2"), net)
    assert (tmp_path / "v1.2.npz").exists()


@pytest.mark.parametrize("name", [*activations.ACTIVATIONS])
def test_every_activation_comes_back(tmp_path, name):
    net = network.random_network((2, 3), name, rng=np.random.default_rng(0))
    again, _ = storage.load(storage.save(tmp_path / "net", net))
    z = np.linspace(-3, 3, 12).reshape(2, 6)
    for f in ("value", "derivative"):
        np.testing.assert_array_equal(getattr(again.s[2], f)(z), getattr(net.s[2], f)(z))
    assert again.s[2].parameter == net.s[2].parameter and again.s[2].pieces == net.s[2].pieces


@pytest.mark.parametrize(
    "optimizer", [None, optimizers.Momentum(0.1), optimizers.Adam(0.1)], ids=lambda o: type(o)
)
@pytest.mark.parametrize("validation", [False, True])
def test_training_is_resumed_from_a_file(tmp_path, optimizer, validation):
    rng = np.random.default_rng(0)
    net = network.random_network((2, 3, 1), ["tanh", "identity"], rng=rng)
    X, Y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
    given = dict(optimizer=optimizer, learning_rate=0.1, validation=(X, Y) if validation else None)
    whole, expected = training.train(net, X, Y, epochs=7, **given)
    half = training.train(net, X, Y, epochs=3, **given)
    again, history = storage.load(storage.save(tmp_path / "half.npz", *half))
    assert repr(history) == repr(half[1])
    end, joined = training.train(again, X, Y, epochs=4, resume=history, **given)
    same(end, whole)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(joined, name), getattr(expected, name))
    assert joined.update.dtype == int


def test_activations_of_ones_own_are_asked_for(tmp_path):
    """One that is called sigmoid too is not taken for the book's."""
    rng = np.random.default_rng(0)
    own = activations.Activation("sigmoid", np.arctan, activations.arctan_prime)
    net = network.random_network((2, 3, 1), [own, "sigmoid"], rng=rng)
    path = storage.save(tmp_path / "own", net)
    again, _ = storage.load(path, {"sigmoid": own})
    assert again.s[2] is own and again.s[3] is activations.get("sigmoid")
    with pytest.raises(
        ValueError, match=r"'sigmoid': expected it in activations_of.*got \[\]; try"
    ):
        storage.load(path)
    with pytest.raises(TypeError, match="activation: expected"):
        storage.load(path, {"sigmoid": np.arctan})


def test_states_of_ones_own(tmp_path):
    net = network.random_network((2, 1), rng=np.random.default_rng(0))
    _, history = training.train(net, [[1.0, 2.0]], [[1.0]], learning_rate=0.1, epochs=1)

    def stored(state):
        changed = training.History(*(getattr(history, n) for n in NAMES), state=state)
        return storage.load(storage.save(tmp_path / "state", net, changed))[1].state

    array = np.arange(3, dtype=np.float32)
    found = stored((array, ("name", 2.5, None, True), np.int64(4), array + 1))
    np.testing.assert_array_equal(found[0], array)
    np.testing.assert_array_equal(found[3], array + 1)
    assert found[0].dtype == np.float32 and found[1:3] == (("name", 2.5, None, True), 4)
    for wrong in ([1.0], {"u": array}, np.array([None]), object()):
        with pytest.raises(TypeError, match="history: expected a state of arrays, numbers and"):
            stored(wrong)


def test_what_cannot_be_saved(tmp_path):
    net = network.random_network((2, 1), rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match="net: expected a Network, got None"):
        storage.save(tmp_path / "x", None)
    with pytest.raises(TypeError, match="history: expected a History, got 3; try"):
        storage.save(tmp_path / "x", net, 3)
    assert not list(tmp_path.iterdir())


def test_files_of_another_kind(tmp_path):
    net = network.random_network((2, 1), rng=np.random.default_rng(0))
    text, pickled, other = (tmp_path / name for name in ("a.npz", "b.npz", "c.npz"))
    text.write_text("not an archive")
    np.savez(pickled, about=np.array([{}], dtype=object))
    np.savez(other, W2=np.ones((2, 1)))
    empty, array, torn = (tmp_path / name for name in ("d.npz", "e.npy", "f.npz"))
    empty.write_bytes(b"")
    np.save(array, np.ones(3))
    torn.write_bytes(storage.save(tmp_path / "g", net).read_bytes()[:100])
    for path in (text, pickled, other, empty, array, torn):
        with pytest.raises(ValueError, match="expected a file of storage.save, got another"):
            storage.load(path)
    with pytest.raises(FileNotFoundError):
        storage.load(tmp_path / "none.npz")


def test_a_later_layout_is_refused(tmp_path, monkeypatch):
    net = network.random_network((2, 1), rng=np.random.default_rng(0))
    monkeypatch.setattr(storage, "VERSION", 2)
    path = storage.save(tmp_path / "later", net)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="expected layout 1, got 2"):
        storage.load(path)


def test_there_is_no_pickle_in_the_file(tmp_path):
    net = network.random_network((2, 1), rng=np.random.default_rng(0))
    with zipfile.ZipFile(storage.save(tmp_path / "net", net)) as archive:
        assert {"about.npy", "W2.npy", "b2.npy"} == set(archive.namelist())
        for name in archive.namelist():
            np.load(archive.open(name), allow_pickle=False)


# ---- to other libraries and back ---------------------------------------------------------------


def three_layers(dtype="float64"):
    rng = np.random.default_rng(9)
    net = network.random_network((3, 4, 2), "tanh", rng=rng, dtype=dtype)
    b = {l: rng.normal(size=net.b[l].shape).astype(dtype) for l in net.b}
    return network.make_network(net.W, b, net.s)


@pytest.mark.parametrize("layout", ["in_out", "out_in"])
@pytest.mark.parametrize("bias", ["apart", "first", "last"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_go_over_and_come_back(layout, bias, dtype):
    net = three_layers(dtype)
    arrays = storage.to_arrays(net, layout=layout, bias=bias)
    back = storage.from_arrays(arrays, "tanh", layout=layout, bias=bias)
    assert back.dtype == np.dtype(dtype) and all(a.dtype == net.dtype for a in arrays)
    np.testing.assert_array_equal(network.to_vector(back), network.to_vector(net))
    assert all(a.flags.c_contiguous and a.base is None for a in arrays)


def test_each_layout_is_what_its_name_says():
    net = three_layers()
    W, b = net.W[2], net.b[2]
    first = {
        ("in_out", "apart"): W,
        ("out_in", "apart"): W.T,
        ("in_out", "first"): np.vstack([b, W]),
        ("in_out", "last"): np.vstack([W, b]),
        ("out_in", "first"): np.column_stack([b, W.T]),
        ("out_in", "last"): np.column_stack([W.T, b]),
    }
    for (layout, bias), expected in first.items():
        found = storage.to_arrays(net, layout=layout, bias=bias)
        np.testing.assert_array_equal(found[0], expected)
        assert len(found) == (4 if bias == "apart" else 2)
    np.testing.assert_array_equal(storage.to_arrays(net)[1], b)


def test_a_layer_computes_the_same_with_a_bias_in_its_matrix():
    net, X = three_layers(), np.random.default_rng(2).normal(size=(5, 3))
    M = storage.to_arrays(net, layout="out_in", bias="last")[0]
    z = np.column_stack([X, np.ones(5)]) @ M.T
    np.testing.assert_allclose(z, network.forward(net, X).z[2], rtol=1e-13)


def test_arrays_are_copies():
    net = three_layers()
    before = network.to_vector(net)
    for layout in storage.LAYOUTS:
        arrays = storage.to_arrays(net, layout=layout)
        back = storage.from_arrays(arrays, "tanh", layout=layout)
        for array in arrays:
            array[:] = 0.0
        np.testing.assert_array_equal(network.to_vector(net), before)
        np.testing.assert_array_equal(network.to_vector(back), before)


def test_arrays_that_do_not_fit_are_refused_in_words():
    net = three_layers()
    with pytest.raises(ValueError, match="layout: expected one of in_out, out_in; got 'rows'"):
        storage.to_arrays(net, layout="rows")
    with pytest.raises(ValueError, match="bias: expected one of apart, first, last; got None"):
        storage.from_arrays([[[1.0]], [0.0]], bias=None)
    with pytest.raises(TypeError, match="net: expected a Network"):
        storage.to_arrays([[1.0]])
    with pytest.raises(
        TypeError, match="arrays: expected a list as to_arrays gives it, got a dict"
    ):
        storage.from_arrays({2: np.ones((2, 2))})
    with pytest.raises(ValueError, match="expected W and b for each layer in turn, got 3 arrays"):
        storage.from_arrays(storage.to_arrays(net)[:3], "tanh")
    with pytest.raises(ValueError, match="expected W and b"):
        storage.from_arrays([])
    with pytest.raises(ValueError, match=r"W\[3\]: expected 3 rows"):
        storage.from_arrays(storage.to_arrays(net), "tanh", layout="out_in")
    with pytest.raises(ValueError, match=r"arrays\[2\]: expected shape \(rows, columns\)"):
        storage.from_arrays([np.ones((2, 2)), np.ones(2), np.ones(2), np.ones(2)])
    with pytest.raises(ValueError, match=r"arrays\[0\]: expected a bias and at least one weight"):
        storage.from_arrays([np.ones((1, 3))], bias="first")
