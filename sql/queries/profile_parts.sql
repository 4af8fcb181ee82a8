-- What the events of each identifier of a person add up to, as in parts_lock.sql, nothing where there are none; and its name.
SELECT i.profile_id, p.events, p.first_seen, p.last_seen, p.order_rows, p.orders, p.first_order_at, p.last_order_at, p.units, p.refunds,
       p.coupon_orders, p.coupons_redeemed, p.product_views, p.emails_delivered, p.emails_opened, p.emails_clicked, p.email_unsubscribed_at,
       p.currencies, p.currency_orders, p.gross, p.revenue, p.refunded,
       p.categories, p.category_orders, p.category_events, p.category_last_at, p.brands, p.brand_orders, p.brand_events, p.brand_last_at,
       p.channels, p.channel_orders, p.channel_events, p.channel_last_at, p.traits, i.kind, i.value
  FROM journey.identifiers i
  LEFT JOIN journey._parts p ON p.profile_id = i.profile_id
 WHERE i.profile_id = ANY ($1 || ARRAY(SELECT m.profile_id FROM journey._members m WHERE m.person_id = $1))
