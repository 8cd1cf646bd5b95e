"""What the tests of the package share: one thread, and comparisons with print that stop."""

import os


def pytest_configure(config):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("HANDGRAD_CHECKS", "strict")
