\set SHOW_CONTEXT never
-- In one transaction: the worker would refresh the segments, too, whenever it comes to it.
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT count(*) FROM journey_track_batch('[
  {"type": "track", "event": "Gift Seen", "userId": "seg-a", "messageId": "sa1", "timestamp": "2025-01-01T10:00:00Z"},
  {"type": "track", "event": "Gift Bought", "userId": "seg-a", "messageId": "sa2", "timestamp": "2025-01-01T11:00:00Z", "properties": {"amount": 30}},
  {"type": "track", "event": "Gift Bought", "userId": "seg-a", "messageId": "sa3", "timestamp": "2025-01-02T11:00:00Z", "properties": {"amount": 40}},
  {"type": "track", "event": "Gift Bought", "userId": "seg-b", "messageId": "sb1", "timestamp": "2025-01-01T10:00:00Z", "properties": {"amount": 5}},
  {"type": "track", "event": "Gift Seen", "userId": "seg-b", "messageId": "sb2", "timestamp": "2025-01-01T11:00:00Z"},
  {"type": "identify", "userId": "seg-c", "messageId": "sc1", "timestamp": "2025-01-01T11:00:00Z", "traits": {"plan": "gold"}}]');
SELECT journey_define_trait('gift_money', '{"kind": "sum", "of": "properties.amount", "event": "Gift Bought"}');
SELECT name, journey_define_segment(name, rule::jsonb) IS NOT NULL AS defined FROM (VALUES
  ('gift_givers', '{"did": "Gift Bought", "at_least": 1}'),
  ('gift_lovers', '{"and": [{"segment": "gift_givers"}, {"trait": "gift_money", ">=": 50}]}'),
  ('gift_once', '{"did": "Gift Bought", "at_least": 1, "at_most": 1}'),
  ('gift_seen_then_bought', '{"funnel": ["Gift Seen", {"event": "Gift Bought", "where": {"properties.amount": {">": 10}}}], "within": "1 hour"}'),
  ('gold', '{"and": [{"profile": "traits.plan", "=": "gold"}, {"profile": "events", "<=": 1}, {"profile": "first_seen", "exists": true}]}'),
  ('not_lately', '{"and": [{"did_not": "Gift Bought", "window": "30 days"}, {"segment": "gift_givers"}]}')) AS v (name, rule);
SELECT s.name, s.uses_traits, s.uses_segments,
       journey_in_segment('seg-a', s.name) AS a, journey_in_segment('seg-b', s.name) AS b, journey_in_segment('seg-c', s.name) AS c
  FROM journey.segments s ORDER BY s.name;
SELECT * FROM journey_refresh_segments() ORDER BY segment;
SELECT m.segment, i.value AS customer FROM journey.segment_members m JOIN journey.identifiers i USING (profile_id) ORDER BY 1, 2;
SELECT user_id, segments FROM journey.profiles WHERE user_id LIKE 'seg-%' ORDER BY 1;
-- As of a time, columns of the profile too.
SELECT journey_in_segment('seg-a', 'not_lately', '2025-01-20T00:00:00Z') AS then, journey_in_segment('seg-a', 'not_lately', '2025-02-20T00:00:00Z') AS later;
SELECT journey_in_segment('seg-c', 'gold', '2001-01-01T00:00:00Z') AS unknown_then, journey_in_segment('seg-c', 'gold', now()) AS now,
       journey_in_segment('seg-c', 'gold', (journey_profile('seg-c') ->> 'first_seen')::timestamptz) AS at_first,
       journey_in_segment('seg-c', 'gold') = journey_in_segment('seg-c', 'gold', now()) AS same;
SELECT journey_in_segment('nobody-at-all', 'gold') AS unknown;
-- A preview stores nothing.
SELECT size, share > 0 AS has_share, sample = ARRAY[journey_resolve('seg-a')] AS is_a FROM journey_preview_segment('{"trait": "gift_money", ">": 50}');
-- Live at once; kept members follow with a refresh, and who left stays in the history.
SELECT journey_track('{"type": "track", "event": "Gift Bought", "userId": "seg-b", "messageId": "sb3", "properties": {"amount": 60}}') IS NOT NULL AS stored;
SELECT journey_in_segment('seg-b', 'gift_once') AS once, journey_in_segment('seg-b', 'gift_lovers') AS lover,
       EXISTS (SELECT FROM journey.segment_members WHERE segment = 'gift_lovers' AND profile_id = journey_resolve('seg-b')) AS kept;
SELECT * FROM journey_refresh_segments('gift_once');
SELECT * FROM journey_refresh_segments('gift_lovers');
SELECT h.segment, i.value AS customer, h.left_at IS NULL AS is_member, h.left_at > h.entered_at AS left_later
  FROM journey.segment_history h JOIN journey.identifiers i USING (profile_id) WHERE h.segment IN ('gift_once', 'gift_lovers') ORDER BY 1, 2;
-- Redefining keeps the history; a refresh right after it is the next change.
SELECT journey_define_segment('gift_once', '{"did": "Gift Bought", "at_least": 1, "at_most": 2}');
SELECT * FROM journey_refresh_segments('gift_once');
SELECT i.value AS customer, count(*), count(*) FILTER (WHERE left_at IS NULL) AS current
  FROM journey.segment_history h JOIN journey.identifiers i USING (profile_id) WHERE h.segment = 'gift_once' GROUP BY 1 ORDER BY 1;
-- What others use stays, and keeps its sense.
SELECT journey_drop_trait('gift_money');
SELECT journey_drop_segment('gift_givers');
SELECT journey_define_trait('gift_money', '{"kind": "last", "of": "event"}');
SELECT journey_define_segment('gift_lovers', '{"trait": "gift_money", "=": "Gift Bought"}');
SELECT journey_define_trait('gift_money', '{"kind": "first", "of": "event"}');
SELECT journey_define_trait('gift_money', '{"kind": "count"}');
SELECT journey_define_segment('gift_givers', '{"segment": "not_lately"}');
-- One bad segment stops no other: its error is recorded, its members stay.
UPDATE journey.segments SET rule = '{"did": 5}' WHERE name = 'gift_lovers';
SELECT segment, error FROM journey_refresh_segments() WHERE error IS NOT NULL;
SELECT name, size, error FROM journey.segments WHERE name = 'gift_lovers';
SELECT count(*) FROM journey.segment_members WHERE segment = 'gift_lovers';
-- The worker's turn: the one that waits longest, and not more than half of the time.
UPDATE journey.segments SET tried_at = now() - interval '1 day', took = '0';
UPDATE journey.segments SET tried_at = NULL WHERE name = 'gold';
SELECT _journey_refresh_due_segment() AS did, (SELECT count(*) FROM journey.segments WHERE tried_at >= now()) AS before;
SELECT name FROM journey.segments WHERE tried_at >= now();
UPDATE journey.segments SET tried_at = now() - interval '1 minute', took = '1 minute' WHERE name = 'gold';
SELECT _journey_refresh_due_segment() AS waits;
-- Dropped: members leave, the history stays.
SELECT journey_drop_segment(name) FROM unnest(ARRAY['not_lately', 'gift_lovers', 'gift_givers', 'gift_once', 'gift_seen_then_bought', 'gold']) AS name;
SELECT count(*) FROM journey.segments;
SELECT count(*) > 0 AS has_history, count(*) FILTER (WHERE left_at IS NULL) AS current FROM journey.segment_history WHERE segment LIKE 'gift%';
SELECT journey_drop_segment('gold');
SELECT journey_drop_trait('gift_money');
ROLLBACK;
