"""A client whose sessions are killed while they work."""
import os
import signal
import threading
import time

import psycopg
from support.engine import wait_until


def _until_done(server, work, pids):
    """As a client would: connects again whenever the server has thrown it out."""
    while True:
        try:
            with server.connect() as connection:
                pids.append(connection.info.backend_pid)
                work(connection)
                return
        except psycopg.OperationalError:
            time.sleep(0.1)


def kill_sessions(server, work, kills, pause):
    """Runs work(connection) to its end through up to `kills` SIGKILLs of its session, the first `pause` seconds after it
    began, each later than the one before; gives how many there were."""
    pids, killed = [], 0
    working = threading.Thread(target=_until_done, args=(server, work, pids))
    working.start()
    while killed < kills and working.is_alive():
        wait_until(lambda: len(pids) > killed or not working.is_alive(), seconds=60, what="a new session")
        time.sleep(pause + 0.07 * killed)
        if working.is_alive():
            os.kill(pids[-1], signal.SIGKILL)
            killed += 1
    working.join()
    return killed
