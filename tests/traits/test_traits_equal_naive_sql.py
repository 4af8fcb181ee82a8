"""Every kind of trait over every window is what plain SQL over journey.events says, for all customers at once and one by
one, whenever it is asked. PG_JOURNEY_COMPARISONS says how many values are compared (the default is for CI)."""
import itertools
import os

import pytest
from psycopg.types.json import Jsonb
from odd_shop import LENGTHS, Shop, identify, load

COMPARISONS = int(os.environ.get("PG_JOURNEY_COMPARISONS", "12000"))
SEED = int(os.environ.get("PG_JOURNEY_SEED", "1"))
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]

# Written for this test alone: what a user would write with nothing but the manual at hand.
NUMBER = r"""(CASE WHEN jsonb_typeof(value) = 'number' THEN (value #>> '{}')::numeric
                   WHEN jsonb_typeof(value) = 'string' AND trim(value #>> '{}') ~ '^[-+]?\d+(\.\d+)?$' THEN trim(value #>> '{}')::numeric END)"""
PRICE, AMOUNT, CATEGORY = "properties -> 'price'", "properties -> 'amount'", "properties -> 'category'"

FILTERS = [
    (None, "true"),
    ({"channel": "web"}, "channel = 'web'"),
    ({"channel": {"<>": "web"}}, "channel IS DISTINCT FROM 'web'"),
    ({"channel": {"in": ["web", "app"]}}, "coalesce(channel IN ('web', 'app'), false)"),
    ({"not": {"channel": {"exists": True}}}, "channel IS NULL"),
    ({"properties.is_new": True}, "coalesce(properties ->> 'is_new' = 'true', false)"),
    ({"properties.category": {"contains": "e"}},
     "CASE jsonb_typeof(properties -> 'category') WHEN 'string' THEN properties ->> 'category' ~ 'e' ELSE false END"),
    ({"properties.category": {"exists": False}}, "properties ->> 'category' IS NULL"),
    ({"properties.amount": {"<": 100, ">=": 10.5}},
     "CASE WHEN jsonb_typeof(properties -> 'amount') = 'number' THEN (properties ->> 'amount')::numeric >= 10.5 AND (properties ->> 'amount')::numeric < 100 ELSE false END"),
    ({"properties.lines": {"contains": {"category": "Tea"}}},
     "jsonb_typeof(properties -> 'lines') = 'array' AND EXISTS (SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(properties -> 'lines') = 'array' THEN properties -> 'lines' END) l WHERE l ->> 'category' = 'Tea')"),
    ({"properties.lines[].quantity": {">": 2}},
     "EXISTS (SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(properties -> 'lines') = 'array' THEN properties -> 'lines' END) l WHERE (l ->> 'quantity')::integer > 2)"),
    ({"or": [{"channel": "store"}, {"properties.coupon": "SAVE"}]}, "(coalesce(channel = 'store', false) OR coalesce(properties ->> 'coupon' = 'SAVE', false))"),
    ({"and": [{"type": "track"}, {"not": {"event": "Purchase Made"}}]}, "type = 'track' AND event <> 'Purchase Made'"),
    ({"context.campaign.name": {"<=": "b"}}, "coalesce((context #>> '{campaign,name}') COLLATE \"C\" <= 'b', false)"),
]
EVENTS = [(None, "true"), ("Purchase Made", "event = 'Purchase Made'"), (["Purchase Made", "Purchase Returned"], "event ~ '^Purchase '"),
          ("Item Seen", "event = 'Item Seen'"), ("Never Happened", "event = 'Never Happened'"), (["Email Opened", "Home"], "event IN ('Email Opened', 'Home')")]
FIELDS = [("properties.price", PRICE), ("properties.amount", AMOUNT), ("properties.category", CATEGORY), ("channel", "to_jsonb(channel)"),
          ("event", "to_jsonb(event)"), ("context.campaign.name", "context #> '{campaign,name}'")]

