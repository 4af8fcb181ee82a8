"""Trains small models with the libraries that data scientists use, exports them to ONNX, and writes what onnxruntime says:

    export.py FOLDER

FOLDER gets NAME.onnx for each model and models.json: rows, and of each model its signature and its scores of the rows.
"""
import json
import os
import pathlib
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import xgboost  # noqa: E402
from onnxmltools import convert_lightgbm, convert_xgboost  # noqa: E402
from onnxmltools.convert.common.data_types import FloatTensorType as OnnxmlFloat  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from skl2onnx.common.data_types import BooleanTensorType, FloatTensorType  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

ROWS, COLUMNS = 400, 4
NAMES = ["orders", "spend", "days", "member"]


def data():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    x[:, 3] = x[:, 3] > 0
    signal = x[:, 0] - 0.5 * x[:, 1] * x[:, 3] + 0.3 * rng.normal(size=ROWS)
    return x, (signal > 0).astype(int), signal, np.digitize(signal, [-0.5, 0.5])


def models(x, binary, value, three):
    """name → (onnx model, signature, how the score is taken from onnxruntime's outputs, whether rows may lack values)"""
    lacking = x.copy()
    lacking[::5, 1] = np.nan
    second = lambda outputs: outputs[1][:, 1]  # noqa: E731
    plain = {"zipmap": False}
    logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, binary)
    yield "logistic", to_onnx(logistic, x[:1], options={LogisticRegression: plain}), {"features": NAMES}, second, False
    yield ("logistic_maps", to_onnx(logistic, x[:1]), {"features": NAMES, "class": 0},
           lambda outputs: np.array([row[0] for row in outputs[1]]), False)
    words = LogisticRegression().fit(x, np.where(binary == 1, "stays", "leaves"))
    yield ("named_classes", to_onnx(words, x[:1]), {"features": NAMES, "class": "leaves"},
           lambda outputs: np.array([row["leaves"] for row in outputs[1]]), False)
    columns = [(name, BooleanTensorType([None, 1]) if name == "member" else FloatTensorType([None, 1])) for name in NAMES]
    scaled = ColumnTransformer([("scaled", StandardScaler(), [0, 1, 2])])
    by_column = make_pipeline(scaled, LogisticRegression()).fit(x, binary)
    yield ("by_column", to_onnx(by_column, initial_types=columns, options={LogisticRegression: plain}), None, second, False)
    boosted = GradientBoostingClassifier(n_estimators=20).fit(x, three)
    yield ("three_classes", to_onnx(boosted, x[:1], options={GradientBoostingClassifier: plain}),
           {"features": NAMES, "class": 2}, lambda outputs: outputs[1][:, 2], False)
    forest = RandomForestRegressor(n_estimators=10, max_depth=5).fit(x, value)
    yield "forest", to_onnx(forest, x[:1]), {"features": NAMES}, lambda outputs: outputs[0][:, 0], False

    inputs = [("features", OnnxmlFloat([None, COLUMNS]))]
    light = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=1).fit(lacking, binary)
    yield "lightgbm", convert_lightgbm(light, initial_types=inputs, zipmap=False), {"features": NAMES}, second, True
    yield ("lightgbm_maps", convert_lightgbm(light, initial_types=inputs), {"features": NAMES},
           lambda outputs: np.array([row[1] for row in outputs[1]]), True)
    light = lightgbm.LGBMRegressor(n_estimators=30, verbose=-1, n_jobs=1).fit(lacking, value)
    yield "lightgbm_value", convert_lightgbm(light, initial_types=inputs), {"features": NAMES}, lambda outputs: outputs[0][:, 0], True
    extreme = xgboost.XGBClassifier(n_estimators=30, max_depth=4, n_jobs=1).fit(lacking, binary)
    yield "xgboost", convert_xgboost(extreme, initial_types=inputs), {"features": NAMES}, second, True
    extreme = xgboost.XGBRegressor(n_estimators=30, max_depth=4, n_jobs=1).fit(lacking, value)
    yield "xgboost_value", convert_xgboost(extreme, initial_types=inputs), {"features": NAMES}, lambda outputs: outputs[0][:, 0], True


def scores(graph, x, take):
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    if len(inputs) == 1:
        return take(session.run(None, {inputs[0].name: x}))
    kind = {"tensor(bool)": bool, "tensor(float)": np.float32}
    return take(session.run(None, {i.name: x[:, [NAMES.index(i.name)]].astype(kind[i.type]) for i in inputs}))


def main(folder):
    x, binary, value, three = data()
    rows = x[:50].copy()
    lacking = rows.copy()
    lacking[::3, 1] = np.nan
    described = {}
    for name, model, signature, take, may_lack in models(x, binary, value, three):
        graph = model.SerializeToString()
        (folder / f"{name}.onnx").write_bytes(graph)
        used = lacking if may_lack else rows
        described[name] = {"signature": signature, "may_lack": may_lack, "scores": [float(s) for s in scores(graph, used, take)]}
    listed = [[None if np.isnan(v) else float(v) for v in row] for row in lacking]
    whole = [[float(v) for v in row] for row in rows]
    (folder / "models.json").write_text(json.dumps({"names": NAMES, "rows": whole, "lacking": listed, "models": described}))


main(pathlib.Path(sys.argv[1]))
