-- The other identifiers that belonged to persons at a time.
SELECT m.profile_id, m.person_id FROM journey._members m WHERE m.person_id = ANY ($1::bigint[]) AND m.since <= $2
