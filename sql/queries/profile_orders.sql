-- All orders of these identifiers, or those since a time; as in orders_read.sql.
SELECT o.profile_id, o.order_key, o.order_id, o.placed_at, o.placed_event_id, o.is_completed, o.channel, o.updated_at,
       o.updated_event_id, o.cancelled_at, o.currency, o.gross, o.revenue, o.units, o.coupon, o.categories, o.brands, o.refunds,
       o.refunded_at, o.is_returned, o.refunded
  FROM journey._orders o
 WHERE o.profile_id = ANY ($1::bigint[]) AND ($2::timestamptz IS NULL OR coalesce(o.placed_at, o.refunded_at) > $2)
