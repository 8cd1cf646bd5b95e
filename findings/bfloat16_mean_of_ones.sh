#!/usr/bin/env bash
# Guess: numpy averages bfloat16 as it does float16, with float32 inside: a thousand ones have mean 1.
# Seen (ml_dtypes 0.6.0, numpy 2.4.6): the sum stops at 256, the first number to which bfloat16 cannot
# add 1, and the mean is 0.256. float16 gives 1, and so does the dot product of bfloat16 with itself,
# which is summed in float32.
# Where it matters: a cost that is a mean over a batch, or the batch mean and variance of batch
# normalisation, computed by numpy on bfloat16 arrays from JAX, is too small as soon as the batch
# has more than 256 samples.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0
cat > "$folder/try.py" <<'PY'
import ml_dtypes
import numpy as np

print("ml_dtypes", ml_dtypes.__version__, "numpy", np.__version__)
for dtype in (np.float16, ml_dtypes.bfloat16):
    ones = np.ones(1000, dtype)
    print(np.dtype(dtype).name, "sum", float(ones.sum()), "mean", round(float(ones.mean()), 3), "dot", float(ones @ ones))
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
ml_dtypes 0.6.0 numpy 2.4.6
float16 sum 1000.0 mean 1.0 dot 1000.0
bfloat16 sum 256.0 mean 0.256 dot 1000.0
SEEN
