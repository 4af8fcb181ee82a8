"""Draining is exactly once: a session killed in the middle of a batch loses nothing and counts nothing twice."""
from support.kills import kill_sessions

MESSAGES = 20_000
KILLS = 6
FILL = """INSERT INTO journey.inbox (payload)
          SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 1 + n %% 500, 'messageId', n,
                 'timestamp', '2024-05-01T00:00:00Z', 'properties', jsonb_build_object('order_id', n, 'total', 1, 'currency', 'USD'))
            FROM generate_series(1, %s) n"""
ADDED_UP = """SELECT (SELECT count(*) FROM journey.events), sum(events)::integer, sum(orders)::integer, sum(revenue)::integer,
                     (SELECT count(*) FROM journey.inbox), (SELECT count(*) FROM journey.dead_letters)
                FROM journey.profiles"""


def drain(connection):
    while connection.execute("SELECT journey_drain(500)").fetchone()[0]:
        pass


def test_killed_drains_lose_nothing_and_count_nothing_twice(new_cluster):
    server = new_cluster(settings={"pg_journey.worker": "off"})
    with server.connect() as connection:
        connection.execute(FILL, (MESSAGES,))
    # Somewhere within a batch, and each time somewhere else
    killed = kill_sessions(server, drain, KILLS, pause=0.15)
    assert killed >= 2, "the inbox was empty before the second kill"
    with server.connect() as connection:
        assert connection.execute(ADDED_UP).fetchone() == (MESSAGES, MESSAGES, MESSAGES, MESSAGES, 0, 0)
