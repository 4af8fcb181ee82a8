-- 400 events of five people, orders with updates, refunds and cancellations among them: one after the other, and then
-- shuffled with a fifth sent twice, in batches and through the inbox, for people of other names. The parts are equal.
SELECT setseed(0.42);
CREATE TEMP TABLE sent AS
SELECT n, 1 + n % 5 AS person, jsonb_build_object(
         'type', CASE WHEN n % 17 = 0 THEN 'identify' ELSE 'track' END, 'messageId', 'm' || n,
         'event', (ARRAY['Order Completed', 'Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled', 'Product Viewed',
                         'Coupon Redeemed', 'Email Opened', 'Email Delivered', 'Anything'])[1 + floor(random() * 10)::integer],
         'timestamp', to_char(timestamp '2024-01-01' + random() * interval '90 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'channel', (ARRAY['web', 'app', 'store'])[1 + floor(random() * 3)::integer],
         'traits', jsonb_build_object('colour', floor(random() * 9)),
         'properties', jsonb_strip_nulls(jsonb_build_object('order_id', floor(random() * 12), 'currency', CASE WHEN random() < 0.9 THEN 'USD' END,
                          'total', CASE WHEN random() < 0.7 THEN round((random() * 100)::numeric, 2) END, 'discount', round(random()::numeric, 2),
                          'category', 'C' || floor(random() * 4), 'products', jsonb_build_array(jsonb_build_object('category', 'C' || floor(random() * 4), 'price', 2.5, 'quantity', 1 + floor(random() * 3)))))) AS message
  FROM generate_series(1, 400) n;
SELECT count(*) FILTER (WHERE stored IS NOT NULL) FROM (SELECT journey_track(message || jsonb_build_object('userId', 'in-order-' || person)) AS stored
  FROM sent ORDER BY message ->> 'timestamp', n) s;
CREATE TEMP TABLE shuffled AS
SELECT row_number() OVER (ORDER BY random()) AS place, message || jsonb_build_object('userId', 'shuffled-' || person) AS message
  FROM sent CROSS JOIN generate_series(1, 2) copy WHERE copy = 1 OR n % 5 = 0;
SELECT status, count(*) FROM (SELECT place / 20 AS part, jsonb_agg(message ORDER BY place) AS messages FROM shuffled WHERE place <= 240 GROUP BY 1 ORDER BY 1) p
 CROSS JOIN LATERAL journey_track_batch(p.messages) GROUP BY status ORDER BY status;
BEGIN;
INSERT INTO journey.inbox (payload) SELECT message FROM shuffled WHERE place > 240 ORDER BY place;
SELECT journey_drain(50), journey_drain(50), journey_drain();
COMMIT;
CREATE FUNCTION pg_temp.parts(name text) RETURNS SETOF jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(p) - 'profile_id' FROM generate_series(1, 5) n JOIN journey._parts p ON p.profile_id = journey_resolve(name || n) ORDER BY n
$$;
SELECT count(*) AS people, count(*) FILTER (WHERE a = b) AS equal FROM ROWS FROM (pg_temp.parts('in-order-'), pg_temp.parts('shuffled-')) AS x (a, b);
SELECT sum(orders) > 20 AS has_orders, sum(refunds) > 10 AS has_refunds FROM journey.profiles WHERE user_id LIKE 'shuffled-%';
