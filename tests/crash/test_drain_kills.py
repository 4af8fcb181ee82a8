"""Draining is exactly once: a session killed in the middle of a batch loses nothing and counts nothing twice."""
import os
import signal
import threading
import time

import psycopg
from support.engine import wait_until

MESSAGES = 20_000
KILLS = 6
FILL = """INSERT INTO journey.inbox (payload)
          SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 1 + n %% 500, 'messageId', n,
                 'timestamp', '2024-05-01T00:00:00Z', 'properties', jsonb_build_object('order_id', n, 'total', 1, 'currency', 'USD'))
            FROM generate_series(1, %s) n"""
ADDED_UP = """SELECT (SELECT count(*) FROM journey.events), sum(events)::integer, sum(orders)::integer, sum(revenue)::integer,
                     (SELECT count(*) FROM journey.inbox), (SELECT count(*) FROM journey.dead_letters)
                FROM journey.profiles"""


def drain_until_empty(server, pids):
    """As a client would: connects again whenever the server has thrown it out."""
    while True:
        try:
            with server.connect() as connection:
                pids.append(connection.info.backend_pid)
                while connection.execute("SELECT journey_drain(500)").fetchone()[0]:
                    pass
                return
        except psycopg.OperationalError:
            time.sleep(0.1)


def test_killed_drains_lose_nothing_and_count_nothing_twice(new_cluster):
    server = new_cluster(settings={"pg_journey.worker": "off"})
    with server.connect() as connection:
        connection.execute(FILL, (MESSAGES,))
    pids = []
    draining = threading.Thread(target=drain_until_empty, args=(server, pids))
    draining.start()
    killed = 0
    while killed < KILLS and draining.is_alive():
        wait_until(lambda: len(pids) > killed or not draining.is_alive(), seconds=60, what="a new session")
        # Somewhere within a batch, and each time somewhere else
        time.sleep(0.15 + 0.07 * killed)
        if draining.is_alive():
            os.kill(pids[-1], signal.SIGKILL)
            killed += 1
    draining.join()
    assert killed >= 2, "the inbox was empty before the second kill"
    with server.connect() as connection:
        assert connection.execute(ADDED_UP).fetchone() == (MESSAGES, MESSAGES, MESSAGES, MESSAGES, 0, 0)
