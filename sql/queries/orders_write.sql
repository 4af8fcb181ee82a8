INSERT INTO journey._orders (profile_id, order_key, order_id, placed_at, placed_event_id, is_completed, channel, updated_at,
                             updated_event_id, cancelled_at, currency, gross, revenue, units, coupon, categories, brands, refunds,
                             refunded_at, is_returned, refunded)
SELECT unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::timestamptz[]), unnest($5::text[])::uuid,
       unnest($6::text[])::boolean, unnest($7::text[]), unnest($8::timestamptz[]), unnest($9::text[])::uuid,
       unnest($10::timestamptz[]), unnest($11::text[]), unnest($12::text[])::numeric, unnest($13::text[])::numeric,
       unnest($14::text[])::numeric, unnest($15::text[]), string_to_array(unnest($16::text[]), E'\x1f'),
       string_to_array(unnest($17::text[]), E'\x1f'), unnest($18::bigint[]), unnest($19::timestamptz[]),
       unnest($20::text[])::boolean, unnest($21::text[])::jsonb
ON CONFLICT (profile_id, order_key) DO UPDATE
   SET order_id = EXCLUDED.order_id, placed_at = EXCLUDED.placed_at, placed_event_id = EXCLUDED.placed_event_id,
       is_completed = EXCLUDED.is_completed, channel = EXCLUDED.channel, updated_at = EXCLUDED.updated_at,
       updated_event_id = EXCLUDED.updated_event_id, cancelled_at = EXCLUDED.cancelled_at, currency = EXCLUDED.currency,
       gross = EXCLUDED.gross, revenue = EXCLUDED.revenue, units = EXCLUDED.units, coupon = EXCLUDED.coupon,
       categories = EXCLUDED.categories, brands = EXCLUDED.brands, refunds = EXCLUDED.refunds,
       refunded_at = EXCLUDED.refunded_at, is_returned = EXCLUDED.is_returned, refunded = EXCLUDED.refunded
