-- The one link of each identifier that counts, or none where $2 is 0.
UPDATE journey._links l
   SET is_best = (l.target_id = u.target_id)
  FROM unnest($1::bigint[], $2::bigint[]) AS u (profile_id, target_id)
 WHERE l.profile_id = u.profile_id
   AND l.is_best <> (l.target_id = u.target_id)
