"""Reading a warehouse table is exactly once: a session killed between its rows loses none and counts none twice."""
from support.engine import wait_until
from support.kills import kill_sessions

ORDERS = 8_000
KILLS = 4
FILL = """CREATE TABLE lines AS
          SELECT n AS order_id, 1 + n % 300 AS customer_id, timestamptz '2024-05-01Z' + n * interval '1 minute' AS timestamp,
                 'p' || k AS product_id, CASE WHEN k = 3 AND n % 5 = 0 THEN -1 ELSE 1 END AS quantity, k AS price
            FROM generate_series(1, {}) n, generate_series(1, 3) k"""
ATTACH = """SELECT journey_attach('order_lines', 'lines', '{"currency": {"const": "EUR"}}', 'timestamp')"""
ADDED_UP = """SELECT sum(events)::integer, sum(orders)::integer, sum(revenue)::integer, sum(refunded)::integer,
                     (SELECT count(*) FROM journey.inbox), (SELECT count(*) FROM journey.dead_letters)
                FROM journey.profiles"""


def sync(connection):
    while connection.execute("SELECT journey_sync(max => 500)").fetchone()[0] >= 500:
        pass


def test_killed_syncs_lose_nothing_and_count_nothing_twice(new_cluster):
    server = new_cluster(settings={"pg_journey.worker": "off"})
    with server.connect() as connection:
        connection.execute(FILL.format(ORDERS))
        connection.execute(ATTACH)
    killed = kill_sessions(server, sync, KILLS, pause=0.1)
    assert killed >= 2, "all was read before the second kill"
    returned = ORDERS // 5
    with server.connect() as connection:
        assert connection.execute(ADDED_UP).fetchone() == (
            ORDERS + returned, ORDERS, ORDERS * 6 - returned * 3 * 2, returned * 3, 0, 0)


def test_the_worker_reads_what_is_attached(new_cluster):
    server = new_cluster(settings={"pg_journey.worker_naptime": "100ms"})
    with server.connect() as connection:
        connection.execute(FILL.format(100))
        connection.execute(ATTACH)
        wait_until(lambda: connection.execute("SELECT sum(orders) FROM journey.profiles").fetchone()[0] == 100,
                   seconds=30, what="the worker's sync")
        connection.execute("INSERT INTO lines VALUES (101, 1, '2024-05-02', 'p1', 1, 1)")
        connection.execute("UPDATE journey.sources SET every = '1 second'")
        wait_until(lambda: connection.execute("SELECT sum(orders) FROM journey.profiles").fetchone()[0] == 101,
                   seconds=30, what="the new order")
