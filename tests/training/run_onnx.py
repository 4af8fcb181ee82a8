"""Runs an ONNX file over rows in Python's onnxruntime, in an environment that has it: numbers in, scores out, both as JSON."""
import json
import sys

import numpy
import onnxruntime

model, rows = json.load(sys.stdin)
session = onnxruntime.InferenceSession(bytes.fromhex(model), providers=["CPUExecutionProvider"])
features = numpy.array([[float("nan") if value is None else value for value in row] for row in rows], dtype=numpy.float32)
(scores,) = session.run(["score"], {"features": features})
assert scores.shape == (len(rows), 1), scores.shape
json.dump(scores[:, 0].tolist(), sys.stdout)
