-- A link that is known, the usual case, is read and not locked. Returns those that are new or earlier than known.
INSERT INTO journey._links AS l (profile_id, target_id, since, event_id, merge_id)
SELECT u.profile_id, u.target_id, u.since, u.event_id, u.merge_id
  FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::uuid[]) AS u (profile_id, target_id, since, event_id, merge_id)
 WHERE NOT coalesce((SELECT (k.since, k.event_id) <= (u.since, u.event_id)
                       FROM journey._links k WHERE k.profile_id = u.profile_id AND k.target_id = u.target_id), false)
ON CONFLICT (profile_id, target_id) DO UPDATE
   SET since = EXCLUDED.since, event_id = EXCLUDED.event_id
 WHERE (EXCLUDED.since, EXCLUDED.event_id) < (l.since, l.event_id)
RETURNING profile_id, target_id
