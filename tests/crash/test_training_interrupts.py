"""A training that is cancelled ends within a quarter of a second, in whatever it is at, and leaves nothing behind."""
import time

import psycopg
import pytest

LIMIT = 0.25  # seconds after the time-out


@pytest.fixture
def shop(cluster, new_database):
    with cluster.connect(dbname=new_database()) as connection:
        connection.autocommit = True
        connection.execute("""
            CREATE TABLE paid AS
            SELECT c AS customer, date '2024-01-01' + (n * (1 + c % 40))::integer AS time, 1 + (c * 31 + n) % 90 AS amount
              FROM generate_series(1, 60000) c CROSS JOIN generate_series(0, c % 6) n""")
        yield connection


@pytest.mark.parametrize("milliseconds", [100, 400, 800, 1600, 3200])
def test_a_training_that_times_out_ends_at_once(shop, milliseconds):
    shop.execute(f"SET statement_timeout = {milliseconds}")
    began = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled):
        shop.execute("""SELECT journey_train('clv', '{"source": "paid", "model": "pareto_nbd"}')""")
    assert time.monotonic() - began < milliseconds / 1000 + LIMIT
    shop.execute("SET statement_timeout = 0")
    assert shop.execute("SELECT count(*) FROM journey.model_versions WHERE model = 'clv'").fetchone() == (0,)
    # Its lock is free again.
    trained = shop.execute("""SELECT journey_train('clv', '{"source": "SELECT * FROM paid WHERE customer <= 500", "wait": false}')""")
    assert trained.fetchone() == (1,)
    shop.execute("DELETE FROM journey.models WHERE name = 'clv'")
