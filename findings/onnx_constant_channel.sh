#!/usr/bin/env bash
# Guess: MeanVarianceNormalization of a channel that is the same in every sample gives 0 everywhere;
# the specification guards the division with a small number.
# Seen: the reference of onnx 1.23.2 gives 0, onnxruntime 1.32.0 gives NaN.
# Where it matters: a dead neuron or an input column that is constant in a batch. In batch
# normalisation ε takes care of it (chapter 11); here one runtime has it and the other has not.
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


batch = np.array([[5.0, 1.0], [5.0, 3.0]], np.float32).reshape(2, 2, 1, 1)
both("MeanVarianceNormalization", [batch], 13, batch.shape)
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
onnx 1.23.2 onnxruntime 1.32.0
MeanVarianceNormalization reference [[[[0.0]], [[-1.0]]], [[[0.0]], [[1.0]]]]
MeanVarianceNormalization onnxruntime [[[[nan]], [[-1.0]]], [[[nan]], [[1.0]]]]
SEEN
