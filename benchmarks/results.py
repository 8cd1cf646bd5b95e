"""The file of results: written by `make bench`, read by the page that shows it."""

import datetime
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

FILE = Path(__file__).with_name("results.json")
PACKAGES = ("numpy", "scipy", "sympy", "scikit-learn", "torch", "jax")


def processor():
    """The processor's name, as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine(repeats, packages=PACKAGES):
    """When and on what was measured, without names of hosts, people or folders."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "repeats": repeats,
    }


def write(results, path=FILE):
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def read(path=FILE):
    return json.loads(path.read_text(encoding="utf-8"))


def ratio(net, way, dtype, to="bare matrix products"):
    """Time of one way by that of another in the same precision, both in their fastest rounds.

    What else a machine does only ever adds time: the fastest rounds are disturbed least.

    Parameters
    ----------
    net : dict
        An entry of ``results["training"]``.
    way, dtype, to : str
    """
    return net["ways"][way][dtype]["min"] / net["ways"][to][dtype]["min"]


def as_text(results):
    """The table of all nets and ways, as lines of text."""
    lines = []
    for name, net in results["training"].items():
        lines += [
            "",
            f"{name}: {net['updates']} updates in a run, loss {net['loss']:.6f}",
            f"{'way':26}{'precision':>10}{'µs/update':>11}{'q1':>9}{'q3':>9}{'min':>9}"
            f"{'× bare':>9}",
        ]
        for way, by_precision in net["ways"].items():
            for dtype, t in by_precision.items():
                lines.append(
                    f"{way:26}{dtype:>10}{t['median']:11.1f}{t['q1']:9.1f}{t['q3']:9.1f}"
                    f"{t['min']:9.1f}{ratio(net, way, dtype):9.2f}"
                )
    return "\n".join(lines)
