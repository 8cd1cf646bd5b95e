#!/usr/bin/env bash
# Guess: the complex step, Im f(x + ih)/h, gives the derivative of any smooth function written in numpy;
# what can't be done with complex numbers raises.
# Seen (numpy 2.4.6): np.var, np.std and np.linalg.norm take the modulus of complex entries, which is right for
# complex data, so that the step is lost: their derivative is 0 everywhere, without a word. The same
# formulas written out give the derivative to the last digit.
# Where it matters: a gradient check by the complex step takes 0 for the gradient of a batch's variance, and
# accepts a backward pass of batch normalisation that leaves out that path.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6
cat > "$folder/try.py" <<'PY'
import numpy as np

print("numpy", np.__version__)
x, step = np.array([1.0, 3.0, 5.0]), 1e-20


def slope(f):
    moved = x.astype(complex)
    moved[0] += 1j * step
    return float(np.imag(f(moved)) / step)


pairs = {
    "var": (np.var, lambda x: np.mean((x - np.mean(x)) ** 2)),
    "std": (np.std, lambda x: np.sqrt(np.mean((x - np.mean(x)) ** 2))),
    "linalg.norm": (np.linalg.norm, lambda x: np.sqrt(np.sum(x**2))),
}
for name, (function, written_out) in pairs.items():
    print(f"{name}: derivative by x_1: {slope(function):.4f}, written out: {slope(written_out):.4f}")
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
numpy 2.4.6
var: derivative by x_1: 0.0000, written out: -1.3333
std: derivative by x_1: 0.0000, written out: -0.4082
linalg.norm: derivative by x_1: 0.0000, written out: 0.1690
SEEN
