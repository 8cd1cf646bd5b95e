"""The claims ledger: what the sources claim, recomputed.

`claims.json` holds the claims; `core` judges, `worlds` holds what the checks share, and `s0` to
`s4` hold the checks, one module a source. `rows()` is the ledger.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from claims.ledger import s0
from claims.ledger.core import CHECKS, FAILS, HOLDS, UNKNOWN, Verdict
