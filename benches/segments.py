#!/usr/bin/env python3
"""Sessions, traits and segments against the shortest plain SQL with the same answer, over one set of events.

The plain statements know that each customer has one identifier and no event is passive; the ratio is what knowing neither
costs. PG_JOURNEY_EVENTS says how many events there are (a million by default). The best of five runs counts: other work
on the machine only ever adds."""
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.cluster import Cluster  # noqa: E402

EVENTS = int(os.environ.get("PG_JOURNEY_EVENTS", "1000000"))
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "pg_journey.worker": "off"}

# A year of customers with some hundred events each; one in ten is an order.
FILL = """INSERT INTO journey.inbox (payload)
    SELECT jsonb_build_object('type', 'track', 'event', CASE n %% 10 WHEN 0 THEN 'Order Completed' ELSE 'Product Viewed' END,
           'userId', 'u' || n %% %(customers)s, 'messageId', 'm' || n,
           'timestamp', timestamptz '2025-01-01Z' + n * interval '1 year' / %(events)s,
           'properties', jsonb_build_object('order_id', 'o' || n, 'revenue', n %% 90, 'currency', 'EUR', 'category', 'c' || n %% 7))
      FROM generate_series(1, %(events)s) n"""
AT = "timestamptz '2026-01-01Z'"
PERSON = "(SELECT profile_id FROM journey.identifiers WHERE value = 'u7')"
DEFINED = [("orders", "trait", '{"kind": "count", "event": "Order Completed", "window": "90 days"}'),
           ("spent", "trait", '{"kind": "sum", "of": "properties.revenue", "event": "Order Completed"}'),
           ("favourite", "trait", '{"kind": "most_frequent", "of": "properties.category"}'),
           ("funnelled", "segment", '{"funnel": ["Product Viewed", "Order Completed"], "within": "7 days"}')]
PAIRS = [
    ("count in 90 days, all", f"SELECT count(number) FROM journey_trait_values('orders', {AT})",
     f"""SELECT count(n) FROM (SELECT profile_id, count(*) AS n FROM journey.events
          WHERE event = 'Order Completed' AND "timestamp" > {AT} - interval '90 days' AND "timestamp" <= {AT} GROUP BY 1) x"""),
    ("sum ever, all", f"SELECT sum(number) FROM journey_trait_values('spent', {AT})",
     "SELECT sum(n) FROM (SELECT profile_id, sum((properties ->> 'revenue')::numeric) AS n FROM journey.events WHERE event = 'Order Completed' GROUP BY 1) x"),
    ("most frequent, all", f"SELECT count(value) FROM journey_trait_values('favourite', {AT})",
     "SELECT count(n) FROM (SELECT profile_id, mode() WITHIN GROUP (ORDER BY properties ->> 'category') AS n FROM journey.events GROUP BY 1) x"),
    ("sum ever, one customer", f"SELECT journey_trait('u7', 'spent', {AT})",
     f"SELECT sum((properties ->> 'revenue')::numeric) FROM journey.events WHERE event = 'Order Completed' AND profile_id = {PERSON}"),
    ("funnel, refreshed", "SELECT * FROM journey_refresh_segments('funnelled')",
     """SELECT count(*) FROM (SELECT DISTINCT profile_id FROM (SELECT profile_id, event, "timestamp", max("timestamp") FILTER (WHERE event = 'Product Viewed')
          OVER (PARTITION BY profile_id ORDER BY "timestamp") AS viewed FROM journey.events) e
          WHERE event = 'Order Completed' AND viewed >= "timestamp" - interval '7 days') x"""),
    ("funnel, one customer", "SELECT journey_in_segment('u7', 'funnelled')",
     f"""SELECT EXISTS (SELECT FROM journey.events o JOIN journey.events v USING (profile_id) WHERE profile_id = {PERSON} AND o.event = 'Order Completed'
          AND v.event = 'Product Viewed' AND v."timestamp" < o."timestamp" AND v."timestamp" >= o."timestamp" - interval '7 days')"""),
    ("sessions of all", "SELECT count(*) FROM journey.sessions",
     """SELECT count(*) FROM (SELECT "timestamp" - lag("timestamp") OVER (PARTITION BY profile_id ORDER BY "timestamp") AS gap FROM journey.events) e
          WHERE gap IS NULL OR gap >= interval '30 minutes'"""),
    ("sessions of one customer", "SELECT count(*) FROM journey.sessions WHERE profile_id = journey_resolve('u7')",
     f"""SELECT count(*) FROM (SELECT "timestamp" - lag("timestamp") OVER (ORDER BY "timestamp") AS gap FROM journey.events WHERE profile_id = {PERSON}) e
          WHERE gap IS NULL OR gap >= interval '30 minutes'"""),
]


def best(connection, statement):
    times = []
    for _ in range(5):
        began = time.monotonic()
        connection.execute(statement).fetchall()
        times.append(time.monotonic() - began)
    return min(times)


def main():
    with Cluster("bench_segments", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.execute(FILL % {"events": EVENTS, "customers": max(1, EVENTS // 100)})
            while connection.execute("SELECT journey_drain()").fetchone()[0]:
                pass
            connection.execute("VACUUM ANALYZE")
            for name, what, definition in DEFINED:
                connection.execute(f"SELECT journey_define_{what}(%s, %s)", [name, definition])
            print(f"{EVENTS} events of {max(1, EVENTS // 100)} customers")
            for name, ours, plain in PAIRS:
                with_it, without = best(connection, ours), best(connection, plain)
                print(f"{name:26} {with_it * 1000:10.1f} ms, plain SQL {without * 1000:10.1f} ms, ratio {with_it / without:6.2f}", flush=True)


if __name__ == "__main__":
    main()
