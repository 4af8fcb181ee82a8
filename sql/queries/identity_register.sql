INSERT INTO journey.identifiers (profile_id, kind, value)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
ON CONFLICT (profile_id) DO NOTHING
