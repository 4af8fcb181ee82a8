-- Rolled back at the end, so that the tests after it find what they expect.
BEGIN;
CREATE FUNCTION pg_temp.track(customer text, hours_ago numeric, event text, properties jsonb DEFAULT '{}') RETURNS boolean LANGUAGE sql AS $$
    SELECT journey_track(jsonb_build_object('type', CASE WHEN event = 'identify' THEN event ELSE 'track' END, 'userId', customer, 'event', event,
                         'timestamp', now() - hours_ago * interval '1 hour', 'properties', properties, 'traits', properties)) IS NOT NULL
$$;
CREATE TEMP TABLE seen (step integer GENERATED ALWAYS AS IDENTITY, what text, price_sensitivity numeric, urgency numeric);
CREATE FUNCTION pg_temp.look(what text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO seen (what, price_sensitivity, urgency) SELECT what, price_sensitivity, urgency FROM journey.profiles WHERE user_id = 'scores'
$$;
SELECT pg_temp.track('scores', 100, 'Anything'), pg_temp.look('nothing that shows it');
SELECT pg_temp.track('scores', 90, 'Order Completed', '{"order_id": "s1", "total": 50}'), pg_temp.look('an order at full price');
SELECT pg_temp.track('scores', 80, 'Product Viewed', '{"product_id": "a", "price": 8, "compare_at_price": 10}'), pg_temp.look('a reduced product viewed');
SELECT pg_temp.track('scores', 70, 'Product Viewed', '{"product_id": "b", "price": 10}'), pg_temp.look('one at full price viewed');
SELECT pg_temp.track('scores', 60, 'Coupon Entered', '{"coupon_id": "SAVE"}'), pg_temp.look('a coupon entered');
SELECT pg_temp.track('scores', 50, 'Product List Filtered', '{"sorts": [{"type": "price", "value": "asc"}]}'), pg_temp.look('a list sorted by price');
SELECT pg_temp.track('scores', 2, 'Product Added', '{"product_id": "a", "price": 8}'), pg_temp.look('a cart left alone');
SELECT pg_temp.track('scores', 0, 'Checkout Started'), pg_temp.look('checkout started');
SELECT pg_temp.track('scores', 0, 'Order Completed', '{"order_id": "s2", "total": 10, "discount": 10, "coupon": "SAVE"}'), pg_temp.look('an order with a coupon');
SELECT what, price_sensitivity, round(urgency, 2) AS urgency, sign(price_sensitivity - lag(price_sensitivity) OVER (ORDER BY step)) AS price_moves,
       sign(urgency - lag(urgency) OVER (ORDER BY step)) AS urgency_moves
  FROM seen ORDER BY step;
SELECT bool_and(coalesce(price_sensitivity, 0) BETWEEN 0 AND 1 AND urgency BETWEEN 0 AND 1) AS are_between_0_and_1 FROM journey.profiles;
-- Consent: the newest word counts, whatever order they come in.
SELECT pg_temp.track('consent', 10, 'identify', '{"emailConsent": true, "sms_opt_in": false, "loyaltyTier": "gold"}');
SELECT consent_email, consent_sms, consent_push, loyalty_tier FROM journey.profiles WHERE user_id = 'consent';
SELECT pg_temp.track('consent', 5, 'Unsubscribed');
SELECT pg_temp.track('consent', 8, 'identify', '{"emailConsent": true, "loyaltyTier": "platinum"}');
SELECT consent_email, consent_sms, consent_push, loyalty_tier FROM journey.profiles WHERE user_id = 'consent';
SELECT pg_temp.track('consent', 1, 'identify', '{"email_subscribed": true, "pushConsent": true, "sms_consent": "yes"}');
SELECT consent_email, consent_sms, consent_push FROM journey.profiles WHERE user_id = 'consent';
ROLLBACK;
