"""What is demanded of an activation: s(z), and beside it s'(z)."""

import numpy as np

from .unmet import Unmet, always, expect, expect_close, expect_finite, quiet

EXTREMES = (-1000.0, -100.0, -1.0, 0.0, 1.0, 100.0, 1000.0)
#: where kinks are looked for, besides those that are named
SUSPECTS = tuple(np.arange(-12, 13) / 2)


def _is_entrywise(s):
    return s.pieces == 1 and _has_derivative(s)


def _has_derivative(s):
    return not (s.name == "softmax" and s.of_the_book)


def _parts(s):
    yield "value", s.value
    if _has_derivative(s):
        yield "derivative", s.derivative


def _points(s, rows=40):
    """z (rows, 3 · pieces), well away from every kink and tie."""
    z = np.random.default_rng(0).normal(scale=3.0, size=(rows, 3 * s.pieces))
    for kink in s.kinks:
        near = np.abs(z - kink) < 0.01
        z[near] = kink + np.where(z[near] < kink, -0.02, 0.02)
    if s.pieces > 1:  # pieces of one neuron at least 1/2 apart
        z = np.argsort(z, axis=-1) / 2.0 + z[:, :1]
    return z


def _at(z):
    return lambda place: f"at z = {z[place]:.6g}"


def value_has_an_entry_for_each_neuron(s):
    """a (n, d) for z (n, d · pieces); for one piece, any shape."""
    z = _points(s)
    a, d = np.shape(s.value(z)), 3
    expect(a == (len(z), d), f"expected {(len(z), d)} for z of {z.shape}, got {a}")
    if _is_entrywise(s):
        for z in (0.5, np.zeros(4), np.zeros((2, 3, 4))):
            a = np.shape(s.value(z))
            expect(a == np.shape(z), f"expected shape {np.shape(z)} for such a z, got {a}")


def derivative_is_shaped_like_z(s):
    for z in [_points(s), *((np.float64(0.5), np.zeros(4)) if s.pieces == 1 else ())]:
        got = np.shape(s.derivative(z))
        expect(got == z.shape, f"expected shape {z.shape} for such a z, got {got}")


def each_sample_counts_alone(s):
    """No row, and for one piece no entry, changes what another one gives."""
    z = _points(s)
    for part, f in _parts(s):
        alone = np.concatenate([f(row) for row in np.split(z, len(z))])
        expect_close(part, f(z), alone, at=lambda _: "with others beside it", rtol=1e-12, atol=0)
    if _is_entrywise(s):
        for part, f in _parts(s):
            alone = np.array([f(entry) for entry in z.ravel()]).reshape(z.shape)
            expect_close(part, f(z), alone, at=_at(z), rtol=1e-12, atol=0)


def derivative_is_the_slope_of_the_value(s):
    """Against central differences, away from kinks; of maxout, one piece after the other."""
    z, h = _points(s), 1e-6
    for piece in range(s.pieces):
        shift = np.zeros_like(z)
        shift[:, piece :: s.pieces] = h
        slope = (s.value(z + shift) - s.value(z - shift)) / (2 * h)
        own = z[:, piece :: s.pieces]
        got = s.derivative(z)[:, piece :: s.pieces]
        expect_close("slope", got, slope, at=_at(own), rtol=1e-6, atol=1e-8)


def derivative_at_a_kink_lies_between_the_two_sides(s):
    for kink in s.kinks:
        left, right = _sides(s, kink)
        got = float(s.derivative(kink))
        low, high = min(left, right) - 1e-6, max(left, right) + 1e-6
        expect(low <= got <= high, f"expected {left:.6g} to {right:.6g} at {kink}, got {got:.6g}")


def _sides(s, z, h=1e-7):
    here = float(s.value(z))
    return (here - float(s.value(z - h))) / h, (float(s.value(z + h)) - here) / h


