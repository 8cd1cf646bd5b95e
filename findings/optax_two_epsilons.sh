#!/usr/bin/env bash
# Guess: in optax, as in PyTorch, ε is added outside the root in adam and in rmsprop alike; both have eps=1e-8.
# Seen (optax 0.2.8): adam has it outside, rmsprop inside, √(mean + ε). At a gradient of 1e-9 and the rate 0.1 the first
# step of rmsprop is 1e-6, and with eps_in_sqrt=False 0.0097: ten thousand times as long.
# Where it matters: ε inside counts as its root, 1e-4: gradients as small as late in training, or deep in a network,
# meet plain descent in rmsprop and not in adam, though both print the same ε.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2 optax==0.2.8
cat > "$folder/try.py" <<'PY'
import inspect

import optax
from jax import numpy as jnp

print("optax", optax.__version__)
for name, optimizer in (
    ("adam", optax.adam(0.1)),
    ("rmsprop", optax.rmsprop(0.1)),
    ("rmsprop, eps_in_sqrt=False", optax.rmsprop(0.1, eps_in_sqrt=False)),
):
    w = jnp.array([0.0])
    step, _ = optimizer.update(jnp.array([1e-9]), optimizer.init(w), w)
    kind = getattr(optax, name.partition(",")[0])
    eps = inspect.signature(kind).parameters["eps"].default
    print(f"{name}: eps {eps:.0e}, first step {-step.item():.2g}")
PY
JAX_PLATFORMS=cpu "$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
optax 0.2.8
adam: eps 1e-08, first step 0.0091
rmsprop: eps 1e-08, first step 1e-06
rmsprop, eps_in_sqrt=False: eps 1e-08, first step 0.0097
SEEN
