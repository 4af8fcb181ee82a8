-- Rows of the table, made outside it: one statement for all profiles of a batch, whatever the length of their lists.
UPDATE journey._parts p
   SET events = u.events, first_seen = u.first_seen, last_seen = u.last_seen, order_rows = u.order_rows, orders = u.orders,
       first_order_at = u.first_order_at, last_order_at = u.last_order_at, units = u.units, refunds = u.refunds, coupon_orders =
       u.coupon_orders, coupons_redeemed = u.coupons_redeemed, product_views = u.product_views, emails_delivered =
       u.emails_delivered, emails_opened = u.emails_opened, emails_clicked = u.emails_clicked, email_unsubscribed_at =
       u.email_unsubscribed_at, currencies = u.currencies, currency_orders = u.currency_orders, gross = u.gross, revenue =
       u.revenue, refunded = u.refunded, categories = u.categories, category_orders = u.category_orders, category_events =
       u.category_events, category_last_at = u.category_last_at, brands = u.brands, brand_orders = u.brand_orders, brand_events =
       u.brand_events, brand_last_at = u.brand_last_at, channels = u.channels, channel_orders = u.channel_orders, channel_events =
       u.channel_events, channel_last_at = u.channel_last_at, traits = u.traits
  FROM unnest($1::journey._parts[]) AS u
 WHERE p.profile_id = u.profile_id
