"""A standby reads models at once and gets its workers when it is promoted."""
import shutil
import tempfile

import psycopg
import pytest
from support.cluster import Cluster, own
from support.engine import SHORT_CALL, engine_pid, wait_until


class Standby(Cluster):
    """A copy of a running server that follows it."""

    def __init__(self, primary):
        super().__init__(f"{primary.folder.name}-standby")
        self.primary = primary

    def _create(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        own(self.folder)
        self.sockets = tempfile.mkdtemp(prefix="pg_journey.", dir="/tmp")
        own(self.sockets)
        self.run("pg_basebackup", f"--pgdata={self.data}", "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
                 f"--dbname={self.primary.uri('postgres')}")


@pytest.fixture
def standby(new_cluster):
    with Standby(new_cluster()) as server:
        yield server


def workers(connection):
    return connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_journey worker'").fetchone()[0]


def test_a_standby_embeds_and_a_promoted_one_works_on(standby):
    with standby.connect() as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        wait_until(lambda: engine_pid(standby), what="the standby's own engine")
        assert connection.execute(SHORT_CALL).fetchone()
        assert connection.execute("SELECT journey_status() #>> '{engine,running}'").fetchone() == ("true",)
        assert workers(connection) == 0
        for way_in in ("""journey_track('{"type": "track", "event": "Product Viewed", "userId": "u"}')""",
                       """journey_track_batch('[{"type": "page", "userId": "u"}]')""", "journey_drain()"):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute(f"SELECT {way_in}")

        connection.execute("SELECT pg_promote()")
        connection.execute("""INSERT INTO journey.inbox (payload)
                              VALUES ('{"type": "track", "event": "Product Viewed", "userId": "u"}')""")
        wait_until(lambda: connection.execute("SELECT count(*) FROM journey.inbox").fetchone() == (0,), seconds=60,
                   what="an inbox emptied after the promotion")
        # A second one that finds the database served ends by itself.
        wait_until(lambda: workers(connection) == 1, what="one worker")
