#!/usr/bin/env bash
# Guess: a model says which version of the operators it uses, and the reference evaluator obeys.
# Up to opset 12, Softmax flattened its input to two axes and normalised over all of the second one;
# from opset 13 on it normalises over one axis, by default the last.
# Seen (onnx 1.23.2): for a model of opset 11 the reference normalises over the last axis, as opset 13
# does; onnxruntime 1.32.0 normalises over the whole sample, as the model asks.
# Where it matters: an old file of a network with more than two axes gives other probabilities in the
# reference than in the runtime, each row a distribution in one of them only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cat > "$folder/try.py" <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import helper
from onnx.reference import ReferenceEvaluator

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)


def both(op, inputs, opset, shape):
    """The output of a model of one operator: by the reference, by the runtime."""
    names = [f"i{k}" for k in range(len(inputs))]
    kind = [helper.np_dtype_to_tensor_dtype(x.dtype) for x in inputs]
    graph = helper.make_graph(
        [helper.make_node(op, names, ["out"])], "one",
        [helper.make_tensor_value_info(n, k, x.shape) for n, k, x in zip(names, kind, inputs)],
        [helper.make_tensor_value_info("out", kind[0], shape)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.checker.check_model(model)
    feed = dict(zip(names, inputs))
    with np.errstate(all="ignore"):
        reference = ReferenceEvaluator(model).run(None, feed)[0]
    runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)[0]
    for name, value in (("reference", reference), ("onnxruntime", runtime)):
        print(op, name, np.round(value, 4).tolist())


both("Softmax", [np.array([[[0.0, 0.0], [0.0, 0.0]]], np.float32)], 11, (1, 2, 2))
both("Softmax", [np.array([[[0.0, 0.0], [0.0, 0.0]]], np.float32)], 13, (1, 2, 2))
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
onnx 1.23.2 onnxruntime 1.32.0
Softmax reference [[[0.5, 0.5], [0.5, 0.5]]]
Softmax onnxruntime [[[0.25, 0.25], [0.25, 0.25]]]
Softmax reference [[[0.5, 0.5], [0.5, 0.5]]]
Softmax onnxruntime [[[0.5, 0.5], [0.5, 0.5]]]
SEEN
