"""LightGBM on rows from a CSV file, folds by their order as journey_train() makes them with the option time: seconds of all fits, and the mean
AUC (or R²) of the folds. Run by benches/trees.py in an environment that has the package; prints one line of JSON."""
import json
import sys
import time

import lightgbm
import numpy

path, task = sys.argv[1:]
rows = numpy.genfromtxt(path, delimiter=",", dtype=numpy.float32)
features, target = rows[:, :-1], rows[:, -1]
FOLDS = 5
PARAMETERS = {"objective": "binary" if task == "classification" else "regression", "learning_rate": 0.05, "num_leaves": 15, "max_bin": 255,
              "lambda_l2": 1.0, "min_data_in_leaf": 20 if task == "regression" else 1, "min_sum_hessian_in_leaf": 3.0 if task == "classification" else 1e-3,
              "num_threads": 2, "verbosity": -1, "seed": 1}


def auc(scores, truths):
    order = numpy.argsort(scores, kind="stable")
    values, first, count = numpy.unique(scores[order], return_index=True, return_counts=True)
    ranks = numpy.empty(len(scores))
    ranks[order] = numpy.repeat(first + (count + 1) / 2, count)
    positives = truths.sum()
    return float((ranks[truths > 0].sum() - positives * (positives + 1) / 2) / (positives * (len(truths) - positives)))


def r2(values, actual):
    return float(1 - ((values - actual) ** 2).sum() / ((actual - actual.mean()) ** 2).sum())


def train(rows_in, rounds, held=None):
    data = lightgbm.Dataset(features[rows_in], target[rows_in])
    losses = {}
    callbacks, valid = [], []
    if held is not None:
        valid = [lightgbm.Dataset(features[held], target[held], reference=data)]
        callbacks = [lightgbm.early_stopping(50, verbose=False), lightgbm.record_evaluation(losses)]
    booster = lightgbm.train(PARAMETERS, data, rounds, valid_sets=valid, callbacks=callbacks)
    return booster, list(losses["valid_0"].values())[0] if losses else []


began = time.perf_counter()
bounds = [block * len(rows) // (FOLDS + 1) for block in range(FOLDS + 2)]
folds = [(slice(0, bounds[k]), slice(bounds[k], bounds[k + 1])) for k in range(1, FOLDS + 1)]
fitted = [train(learned, 500, held) for learned, held in folds]
longest = max(len(losses) for _, losses in fitted)
best = int(numpy.argmin([sum(losses[min(r, len(losses) - 1)] for _, losses in fitted) for r in range(longest)])) + 1
scores = [(auc if task == "classification" else r2)(booster.predict(features[held], num_iteration=best), target[held])
          for (booster, _), (_, held) in zip(fitted, folds)]
train(slice(0, len(rows)), best)
print(json.dumps({"seconds": time.perf_counter() - began, "score": float(numpy.mean(scores)), "rounds": best}))
