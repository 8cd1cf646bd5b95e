#!/usr/bin/env bash
# Guess: with set_floatx("float64") and the dtype policy float64, Keras trains in float64 throughout.
# Seen (keras 3.15.1 on tensorflow 2.21.0): weights, gradients and losses are float64, but the momentum of SGD
# and the strength of regularizers.L2 are plain Python numbers that keras.ops.cast takes through float32: 0.9
# becomes 0.89999998. ops.cast(np.float64(0.9), "float64") keeps it, and so does SGD(momentum=np.float64(0.9)).
# Where it matters: when the same training is compared with another program's, digit by digit: after two
# updates they agree to eight digits only, and one looks for the mistake in one's own code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 keras==3.15.1 tensorflow==2.21.0
cat > "$folder/try.py" <<'PY'
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

print("keras", keras.__version__, "tensorflow", tf.__version__)
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
for momentum in (0.9, np.float64(0.9)):
    w = keras.Variable([0.0], dtype="float64")
    optimizer = keras.optimizers.SGD(1.0, momentum=momentum)
    optimizer.build([w])
    for g in (1.0, 0.0):
        optimizer.apply([tf.constant([g], tf.float64)], [w])
    print(f"{w.dtype}, momentum {type(momentum).__name__}: 1 + 0.9 = {-float(w[0]):.10f}")
squares = keras.regularizers.L2(0.1)
penalty = squares(keras.Variable([1.0], dtype="float64"))
print(f"{penalty.dtype.name}, L2(0.1) of 1: {float(penalty):.10f}")
PY
"$folder/env/bin/python" "$folder/try.py" 2> "$folder/said" | tee "$folder/seen" || { cat "$folder/said"; exit 1; }
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
keras 3.15.1 tensorflow 2.21.0
float64, momentum float: 1 + 0.9 = 1.8999999762
float64, momentum float64: 1 + 0.9 = 1.9000000000
float64, L2(0.1) of 1: 0.1000000015
SEEN
