INSERT INTO journey.dead_letters (payload, source, received_at, sqlstate, reason, hint)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
