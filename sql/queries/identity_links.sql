-- Links of $1: those that count, and those of the changes $2 to $3 that may.
SELECT l.profile_id, l.target_id, l.since, l.is_best
  FROM journey._links l
 WHERE l.profile_id = ANY ($1::bigint[])
   AND l.undone_at IS NULL
   AND (l.is_best OR EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) AS c (profile_id, target_id)
                              WHERE c.profile_id = l.profile_id AND c.target_id = l.target_id))
