"""Whatever is killed while events come in: what was acknowledged is there, once, and what was not can be sent again.

PG_JOURNEY_FAULT_EVENTS and PG_JOURNEY_FAULT_KILLS make the runs longer; the numbers here keep CI short.
"""
import os
import signal
import threading
import time

import psycopg
import pytest
from support.engine import wait_until

EVENTS = int(os.environ.get("PG_JOURNEY_FAULT_EVENTS", 30_000))
KILLS = int(os.environ.get("PG_JOURNEY_FAULT_KILLS", 4))
BATCH = 500
RECOVERY_SECONDS = 10
pytestmark = pytest.mark.timeout(max(300, EVENTS // 200))
FILL = """INSERT INTO journey.inbox (payload)
          SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 1 + n %% 5000, 'messageId', n,
                 'timestamp', '2024-05-01T00:00:00Z', 'properties', jsonb_build_object('order_id', n, 'total', 1, 'currency', 'USD'))
            FROM generate_series(%(first)s::integer, %(last)s::integer) n"""
ADDED_UP = """SELECT (SELECT count(*) FROM journey.events), sum(events)::bigint, sum(orders)::bigint, sum(revenue)::bigint,
                     (SELECT count(*) FROM journey.inbox), (SELECT count(*) FROM journey.dead_letters)
                FROM journey.profiles"""


class Sender(threading.Thread):
    """Sends batches until each is acknowledged, as a client that outlives its server does."""

    def __init__(self, server, batches):
        super().__init__()
        self.server, self.batches, self.acknowledged = server, batches, 0

    def run(self):
        while self.batches:
            try:
                with self.server.connect() as connection:
                    while self.batches:
                        first = self.batches[-1]
                        connection.execute(FILL, {"first": first, "last": first + BATCH - 1})
                        self.batches.pop()
                        self.acknowledged += BATCH
            except psycopg.OperationalError:
                time.sleep(0.1)


def worker_pid(server):
    """None while the server is recovering or no worker runs."""
    try:
        with server.connect() as connection:
            row = connection.execute("""SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_journey worker'
                                           AND datname = current_database()""").fetchone()
            return row and row[0]
    except psycopg.OperationalError:
        return None


def assert_all_arrived(server, sent):
    with server.connect() as connection:
        wait_until(lambda: not connection.execute("SELECT EXISTS (SELECT FROM journey.inbox)").fetchone()[0],
                   seconds=max(300, EVENTS // 200), what="an empty inbox")
        assert connection.execute(ADDED_UP).fetchone() == (sent, sent, sent, sent, 0, 0)


def test_a_killed_worker_loses_nothing_and_is_soon_back(new_cluster):
    server = new_cluster(settings={"max_wal_size": "4GB", "pg_journey.worker_batch": "2000"})
    sender = Sender(server, list(range(1, EVENTS + 1, BATCH)))
    pid = wait_until(lambda: worker_pid(server), what="a worker")
    sender.start()
    recoveries = []
    for kill in range(KILLS):
        # At the same share of the work each, and somewhere else within a batch each time
        due = EVENTS * kill // KILLS
        wait_until(lambda due=due: sender.acknowledged >= due, seconds=600, what=f"{due} events sent")
        time.sleep(0.013 * (kill % 20))
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        pid = wait_until(lambda old=pid: (new := worker_pid(server)) != old and new, seconds=60, what="a new worker")
        recoveries.append(time.monotonic() - began)
    sender.join()
    print(f"{KILLS} kills of the worker, {EVENTS} events; a new worker within {max(recoveries):.2f} s")
    assert_all_arrived(server, EVENTS)
    assert max(recoveries) < RECOVERY_SECONDS


def test_a_killed_server_keeps_what_it_acknowledged(new_cluster):
    """The kernel survives SIGKILL, so fsync is not what is tested: that a commit is in the log before it is answered is."""
    server = new_cluster(settings={"synchronous_commit": "on", "fsync": "on", "pg_journey.worker_batch": "2000"})
    kills = max(2, KILLS // 5)
    sender = Sender(server, list(range(1, EVENTS + 1, BATCH)))
    sender.start()
    for kill in range(kills):
        due = EVENTS * kill // kills
        wait_until(lambda due=due: sender.acknowledged >= due, seconds=600, what=f"{due} events sent")
        acknowledged = sender.acknowledged
        server.kill()
        server.start()
        with server.connect() as connection:
            kept = connection.execute("""SELECT (SELECT count(*) FROM journey.events)
                                              + (SELECT count(DISTINCT payload ->> 'messageId') FROM journey.inbox i WHERE NOT EXISTS (
                                                 SELECT FROM journey.events e WHERE e.message_id = payload ->> 'messageId'))""").fetchone()[0]
        assert kept >= acknowledged
    sender.join()
    assert_all_arrived(server, EVENTS)


def test_a_transaction_that_stays_open_holds_nobody_up_and_loses_nothing(new_cluster):
    server = new_cluster()
    track = "SELECT journey_track('{\"type\": \"page\", \"userId\": \"%s\", \"messageId\": \"%s\"}')"
    with server.connect(autocommit=False) as slow, server.connect() as other:
        slow.execute("INSERT INTO journey.inbox (payload) SELECT jsonb_build_object('type', 'page', 'userId', 'slow', 'messageId', n) FROM generate_series(1, 50) n")
        slow.execute(track % ("slow", "tracked"))
        other.execute(FILL, {"first": 1, "last": 2000})
        other.execute("SET statement_timeout = '30s'")
        other.execute(track % ("quick", "quick"))
        # Messages for the customer whose profile is locked have to wait, and the wait can be seen.
        other.execute("INSERT INTO journey.inbox (payload) VALUES ('{\"type\": \"page\", \"userId\": \"slow\", \"messageId\": \"late\"}')")
        time.sleep(2)
        waiting, since = other.execute("SELECT inbox, now() - oldest_received_at FROM journey.stat_queue").fetchone()
        assert waiting == 0 or since.total_seconds() > 1
        slow.commit()
        wait_until(lambda: other.execute("SELECT count(*) FROM journey.inbox").fetchone()[0] == 0, seconds=60, what="an empty inbox")
        counted = other.execute("SELECT user_id, events FROM journey.profiles WHERE user_id IN ('slow', 'quick') ORDER BY 1").fetchall()
        assert counted == [("quick", 1), ("slow", 52)]
        assert other.execute("SELECT sum(orders)::integer FROM journey.profiles").fetchone() == (2000,)
