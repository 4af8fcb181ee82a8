"""Every way to stop a call takes effect within 250 ms, and the next call works."""
import os
import signal
import socket
import time

import psycopg
import pytest
from support.engine import LONG_CALL, LONG_GENERATION, PROMISE, SHORT_CALL, TRIALS, Call, await_engine, wait_until, worst

HEAD_START = 0.3
EACH_WORK = pytest.mark.parametrize("work", [LONG_CALL, LONG_GENERATION], ids=["embedding", "generating"])


@pytest.fixture(scope="module")
def server(cluster):
    with cluster.connect() as connection:
        load_models(connection)
    return cluster


def load_models(connection):
    """What is measured is the end of work, not the loading of a model."""
    connection.execute(SHORT_CALL)
    connection.execute("SELECT * FROM journey_compose('nobody', 'subject')")


def is_gone(connection, pid):
    return not connection.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()


def begun(server, work):
    """A call in the middle of its work, and the time."""
    call = Call(server, work)
    time.sleep(HEAD_START)
    return call, time.monotonic()


def assert_nothing_is_left(connection):
    """The next call works, and the engine holds no request of those that were stopped."""
    assert connection.execute(SHORT_CALL).fetchone()

    def status():
        return connection.execute("SELECT journey_status() -> 'engine'").fetchone()[0]

    wait_until(lambda: (status()["active"], status()["queued"]) == (0, 0), what="an engine without requests")


def time_out(server, _, work):
    call = Call(server, work, setup="SET statement_timeout = '300ms'")
    assert call.outcome().sqlstate == "57014"
    return call.ended - call.began - 0.3


def cancel(server, other, work):
    call, asked = begun(server, work)
    other.execute("SELECT pg_cancel_backend(%s)", [call.pid])
    assert call.outcome().sqlstate == "57014"
    return call.ended - asked


def terminate(server, other, work):
    call, asked = begun(server, work)
    other.execute("SELECT pg_terminate_backend(%s)", [call.pid])
    wait_until(lambda: is_gone(other, call.pid), what="the session's end")
    gone = time.monotonic()
    assert call.outcome().sqlstate == "57P01"
    return gone - asked


def hang_up(server, other, work):
    """The server sees what it sees of a client that was killed."""
    call, asked = begun(server, work)
    with socket.socket(fileno=os.dup(call.connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: is_gone(other, call.pid), what="the session's end")
    return time.monotonic() - asked


@EACH_WORK
@pytest.mark.parametrize("stop", [time_out, cancel, terminate, hang_up])
def test_a_stopped_call_ends_at_once(server, connect, stop, work):
    other = connect()
    assert worst([stop(server, other, work) for _ in range(TRIALS)]) < PROMISE
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


@EACH_WORK
def test_fast_shutdown_ends_calls_and_the_server(new_cluster, work):
    server = new_cluster()
    times, stops = [], []
    for _ in range(TRIALS):
        await_engine(server)
        with server.connect() as connection:
            load_models(connection)
        call, asked = begun(server, work)
        os.kill(server.postmaster_pid(), signal.SIGINT)  # what pg_ctl stop --mode=fast sends
        assert call.outcome().sqlstate == "57P01"
        times.append(call.ended - asked)
        wait_until(lambda: not (server.data / "postmaster.pid").exists(), what="the server's end")
        stops.append(time.monotonic() - asked)
        server.start()
    assert worst(times) < PROMISE
    print("the whole server:", end=" ")
    assert worst(stops) < PROMISE
    with server.connect() as connection:
        assert connection.execute(SHORT_CALL).fetchone()
