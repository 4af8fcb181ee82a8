SELECT u.profile_id
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u (profile_id, kind, value)
  JOIN journey.identifiers i ON i.profile_id = u.profile_id
 WHERE (i.kind, i.value) IS DISTINCT FROM (u.kind, u.value)