def every_kink_is_named(s):
    for z in sorted({*SUSPECTS, *s.kinks}):
        left, right = _sides(s, z)
        if abs(right - left) > 1e-3 and z not in s.kinks:
            raise Unmet(
                f"expected {z:g} in kinks: slopes {left:.4g} and {right:.4g}, got {s.kinks}"
            )
        if abs(right - left) < 1e-5 and z in s.kinks:
            raise Unmet(f"expected no kink at {z:g}, where the slope is {left:.4g}, got {s.kinks}")


def the_same_twice_and_z_left_alone(s):
    z = _points(s)
    before = z.copy()
    for part, f in _parts(s):
        first = np.array(f(z))
        f(_points(s, rows=7))
        got = f(z)
        expect(np.array_equal(first, got), f"{part}: expected the same numbers again, got others")
        expect(np.array_equal(z, before), f"{part}: expected z as it was, got it changed")
        expect(not np.shares_memory(got, z), f"{part}: expected a new array, got a part of z")


def floats_keep_their_type(s):
    """float32 stays float32, float64 float64; of integers float64 is made."""
    for given, wanted in ((np.float64, np.float64), (np.float32, np.float32), (int, np.float64)):
        z = _points(s).astype(given)
        for part, f in _parts(s):
            got = np.asarray(f(z)).dtype
            expect(got == wanted, f"{part}: expected {np.dtype(wanted)} for {z.dtype}, got {got}")


def finite_and_quiet_from_minus_1000_to_1000(s):
    z = np.array(np.meshgrid(EXTREMES, EXTREMES)).reshape(2, -1).T  # (49, 2), every pair
    z = np.tile(z, (1, 3 * s.pieces))
    for floats in (np.float64, np.float32):
        for part, f in _parts(s):
            with quiet():
                got = np.asarray(f(z.astype(floats)))
            expect_finite(f"{part} in {np.dtype(floats)}", got, lambda place: f"in row {place[0]}")


def nan_is_not_hidden(s):
    z = _points(s)
    z[1, :] = np.nan
    with np.errstate(invalid="ignore"):
        got = s.value(z)[1]
    expect(np.isnan(got).all(), f"expected nan of nan, got {np.asarray(got).ravel()[0]}")


def dslope_is_the_slope_by_the_slope(s):
    """∂a/∂slope against central differences."""
    z, h = _points(s), 1e-6
    f, slope = s.value.func, s.parameter
    wanted = (f(z, slope=slope + h) - f(z, slope=slope - h)) / (2 * h)
    expect_close("dslope", s.dslope(z), wanted, at=_at(z), rtol=1e-6, atol=1e-8)


def _slope_can_be_moved(s):
    return s.dslope is not None and "slope" in getattr(s.value, "keywords", {})


def its_formula_is_that_of_value_and_derivative(s):
    """sympy's values of the formula, and of what sympy makes its derivative."""
    from handgrad.symbolic import local  # here, for sympy takes a third of a second

    known = local.formula(s)
    z = _points(s, rows=6)
    for part, f, expression in (
        ("value", s.value, known.s),
        ("derivative", s.derivative, local.sp.diff(known.s, local.z)),
    ):
        exact = [float(expression.xreplace({local.z: local.sp.Float(at, 30)})) for at in z.ravel()]
        wanted = np.reshape(exact, z.shape)
        expect_close(part, f(z), wanted, at=_at(z), rtol=1e-9, atol=1e-12)


def _has_formula(s):
    if not s.of_the_book:
        return s.expression is not None
    from handgrad.symbolic import local

    return s.name in local.ACTIVATIONS


DEMANDS = (
    (always, value_has_an_entry_for_each_neuron),
    (_has_derivative, derivative_is_shaped_like_z),
    (always, each_sample_counts_alone),
    (_has_derivative, derivative_is_the_slope_of_the_value),
    (_is_entrywise, derivative_at_a_kink_lies_between_the_two_sides),
    (_is_entrywise, every_kink_is_named),
    (always, the_same_twice_and_z_left_alone),
    (always, floats_keep_their_type),
    (always, finite_and_quiet_from_minus_1000_to_1000),
    (always, nan_is_not_hidden),
    (_slope_can_be_moved, dslope_is_the_slope_by_the_slope),
    (_has_formula, its_formula_is_that_of_value_and_derivative),
)
