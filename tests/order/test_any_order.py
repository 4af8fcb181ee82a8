"""The same events in order, and then late, twice and shuffled, from one session and from eight, half of them through the
inbox: events, orders, sessions, profiles, traits and segments are equal to the last digit.

PG_JOURNEY_EVENTS=200000 runs it at the size that a release is measured with: 40 events a customer.
"""
import datetime
import os
import threading

import psycopg
import pytest
from psycopg.types.json import Jsonb

from support import shop

EVENTS = int(os.environ.get("PG_JOURNEY_EVENTS", "8000"))
BATCH = 500
pytestmark = pytest.mark.timeout(300 + EVENTS // 40)

# Windows and carts as of one moment, whenever they are read.
CHECKSUMS = {
    "events": """SELECT profile_id, event_id, "timestamp", type, event, channel, user_id, anonymous_id, message_id, properties, context, extra
                   FROM journey.events""",
    "identifiers": "SELECT * FROM journey.identifiers",
    "members": "SELECT profile_id, person_id, since FROM journey._members",
    "order rows": "SELECT * FROM journey._orders",
    "parts": "SELECT * FROM journey._parts",
    "orders": "SELECT * FROM journey.orders",
    "order lines": "SELECT * FROM journey.order_lines",
    "returns": "SELECT * FROM journey.returns",
    "reviews": "SELECT * FROM journey.reviews",
    "tickets": "SELECT * FROM journey.tickets",
    "profiles": f"SELECT * FROM journey._profiles_of('{shop.END.isoformat()}')",
    "sessions": "SELECT * FROM journey.sessions",
    "traits": f"SELECT t.name, v.* FROM journey.traits t CROSS JOIN LATERAL journey_trait_values(t.name, '{shop.END.isoformat()}') v",
    "segments": "SELECT segment, profile_id FROM journey.segment_members",
    "carts": f"""SELECT a.person_id, c.* FROM journey._person_atoms a
                  CROSS JOIN LATERAL journey._cart_of(a.atoms, '{shop.END.isoformat()}', 'infinity') c WHERE c.items > 0""",
}
TRAITS = [{"kind": "count", "window": "90 days"}, {"kind": "sum", "of": "properties.total", "event": "Order Completed"},
          {"kind": "avg", "of": "properties.products[].price"}, {"kind": "min", "of": "properties.price", "window": "30 days"},
          {"kind": "max", "of": "properties.price"}, {"kind": "first", "of": "channel"}, {"kind": "last", "of": "event", "window": "last_session"},
          {"kind": "most_frequent", "of": "properties.category"}, {"kind": "unique_count", "of": "properties.product_id"},
          {"kind": "time_since", "event": "Order Completed"}, {"kind": "rate", "event": "Product Viewed", "per": "1 week"},
          {"kind": "rate", "event": "Email Opened", "per": {"event": "Email Delivered"}}]
SEGMENTS = [{"did": "Order Completed", "at_least": 3}, {"funnel": ["Product Viewed", "Product Added", "Order Completed"], "within": "7 days"}]


def checksums(connection):
    for number, trait in enumerate(TRAITS):
        connection.execute("SELECT journey_define_trait(%s, %s)", [f"trait_{number}", Jsonb(trait)])
    for number, rule in enumerate(SEGMENTS):
        connection.execute("SELECT journey_define_segment(%s, %s)", [f"segment_{number}", Jsonb(rule)])
    connection.execute("SELECT journey_refresh_segments()")
    return {name: connection.execute(f"SELECT count(*), md5(string_agg(to_jsonb(t)::text, E'\\n' ORDER BY to_jsonb(t)::text COLLATE \"C\")) FROM ({query}) t").fetchone()
            for name, query in CHECKSUMS.items()}


def track(connection, messages):
    for start in range(0, len(messages), BATCH):
        bad = connection.execute("SELECT status, error FROM journey_track_batch(%s) WHERE status NOT IN ('accepted', 'duplicate')",
                                 [Jsonb(messages[start:start + BATCH])]).fetchall()
        assert bad == []


def load_both_ways(connection, messages):
    """One batch by calls, the next through the inbox, in turns."""
    for start in range(0, len(messages), 2 * BATCH):
        track(connection, messages[start:start + BATCH])
        with connection.cursor() as cursor, cursor.copy("COPY journey.inbox (payload, source) FROM STDIN") as copy:
            for message in messages[start + BATCH:start + 2 * BATCH]:
                copy.write_row((psycopg.types.json.Jsonb(message), "shop"))
        connection.execute("SELECT journey_drain()")


def load_by_sessions(cluster, database, messages, sessions):
    failures = []

    def run(part):
        try:
            with cluster.connect(database) as connection:
                load_both_ways(connection, part)
        except Exception as error:  # told by the test, not by the thread
            failures.append(error)
    threads = [threading.Thread(target=run, args=(messages[n::sessions],)) for n in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with cluster.connect(database) as connection:
        while connection.execute("SELECT journey_drain()").fetchone()[0]:
            pass


@pytest.fixture(scope="module")
def sent():
    return shop.messages(people=max(1, EVENTS // 40), events=EVENTS)


@pytest.fixture(scope="module")
def in_order(cluster, sent):
    cluster.create_database("in_order")
    with cluster.connect("in_order") as connection:
        track(connection, sent)
        sums = checksums(connection)
    assert sums["events"][0] == EVENTS
    assert min(count for count, _ in sums.values()) > 0, sums
    yield sums
    cluster.drop_database("in_order")


@pytest.mark.parametrize("sessions", [1, 8])
def test_disorder_changes_nothing(cluster, new_database, sent, in_order, sessions):
    database = new_database()
    load_by_sessions(cluster, database, shop.disordered(sent), sessions)
    with cluster.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM journey.dead_letters").fetchone() == (0,)
        now = checksums(connection)
    assert {name: (sums, now[name]) for name, sums in in_order.items() if now[name] != sums} == {}


def test_profiles_equal_naive_sums_over_the_events(cluster, in_order):
    """What the fold keeps, counted anew from journey.events."""
    with cluster.connect("in_order") as connection:
        wrong = connection.execute("""
            SELECT count(*) FROM journey.profiles p
              JOIN (SELECT a.person_id, count(*) AS events, min(e."timestamp") AS first_seen, max(e."timestamp") AS last_seen,
                           count(*) FILTER (WHERE e.event = 'Product Viewed') AS product_views,
                           count(*) FILTER (WHERE e.event = 'Order Refunded') AS refunds,
                           count(DISTINCT e.properties ->> 'order_id') FILTER (WHERE e.event IN ('Order Completed', 'Order Updated')) AS orders,
                           count(DISTINCT e.properties ->> 'order_id') FILTER (WHERE e.event IN ('Order Completed', 'Order Updated')
                                AND EXISTS (SELECT FROM journey._atoms b JOIN journey.events c ON c.profile_id = b.profile_id
                                             WHERE b.person_id = a.person_id AND c.event = 'Order Cancelled'
                                               AND c.properties ->> 'order_id' = e.properties ->> 'order_id')) AS cancelled
                      FROM journey.events e JOIN journey._atoms a ON a.profile_id = e.profile_id GROUP BY 1) n ON n.person_id = p.profile_id
             WHERE (p.events, p.first_seen, p.last_seen, p.product_views, p.refunds, p.orders)
                   IS DISTINCT FROM (n.events, n.first_seen, n.last_seen, n.product_views, n.refunds, n.orders - n.cancelled)""").fetchone()
        assert wrong == (0,)


@pytest.mark.parametrize("days", [0, 3, 45])
@pytest.mark.parametrize("rates", [{}, {("USD", "EUR"): "0.923456789", ("EUR", "USD"): "1.0828871"}])
def test_a_profile_read_alone_equals_its_row_of_the_view(cluster, in_order, days, rates):
    """The view states the rules of each column for all customers, the crate for one."""
    at = shop.END - datetime.timedelta(days=days)
    with cluster.connect("in_order", autocommit=False) as connection:
        connection.execute("SET jit = off")  # compiling the plan takes longer than running it for so few
        for (there, here), rate in rates.items():
            connection.execute("INSERT INTO journey.fx_rates VALUES (%s, %s, %s)", [there, here, rate])
        different = connection.execute("""
            WITH both_ways AS (
                SELECT to_jsonb(p) AS of_view, to_jsonb(json_populate_record(NULL::journey.profiles, _journey_profile_row(i.kind || ':' || i.value, %s)::json)) AS alone
                  FROM journey._profiles_of(%s) p JOIN journey.identifiers i USING (profile_id))
            SELECT c.key, c.value, b.alone -> c.key FROM both_ways b CROSS JOIN jsonb_each(b.of_view) c
             WHERE c.value::text IS DISTINCT FROM (b.alone -> c.key)::text LIMIT 5""", [at, at]).fetchall()
        assert different == []
        seen = connection.execute("""
            SELECT count(*), count(DISTINCT orders_30d), count(revenue_90d), count(DISTINCT urgency), count(DISTINCT price_sensitivity),
                   count(DISTINCT cart_items), count(consent_email), count(*) FILTER (WHERE NOT is_cart_abandoned AND cart_items > 0)
              FROM journey._profiles_of(%s)""", [at]).fetchone()
        assert min(seen[:-1]) > 1, seen
        connection.rollback()


def test_orders_add_up_to_profiles(cluster, in_order):
    with cluster.connect("in_order") as connection:
        assert connection.execute("""
            SELECT count(*) FILTER (WHERE p.orders <> o.orders), count(*) > 0 FROM journey.profiles p
              JOIN (SELECT profile_id, count(*) FILTER (WHERE status <> 'cancelled') AS orders FROM journey.orders GROUP BY 1) o USING (profile_id)
            """).fetchone() == (0, True)
