#!/usr/bin/env bash
# Guess: a flax BatchNorm made with param_dtype=float64, where JAX has float64 switched on and the batch is of
# float64, keeps its running mean and variance in float64.
# Seen (flax 0.12.8, nnx): scale and bias are float64, mean and var float32, and they stay so: each update is
# computed in float64 and rounded. After a batch with the mean 1/3 the running mean is off by 1e-10, not by 1e-18.
# Where it matters: the outputs for new data agree with another program's to seven digits only, while those in
# training agree to all; and one looks for the mistake in the statistics' rule, where there is none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2 flax==0.12.8
cat > "$folder/try.py" <<'PY'
import flax
import jax

jax.config.update("jax_enable_x64", True)
from flax import nnx
from jax import numpy as jnp

print("flax", flax.__version__)
layer = nnx.BatchNorm(1, param_dtype=jnp.float64, momentum=0.9, rngs=nnx.Rngs(0))
y = layer(jnp.array([[0.0], [1.0], [0.0]]))
print("output", y.dtype, "scale", layer.scale[...].dtype, "bias", layer.bias[...].dtype)
print("mean", layer.mean[...].dtype, "var", layer.var[...].dtype)
off = abs(float(layer.mean[...][0]) - 0.1 / 3)
print("running mean:", "right to 15 digits" if off < 1e-16 else "right to 7 digits" if off < 1e-8 else off)
PY
JAX_PLATFORMS=cpu "$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
flax 0.12.8
output float64 scale float64 bias float64
mean float32 var float32
running mean: right to 7 digits
SEEN
