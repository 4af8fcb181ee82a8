SELECT i.profile_id, i.kind, i.value, m.person_id, m.since
  FROM journey.identifiers i
  LEFT JOIN journey._members m ON m.profile_id = i.profile_id
 WHERE i.profile_id = ANY ($1::bigint[])
