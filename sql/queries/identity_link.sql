INSERT INTO journey._members AS m (profile_id, person_id, since)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
ON CONFLICT (profile_id) DO UPDATE
   SET person_id = EXCLUDED.person_id, since = EXCLUDED.since
 WHERE (EXCLUDED.since, EXCLUDED.person_id) < (m.since, m.person_id)
