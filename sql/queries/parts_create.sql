INSERT INTO journey._parts (profile_id) SELECT unnest($1::bigint[]) ON CONFLICT (profile_id) DO NOTHING
