"""How a claim is judged: computation in, verdict out.

A check is a function that recomputes one claim and returns one of four things, each of which
knows how to judge itself against the printed text:

============  ===================================================================================
`Numbers`     recomputed values, held against the printed figures
`Formula`     the formula as printed and the right value, both evaluated on random draws
`Experiment`  the share of random trials in which the claim is borne out
`Needs`       a recomputation that wants inputs; those that the source does not give are named
============  ===================================================================================

Each can be *turned*: a figure is altered, a formula gets a mistake (or, if it was wrong, its
correction), an experiment runs a wrong rule, a missing input gets a stand-in. A check whose
verdict does not change when it is turned would prove nothing; the tests turn all of them.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from handgrad.check import holds

HOLDS, FAILS, UNKNOWN = "holds", "does not hold", "cannot be recomputed"
DRAWS = 3  # random draws a formula is evaluated on
SAME = 1e-12  # relative: a float that stands for the printed decimal itself


@dataclass(frozen=True)
class Verdict:
    """What a computation says about a claim.

    Attributes
    ----------
    verdict : str
        HOLDS, FAILS or UNKNOWN.
    how : str
        For printed figures: "exactly", "rounded" or "cut".
    recomputed : str
        What the computation gave, in a few words.
    slip : str
        The slip that gives exactly the printed figures, if one does.
    missing : tuple of str
        Inputs that the source does not give.
    """

    verdict: str
    how: str = ""
    recomputed: str = ""
    slip: str = ""
    missing: tuple = ()


# ---- printed figures -----------------------------------------------------------------------


def agreement(printed, value):
    """How a recomputed value agrees with a printed decimal.

    Parameters
    ----------
    printed : str
        As printed: "0.5000", "-0.0190", "5.5090e-04".
    value : float

    Returns
    -------
    "exactly", "rounded", "cut" or None
        A value that agrees both rounded and cut counts as rounded.
    """
    if not np.isfinite(value):
        return None
    if abs(float(value) - float(printed)) <= SAME * abs(float(value)):
        return "exactly"
    return holds(printed, float(value))


def altered(printed):
    """The printed figure with its last digit replaced, in all nine ways."""
    mantissa, e, exponent = printed.partition("e")
    return [mantissa[:-1] + d + e + exponent for d in "0123456789" if d != mantissa[-1]]


def shown(printed, value):
    """`value` with four digits more than were printed, or as many as tell the two apart."""
    if "e" in printed:
        return f"{value:.{len(printed.partition('e')[0]) + 2}e}"
    places = -Decimal(printed).as_tuple().exponent + 4
    if agreement(printed, value) != "exactly":
        while float(f"{value:.{places}f}") == float(printed):
            places += 1
    text = f"{value:.{places}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


@dataclass(frozen=True)
class Numbers:
    """Recomputed values, one for each printed figure.

    Attributes
    ----------
    values : sequence of float
    slips : sequence of (str, sequence of float)
        Mistakes that could have been made and the values they give. One is named only if its
        values agree with all the printed figures.
    note : str
    """

    values: tuple
    slips: tuple = ()
    note: str = ""

    def flat(self):
        """The values as one row of floats."""
        return [float(value) for value in np.ravel(self.values)]

    def judge(self, printed):
        values = self.flat()
        if len(values) != len(printed):
            raise ValueError(f"{len(printed)} figures are printed, {len(values)} recomputed")
        how = [agreement(p, v) for p, v in zip(printed, values, strict=True)]
        text = ", ".join(shown(p, v) for p, v in zip(printed, values, strict=True))
        if all(how):
            worst = max(how, key=("exactly", "rounded", "cut").index)
            return Verdict(HOLDS, worst, text)
        slip = next(
            (
                name
                for name, wrong in self.slips
                if all(agreement(p, w) for p, w in zip(printed, np.ravel(wrong), strict=True))
            ),
            "",
        )
        return Verdict(FAILS, "", text, slip)


# ---- formulas ------------------------------------------------------------------------------


def evaluate(side):
    """The value of one side of a formula, or the reason why it has none."""
    try:
        return np.asarray(side(), float), ""
    except KeyError as error:
        return None, f"{error.args[0]} is not defined"
    except (ValueError, IndexError) as error:
        return None, str(error)


def difference(pairs):
    """In words, how printed values differ from right ones; "" if they are equal.

    Parameters
    ----------
    pairs : list of (array, array)
        Printed and right, one pair for each draw.
    """
    for printed, right in pairs:
        if printed.shape != right.shape:
            return f"printed: shape {printed.shape}; right: shape {right.shape}"
    P, R = (
        np.concatenate([np.ravel(side) for side in sides]) for sides in zip(*pairs, strict=True)
    )
    wrong = ~np.isclose(P, R, rtol=1e-8, atol=1e-10)
    if not wrong.any():
        return ""
    k = int(np.argmax(wrong))
    example = f"{P[k]:.6g} for {R[k]:.6g}"
    if np.ptp(P) == np.ptp(R) == 0:
        return f"gives {example}"
    if np.all(R != 0) and np.ptp(P / R) < 1e-8 * abs(P[0] / R[0]):
        return f"gives {P[0] / R[0]:.6g} times the right value"
    return f"{np.count_nonzero(wrong)} of {len(P)} values differ, such as {example}"


@dataclass(frozen=True)
class Formula:
    """A printed formula beside what it should equal; functions without arguments.

    Attributes
    ----------
    printed : callable
        Evaluates the formula exactly as printed, shapes included.
    right : callable
        The right value, found without the printed formula.
    turned : callable
        The printed formula with a mistake if it is right, with its correction if it is wrong.
    note : str
    """

    printed: object
    right: object
    turned: object
    note: str = ""


@dataclass(frozen=True)
class Draws:
    """A `Formula` for each of several random draws, judged together."""

    formulas: tuple
    use_turned: bool = False

    @property
    def note(self):
        return self.formulas[0].note

    def judge(self, printed):
        pairs = []
        for formula in self.formulas:
            value, problem = evaluate(formula.turned if self.use_turned else formula.printed)
            if problem:
                return Verdict(FAILS, "", problem)
            pairs.append((value, np.asarray(formula.right(), float)))
        problem = difference(pairs)
        if problem:
            return Verdict(FAILS, "", problem)
        shape = pairs[0][0].shape
        fixed = all(np.array_equal(value, pairs[0][0]) for value, _ in pairs)
        times = "" if fixed else f" in {len(pairs)} random draws"
        return Verdict(HOLDS, "", f"equal{times}" + f", shape {shape}" * bool(shape))


# ---- experiments ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Experiment:
    """A claim about what an algorithm does, tried many times.

    Attributes
    ----------
    share : float
        Trials in which the claim is borne out, as a share of all.
    measured : str
        What was done and what came of it.
    turned : callable
        () -> the share when the rule under test is made wrong (or right, if it was wrong).
    at_least : float
        The claim holds if the share is at least this.
    """

    share: float
    measured: str
    turned: object
    at_least: float = 0.95
    note: str = ""

    def judge(self, printed):
        return Verdict(HOLDS if self.share >= self.at_least else FAILS, "", self.measured)


@dataclass(frozen=True)
class Needs:
    """A recomputation that wants inputs.

    Attributes
    ----------
    names : tuple of str
        All the inputs that it wants.
    given : dict
        Those that the source gives, by name.
    compute : callable
        Takes all inputs by position, returns Numbers or Experiment.
    stand_in : dict
        Made-up values for the missing ones: with them the claim can be judged.
    instead : str
        What was tested in their stead, and what came of it.
    """

    names: tuple
    given: dict
    compute: object
    stand_in: dict
    instead: str
    note: str = ""

    def judge(self, printed):
        missing = tuple(name for name in self.names if name not in self.given)
        if missing:
            return Verdict(UNKNOWN, "", self.instead, missing=missing)
        return self.compute(*(self.given[name] for name in self.names)).judge(printed)

    def with_stand_ins(self):
        """The same with nothing missing."""
        return Needs(self.names, self.given | self.stand_in, self.compute, {}, "")


# ---- the register --------------------------------------------------------------------------

MATHEMATICS, SHAPES, NUMBERS, TYPING = (
    "wrong mathematics",
    "shapes that do not conform",
    "wrong numbers",
    "typing slips",
)


@dataclass(frozen=True)
class Check:
    """A registered check: the function and the words that go with it."""

    compute: object
    chapter: str
    group: str = ""
    weight: int = 0
    right: str = ""
    note: str = ""

    def run(self):
        """Numbers, Draws, Experiment or Needs."""
        first = self.compute(np.random.default_rng(0))
        if not isinstance(first, Formula):
            return first
        later = (self.compute(np.random.default_rng(seed)) for seed in range(1, DRAWS))
        return Draws((first, *later))


CHECKS = {}


def check(name, chapter, group="", weight=0, right="", note=""):
    """Register the function below as the check of a claim.

    Parameters
    ----------
    name : str
        Of the claim, such as "S0-01".
    chapter : str
        File name of the chapter that does it right.
    group : str
        Of the errata, for a claim that does not hold.
    weight : int
        3 misleads a reader who relies on it, 2 costs an hour, 1 is seen at a glance.
    right : str
        What is right, in words and formulas; no numbers that the check computes.
    note : str
    """

    def register(compute):
        if name in CHECKS:
            raise ValueError(f"{name} is checked twice")
        CHECKS[name] = Check(compute, chapter, group, weight, right, note)
        return compute

    return register
