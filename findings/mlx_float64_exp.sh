#!/usr/bin/env bash
# Guess: where MLX has float64 (on the processor), its functions have the digits of float64.
# Seen (mlx 0.32.4, x86-64): exp, sigmoid, erf and sin of a float64 are of the type float64 and right to
# seven digits, as in float32; log and sqrt have all digits.
# Where it matters: a gradient check by central differences, which needs the digits (chapter 7) and for
# which one asks for float64 in the first place: with the step of 6e-6 the difference is wrong in its
# first or second digit, and the right gradient is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 mlx==0.32.4 mlx-cpu==0.32.4
cat > "$folder/try.py" <<'PY'
import math
from importlib.metadata import version

import mlx.core as mx

print("mlx", version("mlx"))
mx.set_default_device(mx.cpu)
right = {
    "exp": math.exp,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "erf": math.erf,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
}
for name, function in right.items():
    worst = 0.0
    for x in (0.1, 0.7, 1.3, 2.9):
        value = getattr(mx, name)(mx.array(x, dtype=mx.float64))
        assert value.dtype == mx.float64
        worst = max(worst, abs(value.item() / function(x) - 1))
    print(name, "float64,", "right to 14 digits" if worst < 1e-14 else
          "right to 6 digits and not to 9" if 1e-9 < worst < 1e-6 else f"off by {worst:.0e}")
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
mlx 0.32.4
exp float64, right to 6 digits and not to 9
sigmoid float64, right to 6 digits and not to 9
erf float64, right to 6 digits and not to 9
log float64, right to 14 digits
sqrt float64, right to 14 digits
sin float64, right to 6 digits and not to 9
SEEN
