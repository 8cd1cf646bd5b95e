"""Every mistake is written into one line of a backward pass, and must be named there and only there."""

import numpy as np
import pytest
from handgrad.check import lines
from numpy import array, ones, tanh

RNG = np.random.default_rng(5)
X, W, b, Y = (RNG.normal(size=d) for d in ((5, 3), (3, 4), (4,), (5, 4)))
V = RNG.normal(size=(4, 4))

FORWARD = {
    "s": lambda X, W: X @ W,
    "z": lambda s, b: s + b,
    "a": lambda z: tanh(z),
    "p": lambda a, V: a @ V,
    "m": lambda a, p: a * p,  # a is used a second time
    "J": lambda m, Y: ((m - Y) ** 2).sum() / (2 * len(Y)),
}
LEAVES = {"X": X, "W": W, "b": b, "V": V, "Y": Y}
s = X @ W
z = s + b
a = tanh(z)
p = a @ V
m = a * p


def backward(**changed):
    """The right lines; those named are exchanged, and what follows is made of what is there."""
    d: dict = {}

    def line(name, value):
        d[name] = changed.get(name, value)

    line("m", (m - Y) / len(Y))
    line("p", d["m"] * a)
    line("V", a.T @ d["p"])
    line("a", d["m"] * p + d["p"] @ V.T)
    line("z", d["a"] * (1 - a**2))
    line("s", d["z"])
    line("b", d["z"].sum(axis=0))
    line("W", X.T @ d["s"])
    return d


RIGHT = backward()


def found(gradients, **options):
    return lines(FORWARD, LEAVES, gradients, without=("X", "Y"), **options)


def test_right_lines_are_right_and_come_from_the_cost_backwards():
    result = found(RIGHT)
    assert result and result.right
    assert list(result.verdicts) == ["m", "p", "V", "a", "z", "b", "s", "W"]
    assert str(result).splitlines() == [f"d{name}  right" for name in result.verdicts]
    assert [line.name for line in result] == list(result.verdicts)


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(RIGHT, ...), dict.fromkeys(RIGHT)])
def test_what_is_not_written_is_said_and_not_judged(empty):
    result = found(empty)
    assert set(result.verdicts.values()) == {"not written yet"} and not result


MISTAKES = {
    "sign": ("m", -RIGHT["m"]),
    "factor 2": ("m", 2 * RIGHT["m"]),
    "factor 1/2": ("a", RIGHT["a"] / 2),
    "sum for mean": ("m", m - Y),
    "mean for sum": ("b", RIGHT["z"].mean(axis=0)),
    "not summed": ("b", RIGHT["z"]),
    "transposed": ("W", RIGHT["W"].T),
    "one use only": ("a", RIGHT["m"] * p),
    "local derivative left out": ("z", RIGHT["a"]),
    "slope at the wrong value": ("z", RIGHT["a"] * (1 - tanh(a) ** 2)),
    "wrong shape": ("m", RIGHT["m"].sum(axis=1)),
    "no numbers": ("p", "later"),
    "none of these": ("z", RIGHT["z"] + 0.01),
}


@pytest.mark.parametrize(("name", "verdict"), [(MISTAKES[v][0], v) for v in MISTAKES])
def test_a_mistake_is_named_in_its_line_alone(name, verdict):
    wrong = {**RIGHT, name: MISTAKES[verdict][1]}
    expected = {**dict.fromkeys(RIGHT, "right"), name: verdict}
    assert found(wrong).verdicts == expected


@pytest.mark.parametrize("verdict", ["sign", "factor 2", "sum for mean", "one use only"])
def test_lines_made_of_a_wrong_one_carry_it_on(verdict):
    name, value = MISTAKES[verdict]
    said = found(backward(**{name: value})).verdicts
    assert said.pop(name) == verdict
    after = {"m": {"p", "V", "a", "z", "s", "b", "W"}, "a": {"z", "s", "b", "W"}}[name]
    assert {other for other, v in said.items() if v == "carried on"} == after
    assert all(said[other] == "right" for other in set(said) - after)


