SET timezone = 'Asia/Tokyo';
SELECT count(*) FROM journey_track_batch('[
  {"type": "track", "event": "Item Bought", "userId": "tara", "messageId": "t1", "timestamp": "2025-01-01T12:00:00Z", "channel": "web",
   "properties": {"amount": 10.5, "lines": [{"category": "Tea"}, {"category": "Cups"}]}},
  {"type": "track", "event": "Item Bought", "userId": "tara", "messageId": "t2", "timestamp": "2025-01-20T12:00:00Z", "channel": "app",
   "properties": {"amount": "20", "lines": [{"category": "Tea"}]}},
  {"type": "track", "event": "Item Bought", "anonymousId": "tara-phone", "messageId": "t3", "timestamp": "2025-01-31T12:00:00Z",
   "properties": {"amount": "a lot", "lines": []}},
  {"type": "track", "event": "Item Returned", "userId": "tara", "messageId": "t4", "timestamp": "2025-02-01T12:00:00Z", "properties": {"amount": -20}},
  {"type": "identify", "userId": "tara", "anonymousId": "tara-phone", "messageId": "t5", "timestamp": "2025-02-02T12:00:00Z"},
  {"type": "page", "userId": "tom", "messageId": "t6", "timestamp": "2025-02-02T12:00:00Z"}]');
SELECT name, journey_define_trait(name, definition::jsonb) IS NOT NULL AS defined FROM (VALUES
  ('bought', '{"kind": "count", "event": "Item Bought"}'),
  ('bought_30d', '{"kind": "count", "event": "Item Bought", "window": "30 days"}'),
  ('spent', '{"kind": "sum", "of": "properties.amount", "event": ["Item Bought", "Item Returned"]}'),
  ('average', '{"kind": "avg", "of": "properties.amount", "event": "Item Bought"}'),
  ('least', '{"kind": "min", "of": "properties.amount"}'),
  ('most', '{"kind": "max", "of": "properties.amount"}'),
  ('first_channel', '{"kind": "first", "of": "channel"}'),
  ('last_amount', '{"kind": "last", "of": "properties.amount", "event": "Item Bought"}'),
  ('category', '{"kind": "most_frequent", "of": "properties.lines[].category"}'),
  ('categories', '{"kind": "unique_count", "of": "properties.lines[].category"}'),
  ('days_since', '{"kind": "time_since", "event": "Item Bought"}'),
  ('weekly', '{"kind": "rate", "event": "Item Bought", "per": "1 week"}'),
  ('returned', '{"kind": "rate", "event": "Item Returned", "per": {"event": "Item Bought"}}'),
  ('tea', '{"kind": "count", "where": {"properties.lines": {"contains": {"category": "Tea"}}}}'),
  ('web_or_app', '{"kind": "count", "where": {"or": [{"channel": "web"}, {"channel": "app"}], "not": {"properties.amount": {"<": 11}}}}')) AS v (name, definition);
SELECT t.name, t.value_type, journey_trait('tara', t.name, '2025-02-02T12:00:00Z') AS tara, journey_trait('tom', t.name, '2025-02-02T12:00:00Z') AS tom
  FROM journey.traits t ORDER BY t.name;
-- A window ends to the microsecond, without any new event.
SELECT journey_trait('tara', 'bought_30d', '2025-01-31T11:59:59.999999Z') AS before_it, journey_trait('tara', 'bought_30d', '2025-01-31T12:00:00Z') AS at_it,
       journey_trait('tara', 'bought_30d', '2025-03-02T12:00:00Z') AS a_month_later;
-- All customers in one pass
SELECT i.value AS customer, t.value, t.number, t.text FROM journey_trait_values('spent', '2025-02-02T12:00:00Z') t JOIN journey.identifiers i USING (profile_id)
 WHERE i.value IN ('tara', 'tom') ORDER BY 1;
SELECT i.value AS customer, t.value, t.number, t.text FROM journey_trait_values('category', '2025-02-02T12:00:00Z') t JOIN journey.identifiers i USING (profile_id)
 WHERE i.value IN ('tara', 'tom') ORDER BY 1;
-- A late event counts at once, and an event of this very transaction.
BEGIN;
SELECT journey_track('{"type": "track", "event": "Item Bought", "userId": "tara", "messageId": "t7", "timestamp": "2025-01-15T12:00:00Z"}') IS NOT NULL AS stored;
SELECT journey_track('{"type": "track", "event": "Item Bought", "userId": "tara", "messageId": "t8"}') IS NOT NULL AS stored;
SELECT journey_trait('tara', 'bought'), journey_trait('tara', 'bought_30d', '2025-02-02T12:00:00Z');
ROLLBACK;
-- A day of 23 hours: 24 hours are one day in UTC, and reach into another in Berlin.
SELECT journey_track('{"type": "page", "userId": "dora", "messageId": "d1", "timestamp": "2025-03-29T11:30:00Z"}') IS NOT NULL AS stored;
SELECT journey_define_trait('day_utc', '{"kind": "count", "window": "1 day"}'), journey_define_trait('day_berlin', '{"kind": "count", "window": "1 day", "time_zone": "Europe/Berlin"}');
SELECT journey_trait('dora', 'day_utc', '2025-03-30T11:00:00Z') AS utc, journey_trait('dora', 'day_berlin', '2025-03-30T11:00:00Z') AS berlin,
       journey_trait('dora', 'day_berlin', '2025-03-30T10:29:59Z') AS berlin_earlier;
-- A session in hand, and the last one
SELECT journey_define_trait('session_pages', '{"kind": "count", "event": "Home", "window": "session"}'), journey_define_trait('last_session_pages', '{"kind": "count", "window": "last_session"}');
SELECT count(*) FROM journey_track_batch('[
  {"type": "page", "name": "Home", "userId": "dora", "messageId": "d2", "timestamp": "2025-04-01T10:00:00Z"},
  {"type": "page", "name": "Home", "userId": "dora", "messageId": "d3", "timestamp": "2025-04-01T10:20:00Z"}]');
SELECT at, journey_trait('dora', 'session_pages', at) AS session, journey_trait('dora', 'last_session_pages', at) AS last_session
  FROM unnest(ARRAY['2025-04-01T10:10:00Z', '2025-04-01T10:49:59Z', '2025-04-01T10:50:00Z']::timestamptz[]) AS at;
-- Nobody knows this customer, or nobody this trait.
\set SHOW_CONTEXT never
SELECT journey_trait('nobody-at-all', 'bought') AS unknown;
SELECT journey_trait('tara', 'boughtt');
-- Defined anew, then dropped
SELECT journey_define_trait('bought', '{"kind": "count", "event": "Item Returned"}');
SELECT journey_trait('tara', 'bought', '2025-02-02T12:00:00Z');
SELECT count(journey_drop_trait(name)) FROM journey.traits;
SELECT count(*) FROM journey.traits;
