-- Through the nights when clocks change and a leap day: every window equals naive SQL over the events, whatever the
-- session's time zone, and windows end without a new event.
SET TIME ZONE 'Europe/Berlin';
CREATE TEMP TABLE sent AS
SELECT n, timestamptz '2023-10-20Z' + n * interval '7 hours 13 minutes 1 second' AS at,
       (ARRAY['Order Completed', 'Product Viewed', 'Anything'])[1 + n % 3] AS event, n % 50 AS amount
  FROM generate_series(0, 600) n;
SELECT status, count(*) FROM journey_track_batch((
    SELECT jsonb_agg(jsonb_build_object('type', 'track', 'userId', 'windows', 'messageId', 'w' || n, 'event', event, 'timestamp', at,
                     'properties', jsonb_build_object('order_id', 'w' || n, 'total', amount, 'currency', 'EUR'))) FROM sent)) GROUP BY status;
CREATE TEMP TABLE moments AS
SELECT at + shift AS at FROM sent, unnest(ARRAY['0 s', '1 s', '-1 s', '24 h', '168 h', '719:59:59', '720 h', '721 h']::interval[]) shift WHERE n % 40 = 0
UNION VALUES ('2023-10-29 02:30+02'::timestamptz), ('2023-10-29 02:30+01'), ('2024-02-29 12:00Z'), ('2024-03-01 00:00Z'), ('2024-03-31 03:00+02'),
             ('2025-02-28 12:00Z'), ('2025-03-01 00:00Z');
WITH known AS MATERIALIZED (SELECT m.at, journey_profile_at('windows', m.at) AS profile FROM moments m)
SELECT count(*) AS compared, count(*) FILTER (WHERE p.profile IS NULL) AS unknown,
       count(*) FILTER (WHERE (p.profile ->> format('orders_%sd', days))::bigint <> n.orders
                           OR (p.profile ->> format('revenue_%sd', days))::numeric <> n.revenue
                           OR (p.profile ->> format('events_%sd', days))::bigint <> n.events
                           OR (p.profile ->> format('product_views_%sd', days))::bigint <> n.views) AS different,
       sum(n.orders) > 5000 AS has_orders
  FROM known p
 CROSS JOIN unnest(ARRAY[1, 7, 30, 90, 365]) days
 CROSS JOIN LATERAL (SELECT count(*) AS events, count(*) FILTER (WHERE s.event = 'Order Completed') AS orders,
                            coalesce(sum(s.amount) FILTER (WHERE s.event = 'Order Completed'), 0) AS revenue,
                            count(*) FILTER (WHERE s.event = 'Product Viewed') AS views
                       FROM sent s WHERE s.at <= p.at AND s.at > p.at - days * interval '24 hours') n;
-- The view counts back from now. Rolled back, so that the tests after it find what they expect.
BEGIN;
SELECT status FROM journey_track_batch((
    SELECT jsonb_agg(jsonb_build_object('type', 'track', 'userId', 'recent', 'messageId', 'r' || hours, 'event', 'Order Completed',
                     'timestamp', now() - hours * interval '1 hour', 'properties', jsonb_build_object('order_id', 'r' || hours, 'total', 1)))
      FROM unnest(ARRAY[23, 25, 24 * 7 - 1, 24 * 7 + 1, 24 * 365 + 1]) hours));
SELECT orders, orders_1d, orders_7d, orders_30d, orders_365d, revenue_7d, events_1d FROM journey.profiles WHERE user_id = 'recent';
-- What goes back, goes back from the window of its order.
SELECT journey_track('{"type": "track", "userId": "recent", "messageId": "back", "event": "Order Refunded", "properties": {"order_id": "r25"}}') IS NOT NULL AS refunded;
SELECT orders_1d, revenue_1d, orders_7d, revenue_7d, revenue FROM journey.profiles WHERE user_id = 'recent';
ROLLBACK;
-- A query that names no window reads no event.
CREATE FUNCTION pg_temp.reads(query text) RETURNS TABLE (table_name text) LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        RETURN QUERY SELECT (regexp_match(line, ' on (events|_orders|_parts)'))[1];
    END LOOP;
END
$$;
SELECT count(*) FILTER (WHERE table_name = 'events') AS events FROM pg_temp.reads('SELECT orders, revenue, favourite_category FROM journey.profiles WHERE profile_id = 1');
SELECT count(*) FILTER (WHERE table_name = 'events') > 0 AS reads_events FROM pg_temp.reads('SELECT events_7d FROM journey.profiles WHERE profile_id = 1');