def test_a_second_mistake_is_found_behind_the_first():
    first = backward(m=-RIGHT["m"])
    said = found(backward(m=-RIGHT["m"], z=first["a"])).verdicts
    assert said["m"] == "sign" and said["a"] == "carried on"
    assert said["z"] == "local derivative left out"


def test_a_transpose_that_a_square_matrix_hides_is_named():
    assert found({"a": RIGHT["m"] * p + RIGHT["p"] @ V}).verdicts["a"] == "none of these"
    only = {"p": lambda a, V: a @ V, "J": lambda p: (p**3).sum()}
    dp = 3 * (a @ V) ** 2
    said = lines(only, {"a": a, "V": V}, {"p": dp, "a": dp @ V, "V": a.T @ dp})
    assert said.verdicts == {"p": "right", "a": "product turned", "V": "right"}
    assert lines(only, {"a": a, "V": V}, {"a": dp @ V.T, "V": dp.T @ a}).verdicts["V"] in (
        "transposed",
        "product turned",
    )


def test_the_message_says_what_to_try():
    message = {name: str(found({name: value})) for name, value in MISTAKES.values()}
    assert "try .sum(axis=0), the sum over the samples" in message["b"]
    assert "expected (3, 4), that of W, got (4, 3); try .T" in message["W"]
    said = found({"a": RIGHT["m"] * p})
    assert "a is used by p and m, and the share through p is missing" in str(said)
    said = str(found({"z": RIGHT["z"] + 0.01 * np.eye(5, 4)[::-1]}))
    assert "none of the usual mistakes; worst entry at [" in said
    assert f"worst entry: expected {-0.5:.6g}" in str(
        lines({"z": lambda x: -x / 2, "J": lambda z: z * 1}, {"x": 1.0}, {"x": 7})
    )


def test_names_of_two_mistakes_that_give_the_same_are_both_said():
    two = {"e": lambda a, Y: a - Y, "J": lambda e: (e**2).sum() / 4}
    leaves = {"a": a[:2], "Y": Y[:2]}
    said = lines(two, leaves, {"e": a[:2] - Y[:2]}, without=("Y",))
    assert said.verdicts["e"] == "factor 2" and "or: the sum over the 2 samples" in str(said)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((1, 4), "0, keepdims=True"), ((5, 1), "1, keepdims=True"), ((), "(0, 1)"), ((4,), "0")],
)
def test_broadcasting_read_backward_is_a_sum(shape, axis):
    c = np.full(shape, 0.3)
    forward = {"z": lambda c, Y: c * Y + Y, "J": lambda z: (z**3).mean()}
    dz = 3 * (c * Y + Y) ** 2 / Y.size
    said = lines(forward, {"c": c, "Y": Y}, {"z": dz, "c": dz * Y}, without=("Y",))
    assert said.verdicts == {"z": "right", "c": "not summed"}
    assert f".sum(axis={axis})" in str(said)
    extra = tuple(range(2 - c.ndim)) + tuple(k for k in range(c.ndim) if shape[k] == 1)
    summed = (dz * Y).sum(axis=extra).reshape(shape)
    assert lines(forward, {"c": c, "Y": Y}, {"z": dz, "c": summed}, without=("Y",)).right


def test_integers_left_out_serve_as_indices():
    forward = {
        "e": lambda z: np.exp(z),
        "n": lambda e: e.sum(axis=1, keepdims=True),
        "q": lambda e, n: e / n,
        "J": lambda q, k: -np.log(q[np.arange(len(k)), k]).mean(),
    }
    k, e = array([0, 2, 1, 1, 3]), np.exp(Y)
    n = e.sum(axis=1, keepdims=True)
    hot = np.eye(4)[k]
    dq = -hot / (e / n) / 5
    dn = (dq * -e / n**2).sum(axis=1, keepdims=True)
    right = {"q": dq, "n": dn, "e": dq / n + dn, "z": (e / n - hot) / 5}
    said = lines(forward, {"z": Y, "k": k}, right, without=("k",))
    assert said.right, said
    said = lines(forward, {"z": Y, "k": k}, {**right, "e": dq / n}, without=("k",))
    assert said.verdicts["e"] == "one use only" and "share through n is missing" in str(said)


