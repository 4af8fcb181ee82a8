SELECT setseed(0.7);
CREATE TEMP TABLE sent AS
SELECT n, timestamptz '2024-01-01Z' + n * interval '5 hours' AS at, CASE WHEN n % 4 = 0 THEN 'as-of-device-' ELSE 'as-of-' END || n % 3 AS name,
       n % 4 = 0 AS is_device,
       jsonb_build_object('type', CASE WHEN n % 19 = 0 THEN 'identify' ELSE 'track' END, 'messageId', 'as-of-' || n, 'channel', (ARRAY['web', 'app', 'store'])[1 + n % 3],
         'event', (ARRAY['Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled', 'Product Viewed', 'Product Added', 'Checkout Started',
                         'Coupon Applied', 'Email Opened', 'Unsubscribed', 'Product Removed'])[1 + floor(random() * 11)::integer],
         'traits', jsonb_build_object('colour', floor(random() * 9), 'emailConsent', random() < 0.5, 'loyaltyTier', 'T' || floor(random() * 3)),
         'properties', jsonb_strip_nulls(jsonb_build_object('order_id', floor(random() * 9), 'currency', (ARRAY['USD', 'USD', 'EUR'])[1 + floor(random() * 3)::integer],
            'total', CASE WHEN random() < 0.7 THEN round((random() * 100)::numeric, 2) END, 'discount', round(random()::numeric, 2), 'coupon', CASE WHEN random() < 0.3 THEN 'SAVE' END,
            'product_id', 'P' || floor(random() * 5), 'price', round((random() * 9)::numeric, 2), 'category', 'C' || floor(random() * 4), 'brand', 'B' || floor(random() * 3)))) AS message
  FROM generate_series(1, 240) n;
INSERT INTO journey.fx_rates VALUES ('EUR', 'USD', 1.1), ('USD', 'EUR', 0.9) ON CONFLICT DO NOTHING;
-- Devices become those of users along the way; all of it arrives shuffled.
SELECT status, count(*) FROM (SELECT jsonb_agg(message || CASE WHEN is_device AND n % 20 > 0 THEN jsonb_build_object('anonymousId', name)
                                  WHEN is_device THEN jsonb_build_object('anonymousId', name, 'userId', replace(name, 'device-', ''))
                                  ELSE jsonb_build_object('userId', name) END || jsonb_build_object('timestamp', at) ORDER BY random()) AS messages FROM sent) s
 CROSS JOIN LATERAL journey_track_batch(s.messages) GROUP BY status;
-- Now is the profile as it is: of the user, of the device that is the user's.
SELECT c.name, journey_profile_at(c.name, now()) = journey_profile(c.name) AS same, journey_profile(c.name) ->> 'orders' > '0' AS has_orders
  FROM unnest(ARRAY['as-of-0', 'as-of-1', 'as-of-2', 'anonymous_id:as-of-device-0', 'anonymous_id:as-of-device-1']) AS c (name);
SELECT d.key, d.value AS as_of_now, journey_profile(c.name) -> d.key AS now
  FROM unnest(ARRAY['as-of-0', 'as-of-1', 'as-of-2']) AS c (name) CROSS JOIN LATERAL jsonb_each(journey_profile_at(c.name, now())) d
 WHERE d.value <> journey_profile(c.name) -> d.key;
-- What is sent later changes nothing of what was known before, for 120 moments of three users and a device.
CREATE TEMP TABLE before AS
SELECT c.name, m.at, journey_profile_at(c.name, m.at) AS profile
  FROM unnest(ARRAY['as-of-0', 'as-of-1', 'as-of-2', 'anonymous_id:as-of-device-1']) AS c (name)
 CROSS JOIN (SELECT at FROM sent WHERE n % 8 = 0) m;
SELECT status, count(*) FROM journey_track_batch((SELECT jsonb_agg(message || jsonb_build_object('userId', 'as-of-' || n % 3, 'anonymousId', 'as-of-device-' || n % 3,
    'messageId', 'late-' || n, 'timestamp', timestamptz '2024-02-20Z' + n * interval '1 hour')) FROM sent WHERE n % 3 = 0)) GROUP BY status;
SELECT count(*) AS moments, count(*) FILTER (WHERE b.profile IS DISTINCT FROM journey_profile_at(b.name, b.at)) AS changed,
       count(DISTINCT b.profile) > 80 AS are_different FROM before b;
SELECT journey_profile_at('as-of-1', '2023-12-31Z') IS NULL AS unknown_before, journey_profile_at('as-of-nobody', now()) IS NULL AS unknown,
       journey_profile_at(404, now()) IS NULL AS unknown_number, journey_profile_at('as-of-1', NULL) IS NULL AS no_time;
DELETE FROM journey.fx_rates;
