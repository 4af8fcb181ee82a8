"""Models that scikit-learn, LightGBM and XGBoost export are imported, and score as onnxruntime does."""
import json
import subprocess

import psycopg
import pytest
from support.cluster import ROOT

NAMES = ["logistic", "logistic_maps", "named_classes", "by_column", "three_classes", "forest",
         "lightgbm", "lightgbm_maps", "lightgbm_value", "xgboost", "xgboost_value"]


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "tests/exporters/requirements.txt"], text=True).strip()
    subprocess.run([python, ROOT / "tests/exporters/export.py", folder], check=True, timeout=300)
    return folder, json.loads((folder / "models.json").read_text())


@pytest.fixture(scope="module")
def database(cluster):
    cluster.create_database("exporters")
    yield "exporters"
    cluster.drop_database("exporters")


@pytest.fixture
def session(cluster, database):
    with cluster.connect(database) as connection:
        yield connection


def imported(session, exported, name):
    folder, described = exported
    signature = described["models"][name]["signature"]
    session.execute("SELECT journey_import_model(%s, %s::bytea, %s::jsonb)",
                    [name, (folder / f"{name}.onnx").read_bytes(), json.dumps(signature) if signature else None])
    rows = described["lacking" if described["models"][name]["may_lack"] else "rows"]
    return described["names"], rows, described["models"][name]["scores"]


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_model_scores_as_in_onnxruntime(session, exported, name):
    names, rows, expected = imported(session, exported, name)
    as_json = lambda row: json.dumps({n: (bool(v) if name == "by_column" and n == "member" else v)  # noqa: E731
                                      for n, v in zip(names, row)})
    scores = [session.execute("SELECT journey_predict(%s, %s::jsonb)", [name, as_json(row)]).fetchone()[0] for row in rows]
    assert scores == pytest.approx(expected, abs=1e-5)
    # a table gives the same but for the last bit, which ONNX Runtime rounds otherwise where it takes several rows at once
    kind = "boolean" if name == "by_column" else "real"
    session.execute(f"CREATE TEMP TABLE customers (id text, orders real, spend float8, days numeric, member {kind})")
    with session.cursor().copy("COPY customers FROM STDIN") as copy:
        for number, row in enumerate(rows):
            copy.write_row([f"c{number}", *row[:3], bool(row[3]) if kind == "boolean" else row[3]])
    found = session.execute("SELECT id, score FROM journey_predict(%s, 'customers'::regclass)", [name]).fetchall()
    assert [id for id, _ in found] == [f"c{number}" for number in range(len(rows))]
    assert [score for _, score in found] == pytest.approx(scores, abs=1e-6)


def test_more_rows_than_a_slice_come_back_in_order(session, exported):
    names, rows, expected = imported(session, exported, "lightgbm")
    session.execute("""CREATE TEMP TABLE many AS
        SELECT n AS id, (n % 7)::float8 AS orders, CASE WHEN n % 5 > 0 THEN n % 11 END AS spend, n % 3 AS days, n % 2 AS member
          FROM generate_series(1, 50000) n""")
    assert session.execute("""
        SELECT count(*), count(DISTINCT p.id), bool_and(p.id = p.place::text)
          FROM ROWS FROM (journey_predict('lightgbm', 'many'::regclass)) WITH ORDINALITY AS p(id, score, place)""").fetchone() == (50000, 50000, True)
    assert session.execute("""
        SELECT count(*) FROM journey_predict('lightgbm', 'many'::regclass) p JOIN many m ON m.id = p.id::integer
         WHERE m.id % 500 = 0
           AND abs(p.score - journey_predict('lightgbm', to_jsonb(m) - 'id')) > 1e-6""").fetchone() == (0,)


def test_several_classes_need_a_name(session, exported):
    graph = (exported[0] / "three_classes.onnx").read_bytes()
    with pytest.raises(psycopg.Error, match="it answers 3 classes and the signature names none") as error:
        session.execute("SELECT journey_import_model('unnamed', %s::bytea)", [graph])
    assert error.value.sqlstate == "XX001"
