SET timezone = 'UTC';
SELECT count(*) FROM journey_track_batch('[
  {"type": "identify", "userId": "walker", "anonymousId": "walker-phone", "messageId": "w0", "timestamp": "2025-02-01T00:00:00Z"},
  {"type": "page", "userId": "walker", "messageId": "w1", "timestamp": "2025-03-01T10:00:00Z", "channel": "web", "properties": {"path": "/"},
   "context": {"campaign": {"name": "spring", "source": "news", "medium": "email"}}},
  {"type": "track", "event": "Email Delivered", "userId": "walker", "messageId": "w2", "timestamp": "2025-03-01T10:15:00Z"},
  {"type": "page", "anonymousId": "walker-phone", "messageId": "w3", "timestamp": "2025-03-01T10:29:59.999999Z", "properties": {"path": "/tea"}},
  {"type": "track", "event": "Order Completed", "userId": "walker", "messageId": "w4", "timestamp": "2025-03-01T10:59:59.999999Z",
   "properties": {"order_id": "w-1", "revenue": 20, "currency": "EUR"}},
  {"type": "page", "userId": "walker", "messageId": "w5", "timestamp": "2025-03-01T11:10:00Z", "properties": {"path": "/thanks"}}]');
-- A pause of exactly 30 minutes ends a session, one of less does not; a delivered e-mail is nothing the customer did.
SELECT started_at, ended_at, events, page_views, channel, entry_page, exit_page, campaign, campaign_source, orders, revenue, currency, is_open
  FROM journey.sessions WHERE profile_id = journey_resolve('walker') ORDER BY started_at;
-- A late event joins what it lies between.
SELECT journey_track('{"type": "screen", "name": "Basket", "userId": "walker", "messageId": "w6", "timestamp": "2025-03-01T10:45:00Z"}') IS NOT NULL AS stored;
SELECT started_at, ended_at, events FROM journey.sessions WHERE profile_id = journey_resolve('walker') ORDER BY started_at;
-- What a session was worth follows its orders: a refund counts wherever it comes.
SELECT count(*) FROM journey_track_batch('[
  {"type": "track", "event": "Order Refunded", "userId": "walker", "messageId": "w7", "timestamp": "2025-03-05T10:00:00Z", "properties": {"order_id": "w-1", "total": 5, "currency": "EUR"}},
  {"type": "track", "event": "Order Completed", "userId": "walker", "messageId": "w8", "timestamp": "2025-04-01T10:00:00Z", "properties": {"order_id": "w-2", "revenue": 7, "currency": "EUR"}},
  {"type": "track", "event": "Order Completed", "userId": "walker", "messageId": "w9", "timestamp": "2025-04-01T10:05:00Z", "properties": {"order_id": "w-3", "revenue": 7, "currency": "USD"}}]');
SELECT started_at, orders, revenue, currency FROM journey.sessions WHERE profile_id = journey_resolve('walker') ORDER BY started_at;
-- Another pause, and other events that make no session.
SET pg_journey.session_timeout = '14 min';
SELECT started_at, ended_at, events FROM journey.sessions WHERE profile_id = journey_resolve('walker') ORDER BY started_at;
RESET pg_journey.session_timeout;
INSERT INTO journey.passive_events VALUES ('Basket');
SELECT started_at, ended_at, events FROM journey.sessions WHERE profile_id = journey_resolve('walker') ORDER BY started_at;
DELETE FROM journey.passive_events WHERE event = 'Basket';
-- One that goes on now is open, and keeps its id while it grows.
SELECT journey_track('{"type": "page", "userId": "sitter", "messageId": "s1"}') IS NOT NULL AS stored;
SELECT session_id AS first_id FROM journey.sessions WHERE profile_id = journey_resolve('sitter') \gset
SELECT journey_track('{"type": "page", "userId": "sitter", "messageId": "s2"}') IS NOT NULL AS stored;
SELECT session_id = :'first_id' AS same, events, is_open FROM journey.sessions WHERE profile_id = journey_resolve('sitter');
-- One customer's sessions are read by index.
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SET enable_seqscan = off;
SELECT bool_or(line ~ 'Index Cond: \(.*profile_id = .*\)') AS by_index, bool_or(line ~ 'Seq Scan on events') AS reads_all
  FROM pg_temp.plan('SELECT * FROM journey.sessions WHERE profile_id = 5') AS line;
