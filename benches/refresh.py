#!/usr/bin/env python3
"""journey_refresh_scores: all derived attributes of all customers, and how many customers a second that is (target 20,000 for each model).

Customers have as many events as those of a shop with two visits and half an order each in their last year. PG_JOURNEY_BENCH_CUSTOMERS
says how many there are (100,000)."""
import json
import os
import sys
import time

from support.cluster import Cluster

CUSTOMERS = int(os.environ.get("PG_JOURNEY_BENCH_CUSTOMERS", "100000"))
TARGET = 20_000

# Two visits of four events; who looks at a reduced product likelier buys; orders of one to three lines.
EVENTS = """
INSERT INTO journey.inbox (payload, source)
SELECT jsonb_build_object('type', 'track', 'event', name, 'userId', 'c' || c, 'messageId', format('%%s-%%s-%%s', c, visit, step), 'channel', (ARRAY['web', 'app', 'email'])[1 + c %% 3],
           'timestamp', timestamptz '2026-10-01' - make_interval(hours => (hashint4(c * 4 + visit) & 8191), mins => step),
           'properties', CASE name WHEN 'Order Completed' THEN jsonb_build_object('order_id', format('%%s-%%s', c, visit), 'currency', 'EUR', 'products', products)
                              ELSE products -> 0 END), 'bench'
  FROM (SELECT c, visit, step,
               CASE WHEN step = 3 AND (hashint4(c * 8 + visit) & 3) = 0 THEN 'Order Completed' WHEN step = 2 THEN 'Product Added' ELSE 'Product Viewed' END AS name,
               (SELECT jsonb_agg(jsonb_build_object('product_id', 'p' || (hashint4(c * 16 + l) & 1023), 'price', 5 + (hashint4(c * 16 + l) & 63), 'quantity', 1,
                                                    'category', 'category ' || (hashint4(c * 16 + l) & 15))) FROM generate_series(0, (c + visit) %% 3) l) AS products
          FROM generate_series(%(first)s::integer, %(last)s::integer) c, generate_series(0, 1) visit, generate_series(0, 3) step) e"""


def main():
    with Cluster("refresh", settings={"shared_buffers": "1GB", "max_wal_size": "8GB"}) as cluster:
        cluster.create_database("journey")
        with cluster.connect("journey") as connection:
            began = time.perf_counter()
            for first in range(1, CUSTOMERS + 1, 10_000):
                connection.execute(EVENTS, {"first": first, "last": min(first + 9_999, CUSTOMERS)})
                while connection.execute("SELECT journey_drain(10000)").fetchone()[0]:
                    pass
            connection.execute("VACUUM ANALYZE")
            print(f"{CUSTOMERS} customers of 8 events loaded in {time.perf_counter() - began:.0f} s")
            connection.execute("INSERT INTO journey.acquisition_costs (kind, name, amount, currency, margin) VALUES ('all', '*', 20, 'EUR', 0.3)")
            for model, options in [("clv", {"until": "2026-10-01"}), ("next_category", {"until": "2026-09-30"}), ("purchase_30d", {"until": "2026-10-01", "cuts": 2})]:
                began = time.perf_counter()
                connection.execute("SELECT journey_train(%s, %s)", [model, json.dumps(options)])
                print(f"{model} learned in {time.perf_counter() - began:.1f} s")
            slowest = None
            for (model,) in connection.execute("SELECT name FROM _journey_scored_models()").fetchall():
                began = time.perf_counter()
                scored = connection.execute("SELECT scored FROM journey_refresh_scores(%s)", [model]).fetchone()[0]
                rate = CUSTOMERS / (time.perf_counter() - began)
                slowest = min(slowest or rate, rate)
                print(f"  {model}: {scored} rows, {rate:.0f} customers a second")
            print(f"the slowest at {slowest / TARGET:.2f} of the target")
    sys.exit(slowest < TARGET)


main()