PRESENT = "value IS NOT NULL AND jsonb_typeof(value) <> 'null'"
KINDS = {
    "count": "SELECT to_jsonb(count(*)) FROM x",
    "sum": f"SELECT to_jsonb(trim_scale(coalesce(sum({NUMBER}), 0))) FROM x",
    "avg": f"SELECT to_jsonb(trim_scale(round(avg({NUMBER}), 6))) FROM x",
    "min": f"SELECT to_jsonb(min({NUMBER})) FROM x",
    "max": f"SELECT to_jsonb(max({NUMBER})) FROM x",
    "first": f'SELECT value FROM x WHERE {PRESENT} ORDER BY "timestamp", event_id LIMIT 1',
    "last": f'SELECT value FROM x WHERE {PRESENT} ORDER BY "timestamp" DESC, event_id DESC LIMIT 1',
    "most_frequent": f'SELECT value FROM x WHERE {PRESENT} GROUP BY value ORDER BY count(*) DESC, max("timestamp") DESC, value::text COLLATE "C" LIMIT 1',
    "unique_count": f"SELECT to_jsonb(count(*)) FROM (SELECT DISTINCT value FROM x WHERE {PRESENT}) AS d",
    "time_since": 'SELECT to_jsonb(trim_scale(round(extract(epoch FROM %(at)s - max("timestamp")) / 3600, 6))) FROM x',
    "rate": "SELECT to_jsonb(trim_scale(round(count(*) * 604800 / w.seconds, 6))) FROM x",
    "share": "SELECT to_jsonb(trim_scale(round(count(*)::numeric / nullif((SELECT count(*) FROM y WHERE event = 'Item Seen'), 0), 6))) FROM x",
}


