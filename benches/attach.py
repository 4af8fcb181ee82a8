#!/usr/bin/env python3
"""UCI Online Retail, 541,909 invoice lines of a year, in a warehouse table that journey_attach reads: rows/s, and whether
revenue, invoices and customers are those that are published (cancellations are refunds). Then once more with the
reading session killed by SIGKILL again and again, which must give the same.

The file lies in no package registry: ONLINE_RETAIL names online_retail.csv.xz; without it nothing is measured."""
import csv
import hashlib
import io
import lzma
import os
import pathlib
import signal
import sys
import threading
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests"), str(ROOT / "benches")]

from load import SETTINGS, Watch  # noqa: E402
from support.cluster import Cluster  # noqa: E402

FILE = pathlib.Path(os.environ.get("ONLINE_RETAIL", "online_retail.csv.xz"))
SHA256 = "2c120f1baead5e0f3017592eeac11d9befabccfd6da375b30daa126c2d99341e"
# As published with the set, and recomputed from its lines
PUBLISHED = {"lines": 541_909, "customers": 4_372, "invoices": 25_900, "net": "9747747.934"}
KILLS = 8
# A warehouse indexes what it is read by.
TABLE = """CREATE TABLE invoice_lines (invoice_no text, stock_code text, description text, quantity integer, invoice_date timestamp,
                                       unit_price numeric, customer_id integer, country text, line_no bigint GENERATED ALWAYS AS IDENTITY);
           CREATE INDEX ON invoice_lines (invoice_date); CREATE INDEX ON invoice_lines (invoice_no)"""
ATTACH = """SELECT journey_attach('order_lines', 'invoice_lines', '{"order_id": "invoice_no", "product_id": "stock_code",
                "name": "description", "price": "unit_price", "timestamp": "invoice_date", "line_id": "line_no",
                "currency": {"const": "GBP"}}', 'invoice_date', 'online_retail')"""
FOUND = """SELECT (SELECT count(*) FROM invoice_lines) AS lines,
                  (SELECT count(*) FROM journey.profiles WHERE user_id IS NOT NULL) AS customers,
                  (SELECT count(DISTINCT properties ->> 'order_id') FROM journey.events
                    WHERE event IN ('Order Completed', 'Order Refunded')) AS invoices,
                  (SELECT sum(revenue)::text FROM journey.profiles) AS net"""
# What the profiles must say, from the lines themselves
ORDERS = """SELECT (SELECT sum(orders) FROM journey.profiles) AS counted,
                   (SELECT count(DISTINCT invoice_no) FROM invoice_lines WHERE quantity >= 0 AND unit_price >= 0) AS bought,
                   (SELECT count(*) FROM journey.dead_letters) AS dead"""
CHECKSUM = """SELECT md5(string_agg(p::text, E'\\n' ORDER BY profile_id)) FROM
              (SELECT * FROM journey.profiles) p"""


def lines():
    if not FILE.exists():
        sys.exit(f"skipped: there is no {FILE}; ONLINE_RETAIL names the file")
    packed = FILE.read_bytes()
    if hashlib.sha256(packed).hexdigest() != SHA256:
        sys.exit(f"error: {FILE} is not the file that is meant: its sha256 is another one")
    out = io.StringIO()
    writer = csv.writer(out)
    for row in csv.reader(io.StringIO(lzma.decompress(packed).decode())):
        if row[0] != "InvoiceNo":
            row[6] = row[6].removesuffix(".0")
            writer.writerow(row)
    return out.getvalue()


def fill(cluster, data):
    cluster.create_database("journey")
    with cluster.connect() as connection:
        connection.execute(TABLE)
        with connection.cursor() as cursor, cursor.copy(
                "COPY invoice_lines (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)"
                " FROM STDIN (FORMAT csv)") as sink:
            sink.write(data)
        connection.execute("ANALYZE invoice_lines")
        connection.execute(ATTACH)


def sync(cluster, pids, size):
    """As a client would: a transaction a batch, and again whenever the server has thrown it out."""
    while True:
        try:
            with cluster.connect() as connection:
                pids.append(connection.info.backend_pid)
                while connection.execute("SELECT journey_sync('online_retail', %s)", (size,)).fetchone()[0] >= size:
                    pass
                return
        except psycopg.OperationalError:
            time.sleep(0.1)


def one(connection, statement):
    cursor = connection.execute(statement)
    return dict(zip([c.name for c in cursor.description], cursor.fetchone()))


def check(cluster):
    with cluster.connect() as connection:
        found, orders = one(connection, FOUND), one(connection, ORDERS)
        assert found == PUBLISHED, f"published {PUBLISHED}, found {found}"
        assert orders["counted"] == orders["bought"] and orders["dead"] == 0, orders
        return found | orders, connection.execute(CHECKSUM).fetchone()[0]


def main():
    data = lines()
    with Cluster("bench_attach", settings=SETTINGS) as cluster:
        fill(cluster, data)
        with Watch(cluster) as watch:
            sync(cluster, [], 50_000)
        found, whole = check(cluster)
        with Watch(cluster) as again:
            sync(cluster, [], 50_000)
    print(f"found as published: {found}")
    print(f"{found['lines']} lines in {watch.wall:.1f} s: {found['lines'] / watch.wall:.0f} rows/s, "
          f"{watch.cpu / found['lines'] * 1e6:.1f} µs CPU a row; reading the overlap again: {again.wall:.2f} s")

    with Cluster("bench_attach_killed", settings=SETTINGS | {"fsync": "off"}) as cluster:
        fill(cluster, data)
        pids, killed = [], 0
        reading = threading.Thread(target=sync, args=(cluster, pids, 20_000))
        reading.start()
        while reading.is_alive() and killed < KILLS:
            time.sleep(0.4 + 0.17 * killed)
            if len(pids) > killed and reading.is_alive():
                os.kill(pids[-1], signal.SIGKILL)
                killed = len(pids)
        reading.join()
        _, pieces = check(cluster)
    assert pieces == whole, "the profiles differ after kills"
    print(f"the same profiles after {len(pids) - 1} kills of the reading session")


if __name__ == "__main__":
    main()
