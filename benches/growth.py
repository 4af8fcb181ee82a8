#!/usr/bin/env python3
"""What storing one more event costs when there are many already: the server's CPU an event that goes through the inbox, once there
are 100,000 events and once there are EVENTS. EVENTS is 3,000,000 unless the environment says another number; the
target is 10,000,000, which takes its time. Because a machine's own speed changes over such a time, each cost is told in
that of filling the inbox with the same events just before, which does not depend on how many there are."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benches"), str(ROOT / "tests")]

from load import SETTINGS, Watch  # noqa: E402
from support.cluster import Cluster  # noqa: E402

EVENTS = int(os.environ.get("EVENTS", 3_000_000))
STEP = 100_000
TARGET = 1.15

# The same customers all the time, so that each batch has news of as many: what grows are the tables, and what is known of each.
CUSTOMERS = 20_000
FILL = """
INSERT INTO journey.inbox (payload, source)
SELECT jsonb_build_object('type', 'track', 'event', CASE WHEN n %% 2 = 0 THEN 'Product Viewed' ELSE 'Product List Viewed' END, 'channel', 'web',
       'userId', 'u' || (hashint8extended(n, 1) & 9223372036854775807) %% %(customers)s, 'messageId', 'm' || n,
       'timestamp', now() - random() * interval '60 days',
       'properties', jsonb_build_object('product_id', 'p' || n %% 500, 'category', 'Tea ' || n %% 20, 'price', 12.5, 'currency', 'EUR')), 'bench'
  FROM generate_series(%(first)s::bigint, %(until)s::bigint - 1) n
"""


def store(cluster, connection, first):
    """µs CPU an event of STEP events, from the inbox to the profiles, and of putting them into the inbox."""
    with Watch(cluster) as fill:
        connection.execute(FILL, {"first": first, "until": first + STEP, "customers": CUSTOMERS})
    with Watch(cluster) as watch:
        while connection.execute("SELECT journey_drain()").fetchone()[0]:
            pass
    connection.execute("VACUUM (TRUNCATE false) journey.inbox")
    return watch.cpu / STEP * 1e6, fill.cpu / STEP * 1e6


def main():
    with Cluster("bench_growth", settings=SETTINGS | {"autovacuum_naptime": "1min"}) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            costs = [store(cluster, connection, first) for first in range(0, EVENTS, STEP)]
            stored, counted = connection.execute(
                "SELECT (SELECT count(*) FROM journey.events), (SELECT sum(events) FROM journey.profiles)").fetchone()
    assert stored == counted == len(costs) * STEP, f"{stored} stored, {counted} counted"
    for place in range(0, len(costs), max(len(costs) // 10, 1)):
        drained, filled = costs[place]
        print(f"  event {place * STEP:9}: {drained:5.1f} µs CPU an event, {drained / filled:.2f} × filling")
    # The first step makes the customers; neighbouring ones differ by what checkpoints and autovacuum do meanwhile.
    early, late = (sorted(drained / filled for drained, filled in some)[1] for some in (costs[1:4], costs[-3:]))
    print(f"at {EVENTS} events {late:.2f} × filling, at {STEP} {early:.2f}: ratio {late / early:.2f} (target: {TARGET} at 10,000,000)")


if __name__ == "__main__":
    main()