@pytest.fixture
def shop_database(cluster, new_database):
    shop = Shop(SEED, customers=max(20, min(100, COMPARISONS // 1000)))
    with cluster.connect(new_database()) as connection:
        load(connection, [(customer, identify(customer)) for customer in shop.customers] + shop.events(shop.customers, visits=25))
        yield shop, connection


def definition(shop, kind, window):
    """A trait, and the same in the words of plain SQL: (definition, condition, value)."""
    (where, plain_where), (event, plain_event) = shop.random.choice(FILTERS), shop.random.choice(EVENTS)
    zone = shop.random.choice(ZONES) if window in LENGTHS else None
    field, plain_field = shop.random.choice(FIELDS)
    extra = {"rate": {"per": "1 week"}, "share": {"per": {"event": "Item Seen"}}, "time_since": {"unit": "hours"}, "count": {}}.get(kind, {"of": field})
    trait = {"kind": "rate" if kind == "share" else kind, "event": event, "where": where, "window": window, "time_zone": zone, **extra}
    return {key: value for key, value in trait.items() if value is not None}, f"{plain_event} AND {plain_where}", plain_field


def window_of(trait):
    """For the customer c: when the window begins and ends, and its seconds for a rate."""
    window, week = trait.get("window", "lifetime"), 604800
    session = """(SELECT max(a."timestamp") FROM active a WHERE a.customer = c.customer AND a."timestamp" <= %(at)s AND NOT EXISTS
                   (SELECT FROM active b WHERE b.customer = a.customer AND b."timestamp" < a."timestamp" AND b."timestamp" > a."timestamp" - interval '30 minutes'))"""
    last = '(SELECT max(a."timestamp") FROM active a WHERE a.customer = c.customer AND a."timestamp" <= %(at)s)'
    if window == "lifetime":
        first = '(SELECT min(e."timestamp") FROM naive_events e WHERE e.customer = c.customer AND e."timestamp" <= %(at)s)'
        return "'-infinity'::timestamptz", "%(at)s", f"greatest(extract(epoch FROM %(at)s - {first}), {week})", "true"
    if window in ("session", "last_session"):
        is_open = f"{last} > %(at)s - interval '30 minutes'" if window == "session" else "true"
        return f"{session} - interval '1 microsecond'", last, f"greatest(extract(epoch FROM {last} - {session}), {week})", is_open
    return f"%(at)s - interval '{window}'", "%(at)s", f"extract(epoch FROM %(at)s - (%(at)s - interval '{window}'))", "true"


def naive(trait, kind, condition, field):
    start, end, seconds, is_open = window_of(trait)
    return f"""
        WITH active AS MATERIALIZED (SELECT customer, "timestamp" FROM naive_events
                                      WHERE type IN ('track', 'page', 'screen') AND event <> 'Email Delivered')
        SELECT c.customer, v.value
          FROM (SELECT DISTINCT customer FROM truth) c
          CROSS JOIN LATERAL (SELECT {start} AS starts, {end} AS ends, {seconds} AS seconds, {is_open} AS is_open) w
          CROSS JOIN LATERAL (
               WITH y AS (SELECT e.*, {field} AS value FROM naive_events e
                           WHERE e.customer = c.customer AND e."timestamp" > w.starts AND e."timestamp" <= w.ends AND w.is_open),
                    x AS (SELECT * FROM y WHERE {condition})
               SELECT ({KINDS[kind]}) AS value) v"""


def compare(connection, trait, plain, at):
    """How many customers were compared; fails with those whose values differ."""
    connection.execute("SELECT journey_define_trait('t', %s)", [Jsonb(trait)])
    # Plain SQL counts days in the time zone of the session, the trait in its own.
    connection.execute("SELECT set_config('timezone', %s, false)", [trait.get("time_zone", "UTC")])
    expected = dict(connection.execute(plain, {"at": at}).fetchall())
    found = dict(connection.execute("""SELECT i.value, t.value FROM journey_trait_values('t', %s) t
                                         JOIN journey.identifiers i USING (profile_id)""", [at]).fetchall())
    wrong = {customer: (found.get(customer), value) for customer, value in expected.items() if customer not in found or found[customer] != value}
    assert not wrong, f"{trait} at {at}: {dict(list(wrong.items())[:3])}"
    assert len(found) == len(expected)
    return len(expected)


def test_each_kind_over_each_window_equals_plain_sql(shop_database):
    shop, connection = shop_database
    pairs = list(itertools.product(KINDS, [None, "session", "last_session", *LENGTHS]))
    shop.random.shuffle(pairs)
    compared, rounds = 0, 0
    while compared < COMPARISONS or rounds < len(pairs):
        kind, window = pairs[rounds % len(pairs)]
        trait, condition, field = definition(shop, kind, window)
        plain = naive(trait, kind, condition, field)
        for at in shop.moments(trait.get("window"), 3):
            compared += compare(connection, trait, plain, at)
            customer = shop.random.choice(shop.customers)
            one = connection.execute("SELECT journey_trait(%(c)s, 't', %(at)s) IS NOT DISTINCT FROM (SELECT value FROM journey_trait_values('t', %(at)s) WHERE profile_id = journey_resolve(%(c)s))",
                                     {"c": customer, "at": at}).fetchone()
            assert one == (True,), f"{trait} at {at}: journey_trait of {customer} differs"
        rounds += 1
        if rounds % 40 == 0:  # events that come late change the past
            load(connection, shop.events(shop.random.sample(shop.customers, 5), visits=3))
    print(f"{compared} values compared, {rounds} traits, all {len(pairs)} pairs of kind and window")


def test_sessions_equal_plain_sql(shop_database):
    shop, connection = shop_database
    different = connection.execute("""
        WITH active AS (SELECT customer, "timestamp" FROM naive_events WHERE type IN ('track', 'page', 'screen') AND event <> 'Email Delivered'),
             starts AS (SELECT DISTINCT a.customer, a."timestamp" AS started_at FROM active a WHERE NOT EXISTS (
                 SELECT FROM active b WHERE b.customer = a.customer AND b."timestamp" < a."timestamp" AND b."timestamp" > a."timestamp" - interval '30 minutes')),
             plain AS (SELECT s.customer, s.started_at, max(a."timestamp") AS ended_at, count(*) AS events
                         FROM (SELECT *, lead(started_at, 1, 'infinity') OVER (PARTITION BY customer ORDER BY started_at) AS next FROM starts) s
                         JOIN active a ON a.customer = s.customer AND a."timestamp" >= s.started_at AND a."timestamp" < s.next GROUP BY 1, 2),
             found AS (SELECT i.value AS customer, s.started_at, s.ended_at, s.events FROM journey.sessions s JOIN journey.identifiers i USING (profile_id))
        SELECT (SELECT count(*) FROM plain), (SELECT count(*) FROM ((TABLE plain EXCEPT TABLE found) UNION ALL (TABLE found EXCEPT TABLE plain)) d)""").fetchone()
    assert different[0] > 100 and different[1] == 0


def test_a_live_segment_and_its_kept_members_agree_with_plain_sql(shop_database):
    shop, connection = shop_database
    rules = [
        ({"did": "Purchase Made", "at_least": 3}, "(SELECT count(*) FROM naive_events e WHERE e.customer = c.customer AND event = 'Purchase Made') >= 3"),
        ({"did": "Purchase Made", "at_most": 2}, "(SELECT count(*) FROM naive_events e WHERE e.customer = c.customer AND event = 'Purchase Made') <= 2"),
        ({"did_not": "Purchase Returned", "where": {"channel": "web"}},
         "NOT EXISTS (SELECT FROM naive_events e WHERE e.customer = c.customer AND event = 'Purchase Returned' AND channel = 'web')"),
        ({"funnel": ["Home", "Item Seen", "Purchase Made"], "within": "2 hours"},
         """EXISTS (SELECT FROM naive_events a JOIN naive_events b USING (customer) JOIN naive_events d USING (customer)
             WHERE a.customer = c.customer AND a.event = 'Home' AND b.event = 'Item Seen' AND d.event = 'Purchase Made'
               AND a."timestamp" < b."timestamp" AND b."timestamp" < d."timestamp" AND d."timestamp" <= a."timestamp" + interval '2 hours')"""),
        ({"funnel": ["Item Seen", "Item Seen"], "within": "10 minutes"},
         """EXISTS (SELECT FROM naive_events a JOIN naive_events b USING (customer) WHERE a.customer = c.customer AND a.event = 'Item Seen'
               AND b.event = 'Item Seen' AND a."timestamp" < b."timestamp" AND b."timestamp" <= a."timestamp" + interval '10 minutes')"""),
        ({"and": [{"not": {"segment": "s0"}}, {"or": [{"segment": "s3"}, {"trait": {"kind": "unique_count", "of": "channel"}, "=": 3}]}]},
         "NOT (%(s0)s) AND ((%(s3)s) OR (SELECT count(DISTINCT channel) FROM naive_events e WHERE e.customer = c.customer) = 3)"),
        ({"profile": "user_id", "contains": "1"}, "c.customer ~ '1'"),
        ({"profile": "first_seen", "within": "100 years"}, "true"),
    ]
    plain = {}
    for number, (rule, condition) in enumerate(rules):
        plain[f"s{number}"] = condition % plain if "%" in condition else condition
        connection.execute("SELECT journey_define_segment(%s, %s)", [f"s{number}", Jsonb(rule)])
    assert connection.execute("SELECT segment, error FROM journey_refresh_segments() WHERE error IS NOT NULL").fetchall() == []
    for name, condition in plain.items():
        expected = {row[0] for row in connection.execute(f"SELECT customer FROM (SELECT DISTINCT customer FROM truth) c WHERE {condition}")}
        kept = {row[0] for row in connection.execute(
            "SELECT i.value FROM journey.segment_members m JOIN journey.identifiers i USING (profile_id) WHERE m.segment = %s", [name])}
        live = {customer for customer in shop.customers if connection.execute("SELECT journey_in_segment(%s, %s)", [customer, name]).fetchone()[0]}
        assert kept == expected, name
        assert live == expected, name
