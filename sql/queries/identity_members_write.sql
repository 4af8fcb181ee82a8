INSERT INTO journey._members (profile_id, person_id, since)
SELECT u.* FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS u (profile_id, person_id, since)
ON CONFLICT (profile_id) DO UPDATE SET person_id = EXCLUDED.person_id, since = EXCLUDED.since
