"""Raw ONNX Runtime, as Python has it:  peer.py GRAPH ROWS

Makes the model where the file GRAPH is missing: 100 trees of 15 leaves over 20 columns, by LightGBM. Prints the seconds that the best
of three runs over ROWS rows in memory takes, with as many threads as there are processors.
"""
import os
import pathlib
import sys
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

COLUMNS, TREES = 20, 100


def model():
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType
    rng = np.random.default_rng(1)
    x = rng.random((20_000, COLUMNS), np.float32)
    y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.5 * rng.normal(size=len(x)) > 0.8).astype(int)
    trees = lightgbm.LGBMClassifier(n_estimators=TREES, num_leaves=15, verbose=-1, n_jobs=2).fit(x, y)
    inputs = [("features", FloatTensorType([None, COLUMNS]))]
    return convert_lightgbm(trees, initial_types=inputs, zipmap=False).SerializeToString()


def main(graph, rows):
    if not graph.exists():
        graph.write_bytes(model())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(2).random((rows, COLUMNS), np.float32)
    session.run(["probabilities"], {"features": x[:1000]})
    times = []
    for _ in range(3):
        began = time.perf_counter()
        session.run(["probabilities"], {"features": x})
        times.append(time.perf_counter() - began)
    print(min(times))


main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
