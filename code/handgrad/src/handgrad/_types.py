"""Names of types for signatures.

`Array` is what functions give back. `ArrayLike` is what they take: arrays, nested lists and numbers.
Which of them will do is checked at the door, by `_arrays.py` with a message of its own, so to a
checker of types it is anything; numpy's alias of that name would have every door say it twice.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

Array = np.ndarray
ArrayLike = Any

__all__ = ["Array", "ArrayLike", "DTypeLike"]
