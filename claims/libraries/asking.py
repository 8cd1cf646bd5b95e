"""What the scripts of the libraries share. Standard library only: it runs in every environment.

A script names its answers and its reasons for having none, and `reply` prints them::

    reply(answers={"kinks/relu": lambda: slope(relu, 0.0)}, none={"schedules/*": "no schedules"},
          networks={"net222": net222}, packages=("torch",))
"""

import json
import math
import sys
from importlib.metadata import version

DIGITS = 3


def told(value):
    """An answer as text: numbers to three digits, which hold on every processor.

    Parameters
    ----------
    value : number, text, or a list or array of them

    Returns
    -------
    str
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return ", ".join(map(told, value))
    if isinstance(value, (str, bool)) or value is None:
        return str(value)
    if isinstance(value, int):
        return str(value)
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = f"{float(f'{value:.{DIGITS}g}'):.9g}"
    return text.removeprefix("-") if float(text) == 0 else text


def refused(answer):
    """The answer of a function, or "an error" where the library refuses to give one."""
    try:
        return answer()
    except Exception:  # whatever a library raises: that it does is the answer
        return "an error"


def spread(weights, bias=None):
    """What weights were drawn from: "uniform, ±0.05" or "normal, 0.05" or "normal, 0.05, cut".

    A uniform distribution's largest number is √3 times its standard deviation, that of a normal
    one cut at two (untruncated) standard deviations about 2.3 times, else more than 3 times.

    Parameters
    ----------
    weights : list or array
        At least 10,000 of them.
    """
    flat = [weights.tolist()] if hasattr(weights, "tolist") else [weights]
    while flat and isinstance(flat[0], list):
        flat = [number for part in flat for number in part]
    largest = max(map(abs, flat))
    if largest == 0:
        return "0"
    deviation = math.sqrt(sum(number**2 for number in flat) / len(flat))
    if largest < 1.9 * deviation:
        return f"uniform, ±{largest:.2g}"
    return f"normal, {deviation:.2g}" + (", cut" if largest < 2.6 * deviation else "")


def given():
    """What the frame hands in: the data, rates and starts of both networks."""
    return json.load(sys.stdin)


def reply(answers, none, networks, packages, settings):
    """Ask everything and print it as JSON.

    Parameters
    ----------
    answers : dict
        Id of a question -> function without arguments.
    none : dict
        Pattern of ids ("schedules/*") -> why there is no answer.
    networks : dict
        "net222" or "classifier" -> function of what is given, which returns the costs before each
        update and after the last, and the arrays at the end.
    packages : tuple of str
        The distributions whose versions stand beside the answers.
    settings : dict
        "net222" or "classifier" -> what had to be set to get the book's numbers, lines of text.
    """
    data = given()
    found = {
        "versions": {name: version(name) for name in packages},
        "answers": {name: told(ask()) for name, ask in answers.items()},
        "none": none,
        "networks": {
            name: {"set": settings[name], **run(data[name])} for name, run in networks.items()
        },
    }
    print(json.dumps(found))
