DELETE FROM journey._members WHERE profile_id = ANY ($1::bigint[])
