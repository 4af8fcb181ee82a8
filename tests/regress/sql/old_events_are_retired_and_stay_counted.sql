-- One transaction, so that neither the worker nor another test sees the setting.
BEGIN;
SELECT to_char(now() - interval '15 years', 'YYYY-MM-01') AS old, to_char(now() - interval '25 years', 'YYYY-MM-01') AS older \gset
INSERT INTO journey.inbox (payload) SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'retired', 'messageId', 'retired-' || day,
       'timestamp', day, 'properties', jsonb_build_object('order_id', day, 'total', 10, 'currency', 'USD'))
  FROM (VALUES (:'old'), (:'older'), (to_char(now() - interval '1 day', 'YYYY-MM-DD'))) AS days (day);
SELECT journey_drain();
SELECT count(*), count(DISTINCT e.tableoid) AS tables FROM journey.events e WHERE profile_id = journey_resolve('retired');
-- Nothing is kept for less than it was asked to be, and without a row's keep everything is.
SELECT journey_retire();
UPDATE journey.retention SET keep = interval '16 years' WHERE name = 'events';
SELECT journey_retire();
SELECT count(*) FROM journey.events WHERE profile_id = journey_resolve('retired');
UPDATE journey.retention SET keep = interval '10 years' WHERE name = 'events';
SELECT journey_retire() > 0 AS retired;
SELECT count(*), to_regclass('journey.events_' || to_char(:'old'::date, 'YYYY_MM')) AS partition FROM journey.events WHERE profile_id = journey_resolve('retired');
SELECT journey_retire();
-- The profile keeps its sums, and a message sent again is still the one it was.
SELECT events, orders, revenue FROM journey.profiles WHERE user_id = 'retired';
SELECT status FROM journey_track_batch(jsonb_build_array(jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'retired', 'messageId', 'retired-' || :'old')));
SELECT events, orders, revenue FROM journey.profiles WHERE user_id = 'retired';
-- Dead letters have their own time.
INSERT INTO journey.dead_letters (payload, received_at, failed_at, sqlstate, reason) VALUES ('{}', now(), now() - interval '40 days', '22023', 'retired');
UPDATE journey.retention SET keep = interval '30 days' WHERE name = 'dead_letters';
SELECT journey_retire();
ROLLBACK;
\set SHOW_CONTEXT never
SELECT journey_retire('infinity');
SELECT journey_retire(NULL);
UPDATE journey.retention SET keep = interval '0' WHERE name = 'events';
CREATE ROLE regress_writer; GRANT journey_writer TO regress_writer;
SET ROLE regress_writer;
SELECT journey_retire();
RESET ROLE;
DROP ROLE regress_writer;
