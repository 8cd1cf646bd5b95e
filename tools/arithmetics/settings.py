"""The arithmetics that the book is run in, and whether this machine can have them.

numpy's and scipy's wheels hold one OpenBLAS each, with kernels for several generations of
processors; numpy has vector code of its own in steps. Both are chosen by the processor and, for a
test, by the environment of a process before numpy is imported.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

# the kernels in the wheels for x86, oldest first, and what OpenBLAS then calls itself
KERNELS = {
    "Prescott": ("Prescott", "Katmai", "Core2"),
    "Nehalem": ("Nehalem",),
    "Sandybridge": ("Sandybridge",),
    "Haswell": ("Haswell", "Zen"),
    "SkylakeX": ("SkylakeX", "Cooperlake", "Sapphirerapids"),
}
# numpy's vector code for x86, above what every wheel needs
STEPS = {
    "numpy-AVX2": ("X86_V4", "AVX512_ICL", "AVX512_SPR"),
    "numpy-SSE4": ("X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"),
}
SEEDS = (1, 2, 3)
OURS = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "HANDGRAD_NUDGES")

PROBE = """
import json
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
import scipy, scipy.linalg
from threadpoolctl import threadpool_info
a = np.random.default_rng(0).normal(size=(40, 40))
a @ a, scipy.linalg.blas.dgemm(1.0, a, a), np.exp(a)
print(json.dumps({
    "numpy": np.__version__, "scipy": scipy.__version__,
    "dispatch": list(__cpu_dispatch__),
    "vector": [name for name in __cpu_dispatch__ if __cpu_features__[name]],
    "openblas": [[i["architecture"], i["version"]] for i in threadpool_info()
                 if i["internal_api"] == "openblas"]}))
"""


class CannotRun(RuntimeError):
    """This machine can't have an arithmetic; the message says why."""


@dataclass(frozen=True)
class Arithmetic:
    """One way to compute.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    words : str
        What it is called in the book.
    environment : dict
        What a process must find in its environment to compute like this.
    """

    name: str
    words: str
    environment: dict = field(default_factory=dict, hash=False)


OWN = Arithmetic("own", "this machine's own")


def arithmetics():
    """All of them, in the order of the table."""
    found = [
        Arithmetic(name, f"OpenBLAS's {name} kernel", {"OPENBLAS_CORETYPE": name})
        for name in KERNELS
    ]
    found += [
        Arithmetic(name, f"numpy's vector code up to {name.removeprefix('numpy-')}", {})
        for name in STEPS
    ]
    found += [
        Arithmetic(f"nudges-{seed}", f"nudges, seed {seed}", {"HANDGRAD_NUDGES": str(seed)})
        for seed in SEEDS
    ]
    return found


def clean(environment=os.environ):
    """An environment in which numpy computes as the processor likes, on one thread."""
    kept = {name: value for name, value in environment.items() if name not in OURS}
    fixed = {
        "HANDGRAD_FACE": "static",
        "HANDGRAD_CHECKS": "strict",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    return {**kept, **fixed}


def probe(environment):
    """What numpy and scipy say they compute with, after a product and an exponential.

    Raises
    ------
    CannotRun
        If the process ends by a signal, as it does where the processor lacks an instruction.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True
    )
    if done.returncode < 0 or done.returncode > 128:
        raise CannotRun("the processor lacks its instructions")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise CannotRun(last)
    return json.loads(done.stdout)


def settled(arithmetic, own):
    """The environment in which a process really computes in this arithmetic.

    Parameters
    ----------
    arithmetic : Arithmetic
    own : dict
        What `probe` says of this machine with nothing set.

    Raises
    ------
    CannotRun
        If this machine can't have it.
    """
    environment = {**clean(), **arithmetic.environment}
    if arithmetic.name in STEPS:
        off = [name for name in STEPS[arithmetic.name] if name in own["vector"]]
        if not set(STEPS[arithmetic.name]) & set(own["dispatch"]):
            raise CannotRun("numpy has no such vector code on this kind of processor")
        if not off:
            raise CannotRun("the processor has no more than this: it is the machine's own")
        environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(off)
        left = set(probe(environment)["vector"]) & set(off)
        if left:
            raise CannotRun(f"numpy keeps {', '.join(sorted(left))}")
    if arithmetic.name in KERNELS:
        if not own["openblas"]:
            raise CannotRun("numpy computes with another library than OpenBLAS here")
        names = [name for name, _ in probe(environment)["openblas"]]
        wrong = [name for name in names if name not in KERNELS[arithmetic.name]]
        if wrong:
            raise CannotRun(f"OpenBLAS takes its kernel {wrong[0]} instead")
    return environment
