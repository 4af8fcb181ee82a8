-- All links of the next $2 identifiers that have some, after $1, and what must be known of the other end.
SELECT l.profile_id, l.target_id, l.since, l.is_best, i.kind, i.value, t.kind AS target_kind, t.value AS target_value
  FROM (SELECT DISTINCT d.profile_id FROM journey._links d WHERE d.profile_id > $1 ORDER BY d.profile_id LIMIT $2) next
  JOIN journey._links l ON l.profile_id = next.profile_id AND l.undone_at IS NULL
  JOIN journey.identifiers i ON i.profile_id = l.profile_id
  JOIN journey.identifiers t ON t.profile_id = l.target_id
