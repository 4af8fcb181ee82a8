UPDATE journey._parts
   SET events = $2, first_seen = $3, last_seen = $4, order_rows = $5, orders = $6, first_order_at = $7, last_order_at = $8, units = $9::text::numeric,
       refunds = $10, coupon_orders = $11, coupons_redeemed = $12, product_views = $13, emails_delivered = $14,
       emails_opened = $15, emails_clicked = $16, email_unsubscribed_at = $17, currencies = $18, currency_orders = $19,
       gross = $20::text[]::numeric[], revenue = $21::text[]::numeric[], refunded = $22::text[]::numeric[],
       categories = $23, category_orders = $24, category_events = $25, category_last_at = $26,
       brands = $27, brand_orders = $28, brand_events = $29, brand_last_at = $30,
       channels = $31, channel_orders = $32, channel_events = $33, channel_last_at = $34,
       traits = coalesce($35::text::jsonb, '{}')
 WHERE profile_id = $1
