-- Rolled back at the end, so that the tests after it find what they expect.
BEGIN;
CREATE FUNCTION pg_temp.message(customer text, n integer, minutes_ago integer, event text, properties jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'track', 'userId', customer, 'messageId', customer || n, 'event', event, 'properties', properties,
                              'timestamp', to_char(now() AT TIME ZONE 'UTC' - minutes_ago * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
$$;
CREATE TEMP TABLE sent (n integer, minutes_ago integer, event text, properties jsonb);
INSERT INTO sent VALUES
    (1, 600, 'Product Added', '{"product_id": "before", "price": 1, "quantity": 9}'),
    (2, 500, 'Order Completed', '{"order_id": "cart-1", "total": 9, "currency": "EUR"}'),
    (3, 400, 'Product Added', '{"product_id": "a", "price": 10, "quantity": 3, "currency": "EUR"}'),
    (4, 300, 'Product Added', '{"product_id": "b", "price": 2.5}'),
    (5, 200, 'Product Removed', '{"product_id": "a", "quantity": 1}'),
    (6, 190, 'Product Added', '{"product_id": "c", "price": 99}'),
    (7, 180, 'Product Removed', '{"product_id": "c"}'),
    (8, 90, 'Product Added', '{"product_id": "a", "price": 11}');
-- In three orders of arrival: the cart is the same.
SELECT count(journey_track(m)) FROM (SELECT pg_temp.message('cart-1', n, minutes_ago, event, properties) AS m FROM sent ORDER BY n) s;
SELECT count(journey_track(m)) FROM (SELECT pg_temp.message('cart-2', n, minutes_ago, event, properties) AS m FROM sent ORDER BY n DESC) s;
SELECT count(journey_track(m)) FROM (SELECT pg_temp.message('cart-3', n, minutes_ago, event, properties) AS m FROM sent ORDER BY n % 3, n) s;
SELECT p.user_id, c.items, c.units, c.value, c.currency, c.is_abandoned, c.products
  FROM journey.profiles p JOIN journey.carts c USING (profile_id) WHERE p.user_id LIKE 'cart-_' ORDER BY 1;
SELECT user_id, cart_items, cart_value, cart_currency, is_cart_abandoned FROM journey.profiles WHERE user_id LIKE 'cart-_' ORDER BY 1;
-- A cart event makes it a cart in use again; a list of the whole cart is the truth; an order ends it.
SELECT journey_track(pg_temp.message('cart-1', 9, 5, 'Cart Viewed', '{"products": [{"product_id": "b", "price": 2, "quantity": 4}]}')) IS NOT NULL AS viewed;
SELECT cart_items, cart_value, is_cart_abandoned FROM journey.profiles WHERE user_id = 'cart-1';
SELECT journey_track(pg_temp.message('cart-1', 10, 1, 'Order Completed', '{"order_id": "cart-2", "total": 8}')) IS NOT NULL AS ordered;
SELECT cart_items, cart_value, cart_currency, cart_updated_at, is_cart_abandoned FROM journey.profiles WHERE user_id = 'cart-1';
-- A month later nothing of it is left.
SELECT journey_profile_at('cart-2', now()) ->> 'cart_items' AS now, journey_profile_at('cart-2', now() + interval '31 days') ->> 'cart_items' AS later;
ROLLBACK;
