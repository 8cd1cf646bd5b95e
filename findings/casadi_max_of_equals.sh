#!/usr/bin/env bash
# Guess: the gradient of the largest of three equal numbers is ⅓ for each, or all of it for one of them: CasADi gives ½
# and ½ to two equal ones, so it treats them alike.
# Seen (casadi 3.8.2): ¼, ¼ and ½ for mmax of three, and ½ alone to the last of four: the maximum is taken in pairs, from
# the left, and each halves. Equal entries are treated by their place.
# Where it matters: max pooling and maxout on inputs that are equal, as pixels of one colour are: the last place of each
# window learns half of all, and a mirrored picture learns otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 casadi==3.8.2
cat > "$folder/try.py" <<'PY'
from importlib.metadata import version

import casadi as ca
import numpy as np

print("casadi", version("casadi"))
for n in (2, 3, 4):
    x = ca.SX.sym("x", n)
    gradient = ca.Function("gradient", [x], [ca.gradient(ca.mmax(x), x)])
    print(n, "equal:", gradient(np.ones(n)).full().ravel().tolist())
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
casadi 3.8.2
2 equal: [0.5, 0.5]
3 equal: [0.25, 0.25, 0.5]
4 equal: [0.125, 0.125, 0.25, 0.5]
SEEN
