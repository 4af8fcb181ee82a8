"""pg_dump of a database in use, restored into a new cluster, gives the same rows in every table and the same sequences."""
import pathlib

import pytest

EVENTS = pathlib.Path(__file__).with_name("events.sql").read_text()
# The worker would score customers and record its passes between two looks at the same tables.
NO_WORKER = {"pg_journey.worker": "off"}


def tables(connection):
    """All but the views that show what runs now."""
    return [row[0] for row in connection.execute(r"""
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = 'journey'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND NOT c.relispartition AND NOT (c.relkind = 'v' AND c.relname LIKE 'stat\_%') ORDER BY 1""")]


def checksums(connection):
    """One value a table or view: the hash of its rows' text in an order of their own."""
    sums = {table: connection.execute(
        f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM {table} AS t").fetchone()
        for table in tables(connection)}
    for row in connection.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences "
                                  "WHERE schemaname = 'journey'"):
        sums[row[0]] = row[1]
    return sums


def structure(connection):
    """Columns, constraints, indexes, grants and policies, as the catalogue prints them, but for brackets: a chain of ORs
    comes back as one."""
    return [row[0] for row in connection.execute("""
        SELECT attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
          FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
         WHERE c.relnamespace = 'journey'::regnamespace AND attnum > 0 AND NOT attisdropped AND c.relkind IN ('r', 'p', 'v')
        UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || translate(pg_get_constraintdef(oid), '()', '') FROM pg_constraint
         WHERE connamespace = 'journey'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'journey'
        UNION ALL SELECT oid::regclass || ' ' || grants::text FROM pg_class, unnest(relacl) AS grants
         WHERE relnamespace = 'journey'::regnamespace
        UNION ALL SELECT polrelid::regclass || ' ' || polname FROM pg_policy
        ORDER BY 1""")]


def assert_same_and_at_work(connection, before, shape):
    """Rows and structure are as they were, and the database goes on working."""
    after = checksums(connection)
    assert {name: (value, after.get(name)) for name, value in before.items() if after.get(name) != value} == {}
    assert structure(connection) == shape
    assert connection.execute("SELECT journey_setup()").fetchone() == (0,)
    connection.execute("""SELECT journey_track('{"type": "track", "event": "Product Viewed", "userId": "afterwards",
        "messageId": "a1", "timestamp": "2025-03-01T00:00:00Z", "properties": {"product_id": "p1"}}')""")
    assert connection.execute("SELECT journey_profile('afterwards') IS NOT NULL").fetchone() == (True,)


@pytest.mark.parametrize("format", ["custom", "plain"])
def test_restore_gives_equal_checksums(new_cluster, format):
    source, target = new_cluster(settings=NO_WORKER), new_cluster(settings=NO_WORKER, extension=False)
    with source.connect() as connection:
        connection.execute(EVENTS)
        before, shape = checksums(connection), structure(connection)
    assert before["journey.events"][0] > 0, "the test must dump events"

    file = source.data.parent / "journey.dump"
    source.run("pg_dump", f"--format={format}", f"--file={file}", f"--dbname={source.uri()}")
    target.psql("postgres", source.run("pg_dumpall", "--roles-only", f"--dbname={source.uri('postgres')}")
                .replace("CREATE ROLE postgres;", ""))
    target.create_database("journey", extension=False)
    if format == "plain":
        target.run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={target.uri()}", f"--file={file}")
    else:
        target.run("pg_restore", "--exit-on-error", f"--dbname={target.uri()}", str(file))

    with target.connect() as connection:
        assert_same_and_at_work(connection, before, shape)
