#!/usr/bin/env bash
# Guess: an array saved by safetensors.numpy and loaded again is the array.
# Seen (safetensors 0.8.0): the transpose of a matrix, which numpy keeps as a view, is saved with its
# own shape and the bytes of the matrix it is a view of. Nothing is said; the loaded array has the
# right shape and the wrong numbers. A copy in rows (np.ascontiguousarray) is saved rightly.
# Where it matters: weights kept as (d_in, d_out) here go over to libraries that keep (d_out, d_in),
# and W.T is how one turns them. The file is then wrong, and no shape check will notice.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 safetensors==0.8.0
cat > "$folder/try.py" <<'PY'
import numpy as np
import safetensors
from safetensors.numpy import load, save

print("safetensors", safetensors.__version__, "numpy", np.__version__)
W = np.arange(6.0).reshape(2, 3)
for name, array in (("W", W), ("W.T", W.T), ("ascontiguousarray(W.T)", np.ascontiguousarray(W.T))):
    back = load(save({"weight": array}))["weight"]
    print(name, array.tolist(), "->", back.tolist(), "equal" if np.array_equal(array, back) else "NOT equal")
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
safetensors 0.8.0 numpy 2.4.6
W [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] -> [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] equal
W.T [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] -> [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]] NOT equal
ascontiguousarray(W.T) [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] -> [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] equal
SEEN
