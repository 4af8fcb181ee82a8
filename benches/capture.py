#!/usr/bin/env python3
"""What capturing an event costs next to storing the same JSON in a like table without pg_journey, in the same run: batches of
100 by journey_track_batch and through the inbox, 4 clients; single messages by journey_track, 8 clients. Events of 5,000
people by pgbench, half of them with products. Prints rows/s, the server's CPU a row, and the ratios."""
import pathlib
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benches"), str(ROOT / "tests")]

from load import SETTINGS, Watch  # noqa: E402
from support.cluster import Cluster  # noqa: E402

SECONDS = 5
BATCH = 100

# What a shop would write by hand: the columns of journey.events, with their key, an index by time and a unique one by message, not partitioned.
LIKE = """
CREATE TABLE plain (user_id text NOT NULL, event_id uuid NOT NULL DEFAULT gen_random_uuid(), "timestamp" timestamptz NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
                    sent_at timestamptz, original_timestamp timestamptz, type text NOT NULL, event text NOT NULL, channel text, anonymous_id text,
                    message_id text NOT NULL, source text, properties jsonb NOT NULL, context jsonb,
                    PRIMARY KEY (user_id, "timestamp", event_id));
CREATE INDEX ON plain ("timestamp"); CREATE UNIQUE INDEX ON plain (user_id, message_id);
CREATE FUNCTION plain_insert(events jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO plain (user_id, "timestamp", original_timestamp, sent_at, type, event, channel, anonymous_id, message_id, properties, context)
    SELECT e ->> 'userId', (e ->> 'timestamp')::timestamptz, (e ->> 'timestamp')::timestamptz, (e ->> 'sentAt')::timestamptz, e ->> 'type', e ->> 'event',
           e ->> 'channel', e ->> 'anonymousId', e ->> 'messageId', e -> 'properties', e -> 'context'
      FROM jsonb_array_elements(events) e ON CONFLICT DO NOTHING $$;
CREATE FUNCTION inbox_insert(events jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO journey.inbox (payload, source) SELECT e, 'bench' FROM jsonb_array_elements(events) e $$;
-- Made beforehand, so that making them costs nobody anything: prefixes make the ids of each use different ones.
CREATE TABLE batches (n integer PRIMARY KEY, events text);
INSERT INTO batches SELECT b, jsonb_agg(jsonb_build_object('type', 'track', 'event', CASE WHEN n % 2 = 0 THEN 'Product Viewed' ELSE 'Product List Viewed' END,
       'userId', 'u' || (hashint4(n) & 2147483647) % 5000, 'messageId', '@' || n, 'channel', 'web', 'timestamp', date_trunc('second', now()) - n * interval '13 seconds',
       'context', '{"library": {"name": "analytics.js", "version": "2.1"}, "page": {"url": "https://shop.example/tea", "path": "/tea"}}'::jsonb,
       'properties', jsonb_build_object('product_id', 'p' || n % 500, 'category', 'Tea ' || n % 20, 'price', 12.5, 'currency', 'EUR', 'list_id', 'spring')))::text
  FROM generate_series(0, 1999) b CROSS JOIN LATERAL generate_series(b * {batch}, b * {batch} + {batch} - 1) n GROUP BY b;
ANALYZE batches;
"""

# A use of the batches renames the messages by the client and its turn.
EVENTS = "replace(events, '@', '{name}-' || :client_id || '-' || :turn || '-')::jsonb"
PICK = "\\set n random(0, 1999)\n\\set turn random(1, 1000000000)\n"
ONE = "(" + EVENTS + " -> (:turn % 100)::integer)"
SCRIPTS = {
    "nothing": PICK + f"SELECT jsonb_array_length({EVENTS}) FROM batches WHERE n = :n;\n",
    "plain": PICK + f"SELECT plain_insert({EVENTS}) FROM batches WHERE n = :n;\n",
    "track_batch": PICK + f"SELECT count(*) FROM batches, journey_track_batch({EVENTS}) WHERE n = :n;\n",
    "inbox": PICK + f"SELECT inbox_insert({EVENTS}) FROM batches WHERE n = :n;\n",
    "one_nothing": PICK + f"SELECT jsonb_typeof({ONE}) FROM batches WHERE n = :n;\n",
    "one_plain": PICK + f"SELECT plain_insert(jsonb_build_array({ONE})) FROM batches WHERE n = :n;\n",
    "one_track": PICK + f"SELECT journey_track({ONE}) FROM batches WHERE n = :n;\n",
}


def pgbench(cluster, name, clients):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        pathlib.Path(script.name).chmod(0o644)
        script.write(SCRIPTS[name].replace("{name}", name))
        script.flush()
        out = cluster.run("pgbench", "--no-vacuum", f"--client={clients}", "--jobs=2", f"--time={SECONDS}", "--protocol=prepared",
                          f"--file={script.name}", cluster.uri())
    done = [line for line in out.splitlines() if line.startswith("number of transactions actually processed")]
    return int(done[0].split(":")[1].split("/")[0])


def drain(cluster, is_filled):
    """Empties the inbox until nobody fills it any more and it is empty, as the worker would beside the clients."""
    with cluster.connect() as connection:
        while True:
            was_filled = is_filled.is_set()
            if not connection.execute("SELECT journey_drain()").fetchone()[0]:
                if was_filled:
                    return
                is_filled.wait(0.1)


def measure(cluster, name, clients, rows):
    """Rows/s and µs CPU a row; what is put into the inbox is drained meanwhile by another session, and all of it before the clock stops."""
    is_filled = threading.Event()
    worker = threading.Thread(target=drain, args=(cluster, is_filled))
    with Watch(cluster) as watch:
        if name == "inbox":
            worker.start()
        transactions = pgbench(cluster, name, clients)
        is_filled.set()
        if name == "inbox":
            worker.join()
    total = transactions * rows
    return total / watch.wall, watch.cpu / total * 1e6


def show(cluster, names, clients, rows):
    (_, base), *_ = [measure(cluster, names[0], clients, rows)]
    results = {name: measure(cluster, name, clients, rows) for name in names[1:]}
    plain_rate, plain_cpu = results[names[1]]
    plain_cpu -= base
    for name, (rate, cpu) in results.items():
        print(f"  {name:12} {rate:8.0f} rows/s ({rate / plain_rate:.2f} of plain)   {cpu - base:6.1f} µs CPU a row "
              f"({(cpu - base) / plain_cpu:.2f} of plain)")


def main():
    with Cluster("bench_capture", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.execute(LIKE.replace("{batch}", str(BATCH)))
        print(f"JSON batches of {BATCH}, 4 clients (target: 0.85 of plain, 25 µs CPU a row); the CPU of picking a batch is taken off")
        show(cluster, ["nothing", "plain", "track_batch", "inbox"], 4, BATCH)
        print("single messages, 8 clients (target: 0.6 of plain)")
        show(cluster, ["one_nothing", "one_plain", "one_track"], 8, 1)
        with cluster.connect() as connection:
            stored, counted = connection.execute("SELECT (SELECT count(*) FROM journey.events), (SELECT sum(events) FROM journey.profiles)").fetchone()
    assert stored == counted, f"{stored} stored, {counted} counted"


if __name__ == "__main__":
    main()
