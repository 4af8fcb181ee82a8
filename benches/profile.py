#!/usr/bin/env python3
"""Reading one profile: journey_profile(customer) against reading a plain row by its primary key, among PG_JOURNEY_PROFILES
customers (100,000 unless told) with a device, an e-mail address, two orders and eight other events each; first idle,
then while another session loads. Every customer is drawn at random. Prints the times and their ratios.
"""
import os
import pathlib
import random
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests"), str(ROOT / "benches")]

from load import SETTINGS, server_cpu  # noqa: E402
from support.cluster import Cluster  # noqa: E402

CUSTOMERS = int(os.environ.get("PG_JOURNEY_PROFILES", "100000"))
READS = 4000
CHUNK = 20_000

# The events of customers $1 to $2, over the last 300 days
FILL = """
INSERT INTO journey.inbox (payload)
SELECT jsonb_build_object('type', CASE WHEN n = 0 THEN 'identify' ELSE 'track' END, 'userId', 'c' || c, 'messageId', c || '-' || n,
           'event', CASE WHEN n IN (3, 7) THEN 'Order Completed' WHEN n = 9 THEN 'Product Added' ELSE 'Product Viewed' END,
           'timestamp', now() - ((c * 7 + n * 29) %% 300) * interval '1 day', 'channel', 'web',
           'traits', jsonb_build_object('email', 'c' || c || '@example.org', 'firstName', 'Ann'),
           'properties', jsonb_build_object('order_id', c || '-' || n, 'product_id', 'p' || n, 'category', 'C' || c %% 9, 'price', 10 + n, 'total', 20 + n,
               'currency', 'EUR', 'products', jsonb_build_array(jsonb_build_object('product_id', 'p' || n, 'category', 'C' || (c + n) %% 9, 'price', 10, 'quantity', 2))))
       || CASE WHEN n < 2 THEN jsonb_build_object('anonymousId', 'd' || c) ELSE '{}' END
  FROM generate_series(%s::integer, %s::integer) c, generate_series(0, 10) n"""


def fill(connection, first, last):
    for start in range(first, last, CHUNK):
        connection.execute(FILL, [start, min(start + CHUNK, last) - 1])
        while connection.execute("SELECT journey_drain()").fetchone()[0]:
            pass


def times(connection, query, argument):
    """Milliseconds of READS calls, sorted."""
    chance, taken = random.Random(1), []
    for n in range(READS + 100):
        value = argument(chance.randrange(CUSTOMERS))
        began = time.perf_counter()
        row = connection.execute(query, [value], prepare=True).fetchone()
        if n >= 100:  # the first ones plan
            taken.append((time.perf_counter() - began) * 1000)
        assert row and row[0] is not None, value
    return sorted(taken)


def show(what, taken, plain=None):
    middle, late = taken[READS // 2], taken[READS * 99 // 100]
    ratio = f"; {middle / plain[READS // 2]:.1f} and {late / plain[READS * 99 // 100]:.1f} times the plain read" if plain else ""
    print(f"{what}: median {middle:.3f} ms, p99 {late:.3f} ms{ratio}")


def main():
    with Cluster("bench_profile", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection, cluster.connect() as loader:
            fill(connection, 0, CUSTOMERS)
            connection.execute("CREATE TABLE plain AS SELECT value AS user_id, i.* FROM journey.identifiers i WHERE kind = 'user_id'")
            connection.execute("ALTER TABLE plain ADD PRIMARY KEY (user_id)")
            connection.execute("VACUUM ANALYZE")
            profiles, = connection.execute("SELECT count(*) FROM journey.identifiers WHERE kind = 'user_id'").fetchone()
            print(f"{profiles} profiles, {READS} reads each")
            read = ("SELECT journey_profile(%s)", lambda c: f"c{c}")
            plain = times(connection, "SELECT to_jsonb(p) FROM plain p WHERE user_id = %s", lambda c: f"c{c}")
            show("plain row by primary key", plain)
            before = server_cpu(cluster)
            idle = times(connection, *read)
            show("journey_profile, idle", idle, plain)
            print(f"CPU of the server: {(server_cpu(cluster) - before) / (READS + 100) * 1e3:.3f} ms a read")
            stop = threading.Event()

            def ingest():
                first = CUSTOMERS
                while not stop.is_set():
                    fill(loader, first, first + 1000)
                    first += 1000
            thread = threading.Thread(target=ingest)
            thread.start()
            busy = times(connection, *read)
            stop.set()
            thread.join()
            show("journey_profile, under ingest", busy, plain)
            print(f"p99 under ingest is {busy[READS * 99 // 100] / idle[READS * 99 // 100]:.2f} times that of idle (target: 1.5); idle target: 2 ms")


if __name__ == "__main__":
    main()
