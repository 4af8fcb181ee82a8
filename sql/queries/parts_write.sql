UPDATE journey._parts
   SET events = $2, first_seen = $3, last_seen = $4, orders = $5, first_order_at = $6, last_order_at = $7, units = $8::text::numeric,
       refunds = $9, coupon_orders = $10, coupons_redeemed = $11, product_views = $12, emails_delivered = $13,
       emails_opened = $14, emails_clicked = $15, email_unsubscribed_at = $16, currencies = $17, currency_orders = $18,
       gross = $19::text[]::numeric[], revenue = $20::text[]::numeric[], refunded = $21::text[]::numeric[],
       categories = $22, category_orders = $23, category_events = $24, category_last_at = $25,
       brands = $26, brand_orders = $27, brand_events = $28, brand_last_at = $29,
       channels = $30, channel_orders = $31, channel_events = $32, channel_last_at = $33,
       traits = coalesce($34::text::jsonb, '{}')
 WHERE profile_id = $1
