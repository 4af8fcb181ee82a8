"""Merges come apart exactly, in random sequences and when many are made at once.

PG_JOURNEY_SEQUENCES is how many random sequences are tried: some hundred by default, 10,000 for the full run.
"""
import os
import random
import threading

import psycopg
import pytest

SEQUENCES = int(os.environ.get("PG_JOURNEY_SEQUENCES", "300"))
TURN = 25  # sequences a transaction: the dead rows of one are in the way of the next

# Customers with two devices and an address each; every third address is seen with the next customer, too.
PEOPLE = """
    SELECT count(journey_track(jsonb_build_object('type', 'identify', 'userId', 'p' || n, 'anonymousId', 'd' || n || '-' || k, 'messageId', n || '-' || k,
                 'timestamp', '2024-01-01'::timestamptz + (n * 7 + k) * interval '1 hour',
                 'traits', jsonb_build_object('email', 'p' || n + CASE WHEN n %% 3 = 0 THEN k ELSE 0 END || '@example.org'))))
      FROM generate_series(1, %s) n, generate_series(0, 1) k"""

# Whose every identifier is, and all that is attached to customers, each as one value
ATTACHED = """
    CREATE FUNCTION members() RETURNS text LANGUAGE sql AS $$
        SELECT md5(string_agg(m::text, ',' ORDER BY m.profile_id)) FROM journey._members m
    $$;
    CREATE FUNCTION attached() RETURNS text LANGUAGE sql AS $$
        SELECT md5(string_agg(t, E'\\n' ORDER BY t COLLATE "C"))
          FROM (SELECT m::text FROM journey._members m
                UNION ALL SELECT p::text FROM journey.profiles p
                UNION ALL SELECT e::text FROM journey.events e
                UNION ALL SELECT l::text FROM journey._links l) AS all_rows (t)
    $$"""

# One sequence: merges of random identifiers, some taken back at once, the others at the end in random order.
SEQUENCE = """
    CREATE PROCEDURE sequences(many integer) LANGUAGE plpgsql AS $$
    DECLARE
        names text[] := ARRAY(SELECT kind || ':' || value FROM journey.identifiers ORDER BY profile_id);
        all_before constant text := attached();
        before constant text := members();
        within text;
        made uuid[];
        one uuid;
        a text;
        b text;
    BEGIN
        FOR n IN 1..many LOOP
            made := '{}';
            FOR k IN 1..1 + floor(random() * 5)::integer LOOP
                a := names[1 + floor(random() * cardinality(names))::integer];
                b := names[1 + floor(random() * cardinality(names))::integer];
                CONTINUE WHEN a = b;
                IF random() < 0.3 THEN
                    within := members();
                    one := journey_merge(a, b);
                    PERFORM journey_unmerge(one);
                    IF within IS DISTINCT FROM members() THEN
                        RAISE EXCEPTION 'merging % and % and back leaves a trace', a, b;
                    END IF;
                ELSE
                    made := made || journey_merge(a, b);
                END IF;
            END LOOP;
            FOR one IN SELECT m FROM unnest(made) m ORDER BY random() LOOP
                PERFORM journey_unmerge(one);
            END LOOP;
            IF before IS DISTINCT FROM members() THEN
                RAISE EXCEPTION 'merges % leave a trace', made;
            END IF;
        END LOOP;
        IF all_before IS DISTINCT FROM attached() THEN
            RAISE EXCEPTION 'something is not as it was before the merges';
        END IF;
    END
    $$"""


@pytest.fixture
def people(cluster, new_database):
    """people(n) makes a database with so many customers; gives its name."""
    def make(count):
        name = new_database()
        with cluster.connect(name) as connection:
            connection.execute(PEOPLE, (count,))
            connection.execute(ATTACHED)
            connection.execute(SEQUENCE)
        return name

    return make


@pytest.mark.timeout(300 + SEQUENCES)
def test_random_sequences_of_merges_leave_no_trace(cluster, people):
    with cluster.connect(people(12)) as connection:
        connection.execute("SELECT setseed(0.3)")
        for _ in range(0, SEQUENCES, TURN):
            connection.execute("CALL sequences(%s)", (TURN,))
        assert connection.execute("SELECT count(*) > %s FROM journey._merges", (SEQUENCES,)).fetchone() == (True,)
        assert connection.execute("SELECT journey_rebuild_identities()").fetchone() == (0,)


def test_a_thousand_opposing_merges_at_once(cluster, people):
    name, sessions, each = people(20), 8, 125
    made, failed = [], []

    def merge(number):
        chance, mine = random.Random(number), []
        with cluster.connect(name) as connection:
            for turn in range(each):
                a, b = chance.sample(range(1, 21), 2)
                try:
                    mine.append(connection.execute("SELECT journey_merge(%s, %s)", (f"p{a}", f"p{b}")).fetchone()[0])
                    if turn % 5 == 0:
                        connection.execute("SELECT journey_unmerge(%s)", (mine.pop(chance.randrange(len(mine))),))
                    if turn % 5 == 1:
                        connection.execute("SELECT journey_track(%s::jsonb)", (
                            f'{{"type": "page", "userId": "p{a}", "anonymousId": "new-{number}-{turn}", "messageId": "new-{number}-{turn}"}}',))
                except psycopg.Error as error:
                    failed.append(str(error))
        made.extend(mine)

    with cluster.connect(name) as connection:
        totals = "SELECT sum(events)::integer FROM journey.profiles"
        before = connection.execute(totals).fetchone()[0]
        threads = [threading.Thread(target=merge, args=(number,)) for number in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert connection.execute(totals).fetchone()[0] == before + sessions * each // 5
        assert connection.execute("SELECT journey_rebuild_identities()").fetchone() == (0,)
        for merge_id in made:
            connection.execute("SELECT journey_unmerge(%s)", (merge_id,))
        assert connection.execute("SELECT count(*) FROM journey.profiles WHERE user_id IS NOT NULL").fetchone() == (20,)
        assert connection.execute("SELECT journey_rebuild_identities()").fetchone() == (0,)
