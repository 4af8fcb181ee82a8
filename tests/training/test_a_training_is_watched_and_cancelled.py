"""A training says how far it is, keeps nobody from writing, and ends when it is cancelled."""
import json
import threading
import time

import psycopg
import pytest

from support.cluster import Cluster

ROWS = """
SELECT (hashint8(n) & 1023) / 1024.0 + n % 7 > 3 AS target, hashint8(n) & 1023 AS a, hashint8(n + 1) & 1023 AS b, n % 7 AS c,
       hashint8(n + 2) & 1023 AS d, hashint8(n + 3) & 1023 AS e
  FROM generate_series(1, 60000) n"""
LONG = json.dumps({"source": ROWS, "target": "target", "rounds": 5000, "learning_rate": 0.001})


@pytest.fixture(scope="module")
def cluster():
    with Cluster("training_watched") as cluster:
        cluster.create_database("journey")
        yield cluster


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")


def test_a_training_is_watched_and_cancelled(cluster):
    with cluster.connect("journey") as trainer, cluster.connect("journey") as other:
        failed = []

        def train():
            try:
                trainer.execute("SELECT journey_train('long', %s)", [LONG])
            except psycopg.Error as error:
                failed.append(error)

        thread = threading.Thread(target=train)
        thread.start()
        progress = "SELECT model, rows, features, rounds_done, rounds, remaining FROM journey.stat_trainings WHERE rounds_done > %s"
        until(lambda: failed or other.execute(progress, [0]).fetchone())
        assert not failed, failed
        model, rows, features, done, rounds, remaining = other.execute(progress, [0]).fetchone()
        assert (model, rows, features, rounds) == ("long", 60_000, 5, 6 * 5000)
        assert 0 < done < rounds and remaining.total_seconds() > 0
        until(lambda: other.execute(progress, [done]).fetchone())

        # Neither messages nor another model wait for it.
        other.execute("""SELECT journey_track('{"type": "track", "event": "Product Viewed", "userId": "a", "properties": {"product_id": "p"}}')""")
        assert other.execute("SELECT vector_dims(journey_embed('a text'))").fetchone() == (384,)
        with pytest.raises(psycopg.errors.LockNotAvailable, match="being trained by another session"):
            other.execute("""SELECT journey_train('long', '{"source": "SELECT true AS target, 1 AS a", "target": "target", "wait": false}')""")
        other.rollback()

        trainer.cancel()
        thread.join(10)
        assert not thread.is_alive() and failed[0].sqlstate == "57014"
        until(lambda: other.execute("SELECT count(*) = 0 FROM journey.stat_trainings").fetchone()[0])
        assert other.execute("SELECT count(*) FROM journey.model_versions WHERE model = 'long'").fetchone() == (0,)
