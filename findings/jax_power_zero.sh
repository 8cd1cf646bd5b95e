#!/usr/bin/env bash
# Guess: x**0.0 is the constant 1, so its derivative is 0 everywhere, at x = 0 too; numpy has 0.0**0.0 = 1.
# Seen (jax 0.10.2): the derivative of x**0.0 at 0 is NaN, that of x**0, with a whole number, is 0; both
# powers are 1 there. So it is with an array of exponents: NaN for [0., 1., 2.], the right 1 for [0, 1, 2].
# Where it matters: polynomial features made with an array of exponents (chapter 1's curves), at a sample that
# is 0, as centred or scaled data have: the whole gradient is NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2
cat > "$folder/try.py" <<'PY'
import jax
from jax import numpy as jnp

print("jax", jax.__version__)
powers = {
    "x**0.0": lambda x: x**0.0,
    "x**0": lambda x: x**0,
    "sum of x**[0., 1., 2.]": lambda x: jnp.sum(x ** jnp.arange(3.0)),
    "sum of x**[0, 1, 2]": lambda x: jnp.sum(x ** jnp.arange(3)),
}
for name, f in powers.items():
    value, slope = jax.value_and_grad(f)(0.0)
    print(f"{name}: value {float(value)}, derivative at 0: {float(slope)}")
PY
JAX_PLATFORMS=cpu "$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
jax 0.10.2
x**0.0: value 1.0, derivative at 0: nan
x**0: value 1.0, derivative at 0: 0.0
sum of x**[0., 1., 2.]: value 1.0, derivative at 0: nan
sum of x**[0, 1, 2]: value 1.0, derivative at 0: 1.0
SEEN
