"""The sandbox of the grading tests, for the assignments of the book."""

import importlib.util
from pathlib import Path

HERE = Path(__file__).resolve()
spec = importlib.util.spec_from_file_location(
    "grading_conftest", HERE.parents[2] / "code/handmark/tests/conftest.py"
)
shared = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shared)
sandboxed = shared.sandboxed
