"""Libraries that only some functions need: imported where they are used, and asked for by name."""

from importlib import import_module

#: library -> the extra of this package that brings it
EXTRAS = {"scipy": "scipy", "tqdm": "progress", "ipywidgets": "widgets", "IPython": "widgets"}


def need(library, module=None):
    """Return the module (by default the library itself), or say how to install it.

    Parameters
    ----------
    library : str
        A key of `EXTRAS`.
    module : str, optional
        Such as "scipy.optimize".

    Raises
    ------
    ModuleNotFoundError
        If the library is not installed.
    """
    try:
        return import_module(module or library)
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] != library:
            raise  # it is there, and lacks something of its own
        raise ModuleNotFoundError(
            f'{library} is needed here: pip install "handgrad[{EXTRAS[library]}]"', name=library
        ) from None
