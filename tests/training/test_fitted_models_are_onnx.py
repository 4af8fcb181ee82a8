"""A model that journey_train() fitted says the same in Python's onnxruntime as in the database, missing values included."""
import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

ROWS = """
    CREATE TABLE made AS
    SELECT n AS id,
           CASE WHEN n %% 7 <> 0 THEN (n * 7919 %% 1000) / 10.0 END AS amount,
           (n * 104729 %% 50)::integer AS visits,
           CASE WHEN n %% 13 <> 0 THEN (ARRAY['north', 'south', 'east', 'west'])[1 + n * 31 %% 4] END AS region,
           n * 17 %% 3 = 0 AS is_member,
           1e9 + n * 104729 %% 50 AS far_from_zero,
           (n * 7919 %% 1000) / 10.0 + 2 * (n * 104729 %% 50) + 30 * (n * 31 %% 4) + n * 6151 %% 80 AS spent
      FROM generate_series(1, %s) n;
    ALTER TABLE made ADD bought boolean;
    UPDATE made SET bought = spent > 170"""


@pytest.fixture(scope="module")
def python():
    return subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "tests/models/requirements.txt"], text=True).strip()


@pytest.fixture(scope="module")
def database(cluster):
    name = "fitted_models"
    cluster.create_database(name)
    with cluster.connect(dbname=name) as connection:
        connection.autocommit = True
        yield connection


def encoded(features, row):
    """As the model's input has it: a category is its place in the list, what is not in it or null is not known."""
    def one(feature):
        value = row[feature["name"]]
        if value is None or feature["type"] != "category":
            return value
        return feature["values"].index(value) if value in feature["values"] else None
    return [one(feature) for feature in features]


# Few rows are calibrated by Platt's curve, many by an isotonic one.
@pytest.mark.parametrize("count, method", [(700, "platt"), (6000, "isotonic")])
@pytest.mark.parametrize("target, algorithm", [("bought", "trees"), ("bought", "logistic"), ("spent", "trees"), ("spent", "linear")])
def test_outputs_are_equal(database, python, count, method, target, algorithm):
    database.execute("DROP TABLE IF EXISTS made")
    for statement in (ROWS % count).split(";"):
        database.execute(statement)
    other = {"bought": "spent", "spent": "bought"}[target]
    source = f"SELECT amount, visits, region, is_member, far_from_zero, {target} FROM made WHERE {other} IS NOT NULL"
    options = {"source": source, "target": target, "algorithm": algorithm, "rounds": 80}
    name = f"{target}.{algorithm}.{count}"
    database.execute("SELECT journey_train(%s, %s)", [name, json.dumps(options)])
    model, features, metrics = database.execute(
        "SELECT encode(journey_export_model(model), 'hex'), features, metrics FROM journey.model_versions WHERE model = %s", [name]).fetchone()
    if target == "bought":
        assert metrics["calibration"]["method"] == method
        assert metrics["auc"] > 0.8 and metrics["ece"] < 0.1
    else:
        assert metrics["r2"] > 0.6

    rows = [row for row, in database.execute("SELECT to_jsonb(m) - '{id,spent,bought}'::text[] FROM made m ORDER BY id LIMIT 300")]
    rows += [{"amount": None, "visits": None, "region": "nowhere", "is_member": None, "far_from_zero": None}]
    here = [score for score, in database.execute("""
        SELECT (SELECT sum(contribution) FROM journey_explain_row(%s, r)) FROM unnest(%s::jsonb[]) WITH ORDINALITY u (r, n) ORDER BY n""",
        [name, [json.dumps(row) for row in rows]])]
    there = json.loads(subprocess.run([python, ROOT / "tests/training/run_onnx.py"], check=True, capture_output=True, text=True,
                                      input=json.dumps([model, [encoded(features, row) for row in rows]])).stdout)
    assert len(set(there)) > 20
    assert max(abs(a - b) / max(1, abs(a)) for a, b in zip(here, there)) < 1e-5
    served = [score for score, in database.execute("SELECT journey_predict(%s, r) FROM unnest(%s::jsonb[]) WITH ORDINALITY u (r, n) ORDER BY n",
                                                   [name, [json.dumps(row) for row in rows]])]
    assert max(abs(a - b) / max(1, abs(a)) for a, b in zip(served, there)) < 1e-5
