-- The person whom an identifier belonged to at a time, first, and then its other identifiers of that time.
WITH person AS (
    SELECT coalesce((SELECT m.person_id FROM journey._members m WHERE m.profile_id = $1 AND m.since <= $2), $1) AS profile_id
)
SELECT p.profile_id FROM person p
UNION ALL
SELECT m.profile_id FROM person p JOIN journey._members m ON m.person_id = p.profile_id WHERE m.since <= $2
