#!/usr/bin/env bash
# Guess: MLPClassifier((5,)) and MLPRegressor((5,)) both make a network with five hidden neurons, as their
# documentation lists hidden_layer_sizes first among what they share.
# Seen (scikit-learn 1.9.1): the classifier does. The regressor's first argument is the loss, and (5,) is refused when it
# is fitted, not when it is made.
# Where it matters: chapter 13 has the same network as a classifier and as a regressor; who writes the sizes without
# their name changes one word and has another argument.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cat > "$folder/try.py" <<'PY'
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

print("scikit-learn", sklearn.__version__)
for kind in (MLPClassifier, MLPRegressor):
    net = kind((5,))
    print(f"{kind.__name__}((5,)): hidden layers {net.hidden_layer_sizes}, loss {net.loss}")
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
scikit-learn 1.9.1
MLPClassifier((5,)): hidden layers (5,), loss log_loss
MLPRegressor((5,)): hidden layers (100,), loss (5,)
SEEN
