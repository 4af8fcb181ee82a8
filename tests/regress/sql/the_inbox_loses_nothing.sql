-- What cannot be accepted goes to journey.dead_letters with its reason; mended, it is replayed. One transaction a step,
-- so that the background worker does not come first.
BEGIN;
INSERT INTO journey.inbox (payload, source)
SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'inbox-' || n % 7, 'messageId', 'i' || n,
                          'timestamp', '2024-03-01T00:00:00Z', 'properties', jsonb_build_object('total', n, 'currency', 'USD')), 'load'
  FROM generate_series(1, 990) n;
INSERT INTO journey.inbox (raw, source) VALUES
  ('{"type": "track", "userId": "dead", "event": "Order Completed", "properties": {"total": NaN}}', 'load'),
  ('{"type": "track", "userId": "dead", "event": "Order Completed", "properties": {"total": "Infinity"}}', 'load'),
  ('{"type": "page", "userId": "dead", "timestamp": "294276-01-01T00:00:00Z"}', 'load'),
  ('{"type": "page", "userId": "dead", "properties": {"a": "\u0000"}}', 'load'),
  ('{"type": "page", "userId": "dead", "properties": {"a": "\ud800"}}', 'load'),
  (repeat('[', 1000000), 'load'),
  ('{"type": "page", "userId": "dead", "properties": {"a": "' || repeat('x', 10 * 1024 * 1024) || '"}}', 'load'),
  ('{"type": "page", "userId": ["dead"]}', 'load'),
  ('{"type": "track", "userId": "dead", "event": "Order Completed", "properties": {"products": [{"quantity": -1}]}}', 'load'),
  ('{"type": "track", "userId": "dead", "event": "Order Completed", "properties": {"currency": "DOGE"}}', 'load');
SELECT journey_drain();
SELECT journey_drain() AS again;
COMMIT;
SELECT count(*), sum(orders), sum(revenue) FROM journey.profiles WHERE user_id LIKE 'inbox-%';
SELECT sqlstate, left(reason, 60) AS reason, hint IS NOT NULL AS has_hint, source FROM journey.dead_letters WHERE source = 'load' ORDER BY reason COLLATE "C";
-- Mend all but one.
UPDATE journey.dead_letters SET payload = '{"type": "track", "userId": "mended", "messageId": "' || dead_letter_id || '", "event": "Order Completed", "properties": {"total": 1, "currency": "USD"}}'
 WHERE source = 'load' AND reason NOT LIKE '%DOGE%';
BEGIN;
SELECT journey_replay_dead_letters();
SELECT journey_drain();
COMMIT;
SELECT orders, revenue FROM journey.profiles WHERE user_id = 'mended';
SELECT reason FROM journey.dead_letters WHERE source = 'load';
DELETE FROM journey.dead_letters WHERE source = 'load';
-- A message that the tables themselves refuse does not stop the others.
ALTER TABLE journey.events ADD CONSTRAINT no_secret CHECK (event <> 'Secret') NOT VALID;
BEGIN;
INSERT INTO journey.inbox (payload, source) VALUES ('{"type": "track", "event": "Secret", "userId": "refused"}', 'load'), ('{"type": "track", "event": "Plain", "userId": "refused"}', 'load');
SELECT journey_drain();
COMMIT;
ALTER TABLE journey.events DROP CONSTRAINT no_secret;
SELECT event FROM journey.events WHERE profile_id = journey_resolve('refused');
SELECT sqlstate, split_part(reason, '"', 4) AS refused_by FROM journey.dead_letters WHERE source = 'load';
DELETE FROM journey.dead_letters WHERE source = 'load';
\set SHOW_CONTEXT never
SELECT journey_drain(0);
SELECT journey_drain(NULL);
