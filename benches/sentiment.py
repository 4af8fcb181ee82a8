#!/usr/bin/env python3
"""journey_sentiment() on reviews that its training has not seen: how well it tells whether the product was recommended, and how well it
goes along with the stars; next to VADER and to TF-IDF with logistic regression on the same rows. And how long both steps take.

The file is the women's clothing reviews (CC0) as CSV, packed or not: the first argument, or REVIEWS."""
import csv
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support.cluster import Cluster  # noqa: E402

FILE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("REVIEWS", "reviews.csv.gz"))
AUC, RHO = 0.95, 0.6
RANKS = "rank() OVER (ORDER BY {0}) + (count(*) OVER (PARTITION BY {0}) - 1) / 2.0"
# The area under the curve by the sum of ranks; Spearman's rho is Pearson's of ranks. Equal ones share the mean of theirs.
MEASURE = f"""
SELECT (sum(told) FILTER (WHERE recommended) - sum(recommended::integer) * (sum(recommended::integer) + 1) / 2.0)
           / (sum(recommended::integer) * sum((NOT recommended)::integer)), corr(told, stars), count(*)
  FROM (SELECT h.recommended, ({RANKS.format("t.sentiment")})::float8 AS told, ({RANKS.format("h.rating")})::float8 AS stars
          FROM held h JOIN told t USING (id)) r"""
failed = []


def check(name, ok):
    print(f"  {'ok    ' if ok else 'MISSED'} {name}")
    if not ok:
        failed.append(name)


def reviews():
    """id, whether it is held out, recommended, rating, text; a fifth is held out by the hash of the text, so that no text is in both."""
    with gzip.open(FILE, "rt", newline="") if FILE.suffix == ".gz" else open(FILE, newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            text = "\n".join(part for part in (row["Title"].strip(), row["Review Text"].strip()) if part)
            if row["Review Text"].strip():
                yield number, hashlib.sha256(text.encode()).digest()[0] < 51, row["Recommended IND"] == "1", int(row["Rating"]), text


def peers(rows):
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "benches/sentiment/requirements.txt"], text=True).strip()
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        csv.writer(file).writerows([int(held), int(recommended), rating, text] for _, held, recommended, rating, text in rows)
        file.flush()
        return json.loads(subprocess.check_output([python, ROOT / "benches/sentiment/peers.py", file.name], text=True))


def measure(connection):
    """AUC, Spearman's rho, rows, seconds."""
    connection.execute("DROP TABLE IF EXISTS told")
    began = time.perf_counter()
    connection.execute("""
        CREATE TEMP TABLE told AS
        SELECT t.* FROM (SELECT array_agg(id ORDER BY id) AS ids, array_agg(text ORDER BY id) AS texts FROM held) h,
                        unnest(h.ids, journey_sentiment(h.texts)) AS t (id, sentiment)""")
    seconds = time.perf_counter() - began
    return *(float(value) for value in connection.execute(MEASURE).fetchone()), seconds


def main():
    if not FILE.exists():
        sys.exit(f"skipped: there is no {FILE}; the first argument or REVIEWS names the file")
    rows = list(reviews())
    with Cluster("sentiment", settings={"pg_journey.engine_threads": "2"}) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.autocommit = True
            connection.execute("CREATE TABLE reviews (id int, is_held boolean, recommended boolean, rating int, text text)")
            with connection.cursor().copy("COPY reviews FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute("CREATE VIEW held AS SELECT * FROM reviews WHERE is_held")
            print(f"{len(rows)} reviews, {sum(row[1] for row in rows)} of them held out")
            auc, rho, _, seconds = measure(connection)
            print(f"         before any training: AUC {auc:.4f}, Spearman {rho:.4f}; {len(rows) / 5 / seconds:.0f} texts/s")
            began = time.perf_counter()
            connection.execute("SELECT journey_train('sentiment', %s)",
                               [json.dumps({"source": "SELECT text, rating FROM reviews WHERE NOT is_held", "low": 1, "high": 5})])
            print(f"         trained in {time.perf_counter() - began:.1f} s, embeddings included")
            print("         folds:", connection.execute("SELECT metrics - 'folds' FROM journey.model_versions WHERE model = 'sentiment'").fetchone()[0])
            auc, rho, held, seconds = measure(connection)
            check(f"recommended, yes or no: AUC {auc:.4f}", auc >= AUC)
            check(f"stars: Spearman {rho:.4f}", rho >= RHO)
            print(f"         {held / seconds:.0f} texts/s, two threads")
            for name, told in peers(rows).items():
                print(f"         {name}: AUC {told['auc']:.4f}, Spearman {told['spearman']:.4f}, {told['seconds']:.1f} s")
    if failed:
        sys.exit(f"missed: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
