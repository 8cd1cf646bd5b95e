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
