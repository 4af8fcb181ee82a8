-- unnest in the select list streams; in FROM it would write all rows to a temporary file first.
INSERT INTO journey.events (profile_id, event_id, "timestamp", received_at, sent_at, original_timestamp, type, event, channel,
                            user_id, anonymous_id, message_id, source, properties, context, extra, is_bot)
SELECT unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::timestamptz[]), unnest($4::timestamptz[]), unnest($5::timestamptz[]),
       unnest($6::timestamptz[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
       unnest($11::text[]), unnest($12::text[]), unnest($13::text[]), unnest($14::jsonb[]), unnest($15::jsonb[]),
       unnest($16::jsonb[]), unnest($17::boolean[])
