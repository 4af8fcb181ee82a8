#!/usr/bin/env python3
"""Reading one profile: journey_profile(customer) against reading a row as wide from a plain table by its primary key, among
PG_JOURNEY_PROFILES customers (100,000 unless told) with a device, an e-mail address, two orders and eight other events each;
first idle, then while another session loads, then as the first read of new sessions. Customers are drawn at random.

Only the first TEMPLATES customers come as events; the others are copies of their rows under names of their own, which takes
minutes for what would be an hour. Prints times, CPU of the reading process and ratios.
"""
import itertools
import os
import pathlib
import random
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests"), str(ROOT / "benches")]

from load import SETTINGS  # noqa: E402
from support.cluster import Cluster  # noqa: E402

CUSTOMERS = int(os.environ.get("PG_JOURNEY_PROFILES", "100000"))
READS = 4000
TEMPLATES = 2000
COPIES = 50  # of each template in a transaction; the more, the fewer times every page of an index is visited
SESSIONS = 20

# What a server of this size would have: a quarter of its memory.
BUFFERS = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 >> 20

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

# Who copies whom, in the copies $1 to $2 of all templates; then the rows of every table, with the copies' ids.
TWINS = """
CREATE TEMP TABLE twins AS
SELECT k, i.profile_id, _journey_register(i.kind, regexp_replace(i.value, '[0-9]+', (substring(i.value, '[0-9]+')::integer + k * %s)::text)) AS twin
  FROM templates i, generate_series(%s::integer, %s::integer) k"""
COPY_ROWS = """
DO $$
DECLARE
    copied record;
BEGIN
    FOR copied IN
        SELECT a.attrelid::regclass AS name, string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) AS columns,
               string_agg(CASE WHEN a.attname = 'profile_id' THEN 't.twin' WHEN a.attname IN ('person_id', 'target_id') THEN 'o.twin'
                               ELSE format('r.%I', a.attname) END, ', ' ORDER BY a.attnum) AS chosen,
               max(format('JOIN twins o ON o.profile_id = r.%I AND o.k = t.k', a.attname)) FILTER (WHERE a.attname IN ('person_id', 'target_id')) AS other
          FROM pg_attribute a
         WHERE a.attnum > 0 AND a.attrelid = ANY (ARRAY['journey.events', 'journey._messages', 'journey._parts', 'journey._orders',
                                                        'journey._members', 'journey._links']::regclass[])
         GROUP BY 1
    LOOP
        EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s r JOIN twins t USING (profile_id) %s ORDER BY t.twin',
                       copied.name, copied.columns, copied.chosen, copied.name, copied.other);
    END LOOP;
END
$$"""
PLAIN = """
CREATE TABLE plain AS
SELECT 'c' || n AS customer, w.* FROM generate_series(0, %s::integer - 1) n
  JOIN (SELECT p.*, substring(p.user_id, '[0-9]+')::integer AS template FROM journey.profiles p) w ON w.template = n %% %s"""


def fill(connection, first, last):
    connection.execute(FILL, [first, last - 1])
    while connection.execute("SELECT journey_drain()").fetchone()[0]:
        pass


