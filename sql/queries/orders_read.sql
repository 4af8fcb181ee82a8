SELECT o.profile_id, o.order_key, o.order_id, o.placed_at, o.placed_event_id, o.is_completed, o.channel, o.updated_at,
       o.updated_event_id, o.cancelled_at, o.currency, o.gross, o.revenue, o.units, o.coupon, o.categories, o.brands, o.refunds,
       o.refunded_at, o.is_returned, o.refunded
  FROM unnest($1::bigint[], $2::uuid[]) AS k (profile_id, order_key)
  JOIN journey._orders o ON o.profile_id = k.profile_id AND o.order_key = k.order_key
