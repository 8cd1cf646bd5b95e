#!/usr/bin/env bash
# Guess: in w = Tensor(3.0); (w**2).backward() the gradient of w is 6, as it is for Tensor([3.0]).
# Seen (tinygrad 0.14.0): a tensor made of one number alone is a constant without a device, and backward leaves
# its gradient None, without a word; Tensor([3.0]) gets 6. (w**2).gradient(w) does say that it can't.
# Where it matters: the first thing one tries is the derivative of a square at a number; and a learned scalar,
# such as the slope of PReLU, is never trained.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 tinygrad==0.14.0
cat > "$folder/try.py" <<'PY'
from importlib.metadata import version

from tinygrad import Tensor

print("tinygrad", version("tinygrad"))
for made_of in (3.0, [3.0]):
    w = Tensor(made_of)
    (w**2).sum().backward()
    print(f"Tensor({made_of}): grad", None if w.grad is None else w.grad.tolist())
w = Tensor(3.0)
try:
    (w**2).gradient(w)
except RuntimeError as error:
    print("gradient(w) of Tensor(3.0):", error)
PY
DEV=PYTHON "$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
tinygrad 0.14.0
Tensor(3.0): grad None
Tensor([3.0]): grad [6.0]
gradient(w) of Tensor(3.0): cannot take gradient wrt a weak Tensor
SEEN
