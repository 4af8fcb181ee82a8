INSERT INTO journey._orders
SELECT * FROM unnest($1::journey._orders[])
ON CONFLICT (profile_id, order_key) DO UPDATE
   SET order_id = EXCLUDED.order_id, placed_at = EXCLUDED.placed_at, placed_event_id = EXCLUDED.placed_event_id,
       is_completed = EXCLUDED.is_completed, channel = EXCLUDED.channel, updated_at = EXCLUDED.updated_at,
       updated_event_id = EXCLUDED.updated_event_id, cancelled_at = EXCLUDED.cancelled_at, currency = EXCLUDED.currency,
       gross = EXCLUDED.gross, revenue = EXCLUDED.revenue, units = EXCLUDED.units, coupon = EXCLUDED.coupon,
       categories = EXCLUDED.categories, brands = EXCLUDED.brands, refunds = EXCLUDED.refunds,
       refunded_at = EXCLUDED.refunded_at, is_returned = EXCLUDED.is_returned, refunded = EXCLUDED.refunded