def test_entries_at_a_kink_are_not_judged():
    forward = {"r": lambda z: np.maximum(z, 0), "J": lambda r: (r**2 + r).sum()}
    z = array([-1.0, 0.0, 2.0])
    dr = 2 * np.maximum(z, 0) + 1
    for slope in (0.0, 0.5, 1.0):
        said = lines(forward, {"z": z}, {"r": dr, "z": dr * array([0, slope, 1])})
        assert said.right and "(not judged at a kink: 1 of 3)" in str(said)
    assert lines(forward, {"z": z}, {"z": dr}).verdicts["z"] == "local derivative left out"


def test_nothing_is_written_into_what_came():
    before = {name: value.copy() for name, value in LEAVES.items()}
    found(RIGHT)
    assert all((LEAVES[name] == before[name]).all() for name in LEAVES)


def test_an_argument_with_a_default_may_be_something_else():
    forward = {"z": lambda x, factor=3.0: factor * x, "J": lambda z: z * z}
    assert lines(forward, {"x": 2.0}, {"z": 12.0, "x": 36.0}).right


def test_what_comes_may_be_lists_integers_and_the_cost_itself():
    forward = {"z": lambda x, w: x * w, "J": lambda z: z.sum()}
    assert lines(
        forward, {"x": [1, 2], "w": [3, 4]}, {"J": 1, "z": [1, 1], "x": [3, 4], "w": (1, 2)}
    )


BAD = [
    ({}, LEAVES, {}, {}, TypeError, "forward: expected a dict"),
    ([1], LEAVES, {}, {}, TypeError, "forward: expected a dict"),
    (FORWARD, None, {}, {}, TypeError, "leaves: expected a dict"),
    ({"X": lambda X: X}, {"X": X}, {}, {}, ValueError, "new names, got 'X', which is a leaf"),
    ({"J": 3}, {"X": X}, {}, {}, TypeError, r"forward\['J'\]: expected a function, got 3"),
    ({"J": np.tanh}, {"X": X}, {}, {}, ValueError, "try lambda z"),
    ({"J": lambda *X: 1.0}, {"X": X}, {}, {}, ValueError, "arguments are named like earlier"),
    ({"J": lambda: 1.0}, {"X": X}, {}, {}, ValueError, "arguments are named like earlier"),
    ({"J": lambda Z: Z.sum()}, {"X": X}, {}, {}, ValueError, "among X, got 'Z'"),
    ({"J": lambda X: X}, {"X": X}, {}, {}, ValueError, "one number, the cost, from the last line"),
    ({"J": lambda X: X[:0]}, {"X": X}, {}, {}, ValueError, "at least one number, got none"),
    ({"J": lambda X: np.inf}, {"X": X}, {}, {}, ValueError, "expected finite numbers, got inf"),
    ({"J": lambda X: X.sum()}, {"X": X, "b": b}, {}, {}, ValueError, "a line that uses 'b'"),
    ({"J": lambda X: X.sum()}, {"X": "a"}, {}, {}, TypeError, "X: expected real numbers"),
    (FORWARD, LEAVES, [1], {}, TypeError, "gradients: expected a dict"),
    (FORWARD, LEAVES, {"dz": ones(4)}, {}, ValueError, "got 'dz'; the gradient of a value stands"),
    (FORWARD, LEAVES, {}, {"without": ("Z",)}, ValueError, "without: expected some of X, W"),
    (FORWARD, LEAVES, {}, {"tolerance": 0}, ValueError, "tolerance: expected"),
]


@pytest.mark.parametrize(("forward", "leaves", "gradients", "options", "kind", "message"), BAD)
def test_a_computation_that_is_not_in_order_is_refused(
    forward, leaves, gradients, options, kind, message
):
    with pytest.raises(kind, match=message):
        lines(forward, leaves, gradients, **options)
