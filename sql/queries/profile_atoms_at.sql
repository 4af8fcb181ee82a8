-- The identifiers of the person whom an identifier belonged to at a time.
WITH person AS (
    SELECT coalesce((SELECT m.person_id FROM journey._members m WHERE m.profile_id = $1 AND m.since <= $2), $1) AS profile_id
)
SELECT p.profile_id AS person_id, i.profile_id, i.kind, i.value
  FROM person p
  JOIN journey.identifiers i
    ON i.profile_id = ANY (p.profile_id || ARRAY(SELECT m.profile_id FROM journey._members m WHERE m.person_id = p.profile_id AND m.since <= $2))
