-- Names of categories and brands come joined by a control character, which no name holds.
INSERT INTO journey._orders (profile_id, order_key, order_id, placed_at, placed_event_id, is_completed, channel, updated_at,
                             updated_event_id, cancelled_at, currency, gross, revenue, units, coupon, categories, brands, refunds,
                             refunded_at, is_returned, refunded)
SELECT unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::timestamptz[]), unnest($5::text[])::uuid,
       unnest($6::text[])::boolean, unnest($7::text[]), unnest($8::timestamptz[]), unnest($9::text[])::uuid,
       unnest($10::timestamptz[]), unnest($11::text[]), unnest($12::text[])::numeric, unnest($13::text[])::numeric,
       unnest($14::text[])::numeric, unnest($15::text[]), string_to_array(unnest($16::text[]), E'\x1f'),
       string_to_array(unnest($17::text[]), E'\x1f'), unnest($18::bigint[]), unnest($19::timestamptz[]),
       unnest($20::text[])::boolean, unnest($21::text[])::jsonb
ON CONFLICT (profile_id, order_key) DO NOTHING
RETURNING profile_id, order_key
