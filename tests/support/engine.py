"""What the crash tests need to know about the engine's process and about calls that take long."""
import os
import pathlib
import threading
import time

import psycopg

# A call that keeps the engine busy for many seconds unless it is stopped: texts of 256 tokens, which take some 20 ms each.
LONG_CALL = """SELECT count(*) FROM unnest(journey_embed(array_fill(repeat('a warm coat for cold days ', 60), ARRAY[2000])))"""
# The same for generation: 16 candidates of up to 512 tokens, twenty times over.
LONG_GENERATION = """SELECT count(*) FROM generate_series(1, 20) AS n, LATERAL journey_compose('nobody', 'message', seed => n,
    options => '{"candidates": 16, "first_draw": 16, "max_tokens": 512, "temperature": 1.5, "cache": false}')"""
SHORT_CALL = "SELECT journey_embed('a warm coat')"

# How often a test repeats what it measures. The figures of a release are taken with 50.
TRIALS = int(os.environ.get("PG_JOURNEY_TRIALS", "10"))
# What the project promises for every way of stopping a call, in seconds.
PROMISE = 0.250


def wait_until(condition, seconds=10, what="the condition"):
    """Gives what `condition` gives as soon as that is true, and fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.005)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def children(pid):
    """The processes whose parent is `pid`."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def command(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def launcher_pid(cluster):
    return next((pid for pid in children(cluster.postmaster_pid()) if "pg_journey launcher" in command(pid)), None)


def engine_pid(cluster):
    launcher = launcher_pid(cluster)
    return next((pid for pid in children(launcher) if "engine.sock" in command(pid)), None) if launcher else None


def await_engine(cluster):
    return wait_until(lambda: engine_pid(cluster), what="a running engine")


class Call(threading.Thread):
    """A statement in a session of its own; `error` and `ended` say how and when it came back."""

    def __init__(self, cluster, statement=LONG_CALL, setup=None):
        super().__init__(daemon=True)
        self.connection = cluster.connect()
        if setup:
            self.connection.execute(setup)
        self.pid = self.connection.info.backend_pid
        self.statement = statement
        self.error = self.ended = self.result = None
        self.began = time.monotonic()
        self.start()

    def run(self):
        try:
            self.result = self.connection.execute(self.statement).fetchall()
        except psycopg.Error as error:
            self.error = error
        self.ended = time.monotonic()

    def outcome(self, seconds=30):
        self.join(seconds)
        assert self.ended, f"the call did not end within {seconds} s"
        self.connection.close()
        return self.error


def worst(times):
    """The 99th percentile, which for so few trials is the largest; printed for the record."""
    times = sorted(times)
    print(f"{len(times)} trials: median {times[len(times) // 2] * 1000:.0f} ms, largest {times[-1] * 1000:.0f} ms")
    return times[-1]
