"""An engine that is killed costs the calls in flight and nothing else."""
import os
import signal
import time

import pytest
from support.engine import LONG_CALL, SHORT_CALL, Call, await_engine, engine_pid, wait_until, worst

KILLS = {True: 20, False: 5}  # by whether the launcher is preloaded
BACK_WITHIN = 2.0


@pytest.fixture(scope="module", params=[True, False], ids=["preloaded", "not_preloaded"])
def server(request):
    from support.cluster import Cluster
    with Cluster(f"kills_{'preloaded' if request.param else 'dynamic'}", preload=request.param) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            connection.execute(SHORT_CALL)
        yield cluster


def started_at(server):
    with server.connect() as connection:
        return connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0]


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGSEGV], ids=["kill", "segv"])
def test_a_killed_engine_fails_its_calls_and_is_back_soon(server, kill):
    before = started_at(server)
    bystander = server.connect()
    bystander.execute("BEGIN")
    bystander.execute("CREATE TEMP TABLE kept AS SELECT 1 AS one")
    times = []
    for _ in range(KILLS['shared_preload_libraries' in server.settings]):
        calls = [Call(server, LONG_CALL) for _ in range(3)]
        time.sleep(0.3)
        victim = await_engine(server)
        killed = time.monotonic()
        os.kill(victim, kill)
        for call in calls:
            error = call.outcome()
            assert error.sqlstate == "08006"
            assert "run the statement again" in error.diag.message_hint

        # back: another process answers
        with server.connect() as connection:
            connection.execute("SELECT journey_status()")
            wait_until(lambda: engine_pid(server) not in (None, victim), what="a new engine")
            wait_until(lambda: connection.execute("SELECT (journey_status() #>> '{engine,running}')::boolean").fetchone()[0],
                       what="an engine that answers")
            times.append(time.monotonic() - killed)
            assert connection.execute(SHORT_CALL).fetchone()
    assert worst(times) < BACK_WITHIN
    assert started_at(server) == before
    assert bystander.execute("SELECT one FROM kept").fetchone() == (1,)
    bystander.execute("ROLLBACK")
    bystander.close()


def test_a_call_right_after_a_kill_waits_for_the_new_engine(server):
    with server.connect() as connection:
        connection.execute(SHORT_CALL)
        victim = await_engine(server)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{victim}"), what="the engine's end")
        assert connection.execute(SHORT_CALL).fetchone()


def test_an_engine_that_hangs_is_replaced(server):
    """It is not dead, so nothing but its silence tells."""
    with server.connect() as connection:
        connection.execute(SHORT_CALL)
        victim = await_engine(server)
        os.kill(victim, signal.SIGSTOP)
        call = Call(server, SHORT_CALL)
        wait_until(lambda: engine_pid(server) not in (None, victim), seconds=40, what="a new engine")
        assert call.outcome().sqlstate == "08006"
        assert connection.execute(SHORT_CALL).fetchone()


def test_the_engine_ends_with_its_launcher(new_cluster):
    """A launcher that dies takes the server through crash recovery, as any background process does; no engine is left behind."""
    server = new_cluster()
    victim = await_engine(server)
    from support.engine import launcher_pid
    os.kill(launcher_pid(server), signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{victim}"), what="the engine's end")
    wait_until(lambda: engine_pid(server) not in (None, victim), seconds=30, what="a new engine")
