SELECT coalesce(m.person_id, i.profile_id)
  FROM journey.identifiers i
  LEFT JOIN journey._members m ON m.profile_id = i.profile_id
 WHERE i.profile_id = $1 AND i.kind = $2 AND i.value = $3
