"""Jobs of the background: what survives when processes die, whose rights hold, and who makes way."""
import os
import signal
import time

import psycopg
from support.engine import wait_until

CUSTOMERS = 3000
FILL = """
INSERT INTO journey.products (product_id, name, price, currency) VALUES ('p', 'Cedar Lamp', 40, 'USD');
INSERT INTO journey.campaigns (campaign, product_id) VALUES ('lamps', 'p');
SELECT count(*) FROM journey_track_batch((SELECT jsonb_agg(jsonb_build_object(
    'type', 'track', 'event', 'Product Viewed', 'userId', 'c' || n, 'messageId', 'm' || n)) FROM generate_series(1, %s) n));
"""
PROCESS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_journey jobs' AND datname = coalesce(%s, current_database())"


def fill(connection, customers=CUSTOMERS):
    for statement in (FILL % customers).strip().split(";")[:-1]:
        connection.execute(statement)


def order(connection, options='{"tier": "template"}'):
    return connection.execute("SELECT journey_generate_batch('lamps', options => %s)", [options]).fetchone()[0]


def job(connection, name):
    return connection.execute("SELECT status, done, failed FROM journey.jobs WHERE job = %s", [name]).fetchone()


def process(connection, database=None):
    row = connection.execute(PROCESS, [database]).fetchone()
    return row and row[0]


def is_ready(server):
    try:
        server.connect().close()
        return True
    except psycopg.OperationalError:
        return False


def is_cut_off(connection):
    """A killed process takes all sessions with it, once the server has noticed: until then a new one would come in."""
    try:
        connection.execute("SELECT 1")
        return False
    except psycopg.OperationalError:
        return True


def texts(connection):
    """Rows of batch_texts that were written, and texts in journey.generations."""
    return connection.execute("""
        SELECT (SELECT count(*) FROM journey.batch_texts JOIN journey.generations USING (profile_id, generation_id)),
               (SELECT count(*) FROM journey.generations), (SELECT count(DISTINCT profile_id) FROM journey.generations)""").fetchone()


def test_a_job_goes_on_after_its_process_and_its_server_die(new_cluster):
    server = new_cluster()
    with server.connect() as connection:
        fill(connection)
        name = order(connection)
        wait_until(lambda: job(connection, name)[1] > 0, seconds=60, what="the first texts")
        first = process(connection)
        assert first, "the job was done before it could be killed: raise CUSTOMERS"
        connection.execute("SELECT pg_terminate_backend(%s)", [first])
        wait_until(lambda: process(connection) not in (None, first), seconds=60, what="another process")
        os.kill(process(connection), signal.SIGKILL)
        wait_until(lambda: is_cut_off(connection), seconds=60, what="the end of all sessions")
    wait_until(lambda: is_ready(server), seconds=60, what="the server")
    with server.connect() as connection:
        wait_until(lambda: job(connection, name)[0] == "done", seconds=120, what="the end of the job")
        assert job(connection, name) == ("done", CUSTOMERS, 0)
        assert texts(connection) == (CUSTOMERS, CUSTOMERS, CUSTOMERS)
        wait_until(lambda: process(connection) is None, what="the end of the process")


def test_a_job_sees_what_its_owner_sees(cluster, new_database):
    """Row-level security holds in the background; a role that is gone orders nothing any more."""
    database = new_database()
    with cluster.connect(database) as connection:
        connection.execute("CREATE ROLE half_writer")
        try:
            fill(connection, 20)
            connection.execute("GRANT journey_writer TO half_writer")
            connection.execute("ALTER TABLE journey.generations ENABLE ROW LEVEL SECURITY")
            connection.execute("CREATE POLICY half ON journey.generations TO half_writer USING (true) WITH CHECK (product_id = 'other')")
            connection.execute("SET ROLE half_writer")
            forbidden = order(connection)
            connection.execute("RESET ROLE")
            row = wait_until(lambda: connection.execute("SELECT error FROM journey.jobs WHERE job = %s AND error <> ''", [forbidden]).fetchone(),
                             seconds=30, what="a refusal")
            assert "row-level security" in row[0]
            connection.execute("DROP POLICY half ON journey.generations")
            connection.execute("CREATE POLICY half ON journey.generations TO half_writer USING (true) WITH CHECK (product_id = 'p')")
            wait_until(lambda: job(connection, forbidden) == ("done", 20, 0), seconds=30, what="the end of the job")
            connection.execute("SET ROLE half_writer")
            orphan = order(connection)
            connection.execute("SELECT journey_cancel(%s)", [orphan])
            connection.execute("RESET ROLE")
        finally:
            connection.execute("DROP OWNED BY half_writer")
            connection.execute("DROP ROLE half_writer")
        connection.execute("DELETE FROM journey.batch_texts WHERE job <> %s", [orphan])
        connection.execute("UPDATE journey.batch_texts SET status = 'waiting'")
        connection.execute("UPDATE journey._jobs SET status = 'queued', done = 0 WHERE job = %s", [orphan])
        row = wait_until(lambda: connection.execute("SELECT error FROM journey.jobs WHERE job = %s AND error <> ''", [orphan]).fetchone(),
                         seconds=30, what="a refusal")
        assert 'role "half_writer", which is gone' in row[0]


def test_drop_database_does_not_wait_for_a_job(cluster):
    """Not even for one whose texts take minutes."""
    cluster.create_database("busy")
    with cluster.connect("busy") as connection:
        fill(connection, 500)
        order(connection, '{"candidates": 8}')
        wait_until(lambda: process(connection), seconds=30, what="a process")
        time.sleep(1)
    with cluster.connect("postgres") as connection:
        assert process(connection, "busy"), "the job is over"
        began = time.monotonic()
        connection.execute("DROP DATABASE busy")
        assert time.monotonic() - began < 5


def test_messages_do_not_wait_for_texts(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        fill(connection, 300)
        name = order(connection, '{"candidates": 8}')
        wait_until(lambda: process(connection), seconds=30, what="a process")
        connection.execute("""INSERT INTO journey.inbox (payload) VALUES ('{"type": "track", "event": "Product Viewed", "userId": "late"}')""")
        wait_until(lambda: connection.execute("SELECT journey_resolve('late')").fetchone()[0], seconds=10, what="the message")
        assert job(connection, name)[0] in ("queued", "running")
        assert connection.execute("SELECT journey_cancel(%s)", [name]).fetchone()[0] > 0
        connection.execute("SELECT pg_terminate_backend(%s)", [process(connection)])
        assert job(connection, name)[0] == "cancelled"
