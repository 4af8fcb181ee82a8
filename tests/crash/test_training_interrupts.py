"""A training that is cancelled ends within a quarter of a second, in whatever it is at, and leaves nothing behind."""
import time

import psycopg
import pytest

LIMIT = 0.25  # seconds after the time-out
TRAIN = """SELECT journey_train('clv', '{"source": "paid", "model": "pareto_nbd"}')"""


@pytest.fixture
def shop(cluster, new_database):
    with cluster.connect(dbname=new_database()) as connection:
        connection.autocommit = True
        connection.execute("""
            CREATE TABLE paid AS
            SELECT c AS customer, date '2024-01-01' + (n * (1 + c % 40))::integer AS time, 1 + (c * 31 + n) % 90 AS amount
              FROM generate_series(1, 60000) c CROSS JOIN generate_series(0, c % 6) n""")
        yield connection


@pytest.fixture
def whole(shop):
    """How long the training takes when nothing stops it, in milliseconds."""
    shop.execute("BEGIN")
    began = time.monotonic()
    shop.execute(TRAIN)
    took = time.monotonic() - began
    shop.execute("ROLLBACK")
    return took * 1000


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6])
def test_a_training_that_times_out_ends_at_once(shop, whole, share):
    milliseconds = max(int(share * whole), 1)
    shop.execute(f"SET statement_timeout = {milliseconds}")
    began = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled):
        shop.execute(TRAIN)
    assert time.monotonic() - began < milliseconds / 1000 + LIMIT
    shop.execute("SET statement_timeout = 0")
    assert shop.execute("SELECT count(*) FROM journey.model_versions WHERE model = 'clv'").fetchone() == (0,)
    # Its lock is free again.
    trained = shop.execute("""SELECT journey_train('clv', '{"source": "SELECT * FROM paid WHERE customer <= 500", "wait": false}')""")
    assert trained.fetchone() == (1,)
    shop.execute("DELETE FROM journey.models WHERE name = 'clv'")
