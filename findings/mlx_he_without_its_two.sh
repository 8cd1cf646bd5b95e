#!/usr/bin/env bash
# Guess: MLX's initialiser he_normal draws with the standard deviation √(2/fan_in), as He's paper and the
# functions of that name in PyTorch (kaiming_normal_), Keras and JAX do.
# Seen (mlx 0.32.4): √(1/fan_in). The factor √2 is the argument gain of the call, and it is 1 if nothing is said:
# he_normal()(w, gain=2**0.5) is He's. So it is with he_uniform.
# Where it matters: a deep network of ReLUs, for which one asks for He's start: through 20 layers signals shrink by
# a thousand (chapter 10), which is what that start was made to prevent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 mlx==0.32.4 mlx-cpu==0.32.4
cat > "$folder/try.py" <<'PY'
from importlib.metadata import version

import mlx.core as mx
from mlx.nn import init

print("mlx", version("mlx"))
mx.random.seed(0)
w = mx.zeros((1000, 400))  # (out, in): fan_in is 400
he = (2 / 400) ** 0.5
for name, drawn in (
    ("he_normal()(w)", init.he_normal()(w)),
    ("he_normal()(w, gain=2**0.5)", init.he_normal()(w, gain=2**0.5)),
    ("he_uniform()(w)", init.he_uniform()(w)),
):
    print(f"{name}: standard deviation {mx.std(drawn).item() / he:.2f} of He's")
a = mx.random.normal((100, 400))
for start in (1.0, 2**0.5):
    x = a
    for _ in range(20):
        x = mx.maximum(x @ init.he_normal()(mx.zeros((400, 400)), gain=start).T, 0.0)
    size = (mx.mean(x**2) / mx.mean(a**2)).item() ** 0.5
    print(f"gain {start:.2f}, 20 layers of ReLUs:", "a thousandth or less" if size < 1.5e-3 else
          "between a half and twice" if 0.35 < size < 2 else f"{size:.1e}", "of the signal is left")
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
mlx 0.32.4
he_normal()(w): standard deviation 0.71 of He's
he_normal()(w, gain=2**0.5): standard deviation 1.00 of He's
he_uniform()(w): standard deviation 0.71 of He's
gain 1.00, 20 layers of ReLUs: a thousandth or less of the signal is left
gain 1.41, 20 layers of ReLUs: between a half and twice of the signal is left
SEEN
