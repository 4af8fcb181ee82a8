"""The worker keeps the members of segments without being asked, and one segment that fails stops nothing else."""
from psycopg.types.json import Jsonb
from support.engine import wait_until

EVENT = {"type": "track", "event": "Item Bought", "timestamp": "2026-01-01T00:00:00Z"}


def members(connection, segment):
    return {row[0] for row in connection.execute(
        "SELECT i.value FROM journey.segment_members m JOIN journey.identifiers i USING (profile_id) WHERE m.segment = %s", [segment])}


def test_the_worker_keeps_members_and_one_bad_segment_stops_no_other(cluster, new_database):
    with cluster.connect(new_database()) as connection:
        connection.execute("SELECT journey_track(%s)", [Jsonb({**EVENT, "userId": "ann", "messageId": "1"})])
        with connection.transaction():
            for name in ("a_bad_one", "buyers", "z_bad_one"):
                connection.execute("SELECT journey_define_segment(%s, %s)", [name, Jsonb({"did": "Item Bought"})])
            connection.execute("""UPDATE journey.segments SET rule = '{"did": 5}' WHERE name LIKE '%bad%'""")
            connection.execute("UPDATE journey.segments SET refresh_every = '1 second'")
        wait_until(lambda: members(connection, "buyers") == {"ann"}, seconds=30, what="members")

        connection.execute("INSERT INTO journey.inbox (payload) VALUES (%s)", [Jsonb({**EVENT, "userId": "bob", "messageId": "2"})])
        wait_until(lambda: members(connection, "buyers") == {"ann", "bob"}, seconds=30, what="the new member")
        assert connection.execute("SELECT name, size, error FROM journey.segments ORDER BY name").fetchall() == [
            ("a_bad_one", None, "event is 5"), ("buyers", 2, None), ("z_bad_one", None, "event is 5")]
        assert connection.execute("SELECT count(*) FROM journey._worker_failures").fetchone() == (0,)
