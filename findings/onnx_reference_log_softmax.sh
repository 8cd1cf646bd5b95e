#!/usr/bin/env bash
# Guess: the reference evaluator that comes with ONNX is the safe one: LogSoftmax of the scores
# (1000, 0) is (0, -1000), and the cross-entropy of the second class is 1000.
# Seen (onnx 1.23.2): the reference takes the logarithm of softmax, which has rounded to 0, and gives
# -infinity; the loss is infinite. onnxruntime 1.32.0 gives -1000 and 1000.
# Where it matters: a small classifier exported and tested against the reference looks broken where it
# is merely sure of itself. It is the very mistake of chapter 9: the logarithm after the exponential.
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


scores = np.array([[1000.0, 0.0]], np.float32)
both("LogSoftmax", [scores], 21, scores.shape)
both("SoftmaxCrossEntropyLoss", [scores, np.array([1])], 21, ())
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
onnx 1.23.2 onnxruntime 1.32.0
LogSoftmax reference [[0.0, -inf]]
LogSoftmax onnxruntime [[0.0, -1000.0]]
SoftmaxCrossEntropyLoss reference inf
SoftmaxCrossEntropyLoss onnxruntime 1000.0
SEEN
