INSERT INTO journey._messages (profile_id, key)
SELECT * FROM unnest($1::bigint[], $2::uuid[])
ON CONFLICT (profile_id, key) DO NOTHING
RETURNING key
