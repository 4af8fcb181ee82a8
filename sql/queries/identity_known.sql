-- Whether the identifier with this id is the one that was sent, or another one; NULL where there is none.
SELECT (SELECT (i.kind, i.value) = (u.kind, u.value) FROM journey.identifiers i WHERE i.profile_id = u.profile_id)
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u (profile_id, kind, value)
