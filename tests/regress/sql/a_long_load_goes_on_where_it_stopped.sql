-- A run in small pieces reads every row once, in the order of watermark and key, whatever order the keys are in; rows that
-- come meanwhile are read as well. So it is for each type of watermark, and without one.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA wl;
CREATE TABLE wl.lines AS
SELECT 'L' || 1000 - n AS order_id, 'wl-' || n % 7 AS customer_id, timestamptz '2024-01-01Z' + n * interval '1 hour' AS timestamp, 1 AS quantity, n AS price,
       timestamptz '2024-01-01Z' + n / 30 * interval '1 day' AS at_time, (n / 30)::bigint AS at_number, (n / 30)::smallint AS at_small, date '2024-01-01' + n / 30 AS at_date,
       timestamp '2024-01-01' + n / 30 * interval '1 day' AS at_local, (n / 30)::float8 / 10 AS at_float, 'v' || n / 30 AS at_text
  FROM generate_series(1, 200) n, generate_series(1, 2) line;
BEGIN;
SELECT journey_attach('order_lines', 'wl.lines', watermark => w, name => 'w.' || coalesce(w, 'none'))
  FROM unnest(ARRAY['at_time', 'at_number', 'at_small', 'at_date', 'at_local', 'at_float', 'at_text', NULL]) w;
UPDATE journey.sources SET enabled = false;
COMMIT;
-- 400 lines by 37: eleven calls read them all
SELECT s.name, sum(r.rows) AS rows, count(*) FILTER (WHERE r.rows < 37) AS ended
  FROM journey.sources s, LATERAL (SELECT journey_sync(s.name, 37) AS rows FROM generate_series(1, 11) n WHERE s.name IS NOT NULL) r
 GROUP BY 1 ORDER BY 1;
SELECT name, last_value, position_value IS NULL AS has_ended FROM journey.sources ORDER BY name;
SELECT source, count(DISTINCT message_id) AS orders, count(*) AS events, sum((properties ->> 'revenue')::numeric) AS revenue
  FROM journey.events WHERE source LIKE 'w.at%' OR source = 'w.none' GROUP BY 1 ORDER BY 1;
-- A row that comes while a run is under way, before its position but within the overlap, is found by the next run.
SELECT journey_detach(name) FROM journey.sources WHERE name <> 'w.at_time';
UPDATE journey.sources SET overlap = '10 days';
INSERT INTO wl.lines (order_id, customer_id, timestamp, quantity, price, at_time) VALUES ('late', 'wl-1', '2024-01-05Z', 1, 10, '2024-01-05Z'), ('next', 'wl-1', '2024-01-05Z', 1, 10, '2024-01-09Z');
SELECT sum(journey_sync('w.at_time', 200)) > 0 AS reads FROM generate_series(1, 4);
SELECT message_id FROM journey.events WHERE source = 'w.at_time' AND message_id !~ ':L';
-- A row of the future waits: it would carry the watermark past all that is still to come.
INSERT INTO wl.lines (order_id, customer_id, timestamp, quantity, price, at_time) VALUES ('future', 'wl-1', '2024-01-05Z', 1, 10, '2199-01-01Z');
SELECT journey_sync('w.at_time') > 0 AS reads;
SELECT last_value FROM journey.sources;
SELECT journey_detach('w.at_time');
DROP SCHEMA wl CASCADE;
