-- A subject line and a message for each chosen household, written together, as of the data's last day.
SET client_min_messages = warning;
DROP TABLE IF EXISTS demo.texts;
CREATE TABLE demo.texts AS
SELECT kind, composed.*
  FROM (SELECT array_agg(customer ORDER BY place) AS customers FROM demo.customers) AS chosen,
       (SELECT jsonb_build_object('at', max(last_order_at)) AS options FROM journey.profiles) AS today,
       unnest(ARRAY['subject', 'message']) AS kind,
       journey_compose_many(chosen.customers, kind, seed => 1, options => today.options) AS composed;
