"""The worker of a database: when it starts, what it does, and when it makes way."""
import time

import psycopg
import pytest
from support.engine import wait_until

TRACK = """INSERT INTO journey.inbox (payload) SELECT jsonb_build_object(
    'type', 'track', 'event', 'Product Viewed', 'userId', 'u' || n, 'messageId', 'm' || n,
    'timestamp', '2026-01-01T00:00:00Z') FROM generate_series(1, %s) n"""


def workers(connection, database=None):
    """Those that serve the database: one that finds another at it lives for a moment and holds no lock."""
    rows = connection.execute("""
        SELECT DISTINCT pid FROM pg_stat_activity JOIN pg_locks USING (pid)
         WHERE backend_type = 'pg_journey worker' AND datname = COALESCE(%s, current_database())
           AND locktype = 'advisory' AND granted AND classid::bigint = hashtext('pg_journey')::bigint & 4294967295
           AND objid::bigint = hashtext('worker')::bigint & 4294967295""", [database]).fetchall()
    return [pid for pid, in rows]


def await_worker(connection, database=None):
    return wait_until(lambda: workers(connection, database), what="a worker")[0]


def inbox(connection):
    return connection.execute("SELECT count(*) FROM journey.inbox").fetchone()[0]


@pytest.mark.parametrize("preload", [True, False], ids=["preloaded", "not_preloaded"])
def test_the_worker_empties_the_inbox(new_cluster, preload):
    server = new_cluster(preload=preload)
    with server.connect() as connection:
        await_worker(connection)
        connection.execute(TRACK, [25000])
        wait_until(lambda: inbox(connection) == 0, seconds=60, what="an empty inbox")
        assert connection.execute("SELECT count(*) FROM journey.events").fetchone() == (25000,)


def test_a_preloaded_worker_comes_back_with_the_server(new_cluster):
    server = new_cluster()
    with server.connect() as connection:
        await_worker(connection)
    server.restart()
    with server.connect() as connection:
        await_worker(connection)


def test_without_preloading_the_first_event_brings_the_worker_back(new_cluster):
    server = new_cluster(preload=False)
    server.restart()
    with server.connect() as connection:
        time.sleep(0.5)
        assert workers(connection) == []
        connection.execute("""SELECT journey_track('{"type": "track", "event": "Product Viewed", "userId": "u"}')""")
        await_worker(connection)


def test_there_is_one_worker_a_database(cluster, new_database):
    database = new_database()
    for _ in range(5):
        with cluster.connect(database) as connection:
            connection.execute("SELECT journey_setup()")
    with cluster.connect(database) as connection:
        await_worker(connection)
        time.sleep(1)
        assert len(workers(connection)) == 1


def test_drop_database_does_not_wait_for_the_worker(cluster):
    cluster.create_database("to_drop")
    with cluster.connect("postgres") as connection:
        await_worker(connection, "to_drop")
        began = time.monotonic()
        connection.execute("DROP DATABASE to_drop")
        assert time.monotonic() - began < 5


def test_a_database_with_a_worker_can_be_copied(cluster, new_database):
    database = new_database()
    with cluster.connect("postgres") as connection:
        await_worker(connection, database)
        connection.execute(f"CREATE DATABASE copied TEMPLATE {database}")
        # the copy has the extension, so it gets a worker of its own
        wait_until(lambda: workers(connection, "copied"), seconds=30, what="the copy's worker")
        await_worker(connection, database)
        connection.execute("DROP DATABASE copied")


