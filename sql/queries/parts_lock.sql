-- Locked in the order of profile_id, in which they come, by everybody, so that two batches never wait for each other.
SELECT p.*
  FROM unnest($1::bigint[]) AS u (profile_id)
 CROSS JOIN LATERAL (
       SELECT profile_id, events, first_seen, last_seen, order_rows, orders, first_order_at, last_order_at, units, refunds,
              coupon_orders, coupons_redeemed, product_views, emails_delivered, emails_opened, emails_clicked, email_unsubscribed_at,
              currencies, currency_orders, gross, revenue, refunded,
              categories, category_orders, category_events, category_last_at, brands, brand_orders, brand_events, brand_last_at,
              channels, channel_orders, channel_events, channel_last_at, traits
         FROM journey._parts
        WHERE profile_id = u.profile_id
          FOR NO KEY UPDATE) p
