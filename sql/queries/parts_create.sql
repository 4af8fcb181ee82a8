INSERT INTO journey._parts (profile_id)
SELECT u.profile_id
  FROM unnest($1::bigint[]) AS u (profile_id)
 WHERE NOT EXISTS (SELECT FROM journey._parts p WHERE p.profile_id = u.profile_id)
ON CONFLICT (profile_id) DO NOTHING
