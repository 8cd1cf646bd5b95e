"""What other libraries do where the book had to choose, asked of them and kept in one file.

``make libraries`` makes an environment for each library with the versions that its `NAME.txt` pins,
runs its script `NAME.py` there, and writes `results.json`: versions, day, Python, and a digest of
each script. Building the book needs none of the libraries: its page is made from that file.

=================  ==========================================================================
file               what it holds
=================  ==========================================================================
`questions.py`     each question, the book's answer (computed live), its reason, what to write
`given.py`         data, rates and starts of the networks, and what the book gets from them
`NAME.py`          the answers of a library, and the networks written in it
`asking.py`        what the scripts share; standard library only
`page.py`          the results as tables
=================  ==========================================================================
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"


@dataclass(frozen=True)
class Library:
    """A column of the tables.

    Attributes
    ----------
    title : str
        As it heads the column.
    needs : str
        The name of the file that pins what it needs: two libraries may share an environment.
    """

    title: str
    needs: str


LIBRARIES = {
    "pytorch": Library("PyTorch", "pytorch"),
    "jax": Library("JAX, optax, flax", "jax"),
    "equinox": Library("equinox", "jax"),
    "keras": Library("Keras", "tensorflow"),
    "tensorflow": Library("TensorFlow", "tensorflow"),
    "sklearn": Library("scikit-learn", "sklearn"),
    "mlx": Library("MLX", "mlx"),
    "tinygrad": Library("tinygrad", "tinygrad"),
    "autograd": Library("autograd", "autograd"),
    "pytensor": Library("PyTensor", "pytensor"),
    "casadi": Library("CasADi", "casadi"),
    "sympy": Library("SymPy", "sympy"),
    "numpy": Library("NumPy, SciPy", "sympy"),
}


def results(path=RESULTS):
    """Return what the last run found, or an empty dictionary."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