def build(connection):
    """CUSTOMERS profiles, and as many rows as wide in the table plain."""
    templates = min(TEMPLATES, CUSTOMERS)
    fill(connection, 0, templates)
    connection.execute("CREATE TEMP TABLE templates AS SELECT * FROM journey.identifiers")
    connection.execute("ANALYZE")
    connection.execute("SET jit = off; SET work_mem = '256MB'")
    connection.execute(PLAIN, [CUSTOMERS, templates])
    connection.execute("ALTER TABLE plain ADD PRIMARY KEY (customer)")
    for first in range(1, CUSTOMERS // templates, COPIES):
        with connection.transaction():
            connection.execute(TWINS, [templates, first, min(first + COPIES, CUSTOMERS // templates) - 1])
            connection.execute("ANALYZE twins")
            connection.execute(COPY_ROWS)
            connection.execute("DROP TABLE twins")
    connection.execute("VACUUM ANALYZE")


TURNS = itertools.count()


class Reader:
    """A session that reads customers drawn at random, and what its process spends."""

    def __init__(self, cluster, query):
        self.query, self.connection = query, cluster.connect()
        self.pid = self.connection.info.backend_pid

    def read(self, customer):
        row = self.connection.execute(self.query, [f"c{customer}"], prepare=True).fetchone()
        assert row and row[0] is not None, customer

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def times(self):
        """Sorted milliseconds of READS calls, and those of CPU a call."""
        # Others each time, so that nobody finds in memory what the one before has read.
        chance, taken = random.Random(next(TURNS)), []
        for _ in range(200):  # the first ones plan
            self.read(chance.randrange(CUSTOMERS))
        before = self.cpu()
        for _ in range(READS):
            customer = chance.randrange(CUSTOMERS)
            began = time.perf_counter()
            self.read(customer)
            taken.append((time.perf_counter() - began) * 1000)
        return sorted(taken), (self.cpu() - before) / READS * 1000


def p99(taken):
    return taken[READS * 99 // 100]


def show(what, measured, plain=None):
    (taken, cpu), middle = measured, measured[0][READS // 2]
    ratio = f"; {middle / plain[0][READS // 2]:.1f}, {p99(taken) / p99(plain[0]):.1f} and {cpu / plain[1]:.1f} times the plain read" if plain else ""
    print(f"{what}: median {middle:.3f} ms, p99 {p99(taken):.3f} ms, CPU {cpu:.3f} ms{ratio}", flush=True)


def first_reads(cluster, query):
    """Sorted milliseconds of the first read of sessions that are connected already."""
    taken = []
    for n in range(SESSIONS):
        reader = Reader(cluster, query)
        reader.connection.execute("SELECT 1")
        began = time.perf_counter()
        reader.read(n * 17 % CUSTOMERS)
        taken.append((time.perf_counter() - began) * 1000)
        reader.connection.close()
    return sorted(taken)


def under_ingest(cluster, reader):
    stop = threading.Event()

    def ingest():
        with cluster.connect() as loader:
            first = CUSTOMERS
            while not stop.is_set():
                fill(loader, first, first + 1000)
                first += 1000
    thread = threading.Thread(target=ingest)
    thread.start()
    measured = reader.times()
    stop.set()
    thread.join()
    return measured


def main():
    with Cluster("bench_profile", settings=SETTINGS | {"wal_level": "minimal", "max_wal_senders": "0", "shared_buffers": f"{BUFFERS}MB"}) as cluster:
        cluster.create_database("journey")
        began = time.monotonic()
        with cluster.connect() as connection:
            build(connection)
            profiles, = connection.execute("SELECT count(*) FROM journey.identifiers WHERE kind = 'user_id'").fetchone()
            size, = connection.execute("SELECT pg_size_pretty(pg_database_size('journey'))").fetchone()
        print(f"{profiles} profiles, {size}, made in {time.monotonic() - began:.0f} s; {READS} reads each", flush=True)
        profile = "SELECT journey_profile(%s)"
        plain = Reader(cluster, "SELECT to_jsonb(p) FROM plain p WHERE customer = %s").times()
        show("plain row by primary key", plain)
        reader = Reader(cluster, profile)
        idle = reader.times()
        show("journey_profile, idle", idle, plain)
        busy = under_ingest(cluster, reader)
        show("journey_profile, under ingest", busy, plain)
        print(f"p99 under ingest is {p99(busy[0]) / p99(idle[0]):.2f} times that of idle (target: 1.5); idle target: 2 ms")
        for what, columns in [("two columns", "orders, revenue"), ("all columns", "to_jsonb(p)")]:
            by_name = Reader(cluster, f"SELECT {columns} FROM journey.profiles p WHERE user_id = %s")
            show(f"{what} of journey.profiles by user_id", by_name.times(), plain)
        first = first_reads(cluster, profile)
        print(f"first journey_profile of a session: median {first[SESSIONS // 2]:.1f} ms, worst of {SESSIONS} {first[-1]:.1f} ms")


if __name__ == "__main__":
    main()
