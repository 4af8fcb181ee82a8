SELECT m.merge_id, m.profile_id, m.into_profile_id, m.merged_at, m.kind = 'merge' AS is_forced
  FROM journey._merges m
 WHERE m.profile_id = ANY ($1::bigint[]) AND m.undone_at IS NULL