def test_drop_extension_ends_the_worker_and_keeps_the_data(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        await_worker(connection)
        connection.execute("""SELECT journey_track('{"type": "track", "event": "Product Viewed", "userId": "u"}')""")
        connection.execute("DROP EXTENSION pg_journey")
        wait_until(lambda: not workers(connection), what="the worker's end")
        assert connection.execute("SELECT count(*) FROM journey.events").fetchone() == (1,)
        assert connection.execute("SELECT is_loaded FROM journey.stat_models").fetchone()
    with cluster.connect(database) as connection:
        connection.execute("CREATE EXTENSION pg_journey")
        assert connection.execute("SELECT journey_setup()").fetchone() == (0,)
        await_worker(connection)
        assert connection.execute("SELECT journey_profile('u') IS NOT NULL").fetchone() == (True,)


def test_a_terminated_worker_comes_back(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        first = await_worker(connection)
        connection.execute("SELECT pg_terminate_backend(%s)", [first])
        wait_until(lambda: workers(connection) not in ([], [first]), seconds=30, what="another worker")


def test_a_failure_is_shown_and_mended_without_a_restart(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        worker = await_worker(connection)
        connection.execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the disk of this test is full' USING ERRCODE = 'disk_full'; END $$""")
        connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON journey.events FOR EACH ROW EXECUTE FUNCTION refuse()")
        connection.execute(TRACK, [3])
        row = wait_until(lambda: connection.execute("""
            SELECT failed_part, sqlstate, error FROM journey.stat_workers WHERE failures > 0""").fetchone(),
            what="a recorded failure")
        assert row == ("inbox", "53100", "the disk of this test is full")
        connection.execute("DROP TRIGGER refuse ON journey.events")
        wait_until(lambda: inbox(connection) == 0, seconds=30, what="an empty inbox")
        assert workers(connection) == [worker]
        wait_until(lambda: connection.execute("SELECT failures IS NULL FROM journey.stat_workers").fetchone()[0],
                   what="the failure's end")


def test_the_worker_acts_with_the_rights_of_the_schemas_owner(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        connection.execute("CREATE ROLE shop_owner")
        try:
            connection.execute("GRANT journey_admin TO shop_owner")
            connection.execute("ALTER SCHEMA journey OWNER TO shop_owner")
            connection.execute("CREATE TABLE public.seen (who text)")
            connection.execute("GRANT INSERT ON public.seen TO shop_owner")
            connection.execute("""
                CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO public.seen VALUES (current_user); RETURN NULL; END $$""")
            connection.execute("CREATE TRIGGER spy AFTER INSERT ON journey.events EXECUTE FUNCTION spy()")
            time.sleep(0.5)  # a tick that began before the schema had its owner ends as it began
            connection.execute(TRACK, [1])
            wait_until(lambda: inbox(connection) == 0, what="an empty inbox")
            assert connection.execute("SELECT DISTINCT who FROM public.seen").fetchall() == [("shop_owner",)]
        finally:
            connection.execute("ALTER SCHEMA journey OWNER TO postgres")
            connection.execute("DROP OWNED BY shop_owner")
            connection.execute("DROP ROLE shop_owner")


def test_the_worker_can_be_switched_off(new_cluster):
    server = new_cluster()
    with server.connect() as connection:
        await_worker(connection)
        connection.execute("ALTER SYSTEM SET pg_journey.worker = off")
        connection.execute("SELECT pg_reload_conf()")
        wait_until(lambda: not workers(connection), what="the worker's end")
        connection.execute("ALTER SYSTEM RESET pg_journey.worker")
        connection.execute("SELECT pg_reload_conf()")
        wait_until(lambda: workers(connection), seconds=30, what="the worker's return")


def test_shutdown_does_not_wait_for_a_working_worker(new_cluster):
    server = new_cluster()
    with server.connect() as connection:
        connection.execute(TRACK, [50000])
    time.sleep(0.2)
    began = time.monotonic()
    server.stop("fast")
    assert time.monotonic() - began < 5
    server.start()
    with server.connect() as connection:
        wait_until(lambda: inbox(connection) == 0, seconds=60, what="an empty inbox")
        assert connection.execute("SELECT count(*) FROM journey.events").fetchone() == (50000,)


def test_a_session_that_is_refused_a_worker_still_tracks(new_cluster):
    """Too few background workers: the event is stored, the inbox waits for journey_drain()."""
    server = new_cluster(preload=False, settings={"max_worker_processes": "0"})
    with server.connect() as connection:
        connection.execute("""SELECT journey_track('{"type": "track", "event": "Product Viewed", "userId": "u"}')""")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("SELECT journey_embed('a warm coat')")
        assert refused.value.sqlstate == "54000"
        assert "max_worker_processes" in refused.value.diag.message_hint


def test_databases_take_turns_where_background_workers_are_short(new_cluster):
    """Four databases and room for two workers: every inbox is emptied, again and again."""
    server = new_cluster()
    names = ["journey", "second", "third", "fourth"]
    for name in names[1:]:
        server.create_database(name)
    server.settings["max_worker_processes"] = "4"  # the launcher and the server's own for logical replication take two
    server.restart()
    for turn in range(1, 3):
        for name in names:
            with server.connect(name) as connection:
                connection.execute(TRACK.replace("'m'", f"'m{turn}-'"), [100])
        for name in names:
            with server.connect(name) as connection:
                wait_until(lambda: inbox(connection) == 0, seconds=90, what=f"an empty inbox in {name}")
    assert "max_worker_processes" in server.log_text()
