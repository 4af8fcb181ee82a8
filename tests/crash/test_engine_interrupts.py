"""Every way to stop a call takes effect within 250 ms, and the next call works."""
import os
import socket
import time

import psycopg
import pytest
from support.engine import LONG_CALL, PROMISE, SHORT_CALL, TRIALS, Call, await_engine, wait_until, worst

HEAD_START = 0.3


@pytest.fixture(scope="module")
def server(cluster):
    with cluster.connect() as connection:
        connection.execute(SHORT_CALL)  # the model is loaded before anything is measured
    return cluster


def is_gone(connection, pid):
    return not connection.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()


def hang_up(connection):
    """The server sees what it sees of a client that was killed."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def assert_nothing_is_left(connection):
    """The next call works, and the engine holds no request of those that were stopped."""
    assert connection.execute(SHORT_CALL).fetchone()

    def status():
        return connection.execute("SELECT journey_status() -> 'engine'").fetchone()[0]

    wait_until(lambda: (status()["active"], status()["queued"]) == (0, 0), what="an engine without requests")


def test_statement_timeout_ends_a_call(server, connect):
    times = []
    for _ in range(TRIALS):
        call = Call(server, setup="SET statement_timeout = '300ms'")
        assert call.outcome().sqlstate == "57014"
        times.append(call.ended - call.began - 0.3)
    assert worst(times) < PROMISE
    assert_nothing_is_left(connect())


def test_cancel_ends_a_call(server, connect):
    other = connect()
    times = []
    for _ in range(TRIALS):
        call = Call(server)
        time.sleep(HEAD_START)
        asked = time.monotonic()
        other.execute("SELECT pg_cancel_backend(%s)", [call.pid])
        assert call.outcome().sqlstate == "57014"
        times.append(call.ended - asked)
    assert worst(times) < PROMISE
    assert_nothing_is_left(other)


def test_a_cancelled_session_goes_on_with_the_same_connection(server, connect):
    session = connect()
    session.execute("SET statement_timeout = '200ms'")
    for _ in range(3):
        with pytest.raises(psycopg.errors.QueryCanceled):
            session.execute(LONG_CALL)
        session.execute("SET statement_timeout = 0")
        assert session.execute(SHORT_CALL).fetchone()
        session.execute("SET statement_timeout = '200ms'")


def test_an_error_caught_in_plpgsql_leaves_the_session_usable(server, connect):
    session = connect()
    assert session.execute("""
        DO $$
        BEGIN
            PERFORM set_config('statement_timeout', '0', false);
            BEGIN
                PERFORM journey_embed(''::text) FROM journey.models WHERE 1 / 0 = 1;
            EXCEPTION WHEN division_by_zero THEN
                PERFORM journey_embed('a warm coat');
            END;
        END
        $$""")
    assert_nothing_is_left(session)


def test_terminate_ends_a_call_and_its_session(server, connect):
    other = connect()
    times = []
    for _ in range(TRIALS):
        call = Call(server)
        time.sleep(HEAD_START)
        asked = time.monotonic()
        other.execute("SELECT pg_terminate_backend(%s)", [call.pid])
        wait_until(lambda: is_gone(other, call.pid), what="the session's end")
        times.append(time.monotonic() - asked)
        assert call.outcome().sqlstate == "57P01"
    assert worst(times) < PROMISE
    assert_nothing_is_left(other)


def test_a_client_that_hangs_up_ends_its_call(server, connect):
    other = connect()
    times = []
    for _ in range(TRIALS):
        call = Call(server)
        time.sleep(HEAD_START)
        asked = time.monotonic()
        hang_up(call.connection)
        wait_until(lambda: is_gone(other, call.pid), what="the session's end")
        times.append(time.monotonic() - asked)
    assert worst(times) < PROMISE
    assert_nothing_is_left(other)


def test_fast_shutdown_ends_calls(new_cluster):
    server = new_cluster()
    times, stops = [], []
    for _ in range(TRIALS):
        await_engine(server)
        with server.connect() as connection:
            connection.execute(SHORT_CALL)
        call = Call(server)
        time.sleep(HEAD_START)
        asked = time.monotonic()
        server.stop("fast")
        stops.append(time.monotonic() - asked)
        assert call.outcome().sqlstate == "57P01"
        times.append(call.ended - asked)
        server.start()
    assert worst(times) < PROMISE
    worst(stops)
    with server.connect() as connection:
        assert connection.execute(SHORT_CALL).fetchone()
