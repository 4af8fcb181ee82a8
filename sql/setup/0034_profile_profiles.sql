-- Profile: one row a customer, typed for BI. The functions here are written to be inlined, and the planner drops whatever
-- serves columns that nobody names. That is for sets of customers: journey_profile() and journey_profile_at() compute the one
-- row they need by the same rules in crates/core/src/profile, for planning this takes far longer than reading it; the row
-- type of journey.profiles gives theirs its names and types, and tests compare the values.

CREATE FUNCTION journey._has_declined(traits jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(traits) WHEN 'object' THEN traits END) t
                    WHERE t.key IN ('personalization_consent', 'personalisation_consent', 'personalization_opt_in')
                      AND pg_catalog.lower(t.value #>> '{}') IN ('false', 'f', 'no', 'n', 'off', '0'))
$$;
COMMENT ON FUNCTION journey._has_declined(jsonb) IS 'Whether the traits of a profile decline personalization';

CREATE FUNCTION journey._is_reduced(properties jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN properties ? 'price'
                THEN pg_catalog.jsonb_path_exists(properties, '$ ? (@.compare_at_price > @.price || @.list_price > @.price
                         || @.regular_price > @.price || @.original_price > @.price || @.discount > 0 || @.on_sale == true)') END;
COMMENT ON FUNCTION journey._is_reduced(jsonb) IS 'Whether a product is shown at a reduced price; NULL where it shows none';

CREATE FUNCTION journey._is_by_price(properties jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_catalog.jsonb_path_exists(properties, '$.*[*].type ? (@ like_regex "^price" flag "i")');
COMMENT ON FUNCTION journey._is_by_price(jsonb) IS 'Whether a list is sorted or filtered by price';

-- Events are put in their order of time, so theirs of arrival does not matter. The last order, or the last event that
-- lists the whole cart, is where the cart begins; what is removed without a quantity is removed altogether.
CREATE FUNCTION journey._cart_of(atoms bigint[], as_of timestamptz, until timestamptz)
    RETURNS TABLE (items bigint, units numeric, value numeric, currency text, is_abandoned boolean, updated_at timestamptz,
                   products jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT nullif(pg_catalog.count(*), 0), pg_catalog.sum(i.quantity), pg_catalog.sum(i.quantity * coalesce(i.price, 0)),
           pg_catalog.max(i.currency), pg_catalog.max(i.updated_at) < as_of - interval '1 hour', pg_catalog.max(i.updated_at),
           pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('product_id', i.product_id, 'quantity', i.quantity, 'price', i.price)
                                ORDER BY i.product_id COLLATE "C")
      FROM (SELECT l.product_id, l.updated_at, l.currency, pg_catalog.sum(l.quantity) AS quantity,
                   (pg_catalog.array_agg(l.price ORDER BY l.n DESC) FILTER (WHERE l.price IS NOT NULL))[1] AS price
              FROM (SELECT c.*, pg_catalog.max(c.n) FILTER (WHERE c.quantity IS NULL) OVER (PARTITION BY c.product_id) AS cleared
                      FROM (SELECT b.n, b.updated_at, b.currency,
                                   coalesce(p.product ->> 'product_id', p.product ->> 'productId', p.product ->> 'sku', p.product ->> 'name') AS product_id,
                                   (p.product ->> 'price')::numeric AS price,
                                   CASE WHEN b.event = 'Product Removed' THEN -(p.product ->> 'quantity')::numeric
                                        ELSE coalesce((p.product ->> 'quantity')::numeric, 1) END AS quantity
                              FROM (SELECT n.*,
                                           pg_catalog.max(n.n) FILTER (WHERE n.event = 'Order Completed' OR n.is_whole) OVER () AS base,
                                           pg_catalog.max(n."timestamp") OVER () AS updated_at,
                                           pg_catalog.last_value(n.properties ->> 'currency') OVER (
                                               ORDER BY n.properties ->> 'currency' IS NOT NULL, n.n
                                               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS currency
                                      FROM (SELECT e."timestamp", e.event, e.properties,
                                                   e.event IN ('Cart Viewed', 'Checkout Started')
                                                   AND pg_catalog.jsonb_typeof(e.properties -> 'products') = 'array' AS is_whole,
                                                   pg_catalog.row_number() OVER (ORDER BY e."timestamp", e.event_id) AS n
                                              FROM journey.events e
                                             WHERE e.profile_id = ANY (atoms) AND NOT e.is_bot
                                               AND e.event IN ('Product Added', 'Wishlist Product Added to Cart', 'Product Removed',
                                                               'Cart Viewed', 'Checkout Started', 'Order Completed')
                                               AND e."timestamp" > as_of - interval '720 hours' AND e."timestamp" <= until) n) b
                             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
                                   CASE WHEN b.is_whole THEN b.properties -> 'products'
                                        ELSE pg_catalog.jsonb_build_array(b.properties) END) AS p (product)
                             WHERE b.n >= coalesce(b.base, 0) AND b.event <> 'Order Completed'
                               AND (b.is_whole OR b.event NOT IN ('Cart Viewed', 'Checkout Started'))) c
                     WHERE c.product_id IS NOT NULL) l
             WHERE l.n > coalesce(l.cleared, 0)
             GROUP BY l.product_id, l.updated_at, l.currency
            HAVING pg_catalog.sum(l.quantity) > 0) i;
END;
COMMENT ON FUNCTION journey._cart_of(bigint[], timestamptz, timestamptz) IS 'What lies in the cart of these identifiers, one row: events of the last 30 days since the last order; abandoned after an hour without one';

CREATE VIEW journey.carts WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id, c.items, c.units, c.value, c.currency, c.is_abandoned, c.updated_at, c.products
  FROM journey._person_atoms a
 CROSS JOIN LATERAL journey._cart_of(a.atoms, pg_catalog.now(), 'infinity') c
 WHERE c.items > 0;
COMMENT ON VIEW journey.carts IS 'Carts that hold something: one row a customer, from the events of the last 30 days since the last order';
COMMENT ON COLUMN journey.carts.items IS 'How many different products';
COMMENT ON COLUMN journey.carts.value IS 'Sum of price times quantity, of the products whose price is known';
COMMENT ON COLUMN journey.carts.is_abandoned IS 'No cart event and no order for an hour';
COMMENT ON COLUMN journey.carts.updated_at IS 'Time of the latest cart event';
COMMENT ON COLUMN journey.carts.products IS 'product_id, quantity and price of each';

CREATE FUNCTION journey._profiles_of(as_of timestamptz)
    RETURNS TABLE (
        profile_id bigint, user_id text, email text, first_name text, last_name text, first_seen timestamptz,
        last_seen timestamptz, events bigint, orders bigint, currency text, revenue numeric, refunded numeric,
        discounts numeric, average_order_value numeric, discount_share numeric, units numeric,
        first_order_at timestamptz, last_order_at timestamptz, days_between_orders numeric, refunds bigint,
        coupons_used bigint, favourite_category text, favourite_categories text[], favourite_brand text,
        favourite_brands text[], channel_preference text, product_views bigint, emails_delivered bigint,
        emails_opened bigint, emails_clicked bigint, email_unsubscribed_at timestamptz, traits jsonb,
        orders_1d bigint, orders_7d bigint, orders_30d bigint, orders_90d bigint, orders_365d bigint,
        revenue_1d numeric, revenue_7d numeric, revenue_30d numeric, revenue_90d numeric, revenue_365d numeric,
        events_1d bigint, events_7d bigint, events_30d bigint, events_90d bigint, events_365d bigint,
        product_views_1d bigint, product_views_7d bigint, product_views_30d bigint, product_views_90d bigint,
        product_views_365d bigint, cart_items bigint, cart_value numeric, cart_currency text,
        cart_updated_at timestamptz, is_cart_abandoned boolean, price_sensitivity numeric, urgency numeric,
        loyalty_tier text, consent_email boolean, consent_sms boolean, consent_push boolean,
        segments text[])
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT p.profile_id,
           p.user_id,
           coalesce(CASE pg_catalog.jsonb_typeof(p.traits #> '{email,value}') WHEN 'string' THEN p.traits #>> '{email,value}' END,
                    p.named_email),
           CASE pg_catalog.jsonb_typeof(p.traits #> '{first_name,value}')
                WHEN 'string' THEN p.traits #>> '{first_name,value}' END,
           CASE pg_catalog.jsonb_typeof(p.traits #> '{last_name,value}')
                WHEN 'string' THEN p.traits #>> '{last_name,value}' END,
           p.first_seen,
           p.last_seen,
           p.events,
           p.orders,
           p.currencies[1],
           pg_catalog.trim_scale(m.revenue),
           pg_catalog.trim_scale(m.refunded),
           pg_catalog.trim_scale(m.discounts),
           CASE WHEN p.orders > 0 THEN pg_catalog.round(m.ordered / p.orders, 2) END,
           CASE WHEN m.gross > 0 THEN pg_catalog.round(m.discounts / m.gross, 4) END,
           pg_catalog.trim_scale(p.units),
           p.first_order_at,
           p.last_order_at,
           CASE WHEN p.orders > 1
                THEN pg_catalog.round(extract(epoch FROM p.last_order_at - p.first_order_at) / 86400 / (p.orders - 1), 2) END,
           p.refunds,
           greatest(p.coupon_orders, p.coupons_redeemed),
           p.categories[1],
           p.categories[1:5],
           p.brands[1],
           p.brands[1:5],
           p.channels[1],
           p.product_views,
           p.emails_delivered,
           p.emails_opened,
           p.emails_clicked,
           p.email_unsubscribed_at,
           t.traits,
           coalesce(w.orders_1d, 0),
           coalesce(w.orders_7d, 0),
           coalesce(w.orders_30d, 0),
           coalesce(w.orders_90d, 0),
           coalesce(w.orders_365d, 0),
           pg_catalog.trim_scale(w.revenue_1d),
           pg_catalog.trim_scale(w.revenue_7d),
           pg_catalog.trim_scale(w.revenue_30d),
           pg_catalog.trim_scale(w.revenue_90d),
           pg_catalog.trim_scale(w.revenue_365d),
           coalesce(e.events_1d, 0),
           coalesce(e.events_7d, 0),
           coalesce(e.events_30d, 0),
           coalesce(e.events_90d, 0),
           coalesce(e.events_365d, 0),
           coalesce(e.product_views_1d, 0),
           coalesce(e.product_views_7d, 0),
           coalesce(e.product_views_30d, 0),
           coalesce(e.product_views_90d, 0),
           coalesce(e.product_views_365d, 0),
           coalesce(c.items, 0),
           pg_catalog.trim_scale(coalesce(c.value, 0)),
           c.currency,
           c.updated_at,
           coalesce(c.is_abandoned, false),
           (SELECT CASE WHEN s.led + s.full > 0 THEN pg_catalog.round((s.led + 1) / (s.led + s.full + 3), 4) END
              FROM (SELECT coalesce(w.led, 0) + coalesce(e.led, 0) + CASE WHEN c.is_abandoned THEN 0.5 ELSE 0 END AS led,
                           coalesce(w.full_price, 0) + coalesce(e.full_price, 0) AS full) s),
           pg_catalog.round((1 - pg_catalog.exp(-(coalesce(e.intent, 0) + CASE WHEN c.is_abandoned THEN 0.5 ELSE 0 END)))::numeric, 4),
           CASE pg_catalog.jsonb_typeof(p.traits #> '{loyalty_tier,value}')
                WHEN 'string' THEN p.traits #>> '{loyalty_tier,value}' END,
           (SELECT s.granted
              FROM (SELECT (x.value ->> 'at')::numeric AS at, x.value -> 'value' = 'true' AS granted
                      FROM pg_catalog.jsonb_each(p.traits) x
                     WHERE x.key IN ('email_consent', 'email_opt_in', 'email_subscribed') AND pg_catalog.jsonb_typeof(x.value -> 'value') = 'boolean'
                    UNION ALL SELECT extract(epoch FROM p.email_unsubscribed_at) * 1000000, false WHERE p.email_unsubscribed_at IS NOT NULL) s
             ORDER BY s.at DESC, s.granted LIMIT 1),
           (SELECT s.granted
              FROM (SELECT (x.value ->> 'at')::numeric AS at, x.value -> 'value' = 'true' AS granted
                      FROM pg_catalog.jsonb_each(p.traits) x
                     WHERE x.key IN ('sms_consent', 'sms_opt_in', 'sms_subscribed') AND pg_catalog.jsonb_typeof(x.value -> 'value') = 'boolean') s
             ORDER BY s.at DESC, s.granted LIMIT 1),
           (SELECT s.granted
              FROM (SELECT (x.value ->> 'at')::numeric AS at, x.value -> 'value' = 'true' AS granted
                      FROM pg_catalog.jsonb_each(p.traits) x
                     WHERE x.key IN ('push_consent', 'push_opt_in', 'push_subscribed') AND pg_catalog.jsonb_typeof(x.value -> 'value') = 'boolean') s
             ORDER BY s.at DESC, s.granted LIMIT 1),
           ARRAY(SELECT h.segment FROM journey.segment_history h
                  WHERE h.profile_id = p.profile_id AND h.left_at IS NULL
                  ORDER BY h.segment COLLATE "C")
      FROM journey._persons p
      -- Without a rate for one of several currencies the sums are NULL: no number is better than a wrong one. What is
      -- converted has the six places that amounts have, from rates of fifteen.
      LEFT JOIN LATERAL (
           SELECT coalesce(pg_catalog.sum(pg_catalog.round((u.revenue - u.refunded) * f.rate, 6)), 0) AS revenue,
                  coalesce(pg_catalog.sum(pg_catalog.round(u.refunded * f.rate, 6)), 0) AS refunded,
                  coalesce(pg_catalog.sum(pg_catalog.round(u.revenue * f.rate, 6)), 0) AS ordered,
                  coalesce(pg_catalog.sum(pg_catalog.round(u.gross * f.rate, 6)), 0) AS gross,
                  coalesce(pg_catalog.sum(pg_catalog.round((u.gross - u.revenue) * f.rate, 6)), 0) AS discounts
             FROM ROWS FROM (pg_catalog.unnest(p.currencies), pg_catalog.unnest(p.gross), pg_catalog.unnest(p.revenue),
                             pg_catalog.unnest(p.refunded)) AS u (currency, gross, revenue, refunded)
             LEFT JOIN LATERAL (
                  SELECT 1::numeric AS rate WHERE u.currency = p.currencies[1]
                  UNION ALL
                  SELECT pg_catalog.round(x.rate, 15) AS rate FROM journey.fx_rates x
                   WHERE x.from_currency = u.currency AND x.to_currency = p.currencies[1] AND u.currency <> p.currencies[1]
             ) f ON true
           HAVING pg_catalog.count(*) = pg_catalog.count(f.rate)
      ) m ON true
      LEFT JOIN LATERAL (
           SELECT coalesce(pg_catalog.jsonb_object_agg(x.key, x.value -> 'value'), '{}') AS traits
             FROM pg_catalog.jsonb_each(p.traits) x
      ) t ON true
      LEFT JOIN LATERAL (
           SELECT pg_catalog.count(*) FILTER (WHERE l.is_order AND l.at > as_of - interval '24 hours') AS orders_1d,
                  pg_catalog.count(*) FILTER (WHERE l.is_order AND l.at > as_of - interval '168 hours') AS orders_7d,
                  pg_catalog.count(*) FILTER (WHERE l.is_order AND l.at > as_of - interval '720 hours') AS orders_30d,
                  pg_catalog.count(*) FILTER (WHERE l.is_order AND l.at > as_of - interval '2160 hours') AS orders_90d,
                  pg_catalog.count(*) FILTER (WHERE l.is_order AND l.at > as_of - interval '8760 hours') AS orders_365d,
                  CASE WHEN pg_catalog.bool_and(l.value IS NOT NULL) FILTER (WHERE l.at > as_of - interval '24 hours') IS NOT FALSE
                       THEN coalesce(pg_catalog.sum(l.value) FILTER (WHERE l.at > as_of - interval '24 hours'), 0) END AS revenue_1d,
                  CASE WHEN pg_catalog.bool_and(l.value IS NOT NULL) FILTER (WHERE l.at > as_of - interval '168 hours') IS NOT FALSE
                       THEN coalesce(pg_catalog.sum(l.value) FILTER (WHERE l.at > as_of - interval '168 hours'), 0) END AS revenue_7d,
                  CASE WHEN pg_catalog.bool_and(l.value IS NOT NULL) FILTER (WHERE l.at > as_of - interval '720 hours') IS NOT FALSE
                       THEN coalesce(pg_catalog.sum(l.value) FILTER (WHERE l.at > as_of - interval '720 hours'), 0) END AS revenue_30d,
                  CASE WHEN pg_catalog.bool_and(l.value IS NOT NULL) FILTER (WHERE l.at > as_of - interval '2160 hours') IS NOT FALSE
                       THEN coalesce(pg_catalog.sum(l.value) FILTER (WHERE l.at > as_of - interval '2160 hours'), 0) END AS revenue_90d,
                  CASE WHEN pg_catalog.bool_and(l.value IS NOT NULL) FILTER (WHERE l.at > as_of - interval '8760 hours') IS NOT FALSE
                       THEN coalesce(pg_catalog.sum(l.value) FILTER (WHERE l.at > as_of - interval '8760 hours'), 0) END AS revenue_365d,
                  4 * pg_catalog.sum(l.led * l.weight) AS led,
                  4 * pg_catalog.sum((1 - l.led) * l.weight) AS full_price
             -- OFFSET keeps the planner from copying the conversion into each of the sums.
             FROM (SELECT r.at, r.is_order, r.led, r.weight,
                          CASE WHEN r.currency = p.currencies[1] THEN r.amount
                               ELSE pg_catalog.round(r.amount * (SELECT pg_catalog.round(x.rate, 15) AS rate FROM journey.fx_rates x
                                                                  WHERE x.from_currency = r.currency AND x.to_currency = p.currencies[1]), 6)
                               END AS value
                     FROM (SELECT v.is_counted, coalesce(v.placed_at, v.refunded_at) AS at, v.currency, v.gross, v.revenue, v.units, v.coupon, v.refunded
                             FROM journey._orders_of(p.atoms) v) o
                    CROSS JOIN LATERAL (
                          SELECT o.at, true AS is_order, o.currency, o.revenue AS amount,
                                 CASE WHEN o.coupon IS NOT NULL THEN 1 WHEN o.gross > 0
                                      THEN least(1, pg_catalog.round(2 * (o.gross - o.revenue) / o.gross, 6)) ELSE 0 END AS led,
                                 pg_catalog.round(pg_catalog.sqrt(greatest(o.units, 1)::float8)::numeric, 6) AS weight
                           WHERE o.is_counted
                          UNION ALL
                          SELECT o.at, false, r.key, -r.value::numeric, NULL, NULL FROM pg_catalog.jsonb_each_text(o.refunded) r) r
                    WHERE o.at > as_of - interval '8760 hours'
                   OFFSET 0) l
      ) w ON true
      LEFT JOIN LATERAL (
           SELECT pg_catalog.count(*) FILTER (WHERE x."timestamp" > as_of - interval '24 hours') AS events_1d,
                  pg_catalog.count(*) FILTER (WHERE x."timestamp" > as_of - interval '168 hours') AS events_7d,
                  pg_catalog.count(*) FILTER (WHERE x."timestamp" > as_of - interval '720 hours') AS events_30d,
                  pg_catalog.count(*) FILTER (WHERE x."timestamp" > as_of - interval '2160 hours') AS events_90d,
                  pg_catalog.count(*) AS events_365d,
                  pg_catalog.count(*) FILTER (WHERE x.event = 'Product Viewed' AND x."timestamp" > as_of - interval '24 hours') AS product_views_1d,
                  pg_catalog.count(*) FILTER (WHERE x.event = 'Product Viewed' AND x."timestamp" > as_of - interval '168 hours') AS product_views_7d,
                  pg_catalog.count(*) FILTER (WHERE x.event = 'Product Viewed' AND x."timestamp" > as_of - interval '720 hours') AS product_views_30d,
                  pg_catalog.count(*) FILTER (WHERE x.event = 'Product Viewed' AND x."timestamp" > as_of - interval '2160 hours') AS product_views_90d,
                  pg_catalog.count(*) FILTER (WHERE x.event = 'Product Viewed') AS product_views_365d,
                  pg_catalog.count(*) FILTER (WHERE x.event IN ('Coupon Entered', 'Coupon Applied', 'Coupon Denied', 'Coupon Redeemed', 'Promotion Clicked')
                                                    OR x.event = 'Product List Filtered' AND journey._is_by_price(x.properties))
                  + 0.25 * pg_catalog.count(*) FILTER (WHERE x.is_reduced) AS led,
                  0.25 * pg_catalog.count(*) FILTER (WHERE NOT x.is_reduced) AS full_price,
                  pg_catalog.sum(CASE x.event WHEN 'Product Viewed' THEN 0.05::float8 WHEN 'Product Added to Wishlist' THEN 0.15 WHEN 'Cart Viewed' THEN 0.2
                                                WHEN 'Product Added' THEN 0.3 WHEN 'Wishlist Product Added to Cart' THEN 0.3
                                                WHEN 'Coupon Entered' THEN 0.4 WHEN 'Coupon Applied' THEN 0.4 WHEN 'Checkout Started' THEN 0.6
                                                WHEN 'Payment Info Entered' THEN 0.7 END
                                 * pg_catalog.power(0.5::float8, greatest(0, extract(epoch FROM as_of - x."timestamp")::float8) / 259200))
                      FILTER (WHERE x."timestamp" > greatest(p.last_order_at, as_of - interval '720 hours')) AS intent
             FROM (SELECT v."timestamp", v.event, v.properties,
                          CASE WHEN v.event = 'Product Viewed' THEN journey._is_reduced(v.properties) END AS is_reduced
                     FROM journey.events v
                    WHERE NOT v.is_bot AND v.profile_id = ANY (p.atoms) AND v."timestamp" > as_of - interval '8760 hours') x
      ) e ON true
      LEFT JOIN LATERAL journey._cart_of(p.atoms, as_of, 'infinity') c ON true;
END;
COMMENT ON FUNCTION journey._profiles_of(timestamptz) IS 'Rows of journey.profiles with windows that count back from a time';

CREATE VIEW journey.profiles WITH (security_invoker = true) AS
SELECT * FROM journey._profiles_of(pg_catalog.now());
COMMENT ON VIEW journey.profiles IS 'One row a customer: everything known from the events of all identifiers';
COMMENT ON COLUMN journey.profiles.profile_id IS 'What journey_resolve() returns';
COMMENT ON COLUMN journey.profiles.user_id IS 'The shop''s own id; NULL for visitors who never signed in';
COMMENT ON COLUMN journey.profiles.email IS 'From the newest email trait, where that is a string; else the address itself of who is known by one only';
COMMENT ON COLUMN journey.profiles.first_name IS 'From the newest first_name or firstName trait; NULL where that is no string';
COMMENT ON COLUMN journey.profiles.last_name IS 'From the newest last_name or lastName trait; NULL where that is no string';
COMMENT ON COLUMN journey.profiles.first_seen IS 'Time of the earliest event';
COMMENT ON COLUMN journey.profiles.last_seen IS 'Time of the latest event';
COMMENT ON COLUMN journey.profiles.events IS 'How many events there are';
COMMENT ON COLUMN journey.profiles.orders IS 'How many orders were completed and not cancelled';
COMMENT ON COLUMN journey.profiles.currency IS 'The currency of most orders; all sums are in it';
COMMENT ON COLUMN journey.profiles.revenue IS 'Order value after discounts and refunds, without shipping and tax; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.refunded IS 'Money that went back';
COMMENT ON COLUMN journey.profiles.discounts IS 'Sum of discounts';
COMMENT ON COLUMN journey.profiles.average_order_value IS 'Order value before refunds divided by orders';
COMMENT ON COLUMN journey.profiles.discount_share IS 'Discounts divided by order value before discounts, 0 to 1';
COMMENT ON COLUMN journey.profiles.units IS 'Sum of quantities ordered';
COMMENT ON COLUMN journey.profiles.first_order_at IS 'Time of the first order';
COMMENT ON COLUMN journey.profiles.last_order_at IS 'Time of the last order';
COMMENT ON COLUMN journey.profiles.days_between_orders IS 'Average; NULL below two orders';
COMMENT ON COLUMN journey.profiles.refunds IS 'How many refunds there were';
COMMENT ON COLUMN journey.profiles.coupons_used IS 'Coupon Redeemed events, or orders that name a coupon, whichever are more';
COMMENT ON COLUMN journey.profiles.favourite_category IS 'The category in most orders; of equal ones the one seen more, then the latest';
COMMENT ON COLUMN journey.profiles.favourite_categories IS 'The five favourite categories, first the one in most orders';
COMMENT ON COLUMN journey.profiles.favourite_brand IS 'The brand in most orders';
COMMENT ON COLUMN journey.profiles.favourite_brands IS 'The five favourite brands, first the one in most orders';
COMMENT ON COLUMN journey.profiles.channel_preference IS 'web, app, email, support or store, by weighted engagement: an order 10, a click in an e-mail 3, any other event of the customer 1';
COMMENT ON COLUMN journey.profiles.product_views IS 'How many Product Viewed events there are';
COMMENT ON COLUMN journey.profiles.emails_delivered IS 'Email Delivered events';
COMMENT ON COLUMN journey.profiles.emails_opened IS 'Email Opened events';
COMMENT ON COLUMN journey.profiles.emails_clicked IS 'Email Link Clicked events';
COMMENT ON COLUMN journey.profiles.email_unsubscribed_at IS 'Time of the latest Unsubscribed event';
COMMENT ON COLUMN journey.profiles.traits IS 'The newest value of every trait sent by identify';
COMMENT ON COLUMN journey.profiles.orders_1d IS 'Orders placed in the last 24 hours';
COMMENT ON COLUMN journey.profiles.orders_7d IS 'Orders placed in the last 168 hours';
COMMENT ON COLUMN journey.profiles.orders_30d IS 'Orders placed in the last 720 hours';
COMMENT ON COLUMN journey.profiles.orders_90d IS 'Orders placed in the last 2160 hours';
COMMENT ON COLUMN journey.profiles.orders_365d IS 'Orders placed in the last 8760 hours';
COMMENT ON COLUMN journey.profiles.revenue_1d IS 'Value of the orders placed in the last 24 hours, less what of them went back; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.revenue_7d IS 'Value of the orders placed in the last 168 hours, less what of them went back; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.revenue_30d IS 'Value of the orders placed in the last 720 hours, less what of them went back; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.revenue_90d IS 'Value of the orders placed in the last 2160 hours, less what of them went back; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.revenue_365d IS 'Value of the orders placed in the last 8760 hours, less what of them went back; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.events_1d IS 'Events of the last 24 hours';
COMMENT ON COLUMN journey.profiles.events_7d IS 'Events of the last 168 hours';
COMMENT ON COLUMN journey.profiles.events_30d IS 'Events of the last 720 hours';
COMMENT ON COLUMN journey.profiles.events_90d IS 'Events of the last 2160 hours';
COMMENT ON COLUMN journey.profiles.events_365d IS 'Events of the last 8760 hours';
COMMENT ON COLUMN journey.profiles.product_views_1d IS 'Product Viewed events of the last 24 hours';
COMMENT ON COLUMN journey.profiles.product_views_7d IS 'Product Viewed events of the last 168 hours';
COMMENT ON COLUMN journey.profiles.product_views_30d IS 'Product Viewed events of the last 720 hours';
COMMENT ON COLUMN journey.profiles.product_views_90d IS 'Product Viewed events of the last 2160 hours';
COMMENT ON COLUMN journey.profiles.product_views_365d IS 'Product Viewed events of the last 8760 hours';
COMMENT ON COLUMN journey.profiles.cart_items IS 'How many different products lie in the cart; see journey.carts';
COMMENT ON COLUMN journey.profiles.cart_value IS 'Value of the cart, in cart_currency';
COMMENT ON COLUMN journey.profiles.cart_currency IS 'The currency that the carts newest event names';
COMMENT ON COLUMN journey.profiles.cart_updated_at IS 'Time of the latest cart event; NULL where the cart is empty';
COMMENT ON COLUMN journey.profiles.is_cart_abandoned IS 'Whether the cart holds something and nothing happened to it for an hour';
COMMENT ON COLUMN journey.profiles.price_sensitivity IS 'How much prices decide, 0 to 1, from the last 365 days: (led + 1) / (led + full + 3), see docs/profiles.md; NULL without a sign of it';
COMMENT ON COLUMN journey.profiles.urgency IS 'How close to buying, 0 to 1: 1 - exp(-intent), where each sign since the last order halves every three days, see docs/profiles.md';
COMMENT ON COLUMN journey.profiles.loyalty_tier IS 'From the newest loyalty_tier or loyaltyTier trait';
COMMENT ON COLUMN journey.profiles.consent_email IS 'Whether the customer agreed to e-mail: the newest of the traits email_consent, email_opt_in and email_subscribed and of Unsubscribed events; NULL: never said';
COMMENT ON COLUMN journey.profiles.consent_sms IS 'Whether the customer agreed to SMS: the newest of the traits sms_consent, sms_opt_in and sms_subscribed; NULL: never said';
COMMENT ON COLUMN journey.profiles.consent_push IS 'Whether the customer agreed to push messages: the newest of the traits push_consent, push_opt_in and push_subscribed; NULL: never said';
COMMENT ON COLUMN journey.profiles.segments IS 'Names of the segments that the customer is in, as of their last refresh: journey.segment_members';

GRANT SELECT ON journey.carts, journey.profiles TO journey_reader;
