-- Of which identifiers something was known at a time.
SELECT q.profile_id FROM journey._parts q WHERE q.profile_id = ANY ($1::bigint[]) AND q.events > 0 AND q.first_seen <= $2
